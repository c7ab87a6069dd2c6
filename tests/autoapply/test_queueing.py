"""What rules do by themselves: the best first, into free places, each opening once, and every verdict in the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from autoapply import slots
from autoapply.models import Application, ApplicationEvent, Decision, Fence, Rule, Standing
from autoapply.queueing import CHOSEN, decide_now, people_with_rules, run_rules
from autoapply.slots import Reserved
from matching.models import Job, Match
from personas.identity import acting_as, assume
from personas.models import Persona, Resume, User
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import (
    applications_of,
    make_match,
    make_persona,
    make_rule,
    set_standing,
    the_fence,
)
from tests.autoapply.test_states import step
from tests.factories import (
    ApplicationFactory,
    JobFactory,
    PersonaFactory,
    RuleFactory,
    UserFactory,
)
from tests.personas.test_races import at_once
from tests.roles import OWNER_ROLE, as_role


@pytest.fixture
def persona(alice: User) -> Persona:
    """Alice's persona with a résumé."""
    return make_persona(alice)


def run(user: User, at: datetime) -> int:
    """A run as the worker, who acts for nobody before."""
    with as_role(WORKER_ROLE):
        assume(None)
        return run_rules(user_id=user.pk, at=at)


def ledger_of(user: User) -> dict[Any, str]:
    """The first gate that failed for each job."""
    with acting_as(user.pk):
        return dict(Decision.objects.values_list("job_id", "first_failed"))


def test_best_matches_are_queued_into_the_free_places(persona: Persona, now: datetime) -> None:
    rule = make_rule(persona, max_applications_per_week=2)
    scores = ("70.00", "95.50", "80.00", "90.00")
    matches = {score: make_match(persona, now, match_score=score) for score in scores}

    assert run(persona.user, now) == 2

    first, second = applications_of(persona.user)
    assert [first.job_id, second.job_id] == [matches["95.50"].job_id, matches["90.00"].job_id]
    assert [(each.rule_slot, each.user_slot) for each in (first, second)] == [(1, 1), (2, 2)]
    assert ledger_of(persona.user) == {
        matches["95.50"].job_id: "",
        matches["90.00"].job_id: "",
        matches["80.00"].job_id: "weekly_slot",
        matches["70.00"].job_id: "weekly_slot",
    }
    assert first.rule_id == rule.pk


def test_application_says_what_it_is_for_and_how_it_goes(persona: Persona, now: datetime) -> None:
    rule = make_rule(persona)
    match = make_match(
        persona,
        now,
        company="Acme GmbH",
        job_title="Data Engineer",
        job_url="https://acme.recruitee.com/o/data-engineer",
        match_score="81.25",
    )
    with as_role(OWNER_ROLE):
        Fence.objects.update(epoch=4)

    run(persona.user, now)

    (application,) = applications_of(persona.user)
    assert (application.rule_id, application.persona_id, application.job_id) == (
        rule.pk,
        persona.pk,
        match.job_id,
    )
    assert (application.origin, application.status) == ("rule", "queued")
    assert application.apply_key == "recruitee:acme/data-engineer"
    assert (application.job_title, application.company, application.company_key) == (
        "Data Engineer",
        "Acme GmbH",
        "acme",
    )
    assert application.job_url == match.job.url
    assert application.match_score == Decimal("81.25")
    assert (application.channel, application.channel_because) == ("recruitee", "open")
    assert application.host == "acme.recruitee.com"
    assert application.fence_epoch == 4
    assert (application.cap_at_reserve, application.ceiling_at_reserve, application.tz_at_reserve) == (
        5,
        10,
        "UTC",
    )
    with acting_as(persona.user_id):
        event = ApplicationEvent.objects.get()
    assert (event.moved_to, event.actor, event.because) == ("queued", "rule", CHOSEN)


def test_handed_over_application_keeps_no_pace_with_a_host(persona: Persona, now: datetime) -> None:
    make_rule(persona)
    make_match(persona, now)

    run(persona.user, now)

    (application,) = applications_of(persona.user)
    assert (application.channel, application.host) == ("handoff", "")


def test_second_run_queues_and_writes_nothing(persona: Persona, now: datetime) -> None:
    make_rule(persona, max_applications_per_week=2)
    for score in ("70.00", "95.50", "80.00", "20.00"):
        make_match(persona, now, match_score=score)
    run(persona.user, now)

    with CaptureQueriesContext(connection) as captured:
        assert run(persona.user, now + timedelta(minutes=1)) == 0

    written = [
        each["sql"]
        for each in captured.captured_queries
        if each["sql"].startswith(("INSERT", "UPDATE", "DELETE")) or "FOR NO KEY" in each["sql"]
    ]
    assert written == []
    assert len(applications_of(persona.user)) == 2


