"""The market page: what the postings near a persona ask for, where, since when and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from learning.market import read_demand
from learning.pages import count_archived
from personas.choosing import choose_persona
from personas.models import Persona

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest


@require_GET
def market(request: SignedInRequest) -> HttpResponse:
    """The market of one persona (`?persona=`, else the active one)."""
    own = Persona.objects.owned_by(request.user).select_related("preferences", "user")
    personas = list(own.order_by("-is_active", "name", "pk"))
    persona = choose_persona(personas, request.GET.get("persona", ""))
    context: dict[str, Any] = {"personas": personas, "persona": persona}
    if persona is not None:
        demand, read_at = read_demand(persona=persona)
        context |= {"demand": demand, "read_at": read_at, "archived": count_archived()}
    return render(request, "learning/market.html", context)
