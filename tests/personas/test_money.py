"""Currencies, minor units, dated rates and yearly worth."""

from __future__ import annotations

from decimal import Decimal

import pytest

from personas.money import (
    MoneyError,
    annual,
    convert,
    exchange_rates,
    from_minor,
    has_rate,
    is_currency,
    minor_digits,
    to_minor,
)


@pytest.mark.parametrize(
    ("currency", "digits"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("CLF", 4)]
)
def test_minor_digits_follow_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


def test_amounts_go_to_minor_units_and_back() -> None:
    assert to_minor(Decimal("12.345"), "USD") == 1235
    assert to_minor(5000, "JPY") == 5000
    assert from_minor(1235, "USD") == Decimal("12.35")


@pytest.mark.parametrize("code", ["", "usd", "US", "DOLLAR", "ZZZ"])
def test_unknown_currency_is_refused(code: str) -> None:
    assert not is_currency(code)
    with pytest.raises(MoneyError, match="ISO 4217"):
        to_minor(1, code)


def test_conversion_goes_there_and_back() -> None:
    euros = convert(100, "USD", "EUR")

    assert Decimal(85) < euros < Decimal(100)
    assert convert(euros, "EUR", "USD").quantize(Decimal("0.0001")) == Decimal(100)
    assert convert(7, "CHF", "CHF") == 7


def test_conversion_without_a_rate_says_so() -> None:
    assert not has_rate("KWD")
    with pytest.raises(MoneyError, match=r"no exchange rate for KWD in the rates of 2024"):
        convert(1, "KWD", "EUR")


def test_every_rate_is_of_a_currency_and_positive() -> None:
    rates = exchange_rates()

    assert rates.version == "2024"
    assert len(rates.per_euro) >= 35
    assert all(is_currency(code) and rate > 0 for code, rate in rates.per_euro.items())


@pytest.mark.parametrize(
    ("period", "yearly", "assumption"),
    [
        ("hour", 208_000, "hours_2080"),
        ("day", 26_000, "days_260"),
        ("week", 5_200, "weeks_52"),
        ("month", 1_200, "months_12"),
        ("year", 100, "as_stated"),
    ],
)
def test_yearly_worth_names_its_assumption(period: str, yearly: int, assumption: str) -> None:
    assert annual(100, period) == (yearly, assumption)


def test_unknown_period_is_refused() -> None:
    with pytest.raises(MoneyError, match="hour, day, week, month, year"):
        annual(100, "fortnight")
