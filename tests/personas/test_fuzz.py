"""A few of the broken files of `make fuzz`."""

from __future__ import annotations

from tests.fuzz import broken_files, run


def test_nothing_but_readings_and_refusals_comes_of_broken_files() -> None:
    outcome = run(120, processes=1)

    assert outcome.escaped == []
    assert sum(outcome.counts.values()) == 120
    assert outcome.counts["read"] > 10
    assert outcome.whole >= 2


def test_the_files_are_the_same_each_time() -> None:
    assert list(broken_files(range(7, 9))) == list(broken_files(range(7, 9)))
