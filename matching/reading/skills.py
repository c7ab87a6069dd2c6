"""The skills a posting asks for, apart into those it requires and those it would like."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from matching.reading.stretches import Words, lowered, spans_around
from personas.taxonomy import Mention, taxonomy

REACH = 60  # characters around a name in which "not required" still speaks of it
CLAUSE = 200  # characters on either side after which no clause is expected to reach
NOWHERE = 1 << 40  # beyond the end of any text
SENTENCE = 400  # characters of a sentence in which an employer that speaks of itself is told
STORY = 1_500  # characters after which a company's story has run on into the job, whatever the next heading
SHORTEST_NAME = 3  # letters of an employer's name in a heading
VERDICT = (
    100  # characters from a name to the "is a plus" that still speaks of it, in texts without full stops
)


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
_LINE = re.compile(r"[\n.!?;:•][\s#*•>\-–\\\d()]{0,12}([A-Z][^\n.:;!?•]{2,70}+)(?=[:?\n]|\Z)")
_CLAUSE = re.compile(r"[;()\n•●▪§]|[.!?]\s|\bbut\b|,\s*(?=and (?:preferably|ideally))|\s[–—-]\s")
# "Desired productivity" is no wish: what follows must be what one can ask for.
_WELCOME = (
    r"(?:preferred|desired|desirable|optional)\b(?!\s+(?!(?:skills?|qualif\w+|experience|requirements?|criteria|attributes|competenc\w+"
    r"|education|knowledge|but|certif\w+|technolog\w+|background|profile|traits|abilities|characteristics|candidates?|if|for|to)\b)[a-z])"
)
_LIKED = rf"{_WELCOME}|nice[- ]to[- ]haves?|good[- ]to[- ]haves?|bonus(?: points| skills)?|extra credit|it['’]?s a plus|pluses"
_VERDICT = (
    r"(?:(?:a|big|huge|definite|strong|major|real) plus|(?:a|an|is|be|considered|as) (?:bonus|advantage|asset)"
    r"|advantageous|beneficial|helpful)"
)
_LIKED_HEADING = re.compile(
    rf"^(?!.*\bneed\b).*\b(?:{_LIKED})\b|^(?:a )?plus(?:es| if)?\b|\bideally\b|\bstand out\b|^even better\b"
    r"|^ideal\b(?! candidate)|\bnot required$"
)
_IDLE_HEADING = re.compile(
    r"^(?:(?:our |the |more |additional |employee )?(?:benefits|perks|compensation)\b|what we offer|we offer|why (?:join|work|you)"
    r"|what['’]?s in it for you|what you(?:['’]ll| will) (?:get|receive)|about (?:us|the company|our company)$|who we are$|our (?:values|mission|culture|story)\b(?! is\b)"
    r"|how to apply|equal (?:opportunity|employment)|(?:our |the )?(?:hiring|interview) process|how you will be evaluated"
    r"|the company$|(?:life|working) at\b|.{2,30} in the news$|what sets (?:us|our \w+) apart|our tech(?:nology)?$"
    r"|salary|pay (?:range|transparency)|next steps|required documents|what to expect next)",
)
_WISH = re.compile(r"^(?:\w+ )?(?:experience|knowledge|skills?) (?:with|in|of|as|using|working|building)\b")
_BULLETS = frozenset(["-", "–", "•", "*"])
_ABOUT = re.compile(r"^(?:about|who we are|our )")
_STORY = re.compile(
    r"^(?:about|who is|why|why join|why work at|life at|working at|work at|meet|join)\s+(.{2,40})$"
)
_HEADING = re.compile(
    r"^(?:(?:minimum|required|basic|essential|key|core|must|technical|general|specific|main|primary|specialized)\b|(?:job |position |role |essential |key )?"
    r"(?:qualifications?|requirements?|responsibilit\w+|duties|skills|experience|education|summary|description|overview|competenc\w+)\b"
    r"|what you|who you|what we['’]?re|what we are|who we(?:['’]re| are) looking|you (?:have|are|will|might|should)|you['’](?:ll|re|ve)|your |about |the (?:role|job|team|position|opportunity)|in this role"
    r"|we(?:['’]re| are) looking|we (?:need|expect|require)|knowledge|abilities|tasks|location|tech(?:nology)? stack|our stack|tools|(?:candidate |your |ideal )?profile$|role$|missions?$|day[- ]to[- ]day)",
)
# Most names have none of these around them, and no pattern below matches without one: of a wish, and of no need.
_LIKING = Words(
    "prefer", "desir", "nice", "good to", "good-to", "great to", "bonus", "plus", "extra credit", "option", "ideal",
    "advantag", "benefici", "helpful", "asset", " but", ",but",
)  # fmt: skip
_DENYING = Words(
    "not",
    "n't",
    "n’t",
    "dont",
    "doesnt",
    "never",
    "no ",
    "rather than",
    "instead of",
    "except",
    "excluding",
    "other than",
)
_LIKED_CLAUSE = re.compile(
    rf"\b(?:nice to have|good to have|{_WELCOME}|preferable|plus if|bonus points?"
    r"|not (?:strictly |absolutely )?(?:required|necessary|mandatory)[, ]+but|great to have)\b"
    # Said of what went before ("Go is a plus"), or of what follows only with a word that says so ("a plus: Go").
    rf"|\b{_VERDICT}\s*(?::|if\b|to\b|when\b|that\b)",
)
# "Experience with audits, preferably of vaccines" makes vaccines welcome, and audits none the less required.
_LIKED_BEFORE = re.compile(r"\b(?:preferably|ideally)\b")
_LIKED_VERDICT = re.compile(rf"\b{_VERDICT}\b")
# Where full stops are missing, these begin the next wish or say that this one is none.
_TURN = re.compile(r" years|\b(?:mandatory|must|required)\b")
_LIKED_LIST = re.compile(r"\b(?:desired|desirable|preferred|beneficial|helpful|nice to have)\s?:[^.\n]*$")
_LIKED_AFTER = re.compile(
    rf"^[\w\s/,]{{0,20}}\((?:(?:strongly|highly|also|is|a|big|an)\s+){{0,2}}(?:{_LIKED}|plus|ideal\w*|advantage)\b"
    rf"|^(?:[^()\n]{{0,40}}|\s?\([^()\n]{{0,60}})\)\s*(?:(?:is|are|would be|also)\s+){{0,2}}(?:{_LIKED}|{_VERDICT})\b"
    r"|^[^.;:\n]{0,40}?\bnot (?:strictly |absolutely )?(?:required|necessary|mandatory|needed),? but\b",
)
_UNNEEDED_BEFORE = re.compile(
    r"(?:\b(?:don['’]?t|do not|does not|doesn['’]?t|won['’]t|will not) (?:need|require|use|have to|expect)\b[^.;:\n]{0,45}"
    r"|\bnot (?:need|require|use|expect)\b[^.;:\n]{0,45}|\b(?:rather than|instead of|not)\s+"
    r"|\b(?:except|excluding|other than)\b(?: for)?[^.;:()\n]{0,45})$",
)
_NO_BEFORE = re.compile(r"\bno (?:prior |previous |specific |formal )?(?:[\w/+#.]+[ ,/]+){0,6}$")
_UNNEEDED_AFTER = re.compile(
    r"^[^.;:\n]{0,40}?\b(?:(?:is|are|was)\s+)?(?:not|n['’]t|never)\s+(?:strictly |absolutely )?"
    r"(?:required|necessary|needed|expected|mandatory|a requirement|a must|essential|acceptable|creditable)\b(?!\s*,?\s*but)",
)
_NEEDED_AFTER_NO = re.compile(r"^[^.;:\n]{0,40}\b(?:needed|required|necessary|expected|is fine|no problem)\b")


# What an employer says of itself names its trade, not what it asks for: "We are a physical security company".
_OF_ITSELF = re.compile(
    r"^\W*(?:our (?:platform|company|products?|mission|technology|solutions?|clients?|customers|(?:[\w-]+ ){0,3}services|founders|vision)"
    r"|we(?:['’]re| are) (?:a|an|the|one of|on a|helping|proud|backed)|the company|this company|dedicated to"
    r"|the (?:[\w.'’-]+ ){0,6}(?:hospital|facility|medical center|center|agency|bureau|institute|university|clinic|health(?:care| care)? system|vamc"
    r"|organization|firm) (?:is|has|includes?|provides?|serves?|offers?|was|delivers?))\b"
)
# "VA offers ...", "As a global leader in health, CDC is ...": as written, since only capitals tell.
_ACRONYM = re.compile(
    r"^\W*(?:As an? [^,.]{3,60}, )?(?:The )?([A-Z]{2,6}),? (?:is|are|has|offers|provides|fosters|serves|works|operates|includes)\b"
)
_SUBJECT = re.compile(
    r"^\W*(?:at\s+)?((?:[\w.&'’-]+\s){0,3}?[\w.&'’-]+?)(?:['’]s)?(?:,?\s+(?:is|are|was|has|helps?|builds?|provides?|offers?|develops?"
    r"|delivers?|makes?|powers?|enables?|uses|brings|combines|operates|serves|creates|transforms|works with)\b"
    r"|,\s+(?:we(?:['’]re|['’]ve)?|our)\b(?! (?:are looking|need|expect|want|require|look for)\b)|\s+(?:mission|platform|products?)\b)"
)
_FAME = re.compile(
    r"\b(?:a|an|the|as)\s+(?:[\w-]+\s){0,2}(?:leading|leader (?:in|of)|provider of|pioneer (?:in|of))\b"
)


def read_skills(*, title: str, text: str, employer: str = "") -> SkillsRead:
    """Read the skills that a posting requires and those it prefers; what it says it does not need is left out."""
    titled = taxonomy().find(title, employer=employer, is_title=True)
    return _read_text(text, employer, tuple(dict.fromkeys(mention.skill for mention in titled)))


# Boards list one text for several places, one after another.
@lru_cache(64)
def _read_text(text: str, employer: str, titled: tuple[str, ...]) -> SkillsRead:
    wishes = dict.fromkeys(titled, Wish.REQUIRED)
    settled = {*wishes}
    for mention, wish in weigh_mentions(text, employer=employer, settled=settled):
        if wish is not Wish.NONE:
            wishes[mention.skill] = wish
        if wish is Wish.REQUIRED:
            settled.add(mention.skill)
    return SkillsRead(
        required=tuple(skill for skill, wish in wishes.items() if wish is Wish.REQUIRED),
        preferred=tuple(skill for skill, wish in wishes.items() if wish is Wish.PREFERRED),
    )


def weigh_mentions(
    text: str, *, employer: str = "", settled: Set[str] = frozenset()
) -> Iterator[tuple[Mention, Wish]]:
    """Yield every skill named in the text of a posting, in order, with how much it is asked for there.

    Skills that are `settled`, before or meanwhile, are passed over.
    """
    mentions = taxonomy().find(text, employer=employer)
    if not mentions:
        return
    own = _squeeze(employer)
    starts, sections = _read_sections(text, own)
    lower = lowered(text)
    liking, denying = _Stretches(lower, _LIKING, CLAUSE), _Stretches(lower, _DENYING, REACH)
    stories: dict[int, int] = {}
    for mention in mentions:
        if mention.skill in settled:
            continue
        wish: Wish = sections[bisect_right(starts, mention.start) - 1]
        if mention.is_trade and wish is not Wish.NONE:
            begins = mention.begins
            if begins not in stories:
                stories[begins] = begins + _find_story(text[begins : begins + SENTENCE], own)
            wish = Wish.NONE if stories[begins] <= mention.start else wish
        if wish is not Wish.NONE and (liking.touch(mention) or denying.touch(mention)):
            wish = _read_clause(mention, text=text, lower=lower, section=wish)
        yield mention, wish


class _Stretches:
    """The parts of a text within reach of some words: most names stand in none of them and need no closer look."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, lower: str, words: tuple[str, ...], reach: int) -> None:
        """Find the words once; to look around every name for each of them takes longer."""
        spans = list(spans_around(lower, words, before=reach, after=reach))
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def touch(self, mention: Mention) -> bool:
        """Tell whether a mention stands in one of them."""
        last = bisect_right(self._starts, mention.end) - 1
        return last >= 0 and self._ends[last] >= mention.start


