"""Starts all of Relevnt in the foreground: database, broker, tables, demo world, web, worker and beat."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import sys
import tempfile
import time
from argparse import ArgumentParser
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from relevnt import demo
from relevnt.embedded import place, process, roles
from relevnt.embedded.check import see_signs_of_life, wait_for_page
from relevnt.embedded.postgres import Postgres
from relevnt.embedded.supervisor import Part, PartEndedError, StopRequestedError, Supervisor
from relevnt.embedded.valkey import Valkey
from relevnt.local_mail import OWN_NAMES

_THROWAWAY = "RELEVNT_THROWAWAY_STATE_DIR"
# Names by which only this machine calls itself; any other lets a proxy pass strangers on.
_TIDY_END = 15  # seconds a web process that lost its supervisor may need to free its address
_MANAGE = str(settings.BASE_DIR / "manage.py")


class Command(BaseCommand):
    """The `up` command."""

    help = _(
        "Start everything: database, broker, tables, demo world, web, worker and beat. Ctrl-C stops all of it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--bind", metavar="ADDRESS", help=_("where to serve, 127.0.0.1:8000 unless told otherwise")
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help=_(
                "start on a free port, see a page, a Celery task and a beat tick, stop; "
                "with a throw-away database unless DATABASE_URL is set"
            ),
        )
        parser.add_argument("--demo", metavar="FILE", help=_("load the postings of this JSONL file too"))
        parser.add_argument("--no-demo", action="store_true", help=_("load no demo world"))
        parser.add_argument("--verbose", action="store_true", help=_("show every line of every log"))

    def run_from_argv(self, argv: list[str]) -> None:
        """Give a check a state directory of its own, so that it can run beside a running copy."""
        if "--check" in argv:
            os.environ["RELEVNT_TICK_SECONDS"] = "1"
            if not os.environ.get("DATABASE_URL") and _THROWAWAY not in os.environ:
                state = tempfile.mkdtemp(prefix="relevnt-check-", dir=place.temporary_dir())
                os.environ |= {"RELEVNT_STATE_DIR": state, _THROWAWAY: state}
                os.execv(sys.executable, [sys.executable, *argv])  # noqa: S606  # settings are read anew, with that directory
        super().run_from_argv(argv)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until asked to stop; exit code 0 then, 1 when a part failed, 2 when it could not begin."""
        with ExitStack() as cleanup:
            if throwaway := os.environ.get(_THROWAWAY):
                cleanup.callback(shutil.rmtree, throwaway, ignore_errors=True)
            try:
                self._run(cleanup, options)
            except StopRequestedError:
                if options["check"]:
                    raise CommandError(_("The check was interrupted.")) from None
            except process.AlreadyRunningError as error:
                raise CommandError(str(error), returncode=2) from error
            except (PartEndedError, process.ProcessError, place.PlaceError, roles.BootstrapError) as error:
                raise CommandError(str(error)) from error

    def _run(self, cleanup: ExitStack, options: dict[str, Any]) -> None:
        check = options["check"]
        demo_file = _existing_file(options["demo"])
        state = place.state_dir(settings.BASE_DIR)
        place.make_state_dir(state)
        claim = cleanup.enter_context(_Claim(state, beside=check))
        default = "127.0.0.1:0" if check else "127.0.0.1:8000"
        door = cleanup.enter_context(
            _open_door(options["bind"] or default, patience=_TIDY_END if claim.after_a_crash else 0)
        )
        claim.sign(_address(door))
        if not os.environ.get("PUBLIC_URL"):
            # For the links in mails, which a worker writes that answers no request.
            os.environ["PUBLIC_URL"] = _public_address(door)

        supervisor = Supervisor(
            state=state, base=settings.BASE_DIR, say=self._say, verbose=options["verbose"]
        )
        cleanup.callback(self._stop, supervisor)
        supervisor.obey_signals()
        self._say(_("Relevnt is starting; its logs are in %(logs)s") % {"logs": supervisor.logs})
        self._start_servers(supervisor, state)
        self._make_tables(supervisor)
        web, *in_background = _parts(door, state, check=check)
        supervisor.start_part(web, keep=[door.fileno(), claim.parts])
        if demo_file or not (check or options["no_demo"]):
            # while the web server reads its code
            self._load_demo(supervisor, demo_file, is_private=is_for_this_machine_alone(door))
        wait_for_page(supervisor, door)
        # last: a person waits for the page, nobody waits for these
        for part in in_background:
            supervisor.start_part(part, keep=[claim.parts])
        if check:
            see_signs_of_life(supervisor, door, say=self._say)
            self._say(_("Check passed."))
            return
        self._say(_("Relevnt is ready at %(address)s (Ctrl-C stops it)") % {"address": _address(door)})
        while True:
            supervisor.pause(3600)

    def _start_servers(self, supervisor: Supervisor, state: Path) -> None:
        if url := os.environ.get("DATABASE_URL"):
            if place.needs_bootstrap(os.environ):
                roles.bootstrap(url, state=state, database=place.database_name(url), passwords=True)
                self._say(_("database: the server in DATABASE_URL, its roles are right"))
        else:
            postgres = Postgres(state)
            supervisor.start_server("database", postgres)
            roles.bootstrap(postgres.url(), state=state, passwords=False)
            self._say(_("database: ready"))
        if url := os.environ.get("REDIS_URL"):
            try:
                redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5).ping()
            except (redis.RedisError, ValueError) as error:
                problem = _("The Redis server in REDIS_URL cannot be used: %(error)s") % {"error": error}
                raise CommandError(problem) from error
        else:
            supervisor.start_server("broker", Valkey(state))
            self._say(_("broker: ready"))

    def _make_tables(self, supervisor: Supervisor) -> None:
        if not _tables_are_current():
            command = [sys.executable, _MANAGE, "migrate", "--no-input", "--skip-checks"]
            supervisor.run_step("migrate", command, role="owner")
        self._say(_("tables: ready"))

    def _load_demo(self, supervisor: Supervisor, demo_file: Path | None, *, is_private: bool) -> None:
        """Read the demo postings; open the demo accounts where nobody else can reach them, close them elsewhere."""

        def run(command: str, *more: str, role: str) -> None:
            argv = [sys.executable, str(_MANAGE), command, *more, "--skip-checks"]
            supervisor.run_step(command, argv, role=role, show=command == "load_demo")

        is_open, is_read = _demo_state()
        if is_private != is_open:
            run("demo_accounts", "open" if is_private else "close", role="owner")
        if demo_file or not is_read:
            run("load_demo", *(["--demo", str(demo_file)] if demo_file else []), role="worker")
        if is_private:
            self._say(demo.sign_ins())
        else:
            self._say(
                _("There are no demo accounts here: others can reach them, and their password is published.")
            )

    def _stop(self, supervisor: Supervisor) -> None:
        began = time.monotonic()
        self._say(_("Stopping."))
        supervisor.stop()
        self._say(_("Everything is stopped (%(seconds).1f s).") % {"seconds": time.monotonic() - began})

    def _say(self, line: str) -> None:
        with suppress(OSError):  # the terminal may be closed already; stopping goes on
            self.stdout.write(line)
            self.stdout.flush()


