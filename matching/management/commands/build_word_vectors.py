"""`manage.py build_word_vectors`: builds the shipped word vectors from texts that may be passed on."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import scipy.sparse as sp
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from matching.management.commands.build_titles import write_arrays
from matching.reading.word_vectors import VECTORS_FILE, Floats, to_units, weigh_words
from matching.reading.words import STOP_WORDS, choose_stems, split_words

ARCHIVE = VECTORS_FILE.parent / "archive" / "postings.jsonl.gz"
# Half of these ads is what the reader of occupations is measured on: their words stay out of it.
MEASURED_WITH = "hahu_redacted"

TABLES = (
    ("esco", "tabiya_ISCOGroups.csv.gz", ("PREFERREDLABEL", "DESCRIPTION")),
    ("esco", "tabiya_skillGroups.csv.gz", ("PREFERREDLABEL", "DESCRIPTION")),
    ("onet", "Occupation Data.txt", ("Title", "Description")),
    ("onet", "Task Statements.txt.gz", ("Task",)),
    ("onet", "DWA Reference.txt", ("DWA Title",)),
    ("onet", "Alternate Titles.txt.gz", ("Alternate Title",)),
)

LEAST_COUNT = 4  # a rarer stem has too few neighbors to be placed
MOST_STEMS = 30_000
WINDOW = 5  # stems to each side in running text, the nearer weighing more (1/distance)
# What one stem of a bag gives to all others of it together: as much as one of running text gives to its window.
BAG_WEIGHT = 2 * sum(1 / distance for distance in range(1, WINDOW + 1))
LEAST_PAIR = 0.3  # weaker pairs are chance and would double the work
SMOOTHING = 0.75  # of the context's share (Levy, Goldberg and Dagan 2015)
DIMENSIONS = 256
SPARE, ROUNDS = 16, 3  # of the randomized decomposition (Halko, Martinsson and Tropp 2011)


class Command(BaseCommand):
    """Build the vectors that `matching.reading.word_vectors` reads; equal input gives equal bytes."""

    help = "Build the shipped word vectors from the archive of postings, O*NET, ESCO and lists of skills."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the texts, the name written into the file, and where it goes."""
        parser.add_argument("--postings", type=Path, default=ARCHIVE, help="archive of postings (JSONL)")
        parser.add_argument("--onet", type=Path, required=True, help="folder of the O*NET text files")
        parser.add_argument("--esco", type=Path, required=True, help="folder of the ESCO files")
        parser.add_argument("--lists", type=Path, required=True, help="skill lists, one an ad (JSONL)")
        parser.add_argument("--aliases", type=Path, required=True, help="CSV of names of technologies")
        parser.add_argument("--release", default="2026-11", help="version written into the file")
        parser.add_argument("--output", type=Path, default=VECTORS_FILE, help="file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, count, decompose, write; a missing file or column ends the command with a sentence."""
        try:
            texts = [split_words(text) for text in read_texts(options)]
            bags = [list(dict.fromkeys(choose_stems(text))) for text in read_bags(options)]
        except (OSError, KeyError) as error:
            raise CommandError(_("A file or column is missing: %(error)s") % {"error": error}) from error
        arrays = place_stems(texts, bags)
        release = np.frombuffer(options["release"].encode(), np.uint8)
        write_arrays(options["output"], {"version": release, **arrays})
        self.stdout.write(
            _("%(stems)s stems, %(size)s bytes in %(file)s")
            % {
                "stems": len(arrays["counts"]),
                "size": options["output"].stat().st_size,
                "file": options["output"],
            }
        )


def read_texts(folders: dict[str, Any]) -> Iterator[str]:
    """Yield the texts that are read in order: neighbors belong together."""
    for posting in _read_lines(folders["postings"]):
        if posting["source"] != MEASURED_WITH:
            yield f"{posting['title']} . {posting['description']}"
    for labels, description in _read_esco(folders["esco"]):
        yield description
        yield from labels
    for folder, name, columns in TABLES:
        for row in _read_rows(folders[folder] / name):
            yield " . ".join(row[column] for column in columns)


def read_bags(folders: dict[str, Any]) -> Iterator[str]:
    """Yield the texts whose words belong together wherever they stand: labels of one thing, skills of one ad."""
    for labels, description in _read_esco(folders["esco"]):
        yield " ".join([*labels, description])
    for record in _read_lines(folders["lists"]):
        yield " ".join(record["skills"])
    technologies = {
        (row["Commodity Title"], row["Example"])
        for row in _read_rows(folders["onet"] / "Technology Skills.txt.gz")
    }
    for pair in sorted(technologies):
        yield " ".join(pair)
    for row in _read_rows(folders["aliases"]):
        yield f"{row['alias']} {row['canonical']}"


def place_stems(texts: Sequence[Sequence[str]], bags: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Turn stemmed texts and bags into the arrays of the file; raises CommandError where nothing is left to place."""
    counted = Counter(chain.from_iterable(chain(texts, bags)))
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MOST_STEMS]
    stems = [stem for stem, count in ranked if count >= LEAST_COUNT]
    if len(stems) < 2:
        raise CommandError(_("The texts hold no two stems often enough to be placed."))
    numbers = {stem: row for row, stem in enumerate(stems)}
    pairs = count_windows(texts, numbers) + count_bags(bags, numbers)
    vectors = decompose(inform(pairs))
    units = to_units(vectors - vectors.mean(axis=0))
    steps = _round_steps(units)
    counts = np.array([counted[stem] for stem in stems], np.int64)
    return {
        "stems": np.frombuffer("\n".join(stems).encode(), np.uint8),
        "counts": counts.astype(np.int32),
        "steps": steps,
        "shared": find_shared(to_units(steps.astype(np.float32)), counts, bags, numbers),
    }


def count_windows(texts: Iterable[Sequence[str]], numbers: dict[str, int]) -> sp.csr_matrix:
    """Give how often each pair of stems stands within WINDOW of each other, weighed by 1/distance, symmetric."""
    gap = [-1] * WINDOW
    running = np.fromiter(
        chain.from_iterable([*(numbers.get(stem, -1) for stem in text), *gap] for text in texts), np.int64
    )
    size = len(numbers)
    pairs = sp.csr_matrix((size, size), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        left, right = running[:-distance], running[distance:]
        known = (left >= 0) & (right >= 0)
        found, times = np.unique(left[known] * size + right[known], return_counts=True)
        pairs = pairs + sp.csr_matrix(
            (times.astype(np.float32) / distance, (found // size, found % size)), shape=(size, size)
        )
    return sp.csr_matrix(pairs + pairs.T)


def count_bags(bags: Iterable[Sequence[str]], numbers: dict[str, int]) -> sp.csr_matrix:
    """Give how often each pair of stems is in one bag; each stem of a bag gives BAG_WEIGHT in all."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, bag in enumerate(bags):
        known = [numbers[stem] for stem in bag if stem in numbers]
        if len(known) > 1:
            rows += [row] * len(known)
            columns += known
            values += [(BAG_WEIGHT / (len(known) - 1)) ** 0.5] * len(known)
    shape = (max(rows, default=0) + 1, len(numbers))
    held = sp.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=shape)
    together = sp.csr_matrix(held.T @ held)
    together.setdiag(0)
    return together


def inform(pairs: sp.csr_matrix) -> sp.csr_matrix:
    """Give the positive pointwise mutual information of each pair that is not too weak."""
    found = sp.coo_matrix(pairs)
    kept = found.data >= LEAST_PAIR
    rows, columns, times = found.row[kept], found.col[kept], found.data[kept].astype(np.float64)
    size = pairs.shape[0]
    totals = np.bincount(rows, times, size)
    contexts = totals**SMOOTHING
    information = np.log(times / (totals[rows] * (contexts / contexts.sum())[columns]))
    positive = information > 0
    return sp.csr_matrix(
        (information[positive].astype(np.float32), (rows[positive], columns[positive])), shape=(size, size)
    )


def decompose(matrix: sp.csr_matrix) -> Floats:
    """Give the leading left singular vectors, each scaled by the root of its value, by a seeded randomized method."""
    size = matrix.shape[0]
    width = min(DIMENSIONS + SPARE, size)
    basis = matrix @ np.random.default_rng(0).standard_normal((size, width)).astype(np.float32)
    for _round in range(ROUNDS):
        basis = matrix @ (matrix.T @ np.linalg.qr(basis)[0])
    basis = np.linalg.qr(basis)[0]
    turned, values, _right = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)
    vectors: Floats = ((basis @ turned) * np.sqrt(values))[:, :DIMENSIONS].astype(np.float32)
    return vectors


