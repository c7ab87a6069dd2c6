"""Lines of a file, however long somebody made them, in memory that is bounded by one line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import BinaryIO

from django.utils.translation import gettext as _

LINE_BYTES_LIMIT = 16 * 1024 * 1024


def numbered_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Every line with its number from 1; None instead of one over LINE_BYTES_LIMIT, which is passed over."""
    for number in count(1):
        line = stream.readline(LINE_BYTES_LIMIT + 1)
        if not line:
            return
        if len(line) > LINE_BYTES_LIMIT:
            while line and not line.endswith(b"\n"):
                line = stream.readline(LINE_BYTES_LIMIT)
            yield number, None
        else:
            yield number, line


def too_long() -> str:
    """Why a line over the limit is not read, in a sentence."""
    reason = _("Longer than {limit} MiB, the most that one posting may take.")
    return reason.format(limit=LINE_BYTES_LIMIT // 1024 // 1024)


def not_utf8(byte: int) -> str:
    """Why bytes that are no UTF-8 are not read, in a sentence; `byte` counts from 1."""
    return _("Not UTF-8 text from byte {byte} on. Save the file as UTF-8.").format(byte=byte)
