"""The database's own clock, by which every step is dated."""

from __future__ import annotations

from django.db.models import DateTimeField, Func


def clock() -> Func:
    """The database's clock, which goes on within a transaction."""
    return Func(function="clock_timestamp", output_field=DateTimeField())
