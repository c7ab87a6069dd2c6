"""The parts of the product that a soak runs and kills: a worker with its children, two beats, the second clock."""

from __future__ import annotations

import subprocess
from collections import Counter

from tests.soak.world import World, children_of, end

_CELERY = ("-m", "celery", "-A", "tests.soak.clock")


class Crew:
    """What runs, and how often each part was started again."""

    def __init__(self, world: World, *, concurrency: int = 4, beats: int = 2, app: str = "") -> None:
        self.world = world
        self.restarts: Counter[str] = Counter()
        self._concurrency = concurrency
        self._celery = (*_CELERY[:3], app) if app else _CELERY
        self._beats_wanted = beats
        self.worker: subprocess.Popen[bytes] | None = None
        self.beats: list[subprocess.Popen[bytes]] = []
        self.watch: subprocess.Popen[bytes] | None = None

    def start(self, *, watch: bool = True) -> None:
        """Start all of it."""
        self.start_worker()
        self.start_beats()
        if watch:
            self.start_watch()

    def start_worker(self) -> None:
        """A worker, with children by fork."""
        argv = [*self._celery, "worker", "--concurrency", str(self._concurrency), "--without-gossip"]
        self.worker = self.world.start("worker", [*argv, "--without-mingle", "--loglevel", "WARNING"])

    def start_beats(self) -> None:
        """As many beats as wanted, each with a schedule of its own: everything is asked for that often."""
        for number in range(self._beats_wanted):
            schedule = str(self.world.state / f"beat-{number}-{len(self.beats)}")
            argv = [*self._celery, "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "WARNING"]
            self.beats.append(self.world.start("beat", argv))

    def start_watch(self) -> None:
        """The second clock, which needs no broker."""
        self.watch = self.world.start("clock", ["manage.py", "auto_apply_tick", "--watch"])

    def stop_beats(self) -> None:
        """End every beat."""
        for beat in self.beats:
            end(beat)
        self.beats.clear()

    def children(self) -> list[int]:
        """The worker's children, where it lives."""
        if self.worker is None or self.worker.poll() is not None:
            return []
        return children_of(self.worker.pid)

    def mend(self) -> None:
        """Start again what ended by itself, as an operator's supervisor does."""
        if self.worker is not None and self.worker.poll() is not None:
            self.restarts["worker"] += 1
            self.start_worker()
        if self.watch is not None and self.watch.poll() is not None:
            self.restarts["clock"] += 1
            self.start_watch()
        for beat in [each for each in self.beats if each.poll() is not None]:
            self.beats.remove(beat)
            self.restarts["beat"] += 1
            schedule = str(self.world.state / f"beat-again-{self.restarts['beat']}")
            argv = [*self._celery, "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "WARNING"]
            self.beats.append(self.world.start("beat", argv))

    def stop(self) -> None:
        """End everything, and the children of workers that were killed before."""
        self.stop_beats()
        for part in (self.worker, self.watch):
            if part is not None:
                end(part)
