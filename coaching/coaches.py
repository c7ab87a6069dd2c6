"""A person's coaches as pages show them: what each sees now, until when, and what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coaching.access_words import HAPPENED
from coaching.models import SCOPES, Consent, Invitation, Relationship, RelationshipEvent, Scope, Suggestion
from coaching.sides import last_day, name_of
from personas.models import User

HISTORY_SHOWN = 100
"""Events on the page of one coach, the newest."""
ACTIVE, PAUSED, ENDED = Relationship.Status.ACTIVE, Relationship.Status.PAUSED, Relationship.Status.ENDED


@dataclass(frozen=True, slots=True)
class Coach:
    """One coach of a person: the relationship, the consent that stands (or None), and what that comes to in a sentence.

    `state` is sees, sees_until, nothing, over (its end has passed), asks (no consent was ever given), paused, ended or lost
    (the role).
    """

    relationship: Relationship
    consent: Consent | None
    state: str
    sentence: str

    @property
    def name(self) -> str:
        """What the coach is called."""
        return name_of(self.relationship.coach)

    @property
    def lead(self) -> str:
        """The address, and what it comes to."""
        return f"{self.relationship.coach.email} · {self.sentence}"

    @property
    def sees(self) -> bool:
        """Whether they see anything now."""
        return self.state in ("sees", "sees_until")

    @property
    def can_consent(self) -> bool:
        """Whether a consent can be given or changed."""
        return self.state != "ended" and (self.consent is not None or self.state != "lost")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for a person's answer."""

    invitations: int
    consents: int
    suggestions: int

    def __bool__(self) -> bool:
        return bool(self.invitations or self.consents or self.suggestions)


def read_coaches(*, user: User, at: datetime) -> list[Coach]:
    """Every coach that a person has or had; two queries."""
    rows = list(_with_answers(user).for_list())
    consents = {
        each.relationship_id: each
        for each in Consent.objects.owned_by(user)
        .standing()
        .filter(relationship__in=[row.pk for row in rows])
    }
    return [_tell(row, consents.get(row.pk), at) for row in rows]


def read_coach(*, user: User, relationship_id: UUID, at: datetime) -> Coach | None:
    """One of them, or None where there is none of this key; two queries."""
    row = _with_answers(user).for_list().filter(pk=relationship_id).first()
    if row is None:
        return None
    return _tell(row, Consent.objects.owned_by(user).standing().filter(relationship=row).first(), at)


def read_history(*, coach: Coach) -> list[tuple[datetime, str]]:
    """What happened between the two, newest first, each with its time in a sentence."""
    events = RelationshipEvent.objects.filter(relationship=coach.relationship).for_list()[:HISTORY_SHOWN]
    told, has_ended = [], False
    for event in reversed(list(events)):
        what = "closed" if event.what == "revoked" and has_ended else event.what
        if event.what == "ended":
            has_ended = True
        elif event.what in ("consented", "changed"):
            has_ended = False
        shown = {
            "name": coach.name,
            "scopes": scope_words(event.scopes),
            "until": _until(event.valid_until) or _("until you revoke it"),
        }
        told.append((event.at, str(HAPPENED[what]) % shown))
    return told[::-1]


def read_waiting(*, user: User, at: datetime) -> Waiting:
    """What waits for a person's answer: invitations, coaches who were never answered with a consent, suggestions; one query."""
    counts = {
        "invitations": Invitation.objects.addressed_to(user).open(at),
        "consents": _with_answers(user).filter(status=ACTIVE, answered=False),
        "suggestions": Suggestion.objects.owned_by(user).filter(status="open"),
    }
    # An account has fields of these names.
    keys = {f"waiting_{name}": ArraySubquery(rows.order_by().values("pk")) for name, rows in counts.items()}
    found: Any = User.objects.filter(pk=user.pk).values(**keys).first()
    return Waiting(**{name: len(found[f"waiting_{name}"]) if found else 0 for name in counts})


def scope_words(scopes: Iterable[str]) -> str:
    """The scopes in words, in the order of all pages."""
    held = set(scopes)
    words = [str(Scope(each).label) for each in SCOPES if each in held]
    if not words:
        return _("nothing")
    if len(words) == 1:
        return words[0]
    return _("%(first)s and %(last)s") % {"first": _(", ").join(words[:-1]), "last": words[-1]}


def _with_answers(user: User) -> Any:
    """The relationships of a client, each with whether it was ever answered with a consent since it began."""
    given = Consent.objects.filter(
        relationship=OuterRef("pk"), client_id=user.pk, created_at__gte=OuterRef("begun_at")
    )
    return Relationship.objects.of_client(user).annotate(answered=Exists(given))


def _tell(relationship: Any, consent: Consent | None, at: datetime) -> Coach:
    state = _state(relationship, consent, at)
    shown = {
        "name": name_of(relationship.coach),
        "scopes": scope_words(consent.scopes if consent else ()),
        "until": _until(consent.valid_until) if consent else "",
    }
    return Coach(relationship, consent, state, _SENTENCES[state]() % shown)


def _state(relationship: Any, consent: Consent | None, at: datetime) -> str:
    coach: User = relationship.coach
    if relationship.status == ENDED:
        return "ended"
    if not (coach.is_coach and coach.is_active):
        return "lost"
    if consent is None:
        return "nothing" if relationship.answered else "asks"
    if relationship.status == PAUSED:
        return "paused"
    return _opened(consent, at)


def _opened(consent: Consent, at: datetime) -> str:
    """What a consent comes to in a relationship that goes on."""
    if not consent.scopes:
        return "nothing"
    if consent.valid_until is None:
        return "sees"
    return "sees_until" if consent.valid_until > at else "over"


_SENTENCES = {
    "sees": lambda: _("sees %(scopes)s, until you revoke it"),
    "sees_until": lambda: _("sees %(scopes)s, %(until)s"),
    "nothing": lambda: _("sees nothing"),
    "over": lambda: _("sees nothing any more: your consent was given %(until)s"),
    "asks": lambda: _("would like to coach you, and sees nothing until you say what"),
    "paused": lambda: _("has paused, and sees nothing until they go on"),
    "ended": lambda: _("has ended it, and sees nothing"),
    "lost": lambda: _("is not a coach here any more, and sees nothing"),
}


def _until(valid_until: datetime | None) -> str:
    if valid_until is None:
        return ""
    day = date_format(timezone.localtime(last_day(valid_until)), "DATE_FORMAT")
    return _("until %(day)s") % {"day": day}
