"""Reading the market of a persona: the open jobs and those that closed lately, as they were last read."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from learning.demand import Demand, count_demand
from matching.market import glance_at_market
from matching.recent_market import glance_at_recent_market
from matching.services import read_persona_facts
from personas.models import Persona


def read_demand(*, persona: Persona) -> tuple[Demand, datetime]:
    """Give the market of a persona (with its preferences) and when the open jobs were read."""
    market, closed = glance_at_market(), glance_at_recent_market()
    demand = count_demand(
        market.snapshot,
        read_persona_facts(persona),
        closed_lately=None if closed is None else closed.snapshot,
        now=timezone.now(),
    )
    return demand, market.read_at
