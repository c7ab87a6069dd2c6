"""A coach's clients in the admin: the list, each client's file, and its buttons; nothing of another coach."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coaching.consents import revoke_consent
from coaching.models import AccessEntry, Mail, Relationship, Scope
from personas.identity import acting_as
from personas.models import User
from tests.factories import (
    ConsentFactory,
    MatchFactory,
    PersonaFactory,
    PrivateNoteFactory,
    RelationshipFactory,
    UserFactory,
)

LIST = "/admin/coaching/relationship/"
BUTTONS = ["pause", "resume", "end", "shared-notes", "private-notes"]


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    return RelationshipFactory(coach=bob, client=alice, notes="Agreed on Mondays.")


@pytest.fixture
def desk(client: Client, bob: User) -> Client:
    """A browser in which Bob is signed in."""
    client.force_login(bob)
    return client


def file_of(relationship: Relationship, button: str = "change") -> str:
    return f"{LIST}{relationship.pk}/{button}/"


def read(desk: Client, relationship: Relationship) -> str:
    response = desk.get(file_of(relationship))
    assert response.status_code == 200
    return response.content.decode()


def stored(relationship: Relationship) -> Relationship:
    with acting_as(relationship.coach_id):
        return Relationship.objects.get(pk=relationship.pk)


# --- the list --------------------------------------------------------------------------------------------------------


def test_coach_sees_their_clients_and_what_each_shares(desk: Client, relationship: Relationship) -> None:
    ConsentFactory(relationship=relationship, scopes=["matches", "resume"])

    html = desk.get(LIST).content.decode()

    assert "alice@example.com" in html
    assert "matches, résumé" in html


def test_coach_sees_nothing_of_another_coach(desk: Client, charlie: User) -> None:
    other = RelationshipFactory(coach=UserFactory(is_coach=True), client=charlie, notes="Of another coach.")

    assert "charlie@example.com" not in desk.get(LIST).content.decode()
    assert desk.get(file_of(other)).status_code == 404


def test_clients_are_searched_by_name_and_address(
    desk: Client, bob: User, relationship: Relationship
) -> None:
    RelationshipFactory(coach=bob, client=UserFactory(email="dora@example.com", display_name="Dora"))

    html = desk.get(LIST, {"q": "dora"}).content.decode()

    assert "dora@example.com" in html
    assert "alice@example.com" not in html


@pytest.mark.parametrize(
    "more", ["client__password__startswith=a", "client=x", "_popup=1", "status__exact=active&coach__email=b"]
)
def test_list_answers_no_other_question(desk: Client, relationship: Relationship, more: str) -> None:
    assert desk.get(f"{LIST}?{more}").status_code == 404


def test_list_asks_as_often_for_twenty_clients_as_for_one(
    desk: Client, bob: User, relationship: Relationship
) -> None:
    desk.get(LIST)
    with CaptureQueriesContext(connection) as one:
        desk.get(LIST)
    for _each in range(19):
        ConsentFactory(relationship=RelationshipFactory(coach=bob))
    with CaptureQueriesContext(connection) as twenty:
        html = desk.get(LIST).content.decode()

    assert html.count("<tr") == 21
    assert len(twenty) == len(one)


# --- the file --------------------------------------------------------------------------------------------------------


def test_file_says_what_is_shared_until_when_and_what_is_not(
    desk: Client, relationship: Relationship
) -> None:
    ConsentFactory(relationship=relationship, scopes=["matches"])

    html = read(desk, relationship)

    assert "Without an end date" in html
    assert html.count('data-granted="yes"') == 1
    assert html.count('data-granted="no"') == 3
    assert reverse("admin:coaching_clientmatch_changelist") + f"?client={relationship.pk}" in html
    assert reverse("admin:coaching_clientresume_changelist") not in html


def test_file_and_desk_name_the_last_day_that_the_client_chose(
    desk: Client, relationship: Relationship
) -> None:
    """The end is the midnight after it."""
    ends = datetime(2099, 5, 15, tzinfo=UTC)
    ConsentFactory(relationship=relationship, scopes=["matches"], valid_until=ends)

    assert "Until May 14, 2099." in read(desk, relationship)
    assert "until May 14, 2099" in desk.get("/admin/").content.decode()


def test_file_reads_no_rows_and_leaves_no_entry(
    desk: Client, relationship: Relationship, alice: User
) -> None:
    ConsentFactory(relationship=relationship, scopes=list(Scope.values))
    MatchFactory(persona=PersonaFactory(user=alice, name="zq-canary"))

    assert "zq-canary" not in read(desk, relationship)
    with acting_as(alice.pk):
        assert not AccessEntry.objects.exists()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("active", "has not said yet"),
        ("paused", "You paused this"),
        ("ended", "This has ended"),
    ],
)
def test_file_says_why_nothing_is_seen(desk: Client, bob: User, alice: User, status: str, words: str) -> None:
    assert words in read(desk, RelationshipFactory(coach=bob, client=alice, status=status))


def test_file_says_that_a_consent_was_taken_back(
    desk: Client, relationship: Relationship, alice: User
) -> None:
    consent = ConsentFactory(relationship=relationship)
    with acting_as(alice.pk):
        revoke_consent(consent=consent)

    assert "took back" in read(desk, relationship)


def test_file_that_has_ended_offers_nothing_to_press(desk: Client, bob: User, alice: User) -> None:
    html = read(desk, RelationshipFactory(coach=bob, client=alice, status="ended", notes="Agreed."))

    assert "Agreed." in html
    assert "Pause" not in html


# --- its buttons -----------------------------------------------------------------------------------------------------


def test_pause_and_going_on(desk: Client, relationship: Relationship) -> None:
    desk.post(file_of(relationship, "pause"))
    assert stored(relationship).status == "paused"

    desk.post(file_of(relationship, "resume"))
    assert stored(relationship).status == "active"


def test_ending_is_asked_about_first(desk: Client, relationship: Relationship, bob: User) -> None:
    asked = desk.get(file_of(relationship, "end"))
    assert "Stop coaching" in asked.content.decode()
    assert stored(relationship).status == "active"

    desk.post(file_of(relationship, "end"))

    assert stored(relationship).status == "ended"
    with acting_as(bob.pk):
        assert Mail.objects.filter(kind=Mail.Kind.ENDED).count() == 1


def test_what_has_ended_is_not_resumed_and_the_page_says_why(desk: Client, bob: User, alice: User) -> None:
    ended = RelationshipFactory(coach=bob, client=alice, status="ended")

    response = desk.post(file_of(ended, "resume"), follow=True)

    assert "It begins anew when a new invitation is accepted." in response.content.decode()
    assert stored(ended).status == "ended"


def test_shared_notes_are_kept(desk: Client, relationship: Relationship) -> None:
    desk.post(file_of(relationship, "shared-notes"), {"notes": "Until May."})

    assert stored(relationship).notes == "Until May."


def test_notes_that_are_too_long_are_explained_and_what_was_typed_stays(
    desk: Client, relationship: Relationship
) -> None:
    html = desk.post(file_of(relationship, "shared-notes"), {"notes": "x" * 100_000}).content.decode()

    assert "errorlist" in html
    assert "xxxxxxxxxx" in html
    assert stored(relationship).notes == "Agreed on Mondays."


@pytest.mark.parametrize("button", BUTTONS)
def test_coach_cannot_point_a_relationship_at_somebody_else(
    desk: Client, relationship: Relationship, charlie: User, button: str
) -> None:
    desk.post(file_of(relationship, button), {"client": charlie.pk, "coach": charlie.pk, "status": "ended"})

    now = stored(relationship)
    assert (now.client_id, now.coach_id) == (relationship.client_id, relationship.coach_id)


@pytest.mark.parametrize("button", BUTTONS)
def test_buttons_of_another_coachs_file_are_not_there(desk: Client, charlie: User, button: str) -> None:
    other = RelationshipFactory(coach=UserFactory(is_coach=True), client=charlie)

    assert desk.post(file_of(other, button), {"notes": "x", "body": "x"}).status_code == 404
    assert stored(other).status == "active"


@pytest.mark.parametrize("button", ["pause", "resume", "shared-notes", "private-notes"])
def test_nothing_changes_by_looking(desk: Client, relationship: Relationship, button: str) -> None:
    assert desk.get(file_of(relationship, button)).status_code == 403
    assert stored(relationship).status == "active"


@pytest.mark.parametrize("way", ["add/", "{pk}/delete/", "{pk}/history/", "{pk}/"])
def test_nothing_is_added_or_deleted_here(desk: Client, relationship: Relationship, way: str) -> None:
    assert desk.post(LIST + way.format(pk=relationship.pk), {"post": "yes"}).status_code == 404


def test_deleting_many_at_once_is_not_offered(desk: Client, relationship: Relationship) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [relationship.pk], "post": "yes"}

    assert desk.post(LIST, chosen).status_code == 403
    assert stored(relationship).pk == relationship.pk


# --- private notes ---------------------------------------------------------------------------------------------------


def test_private_note_is_written_changed_and_deleted(desk: Client, relationship: Relationship) -> None:
    desk.post(file_of(relationship, "private-notes"), {"body": "Shy in interviews."})
    assert "Shy in interviews." in read(desk, relationship)
    with acting_as(relationship.coach_id):
        note = relationship.private_notes.get()
    address = file_of(relationship, f"private-notes/{note.pk}")

    assert "Shy in interviews." in desk.get(address).content.decode()
    desk.post(address, {"body": "Better by now."})
    assert "Better by now." in read(desk, relationship)

    assert "Delete this note?" in desk.get(f"{address}delete/").content.decode()
    assert "Better by now." in read(desk, relationship)
    desk.post(f"{address}delete/")
    assert "Better by now." not in read(desk, relationship)


def test_empty_note_is_explained(desk: Client, relationship: Relationship) -> None:
    html = desk.post(file_of(relationship, "private-notes"), {"body": "  "}).content.decode()

    assert "Write something" in html


def test_note_of_another_coach_is_not_there(
    desk: Client, relationship: Relationship, charlie: User, alice: User
) -> None:
    other = RelationshipFactory(coach=UserFactory(is_coach=True), client=alice)
    note = PrivateNoteFactory(relationship=other, body="zq-secret")

    for file in (relationship, other):
        for end in ("", "delete/"):
            address = file_of(file, f"private-notes/{note.pk}") + end
            assert desk.get(address).status_code == 404
            assert desk.post(address, {"body": "mine"}).status_code == 404
    with acting_as(other.coach_id):
        note.refresh_from_db()
    assert note.body == "zq-secret"


# --- who comes in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["alice", "charlie", "staff"])
def test_nobody_but_a_coach_comes_in(
    client: Client, relationship: Relationship, request: Any, who: str
) -> None:
    client.force_login(request.getfixturevalue(who))

    for address in (LIST, file_of(relationship), file_of(relationship, "end")):
        assert client.get(address).status_code in {302, 403}
    assert client.post(file_of(relationship, "end")).status_code in {302, 403}
    assert stored(relationship).status == "active"


def test_relationship_opens_no_row_of_the_client_in_the_pages_of_the_staff(
    desk: Client, relationship: Relationship, alice: User
) -> None:
    ConsentFactory(relationship=relationship, scopes=list(Scope.values))
    MatchFactory(persona=PersonaFactory(user=alice, name="zq-canary"))

    for address in ("admin:personas_persona_changelist", "admin:matching_match_changelist"):
        response = desk.get(reverse(address))
        assert response.status_code == 403
        assert "zq-canary" not in response.content.decode()


# --- the first page --------------------------------------------------------------------------------------------------


def test_coach_begins_at_the_desk_and_staff_at_the_overview(
    client: Client, bob: User, staff: User, relationship: Relationship
) -> None:
    client.force_login(bob)
    desk = client.get(reverse("admin:index")).content.decode()
    client.force_login(staff)
    overview = client.get(reverse("admin:index")).content.decode()

    assert "Alice" in desk
    assert "personas/user" not in desk
    assert reverse("admin:personas_user_changelist") in overview
    assert client.get(reverse("admin:desk")).status_code == 403


def test_staff_who_coach_have_both(client: Client, relationship: Relationship) -> None:
    both = UserFactory(is_staff=True, is_coach=True)
    client.force_login(both)

    html = client.get(reverse("admin:index")).content.decode()

    assert reverse("admin:desk") in html
    assert reverse("admin:personas_user_changelist") in html
    assert client.get(reverse("admin:desk")).status_code == 200
