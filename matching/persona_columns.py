"""Some personas as columns, ready to meet the jobs of a snapshot: what each brings to every term and title, and what each
finds of every distinct pay, whereabouts, workplace and industry."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from matching.context import WORKPLACES as WORTH
from matching.filters import JobFilter
from matching.scoring import Wants, title_tenths
from matching.snapshot import (
    ASKS_BOTH,
    ASKS_SKILLS,
    ASKS_TITLES,
    NOT_STATED,
    UNKNOWN,
    WORKPLACES,
    Snapshot,
    company_mark,
)
from matching.titles import compare_titles
from matching.whereabouts import judge_wanted
from personas.gazetteer import Place

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

# What one process keeps of verdicts on titles and places, in bytes each.
KEPT_VERDICTS = 32 * 2**20

# Tenths of each likeness 0-100, and none for UNKNOWN, which as an index means the last.
_TENTHS = np.array([*map(title_tenths, range(101)), 0], np.float32)


class _Verdicts:
    """Verdicts on the distinct titles or whereabouts of one snapshot, by what was wanted; the longest unused go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, NDArray[np.int8]] = OrderedDict()
        self._size = 0
        # The web server's threads share one snapshot.
        self._lock = Lock()

    def of(self, wanted: object, judge: Callable[[], NDArray[Any]]) -> NDArray[np.int8]:
        """Give the verdicts on what is wanted, judged once and kept for the next who wants it."""
        with self._lock:
            if wanted in self._kept:
                self._kept.move_to_end(wanted)
                return self._kept[wanted]
        verdicts = judge().astype(np.int8)
        with self._lock:
            if wanted not in self._kept:
                self._kept[wanted] = verdicts
                self._size += verdicts.nbytes
            while self._size > KEPT_VERDICTS and len(self._kept) > 1:
                self._size -= self._kept.popitem(last=False)[1].nbytes
        return verdicts


_titles_of: WeakKeyDictionary[Snapshot, _Verdicts] = WeakKeyDictionary()
_places_of: WeakKeyDictionary[Snapshot, _Verdicts] = WeakKeyDictionary()


def judge_titles(snapshot: Snapshot, wanted: str) -> NDArray[np.int8]:
    """Give the likeness 0–100 of each distinct title to a wanted one."""
    verdicts = _titles_of.setdefault(snapshot, _Verdicts())
    return verdicts.of(wanted, lambda: compare_titles(wanted, snapshot.titles))


def judge_place(snapshot: Snapshot, wanted: Place) -> NDArray[np.int8]:
    """Give the location factor 0–100 of each distinct whereabouts for one wanted place."""
    verdicts = _places_of.setdefault(snapshot, _Verdicts())
    return verdicts.of(wanted, lambda: snapshot.wheres.judge(wanted))


