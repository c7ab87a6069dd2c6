"""How alike two job titles are, by the occupations that the titles nearest to each of them belong to.

A bank of titles with their occupations (O*NET and ESCO) is shipped as `data/titles.npz`, built by `build_titles`. A title
becomes its stems and pairs of stems; the bank's titles most like it vote for their occupations with the fourth power of
their likeness; two titles are as alike as their votes, mixed with how many words they share. Words that say level, grade,
contract or place are taken off first. All sums are of whole numbers, so that every machine finds the same percent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

BANK_FILE = Path(__file__).parent / "data" / "titles.npz"

NEIGHBORS = 100
# Votes and shared words in percent of the likeness; votes lead, since "nurse manager" and "nurse" share half their words.
VOTES, WORDS = 80, 20
# A title that only narrows the wanted one ("math teacher", "product manager, payments") is at least this like it; a
# wanted title of one everyday word ("manager") narrows to anything, and so is worth less.
NARROWER, NARROWER_THAN_EVERYDAY = 80, 55
EVERYDAY = 90
# Thousandths of likeness to the nearest title of the bank from which a title counts as one that can be placed.
PLACED = 450
CACHED = 65_536

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_HEAD_END = re.compile(r"\s[-–—|]\s|[,|/:;(\[]")
_WORD = re.compile(r"\.net\b|[^\W_]+(?:\+\+|#)?")
_GRADE = re.compile(r"(?![23]d$)(?:[ivx]{1,4}|l?\d+[a-z]?|gs|yd|ya|ym|wg|nf|t\d)$")
_LEVEL_WORDS = frozenset(
    {"senior", "sr", "snr", "junior", "jr", "principal", "staff", "mid", "midlevel", "level"}
    | {
        "entrylevel",
        "experienced",
        "intermediate",
        "grade",
        "journeyman",
        "sen",
        "supervisory",
        "interdisciplinary",
    }
)
_FIRST_LEVEL_WORDS = frozenset({"lead", "associate", "distinguished", "founding"})
_NOISE = frozenset(
    {
        "a",
        "an",
        "and",
        "as",
        "at",
        "d",
        "de",
        "f",
        "for",
        "h",
        "in",
        "m",
        "mfd",
        "of",
        "or",
        "the",
        "to",
        "w",
        "with",
        "x",
    }
    | {
        "remote",
        "hybrid",
        "onsite",
        "us",
        "usa",
        "uk",
        "eu",
        "emea",
        "apac",
        "latam",
        "amer",
        "americas",
        "europe",
    }
    | {
        "full",
        "part",
        "time",
        "temporary",
        "permanent",
        "contract",
        "seasonal",
        "open",
        "position",
        "job",
        "new",
    }
)
_SPELLINGS = {
    "entry level": "entrylevel",
    "cyber security": "cybersecurity",
    "fork lift": "forklift",
    "front end": "frontend",
    "back end": "backend",
    "full stack": "fullstack",
    "dev ops": "devops",
    "e commerce": "ecommerce",
    "health care": "healthcare",
    "vice president": "vp",
    "human resources": "hr",
    "quality assurance": "qa",
    "user experience": "ux",
}
_SUFFIXES = ("ment", "ing", "er", "or")
# Words that would lose what sets them apart from another one.
_WHOLE = frozenset({"customer", "customs"})


@dataclass(frozen=True, slots=True)
class TitleBank:
    """The bank's titles as postings: for each term its weight and the rows that hold it, for each row its squared length and occupations."""

    version: str
    terms: dict[str, int]
    weights: Integers
    starts: Integers
    rows: NDArray[np.int32]
    lengths: Integers
    concept_starts: Integers
    concepts: NDArray[np.int32]

    @property
    def occupations(self) -> int:
        """Give one more than the greatest number of an occupation."""
        return int(self.concepts.max()) + 1


