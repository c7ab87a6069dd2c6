"""Where jobs are, as columns: `matching.context.judge_location` of one wanted place for every distinct whereabouts at once.

A whereabouts is a job's places, the countries it allows remote work from, and whether it is remote; many jobs share one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.context import (
    NEAR,
    SAME_COUNTRY,
    SAME_REGION,
    TOWN_UNSAID_IN_COUNTRY,
    TOWN_UNSAID_IN_REGION,
    point_at,
)
from personas.gazetteer import EARTH_RADIUS_KM, Place

Whereabouts = tuple[tuple[Place, ...], tuple[str, ...], str]
Integers = NDArray[np.int64]

UNKNOWN = -1
NOT_NAMED = 0
"""The number of the empty name: no city, no region, no country."""


@dataclass(frozen=True, eq=False)
class WhereTable:
    """Distinct whereabouts: the offered places of whereabouts w stand from starts[w] to starts[w + 1], its countries likewise.

    names numbers every city (casefolded), region and country; points are places on a ball of radius 1, NaN where a place
    has no coordinates. Of a remote whereabouts the countries are kept, of another the places.
    """

    names: Sequence[str]
    starts: NDArray[np.int32]
    cities: NDArray[np.int32]
    regions: NDArray[np.int32]
    countries: NDArray[np.int32]
    points: NDArray[np.float64]
    remote: NDArray[np.bool_]
    allowed_starts: NDArray[np.int32]
    allowed: NDArray[np.int32]

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Give the number of each name."""
        return {name: number for number, name in enumerate(self.names)}

    def judge(self, wanted: Place) -> NDArray[np.int8]:
        """Give 0–100 by whereabouts for one wanted place, UNKNOWN where it does not say."""
        verdicts = np.full(len(self.remote), UNKNOWN, np.int8)
        _keep_best(verdicts, self.starts, self._judge_places(wanted))
        if wanted.country:
            country = self.numbers.get(wanted.country, UNKNOWN)
            allowed = np.where(self.allowed == country, 100, 0).astype(np.int8)
            _keep_best(verdicts, self.allowed_starts, allowed)
        return verdicts

    def _judge_places(self, wanted: Place) -> NDArray[np.int8]:
        """Give `context.judge_place` of one wanted place for every offered one."""
        country, region = self._number(wanted.country), self._number(wanted.region)
        same_country = self.countries == country
        same_region = (self.regions == region) & (region != NOT_NAMED)
        if not wanted.city:
            verdict = self._judge_areas(wanted, same_country, same_region)
        else:
            beyond = np.where(same_country, np.where(same_region, SAME_REGION, SAME_COUNTRY), 0)
            verdict = np.maximum(self._judge_distances(wanted), beyond)
            town_unsaid = np.where(
                self.regions == NOT_NAMED,
                TOWN_UNSAID_IN_COUNTRY,
                np.where(same_region, TOWN_UNSAID_IN_REGION, SAME_COUNTRY),
            )
            verdict = np.where(self.cities == NOT_NAMED, town_unsaid, verdict)
        if wanted.country:
            verdict = np.where(same_country | (self.countries == NOT_NAMED), verdict, 0)
        return verdict.astype(np.int8)

    def _judge_areas(
        self, wanted: Place, same_country: NDArray[np.bool_], same_region: NDArray[np.bool_]
    ) -> Integers:
        if not wanted.region:
            return np.where(same_country, 100, 0)
        beyond = np.where(self.regions == NOT_NAMED, TOWN_UNSAID_IN_COUNTRY, SAME_COUNTRY)
        return np.where(same_region, 100, beyond)

    def _judge_distances(self, wanted: Place) -> Integers:
        same_town = (self.cities == self._number(wanted.city.casefold())) & (
            self.regions == self._number(wanted.region)
        )
        kilometers = np.where(same_town, 0, NEAR[-1][0] + 1)
        here = point_at(wanted)
        if here is not None:
            x, y, z = (here[axis] - self.points[:, axis] for axis in range(3))
            distance = EARTH_RADIUS_KM * np.sqrt(x * x + y * y + z * z)
            known = ~np.isnan(distance)
            kilometers[known] = distance[known].astype(np.int64)
        return _judge_kilometers(kilometers)

    def _number(self, name: str) -> int:
        return self.numbers.get(name, UNKNOWN) if name else NOT_NAMED

    def extend(self, more: Sequence[Whereabouts]) -> tuple[WhereTable, Integers]:
        """Give the same table with what is new of some whereabouts, and the code of each."""
        numbers = dict(self.numbers)
        codes = {key: code for code, key in enumerate(self._list_keys())}
        known = len(codes)
        found = [codes.setdefault(_read_key(each, numbers), len(codes)) for each in more]
        new = list(codes)[known:]
        places = [place for key in new for place in key.places]
        columns = np.array([place[:3] for place in places], np.int32).reshape(-1, 3)
        points = np.array([place[3:] for place in places], np.float64).reshape(-1, 3)
        allowed = np.array([country for key in new for country in key.allowed], np.int32)
        table = WhereTable(
            names=list(numbers),
            starts=_append_counts(self.starts, [len(key.places) for key in new]),
            cities=np.concatenate((self.cities, columns[:, 0])),
            regions=np.concatenate((self.regions, columns[:, 1])),
            countries=np.concatenate((self.countries, columns[:, 2])),
            points=np.concatenate((self.points, points)),
            remote=np.concatenate((self.remote, np.array([key.remote for key in new], bool))),
            allowed_starts=_append_counts(self.allowed_starts, [len(key.allowed) for key in new]),
            allowed=np.concatenate((self.allowed, allowed)),
        )
        return table, np.array(found, np.int64)

    def _list_keys(self) -> list[_Key]:
        """Give each whereabouts as what tells it from others."""
        columns = (self.cities, self.regions, self.countries, *self.points.T)
        places = list(zip(*(column.tolist() for column in columns), strict=True))
        places = [(*place[:3], *map(_name_nowhere, place[3:])) for place in places]
        starts, allowed_starts, allowed = (
            self.starts.tolist(),
            self.allowed_starts.tolist(),
            self.allowed.tolist(),
        )
        return [
            _Key(
                is_remote,
                tuple(places[starts[row] : starts[row + 1]]),
                tuple(allowed[allowed_starts[row] : allowed_starts[row + 1]]),
            )
            for row, is_remote in enumerate(self.remote.tolist())
        ]


