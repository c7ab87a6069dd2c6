"""The words of skills: one name for each, and where they stand in a text.

Postings and resumes are read with the same words, so that what a job asks for and what a person offers can be
compared. The data beside this module is made by `manage.py build_taxonomy`; where it comes from is told in
`data/skills_NOTICE.txt`.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from personas.mentions import NAMED, Kind, Mention, MentionFinder, Skill

__all__ = [
    "DATA",
    "Entry",
    "Kind",
    "Mention",
    "Skill",
    "Taxonomy",
    "fold",
    "load_taxonomy",
    "read_entries",
    "taxonomy",
]

DATA = Path(__file__).parent / "data"
SHORTEST_LOOSE_NAME = 4  # "c-" and "r." are not C and R

_SPACES = re.compile(r"\s+")
_LOOSE = re.compile(r"[\s\-_./]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the shipped file: a skill and every spelling of it, each with its mode letter."""

    skill: Skill
    spellings: tuple[tuple[str, str], ...]


class Taxonomy:
    """Every known skill, its names, and a reader that finds them in text."""

    __slots__ = ("_finder", "_loose", "_names", "_ranked", "_skills", "version")

    def __init__(
        self,
        *,
        version: str,
        entries: Iterable[Entry],
        synonyms: Iterable[tuple[str, str]] = (),
        never: Iterable[str] = (),
        boilerplate: Iterable[str] = (),
    ) -> None:
        """Index the entries: an earlier one keeps a spelling, and synonyms come last.

        A phrase of `never` hides the names inside it, one of `boilerplate` the names in its sentence.
        """
        self.version = version
        self._skills: dict[str, Skill] = {}
        self._names: dict[str, str] = {}
        self._finder = MentionFinder()
        for entry in entries:
            self._add(entry)
        for source, target in synonyms:
            if (name := self._names.get(target)) is not None:
                self._names.setdefault(source, name)
        for phrase in never:
            self._finder.hide(phrase)
        for phrase in boilerplate:
            self._finder.mute(phrase)
        self._finder.ready()
        self._loose = _spell_loosely(self._names)
        self._ranked = tuple(self._skills)

    def canonical(self, name: str) -> str:
        """Return the one name of a skill; an unknown one comes back trimmed, in its own case."""
        folded = fold(name)
        return self._lookup(folded) or folded

    def key(self, name: str) -> str:
        """Return what makes two names one skill: the canonical name in lower case."""
        return self.canonical(name).lower()

    def known(self, name: str) -> bool:
        """Tell whether the taxonomy has this name or a spelling of it."""
        return self._lookup(fold(name)) is not None

    def skill(self, name: str) -> Skill | None:
        """Return the record of a skill by any of its names, None when it is unknown."""
        found = self._lookup(fold(name))
        return None if found is None else self._skills[found]

    def skills(self) -> tuple[Skill, ...]:
        """Return all skills in the order of the file: those chosen by hand first, the commonest of them before the others."""
        return tuple(self._skills.values())

    def suggest(self, prefix: str, limit: int = 10) -> tuple[str, ...]:
        """Return at most `limit` names for what somebody began to type, the commonest first."""
        start = fold(prefix).lower()
        if not start or limit < 1:
            return ()
        found = dict.fromkeys([exact] if (exact := self._lookup(start)) else [])
        found.update(dict.fromkeys(name for name in self._ranked if name.lower().startswith(start)))
        if len(found) < limit:
            found.update(dict.fromkeys(name for name in self._ranked if f" {start}" in name.lower()))
        return tuple(found)[:limit]

    def find(self, text: str, *, employer: str = "", is_title: bool = False) -> tuple[Mention, ...]:
        """Return every skill named in the text, in order; boilerplate and the employer's own name do not count."""
        return self._finder.find(text, employer=employer, is_title=is_title)

    def _add(self, entry: Entry) -> None:
        skill = entry.skill
        if skill.name.lower() in self._names:
            return
        self._skills[skill.name] = skill
        for form, mode in entry.spellings:
            if self._names.setdefault(form.lower(), skill.name) == skill.name and mode != NAMED:
                self._finder.add(form, mode, skill)

    def _lookup(self, folded: str) -> str | None:
        spelling = folded.lower()
        if (found := self._names.get(spelling)) is not None:
            return found
        loose = _LOOSE.sub("", spelling)
        if len(loose) < SHORTEST_LOOSE_NAME:
            return None
        return self._names.get(loose) or self._loose.get(loose)


def _spell_loosely(names: dict[str, str]) -> dict[str, str]:
    """Return the names that have blanks or signs in them without these, so that "node js" is node.js."""
    loose: dict[str, str] = {}
    for spelling, name in names.items():
        if len(parts := _LOOSE.split(spelling)) > 1:
            loose.setdefault("".join(parts), name)
    return loose


def fold(name: str) -> str:
    """Return a name trimmed, with runs of white space made one blank."""
    return _SPACES.sub(" ", name).strip()


def read_entries(lines: Iterable[str]) -> Iterator[Entry]:
    """Yield the entries of a skill file's lines (name, kind, group, spellings) below its two head lines."""
    for number, line in enumerate(lines, start=3):
        fields = line.rstrip("\n").split("\t")
        if len(fields) != 4:
            raise ValueError(
                f"skills file, line {number}: 4 tab-separated fields expected, {len(fields)} found"
            )
        name, kind, group, spellings = fields
        if kind not in ("technology", "knowledge", "skill", "language"):
            raise ValueError(f"skills file, line {number}: {kind!r} is no kind of skill")
        yield Entry(
            Skill(name, kind, group),  # type: ignore[arg-type]
            tuple((item[1:], item[0]) for item in spellings.split("|") if len(item) > 1),
        )


def load_taxonomy(*, skills: Path, synonyms: Path, boilerplate: Path) -> Taxonomy:
    """Read a taxonomy from its files; raises ValueError naming the line that is wrong."""
    phrases = [
        line for line in boilerplate.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    with gzip.open(synonyms, "rt", encoding="utf-8") as file:
        pairs = [tuple(line.rstrip("\n").split("\t")) for line in file if not line.startswith("#")]
    for number, pair in enumerate(pairs, start=1):
        if len(pair) != 2:
            raise ValueError(
                f"{synonyms.name}, entry {number}: 2 tab-separated fields expected, {len(pair)} found"
            )
    with gzip.open(skills, "rt", encoding="utf-8") as file:
        version = next(file, "").removeprefix("#version ").strip()
        never = next(file, "").removeprefix("#never").strip().split("\t")
        return Taxonomy(
            version=version,
            entries=read_entries(file),
            synonyms=[(a, b) for a, b in pairs],
            never=never,
            boilerplate=phrases,
        )


@cache
def taxonomy() -> Taxonomy:
    """Return the shipped taxonomy, read once."""
    return load_taxonomy(
        skills=DATA / "skills.tsv.gz",
        synonyms=DATA / "skill_tag_synonyms.tsv.gz",
        boilerplate=DATA / "skill_boilerplate.txt",
    )
