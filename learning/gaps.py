"""Which skills stand between a persona and open jobs, each tried by ranking all of them again as if the person had it.

The rule, in words:

  * The best roles are the 120 best matches whose title is at least half like a wanted one; where these are fewer than 40,
    matches whose title is a third like one fill them up to 40. Without wanted titles they are the 120 best matches. Fewer
    roles tell less about a trade, more bring in some that nobody of it would look at.
  * A candidate is a skill that at least three of the best roles, and one in forty, ask for, and that the person
    does not hold, or holds below the level asked. Fewer mentions may be one employer's habit or a misread word.
  * No posting says how well a skill must be held; its seniority stands for that: beginner for interns and entry, advanced
    from senior on, else intermediate.
  * A skill that is not held is tried at intermediate, what one has learned; one that is held is tried one level up.
  * A job is a door when enough is stated to judge it (coverage .50) and its score reaches the threshold.
  * Pay is compared among all open jobs with such a title, where at least ten of either side state it.

A persona whose owner names no skill gets nothing: the first skill would change what its score asks for at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from learning.facts import Effect, Gap, PayGap
from matching.engine import rank
from matching.persona_columns import judge_titles
from matching.scoring import ENOUGH_COVERAGE, LEVELS, WHOLE, Knowledge, PersonaFacts, read_wants
from matching.snapshot import UNKNOWN, Snapshot, take_ranges
from personas.taxonomy import taxonomy

BEST_ROLES = 120
FEWEST_ROLES = 40
NEAR_TITLE = 50
FAR_TITLE = 33
LEAST_ASKING = 3
ONE_IN = 40
LEAST_STATING_PAY = 10
LEARNED = "intermediate"

_BEGINNERS = frozenset({"intern", "entry", "junior"})
_ADVANCED = frozenset({"senior", "lead", "manager", "director", "executive"})
_ENOUGH = int(WHOLE * ENOUGH_COVERAGE)
_NO_DOOR = -1

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Search:
    """What was found for one persona: the gaps, the one that opens most first, or why there are none.

    nothing_because is "", or no_wishes (an empty persona), no_skills (the person names none), no_matches or no_gaps.
    matching is how many open jobs match, near how many best roles were looked at, above how many open jobs are doors.
    """

    nothing_because: str
    threshold: Decimal
    open_jobs: int
    matching: int = 0
    near: int = 0
    above: int = 0
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """An open job that comes to the threshold with a skill: its score without it (None where it is no match) and with it."""

    job_id: UUID
    before: Decimal | None
    after: Decimal


def find_gaps(
    snapshot: Snapshot, persona: PersonaFacts, *, threshold: Decimal, knowledge: Knowledge
) -> Search:
    """Weigh every candidate skill for one persona, exactly as if it were added to the skills and all jobs ranked again."""
    open_jobs = len(snapshot)
    if read_wants(persona, knowledge=knowledge).is_empty:
        return Search("no_wishes", threshold, open_jobs)
    if not persona.held:
        return Search("no_skills", threshold, open_jobs)
    bar = _in_hundredths(threshold)
    now = _rank_once(snapshot, persona, knowledge)
    best = _find_best_roles(snapshot, persona, now)
    told = {
        "threshold": threshold,
        "open_jobs": open_jobs,
        "near": len(best),
        "above": int((now.doors >= bar).sum()),
    }
    if not now.matching:
        return Search("no_matches", matching=0, **told)  # type: ignore[arg-type]
    asking = _find_asking(snapshot, persona, best)
    pay = _PayTable.of(snapshot, persona)
    gaps = []
    for (key, rows), then in zip(
        asking.items(), _rank_with(snapshot, persona, list(asking), knowledge), strict=True
    ):
        rise = then.scores[rows] - now.scores[rows]
        crossing = int(((then.doors >= bar) & (now.doors < bar)).sum())
        if not (crossing or rise.any()):
            continue
        nearest, nearness = _find_nearest(persona, key, knowledge)
        gaps.append(
            Gap(
                skill=taxonomy().canonical(key),
                key=key,
                from_level=persona.held.get(key, ""),
                to_level=_next_level(persona, key),
                crossing=crossing,
                asks=len(rows),
                lift=_mean(rise),
                nearest=nearest,
                nearness=nearness,
                pay=pay.compare(key),
                **told,  # type: ignore[arg-type]
            )
        )
    gaps.sort(key=lambda gap: (-gap.crossing, -gap.lift * gap.asks, gap.key))
    return Search("" if gaps else "no_gaps", matching=now.matching, gaps=tuple(gaps), **told)  # type: ignore[arg-type]


def measure_effect(
    snapshot: Snapshot,
    persona: PersonaFacts,
    *,
    key: str,
    without: str,
    threshold: Decimal,
    knowledge: Knowledge,
) -> Effect:
    """Compare a persona that holds a skill with itself without it, or holding it at the level `without`.

    Raises KeyError where the persona does not hold the skill.
    """
    level = persona.held[key]
    held = {other: each for other, each in persona.held.items() if other != key}
    before = replace(persona, held={**held, key: without} if without else held)
    bar = _in_hundredths(threshold)
    now = _rank_once(snapshot, persona, knowledge)
    then = _rank_once(snapshot, before, knowledge)
    best = _find_best_roles(snapshot, persona, now)
    rows = best[_names(snapshot, best, key)]
    both = rows[then.scores[rows] >= 0]
    return Effect(
        level=level,
        threshold=threshold,
        crossing=int(((now.doors >= bar) & (then.doors < bar)).sum()),
        above=int((now.doors >= bar).sum()),
        near=len(best),
        asks=len(rows),
        lift=_mean(now.scores[both] - then.scores[both]),
        open_jobs=len(snapshot),
    )


def list_doors(
    snapshot: Snapshot,
    persona: PersonaFacts,
    *,
    key: str,
    to_level: str,
    threshold: Decimal,
    knowledge: Knowledge,
    most: int,
) -> tuple[Door, ...]:
    """Give at most so many open jobs that become doors with a skill at a level, the best score with it first."""
    bar = _in_hundredths(threshold)
    now = _rank_once(snapshot, persona, knowledge)
    then = _rank_once(snapshot, replace(persona, held={**persona.held, key: to_level}), knowledge)
    rows = np.flatnonzero((then.doors >= bar) & (now.doors < bar))
    order = rows[np.argsort(-then.scores[rows], kind="stable")][:most]
    return tuple(
        Door(
            job_id=snapshot.job_id(row),
            before=Decimal(int(now.scores[row])).scaleb(-2) if now.scores[row] >= 0 else None,
            after=Decimal(int(then.scores[row])).scaleb(-2),
        )
        for row in order.tolist()
    )


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Every open job for one persona: scores in hundredths, -1 for no match; doors the same, -1 also where too little is stated."""

    scores: Integers
    doors: Integers
    order: Integers

    @property
    def matching(self) -> int:
        return len(self.order)


