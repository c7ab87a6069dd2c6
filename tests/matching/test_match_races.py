"""Refreshes at once, on connections of their own: nothing doubled, nothing lost, the newer reading stands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from matching import services
from matching.market import read_market
from matching.models import Job, JobSnapshot, Match, MatchState
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import JobFactory, JobRunFactory, JobSourceFactory, PersonaFactory, UserFactory
from tests.roles import as_role

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE = 60


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"


@pytest.fixture
def personas(transactional_db: None) -> list[Persona]:
    """Six personas of as many people that all want the same work, and thirty jobs that fit."""
    found = []
    for _ in range(6):
        persona = PersonaFactory(user=UserFactory())
        with acting_as(persona.user_id):
            PersonaPreferences.objects.filter(persona=persona).update(job_title_keywords=["Data Engineer"])
        found.append(persona)
    source = JobSourceFactory(name="a file")
    for _ in range(30):
        JobFactory(source=source, title="Data Engineer", required_skills=["Python"])
    return found


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run each as the worker on a connection of its own, all from the same moment on; raises what one of them raises."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            with as_role(WORKER_ROLE):
                barrier.wait(PATIENCE)
                return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result(PATIENCE) for done in [pool.submit(run, work) for work in works]]


def matcher(personas: list[Persona], *, minutes: int = 0) -> Callable[[], services.MatchSummary]:
    ids = [persona.pk for persona in personas]
    return lambda: services.match_personas(persona_ids=ids, now=NOW + timedelta(minutes=minutes))


def jobs_change() -> None:
    with as_role(WORKER_ROLE):
        job = Job.objects.order_by("external_id").first()
        assert job
        Job.objects.filter(pk=job.pk).update(required_skills=["Python", "Falconry"])
        JobFactory(source=job.source, title="Senior Data Engineer")
        JobRunFactory(source=job.source, outcome="ok", finished_at=NOW, new_count=1)


def rows_of(persona: Persona) -> list[tuple]:
    with acting_as(persona.user_id):
        return sorted(
            Match.objects.filter(persona=persona).values_list("job_id", "match_score", "inputs_hash")
        )


def anew(persona: Persona) -> list[tuple]:
    """The rows as they are when everything is matched from nothing."""
    with as_role(WORKER_ROLE):
        Match.objects.filter(persona=persona).delete()
        MatchState.objects.filter(persona=persona).delete()
        services.match_personas(persona_ids=[persona.pk], now=NOW)
    return rows_of(persona)


def test_two_refreshes_at_once_write_each_match_once(personas: list[Persona]) -> None:
    for minute in range(4):
        at_once(matcher(personas, minutes=minute), matcher(personas[::-1], minutes=minute))
        jobs_change()

    at_once(matcher(personas), matcher(personas[::-1]))
    for persona in personas:
        rows = rows_of(persona)
        assert len({job for job, _score, _hash in rows}) == len(rows)
        assert rows == anew(persona)


def test_processes_that_read_the_market_at_once_read_the_same(personas: list[Persona]) -> None:
    first, second, third = at_once(read_market, read_market, read_market)

    assert first.id == second.id == third.id
    assert JobSnapshot.objects.count() == 1


def test_persona_that_is_edited_while_it_is_matched_is_due_or_right(personas: list[Persona]) -> None:
    def edit(number: int) -> Callable[[], None]:
        def change() -> None:
            with as_role("relevnt_app"), acting_as(personas[0].user_id):
                PersonaPreferences.objects.filter(persona=personas[0]).update(
                    nice_to_have_skills=["Python"] * number
                )

        return change

    for number in range(5):
        at_once(matcher(personas[:1], minutes=number), edit(number))
        with as_role(WORKER_ROLE):
            due = services.personas_to_refresh(NOW).filter(pk=personas[0].pk).exists()
        if not due:
            assert rows_of(personas[0]) == anew(personas[0])


def test_refresh_with_an_older_reading_does_not_undo_a_newer_one(
    personas: list[Persona], monkeypatch: pytest.MonkeyPatch
) -> None:
    persona = personas[0]
    with as_role(WORKER_ROLE):
        services.match_personas(persona_ids=[persona.pk], now=NOW)
        old = read_market()
    jobs_change()
    with as_role(WORKER_ROLE):
        services.match_personas(persona_ids=[persona.pk], now=NOW)
    newest = rows_of(persona)
    monkeypatch.setattr(services, "read_market", lambda: old)

    with as_role(WORKER_ROLE):
        services.match_personas(persona_ids=[persona.pk], now=NOW)

    assert rows_of(persona) == newest


def test_account_that_is_deleted_while_it_is_matched_leaves_nothing(personas: list[Persona]) -> None:
    doomed = personas[0]

    def leave() -> None:
        with as_role("relevnt_app"), acting_as(doomed.user_id):
            User.objects.filter(pk=doomed.user_id).delete()

    for _ in range(2):
        at_once(matcher(personas), leave)

    with as_role(WORKER_ROLE):
        assert not Match.objects.filter(persona_id=doomed.pk).exists()
        assert not MatchState.objects.filter(persona_id=doomed.pk).exists()
    assert all(rows_of(persona) for persona in personas[1:])
