"""One reading of the open jobs as arrays, newest first: what the engine scores, and what a filter asks.

A snapshot is built from the one before it and the jobs that are new or changed; `snapshot_files` keeps it on the disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import islice
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matching.context import convert_middle
from matching.pay import AnnualPay
from matching.scoring import (
    LEAST_SKILL,
    WHOLE,
    JobFacts,
    Knowledge,
    hash_job,
    read_requirement,
    scorer_version,
)
from matching.titles import NO_TITLES, TitleColumn, read_titles, recognizable
from matching.whereabouts import NOWHERE, Whereabouts, WhereTable
from personas.companies import company_key

NOT_STATED = 0
"""The code of an empty workplace, industry or seniority, and of pay that is not stated."""
NO_TIME = np.iinfo(np.int64).min
UNKNOWN = -1
_NOT_YET = -2
ASKS_BOTH, ASKS_TITLES, ASKS_SKILLS = range(3)
WORKPLACES = ("unknown", "remote", "hybrid", "onsite")
BATCH = 20_000
"""Jobs that are held at once while a snapshot is built."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OpenJob:
    """One open job as the database has it: its identity, when its facts last changed, when it was posted, and the facts."""

    pk: UUID
    revision: int
    posted_at: int | None
    seniority: str
    facts: JobFacts


