"""A JSON Resume document as the pieces of a page, set as people set a résumé; every text of it, unknown keys as well.

Dates are written with the precision that they have, so that our own reader finds them again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from personas.resume_texts import NAMES, NOT_SHOWN, ORDER

FIRST = (
    "position",
    "title",
    "studyType",
    "area",
    "name",
    "organization",
    "institution",
)
"""What the head of an entry is made of."""
GIVEN_BY = ("awarder", "issuer", "publisher")
"""Who stands behind what the head names."""
DATES = ("startDate", "endDate", "date", "releaseDate")
GOES_ON = frozenset({"work", "volunteer", "projects"})
"""Parts in which an entry with a begin and no end goes on today."""
BARE = ("location", "description", "url", "summary", "reference", "entity", "type")
"""Texts that say themselves what they are."""
PLACE = ("address", "postalCode", "city", "region", "countryCode")
LONG = 60
"""Characters from which a text stands in a paragraph of its own, without the name of its key."""

# XML 1.0 has no other characters; a lone surrogate is none either.
_NOT_WRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ISO = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


class Kind(Enum):
    """What a piece is on the page."""

    TITLE = "title"
    SUBTITLE = "subtitle"
    CONTACT = "contact"
    HEADING = "heading"
    ENTRY = "entry"
    ITEM = "item"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a page; `beside` are the dates of an entry."""

    kind: Kind
    text: str
    beside: str = ""


def outline(document: Mapping[str, Any], *, text: str) -> Iterator[Piece]:
    """The pieces in order; a document that holds nothing but its owner is told as the text that was read."""
    pieces = (
        _of_document(document)
        if any(document.get(section) for section in ORDER if section != "basics")
        else (Piece(Kind.TEXT, line) for line in text.splitlines())
    )
    for piece in pieces:
        yield Piece(piece.kind, _fit(piece.text), _fit(piece.beside))


def tell_date(text: str) -> str:
    """A date of JSON Resume in words, as precise as it is; any other text as it stands."""
    found = _ISO.fullmatch(text)
    if not found or not found[2]:
        return text
    try:
        day = date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return text
    return date_format(day, "j M Y" if found[3] else "M Y").replace(".", "")


def _of_document(document: Mapping[str, Any]) -> Iterator[Piece]:
    keys = [key for key in ORDER if document.get(key)]
    keys += [key for key in document if key not in ORDER and key not in NOT_SHOWN and document[key]]
    for key in keys:
        value = document[key]
        if key == "basics" and isinstance(value, Mapping):
            yield from _basics(value)
            continue
        yield Piece(Kind.HEADING, _name(key))
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, Mapping):
                yield from _entry(entry, section=key)
            else:
                yield from _value("", entry)


def _basics(basics: Mapping[str, Any]) -> Iterator[Piece]:
    written = set(NOT_SHOWN)
    for key, kind in (("name", Kind.TITLE), ("label", Kind.SUBTITLE)):
        if _is_told(basics.get(key)):
            yield Piece(kind, basics[key])
            written.add(key)
    contact = {key: basics[key] for key in ("phone", "email", "url") if _is_told(basics.get(key))}
    if place := _place(basics.get("location")):
        contact = {"location": place, **contact}
    yield from _line(contact.values())
    profiles = basics.get("profiles")
    if isinstance(profiles, list) and all(map(_is_profile, profiles)):
        yield from _line(map(_profile, profiles))
        written.add("profiles")
    if _is_told(basics.get("summary")):
        yield Piece(Kind.TEXT, basics["summary"])
        written.add("summary")
    yield from _rest(basics, written | set(contact))


def _line(parts: Iterable[str]) -> Iterator[Piece]:
    if line := "  ·  ".join(parts):
        yield Piece(Kind.CONTACT, line)


def _place(place: Any) -> str:
    """A place on one line, where it holds nothing else."""
    is_plain = isinstance(place, Mapping) and set(place) <= set(PLACE) and all(map(_is_told, place.values()))
    return ", ".join(place[key] for key in PLACE if key in place) if is_plain else ""


