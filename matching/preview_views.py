"""What a change of a persona does to its first page of matches, before anything is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from matching.ranking import preview_preferences
from personas.forms import PersonaForm
from personas.models import Persona
from personas.services import Refused, read_preferences

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest


@require_POST
def preview_persona(request: SignedInRequest, persona_id: UUID) -> HttpResponse:
    """The first page as it would be with what stands in the form; a form that cannot be kept has no preview, and its own words."""
    rows = Persona.objects.owned_by(request.user).select_related("preferences")
    persona = get_object_or_404(rows, pk=persona_id)
    form = PersonaForm(request.POST, user=request.user, persona=persona)
    preview = None
    if form.is_valid():
        try:
            preview = preview_preferences(persona=persona, preferences=read_preferences(form.preferences()))
        except Refused as refused:
            form.explain(refused)
    context = {"persona": persona, "preview": preview, "form": form}
    is_part = request.headers.get("HX-Request") == "true"
    name = "matching/_preview.html" if is_part else "matching/preview.html"
    return render(request, name, context)