@dataclass(frozen=True, eq=False)
class Rows:
    """What stands once a job, in the order of the snapshot.

    ids and digests are 16 bytes each (the digest is the job's half of an inputs hash), by_id is the order in which the ids
    rise, posted is in seconds since 1970 or NO_TIME. The requirement of row r stands in columns[starts[r] : starts[r + 1]] with its shares in basis points; the last
    of them is the title's, whose column is the number of terms plus the title's number. bars is the least that a persona
    must bring to it (basis points by tenths) to reach the least skill factor, by what the persona asks: ASKS_BOTH,
    ASKS_TITLES or ASKS_SKILLS; where that is not exact it is too low.
    """

    ids: NDArray[np.bytes_]
    by_id: Integers
    digests: NDArray[np.bytes_]
    revisions: Integers
    posted: Integers
    starts: NDArray[np.int32]
    columns: NDArray[np.int32]
    shares: NDArray[np.float32]
    bars: NDArray[np.float32]
    raw: NDArray[np.int32]
    named: NDArray[np.bool_]
    titles: NDArray[np.int32]
    title_shares: NDArray[np.int32]
    companies: NDArray[np.uint64]
    pays: NDArray[np.int32]
    wheres: NDArray[np.int32]
    workplaces: NDArray[np.int8]
    industries: NDArray[np.int16]
    seniorities: NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class PayTable:
    """Distinct stated pay by the year, in whole units, UNKNOWN where an end is open; the first is "not stated"."""

    minimums: Integers
    maximums: Integers
    currencies: NDArray[np.int16]

    def extend(
        self, more: Sequence[AnnualPay | None], currencies: dict[str, int]
    ) -> tuple[PayTable, Integers]:
        """Give the same table with what is new of some pays, and the code of each; new currencies are numbered."""
        columns = (self.minimums.tolist(), self.maximums.tolist(), self.currencies.tolist())
        codes = {key: code for code, key in enumerate(zip(*columns, strict=True))}
        found = []
        for pay in more:
            if pay is None:
                found.append(NOT_STATED)
                continue
            currency = currencies.setdefault(pay.currency, len(currencies))
            low, high = (UNKNOWN if end is None else end for end in (pay.minimum, pay.maximum))
            found.append(codes.setdefault((low, high, currency), len(codes)))
        table = np.array(list(codes), np.int64).reshape(-1, 3)
        extended = PayTable(table[:, 0], table[:, 1], table[:, 2].astype(np.int16))
        return extended, np.array(found, np.int64)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The open jobs: rows, the distinct values they point to, and the version of scorer and data under which they were read."""

    version: str
    rows: Rows
    terms: Sequence[str]
    titles: TitleColumn
    pays: PayTable
    wheres: WhereTable
    currencies: Sequence[str]
    industries: Sequence[str]
    seniorities: Sequence[str]

    def __len__(self) -> int:
        """Give the number of open jobs."""
        return len(self.rows.ids)

    @property
    def width(self) -> int:
        """Give the number of columns of a requirement: the terms, and behind them the titles."""
        return len(self.terms) + len(self.titles.words)

    @cached_property
    def term_numbers(self) -> Mapping[str, int]:
        """Give the column of each term."""
        return {term: number for number, term in enumerate(self.terms)}

    @cached_property
    def industry_codes(self) -> Mapping[str, list[int]]:
        """Give the codes of each industry, casefolded."""
        codes: dict[str, list[int]] = {}
        for code, industry in enumerate(self.industries):
            codes.setdefault(industry.casefold(), []).append(code)
        return codes

    def find(self, ids: NDArray[np.bytes_]) -> Integers:
        """Give the row of each id (16 bytes), UNKNOWN where it is not open."""
        known, order = self.rows.ids, self.rows.by_id
        if not len(known):
            return np.full(len(ids), UNKNOWN, np.int64)
        row = order[np.minimum(np.searchsorted(known, ids, sorter=order), len(known) - 1)]
        return np.where(known[row] == ids, row, UNKNOWN)

    def find_one(self, pk: UUID) -> int:
        """Give the row of one job, UNKNOWN where it is not open."""
        return int(self.find(np.array([pk.bytes], "S16"))[0])

    def job_id(self, row: int) -> UUID:
        """Give the id of the job in a row."""
        return read_id(self.rows.ids[row])

    def digest(self, row: int) -> str:
        """Give the job's half of an inputs hash, 32 hex digits."""
        return bytes(self.rows.digests[row]).ljust(16, b"\0").hex()

    def convert_pays(self, currency: str, codes: NDArray[np.integer[Any]]) -> Integers:
        """Give the middle of the pays of some codes in whole units of a currency, UNKNOWN where there is none or no rate.

        What was converted once is kept.
        """
        known = self._converted.get(currency)
        if known is None:
            known = self._converted[currency] = np.full(len(self.pays.minimums), _NOT_YET, np.int64)
        missing = codes[known[codes] == _NOT_YET]
        for code in np.unique(missing).tolist() if len(missing) else ():
            middle = convert_middle(self._read_pay(code), currency)
            known[code] = UNKNOWN if middle is None else middle
        converted: Integers = known[codes]
        return converted

    @cached_property
    def _converted(self) -> dict[str, Integers]:
        return {}

    def _read_pay(self, code: int) -> AnnualPay:
        low, high = int(self.pays.minimums[code]), int(self.pays.maximums[code])
        return AnnualPay(_or_none(low), _or_none(high), self.currencies[self.pays.currencies[code]], "")


def company_mark(key: str) -> int:
    """Give 64 bits that stand for a company key; 0 is "not named"."""
    if not key:
        return 0
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") | 1


def read_id(stored: bytes) -> UUID:
    """Give the id that 16 bytes of an array stand for; NumPy takes zeros off their end."""
    return UUID(bytes=bytes(stored).ljust(16, b"\0"))


def build_snapshot(
    jobs: Iterable[OpenJob],
    *,
    knowledge: Knowledge,
    order: Callable[[], Sequence[UUID]] | None = None,
    known: Snapshot | None = None,
) -> Snapshot:
    """Read jobs into a snapshot, in the order that `order` gives once all are read (without it, as they come).

    Ids of the order that are not among `jobs` keep their row of `known`, which must be of the same scorer version and hold
    them; ValueError otherwise. Only BATCH jobs are held at a time besides the arrays.
    """
    version = scorer_version(knowledge)
    base = known if known is not None else empty_snapshot(version)
    if base.version != version:
        raise ValueError(f"the known snapshot is of {base.version}, not of {version}; build without it")
    read = base
    newest: dict[UUID, int] = {}
    unread = iter(jobs)
    while batch := list(islice(unread, BATCH)):
        newest |= {job.pk: len(read) + row for row, job in enumerate(batch)}
        read = _read_jobs(batch, read, knowledge)
    return _arrange(read, list(newest) if order is None else order(), newest, known_rows=len(base))


