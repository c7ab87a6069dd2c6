"""The words of skills: one name for each, and where they stand in a text.

Postings and resumes are read with the same words, so that what a job asks for and what a person offers can be
compared. The data beside this module is made by `manage.py build_taxonomy`; where it comes from is told in
`data/skills_NOTICE.txt`.
"""

from __future__ import annotations

import gzip
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import ahocorasick

Kind = Literal["technology", "knowledge", "skill", "language"]

# How a surface counts in running text; the marks of data/skill_curated.txt in parentheses.
PLAIN = "p"  # in any case
CASED = "c"  # (^) when it is not all lower-case
EXACT = "x"  # (!) in exactly this spelling
LISTED = "l"  # (~) in this spelling, and beside a sure technology or after a cue
ASKED = "q"  # (?) an ordinary word, only after or before a cue ("degree in", "skills")
SPOKEN = "s"  # (%) a language people speak, beside a cue
HIDDEN = "-"  # a phrase that is no skill and hides the names inside it
NAMED = "n"  # (-) never searched for, understood when typed

DOUBTFUL = (LISTED, ASKED, SPOKEN)

DATA = Path(__file__).parent / "data"
NEAR = 40  # characters between a doubtful name and the sure technology that vouches for it (own measurement)
SHORT = 200  # characters up to which one pass over a text is quicker than one replacement for each sign (own measurement)
SHORTEST_LOOSE_NAME = 4  # "c-" and "r." are not C and R