def _rank_with(
    snapshot: Snapshot, persona: PersonaFacts, keys: Sequence[str], knowledge: Knowledge
) -> list[_Ranked]:
    """Rank all jobs once more for each skill, as if it were held one step further."""
    return _rank_all(
        snapshot,
        [replace(persona, held={**persona.held, key: _next_level(persona, key)}) for key in keys],
        knowledge,
    )


def _rank_once(snapshot: Snapshot, persona: PersonaFacts, knowledge: Knowledge) -> _Ranked:
    return _rank_all(snapshot, [persona], knowledge)[0]


def _rank_all(snapshot: Snapshot, personas: Sequence[PersonaFacts], knowledge: Knowledge) -> list[_Ranked]:
    ranked = []
    for ranking in rank(snapshot, personas, knowledge=knowledge):
        scores = np.full(len(snapshot), _NO_DOOR, np.int64)
        scores[ranking.rows] = ranking.scores
        doors = np.full(len(snapshot), _NO_DOOR, np.int64)
        doors[ranking.rows] = np.where(ranking.coverages >= _ENOUGH, ranking.scores, _NO_DOOR)
        ranked.append(_Ranked(scores, doors, ranking.rows))
    return ranked


def _judge_titles(snapshot: Snapshot, persona: PersonaFacts) -> NDArray[np.int8] | None:
    """Give the likeness 0–100 of each job's title to the nearest wanted one; None where none is wanted."""
    if not persona.titles:
        return None
    likeness = np.max([judge_titles(snapshot, wanted) for wanted in persona.titles], axis=0)
    by_job: NDArray[np.int8] = likeness[snapshot.rows.titles]
    return by_job


def _find_best_roles(snapshot: Snapshot, persona: PersonaFacts, now: _Ranked) -> Integers:
    likeness = _judge_titles(snapshot, persona)
    if likeness is None:
        return now.order[:BEST_ROLES]
    alike = likeness[now.order]
    best = now.order[alike >= NEAR_TITLE][:BEST_ROLES]
    others = now.order[(alike < NEAR_TITLE) & (alike >= FAR_TITLE)]
    return np.concatenate((best, others[: max(0, FEWEST_ROLES - len(best))]))


