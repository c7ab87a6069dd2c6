"""The open jobs as they were last read: a snapshot in the state directory, which all processes of this machine share.

The table `job_snapshots` names the readings; the files of one are where it was made. Whoever needs a reading that is not
here makes one of their own: a lost folder, or a second machine, costs a reading and nothing else. `recent_market` keeps
readings of the jobs that closed lately on the same shelf.
"""

from __future__ import annotations

import fcntl
import shutil
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from uuid import UUID, uuid4

import numpy as np
from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from matching.facts import job_facts
from matching.knowledge import shipped_knowledge
from matching.models import Job, JobQuerySet, JobRun, JobSnapshot
from matching.scoring import scorer_version
from matching.snapshot import UNKNOWN, OpenJob, Snapshot, build_snapshot
from matching.snapshot_files import SnapshotBroken, read_snapshot, write_snapshot

# Readings whose folders stay: the newest, the one before it that most personas were matched with, and one in use.
KEPT = 3
# A folder that no row names belongs to a transaction that is going on, or to one that failed this long ago.
ORPHANED_AFTER = timedelta(hours=1)
# Values that no job has any more are dropped by reading everything anew when they are most of a snapshot.
SPARE_VALUES = 10_000
_BATCH = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """One reading of the jobs: its id, the number of runs it knows, its arrays, and when it was made."""

    id: UUID
    revision: int
    snapshot: Snapshot
    read_at: datetime


def jobs_revision() -> int:
    """A number that grows whenever a run has changed what is open, and that none which is deleted takes back for the next."""
    changed = JobRun.objects.exclude(outcome=JobRun.Outcome.RUNNING).filter(
        Q(new_count__gt=0) | Q(changed_count__gt=0) | Q(closed_count__gt=0) | Q(merged_count__gt=0)
    )
    found = changed.aggregate(last=Max("finished_at"), count=Count("pk"))
    # Microseconds tell the last run from those before it; the count tells two that ended in the same one.
    last = 0 if found["last"] is None else int(found["last"].timestamp() * 1_000_000)
    return last + int(found["count"])


def read_market() -> Market:
    """The open jobs as they are now; read anew when a run has changed them, by one process at a time."""
    revision = jobs_revision()
    market = find_reading(name_readings().filter(runs_seen=revision))
    if market is not None:
        return market
    with only_one_reader():
        return find_reading(name_readings().filter(runs_seen=revision)) or _make(revision)


def glance_at_market() -> Market:
    """The open jobs as the last reading found them, as old as the last refresh; nobody waits for a new one but the first."""
    return find_reading(name_readings()) or read_market()


def market_of(snapshot_id: UUID) -> Market | None:
    """One reading by its id, None where its folder is not here any more."""
    return find_reading(name_readings().filter(pk=snapshot_id))


def changes_between(old: Snapshot, new: Snapshot) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the old reading that are gone or have changed, and rows of the new one that are new or have changed."""
    return _differing(old, new), _differing(new, old)


def _differing(mine: Snapshot, other: Snapshot) -> NDArray[np.int64]:
    there = other.find(mine.rows.ids)
    same = (there != UNKNOWN) & (other.rows.revisions[there] == mine.rows.revisions if len(other) else False)
    return np.flatnonzero(~same)


def _folder_of(snapshot_id: UUID) -> Path:
    return Path(settings.SNAPSHOT_DIR) / snapshot_id.hex


def name_readings(kind: str = JobSnapshot.Kind.OPEN) -> QuerySet[JobSnapshot]:
    """Give the readings of a kind that were made by today's scorer, newest first."""
    version = scorer_version(shipped_knowledge())
    return JobSnapshot.objects.filter(kind=kind, scorer_version=version).order_by("-created_at", "-pk")


# The web server's threads share what is open, by its kind.
_opened: defaultdict[str, OrderedDict[UUID, Market]] = defaultdict(OrderedDict)
_opening = Lock()


def find_reading(rows: QuerySet[JobSnapshot]) -> Market | None:
    """Give the first of some readings whose folder is here and whole."""
    for row in rows[:KEPT]:
        with _opening:
            opened = _opened[row.kind]
            market = opened.get(row.pk) or _open(row)
            if market is not None:
                opened[row.pk] = market
                opened.move_to_end(row.pk)
                while len(opened) > KEPT:
                    opened.popitem(last=False)
                return market
    return None


def _open(row: JobSnapshot) -> Market | None:
    try:
        return Market(row.pk, row.runs_seen, read_snapshot(_folder_of(row.pk)), row.created_at)
    except SnapshotBroken:
        return None


