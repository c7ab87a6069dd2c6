"""Whoever stops the machine while it sends waits for that one sending, and nothing is sent after the answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection

from autoapply import dispatch, rules, tick
from autoapply.models import Application
from personas.identity import acting_as
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import Applicant, make_applicant, make_due, open_job, prepare, queue, read
from tests.employers.server import Employers
from tests.personas.test_races import PATIENCE, wait_until_blocked
from tests.roles import as_role
from tests.soak.failpoints import wait_over
from tests.soak.fixtures import fence
from tests.soak.minds import delete_account

__all__ = ["fence"]

pytestmark = pytest.mark.django_db(transaction=True)

Stop = Callable[[Applicant, str], Any]
STOPS: dict[str, Stop] = {
    "switch_off": lambda ada, company: rules.disable_rule(rule=ada.rule),
    "pause": lambda ada, company: rules.pause(user=ada.user),
    "block": lambda ada, company: rules.edit_rule(rule=ada.rule, values={"exclude_companies": [company]}),
    "lower_cap": lambda ada, company: rules.edit_rule(rule=ada.rule, values={"max_applications_per_week": 1}),
    "delete_rule": lambda ada, company: rules.delete_rule(rule=ada.rule),
    "delete_account": lambda ada, company: delete_account(ada.user),
}


@pytest.fixture
def ada() -> Applicant:
    return make_applicant()


def in_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    """The same, with its connection closed in the end."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return run


def as_worker(work: Callable[[], Any]) -> Any:
    with as_role(WORKER_ROLE):
        return work()


def send(application: Application) -> Any:
    return as_worker(
        lambda: dispatch.submit(user_id=application.user_id, application_id=application.pk, worker="test")
    )


def has_left(boards: Employers, posting: str) -> bool:
    """Wait until an employer has an application, whose sender waits for the answer still."""
    until = time.monotonic() + PATIENCE
    while not boards.record.entries("arrival", posting=posting):
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_stop_waits_for_the_sending_under_way(ada: Applicant, boards: Employers, stop: Stop) -> None:
    boards.plan("slow", "slow", seconds=1.0)
    first = prepare(queue(ada, open_job(posting="slow", company="Slow")))
    second = prepare(queue(ada, open_job(posting="next", company="Next")))
    wait_over()
    pids: list[int] = []

    def change() -> bool:
        with acting_as(ada.user.pk), connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pids.append(cursor.fetchone()[0])
            stop(ada, "Next")
        return sending.done()

    with ThreadPoolExecutor(2) as pool:
        sending = pool.submit(in_thread(lambda: send(first)))
        assert has_left(boards, "slow")
        stopping = pool.submit(in_thread(change))
        while not pids and not stopping.done():
            time.sleep(0.005)
        wait_until_blocked(pids[0], or_done=stopping)
        was_waiting = not sending.done() and not stopping.done()
        assert sending.result(PATIENCE).kind == "accepted"
        stopping.result(PATIENCE)

    assert was_waiting
    # What was ready to leave stays here from now on.
    assert send(second) is None
    assert len(boards.record.entries("arrival", "already")) == 1


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_nothing_leaves_after_the_stop_is_saved(boards: Employers, stop: Stop) -> None:
    late = 0
    for number in range(3):
        ada = make_applicant()
        ready = [
            prepare(queue(ada, open_job(posting=f"p{number}-{each}", company=f"Same {number}-{each}")))
            for each in range(4)
        ]
        wait_over()
        saved_at, stopped = 0.0, threading.Event()

        def work(ready: list[Application] = ready, stopped: threading.Event = stopped) -> None:
            for application in ready:
                send(application)
            stopped.wait(PATIENCE)
            for application in ready:
                send(application)

        with ThreadPoolExecutor(2) as pool:
            senders = [pool.submit(in_thread(work)) for _ in range(2)]
            time.sleep(0.02 * number)
            with acting_as(ada.user.pk):
                stop(ada, f"Same {number}-3")
            saved_at = time.time()
            stopped.set()
            for sender in senders:
                sender.result(PATIENCE)
        wanted = {f"p{number}-3"} if stop is STOPS["block"] else {f"p{number}-{each}" for each in range(4)}
        arrivals = [each for each in boards.record.entries("arrival") if each.posting in wanted]
        if stop is STOPS["lower_cap"]:
            arrivals = sorted(arrivals, key=lambda each: each.at)[1:]
        late += sum(each.at > saved_at for each in arrivals)

    assert late == 0


def test_application_is_claimed_once_by_sixteen(ada: Applicant, boards: Employers) -> None:
    applications = [prepare(queue(ada)) for _ in range(3)]
    # Their forms were read just now.
    wait_over()
    barrier = threading.Barrier(16)

    def claim(application: Application) -> bool:
        barrier.wait(PATIENCE)

        def one() -> bool:
            with acting_as(application.user_id):
                return dispatch._claim(application.pk, "test") is not None

        return bool(as_worker(one))

    for application in applications:
        work = in_thread(partial(claim, application))
        with ThreadPoolExecutor(16) as pool:
            claims = [pool.submit(work) for _ in range(16)]
            assert sum(each.result(PATIENCE) for each in claims) == 1
        assert read(application).attempt == 1


def test_two_looks_at_once_send_each_application_once(boards: Employers) -> None:
    people = [make_applicant() for _ in range(4)]
    applications = [queue(person) for person in people for _ in range(2)]

    def look() -> None:
        as_worker(tick.tick_here)

    for _round in range(6):
        with ThreadPoolExecutor(3) as pool:
            for each in [pool.submit(in_thread(look)) for _ in range(3)]:
                each.result(PATIENCE)
        if all(read(each).status == "submitted" for each in applications):
            break
        wait_over()
        for each in applications:
            if read(each).status == "held":
                make_due(each)

    assert [read(each).status for each in applications] == ["submitted"] * len(applications)
    keys = [entry.key for entry in boards.record.entries("arrival", "already")]
    assert sorted(keys) == sorted(str(each.key) for each in applications)
