"""All open jobs by their words: as typed, in any language; else as probably meant. Newest first, jobs whose title says it before others."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from math import floor
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Max
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from matching.engine import narrow
from matching.filters import JobFilter
from matching.market import Market, glance_at_market
from matching.models import Job, JobText, JobWord
from matching.reading.language import CONFIGURATIONS

PAGE_SIZE = 20
LONGEST_QUERY = 200
COUNTED = 1_000
"""Jobs are counted up to here; what is more is "more than"."""
FEW = 5_000
"""So many hits are all read and put in order; where there are more, jobs are walked through in their order."""
NARROW = 1_000
"""Where a filter leaves no more jobs than this, the search looks among these; else the filter looks among what is found."""
NEWEST = 5_000
"""So many jobs become findable at most until the market is read again (`tasks.index_jobs`)."""
_KEPT_SECONDS = 300
_CURSOR = re.compile(r"([01])_(-?[0-9]{1,12}\.[0-9]{6})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_TYPED_WORD = re.compile(r"[^\W\d_]{4,}")
_TOKEN = re.compile(r'-?"[^"]*"?|\S+')


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
        moment = datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(parts))
        return cls(int(found[1]), moment, UUID(found[3]))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a typed text asks for: words and "phrases" that are wanted, and those that are not, apart by "or".

    What is excluded is asked for by itself: in a language that writes a word differently, its absence says nothing.
    """

    wanted: str
    excluded: str

    @classmethod
    def read(cls, text: str) -> _Asked:
        tokens = [token for token in _TOKEN.findall(text) if any(map(str.isalnum, token))]
        wanted = [token for token in tokens if not token.startswith("-")]
        excluded = [token.lstrip("-") for token in tokens if token.startswith("-")]
        return cls(" ".join(wanted), " or ".join(excluded))

    def conditions(self, tier: int) -> list[str]:
        """SQL of what holds of the jobs of a tier."""
        wanted, excluded = _in_each_language("wanted"), _in_each_language("excluded")
        found = []
        if self.wanted:
            found.append(
                f"titles @@ {wanted}" if tier == 0 else f"words @@ {wanted} AND NOT titles @@ {wanted}"
            )
        if self.excluded:
            found.append(f"NOT words @@ {excluded}")
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """A page of jobs: `total` up to COUNTED (None: not counted, because a filter is used), `words` what was searched for."""

    jobs: list[Job]
    after: str
    total: int | None
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
    typed = " ".join(text.split())[:LONGEST_QUERY].replace("\x00", "")
    place = Place.read(after) if after else None
    market = glance_at_market()
    sieve = _Sieve.read(market, job_filter)
    search = _Search(_Asked.read(typed), sieve)
    words, rows = typed, search.find(place, size + 1)
    if not rows and not exactly and place is None and (meant := correct(typed)):
        other = _Search(_Asked.read(meant), sieve)
        if found := other.find(None, size + 1):
            search, words, rows = other, meant, found
    shown = rows[:size]
    by_id = Job.objects.for_list().in_bulk([row.pk for row in shown])
    return Found(
        jobs=[by_id[row.pk] for row in shown if row.pk in by_id],
        after=str(shown[-1]) if len(rows) > size else "",
        total=search.count() if words and sieve.passes is None else None,
        words=words,
        typed=typed,
        open_jobs=len(market.snapshot),
        unstated=sieve.unstated,
    )


def find_new(*, text: str, job_filter: JobFilter | None, since: int, until: int, most: int) -> list[UUID]:
    """Give the jobs of a search that became findable after a number and up to another, newest first and at most so many."""
    typed = " ".join(text.split())[:LONGEST_QUERY].replace("\x00", "")
    sieve = _Sieve.read(glance_at_market(), job_filter)
    search = _Search(_Asked.read(typed), sieve, span=(since, until))
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
    known = _read_words()

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
        return [
            UUID(bytes=bytes(each).ljust(16, b"\0")) for each in self.market.snapshot.rows.ids[self.passes]
        ]

    def keep(self, places: Sequence[Place]) -> list[Place]:
        """Those that pass, of some places in a list."""
        if self.passes is None or not places:
            return list(places)
        rows = self.market.snapshot.find(np.array([place.pk.bytes for place in places], "S16"))
        return [
            place for place, row in zip(places, rows.tolist(), strict=True) if row >= 0 and self.passes[row]
        ]