@dataclass(frozen=True, slots=True)
class Vector:
    """One title: weights of its terms, votes by occupation (sorted by occupation), and its nearest title's likeness in thousandths."""

    words: dict[str, int]
    occupations: Integers
    votes: Integers
    placed: int


@dataclass(frozen=True, slots=True)
class Cells:
    """Sparse whole numbers by column: rows and values of column c stand from starts[c] to starts[c + 1]; squares are of each row's length."""

    starts: Integers
    rows: NDArray[np.int32]
    values: NDArray[np.int32]
    squares: Integers

    def compare(self, weights: Iterable[tuple[int, int]]) -> Integers:
        """Give the cosine of each row with one more row (column and weight, all columns below len(starts) - 1), in thousandths, rounded down."""
        products, squared = np.zeros(len(self.squares), np.int64), 0
        for column, weight in weights:
            squared += weight * weight
            if 0 <= column < len(self.starts) - 1:
                cells = slice(self.starts[column], self.starts[column + 1])
                products[self.rows[cells]] += self.values[cells].astype(np.int64) * weight
        # Every step is one correctly rounded operation on exact whole numbers: the same on every machine.
        lengths = np.sqrt(self.squares.astype(np.float64)) * np.sqrt(np.float64(squared))
        cosines: Integers = (1000 * products / np.maximum(lengths, 1)).astype(np.int64)
        return cosines

    def extend(self, rows: Sequence[Mapping[int, int]], *, columns: int) -> Cells:
        """Give the same cells with more rows, under `columns` columns."""
        known = len(self.squares)
        counts = [len(row) for row in rows]
        more_columns = np.fromiter((c for row in rows for c in row), np.int64, sum(counts))
        more_values = np.fromiter((v for row in rows for v in row.values()), np.int32, sum(counts))
        more_rows = np.repeat(np.arange(known, known + len(rows), dtype=np.int32), counts)
        column = np.concatenate(
            (np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts)), more_columns)
        )
        order = np.argsort(column, kind="stable")
        return Cells(
            starts=np.concatenate(([0], np.cumsum(np.bincount(column, minlength=columns)))).astype(np.int64),
            rows=np.concatenate((self.rows, more_rows))[order],
            values=np.concatenate((self.values, more_values))[order],
            squares=np.concatenate(
                (self.squares, np.array([_squared(row.values()) for row in rows], np.int64))
            ),
        )


NO_CELLS = Cells(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))


