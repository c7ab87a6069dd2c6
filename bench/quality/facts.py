"""Workplace, days in the office, seniority, years and employment type against labels by hand.

The first sample is 120 postings of the archive that ships (25 of the City of Los Angeles, 40 of USAJOBS, 30 Ethiopian ads, 25 of a
federal digital service, drawn by a hash), each labeled for four readers by the rules in facts_labels.md before the readings
were looked at; the source's own field of employment is kept from the reader. Seniority was mended most after that look, so it has a second
sample of 89 others, labeled the same way. Archives speak little of remote work, so the second
sample is of Ashby and other boards: whether a text asks for days in the office, and how many; it is measured where its
texts are present. The share at the first look stands beside the share today.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from bench.postings import ARCHIVE
from bench.quality.figure import Figure
from matching.feeds.files import read_file
from matching.feeds.sanitize import clean_description, looks_like_html
from matching.posting import Posting
from matching.reading.employment import read_employment
from matching.reading.experience import read_experience
from matching.reading.seniority import read_seniority
from matching.reading.workplace import read_office_days, read_workplace

LABELS = Path(__file__).parents[2] / "tests" / "matching" / "data"
# The least share that must be right, and the share when the labels were first compared.
FACTS = {
    "workplace": (0.95, "unseen at first: 0.908"),
    "seniority": (0.95, "unseen at first: 0.675"),
    "years": (0.95, "unseen at first: 0.950"),
    "employment": (0.95, "unseen at first: 0.942"),
}
MORE_SENIORITY = (0.9, "unseen at first: 0.910")
BOARDS = {"workplace": (0.9, "unseen at first: 0.867"), "office days": (0.95, "unseen at first: 0.967")}


def measure(shared: Path) -> Iterator[Figure]:
    """Measure four readers on the archive, which ships, and days in the office on boards where they are present."""
    right: dict[str, list[bool]] = {fact: [] for fact in FACTS}
    for label, posting, text in labeled("facts_labels.csv"):
        for fact, value in read_facts(posting, text).items():
            right[fact].append(value == label[fact])
    for fact, (target, seen) in FACTS.items():
        share = sum(right[fact]) / len(right[fact])
        yield Figure(
            fact, "120 postings of the archive that ships", len(right[fact]), "right", share, target, seen
        )
    more = [
        read_facts(posting, text)["seniority"] == label["seniority"]
        for label, posting, text in labeled("seniority_labels.csv")
    ]
    data = "89 more postings of the archive that ships"
    yield Figure("seniority", data, len(more), "right", sum(more) / len(more), *MORE_SENIORITY)
    yield from _boards(shared / "jobs" / "jobs.jsonl.gz")


def read_facts(posting: Posting, text: str) -> dict[str, str]:
    """Read what the labels of the archive hold, as they hold it: "" for what is not said."""
    experience = read_experience(text)
    years = experience.minimum if experience else None
    return {
        "workplace": read_workplace(
            location=posting.location, title=posting.title, text=text, stated=posting.remote
        ),
        "seniority": read_seniority(title=posting.title, text=text, years=years),
        "years": "" if years is None else str(years),
        "employment": read_employment(title=posting.title, text=text),
    }


def labeled(name: str) -> Iterator[tuple[dict[str, str], Posting, str]]:
    """Give the rows of a file of labels with the posting of the archive that each is about, and its text."""
    with (LABELS / name).open(newline="") as file:
        labels = {row["external_id"]: row for row in csv.DictReader(file)}
    for _, posting in read_file(ARCHIVE):
        label = labels.pop(posting.external_id, None)
        if label is not None and isinstance(posting, Posting):
            yield (
                label,
                posting,
                clean_description(posting.description, is_html=posting.description_is_html).text,
            )


def _boards(file: Path) -> Iterator[Figure]:
    data = "boards that speak of the office"
    if not file.exists():
        yield Figure("office days", data, 0, "not measured: the data is not here", 0)
        return
    with (LABELS / "office_days.csv").open(newline="") as labels:
        by_id = {row["external_id"]: row for row in csv.DictReader(labels)}
    right: dict[str, list[bool]] = {reader: [] for reader in BOARDS}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            job = json.loads(line)
            label = by_id.pop(job["external_id"], None)
            if label is not None:
                workplace, days = _read_days(job)
                right["workplace"].append(workplace == label["workplace"])
                right["office days"].append(days == label["days"])
    for reader, each in right.items():
        yield Figure(reader, data, len(each), "right", sum(each) / len(each), *BOARDS[reader])


def _read_days(job: dict) -> tuple[str, str]:
    text = clean_description(job["description"], is_html=looks_like_html(job["description"])).text
    said = {"location": job["location"] or "", "title": job["title"], "text": text}
    workplace = read_workplace(**said, stated=job["remote"])
    days = read_office_days(**said, workplace=workplace)
    return workplace, "" if days is None else str(days)
