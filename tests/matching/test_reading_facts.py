"""Seniority, years of experience and employment type."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.quality.facts import FACTS, labeled, measure, read_facts
from matching.reading.employment import EMPLOYMENTS, read_employment
from matching.reading.experience import Experience, read_experience
from matching.reading.seniority import SENIORITIES, read_seniority


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("Software Engineering Intern", "intern"),
        ("Junior Analyst", "entry"),
        ("Associate Product Designer", "entry"),
        ("Software Engineer II", "mid"),
        ("Senior Nurse", "senior"),
        ("Sr. Accountant", "senior"),
        ("Engineer III", "senior"),
        ("Staff Software Engineer", "lead"),
        ("Principal Scientist", "lead"),
        ("Warehouse Team Lead", "lead"),
        ("Senior Engineering Manager", "manager"),
        ("Senior Product Manager", "senior"),
        ("Engineering Manager", "manager"),
        ("Director of Nursing", "director"),
        ("Head of People", "director"),
        ("VP of Marketing", "executive"),
        ("Chief Financial Officer", "executive"),
        ("Account Executive", ""),
        ("Project Manager", ""),
        ("Executive Assistant", ""),
        ("Lead Generation Specialist", ""),
        ("International Trade Specialist", ""),
        ("Staff Nurse", ""),
        ("Chief of Staff", ""),
        ("Nurse", ""),
        ("Supervisory Range Technician", "lead"),
        ("Supv IT Specialist", "lead"),
        ("Convoy Leader", "lead"),
        ("Chief Benefits Analyst", "lead"),
        ("Head Pharmacist", "lead"),
        ("Chief Executive", "executive"),
        ("Legal Division Head", "director"),
        ("Oversight Branch Chief", "manager"),
        ("Regional President Advisor", ""),
        ("Executive Administrative Assistant", ""),
        ("Cartographic Aid/Technician", "entry"),
        ("Financial Aid Counselor", ""),
    ],
)
def test_seniority_of_titles(title: str, seniority: str) -> None:
    assert read_seniority(title=title) == seniority


@pytest.mark.parametrize(
    ("text", "years", "seniority"),
    [
        ("This is an entry-level position.", None, "entry"),
        ("No prior experience is required.", None, "entry"),
        ("", 0, "entry"),
        ("", 3, "mid"),
        ("", 8, "senior"),
        ("We have many senior engineers and interns.", None, ""),
    ],
)
def test_seniority_falls_back_to_plain_text_and_years(text: str, years: int | None, seniority: str) -> None:
    assert read_seniority(title="Engineer", text=text, years=years) == seniority


def test_year_at_the_grade_below_is_no_rank() -> None:
    text = "You need one year of specialized experience equivalent to the GS-14 level."

    assert read_seniority(title="Physicist", text=text, years=1) == ""
    assert read_seniority(title="Physicist", text="One year of experience.", years=1) == "entry"


def test_seniorities_are_the_listed_ones() -> None:
    titles = ["Intern", "Junior", "Analyst II", "Senior", "Lead", "Manager", "Director", "CEO"]

    assert tuple(read_seniority(title=title) for title in titles) == SENIORITIES


@pytest.mark.parametrize(
    ("text", "minimum", "maximum"),
    [
        ("5+ years of experience in sales", 5, None),
        ("3-5 years of professional experience", 3, 5),
        ("At least two years experience as a nurse", 2, None),
        ("Minimum of 7 years in finance.", 7, None),
        ("five (5) years of experience", 5, None),
        ("2 years of experience with Excel. 6+ years' experience in audit.", 6, None),
        ("Experience: 4 years", 4, None),
        ("1 year of experience equivalent to the next grade. 3 years of experience preferred.", 1, None),
        ("Ideally 3 years of experience", 3, None),
    ],
)
def test_years_asked_for(text: str, minimum: int, maximum: int | None) -> None:
    assert read_experience(text) == Experience(minimum, maximum)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "You must be 18 years old.",
        "For over 30 years we have gathered experience.",
        "Our founders have 20 years of experience combined.",
        "Stock vests over 4 years.",
        "2 years of college experience",
        "a degree and at least one year of full-time graduate education",
        "99 years of experience",
    ],
)
def test_other_years_are_no_demand(text: str) -> None:
    assert read_experience(text) is None


@pytest.mark.parametrize(
    ("title", "text", "stated", "employment"),
    [
        ("Nurse", "", "FullTime", "full_time"),
        ("Nurse (part-time)", "", "", "part_time"),
        ("Data Intern", "", "FULL_TIME", "full_time"),
        ("Data Intern", "", "", "internship"),
        ("Contract Recruiter", "", "", "contract"),
        ("Contracts Manager", "", "", ""),
        ("Seasonal Ranger", "", "", "temporary"),
        ("Nurse", "Job Type: Part-time", "", "part_time"),
        ("Nurse", "This is a full-time, permanent role.", "", "full_time"),
        ("Nurse", "This is a 6-month contract.", "", "contract"),
        ("Nurse", "Full-time employees get a bicycle.", "", ""),
        ("Ranger", "These positions are temporary and end in fall.", "", "temporary"),
        ("System Engineer - Graduate Trainee", "", "", "internship"),
        ("Nurse", "", "Something else", ""),
    ],
)
def test_employment_type(title: str, text: str, stated: str, employment: str) -> None:
    assert read_employment(title=title, text=text, stated=stated) == employment
    assert employment in (*EMPLOYMENTS, "")


def test_facts_of_the_archive_are_right() -> None:
    right: dict[str, list[bool]] = {fact: [] for fact in FACTS}
    for label, posting, text in labeled("facts_labels.csv"):
        for fact, value in read_facts(posting, text).items():
            right[fact].append(value == label[fact])

    for fact, (least, _) in FACTS.items():
        assert len(right[fact]) == 120
        assert sum(right[fact]) / 120 >= least


def test_what_is_not_here_is_said_to_be_unmeasured(tmp_path: Path) -> None:
    figures = [figure for figure in measure(tmp_path) if not figure.rows]

    assert [(figure.reader, figure.target) for figure in figures] == [("office days", None)]
    assert "not measured" in figures[0].measure
