"""A JSON Resume document as a form, and back: parts, entries and fields by name; what the form does not show stays as it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from personas.readers.structure.dates import find_spans, read_moment
from personas.resume_texts import NAMES

LINE, LONG, LIST, DATE = "line", "long", "list", "date"
DATES = frozenset({"startDate", "endDate", "date", "releaseDate"})
LONGS = frozenset({"summary", "description", "reference"})
LISTS = frozenset({"highlights", "keywords", "courses", "roles"})
MOST_ENTRIES = 200
MOST_CHARACTERS = 5000
PARTS: Mapping[str, tuple[str, ...]] = {
    "work": (
        "position", "name", "location", "startDate", "endDate", "url", "description", "summary", "highlights",
    ),
    "education": (
        "institution", "studyType", "area", "location", "startDate", "endDate", "score", "url", "courses", "highlights",
    ),
    "projects": ("name", "description", "startDate", "endDate", "url", "roles", "keywords", "highlights"),
    "volunteer": ("position", "organization", "location", "startDate", "endDate", "url", "summary", "highlights"),
    "skills": ("name", "level", "keywords"),
    "languages": ("language", "fluency"),
    "certificates": ("name", "issuer", "date", "url"),
    "awards": ("title", "awarder", "date", "summary"),
    "publications": ("name", "publisher", "releaseDate", "url", "summary"),
    "interests": ("name", "keywords"),
    "references": ("name", "reference"),
}  # fmt: skip
"""The parts of a résumé as people fill them in, and the fields of each."""
BASICS = ("name", "label", "email", "phone", "url", "summary")
PLACE = ("address", "postalCode", "city", "region", "countryCode")
PROFILE = ("network", "username", "url")
_ENTRY = re.compile(r"([a-z]+)-(\d{1,4})-([A-Za-z]+)\Z")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form: its name in the page, its words, its kind, what it holds, and what is wrong with it."""

    name: str
    label: str
    kind: str
    value: str
    faults: tuple[str, ...] = ()
    is_kept: bool = False
    """Its value is neither text nor a list of texts: it stays as it is and cannot be changed here."""

    @property
    def rows(self) -> int:
        """The rows of a field that may hold several lines; 0 for one of a single line."""
        if self.kind == LIST:
            return min(max(self.value.count("\n") + 2, 3), 12)
        return min(max(len(self.value) // 60 + 1, 2), 10) if self.kind == LONG else 0


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a part: its number, which entry of the document it is ("" for a new one), its title and fields."""

    number: int
    at: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the form."""

    key: str
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that cannot be kept: where it stands in the page and in words, and what to do."""

    anchor: str
    place: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as somebody typed it, and what is wrong with it by the names of fields."""

    document: dict[str, Any]
    faults: Mapping[str, list[str]] = field(default_factory=dict)


def basics_fields(document: Mapping[str, Any], faults: Mapping[str, list[str]]) -> tuple[Field, ...]:
    """The fields about the person."""
    basics = _mapping(document.get("basics"))
    place = _mapping(basics.get("location"))
    own = [_field(f"basics-{key}", key, basics.get(key), faults) for key in BASICS]
    where = [_field(f"place-{key}", key, place.get(key), faults) for key in PLACE]
    return (*own[:-1], *where, own[-1])


def parts_of(
    document: Mapping[str, Any], faults: Mapping[str, list[str]], *, new: str = ""
) -> tuple[Part, ...]:
    """Every part with its entries; `new` names a part that gets an empty entry at its end."""
    profiles = _mapping(document.get("basics")).get("profiles")
    found = [_part("profiles", PROFILE, _entries(profiles), faults, has_new=new == "profiles")]
    for key, keys in PARTS.items():
        found.append(_part(key, keys, _entries(document.get(key)), faults, has_new=new == key))
    return tuple(found)


def read_form(document: Mapping[str, Any], typed: Mapping[str, str]) -> Draft:
    """The document with what was typed: fields that were not changed, entries' order and keys of others stay as they are."""
    draft = deepcopy(dict(document))
    faults: dict[str, list[str]] = {}
    basics = dict(_mapping(draft.get("basics")))
    _take(basics, [(f"basics-{key}", key) for key in BASICS], typed, faults)
    place = dict(_mapping(basics.get("location")))
    _take(place, [(f"place-{key}", key) for key in PLACE], typed, faults)
    _set(basics, "location", place)
    _set(basics, "profiles", _read_part("profiles", PROFILE, _entries(basics.get("profiles")), typed, faults))
    _set(draft, "basics", basics)
    for key, keys in PARTS.items():
        _set(draft, key, _read_part(key, keys, _entries(draft.get(key)), typed, faults))
    return Draft(draft, faults)


def wrongs_of(faults: Mapping[str, Sequence[str]]) -> list[Wrong]:
    """What is wrong with a draft, to be told above the form."""
    found = []
    for name, sentences in faults.items():
        entry = _ENTRY.match(name)
        part, key = (entry[1], entry[3]) if entry else (name.partition("-")[0], name.partition("-")[2])
        words = [
            str(NAMES.get(part, part)),
            str(int(entry[2]) + 1) if entry else "",
            str(NAMES.get(key, key)),
        ]
        place = " ".join(word for word in words if word)
        found += [Wrong(f"id_{name}" if key else part, place, sentence) for sentence in sentences]
    return found


def change_order(document: Mapping[str, Any], part: str, at: int, *, by: int) -> dict[str, Any]:
    """The document with an entry moved up (-1) or down (1), or taken out (0); a place that is none changes nothing."""
    changed = deepcopy(dict(document))
    holder = changed.get("basics") if part == "profiles" else changed
    entries = holder.get(part) if isinstance(holder, dict) and (part in PARTS or part == "profiles") else None
    if isinstance(entries, list) and 0 <= at < len(entries) and 0 <= at + by < len(entries):
        entries.insert(at + by, entries.pop(at)) if by else entries.pop(at)
    return changed


def _part(
    key: str, keys: Sequence[str], entries: Sequence[Any], faults: Mapping[str, list[str]], *, has_new: bool
) -> Part:
    shown = [_entry(key, keys, number, entry, faults) for number, entry in enumerate(entries)]
    if has_new:
        shown.append(_entry(key, keys, len(entries), {}, faults, is_new=True))
    return Part(key, str(NAMES.get(key, key)), tuple(shown))


def _entry(
    part: str,
    keys: Sequence[str],
    number: int,
    entry: Any,
    faults: Mapping[str, list[str]],
    *,
    is_new: bool = False,
) -> Entry:
    values = _mapping(entry)
    title = ", ".join(
        str(values[key]) for key in keys[:2] if isinstance(values.get(key), str) and values[key]
    )
    fields = tuple(_field(f"{part}-{number}-{key}", key, values.get(key), faults) for key in keys)
    return Entry(number, "" if is_new else str(number), title or _("New entry"), fields)


def _field(name: str, key: str, value: Any, faults: Mapping[str, list[str]]) -> Field:
    kind = DATE if key in DATES else LONG if key in LONGS else LIST if key in LISTS else LINE
    label = _LABELS.get(f"{name.partition('-')[0]} {key}") or _LABELS.get(key) or NAMES.get(key, key)
    text = _shown(value)
    words = str(label)
    return Field(
        name,
        words[:1].upper() + words[1:],
        kind,
        text or "",
        tuple(faults.get(name, ())),
        is_kept=text is None,
    )


_LABELS: Mapping[str, Any] = {
    "basics label": gettext_lazy("professional title"),
    "work name": gettext_lazy("employer"),
    "references name": gettext_lazy("person"),
    "publications name": gettext_lazy("title"),
    "highlights": gettext_lazy("what was done, a line each"),
    "keywords": gettext_lazy("keywords, a line each"),
    "courses": gettext_lazy("courses, a line each"),
    "roles": gettext_lazy("roles, a line each"),
}


def _shown(value: Any) -> str | None:
    """A value as it stands in a field; None where it is neither text nor a list of texts."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(value)
    return None


def _read_part(
    part: str,
    keys: Sequence[str],
    entries: Sequence[Any],
    typed: Mapping[str, str],
    faults: dict[str, list[str]],
) -> list[Any]:
    numbers = dict.fromkeys(
        int(found[2]) for name in typed if (found := _ENTRY.match(name)) and found[1] == part
    )
    if not numbers:
        return list(entries)
    kept: list[Any] = []
    for number in numbers:
        at = typed.get(f"{part}-{number}-at", "")
        is_known = at.isascii() and at.isdigit() and int(at) < len(entries)
        if is_known and not isinstance(entries[int(at)], Mapping):
            kept.append(entries[int(at)])
            continue
        entry = dict(entries[int(at)]) if is_known else {}
        _take(entry, [(f"{part}-{number}-{key}", key) for key in keys], typed, faults)
        if is_known or entry:
            kept.append(entry)
    if len(kept) > MOST_ENTRIES:
        faults.setdefault(part, []).append(
            _("There are more than %(most)s entries here.") % {"most": MOST_ENTRIES}
        )
    return kept


def _take(
    values: dict[str, Any],
    names: Sequence[tuple[str, str]],
    typed: Mapping[str, str],
    faults: dict[str, list[str]],
) -> None:
    """Put what was typed into values; what shows as before stays to the letter."""
    for name, key in names:
        shown = _shown(values.get(key))
        if name not in typed or shown is None:
            continue
        text = typed[name].replace("\r\n", "\n")
        if text.strip() == shown.replace("\r\n", "\n").strip():
            continue
        try:
            value = _value_of(key, text)
        except ValueError as wrong:
            faults.setdefault(name, []).append(str(wrong))
            values[key] = text.split("\n") if key in LISTS else text
            continue
        if value:
            values[key] = value
        else:
            values.pop(key, None)


def _value_of(key: str, text: str) -> Any:
    if _UNSTORABLE.search(text):
        raise ValueError(_("This holds a character that cannot be kept. Delete it and type the text anew."))
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            _("This is longer than %(most)s characters. Shorten it.") % {"most": f"{MOST_CHARACTERS:,}"}
        )
    if key in LISTS:
        return [line.strip() for line in text.split("\n") if line.strip()]
    return _date_of(text.strip()) if key in DATES else text.strip()


def _date_of(text: str) -> str:
    if not text or (re.fullmatch(r"\d{4}(-\d\d){0,2}", text) and read_moment(text) == text):
        return text
    spans = find_spans(text)
    if len(spans) == 1 and not spans[0].is_span and spans[0].stop - spans[0].begin == len(text):
        return spans[0].start
    if find_spans(f"2000 – {text}") and find_spans(f"2000 – {text}")[0].is_open:
        return ""
    raise ValueError(
        _("This is no date. Write a year (2019), a month (2019-06 or Jun 2019) or a day (2019-06-30).")
    )


def _set(values: dict[str, Any], key: str, value: Any) -> None:
    """Set what was changed; what holds nothing and was not there before, or was of another shape, stays away."""
    known = values.get(key)
    if value or (key in values and isinstance(known, type(value))):
        values[key] = value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
