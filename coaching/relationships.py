"""The coach's side: a relationship begins, pauses and ends, and carries notes that both read."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from coaching.mails import write_mail
from coaching.models import Mail, Relationship
from coaching.sides import check_coach
from personas.checking import MAX_DESCRIPTION_LENGTH, Rules, check_values, text_within
from personas.identity import acting_as
from personas.models import User
from personas.services import Refused, ValuesRefused, gone, take_turns

ACTIVE, PAUSED, ENDED = Relationship.Status.ACTIVE, Relationship.Status.PAUSED, Relationship.Status.ENDED
TOGETHER = (ACTIVE, PAUSED)
"""States in which the two work together."""
_NOTES: Rules = {"notes": text_within(MAX_DESCRIPTION_LENGTH)}


class RelationshipEnded(Refused):
    """Raised for a change of a relationship that has ended: only an accepted invitation begins it anew."""

    def __init__(self) -> None:
        super().__init__(
            {"relationship": [_("This has ended. It begins anew when a new invitation is accepted.")]}
        )


def begin_relationship(*, coach: User, client: User) -> Relationship:
    """Open a relationship in the coach's name, or begin the ended one anew.

    The caller holds the turns of both and has accepted an invitation in this transaction: the database asks for it where
    there was an end.
    """
    with acting_as(coach.pk):
        relationship: Relationship | None = (
            Relationship.objects.owned_by(coach).filter(client=client).select_for_update(no_key=True).first()
        )
        if relationship is None:
            return Relationship.objects.create(coach=coach, client=client, status=ACTIVE)
        if relationship.status == ENDED:
            Relationship.objects.filter(pk=relationship.pk).update(status=ACTIVE)
            relationship.refresh_from_db()
    return relationship


def pause_relationship(*, relationship: Relationship, coach: User) -> None:
    """See nothing of a client until it is resumed; raise RelationshipEnded or Gone."""
    with transaction.atomic():
        take_turns(coach.pk)
        _set_status(relationship, coach, PAUSED)


def resume_relationship(*, relationship: Relationship, coach: User) -> None:
    """Go on after a pause; raise NotACoach, RelationshipEnded or Gone."""
    with transaction.atomic():
        take_turns(coach.pk)
        check_coach(coach, is_oneself=True)
        _set_status(relationship, coach, ACTIVE)


def end_relationship(*, relationship: Relationship, coach: User) -> None:
    """End it, at once and for good, and tell the client; one that has ended stays so. Raises Gone."""
    with transaction.atomic():
        take_turns(coach.pk)
        own = Relationship.objects.owned_by(coach).filter(pk=relationship.pk)
        if own.exclude(status=ENDED).update(status=ENDED):
            write_mail(
                kind=Mail.Kind.ENDED,
                user=coach,
                recipient=relationship.client,
                relationship=relationship,
            )
        elif not own.exists():
            raise gone()
    relationship.status = ENDED


def edit_shared_notes(*, relationship: Relationship, coach: User, notes: str) -> None:
    """Write the notes that the client can read; raise ValuesRefused, RelationshipEnded or Gone."""
    kept, faults = check_values({"notes": notes}, _NOTES)
    if faults:
        raise ValuesRefused(faults)
    with transaction.atomic():
        take_turns(coach.pk)
        own = Relationship.objects.owned_by(coach).filter(pk=relationship.pk)
        if not own.exclude(status=ENDED).update(notes=kept["notes"]):
            raise RelationshipEnded if own.exists() else gone()
    relationship.notes = kept["notes"]


def _set_status(relationship: Relationship, coach: User, status: str) -> None:
    own = Relationship.objects.owned_by(coach).filter(pk=relationship.pk)
    # One statement judges and changes: a status that is set already leaves no event.
    if not own.filter(status__in=TOGETHER).exclude(status=status).update(status=status):
        now = own.values_list("status", flat=True).first()
        if now is None:
            raise gone()
        if now == ENDED:
            raise RelationshipEnded
    relationship.status = status
