"""Rankings of the open jobs as somebody looks at them: under weights that are only tried, narrowed by a filter, for one job.

Everything here reads; nothing is saved. The scores are the engine's, the reasons the definition's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from matching.counterfactuals import WhatIf, find_what_ifs
from matching.engine import Ranked, rank
from matching.explanation import factors_as_json
from matching.facts import job_facts
from matching.filters import JobFilter
from matching.knowledge import shipped_knowledge
from matching.models import Job, Match
from matching.scoring import ENOUGH_COVERAGE, PersonaFacts, Weights, score_pair
from matching.services import read_market, read_persona_facts
from personas.models import Persona

PAGE_SIZE = 20


class CursorGone(ValueError):
    """Raised for a cursor that names no place in a ranking."""


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One job of a ranking, with what a row of the feed shows; `match` is the stored match, where there is one.

    rank counts from 1; moved is how many places it gained (or lost, below 0) against the saved weights, None where
    nothing was compared.
    """

    rank: int
    job: Job
    match_score: Decimal
    coverage: Decimal
    match_factors: Mapping[str, Any]
    match: Match | None = None
    moved: int | None = None

    @property
    def too_little_known(self) -> bool:
        """Tell whether it stands after all that can be judged."""
        return self.coverage < ENOUGH_COVERAGE


@dataclass(frozen=True, slots=True)
class RankedPage:
    """One page of a ranking: its rows, the cursors of its neighbors (empty at either end), and how many jobs there are.

    total is how many match and pass the filter, unstated how many match and were left out only because they do not state
    what is filtered by, open_jobs how many were looked at.
    """

    rows: Sequence[RankedRow]
    before: str
    after: str
    total: int
    unstated: int
    open_jobs: int


def rank_open_jobs(
    *,
    persona: Persona,
    weights: Weights | None = None,
    job_filter: JobFilter | None = None,
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
    compared: bool = False,
) -> RankedPage:
    """Rank every open job for a persona now; `weights` are tried instead of the saved ones, `compared` tells how far each job moves.

    Dismissed jobs are left out. Raises CursorGone for a cursor that is none.
    """
    market = read_market()
    saved = read_persona_facts(persona)
    tried = replace(saved, weights=weights) if weights else saved
    gone = _dismissed(persona)
    ranked = [each for each in _rank(market, tried) if market.ids[each.job] not in gone]
    places = {}
    if compared:
        before_it = [each.job for each in _rank(market, saved) if market.ids[each.job] not in gone]
        places = {row: place for place, row in enumerate(before_it, start=1)}
    kept = [each for each in ranked if _passes(market.facts[each.job], job_filter, each.coverage)]
    start = _start(after, before, size, len(kept))
    page = kept[start : start + size]
    jobs = Job.objects.for_list().in_bulk([market.ids[each.job] for each in page])
    matches = {m.job_id: m for m in Match.objects.filter(persona=persona, job_id__in=jobs)}
    rows = []
    for rank_now, each in enumerate(page, start=start + 1):
        score = score_pair(market.facts[each.job], tried, knowledge=shipped_knowledge())
        job = jobs[market.ids[each.job]]
        place = places.get(each.job)
        rows.append(
            RankedRow(
                rank=rank_now,
                job=job,
                match_score=each.score,
                coverage=each.coverage,
                match_factors=factors_as_json(score) if score else {},
                match=matches.get(job.pk),
                moved=None if place is None else place - rank_now,
            )
        )
    return RankedPage(
        rows=rows,
        before=str(start) if start else "",
        after=str(start + size) if start + size < len(kept) else "",
        total=len(kept),
        unstated=0,
        open_jobs=len(market.ids),
    )


def read_what_ifs(*, persona: Persona, job: Job) -> list[tuple[WhatIf, int | None, int | None]]:
    """Give what would raise this job's score, each with the job's rank now and then (None where it does not match)."""
    market = read_market()
    facts, wants = job_facts(job), read_persona_facts(persona)
    score = score_pair(facts, wants, knowledge=shipped_knowledge())
    if score is None:
        return []
    now = _place_of(job.pk, market, wants)
    return [
        (each, now, _place_of(job.pk, market, each.persona))
        for each in find_what_ifs(facts, wants, score, knowledge=shipped_knowledge())
    ]


def compare_personas(
    *, personas: Sequence[Persona], job: Job
) -> list[tuple[Persona, dict[str, Any] | None, Decimal | None]]:
    """Give each persona's factors (as stored beside a score) and score of one job, None where the two are no match."""
    facts = job_facts(job)
    compared: list[tuple[Persona, dict[str, Any] | None, Decimal | None]] = []
    for persona in personas:
        score = score_pair(facts, read_persona_facts(persona), knowledge=shipped_knowledge())
        compared.append((persona, factors_as_json(score) if score else None, score.score if score else None))
    return compared


def _rank(market: Any, wants: PersonaFacts) -> list[Ranked]:
    return rank(market.table, [wants], knowledge=shipped_knowledge())[0]


def _dismissed(persona: Persona) -> set[UUID]:
    return set(Match.objects.filter(persona=persona, is_dismissed=True).values_list("job_id", flat=True))


def _place_of(job_id: UUID, market: Any, wants: PersonaFacts) -> int | None:
    for place, each in enumerate(_rank(market, wants), start=1):
        if market.ids[each.job] == job_id:
            return place
    return None


def _passes(job: Any, job_filter: JobFilter | None, coverage: Decimal) -> bool:
    if job_filter is None:
        return True
    if job_filter.least_coverage is not None and coverage < job_filter.least_coverage:
        return False
    return not job_filter.workplaces or job.workplace in job_filter.workplaces


def _start(after: str, before: str, size: int, total: int) -> int:
    try:
        return max(0, int(before) - size) if before else int(after or 0)
    except ValueError:
        raise CursorGone(after or before) from None
