"""Reading a list of courses out of a CSV or JSON file: the courses, and by line what is wrong with the others.

CSV has a header line; JSON is a list of objects, or one object a line. The columns are `COLUMNS`, of which title and
url must be there; hours is a number or a range (“30” or “30-50”), skills are separated by semicolons (in JSON a list).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from learning.hours import MOST_HOURS, read_hours
from learning.models import Course

COLUMNS = (
    "title",
    "url",
    "provider",
    "language",
    "level",
    "duration",
    "hours",
    "skills",
    "topic",
    "license",
    "prerequisites",
)
MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 200_000
_LONGEST: Mapping[str, int] = {
    "title": 500,
    "url": 2000,
    "provider": 255,
    "duration": 255,
    "topic": 255,
    "license": 100,
    "prerequisites": 5000,
}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_HOURS = re.compile(r"(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?")
MOST_SKILLS = 20
MOST_LETTERS = 255


class FileRefused(Exception):
    """Raised for a file that cannot be read as a whole; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course as a file states it; hours are at least and at most, None where neither hours nor duration tell them."""

    line: int
    title: str
    url: str
    provider: str = ""
    language: str = "en"
    level: str = ""
    duration: str = ""
    hours: tuple[int, int] | None = None
    skills: tuple[str, ...] = ()
    topic: str = ""
    license: str = ""
    prerequisites: str = ""


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a line holds no course: the line, the column ("" for the line as a whole), and a sentence."""

    line: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CoursesRead:
    """What a file holds: its courses, its broken lines, and columns that nobody reads."""

    rows: tuple[CourseRow, ...] = ()
    faults: tuple[RowFault, ...] = ()
    unread: tuple[str, ...] = field(default=())


