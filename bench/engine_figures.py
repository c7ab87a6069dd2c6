"""The engine's figures: without a database, but for plain SQL beside it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from bench.definition import count_differences, count_mismatches, rank_slowly, read_all
from bench.measuring import MILLION, RUNS, Clock, Figure, take_turns, tell
from bench.people import try_weights
from bench.plain_sql import PlainSql
from bench.postings import Multiplied
from bench.readings import KEEP, Built, Worker, next_of
from learning.gaps import Search, find_gaps
from learning.thresholds import USUAL
from matching.engine import rank
from matching.knowledge import shipped_knowledge
from matching.scoring import JobFacts, PersonaFacts, Wants, read_wants
from matching.snapshot import Snapshot
from matching.snapshot_files import read_snapshot

# The goals of each size: times the definition, million pairs a core-second.
GOALS = {100_000: (200, 120), 1_000_000: (250, 180)}
TOGETHER = 64


@dataclass(frozen=True)
class Setting:
    """What the figures of one size are measured on; jobs are numbered from the last posted."""

    market: Multiplied
    personas: Sequence[PersonaFacts]
    size: int
    folder: Path
    built: Built
    bandwidth: float
    sample: int

    def sampled(self, count: int) -> tuple[list[int], list[JobFacts]]:
        """Give at most so many rows, spread over the whole snapshot, and their jobs."""
        rows = list(range(0, self.size, -(-self.size // count)))
        return rows, [self.market.facts(self.size - 1 - row) for row in rows]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at one size: lines of (what, value), figures beside goals, and mismatches with the pairs looked at."""

    lines: list[tuple[str, str]]
    figures: list[Figure]
    mismatches: int
    pairs: int


def measure_engine(setting: Setting, sql: Callable[[], tuple[PlainSql, Clock]] | None) -> Found:
    """Measure everything at one size; `sql` gives plain SQL with these jobs and a clock that counts the server as well."""
    snapshot = read_snapshot(setting.folder)
    rows, jobs = setting.sampled(setting.sample)
    wrong = count_mismatches(snapshot, rows, jobs, setting.personas)
    found = Found([], [], wrong, len(rows) * len(setting.personas))
    found.lines.append(
        (f"differences from the definition in {found.pairs:,} pairs ({len(rows):,} jobs)", f"{wrong}")
    )
    found.lines.extend(_tell_snapshot(setting, snapshot))
    _measure_side_by_side(setting, snapshot, found, sql)
    _measure_kinds_of_call(setting, snapshot, found)
    _measure_gaps(setting, snapshot, found)
    _measure_bandwidth(setting, snapshot, found)
    _measure_processes(setting, found)
    return found


def check_sql(plain: PlainSql, setting: Setting, persona: PersonaFacts) -> int:
    """Count on how many matches plain SQL and the definition differ for one persona, over all jobs of `plain`."""
    jobs = [setting.market.facts(number) for number in range(setting.size - 1, -1, -1)]
    plain.meet(persona)
    return count_differences(plain.rank(), rank_slowly(jobs, read_all(jobs), persona))


def _tell_snapshot(setting: Setting, snapshot: Snapshot) -> list[tuple[str, str]]:
    built = setting.built
    distinct = (
        len(setting.market.real),
        len(snapshot.titles.words),
        len(snapshot.pays.minimums) - 1,
        len(snapshot.wheres.remote),
    )
    return [
        (
            "distinct texts / titles / pays / whereabouts",
            " / ".join(f"{count:,}" for count in distinct),
        ),
        ("terms a posting, its title among them", tell(_count_terms(snapshot))),
        ("building the snapshot from nothing, once", tell(built.from_nothing, "CPU-s")),
        ("building it from the one before, 1 % of the jobs new", tell(built.from_before.median, "CPU-s")),
        ("writing it, files synced", tell(built.writing, "CPU-s")),
        ("on disk", tell(built.on_disk / 2**20, "MB")),
        ("largest memory of the process that built it", tell(built.peak / 2**20, "MB")),
    ]


def _count_terms(snapshot: Snapshot) -> float:
    return len(snapshot.rows.columns) / max(1, len(snapshot))


def _rank(snapshot: Snapshot, personas: Sequence[PersonaFacts | Wants], keep: int | None = KEEP) -> object:
    return rank(snapshot, personas, knowledge=shipped_knowledge(), keep=keep)


def _read_personas(personas: Sequence[PersonaFacts]) -> list[Wants]:
    return [read_wants(persona, knowledge=shipped_knowledge()) for persona in personas]


