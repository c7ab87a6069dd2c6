"""The employer's industry against labels: of what is said, the share that is right, and how often something is said.

Labels are in tests/matching/data, with their rules in industry_NOTICE.txt.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.postings import ARCHIVE
from bench.quality.figure import Figure
from matching.feeds.sanitize import clean_description
from matching.reading.industry import read_industry

DATA = Path(__file__).parents[2] / "tests" / "matching" / "data"
POSTINGS_AN_EMPLOYER = 4
SEEN = {"tuned": "all", "unseen": "unseen"}


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over labeled postings: all that have a label, those of which something is said, and right ones."""

    labeled: int
    said: int
    right: int

    @property
    def precision(self) -> float:
        """Of what is said, the share that is right."""
        return self.right / self.said if self.said else 0.0

    @property
    def recall(self) -> float:
        """Of the postings that have a label, the share that is read rightly."""
        return self.right / self.labeled if self.labeled else 0.0


def measure(shared: Path) -> Iterator[Figure]:
    """Yield the figures of reading industries."""
    jobs = shared / "jobs" / "jobs.jsonl.gz"
    for half, seen in SEEN.items():
        yield from _figures(
            "archive", tally(read_labels(ARCHIVE, place="archive", half=half)), seen, target=0.9
        )
    if not jobs.exists():
        yield Figure("industry", "shared postings", 0, "not measured: the data is not here", 0.0)
        return
    for half, seen in SEEN.items():
        yield from _figures("shared postings", tally(read_labels(jobs, place="shared", half=half)), seen)
    yield from _figures("shared, 82 employers", tally(_read_employers(jobs)), "all")


def read_labels(path: Path, *, place: str, half: str) -> list[tuple[str, str]]:
    """Return what is read beside the label (industries parted by a bar, or none) for the labeled postings of a file."""
    with (DATA / "industry_postings.csv").open(newline="", encoding="utf-8") as file:
        labels = {
            (row["source"], row["external_id"]): row["industry"]
            for row in csv.DictReader(file)
            if row["place"] == place and row["half"] == half
        }
    records = _read_records(path)
    return [
        (_read(record), labels[key])
        for record in records
        if (key := (record["source"], record["external_id"])) in labels
    ]


def tally(pairs: Iterable[tuple[str, str]]) -> Tally:
    """Count what was read against its labels; where the label is empty anything said is wrong."""
    labeled = said = right = 0
    for read, label in pairs:
        labeled += bool(label)
        said += bool(read)
        right += bool(read) and read in label.split("|")
    return Tally(labeled, said, right)


def _figures(data: str, counts: Tally, seen: str, *, target: float | None = None) -> Iterator[Figure]:
    yield Figure("industry", data, counts.said, "precision of what is said", counts.precision, target, seen)
    yield Figure("industry", data, counts.labeled, "recall of labels", counts.recall, None, seen)


def _read_employers(path: Path) -> Iterator[tuple[str, str]]:
    with (DATA / "industry_labels.csv").open(newline="", encoding="utf-8") as file:
        labels = {row["company"]: row["industry"] for row in csv.DictReader(file)}
    left = dict.fromkeys(labels, POSTINGS_AN_EMPLOYER)
    for record in _read_records(path):
        employer = record["company"]
        if left.get(employer, 0) > 0:
            left[employer] -= 1
            yield _read(record), labels[employer]


def _read_records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _read(record: Mapping[str, Any]) -> str:
    published = record["description"] or ""
    text = clean_description(published, is_html="<" in published and ">" in published).text
    return read_industry(
        company=record["company"] or "", title=record["title"], text=text, stated=record.get("industry") or ""
    )
