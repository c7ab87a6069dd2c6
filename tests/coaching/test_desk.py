"""The desk: what is read of each client, in which order they stand, and what reading leaves behind."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

from autoapply.ledger import tightest_gate
from autoapply.models import Application, ApplicationEvent, Rule, Standing
from coaching.admin.desk import desk_view
from coaching.desk import DeskClient, read_desk, read_open_invitations
from coaching.models import SCOPES, AccessEntry, Consent, Invitation, Relationship
from matching.models import Match
from personas.identity import acting_as
from personas.models import PersonaPreferences, Resume, User
from tests.factories import (
    ApplicationFactory,
    ConsentFactory,
    DecisionFactory,
    FollowUpFactory,
    InvitationFactory,
    JobFactory,
    MatchFactory,
    MatchStateFactory,
    PersonaFactory,
    RelationshipFactory,
    ResumeFactory,
    RuleFactory,
    SuggestionFactory,
    UserFactory,
    UserSkillFactory,
)
from tests.roles import OWNER_ROLE, as_role

ALL = sorted(SCOPES)


def client_of(bob: User, person: User, *, scopes: list[str] = ALL, **relationship: Any) -> Relationship:
    made: Relationship = RelationshipFactory(coach=bob, client=person, **relationship)
    ConsentFactory(relationship=made, scopes=scopes)
    return made


@pytest.fixture
def alices(alice: User, bob: User) -> Relationship:
    """Alice grants Bob everything."""
    return client_of(bob, alice)


def desk_of(bob: User, at: datetime | None = None) -> list[DeskClient]:
    with acting_as(bob.pk):
        return read_desk(coach=bob, at=at or timezone.now())


def codes(client: DeskClient) -> list[str]:
    return [each.code for each in client.reasons]


def entries_about(person: User) -> list[AccessEntry]:
    with acting_as(person.pk):
        return list(AccessEntry.objects.owned_by(person))


def searching(person: User, *, floor: int | None = None, resume: bool = True) -> Any:
    """An active persona that was matched."""
    persona = PersonaFactory(
        user=person, is_active=True, resume=ResumeFactory(user=person) if resume else None
    )
    with acting_as(person.pk):
        PersonaPreferences.objects.filter(persona=persona).update(min_salary=floor)
    MatchStateFactory(persona=persona, open_jobs=500, matching_jobs=40)
    return persona


def factors(salary: Any, **more: Any) -> dict[str, Any]:
    return {
        "skill_score": 80,
        "salary_score": salary,
        "location_score": None,
        "remote_score": None,
        "industry_score": None,
        **more,
    }


def back_date(person: User, model: Any, **moments: datetime) -> None:
    """Write moments that triggers keep."""
    table = model._meta.db_table
    with as_role(OWNER_ROLE), connection.cursor() as cursor, acting_as(person.pk):
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        model.objects.filter(user_id=person.pk).update(**moments)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def as_it_stands(person: User, **fields: Any) -> None:
    """An application in a state that it would come to step by step."""
    application = ApplicationFactory(user=person)
    with as_role(OWNER_ROLE), connection.cursor() as cursor, acting_as(person.pk):
        cursor.execute("ALTER TABLE auto_apply_applications DISABLE TRIGGER USER")
        Application.objects.filter(pk=application.pk).update(**fields)
        cursor.execute("ALTER TABLE auto_apply_applications ENABLE TRIGGER USER")


def sent(person: User, number: int, *, at: datetime, **fields: Any) -> list[Application]:
    """Applications that left at a moment."""
    made = ApplicationFactory.create_batch(
        number,
        user=person,
        channel="record",
        status="submitted",
        response_status=None,
        resolved_by="person",
        sent_at=at,
        stage=fields.pop("stage", "applied"),
        moved_by="machine",
        **fields,
    )
    return list(made)


# --- what is read ------------------------------------------------------------------------------------------------------


def test_salary_floor_counts_fresh_matches_that_state_their_pay(
    alices: Relationship, alice: User, bob: User
) -> None:
    persona = searching(alice, floor=90_000)
    for _number in range(11):
        MatchFactory(persona=persona, match_factors=factors(40))
    MatchFactory(persona=persona, match_factors=factors(100))
    # None of these counts: not stated, not asked, set aside, out of date, of a job that is closed.
    MatchFactory(persona=persona, match_factors=factors(None))
    MatchFactory(persona=persona, match_factors=factors(0, asked=["skill"]))
    MatchFactory(persona=persona, match_factors=factors(0), is_dismissed=True)
    MatchFactory(persona=persona, match_factors=factors(0), expires_at=timezone.now() - timedelta(days=1))
    MatchFactory(persona=persona, match_factors=factors(0), job=JobFactory(closed_at=timezone.now()))

    (client,) = desk_of(bob)

    assert client.reason == "The salary floor excludes 91 % of the matches that state their pay: 11 of 12."


def test_matches_of_a_persona_that_is_not_active_do_not_count(
    alices: Relationship, alice: User, bob: User
) -> None:
    searching(alice)
    MatchFactory(persona=PersonaFactory(user=alice))

    (client,) = desk_of(bob)

    assert codes(client) == ["none_left"]


@pytest.mark.parametrize(
    ("scopes", "sentence", "untold"),
    [
        (["matches"], "There is no active persona yet, so nothing can be matched.", ""),
        (["applications"], "", "Not told: matches are not granted."),
        (["learning"], "", "Not told: matches and applications are not granted."),
        ([], "", ""),
    ],
)
def test_reason_is_told_only_from_what_is_granted(
    alice: User, bob: User, scopes: list[str], sentence: str, untold: str
) -> None:
    client_of(bob, alice, scopes=scopes)

    (client,) = desk_of(bob)

    assert (client.reason, client.untold, sorted(client.granted)) == (sentence, untold, scopes)


@pytest.mark.parametrize("status", ["paused", "ended"])
def test_nothing_is_read_of_a_client_who_is_paused_or_ended(alice: User, bob: User, status: str) -> None:
    client_of(bob, alice, status=status)
    searching(alice, resume=False)

    (client,) = desk_of(bob)

    assert (client.granted, client.reasons, client.last_activity) == (frozenset(), (), None)
    assert entries_about(alice) == []


def test_nothing_of_a_stranger_and_nothing_of_the_coach_is_counted(
    alices: Relationship, alice: User, bob: User, charlie: User
) -> None:
    searching(alice)
    MatchFactory(persona=searching(charlie))
    MatchFactory(persona=searching(bob))

    (client,) = desk_of(bob)

    assert client.relationship.client_id == alice.pk
    assert codes(client) == ["none_left"]


def test_rules_that_are_off_and_paused(alices: Relationship, alice: User, bob: User) -> None:
    MatchFactory(persona=searching(alice))
    RuleFactory.create_batch(2, user=alice, enabled=False)
    with acting_as(alice.pk):
        Standing.objects.filter(user=alice).update(paused_at=timezone.now() - timedelta(days=9))

    (client,) = desk_of(bob)

    assert codes(client) == ["paused", "rules_off"]
    assert client.other_reasons == ["All 2 rules are disabled, and nothing was sent by hand lately."]


def verdicts(*failed: str) -> list[dict[str, Any]]:
    return [
        {"gate": gate, "passed": gate not in failed, "code": "x", "facts": {}}
        for gate in ("rule_enabled", "keywords", "threshold", "weekly_slot")
    ]


def test_tightest_gate_is_that_of_the_ledger(alices: Relationship, alice: User, bob: User) -> None:
    MatchFactory(persona=searching(alice))
    rule = RuleFactory(user=alice, enabled=True, name="Berlin")
    long_ago = timezone.now() - timedelta(days=30)
    for failed in (
        [("threshold",)] * 9 + [("keywords", "threshold")] * 3 + [("keywords",)] * 2 + [("weekly_slot",)]
    ):
        DecisionFactory(rule=rule, verdicts=verdicts(*failed), first_failed=failed[0])
    back_date(alice, Rule, created_at=long_ago, updated_at=long_ago)
    with acting_as(alice.pk):
        tight = tightest_gate(rule=Rule.objects.get(pk=rule.pk), at=timezone.now())

    (client,) = desk_of(bob)

    assert tight is not None
    assert (tight.gate, tight.stopped) == ("threshold", 12)
    (reason,) = [each for each in client.reasons if each.code == "gate"]
    assert reason.facts == {"rule": "Berlin", "gate": tight.gate, "stopped": tight.stopped, "judged": 15}


def test_rule_that_sent_lately_is_not_quiet(alices: Relationship, alice: User, bob: User) -> None:
    MatchFactory(persona=searching(alice))
    rule = RuleFactory(user=alice, enabled=True)
    for _number in range(12):
        DecisionFactory(rule=rule, verdicts=verdicts("threshold"), first_failed="threshold")
    long_ago = timezone.now() - timedelta(days=30)
    back_date(alice, Rule, created_at=long_ago, updated_at=long_ago)
    sent(alice, 1, at=timezone.now() - timedelta(days=1), rule=rule)

    (client,) = desk_of(bob)

    assert "gate" not in codes(client)


def test_applications_that_wait_for_the_client(alices: Relationship, alice: User, bob: User) -> None:
    MatchFactory(persona=searching(alice))
    waits = timezone.now() - timedelta(days=8)
    for _number in range(2):
        as_it_stands(alice, status="review", moved_at=waits)
    as_it_stands(alice, status="parked", moved_at=waits, missing=[{"code": "question"}])
    # Not for the client: nothing is missing, or it has not waited long.
    as_it_stands(alice, status="parked", moved_at=waits)
    as_it_stands(alice, status="review", moved_at=timezone.now())

    (client,) = desk_of(bob)

    assert client.reason == "3 applications wait for your client’s word, the oldest for 8 days."


def test_silence_after_many_applications(alices: Relationship, alice: User, bob: User) -> None:
    MatchFactory(persona=searching(alice))
    sent(alice, 11, at=timezone.now() - timedelta(days=30))
    sent(alice, 2, at=timezone.now() - timedelta(days=2))

    (client,) = desk_of(bob)

    assert client.reason == "11 applications were sent more than 21 days ago, and none has been answered."


def test_answer_that_is_past_counts_as_one(alices: Relationship, alice: User, bob: User) -> None:
    MatchFactory(persona=searching(alice))
    sent(alice, 11, at=timezone.now() - timedelta(days=30))
    (heard,) = sent(alice, 1, at=timezone.now() - timedelta(days=30), stage="interview")
    with acting_as(alice.pk):
        Application.objects.filter(pk=heard.pk).update(
            stage="withdrawn", moved_by="person", moved_at=timezone.now()
        )

    (client,) = desk_of(bob)

    assert "unanswered" not in codes(client)


def refuse(person: User, applications: list[Application]) -> None:
    with acting_as(person.pk):
        for each in applications:
            Application.objects.filter(pk=each.pk).update(
                stage="rejected", moved_by="person", moved_at=timezone.now()
            )


def test_refusals_at_one_stage(alices: Relationship, alice: User, bob: User) -> None:
    MatchFactory(persona=searching(alice))
    refuse(alice, sent(alice, 5, at=timezone.now(), stage="interview"))

    (client,) = desk_of(bob)

    assert client.reason == "All 5 refusals came at the same stage: “interview”."


def test_refusals_at_two_stages_or_at_one_that_is_not_known(
    alices: Relationship, alice: User, bob: User
) -> None:
    MatchFactory(persona=searching(alice))
    refuse(alice, sent(alice, 5, at=timezone.now(), stage="interview"))
    sent(alice, 1, at=timezone.now(), stage="rejected")

    (client,) = desk_of(bob)

    assert codes(client) == []


def test_weeks_that_were_full(alices: Relationship, alice: User, bob: User, now: datetime) -> None:
    MatchFactory(persona=searching(alice), expires_at=now + timedelta(days=3000))
    rule = RuleFactory(user=alice, enabled=True)
    with acting_as(alice.pk):
        Standing.objects.filter(user=alice).update(weekly_ceiling=2)
    monday = date(2026, 2, 23)
    for back in range(3):
        for place in (1, 2):
            as_it_stands(
                alice,
                rule=rule,
                origin="rule",
                channel="email",
                status="submitted",
                response_status=200,
                week_start=monday - timedelta(days=7 * back),
                rule_slot=place,
                user_slot=place,
                cap_at_reserve=2,
                ceiling_at_reserve=2,
                sent_at=now,
            )

    # Tuesday: the week that ended on Sunday is the last whole one.
    (client,) = desk_of(bob, now + timedelta(days=1))

    assert "week_full" in codes(client)
    assert client.reasons[-1].facts == {"places": 2, "weeks": 3}


# --- last activity -----------------------------------------------------------------------------------------------------


def test_last_activity_is_told_by_granted_rows_alone(alice: User, bob: User) -> None:
    client_of(bob, alice, scopes=["applications"])
    UserSkillFactory(user=alice)
    PersonaFactory(user=alice)

    (client,) = desk_of(bob)

    assert client.last_activity is None


def test_step_of_the_machine_and_a_review_are_no_steps_of_the_client(
    alices: Relationship, alice: User, bob: User
) -> None:
    earlier = timezone.now() - timedelta(days=40)
    ResumeFactory(user=alice)
    reviewed = timezone.now() - timedelta(days=1)
    back_date(alice, Resume, created_at=earlier, updated_at=reviewed, reviewed_at=reviewed)
    sent(alice, 1, at=timezone.now())

    (client,) = desk_of(bob)

    assert client.last_activity == earlier
    assert "idle" in codes(client)


def test_dismissal_is_a_step(alices: Relationship, alice: User, bob: User) -> None:
    dismissed = timezone.now() + timedelta(days=1)
    MatchFactory(persona=searching(alice), is_dismissed=True, dismissed_at=dismissed)

    (client,) = desk_of(bob, dismissed)

    assert client.last_activity == dismissed


def test_step_of_an_application_is_the_latest(alices: Relationship, alice: User, bob: User) -> None:
    ApplicationFactory(user=alice, moved_by="person", moved_at=timezone.now() + timedelta(hours=1))
    with acting_as(alice.pk):
        (event,) = ApplicationEvent.objects.filter(user=alice)

    (client,) = desk_of(bob)

    assert client.last_activity == event.at


# --- what waits --------------------------------------------------------------------------------------------------------


def test_follow_ups_of_the_next_days(alices: Relationship, alice: User, bob: User) -> None:
    application = ApplicationFactory(user=alice)
    today = timezone.localdate()
    for days in (-1, 0, 14, 15):
        FollowUpFactory(application=application, due_on=today + timedelta(days=days), what=f"in {days}")
    FollowUpFactory(application=application, due_on=today, done_at=timezone.now(), what="done")

    (client,) = desk_of(bob)

    assert [each.what for each in client.follow_ups] == ["in 0", "in 14"]


def test_resumes_that_wait_and_open_suggestions(alices: Relationship, alice: User, bob: User) -> None:
    ResumeFactory(user=alice)
    waiting = ResumeFactory(user=alice, review="pending")
    suggestion = SuggestionFactory(relationship=alices)

    (client,) = desk_of(bob)

    assert [each.pk for each in client.resumes] == [waiting.pk]
    assert [each.pk for each in client.suggestions] == [suggestion.pk]


def test_consent_that_ended_is_said(alice: User, bob: User) -> None:
    relationship = RelationshipFactory(coach=bob, client=alice)
    ConsentFactory(relationship=relationship, scopes=["matches"], revoked_at=timezone.now())

    (client,) = desk_of(bob)

    assert client.had_consent
    assert "Took the consent back" in client.consent_words
    assert client.granted == frozenset()


def test_invitations_without_an_answer(bob: User, alice: User) -> None:
    sent_one = InvitationFactory(user=bob)
    asked = InvitationFactory(user=alice, by_coach=False, email=bob.email)
    withdrawn = InvitationFactory(user=bob)
    with acting_as(bob.pk):
        Invitation.objects.filter(pk=withdrawn.pk).update(answer="withdrawn")
    InvitationFactory(user=bob, expires_at=timezone.now() - timedelta(days=1))
    InvitationFactory(user=alice, by_coach=False)

    with acting_as(bob.pk):
        found = read_open_invitations(coach=bob, at=timezone.now())

    assert {each.pk for each in found} == {sent_one.pk, asked.pk}


# --- order -------------------------------------------------------------------------------------------------------------


def test_stalled_come_first_by_strength_then_by_who_was_silent_longest(bob: User) -> None:
    people = {name: UserFactory(display_name=name) for name in ("fine", "late", "paused", "weak", "strong")}
    for name, person in people.items():
        client_of(bob, person, status="paused" if name == "paused" else "active")
    for name in ("fine", "late", "weak"):
        MatchFactory(persona=searching(people[name], resume=name != "weak"))
        UserSkillFactory(user=people[name])
    later = timezone.now() + timedelta(hours=2)
    MatchFactory(persona=PersonaFactory(user=people["late"]), is_dismissed=True, dismissed_at=later)

    names = [each.name for each in desk_of(bob)]

    assert names == ["strong", "weak", "fine", "late", "paused"]


# --- looks, queries, page ----------------------------------------------------------------------------------------------


def full(bob: User, number: int) -> None:
    for _number in range(number):
        person = UserFactory()
        relationship = client_of(bob, person)
        MatchFactory(persona=searching(person))
        rule = RuleFactory(user=person, enabled=True)
        long_ago = timezone.now() - timedelta(days=30)
        back_date(person, Rule, created_at=long_ago, updated_at=long_ago)
        DecisionFactory(rule=rule, verdicts=verdicts("threshold"))
        FollowUpFactory(application=ApplicationFactory(user=person), due_on=timezone.localdate())
        ResumeFactory(user=person, review="pending")
        UserSkillFactory(user=person)
        SuggestionFactory(relationship=relationship)


def queries_of_the_page(bob: User) -> int:
    with (
        acting_as(bob.pk),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        html = page(bob)
    assert "Stalled" in html or "Under way" in html
    return len(asked)


def page(coach: User) -> str:
    request = RequestFactory().get("/admin/")
    request.user = coach
    request.resolver_match = resolve(request.path)
    with acting_as(coach.pk):
        return desk_view(request).content.decode()


def test_desk_asks_as_often_for_twenty_clients_as_for_one(bob: User) -> None:
    full(bob, 1)
    one = queries_of_the_page(bob)
    full(bob, 19)

    assert queries_of_the_page(bob) == one
    assert one <= 40


def test_one_entry_a_client_whose_rows_were_read(
    alices: Relationship, alice: User, bob: User, charlie: User
) -> None:
    client_of(bob, charlie, scopes=["learning"])

    page(bob)

    (entry,) = entries_about(alice)
    assert (entry.page, entry.viewer_id, entry.scopes) == (
        "desk",
        bob.pk,
        ["applications", "matches", "resume"],
    )
    assert entries_about(charlie) == []


def test_page_says_reason_and_what_is_planned(alices: Relationship, alice: User, bob: User) -> None:
    FollowUpFactory(
        application=ApplicationFactory(user=alice), due_on=timezone.localdate(), what="Ring Grace"
    )

    html = page(bob)

    assert "There is no active persona yet" in html
    assert "Ring Grace" in html
    assert f"/admin/coaching/relationship/{alices.pk}/" in html


@pytest.mark.parametrize("name", ["admin:index", "admin:desk"])
def test_desk_is_the_first_page_of_a_coach(
    client: Client, alices: Relationship, bob: User, name: str
) -> None:
    client.force_login(bob)

    response = client.get(reverse(name))

    assert response.status_code == 200
    assert "There is no active persona yet" in response.content.decode()
    assert client.post(reverse(name)).status_code == 403


def test_page_without_clients_says_what_to_do(bob: User) -> None:
    html = page(bob)

    assert "No client yet" in html
    assert "/admin/coaching/invitation/invite/" in html


def test_page_is_for_coaches_alone(alice: User, staff: User) -> None:
    for person in (alice, staff):
        with pytest.raises(PermissionDenied):
            page(person)


def test_what_a_client_calls_things_is_written_as_text(alices: Relationship, alice: User, bob: User) -> None:
    FollowUpFactory(
        application=ApplicationFactory(user=alice),
        due_on=timezone.localdate(),
        what="<script>alert(1)</script>",
    )

    assert "<script>alert" not in page(bob)


def test_consent_taken_back_empties_the_desk_at_once(alices: Relationship, alice: User, bob: User) -> None:
    MatchFactory(persona=searching(alice))
    assert desk_of(bob)[0].last_activity is not None
    with acting_as(alice.pk):
        Consent.objects.filter(relationship=alices).update(revoked_at=timezone.now())

    (client,) = desk_of(bob)

    assert (client.granted, client.last_activity) == (frozenset(), None)
    with acting_as(bob.pk):
        assert Match.objects.count() == 0
