"""Workplace out of line, title, text and the source's flag."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from matching.reading.workplace import read_workplace

LABELS = Path(__file__).parent / "data" / "workplace_labels.csv"
FLAGS = {"true": True, "false": False, "": None}


def labelled() -> list[tuple[str, str, str, bool | None, str]]:
    """The cases written for this test."""
    with LABELS.open(newline="") as file:
        return [
            (row["location"], row["title"], row["text"], FLAGS[row["stated"]], row["workplace"])
            for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize(("location", "title", "text", "stated", "workplace"), labelled())
def test_workplace_is_read_as_labelled(
    location: str, title: str, text: str, stated: bool | None, workplace: str
) -> None:
    assert read_workplace(location=location, title=title, text=text, stated=stated) == workplace


def test_words_far_apart_in_a_long_text_are_found() -> None:
    text = "A. " * 500 + "This role is fully remote." + " B." * 500

    assert read_workplace(location="", title="", text=text, stated=None) == "remote"
