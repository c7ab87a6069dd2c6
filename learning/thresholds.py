"""From which score on a job counts as a door that is open: the lowest threshold of a persona's enabled rules, else 75.

Rules live in a room that this one does not know; the setting DOOR_THRESHOLDS names the function that tells them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from personas.models import Persona

USUAL = Decimal(75)
"""The threshold of somebody without a rule."""


def threshold_of(persona: Persona) -> Decimal:
    """Give the score, 0–100, from which on a job is open to this persona; asked as its owner."""
    lowest = import_string(settings.DOOR_THRESHOLDS)(user=persona.user)
    own = [lowest[key] for key in (persona.pk, None) if key in lowest]
    return min(own, default=USUAL)
