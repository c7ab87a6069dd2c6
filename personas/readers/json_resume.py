"""JSON Resume 1.3.1: the very document, strictly parsed, and the text that a person would read from it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from personas.readers.lines import Line, Sheet, check_length, clean
from personas.readers.refusals import Refusal, UploadRefused
from personas.readers.text import decode

MAX_DEPTH = 20
SECTIONS = (
    "work",
    "volunteer",
    "education",
    "projects",
    "skills",
    "certificates",
    "publications",
    "awards",
    "languages",
    "interests",
    "references",
)
"""The lists of JSON Resume, in the order in which a person reads them."""
TELLING = ("basics", *(section for section in SECTIONS if section != "skills"))
"""A résumé has one of these; `skills` alone stands in the job documents of the same project too."""
FIRST = ("name", "title", "position", "label", "studyType", "area", "organization", "institution", "language")
"""What opens an entry; the other keys follow in the order of the document."""
SPAN = ("startDate", "endDate")
NOT_READ = frozenset({"$schema", "meta", "image"})
TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_json_resume(content: bytes) -> tuple[dict[str, Any], Sheet]:
    """The document with all its keys, and its text; raise UploadRefused with the place of what is wrong."""
    text = decode(content)
    document = _parse(text)
    _check_shape(document)
    lines = tuple(Line(line) for line in _lines_of(document))
    check_length(sum(len(line.text) for line in lines))
    if not any(line.text for line in lines):
        raise UploadRefused(Refusal.NO_TEXT)
    return document, Sheet(lines)


def check_document(document: dict[str, Any]) -> None:
    """Raise UploadRefused where the parts of a document are none of JSON Resume, or hold what cannot be kept."""
    if _depth_of(document) > MAX_DEPTH:
        raise UploadRefused(Refusal.TOO_DEEP, limit=MAX_DEPTH)
    _check_characters(document)
    _check_parts(document)


def _depth_of(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth_of, inner), default=0)


def _parse(text: str) -> dict[str, Any]:
    _check_depth(text)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_unique_pairs,
            parse_constant=_refuse_number,
            parse_float=_finite,
            parse_int=_whole,
        )
    except json.JSONDecodeError as error:
        raise UploadRefused(Refusal.NOT_JSON, line=error.lineno, column=error.colno) from error
    if not isinstance(document, dict):
        raise UploadRefused(Refusal.NOT_A_RESUME, where="$")
    _check_characters(document)
    return document


def _check_depth(text: str) -> None:
    depth = 0
    for token in TOKENS.finditer(text):
        sign = token.group()[0]
        depth += (sign in "[{") - (sign in "]}")
        if depth > MAX_DEPTH:
            raise UploadRefused(Refusal.TOO_DEEP, limit=MAX_DEPTH)


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UploadRefused(Refusal.DUPLICATE_KEY, key=clean(key)[:60])
        found[key] = value
    return found


def _refuse_number(number: str) -> NoReturn:
    raise UploadRefused(Refusal.BAD_NUMBER, number=number[:30])


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        _refuse_number(number)
    return value


def _whole(number: str) -> int:
    # Python refuses to convert thousands of digits, and no column holds them.
    if len(number) > 100:
        _refuse_number(number)
    return int(number)


def _check_characters(value: object) -> None:
    """Refuse what jsonb cannot hold: U+0000 and lone surrogates, in keys as in values."""
    if isinstance(value, str):
        if found := UNSTORABLE.search(value):
            raise UploadRefused(Refusal.BAD_CHARACTER, escape=f"\\u{ord(found.group()):04x}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_characters(key)
            _check_characters(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_characters(inner)


def _check_shape(document: dict[str, Any]) -> None:
    if not any(key in document for key in TELLING):
        raise UploadRefused(Refusal.NOT_A_RESUME, where="$")
    _check_parts(document)


def _check_parts(document: dict[str, Any]) -> None:
    if not isinstance(document.get("basics", {}), dict):
        raise UploadRefused(Refusal.NOT_A_RESUME, where="basics")
    for section in SECTIONS:
        entries = document.get(section, [])
        if not isinstance(entries, list):
            raise UploadRefused(Refusal.NOT_A_RESUME, where=section)
        for place, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise UploadRefused(Refusal.NOT_A_RESUME, where=f"{section}[{place}]")


def _lines_of(document: dict[str, Any]) -> Iterator[str]:
    """Everything that is written in the document, sections parted by an empty line; no heading that it does not hold."""
    order = ("basics", *SECTIONS, *(key for key in document if key not in SECTIONS and key != "basics"))
    is_first = True
    for key in order:
        lines = list(_lines_in(document[key])) if key in document and key not in NOT_READ else []
        if lines and not is_first:
            yield ""
        is_first = is_first and not lines
        yield from lines


def _lines_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _lines_in_entry(value)
    elif isinstance(value, list):
        if value and all(isinstance(item, str) and len(item) <= 40 for item in value):
            yield from _lines_in(", ".join(value))
        else:
            for item in value:
                yield from _lines_in(item)
    elif isinstance(value, str):
        yield from filter(None, map(clean, value.splitlines()))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _lines_in_entry(entry: dict[str, Any]) -> Iterator[str]:
    for key in FIRST:
        if key in entry:
            yield from _lines_in(entry[key])
    span = [clean(str(entry[key])) for key in SPAN if isinstance(entry.get(key), str | int)]
    if any(span):
        yield " – ".join(filter(None, span))
    for key, value in entry.items():
        if key not in FIRST and key not in SPAN and key not in NOT_READ:
            yield from _lines_in(value)
