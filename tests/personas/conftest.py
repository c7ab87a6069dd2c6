"""The stage of tests about people: a mail server that takes what accounts write."""

from __future__ import annotations

from tests.employers.fixtures import employers

__all__ = ["employers"]
