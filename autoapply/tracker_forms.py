"""The forms of the tracker: they turn what is typed and chosen into values; what may be kept is the service's to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autoapply.models import Application, Contact, Rule
from autoapply.models.applications import ApplicationQuerySet
from autoapply.tracker import MAX_NOTE_LENGTH, MAX_PHONE_LENGTH, MAX_URL_LENGTH, ON_ITS_WAY
from personas.checking import MAX_NAME_LENGTH
from personas.companies import company_key
from personas.forms import ExplainedForm
from personas.models import Persona, User

_ANY = gettext_lazy("any")
_NONE = "none"


class DayInput(forms.DateInput):
    """A day, chosen in the browser's own calendar."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        # The browser reads and writes this format alone.
        super().__init__(format="%Y-%m-%d", **kwargs)


class DayField(forms.DateField):
    """A day as the browser sends it."""

    def __init__(self, *, described_by: str = "", **kwargs: Any) -> None:
        messages = {"invalid": gettext_lazy("Give a day, such as 2026-12-24.")}
        widget = DayInput(attrs={"aria-describedby": described_by} if described_by else {})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], error_messages=messages, **kwargs)


class NamedField(forms.ModelChoiceField):
    """One of the person's own rows, by its name."""

    def label_from_instance(self, obj: Any) -> str:
        """The name."""
        return str(obj.name)


class StageForm(ExplainedForm):
    """How far the employer has come."""

    stage = forms.ChoiceField(label=gettext_lazy("Stage"))
    day = DayField(
        label=gettext_lazy("Day ahead"),
        required=False,
        # Explained under both fields, so that they stand on one line.
        described_by="stage-day",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = stage_choices()  # type: ignore[attr-defined]


class NoteForm(ExplainedForm):
    """A note."""

    body = forms.CharField(
        label=gettext_lazy("New note"),
        max_length=MAX_NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write the note first.")},
    )


class ContactForm(ExplainedForm):
    """Somebody at the employer."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=MAX_NAME_LENGTH,
        error_messages={"required": gettext_lazy("Say who it is.")},
    )
    role = forms.CharField(label=gettext_lazy("Role"), max_length=MAX_NAME_LENGTH, required=False)
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Telephone"),
        max_length=MAX_PHONE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    @classmethod
    def of(cls, contact: Contact) -> ContactForm:
        """The form that shows a contact."""
        return cls(initial={field: getattr(contact, field) for field in ("name", "role", "email", "phone")})


class FollowUpForm(ExplainedForm):
    """Something to do on a day."""

    what = forms.CharField(
        label=gettext_lazy("What to do"),
        max_length=MAX_NAME_LENGTH,
        error_messages={"required": gettext_lazy("Say what is to be done.")},
    )
    due_on = DayField(label=gettext_lazy("Day"))


class RecordForm(ExplainedForm):
    """An application that was sent elsewhere; for a known job only the day and the persona are asked."""

    title = forms.CharField(
        label=gettext_lazy("Title of the job"),
        max_length=MAX_NAME_LENGTH,
        error_messages={"required": gettext_lazy("Say what the job is called.")},
    )
    company = forms.CharField(label=gettext_lazy("Employer"), max_length=MAX_NAME_LENGTH, required=False)
    url = forms.CharField(
        label=gettext_lazy("Address of the posting"),
        max_length=MAX_URL_LENGTH,
        required=False,
        help_text=gettext_lazy("With it, no rule of yours applies to the same opening again."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    sent_on = DayField(label=gettext_lazy("Sent on"))
    persona = NamedField(
        Persona.objects.none(),
        label=gettext_lazy("As which persona"),
        required=False,
        empty_label=gettext_lazy("none of them"),
    )

    def __init__(self, *args: Any, user: User, job_is_known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        personas = Persona.objects.owned_by(user).order_by("-is_active", "name", "pk")
        self.fields["persona"].queryset = personas  # type: ignore[attr-defined]
        if job_is_known:
            for field in ("title", "company", "url"):
                del self.fields[field]

    def typed(self) -> dict[str, Any]:
        """What was typed of the job."""
        return {
            field: self.cleaned_data[field] for field in ("title", "company", "url") if field in self.fields
        }


class Narrowing(NamedTuple):
    """One active filter in words, with the address of the list without it."""

    words: str
    without: str


class FilterForm(forms.Form):
    """What narrows the table of applications."""

    stage = forms.ChoiceField(label=gettext_lazy("Stage"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    company = forms.CharField(label=gettext_lazy("Employer"), max_length=MAX_NAME_LENGTH, required=False)
    persona = NamedField(
        Persona.objects.none(), label=gettext_lazy("Persona"), required=False, empty_label=_ANY
    )
    rule = NamedField(Rule.objects.none(), label=gettext_lazy("Rule"), required=False, empty_label=_ANY)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states: list[tuple[str, Any]] = [
            (code, capfirst(str(label))) for code, label in Application.Status.choices
        ]
        fields: dict[str, Any] = self.fields
        fields["stage"].choices = [("", _ANY), *stage_choices(), (_NONE, _("None yet"))]
        fields["state"].choices = [("", _ANY), ("on_its_way", _("On its way out")), *states]
        fields["persona"].queryset = Persona.objects.owned_by(user).order_by("name", "pk")
        fields["rule"].queryset = Rule.objects.owned_by(user).order_by("name", "pk")

    @property
    def is_used(self) -> bool:
        """Whether anything is asked for."""
        return any(self.data.get(name) for name in self.fields)

    def narrow(self, rows: ApplicationQuerySet) -> ApplicationQuerySet:
        """The rows that are asked for; the form must be valid."""
        asked = self.cleaned_data
        if stage := asked["stage"]:
            rows = rows.filter(stage="" if stage == _NONE else stage)
        if state := asked["state"]:
            rows = rows.filter(status__in=ON_ITS_WAY) if state == "on_its_way" else rows.filter(status=state)
        if company := asked["company"]:
            named = Q(company__icontains=company)
            # What is typed without accents or with another legal form finds the employer too.
            key = company_key(company)
            rows = rows.filter(named | Q(company_key__contains=key) if key else named)
        if asked["persona"]:
            rows = rows.filter(persona=asked["persona"])
        if asked["rule"]:
            rows = rows.filter(rule=asked["rule"])
        return rows

    def narrowings(self) -> list[Narrowing]:
        """What is active, in the order of the form."""
        return [Narrowing(words, self._query_without(name)) for name, words in self._words()]

    def _words(self) -> Iterator[tuple[str, str]]:
        asked = self.cleaned_data
        chosen: dict[str, Any] = {
            "stage": dict(self.fields["stage"].choices).get(asked["stage"]) if asked["stage"] else "",  # type: ignore[attr-defined]
            "state": dict(self.fields["state"].choices).get(asked["state"]) if asked["state"] else "",  # type: ignore[attr-defined]
            "company": asked["company"],
            "persona": asked["persona"].name if asked["persona"] else "",
            "rule": asked["rule"].name if asked["rule"] else "",
        }
        for name, value in chosen.items():
            if value:
                yield name, _("%(name)s: %(value)s") % {"name": self.fields[name].label, "value": value}

    def _query_without(self, name: str) -> str:
        kept = {each: self.data[each] for each in self.fields if each != name and self.data.get(each)}
        return f"?{urlencode(kept)}"


def stage_choices() -> list[tuple[str, str]]:
    """The stages by code, as choices of a form."""
    return [(code, capfirst(str(label))) for code, label in Application.Stage.choices]
