"""Which of somebody's personas a page is about: the one that its address names, else the first."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404

from personas.models import Persona


def choose_persona(personas: Sequence[Persona], wanted: str) -> Persona | None:
    """Give the persona with the id `wanted`, without one the first, None where there is none; raises Http404 for an id that is not among them."""
    if not wanted:
        return personas[0] if personas else None
    for persona in personas:
        if str(persona.pk) == wanted:
            return persona
    raise Http404
