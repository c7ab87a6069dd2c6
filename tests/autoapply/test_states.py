"""Every step between two states: those of the table pass, every other is refused by the database, whoever asks."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from autoapply.models import Application, ApplicationEvent, Log
from autoapply.states import BEFORE_SENDING, FREE, LEASED, STEPS
from personas.identity import assume
from personas.models import User
from tests.factories import ApplicationFactory, RuleFactory

PAIRS = list(itertools.permutations(STEPS, 2))
# A way from the beginning to each state.
WAYS = {
    "queued": [],
    "preparing": ["preparing"],
    "parked": ["preparing", "parked"],
    "review": ["preparing", "review"],
    "held": ["preparing", "review", "held"],
    "submitting": ["preparing", "review", "held", "submitting"],
    "submitted": ["preparing", "review", "held", "submitting", "submitted"],
    "failed": ["preparing", "review", "held", "submitting", "failed"],
    "unknown": ["preparing", "review", "held", "submitting", "unknown"],
    "withdrawn": ["preparing", "review", "held", "submitting", "submitted", "withdrawn"],
    "cancelled": ["cancelled"],
}


def step(application: Application, status: str, **also: object) -> None:
    """Go one step by plain UPDATE, with what the state needs beside it."""
    values: dict[str, object] = {"status": status, "lease_until": None, **also}
    if status in LEASED:
        values["lease_until"] = Now() + timedelta(seconds=90)
    if status == "held":
        values |= {"approved_at": Now(), "hold_until": Now()}
    if status == "submitted":
        values["response_status"] = 201
    if status == "unknown":
        values["unknown_at"] = Now()
    if status in FREE:
        values |= {"week_start": None, "rule_slot": None, "user_slot": None}
    if Application.objects.values_list("status", flat=True).get(pk=application.pk) == "unknown":
        values |= {"resolved_by": "person", "resolved_at": Now()}
    Application.objects.filter(pk=application.pk).update(**values)


def at(user: User, status: str, **values: object) -> Application:
    """An application that came to this state."""
    application = ApplicationFactory(user=user, **values)
    assume(user.pk)
    for each in WAYS[status]:
        step(application, each)
    application.refresh_from_db()
    return application


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_database_allows_the_steps_of_the_table_and_no_other(alice: User, before: str, after: str) -> None:
    application = at(alice, before)

    if after in STEPS[before]:
        step(application, after)
        application.refresh_from_db()
        assert application.status == after
    else:
        with pytest.raises(IntegrityError, match="does not go from"), transaction.atomic():
            step(application, after)


def test_cancelling_is_possible_before_sending_and_only_then() -> None:
    assert {status for status, after in STEPS.items() if "cancelled" in after} == set(BEFORE_SENDING)


def test_machine_of_the_product_document_is_the_one_here() -> None:
    sql = Path("autoapply/migrations/0002_the_machine.py").read_text()
    in_database = set(re.findall(r"'(\w+>\w+)'", sql))

    assert in_database == {f"{before}>{after}" for before, many in STEPS.items() for after in many}


@pytest.mark.parametrize("status", [status for status in STEPS if status != "queued"])
def test_application_begins_queued(alice: User, status: str) -> None:
    with pytest.raises(IntegrityError, match="begins queued"):
        ApplicationFactory(user=alice, status=status)


def test_every_step_is_recorded_with_who_and_why(alice: User) -> None:
    application = ApplicationFactory(user=alice)
    assume(alice.pk)
    step(
        application,
        "preparing",
        moved_by="machine",
        moved_because="due",
        moved_at=Now() + timedelta(seconds=1),
    )
    step(application, "parked")

    events = ApplicationEvent.objects.filter(application=application).values_list(
        "moved_from", "moved_to", "actor", "because"
    )

    assert list(events) == [
        ("", "queued", "sql", ""),
        ("queued", "preparing", "machine", "due"),
        # Whoever does not say who they are is named as what they are.
        ("preparing", "parked", "sql", ""),
    ]


@pytest.mark.parametrize(
    "sql", ["UPDATE auto_apply_events SET because = 'x'", "DELETE FROM auto_apply_events"]
)
def test_events_are_never_changed(alice: User, sql: str) -> None:
    ApplicationFactory(user=alice)
    assume(alice.pk)

    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("status", "logged"), [("submitted", "submitted"), ("failed", "failed"), ("withdrawn", "withdrawn")]
)
def test_outcome_writes_its_one_log_row(alice: User, status: str, logged: str) -> None:
    application = at(alice, status)

    log = Log.objects.get(application=application)

    assert (log.status, log.job_id, log.user_id) == (logged, application.job_id, alice.pk)
    assert (log.withdrawn_at is not None) == (status == "withdrawn")


@pytest.mark.parametrize(
    "status", ["queued", "preparing", "parked", "review", "held", "submitting", "unknown", "cancelled"]
)
def test_no_outcome_writes_no_log_row(alice: User, status: str) -> None:
    at(alice, status)

    assert not Log.objects.exists()


def test_withdrawal_in_the_log_withdraws_the_application(alice: User) -> None:
    application = at(alice, "submitted")

    Log.objects.update(status="withdrawn")

    application.refresh_from_db()
    assert application.status == "withdrawn"
    assert Log.objects.get().withdrawn_at is not None


@pytest.mark.parametrize(
    ("before", "values"),
    [
        ("submitted", {"status": "failed"}),
        ("failed", {"status": "submitted"}),
        ("failed", {"status": "withdrawn"}),
        ("withdrawn", {"status": "submitted", "withdrawn_at": None}),
    ],
)
def test_log_takes_no_other_step(alice: User, before: str, values: dict) -> None:
    at(alice, before)

    with pytest.raises(IntegrityError, match="may turn from submitted to withdrawn"):
        Log.objects.update(**values)


def test_application_of_a_rule_needs_a_slot(alice: User) -> None:
    rule = RuleFactory(user=alice)

    with pytest.raises(IntegrityError, match="application_of_a_rule_holds_a_slot"):
        ApplicationFactory(user=alice, rule=rule, origin="rule")


def test_doubt_does_not_end_by_itself(alice: User) -> None:
    application = at(alice, "unknown")

    with pytest.raises(IntegrityError, match="receiver's proof or a person's word"):
        Application.objects.filter(pk=application.pk).update(status="queued")