class _Key(NamedTuple):
    """A whereabouts in numbers: each place with its city, region, country and point, the countries of remote work."""

    remote: bool
    places: tuple[tuple[Any, ...], ...]
    allowed: tuple[int, ...]


def _read_key(where: Whereabouts, numbers: dict[str, int]) -> _Key:
    offered, countries, workplace = where
    is_remote = workplace == "remote"
    kept = [] if is_remote else [each for each in offered if each.city or each.region or each.country]
    places = []
    for place in kept:
        names = (place.city.casefold(), place.region, place.country)
        point = point_at(place) or (None, None, None)
        places.append((*(numbers.setdefault(name, len(numbers)) for name in names), *point))
    allowed = countries or [place.country for place in offered]
    codes = [numbers.setdefault(code, len(numbers)) for code in sorted({code for code in allowed if code})]
    return _Key(is_remote, tuple(places), tuple(codes) if is_remote else ())


def _name_nowhere(coordinate: float) -> float | None:
    """Give None for NaN, which equals nothing, not even itself."""
    return None if math.isnan(coordinate) else coordinate


NOWHERE = WhereTable(
    names=("",),
    starts=np.zeros(1, np.int32),
    cities=np.zeros(0, np.int32),
    regions=np.zeros(0, np.int32),
    countries=np.zeros(0, np.int32),
    points=np.zeros((0, 3)),
    remote=np.zeros(0, bool),
    allowed_starts=np.zeros(1, np.int32),
    allowed=np.zeros(0, np.int32),
)
ARRAYS = tuple(field.name for field in fields(WhereTable) if field.name != "names")


def judge_wanted(table: WhereTable, wanted: Iterable[NDArray[np.int8]]) -> NDArray[np.int8]:
    """Give the best verdict of several wanted places, UNKNOWN where none has one."""
    best = np.full(len(table.remote), UNKNOWN, np.int8)
    for verdicts in wanted:
        np.maximum(best, verdicts, out=best)
    return best


def _judge_kilometers(kilometers: Integers) -> Integers:
    """Give `context._judge_distance` by row."""
    before, worth_before = NEAR[0]
    worth = np.zeros(len(kilometers), np.int64)
    worth[kilometers <= before] = worth_before
    for until, worth_until in NEAR[1:]:
        here = (kilometers > before) & (kilometers <= until)
        lost = (worth_before - worth_until) * (kilometers[here] - before)
        worth[here] = worth_before - (2 * lost + (until - before)) // (2 * (until - before))
        before, worth_before = until, worth_until
    return worth


def _keep_best(verdicts: NDArray[np.int8], starts: NDArray[np.int32], worth: NDArray[np.int8]) -> None:
    """Set the verdict of each whereabouts that has places to the best of them."""
    some = np.flatnonzero(np.diff(starts))
    if len(some):
        verdicts[some] = np.maximum.reduceat(worth, starts[some])


def _append_counts(starts: NDArray[np.int32], counts: Sequence[int]) -> NDArray[np.int32]:
    more = starts[-1] + np.cumsum(np.array(counts, np.int32), dtype=np.int32)
    return np.concatenate((starts, more)).astype(np.int32)
