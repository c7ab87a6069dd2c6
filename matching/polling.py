"""Sources by the clock: which are due, reading one of them whole, and trying one without writing anything."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zlib import crc32

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from matching import schedule
from matching.fast_json import write_json
from matching.feeds.json_objects import check_storable, check_text
from matching.fetching import Fetcher
from matching.ingest import RunSummary, heal, ingest
from matching.models import JobRun, JobSource
from matching.posting import Listed, Posting, PostingInvalid, Rejection, Unread
from matching.reading.posting import reader_version
from matching.sources.protocol import Source, SourceFault, pages
from matching.sources.registry import SOURCES

LONGEST = timedelta(minutes=20)
"""A reading that takes longer is ended; what it has read stands, and the next one goes on from there."""
CLAIM = timedelta(minutes=35)
"""Longer than a reading can take: a source whose worker died is due again after it."""
TRIAL_SECONDS = 20.0
"""Somebody waits for the page meanwhile."""
TRIED = 20
"""Postings of a first page that a trial shows."""
_WORKS = (JobRun.Outcome.OK, JobRun.Outcome.NOT_MODIFIED)
_HOPELESS = (JobRun.Outcome.NOT_FOUND, JobRun.Outcome.GONE)


class SourceNotReady(ValueError):
    """Raised where a source may not be asked as it stands; it says what is missing."""


@dataclass(slots=True)
class Trial:
    """What reading the first page of a board would give: up to TRIED postings, what cannot be read, and what went wrong."""

    listed: int = 0
    total: int | None = None
    is_last: bool = True
    postings: list[Posting] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of a source: its kind, its row, how it is asked, and the time that counts for it."""

    kind: Source
    source: JobSource
    fetcher: Fetcher
    now: datetime


def readable_sources() -> QuerySet[JobSource]:
    """Sources that the clock may read: switched on, of a kind that is asked, on accepted terms."""
    must_accept = [kind for kind, source in SOURCES.items() if source.terms.must_accept]
    enabled = JobSource.objects.filter(enabled=True, kind__in=SOURCES.keys())
    return enabled.filter(~Q(kind__in=must_accept) | Q(terms_accepted_at__isnull=False))


def claim_due(*, now: datetime, most: int) -> list[JobSource]:
    """Take the sources that are due, those first that have waited longest; nobody else gets them before CLAIM is over."""
    due = readable_sources().filter(next_run_at__lte=now).order_by("next_run_at", "pk")
    taken: list[JobSource] = []
    for source in due[: max(most - count_running(), 0)]:
        mine = JobSource.objects.filter(pk=source.pk, next_run_at=source.next_run_at)
        if mine.update(next_run_at=now + CLAIM):
            taken.append(source)
    return taken


def count_running() -> int:
    """How many sources are being read now."""
    return JobRun.objects.filter(outcome=JobRun.Outcome.RUNNING, source__kind__in=SOURCES.keys()).count()


def heal_runs() -> int:
    """Name the runs that nobody works on any more, of sources of every kind; gives their number."""
    sources = JobSource.objects.filter(runs__outcome=JobRun.Outcome.RUNNING).distinct()
    return sum(heal(source=source) for source in sources)


def read_source(
    *, source: JobSource, now: datetime, progress: Callable[[int], object] | None = None
) -> RunSummary:
    """Read all of a source and plan its next reading; raises SourceNotReady, and SourceBusyError where it is being read."""
    kind = check_ready(source)
    fetcher = Fetcher(
        kind, validators=_usable_validators(source, kind), ends=time.monotonic() + LONGEST.total_seconds()
    )
    summary = ingest(
        source=source,
        postings=_list(_Reading(kind, source, fetcher, now)),
        now=now,
        progress=progress,
        is_whole=kind.is_whole,
    )
    _plan(source, kind, summary, fetcher, now)
    return summary


def try_source(*, source: JobSource, now: datetime) -> Trial:
    """Read the first page of a board and write nothing of it; raises SourceNotReady."""
    kind = check_ready(source)
    reading = _Reading(kind, source, Fetcher(kind, ends=time.monotonic() + TRIAL_SECONDS), now)
    trial = Trial()
    try:
        page = kind.fetch(reading.fetcher, source.board, "")
        trial.listed, trial.total, trial.is_last = len(page.items), page.total, not page.next
        for line, raw in enumerate(page.items, start=1):
            if len(trial.postings) + len(trial.rejections) >= TRIED:
                break
            _try_one(trial, line, _state(reading, line, raw))
    except SourceFault as fault:
        trial.fault = fault.detail
    return trial


def check_ready(source: JobSource) -> Source:
    """Give the kind of a source that may be asked; raises SourceNotReady."""
    kind = SOURCES.get(source.kind)
    if source.kind == JobSource.Kind.PASTED:
        raise SourceNotReady(_("What people paste is read by itself as it comes, and its links once a day."))
    if kind is None:
        reason = _("Sources of kind “{kind}” are read from files, with manage.py ingest_jobs.")
        raise SourceNotReady(reason.format(kind=source.kind))
    if kind.terms.must_accept and source.terms_accepted_at is None:
        raise SourceNotReady(_("The terms of this source have not been accepted yet."))
    missing = [name for name in kind.settings if not getattr(settings, name)]
    if missing:
        reason = _("{label} is asked with a key: set {names} in the environment.")
        raise SourceNotReady(reason.format(label=kind.label, names=", ".join(missing)))
    try:
        kind.check_board(source.board)
    except ValueError as error:
        raise SourceNotReady(str(error)) from None
    return kind


