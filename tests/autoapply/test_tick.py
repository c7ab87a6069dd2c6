"""The clock: everything due is found and handed out by ids, twice at once does no harm, and the second clock acts in silence alone."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from autoapply import dispatch, fence, packing, tasks, tick
from autoapply.models import Application, ApplicationEvent, ReceiverHost, Tick
from personas.identity import acting_as
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import (
    Applicant,
    change,
    forget_pace,
    make_applicant,
    make_due,
    prepare,
    queue,
    read,
)
from tests.employers.server import Employers
from tests.factories import KitFactory
from tests.personas.test_races import PATIENCE
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Applicant:
    return make_applicant()


@pytest.fixture
def worker(db: None) -> Any:
    """Whatever happens is done by the worker."""
    with as_role(WORKER_ROLE):
        yield


def tick_here() -> None:
    forget_pace()
    with as_role(WORKER_ROLE):
        tick.tick_here()


def abandon(application: Application) -> None:
    forget_pace()
    with as_role(WORKER_ROLE), acting_as(application.user_id):
        assert dispatch._claim(application.pk, "gone") is not None
    change(application, lease_until=Now() - timedelta(seconds=1))


# --- one look ----------------------------------------------------------------------------------------------------------


def test_two_looks_bring_a_queued_application_to_its_employer(ada: Applicant, boards: Employers) -> None:
    application = queue(ada)

    tick_here()
    make_due(application)
    tick_here()

    assert read(application).status == "submitted"
    assert len(boards.record.arrivals()) == 1


def test_looking_after_twice_does_nothing_twice(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    abandon(application)

    with as_role(WORKER_ROLE):
        tick.look_after()
        tick.look_after()

    assert read(application).status == "unknown"
    with acting_as(ada.user.pk):
        assert ApplicationEvent.objects.filter(application=application, moved_to="unknown").count() == 1
    assert Tick.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_looking_after_twice_at_once_does_nothing_twice(boards: Employers) -> None:
    applications = [prepare(queue(make_applicant())) for _person in range(4)]
    for each in applications:
        abandon(each)

    look_at_once(3)

    for each in applications:
        assert read(each).status == "unknown"
        with acting_as(each.user_id):
            assert ApplicationEvent.objects.filter(application=each, moved_to="unknown").count() == 1
    assert Tick.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ticks_at_once_send_everything_once(boards: Employers) -> None:
    applications = [queue(make_applicant()) for _person in range(3)]
    look_at_once(3, tick.tick_here)
    # At the receivers' pace some have gone already.
    assert {read(each).status for each in applications} <= {"held", "submitted"}
    for each in applications:
        make_due(each)
    forget_pace()
    look_at_once(3, tick.tick_here)

    assert {read(each).status for each in applications} == {"submitted"}
    assert len(boards.record.arrivals()) == 3


def look_at_once(times: int, look: Any = tick.look_after) -> None:
    """Look so many times at once, each on a connection of its own."""
    barrier = Barrier(times)

    def run() -> None:
        try:
            with as_role(WORKER_ROLE):
                barrier.wait(PATIENCE)
                look()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        for done in [pool.submit(run) for _time in range(times)]:
            done.result(PATIENCE * 3)


def test_fault_of_one_application_keeps_nobody_elses_waiting(
    boards: Employers, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (queue(make_applicant()) for _person in range(2))
    change(first, next_at=Now() - timedelta(hours=1))
    # An answer that nothing of ours would have written.
    KitFactory(application=first, answers=[{"source": "once"}])

    with caplog.at_level(logging.ERROR):
        tick_here()

    assert read(second).status == "held"
    assert (read(first).status, read(first).waits_for) == ("parked", "form")
    assert f"application {first.pk} could not be prepared" in caplog.text


def test_what_is_due_comes_before_whoever_may_take_long(ada: Applicant, boards: Employers) -> None:
    queue(ada)

    with CaptureQueriesContext(connection) as asked:
        tick_here()

    queries = [each["sql"] for each in asked.captured_queries]
    (prepared,) = (
        number
        for number, sql in enumerate(queries)
        if sql.startswith("UPDATE") and "'preparing', \"moved_by" in sql
    )
    (told,) = (number for number, sql in enumerate(queries) if '"told_at" IS NULL' in sql)
    assert prepared < told


# --- what is due -------------------------------------------------------------------------------------------------------


def test_at_most_so_many_are_due_at_once_the_oldest_first(
    ada: Applicant, monkeypatch: pytest.MonkeyPatch, worker: None
) -> None:
    monkeypatch.setattr(tick, "AT_ONCE", 3)
    applications = [queue(ada) for _number in range(5)]
    for number, each in enumerate(applications):
        change(each, next_at=Now() - timedelta(minutes=10 + number))

    found = [due.application_id for due in tick.find_due_to_prepare()]

    assert found == [each.pk for each in reversed(applications)][:3]


def test_what_is_held_is_due_when_its_hold_is_over(boards: Employers) -> None:
    application = prepare(queue(make_applicant(hold_minutes=60)))
    with as_role(WORKER_ROLE):
        assert tick.find_due_to_send() == []
        change(application, next_at=Now())

        assert tick.find_due_to_send() == [tick.Due(application.user_id, application.pk)]


def test_fence_stops_sending_and_not_the_naming_of_doubts(ada: Applicant, boards: Employers) -> None:
    left, held = prepare(queue(ada)), prepare(queue(ada))
    abandon(left)
    with as_role(WORKER_ROLE):
        assert [due.application_id for due in tick.find_due_to_send()] == [held.pk]
        fence.raise_fence(because="asked")
        assert tick.find_due_to_send() == []

        tick.tick_here()

    assert read(left).status == "unknown"
    assert read(held).status == "held"
    assert boards.record.arrivals() == []


def test_fence_does_not_stop_preparing(ada: Applicant, boards: Employers) -> None:
    application = queue(ada)
    with as_role(WORKER_ROLE):
        fence.raise_fence(because="asked")

    tick_here()

    assert read(application).status == "held"


# --- the second clock --------------------------------------------------------------------------------------------------


def test_clock_is_silent_where_nobody_ever_looked(worker: None) -> None:
    assert tick.is_silent()


@pytest.mark.parametrize(("seconds", "silent"), [(0, False), (55, False), (61, True)])
def test_clock_is_silent_after_a_minute(worker: None, seconds: int, silent: bool) -> None:
    Tick.objects.create(pk=1, at=Now() - timedelta(seconds=seconds))

    assert tick.is_silent() == silent


def test_look_ends_the_silence(worker: None) -> None:
    tick.look_after()

    assert not tick.is_silent()


# --- what must not be --------------------------------------------------------------------------------------------------


def test_work_that_is_overdue_is_said_aloud(
    ada: Applicant, worker: None, caplog: pytest.LogCaptureFixture
) -> None:
    application = queue(ada)
    with caplog.at_level(logging.ERROR):
        tick.look_after()
    assert "behind" not in caplog.text
    change(application, next_at=Now() - timedelta(minutes=16))

    with caplog.at_level(logging.ERROR):
        tick.look_after()

    assert "Auto-apply is behind: 0 being sent past their lease, 1 overdue" in caplog.text
    assert ada.user.email not in caplog.text


# --- tasks -------------------------------------------------------------------------------------------------------------


def test_tasks_carry_ids_alone(ada: Applicant, boards: Employers, monkeypatch: pytest.MonkeyPatch) -> None:
    due, held = queue(ada), prepare(queue(ada))
    sent: list[tuple[str, Any]] = []
    for task in (tasks.prepare_application, tasks.submit_application):

        def note(*args: Any, name: str = task.name, **options: Any) -> None:
            sent.append((name, args or options["kwargs"]))

        monkeypatch.setattr(task, "apply_async", note)

    with as_role(WORKER_ROLE):
        tasks.look_after()

    assert sent == [
        (
            "autoapply.tasks.prepare_application",
            {"user_id": str(ada.user.pk), "application_id": str(due.pk)},
        ),
        (
            "autoapply.tasks.submit_application",
            {"user_id": str(ada.user.pk), "application_id": str(held.pk)},
        ),
    ]


def test_tasks_do_what_they_are_named_after(ada: Applicant, boards: Employers) -> None:
    application = queue(ada)
    ids = {"user_id": str(ada.user.pk), "application_id": str(application.pk)}

    with as_role(WORKER_ROLE):
        tasks.prepare_application(**ids)
        assert read(application).status == "held"
        ReceiverHost.objects.update(next_at=Now() - timedelta(seconds=1))
        tasks.submit_application(**ids)

    assert read(application).status == "submitted"


def test_no_task_of_a_sender_outlives_its_lease() -> None:
    assert tasks.submit_application.time_limit < dispatch.LEASE.total_seconds()
    assert tasks.prepare_application.time_limit < packing.LEASE.total_seconds()


def test_name_of_a_worker_fits_its_column() -> None:
    assert 0 < len(tick.worker_name()) <= 100


def test_each_person_has_one_turn_a_look(boards: Employers) -> None:
    ada, bob = make_applicant(), make_applicant()
    first, second, other = (make_due(prepare(queue(each))) for each in (ada, ada, bob))

    with as_role(WORKER_ROLE):
        due = tick.find_due_to_send()

    assert {each.user_id for each in due} == {ada.user.pk, bob.user.pk}
    assert len(due) == 2
    assert other.pk in {each.application_id for each in due}
    assert {first.pk, second.pk} & {each.application_id for each in due}
