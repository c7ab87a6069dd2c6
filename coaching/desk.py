"""A coach's desk: every client with what was granted, stalled ones first with the reason, and what is coming up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coaching.client_facts import (
    LastSteps,
    read_applications,
    read_follow_ups,
    read_resumes,
    read_searches,
    read_suggestions,
)
from coaching.looks import look_at_clients
from coaching.models import Consent, Invitation, Relationship, Suggestion
from coaching.sides import last_day
from coaching.stalled import REASONS, TOLD_BY, ClientFacts, Reason, find_reasons
from coaching.stalled_words import reason_words, scopes_words, untold_words

if TYPE_CHECKING:
    from autoapply.models import FollowUp
    from personas.models import Resume, User

READ = ("matches", "applications", "resume")
"""What the desk reads of each client, where it is granted."""
AHEAD = timedelta(days=14)
"""How far the desk looks ahead."""


@dataclass(frozen=True, slots=True)
class DeskClient:
    """One client on the desk: what is granted, what is known from it, and what waits.

    consent is the latest one, None where none was ever given; granted is empty unless it is live and the relationship active.
    """

    relationship: Relationship
    consent: Consent | None
    granted: frozenset[str]
    last_activity: datetime | None
    reasons: Sequence[Reason]
    follow_ups: Sequence[FollowUp]
    suggestions: Sequence[Suggestion]
    resumes: Sequence[Resume]

    @property
    def name(self) -> str:
        """What the client is called."""
        client = self.relationship.client
        return str(client.display_name or client.email)

    @property
    def is_active(self) -> bool:
        """Whether the coach works with the client now."""
        return self.relationship.status == Relationship.Status.ACTIVE

    @property
    def is_stalled(self) -> bool:
        """Whether something that was granted says that the search stands still."""
        return bool(self.reasons)

    @property
    def is_going(self) -> bool:
        """Whether enough is granted to say that it does not."""
        return not self.reasons and self.granted.issuperset(TOLD_BY)

    @property
    def reason(self) -> str:
        """The strongest reason in words; empty where there is none."""
        return reason_words(self.reasons[0]) if self.reasons else ""

    @property
    def other_reasons(self) -> list[str]:
        """The other reasons in words."""
        return [reason_words(each) for each in self.reasons[1:]]

    @property
    def untold(self) -> str:
        """What cannot be told, because it is not granted; empty where a reason is known or all is."""
        return "" if self.reasons or not self.granted else untold_words(self.granted)

    @property
    def scopes(self) -> str:
        """What is granted, in words."""
        return scopes_words(self.granted)

    @property
    def consent_words(self) -> str:
        """What became of the consent, where it opens nothing."""
        consent = self.consent
        if consent is None:
            return _("Has not said yet what you may see.")
        if consent.revoked_at is not None:
            return _("Took the consent back on %(day)s.") % {"day": _day(consent.revoked_at)}
        if consent.created_at < self.relationship.begun_at:
            return _("Has not said anew what you may see.")
        if consent.valid_until is not None and not self.granted and consent.scopes:
            return _("The consent was until %(day)s.") % {"day": _day(last_day(consent.valid_until))}
        return _("Lets you see nothing.")

    @property
    def had_consent(self) -> bool:
        """Whether there was a consent that has ended or was taken back."""
        return self.is_active and not self.granted and self.consent is not None


def read_desk(*, coach: User, at: datetime) -> list[DeskClient]:
    """Every client of `coach`: stalled ones first, the strongest reason first, those of whom too little is granted to tell
    last, then the paused and ended; among each other by last activity, the longest ago first.

    Opens the look itself (page "desk"), one entry for each client whose rows it reads, and asks each table once however
    many clients there are.
    """
    relationships = list(Relationship.objects.owned_by(coach).for_list())
    consents = _latest_consents(coach)
    live = {each.client_id: frozenset(each.scopes) for each in Consent.objects.to_coach(coach).live(at)}
    active = [each for each in relationships if each.status == Relationship.Status.ACTIVE]
    opened = look_at_clients(coach=coach, relationships=active, page="desk", scopes=READ)
    steps = LastSteps()
    searches, _found = read_searches(opened, at=at, steps=steps)
    applications = read_applications(opened, at=at, steps=steps)
    resumes = read_resumes(opened, steps=steps)
    today = timezone.localdate(at)
    planned: dict[UUID, list[FollowUp]] = {}
    for each in read_follow_ups(opened, first=today, last=today + AHEAD):
        planned.setdefault(each.user_id, []).append(each)
    suggestions = read_suggestions(coach.pk)
    clients = []
    for relationship in relationships:
        client_id = relationship.client_id
        last = steps.at.get(client_id)
        facts = ClientFacts(at, searches.get(client_id), applications.get(client_id), last)
        clients.append(
            DeskClient(
                relationship=relationship,
                consent=consents.get(relationship.pk),
                granted=live.get(client_id, frozenset()),
                last_activity=last,
                reasons=find_reasons(facts),
                follow_ups=planned.get(client_id, ()),
                suggestions=suggestions.get(client_id, ()),
                resumes=resumes.get(client_id, ()),
            )
        )
    return sorted(clients, key=_order)


def read_open_invitations(*, coach: User, at: datetime) -> list[Invitation]:
    """What the coach sent and nobody has answered yet, and requests to the coach's own address; newest first."""
    own = Invitation.objects.owned_by(coach).filter(by_coach=True)
    asked = Invitation.objects.addressed_to(coach).filter(by_coach=False)
    return list((own | asked).open(at).for_list())


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def _latest_consents(coach: User) -> dict[UUID, Consent]:
    rows = Consent.objects.to_coach(coach).order_by("created_at", "pk")
    return {each.relationship_id: each for each in rows}


def _order(client: DeskClient) -> tuple[bool, int, bool, bool, float, str, str]:
    strongest = REASONS.index(client.reasons[0].code) if client.reasons else len(REASONS)
    last = client.last_activity
    return (
        not client.is_active,
        strongest,
        not client.is_going,
        last is None,
        last.timestamp() if last else 0.0,
        client.name.casefold(),
        str(client.relationship.pk),
    )
