"""Currencies, dated exchange rates and the yearly worth of pay that is stated by the hour, day, week or month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import pycountry

RATES_FILE = Path(__file__).parent / "data" / "exchange_rates.tsv"

HOUR, DAY, WEEK, MONTH, YEAR = "hour", "day", "week", "month", "year"
PERIODS = (HOUR, DAY, WEEK, MONTH, YEAR)

# How many of each period make a year, and the stable code of that assumption: 40 hours by 52 weeks, 5 days by 52.
YEARLY: Mapping[str, tuple[int, str]] = {
    HOUR: (2080, "hours_2080"),
    DAY: (260, "days_260"),
    WEEK: (52, "weeks_52"),
    MONTH: (12, "months_12"),
    YEAR: (1, "as_stated"),
}

# ISO 4217 amendment 176: digits after the decimal point where they are not two.
NO_MINOR_UNITS = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
THREE_MINOR_UNITS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
FOUR_MINOR_UNITS = frozenset({"CLF", "UYW"})


class MoneyError(ValueError):
    """An amount that cannot be understood: unknown currency, no rate for it, or an unknown period."""


@dataclass(frozen=True, slots=True)
class ExchangeRates:
    """Units of each currency for one euro, and the version (the year they are averages of)."""

    version: str
    per_euro: Mapping[str, Decimal]


@cache
def exchange_rates() -> ExchangeRates:
    """Load the rates that this release ships."""
    version, rates = "", {}
    for line in RATES_FILE.read_text().splitlines():
        name, _, value = line.partition("\t")
        if name == "# version":
            version = value
        elif not name.startswith("#"):
            rates[name] = Decimal(value)
    return ExchangeRates(version=version, per_euro=rates)


@cache
def is_currency(code: str) -> bool:
    """Tell whether a text is an ISO 4217 code in capitals."""
    return code.isupper() and len(code) == 3 and pycountry.currencies.get(alpha_3=code) is not None


def minor_digits(currency: str) -> int:
    """Give the digits after the decimal point of a currency (2 for USD, 0 for JPY); raise MoneyError if unknown."""
    if not is_currency(currency):
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency code such as EUR or USD.")
    if currency in NO_MINOR_UNITS:
        return 0
    if currency in THREE_MINOR_UNITS:
        return 3
    return 4 if currency in FOUR_MINOR_UNITS else 2


def to_minor(amount: Decimal | int, currency: str) -> int:
    """Give an amount in minor units (12.50 USD is 1250), rounded half up; raise MoneyError for an unknown currency."""
    scaled = Decimal(amount).scaleb(minor_digits(currency))
    return int(scaled.quantize(Decimal(1), ROUND_HALF_UP))


def from_minor(amount: int, currency: str) -> Decimal:
    """Give minor units as an amount in whole units (1250 USD cents are 12.50); raise MoneyError if unknown."""
    return Decimal(amount).scaleb(-minor_digits(currency))


def convert(amount: int | Decimal, source: str, target: str) -> Decimal:
    """Convert whole units between currencies by the shipped rates, unrounded; raise MoneyError without a rate."""
    if source == target:
        minor_digits(source)
        return Decimal(amount)
    return Decimal(amount) * _rate(target) / _rate(source)


def has_rate(currency: str) -> bool:
    """Tell whether this release ships an exchange rate for a currency."""
    return currency in exchange_rates().per_euro


def annual(amount: int | Decimal, period: str) -> tuple[Decimal, str]:
    """Give the yearly worth in the same units and the code of the assumption; raise MoneyError for another period."""
    if period not in YEARLY:
        raise MoneyError(f"{period!r} is not a pay period; use one of {', '.join(PERIODS)}.")
    times, assumption = YEARLY[period]
    return Decimal(amount) * times, assumption


def _rate(currency: str) -> Decimal:
    minor_digits(currency)
    rate = exchange_rates().per_euro.get(currency)
    if rate is None:
        version = exchange_rates().version
        raise MoneyError(f"There is no exchange rate for {currency} in the rates of {version}.")
    return rate
