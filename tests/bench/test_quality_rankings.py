"""What the measuring of phrases, occupations and titles counts, and that it says so where its data is absent."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from bench.quality.ranking import average_precision, rank_reciprocally


def test_rank_reciprocally_shares_the_mean_rank_among_equals() -> None:
    scores = np.array([0.9, 0.5, 0.5, 0.1])

    assert rank_reciprocally(scores, 0) == 1
    assert rank_reciprocally(scores, 1) == 1 / 2.5
    assert rank_reciprocally(scores, 3) == 1 / 4


def test_average_precision_is_the_mean_precision_at_what_is_right() -> None:
    right = np.array([False, True, True])

    assert average_precision(np.array([3, 2, 1]), right) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert average_precision(np.array([1, 2, 3]), right) == 1
    assert average_precision(np.array([1, 2, 3]), np.zeros(3, bool)) == 0


@pytest.mark.parametrize("reader", ["phrases", "occupations", "titles"])
def test_measure_says_what_it_could_not_measure_without_shared_data(reader: str, tmp_path: Path) -> None:
    figures = list(import_module(f"bench.quality.{reader}").measure(tmp_path))

    absent = [each for each in figures if each.rows == 0]
    assert absent
    assert all(
        each.measure == "not measured: the data is not here" and each.target is None for each in absent
    )
    assert all(each.reached for each in figures)
