"""`python -m bench`: every figure of matching on real postings multiplied to size, into bench/results.md.

The definition, plain SQL and the engine run side by side in one run; then the engine's other figures at each size, then the
database's. Fails only where one of them differs from the definition. `--quick` takes under two minutes, prints and writes
nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from bench.database import Addresses, clock_with, throw_away_database
from bench.engine_figures import Setting, check_sql, measure_engine
from bench.measuring import Clock, Figure, measure_bandwidth, tell
from bench.people import vary_personas
from bench.plain_sql import PlainSql
from bench.postings import Multiplied, read_archive
from bench.readings import build_elsewhere
from bench.report import RESULTS, Report
from matching.scoring import JobFacts

# Plain SQL is measured at this size: it costs the same a pair at any.
SQL_SIZE = 100_000


def main() -> None:
    """Measure, print and write the tables; fail where a score differs from the definition's."""
    options = _read_options()
    report, mismatches = Report(), 0
    real = read_archive()
    bandwidth = measure_bandwidth()
    report.about.append(("memory read by one core", tell(bandwidth / 10**9, "GB/s")))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relevnt-bench-")))
        addresses = None if options.only == "engine" else stack.enter_context(throw_away_database())
        if options.only != "database":
            for size in options.jobs:
                mismatches += _measure_size(size, real, bandwidth, folder, addresses, options, report)
        if addresses is not None:
            _measure_database(addresses, options, report)
    report.figures.insert(0, Figure("differences from the definition", mismatches, 0, at_most=True))
    print(report.text())
    if not (options.quick or options.only):
        RESULTS.write_text(report.text(), encoding="utf-8")
    if mismatches:
        raise SystemExit(f"{mismatches} matches differ from the definition")


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, under two minutes, writes nothing")
    parser.add_argument("--only", choices=("engine", "database"), help="one half, writes nothing")
    parser.add_argument("--jobs", type=int, nargs="+", help="sizes of the market (default 100000 1000000)")
    parser.add_argument("--personas", type=int, help="personas that the engine ranks together (default 256)")
    options = parser.parse_args()
    options.jobs = options.jobs or ([100_000] if options.quick else [100_000, 1_000_000])
    options.personas = options.personas or (128 if options.quick else 256)
    return options


def _measure_size(
    size: int,
    real: Sequence[JobFacts],
    bandwidth: float,
    folder: Path,
    addresses: Addresses | None,
    options: argparse.Namespace,
    report: Report,
) -> int:
    """Add the engine's figures at one size; give the number of differences."""
    _say(f"building {size:,} jobs")
    here = folder / str(size)
    built = build_elsewhere(real, size, here)
    personas = vary_personas(options.personas, companies=sorted({job.company for job in real}))
    setting = Setting(
        Multiplied(real), personas, size, here, built, bandwidth, 200 if options.quick else 1_000
    )
    wrong = 0
    _say(f"ranking {size:,} jobs")
    with _plain_sql(addresses if size <= SQL_SIZE else None, setting) as sql:
        found = measure_engine(setting, sql)
        if sql is not None:
            wrong = check_sql(sql()[0], setting, personas[0])
            found.lines.append(
                (f"differences of plain SQL from the definition, one persona, {size:,} jobs", str(wrong))
            )
    report.add({f"{size:,} jobs, {len(personas)} personas": found.lines}, found.figures)
    shutil.rmtree(here)
    return wrong + found.mismatches


@contextmanager
def _plain_sql(
    addresses: Addresses | None, setting: Setting
) -> Iterator[Callable[[], tuple[PlainSql, Clock]] | None]:
    """Give plain SQL with the jobs of a setting, None without a database."""
    if addresses is None:
        yield None
        return
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        jobs = (setting.market.facts(number) for number in range(setting.size - 1, -1, -1))
        plain = PlainSql(connection, jobs)
        yield lambda: (plain, clock_with(connection))
        plain.drop()


def _measure_database(addresses: Addresses, options: argparse.Namespace, report: Report) -> None:
    # Django is set up only with the database: its models cannot be imported earlier.
    from bench.database_figures import Sizes, measure_database  # noqa: PLC0415

    _say("ingest, nights, pages")
    sizes = Sizes(None, 100_000, 128, 5, 1_000_000, 250)
    if options.quick:
        sizes = Sizes(300, 10_000, 64, 2, 50_000, 60)
    found = measure_database(addresses, sizes)
    nights = f"Nights ({sizes.jobs:,} jobs, {sizes.personas} personas)"
    database = {nights if name == "Nights" else name: lines for name, lines in found.sections.items()}
    report.about.append(("COPY into a plain table", found.copy_rate))
    report.add(database, found.figures)


def _say(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
