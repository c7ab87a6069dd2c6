"""Sixteen processes after the places of one week: exactly the cap, never more, whatever is forgotten; the naive way fails.

The same at length: `python -m tests.autoapply.slot_harness --rounds 1000`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from autoapply.models import Application, Rule
from autoapply.slots import move_to_week
from personas.identity import acting_as
from tests.autoapply.openings import make_rule
from tests.autoapply.test_slots import MONDAY, WEEK, hold, queued
from tests.autoapply.test_states import step
from tests.factories import PersonaFactory
from tests.personas.test_races import at_once

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db(transaction=True)


def race(*asked: str) -> dict[str, Any]:
    """The figures of one way, from processes of their own on this run's database."""
    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-m", "tests.autoapply.slot_harness", "--database", name, *asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout)
    assert (done.returncode == 0) is is_right(figures), done.stderr
    return figures


def is_right(figures: dict[str, Any]) -> bool:
    if figures["way"] == "naive":
        return figures["over"] > 0
    return figures["over"] == 0 and (figures["way"] != "reserve" or figures["exact"] == figures["rounds"])


def test_sixteen_workers_queue_exactly_the_cap() -> None:
    figures = race("--way", "reserve", "--rounds", "30")

    assert (figures["exact"], figures["over"], figures["rows"]) == (30, 0, 150)


@pytest.mark.parametrize("way", ["lock_forgotten", "repeatable_read"])
def test_cap_holds_without_the_lock_and_at_another_isolation_level(way: str) -> None:
    figures = race("--way", way, "--rounds", "6")

    assert figures["over"] == 0
    assert 0 < figures["rows"] <= figures["rows_wanted"]


def test_control_counting_and_inserting_goes_over_the_cap() -> None:
    figures = race("--way", "naive", "--rounds", "15")

    assert figures["over"] > 0
    assert figures["worst"] > figures["most"]


@pytest.mark.parametrize(("way", "rounds"), [("reserve", 30), ("lock_forgotten", 8)])
def test_one_opening_offered_to_sixteen_workers_is_queued_once(way: str, rounds: int) -> None:
    figures = race("--way", way, "--rounds", str(rounds), "--same-opening")

    assert (figures["rows"], figures["worst"]) == (rounds, 1)


def test_claims_at_once_after_the_week_has_turned_take_no_more_than_the_places() -> None:
    rule = make_rule(PersonaFactory())
    with acting_as(rule.user_id):
        waiting = [hold(queued(rule, MONDAY)) for _ in range(5)]
        Rule.objects.update(max_applications_per_week=2)

    def claim(application: Application) -> None:
        mine = Application.objects.get(pk=application.pk)
        if move_to_week(application=mine, at=MONDAY + WEEK).may_go:
            step(mine, "submitting")

    at_once(rule.user, *[lambda each=each: claim(each) for each in waiting])

    with acting_as(rule.user_id):
        gone = Application.objects.filter(status="submitting")
        assert sorted(gone.values_list("week_start", "rule_slot", "user_slot")) == [
            (date(2026, 3, 9), 1, 1),
            (date(2026, 3, 9), 2, 2),
        ]
        assert Application.objects.filter(status="held", week_start=date(2026, 3, 2)).count() == 3
