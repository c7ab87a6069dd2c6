"""Values in postings: what speaks of one, what only seems to, and how often that is right on labelled postings."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from matching.values import LONGEST_SENTENCE, align_values

LABELS = Path(__file__).parent / "data" / "values_labels.csv"
ARCHIVE = Path(__file__).parents[2] / "matching" / "data" / "archive" / "postings.jsonl.gz"
PRECISION, RECALL = 0.90, 0.90


def speaks(value: str, text: str) -> bool:
    alignment = align_values([value], text)
    assert alignment is not None
    return bool(alignment.spoken)


def test_share_and_sentences_of_what_is_spoken_of() -> None:
    text = "About us. We build open-source tools for public libraries! Our pay is fair."

    found = align_values(["Open source", "privacy", "libraries"], text)

    assert found is not None
    assert found.percent == Decimal("66.67")
    assert [(each.value, each.sentence) for each in found.spoken] == [
        ("Open source", "We build open-source tools for public libraries!"),
        ("libraries", "We build open-source tools for public libraries!"),
    ]
    assert found.silent == ("privacy",)
    assert found.total == 3


@pytest.mark.parametrize(("values", "text"), [([], "We heal."), ([" "], "We heal."), (["health"], " \n")])
def test_nothing_named_or_nothing_written_is_none(values: list[str], text: str) -> None:
    assert align_values(values, text) is None


def test_a_value_named_twice_counts_once() -> None:
    found = align_values(["privacy", "privacy "], "Privacy matters here.")

    assert found is not None
    assert found.total == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Sustainability", "We cut carbon in shipping."),
        ("climate", "Renewable energy for all"),
        ("Education", "You teach children to read."),
        ("public health", "We improve health outcomes."),
        ("accessibility", "Our pages meet WCAG."),
        ("equality", "Tools for underserved communities"),
        ("Well-being", "Mental health comes first."),
        ("privacy", "GDPR is our trade."),
        ("innovation", "Innovative bread"),
        ("craft beer", "We brew craft  beers."),
        ("Café culture", "All about cafe culture"),
        ("city", "Building better cities"),
        ("zero waste", "A zero-waste kitchen"),
        ("Musik für alle", "MUSIK FÜR ALLE, seit 1990"),
    ],
)
def test_value_is_found_by_its_words(value: str, text: str) -> None:
    assert speaks(value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("health", "Benefits: health insurance and dental."),
        ("equality", "We are an equal opportunity employer and value diversity."),
        ("equality", "Pay includes equity compensation."),
        ("privacy", "Read our privacy policy."),
        ("education", "A degree from a school of nursing."),
        ("open source", "Ten years of open source intelligence"),
        ("accessibility", "Reasonable accommodation for individuals with disabilities."),
        ("climate", "The temperate climate of the coast"),
        ("community", "Classes at a community college"),
        ("art", "The start of a party"),
        ("safety", "Wear safety shoes."),
    ],
)
def test_what_only_seems_to_speak_of_a_value_does_not(value: str, text: str) -> None:
    assert not speaks(value, text)


def test_long_sentence_is_cut_around_its_word() -> None:
    found = align_values(["privacy"], "many words " * 60 + "for privacy of all " + "and more " * 60)

    assert found is not None
    sentence = found.spoken[0].sentence
    assert "privacy" in sentence
    assert len(sentence) <= LONGEST_SENTENCE + 4
    assert sentence.startswith("… ")
    assert sentence.endswith(" …")


def test_letters_that_grow_in_lower_case_keep_their_places() -> None:
    found = align_values(["privacy"], "İstanbul. İİİ. We guard privacy. İ")

    assert found is not None
    assert found.spoken[0].sentence == "We guard privacy."


def test_labelled_postings_are_read_right() -> None:
    with gzip.open(ARCHIVE, "rt", encoding="utf-8") as lines:
        texts = {job["external_id"]: job["description"] for job in map(json.loads, lines)}
    with LABELS.open(encoding="utf-8", newline="") as file:
        labels = list(csv.DictReader(file))
    seen: Counter[tuple[bool, bool]] = Counter()
    wrong = []
    for row in labels:
        told, is_so = speaks(row["value"], texts[row["external_id"]]), row["speaks"] == "yes"
        seen[told, is_so] += 1
        wrong += [] if told == is_so else [(row["external_id"], row["value"], told)]

    right = seen[True, True]
    assert len(labels) >= 90
    assert right / (right + seen[True, False]) >= PRECISION, wrong
    assert right / (right + seen[False, True]) >= RECALL, wrong
