"""What the postings near a persona's titles ask for, where, since when and for how much, counted over readings of the jobs.

The slice of a persona are the open postings whose title is at least half like one of its wanted titles; without wanted titles there is
none. Over time the postings that closed lately are counted as well, each on the day on which it was posted. Whatever rests on
fewer than ten postings is None or left out: so few say more about two employers than about a trade.
Quartiles are those of numpy's method "linear", of the middle of each stated range, rounded half up to whole units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from matching.persona_columns import judge_titles
from matching.scoring import LEVELS, PersonaFacts
from matching.snapshot import NO_TIME, UNKNOWN, Snapshot, take_ranges
from matching.whereabouts import NOT_NAMED
from personas.taxonomy import taxonomy

ENOUGH = 10
NEAR_TITLE = 50
SKILLS, PLACES, TITLES, YEARS = 10, 10, 12, 12
ASKED_APART = 5
"""How many of the skills are told apart by place and over time."""
A_YEAR = timedelta(days=365)
REMOTE = "remote"

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Pay a year in whole units: how many postings state it, and the lower, the middle and the upper quartile."""

    count: int
    lower: int
    middle: int
    upper: int


@dataclass(frozen=True, slots=True)
class SkillDemand:
    """One skill: how many postings ask for it, the tenths at which it is held (0 for not), and what those pay."""

    skill: str
    key: str
    count: int
    held_tenths: int
    pay: Quartiles | None


@dataclass(frozen=True, slots=True)
class PlaceDemand:
    """One place ("remote" for remote postings): how many postings, and how many of these ask for each of the first skills."""

    place: str
    count: int
    asking: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PeriodDemand:
    """The postings of one month, or of one year (month 0): how many, and how many of these ask for each of the first skills; None where they are too few."""

    year: int
    month: int
    count: int
    asking: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class TitleDemand:
    """One title, without level and place: how many postings have it, how like a wanted one it is in percent, and what they pay in the middle."""

    title: str
    count: int
    likeness: int
    pay: Quartiles | None


@dataclass(frozen=True, slots=True)
class Demand:
    """The market of one persona; nothing_because is "", no_titles or few.

    by_year tells that periods are years, since too little was posted within the last twelve months. undated is how many
    postings say no day; they are in no period. watched_since is when jobs began to be taken in (None where that is not known):
    of what was posted before, only what was still open then is counted.
    """

    nothing_because: str
    currency: str
    open_jobs: int
    postings: int = 0
    pay: Quartiles | None = None
    skills: tuple[SkillDemand, ...] = ()
    places: tuple[PlaceDemand, ...] = ()
    by_year: bool = False
    periods: tuple[PeriodDemand, ...] = ()
    dated: int = 0
    undated: int = 0
    titles: tuple[TitleDemand, ...] = ()
    watched_since: datetime | None = None


def count_demand(
    snapshot: Snapshot, persona: PersonaFacts, *, closed: Sequence[Snapshot] = (), now: datetime
) -> Demand:
    """Count the market of one persona among the open jobs, and over time those of the readings of closed ones as well, each once."""
    if not persona.titles:
        return Demand("no_titles", persona.currency, len(snapshot))
    likeness = _judge(snapshot, persona)
    rows = np.flatnonzero(likeness >= NEAR_TITLE)
    if len(rows) < ENOUGH:
        return Demand("few", persona.currency, len(snapshot), postings=len(rows))
    named = _Named.of(snapshot, rows)
    pay = snapshot.convert_pays(persona.currency, snapshot.rows.pays[rows])
    common = named.most_common(SKILLS)
    first = [key for key, _count in common[:ASKED_APART]]
    by_year, periods, dated, undated = _count_periods([snapshot, *closed], persona, first, now)
    return Demand(
        nothing_because="",
        currency=persona.currency,
        open_jobs=len(snapshot),
        postings=len(rows),
        pay=_quartiles(pay),
        skills=tuple(
            SkillDemand(
                taxonomy().canonical(key),
                key,
                count,
                LEVELS[persona.held[key]] if key in persona.held else 0,
                _quartiles(pay[named.asks(key)]),
            )
            for key, count in common
        ),
        places=_count_places(snapshot, rows, named, first),
        by_year=by_year,
        periods=periods,
        dated=dated,
        undated=undated,
        titles=_count_titles(snapshot, rows, likeness, pay),
    )


def _judge(snapshot: Snapshot, persona: PersonaFacts) -> NDArray[np.int8]:
    if not len(snapshot):
        return np.zeros(0, np.int8)
    likeness = np.max([judge_titles(snapshot, wanted) for wanted in persona.titles], axis=0)
    by_job: NDArray[np.int8] = likeness[snapshot.rows.titles]
    return by_job


@dataclass(frozen=True, slots=True)
class _Named:
    """Which skills some postings name: places of the postings (from 0) beside columns of terms, each pair once."""

    snapshot: Snapshot
    size: int
    places: Integers
    columns: Integers

    @classmethod
    def of(cls, snapshot: Snapshot, rows: Integers) -> _Named:
        starts, cells = take_ranges(snapshot.rows.starts, rows)
        columns = snapshot.rows.columns[cells].astype(np.int64)
        places = np.repeat(np.arange(len(rows)), np.diff(starts))
        is_skill = columns < len(snapshot.terms)
        return cls(snapshot, len(rows), places[is_skill], columns[is_skill])

    def most_common(self, most: int) -> list[tuple[str, int]]:
        """Give the skills that at least ten postings name, the commonest first."""
        counts = np.bincount(self.columns, minlength=len(self.snapshot.terms))
        order = sorted(
            np.flatnonzero(counts >= ENOUGH).tolist(),
            key=lambda column: (-counts[column], self.snapshot.terms[column]),
        )
        return [(self.snapshot.terms[column], int(counts[column])) for column in order[:most]]

    def asks(self, key: str) -> Booleans:
        """Tell of each posting whether it names a skill."""
        found = np.zeros(self.size, bool)
        found[self.places[self.columns == self.snapshot.term_numbers.get(key, UNKNOWN)]] = True
        return found


