"""What of applications and decisions a person may choose not to keep for ever.

That somebody applied for a job, and when, is always kept: it is what keeps the machine from doing it twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from autoapply.models import Application, Contact, Decision, FollowUp, Kit, Note
from personas.models import User

# At the employer: nothing more is to come.
ENDED_STAGES = (
    Application.Stage.ACCEPTED,
    Application.Stage.REJECTED,
    Application.Stage.GHOSTED,
    Application.Stage.WITHDRAWN,
)
ENDED = (Application.Status.FAILED, Application.Status.CANCELLED, Application.Status.WITHDRAWN)


def ended_applications(user: User, before: datetime) -> Sequence[QuerySet[Any]]:
    """Letters, answers, notes, contacts and follow-ups of applications that ended before a moment; the applications stay."""
    ended = Application.objects.owned_by(user).filter(
        Q(status__in=ENDED, moved_at__lt=before)
        | Q(status=Application.Status.SUBMITTED, stage__in=ENDED_STAGES, stage_at__lt=before)
    )
    own = {"user": user, "application__in": ended}
    return [model.objects.filter(**own) for model in (Kit, Note, Contact, FollowUp)]


def old_decisions(user: User, before: datetime) -> Sequence[QuerySet[Any]]:
    """What rules decided before a moment about jobs that are closed by now; an open one would be decided about again."""
    return [Decision.objects.owned_by(user).filter(decided_at__lt=before, job__closed_at__isnull=False)]
