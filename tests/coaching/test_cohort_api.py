"""The API of a coach's own desk: clients and reasons, private notes, cohorts; one look at every client who is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from coaching import cohorts, notes
from coaching.models import SCOPES, AccessEntry, Cohort, CohortMember, Consent, PrivateNote, Relationship
from personas.idempotency import HEADER, REPLAYED
from personas.identity import acting_as
from personas.models import Resume, User
from personas.tokens import issue_token
from tests.factories import (
    ApplicationFactory,
    CohortFactory,
    CohortMemberFactory,
    ConsentFactory,
    FollowUpFactory,
    MatchFactory,
    PersonaFactory,
    PrivateNoteFactory,
    RelationshipFactory,
    ResumeFactory,
    SuggestionFactory,
    UserFactory,
    UserSkillFactory,
)

DESK = "/api/v1/coaching/desk/"
NOTES = "/api/v1/coaching/private-notes/"
COHORTS = "/api/v1/coaching/cohorts/"
NOTHING = "There is nothing at this address for you."


@pytest.fixture
def coach(api: APIClient, bob: User) -> APIClient:
    """Bob's session."""
    api.force_login(bob)
    return api


@pytest.fixture
def consent(alice: User, bob: User) -> Consent:
    """Alice lets Bob see everything that a consent opens."""
    return ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice), scopes=list(SCOPES))


def looks_at(person: User) -> list[AccessEntry]:
    with acting_as(person.pk):
        return list(AccessEntry.objects.owned_by(person))


def all_of(model: Any, user: User) -> list[Any]:
    with acting_as(user.pk):
        return list(model.objects.order_by("created_at"))


def read_key(user: User) -> str:
    with acting_as(user.pk):
        expires_at = datetime(2099, 1, 1, tzinfo=UTC)
        _row, key = issue_token(user=user, name="phone", scope="read", expires_at=expires_at)
    return f"Bearer {key}"


# --- the desk --------------------------------------------------------------------------------------------------------


def test_desk_tells_who_is_stalled_why_and_what_is_coming_up(coach: APIClient, consent: Consent) -> None:
    application = ApplicationFactory(user=consent.client)
    planned = FollowUpFactory(
        application=application, what="call", due_on=timezone.localdate() + timedelta(days=2)
    )
    resume = ResumeFactory(user=consent.client)
    with acting_as(consent.client_id):
        Resume.objects.filter(pk=resume.pk).update(review="pending")
    suggestion = SuggestionFactory(relationship=consent.relationship)

    (client,) = coach.get(DESK).json()["clients"]

    assert (client["relationship"], client["client"]) == (str(consent.relationship_id), {"name": "Alice"})
    assert (client["status"], client["may_see"], client["is_stalled"]) == ("active", sorted(SCOPES), True)
    assert client["reasons"][0]["code"] == "no_persona"
    assert client["reasons"][0]["words"].startswith("There is no active persona")
    assert [(row["id"], row["what"]) for row in client["follow_ups"]] == [(str(planned.pk), "call")]
    assert [row["id"] for row in client["suggestions"]] == [str(suggestion.pk)]
    assert [(row["id"], row["review"]) for row in client["resumes"]] == [(str(resume.pk), "pending")]


def test_desk_is_one_look_at_each_client_who_lets_something_be_seen(
    coach: APIClient, consent: Consent, charlie: User, bob: User
) -> None:
    RelationshipFactory(coach=bob, client=charlie)
    paused = ConsentFactory(relationship=RelationshipFactory(coach=bob), scopes=["matches"])
    with acting_as(bob.pk):
        Relationship.objects.filter(pk=paused.relationship_id).update(status="paused")

    clients = coach.get(DESK).json()["clients"]

    assert {(row["status"], len(row["may_see"])) for row in clients} == {
        ("active", 4),
        ("active", 0),
        ("paused", 0),
    }
    assert [entry.page for entry in looks_at(consent.client)] == ["desk"]
    assert looks_at(charlie) == looks_at(paused.client) == []


