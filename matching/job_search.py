"""All open jobs by their words: as typed, in any language; else as probably meant. Newest first, jobs whose title says it before others.

The index of words gives all jobs that hold them at once, as bytes; which of them come first, and which a filter lets through, is told here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from math import floor
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Max
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from matching.engine import narrow
from matching.filters import JobFilter
from matching.job_query import Query, clean, period, read_query
from matching.market import Market, glance_at_market
from matching.models import Job, JobText, JobWord

PAGE_SIZE = 20
MANY = 20_000
"""Where about more jobs than this hold the words, they are not all read: what is first is found among the newest, and they are not counted."""
COUNTED = 2_000
"""Jobs that may hold a phrase are looked through to be counted where they are no more than this."""
NARROW = 1_000
"""Where a filter leaves no more jobs than this, the search looks among these; else the filter looks among what is found."""
LONGEST_PART = 5_000
"""So many jobs are looked at at a time at most, where a filter or a phrase leaves few of them."""
NEWEST = 5_000
"""So many jobs become findable at most until the market is read again (`tasks.index_jobs`)."""
_CURSOR = re.compile(r"([01])_(-?[0-9]{1,12}\.[0-9]{6})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_TYPED_WORD = re.compile(r"[^\W\d_]{4,}")

_HIT = np.dtype([("at", ">i8"), ("pk", "S16")])
"""A job as PostgreSQL sends it: microseconds since the beginning of 2000, the bytes of its id."""
_PACKED = "string_agg(timestamptz_send(sort_at) || uuid_send(job_id), ''::bytea)"
_ZERO = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Hits: TypeAlias = NDArray[np.void]


class CursorInvalid(ValueError):
    """Raised for a cursor that no page of ours ever made."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list: jobs that say it in their title come first, then newest first, then by id."""

    tier: int
    sort_at: datetime
    pk: UUID

    def __str__(self) -> str:
        """The cursor as it stands in an address."""
        return f"{self.tier}_{floor(self.sort_at.timestamp())}.{self.sort_at.microsecond:06d}_{self.pk}"

    @classmethod
    def read(cls, text: str) -> Place:
        """The place that a cursor names; raises CursorInvalid."""
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise CursorInvalid(text)
        seconds, _point, parts = found[2].partition(".")
        try:
            moment = datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(parts))
        except ValueError:
            # A year that no calendar of ours has.
            raise CursorInvalid(text) from None
        return cls(int(found[1]), moment, UUID(found[3]))

    @classmethod
    def of(cls, tier: int, hit: np.void) -> Place:
        """The place of a hit."""
        return cls(tier, _ZERO + int(hit["at"]) * _MICROSECOND, _uuid(hit["pk"]))

    def find_beyond(self, hits: Hits) -> Hits:
        """Those of some hits of its tier that come after it."""
        at = (self.sort_at - _ZERO) // _MICROSECOND
        beyond: Hits = hits[
            (hits["at"] < at) | ((hits["at"] == at) & (hits["pk"] < np.bytes_(self.pk.bytes)))
        ]
        return beyond


@dataclass(frozen=True, slots=True)
class Found:
    """A page of jobs: `total` is how many there are (None: not counted), or about how many, `words` what was searched for."""

    jobs: list[Job]
    after: str
    total: int | None
    is_estimate: bool
    words: str
    typed: str
    open_jobs: int
    unstated: int = 0

    @property
    def is_corrected(self) -> bool:
        """Whether something else was searched for than what was typed."""
        return self.words != self.typed


def search_jobs(
    *,
    text: str,
    job_filter: JobFilter | None = None,
    after: str = "",
    exactly: bool = False,
    size: int = PAGE_SIZE,
) -> Found:
    """Give a page of open jobs that hold all words of a text ("phrases", -without, or); all of them where it is empty.

    Where nothing holds them, words that no job knows are taken for the nearest that one does, unless `exactly`. Raises CursorInvalid.
    """
    typed = clean(text)
    place = Place.read(after) if after else None
    market = glance_at_market()
    sieve = _Sieve.read(market, job_filter)
    search = _Search(read_query(typed), sieve)
    words, rows = typed, search.find(place, size + 1)
    if not rows and not exactly and place is None and (meant := correct(typed)):
        other = _Search(read_query(meant), sieve)
        if found := other.find(None, size + 1):
            search, words, rows = other, meant, found
    shown = rows[:size]
    total, is_estimate = search.count()
    by_id = Job.objects.for_list().in_bulk([row.pk for row in shown])
    return Found(
        jobs=[by_id[row.pk] for row in shown if row.pk in by_id],
        after=str(shown[-1]) if len(rows) > size else "",
        total=total,
        is_estimate=is_estimate,
        words=words,
        typed=typed,
        open_jobs=len(market.snapshot),
        unstated=sieve.unstated,
    )