@contextmanager
def only_one_reader(kind: str = JobSnapshot.Kind.OPEN) -> Iterator[None]:
    """Let one process of this machine read jobs of a kind at a time; the system lets go when it dies."""
    folder = Path(settings.SNAPSHOT_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    name = "lock" if kind == JobSnapshot.Kind.OPEN else f"lock-{kind}"
    with (folder / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(revision: int) -> Market:
    return keep_reading(read_jobs(Job.objects.open(), find_reading(name_readings())), revision=revision)


def keep_reading(snapshot: Snapshot, *, revision: int, kind: str = JobSnapshot.Kind.OPEN) -> Market:
    """Put a reading on the shelf and take off what nobody will ask for; raises SnapshotBroken where it cannot be kept."""
    row = JobSnapshot(
        pk=uuid4(),
        kind=kind,
        runs_seen=revision,
        scorer_version=snapshot.version,
        open_jobs=len(snapshot),
        created_at=timezone.now(),
    )
    try:
        write_snapshot(snapshot, _folder_of(row.pk))
    except OSError as error:
        raise SnapshotBroken(
            f"A reading of the open jobs cannot be kept in {settings.SNAPSHOT_DIR} ({error.strerror}). "
            "Make room there, or let the account that runs Relevnt write to it."
        ) from error
    row.save(force_insert=True)
    _drop_old()
    market = find_reading(name_readings(kind).filter(pk=row.pk))
    if market is None:
        raise SnapshotBroken(f"{_folder_of(row.pk)} was written and cannot be read; is the disk full?")
    return market


def read_jobs(wanted: JobQuerySet, known: Market | None) -> Snapshot:
    """Read some jobs, newest first: those that are new or have changed since a known reading, the others as they were read."""
    found = wanted.newest_first().values_list("pk", "facts_revision")
    order = list(found.iterator(chunk_size=_BATCH))
    base = known.snapshot if known is not None and not _is_worn(known.snapshot, len(order)) else None
    to_read = _find_news(order, base)
    read: set[UUID] = set()

    def still_wanted() -> list[UUID]:
        """What is no longer one of them since the order was read is left out of it."""
        missing = set(to_read) - read
        return [pk for pk, _revision in order if pk not in missing]

    return build_snapshot(
        _read_facts(wanted, to_read, read), knowledge=shipped_knowledge(), order=still_wanted, known=base
    )


def _read_facts(wanted: JobQuerySet, ids: Sequence[UUID], read: set[UUID]) -> Iterator[OpenJob]:
    """Give these jobs, those that are still wanted, and note which they are."""
    for start in range(0, len(ids), _BATCH):
        for job in wanted.filter(pk__in=ids[start : start + _BATCH]).for_scoring():
            read.add(job.pk)
            posted = None if job.posted_at is None else int(job.posted_at.timestamp())
            yield OpenJob(job.pk, job.facts_revision, posted, job.seniority, job_facts(job))


def forget_old_readings(*, before: datetime) -> None:
    """Delete the names of readings that are older and not among the newest of their kind."""
    old = JobSnapshot.objects.filter(created_at__lt=before)
    old.exclude(pk__in=_newest_of_each_kind()).delete()


def _newest_of_each_kind() -> list[UUID]:
    newest: list[UUID] = []
    for kind in JobSnapshot.Kind:
        rows = JobSnapshot.objects.filter(kind=kind).order_by("-created_at")
        newest += rows.values_list("pk", flat=True)[:KEPT]
    return newest


def _is_worn(snapshot: Snapshot, open_jobs: int) -> bool:
    values = len(snapshot.pays.minimums) + len(snapshot.wheres.remote) + len(snapshot.titles.words)
    return values > 4 * open_jobs + SPARE_VALUES


def _find_news(order: Sequence[tuple[UUID, int]], known: Snapshot | None) -> list[UUID]:
    if known is None:
        return [pk for pk, _revision in order]
    rows = known.find(np.array([pk.bytes for pk, _revision in order], "S16"))
    revisions = np.array([revision for _pk, revision in order], np.int64)
    same = (rows != UNKNOWN) & (known.rows.revisions[rows] == revisions if len(known) else False)
    return [pk for (pk, _revision), is_same in zip(order, same.tolist(), strict=True) if not is_same]


def _drop_old() -> None:
    """Remove the folders of readings that nobody will ask for any more; those who have one open keep it."""
    named = {pk.hex for pk in _newest_of_each_kind()}
    now = timezone.now().timestamp()
    for folder in Path(settings.SNAPSHOT_DIR).iterdir():
        if folder.is_dir() and folder.name not in named:
            made_here = JobSnapshot.objects.filter(pk=folder.name).exists() if _is_id(folder.name) else False
            if made_here or now - folder.stat().st_mtime > ORPHANED_AFTER.total_seconds():
                shutil.rmtree(folder, ignore_errors=True)


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
