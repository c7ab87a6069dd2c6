"""Reading skills out of postings: required, preferred, not needed; precision on labelled sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.quality.skills import SEEN, read_labels, read_wishes, tally
from matching.reading.skills import SkillsRead, read_skills
from personas.taxonomy import taxonomy

DATA = Path(__file__).parent / "data"
LABELS = DATA / "skill_labels.jsonl"
POSTINGS = DATA / "skill_postings.jsonl"
SHARED = DATA / "skill_mentions_shared.jsonl"


def read(text: str, *, title: str = "", employer: str = "") -> SkillsRead:
    return read_skills(title=title, text=text, employer=employer)


def test_read_skills_keeps_the_order_of_first_mention() -> None:
    found = read("You know SQL and Docker. SQL again, and Python.", title="Python Developer")

    assert found == SkillsRead(required=("Python", "SQL", "Docker"), preferred=())


def test_read_skills_follows_headings() -> None:
    text = "Requirements:\n- 5 years Python\n- AWS\n\nNice to have:\n- Kubernetes\n- Go experience\n\nBenefits:\n- Learn Rust"

    assert read(text) == SkillsRead(
        required=("Python", "Amazon Web Services"), preferred=("Kubernetes", "Go")
    )


def test_read_skills_follows_headings_within_a_line() -> None:
    text = "We use PostgreSQL. Preferred Qualifications: Tableau, Power BI. Minimum Qualifications: SQL and Power BI."

    assert read(text) == SkillsRead(required=("PostgreSQL", "Power BI", "SQL"), preferred=("Tableau",))


@pytest.mark.parametrize(
    ("heading", "is_liked"),
    [
        ("Nice-to-have skills:", True),
        ("Highly desired", True),
        ("Bonus points", True),
        ("Even better", True),
        ("Ideal, But Not Required", True),
        ("Desired qualifications", True),
        ("\\-\\-\\-\\- Preferred Qualifications ----", True),
        ("\\-\\-\\-\\- Basic Qualifications ----", False),
        ("What the candidate will need / bonus points", False),
        ("Ideal candidate", False),
        ("Keep desired productivity levels", False),
    ],
)
def test_read_skills_knows_headings_of_wishes(heading: str, is_liked: bool) -> None:
    read_below = read(f"Requirements\n\nPython\n\n{heading}\n\n- Docker\n- SQL")

    assert (read_below.preferred == ("Docker", "SQL")) is is_liked
    assert ("Docker" in read_below.required) is not is_liked


def test_read_skills_takes_items_of_a_list_for_no_headings() -> None:
    text = "Requirements\n- Java\n\nNice to have\n\n- Experience with Docker\n- Skills in SQL\nKnowledge of Kotlin\n- Python"

    assert read(text) == SkillsRead(required=("Java",), preferred=("Docker", "SQL", "Kotlin", "Python"))


def test_read_skills_ends_a_companys_story_only_at_a_heading() -> None:
    story = "About us\nWe build software with Python."

    assert read(story).required == ("Python",)
    assert read(f"{story}\nRequirements:\nJava").required == ("Java",)


@pytest.mark.parametrize(
    ("text", "required", "preferred"),
    [
        ("Experience with React required; Vue.js is a plus.", ["React"], ["Vue"]),
        ("Docker (preferred) and Ansible.", ["Ansible"], ["Docker"]),
        ("Experience with AWS (Terraform a plus).", ["Amazon Web Services"], ["Terraform"]),
        ("Welding and carpentry desirable but not required.", [], ["Welding", "Carpentry"]),
        ("Ideally you have used Kafka.", [], ["Apache Kafka"]),
        ("No experience with PHP needed.", [], []),
        ("Java is not required.", [], []),
        ("You don't need to know COBOL.", [], []),
        ("We use PostgreSQL rather than MySQL.", ["PostgreSQL"], []),
        ("Not only Python but also SQL.", ["Python", "SQL"], []),
        # City of Los Angeles, de-identified Ethiopian and USAJOBS postings
        (
            "Some positions in the Owens Valley may require at least one year of data entry experience.",
            ["Data entry"],
            [],
        ),
        (
            "Be proficient in basic computer skills including MS Word.",
            ["Computer literacy", "Microsoft Word"],
            [],
        ),
        ("Experience in Manufacturing Industry (Water Bottling Company) is preferable.", [], []),
        # nice to have
        ("Java (Spring, Kafka, etc.) is a plus.", [], ["Java", "Spring", "Apache Kafka"]),
        (
            "Courses in these are highly desired: physics; chemistry and biology.",
            [],
            ["Physics", "Chemistry", "Biology"],
        ),
        (
            "Degree in Civil Engineering 5 years Experience in similar companies is advantage",
            ["Civil engineering"],
            [],
        ),
        ("SQL is needed; fluent French is an asset", ["SQL"], ["French"]),
        (
            "§ Good analytical skills § Computer literacy is desirable",
            ["Analytical skills"],
            ["Computer literacy"],
        ),
        ("It is a plus if you know Docker.", [], ["Docker"]),
        # not needed
        ("No experience with Docker or Kubernetes required.", [], []),
        ("No Python experience required.", [], []),
        ("Knowledge of SQL is not necessary.", [], []),
        ("You do not need a degree in Computer Science.", [], []),
        ("Courses in the teaching of chemistry are not acceptable.", [], []),
        ("Natural resources (except marine fisheries and oceanography)", ["Natural resource management"], []),
        ("Knowledge of SQL is not required but a plus, ideally PostgreSQL.", [], ["SQL", "PostgreSQL"]),
    ],
)
def test_read_skills_weighs_the_clause(text: str, required: list[str], preferred: list[str]) -> None:
    assert read(text) == SkillsRead(tuple(required), tuple(preferred))


def test_read_skills_counts_a_skill_in_both_as_required() -> None:
    assert read("Python is a plus. Strong Python needed.") == SkillsRead(required=("Python",), preferred=())
    assert read("Strong Python needed. Python is a plus.") == SkillsRead(required=("Python",), preferred=())


def test_read_skills_skips_the_employers_name() -> None:
    assert read("Figma builds tools with Rust programming.", employer="Figma").required == ("Rust",)


@pytest.mark.parametrize(
    "text",
    [
        "Acme Labs is a unified computer vision platform.",
        "At Acme, we believe in machine learning.",
        "We are a leading provider of physical therapy.",
        "Our services include digital marketing.",
        "About Acme\nTogether we changed computer vision.\nBenefits\nPay",
        "Life at Acme\nWe love public speaking.\nHow to apply\nWrite to us",
    ],
)
def test_read_skills_leaves_out_what_the_employer_says_of_itself(text: str) -> None:
    assert read(text, employer="acme-labs") == SkillsRead((), ())


def test_read_skills_keeps_what_the_employer_asks_for() -> None:
    text = "About Acme\nWe heat homes.\nRequirements\nComputer vision.\nAt Acme, you write Python."

    assert read(text, employer="acme-labs").required == ("Computer vision", "Python")


def test_read_skills_reads_ordinary_words_in_titles() -> None:
    assert read("", title="Marketing Manager").required == ("Marketing",)


def test_read_skills_of_nothing_is_empty() -> None:
    assert read("") == SkillsRead((), ())


def test_labels_are_canonical() -> None:
    words = taxonomy()
    labels = [skill for row in _rows(LABELS) for skill in row["skills"]]
    labels += [
        skill
        for row in _rows(POSTINGS)
        for skill in (*row["required"], *row["preferred"], *row.get("added", ()), *row.get("wrong", ()))
    ]

    assert len(labels) >= 1000
    assert [skill for skill in labels if words.canonical(skill) != skill] == []


def test_labels_know_whole_postings() -> None:
    rows = _rows(POSTINGS)

    assert {row["half"] for row in rows} == {*SEEN}
    assert sum(row["half"] != "tuned" for row in rows) >= 100
    assert sum(row["blind"] for row in rows) >= 100
    assert len({(row["source"], row["external_id"]) for row in rows}) == len(rows) >= 200
    for row in rows:
        asked = {*row["required"], *row["preferred"], *row.get("added", ())}
        assert not asked & {*row.get("wrong", ())}
        assert not {*row["required"]} & {*row["preferred"]}


def test_labels_of_shared_postings_are_facts_alone() -> None:
    rows = _rows(SHARED)

    assert len(rows) >= 30
    assert sum(len(row["right"]) + len(row["wrong"]) for row in rows) >= 150
    assert {key for row in rows for key in row} == {"source", "external_id", "half", "right", "wrong"}


@pytest.mark.parametrize("half", SEEN)
def test_read_skills_is_right_nine_times_in_ten(
    half: str, record_property: Callable[[str, object], None]
) -> None:
    counts = tally(read_labels(half))

    record_property("counts", str(counts))
    assert counts.found >= 250, counts
    assert counts.precision >= 0.9, counts
    if counts.labels:
        assert counts.recall >= 0.45, counts
        assert counts.wish >= 0.95, counts


@pytest.mark.parametrize("half", ["tuned", "fresh"])
def test_wishes_are_told_apart(half: str) -> None:
    pairs = read_wishes(half)

    assert len(pairs) >= 45
    assert {label for _, label in pairs} >= {"required", "preferred"}
    assert sum(read == label for read, label in pairs) >= 0.9 * len(pairs), pairs


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_find_is_right_nine_times_in_ten(record_property: Callable[[str, object], None]) -> None:
    rows = _rows(LABELS)

    pairs = [
        ({mention.skill for mention in taxonomy().find(row["text"])}, set(row["skills"])) for row in rows
    ]

    hits = sum(len(found & wanted) for found, wanted in pairs)
    precision = hits / sum(len(found) for found, _wanted in pairs)
    recall = hits / sum(len(wanted) for _found, wanted in pairs)
    record_property("precision", precision)
    record_property("recall", recall)
    assert len(rows) >= 60
    assert precision >= 0.9, f"precision {precision:.3f}, recall {recall:.3f}"
    assert recall >= 0.75, f"precision {precision:.3f}, recall {recall:.3f}"
