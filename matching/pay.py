"""Pay of a job: what its posting states, and its worth in a year."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from personas.money import annual, from_minor


@dataclass(frozen=True, slots=True)
class StatedPay:
    """Pay as a posting states it: minor units of an ISO 4217 currency, None where a side is open, and the period."""

    minimum: int | None
    maximum: int | None
    currency: str
    period: str


@dataclass(frozen=True, slots=True)
class AnnualPay:
    """Pay by the year in whole units of the currency, and the code of the assumption that made it so."""

    minimum: int | None
    maximum: int | None
    currency: str
    assumption: str


def annualize(stated: StatedPay) -> AnnualPay:
    """Give the yearly worth, rounded half up to whole units, with the assumption that was made."""
    sides: list[int | None] = []
    assumption = ""
    for side in (stated.minimum, stated.maximum):
        amount, assumption = annual(from_minor(side or 0, stated.currency), stated.period)
        sides.append(None if side is None else int(amount.quantize(Decimal(1), ROUND_HALF_UP)))
    return AnnualPay(minimum=sides[0], maximum=sides[1], currency=stated.currency, assumption=assumption)