def find_new(*, text: str, job_filter: JobFilter | None, since: int, until: int, most: int) -> list[UUID]:
    """Give the jobs of a search that became findable after a number and up to another, newest first and at most so many."""
    sieve = _Sieve.read(glance_at_market(), job_filter)
    search = _Search(read_query(clean(text)), sieve, span=(since, until))
    return [place.pk for place in search.find(None, most)]


def last_number() -> int:
    """Give the number up to which every job is in the last reading of the market as well; 0 before the first.

    Filters ask that reading: a job that is findable and not in it yet would pass none of them, and must not count as known.
    """
    last = JobText.objects.aggregate(last=Max("number"))["last"] or 0
    newest = JobText.objects.filter(number__gt=last - NEWEST, job__closed_at__isnull=True).order_by("number")
    rows = list(newest.values_list("number", "job_id"))
    found = glance_at_market().snapshot.find(np.array([pk.bytes for _number, pk in rows], "S16"))
    return next(
        (number - 1 for (number, _pk), row in zip(rows, found.tolist(), strict=True) if row < 0), last
    )


def correct(text: str) -> str:
    """Give a text with the words that no open job knows replaced by the nearest one that does; empty where none is near.

    A word of up to six letters may have one letter wrong, too many or too few, or two in the wrong order; a longer one two such slips.
    """
    known = words_of(period())

    def nearest(found: re.Match[str]) -> str:
        word = found[0].lower()
        return found[0] if word in known else _nearest(word, known) or found[0]

    meant = _TYPED_WORD.sub(nearest, text)
    return "" if meant == text else meant


@dataclass(frozen=True, slots=True)
class _Sieve:
    """What a filter lets through: rows of the last reading of the market, None where everything passes."""

    market: Market
    passes: NDArray[np.bool_] | None
    unstated: int

    @classmethod
    def read(cls, market: Market, job_filter: JobFilter | None) -> _Sieve:
        if job_filter is None or job_filter.is_empty:
            return cls(market, None, 0)
        passes, unstated = narrow(market.snapshot, job_filter)
        return cls(market, passes, int(unstated.sum()))

    @property
    def few(self) -> list[UUID] | None:
        """The jobs that pass, where they are few."""
        if self.passes is None or int(self.passes.sum()) > NARROW:
            return None
        return [_uuid(each) for each in self.market.snapshot.rows.ids[self.passes]]

    def keep(self, hits: Hits) -> Hits:
        """Those that pass."""
        if self.passes is None or not len(hits):
            return hits
        rows = self.market.snapshot.find(np.ascontiguousarray(hits["pk"]))
        return hits[(rows >= 0) & self.passes[rows]]


