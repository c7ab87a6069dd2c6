"""Numbers, money, places and dates in the words of the page. Money stands as stated; what is converted says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext

from matching.changes import points_changed
from matching.explanation import tell_in_a_line
from matching.models import DismissalReason
from personas.gazetteer import Place
from personas.money import MoneyError, convert, exchange_rates, from_minor, minor_digits

register = template.Library()

PLACES_SHOWN = 3
CHANGE_SHOWN_FOR = timedelta(days=7)


@register.filter
def whole_score(score: Any) -> str:
    """The whole points reached, rounded down, so that a job shown at 75 really passes a threshold of 75."""
    return str(int(Decimal(str(score)).to_integral_value(rounding=ROUND_FLOOR)))


@register.filter
def whole(value: Any) -> str:
    """A factor or a weight in whole percent, rounded half up as the explanation rounds it."""
    return str(int(Decimal(str(value)).to_integral_value(rounding=ROUND_HALF_UP)))


@register.filter
def exact_score(score: Any) -> str:
    """The score with its two decimals, as stored."""
    return formats.number_format(Decimal(str(score)), 2)


@register.filter
def percent(share: Any) -> str:
    """A share of 1 (a coverage) in whole percent, rounded down, without a sign."""
    return whole_score(Decimal(str(share)) * 100)


@register.filter
def distance(places: int) -> int:
    """How many places something moved, whichever way."""
    return abs(places)


@register.filter
def first_sentence(text: str) -> str:
    """The first line of `text`, or its first sentence where it is one line."""
    line = text.strip().split("\n", 1)[0]
    return re.split(r"(?<=[^.\s]{3}[.])\s+(?=\S)", line, maxsplit=1)[0]


@register.filter
def why(match: Any) -> str:
    """What speaks for a match in one line, made from its stored factors; else how its explanation begins."""
    return tell_in_a_line(match.match_factors) or first_sentence(match.explanation)


@register.filter
def age(when: datetime | None) -> str:
    """How long ago in words: "today", "3 days ago", "5 weeks ago", "2 years ago"; empty when unknown."""
    return "" if when is None else age_at(when, timezone.now())


def age_at(when: datetime, now: datetime) -> str:
    """How long before `now` it was, by calendar days of the current time zone; a future time reads "today"."""
    days = (timezone.localdate(now) - timezone.localdate(when)).days
    if days <= 0:
        return gettext("today")
    if days == 1:
        return gettext("yesterday")
    if days < 14:
        return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}
    if days < 60:
        return ngettext("%(count)s week ago", "%(count)s weeks ago", days // 7) % {"count": days // 7}
    if days < 730:
        return ngettext("%(count)s month ago", "%(count)s months ago", days // 30) % {"count": days // 30}
    return ngettext("%(count)s year ago", "%(count)s years ago", days // 365) % {"count": days // 365}


@register.filter
def day(when: datetime | None) -> str:
    """The calendar day in the reader's language and time zone; empty when unknown."""
    return "" if when is None else formats.date_format(timezone.localtime(when), "DATE_FORMAT")


@register.filter
def machine_time(when: datetime) -> str:
    """The moment in UTC for the `datetime` attribute of a `time` element."""
    return when.astimezone(UTC).isoformat(timespec="seconds")


@register.filter
def stated_pay(job: Any) -> str:
    """What the posting says it pays, such as "USD 85,000 to 110,000 a year"; empty when it says nothing.

    `job` has `pay_minimum` and `pay_maximum` in minor units or None, `pay_currency` (ISO 4217), `pay_period`."""
    bounds = (job.pay_minimum, job.pay_maximum)
    if bounds == (None, None):
        return ""
    low, high = (None if amount is None else _money(amount, job.pay_currency) for amount in bounds)
    words = {"currency": job.pay_currency, "low": low, "high": high, "period": _period(job.pay_period)}
    if low is None:
        return gettext("up to %(currency)s %(high)s %(period)s") % words
    if high is None:
        return gettext("from %(currency)s %(low)s %(period)s") % words
    if low == high:
        return gettext("%(currency)s %(low)s %(period)s") % words
    return gettext("%(currency)s %(low)s to %(high)s %(period)s") % words


