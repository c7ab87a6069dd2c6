"""Lists of addresses as coaches have them: a CSV file or pasted lines, with an address and a message in each; pure.

Every line that says anything is given back with its number in the file, so that a report can account for all of them.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

MOST_LINES = 500
"""Lines that are read at once."""
MOST_BYTES = 256 * 1024
"""Size of a file: 500 lines with a message of half a page each."""
_HEADERS = {"email", "e-mail", "mail", "e-mail address", "email address"}
_MESSAGES = {"message", "text", "note"}


class NotAList(ValueError):
    """Raised for what cannot be read as a list; `code` says why: encoding, lines, quotes, empty."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: the number of the line that it begins in, the address as it was written, the message."""

    number: int
    email: str
    message: str = ""


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; raise NotAList for any other encoding."""
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        raise NotAList("encoding") from None


def read_lines(text: str) -> tuple[Line, ...]:
    """The entries of a list: an address a line, a message after a comma, semicolon or tab, "quoted" where it holds line ends.

    A first line that only names the columns is passed over and decides their order. Empty lines are passed over. Raises
    NotAList for none or more than MOST_LINES entries, and for quotation marks that do not fit together.
    """
    lines = (
        text.removeprefix("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )
    delimiter = _delimiter(lines)
    rows = _read_rows(lines, delimiter)
    columns = _columns(rows[0][1]) if rows else None
    entries = rows[1:] if columns is not None else rows
    if not entries:
        raise NotAList("empty")
    if len(entries) > MOST_LINES:
        raise NotAList("lines")
    address, message = columns or (0, 1)
    return tuple(
        Line(number, _cell(row, address), _message(row, message, delimiter)) for number, row in entries
    )


def _read_rows(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(
        (f"{line}\n" for line in lines), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error:
        raise NotAList("quotes") from None
    return rows


def _delimiter(lines: Sequence[str]) -> str:
    """Whichever of comma, semicolon and tab comes first in the first line that has one outside quotes; else a comma."""
    quoted = False
    for line in lines:
        for character in line.strip():
            if character == '"':
                quoted = not quoted
            elif character in ",;\t" and not quoted:
                return character
    return ","


def _columns(row: Sequence[str]) -> tuple[int, int | None] | None:
    """Where address and message stand, by a row that names the columns; None for a row that is an entry itself."""
    names = [cell.strip().lower() for cell in row]
    address = next((place for place, name in enumerate(names) if name in _HEADERS), None)
    if address is None:
        return None
    return address, next((place for place, name in enumerate(names) if name in _MESSAGES), None)


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _message(row: Sequence[str], place: int | None, delimiter: str) -> str:
    """The message; where it is the last column of all, what stands behind further delimiters belongs to it."""
    if place is None:
        return ""
    return f"{delimiter} ".join(row[place:]).strip() if place == 1 else _cell(row, place)
