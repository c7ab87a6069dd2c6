"""Living and dead: what a whole reading of a source did not list any more, twice in a row, has ended.

A job ends when nothing that it was merged from is listed anywhere. Nothing is deleted: what comes back is the same job again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from matching.merging import take_turns
from matching.models import Job, JobRun, JobSighting, JobSource

MISSES = 2
"""A posting that is missing once may have been overlooked by its board; twice it has ended (product.md, J4)."""
LISTED_FOR = timedelta(days=30)
"""A feed of the newest postings lists nothing for ever: what it has not listed for so long is taken for ended."""


def keep_listed(*, source: JobSource, numbers: Collection[str], now: datetime) -> tuple[int, int]:
    """Note that postings which were listed are so still, and open or close their jobs as their closing dates say.

    Gives how many jobs were closed and how many reopened; within a transaction.
    """
    sightings = JobSighting.objects.filter(source=source, external_id__one_of=numbers)
    states = dict(sightings.values_list("job_id", "job__closed_at"))
    sightings.update(last_seen_at=now, misses=0)
    jobs = Job.objects.filter(pk__one_of=states)
    jobs.update(last_seen_at=now)
    if source.kind == JobSource.Kind.ARCHIVE:
        return 0, 0
    is_past = Q(closes_at__lte=now)
    closed = jobs.filter(is_past, closed_at__isnull=True).update(closed_at=now)
    reopened = 0
    if any(states.values()):
        comes_back = ~is_past | Q(closes_at__isnull=True)
        reopened = jobs.filter(comes_back, closed_at__isnull=False).update(closed_at=None)
    return closed, reopened


def close_missing(*, source: JobSource, now: datetime, is_whole: bool) -> int:
    """Close what ended, after a complete reading of `now`, and give the number of jobs.

    With `is_whole` the reading listed all that is open, so that what it did not list was missed; else it listed the newest.
    """
    listed = JobSighting.objects.filter(source=source, gone_at__isnull=True)
    missing = listed.filter(last_seen_at__lt=now if is_whole else now - LISTED_FOR)
    if not missing.exists():
        return 0
    with transaction.atomic():
        take_turns()
        ended = missing
        if is_whole:
            missing.update(misses=F("misses") + 1)
            ended = missing.filter(misses__gte=MISSES)
        return _end(ended, now)


def note_missing(*, source: JobSource, numbers: Collection[str], now: datetime) -> int:
    """Note that postings which were asked for one by one are not there; those missed twice have ended. Gives the number of jobs closed."""
    with transaction.atomic():
        take_turns()
        missing = JobSighting.objects.filter(source=source, external_id__one_of=numbers, gone_at__isnull=True)
        missing.update(misses=F("misses") + 1)
        closed = _end(missing.filter(misses__gte=MISSES), now)
        note_closed(source=source, closed=closed, now=now)
        return closed


def close_all(*, source: JobSource, now: datetime) -> int:
    """Close what only this source lists, because its operator says that it is no more; gives the number of jobs."""
    with transaction.atomic():
        take_turns()
        closed = _end(JobSighting.objects.filter(source=source, gone_at__isnull=True), now)
        note_closed(source=source, closed=closed, now=now)
        return closed


def _end(ended: QuerySet[JobSighting], now: datetime) -> int:
    """Postings are listed no more, and jobs end that nobody lists; gives their number."""
    jobs = list(ended.values_list("job_id", flat=True))
    ended.update(gone_at=now)
    alive = JobSighting.objects.filter(job=OuterRef("pk"), gone_at__isnull=True)
    return Job.objects.open().filter(~Exists(alive), pk__one_of=jobs).update(closed_at=now)


def note_closed(*, source: JobSource, closed: int, now: datetime) -> None:
    """Note a run that closed jobs, if it did: whoever matches looks at runs to know that jobs have changed."""
    if closed:
        JobRun.objects.create(
            source=source,
            kind=JobRun.Kind.CLOSING,
            outcome=JobRun.Outcome.OK,
            started_at=now,
            finished_at=now,
            closed_count=closed,
        )
