"""The jobs that closed lately, read as the open ones are, for whoever asks what was open on a day of the last month.

The worker reads them by the clock, from the reading before and what has closed since; what closed longer ago drops out.
A page takes the newest reading there is and never waits for one.
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


def glance_at_recent_market() -> Market | None:
    """The jobs that closed lately as the last reading found them; None where there is none here yet. Nobody waits."""
    return find_reading(name_readings(JobSnapshot.Kind.CLOSED))


def read_recent_market(*, now: datetime) -> Market:
    """The jobs that closed in the last 31 days, read anew where the last reading is not good any more, by one process at a time."""
    fresh = name_readings(JobSnapshot.Kind.CLOSED).filter(created_at__gt=now - GOOD_FOR)
    market = find_reading(fresh)
    if market is not None:
        return market
    with only_one_reader(JobSnapshot.Kind.CLOSED):
        return find_reading(fresh) or _make(now)


def _make(now: datetime) -> Market:
    closed = Job.objects.closed_since(now - LOOKS_BACK)
    snapshot = read_jobs(closed, glance_at_recent_market())
    return keep_reading(snapshot, revision=0, kind=JobSnapshot.Kind.CLOSED)
