"""How well the words of a phrase and of many labels find each other, the same or near in meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from math import log

import numpy as np

from matching.reading.word_vectors import Floats, WordVectors

# A cosine below the floor is chance, and a word that is not the same one never counts quite as much. Round numbers of
# our first study of the readers; not chosen anew for these vectors.
FLOOR = 0.35
NOT_THE_SAME = 0.9
CACHED = 4096


class Alignment:
    """Labels of stems, ready to be compared with phrases: the root of how much of the phrase and of the label is found."""

    __slots__ = ("_at", "_kept", "_numbers", "_rarities", "_sizes", "_starts", "_units", "_vectors", "count")

    def __init__(self, labels: Sequence[Sequence[str]], vectors: WordVectors) -> None:
        """Index the labels; one without stems is like nothing."""
        self.count = len(labels)
        self._vectors = vectors
        held = Counter(chain.from_iterable(set(label) for label in labels))
        self._numbers = {stem: number for number, stem in enumerate(held, start=1)}
        # Column 0 stands for the missing stem of an empty label.
        self._rarities = np.array(
            [1.0, *(log(1 + self.count / (1 + times)) for times in held.values())], np.float32
        )
        filled = [[self._numbers[stem] for stem in label] or [0] for label in labels]
        self._at = np.fromiter(chain.from_iterable(filled), np.int32)
        self._starts = np.cumsum([0, *(len(label) for label in filled[:-1])])
        self._sizes = np.add.reduceat(self._rarities[self._at], self._starts)
        self._units = np.zeros((len(self._rarities), vectors.units.shape[1]), np.float32)
        for stem, number in self._numbers.items():
            if stem in vectors.numbers:
                self._units[number] = vectors.units[vectors.numbers[stem]]
        self._kept: dict[str, Floats] = {}

    def compare(self, stems: Sequence[str]) -> Floats:
        """Give how well each label and the phrase cover each other, 0-1, rare words counting more."""
        if not stems or not self.count:
            return np.zeros(self.count, np.float32)
        found = np.zeros(self.count, np.float32)
        best = np.zeros(len(self._at), np.float32)
        wanted = 0.0
        for stem in stems:
            rarity = self._weigh(stem)
            likeness = self._liken(stem)[self._at]
            found += rarity * np.maximum.reduceat(likeness, self._starts)
            best = np.maximum(best, likeness)
            wanted += rarity
        covered = np.add.reduceat(best * self._rarities[self._at], self._starts) / self._sizes
        result: Floats = np.sqrt(found / np.float32(wanted) * covered)
        return result

    def _weigh(self, stem: str) -> float:
        number = self._numbers.get(stem)
        return log(1 + self.count) if number is None else float(self._rarities[number])

    def _liken(self, stem: str) -> Floats:
        """Give the likeness of one stem to each stem of the labels, 0-1."""
        if (kept := self._kept.get(stem)) is not None:
            return kept
        likeness = np.zeros(len(self._rarities), np.float32)
        if stem in self._vectors.numbers:
            cosines = self._units @ self._vectors.units[self._vectors.numbers[stem]]
            likeness = np.where(cosines < FLOOR, 0, NOT_THE_SAME * cosines).astype(np.float32)
        if stem in self._numbers:
            likeness[self._numbers[stem]] = 1
        if len(self._kept) >= CACHED:
            self._kept.clear()
        self._kept[stem] = likeness
        return likeness
