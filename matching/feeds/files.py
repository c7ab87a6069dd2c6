"""Files of postings: told apart by what is in them, unpacked, read by the reader of their kind."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.utils.translation import gettext as _

from matching.feeds.csv_file import known_columns, read_csv
from matching.feeds.json_document import read_json, read_page
from matching.feeds.jsonl import read_jsonl
from matching.posting import Read

GZIP_MAGIC = b"\x1f\x8b"
UTF8_MARK = b"\xef\xbb\xbf"
HEAD_BYTES = 256 * 1024

_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_PAGE_START = re.compile(rb"<(?:!doctype html|html|head|body|script|!--)", re.IGNORECASE)


class Reader(Protocol):
    """What reads one kind of file: everything in it, numbered, one thing at a time."""

    def __call__(self, stream: BinaryIO, /) -> Iterator[Read]:
        """Read a stream of bytes from where it stands to its end."""


class FileNotUnderstoodError(ValueError):
    """The file as a whole cannot be read; the message says what is understood."""


class FileDamagedError(ValueError):
    """The file ends, or its compressed data breaks, somewhere in the middle."""


READERS: dict[str, Reader] = {"jsonl": read_jsonl, "json": read_json, "html": read_page, "csv": read_csv}


@dataclass(frozen=True, slots=True)
class PostingFile:
    """An open file of postings: its kind (a key of READERS), its size on disk in bytes, how far it has been read."""

    path: Path
    kind: str
    size: int
    stream: BinaryIO
    position: Callable[[], int]

    def read(self) -> Iterator[Read]:
        """Every posting and rejection in it; raises FileDamagedError where its data breaks."""
        with _damage_named(self.path):
            yield from READERS[self.kind](self.stream)


def read_file(path: Path) -> Iterator[Read]:
    """Every posting and rejection of a file; raises OSError, FileNotUnderstoodError, FileDamagedError or HeaderError."""
    with open_file(path) as file:
        yield from file.read()


@contextmanager
def open_file(path: Path) -> Iterator[PostingFile]:
    """Open a file of postings, packed with gzip or not; raises OSError, FileNotUnderstoodError or FileDamagedError."""
    with path.open("rb") as packed:
        size = path.stat().st_size
        is_gzip = packed.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        packed.seek(0)
        stream: BinaryIO = packed
        if is_gzip:
            stream = io.BufferedReader(gzip.GzipFile(fileobj=packed))
        with _damage_named(path):
            head = stream.read(HEAD_BYTES)
            kind = _kind_of(path, head)
            stream.seek(len(UTF8_MARK) if head.startswith(UTF8_MARK) else 0)
        yield PostingFile(path, kind, size, stream, packed.tell)


def recognize(head: bytes) -> str:
    """The kind of file that begins with `head`, "" when it is none that Relevnt reads."""
    head = head.removeprefix(UTF8_MARK).lstrip()
    lines = [line.strip() for line in head.split(b"\n")]
    if head[:1] == b"[":
        return "json"
    if _PAGE_START.match(head):
        return "html"
    # A document printed over many lines opens its inner objects further in, or closes them elsewhere.
    if any(line[:1] == b"{" and line[-1:] == b"}" for line in lines):
        return "jsonl"
    if head[:1] == b"{":
        return "json" if len(lines) > 1 else "jsonl"
    return "csv" if known_columns(lines[0]) else ""


def _kind_of(path: Path, head: bytes) -> str:
    if not head.removeprefix(UTF8_MARK).strip():
        raise FileNotUnderstoodError(_("{path} is empty.").format(path=path))
    if head.startswith(_WIDE_MARKS):
        raise FileNotUnderstoodError(_("{path} is UTF-16. Save it as UTF-8.").format(path=path))
    kind = recognize(head)
    if not kind:
        reason = _(
            "{path} is none of the files that are understood: JSONL (one object a line), CSV with a header row "
            "that names the columns external_id and title, schema.org JobPosting as JSON or in an HTML page, each "
            "as it is or packed with gzip."
        )
        raise FileNotUnderstoodError(reason.format(path=path))
    return kind


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        reason = _("{path} is damaged: its compressed data breaks in the middle. Fetch the file again.")
        raise FileDamagedError(reason.format(path=path)) from error
