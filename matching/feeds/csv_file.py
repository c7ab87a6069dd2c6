"""CSV with the columns of the posting shape, in any order, apart by commas, semicolons or tabs."""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from django.utils.translation import gettext as _

from matching.feeds.amounts import shorten
from matching.feeds.json_objects import check_text, reject
from matching.feeds.lines import LINE_BYTES_LIMIT, not_utf8, numbered_lines, too_long
from matching.feeds.records import COLUMNS, REQUIRED_COLUMNS, posting_from_record
from matching.posting import Posting, PostingInvalid, Read, Rejection

DELIMITERS = (",", ";", "\t")

# The module's own limit of 128 KiB a cell is less than a description may take; it counts for the whole process.
csv.field_size_limit(LINE_BYTES_LIMIT)


class HeaderError(ValueError):
    """The header row is not CSV, lacks a required column or names one twice; the message says which."""


def read_csv(stream: BinaryIO) -> Iterator[Read]:
    """Every record of a CSV file, numbered by the line it begins on; raises HeaderError."""
    lines = _Lines(numbered_lines(stream))
    header = lines.first()
    delimiter = find_delimiter(header)
    names = check_header(split_header(header, delimiter))
    while record := lines.next_record(delimiter):
        yield record.line, _read_record(record, names)


def split_header(header: bytes, delimiter: str) -> list[str]:
    """The names in a header row, lower case where they are columns of the posting shape; raises HeaderError."""
    try:
        row = next(csv.reader([header.decode(errors="replace")], delimiter=delimiter), [])
    except csv.Error as error:
        raise HeaderError(_("The header row is not CSV: {message}.").format(message=error)) from None
    names = [name.strip() for name in row]
    folded = [name.lower().replace(" ", "_") for name in names]
    return [
        plain if plain in COLUMNS else name or f"column {number}"
        for number, (name, plain) in enumerate(zip(names, folded, strict=True), start=1)
    ]


def find_delimiter(header: bytes) -> str:
    """The delimiter with which a header row names the most columns of the posting shape; raises HeaderError."""
    return max(DELIMITERS, key=lambda delimiter: len(COLUMNS.intersection(split_header(header, delimiter))))


def known_columns(header: bytes) -> frozenset[str]:
    """The columns of the posting shape that a header row names; none when it is not CSV."""
    try:
        return COLUMNS.intersection(split_header(header, find_delimiter(header)))
    except HeaderError:
        return frozenset()


def check_header(names: list[str]) -> list[str]:
    """The names again; raises HeaderError when a required one is missing or one stands twice."""
    missing = sorted(REQUIRED_COLUMNS.difference(names))
    if missing:
        reason = _("The header row lacks {missing}. Columns that are read: {known}.")
        raise HeaderError(reason.format(missing=", ".join(missing), known=", ".join(sorted(COLUMNS))))
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise HeaderError(_("The header row names {twice} twice.").format(twice=", ".join(twice)))
    return names


@dataclass(frozen=True, slots=True)
class _Record:
    """One record: the line it begins on, its bytes, its cells, or why it has none."""

    line: int
    raw: bytes
    cells: tuple[str, ...] = ()
    fault: str = ""


class _TooLongError(Exception):
    """A record has grown over the limit: a quote was opened and never closed."""


@dataclass(slots=True)
class _Lines:
    """The lines of a file, of which some may be put back and read again."""

    fresh: Iterator[tuple[int, bytes | None]]
    put_back: deque[tuple[int, bytes | None]] = field(default_factory=deque)

    def first(self) -> bytes:
        """The first line that is not empty, b"" if there is none."""
        return next((line for _number, line in self.fresh if line and line.strip()), b"")

    def next_record(self, delimiter: str) -> _Record | None:
        """The next record, which may take several lines; None at the end of the file.

        Where a quote is opened and never closed only its first line is given up, the rest is read again.
        """
        taken: list[tuple[int, bytes | None]] = []
        try:
            cells = next(csv.reader(self._feed(taken), delimiter=delimiter, strict=True), None)
        except _TooLongError:
            return self._give_up(taken, _("A quote is opened here and never closed."))
        except csv.Error as error:
            return self._give_up(taken, _("Not CSV: {message}.").format(message=error))
        if cells is None:
            return None
        raw = b"".join(line or b"" for _number, line in taken)
        if not cells:
            return _Record(taken[0][0], raw, fault=too_long())
        return _Record(taken[0][0], raw, tuple(cells), fault=_encoding_fault(raw))

    def _feed(self, taken: list[tuple[int, bytes | None]]) -> Iterator[str]:
        size = 0
        while (numbered := self._next_line()) is not None:
            line = numbered[1]
            if not taken and line is not None and not line.strip():
                continue
            size += LINE_BYTES_LIMIT if line is None else len(line)
            is_first = not taken
            taken.append(numbered)
            if size > LINE_BYTES_LIMIT or (line is None and not is_first):
                raise _TooLongError
            # What is no UTF-8 is named later; here it must only not move the borders of the record.
            yield (line or b"").decode(errors="replace")

    def _next_line(self) -> tuple[int, bytes | None] | None:
        return self.put_back.popleft() if self.put_back else next(self.fresh, None)

    def _give_up(self, taken: list[tuple[int, bytes | None]], fault: str) -> _Record:
        self.put_back.extendleft(reversed(taken[1:]))
        number, line = taken[0]
        return _Record(number, line or b"", fault=fault)


def _encoding_fault(raw: bytes) -> str:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return not_utf8(error.start + 1)
    return ""


def _read_record(record: _Record, names: list[str]) -> Posting | Rejection:
    fields = dict(zip(names, record.cells, strict=False))
    try:
        if record.fault:
            raise PostingInvalid("", record.fault)  # noqa: TRY301
        if len(record.cells) != len(names):
            reason = _("The record has {cells} cells, the header row {columns}.")
            raise PostingInvalid("", reason.format(cells=len(record.cells), columns=len(names)))  # noqa: TRY301
        for name, cell in fields.items():
            check_text(cell, name)
        return posting_from_record(fields)
    except PostingInvalid as error:
        return reject(record.line, error, record.raw, external_id=shorten(fields.get("external_id", "")))
