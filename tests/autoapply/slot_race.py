"""Many workers after the places of one week at once: each way of queueing, and what became of the caps.

Every round has a person, a rule with a cap, and workers that begin at the same moment, each a process with a connection of
its own: with three openings each, or all with one and the same. The ways:

    reserve           the one of the product
    lock_forgotten    the same without waiting for anybody
    repeatable_read   the same at another isolation level, where a lock does not show what others committed
    naive             count, then insert, into a copy of the table that has no unique keys: the control, which must fail
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection

from autoapply import slots
from autoapply.models import Application, Rule, Standing
from personas.identity import acting_as
from personas.models import User
from personas.row_security import BOTH_ROLES
from tests.factories import RuleFactory
from tests.roles import OWNER_ROLE, as_role

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
PATIENCE = 120
COPY = "applications_without_keys"

WAYS = ("reserve", "lock_forgotten", "repeatable_read", "naive")

Pair = tuple[User, UUID]


class WorkerFailed(RuntimeError):
    """Raised when a worker ended otherwise than through all rounds."""


def run(way: str, *, rounds: int, workers: int = 16, cap: int = 5, same: bool = False) -> dict[str, Any]:
    """The figures of one way: what was to be queued, what was, how often a cap was exceeded and how far."""
    pairs = [make_rule(cap) for _ in range(rounds)]
    if way == "naive":
        make_copy()
    # A connection does not survive a fork.
    connection.close()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(workers)
    refused = context.Value("i", 0)
    began = time.monotonic()
    crew = [
        context.Process(target=work, args=(number, way, pairs, cap, same, barrier, refused))
        for number in range(workers)
    ]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    if failed := [each.exitcode for each in crew if each.exitcode]:
        raise WorkerFailed(failed)
    seconds = time.monotonic() - began
    counts = count_rows(COPY if way == "naive" else "auto_apply_applications", pairs)
    most = 1 if same else cap
    return {
        "way": way,
        "same_opening": same,
        "rounds": rounds,
        "workers": workers,
        "most": most,
        "rows": sum(counts),
        "rows_wanted": most * rounds,
        "exact": sum(count == most for count in counts),
        "over": sum(count > most for count in counts),
        "worst": max(counts),
        "refused_by_the_database": refused.value,
        "seconds": round(seconds, 1),
    }


def make_rule(cap: int) -> Pair:
    """A person with a rule."""
    rule = RuleFactory(max_applications_per_week=cap, enabled=True)
    with acting_as(rule.user_id):
        Standing.objects.filter(user_id=rule.user_id).update(weekly_ceiling=50)
    return rule.user, rule.pk


def make_copy() -> None:
    """The table without any of its keys."""
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {COPY}")
        cursor.execute(f"CREATE TABLE {COPY} AS TABLE auto_apply_applications WITH NO DATA")
        cursor.execute(f"GRANT SELECT, INSERT ON {COPY} TO {BOTH_ROLES}")


def count_rows(table: str, pairs: Sequence[Pair]) -> list[int]:
    """How many applications each rule has queued; the copy is dropped after."""
    counts = []
    for user, rule_id in pairs:
        with acting_as(user.pk), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE rule_id = %s", [rule_id])
            counts.append(cursor.fetchone()[0])
    if table == COPY:
        with as_role(OWNER_ROLE), connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {COPY}")
    return counts


def work(
    number: int, way: str, pairs: Sequence[Pair], cap: int, same: bool, barrier: Any, refused: Any
) -> None:
    """One worker through all rounds."""
    if way == "repeatable_read":
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    if way == "lock_forgotten":
        # A worker is a process: nobody else's lock is forgotten.
        slots.take_turns = look_without_waiting  # type: ignore[assignment]
    queue = queue_naively if way == "naive" else queue_as_the_product_does
    for round_number, (user, rule_id) in enumerate(pairs):
        barrier.wait(PATIENCE)
        for opening in range(1 if same else 3):
            key = "one" if same else f"{number}/{opening}"
            try:
                with acting_as(user.pk):
                    queue(user, rule_id, f"race.example/{round_number}/{key}", cap)
            except DatabaseError:
                with refused.get_lock():
                    refused.value += 1
    connection.close()


def look_without_waiting(*, user_id: UUID, rule_id: UUID | None) -> tuple[Standing, Rule | None]:
    """What `slots.take_turns` gives, without its locks."""
    return Standing.objects.get(user_id=user_id), Rule.objects.get(pk=rule_id)


def queue_as_the_product_does(user: User, rule_id: UUID, key: str, cap: int) -> None:
    """Take the smallest free place, if there is one."""
    application = Application(
        user=user, rule_id=rule_id, origin="rule", channel="handoff", apply_key=key, job_title="Data Engineer"
    )
    slots.reserve(application=application, at=NOW)


def queue_naively(user: User, rule_id: UUID, key: str, cap: int) -> None:
    """Count, then insert."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {COPY} WHERE rule_id = %s", [rule_id])
        if cursor.fetchone()[0] < cap:
            cursor.execute(
                f"INSERT INTO {COPY} (id, user_id, rule_id, apply_key) VALUES (gen_random_uuid(), %s, %s, %s)",
                [user.pk, rule_id, key],
            )
