"""The fixture `employers`: a conftest imports it by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.employers.server import Employers


@pytest.fixture
def employers(tmp_path: Path) -> Iterator[Employers]:
    """Employers that answer as they should until a test plans otherwise."""
    with Employers(tmp_path / "arrivals.jsonl") as running:
        yield running