# The same sentences stand in most postings of an employer.
@lru_cache(8192)
def _find_story(sentence: str, employer: str) -> int:
    """Return from which character on a sentence is what the employer says of itself, NOWHERE if it is not."""
    lower = sentence.lower()
    begin = NOWHERE
    acronym = _ACRONYM.match(sentence)
    if acronym and not taxonomy().known(acronym[1]):
        begin = acronym.end()
    for pattern in (_OF_ITSELF.match, _FAME.search):
        if match := pattern(lower):
            begin = min(begin, match.end())
    subject = _SUBJECT.match(lower) if employer else None
    name = _squeeze(subject[1]) if subject else ""
    if subject and len(name) >= SHORTEST_NAME and employer.startswith(name):
        begin = min(begin, subject.end())
    return begin


def _read_sections(text: str, own: str) -> tuple[list[int], list[Wish]]:
    """Return where each section of the text begins, and what its heading says about the skills below it."""
    # The line end in front makes the beginning of the text look like that of any other line.
    whole = f"\n{text}"
    lines = (
        (match.start(1) - 1, match[1].strip(" *_-\\").lower())
        for match in _LINE.finditer(whole)
        if not _is_item(whole, match)
    )
    heads = [
        (start, head, wish)
        for start, head in lines
        if (wish := Wish.NONE if _is_story(head, own) else _read_heading(head)) is not None
    ]
    starts, wishes = [0], [Wish.REQUIRED]
    for (start, head, wish), following in pairwise([*heads, None]):  # type: ignore[misc]
        # A company's story often runs on into the job itself: it ends only at a heading that follows.
        story = wish is Wish.NONE and (_ABOUT.match(head) or _is_story(head, own))
        starts.append(start)
        wishes.append(Wish.REQUIRED if story and following is None else wish)
        if story and following and following[0] - start > STORY:
            starts.append(start + STORY)
            wishes.append(Wish.REQUIRED)
    return starts, wishes


