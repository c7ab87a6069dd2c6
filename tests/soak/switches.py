"""Hundreds of rules switched off while eight workers send as fast as they can; and who gets an application that sixteen want."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from autoapply import dispatch, rules, tick
from autoapply.models import Application, ReceiverHost
from personas.identity import acting_as
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import Applicant, make_applicant, prepare, queue
from tests.employers.record import Record
from tests.roles import as_role

PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Switches:
    """How many rules were switched off, what they had sent before, and what arrived after the change was saved."""

    switches: int
    arrived: int
    after: int


@dataclass(frozen=True, slots=True)
class Claims:
    """Rounds in which sixteen wanted one application, those in which not exactly one got it, and claims a second."""

    rounds: int
    not_once: int
    rate: float


def switch_off(
    record: Record, *, switches: int, workers: int = 8, each: int = 2, seed: str = "1"
) -> Switches:
    """Let workers send while each person switches their rule off."""
    people = [make_applicant() for _ in range(switches)]
    for person in people:
        for _opening in range(each):
            prepare(queue(person))
    _let_all_go()
    connection.close()
    context = multiprocessing.get_context("fork")
    over = context.Event()
    crew = [context.Process(target=_send_all, args=(over,)) for _ in range(workers)]
    for worker in crew:
        worker.start()
    saved = _switch_all(people, seed)
    time.sleep(2)
    over.set()
    for worker in crew:
        worker.join(PATIENCE)
    arrivals = [entry for entry in record.entries("arrival", "already") if entry.applicant in saved]
    late = [entry for entry in arrivals if entry.at > saved[entry.applicant]]
    return Switches(len(saved), len(arrivals), len(late))


def _switch_all(people: Sequence[Applicant], seed: str) -> dict[str, float]:
    order = list(people)
    random.Random(seed).shuffle(order)
    saved = {}
    for person in order:
        with acting_as(person.user.pk):
            rules.disable_rule(rule=person.rule)
        saved[person.user.email] = time.time()
    return saved


def _send_all(over: Any) -> None:
    try:
        with as_role(WORKER_ROLE):
            while not over.is_set():
                for due in tick.find_due_to_send():
                    dispatch.submit(user_id=due.user_id, application_id=due.application_id, worker="soak")
    finally:
        connection.close()


def claim(*, rounds: int, workers: int = 16) -> Claims:
    """Let sixteen claim each application at the same moment."""
    applications = _ready(rounds)
    connection.close()
    context = multiprocessing.get_context("fork")
    barrier, claimed = context.Barrier(workers), context.Array("i", rounds)
    crew = [context.Process(target=_claim_all, args=(applications, barrier, claimed)) for _ in range(workers)]
    for worker in crew:
        worker.start()
    for worker in crew:
        worker.join(PATIENCE + rounds)
    return Claims(rounds, sum(times != 1 for times in claimed), _claim_rate(workers=4, each=rounds))


def _ready(count: int) -> list[Application]:
    made = [prepare(queue(make_applicant())) for _ in range(count)]
    _let_all_go()
    return made


def _claim_all(applications: Sequence[Application], barrier: Any, claimed: Any) -> None:
    try:
        with as_role(WORKER_ROLE):
            for number, application in enumerate(applications):
                barrier.wait(PATIENCE)
                with acting_as(application.user_id):
                    got = dispatch._claim(application.pk, "soak") is not None
                with claimed.get_lock():
                    claimed[number] += got
    finally:
        connection.close()


def _claim_rate(*, workers: int, each: int) -> float:
    """Claims a second of so many workers, every one with applications of its own."""
    shares = [_ready(each) for _ in range(workers)]
    connection.close()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(workers + 1)
    started = [context.Process(target=_claim_share, args=(share, barrier)) for share in shares]
    for worker in started:
        worker.start()
    barrier.wait(PATIENCE)
    began = time.monotonic()
    for worker in started:
        worker.join(PATIENCE)
    return workers * each / (time.monotonic() - began)


def _claim_share(applications: Sequence[Application], barrier: Any) -> None:
    try:
        with as_role(WORKER_ROLE):
            connection.ensure_connection()
            barrier.wait(PATIENCE)
            for application in applications:
                with acting_as(application.user_id):
                    dispatch._claim(application.pk, "soak")
    finally:
        connection.close()


def _let_all_go() -> None:
    with as_role(WORKER_ROLE):
        ReceiverHost.objects.update(next_at=Now() - timedelta(seconds=1), stopped_until=None, busy_until=None)
