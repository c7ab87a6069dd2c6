"""The picture of a simulation: a strip of days, a mark for each application, weeks apart, days without the rule hatched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from autoapply.simulation import SimulatedDay
from personas.svg import coordinate, draw, join

HEIGHT = 104
GROUND = 84
"""Where the days stand, in pixels from above; the Mondays' dates are written below."""
_TALLEST = 10
"""Pixels of one mark, the space above it included."""
_LABEL_DAYS = 4
"""Days that the date of a Monday needs beside it."""


def day_strip(days: Sequence[SimulatedDay]) -> SafeString:
    """Draw the days from left to right; what the person sends themselves is an open mark. Raises ValueError without a day."""
    if not days:
        raise ValueError("a strip of days needs at least one day")
    pitch = Decimal(100) / len(days)
    most = max(day.total for day in days)
    tall = min(Decimal(_TALLEST), Decimal(GROUND - 4) / max(most, 1))
    pieces = [mark_safe('<line class="strip__ground" x1="0" x2="100%" y1="84" y2="84"></line>')]
    for number, day in enumerate(days):
        left = number * pitch
        if not day.is_active:
            pieces.append(_hatch(left, pitch))
        if number and day.on == day.week:
            pieces.append(_border(left))
        if (day.on == day.week or number == 0) and _has_room(days, number):
            pieces.append(_label(day, left))
        pieces += _marks(day, left, pitch, tall)
    return draw(
        kind="strip", title=_title(days), description=_tell_days(days), height=HEIGHT, body=join(pieces)
    )


def _has_room(days: Sequence[SimulatedDay], number: int) -> bool:
    """Tell whether a date can stand under a day without meeting the next one."""
    following = days[number : number + _LABEL_DAYS]
    return len(following) == _LABEL_DAYS and all(day.on != day.week for day in following[1:])


def _marks(day: SimulatedDay, left: Decimal, pitch: Decimal, tall: Decimal) -> list[SafeString]:
    return [
        format_html(
            '<rect class="strip__mark"{} x="{}%" y="{}" width="{}%" height="{}"></rect>',
            mark_safe(" data-by-you") if number >= day.by_us else "",
            coordinate(left + pitch * Decimal("0.18")),
            coordinate(GROUND - (number + 1) * tall),
            coordinate(pitch * Decimal("0.64")),
            coordinate(tall - min(Decimal(2), tall / 3)),
        )
        for number in range(day.total)
    ]


def _hatch(left: Decimal, pitch: Decimal) -> SafeString:
    """Hatching as one dashed line: a pattern would need an id, which a page can hold only once."""
    return format_html(
        '<line class="hatch strip__idle" x1="{}%" x2="{}%" y1="42" y2="42" stroke-width="84" stroke-dasharray="1 3"></line>',
        coordinate(left),
        coordinate(left + pitch),
    )


def _border(left: Decimal) -> SafeString:
    return format_html(
        '<line class="strip__week" x1="{0}%" x2="{0}%" y1="0" y2="90"></line>', coordinate(left)
    )


def _label(day: SimulatedDay, left: Decimal) -> SafeString:
    return format_html(
        '<text class="strip__date" x="{}%" dx="3" y="100" font-size="11" aria-hidden="true">{}</text>',
        coordinate(left),
        short_date(day.on),
    )


def short_date(day: date) -> str:
    """Give a date without its year."""
    # Translators: a date without its year, in the format of Django's date filter.
    return date_format(day, gettext("M j"))


def _title(days: Sequence[SimulatedDay]) -> str:
    total = sum(day.total for day in days)
    words = ngettext(
        "%(total)s application on %(days)s days", "%(total)s applications on %(days)s days", total
    )
    return words % {"total": total, "days": len(days)}


def _tell_days(days: Sequence[SimulatedDay]) -> str:
    words = gettext("%(day)s: %(count)s.")
    said = [words % {"day": short_date(day.on), "count": day.total} for day in days if day.total]
    idle = sum(not day.is_active for day in days)
    if idle:
        off = ngettext(
            "On %(count)s of the days the rule is not active.",
            "On %(count)s of the days the rule is not active.",
            idle,
        )
        said.append(off % {"count": idle})
    return " ".join(said)