def test_desk_of_somebody_who_is_no_coach_is_empty(
    api: APIClient, consent: Consent, alice: User, charlie: User, staff: User
) -> None:
    for user in (alice, charlie, staff):
        api.force_login(user)
        assert api.get(DESK).json() == {"clients": []}
    api.logout()
    assert api.get(DESK).status_code == 401
    assert looks_at(alice) == []


def test_desk_is_only_read(coach: APIClient, bob: User, api: APIClient) -> None:
    assert {
        getattr(coach, method)(DESK, {}).status_code for method in ("post", "put", "patch", "delete")
    } == {405}
    api.logout()
    api.credentials(HTTP_AUTHORIZATION=read_key(bob))
    assert api.get(DESK).status_code == 200


def test_desk_takes_as_many_queries_for_many_clients_as_for_one(coach: APIClient, bob: User) -> None:
    counts = []
    for number in (1, 9):
        for _each in range(number):
            consent = ConsentFactory(relationship=RelationshipFactory(coach=bob), scopes=list(SCOPES))
            PersonaFactory(user=consent.client, is_active=True)
            FollowUpFactory(application=ApplicationFactory(user=consent.client), due_on=timezone.localdate())
            SuggestionFactory(relationship=consent.relationship)
        with CaptureQueriesContext(connection) as captured:
            clients = coach.get(DESK).json()["clients"]
        counts.append((len(captured), len(clients)))

    assert [clients for _queries, clients in counts] == [1, 10]
    assert all(len(client["follow_ups"]) == 1 for client in clients)
    assert counts[0][0] == counts[1][0]


# --- private notes ---------------------------------------------------------------------------------------------------


def test_private_note_is_written_changed_and_deleted(coach: APIClient, consent: Consent, bob: User) -> None:
    made = coach.post(
        NOTES, {"relationship": str(consent.relationship_id), "body": "Stays near\nthe family."}
    )
    address = made.headers["Location"]
    changed = coach.patch(address, {"body": "Moves."})
    unchanged = coach.patch(address, {})
    elsewhere = coach.patch(address, {"relationship": str(uuid4()), "body": "Moves on."})
    deleted = coach.delete(address)

    assert (made.status_code, made.json()["body"]) == (201, "Stays near\nthe family.")
    assert made.json()["relationship"] == str(consent.relationship_id)
    assert (changed.json()["body"], unchanged.json()["body"]) == ("Moves.", "Moves.")
    assert elsewhere.json()["relationship"] == str(consent.relationship_id)
    assert (deleted.status_code, coach.get(address).status_code) == (204, 404)
    # Nothing of the client was read.
    assert looks_at(consent.client) == []


