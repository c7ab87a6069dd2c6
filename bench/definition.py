"""The definition as it ranks by itself, one pair at a time, and how often the others differ from it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from matching.engine import Ranking, rank
from matching.knowledge import shipped_knowledge
from matching.scoring import (
    ENOUGH_COVERAGE,
    JobFacts,
    PersonaFacts,
    Requirement,
    read_requirement,
    read_wants,
    score_prepared,
)
from matching.snapshot import Snapshot

Told = tuple[int, Decimal, Decimal]


def read_all(jobs: Sequence[JobFacts]) -> list[Requirement]:
    """Read what each job asks."""
    return [read_requirement(job, knowledge=shipped_knowledge()) for job in jobs]


def rank_slowly(
    jobs: Sequence[JobFacts], requirements: Sequence[Requirement], persona: PersonaFacts
) -> list[Told]:
    """Rank jobs with the definition alone: (place in `jobs`, score, coverage), best first."""
    knowledge = shipped_knowledge()
    wants = read_wants(persona, knowledge=knowledge)
    found = []
    for row, (job, requirement) in enumerate(zip(jobs, requirements, strict=True)):
        score = score_prepared(job, requirement, wants, knowledge=knowledge)
        if score is not None:
            found.append((row, score.score, score.coverage))
    return sorted(found, key=lambda match: (match[2] < ENOUGH_COVERAGE, -match[1], match[0]))


def count_differences(fast: Sequence[Told], slow: Sequence[Told]) -> int:
    """Count the matches that only one of two rankings has, or that they score or place differently."""
    return abs(len(fast) - len(slow)) + sum(a != b for a, b in zip(fast, slow, strict=False))


def count_mismatches(
    snapshot: Snapshot, rows: Sequence[int], jobs: Sequence[JobFacts], personas: Sequence[PersonaFacts]
) -> int:
    """Count on how many matches engine and definition differ, over some rows of a snapshot whose jobs are given, in rising order."""
    requirements = read_all(jobs)
    places = {row: place for place, row in enumerate(rows)}
    rankings = rank(snapshot, personas, knowledge=shipped_knowledge(), rows=np.array(rows, np.int64))
    return sum(
        count_differences(_tell(ranking, places), rank_slowly(jobs, requirements, persona))
        for persona, ranking in zip(personas, rankings, strict=True)
    )


def _tell(ranking: Ranking, places: dict[int, int]) -> list[Told]:
    return [
        (places[int(row)], ranking.score(place), ranking.coverage(place))
        for place, row in enumerate(ranking.rows)
    ]
