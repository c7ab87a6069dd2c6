"""Sending: at most once, only what was approved, only while every gate is open, and every outcome kept as it is."""

from __future__ import annotations

import hashlib
import socket
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from autoapply import dispatch, employer_keys, fence, journal, reaping
from autoapply.applications import approve, stand_behind
from autoapply.days import DAYS
from autoapply.destination import read_destination
from autoapply.models import (
    ApplicationEvent,
    EmployerKey,
    Kit,
    Log,
    ReceiverHost,
    Rule,
    Standing,
)
from autoapply.outcomes import Outcome
from autoapply.weeks import local_day, weekday_of, zone_of
from matching.models import Job, Match
from personas.identity import acting_as
from personas.models import Resume, ResumeFile
from personas.row_security import WORKER_ROLE
from personas.services import Refused
from tests.autoapply.machine import (
    Applicant,
    change,
    forget_pace,
    go,
    make_applicant,
    make_due,
    open_job,
    prepare,
    queue,
    read,
    submit,
)
from tests.employers.server import Employers
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Applicant:
    return make_applicant()


def arrived(boards: Employers) -> int:
    return len(boards.record.arrivals())


# --- the way a person walks --------------------------------------------------------------------------------------------


def test_application_of_a_rule_arrives_once_with_its_proof(ada: Applicant, boards: Employers) -> None:
    application = go(queue(ada))

    assert (application.status, application.stage, application.response_status) == (
        "submitted",
        "applied",
        201,
    )
    assert application.sent_sha256 == application.approved_sha256 != ""
    assert application.response_ref
    assert application.response_sha256
    assert application.sent_at is not None
    (arrival,) = boards.record.arrivals()
    assert arrival.key == str(application.key)
    with acting_as(ada.user.pk):
        log = Log.objects.get(application=application)
        steps = list(
            ApplicationEvent.objects.filter(application=application, kind="status").values_list(
                "moved_to", "actor"
            )
        )
    assert (log.status, log.rule_id, log.job_id) == ("submitted", ada.rule.pk, application.job_id)
    assert steps == [
        ("queued", "rule"),
        ("preparing", "machine"),
        ("review", "machine"),
        ("held", "rule"),
        ("submitting", "machine"),
        ("submitted", "receiver"),
    ]


def test_sending_is_written_down_before_it_begins(
    ada: Applicant, boards: Employers, own_journal: Path
) -> None:
    application = go(queue(ada))

    (entry,) = journal.read_last_entries()
    assert (entry.key, entry.attempt) == (application.key, 1)


def test_submitted_application_is_not_sent_again(ada: Applicant, boards: Employers) -> None:
    application = go(queue(ada))

    assert submit(application) is None
    assert prepare(application).status == "submitted"
    assert arrived(boards) == 1


def test_review_waits_for_the_person(boards: Employers) -> None:
    application = go(queue(make_applicant(mode=Rule.Mode.REVIEW)))

    assert application.status == "review"
    assert arrived(boards) == 0


def test_hold_waits_for_its_end(boards: Employers) -> None:
    application = go(queue(make_applicant(hold_minutes=60)))

    assert application.status == "held"
    assert arrived(boards) == 0
    go_on = make_due(application)
    submit(go_on)
    assert read(application).status == "submitted"


def test_handoff_is_prepared_and_waits_for_the_person(ada: Applicant, boards: Employers) -> None:
    application = go(queue(ada, open_job(system="site")))

    assert (application.status, application.channel) == ("review", "handoff")


# --- what came back ----------------------------------------------------------------------------------------------------

OUTCOMES = [
    ("refused", {"status": 422}, "failed", "refused:not_valid"),
    ("refused", {"status": 404}, "failed", "refused:gone"),
    ("redirect", {"status": 302}, "failed", "refused:moved"),
    ("duplicate", {"form": "status"}, "submitted", "accepted:already"),
    ("throttled", {"retry_after": 120, "form": "seconds"}, "queued", "try_later:throttled"),
    ("unavailable", {"retry_after": 120, "form": "date"}, "queued", "try_later:unavailable"),
    ("error_before", {"status": 500}, "unknown", "doubtful:server_error"),
    ("error_after", {"status": 502}, "unknown", "doubtful:server_error"),
    ("drop_before", {}, "unknown", None),
    ("drop_after", {}, "unknown", None),
    ("error_page", {}, "unknown", "doubtful:error_page"),
]


