"""A whole running copy, as a person starts it: the check, a kill of each part, Ctrl-C, and what is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from relevnt.embedded import place

pytestmark = [
    pytest.mark.last,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc"),
]

BASE = Path(__file__).resolve().parents[2]
OUR_SERVERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "WORKER_DATABASE_URL", "REDIS_URL")


def fresh_environment(state: str) -> dict[str, str]:
    """The environment of somebody who set nothing, not even in .env; the servers of this test run are forgotten."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RELEVNT_", "PYTEST_"))}
    return kept | dict.fromkeys(OUR_SERVERS, "") | {"RELEVNT_STATE_DIR": state}


def processes_of(state: str) -> list[str]:
    """Command lines of the living processes that were started with this state directory."""
    marks = (f"RELEVNT_STATE_DIR={state}".encode(), state.encode())
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environ = (process / "environ").read_bytes().split(b"\0")
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue  # it ended while we looked
        if command and (marks[0] in environ or marks[1] in command):
            found.append(command.decode(errors="replace"))
    return found


def wait_until(seconds: float, happened) -> bool:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def state() -> Iterator[str]:
    path = tempfile.mkdtemp(prefix="relevnt-last-")
    yield path
    assert wait_until(30, lambda: not processes_of(path)), processes_of(path)
    shutil.rmtree(path)


class Running:
    """A copy of Relevnt in a process of its own, its output read as it comes."""

    def __init__(self, state: str) -> None:
        command = [sys.executable, "manage.py", "up", "--no-demo", "--bind", "127.0.0.1:0"]
        self.state = state
        self.told = ""
        self.process = subprocess.Popen(
            command,
            cwd=BASE,
            env=fresh_environment(state),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_ready(self) -> None:
        while "Relevnt is ready at http://127.0.0.1:" not in self.told:
            line = self.process.stdout.readline()
            assert line, self.told
            self.told += line

    def finish(self) -> int:
        self.told += self.process.communicate(timeout=90)[0]
        return self.process.returncode

    def pid_of(self, words: str) -> int:
        """The child whose command line holds `words`; waits for it, worker and beat start after the page."""
        found = []
        assert wait_until(30, lambda: found.append(self.look_for(words)) or found[-1]), words
        return found[-1]

    def look_for(self, words: str) -> int | None:
        listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for pid in listing.split():
            if words in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                return int(pid)
        return None


def test_run_check_sees_page_task_and_tick_and_leaves_nothing_behind(state):
    # its throw-away state directory goes into a temporary directory of this test's own
    Path(state).chmod(0o711)
    environment = fresh_environment("") | {"TMPDIR": state}

    done = subprocess.run(
        ["./run", "--check"],
        cwd=BASE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Check passed." in done.stdout
    assert not list(Path(state).glob("relevnt-check-*"))
    assert not processes_of(state)


PARTS = [
    ("web", "gunicorn"),
    ("worker", "celery -A relevnt.celery worker"),
    ("beat", "celery -A relevnt.celery beat"),
    ("broker", "valkey-server"),
    ("database", "postgres"),
]


def test_up_ends_with_any_part_that_is_killed_and_recovers_at_the_next_start(state):
    running = Running(state)
    running.wait_until_ready()
    leave_a_row(state)

    for name, words in PARTS:
        os.kill(running.pid_of(words), signal.SIGKILL)

        assert running.finish() == 1, name
        assert f"{name} ended unexpectedly (killed by SIGKILL)" in running.told
        assert not processes_of(state), name
        running = Running(state)
        running.wait_until_ready()
        assert kept_rows(state) == 1, name

    running.process.send_signal(signal.SIGINT)
    assert running.finish() == 0
    assert not processes_of(state)


def test_up_killed_itself_leaves_nothing_and_recovers_at_the_next_start(state):
    first = Running(state)
    first.wait_until_ready()
    leave_a_row(state)

    first.process.kill()

    second = Running(state)
    first.process.communicate()
    second.wait_until_ready()
    assert kept_rows(state) == 1
    second.process.send_signal(signal.SIGTERM)
    assert second.finish() == 0
    assert not processes_of(state)


def leave_a_row(state: str) -> None:
    with psycopg.connect(place.embedded_url(Path(state), place.OWNER)) as connection:
        connection.execute("CREATE TABLE public.note AS SELECT 1 AS kept")


def kept_rows(state: str) -> int:
    with psycopg.connect(place.embedded_url(Path(state), place.OWNER)) as connection:
        return connection.execute("SELECT count(*) FROM public.note").fetchone()[0]