def _measure_side_by_side(
    setting: Setting,
    snapshot: Snapshot,
    found: Found,
    sql: Callable[[], tuple[PlainSql, Clock]] | None,
) -> None:
    """Definition, plain SQL and engine in turn, each over as much as it can do in a moment."""
    personas, few = setting.personas, setting.personas[:4]
    # As the definition has its jobs, so the engine has its personas read before; "anew" reads them in the call.
    wanting = _read_personas(personas)
    _rows, jobs = setting.sampled(1_000)
    requirements = read_all(jobs)
    clock: Clock = time.process_time
    ways = {
        "definition": lambda: [rank_slowly(jobs, requirements, persona) for persona in few],
        "engine": lambda: _rank(snapshot, wanting),
        "anew": lambda: _rank(snapshot, personas),
        "cold": lambda: _rank(read_snapshot(setting.folder), personas),
    }
    pairs = {
        "definition": len(jobs) * len(few),
        "engine": setting.size * len(personas),
        "anew": setting.size * len(personas),
        "cold": setting.size * len(personas),
    }
    if sql is not None:
        plain, clock = sql()
        plain.meet(setting.personas[0])
        ways["sql"] = lambda: plain.rank(KEEP)
        pairs["sql"] = setting.size
    times = take_turns(ways, clock=clock)
    rates = {name: each.rate(pairs[name]) for name, each in times.items()}
    names = {
        "definition": f"definition, one pair at a time ({len(jobs):,} jobs × {len(few)} personas)",
        "sql": f"plain SQL, one persona, best {KEEP:,}, client and server",
        "cold": f"engine, {len(personas)} personas, best {KEEP:,}, their titles and places judged for the first time",
        "anew": f"engine, {len(personas)} personas, best {KEEP:,}, judged before, the personas read anew",
        "engine": f"engine, {len(personas)} personas, best {KEEP:,}, judged before",
    }
    for name, told in names.items():
        if name in rates:
            ratio = rates[name] / rates["definition"]
            million = f"{tell(rates[name] / MILLION)} ({times[name].span(pairs[name])})"
            found.lines.append(
                (f"{told}: million pairs a core-second; × definition", f"{million}; {tell(ratio, '×')}")
            )
    terms = _count_terms(snapshot)
    found.lines.append(
        ("engine, terms × pairs a core-second", tell(terms * rates["engine"] / 10**9, "thousand million"))
    )
    ratio_goal, rate_goal = GOALS.get(setting.size, (200, 120))
    size = f"{setting.size:,} jobs"
    found.figures.append(
        Figure(f"engine over per-row Python, {size}", rates["engine"] / rates["definition"], ratio_goal, "×")
    )
    found.figures.append(
        Figure(f"pairs a core-second, {size}", rates["engine"] / MILLION, rate_goal, "million")
    )