@register.filter
def pay_in(job: Any, currency: str) -> str:
    """The stated pay by the year in another currency, to three figures and with what is assumed: "about EUR 92,000 a
    year, at the rates of 2024". Empty where the posting says just that, or nothing, or there is no rate."""
    bounds = (job.pay_annual_minimum, job.pay_annual_maximum)
    is_stated_so = job.pay_currency == currency and job.pay_period == "year"
    if bounds == (None, None) or not currency or is_stated_so:
        return ""
    try:
        ends = [convert(each, job.pay_currency, currency) for each in bounds if each is not None]
    except MoneyError:
        return ""
    words = {"currency": currency, "low": _about(ends[0]), "high": _about(ends[-1])}
    if bounds[0] is None:
        told = gettext("about up to %(currency)s %(high)s a year")
    elif bounds[1] is None:
        told = gettext("about from %(currency)s %(low)s a year")
    elif words["low"] == words["high"]:
        told = gettext("about %(currency)s %(low)s a year")
    else:
        told = gettext("about %(currency)s %(low)s to %(high)s a year")
    rates = gettext("at the rates of %(version)s") % {"version": exchange_rates().version}
    return gettext(", ").join(
        filter(
            None,
            (told % words, _assumed(job.pay_assumption), rates if job.pay_currency != currency else ""),
        )
    )


@register.filter
def recent_points(match: Any) -> int:
    """The whole points that the last change of a match brought, if it is at most seven days old; else 0."""
    changed_at = match.changed_at
    if changed_at is None or changed_at < timezone.now() - CHANGE_SHOWN_FOR:
        return 0
    return points_changed(match.changes)


@register.simple_tag
def dismissal_reasons() -> list[tuple[str, Any]]:
    """Why a match may be set aside: code and words."""
    return list(DismissalReason.choices)


@register.filter
def stated_workplace(job: Any) -> str:
    """The job's workplace, with the days a week on site where the posting says them."""
    workplace = str(job.get_workplace_display())
    if not job.office_days:
        return workplace
    return ngettext(
        "%(workplace)s, %(days)s day a week on site",
        "%(workplace)s, %(days)s days a week on site",
        job.office_days,
    ) % {"workplace": workplace, "days": job.office_days}


@register.filter
def stated_places(job: Any) -> str:
    """The job's places, at most three by name and the number of the others; else the line of the posting itself."""
    places: Sequence[Any] = job.places
    if not places:
        return str(job.location)
    labels = list(dict.fromkeys(Place.from_dict(place).label() for place in places))
    shown = gettext("; ").join(labels[:PLACES_SHOWN])
    more = len(labels) - PLACES_SHOWN
    if more <= 0:
        return shown
    return ngettext("%(places)s and %(count)s more", "%(places)s and %(count)s more", more) % {
        "places": shown,
        "count": more,
    }


def _assumed(assumption: str) -> str:
    return {
        "hours_2080": gettext("with 40 hours a week"),
        "days_260": gettext("with 5 days a week"),
        "weeks_52": gettext("with 52 weeks"),
        "months_12": gettext("with 12 months"),
    }.get(assumption, "")


def _about(amount: Decimal) -> str:
    """An amount to three figures."""
    places = max(0, amount.adjusted() - 2)
    rounded = int(amount.scaleb(-places).to_integral_value(rounding=ROUND_HALF_UP)) * 10**places
    return formats.number_format(rounded, 0, use_l10n=True, force_grouping=True)


def _money(amount: int, currency: str) -> str:
    value = from_minor(amount, currency)
    digits = 0 if value == value.to_integral_value() else minor_digits(currency)
    return formats.number_format(value, digits, use_l10n=True, force_grouping=True)


def _period(period: str) -> str:
    return {
        "hour": gettext("an hour"),
        "day": gettext("a day"),
        "week": gettext("a week"),
        "month": gettext("a month"),
        "year": gettext("a year"),
    }[period]