_FULL_STOP = re.compile(r"\.(?!\w)")
_PUNCTUATION = ",;:()/-\n\r\t\u00a0\u2013\u2014\u2010\u2011\u00ad\u2019'\"\u201c\u201d\u2022\u00b7!?|[]{}*_<>=~%$\u2026\u25cf\u25aa\u25e6\u2018\u200b"
_BLANKS = str.maketrans(dict.fromkeys(_PUNCTUATION, " "))
_SPACES = re.compile(r"\s+")
_LOOSE = re.compile(r"[\s\-_./]+")
_EDGE = re.compile(r"[.!?;\n\r•●▪◦·](?:(?<=[\n\r•●▪◦·])|\s+(?=[A-Z•(]))")
# Read in lower case, like all patterns of words here: those that ignore case are several times as slow.
_JOINT = re.compile(r"[,/(|;&+\n•·]|\band\b|\bor\b|\bwith\b")
_NEXT = re.compile(r"\s*(?:[,/;&]|\band\b|\bor\b|,\s*(?:and|or)\b)\s*")
_STOP = re.compile(r"[.!?]\s")
_CUE_BEFORE = re.compile(
    r"(?:years?(?: of)?|experience (?:with|in|using|of)|experienced (?:with|in)|proficien\w+ (?:in|with|using|at)"
    r"|knowledge (?:of|in)|using|programming in|skills? (?:in|with|using)|written in|expertise (?:in|with)"
    r"|familiar\w* with|background in|coding in|competen\w+ (?:in|with|using)|develop\w* in|code in"
    r"|languages?(?: such as| like|:)?|tools?(?: such as| like|:))\s+(?:the\s+|either\s+)?$"
)
_CUE_AFTER = re.compile(r"^\s+(?:programming|developers?|programmers?|language|scripts?|scripting)\b")
_ASKED_BEFORE = re.compile(
    r"(?:experience[sd]? (?:with|in|of|or training in)|knowledge (?:of|in)|(?:degree|diploma|ba|bs|bsc|ma|msc|major) (?:in|of)"
    r"|background in|principles of|expertise (?:in|with)|skill(?:s|ed)? (?:in|at|with)|training in|course(?:s|work) in"
    r"|proficien\w+ (?:in|with|at)|competen\w+ in|specializ\w+ in|(?:understanding|study|practice|methods|theory) of"
    r"|ability in|certifi\w+ in|familiar\w* with|qualified in|speciali[sz]ation(?: in)?)\s+(?:the\s+|basic\s+)?$"
    r"|\b(?:degree|diploma|b\.?a|b\.?sc?|m\.?a|m\.?sc?|major|bachelor['’]?s?|master['’]?s?)\.? in\s[\w\s,/&-]{0,60}$"
)
_ASKED_AFTER = re.compile(
    r"^\s+(?:experience|skills?|background|techniques|expertise|degree|knowledge|principles|abilit(?:y|ies)|certificat\w+)\b"
)
# "The customer success team" names colleagues, not something to know.
_OTHERS = re.compile(
    r"\s+(?:teams?|departments?|dept|division|office|organi[sz]ations?|orgs?|compan(?:y|ies)|firms?|industry|industries"
    r"|leaders|leadership|communit(?:y|ies)|functions?|units?|centers?|vendors?|partners|agenc(?:y|ies)|providers?)\b"
)
_SPEECH = re.compile(
    r"\b(?:fluen\w+|speak\w*|spoken|proficien\w+|bilingual|multilingual|languages?|written|native|verbal\w*"
    r"|translat\w+|interpret\w+|conversational|mother tongue|[abc][12])\b"
)


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill by its canonical name, its kind and the group of its nearest kin ("" where none is known)."""

    name: str
    kind: Kind
    group: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A skill named in a text: canonical name, character offsets [start, end), and the sentence or line around."""

    skill: str
    start: int
    end: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the shipped file: a skill and every spelling of it, each with its mode letter."""

    skill: Skill
    spellings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Spelling:
    form: str
    mode: str
    skill: Skill


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    spelling: _Spelling


_NOTHING = Skill("", "knowledge", "")


class Taxonomy:
    """Every known skill, its names, and a reader that finds them in text."""

    __slots__ = ("_automaton", "_loose", "_names", "_ranked", "_skills", "version")

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
        self._automaton = ahocorasick.Automaton()
        for entry in entries:
            self._add(entry)
        for source, target in synonyms:
            if (name := self._names.get(target)) is not None:
                self._names.setdefault(source, name)
        for phrase in never:
            self._seek(phrase, _Spelling(phrase, HIDDEN, _NOTHING))
        for phrase in boilerplate:
            self._seek(phrase, None)
        self._automaton.make_automaton()
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

    def find(self, text: str, *, employer: str = "") -> tuple[Mention, ...]:
        """Return every skill named in the text, in order; boilerplate and the employer's own name do not count."""
        lower = _lower(text)
        candidates, blanks = self._scan(_blank(lower))
        if not candidates:
            return ()
        edges = [0, *(edge.end() for edge in _EDGE.finditer(text)), len(text)]
        blank = {bisect_right(edges, place) for place in blanks}
        own = _blank(_lower(employer)).strip() if employer else ""
        chosen = _longest(
            (hit for hit in candidates if bisect_right(edges, hit.start) not in blank),
            text=text,
            lower=lower,
            employer=own,
        )
        return tuple(
            Mention(
                hit.spelling.skill.name,
                hit.start,
                hit.end,
                text[slice(*_sentence(edges, hit.start))].strip(" \n\r\t•●▪◦·*-"),
            )
            for hit in _vouch(chosen, lower=lower, edges=edges)
        )

    def _add(self, entry: Entry) -> None:
        skill = entry.skill
        if skill.name.lower() in self._names:
            return
        self._skills[skill.name] = skill
        for form, mode in entry.spellings:
            spelling = form.lower()
            if self._names.setdefault(spelling, skill.name) != skill.name or mode == NAMED:
                continue
            self._seek(form, _Spelling(form, mode, skill))

    def _seek(self, phrase: str, spelling: _Spelling | None) -> None:
        """Look for whole words from now on: the blanks around them make the automaton see no "go" in "google"."""
        words = _blank(_lower(phrase)).strip()
        if words and (sought := f" {words} ") not in self._automaton:
            self._automaton.add_word(sought, (len(words), spelling))

    def _lookup(self, folded: str) -> str | None:
        spelling = folded.lower()
        if (found := self._names.get(spelling)) is not None:
            return found
        loose = _LOOSE.sub("", spelling)
        if len(loose) < SHORTEST_LOOSE_NAME:
            return None
        return self._names.get(loose) or self._loose.get(loose)

    def _scan(self, words: str) -> tuple[list[_Hit], list[int]]:
        hits: list[_Hit] = []
        blanks: list[int] = []
        for last, (length, spelling) in self._automaton.iter(f" {words} "):
            # With the space in front an index is one more than in the text.
            start = last - length - 1
            if spelling is None:
                blanks.append(start)
            else:
                hits.append(_Hit(start, start + length, spelling))
        return hits, blanks


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


