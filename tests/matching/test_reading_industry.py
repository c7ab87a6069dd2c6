"""The employer's industry: from what is stated, its name, or how it speaks of itself; silence when unsure."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bench.postings import ARCHIVE
from bench.quality.industry import SEEN, read_labels, tally
from matching.reading.industry import INDUSTRIES, read_industry
from personas.industries import INDUSTRY_CODES


@pytest.mark.parametrize(
    ("company", "text", "industry"),
    [
        ("City of Riverton", "Drive a street sweeper.", "government"),
        ("Department of Energy", "", "government"),
        ("Naval Sea Systems Command", "", "defense"),
        ("Lakeside University", "Teach data science to nurses.", "education"),
        ("St. Anne Hospital", "Write software for our wards.", "health"),
        ("Northwind", "Northwind is a clean energy company that stores heat in sand.", "energy"),
        ("Brightpay", "We are building the payments platform for small shops.", "finance"),
        ("quill-ai", "Quill AI is the open-source database for developers.", "technology"),
        ("Harvestly", "Harvestly builds tools that farmers love.", "agriculture"),
        ("Tallyho", "Tallyho is a performance marketing agency.", "media"),
        ("Bright & Co", "We are a management consulting firm.", "professional"),
        ("Centers for Disease Control and Prevention", "", "government"),
        ("Indian Health Service", "", "government"),
        ("harbour-world", "Founded by two nurses, Harbour is the largest tutoring platform.", "education"),
        ("tutorlycareers", "At Tutorly, we find the best teachers on the planet.", "education"),
        ("Zed", "We offer parental leave and dental insurance. Zed is a software company.", "technology"),
        ("", "Ardent Home Loans is a fast mortgage lender. Apply now.", "finance"),
        ("Zed", "Zed was founded in 2020 by two bankers of a bank.", ""),
    ],
)
def test_industry_is_the_employers(company: str, text: str, industry: str) -> None:
    assert read_industry(company=company, title="", text=text) == industry


@pytest.mark.parametrize(
    "text",
    [
        "",
        "You will treat patients and write software.",
        "We are looking for a nurse who loves banks.",
        "We are committed to sustainable schools and hospitals.",
    ],
)
def test_duties_and_wishes_do_not_make_an_industry(text: str) -> None:
    assert read_industry(company="Zed", title="Registered Nurse", text=text) == ""


def test_stated_industry_goes_first() -> None:
    read = read_industry(company="City of Riverton", title="", text="", stated="Hospital & Health Care")

    assert read == "health"


@pytest.mark.parametrize(
    ("stated", "industry"),
    [
        ("Restaurant and Hospitality Services", "hospitality"),
        ("Hospital & Health Care", "health"),
        ("Transport, Storage and ICT", ""),
        ("Manufacturing and Construction", ""),
        ("Community, Social Services and Public Administration", ""),
        ("Information Technology and Services", "technology"),
        ("Sales and Services", ""),
        ("Oil & Energy", "energy"),
    ],
)
def test_statement_of_several_industries_says_none(stated: str, industry: str) -> None:
    assert read_industry(company="", title="", text="", stated=stated) == industry


@pytest.mark.parametrize("half", SEEN)
def test_industry_is_right_nine_times_in_ten(half: str) -> None:
    counts = tally(read_labels(ARCHIVE, place="archive", half=half))

    assert counts.said >= 12, counts
    assert counts.precision >= 0.9, counts
    assert counts.recall >= 0.7, counts


def test_unknown_statement_falls_back_to_the_name() -> None:
    assert read_industry(company="City of Riverton", title="", text="", stated="???") == "government"


@pytest.mark.parametrize(
    "stated",
    [
        "Oil & Energy",
        "Staffing and Recruiting",
        "Automotive",
        "Farming",
        "Design",
        "Telecommunications",
        "Call Center Services",
    ],
)
def test_stated_industries_fall_into_the_list(stated: str) -> None:
    assert read_industry(company="", title="", text="", stated=stated) in INDUSTRY_CODES


def test_labels_use_the_list() -> None:
    with (Path(__file__).parent / "data" / "industry_labels.csv").open(newline="") as file:
        labels = {row["industry"] for row in csv.DictReader(file)}

    with (Path(__file__).parent / "data" / "industry_postings.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    labels |= {code for row in rows for code in row["industry"].split("|") if code}

    assert len(rows) >= 100
    assert labels <= {industry.code for industry in INDUSTRIES}
