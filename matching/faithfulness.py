"""Whether other words say only what a counted text says: pure, strict, for English.

A model that is asked to rephrase may invent. What it wrote is refused when it holds a number, a skill or a name that the
told text does not, when it turns a number's meaning round, or when it is anything but plain sentences. Whoever asks keeps
the told text in any case, so a refusal that was not needed costs nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Fault: TypeAlias = Literal[
    "empty", "long", "markup", "address", "language", "number", "meaning", "skill", "name", "promise"
]
FAULTS: tuple[str, ...] = get_args(Fault)
LANGUAGES = ("en",)
"""Languages whose words can be judged here."""

LEAST_WORDS = 4
LONGER = 2
"""How many times as long as the told text the other words may be."""
KNOWN_SHARE = 0.5
"""The share of words that are told ones or the commonest of English; real rephrasings stand far above it."""

_PLAIN = frozenset(" .,;:!?'\"()-–—’‘“”…")
_ENDS = ".,;:!?'\"()–—’‘“”…"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+")
_ADDRESS = re.compile(r"https?:|www\.|@|//|[^\W\d_]\.[^\W\d_]{2,}", re.IGNORECASE)


def _words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBER_WORDS = _words_in(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion
    dozen dozens half third thirds quarter quarters double doubles doubled triple triples tripled twice thrice couple pair
    percent percentage cent single sole all every each most majority none nobody everybody everyone few several many lots plenty
    """
)
_FALLING = _words_in(
    """
    less lower lowers lowered fewer fall falls falling fell drop drops dropped decrease decreases decreased decline declines
    reduce reduces reduced smaller worse below under down minus cut cuts lose loses losing loss shrink shrinks
    """
)
_DENYING = _words_in(
    """
    no not none never nothing neither nor without cannot can't don't doesn't didn't isn't aren't wasn't weren't won't wouldn't
    couldn't shouldn't hasn't haven't fails lacks hardly
    """
)
_PROMISES = re.compile(
    r"\b(?:guarant\w*|promis\w*|certain\w*|definite\w*|sure|surely|ensures?|always|instant\w*|immediate\w*|hired|"
    r"earns?|earning\w*|offers?|raise|salary|salaries|best|perfect\w*|easily|easy|quick\w*|must)\b",
    re.IGNORECASE,
)
# Words that a sentence begins with and that name nobody.
_BEGINNINGS = _words_in(
    """
    a about adding after again also among an and another any are as asked at because before being besides between both but by
    close closely for from further gaining getting given having here how however if in including is it its jobs just knowing
    learn learning master mastering more moreover nearly next now of on once only open openings or other out over own picking
    plus positions related roles similar since so some still such than that the their them then there these they this those
    though through thus to together together too toward up what when where whereas which while who with within yet you your
    yours
    """
)
_COMMON = _BEGINNINGS | _words_in(
    """
    able across add adds allow allows almost already although always among apply around average be become becomes been bring
    brings can come comes could demand demands do does employers end enough even gain gains get gets gives go goes good great
    had has have help helps high higher i into job know known let like likely look looking made make makes matches may mean
    means middle might move much need needed needs new not opens opportunities overall part pay paying pays points position
    posting postings push pushes put reach reaches reaching required requires rise rises role score scores see seek shows skill
    skills takes these threshold time turn typical typically want wanted was way well were will would year year's yearly
    """
)


@dataclass(frozen=True, slots=True)
class _Sense:
    """Which way a sentence points: whether it speaks of less, and whether it denies."""

    falls: bool
    denies: bool


def tidy(text: str) -> str:
    """Give a text in one line, without the quotes that models like to put around an answer."""
    line = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(line) > 1 and line[0] in "\"“'" and line[-1] in "\"”'" and line[0] not in line[1:-1]:
        line = line[1:-1].strip()
    return line


