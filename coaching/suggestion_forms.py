"""The forms of suggestions: they turn what is typed into proposals; what may be proposed is the services' to say."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from coaching.proposals import (
    MAX_ANSWER_LENGTH,
    MAX_EDITS,
    MAX_NOTE_LENGTH,
    PERSONA_FIELDS,
    WEIGHTS,
    fingerprint,
)
from coaching.suggestion_previews import current_persona
from matching.models import Match
from matching.scoring import FACTORS, Weights
from matching.tuner import values_of
from personas.checking import MAX_NAME_LENGTH, MAX_RESUME_TEXT_LENGTH
from personas.forms import ExplainedForm, PersonaForm
from personas.models import Persona, Resume, User, UserSkill
from personas.resume_texts import ResumeText, list_texts
from personas.services import Refused

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CHANGED = _("Your client has changed this meanwhile. Load the page anew, then suggest it.")
_OUT_OF_RANGE = _("Give a whole percent from 0 to 100.")


class AcceptForm(forms.Form):
    """What the client saw when they accepted."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


class DeclineForm(ExplainedForm):
    """What a client says to a suggestion that they decline."""

    answer = forms.CharField(
        label=_("Your words to your coach"),
        required=False,
        max_length=MAX_ANSWER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def note_field() -> forms.CharField:
    """Why a change is suggested."""
    return forms.CharField(
        label=_("Why"),
        max_length=MAX_NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Your client reads it beside the change."),
        error_messages={"required": _("Say why: your client reads it beside the change.")},
    )


def seen_field(now: Any) -> forms.CharField:
    """A mark of what a form was filled from, so that what the client changes meanwhile is not taken back unseen."""
    mark = fingerprint(json.dumps(now, sort_keys=True))
    return forms.CharField(initial=mark, required=False, max_length=64, widget=forms.HiddenInput)


class SuggestedWeightsForm(ExplainedForm):
    """Five weights in whole percents under a name; they stand as the client's do now."""

    skill = forms.IntegerField(label=_("Skills"))
    salary = forms.IntegerField(label=_("Pay"))
    location = forms.IntegerField(label=_("Place"))
    remote = forms.IntegerField(label=_("Workplace"))
    industry = forms.IntegerField(label=_("Industry"))
    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_NAME_LENGTH,
        help_text=_("What your client’s preset of these weights is called, such as “Pay first”."),
        error_messages={"required": _("Give it a name.")},
    )
    note = note_field()

    def __init__(self, data: Any = None, *, weights: Weights) -> None:
        super().__init__(data, initial=asdict(weights))
        for factor in FACTORS:
            field = cast(forms.IntegerField, self.fields[factor])
            field.min_value, field.max_value = 0, 100
            field.widget.attrs |= {"min": 0, "max": 100, "size": 4}
            field.error_messages |= {"invalid": _OUT_OF_RANGE, "required": _OUT_OF_RANGE}
            field.help_text = _("Percent; now %(percent)s.") % {"percent": getattr(weights, factor)}

    def clean(self) -> dict[str, Any]:
        """Keep each weight within its range."""
        for factor in FACTORS:
            if factor in self.cleaned_data and not 0 <= self.cleaned_data[factor] <= 100:
                self.add_error(factor, str(_OUT_OF_RANGE))
        return self.cleaned_data

    def proposal(self) -> dict[str, Any]:
        """What was typed, as a proposal has it."""
        weights = values_of(Weights(*(self.cleaned_data[factor] for factor in FACTORS)))
        return {"name": self.cleaned_data["name"], **{field: f"{weights[field]:.2f}" for field in WEIGHTS}}

    def explain(self, refused: Refused) -> None:
        """Put each sentence of a refusal at its field; a weight's is called as its factor here."""
        for field, sentences in refused.faults.items():
            name = field.removesuffix("_weight")
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)


class SuggestedPersonaForm(PersonaForm):
    """A client's persona as it stands, to be changed into what is suggested; its résumé is not among it."""

    note = note_field()

    SECTIONS: Any = tuple(
        (
            code,
            _("The persona") if code == "self" else heading,
            note,
            tuple(n for n in names if n != "resume"),
        )
        for code, heading, note, names in PersonaForm.SECTIONS
    )

    def __init__(self, data: Any = None, *, client: User, persona: Persona) -> None:
        super().__init__(data, user=client, persona=persona)
        del self.fields["resume"]
        self._now = current_persona(persona)
        self.fields["seen"] = seen_field(self._now)
        self.fields["name"].help_text = self.fields["description"].help_text = ""

    def clean(self) -> dict[str, Any]:
        """Check what was typed as the client's own form does, the note apart."""
        apart: dict[str, Any] = {
            name: self.cleaned_data.pop(name) for name in ("note", "seen") if name in self.cleaned_data
        }
        if apart.get("seen") != self.fields["seen"].initial:
            raise forms.ValidationError(CHANGED)
        super().clean()
        return {**self.cleaned_data, **apart}

    def proposal(self) -> dict[str, Any]:
        """What differs from the persona as it stands."""
        return {
            field: self.cleaned_data[field]
            for field in PERSONA_FIELDS
            if self.cleaned_data[field] != self._now[field]
        }


