"""The ledger: one row a rule and a job, touched only where it says something else, and what the rows tell together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autoapply.ledger import (
    QUIET_AFTER,
    Blocked,
    Judged,
    Tightest,
    count_blocked,
    record_verdicts,
    summarize,
    tightest_gate,
)
from autoapply.models import Application, Decision, Rule
from autoapply.policy import GATES, Verdict, Verdicts
from matching.models import Job
from personas.identity import assume
from personas.models import User
from tests.autoapply.openings import make_rule
from tests.autoapply.test_slots import bring, hold, queued, send
from tests.factories import DecisionFactory, JobFactory, JobSourceFactory, PersonaFactory
from tests.roles import OWNER_ROLE, as_role


@pytest.fixture
def rule(alice: User) -> Rule:
    """A rule of Alice's, whose rows are read and written as hers."""
    found = make_rule(PersonaFactory(user=alice))
    assume(alice.pk)
    return found


def verdicts(*failing: str, score: str = "80.00") -> Verdicts:
    """All gates, of which these fail."""
    return Verdicts(
        [
            Verdict(
                gate,
                gate not in failing,
                "below" if gate in failing else "any",
                {"score": score} if gate == "threshold" else {},
            )
            for gate in GATES
        ]
    )


def judged(*failing: str, score: str = "80.00") -> Judged:
    return Judged(verdicts(*failing, score=score), Decimal(score), None)


