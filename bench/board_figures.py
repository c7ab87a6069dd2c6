"""Boards of recorded postings, read as a worker reads them; only the network is left out."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import unquote, urlsplit

from bench.database import backend
from bench.measuring import Figure, Spent, tell, watch
from matching.fetching import Fetcher
from matching.models import Job, JobRejection, JobSource
from matching.polling import read_source
from matching.reading.industry import _of_sentence, _speaks_of_itself
from matching.reading.skills import _find_story, read_skills
from matching.source_setup import add_source
from matching.sources.protocol import Fetched
from personas.mentions import _names_colleagues

GOALS = (400, 5_000)
TIMES = 4
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def measure_boards(boards: Mapping[str, list[dict[str, Any]]]) -> str:
    """Read all boards new, unchanged and a little changed, then all as one board; give the table."""
    sources = [add_source(kind="ashby", board=name, now=NOW) for name in boards]
    changed = {
        name: [job | {"title": f"{job['title']} II"} if at % 30 == 0 else job for at, job in enumerate(jobs)]
        for name, jobs in boards.items()
    }
    with _recorded(boards):  # The taxonomy and the gazetteer are read once, by a board that does not count.
        _read_all(sources[:1], NOW - timedelta(days=1))
    rows = [
        _stage("new", sources, boards, 0),
        _stage("unchanged", sources, boards, 6),
        _stage("one in thirty changed", sources, changed, 12),
    ]
    reasons = Counter(JobRejection.objects.values_list("field", "reason"))
    whole = {"all": [job for jobs in boards.values() for job in jobs]}
    rows += _read_in_bulk(whole)
    total = len(whole["all"])
    alone = (total / _parse(whole["all"]), total / _match_skills())
    return _write(
        len(boards), total, [(*row[:1], row[1], total / row[2].cpu, row[2]) for row in rows], reasons, alone
    )


def _read_in_bulk(whole: Mapping[str, list[Any]]) -> list[tuple[str, Counter[str], Spent]]:
    """All as one board, new and unchanged, the fastest of some times each: what else a machine does only ever adds."""
    one = [add_source(kind="ashby", board="all", now=NOW)]
    new, unchanged = [], []
    for _time in range(TIMES):
        Job.objects.all().delete()
        JobSource.objects.update(validators={})
        for remembered in (_find_story, _names_colleagues, _of_sentence, _speaks_of_itself):
            remembered.cache_clear()
        new.append(_stage("as one board, new", one, whole, 0))
        unchanged.append(_stage("as one board, unchanged", one, whole, 6))
    return [min(stages, key=lambda stage: stage[2].cpu) for stages in (new, unchanged)]


def _parse(jobs: list[Any]) -> float:
    """Seconds that parsing all answers takes by itself: a yardstick for machines, and for moments of one."""
    packed = [json.dumps(job) for job in jobs]
    began = time.process_time()
    for each in packed:
        json.loads(each)
    return time.process_time() - began


def _match_skills() -> float:
    """Seconds that matching skills takes by itself, over the texts that were read last."""
    texts = list(Job.objects.values_list("title", "description_text", "company"))
    began = time.process_time()
    for title, text, employer in texts:
        read_skills(title=title, text=text, employer=employer)
    return time.process_time() - began


def _stage(
    told: str, sources: list[JobSource], boards: Mapping[str, list[Any]], hours: int
) -> tuple[str, Counter[str], Spent]:
    with _recorded(boards), watch(backend()) as spent:
        done = _read_all(sources, NOW + timedelta(hours=hours))
    return told, done, spent


def _read_all(sources: list[Any], now: datetime) -> Counter[str]:
    done: Counter[str] = Counter()
    for source in sources:
        summary = read_source(source=source, now=now)
        if summary.outcome != "ok":
            raise SystemExit(f"{source.board}: {summary.outcome}: {summary.error}")
        for name in ("new", "changed", "unchanged", "merged", "closed", "rejected"):
            done[name] += getattr(summary, name)
    return done


@contextmanager
def _recorded(boards: Mapping[str, list[Any]]) -> Iterator[None]:
    """Let every source be asked from these answers; they are packed before the clock runs."""
    packed = {name: json.dumps({"jobs": jobs}).encode() for name, jobs in boards.items()}

    def answer(self: Any, url: str, *, headers: Any = None) -> Fetched:
        return Fetched(url, {}, packed[unquote(urlsplit(url).path.rpartition("/")[2])])

    with mock.patch.object(Fetcher, "__call__", answer):
        yield


def _write(
    boards: int,
    total: int,
    rows: list[tuple[str, Counter[str], float, Spent]],
    reasons: Counter[tuple[str, str]],
    alone: tuple[float, float],
) -> str:
    lines = [
        "# Whole boards through the reading of a source",
        "",
        f"`python -m bench.boards`: {total:,} postings of {boards} boards as Ashby's API gives them; parsed, made safe,",
        "read (skills, pay, places), de-duplicated and written, each board a run of its own. Seconds are CPU of this process and of PostgreSQL.",
        f"The goals are those of bulk, so of all as one board: the fastest of {TIMES} times.",
        "",
        "| postings | a core-second | client | server | new | changed | unchanged | merged | closed | rejected |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for told, done, rate, spent in rows:
        counts = " | ".join(
            f"{done[name]:,}" for name in ("new", "changed", "unchanged", "merged", "closed", "rejected")
        )
        lines.append(
            f"| {told} | {tell(rate)} | {tell(spent.client, 's')} | {tell(spent.server, 's')} | {counts} |"
        )
    figures = [
        Figure(f"{told}, postings a core-second", rate, GOALS[at % 3])
        for at, (told, _done, rate, _spent) in enumerate(rows)
        if at > 2
    ]
    lines += ["", "| figure | measured | goal | |", "|---|---:|---:|---|"]
    lines += [f"| {' | '.join(figure.row())} |" for figure in figures]
    lines += [
        "",
        f"At the same moment, by itself: parsing the answers {tell(alone[0])}, matching skills {tell(alone[1])} a core-second.",
    ]
    lines += ["", "## Rejected, by reason", ""]
    lines += [f"- {times:,}: {field} – {reason}" for (field, reason), times in reasons.most_common()] or [
        "None."
    ]
    return "\n".join([*lines, ""])
