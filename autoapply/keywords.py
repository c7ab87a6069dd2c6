"""Required keywords as whole words of a text, each with the sentence that satisfied it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

LONGEST_SENTENCE = 300
"""Characters of a sentence that are kept as evidence."""

_SENTENCE = re.compile(r".*?(?:[.!?…](?=\s)\s*|\n\s*|\Z)", re.DOTALL)
_NOT_ASCII = re.compile(r"[^\x00-\x7F]+")
_BULLETS = " \t-–—•·*"
# Up to this length a keyword with a capital is a name that is also an ordinary word in small letters: Go, R, IT, AI.
_SHORT = 2


def find_keywords(text: str, keywords: Sequence[str]) -> dict[str, str]:
    """Give each keyword that stands in the text as whole words, with the sentence that holds its first place.

    Accents and the width of white space do not matter, nor does case, except in keywords of one or two letters that are
    written with a capital. C, C++, C# and .NET are four different words. Words on different lines are not one keyword.
    """
    looked = _Text(text)
    found = {}
    for keyword in keywords:
        sentence = looked.find(keyword)
        if sentence is not None:
            found[keyword] = sentence
    return found


class _Text:
    """A text as keywords are looked for in it: without accents, with its capitals and without."""

    def __init__(self, text: str) -> None:
        self._text = text

    def find(self, keyword: str) -> str | None:
        """The sentence that holds a keyword's first place, two where it reaches over an end; None where it does not stand."""
        plain = _plain(keyword).strip()
        is_name = len(plain) <= _SHORT and plain != _fold(plain)
        if is_name:
            # "R&D", "C-level" and "go-to-market" name neither R nor C nor Go; "AI-driven" does name AI.
            pattern = _pattern(plain, joins="" if plain.isupper() and len(plain) == _SHORT else "&-")
        else:
            pattern = _pattern(_fold(plain))
        found = pattern.search(self._cased if is_name else self._folded) if pattern else None
        if found is None:
            return None
        return self._tell_sentence(found.start(), found.end(), _plain if is_name else _fold)

    @cached_property
    def _cased(self) -> str:
        return _plain(self._text)

    @cached_property
    def _folded(self) -> str:
        return _fold(self._cased)

    def _tell_sentence(self, start: int, end: int, read: Callable[[str], str]) -> str:
        """The sentences that hold a stretch of what was read out of the text."""
        held, place = "", 0
        for sentence in _SENTENCE.finditer(self._text):
            place += len(read(sentence.group()))
            if place > start:
                held += sentence.group()
            if place >= end:
                break
        return _shorten(held.strip().lstrip(_BULLETS))


@lru_cache(maxsize=256)
def _pattern(plain: str, *, joins: str = "") -> re.Pattern[str] | None:
    words = plain.split()
    if not words:
        return None
    # A sign of a name (+, #, a dot before a letter) belongs to the word, so that C is not found in C++ or C#.
    return re.compile(
        rf"(?<![\w+#.{joins}])" + r"[^\S\n]+".join(map(re.escape, words)) + rf"(?![\w+#{joins}]|\.\w)"
    )


def _plain(text: str) -> str:
    """The text without accents, and with letters of another width or style as the plain ones."""
    if text.isascii():
        return text
    # Few letters of most postings are not ASCII.
    return _NOT_ASCII.sub(_drop_marks, unicodedata.normalize("NFKD", text))


def _drop_marks(found: re.Match[str]) -> str:
    return "".join(letter for letter in found.group() if not unicodedata.combining(letter))


def _fold(text: str) -> str:
    # Some small letters come apart only once they are small: İ is i and a dot.
    return _plain(_plain(text).casefold())


def _shorten(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST_SENTENCE else sentence[: LONGEST_SENTENCE - 1].rstrip() + "…"