def _find_asking(snapshot: Snapshot, persona: PersonaFacts, best: Integers) -> Mapping[str, Integers]:
    """Give, for each candidate, the best roles that ask for it at a level above the one held."""
    terms = len(snapshot.terms)
    starts, cells = take_ranges(snapshot.rows.starts, best)
    columns = snapshot.rows.columns[cells]
    roles = np.repeat(best, np.diff(starts))
    skills = columns < terms
    columns, roles = columns[skills], roles[skills]
    held = np.zeros(terms, np.int64)
    for key, level in persona.held.items():
        if key in snapshot.term_numbers:
            held[snapshot.term_numbers[key]] = LEVELS[level]
    asked = np.array([_asked_tenths(each) for each in snapshot.seniorities], np.int64)
    wanting = held[columns] < asked[snapshot.rows.seniorities[roles]]
    columns, roles = columns[wanting], roles[wanting]
    counts = np.bincount(columns, minlength=terms)
    least = max(LEAST_ASKING, -(-len(best) // ONE_IN))
    return {
        snapshot.terms[column]: np.unique(roles[columns == column])
        for column in np.flatnonzero(counts >= least).tolist()
    }


def _names(snapshot: Snapshot, rows: Integers, key: str) -> Booleans:
    """Tell of some jobs whether they name a skill."""
    column = snapshot.term_numbers.get(key, UNKNOWN)
    starts, cells = take_ranges(snapshot.rows.starts, rows)
    named = np.repeat(np.arange(len(rows)), np.diff(starts))[snapshot.rows.columns[cells] == column]
    found = np.zeros(len(rows), bool)
    found[named] = True
    return found


def _asked_tenths(seniority: str) -> int:
    if seniority in _BEGINNERS:
        return LEVELS["beginner"]
    return LEVELS["advanced" if seniority in _ADVANCED else "intermediate"]


def _next_level(persona: PersonaFacts, key: str) -> str:
    levels = list(LEVELS)
    held = persona.held.get(key, "")
    return levels[levels.index(held) + 1] if held else LEARNED


def _find_nearest(persona: PersonaFacts, key: str, knowledge: Knowledge) -> tuple[str, int]:
    """Give the held skill that is next to this one and its likeness in percent; ("", 0) where none is, or it is held itself."""
    if key in persona.held:
        return "", 0
    near = [(min(knowledge.adjacent(held).get(key, 0), 50), held) for held in persona.held]
    percent, held = max(near, key=lambda each: (each[0], each[1]), default=(0, ""))
    return (taxonomy().canonical(held), percent) if percent else ("", 0)


@dataclass(frozen=True, slots=True)
class _PayTable:
    """The open jobs of such a title that state pay: rows, and what they pay in the middle of their range, in whole units a year."""

    snapshot: Snapshot
    currency: str
    rows: Integers
    pay: Integers

    @classmethod
    def of(cls, snapshot: Snapshot, persona: PersonaFacts) -> _PayTable:
        likeness = _judge_titles(snapshot, persona)
        rows = np.zeros(0, np.int64) if likeness is None else np.flatnonzero(likeness >= NEAR_TITLE)
        pay = snapshot.convert_pays(persona.currency, snapshot.rows.pays[rows])
        return cls(snapshot, persona.currency, rows[pay != UNKNOWN], pay[pay != UNKNOWN])

    def compare(self, key: str) -> PayGap | None:
        """Compare jobs that ask for a skill with those that do not; None where fewer than ten of either state pay."""
        asks = _names(self.snapshot, self.rows, key)
        asking, others = self.pay[asks], self.pay[~asks]
        if min(len(asking), len(others)) < LEAST_STATING_PAY:
            return None
        return PayGap(self.currency, _median(asking), len(asking), _median(others), len(others))


def _median(pay: Integers) -> int:
    """Give the middle one, of an even number the mean of the two in the middle, rounded half up to whole units."""
    return int(np.floor(np.median(pay) + 0.5))


def _mean(hundredths: Integers) -> Decimal:
    """Give the mean of scores in hundredths as points with two decimals, rounded half up; 0 of none."""
    if not len(hundredths):
        return Decimal("0.00")
    mean = Decimal(int(hundredths.sum())) / (100 * len(hundredths))
    return mean.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _in_hundredths(threshold: Decimal) -> int:
    return int(threshold * 100)
