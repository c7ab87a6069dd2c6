"""A coach's invitations: those that were sent with their answers, a new one, many from a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from coaching.admin.client_admin import CoachAdmin
from coaching.admin.coaches import coach_of, coach_page, explain, posted
from coaching.invitation_forms import BulkInviteForm, InviteForm
from coaching.invitations import (
    InvitationLine,
    LineReport,
    NoInvitation,
    invite_client,
    invite_clients,
    withdraw_invitation,
)
from coaching.models import Invitation
from personas.services import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from django.urls import URLPattern

    from coaching.address_lists import Line
    from personas.models import User

A_PAGE = 50
"""Invitations on one page of the list."""


@admin.register(Invitation)
class InvitationAdmin(CoachAdmin):
    """Invitations on pages of their own."""

    def get_urls(self) -> list[URLPattern]:
        """The list, a new one, many at once, and taking one back."""
        views: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("", _list, "invitation_changelist"),
            ("invite/", _invite, "invite"),
            ("invite/list/", _invite_many, "bulk_invite"),
            ("<uuid:invitation_id>/withdraw/", _withdraw, "invitation_withdraw"),
        ]
        wrap = self.admin_site.admin_view
        return [path(route, wrap(view), name=f"coaching_{name}") for route, view, name in views]


def _list(request: HttpRequest) -> HttpResponse:
    coach = coach_of(request)
    sent = Invitation.objects.owned_by(coach).filter(by_coach=True).for_list()
    page = Paginator(sent, A_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "title": _("Invitations"),
        "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
        "invitations": [(each, *_state_of(each, now)) for each in page],
    }
    return coach_page(request, "admin/coaching/invitation_list.html", context)


def _state_of(invitation: Invitation, now: datetime) -> tuple[str, bool]:
    """What became of an invitation, in words, and whether it can be taken back."""
    if invitation.answer != Invitation.Answer.OPEN:
        return str(invitation.get_answer_display()), False
    if invitation.expires_at <= now:
        return _("out of date"), False
    return str(invitation.get_answer_display()), True


def _invite(request: HttpRequest) -> HttpResponse:
    coach = coach_of(request)
    form = InviteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            invitation = invite_client(coach=coach, **form.cleaned_data)
        except Refused as refused:
            explain(form, refused)
        else:
            said = _("%(email)s is invited. The invitation is on its way by mail.")
            messages.success(request, said % {"email": invitation.email})
            return redirect("admin:coaching_invitation_changelist")
    context = {"title": _("Invite a client"), "form": form}
    return coach_page(request, "admin/coaching/invite.html", context)


def _invite_many(request: HttpRequest) -> HttpResponse:
    coach = coach_of(request)
    context: dict[str, Any] = {"title": _("Invite several clients")}
    form = BulkInviteForm(posted(request), files=request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return coach_page(request, "admin/coaching/invite_many.html", context | {"form": form})
    lines = form.cleaned_data["lines"]
    is_sent = request.POST.get("do") == "send"
    try:
        reports = _send(coach, lines) if is_sent else _rehearse(coach, lines)
    except Refused as refused:
        explain(form, refused)
        return coach_page(request, "admin/coaching/invite_many.html", context | {"form": form})
    context |= {
        "is_sent": is_sent,
        "reports": reports,
        "invited": sum(each.invited for each in reports),
        "text": form.cleaned_data["text"],
    }
    return coach_page(request, "admin/coaching/invite_report.html", context)


def _send(coach: User, lines: Sequence[Line]) -> list[LineReport]:
    wanted = [InvitationLine(line.number, line.email, line.message) for line in lines]
    return invite_clients(coach=coach, lines=wanted)


def _rehearse(coach: User, lines: Sequence[Line]) -> list[LineReport]:
    """What sending would say of each line: it is done and taken back, so that preview and sending cannot differ."""
    with transaction.atomic():
        reports = _send(coach, lines)
        transaction.set_rollback(True)
    return reports


def _withdraw(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    coach = coach_of(request)
    if request.method != "POST":
        return redirect("admin:coaching_invitation_changelist")
    own = Invitation.objects.owned_by(coach).filter(by_coach=True)
    invitation = own.filter(pk=invitation_id).first()
    if invitation is None:
        raise Http404
    try:
        withdraw_invitation(invitation=invitation, user=coach)
    except NoInvitation:
        raise Http404 from None
    except Refused as refused:
        messages.error(request, " ".join(each for faults in refused.faults.values() for each in faults))
    else:
        said = _("The invitation to %(email)s is withdrawn.")
        messages.success(request, said % {"email": invitation.email})
    return redirect("admin:coaching_invitation_changelist")
