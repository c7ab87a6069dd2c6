"""How long things are kept: what is told beforehand is deleted, at night, and nothing else ever is."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from autoapply.candidates import read_openings
from autoapply.models import Application, Contact, Decision, FollowUp, Kit, Note
from personas import retention, tasks
from personas.identity import acting_as
from personas.models import ResumeVersion, Retention
from personas.retention import (
    MONTHS,
    choose_retention,
    count_due,
    delete_due,
    months_before,
    next_night,
    retention_of,
    try_retention,
)
from personas.row_security import WORKER_ROLE
from personas.services import ValuesRefused
from personas.tasks import delete_what_is_not_kept
from relevnt.celery import app
from tests.autoapply.test_slots import bring
from tests.factories import (
    ApplicationFactory,
    ContactFactory,
    DecisionFactory,
    FollowUpFactory,
    JobFactory,
    KitFactory,
    NoteFactory,
    ResumeFactory,
    ResumeVersionFactory,
    RuleFactory,
)
from tests.roles import OWNER_ROLE, as_role

NOW = timezone.now()
YEAR = timedelta(days=366)


def night(now: datetime | None = None) -> int:
    with as_role(WORKER_ROLE):
        return delete_due(now=now or NOW)


def choose(user, **months):
    with acting_as(user.pk):
        return choose_retention(user=user, months=months)


def due(user, **months) -> dict[str, int]:
    with acting_as(user.pk):
        return count_due(chosen=Retention(user=user, **months), at=NOW)


def version(user, age: timedelta):
    made = ResumeVersionFactory(user=user, resume=ResumeFactory(user=user))
    with as_role(OWNER_ROLE):
        ResumeVersion.objects.filter(pk=made.pk).update(created_at=NOW - age)
    return made


PATHS = {
    "submitted": (),
    "withdrawn": ("withdrawn",),
    "failed": ("preparing", "review", "held", "submitting", "failed"),
    "unknown": ("preparing", "review", "held", "submitting", "unknown"),
    "held": ("preparing", "review", "held"),
    "parked": ("preparing", "parked"),
    "cancelled": ("cancelled",),
}


def application(
    user, *, age: timedelta = YEAR, status: str = "submitted", stage: str = "", **values: Any
) -> Application:
    """With everything that goes with one, as old as it is."""
    is_sent = status in {"submitted", "withdrawn"}
    begins = (
        {"status": "submitted", "channel": "record", "resolved_by": "person", "resolved_at": NOW}
        if is_sent
        else {"channel": "greenhouse"}
    )
    made = ApplicationFactory(user=user, origin="person", **begins, **values)
    with acting_as(user.pk):
        bring(made, *PATHS[status])
    with as_role(OWNER_ROLE):
        rows = Application.objects.filter(pk=made.pk)
        rows.update(stage=stage, moved_at=NOW - age, stage_at=NOW - age if stage else None)
    KitFactory(user=user, application=made)
    for factory in (NoteFactory, ContactFactory):
        factory(user=user, application=made)
    FollowUpFactory(user=user, application=made, due_on=(NOW - age).date())
    with as_role(OWNER_ROLE):
        for model in (Note, Contact, FollowUp):
            model.objects.filter(application=made).update(created_at=NOW - age)
    return made


def left_of(made: Application) -> int:
    with as_role(OWNER_ROLE):
        return sum(model.objects.filter(application=made).count() for model in (Kit, Note, Contact, FollowUp))


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [
        (datetime(2026, 5, 31, 4, tzinfo=UTC), 3, datetime(2026, 2, 28, 4, tzinfo=UTC)),
        (datetime(2024, 5, 31, tzinfo=UTC), 3, datetime(2024, 2, 29, tzinfo=UTC)),
        (datetime(2026, 3, 15, tzinfo=UTC), 3, datetime(2025, 12, 15, tzinfo=UTC)),
        (datetime(2024, 2, 29, tzinfo=UTC), 12, datetime(2023, 2, 28, tzinfo=UTC)),
        (datetime(2026, 12, 1, tzinfo=UTC), 24, datetime(2024, 12, 1, tzinfo=UTC)),
    ],
)
def test_months_are_counted_by_the_calendar(now, months, before):
    assert months_before(now, months) == before


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year > 3), st.sampled_from(MONTHS))
def test_so_many_months_are_never_fewer_days_than_that(now, months):
    gone = now - months_before(now, months)
    assert timedelta(days=months * 28) <= gone <= timedelta(days=months * 31)


def test_nothing_is_deleted_that_nobody_asked_for(alice):
    version(alice, 10 * YEAR)
    made = application(alice, age=10 * YEAR, stage="rejected")
    assert night() == 0
    choose(alice, resume_versions=3)
    choose(alice, resume_versions=None)
    assert night() == 0
    assert left_of(made) == 4


def test_versions_that_are_older_go_and_younger_ones_and_the_resume_stay(alice):
    old, young = version(alice, timedelta(days=100)), version(alice, timedelta(days=80))
    choose(alice, resume_versions=3)
    assert due(alice, resume_versions=3)["resume_versions"] == 1
    assert night() == 1
    with acting_as(alice.pk):
        assert list(ResumeVersion.objects.values_list("pk", flat=True)) == [young.pk]
        assert alice.resumes.filter(pk=old.resume_id).exists()


@pytest.mark.parametrize(
    ("state", "ends"),
    [
        ({"stage": "rejected"}, True),
        ({"stage": "accepted"}, True),
        ({"stage": "ghosted"}, True),
        ({"stage": "withdrawn"}, True),
        ({"status": "failed", "stage": ""}, True),
        ({"status": "cancelled", "stage": ""}, True),
        ({"status": "withdrawn", "stage": ""}, True),
        ({"stage": "applied"}, False),
        ({"stage": "interview"}, False),
        ({"stage": "offer"}, False),
        ({"stage": ""}, False),
        ({"status": "unknown", "stage": ""}, False),
        ({"status": "parked", "stage": ""}, False),
        ({"status": "held", "stage": ""}, False),
        # The machine could not send it, so its person did.
        ({"status": "failed", "stage": "applied"}, False),
        ({"status": "failed", "stage": "interview"}, False),
        ({"status": "cancelled", "stage": "offer"}, False),
        ({"status": "withdrawn", "stage": "interview"}, False),
        ({"status": "failed", "stage": "rejected"}, True),
        ({"status": "unknown", "stage": "rejected"}, False),
    ],
    ids=lambda value: "/".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_what_went_with_ended_applications_goes_and_the_application_stays(alice, state, ends):
    made = application(alice, **state)
    young = application(alice, age=timedelta(days=10), **state)
    choose(alice, applications=3)
    assert due(alice, applications=3)["applications"] == (4 if ends else 0)
    assert night() == (4 if ends else 0)
    assert (left_of(made), left_of(young)) == (0 if ends else 4, 4)
    with acting_as(alice.pk):
        assert Application.objects.filter(pk=made.pk).exists()


def test_what_was_written_since_and_what_is_planned_stays(alice):
    made = application(alice, stage="rejected")
    yesterday, tomorrow = (NOW - timedelta(days=1)).date(), (NOW + timedelta(days=1)).date()
    NoteFactory(user=alice, application=made, body="They called again.")
    ContactFactory(user=alice, application=made, name="Grace Hopper")
    planned = [
        FollowUpFactory(user=alice, application=made, due_on=tomorrow),
        FollowUpFactory(user=alice, application=made, due_on=yesterday),
        FollowUpFactory(user=alice, application=made, due_on=(NOW - YEAR).date(), done_at=NOW),
    ]
    with as_role(OWNER_ROLE):
        FollowUp.objects.filter(pk__in=[each.pk for each in planned]).update(created_at=NOW - YEAR)
    choose(alice, applications=3)
    assert due(alice, applications=3)["applications"] == 4
    assert night() == 4
    with acting_as(alice.pk):
        assert [each.body for each in Note.objects.all()] == ["They called again."]
        assert [each.name for each in Contact.objects.all()] == ["Grace Hopper"]
        assert {each.pk for each in FollowUp.objects.all()} == {each.pk for each in planned}


@pytest.mark.parametrize(("seconds", "goes"), [(1, True), (0, False), (-1, False)])
@pytest.mark.parametrize("months", MONTHS)
def test_the_last_moment_that_is_kept(alice, months, seconds, goes):
    before = months_before(NOW, months)
    version(alice, NOW - before + timedelta(seconds=seconds))
    application(alice, age=NOW - before + timedelta(seconds=seconds), stage="rejected")
    with as_role(OWNER_ROLE):
        FollowUp.objects.all().delete()
    choose(alice, resume_versions=months, applications=months)
    told = due(alice, resume_versions=months, applications=months)
    assert (told["resume_versions"], told["applications"]) == ((1, 3) if goes else (0, 0))
    assert night() == sum(told.values())


def test_nothing_is_applied_for_twice_because_of_it(alice):
    made = application(alice, stage="rejected")
    choose(alice, applications=3)
    night()
    with pytest.raises(IntegrityError), transaction.atomic():
        ApplicationFactory(user=alice, origin="person", job=made.job, apply_key=made.apply_key)
    with acting_as(alice.pk):
        opening = read_openings(rule=None, user=alice, persona=None, job_ids=[made.job_id], at=NOW, slots=1)[
            made.job_id
        ]
    assert opening.candidate.applied


def test_the_page_of_an_application_still_tells_what_it_was(client, alice):
    made = application(alice, stage="rejected")
    choose(alice, applications=3)
    assert night() == 4
    client.force_login(alice)
    answer = client.get(reverse("autoapply:application", args=[made.pk]))
    assert answer.status_code == 200
    assert made.job_title in answer.content.decode()
    kit = client.get(reverse("autoapply:kit", args=[made.pk])).content.decode()
    assert "Nothing is kept here" in kit
    assert "usually within a minute" not in kit


def test_the_page_of_a_kit_that_is_still_to_come_says_so(client, alice):
    made = ApplicationFactory(user=alice)
    client.force_login(alice)
    kit = client.get(reverse("autoapply:kit", args=[made.pk])).content.decode()
    assert "usually within a minute" in kit
    assert "Nothing is kept here" not in kit


def test_decisions_about_closed_jobs_go_and_about_open_ones_stay(alice):
    rule = RuleFactory(user=alice)
    closed = DecisionFactory(user=alice, rule=rule, job=JobFactory(closed_at=NOW))
    still = DecisionFactory(user=alice, rule=rule, job=JobFactory())
    with as_role(OWNER_ROLE):
        Decision.objects.update(decided_at=NOW - YEAR)
    choose(alice, decisions=6)
    assert night() == 1
    with as_role(OWNER_ROLE):
        assert list(Decision.objects.values_list("pk", flat=True)) == [still.pk]
    assert closed.pk != still.pk


def test_a_night_takes_nothing_of_anybody_else_and_a_second_one_nothing_more(alice, bob):
    version(alice, YEAR), version(bob, YEAR)
    theirs = application(bob, stage="rejected")
    choose(alice, resume_versions=3, applications=3, decisions=3)
    assert night() == 1
    assert night() == 0
    assert left_of(theirs) == 4
    with acting_as(bob.pk):
        assert ResumeVersion.objects.count() == 1


def test_the_clock_knows_the_task(alice):
    version(alice, 10 * YEAR)
    choose(alice, resume_versions=24)
    with as_role(WORKER_ROLE):
        assert delete_what_is_not_kept() == 1


def test_what_is_more_than_a_batch_goes_all_the_same(alice, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 3)
    application(alice, stage="rejected"), application(alice, stage="ghosted")
    version(alice, YEAR)
    choose(alice, resume_versions=3, applications=3)
    told = due(alice, resume_versions=3, applications=3)
    assert sum(told.values()) == 9
    assert night() == 9


def test_a_run_has_an_end_and_another_does_the_rest(alice, bob, monkeypatch):
    for user in (alice, bob):
        application(user, stage="rejected")
        choose(user, applications=3)
    with as_role(WORKER_ROLE):
        assert [delete_due(now=NOW, most=5) for _run in range(3)] == [5, 3, 0]


@pytest.mark.parametrize(("most", "asked"), [(1, [{}]), (2, [])])
def test_the_task_asks_for_another_run_where_one_was_not_enough(alice, monkeypatch, most, asked):
    version(alice, YEAR)
    choose(alice, resume_versions=3)
    monkeypatch.setattr(retention, "MOST", most)
    again: list[dict[str, Any]] = []
    monkeypatch.setattr(delete_what_is_not_kept, "delay", lambda **given: again.append(given))
    with as_role(WORKER_ROLE):
        assert tasks.delete_what_is_not_kept() == 1
    assert again == asked


def test_somebody_for_whom_it_fails_keeps_nobody_elses(alice, bob, monkeypatch, caplog):
    for user in (alice, bob):
        version(user, YEAR)
        choose(user, resume_versions=3)
    whole = retention._delete_batch

    def refuse_alice(user_id, *given):
        if user_id == alice.pk:
            raise OperationalError("canceling statement due to lock timeout")
        return whole(user_id, *given)

    monkeypatch.setattr(retention, "_delete_batch", refuse_alice)
    with caplog.at_level(logging.ERROR):
        assert night() == 1
    assert "could not be deleted" in caplog.text
    assert alice.email not in caplog.text
    monkeypatch.setattr(retention, "_delete_batch", whole)
    assert night() == 1


@pytest.mark.parametrize(
    ("now", "night_at"),
    [
        (datetime(2026, 3, 2, 2, 39, 59, tzinfo=UTC), datetime(2026, 3, 2, 2, 40, tzinfo=UTC)),
        (datetime(2026, 3, 2, 2, 40, tzinfo=UTC), datetime(2026, 3, 3, 2, 40, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 1, 2, 40, tzinfo=UTC)),
        (datetime.fromisoformat("2026-03-02T00:30:00-05:00"), datetime(2026, 3, 3, 2, 40, tzinfo=UTC)),
    ],
    ids=str,
)
def test_the_next_night(now, night_at):
    assert next_night(now) == night_at


def test_the_clock_runs_it_when_the_page_says():
    planned = app.conf.beat_schedule["delete-what-is-not-kept"]["schedule"]
    at = next_night(NOW)
    assert (planned.hour, planned.minute) == ({at.hour}, {at.minute})


def test_the_page_counts_what_grows_old_until_the_night(client, alice):
    night_at = next_night(timezone.now())
    made = version(alice, YEAR)
    with as_role(OWNER_ROLE):
        rows = ResumeVersion.objects.filter(pk=made.pk)
        rows.update(created_at=months_before(night_at, 3) - timedelta(seconds=1))
    client.force_login(alice)
    url = reverse("personas:retention")
    assert "1 entry is deleted" in client.post(url, {"resume_versions": "3", "look": "1"}).content.decode()
    choose(alice, resume_versions=3)
    assert night(night_at) == 1


@pytest.mark.parametrize(
    "months", [{"resume_versions": 1}, {"applications": -3}, {"everything": 3}, {"decisions": 7}], ids=str
)
def test_other_choices_are_refused_and_nothing_is_kept_of_them(alice, months):
    with acting_as(alice.pk), pytest.raises(ValuesRefused) as caught:
        choose_retention(user=alice, months=months)
    assert set(caught.value.faults) == set(months)
    with acting_as(alice.pk), pytest.raises(ValuesRefused):
        try_retention(user=alice, months=months)
    with acting_as(alice.pk):
        assert not Retention.objects.exists()


def test_the_page_looks_before_it_saves(client, alice):
    version(alice, YEAR)
    client.force_login(alice)
    url = reverse("personas:retention")
    assert "Nothing is deleted." in client.get(url).content.decode()
    looked = client.post(url, {"resume_versions": "3", "look": "1"}).content.decode()
    assert "1 entry is deleted" in looked
    assert "Nothing is saved yet." in looked
    with acting_as(alice.pk):
        assert retention_of(alice).resume_versions is None
    assert client.post(url, {"resume_versions": "3", "applications": "12"}).url == url
    with acting_as(alice.pk):
        kept = retention_of(alice)
    assert (kept.resume_versions, kept.applications, kept.decisions) == (3, 12, None)
    assert "1 entry is deleted" in client.get(url).content.decode()
    assert "Select a valid choice" in client.post(url, {"resume_versions": "5"}).content.decode()


def test_the_api_tells_and_changes_part_of_it(alice):
    version(alice, YEAR)
    client = APIClient()
    client.force_login(alice)
    url = reverse("api:me-retention")
    told = client.get(url).json()
    assert datetime.fromisoformat(told.pop("due_at")) in {next_night(NOW), next_night(timezone.now())}
    assert told == {
        "resume_versions": None,
        "applications": None,
        "decisions": None,
        "due": {"resume_versions": 0, "applications": 0, "decisions": 0},
    }
    assert client.patch(url, {"resume_versions": 3}, format="json").json()["due"]["resume_versions"] == 1
    told = client.patch(url, {"applications": 24}, format="json").json()
    assert (told["resume_versions"], told["applications"]) == (3, 24)
    assert client.patch(url, {"applications": None}, format="json").json()["applications"] is None
    assert client.patch(url, {"applications": 5}, format="json").status_code == 400


def test_the_api_tells_of_another_choice_without_keeping_it(alice):
    version(alice, YEAR)
    choose(alice, applications=24)
    client = APIClient()
    client.force_login(alice)
    url = reverse("api:me-retention-preview")
    told = client.post(url, {"resume_versions": 3}, format="json").json()
    assert (told["resume_versions"], told["applications"], told["decisions"]) == (3, 24, None)
    assert told["due"] == {"resume_versions": 1, "applications": 0, "decisions": 0}
    assert client.post(url, {"resume_versions": 5}, format="json").status_code == 400
    assert client.get(url).status_code == 405
    with acting_as(alice.pk):
        kept = retention_of(alice)
    assert (kept.resume_versions, kept.applications) == (None, 24)
