"""Tables as files for spreadsheets, in which no cell is ever taken for a formula; pure."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""

_STARTS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # the wide ones are typed in East Asia
_UNSEEN = {"Cc", "Cf"}  # controls and marks without width, by their Unicode category


def safe_cell(value: str | int | None) -> str:
    """Give a cell that spreadsheets take for text or a number.

    A text that begins with = + - @, a tab or a carriage return, also behind blanks and marks that are not seen, gets an
    apostrophe in front: spreadsheets then show it and compute nothing. Numbers are written as they are. NUL is left out.
    """
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = value.replace("\0", "")
    seen = _unseen_at_the_front(text)
    is_taken_for_one = {"\t", "\r"} & set(text[:seen]) or text.startswith(_STARTS_A_FORMULA, seen)
    return f"'{text}" if is_taken_for_one else text


def write_table(header: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> str:
    """Write a header and rows as CSV (RFC 4180) behind a byte order mark, every cell made safe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([safe_cell(each) for each in header])
    for row in rows:
        writer.writerow([safe_cell(each) for each in row])
    return BYTE_ORDER_MARK + file.getvalue()


def _unseen_at_the_front(text: str) -> int:
    for place, character in enumerate(text):
        if not (character.isspace() or unicodedata.category(character) in _UNSEEN):
            return place
    return len(text)
