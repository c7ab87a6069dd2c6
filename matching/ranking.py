"""Rankings of the open jobs as somebody looks at them: under weights that are only tried, narrowed by a filter, for one job.

Everything here reads; nothing is saved. The scores are the engine's, the reasons the definition's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.counterfactuals import WhatIf, find_what_ifs
from matching.engine import Ranking, find_standings, rank
from matching.explanation import factors_as_json
from matching.facts import job_facts
from matching.feed import Place
from matching.filters import JobFilter
from matching.knowledge import shipped_knowledge
from matching.market import glance_at_market
from matching.models import Job, Match
from matching.scoring import (
    ENOUGH_COVERAGE,
    JobFacts,
    PersonaFacts,
    Score,
    Wants,
    Weights,
    read_requirement,
    read_wants,
    score_pair,
    score_prepared,
)
from matching.services import read_persona_facts
from matching.snapshot import UNKNOWN, Snapshot
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


@dataclass(frozen=True, slots=True)
class Preview:
    """The first page as it would be: its rows with how far each moves (None: it matches only then), and who leaves the page.

    coming counts the rows that are not on the first page now; total and was_total how many jobs match then and now.
    """

    rows: Sequence[RankedRow]
    coming: int
    leaving: Sequence[Job]
    total: int
    was_total: int
    open_jobs: int

    @property
    def is_same(self) -> bool:
        """Tell whether the first page stays as it is."""
        return not self.leaving and not any(row.moved is None or row.moved for row in self.rows)


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
    snapshot = glance_at_market().snapshot
    saved = read_persona_facts(persona)
    tried = _read_wants(replace(saved, weights=weights) if weights else saved)
    asked = [tried, _read_wants(saved)] if compared else [tried]
    set_aside = _find_dismissed(persona, snapshot)
    rankings = [
        _without(ranking, set_aside)
        for ranking in rank(snapshot, asked, knowledge=shipped_knowledge(), job_filter=job_filter)
    ]
    ranking = rankings[0]
    start, end = _find_ends(ranking, snapshot, after=after, before=before, size=size)
    moved = _find_moves(ranking, rankings[-1], start, end) if compared else None
    rows = _read_rows(persona, tried, ranking, snapshot, start=start, end=end, moved=moved)
    return RankedPage(
        rows=rows,
        before=_cursor(ranking, snapshot, start) if start else "",
        after=_cursor(ranking, snapshot, end - 1) if end < len(ranking) else "",
        total=len(ranking),
        unstated=ranking.unstated,
        open_jobs=len(snapshot),
    )


def preview_preferences(
    *, persona: Persona, preferences: Mapping[str, Any], size: int = PAGE_SIZE
) -> Preview:
    """Rank every open job as it would be if a persona looked for something else; nothing is saved.

    `preferences` are columns as they would be kept. Dismissed jobs are left out.
    """
    snapshot = glance_at_market().snapshot
    tried = _read_wants(read_persona_facts(_looking_for(persona, preferences)))
    asked = [tried, _read_wants(read_persona_facts(persona))]
    set_aside = _find_dismissed(persona, snapshot)
    ranking, saved = (
        _without(ranking, set_aside) for ranking in rank(snapshot, asked, knowledge=shipped_knowledge())
    )
    end = min(size, len(ranking))
    moved = _find_moves(ranking, saved, 0, end)
    rows = _read_rows(persona, tried, ranking, snapshot, start=0, end=end, moved=moved)
    shown = set(ranking.rows[:end].tolist())
    leaving = [snapshot.job_id(row) for row in saved.rows[:size].tolist() if row not in shown]
    jobs = Job.objects.open().for_list().in_bulk(leaving)
    return Preview(
        rows=rows,
        coming=sum(1 for row in rows if row.moved is None or row.rank + row.moved > size),
        leaving=[jobs[pk] for pk in leaving if pk in jobs],
        total=len(ranking),
        was_total=len(saved),
        open_jobs=len(snapshot),
    )


def _looking_for(persona: Persona, preferences: Mapping[str, Any]) -> Persona:
    """A copy of a persona that looks for something else; neither is saved."""
    wished, wishes = copy(persona), copy(persona.preferences)
    for column, value in preferences.items():
        setattr(wishes, column, value)
    wished.preferences = wishes
    return wished


def read_what_ifs(*, persona: Persona, job: Job) -> list[tuple[WhatIf, int | None, int | None]]:
    """Give what would raise this job's score, each with the job's rank now and then (None where it is not open or no match)."""
    snapshot = glance_at_market().snapshot
    facts, wants = job_facts(job), read_persona_facts(persona)
    score = score_pair(facts, wants, knowledge=shipped_knowledge())
    if score is None:
        return []
    what_ifs = find_what_ifs(facts, wants, score, knowledge=shipped_knowledge())
    row = snapshot.find_one(job.pk)
    rankings = rank(snapshot, [wants, *(each.persona for each in what_ifs)], knowledge=shipped_knowledge())
    set_aside = _find_dismissed(persona, snapshot)
    set_aside = set_aside[set_aside != row]
    places = [_count_from_one(_without(ranking, set_aside), row) for ranking in rankings]
    return [(each, places[0], then) for each, then in zip(what_ifs, places[1:], strict=True)]


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


def _read_wants(persona: PersonaFacts) -> Wants:
    return read_wants(persona, knowledge=shipped_knowledge())


def _find_dismissed(persona: Persona, snapshot: Snapshot) -> NDArray[np.int64]:
    """Give the rows of the jobs that the person set aside for this persona."""
    dismissed = Match.objects.filter(user_id=persona.user_id, persona=persona, is_dismissed=True)
    ids = [pk.bytes for pk in dismissed.values_list("job_id", flat=True)]
    return snapshot.find(np.array(ids, "S16"))


def _without(ranking: Ranking, rows: NDArray[np.int64]) -> Ranking:
    if not len(rows):
        return ranking
    kept = np.isin(ranking.rows, rows, invert=True)
    return Ranking(
        ranking.rows[kept],
        ranking.scores[kept],
        ranking.coverages[kept],
        int(kept.sum()),
        ranking.unstated,
    )


def _find_ends(
    ranking: Ranking, snapshot: Snapshot, *, after: str, before: str, size: int
) -> tuple[int, int]:
    """Give the first place of a page and the one behind its last; where jobs have gone, the nearest page there is."""
    if before:
        end = _find_place(ranking, snapshot, before)[0] or size
        return max(0, end - size), end
    if not after:
        return 0, size
    place, is_there = _find_place(ranking, snapshot, after)
    start = place + 1 if is_there else place
    if start >= len(ranking):
        start = max(0, len(ranking) - size)
    return start, start + size


def _find_place(ranking: Ranking, snapshot: Snapshot, cursor: str) -> tuple[int, bool]:
    """Give the place (from 0) of a cursor's job and whether it is there, else where it would stand now."""
    text, _, stood_at = cursor.rpartition("_")
    try:
        wanted, stood = Place.read(text), int(stood_at)
    except ValueError:
        raise CursorGone(cursor) from None
    standing = find_standings(
        np.array([int(wanted.score * 100)]), np.array([0 if wanted.too_little_known else 10_000])
    )[0]
    standings = find_standings(ranking.scores, ranking.coverages)
    better, alike = int((standings > standing).sum()), int((standings == standing).sum())
    row = snapshot.find_one(wanted.pk)
    if row == UNKNOWN:
        # What followed it among its likes has moved up into its place.
        return min(max(stood, better), better + alike), False
    place = better + int(((standings == standing) & (ranking.rows < row)).sum())
    return place, bool(place < len(ranking) and ranking.rows[place] == row)


