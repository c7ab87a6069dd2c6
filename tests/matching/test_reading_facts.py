"""Seniority, years of experience and employment type."""

from __future__ import annotations

import pytest

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
        ("Nurse", "", "Something else", ""),
    ],
)
def test_employment_type(title: str, text: str, stated: str, employment: str) -> None:
    assert read_employment(title=title, text=text, stated=stated) == employment
    assert employment in (*EMPLOYMENTS, "")
