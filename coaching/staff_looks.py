"""Staff looking at a person's rows: a reason first, kept in the session for half an hour, and one entry a page view.

While it lasts, each page of the admin that shows rows of a personal kind opens those of that one person beside the staff
member's own. The person reads in their access log who looked, at what, and the reason as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from coaching.looks import PAPERS, NotGranted, checked_reason, look_at_person
from coaching.models import Scope
from personas.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest

LASTS = timedelta(minutes=30)
"""How long rows stay open for one reason."""

_KEY = "staff_look"


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of people's rows: the scope that opens it, the codes of its pages in the access log. A table whose rows are
    only parts of something has no code for one of them."""

    scope: str
    list_code: str
    page_code: str = ""


KINDS: Mapping[str, Kind] = {
    "user_personas": Kind(Scope.MATCHES, "personas", "persona"),
    "persona_preferences": Kind(Scope.MATCHES, "personas"),
    "job_matches": Kind(Scope.MATCHES, "matches", "match"),
    "match_states": Kind(Scope.MATCHES, "matches"),
    "relevance_tuner_settings": Kind(Scope.MATCHES, "weights"),
    "auto_apply_rules": Kind(Scope.APPLICATIONS, "rules", "rule"),
    "auto_apply_standings": Kind(Scope.APPLICATIONS, "rules"),
    "auto_apply_decisions": Kind(Scope.APPLICATIONS, "decisions", "decision"),
    "auto_apply_applications": Kind(Scope.APPLICATIONS, "applications", "application"),
    "auto_apply_events": Kind(Scope.APPLICATIONS, "applications"),
    "auto_apply_logs": Kind(Scope.APPLICATIONS, "applications"),
    "application_follow_ups": Kind(Scope.APPLICATIONS, "follow_ups", "follow_up"),
    "learning_recommendations": Kind(Scope.LEARNING, "recommendations", "recommendation"),
    "learning_progress": Kind(Scope.LEARNING, "learning_progress", "learning_step"),
    "learning_states": Kind(Scope.LEARNING, "recommendations"),
    "resumes": Kind(Scope.RESUME, "resumes", "resume"),
    "resume_files": Kind(Scope.RESUME, "resumes"),
    "user_skills": Kind(Scope.RESUME, "skills", "skill"),
    "application_kits": Kind(PAPERS, "papers"),
    "application_answers": Kind(PAPERS, "papers"),
    "application_notes": Kind(PAPERS, "papers"),
    "application_contacts": Kind(PAPERS, "papers"),
    "letter_templates": Kind(PAPERS, "papers"),
}
"""Every table that opens to others, as the policies of the database open them."""


@dataclass(frozen=True, slots=True)
class StaffLook:
    """Whose rows are open to a member of the staff, why, and until when."""

    person: User
    reason: str
    until: datetime


def begin(request: HttpRequest, *, person: User, reason: str) -> StaffLook:
    """Keep the reason in the session of a member of the staff; raise NotGranted for others, ValuesRefused without a reason."""
    if not _is_staff(request) or person.pk == request.user.pk:
        raise NotGranted
    look = StaffLook(person, checked_reason(reason), timezone.now() + LASTS)
    request.session[_KEY] = {
        "person": str(person.pk),
        "reason": look.reason,
        "until": look.until.isoformat(),
    }
    return look


def end(request: HttpRequest) -> None:
    """Open nobody's rows any more."""
    request.session.pop(_KEY, None)


def current(request: HttpRequest) -> StaffLook | None:
    """The look that is under way in this session, or None; one that is over is forgotten."""
    kept: Any = request.session.get(_KEY) if _is_staff(request) else None
    if kept is None:
        return None
    until = datetime.fromisoformat(kept["until"])
    person = User.objects.filter(pk=kept["person"]).first() if timezone.now() < until else None
    if person is None:
        end(request)
        return None
    return StaffLook(person, kept["reason"], until)


def open_rows(request: HttpRequest, *, table: str, object_id: str | None = None) -> bool:
    """Open the person's rows of `table` for this page view and write the entry; tell whether there was something to open."""
    kind = KINDS.get(table)
    look = current(request) if kind else None
    if kind is None or look is None or not isinstance(request.user, User):
        return False
    of_one = bool(kind.page_code and object_id)
    look_at_person(
        staff=request.user,
        person=look.person,
        reason=look.reason,
        scopes=[kind.scope],
        page=kind.page_code if of_one else kind.list_code,
        object_id=_key(object_id) if of_one else None,
    )
    return True


def _key(text: str | None) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _is_staff(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_staff
