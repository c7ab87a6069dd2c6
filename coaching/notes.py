"""A coach's private notes about a client: written, changed and deleted by the coach, read by nobody else."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from coaching.models import PrivateNote, Relationship
from personas.models import User
from personas.services import ValuesRefused, gone, take_turns

MAX_NOTE = 10_000


def write_note(*, relationship: Relationship, coach: User, body: str) -> PrivateNote:
    """Keep a note about the client of one of the coach's own relationships; raise ValuesRefused or Gone."""
    kept = _checked(body)
    with transaction.atomic():
        take_turns(coach.pk)
        if not Relationship.objects.owned_by(coach).filter(pk=relationship.pk).exists():
            raise gone()
        return PrivateNote.objects.create(
            relationship=relationship, coach=coach, client_id=relationship.client_id, body=kept
        )


def edit_note(*, note: PrivateNote, body: str) -> None:
    """Change what a note says; raise ValuesRefused or Gone."""
    kept = _checked(body)
    with transaction.atomic():
        take_turns(note.coach_id)
        if not PrivateNote.objects.filter(pk=note.pk, coach_id=note.coach_id).update(body=kept):
            raise gone()
    note.body = kept


def delete_note(*, note: PrivateNote) -> None:
    """Delete a note for good; one that is gone already stays so."""
    with transaction.atomic():
        take_turns(note.coach_id)
        PrivateNote.objects.filter(pk=note.pk, coach_id=note.coach_id).delete()


def _checked(body: str) -> str:
    kept = body.replace("\0", "").replace("\r\n", "\n").strip()
    if not kept:
        raise ValuesRefused({"body": [_("Write something, or leave the notes as they are.")]})
    if len(kept) > MAX_NOTE:
        raise ValuesRefused({"body": [_("Keep it to %(limit)s characters.") % {"limit": MAX_NOTE}]})
    return kept
