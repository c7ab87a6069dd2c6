"""The same scores as `matching.scoring`, for every job of a table at once, bit for bit.

A table holds the jobs as columns: each named skill of a requirement as a term with the rows that hold it and their shares,
each distinct title, pay, whereabouts, workplace and industry as a code. What depends on one distinct value is judged by
the functions of the definition, once; what depends on many rows is whole numbers in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching.context import judge_industry, judge_location, judge_remote, judge_salary
from matching.pay import AnnualPay
from matching.scoring import (
    ENOUGH_COVERAGE,
    LEAST_SKILL,
    TITLE_SHARE,
    WHOLE,
    JobFacts,
    Knowledge,
    PersonaFacts,
    Score,
    Wants,
    read_requirement,
    read_wants,
    score_pair,
)
from matching.titles import TitleColumn, compare_titles, read_titles, recognizable
from personas.companies import company_key
from personas.gazetteer import Place

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

Value = TypeVar("Value", bound=Hashable)
Whereabouts = tuple[tuple[Place, ...], tuple[str, ...], str]

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Ranked:
    """One match of a ranking: the job's row in its table, score 0–100 with two decimals and coverage 0–1 with four."""

    job: int
    score: Decimal
    coverage: Decimal


@dataclass(frozen=True, slots=True)
class Coded(Generic[Value]):
    """A column of few distinct values: the values, and each row's number among them."""

    values: tuple[Value, ...]
    codes: Integers

    def judge(self, rows: Integers, rule: Callable[[Value], int | None]) -> Integers:
        """Judge each distinct value of some rows once and give the verdicts by row, UNKNOWN for None."""
        codes, place = np.unique(self.codes[rows], return_inverse=True)
        verdicts = (rule(self.values[code]) for code in codes)
        return np.array([UNKNOWN if v is None else v for v in verdicts], np.int64)[place]


@dataclass(frozen=True, slots=True)
class JobTable:
    """Many jobs as columns, in the order in which ties are broken: newest first, then by id.

    version names the knowledge under which the requirements were read; terms maps a skill key to the rows whose
    requirement names it and their shares in basis points.
    """

    jobs: tuple[JobFacts, ...]
    version: str
    terms: dict[str, tuple[Integers, Integers]]
    named: Booleans
    title_share: Integers
    raw: Integers
    titles: Coded[str]
    title_column: TitleColumn
    placed: Booleans
    companies: Coded[str]
    pays: Coded[AnnualPay | None]
    whereabouts: Coded[Whereabouts]
    workplaces: Coded[str]
    industries: Coded[str]

    @classmethod
    def build(cls, jobs: Iterable[JobFacts], *, knowledge: Knowledge) -> JobTable:
        """Turn jobs, newest first, into a table; this reads each posting's requirement and is done once for all personas."""
        kept = tuple(jobs)
        terms: dict[str, tuple[list[int], list[int]]] = {}
        named, title_share, raw = [], [], []
        for row, job in enumerate(kept):
            requirement = read_requirement(job, knowledge=knowledge)
            for key, term in requirement.terms.items():
                rows, shares = terms.setdefault(key, ([], []))
                rows.append(row)
                shares.append(term.share)
            named.append(bool(requirement.terms))
            title_share.append(requirement.title_share)
            raw.append(requirement.raw)
        titles = _code(job.title for job in kept)
        return cls(
            jobs=kept,
            version=knowledge.version,
            terms={key: (_integers(rows), _integers(shares)) for key, (rows, shares) in terms.items()},
            named=np.array(named, bool),
            title_share=_integers(title_share),
            raw=_integers(raw),
            titles=titles,
            title_column=read_titles(titles.values),
            placed=np.array([recognizable(title) for title in titles.values], bool),
            companies=_code(company_key(job.company) for job in kept),
            pays=_code(job.annual_pay for job in kept),
            whereabouts=_code((job.places, job.remote_countries, job.workplace) for job in kept),
            workplaces=_code(job.workplace for job in kept),
            industries=_code(job.industry for job in kept),
        )

    def score(self, row: int, persona: PersonaFacts, *, knowledge: Knowledge) -> Score:
        """Score one row by the definition, with its evidence; raise ValueError where the two are no match."""
        score = score_pair(self.jobs[row], persona, knowledge=knowledge)
        if score is None:
            raise ValueError(f"row {row} is no match of this persona; ask only for rows that rank gave")
        return score


def rank(
    jobs: JobTable, personas: Sequence[PersonaFacts], *, knowledge: Knowledge, keep: int | None = None
) -> list[list[Ranked]]:
    """Give each persona's best `keep` matches, or all of them, best first.

    Matches whose coverage is enough come before all others; in each part the score decides, then the order of the table.
    Raises ValueError for a keep below 1 and for other knowledge than the table was built with.
    """
    if keep is not None and keep < 1:
        raise ValueError(f"keep is {keep}; give how many matches of each persona to keep, at least 1")
    if knowledge.version != jobs.version:
        raise ValueError(
            f"the table was built with {jobs.version}, not with {knowledge.version}; build it anew"
        )
    return [_rank_one(jobs, read_wants(persona, knowledge=knowledge), keep=keep) for persona in personas]


