"""The stretches of a long text that are worth reading closely: those around some words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache


@lru_cache(maxsize=4)
def lowered(text: str) -> str:
    """Give the text in lower case with every character in its old place, whatever its language."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def spans_around(text: str, words: tuple[str, ...], *, before: int, after: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the merged stretches around every place where one of the words stands as written.

    Plain string search is many times as fast as one long pattern over the whole text.
    """
    start = end = -1
    for at, length in sorted(_places(text, words)):
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
