"""Numbers, money, places and dates in the words of the page. Money stays as stated: nothing is converted here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext

from matching.explanation import tell_in_a_line
from personas.gazetteer import Place
from personas.money import from_minor, minor_digits

register = template.Library()

PLACES_SHOWN = 3


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
