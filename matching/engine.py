"""The same scores as `matching.scoring`, for every open job and many personas at once, bit for bit.

Whether a person can and wants to do the work is one sparse product: jobs are rows of whole shares on the columns of
their skills and of their title, personas are columns of levels in tenths, and 4,096 jobs meet 64 personas at a time so
that both stay in the cache. The sums are whole numbers below 2^24, which single precision holds exactly in any order.
Few pairs reach the least skill factor; only for these are the wishes, the other four factors and the score worked out, in
64-bit whole numbers. One call serves the night, new jobs alone, one persona under weights that are only tried, and
personas that are only imagined: what differs is which rows and which columns are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matching.filters import NEAR_ENOUGH, JobFilter
from matching.persona_columns import PersonaColumns, judge_place
from matching.scoring import (
    ENOUGH_COVERAGE,
    LEAST_SKILL,
    TITLE_SHARE,
    WHOLE,
    Knowledge,
    PersonaFacts,
    Wants,
    read_wants,
    scorer_version,
)
from matching.snapshot import (
    NO_TIME,
    NOT_STATED,
    UNKNOWN,
    WORKPLACES,
    Snapshot,
    take_ranges,
)

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

TILE_JOBS = 4096
TILE_PERSONAS = 64
FEW, LONG_TILE_JOBS = 4, 65_536
# Tiles whose survivors are judged together: enough to make NumPy's calls worth it, few enough to stay in the cache.
TILES_TOGETHER = 8
WISHES_TOGETHER = 16_384

_ENOUGH = int(WHOLE * ENOUGH_COVERAGE)
_KNOWN = WHOLE + 1
_ROW_BITS = 40


@dataclass(frozen=True, slots=True)
class Ranking:
    """The matches of one persona, best first: rows of the snapshot, scores in hundredths, coverages in ten-thousandths.

    total counts all matches, of which these are the best; unstated counts those that a filter left out only because they
    do not state what it asks.
    """

    rows: Integers
    scores: Integers
    coverages: Integers
    total: int
    unstated: int = 0

    def __len__(self) -> int:
        """Give the number of matches that were kept."""
        return len(self.rows)

    def score(self, place: int) -> Decimal:
        """Give the score at a place (from 0), 0–100 with two decimals."""
        return Decimal(int(self.scores[place])).scaleb(-2)

    def coverage(self, place: int) -> Decimal:
        """Give the coverage at a place (from 0), 0–1 with four decimals."""
        return Decimal(int(self.coverages[place])).scaleb(-4)


def rank(
    snapshot: Snapshot,
    personas: Sequence[PersonaFacts | Wants],
    *,
    knowledge: Knowledge,
    keep: int | None = None,
    rows: Integers | None = None,
    job_filter: JobFilter | None = None,
) -> list[Ranking]:
    """Give each persona's best `keep` matches, or all of them, best first; `rows` narrows the jobs that are looked at.

    Personas may be given as they were read by `scoring.read_wants` under the same knowledge, which saves reading them again.
    Matches whose coverage is enough come before all others; in each part the score decides, then the order of the
    snapshot. Raises ValueError for a keep below 1 and for other knowledge than the snapshot was read with.
    """
    if keep is not None and keep < 1:
        raise ValueError(f"keep is {keep}; give how many matches of each persona to keep, at least 1")
    if scorer_version(knowledge) != snapshot.version:
        raise ValueError(
            f"the snapshot was read with {snapshot.version}, not with {scorer_version(knowledge)}; build it anew"
        )
    found: list[Ranking] = [_NO_MATCHES] * len(personas)
    some, used = (None, None) if rows is None else (np.sort(rows), _find_used(snapshot, rows))
    read = [
        persona if isinstance(persona, Wants) else read_wants(persona, knowledge=knowledge)
        for persona in personas
    ]
    for numbers in _group(read):
        batch = PersonaColumns(snapshot, [read[number] for number in numbers], job_filter, used)
        for number, ranking in zip(numbers, _rank_batch(some, batch, keep), strict=True):
            found[number] = ranking
    return found


def find_standings(scores: Integers, coverages: Integers) -> Integers:
    """Give the number by which matches stand, higher first: the score in hundredths, lifted above all scores where enough is known."""
    return scores + np.where(coverages >= _ENOUGH, _KNOWN, 0)


def _group(wanting: Sequence[Wants]) -> Iterator[list[int]]:
    """Give the numbers of at most TILE_PERSONAS personas that ask the same: titles, skills, both or neither; none that is empty."""
    groups: dict[tuple[bool, bool], list[int]] = {}
    for number, wants in enumerate(wanting):
        if not wants.is_empty:
            groups.setdefault((bool(wants.persona.titles), wants.asks_skills), []).append(number)
    for numbers in groups.values():
        for start in range(0, len(numbers), TILE_PERSONAS):
            yield numbers[start : start + TILE_PERSONAS]


@dataclass(frozen=True, slots=True)
class _Tile:
    """Some jobs in the order of the snapshot: their rows (given, or a run from `first` on), their requirements as a sparse matrix, their bars."""

    requirements: csr_array
    bars: NDArray[np.float32]
    first: int = 0
    rows: Integers | None = None

    def rows_of(self, places: Integers) -> Integers:
        """Give the rows of the snapshot that stand at some places of the tile."""
        return self.first + places if self.rows is None else self.rows[places]


# Tiles are views into the arrays of their snapshot and go with it.
_tiles_of: WeakKeyDictionary[Snapshot, dict[int, list[_Tile]]] = WeakKeyDictionary()


def _find_used(snapshot: Snapshot, rows: Integers) -> NDArray[np.int32]:
    """Give, rising, the columns that the requirements of some rows have: of a few new jobs far fewer than there are."""
    _starts, cells = take_ranges(snapshot.rows.starts, rows)
    return np.unique(snapshot.rows.columns[cells])


def _cut(batch: PersonaColumns, rows: Integers | None, *, size: int) -> list[_Tile]:
    """Cut all jobs, or some rows, into tiles of at most `size` jobs."""
    snapshot = batch.snapshot
    if rows is not None:
        return [_take(batch, rows[low : low + size]) for low in range(0, len(rows), size)]
    known = _tiles_of.setdefault(snapshot, {})
    if size not in known:
        known[size] = [_slice(snapshot, low, size) for low in range(0, len(snapshot), size)]
    return known[size]


def _slice(snapshot: Snapshot, low: int, size: int) -> _Tile:
    """Give a run of jobs without copying their requirements."""
    table, high = snapshot.rows, min(low + size, len(snapshot))
    cells = slice(table.starts[low], table.starts[high])
    starts = table.starts[low : high + 1] - table.starts[low]
    requirements = _as_matrix(snapshot.width, table.shares[cells], table.columns[cells], starts)
    return _Tile(requirements, table.bars[low:high], first=low)


def _take(batch: PersonaColumns, rows: Integers) -> _Tile:
    """Give some jobs, copied together, under the columns that matter."""
    table = batch.snapshot.rows
    starts, cells = take_ranges(table.starts, rows)
    columns = batch.narrow(table.columns[cells])
    requirements = _as_matrix(batch.width, table.shares[cells], columns, starts.astype(np.int32))
    return _Tile(requirements, table.bars[rows], rows=rows)


def _as_matrix(
    width: int,
    shares: NDArray[np.float32],
    columns: NDArray[np.int32],
    starts: NDArray[np.int32],
) -> csr_array:
    """Give a sparse matrix on these very arrays; when it is made of them at once, SciPy copies what is part of a longer array."""
    matrix = csr_array((len(starts) - 1, width), dtype=np.float32)
    matrix.data, matrix.indices, matrix.indptr = shares, columns, starts
    return matrix


@dataclass(frozen=True)
class _Pairs:
    """Pairs of a job and a persona that may match: the job's row, the persona's number in its batch, and the met share in basis points by tenths."""

    rows: Integers
    who: Integers
    met: Integers

    def keep(self, kept: Booleans | Integers) -> _Pairs:
        """Give some of the pairs."""
        return _Pairs(self.rows[kept], self.who[kept], self.met[kept])


def _rank_batch(rows: Integers | None, batch: PersonaColumns, keep: int | None) -> list[Ranking]:
    kept = [_Kept(keep) for _ in batch.wanting]
    # A product of few columns fits the cache at greater length, and every call of NumPy costs the same.
    size = TILE_JOBS if len(batch.wanting) > FEW else LONG_TILE_JOBS
    for pairs in _find_pairs(_cut(batch, rows, size=size), batch):
        _judge_pairs(batch, pairs, kept)
    return [each.ranking() for each in kept]


def _find_pairs(tiles: Sequence[_Tile], batch: PersonaColumns) -> Iterator[_Pairs]:
    """Give the pairs that may reach the least skill factor, those of some tiles at a time."""
    width = len(batch.wanting)
    for start in range(0, len(tiles), TILES_TOGETHER):
        rows, who, met = [], [], []
        for tile in tiles[start : start + TILES_TOGETHER]:
            if not (batch.asks_titles or batch.asks_skills):
                places = np.arange(len(tile.bars) * width)
                row, number = np.divmod(places, width)
                rows.append(tile.rows_of(row))
                who.append(number)
                met.append(np.zeros(len(places), np.int64))
                continue
            product = _multiply(tile.requirements, batch.columns)
            places = np.flatnonzero(product >= tile.bars[:, batch.kind, None])
            row, number = np.divmod(places, width)
            rows.append(tile.rows_of(row))
            who.append(number)
            met.append(product.ravel()[places].astype(np.int64))
        yield _Pairs(np.concatenate(rows), np.concatenate(who), np.concatenate(met))


def _multiply(requirements: csr_array, columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the product; SciPy is twice as fast at one column when it is told that it is a vector."""
    if columns.shape[1] == 1:
        return (requirements @ columns[:, 0])[:, None]  # type: ignore[no-any-return]
    return requirements @ columns  # type: ignore[no-any-return]


