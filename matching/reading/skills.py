"""The skills a posting asks for, apart into those it requires and those it would like."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from matching.reading.stretches import lowered
from personas.taxonomy import Mention, taxonomy

REACH = 60  # characters around a name in which "not required" still speaks of it
CLAUSE = 200  # characters on either side after which no clause is expected to reach


class Wish(Enum):
    """How much a part of a posting asks for what it names."""

    REQUIRED = "required"
    PREFERRED = "preferred"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SkillsRead:
    """Canonical skill names in order of first mention; a skill in both lists stands under required only."""

    required: tuple[str, ...]
    preferred: tuple[str, ...]


# Every pattern but these two is read in lower case: those that ignore case are several times as slow.
_LINE = re.compile(r"[\n.!?;:•][\s#*•>\-–\d()]{0,8}([A-Z][^\n.:;!?•]{2,70}+)(?=[:?\n]|\Z)")
_CLAUSE = re.compile(r"[;()\n•]|[.!?]\s|\bbut\b|,\s*(?=and (?:preferably|ideally))|\s[–—-]\s")
_LIKED = (
    r"preferred|desired|desirable|nice[- ]to[- ]haves?|good[- ]to[- ]haves?|bonus(?: points| skills)?|extra credit"
    r"|it['’]?s a plus|pluses|optional"
)
_LIKED_HEADING = re.compile(rf"\b(?:{_LIKED})\b|^(?:a )?plus(?:es| if)?\b|\bideally\b|\bstand out\b")
_IDLE_HEADING = re.compile(
    r"^(?:(?:our |the |more |additional |employee )?(?:benefits|perks|compensation)\b|what we offer|we offer|why (?:join|work|you)"
    r"|what['’]?s in it for you|what you(?:['’]ll| will) (?:get|receive)|about (?:us|the company|our company)$|who we are$|our (?:values|mission|culture|story)"
    r"|how to apply|equal (?:opportunity|employment)|(?:our |the )?(?:hiring|interview) process|how you will be evaluated"
    r"|salary|pay (?:range|transparency)|next steps|required documents|what to expect next)",
)
_ABOUT = re.compile(r"^(?:about|who we are|our )")
_HEADING = re.compile(
    r"^(?:(?:minimum|required|basic|essential|key|core|must|technical|general|specific|main|primary|specialized)\b|(?:job |position |essential |key )?"
    r"(?:qualifications?|requirements?|responsibilit\w+|duties|skills|experience|education|summary|description|overview)\b"
    r"|what you|who you|what we['’]?re|what we are|you (?:have|are|will|might|should)|you['’](?:ll|re|ve)|your |about |the (?:role|job|team|position|opportunity)|in this role"
    r"|we(?:['’]re| are) looking|we (?:need|expect|require)|knowledge|abilities|tasks|location|tech(?:nology)? stack|our stack|tools|day[- ]to[- ]day)",
)
# Most names have none of these around them, and no pattern below matches without one: of a wish, and of no need.
_LIKING = (
    "prefer", "desir", "nice", "good to", "good-to", "great to", "bonus", "plus", "extra credit", "option", "ideal",
    "advantag", "benefici", "helpful", "asset", " but", ",but",
)  # fmt: skip
_DENYING = ("not", "n't", "n’t", "dont", "doesnt", "never", "no ", "rather than", "instead of")
_LIKED_CLAUSE = re.compile(
    r"\b(?:nice to have|good to have|preferred|preferabl[ey]|desirable|desired|advantageous|beneficial|helpful|ideally|optional"
    r"|(?:a|big|huge|definite|strong|major|real) plus|plus if|(?:a|an|is|be|considered|as) (?:bonus|advantage|asset)|bonus(?: points)?"
    r"|not (?:strictly |absolutely )?(?:required|necessary|mandatory)[, ]+but|great to have)\b",
)
_LIKED_AFTER = re.compile(
    rf"^[\w\s/,]{{0,20}}\((?:(?:strongly|highly|also|is|a|big|an)\s+){{0,2}}(?:{_LIKED}|plus|ideal\w*|advantage)\b",
)
_UNNEEDED_BEFORE = re.compile(
    r"(?:\b(?:don['’]?t|do not|does not|doesn['’]?t|won['’]t|will not) (?:need|require|use|have to|expect)\b[^.;:\n]{0,45}"
    r"|\bnot (?:need|require|use|expect)\b[^.;:\n]{0,45}|\b(?:rather than|instead of|not)\s+)$",
)
_NO_BEFORE = re.compile(r"\bno (?:prior |previous |specific |formal )?(?:[\w/+#.]+[ ,/]+){0,6}$")
_UNNEEDED_AFTER = re.compile(
    r"^[^.;:\n]{0,40}?\b(?:(?:is|are|was)\s+)?(?:not|n['’]t|never)\s+(?:strictly |absolutely )?"
    r"(?:required|necessary|needed|expected|mandatory|a requirement|a must|essential)\b(?!\s*,?\s*but)",
)
_NEEDED_AFTER_NO = re.compile(r"^[^.;:\n]{0,40}\b(?:needed|required|necessary|expected|is fine|no problem)\b")


def read_skills(*, title: str, text: str, employer: str = "") -> SkillsRead:
    """Read the skills that a posting requires and those it prefers; what it says it does not need is left out."""
    words = taxonomy()
    wishes = {mention.skill: Wish.REQUIRED for mention in words.find(title, employer=employer)}
    starts, sections = _read_sections(text)
    lower = lowered(text)
    for mention in words.find(text, employer=employer):
        section = sections[bisect_right(starts, mention.start) - 1]
        if section is Wish.NONE or wishes.get(mention.skill) is Wish.REQUIRED:
            continue
        wish = _read_clause(mention, text=text, lower=lower, section=section)
        if wish is not Wish.NONE:
            wishes[mention.skill] = wish
    return SkillsRead(
        required=tuple(skill for skill, wish in wishes.items() if wish is Wish.REQUIRED),
        preferred=tuple(skill for skill, wish in wishes.items() if wish is Wish.PREFERRED),
    )


def _read_sections(text: str) -> tuple[list[int], list[Wish]]:
    """Return where each section of the text begins, and what its heading says about the skills below it."""
    # The line end in front makes the beginning of the text look like that of any other line.
    found = [(match.start(1) - 1, match[1].strip(" *_")) for match in _LINE.finditer(f"\n{text}")]
    heads = [
        (start, head, wish) for start, head in found if (wish := _read_heading(head.lower())) is not None
    ]
    starts, wishes = [0], [Wish.REQUIRED]
    for (start, head, wish), following in pairwise([*heads, None]):  # type: ignore[misc]
        # A company's story often runs on into the job itself: it ends only at a heading that follows.
        story = wish is Wish.NONE and following is None and _ABOUT.match(head.lower())
        starts.append(start)
        wishes.append(Wish.REQUIRED if story else wish)
    return starts, wishes


@lru_cache(4096)
def _read_heading(head: str) -> Wish | None:
    """Return what a line, in lower case, says when it is a heading, None when it is none that we know."""
    is_short = len(head.split()) <= 9
    if is_short and _LIKED_HEADING.search(head):
        return Wish.PREFERRED
    if _IDLE_HEADING.match(head):
        return Wish.NONE
    return Wish.REQUIRED if is_short and _HEADING.match(head) else None


def _read_clause(mention: Mention, *, text: str, lower: str, section: Wish) -> Wish:
    """Return what the words around one mention say, the section's wish where they say nothing."""
    before = lower[max(0, mention.start - REACH) : mention.start]
    after = lower[mention.end : mention.end + REACH]
    if _holds_any(_DENYING, before + after) and (denied := _read_denial(before, after)):
        return denied
    around = lower[max(0, mention.start - CLAUSE) : mention.end + CLAUSE]
    if _holds_any(_LIKING, around) and (
        _LIKED_AFTER.match(after) or _LIKED_CLAUSE.search(lower, *_clause(mention, text))
    ):
        return Wish.PREFERRED
    return section


def _read_denial(before: str, after: str) -> Wish | None:
    """Return what is left of a wish that the words around a name take back, None where they do not."""
    if unneeded := _UNNEEDED_AFTER.match(after):
        return Wish.PREFERRED if _LIKED_CLAUSE.search(unneeded[0]) else Wish.NONE
    if _UNNEEDED_BEFORE.search(before) or (_NO_BEFORE.search(before) and _NEEDED_AFTER_NO.match(after)):
        return Wish.NONE
    return None


def _holds_any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


def _clause(mention: Mention, text: str) -> tuple[int, int]:
    """Return the span around a mention as far as the nearest bracket, semicolon, line end, "but" or full stop."""
    first, last = max(0, mention.start - CLAUSE), mention.end + CLAUSE
    start = max((cut.end() for cut in _CLAUSE.finditer(text, first, mention.start)), default=first)
    cut = _CLAUSE.search(text, mention.end, last)
    return start, cut.start() if cut else last
