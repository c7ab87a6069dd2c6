"""What a person keeps about applications: stages and their events, what was sent elsewhere, notes, contacts, follow-ups."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from autoapply import tracker
from autoapply.application_list import read_board, read_progress, read_suggestions
from autoapply.models import Application, ApplicationEvent, Contact, FollowUp, Log, Note
from autoapply.timeline import STATUS_WORDS, Entry, tell_story
from autoapply.weeks import zone_of
from personas.identity import assume
from personas.models import Persona, User
from personas.services import Gone, Refused, ValuesRefused
from tests.autoapply.test_states import WAYS, step
from tests.factories import (
    ApplicationFactory,
    FollowUpFactory,
    JobFactory,
    MatchFactory,
    NoteFactory,
    PersonaFactory,
)

TODAY = date(2026, 3, 2)
BERLIN = "Europe/Berlin"


@pytest.fixture
def owner(alice: User) -> User:
    """Alice, for whom the test acts."""
    alice.time_zone = BERLIN
    assume(alice.pk)
    return alice


@pytest.fixture
def sent(owner: User, now: datetime) -> Application:
    """An application that Alice sent elsewhere and noted."""
    return record(owner, now)


def record(owner: User, now: datetime, **given: Any) -> Application:
    values = {"title": "Data Engineer", "company": "Acme GmbH", "url": "", **given.pop("values", {})}
    if given.get("job"):
        values = {}
    return tracker.record_application(
        user=owner, at=now, sent_on=given.pop("sent_on", TODAY), values=values, **given
    )


def steps_of(application: Application) -> list[tuple[str, str, str, str, str]]:
    events = ApplicationEvent.objects.filter(application=application).order_by("pk")
    return list(events.values_list("kind", "moved_from", "moved_to", "actor", "because"))


def faults_of(change: Callable[[], Any], kind: type[Refused] = ValuesRefused) -> dict[str, list[str]]:
    with pytest.raises(kind) as refused:
        change()
    return dict(refused.value.faults)


# --- sent elsewhere --------------------------------------------------------------------------------------------------


def test_application_sent_elsewhere_is_kept_as_sent_by_the_person(owner: User, now: datetime) -> None:
    application = record(owner, now, sent_on=date(2026, 2, 20))

    application.refresh_from_db()
    assert (application.status, application.stage) == ("submitted", "applied")
    assert (application.origin, application.channel, application.resolved_by) == (
        "person",
        "record",
        "person",
    )
    assert (application.company, application.company_key) == ("Acme GmbH", "acme")
    # Noon in Berlin.
    assert application.sent_at == application.stage_at == datetime(2026, 2, 20, 11, tzinfo=UTC)
    assert application.apply_key.startswith("typed:")
    assert steps_of(application) == [
        ("status", "", "submitted", "person", "recorded"),
        ("stage", "", "applied", "person", "recorded"),
    ]
    assert Log.objects.get(application=application).status == "submitted"
    assert (application.week_start, application.user_slot) == (None, None)


def test_application_of_today_was_not_sent_later_than_now(owner: User) -> None:
    morning = datetime(2026, 3, 2, 6, tzinfo=UTC)

    assert record(owner, morning).sent_at == morning


def test_application_to_a_known_job_takes_its_facts(owner: User, now: datetime) -> None:
    persona = PersonaFactory(user=owner)
    job = JobFactory(
        title="Engineer",
        company="Acme",
        company_key="acme",
        apply_url="https://boards.greenhouse.io/acme/jobs/123",
    )
    MatchFactory(persona=persona, job=job, match_score="81.50")
    assume(owner.pk)

    application = record(owner, now, job=job, persona=persona)

    assert (application.job_id, application.persona_id) == (job.pk, persona.pk)
    assert (application.job_title, application.company, application.company_key) == (
        "Engineer",
        "Acme",
        "acme",
    )
    assert application.apply_key == "greenhouse:acme/123"
    assert str(application.match_score) == "81.50"


def test_second_application_to_a_job_is_refused_and_leads_to_the_first(owner: User, now: datetime) -> None:
    job = JobFactory()
    first = record(owner, now, job=job)

    with pytest.raises(tracker.AlreadyApplied) as refused:
        record(owner, now, job=job)

    assert refused.value.application == first
    assert Application.objects.count() == 1
    # The transaction goes on.
    assert connection.cursor().execute("SELECT 1")


def test_same_opening_on_another_board_is_refused_too(owner: User, now: datetime) -> None:
    first = record(owner, now, values={"url": "https://boards.greenhouse.io/acme/jobs/123?utm_source=x"})
    again = JobFactory(apply_url="https://job-boards.greenhouse.io/acme/jobs/123")
    assume(owner.pk)

    assert tracker.find_application(user=owner, job=again) == first
    with pytest.raises(tracker.AlreadyApplied) as refused:
        record(owner, now, job=again)
    assert refused.value.application == first


@pytest.mark.parametrize(
    "url",
    [
        "https://jobs.lever.co/acme/" + "x" * 1900,
        "https://jobs.lever.co/acme/a%00b",
        "https://example.com/jobs?id=%00&q=%ff",
        "https://example.com/" + "x" * 1900,
    ],
)
def test_strange_address_is_kept_as_it_was_typed(owner: User, now: datetime, url: str) -> None:
    application = record(owner, now, values={"url": url})

    assert application.job_url == url
    with pytest.raises(tracker.AlreadyApplied):
        record(owner, now, values={"url": url})


def test_persona_that_is_deleted_meanwhile_is_refused(owner: User, now: datetime) -> None:
    persona = PersonaFactory(user=owner)
    assume(owner.pk)
    Persona.objects.filter(pk=persona.pk).delete()

    faults = faults_of(lambda: record(owner, now, persona=persona))

    assert list(faults) == ["persona"]


def test_what_was_sent_by_a_rule_is_found(owner: User, now: datetime) -> None:
    job = JobFactory()
    queued = ApplicationFactory(user=owner, job=job)
    assume(owner.pk)

    with pytest.raises(tracker.AlreadyApplied) as refused:
        record(owner, now, job=job)
    assert refused.value.application == queued


def test_two_typed_applications_without_an_address_are_two(owner: User, now: datetime) -> None:
    record(owner, now)
    record(owner, now)

    assert Application.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "sent_on", "field", "words"),
    [
        ({"title": " "}, TODAY, "title", "Say what the job is called."),
        ({"title": "x" * 256}, TODAY, "title", "at most 255"),
        ({"title": "nul\0"}, TODAY, "title", "NUL"),
        ({"company": "x" * 256}, TODAY, "company", "at most 255"),
        ({"url": "javascript:alert(1)"}, TODAY, "url", "https://"),
        ({"url": "https://"}, TODAY, "url", "https://"),
        ({"url": "https://[half"}, TODAY, "url", "https://"),
        ({"url": "https://a b"}, TODAY, "url", "no blanks"),
        ({"url": "https://a.example/" + "x" * 2000}, TODAY, "url", "at most 2000"),
        ({}, date(2026, 3, 3), "sent_on", "still ahead"),
        ({}, date(1999, 12, 31), "sent_on", "from the year 2000 on"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_mend(
    owner: User, now: datetime, values: dict[str, str], sent_on: date, field: str, words: str
) -> None:
    faults = faults_of(lambda: record(owner, now, values=values, sent_on=sent_on))

    assert list(faults) == [field]
    assert words in faults[field][0]
    assert not Application.objects.exists()


def test_today_is_the_day_of_the_persons_own_calendar(owner: User) -> None:
    # In Berlin it is already the 3rd.
    assert record(owner, datetime(2026, 3, 2, 23, 30, tzinfo=UTC), sent_on=date(2026, 3, 3))


# --- stages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [each for each in Application.Stage.values if each != "applied"])
def test_person_sets_any_stage_and_it_is_recorded_as_theirs(sent: Application, stage: str) -> None:
    before = sent.stage_at

    moved = tracker.set_stage(application=sent, stage=stage, today=TODAY)

    assert moved.stage == stage
    assert moved.stage_at > before
    assert moved.status == "submitted"
    assert steps_of(sent)[-1] == ("stage", "applied", stage, "person", "")


def test_several_stages_within_one_transaction_have_events_of_their_own(sent: Application) -> None:
    for stage in ("screening", "interview", "offer"):
        tracker.set_stage(application=sent, stage=stage, today=TODAY)

    assert [each[2:4] for each in steps_of(sent)[2:]] == [
        ("screening", "person"),
        ("interview", "person"),
        ("offer", "person"),
    ]


def test_same_stage_again_is_no_step(sent: Application) -> None:
    tracker.set_stage(application=sent, stage="applied", today=TODAY)

    assert len(steps_of(sent)) == 2


def test_day_of_an_interview_becomes_a_follow_up(sent: Application) -> None:
    tracker.set_stage(application=sent, stage="interview", today=TODAY, day=TODAY + timedelta(days=4))

    planned = FollowUp.objects.get(application=sent)
    assert (planned.due_on, planned.what) == (TODAY + timedelta(days=4), "Interview")


def test_second_interview_day_is_planned_beside_the_first(sent: Application) -> None:
    for days in (4, 9):
        tracker.set_stage(application=sent, stage="interview", today=TODAY, day=TODAY + timedelta(days=days))

    assert FollowUp.objects.filter(application=sent).count() == 2


@pytest.mark.parametrize("stage", ["accepted", "rejected", "ghosted", "withdrawn"])
def test_stage_that_ends_has_no_day_ahead(sent: Application, stage: str) -> None:
    faults = faults_of(lambda: tracker.set_stage(application=sent, stage=stage, today=TODAY, day=TODAY))

    assert list(faults) == ["day"]
    assert len(steps_of(sent)) == 2


@pytest.mark.parametrize(
    ("stage", "day", "field"),
    [("", None, "stage"), ("hired", None, "stage"), ("offer", TODAY - timedelta(days=1), "day")],
)
def test_stage_or_day_that_is_none_is_refused(
    sent: Application, stage: str, day: date | None, field: str
) -> None:
    assert list(
        faults_of(lambda: tracker.set_stage(application=sent, stage=stage, today=TODAY, day=day))
    ) == [field]


@pytest.mark.parametrize("status", WAYS)
def test_stage_begins_when_nothing_is_on_its_way_any_more(owner: User, status: str) -> None:
    application = ApplicationFactory(user=owner)
    assume(owner.pk)
    for each in WAYS[status]:
        step(application, each)

    if status in tracker.ON_ITS_WAY:
        faults = faults_of(
            lambda: tracker.set_stage(application=application, stage="applied", today=TODAY),
            tracker.StageRefused,
        )
        assert list(faults) == ["stage"]
    else:
        assert tracker.set_stage(application=application, stage="applied", today=TODAY).stage == "applied"
    application.refresh_from_db()
    assert application.status == status


def test_stage_of_somebody_elses_application_is_not_there(sent: Application, charlie: User) -> None:
    assume(charlie.pk)

    with pytest.raises(Gone):
        tracker.set_stage(application=sent, stage="offer", today=TODAY)


# --- what stands beside ----------------------------------------------------------------------------------------------


def test_notes_contacts_and_follow_ups_are_kept_and_deleted(sent: Application, now: datetime) -> None:
    note = tracker.add_note(application=sent, body=" Called them.\n\nThey liked it. ")
    contact = tracker.add_contact(
        application=sent, values={"name": "Grace  Hopper", "email": "g@example.com"}
    )
    planned = tracker.add_follow_up(application=sent, due_on=TODAY, what="Ask", today=TODAY)

    tracker.edit_contact(contact=contact, values={"role": "Head of hiring"})
    tracker.finish_follow_up(follow_up=planned, done=True, at=now)

    assert note.body == "Called them.\n\nThey liked it."
    kept = Contact.objects.get()
    assert (kept.name, kept.role, kept.email) == ("Grace Hopper", "Head of hiring", "g@example.com")
    assert FollowUp.objects.get().done_at == now
    tracker.finish_follow_up(follow_up=planned, done=True, at=now + timedelta(days=1))
    assert FollowUp.objects.get().done_at == now, "what is done keeps its time"
    tracker.finish_follow_up(follow_up=planned, done=False, at=now)
    assert FollowUp.objects.get().done_at is None

    tracker.delete_note(note=note)
    tracker.delete_contact(contact=contact)
    tracker.delete_follow_up(follow_up=planned)
    assert not any(model.objects.exists() for model in (Note, Contact, FollowUp))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda it: tracker.add_note(application=it, body="  "), "body"),
        (lambda it: tracker.add_note(application=it, body="x" * 5001), "body"),
        (lambda it: tracker.add_note(application=it, body="\ud800"), "body"),
        (lambda it: tracker.add_contact(application=it, values={"name": ""}), "name"),
        (lambda it: tracker.add_contact(application=it, values={"name": "A", "email": "no"}), "email"),
        (lambda it: tracker.add_contact(application=it, values={"name": "A", "phone": "1" * 51}), "phone"),
        (
            lambda it: tracker.add_follow_up(application=it, due_on=TODAY, what=" ", today=TODAY),
            "what",
        ),
        (
            lambda it: tracker.add_follow_up(
                application=it, due_on=TODAY - timedelta(days=1), what="x", today=TODAY
            ),
            "due_on",
        ),
        (
            lambda it: tracker.add_follow_up(
                application=it, due_on=TODAY + timedelta(days=3661), what="x", today=TODAY
            ),
            "due_on",
        ),
    ],
)
def test_what_cannot_stand_beside_is_refused(
    sent: Application, change: Callable[[Application], Any], field: str
) -> None:
    assert list(faults_of(lambda: change(sent))) == [field]


@pytest.mark.parametrize(
    ("name", "limit", "add"),
    [
        ("MAX_NOTES", 200, lambda it: tracker.add_note(application=it, body="x")),
        ("MAX_CONTACTS", 30, lambda it: tracker.add_contact(application=it, values={"name": "x"})),
        (
            "MAX_FOLLOW_UPS",
            100,
            lambda it: tracker.add_follow_up(application=it, due_on=TODAY, what="x", today=TODAY),
        ),
    ],
)
def test_there_are_as_many_as_there_can_be_and_no_more(
    sent: Application, name: str, limit: int, add: Callable[[Application], Any]
) -> None:
    assert getattr(tracker, name) == limit
    first = add(sent)
    model, fields = type(first), {f.attname: getattr(first, f.attname) for f in type(first)._meta.fields}
    fields = {key: value for key, value in fields.items() if key not in ("id", "created_at")}
    model.objects.bulk_create([model(**fields) for _number in range(limit - 1)])

    faults = faults_of(lambda: add(sent), tracker.TooMany)

    assert str(limit) in next(iter(faults.values()))[0]
    assert model.objects.filter(application=sent).count() == limit


def test_limit_of_one_application_is_not_that_of_another(owner: User, now: datetime) -> None:
    one, other = record(owner, now), record(owner, now)
    Contact.objects.bulk_create([Contact(user=owner, application=one, name="x") for _ in range(30)])

    assert tracker.add_contact(application=other, values={"name": "x"})


def test_what_was_deleted_meanwhile_is_gone(sent: Application, charlie: User, now: datetime) -> None:
    contact = tracker.add_contact(application=sent, values={"name": "x"})
    planned = tracker.add_follow_up(application=sent, due_on=TODAY, what="x", today=TODAY)
    tracker.delete_contact(contact=contact)
    tracker.delete_follow_up(follow_up=planned)

    with pytest.raises(Gone):
        tracker.edit_contact(contact=contact, values={"name": "y"})
    with pytest.raises(Gone):
        tracker.finish_follow_up(follow_up=planned, done=True, at=now)
    assume(charlie.pk)
    with pytest.raises(Gone):
        tracker.add_note(application=sent, body="x")
    with pytest.raises(Gone):
        tracker.wait_longer(application=sent, today=TODAY)


# --- the story -------------------------------------------------------------------------------------------------------


def told_of(application: Application) -> list[Entry]:
    return tell_story(
        events=ApplicationEvent.objects.filter(application=application),
        notes=Note.objects.filter(application=application),
    )


def story_of(application: Application) -> list[tuple[str, str]]:
    return [(entry.text, entry.actor) for entry in told_of(application)]


def test_story_tells_steps_and_notes_the_newest_first(sent: Application) -> None:
    tracker.set_stage(application=sent, stage="interview", today=TODAY)
    Note.objects.create(
        user_id=sent.user_id,
        application=sent,
        body="They called.",
        created_at=sent.stage_at + timedelta(hours=1),
    )
    tracker.set_stage(application=sent, stage="ghosted", today=TODAY, because=tracker.SUGGESTED)

    assert sorted(story_of(sent)) == sorted(
        [
            ("They called.", ""),
            (
                "Stage moved from “interview” to “no answer”.",
                "you",
            ),
            ("Stage moved from “applied” to “interview”.", "you"),
            ("Sent. Stage: “applied”.", "you"),
        ]
    )
    assert story_of(sent)[-1][0].startswith("Sent.")
    assert story_of(sent)[0] == ("They called.", "")
    assert [entry.why for entry in told_of(sent)] == [
        "",
        "nothing new had come",
        "",
        "you noted that you sent it",
    ]


def test_story_has_words_for_every_state(owner: User) -> None:
    assert set(STATUS_WORDS) == set(Application.Status.values)
    application = ApplicationFactory(user=owner)
    assume(owner.pk)
    for each in WAYS["withdrawn"]:
        step(application, each)

    told = story_of(application)

    assert len(told) == 1 + len(WAYS["withdrawn"])
    assert told[0][0] == "Withdrawn."


# --- what the pages read ---------------------------------------------------------------------------------------------


def suggested(owner: User, today: date) -> list[tuple[str, str]]:
    found = read_suggestions(owner, today=today, zone=zone_of(BERLIN))
    return [(application.job_title, suggestion.kind) for application, suggestion in found]


def later(days: int) -> date:
    return TODAY + timedelta(days=days)


def test_closing_is_suggested_after_thirty_days_and_not_before(owner: User, sent: Application) -> None:
    assert suggested(owner, later(29)) == []
    assert suggested(owner, later(30)) == [("Data Engineer", "no_answer")]


def test_note_and_finished_follow_up_are_signs_of_life(owner: User, sent: Application) -> None:
    note = NoteFactory(application=sent, created_at=datetime(2026, 3, 20, 12, tzinfo=UTC))
    assume(owner.pk)
    assert suggested(owner, later(40)) == []

    tracker.delete_note(note=note)
    assert suggested(owner, later(40)) == [("Data Engineer", "no_answer")]

    FollowUpFactory(application=sent, due_on=later(10), done_at=datetime(2026, 3, 20, 12, tzinfo=UTC))
    assume(owner.pk)
    assert suggested(owner, later(40)) == []


def test_waiting_longer_puts_the_question_off_for_thirty_days(owner: User, sent: Application) -> None:
    planned = tracker.wait_longer(application=sent, today=later(40))

    assert planned.due_on == later(70)
    assert suggested(owner, later(69)) == []
    assert suggested(owner, later(70)) == []
    assert suggested(owner, later(71)) == [("Data Engineer", "no_answer")]


def test_nothing_is_suggested_of_what_has_ended_or_was_never_sent(owner: User, sent: Application) -> None:
    ApplicationFactory(user=owner)
    assume(owner.pk)
    tracker.set_stage(application=sent, stage="rejected", today=TODAY)

    assert suggested(owner, date(2099, 1, 1)) == []


def test_accepted_offer_suggests_closing_the_others(owner: User, now: datetime) -> None:
    taken, other = record(owner, now), record(owner, now, values={"title": "Other"})
    record(owner, now, values={"title": "Ended"})
    ended = Application.objects.get(job_title="Ended")
    tracker.set_stage(application=ended, stage="rejected", today=TODAY)
    tracker.set_stage(application=other, stage="interview", today=TODAY)
    tracker.set_stage(application=taken, stage="accepted", today=TODAY)

    assert suggested(owner, date(2099, 1, 1)) == [("Other", "accepted_elsewhere")]


def test_suggestions_of_one_application_are_its_own(owner: User, now: datetime) -> None:
    one = record(owner, now)
    record(owner, now, values={"title": "Other"})

    found = read_suggestions(owner, today=later(60), zone=zone_of(BERLIN), application=one)

    assert [application for application, _suggestion in found] == [one]


def test_progress_counts_what_was_sent_and_leaves_out_what_was_not(owner: User, now: datetime) -> None:
    ApplicationFactory(user=owner)
    assume(owner.pk)
    answered = record(owner, now, sent_on=date(2026, 3, 1))
    record(owner, now, sent_on=date(2025, 3, 1))
    tracker.set_stage(application=answered, stage="interview", today=TODAY)

    whole = read_progress(owner, zone=zone_of(BERLIN), today=TODAY)
    recent = read_progress(owner, zone=zone_of(BERLIN), today=TODAY, since=date(2026, 1, 1))

    assert [step.count for step in whole.steps] == [2, 1, 1, 0, 0]
    assert [step.count for step in recent.steps] == [1, 1, 1, 0, 0]
    assert (whole.waiting, whole.young) == (1, 0)
    assert whole.ends[""] == 2


def test_board_has_every_stage_and_says_what_it_does_not_show(owner: User, now: datetime) -> None:
    for _number in range(22):
        record(owner, now)

    columns = {column.stage: column for column in read_board(owner)}

    assert list(columns) == list(Application.Stage)
    assert (len(columns["applied"].cards), columns["applied"].hidden) == (20, 2)  # type: ignore[index]


def test_rows_of_others_stand_nowhere(owner: User, charlie: User, sent: Application) -> None:
    assume(charlie.pk)

    assert not any(column.total for column in read_board(charlie))
    assert read_progress(charlie, zone=zone_of("UTC"), today=TODAY).steps[0].count == 0
    assert suggested(charlie, date(2099, 1, 1)) == []


def test_persona_that_is_deleted_leaves_its_applications(owner: User, now: datetime) -> None:
    persona = PersonaFactory(user=owner)
    assume(owner.pk)
    application = record(owner, now, persona=persona)

    Persona.objects.filter(pk=persona.pk).delete()

    application.refresh_from_db()
    assert application.persona_id is None
