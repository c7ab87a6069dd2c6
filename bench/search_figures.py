"""Pages of the search, asked as a browser asks; what making jobs findable costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import Client

from bench.database import backend, log_in_as
from bench.measuring import Figure, percentile, tell, watch
from bench.postings import ARCHIVE
from bench.world import FullDatabase
from matching.feeds.files import read_file
from matching.ingest import ingest, open_source
from matching.job_index import count_words, index_jobs
from matching.market import read_market
from matching.models import JobSource
from personas.models import User
from relevnt.embedded import place

NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
GOAL_MS = 100
TIMES = 10
# What people type: frequent and rare words, several, phrases, exclusions, slips; with and without filters.
ASKED: Sequence[tuple[str, Sequence[str]]] = (
    ("a frequent word", ("manager", "engineer", "analyst", "experience", "senior")),
    ("a rare word", ("hydrologist", "dentist", "plumber", "archivist", "locksmith")),
    ("several words", ("data engineer python", "nurse night shift", "civil engineer water", "accounting clerk")),
    ("a phrase or an exclusion", ('"project manager"', '"police officer"', "manager -project", "engineer or architect")),
    ("a slip", ("enginer", "managr", "analsyt", "acountant", "secretery")),
    ("nothing that is there", ("xyzzyqwv", "flurbish")),
    ("words and a filter", ("manager&workplace=remote", "engineer&pay=90000", "analyst&place=Austin, TX", "nurse&seniority=senior")),
    ("all jobs, and all of a filter", ("", "&workplace=remote", "&place=Germany", "&posted=30")),
)  # fmt: skip


def measure_search(jobs: int) -> str:
    """Give the table: server time of pages by what is asked, and CPU of indexing."""
    log_in_as(place.WORKER)
    source = open_source(name="bench", kind=JobSource.Kind.FILE)
    ingest(source=source, postings=read_file(ARCHIVE), now=NOW - timedelta(days=3650))
    log_in_as(place.OWNER)
    full = FullDatabase(source)
    full.grow(max(0, jobs - full.size))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs SET closed_at = NULL, closes_at = NULL WHERE closed_at IS NOT NULL")
        cursor.execute("VACUUM ANALYZE")
    log_in_as(place.WORKER)
    with watch(backend()) as indexing:
        done = index_jobs(most=jobs * 2)
    with watch(backend()) as counting:
        words = count_words()
    read_market()
    log_in_as(place.OWNER)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE job_texts")
    user = User.objects.create(email="somebody@example.com", currency="USD")
    log_in_as(place.APP)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    # The first page of a process reads the market.
    client.get("/jobs/", {"q": "engineer"})
    rows, everything = [], []
    for told, queries in ASKED:
        spent = [_ask(client, query) for _ in range(TIMES) for query in queries]
        everything += spent
        rows.append((told, len(spent), spent))
    figure = Figure(
        f"page of the search, {done:,} open jobs, p95 of server time",
        percentile(everything, 95),
        GOAL_MS,
        "ms",
        at_most=True,
    )
    return _write(rows, figure, [
        ("jobs made findable a core-second", tell(done / indexing.cpu)),
        (f"counting {words:,} words anew", tell(counting.cpu, "s")),
    ])  # fmt: skip


def _ask(client: Client, query: str) -> float:
    """Milliseconds of a page by the clock on the wall, this process and PostgreSQL alone on the machine."""
    words, _and, rest = query.partition("&")
    asked = dict(part.split("=", 1) for part in rest.split("&") if part)
    started = time.perf_counter()
    answer = client.get("/jobs/", {"q": words, **asked})
    spent = 1000 * (time.perf_counter() - started)
    if answer.status_code != 200:
        raise SystemExit(f"{query}: {answer.status_code}")
    return spent


def _write(
    rows: Sequence[tuple[str, int, list[float]]], figure: Figure, more: Sequence[tuple[str, str]]
) -> str:
    lines = [
        "# The search of all jobs",
        "",
        "`python -m bench.search`: whole pages, from the request to the last byte, of one process and one PostgreSQL; the postings of the archive",
        "multiplied, so that every word is as frequent as in them.",
        "",
        "| asked for | pages | median | p95 | longest |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {told} | {count} | {tell(percentile(spent, 50), 'ms')} | {tell(percentile(spent, 95), 'ms')} | {tell(max(spent), 'ms')} |"
        for told, count, spent in rows
    ]
    lines += [
        "",
        "| figure | measured | goal | |",
        "|---|---:|---:|---|",
        f"| {' | '.join(figure.row())} |",
        "",
    ]
    lines += [f"- {told}: {value}" for told, value in more]
    return "\n".join([*lines, ""])
