"""Skills of courses against labels: of what a course is said to teach, the share that it teaches.

Labels are in tests/learning/data; what is measured is today's reading of the same titles and topics.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from bench.quality.figure import Figure
from learning.course_skills import read_skills

LABELS = Path(__file__).parents[2] / "tests" / "learning" / "data" / "course_skills_labeled.tsv"
TARGET = 0.9


def measure(shared: Path) -> Iterator[Figure]:
    """Yield the precision over all labeled pairs that are still said, and over those that a title alone tells."""
    said = list(read_labels("blind"))
    by_title = [right for right, because in said if because == "title"]
    by_author = [right for right, _because in read_labels("verdict")]
    yield Figure(
        "courses",
        "pairs of course and skill, judged blindly",
        len(said),
        "right",
        share([right for right, _ in said]),
        TARGET,
    )
    yield Figure(
        "courses", "the same, judged by the mapping's author", len(by_author), "right", share(by_author)
    )
    yield Figure(
        "courses", "pairs told by a title alone, judged blindly", len(by_title), "right", share(by_title)
    )


def read_labels(opinion: str) -> Iterator[tuple[bool, str]]:
    """Yield whether each labeled pair that is still said is right by an opinion (a column), and how it is known."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            taught = {each.name: each.because for each in read_skills(title=row["title"], topic=row["topic"])}
            if row["skill"] in taught:
                yield row[opinion] == "right", taught[row["skill"]]


def share(rights: list[bool]) -> float:
    """Give the share that is right, 0 of none."""
    return sum(rights) / len(rights) if rights else 0.0
