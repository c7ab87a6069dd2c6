"""Which few of many gaps are recommended: those that change most for the hours they take.

The rule, in words:

  * What a skill changes is counted in points: the rise of the best roles that ask for it, all together, and ten points for
    every job that becomes a door, so that many small rises and a few opened doors can be compared.
  * What one cannot learn from a course is not recommended, though it is weighed: traits that a person states of themselves
    (group "Personal skills" of the taxonomy), a driving license, a security clearance.
  * A skill that is a third like one that was chosen before it is left out: the first of them covers part of the others.
  * What stands stays while it is worth at least half as much for its hours as the best that does not stand, so that
    lists do not change with every new posting.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal

from learning.facts import Effort, Gap

MOST = 5
DOOR = 10
ALIKE = 33
STAYS_ABOVE = Decimal("0.5")
_TRAITS = "Personal skills"
_NOT_TAUGHT = frozenset({"Driving", "Security clearance"})


def can_be_taught(name: str, *, group: str) -> bool:
    """Tell whether a skill is one that somebody learns, by its name and group in the taxonomy."""
    return group != _TRAITS and name not in _NOT_TAUGHT


def worth(gap: Gap) -> Decimal:
    """Give what a skill changes, in points."""
    return gap.asks * gap.lift + DOOR * gap.crossing


def worth_an_hour(gap: Gap, effort: Effort) -> Decimal:
    """Give what a skill changes for one hour of learning, in points."""
    return worth(gap) / max(1, effort.hours)


def choose(
    weighed: Sequence[tuple[Gap, Effort]],
    *,
    near: Callable[[str], Mapping[str, int]],
    standing: Collection[str] = (),
    put_aside: Collection[str] = (),
    kept: Collection[str] = (),
    most: int = MOST,
) -> tuple[tuple[Gap, Effort], ...]:
    """Give at most so many of the gaps, the one that pays most for its hours first.

    Keys of skills: `standing` are recommended now, `put_aside` never again, `kept` stay whatever they pay (they are planned
    or being learned). near gives the skills next to one with percents.
    """
    open_to = [each for each in weighed if each[0].key not in put_aside]
    ordered = sorted(open_to, key=lambda each: (-worth_an_hour(*each), each[0].key))
    newcomers = [each for each in ordered if each[0].key not in standing]
    bar = STAYS_ABOVE * worth_an_hour(*newcomers[0]) if newcomers else Decimal(0)
    stays = [
        each
        for each in ordered
        if each[0].key in kept or (each[0].key in standing and worth_an_hour(*each) >= bar)
    ][:most]
    chosen = list(stays)
    for each in ordered:
        if len(chosen) == most:
            break
        if each not in chosen and not any(_alike(each[0], other[0], near) for other in chosen):
            chosen.append(each)
    return tuple(sorted(chosen, key=lambda each: (-worth_an_hour(*each), each[0].key)))


def _alike(one: Gap, other: Gap, near: Callable[[str], Mapping[str, int]]) -> bool:
    return max(near(one.key).get(other.key, 0), near(other.key).get(one.key, 0)) >= ALIKE
