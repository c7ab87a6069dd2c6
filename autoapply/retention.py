"""What of applications and decisions a person may choose not to keep for ever.

That somebody applied for a job, and when, is always kept: it is what keeps the machine from doing it twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from autoapply.models import Application, Contact, Decision, FollowUp, Kit, Note
from autoapply.states import BEFORE_SENDING
from autoapply.weeks import local_day, zone_of
from personas.models import User

# At the employer: nothing more is to come.
ENDED_STAGES = (
    Application.Stage.ACCEPTED,
    Application.Stage.REJECTED,
    Application.Stage.GHOSTED,
    Application.Stage.WITHDRAWN,
)
ENDED = (Application.Status.FAILED, Application.Status.CANCELLED, Application.Status.WITHDRAWN)
# Nobody knows yet what became of it, so nothing has ended, whatever its stage says.
OPEN = (*BEFORE_SENDING, Application.Status.SUBMITTING, Application.Status.UNKNOWN)


def ended_applications(user: User, before: datetime) -> Sequence[QuerySet[Any]]:
    """Letters, answers, notes, contacts and follow-ups of applications that ended before a moment; the applications stay.

    So does what was written or done since then, and what is still to be done.
    """
    own = {"user": user, "application__in": _ended(user, before)}
    written = {**own, "created_at__lt": before}
    day = local_day(before, zone_of(user.time_zone))
    over = Q(done_at__lt=before) | Q(done_at__isnull=True, due_on__lt=day)
    return [
        Kit.objects.filter(**own),
        Note.objects.filter(**written),
        Contact.objects.filter(**written),
        FollowUp.objects.filter(over, **written),
    ]


def old_decisions(user: User, before: datetime) -> Sequence[QuerySet[Any]]:
    """What rules decided before a moment about jobs that are closed by now; an open one would be decided about again."""
    return [Decision.objects.owned_by(user).filter(decided_at__lt=before, job__closed_at__isnull=False)]


def _ended(user: User, before: datetime) -> QuerySet[Application]:
    """By the stage, where it has one: what Relevnt could not send may have been sent by its person, and be alive."""
    rows: QuerySet[Application] = Application.objects.owned_by(user).exclude(status__in=OPEN)
    return rows.filter(
        Q(stage__in=ENDED_STAGES, stage_at__lt=before) | Q(stage="", status__in=ENDED, moved_at__lt=before)
    )