class _Search:
    """One search: what is asked for, what a filter lets through, and between which numbers (after, up to) a job is, where that counts."""

    def __init__(self, query: Query, sieve: _Sieve, *, span: tuple[int, int] | None = None) -> None:
        self.query = query
        self.sieve = sieve
        self.span = span
        self._hits: dict[int, Hits] = {}

    @property
    def tiers(self) -> range:
        """Without words there is one tier: all jobs."""
        return range(2 if self.query.wanted else 1)

    @cached_property
    def estimate(self) -> int:
        """About how many jobs hold the words, as the planner of PostgreSQL knows from its statistics."""
        with connection.cursor() as cursor:
            cursor.execute(
                "EXPLAIN (FORMAT JSON) SELECT FROM job_texts WHERE words @@ %s::tsquery", [self.query.loose]
            )
            rows = int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])
        # It is true to about two digits.
        return round(rows, 2 - len(str(rows)))

    def find(self, after: Place | None, size: int) -> list[Place]:
        """The first places of the list beyond a place."""
        found: list[Place] = []
        for tier in self.tiers[after.tier if after else 0 :]:
            beyond = after if after and after.tier == tier else None
            for part in self._parts(tier, beyond, size):
                found += [Place.of(tier, hit) for hit in self._check(tier, self.sieve.keep(part))[:size]]
                if len(found) >= size:
                    return found[:size]
        return found

    def count(self) -> tuple[int | None, bool]:
        """How many jobs are what is asked for, and whether that is only about right; None where it would take long to tell."""
        if not self.query.wanted:
            passes = None if self.query.excluded else self.sieve.passes
            return (None if passes is None else int(passes.sum())), False
        if 1 not in self._hits and self.estimate > MANY:
            is_told = self.query.is_exact and self.sieve.passes is None
            return (min(self.estimate, len(self.sieve.market.snapshot)), True) if is_told else (None, False)
        hits = [self.sieve.keep(self._read_hits(tier)) for tier in self.tiers]
        if not self._is_checked(0):
            return sum(map(len, hits)), False
        if sum(map(len, hits)) > COUNTED:
            return None, False
        return sum(len(self._check(tier, each)) for tier, each in zip(self.tiers, hits, strict=True)), False

    def _parts(self, tier: int, beyond: Place | None, size: int) -> Iterator[Hits]:
        """Jobs of one tier in their order, more at a time the longer it takes."""
        if not self._is_walked(tier):
            hits = self._read_hits(tier)
            yield from _newest_first(beyond.find_beyond(hits) if beyond else hits, size)
            return
        length = size
        while True:
            part = self._walk(tier, beyond, length)
            yield part
            if len(part) < length:
                return
            beyond, length = Place.of(tier, part[-1]), min(length * 4, LONGEST_PART)

    def _is_walked(self, tier: int) -> bool:
        """Whether jobs are looked at one after another in their order, because about each of them is a hit."""
        if self.span:
            return False
        if not self.query.wanted:
            return True
        return tier == 1 and self.sieve.passes is None and self.query.is_exact and self.estimate > MANY

    def _read_hits(self, tier: int) -> Hits:
        """All jobs of a tier, out of the index of words, in no order."""
        if tier in self._hits:
            return self._hits[tier]
        conditions, values = self._conditions(tier)
        # Only texts of this module are put into the statement.
        statement = f"SELECT {_PACKED} FROM job_texts WHERE {' AND '.join(conditions)}"  # noqa: S608
        with connection.cursor() as cursor:
            # The planner takes words for more frequent than they are, and would read all texts one after another.
            # Within the transaction of a request; elsewhere it only takes longer.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
            cursor.execute(statement, values)
            found = np.frombuffer(cursor.fetchone()[0] or b"", _HIT)
            cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on")
        self._hits[tier] = found
        return found

    def _walk(self, tier: int, beyond: Place | None, length: int) -> Hits:
        """The next jobs of a tier in their order, each looked at by itself."""
        conditions, values = self._conditions(tier)
        if beyond is not None:
            conditions.append("(sort_at, job_id) < (%(sort_at)s, %(pk)s)")
            values |= {"sort_at": beyond.sort_at, "pk": beyond.pk}
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        # Only texts of this module are put into the statement.
        statement = f"""
            SELECT {_PACKED} FROM (
                SELECT sort_at, job_id FROM job_texts {where} ORDER BY sort_at DESC, job_id DESC LIMIT %(length)s
            ) AS page
        """  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(statement, values | {"length": length})
            return _in_order(np.frombuffer(cursor.fetchone()[0] or b"", _HIT))

    def _conditions(self, tier: int) -> tuple[list[str], dict[str, Any]]:
        """SQL of what holds of the jobs of a tier, with its values."""
        few = self.sieve.few
        query = self.query
        found: list[str] = []
        if query.wanted and tier == 0:
            found.append("titles @@ %(wanted)s::tsquery")
        elif query.wanted:
            found.append("words @@ %(loose)s::tsquery AND NOT titles @@ %(wanted)s::tsquery")
        elif query.excluded:
            found.append("NOT words @@ %(excluded)s::tsquery")
        if self.span:
            found.append("number > %(since)s AND number <= %(until)s")
        if few is not None:
            found.append("job_id = ANY(%(few)s)")
        since, until = self.span or (None, None)
        words = {"wanted": query.wanted, "loose": query.loose, "excluded": query.excluded}
        return found, words | {"since": since, "until": until, "few": few}

    def _is_checked(self, tier: int) -> bool:
        """Whether an index alone does not tell: of phrases where words stand, of a title what stands in the text below it."""
        return not self.query.is_exact or (tier == 0 and bool(self.query.wanted and self.query.excluded))

    def _check(self, tier: int, hits: Hits) -> Hits:
        """Those whose texts are as asked for."""
        if not self._is_checked(tier) or not len(hits):
            return hits
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT job_id FROM job_texts WHERE job_id = ANY(%s) AND words @@ %s::tsquery",
                [[_uuid(each) for each in hits["pk"]], self.query.exact],
            )
            held = np.array([pk.bytes for (pk,) in cursor.fetchall()], "S16")
        return hits[np.isin(hits["pk"], held)]


def _newest_first(hits: Hits, size: int) -> Iterator[Hits]:
    """Some hits in their order, in parts: the first of about so many, each twice as long as the one before."""
    while len(hits) > size:
        edge = np.partition(hits["at"].astype(np.int64), -size)[-size]
        is_next = hits["at"] >= edge
        yield _in_order(hits[is_next])
        hits, size = hits[~is_next], min(size * 2, LONGEST_PART)
    yield _in_order(hits)


def _in_order(hits: Hits) -> Hits:
    return hits[np.lexsort((hits["pk"], hits["at"]))[::-1]]


def _uuid(pk: bytes) -> UUID:
    return UUID(bytes=bytes(pk).ljust(16, b"\0"))


@lru_cache(maxsize=1)
def words_of(_period: int) -> dict[str, int]:
    """The words of open jobs with how many hold each; asked once in a period."""
    return dict(JobWord.objects.values_list("word", "jobs"))


def _nearest(word: str, known: dict[str, int]) -> str:
    most = 1 if len(word) <= 6 else 2
    near = process.extract(word, known.keys(), scorer=OSA.distance, score_cutoff=most, limit=20)
    # The nearest, of several as near the one that most jobs hold.
    return str(min(near, key=lambda each: (each[1], -known[each[0]]))[0]) if near else ""
