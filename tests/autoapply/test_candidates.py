"""What the gates ask is read from the database: in a constant number of queries, and never guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autoapply.candidates import (
    Scored,
    mail_works,
    read_candidates,
    read_openings,
    read_people,
    read_person,
    read_rule,
    usable_keys,
)
from autoapply.destination import LONGEST_KEY, read_destination
from autoapply.models import Application, EmployerKey, Fence
from autoapply.policy import Candidate, evaluate
from matching.models import Match
from personas.identity import assume
from personas.models import Persona, Resume, User
from tests.autoapply.openings import make_match, make_persona, make_rule, standing_of, the_fence
from tests.autoapply.test_states import at as brought_to
from tests.factories import (
    ApplicationFactory,
    EmployerKeyFactory,
    JobFactory,
    JobSourceFactory,
    LogFactory,
    PersonaFactory,
    ResumeFactory,
)
from tests.roles import OWNER_ROLE, as_role


@pytest.fixture
def persona(alice: User) -> Persona:
    """Alice's persona with a résumé."""
    return make_persona(alice)


def read_one(match: Match, at: datetime, **values: Any) -> Candidate:
    """The candidate of one match, read as its owner."""
    assume(match.user_id)
    given = {"rule": None, "persona": match.persona, "slots": 3, **values}
    return read_candidates(user=match.user, job_ids=[match.job_id], at=at, **given)[match.job_id]


def test_candidate_of_a_plain_match_lets_every_gate_pass(persona: Persona, now: datetime) -> None:
    rule = make_rule(persona, match_score_threshold="80")
    match = make_match(persona, now)

    candidate = read_one(match, now, rule=rule)
    person = read_person(
        user=persona.user, persona=persona, standing=standing_of(persona.user), fence=the_fence(), at=now
    )

    assert evaluate(read_rule(rule), person, candidate).failed == []
    assert candidate.score == Decimal("80.00")


def test_number_of_queries_does_not_grow_with_the_jobs(persona: Persona, now: datetime) -> None:
    rule = make_rule(persona, require_all_keywords=["Python"])
    matches = [make_match(persona, now) for _ in range(40)]
    assume(persona.user_id)

    def queries(number: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            found = read_openings(
                rule=rule,
                user=persona.user,
                persona=persona,
                job_ids=[match.job_id for match in matches[:number]],
                at=now,
                slots=1,
            )
        assert len(found) == number
        return len(captured)

    assert queries(1) == queries(40) <= 6


def test_text_is_read_only_where_words_are_asked_for(persona: Persona, now: datetime) -> None:
    match = make_match(persona, now, job_description_text="We use Python.")
    rule = make_rule(persona, require_all_keywords=["Python"])

    plain = make_rule(persona)
    with CaptureQueriesContext(connection) as captured:
        without = read_one(match, now, rule=plain)

    assert without.text is None
    assert len(captured) > 3
    assert not any("description_text" in query["sql"] for query in captured.captured_queries)
    assert "We use Python." in (read_one(match, now, rule=rule).text or "")


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        ({}, "fresh", True),
        ({"expires_at": "now"}, "fresh", False),
        ({"is_dismissed": True}, "dismissed", True),
        ({}, "dismissed", False),
        ({"coverage": None}, "coverage", None),
        ({}, "open", True),
        ({"job_closed_at": "now"}, "open", False),
        ({"job_closes_at": "now"}, "open", False),
        ({}, "archived", False),
        ({}, "applied", False),
        ({"job_company": "GmbH & Co. KG"}, "company_checked", True),
        ({"job_company": ""}, "company_checked", False),
        ({"job_company": "…"}, "company_checked", False),
        ({}, "channel", "handoff"),
        ({"job_url": ""}, "channel", "record"),
        ({"job_url": "https://acme.recruitee.com/o/job"}, "channel", "recruitee"),
    ],
)
def test_candidate_says_what_the_rows_say(
    persona: Persona, now: datetime, values: dict[str, Any], field: str, expected: object
) -> None:
    given = {name: now if value == "now" else value for name, value in values.items()}

    candidate = read_one(make_match(persona, now, **given), now)

    assert getattr(candidate, field) == expected


def test_job_of_an_archive_is_known_as_one(persona: Persona, now: datetime) -> None:
    match = make_match(persona, now, job_source=JobSourceFactory(kind="archive"))

    assert read_one(match, now).archived is True


