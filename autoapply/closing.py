"""Which applications a person may want to close: those that nobody answers, and those left over once an offer is accepted.

Nothing is closed by itself. Whoever wants to wait plans a follow-up: while one is ahead, the application is not asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

QUIET_DAYS = 30
"""Days without anything new after which closing is suggested, and for which waiting longer puts the question off."""
WAITING = ("applied", "screening")
"""Stages in which it is the employer's turn."""
OPEN = (*WAITING, "interview", "offer")
"""Stages that have not ended."""


@dataclass(frozen=True, slots=True)
class OpenApplication:
    """An application that has not ended, in days of the person's calendar.

    quiet_since is the day of the last change of stage, note or finished follow-up; has_plan tells that a follow-up is
    due today or later.
    """

    application_id: UUID
    stage: str
    sent_on: date
    quiet_since: date
    has_plan: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """To close one application: kind is no_answer (with the quiet days) or accepted_elsewhere."""

    application_id: UUID
    kind: str
    days: int


def suggest_closing(
    applications: Iterable[OpenApplication], *, accepted_on: date | None, today: date
) -> list[Suggestion]:
    """The suggestions, the longest quiet first; `accepted_on` is the day of the last accepted offer.

    An accepted offer speaks only of what was sent before it: whoever applies again afterwards is looking again.
    """
    found = []
    for each in applications:
        days = (today - each.quiet_since).days
        if each.has_plan or each.stage not in OPEN:
            continue
        if accepted_on is not None and each.sent_on <= accepted_on:
            found.append(Suggestion(each.application_id, "accepted_elsewhere", days))
        elif each.stage in WAITING and days >= QUIET_DAYS:
            found.append(Suggestion(each.application_id, "no_answer", days))
    return sorted(found, key=lambda suggestion: (-suggestion.days, suggestion.application_id))
