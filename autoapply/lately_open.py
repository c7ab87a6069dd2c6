"""The matches among the jobs that were open on one of the last days, as columns: scored now, best first.

Each column has one entry a match. What the database knows of a hundred thousand jobs comes in one query, as one value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from matching.engine import Ranking, rank
from matching.knowledge import shipped_knowledge
from matching.market import Market
from matching.models import Job
from matching.scoring import PersonaFacts
from matching.snapshot import UNKNOWN, read_id

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

_NEVER = np.iinfo(np.int64).max
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH = 1_000

# NumPy reads the value without a Python object a row. A job past its own closing date is closed, whether or not that has
# been written down; those of an archive are never closed by date.
_TIMES = np.dtype([("place", ">i8"), ("opened", ">i8"), ("closed", ">i8"), ("untouched", "u1")])
_READ_TIMES = """
    SELECT string_agg(
        int8send(wanted.place - 1) || int8send((extract(epoch FROM job.first_seen_at) * 1000000)::bigint)
        || int8send(coalesce((extract(epoch FROM CASE source.kind WHEN 'archive' THEN job.closed_at
                                                 ELSE least(job.closed_at, job.closes_at) END) * 1000000)::bigint, %s))
        || boolsend(source.kind IN ('archive', 'pasted')),
        ''::bytea)
    FROM unnest(%s::uuid[]) WITH ORDINALITY AS wanted (id, place)
    JOIN jobs job ON job.id = wanted.id JOIN job_sources source ON source.id = job.source_id
"""
_READ_COMPANIES = """
    SELECT job.company, array_agg(wanted.place - 1)
    FROM unnest(%s::uuid[]) WITH ORDINALITY AS wanted (id, place) JOIN jobs job ON job.id = wanted.id
    GROUP BY job.company
"""
_READ_ADDRESSES = """
    SELECT wanted.place - 1, job.company, job.apply_url, job.url
    FROM unnest(%s::uuid[]) WITH ORDINALITY AS wanted (id, place) JOIN jobs job ON job.id = wanted.id
    ORDER BY wanted.place
"""


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Matches, best first: ids (16 bytes), scores in hundredths, coverages in ten-thousandths, who (the number of the
    persona that the job fits best), and whether the job is one that no rule applies to: of an archive, or brought by somebody here.

    first and last are the numbers of the first and the last day on which the job was open.
    """

    ids: NDArray[np.bytes_]
    scores: Integers
    coverages: Integers
    who: Integers
    untouched: Booleans
    first: Integers
    last: Integers

    def __len__(self) -> int:
        """Give the number of matches."""
        return len(self.ids)

    def job_id(self, place: int) -> UUID:
        """Give the id of the job at a place."""
        return read_id(self.ids[place])


@dataclass(frozen=True, slots=True)
class Address:
    """What the way to apply is read out of, with the employer's name; place is that of the match."""

    place: int
    company: str
    apply_url: str
    url: str


def count_jobs(readings: Sequence[Market]) -> int:
    """Give how many different jobs some readings hold."""
    return sum(int(_is_first(readings, number).sum()) for number in range(len(readings)))


def find_matches(
    readings: Sequence[Market], personas: Sequence[PersonaFacts], bounds: Sequence[tuple[datetime, datetime]]
) -> Matches:
    """Rank the jobs of some readings for all personas at once; each job counts for the persona that it fits best.

    `bounds` are the beginning and the end of each day; a job is kept that was open on one of them.
    """
    parts = [_rank(readings, number, personas) for number in range(len(readings))]
    ids, scores, coverages, who = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    best_first = np.argsort(-scores, kind="stable")
    ids, scores, coverages, who = (column[best_first] for column in (ids, scores, coverages, who))
    times = _read_times(ids)
    starts, ends = (
        np.array([_micros(moment) for moment in each], np.int64) for each in zip(*bounds, strict=True)
    )
    place = times["place"].astype(np.int64)
    # Open on a day: first seen before its end, and not closed before or as it began.
    first = np.searchsorted(ends, times["opened"].astype(np.int64), side="right")
    last = np.searchsorted(starts, times["closed"].astype(np.int64), side="left") - 1
    found = np.flatnonzero(first <= last)
    found = found[np.argsort(place[found])]
    kept = place[found]
    return Matches(
        ids[kept],
        scores[kept],
        coverages[kept],
        who[kept],
        times["untouched"][found].astype(bool),
        first[found],
        last[found],
    )


def read_companies(matches: Matches) -> Mapping[str, Integers]:
    """Give the places of each employer's jobs by its name as stated."""
    with connection.cursor() as cursor:
        cursor.execute(_READ_COMPANIES, [_write_ids(matches.ids)])
        return {company: np.array(places, np.int64) for company, places in cursor.fetchall()}


def read_addresses(matches: Matches, places: Integers) -> list[Address]:
    """Give employer and addresses of the jobs at some places, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_READ_ADDRESSES, [_write_ids(matches.ids[places])])
        return [Address(int(places[number]), *row) for number, *row in cursor.fetchall()]


def read_texts(job_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Give the texts in which required words are looked for: title and description."""
    texts: dict[UUID, str] = {}
    for start in range(0, len(job_ids), _BATCH):
        rows = Job.objects.filter(pk__in=job_ids[start : start + _BATCH])
        texts |= {
            pk: f"{title}\n{text}" for pk, title, text in rows.values_list("pk", "title", "description_text")
        }
    return texts


def _rank(
    readings: Sequence[Market], number: int, personas: Sequence[PersonaFacts]
) -> tuple[NDArray[np.bytes_], Integers, Integers, Integers]:
    """Give id, score, coverage and best persona of each match of one reading that no reading before it holds."""
    snapshot = readings[number].snapshot
    rankings = rank(snapshot, personas, knowledge=shipped_knowledge()) or [_NONE]
    rows, scores, coverages = (
        np.concatenate([getattr(each, name) for each in rankings]) for name in ("rows", "scores", "coverages")
    )
    who = np.repeat(np.arange(len(rankings)), [len(each) for each in rankings])
    if len(rankings) > 1:
        order = np.lexsort((who, -coverages, -scores, rows))
        best = order[np.concatenate(([True], np.diff(rows[order]) != 0))[: len(order)]]
        rows, scores, coverages, who = rows[best], scores[best], coverages[best], who[best]
    new = _is_first(readings, number)[rows]
    return snapshot.rows.ids[rows[new]], scores[new], coverages[new], who[new]


def _is_first(readings: Sequence[Market], number: int) -> Booleans:
    """Tell which jobs of a reading are in none before it: one that has just closed may be in both."""
    ids = readings[number].snapshot.rows.ids
    new = np.ones(len(ids), bool)
    for earlier in readings[:number]:
        new &= earlier.snapshot.find(ids) == UNKNOWN
    return new


def _read_times(ids: NDArray[np.bytes_]) -> NDArray[np.void]:
    with connection.cursor() as cursor:
        cursor.execute(_READ_TIMES, [_NEVER, _write_ids(ids)])
        (joined,) = cursor.fetchone()
    return np.frombuffer(joined or b"", _TIMES)


def _write_ids(ids: NDArray[np.bytes_]) -> str:
    """Write ids as an array of PostgreSQL."""
    digits = ids.astype("S16").tobytes().hex()
    return "{" + ",".join(digits[start : start + 32] for start in range(0, len(digits), 32)) + "}"


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


_NOTHING = np.zeros(0, np.int64)
_NONE = Ranking(_NOTHING, _NOTHING, _NOTHING, 0)
