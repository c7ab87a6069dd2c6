"""One job once: to which job each new or changed posting belongs, and why; written under one lock over all sources.

A posting belongs to the job that it made. Else to one that it is the same as, in the order of `_REASONS`. Else it makes one.
The job of a posting on the employer's own board shows that board's words, whoever had it first.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from matching.fast_json import write_json
from matching.job_rows import Prepared, job_columns
from matching.models import Job, JobSighting, JobSource
from matching.sources.registry import SOURCES

SAME_NUMBER = "same_number"
"""Why two postings of archives are one job: both name the same number of the same origin, as in `usajobs:438183700`."""
SAME_POSTING = "same_posting"
"""Why two postings are one job: one leads to the other on the employer's own board."""
EXACT_DUPLICATE = "exact_duplicate"
"""Why two postings are one job: same employer, title, place and text."""
SAME_OPENING = "same_opening"
"""Why postings of two sources are one job: same employer, title and places, and no other opening there reads so."""

# What the first sight of a posting fixes.
_FIXED = ("id", "source_id", "external_id", "first_seen_at")
_MERGE_LOCK = 0x6D657267


@dataclass(frozen=True, slots=True)
class Sighted:
    """A posting that was seen before: its job, what it stated, and whether its job was read with today's rules."""

    job_id: UUID
    payload_hash: str
    is_current: bool
    is_gone: bool = False
    kept_apart: bool = False


@dataclass(slots=True)
class Merged:
    """What became of some postings, in numbers."""

    new: int = 0
    changed: int = 0
    merged: int = 0
    closed: int = 0


@dataclass(slots=True)
class _Targets:
    """Jobs that a posting may be merged into, by reason and key."""

    restated: dict[str, UUID] = field(default_factory=dict)
    postings: dict[str, UUID] = field(default_factory=dict)
    duplicates: dict[str, UUID] = field(default_factory=dict)
    openings: dict[str, UUID] = field(default_factory=dict)


@dataclass(slots=True)
class _Batch:
    """Postings of one source on their way into the tables; `own` are the jobs that they made earlier, by number."""

    source: JobSource
    now: datetime
    own: dict[str, Job]
    targets: _Targets
    done: Merged = field(default_factory=Merged)
    taken_over: dict[UUID, str] = field(default_factory=dict)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    sightings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_archive(self) -> bool:
        return self.source.kind == JobSource.Kind.ARCHIVE

    @property
    def is_first_party(self) -> bool:
        return _is_first_party(self.source.kind)