def _rank_one(jobs: JobTable, wants: Wants, *, keep: int | None) -> list[Ranked]:
    if wants.is_empty or not jobs.jobs:
        return []
    skill = _judge_skills(jobs, wants)
    fits = ~np.isin(jobs.companies.codes, _find_excluded(jobs, wants))
    if wants.asks_skill_factor:
        fits &= skill >= LEAST_SKILL
    rows = np.flatnonzero(fits)
    total, known, asked = _weigh(jobs, wants, skill, rows)
    rows, total, known = rows[known > 0], total[known > 0], known[known > 0]
    score = (2 * total + 10 * known) // (20 * known)
    coverage = (20_000 * known + asked) // (2 * max(1, asked))
    return [
        Ranked(int(rows[at]), Decimal(int(score[at])).scaleb(-2), Decimal(int(coverage[at])).scaleb(-4))
        for at in _order(score, coverage, keep=keep or len(rows))
    ]


def _judge_skills(jobs: JobTable, wants: Wants) -> Integers:
    """Give `scoring.judge_skill` by row, UNKNOWN for None."""
    titles = _judge_titles(jobs, wants.persona)
    placed = titles != UNKNOWN
    asked = np.where(placed, jobs.title_share, 0)
    met = np.where(placed, jobs.title_share * ((2 * titles + 10) // 20), 0)
    if wants.asks_skills:
        counts = jobs.named | placed
        for key, held in wants.levels.items():
            if key in jobs.terms:
                rows, shares = jobs.terms[key]
                met[rows] += shares * held.tenths
        unmet = np.full(len(jobs.jobs), sum(weight for _, weight in wants.wishes.values()), np.int64)
        for key, (_, weight) in wants.wishes.items():
            if key in jobs.terms:
                unmet[jobs.terms[key][0]] -= weight
        asked += np.where(counts, WHOLE - jobs.title_share + (WHOLE - TITLE_SHARE) * unmet // jobs.raw, 0)
    return np.where(asked > 0, met * WHOLE // np.maximum(asked, 1), UNKNOWN)


def _judge_titles(jobs: JobTable, persona: PersonaFacts) -> Integers:
    """Give the likeness of `scoring.judge_title` by row, UNKNOWN for None."""
    best = np.full(len(jobs.titles.values), UNKNOWN, np.int64)
    for wanted in persona.titles:
        best = np.maximum(best, compare_titles(wanted, jobs.title_column))
    return np.where(jobs.placed | (best == 100), best, UNKNOWN)[jobs.titles.codes]


def _find_excluded(jobs: JobTable, wants: Wants) -> Integers:
    return _integers([code for code, key in enumerate(jobs.companies.values) if key in wants.excluded])


def _weigh(jobs: JobTable, wants: Wants, skill: Integers, rows: Integers) -> tuple[Integers, Integers, int]:
    """Give, for these rows, the weighted sum of the known factors in thousandths and their weights, and the weight of all asked ones."""
    total, known, asked = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64), 0
    factors = (_as_asked(skill[rows], wants.asks_skill_factor), *_judge_context(jobs, wants.persona, rows))
    for weight, factor in zip(wants.persona.weights.in_order(), factors, strict=True):
        if factor is not None:
            asked += weight
            known += np.where(factor == UNKNOWN, 0, weight)
            total += np.where(factor == UNKNOWN, 0, weight * factor)
    return total, known, asked


def _judge_context(jobs: JobTable, persona: PersonaFacts, rows: Integers) -> Iterator[Integers | None]:
    """Give salary, location, remote and industry of these rows in thousandths, None for each that is not asked."""

    def judge_whereabouts(value: Whereabouts) -> int | None:
        places, countries, workplace = value
        return judge_location(persona.places, places=places, remote_countries=countries, workplace=workplace)

    salary = jobs.pays.judge(rows, lambda pay: judge_salary(persona.minimum_salary, persona.currency, pay))
    yield _as_asked(_thousandths(salary), bool(persona.minimum_salary))
    location = jobs.whereabouts.judge(rows, judge_whereabouts)
    yield _as_asked(_thousandths(location), bool(persona.places))
    remote = jobs.workplaces.judge(rows, lambda stated: judge_remote(persona.remote_preference, stated))
    yield _as_asked(_thousandths(remote), persona.remote_preference != "any")
    industry = jobs.industries.judge(rows, lambda stated: judge_industry(persona.industries, stated))
    yield _as_asked(_thousandths(industry), bool(persona.industries))


def _as_asked(factor: Integers, asked: bool) -> Integers | None:
    return factor if asked else None


def _thousandths(percents: Integers) -> Integers:
    return np.where(percents == UNKNOWN, UNKNOWN, 1000 * percents)


def _order(score: Integers, coverage: Integers, *, keep: int) -> Integers:
    """Give the positions of the best, best first: enough coverage, then the score, then the earlier position."""
    standing = score + np.where(coverage >= int(10_000 * ENOUGH_COVERAGE), 1 + WHOLE, 0)
    candidates = np.arange(len(standing))
    if len(standing) > keep:
        bar = np.partition(standing, -keep)[-keep]
        candidates = np.flatnonzero(standing >= bar)
    return candidates[np.lexsort((candidates, -standing[candidates]))][:keep]


def _code(values: Iterable[Value]) -> Coded[Value]:
    numbers: dict[Value, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return Coded(tuple(numbers), _integers(codes))


def _integers(values: Sequence[int]) -> Integers:
    return np.array(values, np.int64)
