"""Reading skills out of postings: required, preferred, not needed; precision on labelled sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from matching.reading.skills import SkillsRead, read_skills
from personas.taxonomy import taxonomy

LABELS = Path(__file__).parent / "data" / "skill_labels.jsonl"


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
    ],
)
def test_read_skills_weighs_the_clause(text: str, required: list[str], preferred: list[str]) -> None:
    assert read(text) == SkillsRead(tuple(required), tuple(preferred))


def test_read_skills_counts_a_skill_in_both_as_required() -> None:
    assert read("Python is a plus. Strong Python needed.") == SkillsRead(required=("Python",), preferred=())
    assert read("Strong Python needed. Python is a plus.") == SkillsRead(required=("Python",), preferred=())


def test_read_skills_skips_the_employers_name() -> None:
    assert read("Figma builds tools with Rust programming.", employer="Figma").required == ("Rust",)


def test_read_skills_of_nothing_is_empty() -> None:
    assert read("") == SkillsRead((), ())


def test_labels_are_canonical() -> None:
    words = taxonomy()
    labels = [
        skill
        for line in LABELS.read_text(encoding="utf-8").splitlines()
        for skill in json.loads(line)["skills"]
    ]

    assert len(labels) >= 100
    assert [skill for skill in labels if words.canonical(skill) != skill] == []


def test_find_is_right_nine_times_in_ten(record_property: Callable[[str, object], None]) -> None:
    rows = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]

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
