"""Waits between tries: 15 and 30 minutes, a fifth less or more, and no fourth try."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoapply.backoff import ATTEMPTS, wait_after


@pytest.mark.parametrize(
    ("failures", "chance", "minutes"),
    [(1, 0.0, 12), (1, 0.5, 15), (1, 1.0, 18), (2, 0.0, 24), (2, 0.5, 30), (2, 1.0, 36)],
)
def test_wait_doubles_with_every_failure(failures: int, chance: float, minutes: int) -> None:
    assert wait_after(failures, chance=chance) == timedelta(minutes=minutes)


def test_third_failure_is_the_last() -> None:
    assert ATTEMPTS == 3
    assert wait_after(3, chance=0.5) is None
    assert wait_after(9, chance=0.5) is None


@settings(deadline=None)
@given(failures=st.integers(1, 2), chance=st.floats(0, 1))
def test_wait_stays_within_a_fifth(failures: int, chance: float) -> None:
    wait = wait_after(failures, chance=chance)

    assert wait is not None
    usual = timedelta(minutes=15 * 2 ** (failures - 1))
    assert usual * 0.8 <= wait <= usual * 1.2


@pytest.mark.parametrize(("failures", "chance"), [(0, 0.5), (-1, 0.5), (1, -0.1), (1, 1.1)])
def test_nonsense_is_refused(failures: int, chance: float) -> None:
    with pytest.raises(ValueError, match=r"fail|chance"):
        wait_after(failures, chance=chance)
