"""Reading order of words on a page: rows from top to bottom, columns one after the other, dates beside their row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from personas.readers.structure.dates import find_spans

GUTTER = 14.0
"""The narrowest empty strip, in points, that parts two columns; a blank of 12 pt type has about 3."""
LEAST_WORDS = 5
LEAST_ROWS = 3
"""A column has at least so many words and rows; less is a date or a place beside a row."""
MOST_TIMES = 0.5
"""Where so many rows of a side are nothing but times, it is no column: the times belong to the rows beside them."""
BASELINE = 1.2
"""Words on one baseline differ by at most so many points, also in different type sizes."""
STEP = 2.0
"""Candidate strips closer than this, in points, are one."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word with its box in points (top grows downwards), its type size, the addresses behind it, and its weight."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float = 0
    links: tuple[str, ...] = ()
    is_bold: bool = False

    @property
    def middle(self) -> float:
        """The height at which the word stands."""
        return (self.top + self.bottom) / 2


Row = list[Word]


def rows_in_order(words: list[Word]) -> list[Row]:
    """All words as rows, each from left to right, in the order in which a person reads the page."""
    ordered: list[Row] = []
    waiting = [words]
    while waiting:
        rows = group_rows(waiting.pop())
        split = _find_split(rows)
        if split is None:
            ordered += rows
            continue
        first, last, x = split
        band = [word for row in rows[first:last] for word in row]
        left = [word for word in band if word.x1 <= x]
        right = [word for word in band if word.x1 > x]
        ordered += rows[:first]
        waiting += [
            [word for row in rows[last:] for word in row],
            right,
            left,
        ]
    return ordered


def group_rows(words: list[Word]) -> list[Row]:
    """Words of about one height as rows, from top to bottom."""
    rows: list[Row] = []
    for word in sorted(words, key=lambda word: (word.middle, word.x0)):
        if rows and _is_beside(word, rows[-1][0]):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: word.x0) for row in rows]


def _is_beside(word: Word, first: Word) -> bool:
    height = min(word.bottom - word.top, first.bottom - first.top)
    return abs(word.middle - first.middle) <= max(height * 0.5, 1.0)


def _find_split(rows: list[Row]) -> tuple[int, int, float] | None:
    """The longest run of rows with two columns, as (first row, row behind the last, x of the gutter's right edge)."""
    best: tuple[int, int, float] | None = None
    for x in _candidates(rows):
        for first, last in _free_runs(rows, x):
            is_longer = best is None or last - first > best[1] - best[0]
            if is_longer and _is_two_columns(rows[first:last], x):
                best = first, last, x
    return best


def _candidates(rows: list[Row]) -> list[float]:
    """Where a right-hand column may begin: the left edges of words behind a wide gap, and of rows."""
    edges = {round(row[0].x0 / STEP) * STEP for row in rows}
    for row in rows:
        edges.update(
            round(after.x0 / STEP) * STEP for before, after in pairwise(row) if after.x0 - before.x1 >= GUTTER
        )
    return sorted(edge - STEP / 2 for edge in edges)


def _free_runs(rows: list[Row], x: float) -> list[tuple[int, int]]:
    """The runs of neighboring rows in which no word stands in the strip that ends at x."""
    runs: list[tuple[int, int]] = []
    start = None
    for place, row in enumerate([*rows, None]):
        is_free = row is not None and all(word.x1 <= x - GUTTER + STEP or word.x0 >= x for word in row)
        if is_free and start is None:
            start = place
        elif not is_free and start is not None:
            end = place if row is None else _without_heading(rows, start, place, x)
            if end - start >= LEAST_ROWS:
                runs.append((start, end))
            start = None
    return runs


def _without_heading(rows: list[Row], start: int, end: int, x: float) -> int:
    """Take the rows from a run's end that stand alone on the left behind a wider space: they head what follows."""
    place = end
    while place > start + 1 and rows[place - 1][-1].x1 <= x:
        place -= 1
        above, below = rows[place - 1][0], rows[place][0]
        if below.top - above.bottom > 0.9 * (below.bottom - below.top):
            return place
    return end


def _is_two_columns(rows: list[Row], x: float) -> bool:
    """Tell columns from rows with a date or a place at their end.

    A column begins at the same places again and again, and either holds its share of the text or has rows of its own.
    """
    left = [row for row in ([word for word in row if word.x1 <= x] for row in rows) if row]
    right = [row for row in ([word for word in row if word.x1 > x] for row in rows) if row]
    if min(len(left), len(right)) < LEAST_ROWS or min(_words(left), _words(right)) < LEAST_WORDS:
        return False
    beside = [row for row in rows if row[0].x1 <= x < row[-1].x1]
    pairs = (
        [[word for word in row if word.x1 <= x] for row in beside],
        [[word for word in row if word.x1 > x] for row in beside],
    )
    if any(side and sum(map(is_time, side)) >= MOST_TIMES * len(side) for side in (left, right, *pairs)):
        return False
    starts = Counter(round(row[0].x0 / 3) for row in right)
    if sum(count for _, count in starts.most_common(2)) < 0.6 * len(right):
        return False
    share = min(_letters(left), _letters(right)) / (_letters(left) + _letters(right))
    has_own_rows = _shared_baselines(rows, x) < 0.7 * min(len(left), len(right))
    return share >= 0.25 or has_own_rows


def is_time(row: Row) -> bool:
    """Whether words are a time and nothing else."""
    text = " ".join(word.text for word in row)
    return any(not (text[: span.begin] + text[span.stop :]).strip(" |,()-–—") for span in find_spans(text))


def _shared_baselines(rows: list[Row], x: float) -> int:
    """The rows whose words on both sides stand on one line, as cells of a table do, and not merely at about one height."""
    shared = 0
    for row in rows:
        before = [word for word in row if word.x1 <= x]
        behind = [word for word in row if word.x1 > x]
        if before and behind:
            off = abs(before[-1].middle - behind[0].middle), abs(before[-1].bottom - behind[0].bottom)
            shared += min(off) <= BASELINE
    return shared


def _words(rows: list[Row]) -> int:
    return sum(map(len, rows))


def _letters(rows: list[Row]) -> int:
    return sum(len(word.text) for row in rows for word in row)
