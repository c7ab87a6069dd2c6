"""Forms of learning: a skill taken up, its level once learned, hours a week."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from learning.models import Progress
from learning.progress import MOST_HOURS
from matching.writer import Writer
from personas.checking import MAX_EVIDENCE_LENGTH, MAX_NAME_LENGTH
from personas.forms import ExplainedForm
from personas.models import UserSkill


class NewProgressForm(ExplainedForm):
    """A skill that somebody takes up by name."""

    skill_name = forms.CharField(
        label=_("Skill"),
        max_length=MAX_NAME_LENGTH,
        error_messages={"required": _("Name the skill.")},
        widget=forms.TextInput(attrs={"list": "skill-names", "autocomplete": "off"}),
    )
    status = forms.ChoiceField(
        label=_("How far"),
        choices=[choice for choice in Progress.Status.choices if choice[0] != Progress.Status.NOT_FOR_ME],
        initial=Progress.Status.PLANNED,
    )


class LearnedSkillForm(ExplainedForm):
    """The level at which a learned skill goes into the inventory, and what shows that it is held."""

    level = forms.ChoiceField(label=_("Level"), choices=UserSkill.Level.choices)
    evidence = forms.CharField(
        label=_("What shows it"),
        required=False,
        max_length=MAX_EVIDENCE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A course, a piece of work, a certificate: in your own words."),
    )


class SettingsForm(ExplainedForm):
    """Hours a week, and, where this copy has a writer, whether reasons may go to it."""

    hours_per_week = forms.IntegerField(
        label=_("Hours a week"),
        min_value=1,
        max_value=MOST_HOURS,
        help_text=_("Weeks are counted with these."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Give the hours, from 1 to 60.")
        ),
    )
    use_writer = forms.BooleanField(
        label=_("Say reasons in other words too"),
        required=False,
    )

    def __init__(self, *args: Any, writer: Writer | None, **kwargs: Any) -> None:
        """Ask about a writer only where there is one."""
        super().__init__(*args, **kwargs)
        if writer is None:
            del self.fields["use_writer"]
            return
        self.fields["use_writer"].help_text = _(
            "Each counted sentence and the name of its skill go to %(model)s at %(host)s; nothing else of you does. The counted sentence "
            "stays beside the other words, and words that hold anything it does not are refused."
        ) % {"model": writer.model, "host": writer.host}
