"""What a change of the persona would do to one job's score: made-up personas, scored by the definition itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from matching.context import convert_middle
from matching.scoring import LEVELS, JobFacts, Knowledge, PersonaFacts, Score, score_pair

# A skill that one begins to learn is tried as one that one has learned: between beginner and advanced.
LEARNED = "intermediate"
TRIED_SKILLS = 3


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One change: its kind (skill, level, place, workplace or floor), what it is about, the persona it makes, and the points it brings to the job.

    subject is a skill's name, a place's label, a workplace or a yearly minimum in whole units; detail is the level of a
    skill or the currency of a minimum.
    """

    kind: str
    subject: str
    detail: str
    persona: PersonaFacts
    points: Decimal


def find_what_ifs(
    job: JobFacts, persona: PersonaFacts, score: Score, *, knowledge: Knowledge
) -> tuple[WhatIf, ...]:
    """Give the changes that would raise this job's score, the one that raises it most first."""
    found = []
    for kind, subject, detail, changed in _propose(job, persona, score, knowledge=knowledge):
        after = score_pair(job, changed, knowledge=knowledge)
        if after is not None and after.score > score.score:
            found.append(WhatIf(kind, subject, detail, changed, after.score - score.score))
    return tuple(sorted(found, key=lambda each: (-each.points, each.kind, each.subject)))


def _propose(
    job: JobFacts, persona: PersonaFacts, score: Score, *, knowledge: Knowledge
) -> Iterator[tuple[str, str, str, PersonaFacts]]:
    for skill in score.evidence.missing[:TRIED_SKILLS]:
        held = {**persona.held, knowledge.skill_key(skill): LEARNED}
        yield "skill", skill, LEARNED, replace(persona, held=held)
    yield from _raise_levels(persona, score, knowledge=knowledge)
    yield from _widen(job, persona, score)


def _raise_levels(
    persona: PersonaFacts, score: Score, *, knowledge: Knowledge
) -> Iterator[tuple[str, str, str, PersonaFacts]]:
    """Try each named skill that is held below the top, or only through a near one, one level up."""
    levels = list(LEVELS)
    for met in [each for each in score.evidence.met if each.tenths < LEVELS[levels[-1]]][:TRIED_SKILLS]:
        key = knowledge.skill_key(met.skill)
        if met.through:
            yield "skill", met.skill, LEARNED, replace(persona, held={**persona.held, key: LEARNED})
        else:
            level = levels[levels.index(persona.held[key]) + 1]
            yield "level", met.skill, level, replace(persona, held={**persona.held, key: level})


def _widen(
    job: JobFacts, persona: PersonaFacts, score: Score
) -> Iterator[tuple[str, str, str, PersonaFacts]]:
    """Try the job's own first place, its workplace and its pay, where they are what keeps the score down."""
    factors = score.factors
    if factors.location.counts and (factors.location.thousandths or 0) < 100_000 and job.places:
        place = job.places[0]
        yield "place", place.label(), "", replace(persona, places=(*persona.places, place))
    if factors.remote.counts and (factors.remote.thousandths or 0) < 100_000:
        yield "workplace", job.workplace, "", replace(persona, remote_preference=job.workplace)
    if factors.salary.counts and (factors.salary.thousandths or 0) < 100_000 and job.annual_pay:
        middle = convert_middle(job.annual_pay, persona.currency)
        if middle:
            yield "floor", str(middle), persona.currency, replace(persona, minimum_salary=middle)