def empty_snapshot(version: str) -> Snapshot:
    """Give a snapshot without jobs."""
    rows = Rows(
        ids=np.zeros(0, "S16"),
        by_id=np.zeros(0, np.int64),
        digests=np.zeros(0, "S16"),
        revisions=np.zeros(0, np.int64),
        posted=np.zeros(0, np.int64),
        starts=np.zeros(1, np.int32),
        columns=np.zeros(0, np.int32),
        shares=np.zeros(0, np.float32),
        bars=np.zeros((0, 3), np.float32),
        raw=np.zeros(0, np.int32),
        named=np.zeros(0, bool),
        titles=np.zeros(0, np.int32),
        title_shares=np.zeros(0, np.int32),
        companies=np.zeros(0, np.uint64),
        pays=np.zeros(0, np.int32),
        wheres=np.zeros(0, np.int32),
        workplaces=np.zeros(0, np.int8),
        industries=np.zeros(0, np.int16),
        seniorities=np.zeros(0, np.int16),
    )
    not_stated = PayTable(np.array([UNKNOWN]), np.array([UNKNOWN]), np.zeros(1, np.int16))
    return Snapshot(version, rows, [], NO_TITLES, not_stated, NOWHERE, [""], [""], [""])


def _read_jobs(jobs: Sequence[OpenJob], base: Snapshot, knowledge: Knowledge) -> Snapshot:
    """Give the rows of the base and behind them those of the jobs."""
    terms: dict[str, int] = dict(base.term_numbers)
    titles: dict[str, int] = {}
    wheres: dict[Whereabouts, int] = {}
    industries, seniorities, currencies = (
        {name: code for code, name in enumerate(names)}
        for names in (base.industries, base.seniorities, base.currencies)
    )
    known_titles = len(base.titles.words)
    columns: list[list[int]] = []
    shares: list[list[int]] = []
    singles: list[tuple[Any, ...]] = []
    for job in jobs:
        facts = job.facts
        requirement = read_requirement(facts, knowledge=knowledge)
        columns.append([terms.setdefault(key, len(terms)) for key in requirement.terms])
        shares.append([term.share for term in requirement.terms.values()] + [requirement.title_share])
        where = (facts.places, facts.remote_countries, facts.workplace)
        singles.append(
            (
                requirement.raw,
                bool(requirement.terms),
                known_titles + titles.setdefault(facts.title, len(titles)),
                requirement.title_share,
                0,
                wheres.setdefault(where, len(wheres)),
                WORKPLACES.index(facts.workplace),
                industries.setdefault(facts.industry, len(industries)),
                seniorities.setdefault(job.seniority, len(seniorities)),
            )
        )
    rows = base.rows
    single: Any = np.array(singles, np.int64).reshape(-1, 9)
    pays, single[:, 4] = base.pays.extend([job.facts.annual_pay for job in jobs], currencies)
    where_table, where_codes = base.wheres.extend(list(wheres))
    single[:, 5] = where_codes[single[:, 5]]
    # A title's column stands behind those of all terms, so it moves as terms are added.
    moved = np.where(rows.columns >= len(base.terms), len(terms) - len(base.terms), 0)
    for row, job_columns in enumerate(columns):
        job_columns.append(len(terms) + int(single[row, 2]))
    more = Rows(
        ids=np.array([job.pk.bytes for job in jobs], "S16"),
        by_id=np.zeros(len(jobs), np.int64),
        digests=np.array([bytes.fromhex(hash_job(job.facts)) for job in jobs], "S16"),
        revisions=np.array([job.revision for job in jobs], np.int64),
        posted=np.array([NO_TIME if job.posted_at is None else job.posted_at for job in jobs], np.int64),
        starts=rows.starts[-1] + np.cumsum([len(each) for each in columns], dtype=np.int64),
        columns=np.array([column for each in columns for column in each], np.int32),
        shares=np.array([share for each in shares for share in each], np.float32),
        bars=_raise_bars(single[:, 3], [recognizable(job.facts.title) for job in jobs]),
        raw=single[:, 0],
        named=single[:, 1],
        titles=single[:, 2],
        title_shares=single[:, 3],
        companies=np.array([company_mark(company_key(job.facts.company)) for job in jobs], np.uint64),
        pays=single[:, 4],
        wheres=single[:, 5],
        workplaces=single[:, 6],
        industries=single[:, 7],
        seniorities=single[:, 8],
    )
    kept = {**fields_of(rows), "columns": rows.columns + moved.astype(np.int32)}
    joined = {
        name: np.concatenate((kept[name], array)).astype(kept[name].dtype)
        for name, array in fields_of(more).items()
    }
    return Snapshot(
        version=base.version,
        rows=Rows(**joined),
        terms=list(terms),
        titles=read_titles(list(titles), base.titles) if titles else base.titles,
        pays=pays,
        wheres=where_table,
        currencies=list(currencies),
        industries=list(industries),
        seniorities=list(seniorities),
    )