def _judge_pairs(batch: PersonaColumns, pairs: _Pairs, kept: Sequence[_Kept]) -> None:
    """Score pairs, drop those that are no match, and give each persona its own."""
    skill = None
    if batch.asks_titles or batch.asks_skills:
        skill = _judge_skills(batch, pairs)
        fits = skill >= LEAST_SKILL
        pairs, skill = pairs.keep(fits), skill[fits]
    if any(len(marks) for marks in batch.excluded):
        wanted = ~_is_excluded(batch, pairs)
        pairs, skill = pairs.keep(wanted), None if skill is None else skill[wanted]
    total, known, asked = _weigh(batch, pairs, skill)
    some = known > 0
    if not some.all():
        pairs, total, known, asked = pairs.keep(some), total[some], known[some], asked[some]
    scores = _divide(2 * total + 10 * known, 20 * known)
    coverages = _divide(2 * WHOLE * known + asked, 2 * asked)
    left_out = np.zeros(len(kept), np.int64)
    if batch.job_filter is not None:
        passes, unstated = _filter(batch.snapshot, batch.job_filter, pairs.rows, coverages)
        left_out = np.bincount(pairs.who[unstated], minlength=len(kept))
        pairs, scores, coverages = pairs.keep(passes), scores[passes], coverages[passes]
    # One byte a persona: sorted by counting, in one pass.
    order = np.argsort(pairs.who.astype(np.uint8), kind="stable")
    rows, scores, coverages = pairs.rows[order], scores[order], coverages[order]
    ends = np.concatenate(([0], np.cumsum(np.bincount(pairs.who, minlength=len(kept)))))
    for number, each in enumerate(kept):
        own = slice(ends[number], ends[number + 1])
        each.add(rows[own], scores[own], coverages[own], unstated=int(left_out[number]))