def test_job_that_somebody_brought_is_known_as_one(persona: Persona, now: datetime) -> None:
    match = make_match(persona, now, job_source=JobSourceFactory(kind="pasted"))

    assert (read_one(match, now).brought, read_one(match, now).archived) == (True, False)


def test_job_without_a_match_has_nothing_that_is_guessed(persona: Persona, now: datetime) -> None:
    make_rule(persona)
    assume(persona.user_id)
    job = JobFactory()

    found = read_candidates(
        rule=None, user=persona.user, persona=persona, job_ids=[job.pk], at=now, slots=None
    )[job.pk]

    assert (found.score, found.coverage, found.fresh, found.dismissed) == (None, None, None, None)
    assert found.slots is None


def test_job_that_does_not_exist_is_left_out(persona: Persona, now: datetime) -> None:
    assume(persona.user_id)

    found = read_candidates(
        rule=None, user=persona.user, persona=persona, job_ids=[persona.pk], at=now, slots=None
    )

    assert found == {}


def test_scores_that_are_given_stand_in_for_the_stored_ones(persona: Persona, now: datetime) -> None:
    match = make_match(persona, now, match_score="10.00")

    found = read_one(match, now, scores={match.job_id: Scored(Decimal("90.00"), Decimal("0.7"))})

    assert (found.score, found.coverage, found.fresh) == (Decimal("90.00"), Decimal("0.7"), True)


def test_rule_of_no_persona_takes_the_best_match_of_any(alice: User, now: datetime) -> None:
    one, other, third = make_persona(alice), make_persona(alice), make_persona(alice)
    low = make_match(one, now, match_score="60.00")
    make_match(other, now, job=low.job, match_score="90.00")
    make_match(third, now, job=low.job, match_score="99.00", expires_at=now)
    assume(alice.pk)

    found = read_openings(rule=None, user=alice, persona=None, job_ids=[low.job_id], at=now, slots=1)[
        low.job_id
    ]

    assert (found.candidate.score, found.persona_id) == (Decimal("90.00"), other.pk)


def test_job_set_aside_for_one_persona_is_set_aside_for_a_rule_of_any(alice: User, now: datetime) -> None:
    match = make_match(make_persona(alice), now, match_score="60.00", is_dismissed=True)
    make_match(make_persona(alice), now, job=match.job, match_score="90.00")

    assert read_one(match, now, persona=None).dismissed is True
    assert read_one(match, now, persona=None).score == Decimal("90.00")


# --- applied before ------------------------------------------------------------------------------------------------

EVERY_STATE = [
    "queued",
    "preparing",
    "parked",
    "review",
    "held",
    "submitting",
    "submitted",
    "failed",
    "unknown",
    "withdrawn",
    "cancelled",
]


@pytest.mark.parametrize("status", EVERY_STATE)
def test_application_of_any_state_counts_for_ever(persona: Persona, now: datetime, status: str) -> None:
    match = make_match(persona, now)
    brought_to(persona.user, status, job=match.job)

    assert read_one(match, now).applied is True


def test_same_opening_on_another_board_counts(persona: Persona, now: datetime) -> None:
    match = make_match(persona, now, job_url="https://jobs.lever.co/acme/7?utm_source=x")
    goal = read_destination(apply_url="", url="https://jobs.lever.co/ACME/7", job_id="")
    ApplicationFactory(user=persona.user, apply_key=goal.apply_key)

    assert read_one(match, now).applied is True


def test_applications_of_others_do_not_count(persona: Persona, charlie: User, now: datetime) -> None:
    match = make_match(persona, now)
    brought_to(charlie, "submitted", job=match.job, company=match.job.company)

    candidate = read_one(match, now)

    assert (candidate.applied, candidate.days_since_company) == (False, None)


def test_application_does_not_count_against_itself(persona: Persona, now: datetime) -> None:
    match = make_match(persona, now)
    application = ApplicationFactory(user=persona.user, job=match.job)

    judged = read_one(match, now, but_not=application.pk)

    assert (judged.applied, judged.company_on_its_way) == (False, False)


