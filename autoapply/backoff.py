"""When to try again what certainly never left the house (product.md A10)."""

from __future__ import annotations

from datetime import timedelta

ATTEMPTS = 3
"""Tries that an application has; the wait after the last is none, it has failed."""
FIRST_WAIT_MINUTES = 15
SPREAD = 0.2
"""The share by which a wait may be shorter or longer, so that what failed together does not come back together."""


def wait_after(failures: int, *, chance: float) -> timedelta | None:
    """How long to wait after so many failures (1 is the first), or None when there were enough.

    15·2^(failures−1) minutes, a fifth less to a fifth more; `chance` is a random number from 0 to 1.
    """
    if failures < 1:
        raise ValueError("nothing has failed yet")
    if not 0 <= chance <= 1:
        raise ValueError("chance is from 0 to 1")
    if failures >= ATTEMPTS:
        return None
    minutes = FIRST_WAIT_MINUTES * 2 ** (failures - 1)
    return timedelta(minutes=minutes * (1 - SPREAD + 2 * SPREAD * chance))