class PersonaColumns:
    """Some personas that ask for the same kinds of things, as columns and tables.

    `used` names, rising, the columns of requirements that matter, where only some jobs are looked at; None means all.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        wanting: Sequence[Wants],
        job_filter: JobFilter | None,
        used: NDArray[np.int32] | None = None,
    ) -> None:
        self.snapshot = snapshot
        self._used = used
        self.wanting = wanting
        self.personas = [wants.persona for wants in wanting]
        self.job_filter = job_filter if job_filter is not None and not job_filter.is_empty else None
        self.asks_titles = bool(self.personas[0].titles)
        self.asks_skills = wanting[0].asks_skills
        self.weights = np.array([persona.weights.in_order() for persona in self.personas], np.int64).T

    @cached_property
    def likeness(self) -> NDArray[np.int8]:
        """Give, for each persona and distinct title, the likeness to the best of the wanted titles, UNKNOWN where it cannot be placed."""
        titles = self.snapshot.titles
        best = np.full((len(self.personas), len(titles.words)), UNKNOWN, np.int8)
        for row, persona in enumerate(self.personas):
            for wanted in persona.titles:
                np.maximum(best[row], judge_titles(self.snapshot, wanted), out=best[row])
        best[:, ~titles.placed] = np.where(best[:, ~titles.placed] == 100, 100, UNKNOWN)
        return best

    @property
    def width(self) -> int:
        """Give the number of columns of requirements that matter."""
        return self.snapshot.width if self._used is None else len(self._used)

    def narrow(self, columns: NDArray[np.int32]) -> NDArray[np.int32]:
        """Give the numbers of columns of requirements among those that matter."""
        if self._used is None:
            return columns
        return np.searchsorted(self._used, columns).astype(np.int32)

    @cached_property
    def columns(self) -> NDArray[np.float32]:
        """Give, for each term and each title that matters, the tenths that each persona brings."""
        terms = len(self.snapshot.terms)
        levels = [[(key, held.tenths) for key, held in wants.levels.items()] for wants in self.wanting]
        table = self._spread(levels, np.float32)
        if not self.asks_titles:
            return table
        if self._used is None:
            table[terms:] = _TENTHS[self.likeness].T
        else:
            titles = self._used[self._used >= terms] - terms
            table[self.width - len(titles) :] = _TENTHS[self.likeness[:, titles]].T
        return table

    def _spread(self, values: Sequence[Iterable[tuple[str, int]]], kind: type) -> NDArray[Any]:
        """Give a table of the columns that matter by persona, with the values of each persona's terms."""
        numbers = self.snapshot.term_numbers
        known = [
            (numbers[key], who, value)
            for who, row in enumerate(values)
            for key, value in row
            if key in numbers
        ]
        table: NDArray[Any] = np.zeros((self.width, len(self.personas)), kind)
        if not known:
            return table
        columns, persons, given = np.array(known).T
        if self._used is not None:
            matters = np.isin(columns, self._used)
            columns, persons, given = self.narrow(columns[matters]), persons[matters], given[matters]
        table[columns, persons] = given
        return table

    @cached_property
    def wishes(self) -> tuple[Integers, NDArray[np.int32]]:
        """Give each persona's weight of all wishes together, and of each term that is one."""
        table = self._spread(
            [[(key, weight) for key, (_skill, weight) in wants.wishes.items()] for wants in self.wanting],
            np.int32,
        )
        sums = [sum(weight for _skill, weight in wants.wishes.values()) for wants in self.wanting]
        return np.array(sums, np.int64), table

    @property
    def kind(self) -> int:
        """Tell which of a job's bars these personas must reach."""
        if self.asks_titles:
            return ASKS_BOTH if self.asks_skills else ASKS_TITLES
        return ASKS_SKILLS

    @cached_property
    def currencies(self) -> NDArray[np.str_]:
        """Give the currency of each persona."""
        return np.array([persona.currency for persona in self.personas])

    @cached_property
    def minimums(self) -> Integers:
        """Give the wanted minimum of each persona, 0 where it is not asked."""
        return np.array([persona.minimum_salary or 0 for persona in self.personas], np.int64)

    @cached_property
    def location(self) -> NDArray[np.int8]:
        """Give the location factor of each persona and whereabouts."""
        return np.array(
            [
                judge_wanted(
                    self.snapshot.wheres, [judge_place(self.snapshot, place) for place in persona.places]
                )
                for persona in self.personas
            ]
        )

    @cached_property
    def remote(self) -> NDArray[np.int8]:
        """Give the remote factor of each persona and workplace."""
        return np.array(
            [
                [WORTH.get(persona.remote_preference, {}).get(workplace, UNKNOWN) for workplace in WORKPLACES]
                for persona in self.personas
            ],
            np.int8,
        )

    @cached_property
    def industry(self) -> NDArray[np.int8]:
        """Give the industry factor of each persona and industry."""
        table = np.zeros((len(self.personas), len(self.snapshot.industries)), np.int8)
        for number, persona in enumerate(self.personas):
            for wanted in persona.industries:
                table[number, self.snapshot.industry_codes.get(wanted.casefold(), [])] = 100
        table[:, NOT_STATED] = UNKNOWN
        return table

    @cached_property
    def asked(self) -> Booleans:
        """Tell, for each factor and persona, whether it is asked."""
        return np.array(
            [
                [
                    wants.asks_skill_factor,
                    bool(wants.persona.minimum_salary),
                    bool(wants.persona.places),
                    wants.persona.remote_preference != "any",
                    bool(wants.persona.industries),
                ]
                for wants in self.wanting
            ]
        ).T

    @cached_property
    def excluded(self) -> list[NDArray[np.uint64]]:
        """Give the marks of each persona's excluded companies."""
        return [
            np.array(sorted(company_mark(key) for key in wants.excluded), np.uint64) for wants in self.wanting
        ]
