"""Pages of matches: the feed of one persona, one match with its reasons, "not for me" and its undoing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from matching import feed, services
from matching.explanation import Explanation, read_explanation
from matching.models import Match, MatchState
from matching.tasks import match_some_personas
from personas.going_back import go_back
from personas.models import Persona

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_GET
def match_list(request: HttpRequest) -> HttpResponse:
    """The matches of one persona (`?persona=`, else the active one), best first; `?show=dismissed` shows those."""
    personas = list(Persona.objects.owned_by(request.user).order_by("-is_active", "name", "pk"))
    persona = _chosen_persona(personas, request.GET.get("persona", ""))
    context: dict[str, Any] = {"personas": personas, "persona": persona}
    if persona:
        context |= _feed_of(request, persona)
    return render(request, "matching/match_list.html", context)


@require_GET
def match_detail(request: HttpRequest, match_id: UUID) -> HttpResponse:
    """One match: what the job states, the factors, the reasons made from them."""
    match = get_object_or_404(Match.objects.owned_by(request.user).for_page(), pk=match_id)
    context = {
        "match": match,
        "job": match.job,
        **_told(read_explanation(match.match_factors)),
        "is_fresh": match.expires_at > timezone.now(),
    }
    return render(request, "matching/match_detail.html", context)


@require_POST
def dismiss(request: HttpRequest, match_id: UUID) -> HttpResponse:
    """Take a match out of the feed."""
    match = get_object_or_404(Match.objects.owned_by(request.user), pk=match_id)
    services.dismiss_match(match=match, now=timezone.now())
    return _answer(request, match_id, _("Taken out of your matches."))


@require_POST
def restore(request: HttpRequest, match_id: UUID) -> HttpResponse:
    """Put a dismissed match back."""
    match = get_object_or_404(Match.objects.owned_by(request.user), pk=match_id)
    services.restore_match(match=match)
    return _answer(request, match_id, _("Back among your matches."))


@require_POST
def refresh(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    """Match a persona as soon as the worker gets to it."""
    persona = get_object_or_404(Persona.objects.owned_by(request.user), pk=persona_id)
    match_some_personas.delay_on_commit(persona_ids=[str(persona.pk)])
    messages.info(request, _("The matches of %(name)s are being renewed.") % {"name": persona.name})
    return redirect(f"{reverse('matching:list')}?persona={persona.pk}")


def _feed_of(request: HttpRequest, persona: Persona) -> dict[str, Any]:
    dismissed = request.GET.get("show") == "dismissed"
    rows = Match.objects.owned_by(request.user).filter(persona=persona).for_feed()
    rows = rows.filter(is_dismissed=True) if dismissed else rows.live(timezone.now())
    try:
        page = feed.read_page(rows, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except feed.CursorInvalid:
        raise Http404 from None
    state = MatchState.objects.filter(persona=persona).first()
    return {
        "page": page,
        "previous_url": _page_url(request, before=page.before),
        "next_url": _page_url(request, after=page.after),
        "dismissed": dismissed,
        "state": state,
        "is_behind": state is None or state.inputs_revision != persona.inputs_revision,
    }


def _page_url(request: HttpRequest, **cursor: str) -> str:
    """The same list at another cursor; nothing where there is no further page."""
    if not any(cursor.values()):
        return ""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    query.update(cursor)
    return f"?{query.urlencode()}"


def _chosen_persona(personas: list[Persona], wanted: str) -> Persona | None:
    if not wanted:
        return personas[0] if personas else None
    for persona in personas:
        if str(persona.pk) == wanted:
            return persona
    raise Http404


def _told(explanation: Explanation) -> dict[str, Any]:
    return {
        "reasons": [{"text": text, "points": ""} for text in explanation.reasons],
        "gaps": [{"text": text, "points": ""} for text in explanation.gaps],
        "unknowns": explanation.unknowns,
    }


def _answer(request: HttpRequest, match_id: UUID, message: str) -> HttpResponse:
    """Answer htmx with the changed row, others by sending them back to where they were."""
    messages.info(request, message)
    if request.htmx:  # type: ignore[attr-defined]
        match = get_object_or_404(Match.objects.owned_by(request.user).for_feed(), pk=match_id)
        return render(request, "matching/_match.html", {"match": match})
    came_from = request.headers.get("referer", "").removeprefix(f"{request.scheme}://{request.get_host()}")
    return go_back(request, request.POST.get("next") or came_from, otherwise=reverse("matching:list"))
