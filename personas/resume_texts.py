"""The texts of a JSON Resume document by JSON pointer (RFC 6901): listed, found, changed; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

NOT_SHOWN = frozenset({"$schema", "meta", "image"})
"""Keys that say nothing of the person."""
ORDER = (
    "basics",
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

NAMES: Mapping[str, Any] = {
    "basics": _("Basics"),
    "work": _("Work"),
    "volunteer": _("Volunteering"),
    "education": _("Education"),
    "projects": _("Projects"),
    "skills": _("Skills"),
    "certificates": _("Certificates"),
    "publications": _("Publications"),
    "awards": _("Awards"),
    "languages": _("Languages"),
    "interests": _("Interests"),
    "references": _("References"),
    "name": _("name"),
    "label": _("label"),
    "email": _("e-mail address"),
    "phone": _("phone"),
    "url": _("address on the web"),
    "summary": _("summary"),
    "location": _("place"),
    "city": _("city"),
    "region": _("region"),
    "address": _("street"),
    "postalCode": _("postal code"),
    "countryCode": _("country"),
    "profiles": _("profiles"),
    "network": _("network"),
    "username": _("user name"),
    "position": _("position"),
    "startDate": _("begin"),
    "endDate": _("end"),
    "highlights": _("highlights"),
    "description": _("description"),
    "organization": _("organization"),
    "institution": _("institution"),
    "area": _("area"),
    "studyType": _("degree"),
    "score": _("grade"),
    "courses": _("courses"),
    "title": _("title"),
    "date": _("date"),
    "awarder": _("given by"),
    "issuer": _("issued by"),
    "publisher": _("publisher"),
    "releaseDate": _("published"),
    "level": _("level"),
    "keywords": _("keywords"),
    "language": _("language"),
    "fluency": _("fluency"),
    "reference": _("reference"),
    "roles": _("roles"),
    "entity": _("for"),
    "type": _("kind"),
}
"""What the keys of JSON Resume are called; any other key is shown as it stands."""


@dataclass(frozen=True, slots=True)
class ResumeText:
    """One text of a document, and where it stands."""

    pointer: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return name_place(self.pointer)


def list_texts(document: Mapping[str, Any]) -> list[ResumeText]:
    """Every text of a document that is not empty, sections in the order in which a person reads them."""
    keys = [key for key in ORDER if key in document]
    keys += [key for key in document if key not in ORDER and key not in NOT_SHOWN]
    return [each for key in keys for each in _texts_in(document[key], (key,))]


def find_text(document: Any, pointer: str) -> str | None:
    """The text at a pointer; None where there is none."""
    steps = _steps_of(pointer)
    found = document if steps else None
    for step in steps:
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and _is_place(step, found):
            found = found[int(step)]
        else:
            return None
    return found if isinstance(found, str) else None


def change_texts(document: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """A copy of the document with other texts at these pointers; raise KeyError for one where no text stands."""
    changed = deepcopy(dict(document))
    for pointer, text in texts.items():
        if find_text(changed, pointer) is None:
            raise KeyError(pointer)
        *way, last = _steps_of(pointer)
        holder: Any = changed
        for step in way:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        holder[int(last) if isinstance(holder, list) else last] = text
    return changed


def name_place(pointer: str) -> str:
    """Where a pointer leads, in words: "Work 2 · highlights 1"."""
    words: list[str] = []
    for step in _steps_of(pointer):
        if words and step.isascii() and step.isdecimal() and len(step) <= 6:
            words[-1] = f"{words[-1]} {int(step) + 1}"
        else:
            words.append(str(NAMES.get(step, step)) or gettext("without a name"))
    return " · ".join(words)


def _texts_in(value: Any, way: tuple[str, ...]) -> Iterator[ResumeText]:
    if isinstance(value, str):
        if value.strip():
            yield ResumeText("".join(f"/{_escape(step)}" for step in way), value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in NOT_SHOWN:
                yield from _texts_in(inner, (*way, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts_in(inner, (*way, str(place)))


def _steps_of(pointer: str) -> tuple[str, ...]:
    """The steps of a pointer; none for one that is no pointer into a document."""
    if not pointer.startswith("/"):
        return ()
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def _is_place(step: str, entries: list[Any]) -> bool:
    # RFC 6901: digits without a leading zero.
    if not (step.isascii() and step.isdecimal()) or (len(step) > 1 and step[0] == "0") or len(step) > 6:
        return False
    return int(step) < len(entries)


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
