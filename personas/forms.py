"""The forms of the pages about people: they turn what is typed into values; what may be kept is the services' to say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, cast
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from personas.checking import COMPANY_SIZES, MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from personas.choices import currency_choices, time_zone_choices
from personas.industries import INDUSTRIES
from personas.models import Persona, PersonaPreferences, Resume, User, UserSkill
from personas.readers.skills import Proposal
from personas.readers.upload import ENDINGS
from personas.services import (
    NewSkill,
    PersonaDetails,
    PreferenceValues,
    Refused,
    SkillDetails,
    check_persona,
)
from personas.taxonomy import taxonomy

_DETAILS = frozenset(PersonaDetails.__annotations__)
_BETWEEN_THOUSANDS = re.compile(r"(?<=\d)[\s.,'’\u00a0\u202f](?=\d{3}(?!\d))")


class ExplainedForm(forms.Form):
    """A form that shows what a service refused at the field it is about."""

    def explain(self, refused: Refused) -> None:
        """Put each sentence of a refusal at its field, or above the form where the field is not on it."""
        for field, sentences in refused.faults.items():
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)


class ListField(forms.CharField):
    """Texts typed one a line, or between the signs of `between`; gives a list of them as typed, without empty ones."""

    widget = forms.Textarea

    def __init__(self, *, between: str = "", rows: int = 3, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)
        self._between = re.compile(f"[\n{re.escape(between)}]")

    def prepare_value(self, value: Any) -> Any:
        """Show a list one a line, and typed text as it was typed."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Split what was typed."""
        text = super().clean(value)
        return [entry for part in self._between.split(text) if (entry := part.strip())]


class AmountField(forms.IntegerField):
    """A whole amount of money, with or without signs between the thousands."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 12})
        messages = {"invalid": _("Give a whole amount in figures, such as 65,000.")}
        super().__init__(required=False, widget=widget, error_messages=messages, **kwargs)

    def to_python(self, value: Any) -> int | None:
        """Read "65,000", "65 000" and "65.000" as 65000."""
        return super().to_python(_BETWEEN_THOUSANDS.sub("", value) if isinstance(value, str) else value)


class ResumeField(forms.ModelChoiceField):
    """One of the person's résumés, by title."""

    def label_from_instance(self, obj: Resume) -> str:
        """The title."""
        return obj.title


class FlowingCheckboxes(forms.CheckboxSelectMultiple):
    """Checkboxes side by side, as many as fit."""

    def __init__(self) -> None:
        super().__init__(attrs={"class": "row"})

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Keep the class of the whole off the single boxes."""
        option = super().create_option(*args, **kwargs)
        option["attrs"].pop("class", None)
        return option


class FlowingRadios(forms.RadioSelect):
    """Radio buttons side by side, as many as fit."""

    def __init__(self) -> None:
        super().__init__(attrs={"class": "row"})

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Keep the class of the whole off the single buttons."""
        option = super().create_option(*args, **kwargs)
        option["attrs"].pop("class", None)
        return option


class Section(NamedTuple):
    """A part of a long form: its heading, a note under it, and the fields."""

    code: str
    heading: Any
    note: Any
    fields: list[forms.BoundField]


class ProposedValue(NamedTuple):
    """A value that is offered in a form and not saved: its field, what the field holds now, what is offered."""

    field: forms.BoundField
    now: str
    offered: str


