"""How much of a known résumé a reading got right, field by field, and whether every line found its place or a mention."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from personas.readers.lines import Line, clean
from personas.readers.structure.dates import DURATION, MONTHS, find_spans
from personas.readers.structure.sections import kind_of_heading
from personas.resume_texts import list_texts


@dataclass(frozen=True, slots=True)
class Score:
    """Fields of the truth that were read right, and all of them; what was read wrong, as (field, truth, reading); what was made up."""

    right: int
    all: int
    wrong: tuple[tuple[str, str, str], ...]
    made_up: tuple[tuple[str, str], ...]


def score(truth: Mapping[str, Any], found: Mapping[str, Any]) -> Score:
    """Compare a reading with the truth: entries are paired by what they share, then field by field, each text exactly."""
    right, wrong, made_up = 0, [], []
    for section in {**truth, **found}:
        wanted, given = truth.get(section), found.get(section)
        pairs = (
            [(section, wanted or {}, given or {})]
            if isinstance(wanted or given, dict)
            else _pairs(section, wanted or [], given or [])
        )
        for name, want, got in pairs:
            wants, gots = dict(_leaves(want, name)), dict(_leaves(got, name))
            for key, value in wants.items():
                if gots.get(key) == value:
                    right += 1
                else:
                    wrong.append((key, value, gots.get(key, "")))
            made_up += [(key, value) for key, value in gots.items() if key not in wants]
    return Score(right, right + len(wrong), tuple(wrong), tuple(made_up))


def lost_lines(
    text: str, document: Mapping[str, Any], unplaced: Iterator[str] | tuple[str, ...]
) -> list[str]:
    """Lines of a text that are neither listed as unplaced nor told by the document: words, dates and headings apart."""
    listed = Counter(unplaced)
    told = set(_words(" ".join(each.text for each in list_texts(document))))
    lost = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if listed[line]:
            listed[line] -= 1
            continue
        rest = _without_heading(line)
        for span in reversed(find_spans(line)):
            rest = rest[: span.begin] + " " + rest[span.stop :]
        rest = DURATION.sub(" ", rest)
        missing = [word for word in _words(rest) if word not in told]
        if missing and not kind_of_heading(Line(line)) and not _is_said(missing, told):
            lost.append(line)
    return lost


def _without_heading(line: str) -> str:
    """A line without the heading before its colon or its first tab."""
    for sign in (":", "\t"):
        label, found, behind = line.partition(sign)
        if found and kind_of_heading(Line(label)):
            return behind
    return line


def _is_said(missing: list[str], told: set[str]) -> bool:
    """Words that the end of a line divided, and labels of what stands behind them."""
    labels = {"gpa", "at", "in", "of", "present", "heute", "phone", "email", "page", "since", "to", *MONTHS}
    return all(word in labels or any(word in other for other in told) for word in missing)


def _pairs(section: str, wanted: list[Any], given: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Entries of the truth with the reading that shares most with each, in order; what is left over of either side alone."""
    free = list(range(len(given)))
    for number, want in enumerate(wanted):
        wants = set(_leaves(want, ""))
        best = max(
            free, key=lambda at: (len(wants & set(_leaves(given[at], ""))), -abs(at - number)), default=None
        )
        if best is not None and wants & set(_leaves(given[best], "")):
            free.remove(best)
            yield f"{section} {number + 1}", want, given[best]
        else:
            yield f"{section} {number + 1}", want, {}
    for at in free:
        yield f"{section} (made up {at + 1})", {}, given[at]


def _leaves(value: Any, way: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{way}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{way}[{number}]")
    elif str(value).strip():
        yield way, plain(str(value))


def plain(text: str) -> str:
    """A text as it is compared: typographic quotes, blanks and addresses in one form."""
    text = unicodedata.normalize("NFC", clean(text.replace("’", "'").replace("‘", "'").replace("\n", " ")))
    return re.sub(r"^https?://(?:www\.)?(.*?)/?$", r"\1", text)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