def test_two_rules_and_two_postings_make_one_application(persona: Persona, now: datetime) -> None:
    make_rule(persona)
    make_rule(persona)
    one = make_match(persona, now, job_url="https://jobs.lever.co/acme/7", match_score="90.00")
    other = make_match(persona, now, job_url="https://jobs.lever.co/acme/7?utm_source=board")

    assert run(persona.user, now) == 1

    (application,) = applications_of(persona.user)
    assert application.job_id == one.job_id
    with acting_as(persona.user_id):
        told = Decision.objects.filter(job=other.job).values_list("first_failed", flat=True)
        assert set(told) == {"job_not_applied"}


def test_one_company_is_applied_to_once_in_a_run(persona: Persona, now: datetime) -> None:
    make_rule(persona)
    best = make_match(persona, now, company="Acme GmbH", match_score="90.00")
    other = make_match(persona, now, company="ACME, Inc.", match_score="80.00")

    assert run(persona.user, now) == 1

    assert [each.job_id for each in applications_of(persona.user)] == [best.job_id]
    assert ledger_of(persona.user)[other.job_id] == "company_not_applied"


def test_person_who_sets_no_time_may_have_several_to_one_company(persona: Persona, now: datetime) -> None:
    make_rule(persona)
    set_standing(persona.user, company_interval_days=0)
    for _ in range(2):
        make_match(persona, now, company="Acme")

    assert run(persona.user, now) == 2


@pytest.mark.parametrize(
    ("rule_values", "match_values", "gate"),
    [
        ({"enabled": False}, {}, "rule_enabled"),
        ({"active_days": ["tue"]}, {}, "day"),
        ({}, {"expires_at": "now"}, "match_fresh"),
        ({}, {"is_dismissed": True}, "not_dismissed"),
        ({}, {"job_closed_at": "now"}, "job_open"),
        ({"exclude_companies": ["acme"]}, {"company": "Acme Inc."}, "employer_not_excluded"),
        ({"exclude_companies": ["acme"]}, {"job_company": ""}, "employer_not_excluded"),
        ({"include_only_companies": ["initech"]}, {"company": "Acme"}, "employer_included"),
        ({"require_all_keywords": ["Python"]}, {"job_description_text": "We use Go."}, "keywords"),
        ({"match_score_threshold": "80.01"}, {}, "threshold"),
        ({}, {"coverage": "0.4999"}, "coverage"),
        ({}, {"coverage": None}, "coverage"),
        ({"needs_reviewed_resume": True}, {}, "resume_reviewed"),
        ({}, {"job_company": ""}, "company_not_applied"),
        ({}, {"job_url": ""}, "channel_can_send"),
        ({"max_applications_per_week": 0}, {}, "weekly_slot"),
    ],
)
def test_gate_that_fails_queues_nothing_and_stands_in_the_ledger(
    persona: Persona, now: datetime, rule_values: dict, match_values: dict, gate: str
) -> None:
    make_rule(persona, **rule_values)
    given = {name: now if value == "now" else value for name, value in match_values.items()}
    match = make_match(persona, now, **given)

    assert run(persona.user, now) == 0

    assert applications_of(persona.user) == []
    assert ledger_of(persona.user) == {match.job_id: gate}


def test_rule_that_asks_for_a_review_queues_once_the_resume_is_approved(
    persona: Persona, now: datetime
) -> None:
    make_rule(persona, needs_reviewed_resume=True)
    match = make_match(persona, now)
    assert run(persona.user, now) == 0
    assert ledger_of(persona.user) == {match.job_id: "resume_reviewed"}
    with as_role(OWNER_ROLE):
        Resume.objects.filter(personas=persona).update(review="approved")

    assert run(persona.user, now) == 1


def test_threshold_is_passed_by_its_own_number(persona: Persona, now: datetime) -> None:
    make_rule(persona, match_score_threshold="80.00")
    make_match(persona, now, match_score="80.00")

    assert run(persona.user, now) == 1