class SuggestedJobForm(ExplainedForm):
    """A job: one of the client's best matches, or any other by its address."""

    match = forms.ChoiceField(
        label=_("One of their best matches"), required=False, help_text=_("Or give another job below.")
    )
    job = forms.CharField(
        label=_("Another job"),
        required=False,
        max_length=500,
        help_text=_("Its address in Relevnt, or its number."),
    )
    note = note_field()

    def __init__(self, data: Any = None, *, matches: Sequence[Match], job: str = "") -> None:
        known = {str(match.job_id) for match in matches}
        initial = {"match": job} if job in known else {"job": job}
        super().__init__(data, initial=initial)
        choice = cast(forms.ChoiceField, self.fields["match"])
        choice.choices = [
            ("", _("none of these")),
            *((str(each.job_id), _words_of(each)) for each in matches),
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for one job, by either way."""
        typed, chosen = self.cleaned_data.get("job", ""), self.cleaned_data.get("match", "")
        found = _ID.findall(typed)
        if typed and not found:
            self.add_error("job", _("This holds no number of a job. Copy the job’s address out of Relevnt."))
        elif not typed and not chosen and not self.errors:
            self.add_error("match", _("Choose a match, or give another job."))
        # An address ends with the job.
        self.cleaned_data["job_id"] = UUID(found[-1]) if found else (UUID(chosen) if chosen else None)
        return self.cleaned_data

    def proposal(self) -> dict[str, Any]:
        """Nothing: the job stands beside it."""
        return {}


class SuggestedSkillForm(ExplainedForm):
    """A skill to add, or another level of one that is held."""

    name = forms.CharField(
        label=_("Skill"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"list": "held-skills", "autocomplete": "off"}),
        help_text=_("A new one, or one of those below at another level."),
        error_messages={"required": _("Name the skill.")},
    )
    level = forms.ChoiceField(label=_("Level"), choices=UserSkill.Level.choices, initial="beginner")
    note = note_field()

    def proposal(self) -> dict[str, Any]:
        """What was typed, as a proposal has it."""
        return {"name": self.cleaned_data["name"], "level": self.cleaned_data["level"]}


class SuggestedResumeForm(ExplainedForm):
    """The texts of a résumé as Relevnt keeps them, each in a box; those that are changed are suggested."""

    def __init__(self, data: Any = None, *, resume: Resume) -> None:
        super().__init__(data)
        self._texts: dict[str, ResumeText] = {}
        for number, each in enumerate(list_texts(resume.document)):
            rows = min(12, 1 + each.text.count("\n") + len(each.text) // 80)
            self._texts[f"text_{number}"] = each
            self.fields[f"text_{number}"] = forms.CharField(
                label=each.place,
                initial=each.text,
                error_messages={"required": _("Write what should stand here.")},
                max_length=max(MAX_RESUME_TEXT_LENGTH, len(each.text)),
                widget=forms.Textarea(attrs={"rows": rows}),
            )
        self.fields["seen"] = seen_field([(each.pointer, each.text) for each in self._texts.values()])
        self.fields["note"] = note_field()

    def clean(self) -> dict[str, Any]:
        """Ask for a change; refuse a résumé that says something else than on the page."""
        if self.cleaned_data.get("seen") != self.fields["seen"].initial:
            raise forms.ValidationError(CHANGED)
        if not self.errors and not self.proposal()["edits"]:
            raise forms.ValidationError(_("Nothing is changed. Change what you would suggest."))
        return self.cleaned_data

    def proposal(self) -> dict[str, Any]:
        """The texts that differ from those that stand."""
        typed = {
            each.pointer: _same_lines(self.cleaned_data.get(name, "")) for name, each in self._texts.items()
        }
        edits = [
            {"pointer": each.pointer, "text": typed[each.pointer]}
            for each in self._texts.values()
            if typed[each.pointer].strip() != _same_lines(each.text).strip()
        ]
        return {"edits": edits[: MAX_EDITS + 1]}


def _same_lines(text: str) -> str:
    """The text with the ends of lines that a browser does not change."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _words_of(match: Match) -> str:
    words = {"title": match.job.title, "score": int(match.match_score or 0)}
    said = _("%(score)s · %(title)s") % words
    return f"{said} · {match.job.company}" if match.job.company else said
