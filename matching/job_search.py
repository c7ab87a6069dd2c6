"""All open jobs by their words: as typed, in any language; else as probably meant. Newest first, jobs whose title says it before others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

import numpy as np
from django.core.cache import cache
from django.db import connection
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from matching.engine import narrow
from matching.filters import JobFilter
from matching.market import Market, glance_at_market
from matching.models import Job, JobWord
from matching.reading.language import CONFIGURATIONS

PAGE_SIZE = 20
LONGEST_QUERY = 200
COUNTED = 1_000
"""Jobs are counted up to here; what is more is "more than"."""
FEW = 5_000
"""Where a filter leaves no more jobs than this, the search looks among these; else the filter looks among what is found."""
_WORDS_KEPT_SECONDS = 300
_CURSOR = re.compile(r"([01])_([0-9]{1,12}\.[0-9]{6})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_TYPED_WORD = re.compile(r"[^\W\d_]{4,}")
_TOKEN = re.compile(r'-?"[^"]*"?|\S+')


def _in_all_languages(name: str) -> str:
    """SQL of one tsquery over all languages: each word of a parameter with the endings that each of them knows."""
    configurations = ("simple", *CONFIGURATIONS.values())
    queries = [f"websearch_to_tsquery('{each}', %({name})s)" for each in configurations]
    return f"({' || '.join(queries)})"


_WANTED, _EXCLUDED = _in_all_languages("wanted"), _in_all_languages("excluded")


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
        return f"{self.tier}_{int(self.sort_at.timestamp())}.{self.sort_at.microsecond:06d}_{self.pk}"

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
        found = []
        if self.wanted:
            found.append(
                f"titles @@ {_WANTED}" if tier == 0 else f"words @@ {_WANTED} AND NOT titles @@ {_WANTED}"
            )
        if self.excluded:
            found.append(f"NOT words @@ {_EXCLUDED}")
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
    words, rows = typed, _find(typed, place, sieve, size + 1)
    if not rows and not exactly and place is None:
        meant = correct(typed)
        if meant:
            words, rows = meant, _find(meant, None, sieve, size + 1)
            words = words if rows else typed
    shown = rows[:size]
    by_id = Job.objects.for_list().in_bulk([row.pk for row in shown])
    return Found(
        jobs=[by_id[row.pk] for row in shown if row.pk in by_id],
        after=str(shown[-1]) if len(rows) > size else "",
        total=_count(words) if words and sieve.passes is None else None,
        words=words,
        typed=typed,
        open_jobs=len(market.snapshot),
        unstated=sieve.unstated,
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
        if self.passes is None or int(self.passes.sum()) > FEW:
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


def _find(text: str, after: Place | None, sieve: _Sieve, size: int) -> list[Place]:
    """The first places of a list beyond a place, through the sieve."""
    found: list[Place] = []
    few = sieve.few
    for tier in range(after.tier if after else 0, 2 if _Asked.read(text).wanted else 1):
        beyond = after if after and after.tier == tier else None
        for chunk in _read_chunks(text, tier, beyond, few, size):
            found += chunk if few is not None else sieve.keep(chunk)
            if len(found) >= size:
                return found[:size]
    return found


def _read_chunks(
    text: str, tier: int, beyond: Place | None, few: list[UUID] | None, size: int
) -> Iterator[list[Place]]:
    """Places of one tier in their order, more at a time the longer it takes."""
    length = size
    while True:
        chunk = _read_chunk(text, tier, beyond, few, length)
        if chunk:
            yield chunk
        if len(chunk) < length:
            return
        beyond, length = chunk[-1], min(length * 4, 5_000)


def _read_chunk(
    text: str, tier: int, beyond: Place | None, few: list[UUID] | None, length: int
) -> list[Place]:
    asked = _Asked.read(text)
    conditions = asked.conditions(tier)
    if beyond is not None:
        conditions.append("(sort_at, job_id) < (%(sort_at)s, %(pk)s)")
    if few is not None:
        conditions.append("job_id = ANY(%(few)s)")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    # Only texts of this module are put into the statement.
    statement = (
        f"SELECT sort_at, job_id FROM job_texts {where} ORDER BY sort_at DESC, job_id DESC LIMIT %(length)s"  # noqa: S608
    )
    values = {
        "wanted": asked.wanted,
        "excluded": asked.excluded,
        "sort_at": beyond.sort_at if beyond else None,
        "pk": beyond.pk if beyond else None,
        "few": few,
        "length": length,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Place(tier, sort_at, pk) for sort_at, pk in cursor.fetchall()]


def _count(text: str) -> int:
    asked = _Asked.read(text)
    both = [f"({' AND '.join(asked.conditions(tier)) or 'true'})" for tier in (0, 1)]
    # Only texts of this module are put into the statement.
    statement = (
        f"SELECT count(*) FROM (SELECT 1 FROM job_texts WHERE {' OR '.join(both)} LIMIT %(most)s) AS found"  # noqa: S608
    )
    values = {"wanted": asked.wanted, "excluded": asked.excluded, "most": COUNTED + 1}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])


def _read_words() -> dict[str, int]:
    """The words of open jobs with how many hold each; kept for some minutes in the process."""
    made = cache.get_or_set("job-words-read", lambda: datetime.now(UTC).isoformat(), _WORDS_KEPT_SECONDS)
    return _words_of(str(made))


@lru_cache(maxsize=1)
def _words_of(_made: str) -> dict[str, int]:
    return dict(JobWord.objects.values_list("word", "jobs"))


def _nearest(word: str, known: dict[str, int]) -> str:
    most = 1 if len(word) <= 6 else 2
    near = process.extract(word, known.keys(), scorer=OSA.distance, score_cutoff=most, limit=20)
    # The nearest, of several as near the one that most jobs hold.
    return str(min(near, key=lambda each: (each[1], -known[each[0]]))[0]) if near else ""
