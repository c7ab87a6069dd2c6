"""The jobs that closed lately, read as the open ones are, for whoever asks what was open on a day that is over.

There are two readings: of the last month, which is never long behind, and of the last year, made once a day. The worker makes
them by the clock, each from the one before and what has closed since; what closed longer ago drops out. A page takes the
newest reading there is and never waits for one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from matching.market import (
    Market,
    find_reading,
    keep_reading,
    name_readings,
    only_one_reader,
    read_jobs,
)
from matching.models import Job, JobSnapshot

LOOKS_BACK = timedelta(days=31)
"""How long ago a job may have closed to be read: 30 days, and one more for days that begin elsewhere earlier."""
GOOD_FOR = timedelta(minutes=45)
"""How old the newest reading grows before the worker makes another; it looks every quarter of an hour."""
LOOKS_FAR_BACK = timedelta(days=366)
"""The same of the yearly reading: with the open jobs it holds everything that was posted within twelve months."""
FAR_GOOD_FOR = timedelta(hours=23)
"""The same of the yearly reading: one is made a day."""


def glance_at_recent_market() -> Market | None:
    """The jobs that closed lately as the last reading found them; None where there is none here yet. Nobody waits."""
    return find_reading(name_readings(JobSnapshot.Kind.CLOSED))


def glance_at_past_market() -> Market | None:
    """The jobs that closed within a year as the last reading found them; None where there is none here yet. Nobody waits."""
    return find_reading(name_readings(JobSnapshot.Kind.PAST))


def read_recent_market(*, now: datetime) -> Market:
    """The jobs that closed in the last 31 days, read anew where the last reading is not good any more, by one process at a time."""
    return _read(JobSnapshot.Kind.CLOSED, now - LOOKS_BACK, made_after=now - GOOD_FOR)


def read_past_market(*, now: datetime) -> Market:
    """The jobs that closed within a year, read anew where the last reading is not good any more, by one process at a time."""
    return _read(JobSnapshot.Kind.PAST, now - LOOKS_FAR_BACK, made_after=now - FAR_GOOD_FOR)


def _read(kind: JobSnapshot.Kind, closed_since: datetime, *, made_after: datetime) -> Market:
    fresh = name_readings(kind).filter(created_at__gt=made_after)
    market = find_reading(fresh)
    if market is not None:
        return market
    with only_one_reader(kind):
        return find_reading(fresh) or _make(kind, closed_since)


def _make(kind: JobSnapshot.Kind, closed_since: datetime) -> Market:
    closed = Job.objects.closed_since(closed_since)
    snapshot = read_jobs(closed, find_reading(name_readings(kind)))
    return keep_reading(snapshot, revision=0, kind=kind)
