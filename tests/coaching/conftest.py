"""The committed cast of the tests that speak SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.coaching.stage import Stage, kept_people, staged
from tests.employers.fixtures import employers

__all__ = ["employers"]


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """Rows that other connections see, committed once for all tests of a module."""
    with django_db_blocker.unblock(), kept_people() as everybody:
        yield everybody


@pytest.fixture
def stage(people: dict[str, Any]) -> Iterator[Stage]:
    """A coach whom Alice lets see everything that can be granted."""
    with staged(people) as stage:
        yield stage
