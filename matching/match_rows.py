"""Rows of a ranking in the shape that pages show: as matches, whether they are stored or not."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from matching.facts import job_facts
from matching.feed import Page
from matching.knowledge import shipped_knowledge
from matching.mismatch import tell_mismatch
from matching.models import Job, Match
from matching.ranking import RankedPage
from matching.services import read_persona_facts
from personas.models import Persona


def as_match(
    *,
    persona: Persona,
    job: Job,
    score: Decimal,
    coverage: Decimal,
    factors: Mapping[str, Any],
    stored: Match | None = None,
) -> Match:
    """Give a match with the figures of now, for showing only: the stored one, or one that is not stored (`is_stored`)."""
    match = stored or Match(user_id=persona.user_id)
    match.is_stored = stored is not None
    match.persona, match.job = persona, job
    match.match_score, match.coverage, match.match_factors = score, coverage, factors
    return match


def tell_why_not(persona: Persona, job: Job) -> str:
    """Tell why a job is no match of a persona (with its preferences), in the language that is active."""
    return tell_mismatch(job_facts(job), read_persona_facts(persona), knowledge=shipped_knowledge())


def as_page(ranked: RankedPage, persona: Persona) -> Page:
    """Give a page of a ranking as the feed has its pages."""
    matches = []
    for row in ranked.rows:
        match = as_match(
            persona=persona,
            job=row.job,
            score=row.match_score,
            coverage=row.coverage,
            factors=row.match_factors,
            stored=row.match,
        )
        match.too_little_known = row.too_little_known  # type: ignore[attr-defined]
        match.rank = row.rank  # type: ignore[attr-defined]
        matches.append(match)
    return Page(matches, ranked.before, ranked.after)
