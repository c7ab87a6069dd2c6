"""Private notes: the coach's alone, whatever is asked of the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from coaching.models import PrivateNote, Relationship
from coaching.notes import MAX_NOTE, delete_note, edit_note, write_note
from personas.identity import acting_as
from personas.models import User
from personas.services import Gone, ValuesRefused
from tests.factories import PrivateNoteFactory, RelationshipFactory, UserFactory


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    return RelationshipFactory(coach=bob, client=alice)


def bodies(user: User) -> list[str]:
    with acting_as(user.pk):
        return list(PrivateNote.objects.values_list("body", flat=True))


def test_note_is_kept_as_it_was_meant(relationship: Relationship, bob: User) -> None:
    with acting_as(bob.pk):
        note = write_note(relationship=relationship, coach=bob, body="  Shy.\r\nAsk twice.\0 ")

    assert bodies(bob) == ["Shy.\nAsk twice."]
    assert note.client_id == relationship.client_id


def test_note_is_changed_and_deleted(relationship: Relationship, bob: User) -> None:
    with acting_as(bob.pk):
        note = write_note(relationship=relationship, coach=bob, body="Shy.")
        edit_note(note=note, body="Better.")
        assert bodies(bob) == ["Better."]
        delete_note(note=note)
        delete_note(note=note)

    assert bodies(bob) == []


@pytest.mark.parametrize("body", ["", "  \n ", "\0", "x" * (MAX_NOTE + 1)])
def test_what_is_no_note_is_refused_with_a_sentence(relationship: Relationship, bob: User, body: str) -> None:
    note = PrivateNoteFactory(relationship=relationship, body="Shy.")
    with acting_as(bob.pk):
        for ask in (
            lambda: write_note(relationship=relationship, coach=bob, body=body),
            lambda: edit_note(note=note, body=body),
        ):
            with pytest.raises(ValuesRefused) as refused:
                ask()
            assert refused.value.faults["body"]

    assert bodies(bob) == ["Shy."]


def test_note_that_is_gone_is_not_changed(relationship: Relationship, bob: User) -> None:
    with acting_as(bob.pk):
        note = write_note(relationship=relationship, coach=bob, body="Shy.")
        delete_note(note=note)
        with pytest.raises(Gone):
            edit_note(note=note, body="Better.")


def test_relationship_of_another_coach_takes_no_note(bob: User, alice: User) -> None:
    other = RelationshipFactory(coach=UserFactory(is_coach=True), client=alice)

    with acting_as(bob.pk), pytest.raises(Gone):
        write_note(relationship=other, coach=bob, body="Shy.")


@pytest.mark.parametrize("who", ["alice", "charlie", "staff"])
def test_nobody_else_reads_changes_or_deletes_a_note(
    relationship: Relationship, bob: User, request: Any, who: str
) -> None:
    PrivateNoteFactory(relationship=relationship, body="Shy.")
    other = request.getfixturevalue(who)

    with acting_as(other.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM coach_private_notes")
        assert cursor.fetchone() == (0,)
        cursor.execute("UPDATE coach_private_notes SET body = 'seen'")
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM coach_private_notes")
        assert cursor.rowcount == 0
    assert bodies(bob) == ["Shy."]