def _raise_bars(title_shares: Integers, placed: Sequence[bool]) -> NDArray[np.float32]:
    """Give `Rows.bars`: exact in single precision, since LEAST_SKILL in ten-thousandths is a whole number of halves."""
    both = np.where(np.array(placed, bool), WHOLE, WHOLE - title_shares)
    asked = np.stack((both, title_shares, WHOLE - title_shares), axis=1)
    return (asked * (LEAST_SKILL / WHOLE)).astype(np.float32)


def _arrange(
    snapshot: Snapshot, order: Sequence[UUID], newest: Mapping[UUID, int], *, known_rows: int
) -> Snapshot:
    """Give the rows in another order, each id's newest row only, and none of ids that are not in the order."""
    wanted = np.array([pk.bytes for pk in order], "S16")
    before = snapshot.rows.ids[:known_rows]
    at = np.argsort(before, kind="stable")
    place = np.minimum(np.searchsorted(before[at], wanted), max(known_rows - 1, 0))
    found = at[place] if known_rows else np.zeros(len(wanted), np.int64)
    rows = np.array([newest.get(pk, UNKNOWN) for pk in order], np.int64)
    missing = rows == UNKNOWN
    if missing.any() and not (known_rows and (before[found[missing]] == wanted[missing]).all()):
        raise ValueError("the order names a job that is neither new nor known; read the jobs anew")
    rows[missing] = found[missing]
    values = {name: array[rows] for name, array in fields_of(snapshot.rows).items() if _is_by_row(name)}
    starts, cells = take_ranges(snapshot.rows.starts, rows)
    values |= {
        "by_id": np.argsort(values["ids"], kind="stable"),
        "starts": starts.astype(np.int32),
        "columns": snapshot.rows.columns[cells],
        "shares": snapshot.rows.shares[cells],
    }
    return Snapshot(**{**fields_of(snapshot), "rows": Rows(**values)})


def take_ranges(starts: NDArray[np.integer[Any]], rows: Integers) -> tuple[Integers, Integers]:
    """Give new starts and the cells of some rows, in the order of the rows."""
    counts = (starts[rows + 1] - starts[rows]).astype(np.int64)
    new = np.concatenate(([0], np.cumsum(counts)))
    cells = np.arange(new[-1]) + np.repeat(starts[rows].astype(np.int64) - new[:-1], counts)
    return new, cells


def _is_by_row(name: str) -> bool:
    return name not in ("starts", "columns", "shares")


def _or_none(number: int) -> int | None:
    return None if number == UNKNOWN else number


def fields_of(record: Any) -> dict[str, Any]:
    """Give what a record holds, by field, as it is."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
