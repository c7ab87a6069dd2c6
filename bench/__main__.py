"""`python -m bench`: pairs per second of the definition and of the engine on real postings, into bench/results.md.

Rates are in CPU time, each the median of five runs. The postings are those of the shipped archive, multiplied to size; the
definition is timed over a sample of them, since it scores one pair at a time. Both have read the jobs beforehand, and both
run once unmeasured, so that caches of titles and exchange rates are warm for either.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bench.postings import multiply, read_archive, sketch_personas
from matching.engine import JobTable, rank
from matching.knowledge import shipped_knowledge
from matching.scoring import (
    ENOUGH_COVERAGE,
    JobFacts,
    PersonaFacts,
    Requirement,
    read_requirement,
    read_wants,
    score_prepared,
)

RESULTS = Path(__file__).parent / "results.md"
RUNS = 5
KEEP = 1_000
KNOWLEDGE = shipped_knowledge()


def main() -> None:
    """Measure, print and write the table; fail where the engine differs from the definition."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=100_000, help="size of the market (default 100,000)")
    parser.add_argument(
        "--sample", type=int, default=5_000, help="jobs the definition is timed on (default 5,000)"
    )
    options = parser.parse_args()
    real = read_archive()
    market = multiply(real, options.jobs)
    sample = market[:: max(1, len(market) // options.sample)][: options.sample]
    personas = list(sketch_personas().values())
    mismatches = count_mismatches(sample, personas)
    text = report(real, market, sample, personas, mismatches)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")
    if mismatches:
        raise SystemExit(f"the engine differs from the definition on {mismatches} matches")


def report(
    real: Sequence[JobFacts],
    market: Sequence[JobFacts],
    sample: Sequence[JobFacts],
    personas: Sequence[PersonaFacts],
    mismatches: int,
) -> str:
    """Measure both ways and give the results as a document."""
    started = time.process_time()
    table = JobTable.build(market, knowledge=KNOWLEDGE)
    building = time.process_time() - started
    requirements = [read_requirement(job, knowledge=KNOWLEDGE) for job in sample]
    slow = (
        len(sample)
        * len(personas)
        / measure(lambda: [rank_slowly(sample, requirements, p) for p in personas])
    )
    fast = (
        len(market) * len(personas) / measure(lambda: rank(table, personas, knowledge=KNOWLEDGE, keep=KEEP))
    )
    named = statistics.mean(len(requirement.terms) for requirement in requirements)
    return f"""# Matching, measured

{len(real):,} real postings of the shipped archive, multiplied to {len(market):,} jobs ({len(table.titles.values):,} titles,
{len(table.pays.values):,} pays, {len(table.whereabouts.values):,} whereabouts; {named:.1f} skills a posting) against
{len(personas)} personas, the best {KEEP:,} kept. CPU time, median of {RUNS} runs, on Python {platform.python_version()},
NumPy {np.__version__}, {platform.machine()}.

| way | pairs per core-second | ratio |
|---|---|---|
| definition, one pair at a time ({len(sample):,} jobs) | {slow:,.0f} | 1 |
| engine | {fast:,.0f} | {fast / slow:,.0f} |

One persona over all jobs: {1000 * len(market) / fast:,.1f} ms. Building the table, once for all personas: {building:,.1f} s.
Pairs on which the two differ, of {len(sample) * len(personas):,}: {mismatches}.
"""


def rank_slowly(
    jobs: Sequence[JobFacts], requirements: Sequence[Requirement], persona: PersonaFacts
) -> list[tuple]:
    """Rank jobs with the definition alone: (row, score, coverage), best first."""
    wants = read_wants(persona, knowledge=KNOWLEDGE)
    found = []
    for row, (job, requirement) in enumerate(zip(jobs, requirements, strict=True)):
        score = score_prepared(job, requirement, wants, knowledge=KNOWLEDGE)
        if score is not None:
            found.append((row, score.score, score.coverage))
    return sorted(found, key=lambda match: (match[2] < ENOUGH_COVERAGE, -match[1], match[0]))


def count_mismatches(jobs: Sequence[JobFacts], personas: Sequence[PersonaFacts]) -> int:
    """Count the matches that only one of the two ways finds, or that they score or place differently."""
    requirements = [read_requirement(job, knowledge=KNOWLEDGE) for job in jobs]
    rankings = rank(JobTable.build(jobs, knowledge=KNOWLEDGE), personas, knowledge=KNOWLEDGE)
    wrong = 0
    for persona, ranking in zip(personas, rankings, strict=True):
        fast = [(match.job, match.score, match.coverage) for match in ranking]
        slow = rank_slowly(jobs, requirements, persona)
        wrong += abs(len(fast) - len(slow)) + sum(a != b for a, b in zip(fast, slow, strict=False))
    return wrong


def measure(run: Callable[[], object]) -> float:
    """Give the median CPU seconds of RUNS runs after one that does not count."""
    run()
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return statistics.median(times)


if __name__ == "__main__":
    main()
