"""The client's side: what a coach may see, until when, and taking it back; the stricter of two changes stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from autoapply.models.clock import clock
from coaching.mails import write_mail
from coaching.models import SCOPES, Consent, Mail, Relationship
from coaching.sides import check_coach, name_of, take_turns_of
from personas.models import User
from personas.services import Refused, Taken, ValuesRefused, gone, take_turns

LONGEST = timedelta(days=732)
"""How far ahead an end may lie: two years, whatever the leap days, to the end of the day."""


class ConsentGiven(Taken):
    """Raised where a consent stands already: it is changed, and no second one given."""


class ConsentRevoked(Taken):
    """Raised for a change of a consent that was revoked meanwhile, or is from before an end; `revoked` is that one."""

    def __init__(self, revoked: Consent) -> None:
        super().__init__(
            {
                "scopes": [
                    _("This consent was revoked meanwhile and stays so. Give a new one if you want to go on.")
                ]
            }
        )
        self.revoked = revoked


class NotTogether(Refused):
    """Raised for a consent to a relationship that has ended."""


@dataclass(frozen=True, slots=True)
class ChangedConsent:
    """A consent after a change; `narrowed` where another change came between and the stricter of both stands."""

    consent: Consent
    narrowed: bool


def check_consent(*, scopes: Collection[str], valid_until: datetime | None) -> list[str]:
    """The scopes as they are kept; raise ValuesRefused for none, an unknown one, or an end that is past or too far off."""
    faults: dict[str, list[str]] = {}
    unknown = [each for each in scopes if each not in SCOPES]
    if unknown:
        shown = {"value": str(unknown[0])[:40], "known": ", ".join(SCOPES)}
        faults["scopes"] = [_("“%(value)s” is not one of %(known)s.") % shown]
    elif not scopes:
        faults["scopes"] = [_("Choose at least one. To let a coach see nothing, decline or revoke instead.")]
    if valid_until is not None:
        at = timezone.now()
        if valid_until <= at:
            faults["valid_until"] = [_("This is past. Choose a later day, or leave it empty.")]
        elif valid_until > at + LONGEST:
            faults["valid_until"] = [
                _("Choose a day within two years, or leave it empty: you can revoke at any time.")
            ]
    if faults:
        raise ValuesRefused(faults)
    return _ordered(scopes)


def give_consent(
    *,
    relationship: Relationship,
    client: User,
    scopes: Collection[str],
    valid_until: datetime | None,
    tells_coach: bool = True,
) -> Consent:
    """Let the coach see `scopes`; raise ValuesRefused, ConsentGiven, NotTogether, NotACoach or Gone.

    A consent from before a new beginning, which counts for nothing, is closed first. The coach is written to unless
    another mail tells them already.
    """
    kept = check_consent(scopes=scopes, valid_until=valid_until)
    with transaction.atomic():
        take_turns_of(client.pk, relationship.coach_id)
        row = (
            Relationship.objects.of_client(client).select_related("coach").filter(pk=relationship.pk).first()
        )
        if row is None:
            raise gone()
        if row.status == Relationship.Status.ENDED:
            raise NotTogether({"relationship": [_("This has ended, so there is nothing to consent to.")]})
        check_coach(row.coach)
        own = Consent.objects.owned_by(client).filter(relationship=row, revoked_at=None)
        if own.standing().exists():
            shown = {"name": name_of(row.coach)}
            raise ConsentGiven(
                {"scopes": [_("%(name)s has your consent already. Change it instead.") % shown]}
            )
        own.update(revoked_at=clock())
        consent: Consent = Consent.objects.create(
            relationship=row, coach_id=row.coach_id, client=client, scopes=kept, valid_until=valid_until
        )
        if tells_coach:
            write_mail(kind=Mail.Kind.CONSENTED, user=client, recipient=row.coach, relationship=row)
    return consent


def change_consent(
    *, consent: Consent, scopes: Collection[str], valid_until: datetime | None, seen_revision: int
) -> ChangedConsent:
    """Change what a coach sees and until when; raise ValuesRefused, ConsentRevoked or Gone.

    Where it was changed since `seen_revision`, what both changes allow stands: scopes in both, the earlier end.
    """
    kept = check_consent(scopes=scopes, valid_until=valid_until)
    until = valid_until
    with transaction.atomic():
        take_turns(consent.client_id)
        own = Consent.objects.filter(pk=consent.pk, client_id=consent.client_id)
        row: Consent | None = own.select_for_update(no_key=True).first()
        if row is None:
            raise gone()
        if not own.standing().exists():
            raise ConsentRevoked(row)
        if row.revision != seen_revision:
            kept = [each for each in kept if each in row.scopes]
            until = min((each for each in (valid_until, row.valid_until) if each), default=None)
        narrowed = kept != _ordered(scopes) or until != valid_until
        # An end that lies ahead again will be told again.
        own.exclude(scopes=kept, valid_until=until).update(scopes=kept, valid_until=until)
        row.refresh_from_db()
    return ChangedConsent(row, narrowed)


def revoke_consent(*, consent: Consent) -> None:
    """Let the coach see nothing from the next query on; one that was revoked stays so. Raises Gone."""
    with transaction.atomic():
        take_turns(consent.client_id)
        own = Consent.objects.filter(pk=consent.pk, client_id=consent.client_id)
        if own.filter(revoked_at=None).update(revoked_at=clock()):
            row = own.select_related("relationship", "coach", "client").get()
            if row.relationship.status != Relationship.Status.ENDED:
                write_mail(
                    kind=Mail.Kind.ENDED, user=row.client, recipient=row.coach, relationship=row.relationship
                )
        elif not own.exists():
            raise gone()
    consent.refresh_from_db(fields=["revoked_at", "revision"])


def _ordered(scopes: Collection[str]) -> list[str]:
    return [each for each in SCOPES if each in scopes]
