"""The forms of the first steps: a title with some skills, or what a résumé suggests."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from personas.checking import MAX_NAME_LENGTH
from personas.forms import ExplainedForm, FlowingRadios, ListField, ProposalsForm
from personas.models import PersonaPreferences
from personas.starting import SKILLS_ASKED, Beginning


class StartForm(ExplainedForm):
    """A title and some skills: enough to weigh every open job."""

    title = forms.CharField(
        label=_("What work do you look for?"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "organization-title", "placeholder": _("Data engineer")}
        ),
        error_messages={"required": _("Name the work that you look for.")},
    )
    skills = ListField(
        between=",;",
        rows=2,
        label=_("What can you do?"),
        help_text=_(
            "About five skills, with commas between them. More can follow later, each with its level."
        ),
    )
    place = forms.CharField(
        label=_("Where?"),
        required=False,
        max_length=MAX_NAME_LENGTH,
        help_text=_("A town, a region or a country. Empty means anywhere."),
    )
    workplace = forms.ChoiceField(
        label=_("Workplace"),
        choices=PersonaPreferences.Remote.choices,
        initial=PersonaPreferences.Remote.ANY,
        required=False,
        widget=FlowingRadios,
    )

    def clean_skills(self) -> list[str]:
        """Take at most four times as many as are asked for: an inventory is written elsewhere."""
        skills: list[str] = self.cleaned_data["skills"]
        if len(skills) > 4 * SKILLS_ASKED:
            raise forms.ValidationError(
                _("These are %(number)s. Begin with the most important ones, %(most)s at most."),
                params={"number": len(skills), "most": 4 * SKILLS_ASKED},
            )
        return skills


class StartFromResumeForm(ProposalsForm):
    """What a résumé suggests: titles, a place, and the skills it names, ticked until their owner takes them out."""

    def __init__(self, *args: Any, beginning: Beginning, **kwargs: Any) -> None:
        """Begin with what was read."""
        super().__init__(*args, **kwargs)
        for number in self.open:
            self.fields[f"take_{number}"].initial = True
        self.fields["titles"] = ListField(
            between=";",
            label=_("What work do you look for?"),
            help_text=_("One title a line, the most wanted first."),
            initial=list(beginning.titles),
            error_messages={"required": _("Name the work that you look for.")},
        )
        self.fields["titles"].required = True
        self.fields["place"] = forms.CharField(
            label=_("Where?"),
            required=False,
            max_length=MAX_NAME_LENGTH,
            initial=beginning.place,
            help_text=_("A town, a region or a country. Empty means anywhere."),
        )

    def clean(self) -> dict[str, Any]:
        """Nothing need be ticked: a title is enough to begin with."""
        return self.cleaned_data
