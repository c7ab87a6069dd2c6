"""Pages that belong to no app: the front page, today, the styleguide, signs of life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET

from autoapply.models import FollowUp
from coaching.coaches import read_waiting
from matching.models import Match, MatchState
from personas.accounts import SignedInRequest
from personas.closing import closing_of
from personas.models import Persona, Resume, UserSkill
from relevnt.local_mail import is_shown_to, read_mails

if TYPE_CHECKING:
    from django.http import HttpRequest

BEST_SHOWN = 5


@login_not_required
@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """What Relevnt is, for a visitor; whoever is signed in goes on to today."""
    if request.user.is_authenticated:
        return redirect("today")
    return render(request, "front.html")


@require_GET
def today(request: SignedInRequest) -> HttpResponse:
    """What is to be done, the best matches of the active persona, and what is missing for better ones."""
    personas = Persona.objects.owned_by(request.user).select_related("preferences")
    persona = personas.order_by("-is_active", "-created_at", "pk").first()
    context = {
        "persona": persona,
        "closing": closing_of(request.user),
        "today": timezone.localdate(),
        "due": list(FollowUp.objects.owned_by(request.user).due(timezone.localdate())),
        "coaching": read_waiting(user=request.user, at=timezone.now()),
        "has_skills": UserSkill.objects.owned_by(request.user).exists(),
        "has_resume": Resume.objects.owned_by(request.user).exists(),
    }
    if persona:
        matches = Match.objects.owned_by(request.user).filter(persona=persona).live(timezone.now())
        context |= {
            "matches": list(matches.for_feed().best_first()[:BEST_SHOWN]),
            "state": MatchState.objects.filter(persona=persona).first(),
        }
    return render(request, "today.html", context)


@login_not_required
@require_GET
def local_mail(request: HttpRequest) -> HttpResponse:
    """The mails of a copy that sends none, for whoever sits at this machine."""
    if not is_shown_to(request):
        raise Http404
    response = render(request, "mail.html", {"mails": read_mails()})
    add_never_cache_headers(response)
    return response


@login_not_required
@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon for whoever asks where browsers used to look for it."""
    return redirect(static("favicon.svg"))


@login_not_required
@require_GET
def alive(request: HttpRequest) -> HttpResponse:
    """Say that the web server answers; the database is asked by `./run --check`."""
    return HttpResponse("ok", content_type="text/plain")