def take_turns() -> None:
    """Wait within the transaction until no other source merges: two that bring the same new job at once would both make it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MERGE_LOCK])


def write_jobs(
    *, source: JobSource, now: datetime, prepared: Sequence[Prepared], sighted: Mapping[str, Sighted]
) -> Merged:
    """Write jobs and sightings of new and changed postings within the transaction; equal ones become one job."""
    if not prepared:
        return Merged()
    take_turns()
    own = {
        job.external_id: job
        for job in Job.objects.filter(
            source=source, external_id__one_of=[each.posting.external_id for each in prepared]
        ).only("external_id", "canonical_key", "closed_at", "source")
    }
    batch = _Batch(source, now, own, _Targets())
    batch.targets = _find_targets(batch, prepared)
    # First the jobs that exist: what is new may be a duplicate of what they have become.
    for each in sorted(prepared, key=lambda one: one.posting.external_id not in own):
        _place(batch, each, sighted.get(each.posting.external_id))
    _save(batch)
    return batch.done


def closing_time(source: JobSource, closes_at: datetime | None, now: datetime) -> datetime | None:
    """When a posting that is still listed is closed: now, if its own closing date is past; never in an archive."""
    is_past = closes_at is not None and closes_at <= now and source.kind != JobSource.Kind.ARCHIVE
    return now if is_past else None


def keep_apart(*, sighting: JobSighting) -> None:
    """Undo a merge: at the next reading of its source the posting makes a job of its own, and is merged no more."""
    JobSighting.objects.filter(pk=sighting.pk).update(kept_apart=True, payload_hash="")
    # A whole answer that is "not modified" would not bring it.
    JobSource.objects.filter(pk=sighting.source_id).update(validators={})


def _find_targets(batch: _Batch, prepared: Sequence[Prepared]) -> _Targets:
    """Open jobs that postings of this batch may be merged into: archive with archive only; the oldest where there are several."""
    found = _Targets(restated=_find_restated(batch, prepared))
    same_kind = Q(source__kind=JobSource.Kind.ARCHIVE)
    alike = Q(canonical_key__one_of={each.canonical_key for each in prepared})
    if not batch.is_archive:
        # One question for all three keys: most sources are small, and each question costs them more than its answer.
        alike |= Q(posting_key__one_of={each.posting_key for each in prepared if each.posting_key})
        alike |= Q(opening_key__one_of={each.opening_key for each in prepared if each.opening_key})
    rows = (
        Job.objects.open()
        .filter(alike, same_kind if batch.is_archive else ~same_kind)
        .order_by("-first_seen_at", "-pk")
        .values_list("pk", "source_id", "canonical_key", "posting_key", "opening_key")
    )
    own = {job.pk for job in batch.own.values()}
    others = [row for row in rows if row[0] not in own]
    found.duplicates = {canonical: pk for pk, _source, canonical, _posting, _opening in others}
    if not batch.is_archive:
        found.postings = {posting: pk for pk, _source, _canonical, posting, _opening in others if posting}
        openings = [(opening, pk, source) for pk, source, _canonical, _posting, opening in rows if opening]
        found.openings = _find_openings(batch, prepared, openings)
    return found


def _find_restated(batch: _Batch, prepared: Sequence[Prepared]) -> dict[str, UUID]:
    """Jobs of other archives by their number, for the postings of this archive that name the origin of theirs."""
    numbers = [each.posting.external_id for each in prepared if ":" in each.posting.external_id]
    if not (batch.is_archive and numbers):
        return {}
    rows = Job.objects.filter(source__kind=JobSource.Kind.ARCHIVE, external_id__one_of=numbers)
    return dict(
        rows.exclude(source=batch.source).order_by("-first_seen_at", "-pk").values_list("external_id", "pk")
    )


def _find_openings(
    batch: _Batch, prepared: Sequence[Prepared], rows: Sequence[tuple[str, UUID, UUID]]
) -> dict[str, UUID]:
    """Jobs of other sources by employer, title and places, where that names one job alone and one posting of this source alone."""
    here = Counter(each.opening_key for each in prepared if each.opening_key)
    elsewhere = {opening: pk for opening, pk, source in rows if source != batch.source.pk}
    times = Counter(opening for opening, _pk, source in rows if source != batch.source.pk)
    # What this source lists twice under one name stays two jobs, also when they come in two batches.
    listed = {opening for opening, _pk, source in rows if source == batch.source.pk}
    return {
        opening: pk
        for opening, pk in elsewhere.items()
        if times[opening] == here[opening] == 1 and opening not in listed
    }


def _find_target(batch: _Batch, each: Prepared) -> tuple[UUID, str] | None:
    targets = batch.targets
    for key, known, reason in (
        (each.posting.external_id, targets.restated, SAME_NUMBER),
        (each.posting_key, targets.postings, SAME_POSTING),
        (each.canonical_key, targets.duplicates, EXACT_DUPLICATE),
        (each.opening_key, targets.openings, SAME_OPENING),
    ):
        if key and key in known:
            return known[key], reason
    return None


def _place(batch: _Batch, each: Prepared, before: Sighted | None) -> None:
    """Decide which job a posting belongs to: the one it made, one that it is the same as, or a new one."""
    number = each.posting.external_id
    own = batch.own.get(number)
    # What was gone and comes back is itself again, unless its opening lives on in another job.
    is_free = own is None or (own.closed_at is not None and before is not None and before.is_gone)
    target = _find_target(batch, each) if is_free and not (before and before.kept_apart) else None
    reason = target[1] if target else ""
    if own is not None and target is None:
        job_id = own.pk
        batch.done.changed += 1
    elif target is not None:
        job_id = target[0]
        is_same = before is not None and before.job_id == job_id
        batch.done.changed += is_same
        batch.done.merged += not is_same
    else:
        job_id = uuid.uuid4()
        batch.done.new += 1
    if target is not None and own is None and _takes_over(batch, job_id):
        batch.taken_over[job_id] = number
        reason = ""
    if not reason:
        _place_job(batch, each, job_id)
    batch.sightings.append(
        {
            "id": uuid.uuid4(),
            "source_id": batch.source.pk,
            "external_id": number,
            "job_id": job_id,
            "merged_because": reason,
            "payload_hash": each.payload_hash,
            "misses": 0,
            "gone_at": None,
            "kept_apart": bool(before and before.kept_apart),
            "first_seen_at": batch.now,
            "last_seen_at": batch.now,
        }
    )


def _takes_over(batch: _Batch, job_id: UUID) -> bool:
    """Whether this source is the employer's own and the job has the words of one that is not."""
    if not batch.is_first_party or job_id in batch.taken_over:
        return False
    kind = Job.objects.filter(pk=job_id).values_list("source__kind", flat=True).first()
    return kind is not None and not _is_first_party(kind)