def _cursor(ranking: Ranking, snapshot: Snapshot, place: int) -> str:
    little = ranking.coverage(place) < ENOUGH_COVERAGE
    job = Place(little, ranking.score(place), snapshot.job_id(int(ranking.rows[place])))
    return f"{job}_{place}"


def _find_moves(ranking: Ranking, saved: Ranking, start: int, end: int) -> list[int | None]:
    """Tell how many places each job of a page gained against the saved ranking, None where it was not in it."""
    moved: list[int | None] = []
    for place, row in enumerate(ranking.rows[start:end].tolist(), start=start + 1):
        was = _count_from_one(saved, row)
        moved.append(None if was is None else was - place)
    return moved


def _count_from_one(ranking: Ranking, row: int) -> int | None:
    found = np.flatnonzero(ranking.rows == row)
    return int(found[0]) + 1 if row != UNKNOWN and len(found) else None


def _score(job: JobFacts, tried: Wants) -> Score | None:
    requirement = read_requirement(job, knowledge=shipped_knowledge())
    return score_prepared(job, requirement, tried, knowledge=shipped_knowledge())


def _read_rows(
    persona: Persona,
    tried: Wants,
    ranking: Ranking,
    snapshot: Snapshot,
    *,
    start: int,
    end: int,
    moved: Sequence[int | None] | None,
) -> list[RankedRow]:
    """Read the jobs of some places, with reasons by the definition; what has closed since the market was read is left out."""
    ids = [snapshot.job_id(row) for row in ranking.rows[start:end].tolist()]
    jobs = Job.objects.open().for_list().in_bulk(ids)
    own = Match.objects.filter(user_id=persona.user_id, persona=persona, job_id__in=ids)
    matches = {match.job_id: match for match in own}
    rows = []
    for number, pk in enumerate(ids):
        job = jobs.get(pk)
        score = _score(job_facts(job), tried) if job else None
        if job is None or score is None:
            continue
        rows.append(
            RankedRow(
                rank=start + number + 1,
                job=job,
                match_score=score.score,
                coverage=score.coverage,
                match_factors=factors_as_json(score),
                match=matches.get(pk),
                moved=moved[number] if moved is not None else None,
            )
        )
    return rows
