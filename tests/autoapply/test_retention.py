"""What went with old applications goes; the week, the gates, the preview and the simulation see no difference."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from autoapply.destination import read_destination
from autoapply.models import Application, Kit, Rule, SentMark
from autoapply.sent_marks import mark_of
from autoapply.simulation import simulate
from matching.models import Job
from personas.identity import acting_as
from personas.models import Persona, User
from personas.retention import choose_retention, delete_due
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import make_persona, make_rule
from tests.autoapply.test_preview import AT, look, open_jobs, wants_data
from tests.autoapply.test_simulation import job, read_jobs
from tests.autoapply.test_slots import bring, count, places, queued
from tests.factories import ApplicationFactory, KitFactory
from tests.roles import OWNER_ROLE, as_role

YEAR = timedelta(days=366)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"


@pytest.fixture
def persona(alice: User) -> Persona:
    return wants_data(make_persona(alice, name="Data"))


def refused_long_ago(application: Application, at: datetime) -> Application:
    """An application with a kit, which an employer refused a year before a moment."""
    KitFactory(user=application.user, application=application)
    with as_role(OWNER_ROLE):
        Application.objects.filter(pk=application.pk).update(
            stage="rejected", stage_at=at - YEAR, moved_at=at - YEAR
        )
    return application


def record(user: User, to: Job, at: datetime) -> Application:
    """An application that a person sent elsewhere."""
    key = read_destination(apply_url=to.apply_url, url=to.url, job_id=str(to.pk)).apply_key
    sent = {
        "status": "submitted",
        "channel": "record",
        "resolved_by": "person",
        "resolved_at": at,
        "sent_at": at - YEAR,
    }
    return refused_long_ago(ApplicationFactory(user=user, job=to, apply_key=key, **sent), at)


def night(user: User, at: datetime) -> None:
    """Delete what a person does not want to keep for more than three months: one kit."""
    with acting_as(user.pk):
        choose_retention(user=user, months={"applications": 3, "decisions": 3})
        assert Kit.objects.count() == 1
    with as_role(WORKER_ROLE):
        assert delete_due(now=at) == 1


def simulated(rule: Rule, at: datetime) -> tuple[int, dict[str, int]]:
    with acting_as(rule.user_id):
        found = simulate(rule=Rule.objects.select_related("user").get(pk=rule.pk), at=at)
    return found.total, dict(found.stopped)


def test_preview_goes_on_stopping_a_second_application(alice: User, persona: Persona) -> None:
    (before,) = open_jobs({"company": "Acme"})
    record(alice, before, AT)

    night(alice, AT)

    found = look(alice, persona)
    assert (found.passing, found.stopped) == (0, [("job_not_applied", 1)])


def test_simulation_goes_on_stopping_a_second_application(
    alice: User, persona: Persona, now: datetime
) -> None:
    before = job(now)
    read_jobs(now)
    rule = make_rule(persona)
    assert simulated(rule, now)[0] == 1
    record(alice, before, now)

    night(alice, now)

    assert simulated(rule, now) == (0, {"job_not_applied": 1})


def test_preview_asks_for_what_a_deleted_account_has_sent(alice: User, persona: Persona) -> None:
    (before,) = open_jobs({"company": "Acme"})
    key = read_destination(apply_url=before.apply_url, url=before.url, job_id=str(before.pk)).apply_key
    assert look(alice, persona).passing == 1
    with as_role(WORKER_ROLE):
        SentMark.objects.create(mark=mark_of(alice.email, key))

    found = look(alice, persona)

    assert (found.passing, found.stopped) == (0, [("job_not_applied", 1)])


def test_places_of_the_week_stay_taken(persona: Persona) -> None:
    rule = make_rule(persona)
    sent = bring(
        queued(rule, AT, channel="greenhouse"), "preparing", "review", "held", "submitting", "submitted"
    )
    other = queued(rule, AT)
    refused_long_ago(sent, AT)
    held, free = places(sent, other), count(rule, AT)

    night(rule.user, AT)

    assert count(rule, AT) == free
    assert places(sent, other) == held
    assert free.rule.taken == 2
