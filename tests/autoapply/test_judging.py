"""What is asked again between approval and sending: who may still stop it, and whether the approval stands."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from autoapply import applications, dispatch, employer_keys, queueing, rules
from autoapply.models import Application, Kit, Rule
from autoapply.preparing import write_outgoing
from autoapply.weeks import local_day, zone_of
from personas.identity import acting_as
from personas.models import User
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import (
    Applicant,
    change,
    forget_pace,
    make_applicant,
    match,
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


def leave_the_last_word_to_the_person(applicant: Applicant) -> None:
    with acting_as(applicant.user.pk):
        rules.edit_rule(rule=applicant.rule, values={"mode": Rule.Mode.REVIEW})


def claim(application: Application) -> Application:
    forget_pace()
    with as_role(WORKER_ROLE), acting_as(application.user_id):
        claimed = dispatch._claim(application.pk, "test")
    assert claimed is not None
    return claimed


def send(claimed: Application) -> dispatch.Sending:
    sending = dispatch.Sending()
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    today = local_day(timezone.now(), zone_of(claimed.user.time_zone))
    with as_role(WORKER_ROLE), acting_as(claimed.user_id):
        dispatch._send(dispatch.Claim(claimed, now, today, 1), sending)
        dispatch._record(claimed, sending)
    return sending


def test_nothing_leaves_for_an_account_that_may_not_sign_in(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=ada.user.pk).update(is_active=False)

    submit(application)

    assert (read(application).status, read(application).waits_for) == ("held", "not_paused")
    assert arrived(boards) == 0


def test_rule_that_asks_first_again_takes_its_own_approvals_back(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    assert application.approved_by == "rule"
    leave_the_last_word_to_the_person(ada)

    submit(application)

    assert (read(application).status, read(application).moved_because) == ("preparing", "review")
    application = prepare(application)
    assert application.status == "review"
    with acting_as(ada.user.pk):
        applications.approve(application=application, seen_sha256=Kit.objects.get().request_sha256)
    submit(application)
    assert (read(application).status, read(application).approved_by) == ("submitted", "person")


def test_rule_that_asks_first_again_after_the_claim_keeps_it_here(ada: Applicant, boards: Employers) -> None:
    claimed = claim(prepare(queue(ada)))
    leave_the_last_word_to_the_person(ada)

    assert send(claimed).outcome == dispatch.HELD_BACK

    assert arrived(boards) == 0
    assert prepare(read(claimed)).status == "review"


def test_approval_of_a_rule_stays_the_rules_where_it_did_not_leave(ada: Applicant, boards: Employers) -> None:
    boards.plan("*", "throttled", retry_after=1, form="seconds")
    application = prepare(queue(ada))
    submit(application)

    application = prepare(change(application, next_at=Now() - timedelta(seconds=1)))

    assert (application.status, application.moved_because) == ("held", "approved_before")
    assert application.approved_by == "rule"


def test_company_interval_counts_from_the_sending_of_what_is_in_doubt(
    ada: Applicant, boards: Employers
) -> None:
    first = prepare(queue(ada, open_job(company="Acme")))
    # Long waits for an answer or a review lie between queueing and sending.
    first = change(first, created_at=timezone.now() - timedelta(days=40))
    second = open_job(company="Acme")
    match(ada, second)
    with acting_as(ada.user.pk):
        applications.move(first, "submitting", by="machine", because="due", lease_until=Now())
        assert "recent" in company_says(ada, second)
        doubt: dict[str, Any] = {"unknown_at": Now(), "unknown_because": "worker_gone"}
        applications.move(first, "unknown", by="machine", because="worker_gone", **doubt)
        assert "recent" in company_says(ada, second)
        applications.resolve_doubt(application=first, arrived=True)
        assert "recent" in company_says(ada, second)

    first = read(first)
    assert (first.sent_at, first.sent_sha256) == (first.unknown_at, first.approved_sha256)


def company_says(applicant: Applicant, job: Any) -> list[str]:
    verdicts = queueing.decide_now(rule=applicant.rule, job=job, at=timezone.now())
    return [each.code for each in verdicts.failed if each.gate == "company_not_applied"]


def test_nothing_leaves_without_the_key_that_was_there_at_the_claim(
    ada: Applicant, boards: Employers
) -> None:
    with as_role(OWNER_ROLE):
        employer_keys.set_key(channel="greenhouse", board="acme", secret=boards.key("greenhouse"))
    application = prepare(queue(ada, open_job(system="greenhouse", company="Acme", posting="123456")))
    assert (application.status, application.channel) == ("held", "greenhouse")
    claimed = claim(application)
    with as_role(WORKER_ROLE):
        employer_keys.note_refusal(channel="greenhouse", board="acme")
    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        assert not write_outgoing(application=claimed).keyed

    assert send(claimed).outcome == dispatch.CHANGED

    assert arrived(boards) == 0
    application = prepare(read(claimed))
    assert (application.status, application.channel) == ("review", "handoff")