def test_nobody_but_the_coach_finds_a_private_note(
    api: APIClient, consent: Consent, alice: User, charlie: User, staff: User
) -> None:
    note = PrivateNoteFactory(relationship=consent.relationship, body="secret")
    for user in (alice, charlie, staff, UserFactory(is_coach=True)):
        api.force_login(user)
        answers = [
            api.get(f"{NOTES}{note.pk}/"),
            api.patch(f"{NOTES}{note.pk}/", {"body": "mine"}),
            api.delete(f"{NOTES}{note.pk}/"),
        ]
        assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [(404, NOTHING)] * 3
        assert api.get(NOTES).json()["results"] == []
        assert api.get(NOTES, {"relationship": consent.relationship_id}).json()["results"] == []
    assert [row.body for row in all_of(PrivateNote, consent.coach)] == ["secret"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": " \n "}, "body"),
        ({"body": None}, "body"),
        ({"body": "x" * (notes.MAX_NOTE + 1)}, "body"),
        ({"relationship": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11"}, "relationship"),
        ({"relationship": "Alice"}, "relationship"),
        ({"relationship": None}, "relationship"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_note_that_cannot_be_kept_is_told_by_field(
    coach: APIClient, consent: Consent, given: dict[str, Any], field: str
) -> None:
    answer = coach.post(NOTES, {"relationship": str(consent.relationship_id), "body": "fine", **given})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert all_of(PrivateNote, consent.coach) == []


def test_note_about_somebody_else_s_client_or_oneself_as_a_client_is_refused(
    api: APIClient, consent: Consent, alice: User
) -> None:
    answers = []
    for user in (alice, UserFactory(is_coach=True)):
        api.force_login(user)
        answers.append(api.post(NOTES, {"relationship": str(consent.relationship_id), "body": "x"}))

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [
        (400, ["relationship"])
    ] * 2


def test_notes_stay_after_the_end_and_are_written_once_under_a_key(
    coach: APIClient, consent: Consent, bob: User
) -> None:
    body = {"relationship": str(consent.relationship_id), "body": "once"}
    first = coach.post(NOTES, body, headers={HEADER: "one"})
    again = coach.post(NOTES, body, headers={HEADER: "one"})
    with acting_as(bob.pk):
        Relationship.objects.filter(pk=consent.relationship_id).update(status="ended")

    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
    assert len(coach.get(NOTES, {"relationship": consent.relationship_id}).json()["results"]) == 1
    assert coach.get(NOTES, {"relationship": uuid4()}).json()["results"] == []
    assert coach.get(NOTES, {"relationship": "Alice"}).status_code == 400


def test_list_of_notes_takes_as_many_queries(coach: APIClient, consent: Consent) -> None:
    counts = []
    for number in (1, 19):
        for _each in range(number):
            PrivateNoteFactory(relationship=consent.relationship)
        with CaptureQueriesContext(connection) as captured:
            rows = coach.get(NOTES).json()["results"]
        counts.append((len(captured), len(rows)))

    assert [rows for _queries, rows in counts] == [1, 20]
    assert counts[0][0] == counts[1][0]


# --- cohorts ---------------------------------------------------------------------------------------------------------


def test_cohort_is_made_filled_renamed_emptied_and_deleted(
    coach: APIClient, consent: Consent, bob: User
) -> None:
    made = coach.post(COHORTS, {"name": " Spring  course "})
    address = made.headers["Location"]
    filled = coach.post(f"{address}members/", {"relationships": [str(consent.relationship_id)]})
    again = coach.post(f"{address}members/", {"relationships": [str(consent.relationship_id)]})
    (member,) = coach.get(f"{address}members/").json()["results"]
    renamed = coach.patch(address, {"name": "Summer course"})
    unchanged = coach.patch(address, {})
    emptied = coach.delete(f"{address}members/{member['id']}/")
    gone = coach.delete(f"{address}members/{member['id']}/")
    deleted = coach.delete(address)

    assert (made.status_code, made.json()["name"], made.json()["members"]) == (201, "Spring course", 0)
    assert (filled.status_code, filled.json(), again.json()) == (200, {"added": 1}, {"added": 0})
    assert (member["client"], member["status"], member["relationship"]) == (
        {"name": "Alice"},
        "active",
        str(consent.relationship_id),
    )
    assert (renamed.json()["name"], renamed.json()["members"]) == ("Summer course", 1)
    assert unchanged.json()["name"] == "Summer course"
    assert (emptied.status_code, gone.status_code, deleted.status_code) == (204, 404, 204)
    assert coach.get(address).status_code == 404
    assert len(all_of(Relationship, bob)) == 1
    assert looks_at(consent.client) == []


def test_nobody_but_the_coach_finds_a_cohort(
    api: APIClient, consent: Consent, alice: User, charlie: User, staff: User, bob: User
) -> None:
    cohort = CohortFactory(coach=bob)
    member = CohortMemberFactory(cohort=cohort, relationship=consent.relationship)
    address = f"{COHORTS}{cohort.pk}/"
    for user in (alice, charlie, staff, UserFactory(is_coach=True)):
        api.force_login(user)
        answers = [
            api.get(address),
            api.patch(address, {"name": "Mine"}),
            api.delete(address),
            api.get(f"{address}members/"),
            api.post(f"{address}members/", {"relationships": [str(consent.relationship_id)]}),
            api.delete(f"{address}members/{member.pk}/"),
            api.get(f"{address}progress/"),
        ]
        assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [(404, NOTHING)] * 7
        assert api.get(COHORTS).json()["results"] == []
    assert len(all_of(CohortMember, bob)) == 1
    assert looks_at(alice) == []


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": "x" * (cohorts.MAX_NAME + 1)}, 400, "name"),
        ({"name": {}}, 400, "name"),
        ({"name": "TAKEN "}, 409, "name"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_cohort_that_cannot_be_kept_is_told_by_field(
    coach: APIClient, bob: User, given: dict[str, Any], status: int, field: str
) -> None:
    CohortFactory(coach=bob, name="Taken")
    other = CohortFactory(coach=bob, name="Other")

    answers = [coach.post(COHORTS, given)]
    if given:
        answers.append(coach.patch(f"{COHORTS}{other.pk}/", given))

    assert {(answer.status_code, *answer.json()["errors"]) for answer in answers} == {(status, field)}
    assert sorted(row.name for row in all_of(Cohort, bob)) == ["Other", "Taken"]


def test_only_a_coach_makes_cohorts(api: APIClient, charlie: User) -> None:
    api.force_login(charlie)

    answer = api.post(COHORTS, {"name": "Mine"})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["coach"])
    assert all_of(Cohort, charlie) == []


def test_members_that_cannot_be_taken_are_told_by_field_and_none_is_taken(
    coach: APIClient, consent: Consent, bob: User, charlie: User
) -> None:
    cohort = CohortFactory(coach=bob)
    ended = RelationshipFactory(coach=bob)
    with acting_as(bob.pk):
        Relationship.objects.filter(pk=ended.pk).update(status="ended")
    own = str(consent.relationship_id)
    address = f"{COHORTS}{cohort.pk}/members/"

    answers = {
        name: coach.post(address, {"relationships": given})
        for name, given in {
            "none": [],
            "no list": own,
            "ended": [own, str(ended.pk)],
            "of another coach": [own, str(RelationshipFactory(client=charlie).pk)],
            "no id": ["Alice"],
        }.items()
    }

    assert {name: (answer.status_code, *answer.json()["errors"]) for name, answer in answers.items()} == {
        "none": (400, "relationships"),
        "no list": (400, "relationships"),
        "ended": (400, "relationships"),
        "of another coach": (400, "relationships.1"),
        "no id": (400, "relationships.0"),
    }
    assert coach.post(address, {}).status_code == 400
    assert all_of(CohortMember, bob) == []


def test_progress_shows_what_each_granted_and_is_one_look_at_each(
    coach: APIClient, consent: Consent, charlie: User, bob: User
) -> None:
    cohort = CohortFactory(coach=bob)
    narrow = ConsentFactory(relationship=RelationshipFactory(coach=bob, client=charlie), scopes=["resume"])
    nothing = RelationshipFactory(coach=bob)
    for each in (consent.relationship, narrow.relationship, nothing):
        CohortMemberFactory(cohort=cohort, relationship=each)
    MatchFactory(persona=PersonaFactory(user=consent.client, is_active=True))
    UserSkillFactory(user=charlie)

    answer = coach.get(f"{COHORTS}{cohort.pk}/progress/")
    shown = {row["relationship"]: row for row in answer.json()["clients"]}
    of_alice, of_charlie = shown[str(consent.relationship_id)], shown[str(narrow.relationship_id)]

    assert (of_alice["matches"], of_alice["skills"]) == (
        {"fresh": 1, "best": "80.00"},
        {"held": 0, "gained": 0},
    )
    assert [share["count"] for share in of_alice["funnel"]] == [0] * len(of_alice["funnel"])
    assert len(of_alice["weeks"]) == 8
    assert (of_charlie["matches"], of_charlie["funnel"], of_charlie["weeks"]) == (None, None, None)
    assert (of_charlie["skills"], of_charlie["may_see"]) == ({"held": 1, "gained": 1}, ["resume"])
    assert shown[str(nothing.pk)]["may_see"] == []
    assert (answer.json()["totals"]["clients"], answer.json()["totals"]["of"]["resume"]) == (3, 2)
    assert [entry.page for entry in looks_at(consent.client) + looks_at(charlie)] == ["cohort", "cohort"]
    assert looks_at(nothing.client) == []


@pytest.mark.parametrize("cut", ["paused", "ended", "revoked"])
def test_progress_tells_nothing_after_a_cut(
    coach: APIClient, consent: Consent, bob: User, alice: User, cut: str
) -> None:
    cohort = CohortFactory(coach=bob)
    CohortMemberFactory(cohort=cohort, relationship=consent.relationship)
    if cut == "revoked":
        with acting_as(alice.pk):
            Consent.objects.filter(pk=consent.pk).update(revoked_at=timezone.now())
    else:
        with acting_as(bob.pk):
            Relationship.objects.filter(pk=consent.relationship_id).update(status=cut)

    (row,) = coach.get(f"{COHORTS}{cohort.pk}/progress/").json()["clients"]

    assert (row["may_see"], row["matches"], row["funnel"], row["skills"]) == ([], None, None, None)
    assert looks_at(alice) == []


def test_cohort_is_made_once_under_a_key(coach: APIClient, bob: User) -> None:
    first = coach.post(COHORTS, {"name": "Once"}, headers={HEADER: "one"})
    again = coach.post(COHORTS, {"name": "Once"}, headers={HEADER: "one"})

    assert (first.status_code, again.content, again.headers[REPLAYED]) == (201, first.content, "true")
    assert len(all_of(Cohort, bob)) == 1


def test_key_of_scope_read_reads_and_writes_nothing(api: APIClient, bob: User, consent: Consent) -> None:
    cohort = CohortFactory(coach=bob)
    note = PrivateNoteFactory(relationship=consent.relationship)
    api.credentials(HTTP_AUTHORIZATION=read_key(bob))

    reads = [COHORTS, f"{COHORTS}{cohort.pk}/members/", f"{COHORTS}{cohort.pk}/progress/", NOTES]
    writes = [
        api.post(COHORTS, {"name": "x"}),
        api.patch(f"{COHORTS}{cohort.pk}/", {"name": "x"}),
        api.delete(f"{COHORTS}{cohort.pk}/"),
        api.post(f"{COHORTS}{cohort.pk}/members/", {"relationships": [str(consent.relationship_id)]}),
        api.post(NOTES, {"relationship": str(consent.relationship_id), "body": "x"}),
        api.delete(f"{NOTES}{note.pk}/"),
    ]

    assert {api.get(address).status_code for address in reads} == {200}
    assert {answer.status_code for answer in writes} == {403}


@pytest.mark.parametrize("what", ["cohorts", "members"])
def test_lists_of_cohorts_and_members_take_as_many_queries(coach: APIClient, bob: User, what: str) -> None:
    cohort = CohortFactory(coach=bob)
    address = COHORTS if what == "cohorts" else f"{COHORTS}{cohort.pk}/members/"
    counts = []
    for number in (1, 18):
        for _each in range(number):
            CohortMemberFactory(
                cohort=CohortFactory(coach=bob) if what == "cohorts" else cohort,
                relationship=RelationshipFactory(coach=bob),
            )
        with CaptureQueriesContext(connection) as captured:
            rows = coach.get(address).json()["results"]
        counts.append((len(captured), len(rows)))

    assert [rows for _queries, rows in counts] == ([2, 20] if what == "cohorts" else [1, 19])
    assert counts[0][0] == counts[1][0]
