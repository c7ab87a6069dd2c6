"""How alike titles are: pairs labeled by hand, federal titles by their series, and a published set where it is present."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.quality.figure import Figure
from bench.quality.ranking import average_precision
from matching.reading.term_space import learn_terms, list_grams, split_letters
from matching.titles import compare_titles, normalize_title, read_titles, title_likeness

READER = "title to similar titles"
LABELS = Path(__file__).parents[2] / "tests" / "matching" / "data"
PAIRS = (
    ("title_pairs.tsv", "all: chose the reader's numbers"),
    ("title_pairs_unseen.tsv", "none before they were first scored; errors read since"),
)
# The targets are floors below what was reached when each sample was made, so that a loss shows.
ORDERS = (("same", "far", 0.95), ("near", "far", 0.80), ("same", "near", 0.90))

SERIES = "eval/opm_title_to_series.csv.gz"
# A title counts for a series that has most of its listings; a series with that many titles gives one query.
CLEAR_SHARE, LEAST_LISTINGS, LEAST_TITLES, MOST_TITLES = 0.8, 2, 5, 25

# "Learning Job Titles Similarity from Noisy Skill Labels" (Zbib et al. 2022): 105 queries, 2,619 titles; no licence is
# stated, so that it is measured where somebody has put it and never shipped.
PUBLISHED = "eval/jobtitlesimilarity"
PUBLISHED_FILES = ("queries.tsv", "corpus_documents.tsv", "annotations.tsv")
PUBLISHED_TARGET = 0.54


def measure(shared: Path) -> Iterator[Figure]:
    """Yield how often pairs labeled by hand are in order, and mean average precision on two sets that are not shipped."""
    for name, seen in PAIRS:
        yield from measure_pairs(LABELS / name, seen)
    yield from measure_series(shared / SERIES)
    yield from measure_published(shared / PUBLISHED)


def measure_pairs(path: Path, seen: str) -> Iterator[Figure]:
    """Yield the share of pairs of differently labeled titles that the likeness puts in order, ties counting half."""
    scores: dict[str, list[int]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            wanted, title, label = line.split("\t")
            scores[label].append(title_likeness(wanted, title))
    rows = sum(map(len, scores.values()))
    for better, worse, target in ORDERS:
        measured = f"{better} before {worse}, share of pairs"
        yield Figure(
            READER, path.name, rows, measured, rate_order(scores[better], scores[worse]), target, seen
        )


def measure_series(path: Path) -> Iterator[Figure]:
    """Yield mean average precision: do the titles nearest to a federal title belong to its occupational series?"""
    data = "federal titles by series (OPM)"
    if not path.is_file():
        yield Figure(READER, data, 0, "not measured: the data is not here", 0.0, None, "–")
        return
    titles, series = read_series(path)
    queries = [int(np.flatnonzero(series == code)[0]) for code in sorted(set(series))]
    column = read_titles(titles)
    _space, letters = learn_terms([split_letters(title) for title in titles], list_grams)
    ways: Sequence[tuple[str, Callable[[int], NDArray]]] = (
        ("likeness", lambda query: compare_titles(titles[query], column)),
        ("shared letters alone, to compare", lambda query: (letters @ letters[query].T).toarray().ravel()),
    )
    for name, score in ways:
        found = []
        for query in queries:
            others = np.arange(len(titles)) != query
            found.append(average_precision(score(query)[others], (series == series[query])[others]))
        yield Figure(
            READER,
            data,
            len(queries),
            f"mean average precision, {name}",
            float(np.mean(found)),
            None,
            "unseen",
        )


def measure_published(folder: Path) -> Iterator[Figure]:
    """Yield mean average precision on the published set."""
    data = "job titles (Zbib et al. 2022)"
    if not all((folder / name).is_file() for name in PUBLISHED_FILES):
        yield Figure(READER, data, 0, "not measured: the data is not here", 0.0, None, "–")
        return
    queries, corpus = (dict(_read_pairs(folder / name)) for name in PUBLISHED_FILES[:2])
    relevant: dict[str, set[str]] = defaultdict(set)
    for line in (folder / PUBLISHED_FILES[2]).read_text(encoding="utf-8").splitlines():
        query, _zero, document, _one = line.split()
        relevant[query].add(document)
    column = read_titles(list(corpus.values()))
    found = [
        average_precision(
            compare_titles(queries[query], column), np.array([key in right for key in corpus], bool)
        )
        for query, right in relevant.items()
    ]
    yield Figure(
        READER, data, len(found), "mean average precision", float(np.mean(found)), PUBLISHED_TARGET, "unseen"
    )


def rate_order(better: Sequence[int], worse: Sequence[int]) -> float:
    """Give the share of pairs in which the better one scores higher, ties counting half."""
    wins = sum((one > other) + 0.5 * (one == other) for one in better for other in worse)
    return wins / (len(better) * len(worse))


def read_series(path: Path) -> tuple[list[str], NDArray]:
    """Read normalized titles that clearly belong to one series, at most MOST_TITLES of each, in alphabetical order."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if normal := normalize_title(row["title"]):
                counts[normal][row["series_code"]] += int(row["count"])
    titles: dict[str, list[str]] = defaultdict(list)
    for title, codes in sorted(counts.items()):
        [(code, listings)] = codes.most_common(1)
        if codes.total() >= LEAST_LISTINGS and listings >= CLEAR_SHARE * codes.total():
            titles[code].append(title)
    kept = [
        (title, code)
        for code, named in sorted(titles.items())
        if len(named) >= LEAST_TITLES
        # Evenly over the alphabet, so that not all of a large series begin alike.
        for title in named[:: -(-len(named) // MOST_TITLES)]
    ]
    return [title for title, _code in kept], np.array([code for _title, code in kept])


def _read_pairs(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _tab, text = line.partition("\t")
        yield key, text
