"""Jobs in: what a source states becomes rows. The only writer of jobs, sightings, rejections and of reading runs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from matching.canonical import payload_hash
from matching.job_rows import Prepared, job_columns, prepare
from matching.models import Job, JobRejection, JobRun, JobSighting, JobSource
from matching.posting import Posting, PostingInvalid, Read, Rejection
from matching.reading.posting import reader_version

BATCH_SIZE = 500
EXACT_DUPLICATE = "exact_duplicate"
"""Why two postings are one job: same employer, title, place and text."""
SAME_NUMBER = "same_number"
"""Why two postings of archives are one job: both name the same number of the same origin, as in `usajobs:438183700`."""

# What the first sight of a posting fixes.
_FIXED = ("id", "source_id", "external_id", "first_seen_at")

# Two names of advisory locks, out of the way of anything else that uses them in this database.
_RUN_LOCK, _MERGE_LOCK = 0x6A6F6273, 0x6D657267


class SourceBusyError(RuntimeError):
    """Another run of the same source is going on."""


class SourceKindError(ValueError):
    """A source of this name exists and is of another kind."""


@dataclass(slots=True)
class RunSummary:
    """What a run did, in postings; `rejected` ones are stored with their reason under `run_id`."""

    run_id: UUID
    fetched: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    merged: int = 0
    closed: int = 0
    rejected: int = 0


@dataclass(slots=True)
class _Run:
    """One run as it goes: its source and time, its figures, and on which line each number was first seen."""

    source: JobSource
    now: datetime
    summary: RunSummary
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def is_archive(self) -> bool:
        return self.source.kind == JobSource.Kind.ARCHIVE

    def closes(self, closes_at: datetime | None) -> datetime | None:
        """When a posting that is still listed is closed: now, if its own closing date is past; never in an archive."""
        is_past = closes_at is not None and closes_at <= self.now and not self.is_archive
        return self.now if is_past else None


@dataclass(frozen=True, slots=True)
class _Sighted:
    """A posting that was seen before: its job, what it stated, and whether its job was read with today's rules."""

    job_id: UUID
    payload_hash: str
    is_current: bool


@dataclass(slots=True)
class _Writes:
    """The rows that a batch will write, by column.

    `own` are the jobs that postings of the batch made earlier, by number; `targets` the jobs that an exact duplicate
    may be merged into, by canonical key; `restated` those of other archives, by the number at their origin.
    """

    own: dict[str, Job]
    targets: dict[str, UUID]
    restated: dict[str, UUID]
    jobs: list[dict[str, Any]] = field(default_factory=list)
    sightings: list[dict[str, Any]] = field(default_factory=list)


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
    *, source: JobSource, postings: Iterable[Read], now: datetime, progress: Callable[[], None] | None = None
) -> RunSummary:
    """Write what a source states, in whole batches of BATCH_SIZE; running it twice changes nothing.

    `progress` is called after each batch. Raises SourceBusyError when a run of this source is going on. Whatever
    else goes wrong, in the postings or in the database, leaves the run failed with the batches before it, and is
    raised again. About 150 bytes of memory a posting are kept to tell numbers that stand twice.
    """
    with _only_run_of(source):
        run = _Run(source, now, _begin(source, now))
        try:
            reads = iter(postings)
            while batch := list(islice(reads, BATCH_SIZE)):
                with transaction.atomic():
                    _write_batch(run, batch)
                if progress is not None:
                    progress()
        except BaseException as error:
            _end(run.summary, JobRun.Outcome.FAILED, error=f"{type(error).__name__}: {error}"[:2000])
            raise
        _end(run.summary, JobRun.Outcome.OK)
        return run.summary


@contextmanager
def _only_run_of(source: JobSource) -> Iterator[None]:
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


def _begin(source: JobSource, now: datetime) -> RunSummary:
    dead = JobRun.objects.filter(source=source, outcome=JobRun.Outcome.RUNNING)
    dead.update(outcome=JobRun.Outcome.FAILED, error=_("The process ended in the middle."), finished_at=Now())
    run = JobRun.objects.create(source=source, started_at=now)
    return RunSummary(run_id=run.pk)


