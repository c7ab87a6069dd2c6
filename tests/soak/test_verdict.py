"""The eyes of a soak: each thing that must not be is seen where it is, and not where it is not."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from tests.employers.record import Entry
from tests.soak import verdict
from tests.soak.minds import Change
from tests.soak.people import Character
from tests.soak.verdict import Doubt, Row

MONDAY = date(2026, 11, 23)
RULE = uuid.UUID(int=1)
ADA = Character(uuid.UUID(int=2), "ada@example.com", RULE, cap=2, ceiling=2)


def entry(key: str, at: float = 1.0, **values: Any) -> Entry:
    known = {"kind": "arrival", "channel": "recruitee", "posting": f"p-{key}", "applicant": ADA.email}
    return Entry(**{**known, "key": key, "at": at, **values})


def row(key: str, status: str = "submitted", **values: Any) -> Row:
    known = {
        "email": ADA.email,
        "rule_id": str(RULE),
        "week_start": MONDAY,
        "company": "Acme",
        "because": "accepted:taken",
        "resolved_by": "",
        "is_stuck": False,
    }
    return Row(**{**known, "key": key, "status": status, **values})


def change(kind: str, at: float, what: str = "") -> Change:
    return Change(kind, ADA.email, str(RULE), at, what)


def test_two_arrivals_of_one_key_are_a_double() -> None:
    assert len(verdict.doubled([entry("a"), entry("a", posting="other")])) == 1
    assert verdict.doubled([entry("a"), entry("b")]) == []


def test_two_keys_for_one_person_and_opening_are_a_double() -> None:
    assert len(verdict.doubled([entry("a", posting="same"), entry("b", posting="same")])) == 1


def test_arrival_that_the_record_denies_is_lost() -> None:
    for status in sorted(verdict.NEVER_LEFT):
        assert len(verdict.lost([row("a", status)], {"a"})) == 1
    assert verdict.lost([row("a"), row("b", "unknown")], {"a", "b"}) == []
    assert len(verdict.lost([row("c", "submitting", is_stuck=True)], set())) == 1


def test_sent_that_did_not_arrive_is_seen_unless_a_person_said_so() -> None:
    assert len(verdict.claimed_falsely([row("a")], set())) == 1
    assert verdict.claimed_falsely([row("a")], {"a"}) == []
    assert verdict.claimed_falsely([row("a", resolved_by="person")], set()) == []


def test_third_arrival_of_a_week_is_over_a_cap_of_two() -> None:
    rows = [row(key) for key in "abc"]
    entries = [entry(key, at) for at, key in enumerate("abc")]

    assert verdict.over_cap(rows[:2], entries[:2], [ADA], []) == []
    # Over the rule's and over the person's.
    assert len(verdict.over_cap(rows, entries, [ADA], [])) == 2


def test_lowered_cap_counts_from_when_it_was_saved() -> None:
    rows = [row(key) for key in "ab"]
    entries = [entry("a", 1.0), entry("b", 3.0)]

    assert len(verdict.over_cap(rows, entries, [ADA], [change("lower_cap", 2.0, "1")])) == 1
    assert verdict.over_cap(rows, entries, [ADA], [change("lower_cap", 4.0, "1")]) == []


def test_arrival_after_a_stop_is_seen() -> None:
    for kind in ("switch_off", "pause", "delete_account"):
        found = verdict.after_the_change([row("a")], [entry("a", 2.0)], [change(kind, 1.0)])
        assert len(found["switch"]) == 1
        assert verdict.after_the_change([row("a")], [entry("a", 1.0)], [change(kind, 2.0)])["switch"] == []


def test_arrival_at_a_blocked_company_is_seen() -> None:
    blocked = [change("block", 1.0, "Acme")]

    assert len(verdict.after_the_change([row("a")], [entry("a", 2.0)], blocked)["blocked"]) == 1
    assert verdict.after_the_change([row("a", company="Other")], [entry("a", 2.0)], blocked)["blocked"] == []


def test_doubt_that_is_named_late_is_seen_unless_a_server_was_down() -> None:
    late, prompt = Doubt(named_at=100.0, after=9.0), Doubt(named_at=100.0, after=3.0)

    assert verdict.late_doubts([late, prompt], allowed=4.0, down=[]) == [late]
    assert verdict.late_doubts([late], allowed=4.0, down=[(92.0, 94.0)]) == []
    assert verdict.late_doubts([late], allowed=4.0, down=[(50.0, 60.0)]) == [late]
