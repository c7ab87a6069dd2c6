"""A JSON Resume document as a DOCX file that a person can go on writing in: every text of it, unknown keys as well."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import docx
from docx.document import Document

from personas.resume_texts import NAMES, NOT_SHOWN, ORDER

FIRST = (
    "position",
    "title",
    "studyType",
    "area",
    "name",
    "organization",
    "institution",
    "language",
    "network",
)
"""What the line of an entry is made of."""
DATES = ("startDate", "endDate", "date", "releaseDate")
LONG = 60
"""Characters from which a text stands in a paragraph of its own, without the name of its key."""
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# XML 1.0 has no other characters; a lone surrogate is none either.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_docx(document: Mapping[str, Any], *, text: str) -> bytes:
    """Give the file; a document that holds nothing but the name and how to reach its owner is written as the text that was read."""
    file = docx.Document()
    file.core_properties.author = ""
    if any(document.get(section) for section in ORDER if section != "basics"):
        _write_document(file, document)
    else:
        for line in text.splitlines():
            file.add_paragraph(_fit(line))
    content = io.BytesIO()
    file.save(content)
    return content.getvalue()


def _write_document(file: Document, document: Mapping[str, Any]) -> None:
    keys = [key for key in ORDER if document.get(key)]
    keys += [key for key in document if key not in ORDER and key not in NOT_SHOWN and document[key]]
    for key in keys:
        value = document[key]
        if key == "basics" and isinstance(value, Mapping):
            _write_basics(file, value)
            continue
        file.add_heading(_fit(_name(key)), level=1)
        for entry in value if isinstance(value, list) else [value]:
            _write_entry(file, entry)


def _write_basics(file: Document, basics: Mapping[str, Any]) -> None:
    name = basics.get("name")
    if isinstance(name, str):
        file.add_heading(_fit(name), level=0)
    _write_rest(file, basics, {*NOT_SHOWN, *(["name"] if isinstance(name, str) else [])})


def _write_entry(file: Document, entry: Any) -> None:
    if not isinstance(entry, Mapping):
        _write_value(file, "", entry)
        return
    first = [key for key in FIRST if isinstance(entry.get(key), str) and entry[key].strip()]
    dates = [key for key in DATES if isinstance(entry.get(key), str) and entry[key].strip()]
    line = file.add_paragraph()
    line.add_run(_fit(", ".join(entry[key] for key in first))).bold = True
    if dates:
        line.add_run(_fit(f"{'  ' if first else ''}{' – '.join(entry[key] for key in dates)}"))
    _write_rest(file, entry, {*first, *dates})


def _write_rest(file: Document, entry: Mapping[str, Any], written: set[str]) -> None:
    for key, value in entry.items():
        if key not in written:
            _write_value(file, _name(key), value)


def _write_value(file: Document, name: str, value: Any) -> None:
    if isinstance(value, list) and all(not isinstance(each, Mapping | list) for each in value):
        for told in _told(value):
            file.add_paragraph(_fit(told), style="List Bullet")
    elif isinstance(value, list):
        for each in value:
            _write_entry(file, each)
    elif isinstance(value, Mapping):
        _write_rest(file, value, set())
    else:
        for told in _told([value]):
            file.add_paragraph(_fit(told if len(told) >= LONG or not name else f"{name}: {told}"))


def _told(values: list[Any]) -> Iterator[str]:
    for value in values:
        text = value if isinstance(value, str) else "" if value is None else str(value)
        if text.strip():
            yield text


def _name(key: str) -> str:
    name = str(NAMES.get(key, key))
    return name[:1].upper() + name[1:]


def _fit(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