def _is_item(text: str, line: re.Match[str]) -> bool:
    """Tell whether a line is an item of a list: "- Experience with Go" is no heading, "- Experience:" may be one."""
    mark = text[line.start() : line.start(1)].strip(" \n\t.;:")
    return mark in _BULLETS and text[line.end() : line.end() + 1] != ":"


def _is_story(head: str, employer: str) -> bool:
    """Tell whether a line, in lower case, announces what the employer, squeezed, says of itself ("About Acme")."""
    match = _STORY.match(head) if employer else None
    name = _squeeze(match[1]) if match else ""
    return len(name) >= SHORTEST_NAME and employer.startswith(name)


def _squeeze(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


@lru_cache(4096)
def _read_heading(head: str) -> Wish | None:
    """Return what a line, in lower case, says when it is a heading, None when it is none that we know."""
    is_short = len(head.split()) <= 9
    if is_short and _LIKED_HEADING.search(head):
        return Wish.PREFERRED
    if _IDLE_HEADING.match(head):
        return Wish.NONE
    return Wish.REQUIRED if is_short and _HEADING.match(head) and not _WISH.match(head) else None


def _read_clause(mention: Mention, *, text: str, lower: str, section: Wish) -> Wish:
    """Return what the words around one mention say, the section's wish where they say nothing."""
    before = lower[max(0, mention.start - REACH) : mention.start]
    after = lower[mention.end : mention.end + REACH]
    if denied := _read_denial(before, after):
        return denied
    return Wish.PREFERRED if _is_liked(mention, text=text, lower=lower, after=after) else section


def _is_liked(mention: Mention, *, text: str, lower: str, after: str) -> bool:
    """Tell whether the clause around a mention says that it would be welcome."""
    if _LIKED_AFTER.match(after) or _LIKED_LIST.search(lower, max(0, mention.start - CLAUSE), mention.start):
        return True
    start, end = _clause(mention, text)
    if _LIKED_CLAUSE.search(lower, start, end):
        return True
    if _LIKED_BEFORE.search(lower, start, mention.start):
        return True
    end = min(end, mention.end + VERDICT)
    turn = _TURN.search(lower, mention.end, end)
    return _LIKED_VERDICT.search(lower, mention.end, turn.start() if turn else end) is not None


def _read_denial(before: str, after: str) -> Wish | None:
    """Return what is left of a wish that the words around a name take back, None where they do not."""
    if unneeded := _UNNEEDED_AFTER.match(after):
        return Wish.PREFERRED if _LIKED_CLAUSE.search(unneeded[0]) else Wish.NONE
    if _UNNEEDED_BEFORE.search(before) or (_NO_BEFORE.search(before) and _NEEDED_AFTER_NO.match(after)):
        return Wish.NONE
    return None


def _clause(mention: Mention, text: str) -> tuple[int, int]:
    """Return the span around a mention as far as the nearest bracket, semicolon, line end, "but" or full stop."""
    first, last = max(0, mention.start - CLAUSE), mention.end + CLAUSE
    start = max((cut.end() for cut in _CLAUSE.finditer(text, first, mention.start)), default=first)
    cut = _CLAUSE.search(text, mention.end, last)
    return start, cut.start() if cut else last
