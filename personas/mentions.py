"""Where the names of skills stand in a text: whole words, and those that are ordinary words only where something vouches for them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
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


NEAR = 40  # characters between a doubtful name and the sure technology that vouches for it (own measurement)
SHORTEST_INITIALS = 3  # letters of an employer named by its initials
SHORT = 200  # characters up to which one pass over a text is quicker than one replacement for each sign (own measurement)

_FULL_STOP = re.compile(r"\.(?!\w)")
_PUNCTUATION = ",;:()/-\n\r\t\u00a0\u2013\u2014\u2010\u2011\u00ad\u2019'\"\u201c\u201d\u2022\u00b7!?|[]{}*_<>=~%$\u2026\u25cf\u25aa\u25e6\u2018\u200b"
_BLANKS = str.maketrans(dict.fromkeys(_PUNCTUATION, " "))
_BLANK_BYTES = bytes(ord(" ") if chr(byte) in _PUNCTUATION and byte < 128 else byte for byte in range(256))
_WIDE_PUNCTUATION = "".join(sign for sign in _PUNCTUATION if not sign.isascii())
_EDGE = re.compile(r"[.!?;\n\r•●▪◦·§](?:(?<=[\n\r•●▪◦·§])|\s+(?=[A-Z•(]))")
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
    r"|(?:semester|quarter|credit)(?: hours?| units?| credits?)* (?:in|of)|background in|principles of|expertise (?:in|with)|skill(?:s|ed)? (?:in|at|with)|training in|course(?:s|work) in"
    r"|proficien\w+ (?:in|with|at)|competen\w+ in|specializ\w+ in|(?:understanding|study|practice|methods|theory) of"
    r"|ability in|certifi\w+ in|familiar\w* with|qualified in|speciali[sz]ation(?: in)?)\s+(?:the\s+|basic\s+)?$"
    r"|\b(?:degree|diploma|b\.?a|b\.?sc?|m\.?a|m\.?sc?|major|bachelor['’]?s?|master['’]?s?)\.? in\s[\w\s,/&-]{0,60}$"
)
_ASKED_AFTER = re.compile(
    r"^\s+(?:experience|skills?|background|techniques|expertise|degree|knowledge|principles|abilit(?:y|ies)|certificat\w+)\b"
)
# "The customer success team" names colleagues, not something to know; so does "Department of Forestry".
_OTHERS = re.compile(
    r"\s+(?:teams?|departments?|dept|division|office|organi[sz]ations?|orgs?|compan(?:y|ies)|firms?|industry|industries"
    r"|leaders|leadership|communit(?:y|ies)|functions?|units?|centers?|vendors?|partners?|agenc(?:y|ies)|providers?"
    r"|specialists|experts|inspectors?|engineers|consultants|agents|managers|representatives|officers|technicians|areas|standard \(|personnel services section)\b"
)
_OTHERS_BEFORE = (
    "department of ", "dept. of ", "division of ", "office of ", "bureau of ", "ministry of ", "institute of ",
    "association of ", "association for ", "society of ", "society for ", "society of clinical ", "society for clinical ",
    "academy of ", "laboratory of ", "council of ", "council for ", "head of ", "director of ", "vp of ",
)  # fmt: skip
# "Collaborate with engineering, data science and legal", "teams such as sales": those are colleagues too.
_COLLEAGUES = re.compile(
    r"\b(?:(?:teams|departments|functions|stakeholders|partners|colleagues|counterparts),?\s*"
    r"(?:\(?(?:including|such as|like|e\.g\.,?|across|from)\s|[:(])"
    r"|(?:experts|specialists|practitioners|professionals|centers) (?:in|across|focus on)\s|(?:collaborat\w+|partner(?:ing|s)?|liais\w+|interfac\w+) (?:[\w-]+ )?with\s"
    r"|work\w* (?:(?:closely|cross-functionally|hand[- ]in[- ]hand) with\s|alongside\s|with\s(?=[^,.]{0,50},)))"
    r"(?:(?!\b(?:to|on|in|for|using|through|by|of|as|while)\b)[\w\s,&/-]){0,110}$"
)
_ORIGIN = re.compile(
    r"\s+(?:cultur|food|cuisine|market|compan|customer|client|citizen|history|law|born|embass)"
)
_LETTER_TIES = frozenset("&-'’+.")
_RANKED = re.compile(
    r"\b(?:series|class|grade|plan|type|vitamin|hepatitis|level|tier|round|section|part|schedule|category|option|appendix"
    r"|exhibit|phase|group|form|title|annex|zone|unit|building|rating|score|point|lot|team|candidate)\s+$"
)
_COUNTED = re.compile(r"(?:^|[.!?;:\n)])\s*\(?$")
_INITIAL_BEFORE = re.compile(r"(?:^|[^\w+#])[abd-qs-z]/$")
_INITIAL_AFTER = re.compile(r"/[abd-qs-z](?![\w+#])")
_LINK_WORDS = frozenset(["a", "and", "at", "for", "in", "of", "on", "the", "to"])
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

    @property
    def is_trade(self) -> bool:
        """Tell whether people or an employer can be in it: "Data science" may be a team, Python is none."""
        return self.kind != "technology" or (" " in self.name and self.name[1:].islower())


@dataclass(frozen=True, slots=True)
class Mention:
    """A skill named in a text: canonical name, character offsets [start, end), and those [begins, ends) of the sentence or line around.

    `is_trade` is the skill's.
    """

    skill: str
    start: int
    end: int
    begins: int
    ends: int
    is_trade: bool
    text: str = field(repr=False, compare=False)

    @property
    def evidence(self) -> str:
        """The sentence or line around, without the mark of a list."""
        return self.text[self.begins : self.ends].strip(" \n\r\t•●▪◦·§*-")


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


class MentionFinder:
    """Finds the spellings it was given in texts; `ready` once after the last of them."""

    __slots__ = ("_automaton",)

    def __init__(self) -> None:
        """Begin with no spelling at all."""
        self._automaton = ahocorasick.Automaton()

    def add(self, form: str, mode: str, skill: Skill) -> None:
        """Look for this form of a skill; the form added first keeps its words."""
        self._seek(form, _Spelling(form, mode, skill))

    def hide(self, phrase: str) -> None:
        """Count this phrase as no skill, and not the names inside it either."""
        self._seek(phrase, _Spelling(phrase, HIDDEN, _NOTHING))

    def mute(self, phrase: str) -> None:
        """Count no name in a sentence with this phrase."""
        self._seek(phrase, None)

    def ready(self) -> None:
        """Close the list of spellings."""
        self._automaton.make_automaton()

    def find(self, text: str, *, employer: str = "", is_title: bool = False) -> tuple[Mention, ...]:
        """Return every skill named in the text, in order; boilerplate and the employer's own name do not count.

        A title says what the work is, so that ordinary words ("Marketing Manager") need no cue in it.
        """
        lower = _lower(text)
        candidates, blanks = self._scan(_blank(lower))
        if not candidates:
            return ()
        edges = [0, *(edge.end() for edge in _EDGE.finditer(text)), len(text)]
        blank = {bisect_right(edges, place) for place in blanks}
        chosen = _longest(
            (hit for hit in candidates if bisect_right(edges, hit.start) not in blank),
            text=text,
            lower=lower,
            employer=employer,
            is_title=is_title,
        )
        kept = _vouch(chosen, lower=lower, edges=edges, is_title=is_title)
        return tuple(_mention(hit, text, *_sentence(edges, hit.start)) for hit in kept)

    def _seek(self, phrase: str, spelling: _Spelling | None) -> None:
        """Look for whole words from now on: the blanks around them make the automaton see no "go" in "google"."""
        words = _blank(_lower(phrase)).strip()
        if words and (sought := f" {words} ") not in self._automaton:
            self._automaton.add_word(sought, (len(words), spelling))

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
    # Those of ASCII are one byte each, and go in one pass over bytes.
    words = words.encode(errors="surrogatepass").translate(_BLANK_BYTES).decode(errors="surrogatepass")
    for sign in _WIDE_PUNCTUATION:
        words = words.replace(sign, " ")
    return words


def _sentence(edges: list[int], place: int) -> tuple[int, int]:
    """Return the span of the sentence or line that holds this place."""
    after = min(bisect_right(edges, place), len(edges) - 1)
    return edges[after - 1], edges[after]


def _mention(hit: _Hit, text: str, begins: int, ends: int) -> Mention:
    skill = hit.spelling.skill
    return Mention(skill.name, hit.start, hit.end, begins, ends, skill.is_trade, text)


def _longest(hits: Iterable[_Hit], *, text: str, lower: str, employer: str, is_title: bool) -> list[_Hit]:
    """Keep the longest of hits that overlap, the leftmost first, after each has passed its own spelling rule."""
    own = _blank(_lower(employer)).strip() if employer else ""
    initials = "".join(word[0] for word in own.split() if word not in _LINK_WORDS)
    chosen: list[_Hit] = []
    reached = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start < reached or not _fits(hit, text=text, lower=lower, is_title=is_title):
            continue
        if own and _is_own_name(hit, lower, own, initials):
            continue
        chosen.append(hit)
        reached = hit.end
    return chosen


def _fits(hit: _Hit, *, text: str, lower: str, is_title: bool) -> bool:
    """Tell whether the letters as written allow the hit, before its neighbours are asked."""
    mode, form = hit.spelling.mode, hit.spelling.form
    if not is_title and hit.spelling.skill.is_trade and _names_others(hit, lower):
        return False
    if mode in (PLAIN, ASKED, HIDDEN):
        return True
    written = text[hit.start : hit.end]
    if mode == CASED:
        return not written.islower()
    if mode == SPOKEN:
        return written[0].isupper() and _ORIGIN.match(lower, hit.end) is None
    return written == form and (len(form) > 1 or _stands_alone(hit, text, lower))


def _stands_alone(hit: _Hit, text: str, lower: str) -> bool:
    """Tell whether a single letter is a name by itself: neither of "H&R", "A/R" and "Series C" nor the "C." of a list."""
    before, after = text[max(0, hit.start - 1) : hit.start], text[hit.end : hit.end + 1]
    if before in _LETTER_TIES or (after != "." and after in _LETTER_TIES):
        return False
    if after == "." and text[hit.end + 1 : hit.end + 2] not in ("", " ", "\n"):
        return False
    if after in (".", ")") and _COUNTED.search(text, max(0, hit.start - 4), hit.start):
        return False
    return not (
        _RANKED.search(lower, max(0, hit.start - NEAR), hit.start)
        or (before == "/" and _INITIAL_BEFORE.search(lower, max(0, hit.start - 4), hit.start))
        or (after == "/" and _INITIAL_AFTER.match(lower, hit.end))
    )


def _names_others(hit: _Hit, lower: str) -> bool:
    """Tell whether the hit is part of the name of people or of a place of work."""
    if _OTHERS.match(lower, hit.end) or lower.endswith(_OTHERS_BEFORE, 0, hit.start):
        return True
    # The letter in front tells whether the first word is whole.
    begins = max(0, hit.start - 3 * NEAR)
    return _names_colleagues(lower[max(0, begins - 1) : hit.start], min(begins, 1))


# The same sentences stand in most postings of an employer.
@lru_cache(16384)
def _names_colleagues(before: str, begins: int) -> bool:
    return _COLLEAGUES.search(before, begins) is not None


def _is_own_name(hit: _Hit, lower: str, employer: str, initials: str) -> bool:
    """Tell whether the hit only repeats the employer's name or its initials (three at least)."""
    written = lower[hit.start : hit.end]
    if len(written) >= SHORTEST_INITIALS and written == initials:
        return True
    if written not in employer:
        return False
    words = _blank(written).strip()
    return words == employer or (hit.spelling.skill.kind == "technology" and f" {words} " in f" {employer} ")


def _vouch(hits: list[_Hit], *, lower: str, edges: list[int], is_title: bool) -> list[_Hit]:
    """Drop doubtful names that neither a sure technology beside them nor a cue confirms."""
    sure = [
        hit.spelling.mode not in DOUBTFUL
        or (is_title and hit.spelling.mode == ASKED)
        or _has_cue(hit, lower=lower, edges=edges)
        for hit in hits
    ]
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
