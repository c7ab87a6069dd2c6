"""What a list of jobs is narrowed by, as it is typed: read into a JobFilter, told in words, and taken apart again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from matching.filters import JobFilter
from matching.narrowing import MOST_PAY, SENIORITIES, WORKPLACES, days_before
from personas.forms import AmountField, FlowingCheckboxes
from personas.gazetteer import gazetteer

# From here on a match is well stated: three quarters of the asked-for weight stand on what the posting says.
WELL_STATED = Decimal("0.75")

POSTED = (
    ("", gettext_lazy("at any time")),
    ("7", gettext_lazy("within 7 days")),
    ("30", gettext_lazy("within 30 days")),
    ("90", gettext_lazy("within 90 days")),
)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One active filter: the field it comes from, what it says of a job, and the query string of the same list without it."""

    field: str
    words: str
    without: str


class FilterForm(forms.Form):
    """What the matches of a persona are narrowed by; pay is by the year, in the persona's currency."""

    use_required_attribute = False

    place = forms.CharField(
        label=gettext_lazy("Place"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("A town, a region or a country, such as “Austin, TX”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    pay = AmountField(label=gettext_lazy("Pays at least, a year"), min_value=1, max_value=MOST_PAY)
    posted = forms.ChoiceField(
        label=gettext_lazy("Posted"),
        required=False,
        choices=POSTED,
        help_text=gettext_lazy("By the day that the posting bears."),
    )
    workplace = forms.MultipleChoiceField(
        label=gettext_lazy("Workplace"), required=False, choices=WORKPLACES, widget=FlowingCheckboxes
    )
    seniority = forms.MultipleChoiceField(
        label=gettext_lazy("Seniority"), required=False, choices=SENIORITIES, widget=FlowingCheckboxes
    )
    stated = forms.BooleanField(
        label=gettext_lazy("Only what is well stated"),
        required=False,
        help_text=gettext_lazy("At least three quarters of what you ask for can be judged."),
    )
    unstated = forms.BooleanField(
        label=gettext_lazy("Include jobs that do not say"),
        required=False,
        help_text=gettext_lazy("Such as jobs without a stated pay, when you narrow by pay."),
    )

    NARROWING: tuple[str, ...] = ("place", "pay", "posted", "workplace", "seniority", "stated")

    def __init__(self, query: QueryDict, *, currency: str) -> None:
        super().__init__(query, auto_id="filter_%s")
        self._query = query
        self._currency = currency
        self.fields["pay"].help_text = _("In %(currency)s, in whole amounts.") % {"currency": currency}

    def clean_place(self) -> str:
        """Refuse a place that is not known, so that nothing is narrowed by a guess."""
        typed = str(self.cleaned_data["place"]).strip()
        if typed and gazetteer().find(typed) is None:
            raise forms.ValidationError(
                _("We know no place “%(place)s”. Try the town with its country, such as “Austin, TX”.")
                % {"place": typed}
            )
        return typed

    @property
    def is_used(self) -> bool:
        """Tell whether anything that narrows was asked for, rightly or not."""
        return any(any(self._query.getlist(name)) for name in self.NARROWING)

    def read(self, *, now: datetime, among: Collection[str] = NARROWING) -> JobFilter:
        """Give the filter of a valid form, of some of its fields where not of all."""
        data = {name: value for name, value in self.cleaned_data.items() if name in (*among, "unstated")}
        days = data.get("posted")
        return JobFilter(
            place=gazetteer().find(data["place"]) if data.get("place") else None,
            workplaces=frozenset(data.get("workplace", ())),
            seniorities=frozenset(data.get("seniority", ())),
            minimum_pay=data.get("pay"),
            currency=self._currency,
            posted_after=days_before(now, int(days)) if days else None,
            least_coverage=WELL_STATED if data.get("stated") else None,
            with_unstated=data.get("unstated", False),
        )

    def narrowings(self) -> list[Narrowing]:
        """Name each filter of a valid form that is active."""
        told: dict[str, Callable[[Any], str]] = {
            "place": self._tell_place,
            "pay": self._tell_pay,
            "posted": self._tell_posted,
            "workplace": lambda chosen: self._tell_chosen("workplace", chosen),
            "seniority": lambda chosen: self._tell_chosen("seniority", chosen),
            "stated": lambda _chosen: _("is well stated"),
        }
        return [
            Narrowing(name, told[name](self.cleaned_data[name]), self.query_with(**{name: None}))
            for name in self.NARROWING
            if self.cleaned_data.get(name)
        ]

    def query_with(self, **values: str | None) -> str:
        """Give the query string of this list from its beginning, with other values for some fields; None leaves one out."""
        query = self._query.copy()
        for name in ("after", "before", *values):
            query.pop(name, None)
        query.update({name: value for name, value in values.items() if value is not None})
        return f"?{query.urlencode()}"

    def query_without_all(self) -> str:
        """Give the query string of the whole list."""
        return self.query_with(**dict.fromkeys((*self.NARROWING, "unstated")))

    def _tell_place(self, typed: str) -> str:
        place = gazetteer().find(typed)
        return _("is near %(place)s") % {"place": place.label() if place else typed}

    def _tell_pay(self, amount: int) -> str:
        words = {"currency": self._currency, "amount": intcomma(amount)}
        return _("pays at least %(currency)s %(amount)s a year") % words

    @staticmethod
    def _tell_posted(days: str) -> str:
        count = int(days)
        return ngettext("was posted within %(count)d day", "was posted within %(count)d days", count) % {
            "count": count
        }

    def _tell_chosen(self, name: str, chosen: Sequence[str]) -> str:
        field: Any = self.fields[name]
        labels = [str(label) for code, label in field.choices if code in chosen]
        return _("is %(choices)s") % {"choices": _(" or ").join(labels)}


class SearchForm(FilterForm):
    """What all open jobs are searched by; pay is by the year, in the person's currency."""

    q = forms.CharField(
        label=gettext_lazy("Words"),
        required=False,
        max_length=200,
        strip=True,
        help_text=gettext_lazy("All of them; “in quotes” as they stand; -without; or."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    # It is asked of a persona.
    stated = None  # type: ignore[assignment]
    NARROWING = ("place", "pay", "posted", "workplace", "seniority")

    field_order = ("q",)

    def query_with(self, **values: str | None) -> str:
        """The same, and back to what was probably meant unless told otherwise."""
        return super().query_with(**{"exactly": self._query.get("exactly"), **values})

    def kept_query(self) -> str:
        """The query string of a valid search as it is saved: what was asked for, and nothing else that stood in the address."""
        kept = QueryDict(mutable=True)
        for name in ("q", *self.NARROWING, "unstated"):
            values = [value for value in self._query.getlist(name) if value.strip()]
            if values:
                kept.setlist(name, values)
        return kept.urlencode()
