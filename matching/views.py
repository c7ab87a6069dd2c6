"""Pages of matches: the feed of one persona, whole or narrowed, "not for me" with its reason and its undoing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from matching import feed, services
from matching.filter_forms import FilterForm
from matching.match_rows import as_page
from matching.models import DismissalReason, Match, MatchState
from matching.proposals import ASKED_WHY, attach_proposals
from matching.ranking import CursorGone, rank_open_jobs
from matching.tasks import match_some_personas
from personas.choosing import choose_persona
from personas.going_back import go_back
from personas.models import Persona
from personas.paging import page_url

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_GET
def match_list(request: HttpRequest) -> HttpResponse:
    """The matches of one persona (`?persona=`, else the active one), best first; `?show=dismissed` shows those."""
    personas = list(
        Persona.objects.owned_by(request.user)
        .select_related("preferences")
        .order_by("-is_active", "name", "pk")
    )
    persona = choose_persona(personas, request.GET.get("persona", ""))
    context: dict[str, Any] = {"personas": personas, "persona": persona}
    if persona:
        context |= _feed_of(request, persona)
    return render(request, "matching/match_list.html", context)


@require_POST
def dismiss(request: HttpRequest, match_id: UUID) -> HttpResponse:
    """Take a match out of the feed, for the reason `because` or none."""
    match = get_object_or_404(Match.objects.owned_by(request.user), pk=match_id)
    because = request.POST.get("because", "")
    if because and because not in DismissalReason.values:
        raise Http404
    services.dismiss_match(match=match, now=timezone.now(), because=because)
    request.session[ASKED_WHY] = str(match_id)
    noted = _("Noted: %(reason)s.") % {"reason": DismissalReason(because).label} if because else ""
    return _answer(request, match_id, noted or _("Taken out of your matches."))


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
    state = MatchState.objects.filter(persona=persona).first()
    dismissed = request.GET.get("show") == "dismissed"
    form = FilterForm(request.GET, currency=persona.preferences.currency)
    narrowed = form.is_used and not dismissed
    return {
        "state": state,
        "is_behind": state is None or state.inputs_revision != persona.inputs_revision,
        "dismissed": dismissed,
        "filter": form,
        "narrowed": narrowed,
        "asked_why": _just_dismissed(request, persona),
        **(_narrowed(request, persona, form) if narrowed else _stored(request, persona, dismissed=dismissed)),
    }


def _stored(request: HttpRequest, persona: Persona, *, dismissed: bool) -> dict[str, Any]:
    """The stored matches as they are."""
    own = Match.objects.owned_by(request.user).filter(persona=persona).for_feed()
    rows = own.filter(is_dismissed=True) if dismissed else own.live(timezone.now())
    try:
        page = feed.read_page(rows, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except feed.CursorInvalid:
        raise Http404 from None
    attach_proposals(page.matches, persona)
    return {"page": page, "kept": settings.MATCHES_PER_PERSONA, **_neighbors(request, page)}


def _narrowed(request: HttpRequest, persona: Persona, form: FilterForm) -> dict[str, Any]:
    """Every open job that passes the filter; where none does, which filter leaves none."""
    if not form.is_valid():
        return {"page": feed.Page([], "", "")}
    now = timezone.now()
    try:
        ranked = rank_open_jobs(
            persona=persona,
            job_filter=form.read(now=now),
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    except CursorGone:
        raise Http404 from None
    page = as_page(ranked, persona)
    return {
        "page": page,
        "ranked": ranked,
        "narrowings": form.narrowings(),
        "with_unstated": form.query_with(unstated="on"),
        "without_all": form.query_without_all(),
        **({} if ranked.total else _emptied_by(persona, form)),
        **_neighbors(request, page),
    }


def _emptied_by(persona: Persona, form: FilterForm) -> dict[str, Any]:
    """Each filter without which there are jobs; where there is none, each with how many it leaves alone."""
    now = timezone.now()
    active = form.narrowings()
    names = [each.field for each in active]

    def count(among: list[str]) -> int:
        return rank_open_jobs(persona=persona, job_filter=form.read(now=now, among=among), size=1).total

    without = [(each, count([name for name in names if name != each.field])) for each in active]
    if helpful := [{"words": each.words, "total": n, "url": each.without} for each, n in without if n]:
        return {"emptied_by": helpful}
    return {"alone": [{"words": each.words, "total": count([each.field])} for each in active]}


def _just_dismissed(request: HttpRequest, persona: Persona) -> Match | None:
    """The match that was set aside on the page before, once."""
    asked = request.session.pop(ASKED_WHY, "")
    if not asked:
        return None
    rows = Match.objects.owned_by(request.user).filter(persona=persona, is_dismissed=True)
    match: Match | None = rows.for_feed().filter(pk=asked).first()
    if match:
        attach_proposals([match], persona)
    return match


def _neighbors(request: HttpRequest, page: feed.Page) -> dict[str, str]:
    return {
        "previous_url": page_url(request, before=page.before),
        "next_url": page_url(request, after=page.after),
    }


def _answer(request: HttpRequest, match_id: UUID, message: str) -> HttpResponse:
    """Answer htmx with the changed row, others by sending them back to where they were."""
    messages.info(request, message)
    if request.htmx:  # type: ignore[attr-defined]
        # The row asks for itself.
        request.session.pop(ASKED_WHY, None)
        rows = Match.objects.owned_by(request.user).for_feed().select_related("persona__preferences")
        match = get_object_or_404(rows, pk=match_id)
        context: dict[str, Any] = {"match": match, "asks_why": match.is_dismissed}
        if match.persona:
            attach_proposals([match], match.persona)
            context["currency"] = match.persona.preferences.currency
        return render(request, "matching/_match.html", context)
    came_from = request.headers.get("referer", "").removeprefix(f"{request.scheme}://{request.get_host()}")
    return go_back(request, request.POST.get("next") or came_from, otherwise=reverse("matching:list"))