def read_courses(content: bytes, *, kind: str) -> CoursesRead:
    """Read a file of `kind` csv or json; raises FileRefused for one that cannot be read as a whole."""
    if len(content) > MOST_BYTES:
        raise FileRefused(
            _("The file has more than %(limit)s MB. Split it.") % {"limit": MOST_BYTES // 1024 // 1024}
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise FileRefused(
            _("The file is no UTF-8: byte %(place)s cannot be read. Save it as UTF-8.")
            % {"place": wrong.start}
        ) from None
    if not text.strip():
        raise FileRefused(_("The file is empty."))
    records, unread = _read_csv(text) if kind == "csv" else (_read_json(text), ())
    rows: list[CourseRow] = []
    faults: list[RowFault] = []
    seen: dict[str, int] = {}
    for line, record in records:
        read = RowFault(line, "", record) if isinstance(record, str) else _read_row(line, record)
        if isinstance(read, CourseRow) and read.url in seen:
            told = _("This address stands in line %(line)s already. Keep one of the two.")
            read = RowFault(line, "url", told % {"line": seen[read.url]})
        if isinstance(read, RowFault):
            faults.append(read)
        else:
            seen[read.url] = line
            rows.append(read)
        if len(rows) > MOST_ROWS:
            raise FileRefused(_("The file has more than %(limit)s courses. Split it.") % {"limit": MOST_ROWS})
    return CoursesRead(tuple(rows), tuple(faults), unread)


Record = Mapping[str, Any] | str
"""The cells of a line by column, or a sentence that says why it is none."""


def _read_csv(text: str) -> tuple[Iterator[tuple[int, Record]], tuple[str, ...]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader)]
    except (csv.Error, StopIteration) as wrong:
        raise FileRefused(_("The first line is no header: %(why)s.") % {"why": wrong}) from None
    missing = [name for name in ("title", "url") if name not in header]
    if missing:
        raise FileRefused(
            _("The header has no column %(names)s. The columns are %(columns)s.")
            % {"names": ", ".join(missing), "columns": ", ".join(COLUMNS)}
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise FileRefused(
            _("The header names %(names)s twice. Keep one of them.") % {"names": ", ".join(twice)}
        )
    return _read_lines(reader, header), tuple(name for name in header if name and name not in COLUMNS)


def _read_lines(reader: Any, header: list[str]) -> Iterator[tuple[int, Record]]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            # What follows a quote that is never closed cannot be told apart.
            yield (
                line,
                _("From here on the file is no CSV: %(why)s. Look for a quote that is not closed.")
                % {"why": wrong},
            )
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            told = _("%(found)s cells where the header has %(asked)s. Put cells with commas into quotes.")
            yield line, told % {"found": len(cells), "asked": len(header)}
            continue
        yield line, dict(zip(header, cells, strict=True))


def _read_json(text: str) -> Iterator[tuple[int, Record]]:
    if text.lstrip().startswith("["):
        try:
            entries = json.loads(text)
        except ValueError as wrong:
            raise FileRefused(_("The file is no JSON: %(why)s.") % {"why": wrong}) from None
        return ((number, _as_record(entry)) for number, entry in enumerate(entries, start=1))
    return _read_objects(text.splitlines())


def _read_objects(lines: Iterable[str]) -> Iterator[tuple[int, Record]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, _as_record(json.loads(line))
        except ValueError as wrong:
            yield number, _("This is no JSON: %(why)s.") % {"why": wrong}


def _as_record(entry: Any) -> Record:
    if isinstance(entry, dict):
        return {str(name).lower(): value for name, value in entry.items()}
    return _("This is no object with the columns %(columns)s.") % {"columns": ", ".join(COLUMNS)}


class _Wrong(ValueError):
    """Raised for a cell that cannot be kept; `column` is which."""

    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column


def _read_row(line: int, record: Mapping[str, Any]) -> CourseRow | RowFault:
    try:
        texts = {column: _text(record, column) for column in _LONGEST}
        duration = texts["duration"]
        return CourseRow(
            line=line,
            language=_language(record),
            level=_level(record),
            hours=_hours(record) or read_hours(duration),
            skills=_skills(record),
            **{**texts, "title": _title(texts["title"]), "url": _url(texts["url"])},
        )
    except _Wrong as wrong:
        return RowFault(line, wrong.column, str(wrong))


def _text(record: Mapping[str, Any], column: str) -> str:
    value = record.get(column)
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise _Wrong(column, _("This is no text."))
    text = " ".join(str(value).split())
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _Wrong(column, _("This holds a NUL or a broken character."))
    if column in _LONGEST and len(text) > _LONGEST[column]:
        raise _Wrong(
            column,
            _("%(length)s characters; at most %(limit)s are kept. Shorten it.")
            % {"length": len(text), "limit": _LONGEST[column]},
        )
    return text


def _title(text: str) -> str:
    if not text:
        raise _Wrong("title", _("The title is missing."))
    return text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    except ValueError:
        fits = False
    if not fits:
        raise _Wrong("url", _("This is no web address. Write one that begins with https://."))
    return text


def _language(record: Mapping[str, Any]) -> str:
    text = _text(record, "language").replace("_", "-") or "en"
    if not _LANGUAGE.fullmatch(text) or len(text) > 16:
        raise _Wrong(
            "language",
            _("“%(value)s” is no code of a language. Write one such as en or pt-BR.") % {"value": text[:40]},
        )
    return text


def _level(record: Mapping[str, Any]) -> str:
    text = _text(record, "level").lower()
    if text and text not in Course.Level.values:
        told = _("“%(value)s” is no level. Write beginner, intermediate or advanced, or nothing.")
        raise _Wrong("level", told % {"value": text[:40]})
    return text


def _hours(record: Mapping[str, Any]) -> tuple[int, int] | None:
    text = _text(record, "hours")
    if not text:
        return None
    found = _HOURS.fullmatch(text)
    least, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= least <= most <= MOST_HOURS:
        told = _("“%(value)s” are no hours. Write a number or a range such as 30-50, from 1 to %(limit)s.")
        raise _Wrong("hours", told % {"value": text[:40], "limit": MOST_HOURS})
    return least, most


def _skills(record: Mapping[str, Any]) -> tuple[str, ...]:
    value = record.get("skills") or ""
    names = value.split(";") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _Wrong("skills", _("Skills are names, separated by semicolons."))
    kept = tuple(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))
    if len(kept) > MOST_SKILLS or any(len(name) > MOST_LETTERS or "\0" in name for name in kept):
        told = _("At most %(most)s skills of at most %(letters)s characters each are kept.")
        raise _Wrong("skills", told % {"most": MOST_SKILLS, "letters": MOST_LETTERS})
    return kept
