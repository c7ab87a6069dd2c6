"""When a source is read next: sooner while it brings much, later while it brings nothing or fails; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MOST = timedelta(hours=24)
"""No source that works is left alone for longer, whatever it brings."""
_PRODUCTIVE, _IDLE, _FAILING = 0.5, 1.5, 2


@dataclass(frozen=True, slots=True)
class Turn:
    """What the clock keeps of a source: how long until the next reading, how long between readings, failures in a row."""

    wait: timedelta
    interval: timedelta
    failures: int


def after_success(
    interval: timedelta, *, usual: timedelta, least: timedelta, brought: int, spread: float
) -> Turn:
    """The next turn after a reading that brought so many new and changed postings; `spread` in [-1, 1] keeps sources apart."""
    before = interval or usual
    most = max(MOST, usual)
    found = before * (_PRODUCTIVE if brought else _IDLE)
    found = min(max(found, least), most)
    return Turn(_apart(found, spread), found, 0)


def after_failure(
    interval: timedelta,
    *,
    usual: timedelta,
    failures: int,
    asked_seconds: float | None,
    is_hopeless: bool,
    spread: float,
) -> Turn:
    """The next turn after a failure, the `failures`-th in a row and one: doubled each time, and never before the source asked for.

    What is not found (`is_hopeless`) is looked for once a day.
    """
    before = interval or usual
    wait = MOST if is_hopeless else min(usual * _FAILING ** min(failures, 10), max(MOST, usual))
    if asked_seconds is not None:
        wait = max(wait, timedelta(seconds=asked_seconds))
    return Turn(_apart(wait, abs(spread)), before, failures + 1)


def _apart(wait: timedelta, spread: float) -> timedelta:
    """A tenth more or less, so that sources that were added together are not read together for ever."""
    return wait * (1 + 0.1 * spread)