def _divide(numbers: Integers, divisors: NDArray[np.integer[Any]]) -> Integers:
    """Divide whole numbers from 0 to below 2^52 by whole numbers above 0, rounding down, several times as fast as `//`.

    A quotient just below a whole number differs from it by more than double precision loses at this size.
    """
    return (numbers / divisors).astype(np.int64)


def _judge_skills(batch: PersonaColumns, pairs: _Pairs) -> Integers:
    """Give `scoring.judge_skill` of each pair in thousandths, UNKNOWN for None."""
    rows = batch.snapshot.rows
    shares = rows.title_shares[pairs.rows].astype(np.int64)
    asked = np.zeros(len(shares), np.int64)
    placed = np.zeros(len(shares), bool)
    if batch.asks_titles:
        placed = batch.likeness[pairs.who, rows.titles[pairs.rows]] != UNKNOWN
        asked += np.where(placed, shares, 0)
    if batch.asks_skills:
        unmet = _weigh_unmet_wishes(batch, pairs)
        extra = _divide((WHOLE - TITLE_SHARE) * unmet, rows.raw[pairs.rows])
        asked += np.where(rows.named[pairs.rows] | placed, WHOLE - shares + extra, 0)
    return np.where(asked > 0, _divide(pairs.met * WHOLE, np.maximum(asked, 1)), UNKNOWN)