@pytest.mark.parametrize(("behaviour", "options", "status", "because"), OUTCOMES)
def test_outcome_is_kept_as_it_is(
    ada: Applicant, boards: Employers, behaviour: str, options: dict, status: str, because: str | None
) -> None:
    boards.plan("*", behaviour, **options)

    application = go(queue(ada))

    assert application.status == status
    assert because is None or application.moved_because == because
    holds = application.user_slot is not None
    assert holds == (status != "failed")
    assert application.lease_until is None


def test_doubt_is_never_sent_again_by_the_machine(ada: Applicant, boards: Employers) -> None:
    boards.plan("*", "error_after", status=500)
    application = go(queue(ada))

    for _round in range(3):
        make_due(application)
        prepare(application)
        submit(application)

    assert read(application).status == "unknown"
    assert arrived(boards) == 1


def test_receiver_that_asks_to_wait_is_obeyed_and_uses_up_no_try(ada: Applicant, boards: Employers) -> None:
    boards.plan("*", "throttled", retry_after=1, form="seconds")
    application = go(queue(ada))
    assert application.next_at > application.moved_at + timedelta(seconds=0.9)
    assert application.harmless_failures == 0
    assert prepare(application).status == "queued"

    time.sleep(1.1)
    make_due(application)
    wait_over()
    assert prepare(application).status == "held"
    submit(application)

    assert read(application).status == "submitted"


def wait_over() -> None:
    """Let the pace and the wishes of all receivers be over."""
    with as_role(WORKER_ROLE):
        ReceiverHost.objects.update(next_at=Now() - timedelta(seconds=1), stopped_until=None)


def test_what_never_left_is_tried_three_times(ada: Applicant, boards: Employers, settings: Any) -> None:
    application = prepare(queue(ada, open_job(system="email")))
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()

    for failures in (1, 2):
        wait_over()
        submit(make_due(application))
        application = read(application)
        assert (application.status, application.harmless_failures) == ("queued", failures)
        # A fifth less to a fifth more than 15 and 30 minutes.
        minutes = (application.next_at - application.moved_at) / timedelta(minutes=1)
        assert 12 * failures - 0.1 <= minutes <= 18 * failures + 0.1
        application = prepare(make_due(application))
        assert application.status == "held"

    wait_over()
    submit(make_due(application))
    application = read(application)
    assert (application.status, application.harmless_failures, application.user_slot) == ("failed", 3, None)
    assert application.error_message
    settings.EMAIL_PORT = port
    assert submit(make_due(application)) is None
    assert arrived(boards) == 0


def test_what_never_left_arrives_when_the_receiver_is_there_again(
    ada: Applicant, boards: Employers, settings: Any
) -> None:
    application = prepare(queue(ada, open_job(system="email")))
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    submit(application)
    settings.EMAIL_PORT = port

    application = prepare(make_due(application))
    wait_over()
    submit(make_due(application))

    assert read(application).status == "submitted"
    assert arrived(boards) == 1


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def give_key(boards: Employers, system: str, *jobs: Job) -> None:
    """Enter the employer's key for the boards of some jobs, as staff do."""
    with as_role(OWNER_ROLE):
        for job in jobs:
            board = read_destination(apply_url=job.apply_url, url="", job_id="").board
            employer_keys.set_key(channel=system, board=board, secret=boards.key(system))


def test_three_doubts_in_a_row_leave_a_receiver_alone(ada: Applicant, boards: Employers) -> None:
    boards.plan("*", "error_before", status=500)
    jobs = [open_job(system="greenhouse", posting=f"10000{n}") for n in range(4)]
    give_key(boards, "greenhouse", *jobs)

    applications = [go(queue(ada, job)) for job in jobs]

    # Not even the form of the fourth is read.
    assert [each.status for each in applications] == ["unknown", "unknown", "unknown", "preparing"]
    assert applications[3].waits_for == "receiver"
    # After half an hour one is let through; it arrives, and the host is trusted again.
    boards.plan("*", "ok")
    wait_over()
    change(applications[3], lease_until=Now() - timedelta(seconds=1))
    assert go(applications[3]).status == "submitted"
    assert ReceiverHost.objects.get(host="greenhouse").doubts_in_a_row == 0


def test_key_that_the_employer_refuses_is_used_no_more(ada: Applicant, boards: Employers) -> None:
    job, other = (open_job(system="greenhouse", company="Acme", posting=f"20000{n}") for n in range(2))
    give_key(boards, "greenhouse", job)
    application = prepare(queue(ada, job))
    boards.revoke("greenhouse")

    submit(application)

    application = read(application)
    assert (application.status, application.moved_because) == ("failed", "refused:key_refused")
    with as_role(WORKER_ROLE):
        assert EmployerKey.objects.get().refused_at is not None
    assert prepare(queue(make_applicant(), other)).channel == "handoff"


