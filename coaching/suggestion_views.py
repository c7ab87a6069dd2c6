"""A client's pages of suggestions: the list, and each one with its difference, to be accepted or declined."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from rest_framework.exceptions import NotFound

from coaching import suggestions
from coaching.models import Suggestion
from coaching.suggestion_effects import foresee
from coaching.suggestion_forms import AcceptForm, DeclineForm
from coaching.suggestion_previews import list_proposed, preview_suggestion
from matching.models import Match
from personas.accounts import SignedInRequest
from personas.paging import PAGE_SIZE, CursorPages, page_url
from personas.services import Gone, Refused

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def list_suggestions(request: SignedInRequest) -> HttpResponse:
    """Every suggestion to the person: those to answer, then those that were answered, newest first."""
    own = Suggestion.objects.owned_by(request.user).for_list()
    answered = own.exclude(status=Suggestion.Status.OPEN)
    try:
        rows, before, after = CursorPages().read_page(
            answered, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE, view=None
        )
    except NotFound:
        raise Http404 from None
    is_first = not request.GET.get("cursor")
    context = {
        "open": own.filter(status=Suggestion.Status.OPEN) if is_first else [],
        "answered": rows,
        "is_first": is_first,
        "previous_url": page_url(request, cursor=before),
        "next_url": page_url(request, cursor=after),
    }
    return render(request, "coaching/suggestions.html", context)


@require_GET
def show_suggestion(request: SignedInRequest, suggestion_id: UUID) -> HttpResponse:
    """What a coach proposes and why, what it would change now, and the two answers."""
    return _page(request, _own(request, suggestion_id))


@require_POST
def accept(request: SignedInRequest, suggestion_id: UUID) -> HttpResponse:
    """Make the change that was shown, or show what has become of it."""
    suggestion = _own(request, suggestion_id)
    form = AcceptForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else ""
    try:
        accepted = suggestions.accept_suggestion(suggestion=suggestion, client=request.user, seen=seen)
    except Gone:
        raise Http404 from None
    except Refused as refused:
        return _page(request, _own(request, suggestion_id), faults=_sentences(refused), status=409)
    messages.success(request, _ACCEPTED[accepted.kind])
    return redirect(_where_it_stands(request, accepted))


@require_POST
def decline(request: SignedInRequest, suggestion_id: UUID) -> HttpResponse:
    """Say no, with or without words."""
    suggestion = _own(request, suggestion_id)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, suggestion, form=form, status=422)
    try:
        suggestions.decline_suggestion(
            suggestion=suggestion, client=request.user, answer=form.cleaned_data["answer"]
        )
    except Gone:
        raise Http404 from None
    except suggestions.Answered as refused:
        return _page(request, _own(request, suggestion_id), faults=_sentences(refused), status=409)
    except Refused as refused:
        form.explain(refused)
        return _page(request, suggestion, form=form, status=422)
    messages.success(request, _("You declined it. Nothing of yours has changed."))
    return redirect("coaching:suggestions")


def _page(
    request: SignedInRequest,
    suggestion: Suggestion,
    *,
    form: DeclineForm | None = None,
    faults: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    is_open = suggestion.status == Suggestion.Status.OPEN
    preview = preview_suggestion(suggestion=suggestion, client=request.user) if is_open else None
    context = {
        "suggestion": suggestion,
        "is_open": is_open,
        "preview": preview,
        "effect": foresee(suggestion=suggestion, client=request.user)
        if preview and not preview.obstacle
        else None,
        "accept_form": AcceptForm(initial={"seen": preview.seen}) if preview else None,
        "decline_form": form or DeclineForm(),
        "proposed": [] if is_open else list_proposed(suggestion),
        "job_url": _job_url(request, suggestion),
        # A sentence that stands above is not said again below.
        "faults": [each for each in faults or () if not (preview and each == preview.obstacle)],
    }
    return render(request, "coaching/suggestion.html", context, status=status)


def _own(request: SignedInRequest, suggestion_id: UUID) -> Suggestion:
    rows = Suggestion.objects.owned_by(request.user).select_related(
        "coach", "relationship", "persona", "job__source", "resume"
    )
    found: Suggestion = get_object_or_404(rows, pk=suggestion_id)
    return found


def _job_url(request: SignedInRequest, suggestion: Suggestion) -> str:
    """Where the person reads the job: their match of it, or the job as one of their personas sees it."""
    if suggestion.job_id is None:
        return ""
    matches = Match.objects.owned_by(request.user).filter(job_id=suggestion.job_id)
    if suggestion.persona_id:
        matches = matches.filter(persona_id=suggestion.persona_id)
    match_id = matches.order_by("-match_score", "pk").values_list("pk", flat=True).first()
    if match_id:
        return reverse("matching:detail", args=[match_id])
    persona_id = suggestion.persona_id or _any_persona(request)
    return reverse("matching:job", args=[persona_id, suggestion.job_id]) if persona_id else ""


def _any_persona(request: SignedInRequest) -> UUID | None:
    own = request.user.personas.order_by("-is_active", "name", "pk")
    found: UUID | None = own.values_list("pk", flat=True).first()
    return found


def _where_it_stands(request: SignedInRequest, suggestion: Suggestion) -> str:
    """The page on which the person sees what has changed."""
    if suggestion.kind == Suggestion.Kind.WEIGHTS:
        return reverse("matching:tuner")
    if suggestion.kind == Suggestion.Kind.PERSONA:
        return reverse("personas:edit", args=[suggestion.persona_id])
    if suggestion.kind == Suggestion.Kind.SKILL:
        return reverse("personas:skills")
    if suggestion.kind == Suggestion.Kind.RESUME:
        return reverse("personas:resume", args=[suggestion.resume_id])
    return _job_url(request, suggestion) or reverse("coaching:suggestions")


def _sentences(refused: Refused) -> list[str]:
    return list(chain.from_iterable(refused.faults.values()))


_ACCEPTED: Mapping[str, Any] = {
    "weights": gettext_lazy("Accepted: these weights count. Your matches are weighed anew within a minute."),
    "persona": gettext_lazy(
        "Accepted: the persona is changed. Your matches are weighed anew within a minute."
    ),
    "job": gettext_lazy("Accepted. Nothing has been applied for: that is yours to decide."),
    "skill": gettext_lazy(
        "Accepted: your skills are changed. Your matches are weighed anew within a minute."
    ),
    "resume": gettext_lazy(
        "Accepted: what Relevnt keeps of your résumé is changed. The uploaded file is as it was."
    ),
}
"""What is said after accepting, by the kind."""
