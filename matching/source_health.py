"""How sources are doing: when each was last read, what came of it, and whether it brings as much as it used to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Literal, TypeAlias
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from matching.models import JobRun, JobSource
from matching.polling import SourceNotReady, check_ready
from matching.sources.registry import SOURCES

State: TypeAlias = Literal["off", "waiting", "new", "fine", "odd", "failing"]

WEEK = timedelta(days=7)
FEW = 0.5
"""A reading that lists less than this share of the week's median is told."""
MANY_FAILURES = 3
WORKS = (JobRun.Outcome.OK, JobRun.Outcome.NOT_MODIFIED)
_COLUMNS = ("source_id", "outcome", "started_at", "fetched_count", "unchanged_count", "rejected_count")


@dataclass(frozen=True, slots=True)
class Health:
    """One source: `listed` postings at its last whole reading, `usual` the median of a week, `said` a sentence."""

    state: State
    said: str
    last_success: datetime | None = None
    outcome: str = ""
    listed: int | None = None
    usual: float | None = None


def read_health(*, sources: Collection[JobSource], now: datetime) -> dict[UUID, Health]:
    """Give the health of sources by their number; two queries."""
    readings = JobRun.objects.filter(kind=JobRun.Kind.READING, source__in=sources).exclude(
        outcome=JobRun.Outcome.RUNNING
    )
    week: dict[UUID, list[JobRun]] = {source.pk: [] for source in sources}
    for run in readings.filter(started_at__gte=now - WEEK).order_by("-started_at").only(*_COLUMNS):
        week[run.source_id].append(run)
    latest = readings.order_by("source", "-started_at").distinct("source").only(*_COLUMNS, "error")
    last = {run.source_id: run for run in latest}
    worked = readings.filter(outcome__in=WORKS).order_by("source", "-started_at").distinct("source")
    successes = {run.source_id: run for run in worked.only(*_COLUMNS)}
    return {
        source.pk: _judge(source, week[source.pk], last.get(source.pk), successes.get(source.pk))
        for source in sources
    }


def count_listed(run: JobRun) -> int:
    """How many postings a reading that worked has found listed."""
    return run.unchanged_count if run.outcome == JobRun.Outcome.NOT_MODIFIED else run.fetched_count


def _judge(source: JobSource, week: Iterable[JobRun], last: JobRun | None, success: JobRun | None) -> Health:
    usual = _usual(week)
    listed = count_listed(success) if success else None
    told = {
        "last_success": success.started_at if success else None,
        "outcome": last.get_outcome_display() if last else "",
        "listed": listed,
        "usual": usual,
    }
    state, said = _say(source, last, listed, usual)
    return Health(state, said, **told)  # type: ignore[arg-type]


def _say(
    source: JobSource, last: JobRun | None, listed: int | None, usual: float | None
) -> tuple[State, str]:
    if not source.enabled:
        return "off", _("Switched off.")
    if source.kind in SOURCES:
        try:
            check_ready(source)
        except SourceNotReady as reason:
            return "waiting", str(reason)
    if last is None:
        return "new", _("Not read yet.")
    if last.outcome not in WORKS:
        times = (
            _("{count} times in a row").format(count=source.failures_in_row)
            if source.failures_in_row > 1
            else ""
        )
        outcome = capfirst(str(last.get_outcome_display()))
        said = f"{outcome}: {last.error}" if last.error else f"{outcome}."
        state: State = "failing" if source.failures_in_row >= MANY_FAILURES else "odd"
        return state, f"{said} ({times})" if times else said
    return _say_of_numbers(last, listed or 0, usual)


def _say_of_numbers(last: JobRun, listed: int, usual: float | None) -> tuple[State, str]:
    """Nothing because nothing is listed is one thing, nothing because nothing could be used another."""
    if listed and last.rejected_count == listed:
        return "failing", _("All {count:,} postings were rejected.").format(count=listed)
    if usual is not None and listed < usual * FEW:
        told = _("{listed:,} postings, where {usual:,} are usual.")
        return "odd", told.format(listed=listed, usual=round(usual))
    if not listed:
        return "fine", _("Read, and nothing is listed there.")
    if last.rejected_count:
        told = _("Fine; {count:,} of {listed:,} postings were rejected.")
        return "fine", told.format(count=last.rejected_count, listed=listed)
    return "fine", _("Fine.")


def _usual(week: Iterable[JobRun]) -> float | None:
    """The median of what a week's readings found listed, the last one left out; None for fewer than three."""
    counted = [count_listed(run) for run in week if run.outcome in WORKS][1:]
    return median(counted) if len(counted) >= 3 else None
