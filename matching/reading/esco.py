"""The skills and occupations of ESCO and the occupations of O*NET, as shipped tables.

Written by `manage.py build_classifications`; terms and attribution stand in data/esco_NOTICE.txt. Beside ESCO's own labels
of skills stand phrases of postings chosen by hand (data/skill_phrases.txt).
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
SKILLS_FILE = DATA / "esco_skills.tsv.gz"
OCCUPATIONS_FILE = DATA / "esco_occupations.tsv.gz"
WORK_FILE = DATA / "onet_work.tsv.gz"
PHRASES_FILE = DATA / "skill_phrases.txt"

SKILL_URI = "http://data.europa.eu/esco/skill/"


@dataclass(frozen=True, slots=True)
class EscoSkill:
    """A skill of ESCO: address, preferred label, other labels, and the groups it is in ("S1", "S1.8", "S1.8.1")."""

    uri: str
    name: str
    labels: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EscoOccupation:
    """An occupation of ESCO: code, preferred label, other labels, description."""

    code: str
    name: str
    labels: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class OnetOccupation:
    """An occupation of O*NET: code, title, and its description and tasks as one text."""

    code: str
    title: str
    work: str


def read_skills(lines: Iterable[str]) -> Iterator[EscoSkill]:
    """Yield the skills of the lines of a table; raises ValueError naming the line that is wrong."""
    for key, name, labels, groups in _split(lines, 4, "ESCO skills"):
        yield EscoSkill(SKILL_URI + key, name, _list(labels), _list(groups))


def read_occupations(lines: Iterable[str]) -> Iterator[EscoOccupation]:
    """Yield the occupations of the lines of a table; raises ValueError naming the line that is wrong."""
    for code, name, labels, description in _split(lines, 4, "ESCO occupations"):
        yield EscoOccupation(code, name, _list(labels), description)


def read_work(lines: Iterable[str]) -> Iterator[OnetOccupation]:
    """Yield the O*NET occupations of the lines of a table; raises ValueError naming the line that is wrong."""
    for code, title, work in _split(lines, 3, "O*NET work"):
        yield OnetOccupation(code, title, work)


def read_phrases(lines: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Return, by preferred label in lower case, the phrases chosen by hand; raises ValueError naming the line that is wrong."""
    phrases: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, start=1):
        if line.startswith("#") or not line.strip():
            continue
        name, colon, listed = line.rstrip("\n").partition(": ")
        if not colon or not listed.strip():
            raise ValueError(f"skill phrases, line {number}: a label, a colon and phrases expected")
        key = name.lower()
        phrases[key] = (*phrases.get(key, ()), *_list(listed))
    return phrases


@cache
def esco_skills() -> tuple[EscoSkill, ...]:
    """Return the shipped skills, read once, in the order of their names."""
    with gzip.open(SKILLS_FILE, "rt", encoding="utf-8") as file:
        return tuple(read_skills(file))


@cache
def esco_occupations() -> tuple[EscoOccupation, ...]:
    """Return the shipped occupations, read once, in the order of their codes."""
    with gzip.open(OCCUPATIONS_FILE, "rt", encoding="utf-8") as file:
        return tuple(read_occupations(file))


@cache
def onet_work() -> tuple[OnetOccupation, ...]:
    """Return the shipped occupations of O*NET, read once, in the order of their codes."""
    with gzip.open(WORK_FILE, "rt", encoding="utf-8") as file:
        return tuple(read_work(file))


@cache
def skill_phrases() -> Mapping[str, tuple[str, ...]]:
    """Return the shipped phrases chosen by hand, read once."""
    with PHRASES_FILE.open(encoding="utf-8") as file:
        return read_phrases(file)


def _split(lines: Iterable[str], fields: int, table: str) -> Iterator[list[str]]:
    for number, line in enumerate(lines, start=1):
        parts = line.rstrip("\n").split("\t")
        if len(parts) != fields:
            raise ValueError(
                f"{table}, line {number}: {fields} tab-separated fields expected, {len(parts)} found"
            )
        yield parts


def _list(joined: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in joined.split("|") if part.strip())
