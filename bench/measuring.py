"""How everything here is measured: CPU time, medians, ways taken in turn, and figures beside their goals."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RUNS = 5
MILLION = 1_000_000
_TICKS = os.sysconf("SC_CLK_TCK")

Clock = Callable[[], float]
Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure beside its goal; at_most tells whether less is better. `note` says what was divided by what."""

    name: str
    value: float
    goal: float
    unit: str = ""
    at_most: bool = False
    note: str = ""

    @property
    def reached(self) -> bool:
        """Tell whether the goal was reached."""
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def row(self) -> tuple[str, str, str, str]:
        """Give the figure as a row of a table."""
        sign = "≤" if self.at_most else "≥"
        verdict = "reached" if self.reached else "**missed**"
        return self.name, tell(self.value, self.unit), f"{sign} {tell(self.goal, self.unit)}", verdict


@dataclass(frozen=True, slots=True)
class Times:
    """The CPU seconds of several runs of one way."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        """Give the median, never quite 0 so that a rate can be made of it."""
        return max(statistics.median(self.seconds), 1e-9)

    def rate(self, things: float) -> float:
        """Give things a core-second."""
        return things / self.median

    def span(self, things: float) -> str:
        """Give the slowest and the fastest rate in millions, in words."""
        slow, fast = things / max(*self.seconds, 1e-9), things / max(min(self.seconds), 1e-9)
        return f"{slow / MILLION:,.3g}–{fast / MILLION:,.3g}"


@dataclass(slots=True)
class Spent:
    """What one stretch of work took, in seconds: by the clock on the wall, and of CPU in this process and in PostgreSQL's."""

    wall: float = 0.0
    client: float = 0.0
    server: float = 0.0

    @property
    def cpu(self) -> float:
        """Give the CPU time of both."""
        return self.client + self.server


def read_server_cpu(pid: int) -> float:
    """Give the CPU seconds that a PostgreSQL backend has used, in steps of a hundredth."""
    fields = (
        Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def watch(pid: int | None = None) -> Iterator[Spent]:
    """Measure a block, and the backend of a connection while it runs."""
    spent = Spent()
    server = read_server_cpu(pid) if pid else 0.0
    wall, client = time.perf_counter(), time.process_time()
    yield spent
    spent.wall, spent.client = time.perf_counter() - wall, time.process_time() - client
    spent.server = read_server_cpu(pid) - server if pid else 0.0


def take_turns(
    ways: Mapping[str, Run], *, runs: int = RUNS, clock: Clock = time.process_time
) -> dict[str, Times]:
    """Measure several ways in turn (A B A B), after one run of each that does not count."""
    for run in ways.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        gc.collect()
        for name, run in ways.items():
            started = clock()
            run()
            seconds[name].append(clock() - started)
    return {name: Times(each) for name, each in seconds.items()}


def repeat(run: Run, *, runs: int = RUNS) -> Times:
    """Measure one way, after one run that does not count."""
    return take_turns({"": run}, runs=runs)[""]


def measure_bandwidth(megabytes: int = 256) -> float:
    """Give the bytes a core reads from memory in a second: the faster of NumPy's sum and maximum over one large array."""
    array = np.ones(megabytes * 2**20 // 4, np.float32)
    times = take_turns({"sum": array.sum, "max": array.max})
    return max(each.rate(array.nbytes) for each in times.values())


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the value that so many percent of all do not exceed."""
    return float(np.percentile(np.array(values), percent, method="higher"))


def tell(value: float, unit: str = "") -> str:
    """Give a number with three telling digits and its unit."""
    if float(value).is_integer() or abs(value) >= 1_000:
        text = f"{value:,.0f}"
    else:
        text = f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"
    return f"{text}{'' if unit in ('', '×') else ' '}{unit}".strip()


def write_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
