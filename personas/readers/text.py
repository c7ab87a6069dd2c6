"""Plain text: told by its byte order mark, else UTF-8, else Windows-1252, never by guessing further."""

from __future__ import annotations

import re

from personas.readers.lines import Line, Sheet, check_length, clean
from personas.readers.refusals import Refusal, UploadRefused

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
MOST_ACCENTS = 0.3
"""In Windows-1252 at most this share of the signs is beyond ASCII (German, French, Polish: under 0.15); more is another
encoding (Shift JIS, Windows-1256) that would be read as gibberish."""
TAB = 8
PARTS = re.compile(r"\S+(?: \S+)*")
"""Words with single blanks between them."""
BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")


def read_text(content: bytes) -> Sheet:
    """The lines of a text file; raise UploadRefused where its letters cannot be told."""
    text = decode(content)
    check_length(len(text))
    lines = tuple(map(_line, BREAKS.split(text)))
    if not any(line.text for line in lines):
        raise UploadRefused(Refusal.NO_TEXT)
    return Sheet(_without_blank_ends(lines))


def decode(content: bytes) -> str:
    """The text behind the bytes; raise UploadRefused for NUL characters and for encodings that cannot be told."""
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), None)
    try:
        text = content.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            raise UploadRefused(Refusal.ENCODING) from error
        text = _decode_western(content)
    if "\0" in text:
        raise UploadRefused(Refusal.NUL)
    return text


def _decode_western(content: bytes) -> str:
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise UploadRefused(Refusal.ENCODING) from error
    signs = [sign for sign in text if not sign.isspace()]
    if sum(sign > "\x7f" for sign in signs) > MOST_ACCENTS * len(signs):
        raise UploadRefused(Refusal.ENCODING)
    return text


def _line(written: str) -> Line:
    """A line with the columns in which its parts stand."""
    text = clean(written)
    if not text:
        return Line("")
    edges = [(part.start(), part.end()) for part in PARTS.finditer(written.expandtabs(TAB))]
    # Wide gaps part a line only where its writer used tabs: in running text two blanks mean nothing.
    boxes = edges if len(edges) == text.count("\t") + 1 else [(edges[0][0], edges[-1][1])] if edges else []
    return Line(text, boxes=tuple(boxes))


def _without_blank_ends(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    filled = [place for place, line in enumerate(lines) if line.text]
    return lines[filled[0] : filled[-1] + 1]