def test_what_another_tool_logged_counts(persona: Persona, now: datetime) -> None:
    match = make_match(persona, now, company="Acme")
    LogFactory(user=persona.user, job=match.job, created_at=now - timedelta(days=4))
    same_company = make_match(persona, now, company="ACME, Inc.")

    assert read_one(match, now).applied is True
    assert read_one(same_company, now).applied is False
    assert read_one(same_company, now).days_since_company == 4


# --- the company -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", EVERY_STATE)
def test_company_counts_what_was_sent_and_what_is_on_its_way(
    persona: Persona, now: datetime, status: str
) -> None:
    match = make_match(persona, now, company="Acme GmbH")
    left = now - timedelta(days=9)
    queued = now - timedelta(days=40)
    brought_to(
        persona.user,
        status,
        company="ACME",
        company_key="acme",
        created_at=queued,
        sent_at=left,
        moved_at=left,
    )

    found = read_one(match, now)

    on_its_way = status in {"queued", "preparing", "parked", "review", "held"}
    over = status in {"failed", "cancelled"}
    assert found.company_on_its_way is on_its_way
    assert found.days_since_company == (None if on_its_way or over else 9)
    assert found.applied is False


def test_company_without_a_key_of_ours_is_compared_by_its_name(persona: Persona, now: datetime) -> None:
    ApplicationFactory(user=persona.user, company="Acme Inc.", company_key="")

    assert read_one(make_match(persona, now, company="Acme GmbH"), now).company_on_its_way is True


def test_days_are_days_of_the_persons_calendar(alice: User) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")
    alice.refresh_from_db()
    at = datetime.fromisoformat("2026-03-02T15:30:00+00:00")  # 3 March, 00:30, in Tokyo
    match = make_match(make_persona(alice), at, company="Acme")
    sent = at - timedelta(hours=1)  # 2 March, 23:30, there
    brought_to(alice, "submitted", company="Acme", company_key="acme", sent_at=sent)

    found = read_one(match, at)

    assert found.days_since_company == 1
    assert str(found.company_applied_on) == "2026-03-02"


def test_latest_of_several_counts(persona: Persona, now: datetime) -> None:
    for days in (40, 3, 20):
        brought_to(
            persona.user, "submitted", company="Acme", company_key="acme", sent_at=now - timedelta(days=days)
        )

    assert read_one(make_match(persona, now, company="Acme"), now).days_since_company == 3


def test_of_two_on_their_way_the_earlier_goes_first(persona: Persona, now: datetime) -> None:
    first, second = make_match(persona, now, company="Acme"), make_match(persona, now, company="Acme")
    one = ApplicationFactory(
        user=persona.user, job=first.job, company_key="acme", created_at=now - timedelta(hours=2)
    )
    two = ApplicationFactory(
        user=persona.user, job=second.job, company_key="acme", created_at=now - timedelta(hours=1)
    )

    assert read_one(first, now, but_not=one.pk).company_on_its_way is False
    assert read_one(second, now, but_not=two.pk).company_on_its_way is True


# --- the channel ------------------------------------------------------------------------------------------------------


def test_keys_are_compared_without_case_and_refused_ones_are_no_use(persona: Persona, now: datetime) -> None:
    match = make_match(persona, now, job_url="https://boards.greenhouse.io/Acme/jobs/7")
    assert read_one(match, now).channel_because == "no_key"

    key = EmployerKeyFactory(channel="greenhouse", board="ACME")
    assert read_one(match, now).channel == "greenhouse"
    assert usable_keys() == {("greenhouse", "acme")}

    with as_role(OWNER_ROLE):
        EmployerKey.objects.filter(pk=key.pk).update(refused_at=now)
    assert read_one(match, now).channel == "handoff"


@pytest.mark.parametrize(
    ("backend", "channel"), [("smtp.EmailBackend", "email"), ("filebased.EmailBackend", "handoff")]
)
def test_mail_goes_by_itself_only_where_mail_leaves(
    persona: Persona, now: datetime, settings: Any, backend: str, channel: str
) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}"
    match = make_match(persona, now, job_apply_url="mailto:jobs@acme.example")

    assert mail_works() is (channel == "email")
    assert read_one(match, now).channel == channel


@pytest.mark.parametrize(
    "address",
    [
        "https://jobs.lever.co/acme/{}",
        "https://acme.example/{}",
    ],
)
def test_long_addresses_are_openings_of_their_own(address: str) -> None:
    keys = {
        read_destination(apply_url=address.format("x" * 900 + end), url="", job_id="1").apply_key
        for end in ("a", "b")
    }

    assert len(keys) == 2
    assert {len(key) for key in keys} == {LONGEST_KEY}


