"""Memory that holds nothing goes back to the system."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest

from matching.memory import give_back_memory


def private_kilobytes() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty"))


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or not Path("/proc/self/smaps_rollup").exists(),
    reason="only glibc keeps freed memory in this way, and only Linux tells",
)
def test_what_was_freed_is_given_back() -> None:
    # Small pieces come from the heap; one that stays at its end keeps the rest from going back by itself.
    pieces = [np.ones(8_000) for _ in range(2_000)]
    last = np.ones(8_000)
    del pieces
    before = private_kilobytes()

    give_back_memory()

    assert last.sum() == 8_000
    assert private_kilobytes() < before - 50_000
