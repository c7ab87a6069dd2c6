"""Child processes that never outlive us: privilege drop, parent-death signal, orderly stop, locks held by the living."""

from __future__ import annotations

import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_SERVER_ACCOUNTS = ("postgres", "_postgres", "nobody")
_LOG_LIMIT = 5_000_000  # bytes


class ProcessError(Exception):
    """A process that could not be started or ended too early; the message carries its last lines."""


class AlreadyRunningError(ProcessError):
    """Another living process holds the lock."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system account that a server runs as when root starts it."""

    uid: int
    gid: int


def server_account(data: Path) -> Account | None:
    """Account for a server with its files in `data`: None (ourselves) unless we are root; existing files keep theirs."""
    if os.geteuid() != 0:
        return None
    with suppress(FileNotFoundError):
        found = data.stat()
        if found.st_uid:
            return Account(found.st_uid, found.st_gid)
    for name in _SERVER_ACCOUNTS:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    accounts = ", ".join(_SERVER_ACCOUNTS)
    raise ProcessError(
        f"PostgreSQL refuses to run as root and none of the accounts {accounts} exists here. "
        "Run Relevnt as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def make_private_dir(path: Path, account: Account | None) -> None:
    """A directory that only `account` (or we, for None) may enter."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if account:
        os.chown(path, account.uid, account.gid)


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path | None,
    env: Mapping[str, str],
    cwd: Path,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, output appended to `log`; on Linux it gets `death_signal` when we die.

    Without a log it writes where we write. The file descriptors in `keep` stay open in it. Raises ProcessError when the program cannot be started.
    """
    parent = os.getpid()

    def tie_to_parent() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # we died between fork and prctl
                os._exit(1)

    try:
        with log.open("ab") if log else nullcontext() as out:
            return subprocess.Popen(  # noqa: S603
                [str(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT if log else None,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                pass_fds=keep,
                preexec_fn=tie_to_parent,  # noqa: PLW1509  # runs after the change of account, which clears the signal
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
    except OSError as error:
        raise ProcessError(f"{argv[0]} cannot be started: {error}") from error


def stop(process: subprocess.Popen[bytes], *, first: signal.Signals, patience: float) -> None:
    """Ask with `first`, and after `patience` seconds kill the whole process group."""
    if process.poll() is None:
        process.send_signal(first)
        finish(process, patience=patience)


def finish(process: subprocess.Popen[bytes], *, patience: float) -> None:
    """Wait for a process that was asked to end, and after `patience` seconds kill its whole process group."""
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def describe_end(returncode: int) -> str:
    """How a process ended, for a person: its exit code or the name of the signal."""
    if returncode < 0:
        return f"killed by {signal.Signals(-returncode).name}"
    return f"exit code {returncode}"


def adopt_orphans() -> None:
    """On Linux, become the parent of grandchildren whose own parent dies, so that none escapes `end_orphans`."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(*, patience: float) -> int:
    """Wait for adopted processes, kill those still there after `patience` seconds, give how many were killed.

    Only for the very end: every direct child must have been waited for already.
    """
    end = time.monotonic() + patience
    killed = 0
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return killed
        if pid:
            continue
        if time.monotonic() > end and not killed:
            killed = _kill_children()
        time.sleep(0.02)


def _kill_children() -> int:
    listing = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    pids = [int(pid) for pid in listing.read_text().split()] if listing.exists() else []
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(pids)


def hold_lock(path: Path, *, patience: float = 0.0) -> int:
    """Lock `path` and give its file descriptor; handed to a child with `keep`, the lock lives as long as the child.

    A lock file is judged by who holds it, never by a number written in it: the dead, zombies and reused process ids
    hold nothing. Raises AlreadyRunningError when the holder stays for `patience` seconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                os.close(descriptor)
                raise AlreadyRunningError(f"{path} is held by a running process.") from None
            time.sleep(0.05)
        else:
            return descriptor


def is_alive(pid: int) -> bool:
    """True when `pid` exists and is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return True


def fresh_log(path: Path) -> None:
    """Put a log that has grown past 5 MB aside under the name `<log>.1`."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_name(f"{path.name}.1"))


def last_lines(path: Path, count: int = 15) -> str:
    """The last `count` lines of a log, for a report; empty when there is none."""
    try:
        with path.open("rb") as handle:
            handle.seek(max(0, path.stat().st_size - 20_000))
            text = handle.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-count:])
