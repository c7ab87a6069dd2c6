"""What a person narrows the open jobs to while they look: asked of the jobs, never of the score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from personas.gazetteer import Place

# A job counts as near a place from this location score on (`scoring`): within 100 km of a town, or in its region where
# the town is not stated.
NEAR_ENOUGH = 50


@dataclass(frozen=True, slots=True)
class JobFilter:
    """What open jobs are narrowed to; empty and None mean "any".

    Pay is the middle of what a posting states by the year, in whole units of `currency`. A job that does not state what is
    asked for is left out unless `with_unstated`; the ranking counts those that are left out for that alone.
    """

    place: Place | None = None
    workplaces: frozenset[str] = frozenset()
    seniorities: frozenset[str] = frozenset()
    minimum_pay: int | None = None
    currency: str = ""
    posted_after: datetime | None = None
    least_coverage: Decimal | None = None
    with_unstated: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether every open job passes."""
        return self == JobFilter(with_unstated=self.with_unstated, currency=self.currency)