@dataclass(frozen=True, eq=False)
class TitleColumn:
    """Titles ready to be compared: each one's words and the stems of its head, its votes by occupation, its weights by term, and whether it can be placed."""

    words: Sequence[str]
    heads: Sequence[str]
    placed: Booleans
    terms: Sequence[str]
    votes: Cells
    weights: Cells

    @cached_property
    def rows_by_words(self) -> Mapping[str, list[int]]:
        """Give the rows of each wording."""
        return _group(self.words)

    @cached_property
    def rows_by_last_stem(self) -> Mapping[str, list[int]]:
        """Give the rows by the last stem of their head."""
        return _group([head.rpartition(" ")[2] for head in self.heads])

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Give the column of each term."""
        return {term: number for number, term in enumerate(self.terms)}


NO_TITLES = TitleColumn((), (), np.zeros(0, bool), (), NO_CELLS, NO_CELLS)


@lru_cache(CACHED)
def title_likeness(wanted: str, title: str) -> int:
    """Give how alike two titles are, 0–100; level, grade, contract and place do not count."""
    return int(compare_titles(wanted, _read_title(title))[0])


def compare_titles(wanted: str, column: TitleColumn) -> Integers:
    """Give title_likeness of one wanted title to each title of a column."""
    mine = choose_words(wanted)
    if not mine:
        return np.zeros(len(column.words), np.int64)
    vector = _vector(mine)
    votes = column.votes.compare(zip(vector.occupations.tolist(), vector.votes.tolist(), strict=True))
    shared = column.weights.compare(
        (column.numbers.get(term, -1), weight) for term, weight in vector.words.items()
    )
    likeness: Integers = (VOTES * votes + WORDS * shared + 500) // 1000
    narrower, worth = _find_narrower(mine, column)
    likeness[narrower] = np.maximum(likeness[narrower], worth)
    likeness[column.rows_by_words.get(mine, [])] = 100
    return likeness


def read_titles(titles: Sequence[str], known: TitleColumn = NO_TITLES) -> TitleColumn:
    """Make titles ready to be compared with many wanted ones, behind those that are known already."""
    words = [choose_words(title) for title in titles]
    vectors = [_vector(text) for text in words]
    terms = dict(known.numbers)
    for vector in vectors:
        for term in vector.words:
            terms.setdefault(term, len(terms))
    return TitleColumn(
        words=[*known.words, *words],
        heads=[*known.heads, *(_stem_head(title) for title in titles)],
        placed=np.concatenate(
            (
                known.placed,
                [bool(text) and v.placed >= PLACED for text, v in zip(words, vectors, strict=True)],
            )
        ).astype(bool),
        terms=list(terms),
        votes=known.votes.extend(
            [dict(zip(v.occupations.tolist(), v.votes.tolist(), strict=True)) for v in vectors],
            columns=title_bank().occupations,
        ),
        weights=known.weights.extend(
            [{terms[term]: weight for term, weight in v.words.items()} for v in vectors], columns=len(terms)
        ),
    )


def recognizable(title: str) -> bool:
    """Tell whether a title resembles any known one enough to be placed."""
    normal = choose_words(title)
    return bool(normal) and _vector(normal).placed >= PLACED


@lru_cache(CACHED)
def choose_words(title: str) -> str:
    """Give the normalized words by which a title is placed: all, or its head where that is nearer to a known title.

    "Software Engineer, Checkout" and "Data Office: Software Engineer" are placed by their heads, the latter's standing
    after the colon; "Engineer, Civil" is not, since one word is no head.
    """
    whole = normalize_title(title)
    for head in (_normalize_head(title), _normalize_head(title.rpartition(":")[2])):
        if " " in head and head != whole and _vector(head).placed > _vector(whole).placed:
            return head
    return whole


def normalize_title(title: str) -> str:
    """Give a title as lower-case words without brackets, levels, numerals, grades, contract and place words."""
    plain = unicodedata.normalize("NFKC", title).casefold().replace("’", "'").replace("'s", "")
    outside = _BRACKETS.sub(" ", plain)
    words = _WORD.findall(outside) or _WORD.findall(plain)
    text = " ".join(words)
    for spelled, spelling in _SPELLINGS.items():
        text = re.sub(rf"\b{spelled}\b", spelling, text)
    words = text.split()
    kept = [word for word in words if not (word in _LEVEL_WORDS or word in _NOISE or _GRADE.match(word))]
    while len(kept) > 1 and kept[0] in _FIRST_LEVEL_WORDS:
        kept = kept[1:]
    return " ".join(kept or words)


def title_terms(normal: str) -> list[str]:
    """Give the distinct terms of a normalized title: its stems and its neighboring pairs of stems, sorted."""
    stems = [stem(word) for word in normal.split()]
    return sorted({*stems, *(f"{a} {b}" for a, b in pairwise(stems))})


@lru_cache(CACHED)
def stem(word: str) -> str:
    """Give the common part of words such as teachers, teacher and teaching; short words and those with signs stay."""
    if len(word) < 5 or not word.isalpha() or word in _WHOLE:
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word[: -len(suffix)]
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


@cache
def title_bank() -> TitleBank:
    """Load the shipped bank."""
    return load_bank(BANK_FILE)


def load_bank(path: Path) -> TitleBank:
    """Read a bank that `build_titles` wrote."""
    with np.load(path, allow_pickle=False) as file:
        terms = bytes(file["terms"]).decode().split("\n")
        counts, row_terms = file["row_counts"], file["row_terms"].astype(np.int64)
        concept_counts, concepts = file["concept_counts"], file["concepts"]
        weights = file["weights"].astype(np.int64)
        version = bytes(file["version"]).decode()
    row_of = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    order = np.argsort(row_terms, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(row_terms, minlength=len(terms)))))
    squares = np.concatenate(([0], np.cumsum(weights[row_terms] ** 2)))
    ends = np.cumsum(counts, dtype=np.int64)
    return TitleBank(
        version=version,
        terms={term: number for number, term in enumerate(terms)},
        weights=weights,
        starts=starts.astype(np.int64),
        rows=row_of[order],
        lengths=squares[ends] - squares[ends - counts],
        concept_starts=np.concatenate(([0], np.cumsum(concept_counts, dtype=np.int64))),
        concepts=concepts,
    )


@lru_cache(CACHED)
def _read_title(title: str) -> TitleColumn:
    return read_titles((title,))


def _normalize_head(title: str) -> str:
    return normalize_title(_HEAD_END.split(title.strip(), maxsplit=1)[0])


def _find_narrower(wanted: str, column: TitleColumn) -> tuple[list[int], int]:
    """Give the rows whose heads end with the wanted words, and what such a title is worth at least."""
    stems = [stem(word) for word in wanted.split()]
    bank = title_bank()
    everyday = len(stems) == 1 and stems[0] in bank.terms and bank.weights[bank.terms[stems[0]]] < EVERYDAY
    ending = _join(stems)
    rows = [row for row in column.rows_by_last_stem.get(stems[-1], []) if column.heads[row].endswith(ending)]
    return rows, NARROWER_THAN_EVERYDAY if everyday else NARROWER


def _stem_head(title: str) -> str:
    return _join([stem(word) for word in _normalize_head(title).split()])


def _join(stems: Sequence[str]) -> str:
    return "".join(f" {word}" for word in stems)


def _group(texts: Iterable[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        rows.setdefault(text, []).append(row)
    return rows


@lru_cache(CACHED)
def _vector(normal: str) -> Vector:
    bank = title_bank()
    terms = title_terms(normal)
    unknown = int(bank.weights.max())
    words = {
        term: int(bank.weights[bank.terms[term]]) if term in bank.terms else _unknown_weight(term, unknown)
        for term in terms
    }
    rows, likeness = _nearest(
        [bank.terms[term] for term in terms if term in bank.terms], _squared(words.values())
    )
    if not len(rows):
        return Vector(words, np.zeros(0, np.int64), np.zeros(0, np.int64), 0)
    counts = bank.concept_starts[rows + 1] - bank.concept_starts[rows]
    at = np.repeat(bank.concept_starts[rows] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    occupations, place = np.unique(bank.concepts[at], return_inverse=True)
    votes = np.zeros(len(occupations), np.int64)
    np.add.at(votes, place, np.repeat(likeness**4, counts))
    return Vector(words, occupations.astype(np.int64), np.sqrt(votes).astype(np.int64), int(likeness.max()))


def _nearest(numbers: Sequence[int], squared: int) -> tuple[Integers, Integers]:
    """Give the rows of the bank most like the terms, at least NEIGHBORS with all ties where there are so many, and their likeness in thousandths."""
    bank = title_bank()
    products = np.zeros(len(bank.lengths), np.int64)
    for number in numbers:
        products[bank.rows[bank.starts[number] : bank.starts[number + 1]]] += bank.weights[number] ** 2
    rows = np.flatnonzero(products)
    likeness = (1000 * products[rows] / np.sqrt(squared * bank.lengths[rows])).astype(np.int64)
    if len(rows) > NEIGHBORS:
        bar = np.partition(likeness, -NEIGHBORS)[-NEIGHBORS]
        rows, likeness = rows[likeness >= bar], likeness[likeness >= bar]
    return rows, likeness


def _unknown_weight(term: str, most: int) -> int:
    return most // 2 if " " in term else most


def _squared(weights: Iterable[int]) -> int:
    return sum(weight * weight for weight in weights)
