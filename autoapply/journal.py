"""A file of this machine with one line for every sending, written before its first byte leaves.

It lies outside the database, so that a database which was put back to an earlier day can be told by it: the journal
then knows sendings that the database does not. It holds numbers, keys and marks that nobody can read without this
installation's ENCRYPTION_KEY: nothing of anybody.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

NAME = "sent.journal"
_TAIL = 64 * 1024  # bytes that are read back: some hundred sendings


@dataclass(frozen=True, slots=True)
class Entry:
    """One sending: its number in the database's own count, the application's key, which attempt it was, and the mark of who
    applied for what.
    """

    number: int
    key: UUID
    attempt: int
    mark: str = ""


def mark_of(user_id: UUID, apply_key: str) -> str:
    """The same mark for the same person and opening, whatever row of whatever database it is: 32 hexadecimal digits."""
    said = f"{user_id} {apply_key}"
    made = salted_hmac("autoapply.journal", said, secret=settings.ENCRYPTION_KEY, algorithm="sha256")
    return str(made.hexdigest()[:32])


def has_left(mark: str, *, but_not: UUID) -> bool:
    """Tell whether an application with this mark ever left, apart from the one with the key `but_not`."""
    sought = f" {mark}".encode()
    try:
        with _path().open("rb") as file:
            found = [_read(line.rstrip(b"\n")) for line in file if line.rstrip(b"\n").endswith(sought)]
    except FileNotFoundError:
        return False
    return any(entry is not None and entry.key != but_not for entry in found)


def write_entry(entry: Entry) -> None:
    """Write down that a sending begins, durably; raises OSError where that cannot be done, and nothing may then be sent."""
    line = f"{entry.number} {entry.key} {entry.attempt} {entry.mark}".rstrip().encode() + b"\n"
    file = os.open(_path(), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if _is_cut_off(file):
            # A crash left a piece of a line, which must not swallow this one.
            line = b"\n" + line
        if os.write(file, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    finally:
        os.close(file)


def read_last_entries() -> Sequence[Entry]:
    """The newest entries, oldest first; a line that was cut off by a crash is left out."""
    try:
        with _path().open("rb") as file:
            file.seek(0, os.SEEK_END)
            start = max(0, file.tell() - _TAIL)
            file.seek(start)
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return []
    # The last piece follows the last line break, the first may be the rest of a line.
    whole = lines[1 if start else 0 : -1]
    return [entry for entry in map(_read, whole) if entry is not None]


def _is_cut_off(file: int) -> bool:
    end = os.lseek(file, 0, os.SEEK_END)
    return end > 0 and os.pread(file, 1, end - 1) != b"\n"


def _path() -> Path:
    return Path(settings.STATE_DIR) / NAME


def _read(line: bytes) -> Entry | None:
    try:
        number, key, attempt, *mark = line.decode().split(" ")
        return Entry(int(number), UUID(key), int(attempt), *mark)
    except (ValueError, TypeError):
        return None