def _measure_kinds_of_call(setting: Setting, snapshot: Snapshot, found: Found) -> None:
    """New jobs alone against a full run; one persona under other weights."""
    # Both as the worker calls it: each persona is read once and then meets all jobs or those that changed.
    later, personas = read_snapshot(next_of(setting.folder)), _read_personas(setting.personas)
    new = np.arange(setting.size // 100)
    knowledge = shipped_knowledge()
    numbers = iter(range(10**9))

    def try_one(keep: int | None) -> None:
        _rank(snapshot, [try_weights(setting.personas[0], next(numbers))], keep)

    times = take_turns(
        {
            "full": lambda: _rank(later, personas),
            "new": lambda: rank(later, personas, knowledge=knowledge, rows=new),
            "one": lambda: try_one(KEEP),
            "one, all": lambda: try_one(None),
        }
    )
    share = 100 * times["new"].median / times["full"].median
    size = f"{setting.size:,} jobs"
    found.lines.append(
        (
            f"1 % new jobs × {len(personas)} personas; the same over all jobs",
            f"{tell(1000 * times['new'].median, 'CPU-ms')}; {tell(1000 * times['full'].median, 'CPU-ms')}",
        )
    )
    each = 100_000 / setting.size * 1000
    found.lines.append(
        (
            f"one persona under other weights, best {KEEP:,}; all of its matches",
            f"{tell(1000 * times['one'].median, 'CPU-ms')}; {tell(1000 * times['one, all'].median, 'CPU-ms')}",
        )
    )
    found.figures.append(Figure(f"1 % new jobs, of a full run, {size}", share, 10, "%", at_most=True))
    found.figures.append(
        Figure(
            f"re-rank of one persona a 100,000 jobs, {size}",
            each * times["one"].median,
            3,
            "ms",
            at_most=True,
        )
    )


def _measure_gaps(setting: Setting, snapshot: Snapshot, found: Found) -> None:
    """Every gap of one persona, beside its skills ranked one after the other."""
    persona = setting.personas[0]
    knowledge = shipped_knowledge()

    def weigh() -> Search:
        return find_gaps(snapshot, persona, threshold=USUAL, knowledge=knowledge)

    gaps = weigh().gaps

    def one_by_one() -> None:
        for gap in gaps:
            _rank(snapshot, [replace(persona, held={**persona.held, gap.key: gap.to_level})], None)

    times = take_turns({"together": weigh, "one by one": one_by_one})
    note = f"{len(gaps)} skills; ranked one by one {tell(times['one by one'].median, 'CPU-s')}"
    name = f"all gaps of one persona a 100,000 jobs, {setting.size:,} jobs"
    value = 100_000 / setting.size * times["together"].median
    found.figures.append(Figure(name, value, 1, "CPU-s", at_most=True, note=note))


def _measure_bandwidth(setting: Setting, snapshot: Snapshot, found: Found) -> None:
    """One persona over all jobs: the bytes of all requirements (shares, columns, starts) over the time of product and ranking."""
    rows = snapshot.rows
    streamed = rows.shares.nbytes + rows.columns.nbytes + rows.starts.nbytes
    width = len(snapshot.terms) + len(snapshot.titles.words)
    requirements = csr_array((rows.shares, rows.columns, rows.starts), shape=(len(snapshot), width))
    # As the engine has it: one persona is a vector.
    column = np.zeros(width, np.float32)
    column[::7] = 7
    one = setting.personas[:1]
    times = take_turns(
        {
            "product": lambda: requirements @ column,
            "ranking": lambda: _rank(snapshot, one),
        }
    )
    shares = {name: 100 * each.rate(streamed) / setting.bandwidth for name, each in times.items()}
    for name, told in (
        ("product", "the product alone (bytes of requirements over its CPU time)"),
        ("ranking", "the whole ranking (the same bytes)"),
    ):
        rate = tell(times[name].rate(streamed) / 10**9, "GB/s")
        found.lines.append(
            (f"one persona over all jobs, {told}", f"{rate}, {shares[name]:.0f} % of what can be read")
        )
    found.lines.append(("bytes of requirements that one persona reads", tell(streamed / 2**20, "MB")))
    found.figures.append(
        Figure(
            f"one persona, the product, of read bandwidth, {setting.size:,} jobs", shares["product"], 50, "%"
        )
    )
    found.figures.append(
        Figure(
            f"one persona, whole ranking, of read bandwidth, {setting.size:,} jobs",
            shares["ranking"],
            50,
            "%",
        )
    )


def _measure_processes(setting: Setting, found: Found) -> None:
    """What a second process adds: in throughput and in memory."""
    small, personas = setting.market.real[:200], setting.personas[:TOGETHER]
    workers = [Worker(small, personas, setting.folder) for _ in range(2)]
    for worker in workers:
        worker.ask("memory")
    memory = [worker.answer()[0] for worker in workers]
    # Long enough to be timed, at any size.
    times = min(20, max(1, 2 * MILLION // setting.size))
    alone, together, slowed = [], [], []
    for _ in range(RUNS):
        workers[0].ask("rank", times)
        wall, cpu = workers[0].answer()
        for worker in workers:
            worker.ask("rank", times)
        both = [worker.answer() for worker in workers]
        alone.append(wall)
        together.append(max(each[0] for each in both))
        slowed.append(2 * cpu / statistics.mean(each[1] for each in both))
    for worker in workers:
        worker.stop()
    ratio = 2 * statistics.median(alone) / statistics.median(together)
    size = f"{setting.size:,} jobs"
    found.lines.append(
        (
            "two processes over one, in wall time; by CPU time alone",
            f"{ratio:.2f}×; {statistics.median(slowed):.2f}×",
        )
    )
    found.lines.append(
        (f"memory a worker adds with {len(personas)} personas ranked", tell(max(memory) / 2**20, "MB"))
    )
    found.figures.append(Figure(f"two processes over one, {size}", ratio, 1.7, "×"))
    if setting.size >= MILLION:
        found.figures.append(
            Figure(f"memory of an extra worker, {size}", max(memory) / 2**20, 64, "MB", at_most=True)
        )
