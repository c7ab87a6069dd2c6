"""The postings and personas that are measured: the shipped archive as it reads, multiplied to size, and ten different people.

A job of a multiplied market keeps the title and the skills of a real posting; company, places, date and pay vary, always
alike, so that the job of a number is the same in every process and at every size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from uuid import UUID

from matching.feeds.files import read_file
from matching.feeds.sanitize import clean_description
from matching.pay import AnnualPay
from matching.posting import Posting
from matching.reading.posting import read_posting
from matching.scoring import JobFacts, PersonaFacts
from matching.snapshot import OpenJob
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


@dataclass(frozen=True)
class Multiplied:
    """A market of any size made of real postings; the first jobs are these postings themselves."""

    real: Sequence[JobFacts]
    seniorities: Sequence[str] = field(default=("", "junior", "", "senior"))

    @cached_property
    def _placed(self) -> list[tuple[Place, ...]]:
        return [job.places for job in self.real if job.places]

    def facts(self, number: int) -> JobFacts:
        """Give the job of a number."""
        job = self.real[number % len(self.real)]
        if number < len(self.real):
            return job
        chance = mix(number)
        return replace(
            job,
            company=f"{job.company} {chance % 2_000}",
            places=self._placed[chance // 2_000 % len(self._placed)] if job.places else (),
            annual_pay=_vary(job.annual_pay, 80 + chance // 7 % 41),
        )

    def open_job(self, number: int) -> OpenJob:
        """Give the job of a number as the database would have it; a higher number was posted later."""
        seniority = self.seniorities[mix(number) % len(self.seniorities)]
        return OpenJob(job_id(number), 1, NEWEST - 10 * (MOST_JOBS - number), seniority, self.facts(number))

    def newest_first(self, size: int) -> Iterator[OpenJob]:
        """Give the jobs below a number, the last posted first."""
        return map(self.open_job, range(size - 1, -1, -1))


# Seconds since 1970 of the job that is posted last, and a number that no job reaches.
NEWEST, MOST_JOBS = 1_790_000_000, 2_000_000


def mix(number: int) -> int:
    """Give a whole number below 2^31 that looks like chance and is always the same."""
    number = (number ^ number >> 16) * 0x45D9F3B & 0xFFFFFFFF
    number = (number ^ number >> 16) * 0x45D9F3B & 0xFFFFFFFF
    return (number ^ number >> 16) >> 1


def job_id(number: int) -> UUID:
    """Give the id of the job of a number."""
    return UUID(int=mix(number) << 96 | mix(number + MOST_JOBS) << 64 | number + 1)


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