def _end(summary: RunSummary, outcome: JobRun.Outcome, *, error: str = "") -> None:
    JobRun.objects.filter(pk=summary.run_id).update(outcome=outcome, error=error, finished_at=Now())


def _write_batch(run: _Run, batch: Sequence[Read]) -> None:
    """Write a batch and its figures in the transaction that is open."""
    rejections, fresh = _sort_out(run, batch)
    sighted = _find_sighted(run, fresh)
    unchanged: dict[str, _Sighted] = {}
    prepared: list[Prepared] = []
    for line, posting in fresh:
        digest = payload_hash(posting)
        before = sighted.get(posting.external_id)
        if before and before.is_current and before.payload_hash == digest:
            unchanged[posting.external_id] = before
            continue
        try:
            prepared.append(prepare(posting, digest))
        except PostingInvalid as error:
            rejections.append(Rejection(line, error.field, error.reason, posting.external_id, digest))
    _keep(run, unchanged)
    _write_jobs(run, prepared, sighted)
    _write_rejections(run, rejections)
    run.summary.fetched += len(batch)
    run.summary.rejected += len(rejections)
    _count(run.summary)


def _sort_out(run: _Run, batch: Sequence[Read]) -> tuple[list[Rejection], list[tuple[int, Posting]]]:
    """What cannot be used, and what can with its line; a number may stand only once in a run."""
    rejections: list[Rejection] = []
    fresh: list[tuple[int, Posting]] = []
    for line, found in batch:
        if isinstance(found, Rejection):
            rejections.append(found)
        elif found.external_id in run.lines:
            reason = _("The same number stands on line {first} already.")
            reason = reason.format(first=run.lines[found.external_id])
            rejections.append(Rejection(line, "external_id", reason, found.external_id, payload_hash(found)))
        else:
            run.lines[found.external_id] = line
            fresh.append((line, found))
    return rejections, fresh


def _find_sighted(run: _Run, fresh: Sequence[tuple[int, Posting]]) -> dict[str, _Sighted]:
    rows = JobSighting.objects.filter(
        source=run.source, external_id__in=[posting.external_id for _line, posting in fresh]
    ).values_list("external_id", "job_id", "payload_hash", "merged_because", "job__reader_version")
    return {
        number: _Sighted(job_id, digest, is_current=bool(merged) or version == reader_version())
        for number, job_id, digest, merged, version in rows
    }


def _keep(run: _Run, unchanged: Mapping[str, _Sighted]) -> None:
    """Note that postings are still listed, and open or close their jobs as their closing dates say."""
    if not unchanged:
        return
    JobSighting.objects.filter(source=run.source, external_id__in=unchanged).update(last_seen_at=run.now)
    jobs = Job.objects.filter(pk__in={each.job_id for each in unchanged.values()})
    jobs.update(last_seen_at=run.now)
    if not run.is_archive:
        is_past = Q(closes_at__lte=run.now)
        run.summary.closed += jobs.filter(is_past, closed_at__isnull=True).update(closed_at=run.now)
        reopened = jobs.filter(~is_past | Q(closes_at__isnull=True), closed_at__isnull=False).update(
            closed_at=None
        )
        run.summary.changed += reopened
        run.summary.unchanged -= reopened
    run.summary.unchanged += len(unchanged)


def _write_jobs(run: _Run, prepared: Sequence[Prepared], sighted: Mapping[str, _Sighted]) -> None:
    """Write jobs and sightings of new and changed postings; exact duplicates become one job."""
    if not prepared:
        return
    with connection.cursor() as cursor:
        # Two sources that bring the same new job at once would otherwise both make it.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MERGE_LOCK])
    own = {
        job.external_id: job
        for job in Job.objects.filter(
            source=run.source, external_id__in=[each.posting.external_id for each in prepared]
        ).only("external_id", "canonical_key", "closed_at", "source")
    }
    writes = _Writes(own, _find_duplicates(run, prepared, own), _find_restated(run, prepared))
    # First the jobs that exist: what is new may be a duplicate of what they have become.
    for each in sorted(prepared, key=lambda one: one.posting.external_id not in own):
        _place(run, each, sighted.get(each.posting.external_id), writes)
    _save(writes)