def _weigh_unmet_wishes(batch: PersonaColumns, pairs: _Pairs) -> Integers:
    """Give the weight of the wishes that the job does not name."""
    sums, table = batch.wishes
    unmet = sums[pairs.who]
    wishing = np.flatnonzero(unmet)
    # A pair becomes as many cells as its job has terms: some pairs at a time stay in the cache.
    for low in range(0, len(wishing), WISHES_TOGETHER):
        some = wishing[low : low + WISHES_TOGETHER]
        starts, cells = take_ranges(batch.snapshot.rows.starts, pairs.rows[some])
        who = np.repeat(pairs.who[some], np.diff(starts))
        named = table[batch.narrow(batch.snapshot.rows.columns[cells]), who]
        # Every job has at least the cell of its title, so that no range is empty.
        unmet[some] -= np.add.reduceat(named, starts[:-1], dtype=np.int64)
    return unmet


def _is_excluded(batch: PersonaColumns, pairs: _Pairs) -> Booleans:
    excluded = np.zeros(len(pairs.rows), bool)
    for number, marks in enumerate(batch.excluded):
        if len(marks):
            own = np.flatnonzero(pairs.who == number)
            excluded[own] = np.isin(batch.snapshot.rows.companies[pairs.rows[own]], marks)
    return excluded


def _weigh(
    batch: PersonaColumns, pairs: _Pairs, skill: Integers | None
) -> tuple[Integers, Integers, Integers]:
    """Give the weighted sum of the known factors in thousandths, their weights, and the weights of all that are asked."""
    asked = (batch.weights * batch.asked).sum(axis=0)[pairs.who]
    total, known = np.zeros(len(pairs.rows), np.int64), np.zeros(len(pairs.rows), np.int64)
    if skill is not None:
        weight = batch.weights[0][pairs.who]
        total += weight * skill
        known += weight
    for number, percents in _judge_context(batch, pairs):
        weight = np.where(percents == UNKNOWN, 0, (batch.weights * batch.asked)[number][pairs.who])
        total += weight * percents * 1000
        known += weight
    return total, known, asked


def _judge_context(batch: PersonaColumns, pairs: _Pairs) -> Iterator[tuple[int, Integers]]:
    """Give salary, location, remote and industry of each pair in percent, each that any persona asks, with its number among the factors."""
    rows = batch.snapshot.rows
    if batch.asked[1].any():
        yield 1, _judge_salaries(batch, pairs)
    for number, table, codes in (
        (2, "location", rows.wheres),
        (3, "remote", rows.workplaces),
        (4, "industry", rows.industries),
    ):
        if batch.asked[number].any():
            yield number, getattr(batch, table)[pairs.who, codes[pairs.rows]].astype(np.int64)


def _judge_salaries(batch: PersonaColumns, pairs: _Pairs) -> Integers:
    """Give `context.judge_salary` of each pair, UNKNOWN for None."""
    offered = np.full(len(pairs.rows), UNKNOWN, np.int64)
    for currency in np.unique(batch.currencies).tolist():
        own = np.flatnonzero((batch.currencies == currency)[pairs.who])
        offered[own] = batch.snapshot.convert_pays(currency, batch.snapshot.rows.pays[pairs.rows[own]])
    minimum = np.maximum(batch.minimums[pairs.who], 1)
    lost = _divide(500 * np.maximum(0, minimum - offered) + minimum, 2 * minimum)
    return np.where(offered == UNKNOWN, UNKNOWN, np.maximum(0, 100 - lost))