def _quartiles(pay: Integers) -> Quartiles | None:
    stated = pay[pay != UNKNOWN]
    if len(stated) < ENOUGH:
        return None
    lower, middle, upper = np.floor(np.percentile(stated, [25, 50, 75], method="linear") + 0.5).astype(int)
    return Quartiles(len(stated), int(lower), int(middle), int(upper))


def _count_places(
    snapshot: Snapshot, rows: Integers, named: _Named, first: Sequence[str]
) -> tuple[PlaceDemand, ...]:
    """Count each posting once in every place that it offers."""
    wheres = snapshot.wheres
    codes = snapshot.rows.wheres[rows]
    at: dict[str, set[int]] = {}
    labels = [_name_places(snapshot, code) for code in range(len(wheres.remote))]
    for posting, code in enumerate(codes.tolist()):
        for label in labels[code]:
            at.setdefault(label, set()).add(posting)
    asks = [named.asks(key) for key in first]
    common = sorted(
        ((len(there), label) for label, there in at.items() if len(there) >= ENOUGH), key=_commonest
    )
    return tuple(
        PlaceDemand(label, count, tuple(int(asked[list(at[label])].sum()) for asked in asks))
        for count, label in common[:PLACES]
    )


def _commonest(counted: tuple[int, str]) -> tuple[int, str]:
    return -counted[0], counted[1]


def _name_places(snapshot: Snapshot, code: int) -> list[str]:
    wheres = snapshot.wheres
    if wheres.remote[code]:
        return [REMOTE]
    names = wheres.names
    found = []
    for place in range(wheres.starts[code], wheres.starts[code + 1]):
        parts = [
            names[wheres.cities[place]].title() if wheres.cities[place] != NOT_NAMED else "",
            names[wheres.regions[place]] if wheres.regions[place] != NOT_NAMED else "",
            names[wheres.countries[place]] if wheres.countries[place] != NOT_NAMED else "",
        ]
        found.append(", ".join(filter(None, parts)))
    return list(dict.fromkeys(filter(None, found)))


def _count_periods(
    readings: Sequence[Snapshot], persona: PersonaFacts, first: Sequence[str], now: datetime
) -> tuple[bool, tuple[PeriodDemand, ...], int, int]:
    """Give whether periods are years, the periods, the latest last, and how many postings say their day and do not."""
    posted: list[Integers] = []
    asked: list[Booleans] = []
    undated = 0
    seen = np.zeros(0, "S16")
    for reading in readings:
        near = np.flatnonzero(_judge(reading, persona) >= NEAR_TITLE)
        # A job may have been read twice: by the month and by the year, or as one that closed and is open again.
        rows = near[~np.isin(reading.rows.ids[near], seen)]
        seen = np.concatenate([seen, reading.rows.ids[rows]])
        times = reading.rows.posted[rows]
        is_dated = times != NO_TIME
        undated += int((~is_dated).sum())
        named = _Named.of(reading, rows[is_dated])
        posted.append(times[is_dated])
        asked.append(np.array([named.asks(key) for key in first], bool).reshape(len(first), named.size))
    times, asks = np.concatenate(posted), np.concatenate(asked, axis=1)
    by_year = int((times > (now - A_YEAR).timestamp()).sum()) < ENOUGH
    days = [datetime.fromtimestamp(each, tz=UTC) for each in times.tolist()]
    keys = [(day.year, 0 if by_year else day.month) for day in days]
    counted = Counter(keys)
    wanted = sorted(counted)[-YEARS:] if by_year else _months_until(now)
    at = {key: np.array([each == key for each in keys], bool) for key in wanted}
    periods = tuple(
        PeriodDemand(
            *key,
            counted[key],
            tuple(int(asked_for[at[key]].sum()) for asked_for in asks) if counted[key] >= ENOUGH else None,
        )
        for key in wanted
    )
    return by_year, periods, len(times), undated


def _months_until(now: datetime) -> list[tuple[int, int]]:
    months = [(now.year * 12 + now.month - 1 - back) for back in range(11, -1, -1)]
    return [(month // 12, month % 12 + 1) for month in months]


def _count_titles(
    snapshot: Snapshot, rows: Integers, likeness: NDArray[np.int8], pay: Integers
) -> tuple[TitleDemand, ...]:
    """Count postings by the words of their title that name the work."""
    words = snapshot.titles.words
    by_title: dict[str, list[int]] = {}
    for posting, title in enumerate(snapshot.rows.titles[rows].tolist()):
        by_title.setdefault(words[title], []).append(posting)
    common = sorted(
        ((len(there), title) for title, there in by_title.items() if len(there) >= ENOUGH), key=_commonest
    )
    return tuple(
        TitleDemand(
            title,
            count,
            int(likeness[rows[by_title[title]]].max()),
            _quartiles(pay[by_title[title]]),
        )
        for count, title in common[:TITLES]
    )