def test_pause_fence_and_missing_resume_queue_nothing(alice: User, now: datetime) -> None:
    bare = PersonaFactory(user=alice)
    make_rule(bare)
    match = make_match(bare, now)
    run(alice, now)
    assert ledger_of(alice) == {match.job_id: "has_resume"}

    with as_role(OWNER_ROLE):
        Fence.objects.update(epoch=1, raised_at=now)
    run(alice, now)
    assert ledger_of(alice) == {match.job_id: "fence_lifted"}

    set_standing(alice, paused_at=now)
    run(alice, now)
    assert ledger_of(alice) == {match.job_id: "not_paused"}
    assert applications_of(alice) == []


def test_fence_that_is_gone_counts_as_raised(persona: Persona, now: datetime) -> None:
    make_rule(persona)
    match = make_match(persona, now)
    with as_role(OWNER_ROLE):
        Fence.objects.all().delete()

    assert run(persona.user, now) == 0
    assert ledger_of(persona.user) == {match.job_id: "fence_lifted"}


def test_rule_of_no_persona_judges_the_matches_of_all(alice: User, now: datetime) -> None:
    ready, bare = make_persona(alice), PersonaFactory(user=alice)
    make_rule(None, user=alice)
    low = make_match(ready, now, match_score="60.00")
    make_match(bare, now, job=low.job, match_score="50.00")
    without_resume = make_match(bare, now, match_score="90.00")

    assert run(alice, now) == 1

    (application,) = applications_of(alice)
    assert (application.job_id, application.persona_id) == (low.job_id, ready.pk)
    assert ledger_of(alice) == {low.job_id: "", without_resume.job_id: "has_resume"}


def test_rule_of_a_persona_looks_at_its_matches_alone(persona: Persona, alice: User, now: datetime) -> None:
    make_rule(persona)
    make_match(make_persona(alice), now)

    assert run(alice, now) == 0
    assert ledger_of(alice) == {}


def test_waiting_applications_of_last_week_keep_their_room(persona: Persona, now: datetime) -> None:
    make_rule(persona, max_applications_per_week=2)
    for _ in range(2):
        make_match(persona, now)
    run(persona.user, now)
    fresh = make_match(persona, now + timedelta(days=7))

    assert run(persona.user, now + timedelta(days=7)) == 0
    assert ledger_of(persona.user)[fresh.job_id] == "weekly_slot"

    (first, _second) = applications_of(persona.user)
    with acting_as(persona.user_id):
        step(first, "cancelled")
    assert run(persona.user, now + timedelta(days=7)) == 1


def test_row_of_a_job_that_was_applied_for_keeps_saying_why(persona: Persona, now: datetime) -> None:
    make_rule(persona)
    match = make_match(persona, now)
    run(persona.user, now)
    with acting_as(persona.user_id):
        before = Decision.objects.get()

    run(persona.user, now + timedelta(days=2))
    with acting_as(persona.user_id):
        Match.objects.filter(pk=match.pk).delete()
    run(persona.user, now + timedelta(days=9))

    with acting_as(persona.user_id):
        after = Decision.objects.get()
    assert (after.first_failed, after.verdicts, after.decided_at) == ("", before.verdicts, before.decided_at)


def test_cancelled_job_is_never_queued_again(persona: Persona, now: datetime) -> None:
    make_rule(persona)
    make_match(persona, now)
    run(persona.user, now)
    (application,) = applications_of(persona.user)
    with acting_as(persona.user_id):
        step(application, "cancelled")

    assert run(persona.user, now) == 0


def test_rule_of_somebody_else_is_left_alone(persona: Persona, charlie: User, now: datetime) -> None:
    make_rule(persona)
    make_match(persona, now)

    assert run(charlie, now) == 0
    assert applications_of(persona.user) == []


def test_people_with_rules_are_found_by_a_worker_acting_for_nobody(alice: User, charlie: User) -> None:
    RuleFactory(user=alice)
    gone = UserFactory(is_active=False)
    RuleFactory(user=gone)
    with as_role(WORKER_ROLE):
        assume(None)

        assert people_with_rules() == [alice.pk]


def test_run_takes_as_many_queries_for_many_matches(persona: Persona, now: datetime) -> None:
    make_rule(persona, match_score_threshold="99")
    make_match(persona, now)
    run(persona.user, now)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            run(persona.user, now)
        return len(captured)

    few = queries()
    for _ in range(30):
        make_match(persona, now)
    run(persona.user, now)

    assert queries() == few


# --- any other job ----------------------------------------------------------------------------------------------------


def decide(rule: Rule, job: Job, at: datetime) -> dict[str, str]:
    """The code of every gate."""
    assume(rule.user_id)
    return {each.gate: each.code for each in decide_now(rule=rule, job=job, at=at).all}