def find_shared(
    units: Floats, counts: NDArray[np.int64], bags: Iterable[Sequence[str]], numbers: dict[str, int]
) -> Floats:
    """Give the first principal direction of the bags' phrase vectors: what all have in common and tells none apart."""
    weights = weigh_words(counts.astype(np.float64))
    phrases = np.zeros((units.shape[1], units.shape[1]))
    for bag in bags:
        rows = [numbers[stem] for stem in bag if stem in numbers and stem not in STOP_WORDS]
        if rows:
            phrase = to_units((weights[rows] @ units[rows])[None])[0].astype(np.float64)
            phrases += np.outer(phrase, phrase)
    direction = np.linalg.eigh(phrases)[1][:, -1]
    # A direction and its opposite are the same to us: the larger side decides which one is written.
    sign = 1 if direction[np.argmax(np.abs(direction))] > 0 else -1
    shared: Floats = (sign * direction).astype(np.float32)
    return shared


def _round_steps(units: Floats) -> NDArray[np.int8]:
    """Give each row in 127 steps of its largest number, a quarter of the size of floats."""
    largest = np.abs(units).max(axis=1, keepdims=True)
    steps: NDArray[np.int8] = np.rint(127 * units / np.where(largest > 0, largest, 1)).astype(np.int8)
    return steps


def _read_esco(folder: Path) -> Iterator[tuple[list[str], str]]:
    """Yield the labels and the description of every skill and occupation."""
    for skill in _read_lines(folder / "esco_skills.jsonl.gz"):
        labels = [skill["preferred_label"], *skill["alt_labels"]]
        yield labels, (skill["labels_plus_description"] or "")[len(" ".join(labels)) :]
    for row in _read_rows(folder / "tabiya_occupations.csv.gz"):
        yield [row["PREFERREDLABEL"], *row["ALTLABELS"].split("\n")], row["DESCRIPTION"]


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with _open(path) as file:
        for line in file:
            yield json.loads(line)


def _read_rows(path: Path) -> Iterator[dict[str, str]]:
    comma = path.name.removesuffix(".gz").endswith(".csv")
    with _open(path) as file:
        yield from (
            csv.DictReader(file) if comma else csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        )


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")
