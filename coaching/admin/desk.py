"""The desk: what a coach sees first in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from coaching.admin.client_admin import check_reading
from coaching.admin.coaches import coach_of, coach_page
from coaching.desk import AHEAD, DeskClient, read_desk, read_open_invitations
from coaching.models import Relationship

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

FOLLOW_UPS_SHOWN = 20
"""Follow-ups that stand on the desk; each client's page lists all of theirs."""


def desk_view(request: HttpRequest) -> HttpResponse:
    """Every client of the coach who asks, and what is coming up; raise PermissionDenied for everybody else."""
    check_reading(request)
    coach = coach_of(request)
    now = timezone.now()
    clients = read_desk(coach=coach, at=now)
    context = {
        "title": _("Desk"),
        "groups": _groups(clients),
        "has_clients": bool(clients),
        "ended_consents": [each for each in clients if each.had_consent],
        "resumes": [(each, resume) for each in clients for resume in each.resumes],
        "suggestions": [each for each in clients if each.suggestions],
        "invitations": read_open_invitations(coach=coach, at=now),
        "days_ahead": AHEAD.days,
        **_follow_ups(clients),
    }
    return coach_page(request, "admin/coaching/desk.html", context)


def _groups(clients: Sequence[DeskClient]) -> list[tuple[str, str, list[DeskClient]]]:
    active = [each for each in clients if each.is_active]
    groups = [
        ("stalled", _("Stalled"), [each for each in active if each.is_stalled]),
        ("going", _("Under way"), [each for each in active if each.is_going]),
        ("untold", _("Not known"), [each for each in active if not each.is_stalled and not each.is_going]),
        ("paused", _("Paused by you"), _with(clients, Relationship.Status.PAUSED)),
        ("ended", _("Ended"), _with(clients, Relationship.Status.ENDED)),
    ]
    return [group for group in groups if group[2]]


def _with(clients: Sequence[DeskClient], status: str) -> list[DeskClient]:
    return [each for each in clients if each.relationship.status == status]


def _follow_ups(clients: Sequence[DeskClient]) -> dict[str, Any]:
    planned = sorted(
        ((each, follow_up) for each in clients for follow_up in each.follow_ups),
        key=lambda pair: (pair[1].due_on, pair[0].name.casefold(), str(pair[1].pk)),
    )
    return {
        "follow_ups": planned[:FOLLOW_UPS_SHOWN],
        "more_follow_ups": max(0, len(planned) - FOLLOW_UPS_SHOWN),
    }
