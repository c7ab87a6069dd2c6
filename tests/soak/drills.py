"""Outages with an end: the broker away, no beat at all, workers restarted in turn, a database put back to an earlier day."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from autoapply.applications import stand_behind
from autoapply.models import Application
from personas.identity import acting_as
from tests.autoapply.machine import make_applicant, queue, read
from tests.employers.client import call
from tests.soak.crew import Crew
from tests.soak.run import drain_queue, sendings
from tests.soak.world import World, end

PAGES = ("/healthz", "/accounts/login/")


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill, what it showed, and whether that is what was promised."""

    name: str
    shown: str
    right: bool


def run_all(world: World) -> list[Drill]:
    """Every drill, one after the other."""
    return [broker_away(world), without_beat(world), rolling_restart(world), restored(world)]


def broker_away(world: World, *, seconds: float = 20) -> Drill:
    """The broker is away: pages answer; when it is back, the first application leaves within a minute."""
    crew = Crew(world, concurrency=2, beats=1)
    crew.start(watch=False)
    door = _free_port()
    web = world.start(
        "web",
        [
            "-m",
            "gunicorn",
            "relevnt.wsgi",
            "--bind",
            f"127.0.0.1:{door}",
            "--threads",
            "2",
            "--log-level",
            "warning",
        ],
        role="app",
    )
    try:
        _wait_until(lambda: _status(door, "/healthz") == 200, 60)
        valkey = world.valkey
        assert valkey.process is not None
        valkey.process.kill()
        valkey.process.wait()
        _queue(3)
        before = sendings(world)
        statuses: Counter[int] = Counter()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            statuses.update(_status(door, page) for page in PAGES)
            time.sleep(0.5)
        valkey.start()
        began = time.monotonic()
        _wait_until(lambda: sendings(world) > before, 90)
        waited = time.monotonic() - began
        drain_queue(world, crew, patience=60)
    finally:
        crew.stop()
        end(web)
    wrong = sum(times for status, times in statuses.items() if status >= 500 or status == 0)
    return Drill(
        f"broker away for {seconds:.0f} s",
        f"{statuses.total()} pages asked for, {wrong} not answered; first sending {waited:.1f} s after its return",
        wrong == 0 and waited <= 60,
    )


def without_beat(world: World) -> Drill:
    """No beat, no worker: the second clock takes over."""
    crew = Crew(world, concurrency=1, beats=0)
    before = sendings(world)
    _queue(3)
    crew.start_watch()
    began = time.monotonic()
    try:
        _wait_until(lambda: sendings(world) > before, 90)
        waited = time.monotonic() - began
        drain_queue(world, crew, patience=60)
    finally:
        crew.stop()
    return Drill(
        "no beat and no worker", f"first sending by the second clock after {waited:.1f} s", waited <= 60
    )


def rolling_restart(world: World, *, seconds: float = 60, every: float = 10) -> Drill:
    """Workers are asked to end and started anew every ten seconds: nothing is sent twice and nothing becomes a doubt."""
    crew = Crew(world, concurrency=2, beats=1)
    made = _queue(60)
    crew.start()
    restarts, longest = 0, 0.0
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            time.sleep(every)
            assert crew.worker is not None
            began = time.monotonic()
            crew.worker.send_signal(signal.SIGTERM)
            crew.worker.wait(60)
            longest = max(longest, time.monotonic() - began)
            crew.start_worker()
            restarts += 1
        drain_queue(world, crew, patience=90)
    finally:
        crew.stop()
    states = Counter(read(each).status for each in made)
    keys = Counter(entry.key for entry in world.record.entries("arrival", "already"))
    doubled = sum(keys[str(each.key)] > 1 for each in made)
    return Drill(
        f"workers restarted {restarts} times, every {every:.0f} s",
        f"{dict(states)}, doubled {doubled}, the longest end took {longest:.1f} s",
        doubled == 0 and states == {"submitted": len(made)},
    )


def restored(world: World) -> Drill:
    """A database of before some sendings is put back: nothing leaves, not even what waits, before people have spoken."""
    crew = Crew(world, concurrency=2, beats=1)
    sent_later, never_sent = _queue(10), _queue(2)
    # What is not to leave yet waits for a day.
    for each in never_sent:
        with acting_as(each.user_id):
            Application.objects.filter(pk=each.pk).update(next_at="2100-01-01T00:00Z")
    backup = world.state / "backup"
    _stop_database(world)
    _copy(world.postgres.data, backup)
    world.postgres.start()
    crew.start()
    drain_queue(world, crew, patience=90)
    crew.stop()
    gone = [each for each in sent_later if read(each).status == "submitted"]
    _stop_database(world)
    _put_back(backup, world.postgres.data)
    world.postgres.start()
    before = len(world.record.entries("arrival", "already"))
    for each in never_sent:
        with acting_as(each.user_id):
            Application.objects.filter(pk=each.pk).update(next_at="2000-01-01T00:00Z")
    crew.start()
    try:
        time.sleep(8 * world.clocks.tick)
        ((epoch, because),) = world.ask("SELECT epoch, raised_because FROM auto_apply_fence")
        while_it_stands = len(world.record.entries("arrival", "already")) - before
        world.run("manage.py", "auto_apply_fence", "--lift")
        time.sleep(8 * world.clocks.tick)
        lifted = len(world.record.entries("arrival", "already")) - before
        with acting_as(never_sent[0].user_id):
            stand_behind(application=never_sent[0])
        key = str(never_sent[0].key)
        _wait_until(lambda: bool(world.record.entries("arrival", key=key)), 60)
        time.sleep(4 * world.clocks.tick)
        after = len(world.record.entries("arrival", "already")) - before
    finally:
        crew.stop()
    return Drill(
        "a database of before the last sendings put back",
        f"{len(gone)} sendings forgotten; fence {because or 'not raised'}; sent while it stood {while_it_stands}, "
        f"when lifted {lifted}, after one owner's word {after}",
        len(gone) == len(sent_later) and epoch == 1 and (while_it_stands, lifted, after) == (0, 0, 1),
    )


def _queue(count: int) -> list[Application]:
    return [queue(make_applicant()) for _ in range(count)]


def _stop_database(world: World) -> None:
    connection.close()
    world.postgres.stop()


def _put_back(backup: Path, data: Path) -> None:
    shutil.rmtree(data)
    _copy(backup, data)


def _wait_until(true: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            sys.stderr.write("a drill waited for too long\n")
            return
        time.sleep(0.2)


def _status(port: int, page: str) -> int:
    try:
        return call("GET", f"http://127.0.0.1:{port}{page}", timeout=10).status
    except OSError:
        return 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _copy(data: Path, to: Path) -> None:
    subprocess.run(["cp", "-a", str(data), str(to)], check=True)  # with its owner, whose server it is