def record(rule: Rule, rows: Mapping[UUID, Judged], at: datetime, **values: Any) -> list[str]:
    """Record as the owner; gives what was written."""
    assume(rule.user_id)
    with CaptureQueriesContext(connection) as captured:
        record_verdicts(rule=rule, judged=rows, at=at, **values)
    return [
        query["sql"].split()[0]
        for query in captured.captured_queries
        if not query["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))
    ]


def stamps() -> dict[UUID, tuple[Any, ...]]:
    """Which transaction and statement wrote each row last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT job_id, ctid::text FROM auto_apply_decisions")
        return {row[0]: row[1:] for row in cursor.fetchall()}


def test_rows_hold_every_verdict(rule: Rule, now: datetime) -> None:
    jobs = [JobFactory() for _ in range(2)]

    record(rule, {jobs[0].pk: judged(), jobs[1].pk: judged("threshold", "coverage", score="20.50")}, now)

    passing, failing = Decision.objects.get(job=jobs[0]), Decision.objects.get(job=jobs[1])
    assert (passing.first_failed, passing.gates_passed) == ("", len(GATES))
    assert (failing.first_failed, failing.gates_passed) == ("threshold", GATES.index("threshold"))
    assert failing.match_score == Decimal("20.50")
    assert [each["gate"] for each in failing.verdicts] == list(GATES)
    assert (failing.decided_at, failing.changed_at, failing.changes) == (now, now, None)


def test_same_verdicts_write_nothing(rule: Rule, now: datetime) -> None:
    rows = {JobFactory().pk: judged("day") for _ in range(3)}
    record(rule, rows, now)
    before = stamps()

    assert record(rule, rows, now + timedelta(hours=1)) == []
    assert stamps() == before


def test_only_rows_that_differ_are_touched_and_say_what_they_were(rule: Rule, now: datetime) -> None:
    same, other, fact = (JobFactory().pk for _ in range(3))
    record(rule, {same: judged("day"), other: judged("threshold"), fact: judged("threshold")}, now)
    before = stamps()
    later = now + timedelta(days=1)

    record(rule, {same: judged("day"), other: judged(), fact: judged("threshold", score="79.00")}, later)

    after = stamps()
    assert {job_id for job_id in after if after[job_id] != before[job_id]} == {other, fact}
    changed, restated = Decision.objects.get(job_id=other), Decision.objects.get(job_id=fact)
    assert (changed.first_failed, changed.changes, changed.changed_at) == ("", {"was": "threshold"}, later)
    # Another score, the same gate: decided anew, not changed.
    assert (restated.changes, restated.changed_at, restated.decided_at) == (None, now, later)


def test_row_keeps_its_last_change(rule: Rule, now: datetime) -> None:
    job = JobFactory().pk
    for hours, failing in enumerate([("threshold",), (), ("threshold",), ("threshold", "coverage")]):
        record(rule, {job: judged(*failing)}, now + timedelta(hours=hours))

    row = Decision.objects.get()
    assert (row.changes, row.changed_at) == ({"was": ""}, now + timedelta(hours=2))


def test_jobs_that_are_judged_no_more_are_struck_but_for_those_applied_for(rule: Rule, now: datetime) -> None:
    stays, goes, applied = (JobFactory().pk for _ in range(3))
    record(rule, {stays: judged(), goes: judged(), applied: judged()}, now)

    record(rule, {stays: judged(), applied: judged("job_not_applied")}, now, kept={applied})
    assert set(Decision.objects.values_list("job_id", "first_failed")) == {(stays, ""), (applied, "")}

    record(rule, {stays: judged()}, now, kept={applied})
    assert Decision.objects.count() == 2


def test_rows_of_another_rule_are_left_alone(rule: Rule, now: datetime) -> None:
    other = make_rule(rule.persona)
    job = JobFactory().pk
    record(other, {job: judged("day")}, now)

    record(rule, {}, now)
    record(rule, {job: judged()}, now)

    assert set(Decision.objects.values_list("rule_id", "first_failed")) == {(rule.pk, ""), (other.pk, "day")}


def test_many_rows_are_written_in_few_statements(rule: Rule, now: datetime) -> None:
    jobs = [
        JobFactory(source=Job.objects.first().source if index else JobSourceFactory()) for index in range(60)
    ]  # type: ignore[union-attr]

    assert len(record(rule, {job.pk: judged() for job in jobs}, now)) == 1


def test_ledger_lists_what_came_furthest_first(rule: Rule, now: datetime) -> None:
    best, low, stopped, early = (JobFactory().pk for _ in range(4))
    record(
        rule,
        {
            early: judged("rule_enabled", score="99.00"),
            low: judged(score="50.00"),
            stopped: judged("weekly_slot", score="99.00"),
            best: judged(score="90.00"),
        },
        now,
    )

    listed = [row.job_id for row in Decision.objects.owned_by(rule.user).for_ledger()]

    assert listed == [best, low, stopped, early]


# --- what the rows tell together --------------------------------------------------------------------------------------


def test_summary_counts_first_gates_and_applications(rule: Rule, now: datetime) -> None:
    failing = [
        (),
        ("day",),
        ("day", "threshold"),
        ("threshold",),
        ("coverage",),
        ("coverage",),
        ("coverage",),
    ]
    record(rule, {JobFactory().pk: judged(*each) for each in failing}, now)
    sent = send(hold(queued(rule, now)))
    hold(queued(rule, now))
    bring(queued(rule, now), "cancelled")
    Application.objects.filter(pk=sent.pk).update(sent_at=now)

    with CaptureQueriesContext(connection) as captured:
        told = summarize(rule=rule)

    assert len(captured) == 2
    assert (told.jobs, told.passing) == (7, 1)
    assert told.stopped == [("coverage", 3), ("day", 2), ("threshold", 1)]
    assert (told.sent, told.waiting, told.last_sent_at) == (1, 1, now)


def test_summary_of_an_empty_ledger(rule: Rule) -> None:
    told = summarize(rule=rule)

    assert (told.jobs, told.passing, list(told.stopped), told.sent, told.last_sent_at) == (0, 0, [], 0, None)


def make_quiet(rule: Rule, now: datetime) -> Rule:
    """A rule that stands as it is since long ago."""
    long_ago = now - QUIET_AFTER - timedelta(days=1)
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE auto_apply_rules DISABLE TRIGGER USER")
        assume(rule.user_id)
        cursor.execute("UPDATE auto_apply_rules SET created_at = %s, updated_at = %s", [long_ago, long_ago])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE auto_apply_rules ENABLE TRIGGER USER")
    rule.refresh_from_db()
    assert rule.updated_at == long_ago
    return rule


def test_tightest_gate_is_the_one_that_alone_stops_the_most(rule: Rule, now: datetime) -> None:
    # Most jobs fail at coverage, but only the threshold keeps out what everything else lets through.
    failing = [
        *[("threshold",)] * 3,
        *[("coverage", "keywords")] * 8,
        ("coverage",),
        ("day",),
        *[("weekly_slot",)] * 9,
        *[("threshold", "weekly_slot")],
    ]
    record(rule, {JobFactory().pk: judged(*each) for each in failing}, now)

    assert tightest_gate(rule=make_quiet(rule, now), at=now) == Tightest("threshold", 4, 4)


def test_where_no_gate_stops_alone_the_one_that_stops_most_is_told(rule: Rule, now: datetime) -> None:
    failing = [("coverage", "keywords"), ("coverage", "threshold")]
    record(rule, {JobFactory().pk: judged(*each) for each in failing}, now)

    assert tightest_gate(rule=make_quiet(rule, now), at=now) == Tightest("coverage", 0, 2)


def test_nothing_is_tight_where_nothing_was_stopped(rule: Rule, now: datetime) -> None:
    record(rule, {JobFactory().pk: judged()}, now)

    assert tightest_gate(rule=make_quiet(rule, now), at=now) is None


def test_new_or_changed_or_disabled_rule_is_not_warned_of(rule: Rule, now: datetime) -> None:
    record(rule, {JobFactory().pk: judged("day")}, now)
    assert tightest_gate(rule=rule, at=rule.updated_at + QUIET_AFTER - timedelta(seconds=1)) is None
    assert tightest_gate(rule=rule, at=rule.updated_at + QUIET_AFTER) is not None

    rule.enabled = False
    assert tightest_gate(rule=rule, at=rule.updated_at + QUIET_AFTER) is None


@pytest.mark.parametrize(
    ("days_ago", "statuses", "quiet"),
    [
        (13, ["submitting", "submitted"], False),
        (15, ["submitting", "submitted"], True),
        (13, ["submitting", "submitted", "withdrawn"], False),
        (13, ["submitting", "unknown"], False),
        (13, ["submitting", "failed"], True),
        (13, [], True),
    ],
)
def test_rule_that_sent_within_14_days_is_not_warned_of(
    rule: Rule, now: datetime, days_ago: int, statuses: list[str], quiet: bool
) -> None:
    record(rule, {JobFactory().pk: judged("day")}, now)
    application = bring(hold(queued(rule, now)), *statuses)
    Application.objects.filter(pk=application.pk).update(sent_at=now - timedelta(days=days_ago))

    assert (tightest_gate(rule=make_quiet(rule, now), at=now) is not None) is quiet


def test_blocked_are_counted_by_the_list_whatever_else_stops_them(rule: Rule, now: datetime) -> None:
    def row(code: str, *, passed: bool, first: str, seen: datetime) -> None:
        told = [
            {"gate": "employer_not_excluded", "passed": passed, "code": code, "facts": {}},
            {"gate": "day", "passed": False, "code": "listed", "facts": {}},
        ]
        DecisionFactory(rule=rule, job=JobFactory(first_seen_at=seen), verdicts=told, first_failed=first)

    week = now - timedelta(days=2)
    row("listed", passed=False, first="rule_enabled", seen=now)
    row("listed", passed=False, first="employer_not_excluded", seen=week)
    row("listed", passed=False, first="employer_not_excluded", seen=week - timedelta(seconds=1))
    row("not_named", passed=False, first="employer_not_excluded", seen=now)
    row("not_listed", passed=True, first="day", seen=now)
    assume(rule.user_id)

    assert count_blocked(rule=rule, since=week) == Blocked(3, 2)
