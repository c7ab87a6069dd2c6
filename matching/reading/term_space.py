"""Texts as sparse unit rows of weighed terms, so that the likeness of two texts is a product of their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Expand = Callable[[str], Sequence[str]]

SHORTEST_GRAM, LONGEST_GRAM = 3, 4

_LETTERS = re.compile(r"[a-z0-9+#.]+")


@dataclass(frozen=True, slots=True)
class TermSpace:
    """The terms of a body of texts by column, the rarity of each, and how a token becomes terms."""

    numbers: Mapping[str, int]
    rarities: Floats
    expand: Expand

    def place(self, texts: Iterable[Sequence[str]]) -> sp.csr_matrix:
        """Give each text, a sequence of tokens, as a row of length 1; unknown terms do not count."""
        rows = [
            [self.numbers[term] for token in text for term in self.expand(token) if term in self.numbers]
            for text in texts
        ]
        return _weigh(rows, self.rarities)


def learn_terms(texts: Sequence[Sequence[str]], expand: Expand) -> tuple[TermSpace, sp.csr_matrix]:
    """Give the space of all terms of the texts, and the texts as its rows."""
    numbers: dict[str, int] = {}
    known: dict[str, list[int]] = {}
    rows: list[list[int]] = []
    for text in texts:
        row: list[int] = []
        for token in text:
            if token not in known:
                known[token] = [numbers.setdefault(term, len(numbers)) for term in expand(token)]
            row += known[token]
        rows.append(row)
    holding = np.bincount(_count(rows, len(numbers)).indices, minlength=len(numbers))
    # The smoothed inverse document frequency that most libraries use.
    rarities = (np.log((1 + len(rows)) / (1 + holding)) + 1).astype(np.float32)
    return TermSpace(numbers, rarities, expand), _weigh(rows, rarities)


def split_letters(text: str) -> list[str]:
    """Give the runs of letters, digits and the signs of "c++", "c#" and ".net", in lower case."""
    return _LETTERS.findall(text.lower())


@lru_cache(65_536)
def list_grams(word: str) -> tuple[str, ...]:
    """Give the overlapping stretches of 3 and 4 signs of a word with a blank at each end; a shorter one is its own."""
    padded = f" {word} "
    return tuple(
        padded[start : start + length]
        for length in range(SHORTEST_GRAM, LONGEST_GRAM + 1)
        for start in range(max(1 if length == SHORTEST_GRAM else 0, len(padded) - length + 1))
    )


def one_term(token: str) -> tuple[str, ...]:
    """Give a token as the one term it is."""
    return (token,)


def _count(rows: Sequence[Sequence[int]], columns: int) -> sp.csr_matrix:
    starts = np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))
    found = np.fromiter((number for row in rows for number in row), np.int32, int(starts[-1]))
    counts = sp.csr_matrix((np.ones(len(found), np.float32), found, starts), shape=(len(rows), columns))
    counts.sum_duplicates()
    return counts


def _weigh(rows: Sequence[Sequence[int]], rarities: Floats) -> sp.csr_matrix:
    """Weigh terms by the logarithm of their count and by rarity, and bring each row to length 1."""
    counts = _count(rows, len(rarities))
    counts.data = (1 + np.log(counts.data)) * rarities[counts.indices]
    squares = np.asarray(counts.multiply(counts).sum(axis=1)).ravel()
    lengths = np.sqrt(np.where(squares > 0, squares, 1))
    counts.data = (counts.data / np.repeat(lengths, np.diff(counts.indptr))).astype(np.float32)
    return counts
