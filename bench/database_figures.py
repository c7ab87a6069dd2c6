"""The figures that need a database: ingest, nights of matching, pages, what-if rankings."""

from __future__ import annotations

import html
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

import psycopg
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.database import Addresses, backend, log_in_as
from bench.list_figures import measure_lists
from bench.measuring import RUNS, Figure, Spent, percentile, tell, watch
from bench.people import vary_personas
from bench.postings import ARCHIVE
from bench.simulation_figures import measure_simulations
from bench.world import FullDatabase, multiply_matches, store_personas
from matching import services
from matching.feeds.files import read_file
from matching.ingest import ingest, open_source
from matching.market import read_market
from matching.models import JobSource, Match
from matching.ranking import rank_open_jobs
from matching.scoring import Weights
from personas.identity import acting_as
from personas.models import Persona, User
from relevnt.embedded import place

FIRST_NIGHT = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
TURNED_OVER = 0.033
# The ten sketches, and others made of them.
SIMULATED = 20
# The page's own reads, told from those that any page makes, by the table that a query reads first.
_NEXT_PAGE = re.compile(r'href="(\?after=[^"]+)"')
_ANY_PAGES = ("django_session", '"users"', "set_config")


@dataclass
class Found:
    """What was found: lines of (what, value) under headings, and figures beside goals."""

    sections: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    copy_rate: str = ""

    def add(self, section: str, what: str, value: str) -> None:
        """Add a line."""
        self.sections.setdefault(section, []).append((what, value))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything: postings to ingest (None: all), open jobs, personas, normal nights, stored matches, requests."""

    postings: int | None
    jobs: int
    personas: int
    nights: int
    matches: int
    requests: int


def measure_database(addresses: Addresses, sizes: Sizes) -> Found:
    """Measure everything that needs a database."""
    found = Found()
    source = _measure_ingest(addresses, sizes, found)
    log_in_as(place.OWNER)
    full = FullDatabase(source)
    full.grow(max(0, sizes.jobs - full.size))
    companies = sorted({job.company for job in full.market.real})
    personas = store_personas(vary_personas(sizes.personas, companies=companies))
    connection.cursor().execute("VACUUM ANALYZE")
    _measure_nights(addresses, sizes, full, [persona.pk for persona in personas], found)
    _measure_what_ifs(sizes, personas, found)
    lines, figure = measure_simulations(
        source,
        personas[:SIMULATED],
        companies,
        jobs=sizes.jobs,
        at=FIRST_NIGHT + timedelta(days=7, hours=6),
    )
    found.sections["Simulation of a rule"] = lines
    found.figures.append(figure)
    _measure_page(addresses, sizes, found)
    lines, figures = measure_lists(max(100, sizes.requests))
    found.sections["Lists under row security"] = lines
    found.figures += figures
    return found


def _measure_ingest(addresses: Addresses, sizes: Sizes, found: Found) -> JobSource:
    """Ingest the archive into an empty database, and again unchanged, in turn."""
    new, unchanged = [], []
    for run in range(RUNS + 1):
        with psycopg.connect(addresses.owner, autocommit=True) as owner:
            owner.execute("TRUNCATE jobs, job_sightings, job_runs, job_rejections CASCADE")
        log_in_as(place.WORKER)
        source = open_source(name="bench", kind=JobSource.Kind.ARCHIVE)
        for rates in (new, unchanged):
            with watch(backend()) as spent:
                done = ingest(
                    source=source, postings=islice(read_file(ARCHIVE), sizes.postings), now=FIRST_NIGHT
                )
            if run:
                rates.append((done.fetched / spent.cpu, spent, done))
    for told, rates, goal in (("new", new, 400), ("unchanged", unchanged, 5_000)):
        rate = statistics.median(rate for rate, _spent, _done in rates)
        _rate, spent, done = rates[-1]
        found.add(
            "Ingest",
            f"{done.fetched:,} {told} postings of the archive ({done.new:,} jobs made, {done.merged:,} merged, {done.unchanged:,} unchanged)",
            f"{tell(rate)} a core-second ({_tell_spent(spent)})",
        )
        found.figures.append(Figure(f"ingest, {told} postings a core-second", rate, goal))
    return source


def _tell_spent(spent: Spent) -> str:
    return f"client {tell(spent.client, 's')}, server {tell(spent.server, 's')}, wall {tell(spent.wall, 's')}"


def _measure_nights(
    addresses: Addresses, sizes: Sizes, full: FullDatabase, ids: Sequence, found: Found
) -> None:
    """A week of nights, each followed by a raw COPY of all stored matches into a plain table."""
    nights = _Nights(addresses, full, ids, found)
    nights.spend("first night", FIRST_NIGHT, changed=0)
    nights.forget()
    for night in range(1, sizes.nights + 1):
        nights.spend(
            "normal night", FIRST_NIGHT + timedelta(days=night), changed=int(sizes.jobs * TURNED_OVER)
        )
    now = FIRST_NIGHT + timedelta(days=sizes.nights, hours=1)
    nights.spend("night on which nothing changed, as the clock asks", now, changed=0, only_due=True)
    nights.spend("night on which nothing changed, all matched again", now, changed=0)
    later = FIRST_NIGHT + timedelta(days=6, hours=1)
    nights.spend("sixth night, turned over and renewed", later, changed=int(sizes.jobs * TURNED_OVER))
    nights.spend(
        "seventh night, turned over, some on their last day",
        later + timedelta(days=1),
        changed=int(sizes.jobs * TURNED_OVER),
    )
    nights.report()


class _Nights:
    """Nights of matching as the worker does them, and what COPY takes for the same rows."""

    def __init__(self, addresses: Addresses, full: FullDatabase, ids: Sequence, found: Found) -> None:
        self._addresses, self._full, self._ids, self._found = addresses, full, ids, found
        self._ratios: list[tuple[float, float, float]] = []
        self._copies: list[tuple[Spent, int]] = []
        self._spent: list[Spent] = []
        self._size = 0.0

    def spend(self, name: str, now: datetime, *, changed: int, only_due: bool = False) -> None:
        """Turn jobs over, read them, match all personas or those that are due, COPY; add a line."""
        log_in_as(place.OWNER)
        if changed:
            self._full.turn_over(changed, now=now)
        connection.cursor().execute("VACUUM ANALYZE job_matches")
        log_in_as(place.WORKER)
        with watch(backend()) as reading:
            read_market()
        with watch(backend()) as spent:
            due = (
                list(services.personas_to_refresh(now).values_list("pk", flat=True))
                if only_due
                else self._ids
            )
            done = services.match_personas(persona_ids=due, now=now, only_due=only_due)
        copied, rows, size = copy_matches(self._addresses.owner)
        ratio = spent.cpu / copied.cpu
        self._copies.append((copied, rows))
        self._size = size / max(rows, 1)
        if name == "normal night":
            self._ratios.append((ratio, spent.wall / copied.wall, (spent.cpu + reading.cpu) / copied.cpu))
            self._spent.append(spent)
        moved = (done.written, done.renewed, done.unchanged, done.removed, rows)
        spans = (spent.client, spent.server, spent.wall, reading.cpu, copied.client, copied.server)
        told = (
            *(f"{count:,}" for count in moved),
            *(f"{seconds:.2f}" for seconds in spans),
            tell(ratio, "×"),
        )
        self._found.sections.setdefault("Nights", []).append((name, *told))

    def forget(self) -> None:
        """Leave what was measured so far out of the medians."""
        self._copies.clear()

    def report(self) -> None:
        """Add the medians."""
        cpu, wall, with_reading = (statistics.median(each) for each in zip(*self._ratios, strict=True))
        rate = statistics.median(rows / spent.cpu for spent, rows in self._copies)
        self._found.copy_rate = f"{tell(rate)} rows of job_matches a core-second, {tell(self._size)} bytes each, client and server"
        self._found.add(
            "Nights in short",
            f"normal night over COPY, median of {len(self._ratios)}: CPU time; wall time; CPU time with reading the jobs",
            f"{tell(cpu, '×')}; {tell(wall, '×')}; {tell(with_reading, '×')}",
        )
        self._found.add(
            "Nights in short",
            "normal night, CPU time of client and server apart",
            f"{tell(statistics.median(each.client for each in self._spent), 's')}; "
            f"{tell(statistics.median(each.server for each in self._spent), 's')}",
        )
        self._found.figures.append(
            Figure("a normal night over a raw COPY of all its rows", cpu, 1.5, "×", at_most=True)
        )


def copy_matches(address: str) -> tuple[Spent, int, int]:
    """COPY all stored matches into a plain table without index; give what that took, rows and bytes."""
    with psycopg.connect(address, autocommit=True) as owner:
        with owner.cursor().copy("COPY job_matches TO STDOUT") as source:
            blocks = [bytes(block) for block in source]
        text = b"".join(blocks)
        owner.execute("DROP TABLE IF EXISTS plain_matches")
        owner.execute("CREATE TABLE plain_matches (LIKE job_matches)")
        with watch(owner.info.backend_pid) as spent, owner.cursor() as cursor:
            with cursor.copy("COPY plain_matches FROM STDIN") as target:
                for start in range(0, len(text), 2**18):
                    target.write(text[start : start + 2**18])
            rows = cursor.rowcount
        owner.execute("DROP TABLE plain_matches")
    return spent, rows, len(text)


def _measure_what_ifs(sizes: Sizes, personas: Sequence[Persona], found: Found) -> None:
    """Rankings of all open jobs under tried weights, as the tuner asks for them."""
    log_in_as(place.APP)

    def ask(number: int) -> None:
        persona = personas[number % len(personas)]
        weights = Weights(*(10 + (number * step) % 90 for step in (7, 11, 13, 17, 19)))
        with acting_as(persona.user_id):
            rank_open_jobs(persona=persona, weights=weights, compared=True)

    walls, spent = _time_each(ask, sizes.requests)
    found.add(
        "What-if",
        f"rank_open_jobs of {sizes.jobs:,} jobs under tried weights, moves told, {sizes.requests} calls: median, p95",
        f"{tell(1000 * statistics.median(walls), 'ms')}, {tell(1000 * percentile(walls, 95), 'ms')} of wall time "
        f"({_tell_mean(spent, sizes.requests)})",
    )


def _time_each(ask: Callable[[int], object], times: int) -> tuple[list[float], Spent]:
    """Give the wall seconds of each call and what all of them took, after a tenth that does not count."""
    for number in range(max(1, times // 10)):
        ask(number)
    walls = []
    with watch(backend()) as spent:
        for number in range(times):
            started = time.perf_counter()
            ask(number)
            walls.append(time.perf_counter() - started)
    return walls, spent


def _tell_mean(spent: Spent, times: int) -> str:
    client, server = 1000 * spent.client / times, 1000 * spent.server / times
    return f"on the average client {tell(client, 'CPU-ms')}, server {tell(server, 'CPU-ms')}"


def _measure_page(addresses: Addresses, sizes: Sizes, found: Found) -> None:
    """The page of matches among a million stored ones, for many people, first pages and second ones."""
    log_in_as(place.OWNER)
    have = Match.objects.count()
    with psycopg.connect(addresses.administrator, autocommit=True) as administrator:
        # The page shows what is fresh now.
        administrator.execute("UPDATE job_matches SET expires_at = now() + interval '5 days'")
        stored = multiply_matches(administrator, max(0, -(-sizes.matches // max(1, have)) - 1))
    users = list(User.objects.filter(personas__matches__isnull=False).distinct().order_by("pk")[:50])
    log_in_as(place.APP)
    clients = []
    for user in users:
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        clients.append(client)
    addresses_of = [["/matches/"] for _ in clients]

    def ask(number: int) -> None:
        which = number % len(clients)
        pages = addresses_of[which]
        answer = clients[which].get(pages[number // len(clients) % len(pages)])
        if answer.status_code != 200:
            raise RuntimeError(f"the page of matches answered {answer.status_code}")
        following = _NEXT_PAGE.search(answer.content.decode())
        if len(pages) == 1 and following:
            pages.append(f"/matches/{html.unescape(following[1])}")

    walls, spent = _time_each(ask, sizes.requests)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        ask(0)
    own, any_pages = _sort_queries([query["sql"] for query in captured.captured_queries])
    median, p95 = statistics.median(walls), percentile(walls, 95)
    size = f"{stored:,} stored matches"
    found.add(
        "Page of matches",
        f"{size}, {sizes.requests} requests of {len(users)} people: median, p95",
        f"{tell(1000 * median, 'ms')}, {tell(1000 * p95, 'ms')} of wall time ({_tell_mean(spent, sizes.requests)})",
    )
    found.add("Page of matches", f"its own queries: {sum(own.values())}", _tell_counts(own))
    found.add("Page of matches", f"queries of any page: {sum(any_pages.values())}", _tell_counts(any_pages))
    found.figures.append(Figure("page of matches, its own queries", sum(own.values()), 3, at_most=True))
    found.figures.append(Figure(f"page of matches, p95, {size}", 1000 * p95, 60, "ms", at_most=True))


def _sort_queries(statements: Sequence[str]) -> tuple[Counter[str], Counter[str]]:
    """Count queries by what they read first: the page's own, and those that every page makes."""
    own: Counter[str] = Counter()
    any_pages: Counter[str] = Counter()
    for statement in statements:
        told = statement.partition(" FROM ")[2].split(" ", 1)[0].strip('"') or statement.split("(")[0][:40]
        first = statement.partition(" FROM ")[2][:40] or statement
        is_any = any(
            name in first or name in statement[:40] for name in _ANY_PAGES
        ) or not statement.startswith("SELECT")
        (any_pages if is_any else own)[told] += 1
    return own, any_pages


def _tell_counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())
