"""Keeps the parts of a running Relevnt together: starts them, watches them, ends all of them when one ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from django.utils.translation import gettext as _

from relevnt.embedded import process
from relevnt.embedded.postgres import Postgres
from relevnt.embedded.valkey import Valkey

_POLL = 0.2  # seconds
_ERROR = re.compile(
    r"\[?\d{4}-\d\d-\d\d [^A-Za-z]*(ERROR|CRITICAL)\b"
)  # as Django, gunicorn and Celery log it


class PartEndedError(Exception):
    """A part ended that should have stayed; the message names it and carries its last lines."""


class StopRequestedError(Exception):
    """Somebody asked for the end while we were still starting."""


@dataclass(frozen=True, slots=True)
class Part:
    """A program that runs as long as Relevnt does; `patience` is how many seconds it gets to end by itself."""

    name: str
    argv: tuple[str, ...]
    role: str
    patience: float


class Supervisor:
    """Starts servers, steps and parts in the order asked, and stops them in a good one."""

    def __init__(self, *, state: Path, base: Path, say: Callable[[str], None], verbose: bool) -> None:
        """`say` shows a line to the person; `verbose` shows every line of every log, else only errors."""
        self.logs = state / "logs"
        self._base = base
        self._say = say
        self._verbose = verbose
        self._servers: list[tuple[str, Postgres | Valkey]] = []
        self._parts: list[tuple[Part, subprocess.Popen[bytes]]] = []
        self._followers: list[_Follower] = []
        self._stop = threading.Event()
        process.make_private_dir(self.logs, None)
        process.adopt_orphans()

    def obey_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal ask for the end; the second time, parts are killed at once."""
        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(wanted, self._on_signal)

    def start_server(self, name: str, server: Postgres | Valkey) -> None:
        """Start an embedded server and keep it until `stop`."""
        self.pause(0)
        self._servers.append((name, server))
        server.start()

    def run_step(self, name: str, argv: Sequence[str], *, role: str, show: bool = False) -> None:
        """Run a command to its end as a database role; `show` lets it write to the terminal.

        Raises PartEndedError when it fails, StopRequestedError when the end is asked for meanwhile.
        """
        self.pause(0)
        log = self.logs / f"{name}.log"
        process.fresh_log(log)
        running = process.spawn(argv, log=None if show else log, env=_environment(role), cwd=self._base)
        try:
            while running.poll() is None:
                self.pause(0.05)
        finally:
            process.stop(running, first=signal.SIGTERM, patience=10)
        if running.returncode:
            raise PartEndedError(_obituary(name, running.returncode, None if show else log))

    def start_part(self, part: Part, *, keep: Sequence[int]) -> None:
        """Start a part and keep it until `stop`; the descriptors in `keep` stay open in it."""
        self.pause(0)
        log = self.logs / f"{part.name}.log"
        process.fresh_log(log)
        self._followers.append(_Follower(part.name, log, self._say, everything=self._verbose))
        running = process.spawn(part.argv, log=log, env=_environment(part.role), cwd=self._base, keep=keep)
        self._parts.append((part, running))

    def last_words(self, name: str) -> str:
        """The last lines of a part's log, with a line that introduces them."""
        return _last_words(self.logs / f"{name}.log")

    def pause(self, seconds: float) -> None:
        """Let time pass while everything runs; raises PartEndedError or StopRequestedError as soon as it does not."""
        end = time.monotonic() + seconds
        while True:
            if self._stop.wait(max(0.0, min(_POLL, end - time.monotonic()))):
                raise StopRequestedError
            self._follow()
            self._look_for_the_dead()
            if time.monotonic() >= end:
                return

    def stop(self) -> None:
        """End the parts together, then the servers, then whatever they left behind."""
        for _part, running in self._parts:
            if running.poll() is None:
                running.terminate()
        for part, running in self._parts:
            process.finish(running, patience=part.patience)
        self._follow()
        for _name, server in reversed(self._servers):
            server.stop()
        process.end_orphans(patience=5)

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            for _part, running in self._parts:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(running.pid, signal.SIGKILL)
        self._stop.set()

    def _follow(self) -> None:
        for follower in self._followers:
            follower.show_news()

    def _look_for_the_dead(self) -> None:
        for part, running in self._parts:
            if running.poll() is not None:
                raise PartEndedError(_obituary(part.name, running.returncode, self.logs / f"{part.name}.log"))
        for name, server in self._servers:
            if server.process and server.process.poll() is not None:
                raise PartEndedError(_obituary(name, server.process.returncode, server.log))


class _Follower:
    """Shows the new lines of a log: all of them, or the first line of every error."""

    def __init__(self, name: str, log: Path, say: Callable[[str], None], *, everything: bool) -> None:
        self._name = name
        self._log = log
        self._say = say
        self._everything = everything
        self._place = log.stat().st_size if log.exists() else 0

    def show_news(self) -> None:
        """Show what was written since the last time, whole lines only."""
        if not self._log.exists():
            return
        with self._log.open("rb") as handle:
            handle.seek(self._place)
            news = handle.read()
        whole = news[: news.rfind(b"\n") + 1]
        self._place += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if self._everything or _ERROR.match(line):
                self._say(f"{self._name} | {line}")


def _environment(role: str) -> dict[str, str]:
    return {**os.environ, "RELEVNT_ROLE": role, "PYTHONUNBUFFERED": "1"}


def _obituary(name: str, returncode: int, log: Path | None) -> str:
    headline = _("%(name)s ended unexpectedly (%(end)s).") % {
        "name": name,
        "end": process.describe_end(returncode),
    }
    return f"{headline} {_last_words(log)}" if log else headline


def _last_words(log: Path) -> str:
    return "\n".join([_("Last lines of %(log)s:") % {"log": log}, process.last_lines(log)])
