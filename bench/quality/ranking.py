"""How well rankings put what is right first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rank_reciprocally(scores: NDArray, right: int) -> float:
    """Give one over the rank of the right item among all scores; items that score the same share their mean rank."""
    above = int((scores > scores[right]).sum())
    same = int((scores == scores[right]).sum())
    return 1 / (above + (same + 1) / 2)


def average_precision(scores: NDArray, right: NDArray) -> float:
    """Give the mean precision at each right item (`right` is true there), items that score the same in their order."""
    found = right[np.argsort(-scores, kind="stable")]
    if not found.any():
        return 0.0
    return float((np.cumsum(found) / np.arange(1, len(found) + 1))[found].mean())
