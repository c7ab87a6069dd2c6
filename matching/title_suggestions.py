"""Titles that a résumé's lines hold, told by the titles of open jobs: pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from matching.titles import normalize_title

LINES, LONGEST_LINE, LONGEST_TITLE = 150, 10, 6
"""How many lines are looked at, of how many words at most (longer ones are sentences), and the words of the longest title."""
LONGEST_FOR_ONE_WORD = 4
"""A title of one word counts in a line of so many words at most: "Nurse, St. Mary's", and not "helped the nurse"."""

_WORD = re.compile(r"[^\s,;:|·•()\[\]–—]+")


def find_titles(text: str, known: Collection[str], *, most: int = 3) -> tuple[str, ...]:
    """Give the titles that lines of a text hold, as they stand there, the first ones first; each is the longest of its line.

    known are titles as `titles.normalize_title` writes them.
    """
    found: dict[str, str] = {}
    for line in text.splitlines()[:LINES]:
        words = _WORD.findall(line)
        if not 1 <= len(words) <= LONGEST_LINE:
            continue
        title = _longest(words, known)
        if title:
            found.setdefault(normalize_title(title), title)
        if len(found) == most:
            break
    return tuple(found.values())


def _longest(words: list[str], known: Collection[str]) -> str:
    shortest = 1 if len(words) <= LONGEST_FOR_ONE_WORD else 2
    for size in range(min(LONGEST_TITLE, len(words)), shortest - 1, -1):
        for begin in range(len(words) - size + 1):
            title = " ".join(words[begin : begin + size])
            normal = normalize_title(title)
            # What is taken off as level or place must not make one word of several.
            if normal in known and len(normal.split()) >= shortest:
                return title
    return ""