@dataclass(frozen=True, slots=True)
class _Search:
    """One search: what is asked for, what a filter lets through, and between which numbers (after, up to) a job is, where that counts."""

    asked: _Asked
    sieve: _Sieve
    span: tuple[int, int] | None = None
    _counted: dict[int, int] = field(default_factory=dict)

    @property
    def tiers(self) -> range:
        """Without words there is one tier: all jobs."""
        return range(2 if self.asked.wanted else 1)

    def find(self, after: Place | None, size: int) -> list[Place]:
        """The first places of the list beyond a place."""
        found: list[Place] = []
        for tier in self.tiers[after.tier if after else 0 :]:
            beyond = after if after and after.tier == tier else None
            for chunk in self._chunks(tier, beyond, size):
                found += self.sieve.keep(chunk)
                if len(found) >= size:
                    return found[:size]
        return found

    def count(self) -> int:
        """How many jobs hold the words; where they are many, more than COUNTED."""
        for tier in self.tiers:
            if tier not in self._counted:
                self._read_hits(tier, None, 1)
        return sum(self._counted.values())

    def _chunks(self, tier: int, beyond: Place | None, size: int) -> Iterator[list[Place]]:
        """Places of one tier in their order: as many as are asked for where hits are few, else more at a time the longer it takes."""
        if self.asked.wanted or self.span:
            hits = self._read_hits(tier, beyond, size if self.sieve.passes is None else FEW)
            if self._counted[tier] <= FEW:
                yield hits
                return
        length = size
        while True:
            chunk = self._walk(tier, beyond, length)
            yield chunk
            if len(chunk) < length:
                return
            beyond, length = chunk[-1], min(length * 4, FEW)

    def _read_hits(self, tier: int, beyond: Place | None, length: int) -> list[Place]:
        """The next hits of a tier, out of the index of words, with their number up to FEW and one.

        The planner takes words for more frequent than they are, and would read the texts of all jobs one after another.
        """
        where, values = self._where(tier, None)
        ahead = "WHERE (sort_at, job_id) < (%(sort_at)s, %(pk)s)" if beyond is not None else ""
        # Only texts of this module are put into the statement.
        statement = f"""
            WITH hits AS MATERIALIZED (SELECT sort_at, job_id FROM job_texts {where} LIMIT %(most)s)
            SELECT page.sort_at, page.job_id, counted.times
            FROM (SELECT count(*) AS times FROM hits) AS counted LEFT JOIN LATERAL (
                SELECT sort_at, job_id FROM hits {ahead} ORDER BY sort_at DESC, job_id DESC LIMIT %(length)s
            ) AS page ON true
            ORDER BY page.sort_at DESC, page.job_id DESC
        """  # noqa: S608
        values |= {"most": FEW + 1, "length": length} | _place_values(beyond)
        with connection.cursor() as cursor:
            # Within the transaction of a request; elsewhere it only takes longer.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
            cursor.execute(statement, values)
            rows = cursor.fetchall()
            cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on")
        self._counted[tier] = rows[0][2]
        return [Place(tier, sort_at, pk) for sort_at, pk, _times in rows if pk is not None]

    def _walk(self, tier: int, beyond: Place | None, length: int) -> list[Place]:
        """The next places of a tier, out of all jobs in their order: every few of them is a hit."""
        where, values = self._where(tier, beyond)
        # Only texts of this module are put into the statement.
        statement = f"SELECT sort_at, job_id FROM job_texts {where} ORDER BY sort_at DESC, job_id DESC LIMIT %(length)s"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(statement, values | {"length": length})
            return [Place(tier, sort_at, pk) for sort_at, pk in cursor.fetchall()]

    def _where(self, tier: int, beyond: Place | None) -> tuple[str, dict[str, Any]]:
        """SQL of what holds of the jobs of a tier, beyond a place of it, with its values."""
        conditions = self.asked.conditions(tier)
        if beyond is not None:
            conditions.append("(sort_at, job_id) < (%(sort_at)s, %(pk)s)")
        if self.span:
            conditions.append("number > %(since)s AND number <= %(until)s")
        few = self.sieve.few
        if few is not None:
            conditions.append("job_id = ANY(%(few)s)")
        values = {
            "wanted": self.asked.wanted,
            "excluded": self.asked.excluded,
            "since": self.span[0] if self.span else None,
            "until": self.span[1] if self.span else None,
            "few": few,
        }
        return f"WHERE {' AND '.join(conditions)}" if conditions else "", values | _place_values(beyond)


def _place_values(place: Place | None) -> dict[str, Any]:
    return {"sort_at": place.sort_at, "pk": place.pk} if place else {}


def _in_each_language(name: str) -> str:
    """SQL of one tsquery over the languages of the jobs: each word of a parameter with the endings that each of them knows."""
    spoken = languages_of(_period())
    configurations = ["simple", *(CONFIGURATIONS[each] for each in CONFIGURATIONS if each in spoken)]
    queries = [f"websearch_to_tsquery('{each}', %({name})s)" for each in configurations]
    return f"({' || '.join(queries)})"


def _period() -> int:
    """What is kept in the process is read anew in each period of some minutes."""
    return int(time.monotonic()) // _KEPT_SECONDS


@lru_cache(maxsize=1)
def languages_of(_period: int) -> frozenset[str]:
    """The languages of the jobs that can be found; asked once in a period."""
    return frozenset(JobText.objects.order_by().values_list("language", flat=True).distinct())


def _read_words() -> dict[str, int]:
    """The words of open jobs with how many hold each."""
    return words_of(_period())


@lru_cache(maxsize=1)
def words_of(_period: int) -> dict[str, int]:
    """The words of open jobs; asked once in a period."""
    return dict(JobWord.objects.values_list("word", "jobs"))


def _nearest(word: str, known: dict[str, int]) -> str:
    most = 1 if len(word) <= 6 else 2
    near = process.extract(word, known.keys(), scorer=OSA.distance, score_cutoff=most, limit=20)
    # The nearest, of several as near the one that most jobs hold.
    return str(min(near, key=lambda each: (each[1], -known[each[0]]))[0]) if near else ""
