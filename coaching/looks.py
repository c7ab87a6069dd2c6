"""Looking at other people's rows: the one door through which a coach or the staff reads them, and the entry it leaves.

Row security opens a person's rows only in the transaction that wrote an entry about them into the access log, so that a page
which forgets to call this module reads nothing. One call is one page view: calling again opens another look in place of
the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from coaching.models import SCOPES, AccessEntry, Consent, Relationship
from personas.second_factor import check_role_has_factor
from personas.services import Gone, ValuesRefused

if TYPE_CHECKING:
    from datetime import datetime

    from personas.models import User

PAPERS = "papers"
"""Kits, answers, letters, notes and contacts: no consent opens them, staff do with a reason."""

STAFF_SCOPES = (*SCOPES, PAPERS)
MAX_REASON = 1000
_SETTING = "app.look_id"


class NotGranted(Gone):
    """Raised where a client does not let the coach see what is asked for, or not any more; edges say that there is nothing."""

    def __init__(self) -> None:
        super().__init__({"client": [_("This client does not let you see this, or not any more.")]})


def granted_scopes(*, coach: User, at: datetime | None = None) -> dict[UUID, frozenset[str]]:
    """What each client lets `coach` see now, by the client's id; clients who let them see nothing are left out."""
    consents = Consent.objects.to_coach(coach).live(at or Now())
    return {each: frozenset(scopes) for each, scopes in consents.values_list("client_id", "scopes") if scopes}


def look_at_client(
    *,
    coach: User,
    relationship: Relationship,
    scopes: Collection[str],
    page: str,
    object_id: UUID | None = None,
) -> None:
    """Open `scopes` of one client's rows to `coach` for the rest of this transaction, and write down who saw what page.

    Raises NotGranted unless all of them are granted now, SecondFactorMissing where the coach has none and needs one.
    """
    check_role_has_factor(coach)
    granted = granted_scopes(coach=coach).get(relationship.client_id, frozenset())
    if relationship.coach_id != coach.pk or not scopes or not granted.issuperset(scopes):
        raise NotGranted
    entry = AccessEntry(
        viewer=coach,
        viewer_role=AccessEntry.Role.COACH,
        client_id=relationship.client_id,
        relationship=relationship,
        scopes=sorted(scopes),
        page=page,
        object_id=object_id,
    )
    if not _open([entry]):
        raise NotGranted


def look_at_clients(
    *,
    coach: User,
    relationships: Iterable[Relationship],
    page: str,
    scopes: Collection[str] = SCOPES,
) -> Mapping[UUID, frozenset[str]]:
    """Open whatever of `scopes` each client grants `coach`, and write one entry a client; give the scopes by client's id.

    A client who grants none of them is left out, and nothing is written about them. Raises SecondFactorMissing.
    """
    check_role_has_factor(coach)
    granted = granted_scopes(coach=coach)
    opened = {
        each: granted[each.client_id] & frozenset(scopes)
        for each in relationships
        if each.coach_id == coach.pk and each.client_id in granted
    }
    opened = {each: open_to for each, open_to in opened.items() if open_to}
    entries = [
        AccessEntry(
            viewer=coach,
            viewer_role=AccessEntry.Role.COACH,
            client_id=each.client_id,
            relationship=each,
            scopes=sorted(open_to),
            page=page,
        )
        for each, open_to in opened.items()
    ]
    written = _open(entries)
    return {each.client_id: open_to for each, open_to in opened.items() if each.client_id in written}


def look_at_person(
    *,
    staff: User,
    person: User,
    reason: str,
    scopes: Collection[str],
    page: str,
    object_id: UUID | None = None,
) -> None:
    """Open `scopes` of a person's rows to a member of the staff for the rest of this transaction, and write down why.

    Raises NotGranted for somebody who is not of the staff, ValuesRefused without a reason, SecondFactorMissing.
    """
    check_role_has_factor(staff)
    if not (staff.is_active and staff.is_staff) or staff.pk == person.pk:
        raise NotGranted
    entry = AccessEntry(
        viewer=staff,
        viewer_role=AccessEntry.Role.STAFF,
        client=person,
        scopes=sorted(scopes),
        page=page,
        object_id=object_id,
        reason=checked_reason(reason),
    )
    _open([entry])


def checked_reason(reason: str) -> str:
    """A reason as it is written down; raise ValuesRefused for none or one that is too long."""
    kept = " ".join(reason.replace("\0", "").split())
    if not kept:
        raise ValuesRefused({"reason": [_("Say why: the person reads it beside your name.")]})
    if len(kept) > MAX_REASON:
        raise ValuesRefused(
            {"reason": [_("Say it in at most %(limit)s characters.") % {"limit": MAX_REASON}]}
        )
    return kept


def close_look() -> None:
    """Open nobody's rows but one's own for the rest of this transaction."""
    _set("")


def _open(entries: Sequence[AccessEntry]) -> set[UUID]:
    """Write the entries of one page view and open what they name; give the ids of the people whose entry was written.

    A consent that was narrowed since it was read leaves its entry out: the statement that writes asks again.
    """
    look_id = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                look_id,
                [each.client_id for each in entries],
                [each.relationship_id for each in entries],
                [",".join(each.scopes) for each in entries],
                [each.viewer_id for each in entries],
                [each.viewer_role for each in entries],
                [each.page for each in entries],
                [each.object_id for each in entries],
                [each.reason for each in entries],
            ],
        )
        written = {client_id for (client_id,) in cursor.fetchall()}
    _set(str(look_id))
    return written


_WRITE = """
INSERT INTO access_log
    (look_id, client_id, relationship_id, scopes, viewer_id, viewer_role, page, object_id, reason)
SELECT %s, e.client_id, e.relationship_id, string_to_array(e.scopes, ','), e.viewer_id, e.viewer_role, e.page, e.object_id, e.reason
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[])
    AS e (client_id, relationship_id, scopes, viewer_id, viewer_role, page, object_id, reason)
WHERE e.viewer_role = 'staff' OR string_to_array(e.scopes, ',') <@ scopes_granted(e.client_id)
RETURNING client_id
"""


def _set(look_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [_SETTING, look_id])
