"""What really arrived, one JSON line each in a file that outlives every client and the server itself."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

Kind = Literal["arrival", "already", "refusal"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with an application; `size` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One request to apply and what became of it; `at` is `time.time()` of the server.

    kind: `arrival` the employer has it · `already` the employer says that it has had it before · `refusal` not taken.
    key: the header Idempotency-Key, or what stands before the @ of a Message-ID. status: None where nothing was answered.
    early: it came before the time that an earlier Retry-After named. wrong: why it was not taken. missing: required
    answers that were not given to an employer that takes an application all the same.
    """

    kind: Kind
    channel: str
    posting: str
    at: float
    applicant: str = ""
    key: str = ""
    message_id: str = ""
    behaviour: str = "ok"
    status: int | None = None
    early: bool = False
    wrong: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    files: tuple[Upload, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""
    reference: str = ""

    @classmethod
    def parse(cls, line: str) -> Self:
        """An entry out of its line."""
        values: dict[str, Any] = json.loads(line)
        values["files"] = tuple(Upload(**each) for each in values["files"])
        for name in ("wrong", "missing"):
            values[name] = tuple(values[name])
        return cls(**values)


class Record:
    """The file of entries: written by one server, read by anybody at any time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._read_to = 0
        self._entries: list[Entry] = []
        self._by_key: dict[str, list[Entry]] = defaultdict(list)

    def open(self) -> None:
        """Be ready to write; a line that a killed server left half written is ended first."""
        torn = self.path.exists() and self.path.read_bytes()[-1:] not in {b"", b"\n"}
        self._handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if torn:
            os.write(self._handle, b"#\n")  # so that what is left of it reads as no entry

    def close(self) -> None:
        """Write no more."""
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None

    def add(self, kind: Kind, channel: str, posting: str, **values: Any) -> Entry:
        """Append an entry in one write, so that it is there whole or not at all."""
        entry = Entry(kind=kind, channel=channel, posting=posting, at=time.time(), **values)
        line = json.dumps(asdict(entry), ensure_ascii=True) + "\n"
        with self._lock:
            if self._handle is None:
                raise RuntimeError("the record is not open")
            os.write(self._handle, line.encode())
        return entry

    def entries(
        self,
        *kinds: Kind,
        channel: str | None = None,
        posting: str | None = None,
        applicant: str | None = None,
        key: str | None = None,
    ) -> list[Entry]:
        """The entries of these kinds (none named: all) that answer to what is given, oldest first."""
        wanted = {"channel": channel, "posting": posting, "applicant": applicant, "key": key}
        return [
            entry
            for entry in self._read()
            if (not kinds or entry.kind in kinds)
            and all(value is None or getattr(entry, name) == value for name, value in wanted.items())
        ]

    def arrivals(self, **which: str | None) -> list[Entry]:
        """What employers took."""
        return self.entries("arrival", **which)

    def refusals(self, **which: str | None) -> list[Entry]:
        """What came and was not taken."""
        return self.entries("refusal", **which)

    def by_key(self, key: str) -> list[Entry]:
        """Everything that came under a key, refusals too."""
        self._read()
        return list(self._by_key.get(key, ()))

    def has(self, key: str) -> bool:
        """Whether an employer has the application of this key."""
        return any(entry.kind != "refusal" for entry in self.by_key(key))

    def doubled(self) -> dict[tuple[str, str, str], list[Entry]]:
        """What reached an employer more than once: (channel, posting, applicant) with the entries."""
        found: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        for entry in self.entries("arrival", "already"):
            found[entry.channel, entry.posting, entry.applicant].append(entry)
        return {who: entries for who, entries in found.items() if len(entries) > 1}

    def early(self) -> list[Entry]:
        """Requests that came before the time that a Retry-After had named."""
        return [entry for entry in self._read() if entry.early]

    def counts(self) -> Counter[str]:
        """How many of each kind."""
        return Counter(entry.kind for entry in self._read())

    def _read(self) -> list[Entry]:
        """All entries; only what has come since the last time is read."""
        with self._reading:
            try:
                with self.path.open("rb") as file:
                    file.seek(self._read_to)
                    fresh = file.read()
            except FileNotFoundError:
                return []
            for line in fresh[: fresh.rfind(b"\n") + 1].splitlines(keepends=True):
                self._read_to += len(line)
                if line.endswith(
                    b"}\n"
                ):  # what is left of a line that a kill cut off is nobody's application
                    entry = Entry.parse(line.decode("ascii"))
                    self._entries.append(entry)
                    self._by_key[entry.key].append(entry)
            return list(self._entries)