# --- the person -------------------------------------------------------------------------------------------------------


def with_file(alice: User) -> Persona:
    return make_persona(alice)


def with_resume_alone(alice: User) -> Persona:
    return PersonaFactory(user=alice, resume=ResumeFactory(user=alice))


def without_resume(alice: User) -> Persona:
    return PersonaFactory(user=alice)


@pytest.mark.parametrize(
    ("make", "has"), [(with_file, True), (with_resume_alone, False), (without_resume, False)]
)
def test_resume_counts_with_its_file(
    alice: User, now: datetime, make: Callable[[User], Persona], has: bool
) -> None:
    persona = make(alice)
    make_rule(persona)
    standing, fence = standing_of(alice), the_fence()
    assume(alice.pk)

    person = read_person(user=alice, persona=persona, standing=standing, fence=fence, at=now)

    assert person.has_resume is has
    # Without one there is nothing to know; with one nobody has approved it.
    assert person.resume_reviewed is (False if has else None)


@pytest.mark.parametrize(
    ("review", "reviewed"),
    [("none", False), ("pending", False), ("changes_suggested", False), ("approved", True)],
)
def test_only_an_approved_resume_counts_as_reviewed(
    alice: User, now: datetime, review: str, reviewed: bool
) -> None:
    persona = with_file(alice)
    make_rule(persona)
    with as_role(OWNER_ROLE):
        Resume.objects.filter(personas=persona).update(review=review)
    standing, fence = standing_of(alice), the_fence()
    assume(alice.pk)

    person = read_person(user=alice, persona=persona, standing=standing, fence=fence, at=now)

    assert person.resume_reviewed is reviewed


def test_people_are_read_in_one_query(alice: User, now: datetime) -> None:
    one, other = make_persona(alice), PersonaFactory(user=alice)
    make_rule(one)
    standing, fence = standing_of(alice), the_fence()
    assume(alice.pk)

    with CaptureQueriesContext(connection) as captured:
        people = read_people(
            user=alice, persona_ids=[one.pk, other.pk], standing=standing, fence=fence, at=now
        )

    assert len(captured) == 1
    assert {key: person.has_resume for key, person in people.items()} == {
        one.pk: True,
        other.pk: False,
        None: False,
    }


def test_person_says_pause_interval_and_the_day_in_their_zone(alice: User) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=alice.pk).update(time_zone="Pacific/Kiritimati")
    alice.refresh_from_db()
    persona = make_persona(alice)
    make_rule(persona)
    standing = standing_of(alice)
    sunday = datetime.fromisoformat("2026-03-01T11:00:00+00:00")
    standing.paused_at, standing.company_interval_days = sunday, 7
    assume(alice.pk)

    person = read_person(user=alice, persona=persona, standing=standing, fence=the_fence(), at=sunday)

    assert (person.weekday, person.paused, person.company_interval_days) == ("mon", True, 7)


@pytest.mark.parametrize(
    ("epoch", "raised", "lifted", "of_application", "fenced"),
    [
        (0, None, None, None, False),
        (1, 5, None, None, True),
        (1, 5, 6, None, False),
        (1, 7, 6, None, True),
        (1, 5, 6, 0, True),
        (1, 5, 6, 1, False),
    ],
)
def test_fence_holds_everybody_and_what_is_of_before_it(
    persona: Persona,
    now: datetime,
    epoch: int,
    raised: int | None,
    lifted: int | None,
    of_application: int | None,
    fenced: bool,
) -> None:
    make_rule(persona)
    hours = lambda number: None if number is None else now + timedelta(hours=number)  # noqa: E731
    fence = Fence(epoch=epoch, raised_at=hours(raised), lifted_at=hours(lifted))
    standing = standing_of(persona.user)
    assume(persona.user_id)

    person = read_person(
        user=persona.user,
        persona=persona,
        standing=standing,
        fence=fence,
        at=now,
        fence_epoch=of_application,
    )

    assert person.fenced is fenced


def test_reading_writes_nothing(persona: Persona, now: datetime) -> None:
    match = make_match(persona, now)

    read_one(match, now)

    assert not Application.objects.exists()