def find_fault(text: str, *, told: str, find_skills: Callable[[str], Iterable[str]]) -> Fault | None:
    """Give the first reason why a tidy text may not stand for the told one, None for faithful other words.

    `find_skills` names the skills of a text. Numbers must be written as they are told and come in the same order, each in a
    sentence that points the same way.
    """
    told = tidy(told)
    checks: tuple[tuple[Fault, Callable[[], bool]], ...] = (
        ("empty", lambda: len(_WORD.findall(text)) < LEAST_WORDS),
        ("long", lambda: len(text) > LONGER * len(told)),
        ("markup", lambda: _has_strange_characters(text, told)),
        ("address", lambda: _names_addresses(text, told)),
        ("language", lambda: _is_foreign(text, told)),
        ("number", lambda: _invents_numbers(text, told)),
        ("meaning", lambda: _turns_meaning(text, told)),
        ("skill", lambda: bool(set(find_skills(text)) - set(find_skills(told)))),
        ("name", lambda: _invents_names(text, told)),
        ("promise", lambda: bool(_promises_of(text) - _promises_of(told))),
    )
    return next((fault for fault, is_so in checks if is_so()), None)


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _promises_of(text: str) -> set[str]:
    return {found.lower() for found in _PROMISES.findall(text)}


def _has_strange_characters(text: str, told: str) -> bool:
    """Whether anything but letters, digits and plain punctuation stands there that the told text does not hold."""
    return any(not (character.isalnum() or character in _PLAIN or character in told) for character in text)


def _names_addresses(text: str, told: str) -> bool:
    known = {token.rstrip(_ENDS) for token in told.split()}
    named = {token.rstrip(_ENDS) for token in text.split()}
    return any(_ADDRESS.search(token) for token in named - known)


def _is_foreign(text: str, told: str) -> bool:
    """Whether letters of another script, or hardly any word that is told or English, stand there."""
    if any(
        character.isalpha()
        and character not in told
        and not unicodedata.name(character, "").startswith("LATIN")
        for character in text
    ):
        return True
    known = _COMMON | _NUMBER_WORDS | _DENYING | set(_words(told))
    words = _words(text)
    return sum(word in known for word in words) < KNOWN_SHARE * len(words)


def _numbers(text: str) -> list[str]:
    """Give what holds a digit, or any other sign of a number, as it is written."""
    return [
        bare
        for token in text.split()
        if any(character.isnumeric() for character in token) and (bare := token.strip(_ENDS))
    ]


def _invents_numbers(text: str, told: str) -> bool:
    """Whether a number or a word for one stands there that is not told, or numbers come in another order."""
    if (set(_words(text)) & _NUMBER_WORDS) - set(_words(told)):
        return True
    rest = iter(_numbers(told))
    return not all(number in rest for number in _numbers(text))


def _sentences(text: str) -> Iterator[tuple[list[str], _Sense]]:
    """Give each part of a text between full stops: its numbers, and which way it points."""
    for sentence in _SENTENCE_END.split(text):
        words = set(_words(sentence))
        yield _numbers(sentence), _Sense(bool(words & _FALLING), bool(words & _DENYING))


def _turns_meaning(text: str, told: str) -> bool:
    """Whether a number stands in a sentence that points another way than where it is told, or a sentence without one does."""
    senses: dict[str, set[_Sense]] = {}
    falls = denies = False
    for numbers, sense in _sentences(told):
        falls, denies = falls or sense.falls, denies or sense.denies
        for number in numbers:
            senses.setdefault(number, set()).add(sense)
    for numbers, sense in _sentences(text):
        if any(sense not in senses.get(number, set()) for number in numbers):
            return True
        if not numbers and ((sense.falls and not falls) or (sense.denies and not denies)):
            return True
    return False


def _invents_names(text: str, told: str) -> bool:
    """Whether a word with a capital letter is not told, but for those that sentences begin with."""
    known = set(_WORD.findall(told)) | {"I"}
    lowered = {word.lower() for word in known}
    for sentence in re.split(r"(?<=[.!?…])\s+", text):
        for place, word in enumerate(_WORD.findall(sentence)):
            if word == word.lower() or word in known:
                continue
            if place == 0 and word[1:] == word[1:].lower() and word.lower() in _BEGINNINGS | lowered:
                continue
            return True
    return False
