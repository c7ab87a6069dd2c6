"""A world of its own for a soak: durable servers, employers as a process, and the environment that everything runs in."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg

from relevnt.embedded import place, process, roles
from relevnt.embedded.postgres import Postgres
from relevnt.embedded.valkey import Valkey
from tests.employers.record import Record

BASE = Path(__file__).resolve().parent.parent.parent
_SYSTEMS = ("recruitee", "greenhouse", "lever", "ashby", "smartrecruiters", "workable")


@dataclass(frozen=True, slots=True)
class Clocks:
    """The times of the machine in a soak, in seconds; the product's own stand in relevnt/settings.py."""

    send: float = 3.0
    lease: float = 8.0
    quarantine: float = 18.0
    left_alone: float = 10.0
    tick: float = 2.0
    rules: float = 120.0

    def environment(self) -> dict[str, str]:
        """The same as the settings read them."""
        return {
            "AUTO_APPLY_SEND_SECONDS": f"{self.send:g}",
            "AUTO_APPLY_LEASE_SECONDS": f"{self.lease:g}",
            "AUTO_APPLY_QUARANTINE_SECONDS": f"{self.quarantine:g}",
            "AUTO_APPLY_LEFT_ALONE_SECONDS": f"{self.left_alone:g}",
            "AUTO_APPLY_TICK_SECONDS": f"{self.tick:g}",
            "AUTO_APPLY_RULES_SECONDS": f"{self.rules:g}",
        }


class World:
    """PostgreSQL that keeps what it commits, a Valkey that keeps nothing, and employers with a mix of behaviours."""

    def __init__(self, *, mix: str = "bad", seed: str = "0", clocks: Clocks | None = None) -> None:
        self.clocks = clocks or Clocks()
        self.chance = random.Random(seed)
        self.state = Path(tempfile.mkdtemp(prefix="relevnt-soak-", dir=place.temporary_dir()))
        self.postgres = Postgres(self.state)
        self.valkey = Valkey(self.state, durable=False)
        self.record = Record(self.state / "arrivals.jsonl")
        self.environment: dict[str, str] = {}
        self.employers: dict[str, Any] = {}
        self._mix, self._seed = mix, seed
        self._children: list[subprocess.Popen[bytes]] = []
        self._receiver: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for child in [*self._children, *([self._receiver] if self._receiver else [])]:
            end(child)
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.state, ignore_errors=True)

    def _start(self) -> None:
        place.make_state_dir(self.state)
        process.adopt_orphans()
        self.postgres.start()
        roles.bootstrap(self.postgres.url(), state=self.state, passwords=False)
        self.valkey.start()
        self._start_employers()
        self.environment = self._environment()
        self.run("manage.py", "migrate", "--no-input", "--skip-checks", role="owner")

    def _start_employers(self) -> None:
        command = [sys.executable, "-m", "tests.employers", "--record", str(self.record.path)]
        command += ["--mix", self._mix, "--seed", self._seed]
        log = self.state / "logs" / "employers.log"
        self._receiver = process.spawn(command, log=log, env=os.environ, cwd=BASE)
        until = time.monotonic() + 60
        while not (said := log.read_text()).endswith("\n"):
            if time.monotonic() > until or self._receiver.poll() is not None:
                raise process.ProcessError(f"The employers do not answer: {said}")
            time.sleep(0.05)
        self.employers = json.loads(said.splitlines()[0])

    def _environment(self) -> dict[str, str]:
        port = self.employers["port"]
        ours = ("DATABASE_URL", "DATABASE_OWNER_URL", "WORKER_DATABASE_URL", "REDIS_URL", "RELEVNT_ROLE")
        roots = {
            system: f"http://127.0.0.1:{port}/{system}"
            + ("/{board}" if system in ("recruitee", "workable") else "")
            for system in _SYSTEMS
        }
        return {
            **{name: value for name, value in os.environ.items() if name not in ours},
            "RELEVNT_STATE_DIR": str(self.state),
            "RECEIVER_ROOTS": ",".join(f"{name}={root}" for name, root in roots.items()),
            "OUTBOUND_PRIVATE_HOSTS": f"127.0.0.1:{port}",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.employers['smtp_port']}",
            "DEFAULT_FROM_EMAIL": "Relevnt <applications@relevnt.test>",
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": "INFO",
            **self.clocks.environment(),
        }

    # Programs.

    def run(self, *argv: str, role: str = "worker") -> None:
        """Run one of our commands to its end; raises CalledProcessError with what it said."""
        done = subprocess.run(
            [sys.executable, *argv],
            cwd=BASE,
            env={**self.environment, "RELEVNT_ROLE": role},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(done.stdout.decode(errors="replace"))
            done.check_returncode()

    def start(
        self, name: str, argv: Sequence[str], *, role: str = "worker", more: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a part of the product in a process group of its own, its words appended to a log of that name."""
        started = process.spawn(
            [sys.executable, *argv],
            log=self.state / "logs" / f"{name}.log",
            env={**self.environment, "RELEVNT_ROLE": role, **(more or {})},
            cwd=BASE,
        )
        self._children.append(started)
        return started

    # The database, seen past row security.

    def connect(self, *, patience: float = 60.0) -> psycopg.Connection:
        """A connection of the superuser, who sees every row; waits through a restart."""
        until = time.monotonic() + patience
        while True:
            try:
                return psycopg.connect(
                    self.postgres.url(database=place.DATABASE), autocommit=True, connect_timeout=5
                )
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows, read through a restart of the database."""
        until = time.monotonic() + 60
        while True:
            try:
                with self.connect() as connection:
                    return list(connection.execute(query, values or None))  # type: ignore[arg-type]
            except (psycopg.OperationalError, psycopg.InterfaceError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def now(self) -> float:
        """The database's clock, in seconds since 1970: the employers' is the same machine's."""
        return float(self.ask("SELECT extract(epoch FROM clock_timestamp())")[0][0])


def end(child: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGCONT)
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def children_of(pid: int) -> list[int]:
    """The processes that one has started and that live."""
    listing = Path(f"/proc/{pid}/task/{pid}/children")
    with suppress(OSError):
        return [int(each) for each in listing.read_text().split()]
    return []
