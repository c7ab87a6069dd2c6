"""What a typed text asks of the words of jobs, as queries of PostgreSQL in every language that open jobs are written in."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection

from matching.models import JobText
from matching.reading.language import CONFIGURATIONS
from matching.reading.search_words import cut_runs, name_sign, plain

LONGEST = 200
_KEPT_SECONDS = 300
_TOKEN = re.compile(r'-?"[^"]*"?|\S+')
# A word of a query is quoted; what stands between words may say how far they are apart.
_PART = re.compile(r"('(?:[^']|'')*')|<(?:-|\d+)>")


@dataclass(frozen=True, slots=True)
class Query:
    """Queries of the text search: what is wanted, what is excluded, and both: `exact`, and `loose` as the index of words can tell it alone.

    These two are the same unless there is a phrase, which only the texts can tell; both are empty where nothing is wanted.
    """

    wanted: str = ""
    excluded: str = ""
    exact: str = ""
    loose: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether the index of words tells all."""
        return self.exact == self.loose


def clean(text: str) -> str:
    """Give what is typed as it is read: in one line, and no longer than it may be."""
    return " ".join(text.replace("\x00", "").split())[:LONGEST]


def read_query(text: str) -> Query:
    """Give what a text asks for: words and "phrases" that are wanted, those that are -not, apart by "or"."""
    tokens = [token for token in _TOKEN.findall(text) if any(map(str.isalnum, token))]
    wanted = _in_each_language(" ".join(_spell(token) for token in tokens if not token.startswith("-")))
    # What is excluded is asked for by itself: in a language that writes a word differently, its absence says nothing.
    excluded = [_spell(token.lstrip("-")) for token in tokens if token.startswith("-")]
    return _combine(wanted, _in_each_language(" or ".join(excluded)))


def _spell(token: str) -> str:
    """A word or a phrase as jobs are findable by it."""
    cut = cut_runs(token)
    # Two letters each stand in no order, so that there is no phrase of them.
    return name_sign(token) if cut == token else cut.replace('"', " ")


def _combine(wanted: str, excluded: str) -> Query:
    if not wanted:
        return Query(excluded=excluded)
    loose = _loosen(wanted)
    if not excluded:
        return Query(wanted, "", wanted, loose)
    # Jobs that hold the words of an excluded phrase apart must not be left out.
    is_told = _loosen(excluded) == excluded
    exact = f"{wanted} & !{excluded}"
    return Query(wanted, excluded, exact, f"{loose} & !{excluded}" if is_told else loose)


def _loosen(query: str) -> str:
    """A query with all words of its phrases, wherever they stand."""
    return _PART.sub(lambda found: found[1] or "&", query)


def _in_each_language(text: str) -> str:
    """One query over the languages of the jobs: each word with the endings that each of them knows, and without its accents."""
    if not text:
        return ""
    spoken = languages_of(period())
    configurations = ["simple", *(CONFIGURATIONS[each] for each in CONFIGURATIONS if each in spoken)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT websearch_to_tsquery(each::regconfig, typed)::text AS found "
            "FROM unnest(%s::text[]) AS each, unnest(%s::text[]) AS typed ORDER BY found",
            [configurations, sorted({text, plain(text)})],
        )
        found = [query for (query,) in cursor.fetchall() if query]
    return f"({' | '.join(f'({query})' for query in found)})" if found else ""


def period() -> int:
    """What is kept in the process is read anew in each period of some minutes."""
    return int(time.monotonic()) // _KEPT_SECONDS


@lru_cache(maxsize=1)
def languages_of(_period: int) -> frozenset[str]:
    """The languages of the jobs that can be found; asked once in a period."""
    return frozenset(JobText.objects.order_by().values_list("language", flat=True).distinct())
