"""Jobs in: what a source states becomes rows. With `merging.py` and `vanishing.py` the only writer of jobs, sightings, rejections and runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from matching.canonical import payload_hash
from matching.job_rows import Prepared, prepare
from matching.merging import Sighted, write_jobs
from matching.models import JobRejection, JobRun, JobSighting, JobSource
from matching.posting import Listed, Posting, PostingInvalid, Rejection, Unread
from matching.reading.posting import reader_version
from matching.sources.protocol import NotModified, SourceFault
from matching.sources.registry import SOURCES
from matching.vanishing import close_missing, keep_listed

BATCH_SIZE = 500

# A name of advisory locks, out of the way of anything else that uses them in this database.
_RUN_LOCK = 0x6A6F6273


class SourceBusyError(RuntimeError):
    """Another run of the same source is going on."""


class SourceKindError(ValueError):
    """A source of this name exists and is of another kind."""


@dataclass(slots=True)
class RunSummary:
    """What a run did, in postings; `rejected` ones are stored with their reason under `run_id`, `error` says what went wrong."""

    run_id: UUID
    fetched: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    merged: int = 0
    closed: int = 0
    rejected: int = 0
    outcome: str = JobRun.Outcome.RUNNING
    error: str = ""
    wait_seconds: float | None = None


@dataclass(slots=True)
class _Run:
    """One run as it goes: its source and time, its figures, and on which line each number was first seen, with what it stated."""

    source: JobSource
    now: datetime
    summary: RunSummary
    lines: dict[str, int] = field(default_factory=dict)
    nameless: int = 0
    """Postings whose number could not be read: without them nobody can say what is missing."""

    @property
    def first_party(self) -> str:
        kind = self.source.kind
        return kind if kind in SOURCES and SOURCES[kind].is_first_party else ""


@dataclass(slots=True)
class _Batch:
    """Some postings, read and sorted, before any of them is written."""

    size: int
    unchanged: list[str] = field(default_factory=list)
    prepared: list[Prepared] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    sighted: dict[str, Sighted] = field(default_factory=dict)


def open_source(*, name: str, kind: str, attribution: str = "") -> JobSource:
    """The source of this name, made if there is none; raises SourceKindError when it is of another kind."""
    source, is_new = JobSource.objects.get_or_create(
        name=name, defaults={"kind": kind, "attribution": attribution}
    )
    if source.kind != kind:
        reason = _(
            "The source “{name}” is of kind “{kind}”. Give these postings another source with --source."
        )
        raise SourceKindError(reason.format(name=name, kind=source.kind))
    if not is_new and attribution and source.attribution != attribution:
        source.attribution = attribution
        source.save(update_fields=["attribution"])
    return source


def ingest(
    *,
    source: JobSource,
    postings: Iterable[Listed],
    now: datetime,
    progress: Callable[[int], object] | None = None,
    is_whole: bool | None = None,
) -> RunSummary:
    """Write what a source states, in whole batches of BATCH_SIZE; running it twice changes nothing.

    `is_whole` tells whether the postings are all that is open at the source (or its newest): what is missing is then closed as
    `vanishing.py` says. With None nothing is missing. `progress` is called after each batch, with its size.

    Where the source itself is at fault (SourceFault), the run ends with that outcome and closes nothing; where nothing has changed there
    (NotModified), all that it listed is still listed. Raises SourceBusyError when a
    run of this source is going on. Whatever else goes wrong leaves the run failed with the batches before it, and is raised again.
    About 150 bytes of memory a posting are kept to tell numbers that stand twice.
    """
    with only_run_of(source):
        run = _Run(source, now, _begin(source, now))
        try:
            for batch in _in_batches(postings):
                _take_in(run, batch)
                if progress is not None:
                    progress(len(batch))
            _close_missing(run, is_whole=is_whole)
        except NotModified:
            _note_unmodified(run, is_whole=is_whole)
        except SourceFault as fault:
            run.summary.wait_seconds = fault.wait_seconds
            _end(run.summary, fault.outcome, error=fault.detail)
        except BaseException as error:
            _end(run.summary, JobRun.Outcome.FAILED, error=f"{type(error).__name__}: {error}")
            raise
        else:
            _end(run.summary, JobRun.Outcome.OK)
        return run.summary


@contextmanager
def only_run_of(source: JobSource) -> Iterator[None]:
    """Hold a lock that PostgreSQL lets go of when the process dies, so that no dead run blocks the next."""
    key = [_RUN_LOCK, source.pk.int & 0x7FFFFFFF]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        if not cursor.fetchone()[0]:
            reason = _("Another run of the source “{name}” is going on. Try again when it has ended.")
            raise SourceBusyError(reason.format(name=source.name))
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def heal(*, source: JobSource) -> int:
    """Name runs of a source that nobody works on any more, as failed, and give their number; a run that goes on is left alone."""
    try:
        with only_run_of(source):
            return _bury(source)
    except SourceBusyError:
        return 0


def _begin(source: JobSource, now: datetime) -> RunSummary:
    _bury(source)
    run = JobRun.objects.create(source=source, started_at=now)
    return RunSummary(run_id=run.pk)


def _bury(source: JobSource) -> int:
    dead = JobRun.objects.filter(source=source, outcome=JobRun.Outcome.RUNNING)
    return dead.update(
        outcome=JobRun.Outcome.FAILED, error=_("The process ended in the middle."), finished_at=Now()
    )


def _end(summary: RunSummary, outcome: str, *, error: str = "") -> None:
    summary.outcome, summary.error = outcome, error[:2000]
    JobRun.objects.filter(pk=summary.run_id).update(outcome=outcome, error=summary.error, finished_at=Now())


def _note_unmodified(run: _Run, *, is_whole: bool | None) -> None:
    """The source lists what it listed the last time: that is still listed, and what was missing is missing once more."""
    with transaction.atomic():
        listed = JobSighting.objects.filter(source=run.source, gone_at__isnull=True, misses=0)
        numbers = list(listed.values_list("external_id", flat=True))
        closed, reopened = keep_listed(source=run.source, numbers=numbers, now=run.now)
        run.summary.closed, run.summary.changed = closed, reopened
        run.summary.unchanged = len(numbers) - reopened
        _count(run.summary)
    if is_whole is not None:
        run.summary.closed += close_missing(source=run.source, now=run.now, is_whole=is_whole)
        _count(run.summary)
    _end(run.summary, JobRun.Outcome.NOT_MODIFIED)


def _close_missing(run: _Run, *, is_whole: bool | None) -> None:
    if is_whole is None:
        return
    _check_understood(run)
    if not run.nameless:
        run.summary.closed += close_missing(source=run.source, now=run.now, is_whole=is_whole)
        _count(run.summary)


def _check_understood(run: _Run) -> None:
    """Raise SourceFault where not one posting could be read: then its source has changed its shape, and nothing is known of what is missing."""
    summary = run.summary
    if summary.fetched and summary.rejected == summary.fetched:
        first = JobRejection.objects.filter(run_id=summary.run_id).order_by("line", "pk").first()
        where = f"{first.field}: {first.reason}" if first else ""
        raise SourceFault(
            "malformed",
            _("None of its {count} postings could be read: {reason}").format(
                count=summary.fetched, reason=where
            ),
        )


def _in_batches(postings: Iterable[Listed]) -> Iterator[list[Listed]]:
    """Batches of BATCH_SIZE and a rest, also of what came before a source failed."""
    batch: list[Listed] = []
    try:
        for each in postings:
            batch.append(each)
            if len(batch) == BATCH_SIZE:
                yield batch
                batch = []
    except SourceFault:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _take_in(run: _Run, listed: Sequence[Listed]) -> None:
    """Read a batch, then write it with the run's figures in one transaction."""
    batch = _read_batch(run, listed)
    with transaction.atomic():
        _write_batch(run, batch)


