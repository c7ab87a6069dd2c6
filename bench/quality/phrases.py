"""Phrases of postings, linked to ESCO skills by Tabiya: how high the right skill stands (mean reciprocal rank)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.quality.figure import Figure
from bench.quality.ranking import rank_reciprocally
from matching.reading.esco import esco_skills
from matching.reading.phrases import SkillIndex, skill_index
from matching.reading.word_vectors import word_vectors

READER = "phrase to the ESCO skill it means"
TARGET = 0.65
FOLDER = "eval/esco_links"
# The two validation files chose the weights; the phrases of tech_annotations were only measured.
TUNED_ON = ("tech_validation_annotations.csv", "house_validation_annotations.csv")
SEEN = "measured some 70 times while other rows chose the weights; a dozen rows read"
HELD_OUT = "tech_annotations.csv"


def measure(shared: Path) -> Iterator[Figure]:
    """Yield the mean reciprocal rank on phrases held out and on those used for the weights."""
    folder = shared / FOLDER
    if not all((folder / name).is_file() for name in (*TUNED_ON, HELD_OUT)):
        yield Figure(READER, "TECH phrases (Tabiya)", 0, "not measured: the data is not here", 0.0, None, "–")
        return
    index = skill_index()
    held_out = read_links(folder / HELD_OUT)
    yield Figure(
        READER,
        "TECH phrases (Tabiya)",
        len(held_out),
        "mean reciprocal rank",
        rate(index, held_out),
        TARGET,
        SEEN,
    )
    plain = SkillIndex(esco_skills(), {}, word_vectors())
    yield Figure(
        READER,
        "TECH phrases (Tabiya)",
        len(held_out),
        "mean reciprocal rank, without the phrases chosen by hand",
        rate(plain, held_out),
        None,
        SEEN,
    )
    links = [link for name in TUNED_ON for link in read_links(folder / name)]
    yield Figure(
        READER,
        "TECH and HOUSE validation phrases (Tabiya)",
        len(links),
        "mean reciprocal rank",
        rate(index, links),
        None,
        "all: the weights were chosen on them, and their errors were read",
    )


def read_links(path: Path) -> list[tuple[str, str, str]]:
    """Read phrase, sentence and label of each link whose label is a skill of the release that is shipped."""
    known = {skill.name.lower() for skill in esco_skills()}
    with path.open(encoding="utf-8", newline="") as file:
        return [
            ((row["sub_span"] or row["span"]).strip(), row["sentence"], label)
            for row in csv.DictReader(file)
            if (label := row["label"].strip().lower()) in known
        ]


def rate(index: SkillIndex, links: list[tuple[str, str, str]]) -> float:
    """Give the mean reciprocal rank of the right skill among all."""
    number = {skill.name.lower(): row for row, skill in enumerate(index.skills)}
    return float(
        np.mean(
            [rank_reciprocally(index.score(phrase, around), number[label]) for phrase, around, label in links]
        )
    )
