"""Pay out of text: what is stated, what is not pay, several ranges, contradictions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bench.quality.pay import measure
from matching.pay import AnnualPay, StatedPay, annualize
from matching.reading.pay import read_pay

LABELS = Path(__file__).parent / "data" / "pay_labels.csv"


def labelled() -> list[tuple[str, str, StatedPay | None]]:
    """The phrases written for these tests, with the country of the posting and what they state."""
    cases: list[tuple[str, str, StatedPay | None]] = []
    with LABELS.open(newline="") as file:
        for row in csv.DictReader(file):
            low, high = (int(row[side]) if row[side] else None for side in ("minimum", "maximum"))
            stated = StatedPay(low, high, row["currency"], row["period"]) if row["currency"] else None
            cases.append((row["text"], row["country"], stated))
    return cases


@pytest.mark.parametrize(("text", "country", "stated"), labelled())
def test_pay_is_read_as_labelled(text: str, country: str, stated: StatedPay | None) -> None:
    assert read_pay(text, country=country) == stated


def test_pay_of_another_department_gives_way() -> None:
    text = "ANNUAL SALARY\n$50,000 to $60,000\nThe salary in the Department of Water is $70,000 to $90,000"

    assert read_pay(text) == StatedPay(5_000_000, 6_000_000, "USD", "year")


def test_country_chooses_among_currencies() -> None:
    text = "US salary range: $150,000 - $180,000 USD. Canada salary range: 130,000 - 160,000 CAD."

    assert read_pay(text, country="CA") == StatedPay(13_000_000, 16_000_000, "CAD", "year")
    assert read_pay(text, country="US") == StatedPay(15_000_000, 18_000_000, "USD", "year")
    assert read_pay(text) == StatedPay(15_000_000, 18_000_000, "USD", "year")


def test_hourly_pay_is_annualized_with_its_assumption() -> None:
    yearly = annualize(StatedPay(2550, 3000, "USD", "hour"))

    assert yearly == AnnualPay(53_040, 62_400, "USD", "hours_2080")


def test_stated_hourly_pay_is_kept_beside_its_yearly_worth() -> None:
    stated = read_pay("Pay: $21.50 - $25.00 per hour", country="US")

    assert stated == StatedPay(2150, 2500, "USD", "hour")
    assert annualize(stated) == AnnualPay(44_720, 52_000, "USD", "hours_2080")


def test_two_ranges_that_contradict_each_other_are_their_span() -> None:
    text = "Compensation: $18.00 - $23.00/hour\n\nPay: $18.00 - $25.00 per hour"

    assert read_pay(text, country="US") == StatedPay(1800, 2500, "USD", "hour")


def test_open_side_stays_open() -> None:
    assert annualize(StatedPay(None, 500_000, "JPY", "month")) == AnnualPay(
        None, 6_000_000, "JPY", "months_12"
    )


def test_boards_that_are_not_here_are_said_to_be_unmeasured(tmp_path: Path) -> None:
    figures = list(measure(tmp_path))

    assert figures[0].value == 1
    assert [figure.measure for figure in figures if not figure.rows] == ["not measured: the data is not here"]