def _read_batch(run: _Run, listed: Sequence[Listed]) -> _Batch:
    batch = _Batch(len(listed))
    fresh = _sort_out(run, listed, batch)
    batch.sighted = _find_sighted(run, [found.external_id for _line, found in fresh])
    for line, found in fresh:
        digest = found.payload_hash if isinstance(found, Unread) else payload_hash(found)
        before = batch.sighted.get(found.external_id)
        # What comes back after it was gone is placed anew: another source may have the same opening by now.
        if before and before.is_current and not before.is_gone and before.payload_hash == digest:
            batch.unchanged.append(found.external_id)
            continue
        try:
            posting = found.read() if isinstance(found, Unread) else found
            batch.prepared.append(prepare(posting, digest, first_party=run.first_party))
        except PostingInvalid as error:
            batch.rejections.append(Rejection(line, error.field, error.reason, found.external_id, digest))
    return batch


def _write_batch(run: _Run, batch: _Batch) -> None:
    closed, reopened = (
        keep_listed(source=run.source, numbers=batch.unchanged, now=run.now) if batch.unchanged else (0, 0)
    )
    # What cannot be read is listed all the same: its job stays as it was read before.
    known = [each.external_id for each in batch.rejections if each.external_id in batch.sighted]
    JobSighting.objects.filter(source=run.source, external_id__one_of=known, gone_at__isnull=True).update(
        last_seen_at=run.now, misses=0
    )
    done = write_jobs(source=run.source, now=run.now, prepared=batch.prepared, sighted=batch.sighted)
    _write_rejections(run, batch.rejections)
    summary = run.summary
    summary.fetched += batch.size
    summary.new += done.new
    summary.changed += done.changed + reopened
    summary.unchanged += len(batch.unchanged) - reopened
    summary.merged += done.merged
    summary.closed += done.closed + closed
    summary.rejected += len(batch.rejections)
    _count(summary)


