"""Two stored scores of one job set side by side: which is the higher, by how much, and by which factors, in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from matching.explanation import read_asked, read_weights
from matching.scoring import FACTORS

TOLD = 2
LEAST_TOLD = Decimal("0.5")


def contributions(factors: Mapping[str, Any]) -> dict[str, Decimal]:
    """Give the points that each factor adds to a score; they sum to it. Empty where nothing is stated."""
    weights = read_weights(factors)
    known = {
        name: Decimal(str(factors[f"{name}_score"]))
        for name in read_asked(factors)
        if factors.get(f"{name}_score") is not None and weights.get(name)
    }
    total = sum(weights[name] for name in known)
    return {name: weights[name] * percent / total for name, percent in known.items()} if total else {}


def tell_comparison(
    first: tuple[str, Mapping[str, Any], Decimal], second: tuple[str, Mapping[str, Any], Decimal]
) -> list[str]:
    """Tell which of two (name, factors, score) fits better and why, in sentences, in the language that is active."""
    (better, for_it, high), (worse, against, low) = sorted((first, second), key=lambda each: -each[2])
    if high == low:
        return [_("Both fit equally well.")]
    words = {"better": better, "worse": worse, "points": _tell(high - low)}
    sentences = [_("“%(better)s” fits better than “%(worse)s”, by %(points)s.") % words]
    more, less = contributions(for_it), contributions(against)
    gap = {name: more.get(name, Decimal(0)) - less.get(name, Decimal(0)) for name in FACTORS}
    names = _names()
    gains = [name for name in _by_size(gap) if gap[name] >= LEAST_TOLD][:TOLD]
    losses = [name for name in _by_size(gap) if gap[name] <= -LEAST_TOLD][:1]
    for name in gains:
        words = {"factor": names[name], "more": _tell(more.get(name)), "less": _tell(less.get(name))}
        sentences.append(_("%(factor)s adds %(more)s to its score and %(less)s to the other.") % words)
    for name in losses:
        words = {"factor": names[name], "more": _tell(more.get(name)), "less": _tell(less.get(name))}
        sentences.append(
            _("Against it: %(factor)s adds %(more)s to its score and %(less)s to the other.") % words
        )
    return sentences


def _by_size(gap: Mapping[str, Decimal]) -> list[str]:
    return sorted(gap, key=lambda name: -abs(gap[name]))


def _tell(points: Decimal | None) -> str:
    exact = (points or Decimal(0)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return str(number_format(exact.normalize() + 0))


def _names() -> dict[str, str]:
    return {
        "skill": _("What you can do"),
        "salary": _("Pay"),
        "location": _("Place"),
        "remote": _("Workplace"),
        "industry": _("Industry"),
    }
