"""Everything that can befall the machine, drawn with a seed: its processes are killed and stopped, its servers too."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

import redis

from tests.soak.crew import Crew

# How often each is drawn, among those that are not the usual kill of a child.
FAULTS: Mapping[str, int] = {
    "stop_child": 10,
    "kill_parent": 4,
    "flush_broker": 3,
    "empty_broker": 2,
    "database_immediate": 2,
    "database_killed": 2,
    "no_beat": 2,
    "kill_clock": 4,
}
CHILDREN_ALONE: Mapping[str, int] = {"stop_child": 10, "kill_parent": 4}


class Chaos:
    """Kills a child every 0.7 to 1.8 seconds, and between these draws one of the other faults; counts all of them."""

    def __init__(self, crew: Crew, *, seed: str, faults: Mapping[str, int] = FAULTS) -> None:
        self.counts: Counter[str] = Counter()
        self.down: list[tuple[float, float]] = []
        self._crew = crew
        self._world = crew.world
        self._chance = random.Random(f"{seed}/chaos")
        self._faults = dict(faults)
        self._stopped: list[tuple[float, int]] = []
        self._beats_back: float | None = None
        self._acts: dict[str, Callable[[], None]] = {
            "stop_child": self._stop_child,
            "kill_parent": self._kill_parent,
            "flush_broker": self._flush,
            "empty_broker": self._empty_broker,
            "database_immediate": lambda: self._end_database(signal.SIGQUIT),
            "database_killed": lambda: self._end_database(signal.SIGKILL),
            "no_beat": self._take_beats,
            "kill_clock": self._kill_clock,
        }

    def run(self, *, as_long_as: Callable[[], bool]) -> None:
        """Let it all happen; in the thread that started the crew, with whose end its processes end."""
        while as_long_as():
            time.sleep(self._chance.uniform(0.7, 1.8))
            self._crew.mend()
            self._go_on()
            self._kill_child()
            if self._faults and self._chance.random() < 0.12:
                (fault,) = self._chance.choices(list(self._faults), list(self._faults.values()))
                self._acts[fault]()
        self._go_on(all_of_them=True)
        self._crew.mend()

    @property
    def kills(self) -> int:
        """Processes that were killed: children, parents, servers."""
        kinds = (
            "kill_child",
            "kill_parent",
            "kill_clock",
            "empty_broker",
            "database_immediate",
            "database_killed",
        )
        return sum(self.counts[kind] for kind in kinds)

    def _kill_child(self) -> None:
        children = self._crew.children()
        if children and self._signal(self._chance.choice(children), signal.SIGKILL):
            self.counts["kill_child"] += 1

    def _stop_child(self) -> None:
        children = self._crew.children()
        if not children:
            return
        pid = self._chance.choice(children)
        if self._signal(pid, signal.SIGSTOP):
            self._stopped.append((time.monotonic() + self._chance.uniform(3, 9), pid))
            self.counts["stop_child"] += 1

    def _kill_parent(self) -> None:
        worker = self._crew.worker
        if worker is not None and worker.poll() is None:
            worker.kill()  # its children go on as long as they will
            worker.wait()
            self.counts["kill_parent"] += 1

    def _kill_clock(self) -> None:
        clock = self._crew.watch
        if clock is not None and clock.poll() is None:
            clock.kill()
            clock.wait()
            self.counts["kill_clock"] += 1

    def _flush(self) -> None:
        with suppress(redis.RedisError), redis.Redis.from_url(self._world.valkey.url()) as broker:
            broker.flushall()
            self.counts["flush_broker"] += 1

    def _empty_broker(self) -> None:
        valkey = self._world.valkey
        assert valkey.process is not None
        os.killpg(valkey.process.pid, signal.SIGKILL)
        valkey.process.wait()
        self.counts["empty_broker"] += 1
        time.sleep(self._chance.uniform(0.2, 2))
        valkey.start()

    def _end_database(self, how: signal.Signals) -> None:
        began = time.time()
        postgres = self._world.postgres
        assert postgres.process is not None
        postgres.process.send_signal(how)
        postgres.process.wait()
        self.counts["database_killed" if how == signal.SIGKILL else "database_immediate"] += 1
        time.sleep(self._chance.uniform(0.2, 2))
        postgres.start()
        self.down.append((began, time.time()))

    def _take_beats(self) -> None:
        if self._beats_back is None:
            self._crew.stop_beats()
            self._beats_back = time.monotonic() + self._chance.uniform(6, 12)
            self.counts["no_beat"] += 1

    def _go_on(self, *, all_of_them: bool = False) -> None:
        now = time.monotonic()
        due = [each for each in self._stopped if all_of_them or each[0] <= now]
        for each in due:
            self._stopped.remove(each)
            self._signal(each[1], signal.SIGCONT)
        if self._beats_back is not None and (all_of_them or self._beats_back <= now):
            self._beats_back = None
            self._crew.start_beats()

    @staticmethod
    def _signal(pid: int, number: signal.Signals) -> bool:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False
