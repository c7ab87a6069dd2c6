"""The numbers that speak for a skill, as they are counted, kept as JSON, and told: every sentence and picture is made of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class PayGap:
    """What jobs near the person pay in the middle (median, whole units of currency a year), and how many of each state it.

    asking are those that ask for the skill, others those that do not.
    """

    currency: str
    asking: int
    asking_count: int
    others: int
    others_count: int


@dataclass(frozen=True, slots=True)
class Gap:
    """What one skill would change for one persona, counted by the scorer over all open jobs.

    from_level is the level held now ("" for none), to_level the one that is tried. crossing is how many open jobs that
    state enough (coverage .50) would come to threshold or above and do not now, above how many are there already. near is
    how many best roles were looked at, asks how many of these ask for the skill (at a level above the one held), lift by
    how many points these rise on average, two decimals. nearest is the held skill that is next to it ("" for none),
    nearness how much it replaces of it, 0–50 percent.
    """

    skill: str
    key: str
    from_level: str
    to_level: str
    threshold: Decimal
    crossing: int
    above: int
    near: int
    asks: int
    lift: Decimal
    nearest: str
    nearness: int
    pay: PayGap | None
    open_jobs: int

    @property
    def demand(self) -> Decimal:
        """Give the share of the best roles that ask for it, 0–1."""
        return Decimal(self.asks) / self.near if self.near else Decimal(0)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long it takes to learn: hours in all, why these ("stated" by a course, or the "rule"), and weeks at so many hours a week."""

    hours: int
    because: str
    hours_per_week: int
    weeks: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a skill that is held by now changes, against the same persona without it (or at the level held before).

    crossing is how many open jobs are at the threshold only because of it, lift the mean rise in points of the best roles
    that ask for it, asks how many those are.
    """

    level: str
    threshold: Decimal
    crossing: int
    above: int
    near: int
    asks: int
    lift: Decimal
    open_jobs: int


def as_json(facts: Gap | Effort | Effect) -> dict[str, Any]:
    """Give facts as JSON keeps them: decimals as texts."""
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(facts).items()
    }


def read_gap(kept: Mapping[str, Any]) -> Gap:
    """Read a gap that was kept; raises KeyError where a number is missing."""
    pay = kept["pay"]
    values = {name: kept[name] for name in Gap.__slots__}
    return Gap(
        **{
            **values,
            "threshold": Decimal(kept["threshold"]),
            "lift": Decimal(kept["lift"]),
            "pay": PayGap(**pay) if pay else None,
        }
    )


def read_effort(kept: Mapping[str, Any]) -> Effort:
    """Read an effort that was kept; raises KeyError where a number is missing."""
    return Effort(**{name: kept[name] for name in Effort.__slots__})


def read_effect(kept: Mapping[str, Any]) -> Effect:
    """Read an effect that was kept; raises KeyError where a number is missing."""
    values = {name: kept[name] for name in Effect.__slots__}
    return Effect(**{**values, "threshold": Decimal(kept["threshold"]), "lift": Decimal(kept["lift"])})
