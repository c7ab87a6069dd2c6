"""The employers, for their own tests."""

from __future__ import annotations

from tests.employers.fixtures import employers

__all__ = ["employers"]
