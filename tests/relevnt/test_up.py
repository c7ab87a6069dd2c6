"""The command that starts everything: what it refuses before it starts, and how it holds its parts together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from relevnt.embedded import process

BASE = Path(__file__).resolve().parents[2]


@pytest.fixture
def state(monkeypatch) -> Iterator[Path]:
    """A state directory of short path, as sockets need it, on which nothing was ever started."""
    with tempfile.TemporaryDirectory(prefix="relevnt-up-") as directory:
        state = Path(directory) / "state"
        monkeypatch.setenv("RELEVNT_STATE_DIR", str(state))
        yield state


def nothing_was_started(state: Path) -> bool:
    return not (state / "pgdata").exists() and not (state / "valkey").exists()


def test_up_refuses_a_port_that_is_taken_before_it_starts_anything(state):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"

        with pytest.raises(CommandError, match=f"{taken} cannot be served on") as refusal:
            call_command("up", bind=taken)

    assert "--bind" in str(refusal.value)
    assert refusal.value.returncode == 2
    assert nothing_was_started(state)


@pytest.mark.parametrize(
    "bind", ["8000", "localhost", "localhost:http", ":8000", "127.0.0.1:99999", "no.such.host.invalid:80"]
)
def test_up_refuses_an_address_that_is_none(state, bind):
    with pytest.raises(CommandError, match="--bind") as refusal:
        call_command("up", bind=bind)

    assert refusal.value.returncode == 2
    assert nothing_was_started(state)


def test_up_refuses_to_be_second_and_says_where_the_first_is(state):
    state.mkdir()
    lock = process.hold_lock(state / "up.lock")
    (state / "up.lock").write_text("http://127.0.0.1:4711")

    with pytest.raises(CommandError, match=r"already running at http://127\.0\.0\.1:4711") as refusal:
        call_command("up", bind="127.0.0.1:0")

    os.close(lock)
    assert str(state) in str(refusal.value)
    assert refusal.value.returncode == 2
    assert nothing_was_started(state)


def test_up_refuses_to_start_beside_parts_of_an_earlier_start(state):
    state.mkdir()
    lock = process.hold_lock(state / "up-parts.lock")

    with pytest.raises(CommandError, match="gunicorn and celery") as refusal:
        call_command("up", bind="127.0.0.1:0")

    os.close(lock)
    assert refusal.value.returncode == 2
    assert nothing_was_started(state)


def test_up_refuses_a_demo_file_that_is_not_there(state, tmp_path):
    with pytest.raises(CommandError, match=r"--demo.*postings\.jsonl"):
        call_command("up", demo=str(tmp_path / "postings.jsonl"))

    assert nothing_was_started(state)


def test_up_names_a_redis_that_does_not_answer(state, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"unix://{state}/none.sock")

    done = up_in_a_process("--bind", "127.0.0.1:0")

    assert done.returncode == 1
    assert "REDIS_URL cannot be used" in done.stderr


def test_up_prints_the_sql_when_its_database_role_may_not_create_roles(state, monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL", "")
    monkeypatch.setenv("WORKER_DATABASE_URL", "")

    done = up_in_a_process("--bind", "127.0.0.1:0")

    assert done.returncode == 1
    assert "CREATE ROLE relevnt_owner" in done.stderr
    assert "DATABASE_OWNER_URL=" in done.stderr


def up_in_a_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "up", *arguments]
    return subprocess.run(command, cwd=BASE, capture_output=True, text=True, timeout=60, check=False)


# A supervisor adopts and ends every child of its process, so each test gives it one of its own.
SCENE = """
import sys, time
from pathlib import Path
from django.conf import settings
settings.configure(USE_I18N=False)
from relevnt.embedded.supervisor import Part, PartEndedError, StopRequestedError, Supervisor

state = Path(sys.argv[1])
state.mkdir()
supervisor = Supervisor(state=state, base=Path.cwd(), say=lambda line: print(line, flush=True), verbose=False)
supervisor.obey_signals()

def part(name, code, patience=10):
    return Part(name=name, argv=(sys.executable, "-c", code), role="worker", patience=patience)

