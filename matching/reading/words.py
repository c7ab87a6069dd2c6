"""The words of a text by their stems, so that "operations", "operating" and "operator" count as one word.

A light stemmer of our own: one ending of inflection, then one of derivation, British spelling for both. What it joins is
meant for comparing texts with each other, never for showing.
"""

from __future__ import annotations

import re
from functools import lru_cache

CACHED = 65_536
_STOP = (
    "a an the of and or in to for with on by at from as is are be this that your our we you will their other such any"
    " all its it etc"
)
STOP_WORDS = frozenset(_STOP.split())

_WORD = re.compile(r"\.net\b|[a-z0-9]+(?:\+\+|#)?")
_VOWEL = re.compile(r"[aeiouy]")
_IRREGULAR = {"using": "use", "used": "use", "uses": "use", "apis": "api"}
_INFLECTIONS = ("ings", "ing", "edly", "ed", "ies", "es", "s")
_SPOKEN_E = re.compile(r"(?:[scgzvltrdnmp]|k)es$")
_IZATION = re.compile(r"i[sz]ation(?:al)?(?:ly)?$")
# Longest first where one ends with another.
_ENDINGS = (
    "ational ations ation ators ating ated ates ative ator ate ments ment ers ors er or ional ions ion ically ical ics ic"
    " ally ables able ible als al ities ity ives ive ness ances ance ences ence ancy ency ously ous ly is e y"
)
_DERIVATIONS = tuple(_ENDINGS.split())
_LEAST, _LEAST_FOR = 4, {"al": 5, "ness": 5}


def split_words(text: str) -> list[str]:
    """Give the stems of all words of a text, in order."""
    plain = text.lower().replace("’", "'").replace("'s", "")
    return [stem_word(word) for word in _WORD.findall(plain)]


def choose_stems(text: str) -> list[str]:
    """Give the stems of the words that carry meaning, in order: the others are STOP_WORDS."""
    plain = text.lower().replace("’", "'").replace("'s", "")
    return [stem_word(word) for word in _WORD.findall(plain) if word not in STOP_WORDS]


@lru_cache(CACHED)
def stem_word(word: str) -> str:
    """Give the common part of a lower-case word's forms; short words and those with digits or signs stay."""
    if len(word) < 4 or not word.isalpha():
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    stem = _drop_derivation(_IZATION.sub("ise", _drop_inflection(word)))
    if len(stem) > 4:
        stem = _undouble(stem)
    if len(stem) > 4 and stem[-1] in "ei":
        stem = stem[:-1]
    return stem[:-1] + "s" if stem.endswith(("iz", "yz")) else stem


def _drop_inflection(word: str) -> str:
    for ending in _INFLECTIONS:
        rest = word[: -len(ending)]
        if not word.endswith(ending) or len(rest) < 3 or not _VOWEL.search(rest):
            continue
        if ending == "s" and word.endswith(("us", "ss", "is")):
            return word
        if ending == "es" and _SPOKEN_E.search(word):
            return word[:-1]
        return _mend(rest, ending)
    return word


def _mend(rest: str, ending: str) -> str:
    """Give back what an ending had changed: "studies" is of "study", "creating" of "create", "planning" of "plan"."""
    if ending == "ies":
        return rest + "y"
    if ending in ("es", "s"):
        return rest
    return rest + "e" if rest.endswith(("at", "bl", "is", "iz", "ys", "yz")) else _undouble(rest)


def _undouble(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz" else word


def _drop_derivation(word: str) -> str:
    for ending in _DERIVATIONS:
        rest = word[: -len(ending)]
        if word.endswith(ending) and len(rest) >= _LEAST_FOR.get(ending, _LEAST) and _VOWEL.search(rest):
            return rest
    if len(word) > 3 and word[-1] == "e":
        return word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word[-1] == "y" else word
