"""Reading the market of a persona: the open jobs and those that closed within a year, as they were last read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db.models import Min
from django.utils import timezone

from learning.demand import Demand, count_demand
from matching.market import glance_at_market
from matching.models import JobSource
from matching.recent_market import glance_at_past_market, glance_at_recent_market
from matching.services import read_persona_facts
from personas.models import Persona


def read_demand(*, persona: Persona) -> tuple[Demand, datetime]:
    """Give the market of a persona (with its preferences) and when the open jobs were read."""
    market = glance_at_market()
    # What closed today may be in the reading of the month alone.
    closed = [each.snapshot for each in (glance_at_recent_market(), glance_at_past_market()) if each]
    demand = count_demand(
        market.snapshot,
        read_persona_facts(persona),
        closed=closed,
        now=timezone.now(),
    )
    return replace(demand, watched_since=_find_beginning()), market.read_at


def _find_beginning() -> datetime | None:
    """Give since when postings are taken in and seen to close; None where there are only archives, or nothing."""
    watched = JobSource.objects.exclude(kind=JobSource.Kind.ARCHIVE)
    first: datetime | None = watched.aggregate(first=Min("created_at"))["first"]
    return first
