"""Background work: the timetable, the tasks, a real worker, and its refusal to serve as owner."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from matching.models import Match
from matching.tasks import match_some_personas
from personas.identity import acting_as
from personas.models import PersonaPreferences
from relevnt.celery import app
from relevnt.embedded import process
from tests.factories import JobFactory, PersonaFactory, UserFactory
from tests.roles import log_in_as_owner_acting_as

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("personas", "matching", "autoapply", "learning", "coaching", "relevnt")
WORKER = [
    sys.executable,
    "-m",
    "celery",
    "-A",
    "relevnt.celery",
    "worker",
    "--pool",
    "solo",
    "--without-gossip",
]
PATIENCE = 60
REFUSES_WITHIN = 30


def our_tasks() -> dict[str, object]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if name.split(".")[0] in ROOMS}


def on_test_database(url: str) -> str:
    """The same address, leading to the database of this test run."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


def environment(**other: str) -> dict[str, str]:
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "WORKER_DATABASE_URL")
    return {**os.environ, **{name: on_test_database(os.environ[name]) for name in names}, **other}


def test_timetable_names_tasks_that_exist() -> None:
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert wanted
    assert wanted - set(our_tasks()) == set()


def test_every_task_takes_arguments_of_a_later_release() -> None:
    deaf = [
        name
        for name, task in our_tasks().items()
        if inspect.Parameter.VAR_KEYWORD
        not in {p.kind for p in inspect.signature(task.run).parameters.values()}
    ]

    assert deaf == []


def test_tasks_and_messages_carry_no_more_than_ids() -> None:
    assert app.conf.task_serializer == "json"
    assert set(app.conf.accept_content) == {"json"}
    assert app.conf.task_ignore_result


def test_web_process_sends_its_tasks_to_our_broker(django_db_setup: None) -> None:
    """Whoever serves pages must know the background app, else `delay` talks to a broker that is not there."""
    code = (
        "import relevnt.wsgi; from matching.tasks import match_some_personas as task; "
        "print(task.app.main, hasattr(task, 'delay_on_commit'))"
    )

    done = run_python(code, environment(RELEVNT_ROLE="app"))

    assert done.stdout.split() == ["relevnt", "True"], done.stdout + done.stderr


@contextmanager
def running_worker(queue: str, log: Path, **other: str) -> Iterator[subprocess.Popen[bytes]]:
    worker = process.spawn(
        [*WORKER, "--queues", queue, "--hostname", f"{queue}@localhost", "--loglevel", "INFO"],
        log=log,
        env=environment(RELEVNT_ROLE="worker", **other),
        cwd=ROOT,
    )
    try:
        yield worker
    finally:
        process.stop(worker, first=signal.SIGTERM, patience=20)


def test_real_worker_matches_a_persona(transactional_db: None, tmp_path: Path) -> None:
    alice = UserFactory(email="alice@example.com")
    persona = PersonaFactory(user=alice)
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(job_title_keywords=["Data Engineer"])
    job = JobFactory(title="Data Engineer")
    queue, log = f"test-{uuid.uuid4().hex[:8]}", tmp_path / "worker.log"
    arguments = {"persona_ids": [str(persona.pk)], "from_a_later_release": 1}
    try:
        with running_worker(queue, log) as worker:
            match_some_personas.apply_async(kwargs=arguments, queue=queue)
            found: list[object] = []
            end = time.monotonic() + PATIENCE
            while not found and time.monotonic() < end and worker.poll() is None:
                time.sleep(0.1)
                with acting_as(alice.pk):
                    found = list(Match.objects.filter(persona=persona).values_list("job_id", flat=True))
    finally:
        log_in_as_owner_acting_as("relevnt_app")

    assert found == [job.pk], process.last_lines(log, 40)


def run_python(code: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_web_server_refuses_the_owners_address(db: None) -> None:
    owner = on_test_database(os.environ["DATABASE_OWNER_URL"])

    done = run_python("import relevnt.wsgi", environment(RELEVNT_ROLE="app", DATABASE_URL=owner))

    assert done.returncode != 0
    assert "does not serve because row security would be void" in done.stderr
    assert "relevnt_owner" in done.stderr


def test_web_server_starts_as_the_application(db: None) -> None:
    done = run_python("import relevnt.wsgi", environment(RELEVNT_ROLE="app"))

    assert done.returncode == 0, done.stderr


def test_worker_refuses_the_owners_address(db: None, tmp_path: Path) -> None:
    owner, log = on_test_database(os.environ["DATABASE_OWNER_URL"]), tmp_path / "worker.log"

    with running_worker(f"test-{uuid.uuid4().hex[:8]}", log, WORKER_DATABASE_URL=owner) as worker:
        with suppress(subprocess.TimeoutExpired):
            worker.wait(REFUSES_WITHIN)
        ended = worker.returncode

    told = log.read_text()
    assert "does not serve because row security would be void" in told
    assert "relevnt_owner" in told
    assert ended, "the worker said why it does not serve and went on"


@pytest.mark.parametrize("name", ["RELEVNT_ROLE", "DJANGO_SETTINGS_MODULE"])
def test_worker_needs_no_environment_of_its_own(db: None, name: str) -> None:
    env = environment()
    env.pop(name, None)

    done = run_python("import relevnt.celery; from django.conf import settings; print(settings.ROLE)", env)

    assert done.stdout.split() == ["worker"], done.stderr
