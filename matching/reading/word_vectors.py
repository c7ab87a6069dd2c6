"""Where a word stands among the others: vectors counted from texts that may be passed on, shipped as a file.

Built by `manage.py build_word_vectors` (what went in is told in data/word_vectors_NOTICE.txt): how often two stems stand
near each other, as positive pointwise mutual information, brought down to a few hundred dimensions by singular value
decomposition. The method and its settings are those of Levy, Goldberg and Dagan (2015), "Improving Distributional
Similarity with Lessons Learned from Word Embeddings"; a phrase is placed after Arora, Liang and Ma (2017), "A Simple but
Tough-to-Beat Baseline for Sentence Embeddings".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

VECTORS_FILE = Path(__file__).parents[1] / "data" / "word_vectors.npz"
# The share of all words at which a word counts half in a phrase: "team" less than "kubernetes" (Arora et al.: 1e-3).
HALF_WEIGHT_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Unit vectors of stems by row, the weight of each in a phrase (0-1), and the direction that all phrases share."""

    version: str
    numbers: Mapping[str, int]
    units: Floats
    weights: Floats
    shared: Floats

    def place(self, phrases: Sequence[Sequence[str]]) -> Floats:
        """Give a unit vector for each phrase of stems; one without a known stem gets a vector of zeros."""
        placed = np.zeros((len(phrases), self.units.shape[1]), np.float32)
        for row, stems in enumerate(phrases):
            rows = [self.numbers[stem] for stem in stems if stem in self.numbers]
            if rows:
                placed[row] = self.weights[rows] @ self.units[rows]
        placed -= np.outer(placed @ self.shared, self.shared)
        return to_units(placed)


@cache
def word_vectors() -> WordVectors:
    """Return the shipped vectors, read once."""
    return load_vectors(VECTORS_FILE)


def load_vectors(path: Path) -> WordVectors:
    """Read vectors that `build_word_vectors` wrote."""
    with np.load(path, allow_pickle=False) as file:
        stems = bytes(file["stems"]).decode().split("\n")
        counts = file["counts"].astype(np.float64)
        units = to_units(file["steps"].astype(np.float32))
        shared = file["shared"].astype(np.float32)
        version = bytes(file["version"]).decode()
    return WordVectors(
        version=version,
        numbers=MappingProxyType({stem: row for row, stem in enumerate(stems)}),
        units=units,
        weights=weigh_words(counts),
        shared=shared,
    )


def weigh_words(counts: NDArray[np.float64]) -> Floats:
    """Give each word's weight in a phrase, 0-1, less the commoner it is."""
    weights: Floats = (HALF_WEIGHT_SHARE / (HALF_WEIGHT_SHARE + counts / counts.sum())).astype(np.float32)
    return weights


def to_units(rows: Floats) -> Floats:
    """Give the rows brought to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    units: Floats = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return units