class PersonaForm(ExplainedForm):
    """A persona and what it looks for, on one page; `proposed` values stand in it without being saved."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_NAME_LENGTH,
        help_text=_("Such as “Data engineer” or “Back to teaching”. Only you see it."),
        error_messages={"required": _("Give it a name.")},
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=MAX_DESCRIPTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A note to yourself. It does not change any score."),
    )
    resume = ResumeField(
        label=_("Résumé"), queryset=Resume.objects.none(), required=False, empty_label=_("none")
    )
    job_title_keywords = ListField(
        label=_("Job titles"),
        between=",;",
        help_text=_(
            "One a line, or between commas. Name the work as postings name it, in two or three ways."
        ),
    )
    required_skills = ListField(
        label=_("Skills the work must use"),
        between=",;",
        help_text=_("One a line, or between commas. A job that does not name one of these scores lower."),
    )
    nice_to_have_skills = ListField(
        label=_("Skills it would be nice to use"),
        between=",;",
        help_text=_("One a line, or between commas."),
    )
    locations = ListField(
        label=_("Places"),
        between=";",
        help_text=_("One a line: a town, a region or a country, such as “Austin, TX”. Empty means anywhere."),
    )
    remote_preference = forms.ChoiceField(
        label=_("Workplace"),
        choices=PersonaPreferences.Remote.choices,
        widget=FlowingRadios,
        help_text=_("“Any” leaves the workplace out of the score."),
    )
    min_salary = AmountField(label=_("Lowest pay"))
    max_salary = AmountField(label=_("Highest pay"))
    currency = forms.ChoiceField(label=_("Currency"))
    salary_period = forms.ChoiceField(label=_("Paid for"), choices=PersonaPreferences.Period.choices)
    industries = forms.MultipleChoiceField(
        label=_("Industries"),
        required=False,
        choices=INDUSTRIES,
        widget=FlowingCheckboxes,
        help_text=_("Without any, the industry is left out of the score."),
    )
    company_size = forms.MultipleChoiceField(
        label=_("Company sizes"),
        required=False,
        choices=[(size, size.replace("-", "–")) for size in COMPANY_SIZES],
        widget=FlowingCheckboxes,
        help_text=_("By the number of people."),
    )
    excluded_companies = ListField(
        label=_("Companies to leave out"),
        between=";",
        help_text=_("One a line. “Acme Ltd.” also leaves out “ACME, Inc.”, but not “Acme Metals”."),
    )
    mission_values = ListField(
        label=_("Values"),
        between=",;",
        help_text=_("What the work should serve, such as “public health”. One a line, or between commas."),
    )
    growth_focus = ListField(
        label=_("What to grow in"),
        between=",;",
        help_text=_("Skills or fields to learn on the job. One a line, or between commas."),
    )

    SECTIONS = (
        ("self", _("Who you are looking as"), "", ("name", "description", "resume")),
        (
            "work",
            _("What you want to do"),
            "",
            ("job_title_keywords", "required_skills", "nice_to_have_skills"),
        ),
        ("where", _("Where"), "", ("locations", "remote_preference")),
        (
            "pay",
            _("What it should pay"),
            _("Pay is scored from the lowest you would work for. More than the highest never costs points."),
            ("min_salary", "max_salary", "currency", "salary_period"),
        ),
        ("employer", _("For whom"), "", ("industries", "company_size", "excluded_companies")),
        ("growth", _("What else matters"), "", ("mission_values", "growth_focus")),
    )

    # What an address may propose: one value in the place of another, or one more in a list.
    PROPOSABLE = ("min_salary", "remote_preference")
    PROPOSABLE_LISTS = ("locations", "excluded_companies", "job_title_keywords", "required_skills")

    def __init__(
        self,
        *args: Any,
        user: User,
        persona: Persona | None = None,
        proposed: QueryDict | None = None,
        **kwargs: Any,
    ) -> None:
        if persona is not None:
            kwargs["initial"] = _initial_of(persona)
        else:
            kwargs["initial"] = {
                "currency": user.currency,
                "salary_period": "year",
                "remote_preference": "any",
            }
        offered = self._read_proposed(kwargs["initial"], proposed) if proposed else {}
        before = kwargs["initial"]
        kwargs["initial"] = before | offered
        super().__init__(*args, **kwargs)
        self.proposals = [
            ProposedValue(self[name], self._show(name, before.get(name)), self._show(name, value))
            for name, value in offered.items()
        ]
        for each in self.proposals:
            # At the field too: a link leads to it, past what stands at the top.
            each.field.help_text = format_html(
                "{} <strong>{}</strong>",
                each.field.help_text,
                _("This is proposed and not saved; it was: %(now)s.") % {"now": each.now},
            )
        resume: Any = self.fields["resume"]
        resume.queryset = Resume.objects.owned_by(user).for_list()
        currency: Any = self.fields["currency"]
        currency.choices = currency_choices(kwargs["initial"]["currency"])

    def _read_proposed(self, initial: Mapping[str, Any], proposed: QueryDict) -> dict[str, Any]:
        """The values of an address that this form would take, where they differ from what it holds."""
        found: dict[str, Any] = {}
        for name in self.PROPOSABLE:
            typed = proposed.get(name, "").strip()
            with suppress(forms.ValidationError):
                value = self.base_fields[name].clean(typed)
                if typed and value != initial.get(name):
                    found[name] = value
        for name in self.PROPOSABLE_LISTS:
            kept = list(initial.get(name) or ())
            entries = (entry.strip()[:MAX_NAME_LENGTH] for entry in proposed.getlist(name))
            if more := [entry for entry in dict.fromkeys(entries) if entry and entry not in kept]:
                found[name] = [*kept, *more]
        return found

    def _show(self, name: str, value: Any) -> str:
        """A value as one reads it."""
        if isinstance(value, list):
            return "; ".join(value) or str(_("none"))
        if value in (None, ""):
            return str(_("none"))
        if isinstance(value, int):
            return number_format(value, use_l10n=True, force_grouping=True)
        return str(dict(getattr(self.fields[name], "choices", ())).get(value, value))

    def sections(self) -> Iterator[Section]:
        """The fields in the order of the page."""
        for code, heading, note, names in self.SECTIONS:
            yield Section(code, heading, note, [self[name] for name in names])

    def clean(self) -> dict[str, Any]:
        """Say what the services would refuse beside what is no value at all, so that all is mended at once."""
        details: Any = {name: value for name, value in self.cleaned_data.items() if name in _DETAILS}
        wishes: Any = {name: value for name, value in self.cleaned_data.items() if name not in _DETAILS}
        try:
            check_persona(details=details, preferences=wishes)
        except Refused as refused:
            self.explain(refused)
        return self.cleaned_data

    def details(self) -> PersonaDetails:
        """What was typed about the persona itself."""
        data = self.cleaned_data
        return {"name": data["name"], "description": data["description"], "resume": data["resume"]}

    def preferences(self) -> PreferenceValues:
        """What was typed about the work it looks for."""
        wishes: Any = {field: self.cleaned_data[field] for field in PreferenceValues.__annotations__}
        return wishes  # type: ignore[no-any-return]


class SkillForm(ExplainedForm):
    """A skill to add."""

    name = forms.CharField(
        label=_("Skill"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"list": "skill-names", "autocomplete": "off"}),
        error_messages={"required": _("Name the skill.")},
    )
    level = forms.ChoiceField(label=_("Level"), choices=UserSkill.Level.choices, initial="intermediate")


class SkillRow(NamedTuple):
    """One skill as it stands on the page."""

    skill: UserSkill
    level: forms.BoundField
    years: forms.BoundField
    last_used: forms.BoundField


class SkillsForm(ExplainedForm):
    """How each skill is held, all in one table."""

    def __init__(self, *args: Any, skills: Sequence[UserSkill], this_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.skills = skills
        for skill in skills:
            self.fields[f"level_{skill.pk}"] = forms.ChoiceField(
                label=_("Level"), choices=UserSkill.Level.choices, initial=skill.proficiency_level
            )
            self.fields[f"years_{skill.pk}"] = forms.DecimalField(
                label=_("Years"), required=False, min_value=0, max_value=60, max_digits=3, decimal_places=1,
                initial=skill.years, localize=True, widget=_small_number(5),
            )  # fmt: skip
            self.fields[f"used_{skill.pk}"] = forms.IntegerField(
                label=_("Last used"), required=False, min_value=1950, max_value=this_year,
                initial=skill.last_used, widget=_small_number(6),
            )  # fmt: skip

    def propose(self, name: str, level: str) -> UserSkill | None:
        """Show another level at the skill of this name, unsaved, and give the skill; None where it is not held or the level is none."""
        key = taxonomy().key(name)
        for skill in self.skills:
            if level in UserSkill.Level.values and taxonomy().key(skill.skill_name) == key:
                self.fields[f"level_{skill.pk}"].initial = level
                return skill
        return None

    def rows(self) -> Iterator[SkillRow]:
        """The skills in their order."""
        for skill in self.skills:
            yield SkillRow(skill, *(self[f"{name}_{skill.pk}"] for name in ("level", "years", "used")))

    def details(self) -> dict[UUID, SkillDetails]:
        """How each skill is held, by its id; what was not sent stays as it is."""
        names = {"level": "level", "years": "years", "used": "last_used"}
        found: dict[UUID, SkillDetails] = {}
        for skill in self.skills:
            sent = {
                field: self.cleaned_data[f"{name}_{skill.pk}"]
                for name, field in names.items()
                if f"{name}_{skill.pk}" in self.data
            }
            found[skill.pk] = cast("SkillDetails", sent)
        return found


def _small_number(size: int) -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": size})


class ProposalRow(NamedTuple):
    """One proposed skill as it stands on the page."""

    proposal: Proposal
    tick: forms.BoundField
    level: forms.BoundField


class ProposalsForm(ExplainedForm):
    """Skills that a résumé names, each with a box to tick and a level; one that is not ticked is left.

    `held` are the taxonomy's keys of the skills that the person has already.
    """

    def __init__(self, *args: Any, proposals: Sequence[Proposal], held: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left_out = set(held)
        # Numbered by their place in the résumé, so that a skill added meanwhile does not shift the others.
        self.open = {n: each for n, each in enumerate(proposals) if each.skill.lower() not in left_out}
        for number, proposal in self.open.items():
            self.fields[f"take_{number}"] = forms.BooleanField(label=proposal.skill, required=False)
            self.fields[f"level_{number}"] = forms.ChoiceField(
                label=_("Level"), choices=UserSkill.Level.choices, initial="intermediate", required=False
            )

    def rows(self) -> Iterator[ProposalRow]:
        """The proposals in the order of the résumé."""
        for number, proposal in self.open.items():
            yield ProposalRow(proposal, self[f"take_{number}"], self[f"level_{number}"])

    def clean(self) -> dict[str, Any]:
        """Ask for at least one tick."""
        data = self.cleaned_data
        if not self.errors and not any(data[f"take_{number}"] for number in self.open):
            raise forms.ValidationError(_("Nothing is ticked. Tick the skills that are yours."))
        return data

    def chosen(self) -> list[NewSkill]:
        """The skills that were ticked."""
        data = self.cleaned_data
        return [
            NewSkill(proposal.skill, data[f"level_{number}"], proposal.evidence)
            for number, proposal in self.open.items()
            if data[f"take_{number}"]
        ]


class UploadForm(ExplainedForm):
    """A résumé file."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, DOCX, TXT or JSON Resume, up to 5 MB. It is read here and sent nowhere."),
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty. Choose the file again."),
        },
    )
    title = forms.CharField(
        label=_("Title"),
        required=False,
        max_length=MAX_NAME_LENGTH,
        help_text=_("Left empty, the name of the file is taken."),
    )


