"""The funnel and the response times as pictures, drawn on the server without a style of their own, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from autoapply.progress import LEAST_FOR_PICTURE, WEEKS, ResponseTimes, Share

STEP_NAMES: Mapping[str, Any] = {
    "sent": gettext_lazy("Sent"),
    "answered": gettext_lazy("Answered"),
    "interview": gettext_lazy("Interview"),
    "offer": gettext_lazy("Offer"),
    "accepted": gettext_lazy("Accepted"),
}
"""What the steps of the funnel are called."""

# Heights within one step of the picture, which is stretched to the height of its line of text.
_STEP, _BAR_TOP, _BAR_END = 20, 3, 17
_COLUMN_SHARE = 82  # percent of its place that a column fills


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step beside the picture: its name, "12 of 40", and how much that is with how sure it is ("" where nothing can be said)."""

    name: str
    count: str
    rate: str
    range: str


def tell_steps(steps: Sequence[Share]) -> list[StepWords]:
    """The steps in words; the first is the whole, so it has no share."""
    return [_told(step, is_first=number == 0) for number, step in enumerate(steps)]


def draw_funnel(steps: Sequence[Share]) -> SafeString:
    """Bars under each other, as long as their share of all that was sent, joined by slopes."""
    widths = [100 * step.count / step.total if step.total else 0 for step in steps]
    slopes = (
        _slope(number, before, after) for number, (before, after) in enumerate(pairwise(widths)) if before
    )
    bars = (
        format_html(
            '<rect class="funnel__bar" x="0" y="{}" width="{}" height="{}"></rect>',
            number * _STEP + _BAR_TOP,
            _number(width),
            _BAR_END - _BAR_TOP,
        )
        for number, width in enumerate(widths)
        if width
    )
    height = len(steps) * _STEP
    axis = format_html('<line class="funnel__axis" x1="0" x2="0" y1="0" y2="{}"></line>', height)
    words = (
        f"{each.name}: {each.count}{f', {each.rate}' if each.rate else ''}." for each in tell_steps(steps)
    )
    return format_html(
        '<svg class="figure funnel__picture" role="img" viewBox="0 0 100 {}" preserveAspectRatio="none">'
        "<title>{}</title><desc>{}</desc>{}{}{}</svg>",
        height,
        _("How far the applications came"),
        " ".join(words),
        _joined(slopes),
        _joined(bars),
        axis,
    )


def draw_response_times(responses: ResponseTimes) -> SafeString:
    """Columns that count the answers of each week after sending; nothing where there are too few for a picture."""
    if len(responses.days) < LEAST_FOR_PICTURE:
        return SafeString("")
    tallest = max(responses.weeks)
    pitch = 100 / len(responses.weeks)
    columns = (
        format_html(
            '<rect class="histogram__bar" data-passes="" x="{}%" y="{}%" width="{}%" height="{}%"></rect>',
            _number(number * pitch),
            _number(100 - 96 * count / tallest),
            _number(pitch * _COLUMN_SHARE / 100),
            _number(96 * count / tallest),
        )
        for number, count in enumerate(responses.weeks)
    )
    return format_html(
        '<svg class="figure histogram" role="img" width="100%" height="80"><title>{}</title><desc>{}</desc>{}'
        '<line class="histogram__base" x1="0" x2="100%" y1="100%" y2="100%"></line></svg>',
        _("Answers by the week in which they came"),
        " ".join(_tell_weeks(responses.weeks)),
        _joined(columns),
    )


def tell_responses(responses: ResponseTimes) -> list[str]:
    """How long answers took, in sentences: the middle of them, or each where they are few; what was left out."""
    number = len(responses.days)
    told = []
    if not number:
        told.append(_("No answer has a day yet."))
    elif number < LEAST_FOR_PICTURE:
        days = _(", ").join(str(day) for day in responses.days)
        told.append(
            ngettext(
                "One answer, after %(days)s days. From %(least)s answers on there is a picture.",
                "%(number)s answers, after %(days)s days. From %(least)s answers on there is a picture.",
                number,
            )
            % {"number": number, "days": days, "least": LEAST_FOR_PICTURE}
        )
    else:
        middle = ngettext("%(days)s day", "%(days)s days", responses.middle or 0) % {"days": responses.middle}
        told.append(
            _("Half of the %(number)s answers came within %(middle)s.") % {"number": number, "middle": middle}
        )
    if responses.left_out:
        told.append(
            ngettext(
                "%(number)s answer is left out: it was there when the application was entered here.",
                "%(number)s answers are left out: they were there when the applications were entered here.",
                responses.left_out,
            )
            % {"number": responses.left_out}
        )
    return told


def _told(step: Share, *, is_first: bool) -> StepWords:
    name = str(STEP_NAMES[step.step])
    if is_first:
        return StepWords(name, str(step.count), "", "")
    count = _("%(count)s of %(total)s") % {"count": step.count, "total": step.total}
    if step.percent is None:
        return StepWords(name, count, "", "")
    between = _("likely %(low)s to %(high)s %%") % {"low": step.low, "high": step.high}
    return StepWords(name, count, _("%(percent)s %%") % {"percent": step.percent}, between)


def _tell_weeks(weeks: Sequence[int]) -> Iterator[str]:
    for number, count in enumerate(weeks, start=1):
        if not count:
            continue
        if number > WEEKS:
            yield _("Later: %(count)s.") % {"count": count}
        else:
            yield _("Week %(week)s: %(count)s.") % {"week": number, "count": count}


def _slope(number: int, before: float, after: float) -> SafeString:
    top, end = number * _STEP + _BAR_END, (number + 1) * _STEP + _BAR_TOP
    return format_html(
        '<polygon class="funnel__slope" points="0,{0} {1},{0} {2},{3} 0,{3}"></polygon>',
        top,
        _number(before),
        _number(after),
        end,
    )


def _joined(pieces: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _number(value: float) -> str:
    """A coordinate with at most two decimals, a point in every language."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