def _is_first_party(kind: str) -> bool:
    return kind in SOURCES and SOURCES[kind].is_first_party


def _place_job(batch: _Batch, each: Prepared, job_id: UUID) -> None:
    number = each.posting.external_id
    closed_at = closing_time(batch.source, each.posting.closes_at, batch.now)
    fixed = dict(zip(_FIXED, (job_id, batch.source.pk, number, batch.now), strict=True))
    batch.jobs.append(fixed | job_columns(each, now=batch.now, closed_at=closed_at))
    if closed_at is None:
        batch.targets.duplicates.setdefault(each.canonical_key, job_id)
        if each.posting_key:
            batch.targets.postings.setdefault(each.posting_key, job_id)
    elif number not in batch.own or batch.own[number].closed_at is None:
        batch.done.closed += 1


def _save(batch: _Batch) -> None:
    keys = {job["external_id"]: job["canonical_key"] for job in batch.jobs}
    moved = [
        job.pk
        for number, job in batch.own.items()
        if job.canonical_key != keys.get(number, job.canonical_key)
    ]
    if moved:
        # Duplicates of what these jobs were are none of what they have become: they are read anew when next seen.
        JobSighting.objects.filter(job__in=moved).exclude(merged_because="").update(payload_hash="")
    for job_id, number in batch.taken_over.items():
        # What made the job until now is merged into it from now on, by the same reason seen from the other side.
        reason = (
            SAME_POSTING if batch.targets.postings.get(_key_of(batch, number)) == job_id else SAME_OPENING
        )
        JobSighting.objects.filter(job=job_id, merged_because="").update(merged_because=reason)
        Job.objects.filter(pk=job_id).update(source=batch.source, external_id=number)
    _write_rows("jobs", batch.jobs)
    _write_rows("job_sightings", batch.sightings)


def _key_of(batch: _Batch, number: str) -> str:
    return f"{batch.source.kind}:{number}"


def _write_rows(table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, given by column and all with the same columns, or renew those of the same source and number.

    They go to PostgreSQL as one JSON text: a parameter for each value takes several times as long to prepare.
    """
    listed = list(rows)
    if not listed:
        return
    columns = ", ".join(listed[0])
    renewed = ", ".join(f"{name} = excluded.{name}" for name in listed[0] if name not in _FIXED)
    # Only names of our own tables and columns are put into the text of the statement.
    statement = f"""
        INSERT INTO {table} ({columns})
        SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)
        ON CONFLICT (source_id, external_id) DO UPDATE SET {renewed}
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [write_json(listed).decode()])
