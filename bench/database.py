"""A throw-away PostgreSQL with Relevnt's tables, and who logs in to it; Django is set up for it here and nowhere earlier."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg
from django.core.management import call_command
from django.db import connection

from bench.measuring import Clock, read_server_cpu
from relevnt.embedded import place, roles
from relevnt.embedded.postgres import Postgres


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the throw-away database, for the owner of the tables and for a superuser."""

    owner: str
    administrator: str


@contextmanager
def throw_away_database() -> Iterator[Addresses]:
    """Start a server, make the tables as their owner, and give the addresses; all is gone afterwards.

    It does not wait for the disk (no fsync), for COPY as little as for matching.
    """
    state = Path(tempfile.mkdtemp(prefix="relevnt-bench-", dir=place.temporary_dir()))
    place.make_state_dir(state)
    postgres = Postgres(state, durable=False)
    try:
        postgres.start()
        roles.bootstrap(postgres.url(), state=state, passwords=False)
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "WORKER_DATABASE_URL"):
            os.environ.pop(name, None)
        os.environ |= {
            "RELEVNT_STATE_DIR": str(state),
            "RELEVNT_ROLE": "worker",
            "DJANGO_SETTINGS_MODULE": "relevnt.settings",
            "LOG_LEVEL": "ERROR",
        }
        django.setup()
        log_in_as(place.OWNER)
        call_command("migrate", verbosity=0)
        yield Addresses(place.embedded_url(state, place.OWNER), postgres.url(database=place.DATABASE))
    finally:
        connection.close()
        postgres.stop()
        shutil.rmtree(state, ignore_errors=True)


def log_in_as(role: str) -> None:
    """Let Django's connection be that of a role from its next statement on."""
    connection.close()
    connection.settings_dict["USER"] = role


def backend() -> int:
    """Give the process id of the backend of Django's connection."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def clock_with(own: psycopg.Connection) -> Clock:
    """Give a clock of the CPU time of this process and of a connection's backend."""
    pid = own.info.backend_pid
    return lambda: time.process_time() + read_server_cpu(pid)