class _Claim:
    """The right to run on a state directory: one copy at a time, while what it started lives."""

    def __init__(self, state: Path, *, beside: bool) -> None:
        """`beside` stands aside of a running copy on the same servers, as a check does; it claims names of its own."""
        name = "check" if beside else "up"
        self._path = state / f"{name}.lock"
        self._parts_path = state / f"{name}-parts.lock"
        self.after_a_crash = False

    def __enter__(self) -> _Claim:
        try:
            self._lock = process.hold_lock(self._path)
        except process.AlreadyRunningError:
            address = self._path.read_text(encoding="utf-8").strip()
            raise process.AlreadyRunningError(
                _(
                    "Relevnt is already running at %(address)s, on %(state)s. Stop that one first (Ctrl-C where it runs)."
                )
                % {"address": address or "?", "state": self._path.parent}
            ) from None
        self.after_a_crash = bool(self._path.read_text(encoding="utf-8"))
        try:
            self.parts = process.hold_lock(self._parts_path, patience=30 if self.after_a_crash else 0)
        except process.AlreadyRunningError:
            os.close(self._lock)
            raise process.AlreadyRunningError(
                _(
                    "Processes of an earlier start are still there: end those named gunicorn and celery, then try again."
                )
            ) from None
        return self

    def __exit__(self, *_exception: object) -> None:
        self._path.write_text("", encoding="utf-8")  # a lock that was given back is empty
        os.close(self.parts)
        os.close(self._lock)

    def sign(self, address: str) -> None:
        """Write down where we serve, for whoever tries a second time."""
        self._path.write_text(address, encoding="utf-8")


