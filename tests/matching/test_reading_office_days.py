"""Days a week in the office: ways of saying them, and what is something else."""

from __future__ import annotations

import pytest

from matching.reading.office_days import find_office_days
from matching.reading.workplace import read_office_days, read_workplace


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("you will be in the office three days a week.", 3),
        ("hybrid (2-3 days in office per week)", 2),
        ("modality: hybrid (in-office 3-5 days/week)", 3),
        ("job location (2-day hybrid): lisbon", 2),
        ("we come into the office twice a week.", 2),
        ("on-site at least 4x a week in our lab office", 4),
        ("the role has an in-office requirement of monday, wednesday, and friday.", 3),
        ("tuesdays and thursdays are our required in-office days.", 2),
        ("in the office monday to thursday.", 4),
        ("hybrid work environment, with 2 remote days a week", 3),
        ("we work on-site, with two days a week from home.", 3),
        ("onsite 5 days per week in our york office", 5),
        ("a hybrid role requiring 2–3 days of in-person collaboration per week.", 2),
    ],
)
def test_days_are_read(text: str, days: int) -> None:
    assert find_office_days(text) == days


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lunch catered into the office 4 days per week.",
        "in-office snacks and team lunches twice a week",
        "we meet in the office 1-2 times every 6 months.",
        "3-5 years of experience as an office manager",
        "join us for trial work lasting 1-2 days on-site.",
        "part-time office help, monday to friday, 8.00am to noon",
        "we have offices in two cities. we work four-day weeks.",
    ],
)
def test_other_days_are_not(text: str) -> None:
    assert find_office_days(text) is None


@pytest.mark.parametrize(
    ("location", "text", "workplace", "days"),
    [
        ("Porto", "We ask for 3 days a week in our Porto office.", "hybrid", 3),
        ("Porto (Hybrid, 2 days in office)", "", "hybrid", 2),
        ("Porto", "We work from our Porto office five days a week.", "onsite", 5),
        ("Porto (Hybrid)", "Our office is full of dogs.", "hybrid", None),
        ("Remote", "Visit our office two days a week if you like.", "remote", None),
    ],
)
def test_days_belong_to_the_workplace(location: str, text: str, workplace: str, days: int | None) -> None:
    said = {"location": location, "title": "Baker", "text": text}

    assert read_workplace(**said, stated=None) == workplace
    assert read_office_days(**said, workplace=workplace) == days
