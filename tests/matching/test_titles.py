"""How alike two job titles are."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from matching.titles import (
    compare_titles,
    load_bank,
    normalize_title,
    read_titles,
    recognizable,
    title_bank,
    title_likeness,
)

LABELS = Path(__file__).parent / "data" / "title_pairs.tsv"
UNSEEN = LABELS.with_name("title_pairs_unseen.tsv")


def read_labels(path: Path = LABELS) -> list[tuple[str, str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]


def rate_order(better: list[int], worse: list[int]) -> float:
    """Give the share of pairs in which the better one scores higher, ties counting half."""
    wins = sum((a > b) + 0.5 * (a == b) for a in better for b in worse)
    return wins / (len(better) * len(worse))


@pytest.mark.parametrize(
    ("title", "normal"),
    [
        ("Senior Data Engineer II (Remote - US)", "data engineer"),
        ("Lead Engineer", "engineer"),
        ("Warehouse Lead", "warehouse lead"),
        ("Staff Nurse", "nurse"),
        ("Front-End Developer", "frontend developer"),
        ("Entry-Level Accountant", "accountant"),
        ("Data Entry Clerk", "data entry clerk"),
        ("C++ Developer", "c++ developer"),
        ("Senior", "senior"),
        ("(m/w/d)", "m w d"),
        ("", ""),
    ],
)
def test_normalize_title_takes_off_level_grade_and_place(title: str, normal: str) -> None:
    assert normalize_title(title) == normal


def test_title_likeness_ignores_seniority() -> None:
    assert title_likeness("Data Engineer", "Senior Data Engineer (Remote)") == 100


def test_title_likeness_keeps_lines_of_work_apart() -> None:
    assert title_likeness("Nurse", "Engineer") < 10
    assert title_likeness("Registered Nurse", "Civil Engineer") < 10


def test_title_likeness_calls_a_neighboring_job_near() -> None:
    assert 30 <= title_likeness("Project Engineer", "Engineering Project Manager") < 90


@pytest.mark.parametrize("title", ["", "   ", "!!!", "\x00", "職人"])
def test_title_likeness_of_a_title_without_known_words_is_nothing(title: str) -> None:
    assert title_likeness("Nurse", title) == 0
    assert title_likeness("", title) == 0
    assert not recognizable(title)


@pytest.mark.parametrize(
    "title", ["Beekeeper", "Software Engineer, Checkout & Link", "Nurse, Registered", "RN"]
)
def test_recognizable_places_real_titles(title: str) -> None:
    assert recognizable(title)


@pytest.mark.parametrize("title", ["Req 12345", "Rockstar", "TestFile", "Voilà"])
def test_recognizable_refuses_what_is_no_title(title: str) -> None:
    assert not recognizable(title)


def test_title_likeness_orders_the_labeled_sample() -> None:
    scores = defaultdict(list)
    for wanted, title, label in read_labels():
        scores[label].append(title_likeness(wanted, title))

    assert sum(map(len, scores.values())) >= 120
    assert rate_order(scores["same"], scores["far"]) >= 0.98
    assert rate_order(scores["near"], scores["far"]) >= 0.90
    assert rate_order(scores["same"], scores["near"]) >= 0.92


def test_title_likeness_orders_a_sample_that_chose_none_of_its_numbers() -> None:
    scores = defaultdict(list)
    for wanted, title, label in read_labels(UNSEEN):
        scores[label].append(title_likeness(wanted, title))

    assert sum(map(len, scores.values())) >= 160
    assert not {pair[:2] for pair in read_labels(UNSEEN)} & {pair[:2] for pair in read_labels()}
    assert rate_order(scores["same"], scores["far"]) >= 0.95
    assert rate_order(scores["near"], scores["far"]) >= 0.80
    assert rate_order(scores["same"], scores["near"]) >= 0.90


def test_compare_titles_equals_title_likeness_for_each() -> None:
    titles = [title for _, title, _ in read_labels()]

    compared = compare_titles("Product Manager", read_titles(titles))

    assert compared.tolist() == [title_likeness("Product Manager", title) for title in titles]


def test_build_titles_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    onet, esco = write_releases(tmp_path)
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"

    for output in (first, second):
        call_command(
            "build_titles",
            onet=onet,
            esco=esco,
            output=output,
            release="test",
            verbosity=0,
            stdout=NoOutput(),
        )

    assert first.read_bytes() == second.read_bytes()
    bank = load_bank(first)
    assert bank.version == "test"
    assert {"nurs", "baker", "ceo", "chief executiv"} <= bank.terms.keys()
    assert len(bank.lengths) == 6


def test_build_titles_names_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Occupation Data"):
        call_command("build_titles", onet=tmp_path, esco=tmp_path, output=tmp_path / "x.npz")


def test_title_bank_names_its_release() -> None:
    assert title_bank().version.startswith("onet")


class NoOutput:
    """A stream that nobody reads."""

    def write(self, text: str) -> int:
        return len(text)


def write_releases(folder: Path) -> tuple[Path, Path]:
    onet, esco = folder / "onet", folder / "esco"
    onet.mkdir()
    esco.mkdir()
    (onet / "Occupation Data.txt").write_text(
        "O*NET-SOC Code\tTitle\n11-1011.00\tChief Executives\n29-1141.00\tNurses\n"
    )
    with gzip.open(onet / "Alternate Titles.txt.gz", "wt") as file:
        file.write("O*NET-SOC Code\tAlternate Title\tShort Title\n29-1141.00\tStaff Nurse\tn/a\n")
    (onet / "Sample of Reported Titles.txt").write_text(
        "O*NET-SOC Code\tReported Job Title\n11-1011.00\tCEO (Chief Executive Officer)\n"
    )
    with gzip.open(esco / "tabiya_occupations.csv.gz", "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["PREFERREDLABEL", "ALTLABELS", "CODE"])
        writer.writerow(["baker", "baker", "7512.1"])
    return onet, esco