class TitleForm(ExplainedForm):
    """Another title for a résumé."""

    title = forms.CharField(
        label=_("Title"), max_length=MAX_NAME_LENGTH, error_messages={"required": _("Give it a title.")}
    )


class AccountForm(ExplainedForm):
    """What a person is called and how times and money are shown to them."""

    display_name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Days and weeks begin by this clock."))
    locale = forms.ChoiceField(label=_("Language"))
    currency = forms.ChoiceField(label=_("Currency"), help_text=_("New personas start with it."))

    def __init__(self, *args: Any, user: User, languages: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        fields = ("display_name", "time_zone", "locale", "currency")
        kwargs["initial"] = {field: getattr(user, field) for field in fields}
        super().__init__(*args, **kwargs)
        choices: Mapping[str, Any] = {
            "time_zone": time_zone_choices(user.time_zone),
            "locale": languages,
            "currency": currency_choices(user.currency),
        }
        for name, each in choices.items():
            field: Any = self.fields[name]
            field.choices = each


def _initial_of(persona: Persona) -> dict[str, Any]:
    wishes = persona.preferences
    return {
        "name": persona.name,
        "description": persona.description,
        "resume": persona.resume_id,
        **{field: getattr(wishes, field) for field in PreferenceValues.__annotations__},
    }