def _sort_out(run: _Run, listed: Sequence[Listed], batch: _Batch) -> list[tuple[int, Posting | Unread]]:
    """What can be used, with its line; what cannot goes to the batch's rejections. A number may stand only once in a run."""
    fresh: list[tuple[int, Posting | Unread]] = []
    for line, found in listed:
        if isinstance(found, Rejection):
            batch.rejections.append(found)
            run.nameless += not found.external_id
        elif found.external_id in run.lines:
            reason = _("The same number stands on line {first} already.")
            reason = reason.format(first=run.lines[found.external_id])
            digest = found.payload_hash if isinstance(found, Unread) else payload_hash(found)
            batch.rejections.append(Rejection(line, "external_id", reason, found.external_id, digest))
        else:
            run.lines[found.external_id] = line
            fresh.append((line, found))
    return fresh


def _find_sighted(run: _Run, numbers: Sequence[str]) -> dict[str, Sighted]:
    columns = (
        "external_id",
        "job_id",
        "payload_hash",
        "merged_because",
        "job__reader_version",
        "gone_at",
        "kept_apart",
    )
    rows = JobSighting.objects.filter(source=run.source, external_id__one_of=numbers).values_list(*columns)
    return {
        number: Sighted(
            job_id,
            digest,
            is_current=bool(merged) or version == reader_version(),
            is_gone=gone_at is not None,
            kept_apart=kept_apart,
        )
        for number, job_id, digest, merged, version, gone_at, kept_apart in rows
    }


def _write_rejections(run: _Run, rejections: Sequence[Rejection]) -> None:
    JobRejection.objects.bulk_create(
        JobRejection(
            run_id=run.summary.run_id,
            line=each.line,
            external_id=each.external_id,
            field=each.field,
            reason=each.reason,
            payload_hash=each.payload_hash,
        )
        for each in rejections
    )


def _count(summary: RunSummary) -> None:
    JobRun.objects.filter(pk=summary.run_id).update(
        fetched_count=summary.fetched,
        new_count=summary.new,
        changed_count=summary.changed,
        unchanged_count=summary.unchanged,
        merged_count=summary.merged,
        closed_count=summary.closed,
        rejected_count=summary.rejected,
    )
