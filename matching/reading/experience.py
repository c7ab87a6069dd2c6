"""Years of experience that a posting asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matching.reading.stretches import Words, lowered, stretches_around

_YEAR_WORDS = Words("year", "yrs", "yr ")
_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
}  # fmt: skip
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(_WORDS)})"
# Read in lower case: patterns that ignore case are several times as slow.
_YEARS = re.compile(
    rf"\b(?P<low>{_NUMBER})(?:\s?\(\d{{1,2}}\))?\s?(?P<plus>\+|plus\b|or more\b)?"
    rf"(?:\s?(?:-|–|—|to)\s?(?P<high>{_NUMBER})(?:\s?\(\d{{1,2}}\))?\s?\+?)?\s?(?:\+\s?)?(?:or more )?"
    r"(?:full[- ]time |paid |full )?(?:years?|yrs?)\b['’]?(?P<rest>[^.;\n]{0,90})",
)
_EXPERIENCE = re.compile(
    r"experience|\bexp\b|track record|background in|\bworking (?:as|in|with|on)\b|work(?:ed)? (?:as|in)\b"
    r"|^\W*(?:in|as) (?:a |an |the )?\w+",
)
_BEFORE = re.compile(
    r"experience\W{1,3}(?:level\W{1,3})?(?:required\W{1,3})?$|experience of(?: at least)? $|minimum(?: of)? $|at least $",
)
_NOT_ASKED = re.compile(
    r"\b(?:over|past|last|next|first|every|within|for (?:over|more than)|the|our|nearly|almost|old)\s$"
    r"|\b(?:we|company|firm|team|founded|founders?|combined|collective|customers)\b[^.;\n]{0,60}$",
)
_NOT_EXPERIENCE = re.compile(
    r"^\W*(?:old|of age|ago|in business|of college|of study|of education|of school|(?:of )?(?:full[- ]time )?(?:(?:under|post)?graduate(?:[- ]level)? (?:education|study)|academic|study)|vesting|cliff|warranty|degree"
    r"|bachelor|college|university|program|contract|term|probation|per\b|from now|in a row|of (?:accredited|service to))",
)

_PREFERRED = ("prefer", "desir", "nice to have", "a plus", "ideally", "bonus")


@dataclass(frozen=True, slots=True)
class Experience:
    """Whole years asked for: at least minimum, at most maximum (None when open)."""

    minimum: int
    maximum: int | None


def read_experience(text: str) -> Experience | None:
    """Read the years asked for, None when none are; of several demands the highest minimum stands.

    Years that are only preferred count where none are demanded.
    A posting that asks "5+ years in sales, 2 years with Excel" wants five; ages, company histories and vesting are
    not demands. A degree that replaces years is not weighed.
    """
    found: list[Experience] = []
    preferred: list[Experience] = []
    near = stretches_around(lowered(text), _YEAR_WORDS, before=130, after=110)
    for match in _YEARS.finditer(near):
        before = near[max(0, match.start() - 90) : match.start()]
        if _NOT_ASKED.search(before) or _NOT_EXPERIENCE.search(match["rest"]):
            continue
        if not (_EXPERIENCE.search(match["rest"]) or _BEFORE.search(before)):
            continue
        low, high = _number(match["low"]), _number(match["high"]) if match["high"] else None
        if low <= 25 and (high is None or low <= high <= 40):
            wish = any(word in before[-40:] or word in match["rest"] for word in _PREFERRED)
            (preferred if wish else found).append(Experience(low, high))
    return max(found or preferred, key=lambda each: each.minimum, default=None)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _WORDS[text]
