"""The picture of many scores: how many jobs stand in each step of five points, and which of them reach a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from personas.svg import coordinate, draw, join

BINS = 20
POINTS = 5
"""Points of one bin; the last holds 100 too."""
HEIGHT = 96
_TALLEST = 78
"""Percent of the height that the highest bar takes; the threshold's number stands above."""


def score_histogram(counts: Sequence[int], *, threshold: Decimal | None, passing: int) -> SafeString:
    """Draw 20 bins of five points, with a line at the threshold and what reaches it standing out.

    `passing` is how many of the counted jobs reach the threshold, whatever else a rule asks of them: it tells how the bin
    is divided in which the threshold stands. Without a threshold any score passes. Raises ValueError for other than 20
    counts of 0 or more, a threshold outside 0–100, or a `passing` that these counts cannot give.
    """
    if len(counts) != BINS or min(counts) < 0:
        raise ValueError(f"a histogram of scores needs {BINS} counts of 0 or more, not {list(counts)!r}")
    if threshold is not None and not 0 <= threshold <= 100:
        raise ValueError(f"the threshold is not between 0 and 100: {threshold}")
    reaching = _divide(counts, threshold, passing)
    pieces = _bars(counts, reaching)
    if threshold is not None:
        pieces.append(_mark(threshold))
    pieces.append(mark_safe('<line class="histogram__base" x1="0" x2="100%" y1="100%" y2="100%"></line>'))
    picture = draw(
        kind="histogram histogram--scores",
        title=_title(sum(counts), threshold, passing),
        description=_tell_bins(counts),
        height=HEIGHT,
        body=join(pieces),
    )
    scale = join([format_html("<span>{}</span>", points) for points in (0, 25, 50, 75, 100)])
    return format_html('{}<div class="scale" aria-hidden="true">{}</div>', picture, scale)


def _divide(counts: Sequence[int], threshold: Decimal | None, passing: int) -> list[int]:
    """Give how many of each bin reach the threshold."""
    if threshold is None:
        return list(counts)
    at = min(int(threshold / POINTS), BINS - 1)
    above = sum(counts[at + 1 :])
    if not above <= passing <= above + counts[at]:
        raise ValueError(
            f"{passing} jobs cannot reach {threshold}: {above} stand above its bin of {counts[at]}"
        )
    return [0] * at + [passing - above] + list(counts[at + 1 :])


def _bars(counts: Sequence[int], reaching: Sequence[int]) -> list[SafeString]:
    tallest = max(counts) or 1
    bars = []
    for number, (count, passes) in enumerate(zip(counts, reaching, strict=True)):
        below = Decimal(_TALLEST * (count - passes)) / tallest
        above = Decimal(_TALLEST * passes) / tallest
        if below:
            bars.append(_bar(number, Decimal(0), below, passes=False))
        if above:
            bars.append(_bar(number, below, above, passes=True))
    return bars


def _bar(number: int, foot: Decimal, tall: Decimal, *, passes: bool) -> SafeString:
    pitch = Decimal(100) / BINS
    return format_html(
        '<rect class="histogram__bar"{} x="{}%" y="{}%" width="{}%" height="{}%"></rect>',
        mark_safe(" data-passes") if passes else "",
        coordinate(number * pitch + Decimal("0.4")),
        coordinate(100 - foot - tall),
        coordinate(pitch - Decimal("0.8")),
        coordinate(tall),
    )


def _mark(threshold: Decimal) -> SafeString:
    anchor = "start" if threshold < 10 else "end" if threshold > 90 else "middle"
    return format_html(
        '<line class="histogram__mark" x1="{0}%" x2="{0}%" y1="16%" y2="100%"></line>'
        '<text class="histogram__number" x="{0}%" y="11" font-size="11" text-anchor="{1}" aria-hidden="true">{2}</text>',
        coordinate(threshold),
        anchor,
        _points(threshold),
    )


def _title(total: int, threshold: Decimal | None, passing: int) -> str:
    facts = {"total": _whole(total), "passing": _whole(passing)}
    if threshold is None:
        words = ngettext(
            "Score of %(total)s job; any score passes", "Scores of %(total)s jobs; any score passes", total
        )
        return words % facts
    words = ngettext(
        "Score of %(total)s job; at %(threshold)s or above: %(passing)s",
        "Scores of %(total)s jobs; at %(threshold)s or above: %(passing)s",
        total,
    )
    return words % {**facts, "threshold": _points(threshold)}


def _tell_bins(counts: Sequence[int]) -> str:
    words = gettext("%(count)s from %(start)s to %(end)s.")
    return " ".join(
        words % {"count": _whole(count), "start": number * POINTS, "end": (number + 1) * POINTS}
        for number, count in enumerate(counts)
        if count
    )


def _whole(number: int) -> str:
    return number_format(number, 0, use_l10n=True, force_grouping=True)


def _points(threshold: Decimal) -> str:
    """The threshold without zeros that say nothing."""
    digits = 0 if threshold == threshold.to_integral_value() else 2
    return number_format(threshold, digits)
