"""Preparing: what an application waits for before anybody approves it, and who is asked what is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from autoapply import answers, employer_keys, packing
from autoapply.applications import apply_by_hand, approve, cancel, prepare_again
from autoapply.destination import read_destination
from autoapply.hosts import take_turn
from autoapply.models import Application, Kit, ReceiverHost, Rule, Standing
from matching.models import Job, Match
from personas.identity import acting_as
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import (
    Applicant,
    change,
    forget_pace,
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

SALARY = {
    "body": "What salary do you want?",
    "kind": "string",
    "required": True,
    "id": 7,
    "position": 1,
    "options": {"length": 120},
    "translations": {"en": {"body": "What salary do you want?"}},
    "open_question_options": [],
}


@pytest.fixture
def ada() -> Applicant:
    """A person whose rule waits for their approval."""
    return make_applicant(mode=Rule.Mode.REVIEW)


def is_due(application: Application) -> bool:
    """Whether a worker that looks for something to prepare finds it."""
    with as_role(WORKER_ROLE):
        return Application.objects.filter(packing.due_to_prepare(), pk=application.pk).exists()


def kit_of(application: Application) -> Kit:
    with acting_as(application.user_id):
        return Kit.objects.get(application=application)


def let_wishes_be_over() -> None:
    with as_role(WORKER_ROLE):
        ReceiverHost.objects.update(next_at=Now() - timedelta(seconds=1), stopped_until=None)


def enter_key(boards: Employers, job: Job, system: str = "greenhouse") -> None:
    board = read_destination(apply_url=job.apply_url, url="", job_id="").board
    with as_role(OWNER_ROLE):
        employer_keys.set_key(channel=system, board=board, secret=boards.key(system))


# --- what is due -------------------------------------------------------------------------------------------------------


def test_queued_application_is_due_when_its_time_has_come(ada: Applicant) -> None:
    application = queue(ada)
    assert is_due(application)

    change(application, next_at=Now() + timedelta(minutes=1))

    assert not is_due(application)


def test_application_that_another_worker_prepares_is_not_due(ada: Applicant, boards: Employers) -> None:
    application = queue(ada)
    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        assert packing._take(application.pk, "first") is not None
    assert not is_due(application)

    change(application, lease_until=Now() - timedelta(seconds=1))

    assert is_due(application)


@pytest.mark.parametrize("status", ["review", "held", "submitted", "cancelled"])
def test_application_past_preparing_is_not_due(ada: Applicant, boards: Employers, status: str) -> None:
    application = prepare(queue(ada))
    assert application.status == "review"
    with acting_as(ada.user.pk):
        if status in ("held", "submitted"):
            approve(application=application, seen_sha256=kit_of(application).request_sha256)
        if status == "cancelled":
            cancel(application=application)
    if status == "submitted":
        submit(make_due(application))
    application = make_due(application)
    assert application.status == status

    assert not is_due(application)
    assert prepare(application).status == status


def test_parked_application_is_due_only_when_nothing_is_missing(ada: Applicant, boards: Employers) -> None:
    boards.form("*", [SALARY])
    application = park_for_salary(ada, boards)
    assert not is_due(make_due(application))

    change(application, missing=[])

    assert is_due(application)


# --- forms -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", ["error_page", "drop_before", "error_before"])
def test_form_that_cannot_be_read_is_read_again_later_and_the_third_time_its_person_is_asked(
    ada: Applicant, boards: Employers, behaviour: str
) -> None:
    boards.plan("*", behaviour, at="form")
    application = queue(ada)

    for failures in (1, 2):
        application = prepare(application)
        assert (application.status, application.waits_for, application.missing) == ("parked", "form", [])
        assert application.harmless_failures == failures
        # A fifth less to a fifth more than 15 and 30 minutes.
        minutes = (application.next_at - application.moved_at) / timedelta(minutes=1)
        assert 12 * failures - 0.1 <= minutes <= 18 * failures + 0.1
        assert not is_due(application)
        make_due(application)

    application = prepare(application)

    assert (application.status, application.waits_for) == ("parked", "person")
    (lack,) = application.missing
    assert lack["code"] == "form_unreadable"
    assert lack["label"].endswith(".")
    assert application.moved_because == f"form:{lack['reason']}"
    assert not is_due(make_due(application))
    assert application.user_slot is not None


def test_form_that_can_be_read_after_all_goes_on_and_its_failures_are_forgotten(
    ada: Applicant, boards: Employers
) -> None:
    boards.plan("*", "error_before", at="form", times=1)
    application = prepare(queue(ada))
    assert application.waits_for == "form"

    application = prepare(make_due(application))

    assert (application.status, application.waits_for, application.harmless_failures) == ("review", "", 0)


def test_form_that_was_given_up_is_read_again_at_its_persons_word(ada: Applicant, boards: Employers) -> None:
    boards.plan("*", "error_before", at="form", times=3)
    application = queue(ada)
    for _try in range(3):
        application = prepare(make_due(application))
    assert application.waits_for == "person"

    with acting_as(ada.user.pk):
        prepare_again(application=application)

    assert prepare(application).status == "review"


def test_receiver_that_asks_to_wait_is_left_alone_for_all_applications(
    ada: Applicant, boards: Employers
) -> None:
    boards.plan("*", "throttled", at="form", retry_after=300, form="seconds", times=1)
    first, second = (open_job(company="Acme", posting=f"greedy-{n}") for n in range(2))

    application = prepare(queue(ada, first))

    wait = application.next_at - application.moved_at
    assert timedelta(seconds=299) < wait < timedelta(seconds=301)
    host = ReceiverHost.objects.get(host=application.host)
    assert host.next_at > application.moved_at + timedelta(seconds=299)
    assert host.busy_until is None
    # Another person's application to the same host does not even read its form.
    other = queue(make_applicant(mode=Rule.Mode.REVIEW), second)
    with as_role(WORKER_ROLE):
        packing.prepare(user_id=other.user_id, application_id=other.pk, worker="test")
    assert (read(other).status, read(other).waits_for) == ("preparing", "receiver")


def test_posting_that_is_gone_cancels_it(ada: Applicant, boards: Employers) -> None:
    boards.close("gone-1")

    application = prepare(queue(ada, open_job(posting="gone-1")))

    assert (application.status, application.moved_because) == ("cancelled", "posting_gone")
    assert (application.user_slot, application.moved_by) == (None, "receiver")


def test_job_that_names_another_opening_by_now_cancels_it(ada: Applicant, boards: Employers) -> None:
    application = queue(ada)
    change(application, job_url="")
    with as_role(WORKER_ROLE):
        Job.objects.update(apply_url="https://other.recruitee.com/o/other", url="")

    application = prepare(application)

    assert (application.status, application.moved_because) == ("cancelled", "posting_gone")


# --- what is missing ---------------------------------------------------------------------------------------------------


def park_for_salary(ada: Applicant, boards: Employers) -> Application:
    boards.form("salary-1", [SALARY])
    application = prepare(queue(ada, open_job(posting="salary-1")))
    assert (application.status, application.waits_for) == ("parked", "answer")
    return application


def test_required_question_without_an_answer_parks_with_the_question(
    ada: Applicant, boards: Employers
) -> None:
    application = park_for_salary(ada, boards)

    (lack,) = application.missing
    assert (lack["code"], lack["label"], lack["kind"]) == ("answer", "What salary do you want?", "text")
    assert application.moved_because == "missing:answer"
    assert kit_of(application).request_sha256 == ""
    assert boards.record.arrivals() == []


def test_answer_lets_it_go_on_and_is_what_leaves(boards: Employers) -> None:
    ada = make_applicant()
    application = park_for_salary(ada, boards)
    (lack,) = application.missing

    with acting_as(ada.user.pk):
        answers.answer_missing(
            application=application, values={lack["id"]: "65000 EUR"}, keep=True, at=timezone.now()
        )
        prepare_again(application=application)
    application = prepare(application)
    submit(make_due(application))

    assert read(application).status == "submitted"
    (arrival,) = boards.record.arrivals()
    assert "65000 EUR" in arrival.fields.values()


def test_trying_again_without_an_answer_parks_it_again(ada: Applicant, boards: Employers) -> None:
    application = park_for_salary(ada, boards)
    with acting_as(ada.user.pk):
        prepare_again(application=application)
    assert read(application).missing == []

    application = prepare(application)

    assert (application.status, [each["code"] for each in application.missing]) == ("parked", ["answer"])


def test_question_in_an_unknown_way_is_never_guessed(ada: Applicant, boards: Employers) -> None:
    boards.form("unseen-1", "unseen")

    application = prepare(queue(ada, open_job(posting="unseen-1")))

    assert (application.status, application.moved_because) == ("parked", "form:unknown_question")
    with acting_as(ada.user.pk):
        assert not Kit.objects.filter(application=application).exists()


# --- ways --------------------------------------------------------------------------------------------------------------


def test_key_that_was_revoked_meanwhile_makes_it_a_handoff(ada: Applicant, boards: Employers) -> None:
    job = open_job(system="greenhouse", posting="300001")
    enter_key(boards, job)
    application = queue(ada, job)
    assert application.channel == "greenhouse"
    with as_role(WORKER_ROLE):
        board = read_destination(apply_url=job.apply_url, url="", job_id="").board
        employer_keys.note_refusal(channel="greenhouse", board=board)

    application = prepare(application)

    assert (application.status, application.channel, application.channel_because) == (
        "review",
        "handoff",
        "no_key",
    )


def test_key_that_came_meanwhile_lets_relevnt_send_it(ada: Applicant, boards: Employers) -> None:
    job = open_job(system="greenhouse", posting="300002")
    application = queue(ada, job)
    change(application, channel="handoff")
    enter_key(boards, job)

    application = prepare(application)

    assert (application.status, application.channel) == ("review", "greenhouse")
    assert (application.channel_because, application.host) == ("has_key", "greenhouse")


def test_key_that_this_installation_cannot_read_waits_and_says_why(
    ada: Applicant, boards: Employers, settings: Any
) -> None:
    job = open_job(system="greenhouse", posting="300003")
    enter_key(boards, job)
    settings.ENCRYPTION_KEY = "5A3xbbBM5rFoQX1Ak1WWHrbNn2u0mT9zEmbbj0Ax6rM="

    application = prepare(queue(ada, job))

    assert (application.status, application.moved_because) == ("parked", "form:no_key")


def test_rule_that_asks_for_review_waits_for_its_person(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))

    assert (application.status, application.approved_at, application.lease_until) == ("review", None, None)
    assert len(kit_of(application).request_sha256) == 64


def test_rule_that_sends_by_itself_holds_for_as_long_as_its_person_wants(boards: Employers) -> None:
    application = prepare(queue(make_applicant(hold_minutes=45)))

    assert (application.status, application.moved_by, application.approved_by) == ("held", "rule", "rule")
    assert application.next_at == application.hold_until
    held_for = application.hold_until - application.approved_at
    assert held_for == timedelta(minutes=45)
    assert application.approved_sha256 == kit_of(application).request_sha256


def test_handoff_of_a_rule_that_sends_by_itself_waits_for_its_person(boards: Employers) -> None:
    application = prepare(queue(make_applicant(), open_job(system="site")))

    assert (application.status, application.channel, application.approved_at) == ("review", "handoff", None)


# --- what was approved -------------------------------------------------------------------------------------------------


def test_approved_kit_is_not_built_again(boards: Employers) -> None:
    boards.plan("*", "throttled", retry_after=1, form="seconds")
    ada = make_applicant(mode=Rule.Mode.REVIEW)
    application = prepare(queue(ada))
    with acting_as(ada.user.pk):
        Standing.objects.update(hold_minutes=0)
        approve(application=application, seen_sha256=kit_of(application).request_sha256)
    submit(make_due(application))
    assert read(application).status == "queued"
    built = kit_of(application).built_at
    # The form asks more by now; what was approved is what is tried again, without reading it.
    boards.form("*", [SALARY])
    boards.plan("*", "drop_before", at="form")
    let_wishes_be_over()

    application = prepare(make_due(application))

    assert (application.status, application.moved_because) == ("held", "approved_before")
    assert kit_of(application).built_at == built


def test_kit_that_is_not_what_was_approved_is_built_again(boards: Employers) -> None:
    application = prepare(queue(make_applicant()))
    change(application, approved_sha256="0" * 64)
    built = kit_of(application).built_at
    change(application, status="preparing", lease_until=Now() - timedelta(seconds=1))

    prepare(application)

    assert kit_of(application).built_at > built


# --- pace and leases ---------------------------------------------------------------------------------------------------


def test_form_is_read_at_the_pace_of_its_receiver(ada: Applicant, boards: Employers) -> None:
    application = queue(ada)
    with as_role(WORKER_ROLE):
        assert take_turn(application.host, interval=timedelta(), busy_for=timedelta(seconds=60)) is None

        packing.prepare(user_id=application.user_id, application_id=application.pk, worker="test")

    application = read(application)
    assert (application.status, application.waits_for) == ("preparing", "receiver")
    with acting_as(ada.user.pk):
        assert not Kit.objects.filter(application=application).exists()
    # As soon as the turn is given back, whoever looks begins anew.
    with as_role(WORKER_ROLE):
        ReceiverHost.objects.update(busy_until=None)
    change(application, lease_until=Now() - timedelta(seconds=1))
    assert prepare(application).status == "review"


def test_turn_is_given_back_after_a_form_was_read(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))

    assert ReceiverHost.objects.get(host=application.host).busy_until is None


def test_handoff_takes_no_turn(ada: Applicant, boards: Employers) -> None:
    prepare(queue(ada, open_job(system="site")))

    assert not ReceiverHost.objects.exists()


def test_lease_that_ended_lets_another_worker_begin_anew(ada: Applicant, boards: Employers) -> None:
    application = queue(ada)
    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        late = packing._take(application.pk, "stopped")
    assert late is not None
    assert prepare(application).status == "preparing"
    change(application, lease_until=Now() - timedelta(seconds=1))

    application = prepare(application)

    assert (application.status, application.worker) == ("review", "test")
    # The first one wakes up: nothing it has found counts.
    built = kit_of(application).built_at
    with as_role(WORKER_ROLE), pytest.raises(packing.Moved):
        packing._prepare(late)
    assert read(application).status == "review"
    assert kit_of(application).built_at == built


def test_application_that_is_cancelled_while_its_form_is_read_stays_cancelled(
    ada: Applicant, boards: Employers
) -> None:
    application = queue(ada)
    with as_role(WORKER_ROLE), acting_as(ada.user.pk):
        taken = packing._take(application.pk, "test")
    assert taken is not None
    with acting_as(ada.user.pk):
        cancel(application=application)
    change(application, lease_until=None)

    assert prepare(application).status == "cancelled"
    with as_role(WORKER_ROLE), pytest.raises(packing.Moved):
        packing._prepare(taken)
    with acting_as(ada.user.pk):
        assert not Kit.objects.filter(application=application).exists()


def test_prepare_gives_nothing_where_it_was_not_due(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))

    with as_role(WORKER_ROLE):
        again = packing.prepare(user_id=ada.user.pk, application_id=application.pk, worker="test")

    assert again is None


# --- what no gate lets through any more --------------------------------------------------------------------------------

LASTING = {
    "blocked": (lambda job: Rule.objects.update(exclude_companies=[job.company]), "employer_not_excluded"),
    "threshold": (lambda job: Rule.objects.update(match_score_threshold="95"), "threshold"),
    "dismissed": (lambda job: Match.objects.update(is_dismissed=True), "not_dismissed"),
    "rule deleted": (lambda job: Rule.objects.all().delete(), "rule_enabled"),
}


@pytest.mark.parametrize("what", LASTING)
def test_lasting_refusal_cancels_it_before_anything_is_read(
    ada: Applicant, boards: Employers, what: str
) -> None:
    close, gate = LASTING[what]
    application = queue(ada)
    with acting_as(ada.user.pk):
        close(application.job)

    application = prepare(application)

    assert (application.status, application.moved_because.partition(":")[0]) == ("cancelled", gate)
    assert application.user_slot is None
    assert not ReceiverHost.objects.exists()


@pytest.mark.parametrize("what", ["switched off", "paused"])
def test_refusal_that_may_pass_does_not_stop_preparing(ada: Applicant, boards: Employers, what: str) -> None:
    application = queue(ada)
    with acting_as(ada.user.pk):
        if what == "paused":
            Standing.objects.update(paused_at=Now())
        else:
            Rule.objects.update(enabled=False)

    assert prepare(application).status == "review"


# --- what a person wants without a rule --------------------------------------------------------------------------------


def test_application_that_a_person_wants_goes_all_the_way_without_a_place(boards: Employers) -> None:
    ada = make_applicant(max_applications_per_week=1)
    job = open_job()
    with acting_as(ada.user.pk):
        application = apply_by_hand(user=ada.user, job=job, persona=ada.persona)
    assert (application.status, application.origin, application.rule_id) == ("queued", "person", None)

    application = prepare(application)
    # Nobody approves it but its person, whatever their rules do by themselves.
    assert application.status == "review"
    with acting_as(ada.user.pk):
        approve(application=application, seen_sha256=kit_of(application).request_sha256)
    submit(make_due(application))

    application = read(application)
    assert (application.status, application.approved_by) == ("submitted", "person")
    assert (application.week_start, application.rule_slot, application.user_slot) == (None, None, None)
    (arrival,) = boards.record.arrivals()
    assert arrival.key == str(application.key)


def test_application_that_a_person_wants_needs_no_rule_at_all(boards: Employers) -> None:
    ada = make_applicant()
    with acting_as(ada.user.pk):
        Rule.objects.all().delete()
        application = apply_by_hand(user=ada.user, job=open_job(), persona=ada.persona)

    assert prepare(application).status == "review"


def test_preparing_holds_no_transaction_of_its_callers(ada: Applicant, boards: Employers) -> None:
    application = queue(ada)
    forget_pace()
    before = len(connection.savepoint_ids)

    prepare(application)

    assert len(connection.savepoint_ids) == before
