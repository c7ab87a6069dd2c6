"""Throw-away PostgreSQL and Valkey for a test run: `-p tests.servers`, before pytest-django reads the settings.

RELEVNT_TEST_DATABASE_URL names another PostgreSQL to test on, by a role that may create roles; it is not the server
of an installation elsewhere, because the three roles get the passwords of this checkout. The workers of xdist inherit
the servers of the process that started them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relevnt.embedded import place, process, roles
from relevnt.embedded.postgres import Postgres
from relevnt.embedded.valkey import Valkey

BASE = Path(__file__).resolve().parent.parent
_PREFIX = "relevnt-tests-"
_undo: list[Callable[[], object]] = []


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Start before any other plugin acts on its configuration: pytest-django reads the settings in this very hook."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        atexit.register(stop)
        start()
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark of tests that run at the end, one by one."""
    config.addinivalue_line("markers", "last: starts a whole running copy, after all other tests and alone")


def pytest_unconfigure() -> None:
    """Stop with the run, an interrupted one too; after a kill -9 the parent-death signal stops them."""
    stop()


def start() -> None:
    """Start the servers and name them in the environment."""
    remove_abandoned()
    state = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place.temporary_dir()))
    place.make_state_dir(state)
    _undo.append(lambda: shutil.rmtree(state, ignore_errors=True))
    in_use = process.hold_lock(state / "in-use.lock")
    _undo.append(lambda: os.close(in_use))

    if url := os.environ.get("RELEVNT_TEST_DATABASE_URL"):
        kept = place.state_dir(BASE)
        roles.bootstrap(url, state=kept, database=None, passwords=True)
        passwords = place.read_credentials(kept)
        addresses = {
            key: place.address_for(url, role=role, password=passwords[role], database=place.DATABASE)
            for key, role in place.ROLES.items()
        }
    else:
        postgres = Postgres(state, durable=False)
        _undo.append(postgres.stop)
        postgres.start()
        roles.bootstrap(postgres.url(), state=state, database=None, passwords=False)
        addresses = {key: place.embedded_url(state, role) for key, role in place.ROLES.items()}

    valkey = Valkey(state, durable=False)
    _undo.append(valkey.stop)
    valkey.start()

    os.environ["RELEVNT_STATE_DIR"] = str(state)
    os.environ["DATABASE_URL"] = addresses["app"]
    os.environ["DATABASE_OWNER_URL"] = addresses["owner"]
    os.environ["WORKER_DATABASE_URL"] = addresses["worker"]
    os.environ["REDIS_URL"] = valkey.url()


def stop() -> None:
    """Stop what was started, last first."""
    while _undo:
        _undo.pop()()


def remove_abandoned() -> None:
    """Remove the directories of runs that were killed; those of living runs hold their lock."""
    for state in place.temporary_dir().glob(f"{_PREFIX}*"):
        found = state.stat()
        if found.st_uid != os.geteuid() or found.st_mtime > time.time() - 60:
            continue  # somebody else's, or just being made
        try:
            os.close(process.hold_lock(state / "in-use.lock"))
        except process.AlreadyRunningError:
            continue
        shutil.rmtree(state, ignore_errors=True)
