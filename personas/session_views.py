"""The page of one's sessions: where one is signed in, and the buttons that end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from personas import sessions as service
from personas.accounts import tell_of_ended_sessions
from personas.services import Gone

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest


@require_GET
def sessions(request: SignedInRequest) -> HttpResponse:
    """Every session that is open, this one also where it began before sessions were noted."""
    service.note_session(request)
    found = service.list_sessions(user=request.user, this=request.session.session_key)
    return render(request, "personas/sessions.html", {"sessions": found})


@require_POST
def session_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End one of them."""
    try:
        service.end_session(user=request.user, session_id=pk)
    except Gone:
        raise Http404 from None
    messages.success(request, _("That session is ended."))
    return redirect("personas:sessions")


@require_POST
def sessions_end_others(request: SignedInRequest) -> HttpResponse:
    """End all but this one, and tell the owner by mail where there were any."""
    number = service.end_other_sessions(user=request.user, this=request.session.session_key)
    if number:
        tell_of_ended_sessions(user=request.user, number=number)
    told = ngettext("%(number)s session is ended.", "%(number)s sessions are ended.", number)
    messages.success(request, told % {"number": number})
    return redirect("personas:sessions")
