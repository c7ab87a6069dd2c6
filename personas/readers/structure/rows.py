"""A line taken apart: the sign of an item, times, how long they took, a place beside them, and the text that is left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from personas.gazetteer import gazetteer
from personas.readers.lines import Line
from personas.readers.structure.dates import DURATION, Span, find_spans
from personas.readers.structure.words import REMOTE

ITEM = re.compile(r"(?:[•·▪◦‣●○■□▸►➢➤✓✔–—-]|[*+§o](?=\s)|\(?\d{1,2}[.)](?=\s))[\s]*(?=\S)")
"""The sign that opens an item of a list."""
DASH = re.compile(r"[–—-]\S")
"""A dash that opens no item, because the word stands right behind it."""
MARKDOWN = re.compile(r"^#{1,6}\s+|(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
SEPARATOR = " \t|,;:·•∙⋅/–—-"
PARTING = (",", "|", "·", "•", "–", "—", "-", ":", "\t")
"""Signs that part a single date from what it belongs to."""
INDENT = 1.5
"""A line stands further right than another when its left edge does by this many points (or one character)."""
BESIDE = 30.0
"""Dates stand against the right edge, so that the column before them ends about so many points earlier."""
FULL = 1.06
"""A line was broken for want of room when the next word would have passed the edge by this factor of its width."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line without its times and places: `number` is its place among the lines, `text` what is left, parts parted by tabs."""

    number: int
    text: str
    span: Span | None = None
    place: str = ""
    is_item: bool = False
    is_bold: bool = False
    is_heading: bool = False
    left: float | None = None
    right: float = 0
    room: float = 0
    """The right edge up to which the line could have run: a date beside it, or the longest line around."""
    links: tuple[str, ...] = ()
    page: int = 0

    @property
    def is_sentence(self) -> bool:
        """Whether it reads like prose rather than like the head of an entry."""
        return len(self.text) > 110 or (
            self.text.endswith((".", "!", "?", "。")) and self.text.count(" ") >= 5
        )


def read_rows(lines: Sequence[tuple[int, Line]]) -> list[Row]:
    """The rows of the filled lines of a section, each with its number."""
    edges = [line.boxes[-1][1] for _, line in lines if line.boxes]
    edge = max(edges, default=0.0)
    rows = [_row(number, line, edge) for number, line in lines]
    for place, (before, row) in enumerate(pairwise(rows), start=1):
        is_dash = lines[place][1].text[:1] in set("–—-")
        if row.is_item and is_dash and not before.is_item and (row.is_bold or is_place(row.text)):
            # The dash before a place, which came to stand at the begin of a line.
            rows[place] = (
                replace(row, is_item=False, place=row.text, text="")
                if is_place(row.text)
                else replace(row, is_item=False)
            )
    return rows


def is_wrapped(before: Row, row: Row) -> bool:
    """Whether a row goes on with the one before because there was no room left for its first word."""
    if not before.right or row.left is None or not row.text:
        return False
    first = row.text.split()[0] if row.text.split() else ""
    width = (row.right - row.left) / max(len(row.text), 1) * (len(first) + 1)
    return before.right + width * FULL > before.room


def is_apart(before: Row, row: Row) -> bool:
    """Whether an empty line stands between two rows, in files that have such lines."""
    return not row.page and row.number > before.number + 1


@cache
def is_place(text: str) -> bool:
    """Whether a text is the name of a place and nothing else, or says that work is done from anywhere."""
    text = text.strip(" ,.()[]–—-")
    if REMOTE.fullmatch(text):
        return True
    if not 2 <= len(text) <= 60 or text.count(",") > 2 or not any(sign.isupper() for sign in text):
        return False
    bare = re.sub(r"^\d{4,5}\s+|\s+\d{4,5}$", "", text)
    bare = re.sub(
        r"\s*\((?:remote|hybrid|on-?site)\)$|^(?:remote|hybrid|on-?site)\s*[,–—-]\s*",
        "",
        bare,
        flags=re.IGNORECASE,
    )
    return not re.search(r"\d", bare) and gazetteer().find(bare) is not None


def without_markdown(text: str) -> str:
    """The text without the signs by which plain text marks headings and bold type."""
    return MARKDOWN.sub(lambda found: found.group(2) or "", text)


def _row(number: int, line: Line, edge: float) -> Row:
    cells = [without_markdown(cell) for cell in line.text.split("\t")]
    boxes = line.boxes if len(line.boxes) == len(cells) else ()
    is_item = line.is_item
    if (found := ITEM.match(cells[0] + " ")) and not DASH.match(cells[0]):
        is_item = True
        rest = cells[0][found.end() :].strip()
        if not rest and len(cells) > 1:
            cells, boxes = cells[1:], boxes[1:]
        elif rest:
            cells[0] = rest
    first = next((at for at, cell in enumerate(cells) if not _is_time(cell)), 0)
    box = boxes[first] if boxes else (None, 0.0)
    row = Row(
        number,
        "",
        is_item=is_item,
        is_bold=line.is_bold or line.text.startswith("**"),
        is_heading=line.is_heading or line.text.startswith("#"),
        left=box[0],
        right=box[1],
        # In plain text a tab says nothing of where the next column stands.
        room=boxes[first + 1][0] - BESIDE if len(boxes) > first + 1 and line.page else edge,
        links=line.links,
        page=line.page,
    )
    return _without_times(row, cells)


def _is_time(text: str) -> bool:
    return any(
        not (text[: span.begin] + text[span.stop :]).strip(SEPARATOR + "()") for span in find_spans(text)
    )


def _without_times(row: Row, cells: list[str]) -> Row:
    kept: list[str] = []
    for place, cell in enumerate(cells):
        span, rest = _cell_span(cell, is_first=place == 0, is_item=row.is_item)
        is_new = span is not None and row.span is None
        if is_new:
            row = replace(row, span=span)
        text = (rest if is_new else cell).strip()
        if DURATION.fullmatch(text) or not text.strip(SEPARATOR + "()"):
            continue
        if place and not row.place and is_place(text):
            row = replace(row, place=text.strip(" ,()"))
        else:
            kept.append(text)
    return replace(row, text="\t".join(kept))


def _cell_span(cell: str, *, is_first: bool, is_item: bool) -> tuple[Span | None, str]:
    """The time at the begin or the end of a cell, and the rest of the cell; of an item's own text none is taken."""
    spans = find_spans(cell)
    for span in (*spans[-1:], *spans[:1]):
        before, behind = cell[: span.begin], DURATION.sub("", cell[span.stop :], count=1)
        opens, closes = not before.strip(SEPARATOR + "(["), not behind.strip(SEPARATOR + ")].")
        if opens and closes:
            return span, ""
        if is_item and is_first:
            continue
        is_parted = before.rstrip(" ").endswith((*PARTING, "(", "[")) or span.is_span
        if closes and is_parted:
            return span, before.rstrip(SEPARATOR + "([")
        is_sure = span.is_span or "-" in span.start or behind.lstrip(" ").startswith((*PARTING, ")"))
        if opens and is_sure:
            return span, behind.lstrip(SEPARATOR + ")]")
    return None, cell