def narrow(snapshot: Snapshot, wanted: JobFilter) -> tuple[Booleans, Booleans]:
    """Tell which open jobs pass a filter, and which are left out only because they do not state what it asks; coverage is of no persona."""
    everybody = np.arange(len(snapshot))
    return _filter(snapshot, replace(wanted, least_coverage=None), everybody, everybody)


def _filter(
    snapshot: Snapshot, wanted: JobFilter, rows: Integers, coverages: Integers
) -> tuple[Booleans, Booleans]:
    """Tell which matches pass a filter, and which are left out only because they do not state what it asks."""
    passes, unstated = np.ones(len(rows), bool), np.zeros(len(rows), bool)
    for fits, states in _ask(snapshot, wanted, rows):
        passes &= fits | ~states
        unstated |= ~states
    if wanted.least_coverage is not None:
        passes &= coverages >= int(WHOLE * wanted.least_coverage)
    if wanted.with_unstated:
        return passes, np.zeros(len(rows), bool)
    return passes & ~unstated, passes & unstated


def _ask(snapshot: Snapshot, wanted: JobFilter, row: Integers) -> Iterator[tuple[Booleans, Booleans]]:
    """Give, for each thing the filter asks, which rows fit and which state it."""
    rows = snapshot.rows
    if wanted.place is not None:
        near = judge_place(snapshot, wanted.place)[rows.wheres[row]]
        yield near >= NEAR_ENOUGH, near != UNKNOWN
    if wanted.workplaces:
        codes = [WORKPLACES.index(each) for each in wanted.workplaces if each in WORKPLACES]
        yield np.isin(rows.workplaces[row], codes), rows.workplaces[row] != NOT_STATED
    if wanted.seniorities:
        codes = [code for code, each in enumerate(snapshot.seniorities) if each in wanted.seniorities]
        yield np.isin(rows.seniorities[row], codes), rows.seniorities[row] != NOT_STATED
    if wanted.minimum_pay is not None:
        offered = snapshot.convert_pays(wanted.currency, rows.pays[row])
        yield offered >= wanted.minimum_pay, offered != UNKNOWN
    if wanted.posted_after is not None:
        posted = rows.posted[row]
        yield posted >= int(wanted.posted_after.timestamp()), posted != NO_TIME


class _Kept:
    """The best matches of one persona so far."""

    def __init__(self, keep: int | None) -> None:
        self._keep = keep
        self._parts: list[tuple[Integers, Integers, Integers]] = []
        self._size = 0
        self._total = 0
        self._unstated = 0

    def add(self, rows: Integers, scores: Integers, coverages: Integers, *, unstated: int) -> None:
        """Take more matches in, and let go of what cannot be among the best any more when there is much of it."""
        standing = find_standings(scores, coverages)
        # A higher standing first, then an earlier row: one whole number decides both.
        # Copies: a cut would keep the arrays of all personas of its tiles alive.
        self._parts.append(((standing << _ROW_BITS) - rows, scores.copy(), coverages.copy()))
        self._size += len(rows)
        self._total += len(rows)
        self._unstated += unstated
        if self._keep is not None and self._size > max(4 * self._keep, 4096):
            self._settle()

    def ranking(self) -> Ranking:
        """Give the best, best first."""
        keys, scores, coverages = self._settle()
        order = np.argsort(-keys)
        rows = -keys[order] & ((1 << _ROW_BITS) - 1)
        return Ranking(rows, scores[order], coverages[order], self._total, self._unstated)

    def _settle(self) -> tuple[Integers, Integers, Integers]:
        if not self._parts:
            return _NOTHING, _NOTHING, _NOTHING
        keys, scores, coverages = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        if self._keep is not None and len(keys) > self._keep:
            best = np.argpartition(keys, len(keys) - self._keep)[-self._keep :]
            keys, scores, coverages = keys[best], scores[best], coverages[best]
        self._parts = [(keys, scores, coverages)]
        self._size = len(keys)
        return keys, scores, coverages


_NOTHING = np.zeros(0, np.int64)
_NO_MATCHES = Ranking(_NOTHING, _NOTHING, _NOTHING, 0)