def _list(reading: _Reading) -> Iterator[Listed]:
    """Everything that a board lists, page by page; a posting that moves to another page meanwhile is listed once."""
    line = 0
    seen: set[str] = set()
    total: int | None = None
    for page in pages(reading.kind, reading.fetcher, reading.source.board):
        total = page.total if page.total is not None else total
        here: set[str] = set()
        before = len(seen)
        for raw in page.items:
            line += 1
            found = _state(reading, line, raw)
            if found is None or (isinstance(found, Unread) and found.external_id in seen):
                continue
            if isinstance(found, Unread):
                here.add(found.external_id)
            yield line, found
        seen |= here
        if page.items and page.next and before and len(seen) == before:
            raise SourceFault("truncated", _("a page lists only what earlier ones listed"))
    if reading.kind.is_whole and total is not None and line < total:
        reason = _("it says that there are {total:,} postings, and lists {count:,}")
        raise SourceFault("truncated", reason.format(total=total, count=line))


def _state(reading: _Reading, line: int, raw: Any) -> Rejection | Unread | None:
    """A posting of a page, to be read where it is new; why it is none; or None for what is not meant to be seen."""
    digest = sha256(write_json(raw))
    try:
        number = reading.kind.number(raw)
        check_text(number, "external_id")
    except PostingInvalid as error:
        return Rejection(line, error.field[:100], error.reason, "", digest.hexdigest())
    if not reading.kind.is_listed(raw):
        return None
    digest.update(f"\n{reading.source.board}\n{reading.source.company}".encode())
    if reading.kind.has_details:
        # What its page leaves out may change unseen: it is asked for once a week, each posting on a day of its own.
        digest.update(str((reading.now.toordinal() + crc32(number.encode())) // 7).encode())

    def read() -> Posting:
        return _read(reading, raw)

    return Unread(number, digest.hexdigest(), read)


def _read(reading: _Reading, raw: Any) -> Posting:
    kind, source = reading.kind, reading.source
    try:
        whole = kind.complete(reading.fetcher, source.board, raw) if kind.has_details else raw
    except SourceFault as fault:
        if fault.outcome not in _HOPELESS:
            raise
        raise PostingInvalid("", fault.detail) from None
    check_storable(whole)
    posting = kind.read(whole, source.board)
    if source.company and posting.company in ("", source.board):
        posting = replace(posting, company=source.company)
    return posting


def _try_one(trial: Trial, line: int, found: Rejection | Unread | None) -> None:
    if isinstance(found, Rejection):
        trial.rejections.append(found)
    elif found is not None:
        try:
            trial.postings.append(found.read())
        except PostingInvalid as error:
            trial.rejections.append(
                Rejection(line, error.field, error.reason, found.external_id, found.payload_hash)
            )


def _usable_validators(source: JobSource, kind: Source) -> dict[str, dict[str, str]]:
    """Those of the last whole answer, where it was read with today's rules; "not modified" would keep what older ones read."""
    kept: dict[str, Any] = source.validators
    if not kind.is_one_page or kept.get("reader") != reader_version() or kept.get("board") != source.board:
        return {}
    found: dict[str, dict[str, str]] = kept.get("urls", {})
    return found


def _plan(source: JobSource, kind: Source, summary: RunSummary, fetcher: Fetcher, now: datetime) -> None:
    interval = timedelta(seconds=source.interval_seconds)
    spread = random.uniform(-1, 1)  # noqa: S311
    if summary.outcome in _WORKS:
        brought = summary.new + summary.changed + summary.merged
        turn = schedule.after_success(
            interval, usual=kind.every, least=kind.least, brought=brought, spread=spread
        )
    else:
        turn = schedule.after_failure(
            interval,
            usual=kind.every,
            failures=source.failures_in_row,
            asked_seconds=summary.wait_seconds,
            is_hopeless=summary.outcome in _HOPELESS,
            spread=spread,
        )
    changes: dict[str, Any] = {
        "next_run_at": now + turn.wait,
        "interval_seconds": int(turn.interval.total_seconds()),
        "failures_in_row": turn.failures,
    }
    if summary.outcome == JobRun.Outcome.OK:
        urls = fetcher.seen if kind.is_one_page else {}
        changes["validators"] = (
            {"reader": reader_version(), "board": source.board, "urls": urls} if urls else {}
        )
    elif summary.outcome != JobRun.Outcome.NOT_MODIFIED:
        changes["validators"] = {}
    JobSource.objects.filter(pk=source.pk).update(**changes)


def make_due(*, sources: QuerySet[JobSource], now: datetime) -> int:
    """Have sources read as soon as a worker is free; gives their number."""
    return sources.filter(kind__in=SOURCES.keys()).update(next_run_at=now)
