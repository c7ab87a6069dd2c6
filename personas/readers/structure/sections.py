"""The parts of a résumé by their headings: known ones by their words, others by looking like them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from personas.readers.lines import Line
from personas.readers.structure.rows import ITEM, without_markdown
from personas.readers.structure.words import KIND_OF

HEAD, OTHER = "head", "other"
INLINE = frozenset({"summary", "skills", "languages", "interests", "certificates", "awards"})
"""Parts that people also write on one line, behind their name and a colon."""
COLUMN = 60.0
"""Lines whose left edges differ by more points than this stand in different columns."""
_NUMBERED = re.compile(r"^(?:\d{1,2}|[IVX]{1,4})[.)]?\s+")
_SPACED = re.compile(r"(?:\w\s){3,}\w")
_PAGE_NUMBER = re.compile(
    r"(?<!\d)\d{1,3}\s*(?:/|of|von|de|sur)\s*\d{1,3}(?!\d)|^(?:page|seite|p\.)?\s*-?\s*\d{1,3}\s*-?$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Section:
    """A part of a résumé: its kind (a key of JSON Resume, `summary`, `contact`, `head` or `other`), heading, and numbered lines."""

    kind: str
    title: str = ""
    lines: list[tuple[int, Line]] = field(default_factory=list)
    heading: int | None = None
    """The number of the line that holds the heading and nothing else."""


def split_sections(lines: Sequence[Line]) -> list[Section]:
    """The parts of a résumé in order; the first is what stands before any heading.

    The largest type of the first page, which is the name, opens a head too: it may stand beside a column that is read before it.
    """
    name = _find_largest(lines)
    known = _known_headings(lines)
    alike = _find_alike(lines, known)
    current = Section(HEAD)
    sections = [current]
    for number, line in enumerate(lines):
        if not line.text:
            continue
        if number in known or number in alike:
            current = Section(known.get(number, OTHER), _plain(line.text), heading=number)
            sections.append(current)
            continue
        if number == name and current.kind != HEAD:
            current = Section(HEAD)
            sections.append(current)
        elif current.lines and line.page > current.lines[-1][1].page:
            current = _resumed(sections, current, line)
        cells = line.text.split("\t", 1)
        beside = _kind_of(cells[0]) if len(cells) == 2 and not line.is_item else ""
        if beside and beside not in {"contact", current.kind}:
            current = Section(beside, _plain(cells[0]))
            sections.append(current)
        elif (kind := _inline_kind(line.text)) and current.kind not in {"skills", kind}:
            current = Section(kind, line.text.partition(":")[0])
            sections.append(current)
        current.lines.append((number, line))
    return sections


def _known_headings(lines: Sequence[Line]) -> dict[int, str]:
    """The headings we know, by number; where they are set apart, the same words in the type of the text are none."""
    known = {number: kind for number, line in enumerate(lines) if (kind := kind_of_heading(line))}
    body = Counter(_style(line) for number, line in enumerate(lines) if line.text and number not in known)
    common = body.most_common(1)[0][0] if body else None
    apart = {number: kind for number, kind in known.items() if _style(lines[number]) != common}
    return apart if len(apart) >= 2 else known


def _resumed(sections: Sequence[Section], current: Section, line: Line) -> Section:
    """The part that the first line of a page goes on with: the last one in its column, where another column ended the page before."""
    if _offset(current, line) <= COLUMN:
        return current
    earlier = [section for section in sections if section.lines and section.kind != HEAD]
    near = [section for section in earlier if _offset(section, line) <= COLUMN]
    return near[-1] if near else current


def _offset(section: Section, line: Line) -> float:
    edges = [each.boxes[0][0] for _number, each in section.lines if each.boxes]
    return abs(min(edges) - line.boxes[0][0]) if edges and line.boxes else 0.0


def _find_largest(lines: Sequence[Line]) -> int | None:
    first = [number for number, line in enumerate(lines) if line.text and line.page == 1]
    largest = max((lines[number].size for number in first), default=0)
    found = [number for number in first if lines[number].size == largest]
    return found[0] if len(found) == 1 else None


def find_furniture(lines: Sequence[Line]) -> set[int]:
    """The numbers of lines that belong to the pages and not to the person: page numbers, and what opens or closes several pages."""
    found: set[int] = set()
    pages: dict[int, list[int]] = {}
    for number, line in enumerate(lines):
        if line.text and line.page:
            pages.setdefault(line.page, []).append(number)
    if not pages:
        return {
            number
            for number, line in enumerate(lines)
            if line.text and re.fullmatch(r"page \d+(?: of \d+)?", line.text, re.IGNORECASE)
        }
    ends = [number for numbers in pages.values() for number in {numbers[0], numbers[-1]}]
    forms = Counter(re.sub(r"\d+", "#", lines[number].text) for number in ends)
    seen: set[str] = set()
    for number in sorted(ends):
        text = lines[number].text
        form = re.sub(r"\d+", "#", text)
        if _PAGE_NUMBER.search(text) and (forms[form] > 1 or len(text) < 14):
            found.add(number)
        elif 2 * forms[form] >= max(len(pages), 4) and len(text) < 80:
            # The first of a line that every page repeats is the one that tells something.
            if form in seen:
                found.add(number)
            seen.add(form)
    return found


def kind_of_heading(line: Line) -> str:
    """The kind of part that a line heads, or "" where it is no heading that we know."""
    if "\t" in line.text or len(line.text) > 60 or line.is_item:
        return ""
    if _SPACED.fullmatch(line.text.replace("  ", " ")):
        return _kind_of(line.text.replace(" ", ""))
    return _kind_of(line.text)


def _kind_of(text: str) -> str:
    plain = _plain(text)
    if not plain or plain.endswith("."):
        return ""
    if plain in KIND_OF:
        return KIND_OF[plain]
    parts = [
        part
        for part in re.split(r"\s*(?:&|/|,|\+|\band\b|\bund\b|\bet\b|\by\b|\be\b|\ben\b)\s*", plain)
        if part
    ]
    kinds = [KIND_OF.get(part, "") for part in parts]
    return kinds[0] if len(parts) > 1 and all(kinds) else ""


def _inline_kind(text: str) -> str:
    label, colon, rest = text.partition(":")
    if not colon or not rest.strip() or len(label) > 30 or ITEM.match(text):
        return ""
    kind = _kind_of(label)
    return kind if kind in INLINE else ""


def _plain(text: str) -> str:
    text = _NUMBERED.sub("", without_markdown(text).strip())
    return re.sub(r"\s+", " ", text).strip(" \t:：_=-–—•▪■|").casefold()


def _find_alike(lines: Sequence[Line], known: dict[int, str]) -> set[int]:
    """Lines that are set like the headings we know, where those are set apart from everything else."""
    if len(known) < 2:
        return set()
    styles = Counter(_style(lines[number]) for number in known)
    style, count = styles.most_common(1)[0]
    body = Counter(_style(line) for number, line in enumerate(lines) if line.text and number not in known)
    if not body or style == body.most_common(1)[0][0]:
        return set()
    others = [
        number
        for number, line in enumerate(lines)
        if line.text and number not in known and number > min(known) and _style(line) == style
        if "\t" not in line.text and len(line.text) <= 50 and not ITEM.match(line.text + " ")
    ]
    # More of them than headings: the style is that of entries too.
    return set(others) if len(others) <= 2 * count else set()


def _style(line: Line) -> tuple[float, bool, bool, bool]:
    return line.size, line.is_bold, line.is_heading or line.text.startswith("#"), line.text.isupper()