def test_job_among_the_matches_is_decided_by_its_match(persona: Persona, now: datetime) -> None:
    rule = make_rule(persona, match_score_threshold="90")
    match = make_match(persona, now)

    codes = decide(rule, match.job, now)

    assert (codes["threshold"], codes["match_fresh"], codes["weekly_slot"]) == ("below", "fresh", "free")


@pytest.mark.parametrize("with_persona", [True, False])
def test_job_without_a_match_is_scored_when_asked(
    persona: Persona, now: datetime, with_persona: bool
) -> None:
    with acting_as(persona.user_id):
        wishes = persona.preferences
        wishes.job_title_keywords = ["Data Engineer"]
        wishes.save(update_fields=["job_title_keywords"])
    rule = make_rule(persona if with_persona else None, user=persona.user)
    fits = JobFactory(title="Data Engineer", company="Acme", url="https://acme.example/1")
    other = JobFactory(title="Nurse", company="Clinic", url="https://clinic.example/1")

    assert decide(rule, fits, now)["threshold"] == "any"
    assert decide(rule, fits, now)["match_fresh"] == "fresh"
    assert decide(rule, fits, now)["has_resume"] == "there"
    assert decide(rule, other, now)["threshold"] == "no_match"


def test_own_application_does_not_count_against_itself(persona: Persona, now: datetime) -> None:
    rule = make_rule(persona)
    match = make_match(persona, now)
    run(persona.user, now)

    codes = decide(rule, match.job, now)

    assert (codes["job_not_applied"], codes["company_not_applied"]) == ("first", "first")


def test_application_by_hand_counts(persona: Persona, now: datetime) -> None:
    rule = make_rule(persona)
    match = make_match(persona, now)
    ApplicationFactory(user=persona.user, job=match.job)

    assert decide(rule, match.job, now)["job_not_applied"] == "applied"


def test_person_without_a_persona_gets_an_answer(alice: User, now: datetime) -> None:
    rule = make_rule(None, user=alice)

    codes = decide(rule, JobFactory(), now)

    assert (codes["threshold"], codes["has_resume"]) == ("no_match", "none")


# --- at once -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_runs_at_once_queue_each_opening_once_and_no_more_than_there_are_places(now: datetime) -> None:
    the_fence()
    user = UserFactory()
    persona = make_persona(user)
    for _ in range(2):
        make_rule(persona, max_applications_per_week=3)
    set_standing(user, weekly_ceiling=5)
    for number in range(12):
        make_match(persona, now, match_score=f"{60 + number}.00")

    at_once(user, *[lambda: run_rules(user_id=user.pk, at=now)] * 4)

    applications = applications_of(user)
    assert len(applications) == 5
    assert sorted(each.user_slot for each in applications) == [1, 2, 3, 4, 5]  # type: ignore[type-var]
    with acting_as(user.pk):
        assert Decision.objects.count() == 24
        assert Decision.objects.filter(first_failed="").count() == 5


@pytest.mark.django_db(transaction=True)
def test_rule_switched_off_while_it_is_judged_queues_nothing(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_fence()
    user = UserFactory()
    persona = make_persona(user)
    rule = make_rule(persona)
    match = make_match(persona, now)
    wait_for_turn = slots.take_turns

    def switched_off_meanwhile(**given: Any) -> tuple[Standing, Rule | None]:
        Rule.objects.filter(pk=rule.pk).update(enabled=False)
        return wait_for_turn(**given)

    monkeypatch.setattr(slots, "take_turns", switched_off_meanwhile)

    assert run_rules(user_id=user.pk, at=now) == 0
    assert applications_of(user) == []
    assert ledger_of(user) == {match.job_id: "rule_enabled"}


def test_place_taken_by_somebody_who_waited_for_nobody_is_said(
    persona: Persona, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_rule(persona)
    match = make_match(persona, now)
    reserve = slots.reserve

    def first_by_hand(*, application: Application, at: datetime) -> Reserved:
        Application.objects.create(
            user=application.user,
            job=application.job,
            origin="person",
            channel="handoff",
            apply_key=application.apply_key,
            job_title="x",
        )
        return reserve(application=application, at=at)

    monkeypatch.setattr(slots, "reserve", first_by_hand)
    with transaction.atomic():
        assert run(persona.user, now) == 0

    assert ledger_of(persona.user) == {match.job_id: "job_not_applied"}
