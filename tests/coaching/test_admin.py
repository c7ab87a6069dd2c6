"""The coach's desk: own relationships, consents and notes; nothing of another coach, nothing a form should not change."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coaching.models import PrivateNote, Relationship
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

pytestmark = pytest.mark.ignore_template_errors
LISTS = ["relationship", "consent", "privatenote"]


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    return RelationshipFactory(coach=bob, client=alice, notes="Agreed on Mondays.")


@pytest.fixture
def desk(client: Client, bob: User) -> Client:
    """A browser in which Bob is signed in."""
    client.force_login(bob)
    return client


def list_of(name: str) -> str:
    return reverse(f"admin:coaching_{name}_changelist")


def form_of(row: Any) -> str:
    return reverse(f"admin:coaching_{row._meta.model_name}_change", args=[row.pk])


def stored(relationship: Relationship) -> Relationship:
    with acting_as(relationship.coach_id):
        return Relationship.objects.get(pk=relationship.pk)


def test_coach_sees_their_clients(desk: Client, relationship: Relationship) -> None:
    html = desk.get(list_of("relationship")).content.decode()

    assert "alice@example.com" in html


@pytest.mark.parametrize("name", LISTS)
def test_coach_sees_nothing_of_another_coach(desk: Client, charlie: User, name: str) -> None:
    other = RelationshipFactory(coach=UserFactory(is_coach=True), client=charlie)
    ConsentFactory(relationship=other)
    PrivateNoteFactory(relationship=other, body="Of another coach.")

    html = desk.get(list_of(name)).content.decode()

    assert "charlie@example.com" not in html
    assert "Of another coach." not in html


@pytest.mark.parametrize("factory", [RelationshipFactory, ConsentFactory, PrivateNoteFactory])
def test_row_of_another_coach_cannot_be_opened(desk: Client, factory: Any) -> None:
    response = desk.get(form_of(factory()))

    assert response.status_code in {302, 403, 404}


def test_coach_changes_status_and_notes(desk: Client, relationship: Relationship) -> None:
    desk.post(form_of(relationship), {"status": "paused", "notes": "Until May."})

    assert (stored(relationship).status, stored(relationship).notes) == ("paused", "Until May.")


def test_coach_cannot_point_a_relationship_at_somebody_else(
    desk: Client, relationship: Relationship, charlie: User
) -> None:
    desk.post(
        form_of(relationship), {"status": "active", "notes": "", "client": charlie.pk, "coach": charlie.pk}
    )

    assert (stored(relationship).client_id, stored(relationship).coach_id) == (
        relationship.client_id,
        relationship.coach_id,
    )


def test_unknown_status_is_explained(desk: Client, relationship: Relationship) -> None:
    response = desk.post(form_of(relationship), {"status": "married", "notes": ""})

    assert response.status_code == 200
    assert stored(relationship).status == "active"


def test_coach_cannot_widen_a_consent(desk: Client, relationship: Relationship) -> None:
    consent = ConsentFactory(relationship=relationship)

    response = desk.post(form_of(consent), {"scopes": "matches,resume"})

    assert response.status_code == 403


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("page", ["add", "delete"])
def test_nothing_is_added_or_deleted_here(
    desk: Client, relationship: Relationship, name: str, page: str
) -> None:
    rows = {
        "relationship": relationship,
        "consent": ConsentFactory(relationship=relationship),
        "privatenote": PrivateNoteFactory(relationship=relationship),
    }
    arguments = [rows[name].pk] if page == "delete" else []

    response = desk.post(reverse(f"admin:coaching_{name}_{page}", args=arguments), {"post": "yes"})

    assert response.status_code == 403


def test_deleting_many_at_once_is_not_offered(desk: Client, relationship: Relationship) -> None:
    desk.post(
        list_of("relationship"),
        {"action": "delete_selected", "_selected_action": [relationship.pk], "post": "yes"},
    )

    assert stored(relationship).pk == relationship.pk


@pytest.mark.parametrize("name", LISTS)
def test_staff_who_are_no_coaches_do_not_see_the_desk(client: Client, staff: User, name: str) -> None:
    client.force_login(staff)

    assert client.get(list_of(name)).status_code == 403


def test_client_who_is_no_coach_is_not_let_in(
    client: Client, alice: User, relationship: Relationship
) -> None:
    client.force_login(alice)

    assert client.get(form_of(relationship)).status_code == 302
    assert client.get(form_of(relationship))["Location"].startswith(reverse("admin:login"))


def test_relationship_opens_no_row_of_the_client(
    desk: Client, relationship: Relationship, alice: User
) -> None:
    MatchFactory(persona=PersonaFactory(user=alice, name="zq-canary"))

    for address in ("admin:personas_persona_changelist", "admin:matching_match_changelist"):
        response = desk.get(reverse(address))
        assert "zq-canary" not in response.content.decode()


def test_note_is_found_by_its_coach_alone(desk: Client, relationship: Relationship, bob: User) -> None:
    note = PrivateNoteFactory(relationship=relationship, body="Shy in interviews.")

    response = desk.get(form_of(note))

    assert "Shy in interviews." in response.content.decode()
    with acting_as(relationship.client_id):
        assert not PrivateNote.objects.filter(pk=note.pk).exists()
