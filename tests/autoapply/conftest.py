"""Employers on the loopback, and a state directory of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autoapply import journal
from tests.autoapply.channels.conftest import lead_to
from tests.employers.client import call
from tests.employers.fixtures import employers
from tests.employers.server import Employers

__all__ = ["employers"]


@pytest.fixture
def boards(employers: Employers, settings: Any) -> Iterator[Employers]:
    """The employers, where every system's interface and the mail server are."""
    lead_to(employers, settings)
    yield employers
    # Answered after whatever connected before: nobody stops in the middle of a greeting.
    call("GET", f"http://127.0.0.1:{employers.port}/admin/counts")


@pytest.fixture(autouse=True)
def own_journal(tmp_path: Path, settings: Any) -> Path:
    """The journal of sendings, of this test alone."""
    settings.STATE_DIR = tmp_path
    return tmp_path / journal.NAME
