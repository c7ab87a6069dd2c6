"""The entries of a part of a résumé: which rows head one, which are its items, which go on with the row before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from personas.readers.structure.dates import Span
from personas.readers.structure.rows import INDENT, Row, is_apart, is_place, is_wrapped

BINDING = frozenset(
    [
        "of",
        "at",
        "in",
        "for",
        "the",
        "and",
        "de",
        "del",
        "della",
        "des",
        "du",
        "di",
        "da",
        "do",
        "der",
        "die",
        "das",
        "von",
        "van",
        "für",
        "und",
        "et",
        "y",
        "&",
        "-",
        "–",
    ]
)
"""Words that end no text: what they bind follows on the next row."""
MOST_INDENT = 60.0
"""Further right than so many points nothing is set in: that is another column."""
MOST_HEAD = 4
"""Rows that the head of an entry has at most: what, where, when, and one more."""


@dataclass(slots=True)
class Entry:
    """A job, a school, a project: the texts of its head, its time and place, its items and its running text."""

    head: list[Row] = field(default_factory=list)
    span: Span | None = None
    place: str = ""
    items: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def has_body(self) -> bool:
        """Whether its head is over."""
        return bool(self.items or self.prose)

    def note(self, row: Row) -> None:
        """Take over the time and the place of a row."""
        self.rows.append(row)
        self.span = self.span or row.span
        self.place = self.place or row.place


def group_entries(rows: Sequence[Row], *, head_rows: int = MOST_HEAD) -> list[Entry]:
    """The entries of rows that are told with heads; `head_rows` is the most rows that a head may have."""
    entries: list[Entry] = []
    last: Row | None = None
    for place, row in enumerate(rows):
        current = entries[-1] if entries else None
        if current is not None and last is not None and _goes_on(last, row, current):
            current.note(row)
            _append(current, row)
        elif row.is_item and row.text and not _is_head_item(rows, place, current):
            if current is None:
                current = Entry()
                entries.append(current)
            current.note(row)
            current.items.append(row.text)
        elif current is not None and _is_set_in(row, current) and not row.is_bold:
            current.note(row)
            current.items.append(row.text)
        elif current is None or _opens(rows, place, current, head_rows):
            entry = Entry()
            entry.note(row)
            if row.text:
                entry.head.append(row)
            entries.append(entry)
        else:
            _continue(current, row, head_rows)
        last = row
    return entries


def _is_head_item(rows: Sequence[Row], place: int, current: Entry | None) -> bool:
    """Whether an item is the head of an entry: some people set a sign before each job and none before what they did."""
    row = rows[place]
    if not row.span or row.is_sentence or any(other.is_item and not other.span for other in rows):
        return False
    return current is None or current.span is not None


def _is_set_in(row: Row, current: Entry) -> bool:
    """Whether a row stands further right than the head above it: an item whose sign was lost, or never there."""
    first = current.head[0] if current.head else None
    if first is None or first.left is None or row.left is None or not row.text or row.span:
        return False
    return first.left + INDENT * 3 < row.left < first.left + MOST_INDENT


def _goes_on(last: Row, row: Row, current: Entry) -> bool:
    """Whether a row goes on with the text of the row before."""
    if row.is_item or row.is_heading or row.span or not row.text or not current.rows or is_apart(last, row):
        return False
    if last.is_item:
        is_hanging = row.left is not None and last.left is not None and row.left > last.left + INDENT
        goes_on = _starts_small(row) or is_hanging or is_wrapped(last, row)
        return goes_on and row.is_bold <= last.is_bold
    if row.is_bold != last.is_bold:
        return False
    if last.is_sentence and current.prose:
        return is_wrapped(last, row) or _starts_small(row)
    word = last.text.rsplit(" ", 1)[-1].casefold()
    if (last.text.endswith("-") and _starts_small(row)) or last.text.endswith(",") or word in BINDING:
        return True
    return bool(last.text) and is_wrapped(last, row) and (row.is_bold or not is_place(row.text))


def _starts_small(row: Row) -> bool:
    return row.text[:1].islower()


def _append(current: Entry, row: Row) -> None:
    """Put a row behind the text that it goes on with."""
    if current.items:
        current.items[-1] = join(current.items[-1], row.text)
    elif current.prose:
        current.prose[-1] = join(current.prose[-1], row.text)
    else:
        current.head.append(Row(row.number, "\n" + row.text, links=row.links))


def join(before: str, behind: str) -> str:
    """Two pieces of one text; a word that was divided at the end of a line is whole again."""
    if before.endswith("-") and behind[:1].islower() and before[-2:-1].isalpha():
        return before[:-1] + behind
    return f"{before} {behind}"


def _opens(rows: Sequence[Row], place: int, current: Entry, head_rows: int) -> bool:
    """Whether a row opens another entry."""
    row = rows[place]
    if current.has_body:
        return _is_head_after_body(rows, place, current)
    if row.span and current.span:
        return True
    if not row.text or not current.head or row.is_sentence:
        return False
    first = current.head[0]
    is_like_first = (row.is_bold and first.is_bold) or (row.is_heading and first.is_heading)
    has_plain = len(current.head) > 1 and not current.head[-1].is_bold
    if is_like_first and (current.span or has_plain):
        return True
    if not current.span or is_place(row.text) or not _span_follows(rows, place):
        return False
    # Where the first row of a head holds the time, the first row of the next one does so too.
    is_dated_below = first.span is None and current.head[-1].span is not None
    is_full = first.span is None and len(current.head) >= 2 and row.is_bold <= first.is_bold
    return is_dated_below or is_full or len(current.head) >= head_rows


def _is_head_after_body(rows: Sequence[Row], place: int, current: Entry) -> bool:
    row = rows[place]
    first = current.head[0] if current.head else None
    if row.span:
        return True
    if row.is_sentence:
        return False
    if is_apart(rows[place - 1], row) and any(is_apart(a, b) for a, b in pairwise(rows[:place])):
        return True
    if row.is_heading or (row.is_bold and (first is None or first.is_bold)):
        return True
    if (
        row.left is not None
        and first is not None
        and first.left is not None
        and row.left > first.left + INDENT
    ):
        return False
    return _span_follows(rows, place) or (
        place + 1 < len(rows) and rows[place + 1].is_item and bool(current.items) and not row.is_sentence
    )


def _span_follows(rows: Sequence[Row], place: int) -> bool:
    """Whether a time stands in one of the next two rows before any item or sentence, as below the first row of a head."""
    for row in rows[place + 1 : place + 3]:
        if row.span and not (row.is_item and row.text):
            return True
        if row.is_sentence:
            return False
        if row.is_item:
            # Where dates stand in a column beside the items, the first item holds them.
            return row.span is not None
    return False


def _continue(current: Entry, row: Row, head_rows: int) -> None:
    is_new_time = row.span is not None and current.span is None
    current.note(row)
    if not row.text:
        return
    if (
        not current.has_body
        and not row.is_sentence
        and is_place(row.text)
        and not current.place
        and not row.is_bold
    ):
        current.place = row.text.strip(" ,()")
        return
    is_head = not row.is_sentence and (not current.head or is_new_time or len(current.head) < head_rows)
    if current.items:
        current.items.append(row.text)
    elif current.prose or not is_head:
        current.prose.append(row.text)
    else:
        current.head.append(row)
