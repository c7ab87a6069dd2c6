"""Two changes of one person's applications at once: one after the other, and nothing doubles or breaks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from autoapply import tracker
from autoapply.models import Application, ApplicationEvent, Note
from matching.models import Job
from personas.identity import acting_as
from personas.models import User
from tests.autoapply.test_states import WAYS, step
from tests.factories import ApplicationFactory, JobFactory, UserFactory
from tests.personas.test_races import as_person, while_open

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture
def me(transactional_db: None) -> User:
    """Whose two requests they are."""
    return UserFactory()


def record(me: User, job: Job) -> Any:
    return lambda: tracker.record_application(user=me, at=NOW, sent_on=TODAY, job=job)


def test_job_that_is_noted_in_two_tabs_is_noted_once(me: User) -> None:
    job = JobFactory()

    with pytest.raises(tracker.AlreadyApplied) as refused:
        while_open(me, record(me, job), as_person(me, record(me, job)))

    with acting_as(me.pk):
        assert refused.value.application == Application.objects.get()


def test_job_that_is_queued_meanwhile_is_not_noted_again(me: User) -> None:
    """Whoever queues takes no turn of the person's: the unique keys alone decide."""
    job = JobFactory()

    def queue() -> None:
        Application.objects.create(
            user=me,
            job=job,
            origin="person",
            channel="handoff",
            apply_key=f"job:{job.pk}",
            job_title=job.title,
        )

    with pytest.raises(tracker.AlreadyApplied):
        while_open(me, queue, as_person(me, record(me, job)))

    with acting_as(me.pk):
        assert Application.objects.get().channel == "handoff"


def test_last_note_is_kept_once(me: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "MAX_NOTES", 1)
    application = ApplicationFactory(user=me)

    def note(body: str) -> Any:
        return lambda: tracker.add_note(application=application, body=body)

    with pytest.raises(tracker.TooMany):
        while_open(me, note("one"), as_person(me, note("two")))

    with acting_as(me.pk):
        assert [each.body for each in Note.objects.all()] == ["one"]


def test_two_stages_at_once_are_two_steps_one_after_the_other(me: User) -> None:
    with acting_as(me.pk):
        application = record(me, JobFactory())()

    def move(stage: str) -> Any:
        return lambda: tracker.set_stage(application=application, stage=stage, today=TODAY)

    while_open(me, move("screening"), as_person(me, move("interview")))

    with acting_as(me.pk):
        events = ApplicationEvent.objects.filter(kind="stage").order_by("pk")
        assert list(events.values_list("moved_from", "moved_to")) == [
            ("", "applied"),
            ("applied", "screening"),
            ("screening", "interview"),
        ]


def test_stage_is_not_set_on_what_is_sent_again_meanwhile(me: User) -> None:
    """The state is judged by the same statement that sets the stage, after waiting for whoever changes it."""
    application = ApplicationFactory(user=me)
    with acting_as(me.pk):
        for status in WAYS["unknown"]:
            step(application, status)

    with pytest.raises(tracker.StageRefused):
        while_open(
            me,
            lambda: step(application, "queued"),
            as_person(me, lambda: tracker.set_stage(application=application, stage="applied", today=TODAY)),
        )

    with acting_as(me.pk):
        application.refresh_from_db()
    assert (application.status, application.stage) == ("queued", "")
