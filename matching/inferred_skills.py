"""Skills that often go with those somebody has, each with the ones it is inferred from; proposed, never added. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

LEAST = 25
"""Percent from which a skill is near another: below it, the two merely meet in the same postings now and then."""
MOST = 12
MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Inferred:
    """A skill by its key, how near it is (percent, the sum over its reasons), and the keys it is inferred from, nearest first."""

    key: str
    nearness: int
    because: tuple[str, ...]


def infer_skills(held: Iterable[str], *, near: Callable[[str], Mapping[str, int]]) -> list[Inferred]:
    """The skills nearest to those held (keys of the taxonomy), at most a dozen, nearest first; `near` gives percents by key."""
    own = set(held)
    reasons: dict[str, list[tuple[int, str]]] = {}
    for key in sorted(own):
        for other, percent in near(key).items():
            if other not in own and percent >= LEAST:
                reasons.setdefault(other, []).append((percent, key))
    found = []
    for other, given in reasons.items():
        nearest = sorted(given, key=lambda each: (-each[0], each[1]))[:MOST_REASONS]
        found.append(
            Inferred(other, sum(percent for percent, _key in nearest), tuple(key for _, key in nearest))
        )
    return sorted(found, key=lambda each: (-each.nearness, each.key))[:MOST]
