"""A short soak, as a process of its own: the same as `make soak`, about a tenth of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.soak.world import BASE

pytestmark = pytest.mark.last


def soak(tmp_path: Path, *asked: str) -> dict[str, Any]:
    """Run one part; its figures."""
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", *asked, "--figures", str(figures)],
        cwd=BASE,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    (told,) = json.loads(figures.read_text())
    return dict(told["figures"])


def test_short_run_sends_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    figures = soak(
        tmp_path,
        "run",
        "--sends",
        "100",
        "--minutes",
        "0.4",
        "--people",
        "12",
        "--matches",
        "10",
        "--seed",
        "7",
    )

    assert {what: found for what, found in figures["findings"].items() if found} == {}
    assert figures["arrived"] > 20
    assert figures["kills"] > 5


def test_every_behaviour_of_an_employer_is_called_what_it_is(tmp_path: Path) -> None:
    figures = soak(tmp_path, "behaviours", "--times", "10")

    assert figures["wrong"] == []
    assert len(figures["sent"]) >= 14
    assert set(figures["sent"].values()) == {10}
