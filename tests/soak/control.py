"""The control must fail: the usual way, in the same world under the same faults, sends twice and loses."""

from __future__ import annotations

import importlib
import os
import time
from collections import Counter
from dataclasses import dataclass

from relevnt.embedded import place
from tests.soak.chaos import CHILDREN_ALONE, Chaos
from tests.soak.crew import Crew
from tests.soak.world import World

FAULTS = {**CHILDREN_ALONE, "flush_broker": 3}


@dataclass(frozen=True, slots=True)
class Control:
    """What the usual way came to; `lost`: neither sent nor failed nor waiting to be, and nobody told."""

    applications: int
    doubled: int
    most_copies: int
    lost: int
    kills: int

    @property
    def sees_the_fault(self) -> bool:
        """Whether this harness can tell."""
        return self.doubled + self.lost > 0


def run(world: World, *, applications: int = 200, seconds: float = 30, seed: str = "1") -> Control:
    """Hand out so many tasks, disturb them, wait until the broker holds none, and count."""
    database = world.postgres.url(database=place.DATABASE)
    ours = {
        "NAIVE_BROKER": place.celery_url(world.valkey.url(), 3),
        "NAIVE_ROOT": world.employers["roots"]["recruitee"].rpartition("/")[0],
        "NAIVE_DATABASE": database,
    }
    world.environment.update(ours)
    os.environ.update(ours)
    naive = importlib.import_module("tests.soak.naive")
    with world.connect() as connection:
        connection.execute(
            "CREATE TABLE naive (number int PRIMARY KEY, status text NOT NULL DEFAULT 'queued')"
        )
        connection.execute("INSERT INTO naive SELECT generate_series(1, %s)", [applications])
    crew = Crew(world, app="tests.soak.naive", beats=0)
    chaos = Chaos(crew, seed=seed, faults=FAULTS)
    for number in range(1, applications + 1):
        naive.send.delay(number)
    try:
        crew.start(watch=False)
        until = time.monotonic() + seconds
        chaos.run(as_long_as=lambda: time.monotonic() < until)
        wait_until_idle(world, crew)
    finally:
        crew.stop()
    copies = Counter(
        entry.key for entry in world.record.entries("arrival", "already") if entry.key.startswith("naive-")
    )
    ((waiting,),) = world.ask("SELECT count(*) FROM naive WHERE status = 'queued'")
    return Control(
        applications=applications,
        doubled=sum(times > 1 for times in copies.values()),
        most_copies=max(copies.values(), default=0),
        lost=int(waiting),
        kills=chaos.kills,
    )


def wait_until_idle(world: World, crew: Crew, *, patience: float = 90.0, calm: float = 12.0) -> None:
    """Wait until nothing has changed for longer than any retry waits."""
    until = time.monotonic() + patience
    last, since = -1, time.monotonic()
    while time.monotonic() < until and time.monotonic() - since < calm:
        crew.mend()
        now = (
            len(world.record.entries())
            + world.ask("SELECT count(*) FROM naive WHERE status <> 'queued'")[0][0]
        )
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.5)
