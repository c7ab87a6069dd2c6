"""The stretches of a long text that are worth reading closely: those around some words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import ahocorasick

_lists: list[Words] = []


class Words(tuple[str, ...]):
    """Words in lower case that a reader looks for in every text, none of which overlaps itself.

    All readers' words are found in one pass over it.
    """

    __slots__ = ()

    def __new__(cls, *words: str) -> Words:
        """Make it once, where the module is read."""
        made = super().__new__(cls, words)
        _lists.append(made)
        _automaton.cache_clear()
        return made


@lru_cache(maxsize=4)
def lowered(text: str) -> str:
    """Give the text in lower case with every character in its old place, whatever its language."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def spans_around(text: str, words: tuple[str, ...], *, before: int, after: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the merged stretches around every place where one of the words stands as written."""
    start = end = -1
    places = _all_places(text).get(words, ()) if isinstance(words, Words) else _places(text, words)
    for at, length in sorted(places):
        if end < 0 or at - before > end:
            if end >= 0:
                yield start, end
            start = max(0, at - before, end)
        end = max(end, at + length + after)
    if end >= 0:
        yield start, min(end, len(text))


def stretches_around(text: str, words: tuple[str, ...], *, before: int, after: int) -> str:
    """Give those stretches as one text, a line each; the words are given, and found, in lower case."""
    spans = spans_around(lowered(text), words, before=before, after=after)
    return "\n".join(text[start:end] for start, end in spans)


def _places(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for word in words:
        at = text.find(word)
        while at >= 0:
            yield at, len(word)
            at = text.find(word, at + len(word))


@lru_cache(maxsize=4)
def _all_places(text: str) -> Mapping[Words, list[tuple[int, int]]]:
    """Where the words of each list stand in a text."""
    found: dict[Words, list[tuple[int, int]]] = {}
    for last, (length, lists) in _automaton().iter(text):
        for each in lists:
            found.setdefault(each, []).append((last - length + 1, length))
    return found


@lru_cache(maxsize=1)
def _automaton() -> ahocorasick.Automaton:
    lists: dict[str, list[Words]] = {}
    for words in _lists:
        for word in words:
            lists.setdefault(word, []).append(words)
    automaton = ahocorasick.Automaton()
    for word, those in lists.items():
        automaton.add_word(word, (len(word), those))
    automaton.make_automaton()
    return automaton