def _existing_file(name: str | None) -> Path | None:
    if name is None:
        return None
    path = Path(name).expanduser().absolute()
    if not path.is_file():
        raise CommandError(_("--demo: there is no file %(path)s") % {"path": path}, returncode=2)
    return path


def _demo_state() -> tuple[bool, bool]:
    """Whether one can sign in to the demo accounts, and whether the shipped archive has been read.

    Asked as owner, whose address is right even at the very first start on a server by DATABASE_URL.
    """
    owner = place.database_urls(settings.BASE_DIR, os.environ)["owner"]
    with psycopg.connect(owner, connect_timeout=10) as connection:
        row = connection.execute(
            """
            SELECT EXISTS (SELECT 1 FROM users WHERE email = %s AND is_active),
                   EXISTS (SELECT 1 FROM job_runs r JOIN job_sources s ON s.id = r.source_id
                           WHERE s.name = %s AND r.outcome = 'ok')
            """,
            [demo.STAFF, demo.ARCHIVE_SOURCE],
        ).fetchone()
    is_open, is_read = row or (False, False)
    return bool(is_open), bool(is_read)


def _tables_are_current() -> bool:
    """True when every migration is in the database already, as at every start but the first after an update."""
    owner = place.database_urls(settings.BASE_DIR, os.environ)["owner"]
    try:
        with psycopg.connect(owner, connect_timeout=10) as connection:
            applied = set(connection.execute("SELECT app, name FROM django_migrations"))
    except psycopg.errors.UndefinedTable:
        return False
    except psycopg.OperationalError as error:
        raise CommandError(
            _("The database cannot be used as its owner: %(error)s") % {"error": error}
        ) from error
    return applied.issuperset(MigrationLoader(None).disk_migrations)


def _open_door(bind: str, *, patience: float) -> socket.socket:
    """A listening socket at `host:port`, handed to the web server later: nothing starts when the port is taken."""
    host, _colon, port = bind.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        problem = _("--bind: %(bind)s is not an address. It reads like 127.0.0.1:8000 or [::1]:8000") % {
            "bind": bind
        }
        raise CommandError(problem, returncode=2)
    end = time.monotonic() + patience
    while True:
        try:
            family = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0][0]
            return socket.create_server((host, int(port)), family=family, backlog=2048)
        except OSError as error:
            if time.monotonic() < end:
                time.sleep(0.1)
                continue
            raise CommandError(
                _("%(bind)s cannot be served on (%(error)s). Choose another address: --bind 127.0.0.1:8001")
                % {"bind": bind, "error": error},
                returncode=2,
            ) from error


def is_for_this_machine_alone(door: socket.socket) -> bool:
    """Whether nobody else can reach this copy, through a proxy neither; only then are the demo accounts open."""
    is_local = ipaddress.ip_address(door.getsockname()[0]).is_loopback
    return is_local and not settings.HTTPS and set(settings.ALLOWED_HOSTS) <= OWN_NAMES


def _address(door: socket.socket) -> str:
    host, port = door.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _public_address(door: socket.socket) -> str:
    """The address for links: one that is served on every address has none of its own, but is reached from this machine."""
    host, port = door.getsockname()[:2]
    return f"http://localhost:{port}" if ipaddress.ip_address(host).is_unspecified else _address(door)


def _parts(door: socket.socket, state: Path, *, check: bool) -> list[Part]:
    python = (sys.executable, "-m")
    celery = (*python, "celery", "-A", "relevnt.celery")
    schedule = state / ("beat-check" if check else "beat")
    return [
        Part(
            name="web",
            argv=(
                *python, "gunicorn", "relevnt.wsgi", "--bind", f"fd://{door.fileno()}",
                "--worker-class", "gthread", "--workers", "2", "--threads", "4",
                "--timeout", "60", "--graceful-timeout", "10", "--no-control-socket", "--log-level", "warning",
                "--logger-class", "relevnt.web_log.WebLogger",
            ),
            role="app",
            patience=15,
        ),
        Part(
            name="worker",
            argv=(*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
            role="worker",
            patience=20,
        ),
        Part(
            name="beat",
            argv=(*celery, "beat", "--schedule", str(schedule), "--pidfile=", "--loglevel", "INFO"),
            role="worker",
            patience=5,  # it may hang when it is stopped while publishing
        ),
        # Looks after applications where beat or the broker is silent for a minute.
        Part(
            name="clock",
            argv=(sys.executable, str(settings.BASE_DIR / "manage.py"), "auto_apply_tick", "--watch"),
            role="worker",
            patience=5,
        ),
    ]  # fmt: skip