def _lower(text: str) -> str:
    """Return the text in lower case, every character in its old place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _blank(lower: str) -> str:
    """Return a lower-case text with its punctuation made spaces, every other character in its old place."""
    words = _FULL_STOP.sub(" ", lower)
    if len(words) < SHORT:
        return words.translate(_BLANKS)
    for sign in _PUNCTUATION:
        words = words.replace(sign, " ")
    return words


def _sentence(edges: list[int], place: int) -> tuple[int, int]:
    """Return the span of the sentence or line that holds this place."""
    after = min(bisect_right(edges, place), len(edges) - 1)
    return edges[after - 1], edges[after]


def _longest(hits: Iterable[_Hit], *, text: str, lower: str, employer: str) -> list[_Hit]:
    """Keep the longest of hits that overlap, the leftmost first, after each has passed its own spelling rule."""
    chosen: list[_Hit] = []
    reached = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start < reached or not _fits(hit, text, lower):
            continue
        if employer and _is_own_name(hit, lower, employer):
            continue
        chosen.append(hit)
        reached = hit.end
    return chosen


def _fits(hit: _Hit, text: str, lower: str) -> bool:
    """Tell whether the letters as written allow the hit, before its neighbours are asked."""
    mode, form = hit.spelling.mode, hit.spelling.form
    if hit.spelling.skill.kind != "technology" and _OTHERS.match(lower, hit.end):
        return False
    if mode in (PLAIN, ASKED, HIDDEN):
        return True
    written = text[hit.start : hit.end]
    if mode == CASED:
        return not written.islower()
    if mode == SPOKEN:
        return written[0].isupper()
    if len(form) == 1:
        around = text[max(0, hit.start - 1) : hit.start] + text[hit.end : hit.end + 1]
        return written == form and not set(around) & set("&-'’+.") - (
            {"."} if text[hit.end + 1 : hit.end + 2] in " \n" else set()
        )
    return written == form


def _is_own_name(hit: _Hit, lower: str, employer: str) -> bool:
    """Tell whether the hit only repeats the employer's name."""
    if lower[hit.start : hit.end] not in employer:
        return False
    words = _blank(lower[hit.start : hit.end]).strip()
    return words == employer or (hit.spelling.skill.kind == "technology" and f" {words} " in f" {employer} ")


def _vouch(hits: list[_Hit], *, lower: str, edges: list[int]) -> list[_Hit]:
    """Drop doubtful names that neither a sure technology beside them nor a cue confirms."""
    sure = [hit.spelling.mode not in DOUBTFUL or _has_cue(hit, lower=lower, edges=edges) for hit in hits]
    for order in (range(1, len(hits)), range(len(hits) - 2, -1, -1)):
        step = -1 if order.step == 1 else 1
        for index in order:
            if not sure[index] and sure[index + step]:
                sure[index] = _stands_beside(hits[index], hits[index + step], lower)
    return [hit for hit, kept in zip(hits, sure, strict=True) if kept and hit.spelling.mode != HIDDEN]


def _has_cue(hit: _Hit, *, lower: str, edges: list[int]) -> bool:
    start, end = _sentence(edges, hit.start)
    if hit.spelling.mode == SPOKEN:
        return _SPEECH.search(lower, start, end) is not None and not lower.endswith(
            "other than ", 0, hit.start
        )
    alone = lower[start:end].strip(" \n\r\t•●▪◦·*-,;.") == lower[hit.start : hit.end]
    before = lower[max(start, hit.start - 2 * NEAR) : hit.start]
    asked = hit.spelling.mode == ASKED
    before_cue, after_cue = (_ASKED_BEFORE, _ASKED_AFTER) if asked else (_CUE_BEFORE, _CUE_AFTER)
    return alone or bool(before_cue.search(before) or after_cue.search(lower[hit.end : hit.end + NEAR]))


def _stands_beside(hit: _Hit, neighbor: _Hit, lower: str) -> bool:
    gap = lower[min(hit.end, neighbor.end) : max(hit.start, neighbor.start)]
    if hit.spelling.mode == ASKED:
        return _NEXT.fullmatch(gap) is not None and neighbor.spelling.mode != HIDDEN
    if hit.spelling.mode != LISTED or neighbor.spelling.skill.kind != "technology":
        return False
    return len(gap) <= NEAR and _JOINT.search(gap) is not None and _STOP.search(gap) is None