def step(code):
    supervisor.run_step("step", [sys.executable, "-c", code], role="owner")

try:
    {script}
except PartEndedError as error:
    print("ended:", error)
except StopRequestedError:
    print("asked to stop")
supervisor.stop()
children = Path(f"/proc/self/task/{{__import__('os').getpid()}}/children")
print("children left:", len(children.read_text().split()) if children.exists() else 0)
"""


def play(state: Path, script: str) -> str:
    command = [sys.executable, "-c", SCENE.format(script=script), str(state)]
    done = subprocess.run(command, cwd=BASE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_supervisor_names_the_part_that_ended_and_shows_its_last_lines(state):
    script = """
    supervisor.start_part(part("web", "import time; time.sleep(60)"), keep=[])
    supervisor.start_part(part("worker", "import sys; print('out of memory'); sys.exit(3)"), keep=[])
    supervisor.pause(30)"""

    told = play(state, script)

    assert "ended: worker ended unexpectedly (exit code 3)" in told
    assert "out of memory" in told
    assert "children left: 0" in told


def test_supervisor_names_the_signal_that_killed_a_part(state):
    script = """
    supervisor.start_part(part("beat", "import os; os.kill(os.getpid(), 9)"), keep=[])
    supervisor.pause(30)"""

    told = play(state, script)

    assert "beat ended unexpectedly (killed by SIGKILL)" in told


@pytest.mark.skipif(sys.platform != "linux", reason="adopting orphans is Linux's")
def test_supervisor_ends_the_orphans_of_a_killed_part(state):
    orphaning = "import subprocess, sys, os; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True); os.kill(os.getpid(), 9)"
    script = f"""
    supervisor.start_part(part("web", {orphaning!r}), keep=[])
    supervisor.pause(30)"""

    told = play(state, script)

    assert "web ended unexpectedly" in told
    assert "children left: 0" in told


@pytest.mark.parametrize("wanted", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_supervisor_stops_when_it_is_asked(state, wanted):
    script = f"""
    supervisor.start_part(part("web", "import time; time.sleep(60)"), keep=[])
    __import__("os").kill(__import__("os").getpid(), {int(wanted)})
    supervisor.pause(30)"""

    told = play(state, script)

    assert "asked to stop" in told
    assert "children left: 0" in told


def test_supervisor_interrupts_a_step_when_it_is_asked(state):
    script = """
    step("import os, signal, time; os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)")"""

    told = play(state, script)

    assert "asked to stop" in told
    assert "children left: 0" in told


def test_supervisor_reports_a_step_that_failed(state):
    script = """
    step("raise SystemExit('no such table')")"""

    told = play(state, script)

    assert "step ended unexpectedly (exit code 1)" in told
    assert "no such table" in told


def test_supervisor_gives_each_child_its_database_role(state):
    script = """
    step("import os; print(os.environ['RELEVNT_ROLE'])")
    print("log:", (state / "logs" / "step.log").read_text())"""

    told = play(state, script)

    assert "log: owner" in told


def test_supervisor_shows_errors_and_keeps_the_rest_in_the_log(state):
    lines = [
        "2026-03-01 10:00:00,000 INFO django: fine",
        "2026-03-01 10:00:00,000 ERROR django.request: Internal Server Error: /today/",
        "Traceback (most recent call last):",
        "[2026-03-01 10:00:00 +0000] [7] [ERROR] Error handling request",
        "[2026-03-01 10:00:00,123: CRITICAL/MainProcess] broker gone",
        "2026-03-01 10:00:00.706 UTC [8741] ERROR:  relation",
    ]
    script = f"""
    supervisor.start_part(part("web", "print({chr(92) + "n"!r}.join({lines!r}), flush=True); import time; time.sleep(60)"), keep=[])
    end = time.monotonic() + 20
    while "relation" not in (state / "logs" / "web.log").read_text() and time.monotonic() < end: supervisor.pause(0.1)
    supervisor.pause(0.3)"""

    told = play(state, script)

    shown = [line for line in told.splitlines() if line.startswith("web | ")]
    assert shown == [f"web | {lines[1]}", f"web | {lines[3]}", f"web | {lines[4]}"]