# --- what closes between approval and sending --------------------------------------------------------------------------

CLOSED = {
    "rule switched off": (lambda a, job: Rule.objects.update(enabled=False), "held", "rule_enabled"),
    "paused": (lambda a, job: Standing.objects.update(paused_at=Now()), "held", "not_paused"),
    "not today": (lambda a, job: Rule.objects.update(active_days=[other_day(a)]), "held", "day"),
    "blocked": (lambda a, job: Rule.objects.update(exclude_companies=[job.company]), "cancelled", ""),
    "only others": (lambda a, job: Rule.objects.update(include_only_companies=["Nobody"]), "cancelled", ""),
    "words": (lambda a, job: Rule.objects.update(require_all_keywords=["Cobol"]), "cancelled", ""),
    "threshold": (lambda a, job: Rule.objects.update(match_score_threshold="95"), "cancelled", ""),
    "coverage": (lambda a, job: Match.objects.update(coverage="0.4"), "cancelled", ""),
    "dismissed": (lambda a, job: Match.objects.update(is_dismissed=True), "cancelled", ""),
    "expired": (lambda a, job: Match.objects.update(expires_at=Now()), "held", "match_fresh"),
    "rule deleted": (lambda a, job: Rule.objects.all().delete(), "cancelled", ""),
    "résumé needs review": (
        lambda a, job: Rule.objects.update(needs_reviewed_resume=True),
        "held",
        "resume_reviewed",
    ),
    "résumé deleted": (lambda a, job: Resume.objects.all().delete(), "held", "has_resume"),
    "cap lowered": (lambda a, job: Rule.objects.update(max_applications_per_week=0), "held", "next_week"),
    "ceiling lowered": (lambda a, job: Standing.objects.update(weekly_ceiling=0), "held", "next_week"),
}


def other_day(applicant: Applicant) -> str:
    today = weekday_of(timezone.now(), zone_of(applicant.user.time_zone))
    return next(day for day in DAYS if day != today)


@pytest.mark.parametrize("what", CLOSED)
def test_gate_that_closes_before_sending_keeps_it_here(ada: Applicant, boards: Employers, what: str) -> None:
    close, status, waits_for = CLOSED[what]
    application = prepare(queue(ada))
    assert application.status == "held"
    with acting_as(ada.user.pk):
        close(ada, application.job)

    assert submit(application) is None

    application = read(application)
    assert (application.status, application.waits_for) == (status, waits_for)
    assert arrived(boards) == 0


def test_application_that_waits_for_a_review_goes_once_the_resume_is_approved(
    ada: Applicant, boards: Employers
) -> None:
    application = prepare(queue(ada))
    with acting_as(ada.user.pk):
        Rule.objects.update(needs_reviewed_resume=True)
    assert submit(application) is None
    assert read(application).waits_for == "resume_reviewed"
    with as_role(OWNER_ROLE):
        Resume.objects.update(review="approved")
    # It does not wait for the week to pass, whatever its hold was.
    change(application, hold_until=Now() - timedelta(days=8))
    with as_role(WORKER_ROLE):
        assert reaping.end_forlorn() == 0
    make_due(application)

    submit(application)

    assert read(application).status == "submitted"
    assert arrived(boards) == 1