def _find_duplicates(run: _Run, prepared: Sequence[Prepared], own: Mapping[str, Job]) -> dict[str, UUID]:
    """Open jobs by canonical key that a posting of this batch may be merged into: archive with archive only."""
    same_kind = Q(source__kind=JobSource.Kind.ARCHIVE)
    rows = (
        Job.objects.open()
        .filter(
            same_kind if run.is_archive else ~same_kind,
            canonical_key__in={each.canonical_key for each in prepared},
        )
        .exclude(pk__in=[job.pk for job in own.values()])
        .order_by("-first_seen_at", "-pk")
    )
    return dict(rows.values_list("canonical_key", "pk"))


def _find_restated(run: _Run, prepared: Sequence[Prepared]) -> dict[str, UUID]:
    """Jobs of other archives by their number, for the postings of this archive that name the origin of theirs."""
    numbers = [each.posting.external_id for each in prepared if ":" in each.posting.external_id]
    if not (run.is_archive and numbers):
        return {}
    rows = Job.objects.filter(source__kind=JobSource.Kind.ARCHIVE, external_id__in=numbers)
    return dict(
        rows.exclude(source=run.source).order_by("-first_seen_at", "-pk").values_list("external_id", "pk")
    )


def _place(run: _Run, each: Prepared, before: _Sighted | None, writes: _Writes) -> None:
    """Decide which job a posting belongs to: the one it made, an exact duplicate, or a new one."""
    number = each.posting.external_id
    own = writes.own.get(number)
    restated = writes.restated.get(number) if own is None else None
    target = restated or (writes.targets.get(each.canonical_key) if own is None else None)
    if own is not None:
        job_id = own.pk
        run.summary.changed += 1
    elif target is not None:
        job_id = target
        is_same = before is not None and before.job_id == target
        run.summary.changed += is_same
        run.summary.merged += not is_same
    else:
        job_id = uuid.uuid4()
        run.summary.new += 1
    if target is None:
        _place_job(run, each, job_id, writes)
    writes.sightings.append(
        {
            "id": uuid.uuid4(),
            "source_id": run.source.pk,
            "external_id": number,
            "job_id": job_id,
            "merged_because": SAME_NUMBER if restated else EXACT_DUPLICATE if target else "",
            "payload_hash": each.payload_hash,
            "first_seen_at": run.now,
            "last_seen_at": run.now,
        }
    )


def _place_job(run: _Run, each: Prepared, job_id: UUID, writes: _Writes) -> None:
    number = each.posting.external_id
    closed_at = run.closes(each.posting.closes_at)
    fixed = dict(zip(_FIXED, (job_id, run.source.pk, number, run.now), strict=True))
    writes.jobs.append(fixed | job_columns(each, now=run.now, closed_at=closed_at))
    if closed_at is None:
        writes.targets.setdefault(each.canonical_key, job_id)
    elif number not in writes.own or writes.own[number].closed_at is None:
        run.summary.closed += 1


def _save(writes: _Writes) -> None:
    keys = {job["external_id"]: job["canonical_key"] for job in writes.jobs}
    moved = [job.pk for number, job in writes.own.items() if job.canonical_key != keys[number]]
    if moved:
        # Duplicates of what these jobs were are none of what they have become: they are read anew when next seen.
        JobSighting.objects.filter(job__in=moved).exclude(merged_because="").update(payload_hash="")
    _write_rows("jobs", writes.jobs)
    _write_rows("job_sightings", writes.sightings)


def _write_rows(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, given by column and all with the same columns, or renew those of the same source and number.

    They go to PostgreSQL as one JSON text: a parameter for each value takes several times as long to prepare.
    """
    if not rows:
        return
    columns = ", ".join(rows[0])
    renewed = ", ".join(f"{name} = excluded.{name}" for name in rows[0] if name not in _FIXED)
    # Only names of our own tables and columns are put into the text of the statement.
    statement = f"""
        INSERT INTO {table} ({columns})
        SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)
        ON CONFLICT (source_id, external_id) DO UPDATE SET {renewed}
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(rows, ensure_ascii=False, default=str)])


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