def _is_profile(profile: Any) -> bool:
    if not isinstance(profile, Mapping) or not set(profile) <= {"network", "username", "url"}:
        return False
    return all(_is_told(value) for value in profile.values())


def _profile(profile: Mapping[str, str]) -> str:
    network, user, url = (profile.get(key, "") for key in ("network", "username", "url"))
    said = url.casefold()
    parts = [part for part in (network, user) if part.casefold().replace(" ", "") not in said]
    return " ".join([*parts, url]).strip()


def _entry(entry: Mapping[str, Any], *, section: str = "") -> Iterator[Piece]:
    if section in {"skills", "languages", "interests"} and (line := _short(entry)):
        yield Piece(Kind.TEXT, line)
        return
    first = [key for key in FIRST if _is_told(entry.get(key))]
    dates = [key for key in DATES if _is_told(entry.get(key))]
    told = [tell_date(entry[key]) for key in dates]
    if dates == ["startDate"] and section in GOES_ON:
        told.append(pgettext("end of a job that goes on", "present"))
    if first or dates:
        head = ", ".join(entry[key] for key in first)
        givers = [key for key in GIVEN_BY if _is_told(entry.get(key))]
        yield Piece(
            Kind.ENTRY,
            " – ".join([*([head] if head else []), *(entry[key] for key in givers)]),
            " – ".join(told),
        )
        first += givers
    written = {*first, *dates}
    bare = [key for key in ("location", "url") if _is_told(entry.get(key))]
    if bare:
        yield Piece(Kind.TEXT, "  ·  ".join(entry[key] for key in bare))
        written.update(bare)
    yield from _rest(entry, written)


def _short(entry: Mapping[str, Any]) -> str:
    """A skill, a language or an interest on one line, where it holds no more than such a line can say."""
    name = next((entry[key] for key in ("name", "language") if _is_told(entry.get(key))), "")
    level = next((entry[key] for key in ("level", "fluency") if _is_told(entry.get(key))), "")
    words = entry.get("keywords", [])
    known = {"name", "language", "level", "fluency", "keywords"}
    if not name or not set(entry) <= known or not isinstance(words, list) or not all(map(_is_told, words)):
        return ""
    if any(key in entry and not _is_told(entry[key]) for key in known - {"keywords"}):
        return ""
    head = f"{name} ({level})" if level else name
    return f"{head}: {', '.join(words)}" if words else head


def _rest(entry: Mapping[str, Any], written: set[str]) -> Iterator[Piece]:
    for key, value in entry.items():
        if key not in written:
            yield from _value("" if key in BARE else _name(key), value)


def _value(name: str, value: Any) -> Iterator[Piece]:
    if isinstance(value, list) and all(not isinstance(each, Mapping | list) for each in value):
        texts = list(_told(value))
        if name and name == _name("keywords"):
            # Keywords are words, and items of a list are sentences.
            yield from (Piece(Kind.TEXT, ", ".join(texts)) for _once in texts[:1])
        else:
            yield from (Piece(Kind.ITEM, text) for text in texts)
    elif isinstance(value, list):
        for each in value:
            yield from _entry(each) if isinstance(each, Mapping) else _value("", each)
    elif isinstance(value, Mapping):
        yield from _rest(value, set())
    else:
        for text in _told([value]):
            yield Piece(Kind.TEXT, text if len(text) >= LONG or not name else f"{name}: {text}")


def _told(values: list[Any]) -> Iterator[str]:
    for value in values:
        text = value if isinstance(value, str) else "" if value is None else str(value)
        if text.strip():
            yield text


def _is_told(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _name(key: str) -> str:
    name = str(NAMES.get(key, key)) or _("without a name")
    return name[:1].upper() + name[1:]


def _fit(text: str) -> str:
    return _NOT_WRITABLE.sub("\ufffd", text)