def test_closed_job_is_not_applied_to(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    with as_role(WORKER_ROLE):
        Job.objects.update(closed_at=Now())

    assert submit(application) is None
    assert read(application).moved_because == "job_open:closed"
    assert arrived(boards) == 0


def test_fence_keeps_everything_here(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    with as_role(WORKER_ROLE):
        fence.raise_fence(because="asked")

    assert submit(application) is None
    assert read(application).waits_for == "fence_lifted"
    with as_role(WORKER_ROLE):
        fence.lift_fence()
    # What was on its way before waits for its owner's own word.
    assert submit(make_due(application)) is None
    with acting_as(ada.user.pk):
        stand_behind(application=application)
    submit(make_due(application))
    assert read(application).status == "submitted"


def test_lifted_fence_stays_down_though_what_was_forgotten_waits(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    with as_role(WORKER_ROLE):
        assert not fence.check_fence()
    # Sent before the database was put back, says the journal.
    journal.write_entry(journal.Entry(1, application.key, 1))
    with as_role(WORKER_ROLE):
        assert fence.check_fence()
        assert fence.lift_fence()
        assert not fence.check_fence()
    assert submit(application) is None

    with acting_as(ada.user.pk):
        stand_behind(application=application)
    with as_role(WORKER_ROLE):
        assert not fence.check_fence()
    submit(make_due(application))

    assert read(application).status == "submitted"


def test_changed_resume_is_prepared_and_approved_anew(boards: Employers) -> None:
    ada = make_applicant(mode=Rule.Mode.REVIEW)
    application = prepare(queue(ada))
    with acting_as(ada.user.pk):
        Standing.objects.update(hold_minutes=0)
        approve(application=application, seen_sha256=Kit.objects.get().request_sha256)
        content = b"%PDF-1.4 another resume"
        ResumeFile.objects.update(content=content, sha256=hashlib.sha256(content).hexdigest())

    assert submit(application) == dispatch.CHANGED

    assert arrived(boards) == 0
    application = prepare(make_due(application))
    assert (application.status, application.harmless_failures) == ("review", 0)
    with acting_as(ada.user.pk):
        approve(application=application, seen_sha256=Kit.objects.get().request_sha256)
    wait_over()
    submit(application)
    assert read(application).status == "submitted"


def test_approval_counts_for_what_was_seen_alone(boards: Employers) -> None:
    ada = make_applicant(mode=Rule.Mode.REVIEW)
    application = prepare(queue(ada))

    with acting_as(ada.user.pk), pytest.raises(Refused):
        approve(application=application, seen_sha256="0" * 64)

    assert read(application).status == "review"


def test_sender_that_comes_too_late_sends_nothing(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    forget_pace()
    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        claimed = dispatch._claim(application.pk, "test")
    assert claimed is not None
    long_ago = time.clock_gettime(time.CLOCK_BOOTTIME) - dispatch.LEASE.total_seconds()
    sending = dispatch.Sending()

    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        dispatch._send(dispatch.Claim(claimed, long_ago, today(ada), 1), sending)
        dispatch._record(claimed, sending)

    assert sending.outcome.code == "too_late"
    application = read(application)
    assert (application.status, application.harmless_failures) == ("queued", 0)
    assert arrived(boards) == 0


@pytest.mark.parametrize("turned", ["day", "week"])
def test_what_would_leave_after_midnight_waits_for_the_gates_of_that_day(
    ada: Applicant, boards: Employers, turned: str
) -> None:
    application = prepare(queue(ada))
    forget_pace()
    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        claimed = dispatch._claim(application.pk, "test")
    assert claimed is not None
    day = today(ada)
    if turned == "day":
        day -= timedelta(days=1)
    else:
        claimed.week_start -= timedelta(days=7)
    claim = dispatch.Claim(claimed, time.clock_gettime(time.CLOCK_BOOTTIME), day, 1)
    sending = dispatch.Sending()

    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        dispatch._send(claim, sending)
        dispatch._record(claimed, sending)

    assert (sending.outcome.code, read(application).status) == ("too_late", "queued")
    assert arrived(boards) == 0
    # Nothing was used up: it goes on that day.
    assert go(make_due(application)).status == "submitted"


def today(applicant: Applicant) -> date:
    return local_day(timezone.now(), zone_of(applicant.user.time_zone))


def test_journal_that_cannot_be_written_keeps_it_here(
    ada: Applicant, boards: Employers, own_journal: Path
) -> None:
    application = prepare(queue(ada))
    own_journal.mkdir()

    submit(application)

    assert read(application).status == "queued"
    assert arrived(boards) == 0


def test_outcome_of_an_earlier_attempt_changes_nothing(ada: Applicant, boards: Employers) -> None:
    boards.plan("*", "throttled", retry_after=1, form="seconds")
    application = go(queue(ada))
    stale = read(application)
    stale.attempt = 0

    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        dispatch._record(stale, dispatch.Sending(outcome=Outcome("accepted", "taken", 201)))

    assert read(application).status == "queued"


def test_late_worker_turns_its_own_doubt_into_a_fact(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    forget_pace()
    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        claimed = dispatch._claim(application.pk, "test")
    assert claimed is not None
    change(application, lease_until=Now() - timedelta(seconds=1))
    with as_role(WORKER_ROLE):
        reaping.name_abandoned()
    assert read(application).status == "unknown"

    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        dispatch._record(claimed, dispatch.Sending(outcome=Outcome("accepted", "taken", 201)))

    application = read(application)
    assert (application.status, application.resolved_by) == ("submitted", "receiver")
