"""What a person does with an application: each step from where it may be taken, and from everywhere else a sentence and no change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from autoapply import applications, dispatch, fence, packing
from autoapply.applications import AppliedBefore, Moved, NothingToApplyTo
from autoapply.destination import read_destination
from autoapply.models import Application, ApplicationEvent, Fence, Kit, Log, Rule, Standing
from autoapply.states import STEPS
from autoapply.tracker import record_application
from matching.models import Job
from personas.identity import acting_as
from personas.models import User
from personas.row_security import WORKER_ROLE
from personas.services import Gone, Refused
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
from tests.autoapply.test_states import at
from tests.employers.server import Employers
from tests.factories import JobFactory, KitFactory, LogFactory, UserFactory
from tests.personas.test_races import as_person, at_once, while_open
from tests.roles import as_role

pytestmark = pytest.mark.django_db
SEEN = "a" * 64


@pytest.fixture
def ada() -> Applicant:
    """A person whose rule waits for their approval."""
    return make_applicant(mode=Rule.Mode.REVIEW)


def events_of(application: Application) -> list[tuple[str, str, str, str]]:
    with acting_as(application.user_id):
        rows = ApplicationEvent.objects.filter(application=application).order_by("pk")
        return list(rows.values_list("kind", "moved_to", "actor", "because"))


def row_of(application: Application) -> dict[str, Any]:
    with acting_as(application.user_id):
        (row,) = Application.objects.filter(pk=application.pk).values()
    return dict(row)


def seen_by(application: Application) -> str:
    with acting_as(application.user_id):
        return str(Kit.objects.get(application=application).request_sha256)


# --- from the wrong state ----------------------------------------------------------------------------------------------

Service = Callable[[Application], None]
SERVICES: dict[str, tuple[Service, set[str]]] = {
    "approve": (lambda a: applications.approve(application=a, seen_sha256=SEEN), {"review"}),
    "cancel": (
        lambda a: applications.cancel(application=a),
        {"queued", "preparing", "parked", "review", "held"},
    ),
    "withdraw": (lambda a: applications.withdraw(application=a), {"submitted"}),
    "confirm_sent": (lambda a: applications.confirm_sent(application=a), {"review"}),
    # A sender that is still at it says itself what came of it.
    "arrived": (lambda a: applications.resolve_doubt(application=a, arrived=True), {"unknown"}),
    "lost": (lambda a: applications.resolve_doubt(application=a, arrived=False), {"unknown"}),
    "again": (
        lambda a: applications.resolve_doubt(application=a, arrived=False, send_again=True),
        {"unknown"},
    ),
    "prepare_again": (lambda a: applications.prepare_again(application=a), {"parked"}),
    "look_again": (lambda a: applications.look_again(application=a), {"queued", "parked", "review", "held"}),
    "stand_behind": (
        lambda a: applications.stand_behind(application=a),
        {"queued", "preparing", "parked", "review", "held"},
    ),
}
WRONG = [(name, state) for name, (_do, right) in SERVICES.items() for state in STEPS if state not in right]
RIGHT = [(name, state) for name, (_do, right) in SERVICES.items() for state in sorted(right)]


def standing_at(user: User, state: str, service: str) -> Application:
    """An application that came there, with a kit, on a channel that the service is for."""
    channel = "handoff" if service == "confirm_sent" else "recruitee"
    application = at(user, state, channel=channel)
    KitFactory(application=application, request_sha256=SEEN)
    with acting_as(user.pk):
        Standing.objects.get_or_create(user=user)
    return application


@pytest.mark.parametrize(("service", "state"), WRONG)
def test_step_from_the_wrong_state_is_refused_with_a_sentence_and_changes_nothing(
    alice: User, service: str, state: str
) -> None:
    application = standing_at(alice, state, service)
    before, told = row_of(application), events_of(application)
    # Whoever asks has seen it somewhere else.
    application.status = sorted(SERVICES[service][1])[0]

    with acting_as(alice.pk), pytest.raises(Moved) as refused:
        SERVICES[service][0](application)

    assert all(sentence.endswith(".") for each in refused.value.faults.values() for sentence in each)
    assert row_of(application) == before
    assert events_of(application) == told


@pytest.mark.parametrize(("service", "state"), RIGHT)
def test_step_from_a_right_state_is_taken_whatever_was_seen(alice: User, service: str, state: str) -> None:
    application = standing_at(alice, state, service)
    before = row_of(application)
    application.status = "withdrawn"

    with acting_as(alice.pk):
        SERVICES[service][0](application)

    assert service == "stand_behind" or row_of(application) != before


@pytest.mark.parametrize("service", SERVICES)
def test_step_of_an_application_that_is_gone_says_so(alice: User, bob: User, service: str) -> None:
    application = standing_at(bob, "review", service)

    with acting_as(alice.pk), pytest.raises(Gone):
        SERVICES[service][0](application)


# --- approving and cancelling ------------------------------------------------------------------------------------------


def test_approval_holds_it_for_as_long_as_its_person_wants(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    with acting_as(ada.user.pk):
        Standing.objects.update(hold_minutes=30)

        applications.approve(application=application, seen_sha256=seen_by(application))

    application = read(application)
    assert (application.status, application.moved_by, application.moved_because) == (
        "held",
        "person",
        "approved",
    )
    assert application.approved_by == "person"
    assert application.approved_sha256 == seen_by(application)
    assert application.hold_until - application.approved_at == timedelta(minutes=30)
    assert application.next_at == application.hold_until


@pytest.mark.parametrize("seen", ["", "0" * 64, SEEN[:-1]])
def test_approval_of_something_else_is_refused(alice: User, seen: str) -> None:
    application = standing_at(alice, "review", "approve")
    before = row_of(application)

    with acting_as(alice.pk), pytest.raises(Refused) as refused:
        applications.approve(application=application, seen_sha256=seen)

    assert refused.value.faults == {
        "status": ["What would be sent has changed since you looked. Look at it again."]
    }
    assert row_of(application) == before


@pytest.mark.parametrize("channel", ["handoff", "record"])
def test_what_the_person_sends_is_not_approved(alice: User, channel: str) -> None:
    application = at(alice, "review", channel=channel)
    KitFactory(application=application, request_sha256=SEEN)

    with acting_as(alice.pk), pytest.raises(Refused):
        applications.approve(application=application, seen_sha256=SEEN)

    assert read(application).status == "review"


def test_kit_that_cannot_be_sent_is_not_approved(alice: User) -> None:
    application = at(alice, "review", channel="recruitee")
    KitFactory(application=application)

    with acting_as(alice.pk), pytest.raises(Refused):
        applications.approve(application=application, seen_sha256="")

    assert read(application).status == "review"


def test_cancelling_frees_the_place_and_sends_nothing(boards: Employers) -> None:
    application = prepare(queue(make_applicant(hold_minutes=60)))
    assert application.user_slot == 1

    with acting_as(application.user_id):
        applications.cancel(application=application)
    submit(make_due(application))

    application = read(application)
    assert (application.status, application.rule_slot, application.user_slot, application.week_start) == (
        "cancelled",
        None,
        None,
        None,
    )
    assert boards.record.arrivals() == []


# --- withdrawing -------------------------------------------------------------------------------------------------------


def test_withdrawing_withdraws_the_log_and_the_stage(boards: Employers) -> None:
    application = go(queue(make_applicant()))
    with acting_as(application.user_id):
        applications.withdraw(application=application)

    application = read(application)
    assert (application.status, application.stage, application.moved_because) == (
        "withdrawn",
        "withdrawn",
        "withdrawn",
    )
    with acting_as(application.user_id):
        log = Log.objects.get(application=application)
    assert (log.status, log.withdrawn_at) == ("withdrawn", application.moved_at)
    assert events_of(application)[-2:] == [
        ("status", "withdrawn", "person", "withdrawn"),
        ("stage", "withdrawn", "person", "withdrawn"),
    ]
    # It was sent: its place of the week stays taken.
    assert application.user_slot is not None


def test_withdrawing_by_the_log_withdraws_its_application(boards: Employers) -> None:
    application = go(queue(make_applicant()))
    with acting_as(application.user_id):
        applications.withdraw_log(log=Log.objects.get())
        assert Log.objects.get().status == "withdrawn"

    assert (read(application).status, read(application).stage) == ("withdrawn", "withdrawn")


def test_withdrawing_an_entry_of_another_tool_changes_the_entry_alone(alice: User) -> None:
    log = LogFactory(user=alice, job=JobFactory())
    with acting_as(alice.pk):
        applications.withdraw_log(log=log)

        kept = Log.objects.get()
    assert kept.status == "withdrawn"
    assert kept.withdrawn_at is not None


@pytest.mark.parametrize("status", ["failed", "withdrawn"])
def test_entry_that_was_not_submitted_cannot_be_withdrawn(alice: User, status: str) -> None:
    log = LogFactory(user=alice, status="submitted" if status == "withdrawn" else status)
    with acting_as(alice.pk):
        if status == "withdrawn":
            applications.withdraw_log(log=log)
        before = Log.objects.values().get()

        with pytest.raises(Moved):
            applications.withdraw_log(log=log)

        assert Log.objects.values().get() == before


def test_entry_whose_application_failed_cannot_be_withdrawn(boards: Employers) -> None:
    boards.plan("*", "refused", status=422)
    application = go(queue(make_applicant()))
    with acting_as(application.user_id), pytest.raises(Moved):
        applications.withdraw_log(log=Log.objects.get())

    assert read(application).status == "failed"


# --- what the person sends ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["site", "lever"])
def test_kit_that_was_handed_over_is_sent_by_the_persons_word(
    ada: Applicant, boards: Employers, system: str
) -> None:
    application = prepare(queue(ada, open_job(system=system)))
    assert application.channel == "handoff"

    with acting_as(ada.user.pk):
        applications.confirm_sent(application=application)

    application = read(application)
    assert (application.status, application.stage, application.resolved_by) == (
        "submitted",
        "applied",
        "person",
    )
    assert application.sent_at is not None
    assert application.submission_url == application.job_url
    assert application.user_slot is not None
    with acting_as(ada.user.pk):
        assert Log.objects.get().status == "submitted"
    assert boards.record.arrivals() == []
    assert [each for each in events_of(application) if each[1] == "submitted"] == [
        ("status", "submitted", "person", "sent_by_person")
    ]


def test_kit_of_last_week_takes_a_place_of_the_week_in_which_it_was_sent(
    ada: Applicant, boards: Employers
) -> None:
    application = prepare(queue(ada, open_job(system="site")))
    this_week = application.week_start
    application = change(application, week_start=this_week - timedelta(days=7), rule_slot=3, user_slot=4)

    with acting_as(ada.user.pk):
        applications.confirm_sent(application=application)

    application = read(application)
    assert (application.week_start, application.rule_slot, application.user_slot) == (this_week, 1, 1)


def test_kit_of_last_week_is_sent_though_this_week_is_full(boards: Employers) -> None:
    ada = make_applicant(max_applications_per_week=1)
    application = prepare(queue(ada, open_job(system="site")))
    last_week = application.week_start - timedelta(days=7)
    application = change(application, week_start=last_week)
    with acting_as(ada.user.pk):
        Rule.objects.update(max_applications_per_week=2)
    go(queue(ada))
    with acting_as(ada.user.pk):
        Rule.objects.update(max_applications_per_week=1)

    with acting_as(ada.user.pk):
        applications.confirm_sent(application=application)

    application = read(application)
    assert (application.status, application.week_start) == ("submitted", last_week)


def test_what_relevnt_sends_is_not_confirmed_by_its_person(ada: Applicant, boards: Employers) -> None:
    application = prepare(queue(ada))
    before = row_of(application)

    with acting_as(ada.user.pk), pytest.raises(Refused):
        applications.confirm_sent(application=application)

    assert row_of(application) == before


# --- doubts ------------------------------------------------------------------------------------------------------------

WORDS = {
    "arrived": ({"arrived": True}, "submitted", "arrived", True),
    "lost": ({"arrived": False}, "failed", "not_arrived", False),
    "again": ({"arrived": False, "send_again": True}, "queued", "send_again", True),
}


@pytest.mark.parametrize("word", WORDS)
def test_doubt_ends_by_its_persons_word(boards: Employers, word: str) -> None:
    said, status, because, holds = WORDS[word]
    boards.plan("*", "error_before", status=500, times=1)
    application = go(queue(make_applicant()))
    assert application.status == "unknown"

    with acting_as(application.user_id):
        applications.resolve_doubt(application=application, **said)

    application = read(application)
    assert (application.status, application.moved_by, application.moved_because) == (
        status,
        "person",
        because,
    )
    assert application.resolved_by == "person"
    assert application.resolved_at is not None
    assert (application.user_slot is not None) == holds
    with acting_as(application.user_id):
        logged = list(Log.objects.values_list("status", flat=True))
    assert logged == ([] if word == "again" else [status])


def test_doubt_that_is_sent_again_arrives_as_it_was_approved(boards: Employers) -> None:
    boards.plan("*", "error_before", status=500, times=1)
    application = go(queue(make_applicant()))
    approved = application.approved_sha256
    with acting_as(application.user_id):
        applications.resolve_doubt(application=application, arrived=False, send_again=True)

    application = go(make_due(application))

    assert (application.status, application.sent_sha256, application.attempt) == ("submitted", approved, 2)
    assert len(boards.record.arrivals()) == 1


# --- preparing again ---------------------------------------------------------------------------------------------------


def test_looking_again_takes_the_approval_away_and_builds_it_anew(boards: Employers) -> None:
    ada = make_applicant(hold_minutes=60, mode=Rule.Mode.REVIEW)
    application = prepare(queue(ada))
    with acting_as(ada.user.pk):
        applications.approve(application=application, seen_sha256=seen_by(application))
        built = Kit.objects.get().built_at
        User.objects.filter(pk=ada.user.pk).update(display_name="Ada King")

        applications.look_again(application=application)
    assert (read(application).status, read(application).approved_sha256) == ("preparing", "")
    # It is not sent meanwhile.
    submit(make_due(application))
    assert read(application).status == "preparing"

    application = prepare(application)

    assert application.status == "review"
    with acting_as(ada.user.pk):
        kit = Kit.objects.get()
    assert kit.built_at > built
    assert {"Ada King"} == {each["value"] for each in kit.fields if each["name"] == "name"}
    assert boards.record.arrivals() == []


def test_preparing_again_forgets_what_was_missing(alice: User) -> None:
    application = at(alice, "parked", waits_for="answer", missing=[{"code": "resume", "label": "No résumé."}])
    change(application, next_at=Now() + timedelta(hours=1))

    with acting_as(alice.pk):
        applications.prepare_again(application=application)

        assert Application.objects.filter(packing.due_to_prepare()).get() == application
    assert (read(application).missing, read(application).waits_for) == ([], "")


# --- after a restore ---------------------------------------------------------------------------------------------------


def restore() -> int:
    with as_role(WORKER_ROLE):
        fence.raise_fence(because="asked")
        fence.lift_fence()
        return int(Fence.objects.values_list("epoch", flat=True).get(pk=1))


def test_word_after_a_restore_lets_it_go_on(boards: Employers) -> None:
    application = prepare(queue(make_applicant()))
    epoch = restore()
    assert submit(application) is None
    assert read(application).waits_for == "fence_lifted"

    with acting_as(application.user_id):
        applications.stand_behind(application=application)

    application = read(application)
    assert (application.fence_epoch, application.waits_for) == (epoch, "")
    submit(application)
    assert read(application).status == "submitted"


def test_word_after_a_restore_does_not_cut_the_hold_short(boards: Employers) -> None:
    application = prepare(queue(make_applicant(hold_minutes=60)))
    restore()

    with acting_as(application.user_id):
        applications.stand_behind(application=application)

    application = read(application)
    assert application.next_at == application.hold_until
    assert submit(application) is None
    assert boards.record.arrivals() == []


def test_word_after_a_restore_answers_no_question(alice: User) -> None:
    missing = [{"code": "resume", "label": "No résumé."}]
    application = at(alice, "parked", waits_for="answer", missing=missing)
    epoch = restore()

    with acting_as(alice.pk):
        applications.stand_behind(application=application)

    application = read(application)
    assert (application.fence_epoch, application.waits_for, application.missing) == (epoch, "answer", missing)


# --- without a rule ----------------------------------------------------------------------------------------------------


def begin(applicant: Applicant, job: Job) -> Application:
    with acting_as(applicant.user.pk):
        return applications.apply_by_hand(user=applicant.user, job=job, persona=applicant.persona)


def test_application_by_hand_is_queued_with_what_it_is_for(ada: Applicant) -> None:
    restore()
    job = open_job(title="Data engineer", company="Acme")

    application = begin(ada, job)

    assert (application.status, application.origin, application.moved_because) == (
        "queued",
        "person",
        "wanted",
    )
    assert (application.job_title, application.company, application.company_key) == (
        "Data engineer",
        "Acme",
        "acme",
    )
    assert (application.channel, application.channel_because, application.job_url) == (
        "recruitee",
        "open",
        job.apply_url,
    )
    assert application.fence_epoch == 1
    assert events_of(application) == [("status", "queued", "person", "wanted")]


def test_person_without_any_rule_may_begin(alice: User) -> None:
    job = open_job()
    with acting_as(alice.pk):
        application = applications.apply_by_hand(user=alice, job=job, persona=None)

        assert Standing.objects.get().user_id == alice.pk
    assert application.persona_id is None


def test_second_application_to_a_job_is_the_first(ada: Applicant) -> None:
    job = open_job()
    first = begin(ada, job)

    with pytest.raises(AppliedBefore) as before:
        begin(ada, job)

    assert before.value.application == first
    assert before.value.faults["job"][0].endswith(".")


def test_second_posting_of_one_opening_is_the_first(ada: Applicant) -> None:
    first = begin(ada, open_job(company="Acme", posting="one"))
    again = open_job(company="Acme", posting="one")

    with pytest.raises(AppliedBefore) as before:
        begin(ada, again)

    assert before.value.application == first


def test_cancelled_application_is_still_the_one_there_is(ada: Applicant) -> None:
    job = open_job()
    first = begin(ada, job)
    with acting_as(ada.user.pk):
        applications.cancel(application=first)

    with pytest.raises(AppliedBefore):
        begin(ada, job)


def test_job_that_is_closed_is_not_begun(ada: Applicant) -> None:
    job = open_job()
    with as_role(WORKER_ROLE):
        Job.objects.update(closed_at=Now())

    with pytest.raises(NothingToApplyTo):
        begin(ada, job)

    with acting_as(ada.user.pk):
        assert not Application.objects.exists()


def test_posting_without_an_address_is_not_begun_and_can_still_be_noted(ada: Applicant) -> None:
    job = JobFactory(apply_url="", url="")

    with pytest.raises(NothingToApplyTo) as refused:
        begin(ada, job)

    assert "names no address" in refused.value.faults["job"][0]
    with acting_as(ada.user.pk):
        assert record_application(user=ada.user, sent_on=timezone.localdate(), at=timezone.now(), job=job)


def test_job_that_closes_after_it_was_begun_ends_it_with_the_reason(
    ada: Applicant, boards: Employers
) -> None:
    application = begin(ada, open_job())
    with as_role(WORKER_ROLE):
        Job.objects.update(closed_at=Now())

    application = prepare(application)

    assert (application.status, application.moved_because) == ("cancelled", "job_open:closed")


# --- at once -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["claim", "cancel"])
def test_of_claiming_and_cancelling_exactly_one_wins(boards: Employers, first: str) -> None:
    application = prepare(queue(make_applicant()))
    forget_pace()
    lost: list[str] = []

    def claim() -> None:
        with as_role(WORKER_ROLE):
            if dispatch._claim(application.pk, "test") is None:
                lost.append("claim")

    def cancel() -> None:
        try:
            applications.cancel(application=read(application))
        except Moved:
            lost.append("cancel")

    works = {"claim": claim, "cancel": cancel}
    (second,) = set(works) - {first}
    while_open(application.user, works[first], as_person(application.user, works[second]))

    assert lost == [second]
    assert read(application).status == {"claim": "submitting", "cancel": "cancelled"}[first]


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_are_one(boards: Employers) -> None:
    application = prepare(queue(make_applicant(mode=Rule.Mode.REVIEW)))
    seen, refused = seen_by(application), []

    def approve() -> None:
        try:
            applications.approve(application=read(application), seen_sha256=seen)
        except Moved:
            refused.append(1)

    at_once(application.user, approve, approve)

    assert refused == [1]
    assert [each[1] for each in events_of(application)].count("held") == 1


@pytest.mark.django_db(transaction=True)
def test_two_beginnings_at_once_are_one_application(transactional_db: None) -> None:
    user, job, before = UserFactory(), open_job(), []

    def begin_it() -> None:
        try:
            applications.apply_by_hand(user=user, job=job, persona=None)
        except AppliedBefore as applied:
            before.append(applied.application.pk)

    at_once(user, begin_it, begin_it, begin_it)

    with acting_as(user.pk):
        application = Application.objects.get()
    assert before == [application.pk] * 2


@pytest.mark.django_db(transaction=True)
def test_beginning_beside_another_posting_that_takes_no_turn_finds_it(transactional_db: None) -> None:
    user, job = UserFactory(), open_job()
    key = read_destination(apply_url=job.apply_url, url=job.url, job_id=str(job.pk)).apply_key

    def note_elsewhere() -> None:
        Application.objects.create(
            user=user,
            job=job,
            origin="person",
            channel="record",
            apply_key=key,
            job_title="x",
            moved_by="person",
        )

    def begin_it() -> Any:
        try:
            return applications.apply_by_hand(user=user, job=job, persona=None)
        except AppliedBefore as applied:
            return applied.application.job_title

    assert while_open(user, note_elsewhere, as_person(user, begin_it)) == "x"
