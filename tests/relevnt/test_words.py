"""Numbers, money, places and dates read as a person would write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from matching.models import Job
from relevnt.templatetags import words

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def job(**given: Any) -> SimpleNamespace:
    fields = {
        "pay_minimum": None,
        "pay_maximum": None,
        "pay_currency": "",
        "pay_period": "",
        "places": [],
        "location": "",
    }
    return SimpleNamespace(**fields | given)


def place(city: str, region: str = "", country: str = "") -> dict[str, Any]:
    return {"city": city, "region": region, "country": country, "latitude": None, "longitude": None}


@pytest.mark.parametrize(("score", "shown"), [("74.99", "74"), (75, "75"), ("100.00", "100"), (0, "0")])
def test_whole_score_rounds_down(score: Any, shown: str) -> None:
    assert words.whole_score(score) == shown


def test_whole_rounds_half_up() -> None:
    assert [words.whole(value) for value in ("74.5", "74.49", 3, 0)] == ["75", "74", "3", "0"]


def test_exact_score_keeps_both_decimals() -> None:
    assert words.exact_score(Decimal("74.90")) == "74.90"


def test_percent_of_a_coverage_rounds_down() -> None:
    assert words.percent(Decimal("0.4999")) == "49"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ""),
        (
            {
                "pay_minimum": 8_500_000,
                "pay_maximum": 11_000_000,
                "pay_currency": "USD",
                "pay_period": "year",
            },
            "USD 85,000 to 110,000 a year",
        ),
        (
            {"pay_minimum": 2450, "pay_maximum": 2450, "pay_currency": "EUR", "pay_period": "hour"},
            "EUR 24.50 an hour",
        ),
        ({"pay_minimum": 2450, "pay_currency": "EUR", "pay_period": "hour"}, "from EUR 24.50 an hour"),
        ({"pay_maximum": 400_000, "pay_currency": "JPY", "pay_period": "month"}, "up to JPY 400,000 a month"),
        (
            {"pay_minimum": 0, "pay_currency": "KWD", "pay_maximum": 1_500_500, "pay_period": "week"},
            "KWD 0 to 1,500.500 a week",
        ),
    ],
    ids=["nothing", "range", "one figure", "from", "yen", "three decimals"],
)
def test_stated_pay_is_said_as_stated(given: dict[str, Any], expected: str) -> None:
    assert words.stated_pay(job(**given)) == expected


def test_stated_workplace_says_the_days_on_site() -> None:
    def said(workplace: str, days: int | None) -> str:
        return words.stated_workplace(Job(workplace=workplace, office_days=days))

    assert said("hybrid", 3) == "hybrid, 3 days a week on site"
    assert said("hybrid", 1) == "hybrid, 1 day a week on site"
    assert said("remote", None) == "remote"


def test_stated_places_are_at_most_three_by_name() -> None:
    places = [place(city, country="DE") for city in ("Berlin", "Hamburg", "Bremen", "Kiel", "Jena")]

    said = words.stated_places(job(places=places))

    assert said == "Berlin, Germany; Hamburg, Germany; Bremen, Germany and 2 more"


def test_stated_places_fall_back_to_the_line_of_the_posting() -> None:
    assert words.stated_places(job(location="Various Locations")) == "Various Locations"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-2, "today"),
        (0, "today"),
        (1, "yesterday"),
        (13, "13 days ago"),
        (14, "2 weeks ago"),
        (60, "2 months ago"),
        (800, "2 years ago"),
    ],
)
def test_age_is_said_by_calendar_days(days: int, said: str) -> None:
    assert words.age_at(NOW - timedelta(days=days), NOW) == said


def test_age_and_day_of_an_unknown_date_are_empty() -> None:
    assert words.age(None) == ""
    assert words.day(None) == ""


def test_day_is_the_calendar_day() -> None:
    assert words.day(datetime(2016, 3, 14, 9, tzinfo=UTC)) == "March 14, 2016"


def test_machine_time_is_in_utc() -> None:
    assert words.machine_time(datetime(2016, 3, 14, 9, tzinfo=UTC)) == "2016-03-14T09:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One line.\nAnother.", "One line."),
        ("The skills fit. The pay is unknown.", "The skills fit."),
        ("Work for the U.S. Army fits. Pay is unknown.", "Work for the U.S. Army fits."),
        ("", ""),
    ],
    ids=["lines", "sentences", "abbreviation", "nothing"],
)
def test_first_sentence_stops_at_the_first_full_stop(text: str, first: str) -> None:
    assert words.first_sentence(text) == first


def paid(low: int | None, high: int | None, currency: str, period: str = "year") -> SimpleNamespace:
    assumption = {"hour": "hours_2080", "month": "months_12", "year": "as_stated"}[period]
    return SimpleNamespace(
        pay_annual_minimum=low,
        pay_annual_maximum=high,
        pay_currency=currency,
        pay_period=period,
        pay_assumption=assumption,
    )


@pytest.mark.parametrize(
    ("job", "currency", "told"),
    [
        (paid(72_000, 88_000, "EUR"), "EUR", ""),
        (paid(None, None, "EUR"), "USD", ""),
        (paid(72_000, 88_000, "EUR"), "", ""),
        (paid(72_000, 88_000, "VES"), "EUR", ""),
        (paid(83_200, 83_200, "EUR", "hour"), "EUR", "about EUR 83,200 a year, with 40 hours a week"),
        (paid(72_000, None, "EUR", "month"), "EUR", "about from EUR 72,000 a year, with 12 months"),
        (paid(None, 99_999, "EUR", "month"), "EUR", "about up to EUR 100,000 a year, with 12 months"),
        (paid(100_000, 200_000, "DKK"), "EUR", "about EUR 13,400 to 26,800 a year, at the rates of 2024"),
    ],
)
def test_pay_is_told_in_the_readers_currency_only_where_it_says_more(
    job: SimpleNamespace, currency: str, told: str
) -> None:
    assert words.pay_in(job, currency) == told
