"""The postings and personas that are measured: the shipped archive as it reads, and sketches of ten different people."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from matching.feeds.files import read_file
from matching.feeds.sanitize import clean_description
from matching.pay import AnnualPay
from matching.posting import Posting
from matching.reading.posting import read_posting
from matching.scoring import JobFacts, PersonaFacts
from personas.gazetteer import Place, gazetteer
from personas.taxonomy import taxonomy

ARCHIVE = Path(__file__).parents[1] / "matching" / "data" / "archive" / "postings.jsonl.gz"


def read_archive(limit: int | None = None) -> list[JobFacts]:
    """Read postings of the shipped archive the way ingest does, spread over the whole file where there is a limit."""
    postings = [posting for _, posting in read_file(ARCHIVE) if isinstance(posting, Posting)]
    step = 1 if limit is None else max(1, len(postings) // limit)
    return [_read(posting) for posting in postings[::step][:limit]]


def read_postings(path: Path) -> list[tuple[str, JobFacts]]:
    """Read every posting of a file the way ingest does, with its number at the source."""
    found = (posting for _, posting in read_file(path) if isinstance(posting, Posting))
    return [(posting.external_id, _read(posting)) for posting in found]


def multiply(jobs: Sequence[JobFacts], size: int) -> list[JobFacts]:
    """Give `size` jobs made of real ones: titles and skills stay, company, place and pay of every copy vary, always alike."""
    rng = random.Random(2)
    places = [job.places for job in jobs if job.places]
    many = list(jobs[:size])
    while len(many) < size:
        job = jobs[len(many) % len(jobs)]
        many.append(
            replace(
                job,
                company=f"{job.company} {rng.randrange(2000)}",
                places=rng.choice(places) if job.places else (),
                annual_pay=_vary(job.annual_pay, rng.randrange(80, 121)),
            )
        )
    return many


def sketch_personas() -> Mapping[str, PersonaFacts]:
    """Give ten people in very different lines of work, from nurse to policy analyst."""
    return {
        "nurse": _sketch(
            "Registered Nurse, Staff Nurse",
            expert="Patient care, Nursing",
            advanced="Triage, Electronic health records",
            places="Los Angeles, CA",
            minimum_salary=60_000,
            remote_preference="onsite",
        ),
        "civil engineer": _sketch(
            "Civil Engineer, Structural Engineer",
            advanced="AutoCAD, Civil engineering, Project management, Construction",
            intermediate="GIS, Hydraulics, Surveying, Microsoft Excel",
            places="Los Angeles, CA; Denver, CO",
            minimum_salary=75_000,
            industries=("government", "construction"),
        ),
        "data scientist": _sketch(
            "Data Scientist, Machine Learning Engineer",
            expert="Python, SQL, Statistics",
            advanced="Machine learning, R",
            places="New York, NY",
            minimum_salary=120_000,
            remote_preference="hybrid",
        ),
        "teacher": _sketch(
            "Teacher, Elementary School Teacher",
            advanced="Teaching, Lesson planning, Classroom management",
            minimum_salary=45_000,
            remote_preference="onsite",
        ),
        "remote designer": _sketch(
            "Product Designer, UX Designer",
            expert="Figma, Prototyping, User research",
            intermediate="HTML, CSS",
            places="Germany",
            minimum_salary=90_000,
            currency="EUR",
            remote_preference="remote",
        ),
        "security analyst": _sketch(
            "Security Analyst, Information Security Analyst",
            advanced="Incident response, Splunk, Network security",
            intermediate="Python, Linux",
            places="Washington, DC",
            minimum_salary=95_000,
        ),
        "accountant": _sketch(
            "Accountant",
            expert="Accounting, Bookkeeping",
            advanced="Microsoft Excel, Auditing, QuickBooks",
            intermediate="SAP, Budgeting",
            places="Chicago, IL",
            minimum_salary=55_000,
            remote_preference="hybrid",
        ),
        "warehouse lead": _sketch(
            "Warehouse Lead, Warehouse Supervisor",
            advanced="Inventory management, Forklift, Logistics",
            intermediate="Microsoft Office, Scheduling",
            places="Los Angeles, CA",
            minimum_salary=40_000,
            remote_preference="onsite",
        ),
        "product manager": _sketch(
            "Product Manager",
            expert="Product management, Agile",
            advanced="SQL, User research, Jira",
            places="San Francisco, CA",
            minimum_salary=150_000,
            remote_preference="hybrid",
            required_skills=("Product management",),
        ),
        "policy analyst": _sketch(
            "Policy Analyst, Legislative Analyst",
            advanced="Policy analysis, Research, Data analysis",
            intermediate="Microsoft Excel, Statistics, Budgeting",
            places="Washington, DC",
            minimum_salary=70_000,
            industries=("government",),
        ),
    }


def _read(posting: Posting) -> JobFacts:
    text = clean_description(posting.description, is_html=posting.description_is_html).text
    read = read_posting(posting, text=text)
    return JobFacts(
        title=posting.title,
        company=posting.company,
        required_skills=read.required_skills,
        preferred_skills=read.preferred_skills,
        annual_pay=read.annual_pay,
        places=read.places,
        remote_countries=read.remote_countries,
        workplace=read.workplace,
        industry=read.industry,
    )


def _vary(pay: AnnualPay | None, percent: int) -> AnnualPay | None:
    if pay is None:
        return None
    low, high = (None if end is None else end * percent // 100 for end in (pay.minimum, pay.maximum))
    return replace(pay, minimum=low, maximum=high)


def _sketch(
    titles: str,
    *,
    expert: str = "",
    advanced: str = "",
    intermediate: str = "",
    places: str = "",
    minimum_salary: int,
    currency: str = "USD",
    remote_preference: str = "any",
    industries: tuple[str, ...] = (),
    required_skills: tuple[str, ...] = (),
) -> PersonaFacts:
    levels = {"expert": expert, "advanced": advanced, "intermediate": intermediate}
    return PersonaFacts(
        titles=tuple(titles.split(", ")),
        held={
            taxonomy().key(skill): level
            for level, skills in levels.items()
            for skill in filter(None, skills.split(", "))
        },
        required_skills=required_skills,
        minimum_salary=minimum_salary,
        currency=currency,
        places=tuple(_find_place(name) for name in filter(None, places.split("; "))),
        remote_preference=remote_preference,
        industries=industries,
    )


def _find_place(name: str) -> Place:
    place = gazetteer().find(name)
    if place is None:
        raise LookupError(f"the gazetteer does not know {name}; name another place in the sketch")
    return place
