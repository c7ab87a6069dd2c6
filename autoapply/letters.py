"""Cover letters: a person's own text with fields in braces, filled from facts or not at all.

`{company}` is a field; `{{` and `}}` are the braces themselves. What a fact holds is put in as it is and never read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

FIELDS = (
    "company",
    "job_title",
    "my_name",
    "my_email",
    "my_phone",
    "my_city",
    "skills_in_common",
    "my_latest_title",
    "today",
)
"""The fields that a letter may have."""

LONGEST_LETTER = 10_000
"""Characters of a letter, as written and as filled."""


@dataclass(frozen=True, slots=True)
class LetterFaults:
    """What keeps a text from being a letter: field names that there are not, braces that name nothing, tags of HTML."""

    unknown: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.unknown or self.stray or self.tags)


@dataclass(frozen=True, slots=True)
class Letter:
    """A filled letter; where `unmet` names fields whose fact is not known, or `faults` says more, the text is empty."""

    text: str
    unmet: tuple[str, ...] = ()
    faults: LetterFaults = LetterFaults()


def check_letter(body: str) -> LetterFaults:
    """Find what keeps a text from being a letter; each fault once, in the order of the text."""
    unknown, stray = [], []
    for kind, text in _parts(body):
        if kind == "field" and text not in FIELDS:
            unknown.append(text)
        elif kind == "stray":
            stray.append(text)
    tags = [found.group() for found in _TAG.finditer(body)]
    return LetterFaults(*(tuple(dict.fromkeys(each)) for each in (unknown, stray, tags)))


def fields_of(body: str) -> tuple[str, ...]:
    """The known fields that a text has, each once, in its order."""
    names = (text for kind, text in _parts(body) if kind == "field" and text in FIELDS)
    return tuple(dict.fromkeys(names))


def fill_letter(body: str, facts: Mapping[str, str]) -> Letter:
    """Put facts in the place of fields; a fact that is absent or empty is not known, and then there is no letter."""
    faults = check_letter(body)
    unmet = tuple(name for name in fields_of(body) if not facts.get(name, "").strip())
    if faults or unmet:
        return Letter("", unmet, faults)
    filled = "".join(facts[text] if kind == "field" else text for kind, text in _parts(body))
    return Letter(filled.strip())


def _parts(body: str) -> Iterator[tuple[str, str]]:
    """The text in pieces: (text, …), (field, its name), (stray, what stands around a lone brace)."""
    at = 0
    for found in _BRACE.finditer(body):
        if found.start() > at:
            yield "text", body[at : found.start()]
        at = found.end()
        token = found.group()
        if token in ("{{", "}}"):
            yield "text", token[0]
        elif found["name"] is not None and found["name"].strip():
            yield "field", found["name"].strip().casefold()
        else:
            yield "stray", body[max(0, found.start() - 10) : found.end() + 10].strip()
    if at < len(body):
        yield "text", body[at:]


_BRACE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}\n]*)\}|[{}]")
# An address in angle brackets is no tag.
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>\n]*)?/?>")
