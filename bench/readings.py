"""Snapshots of multiplied markets, built and opened in processes of their own, so that one's memory is not another's."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.measuring import RUNS, Times, repeat
from bench.postings import Multiplied, job_id
from matching.engine import rank
from matching.knowledge import shipped_knowledge
from matching.memory import give_back_memory
from matching.scoring import JobFacts, PersonaFacts
from matching.snapshot import OpenJob, build_snapshot
from matching.snapshot_files import read_snapshot, write_snapshot

_SPAWN = multiprocessing.get_context("spawn")
KEEP = 1_000


@dataclass(frozen=True, slots=True)
class Built:
    """What building a snapshot took: CPU seconds from nothing (once), from the one before with 1 % new jobs, and of writing;
    bytes on disk; the largest memory of the process that built it."""

    jobs: int
    from_nothing: float
    from_before: Times
    writing: float
    on_disk: int
    peak: int


def build_elsewhere(real: Sequence[JobFacts], size: int, folder: Path) -> Built:
    """Build the snapshot of a market in another process and write it to a folder, `folder`.next with 1 % new jobs beside it."""
    with ProcessPoolExecutor(1, mp_context=_SPAWN) as pool:
        return pool.submit(_build, real, size, folder).result()


def next_of(folder: Path) -> Path:
    """Give the folder of the snapshot that follows another."""
    return folder.with_name(f"{folder.name}.next")


def _build(real: Sequence[JobFacts], size: int, folder: Path) -> Built:
    knowledge, market = shipped_knowledge(), Multiplied(real)
    build_snapshot(
        [OpenJob(job_id(row), 1, None, "", job) for row, job in enumerate(real)], knowledge=knowledge
    )
    started = time.process_time()
    for _job in market.newest_first(size):
        pass
    making = time.process_time() - started
    started = time.process_time()
    snapshot = build_snapshot(market.newest_first(size), knowledge=knowledge)
    from_nothing = time.process_time() - started - making
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    started = time.process_time()
    write_snapshot(snapshot, folder)
    writing = time.process_time() - started
    # As many jobs close as are new: the oldest.
    new = size // 100
    order = [snapshot.job_id(row) for row in range(size - new)]
    known = read_snapshot(folder)
    news = [market.open_job(number) for number in range(size + new - 1, size - 1, -1)]
    order = [job.pk for job in news] + order
    from_before = repeat(
        lambda: build_snapshot(news, knowledge=knowledge, order=lambda: order, known=known), runs=RUNS
    )
    write_snapshot(
        build_snapshot(news, knowledge=knowledge, order=lambda: order, known=known), next_of(folder)
    )
    on_disk = sum(path.stat().st_size for path in folder.iterdir())
    return Built(size, from_nothing, from_before, writing, on_disk, peak)


class Worker:
    """Another process that opens a snapshot and ranks personas when it is told to."""

    def __init__(self, small: Sequence[JobFacts], personas: Sequence[PersonaFacts], folder: Path) -> None:
        self._here, there = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(there, small, personas, folder), daemon=True)
        self._process.start()
        there.close()

    def ask(self, wish: str, *given: Any) -> None:
        """Send a wish; `answer` gives what comes of it."""
        self._here.send((wish, given))

    def answer(self) -> Any:
        """Wait for what came of the last wish."""
        return self._here.recv()

    def stop(self) -> None:
        """End the process."""
        self.ask("stop")
        self._process.join()


def read_private_memory() -> int:
    """Give the bytes of memory that this process shares with no other."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def _serve(
    pipe: Connection, small: Sequence[JobFacts], personas: Sequence[PersonaFacts], folder: Path
) -> None:
    knowledge = shipped_knowledge()
    # All code and shipped data is loaded by work on a few jobs before anything is measured.
    few = build_snapshot(
        [OpenJob(job_id(row), 1, None, "", job) for row, job in enumerate(small)], knowledge=knowledge
    )
    rank(few, personas, knowledge=knowledge, keep=KEEP)
    give_back_memory()
    before = read_private_memory()
    snapshot = read_snapshot(folder)
    # More than once: what one call leaves behind, the next one uses again.
    for _ in range(3):
        kept = rank(snapshot, personas, knowledge=knowledge, keep=KEEP)
    # As the worker does after each task.
    give_back_memory()
    wishes: dict[str, Callable[..., Any]] = {
        "memory": lambda: (read_private_memory() - before, sum(len(each) for each in kept)),
        "rank": lambda times: _time(
            lambda: [rank(snapshot, personas, knowledge=knowledge, keep=KEEP) for _ in range(times)]
        ),
    }
    while (message := pipe.recv())[0] != "stop":
        wish, given = message
        pipe.send(wishes[wish](*given))


def _time(run: Callable[[], object]) -> tuple[float, float]:
    """Give wall and CPU seconds of a run."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu
