"""Everything that is read out of one posting: skills, pay, places, workplace, seniority, years, industry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from matching.pay import AnnualPay, StatedPay, annualize
from matching.posting import Posting
from matching.reading.employment import read_employment
from matching.reading.experience import read_experience
from matching.reading.industry import read_industry
from matching.reading.pay import read_pay
from matching.reading.places import PlacesRead, read_places
from matching.reading.seniority import read_seniority
from matching.reading.skills import read_skills
from matching.reading.workplace import REMOTE, read_office_days, read_workplace
from personas.gazetteer import Place, gazetteer
from personas.taxonomy import taxonomy

READER_VERSION = "6"
"""Goes up whenever a rule of reading changes, so that known postings are read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingRead:
    """What a posting means; empty, None and `unknown` stand for what it does not say.

    remote_countries are all countries there are where a remote job may be done from anywhere; office_days are the
    least days a week in the office that a hybrid or onsite job asks for.
    """

    required_skills: tuple[str, ...]
    preferred_skills: tuple[str, ...]
    places: tuple[Place, ...]
    remote_countries: tuple[str, ...]
    workplace: str
    office_days: int | None
    employment_type: str
    seniority: str
    years_minimum: int | None
    industry: str
    pay: StatedPay | None
    annual_pay: AnnualPay | None


@cache
def reader_version() -> str:
    """The version of the rules and of the words they read with: equal versions read equal postings equally."""
    return f"{READER_VERSION}+{taxonomy().version}"[:50]


def read_posting(posting: Posting, *, text: str) -> PostingRead:
    """Read a posting; `text` is the plain text of its description. Pay that the source states goes before pay in the text."""
    skills = read_skills(title=posting.title, text=text, employer=posting.company)
    places = read_places(posting.location)
    experience = read_experience(text)
    years = experience.minimum if experience else None
    workplace = read_workplace(
        location=posting.location, title=posting.title, text=text, stated=posting.remote
    )
    pay = posting.pay or read_pay(text, country=country_of(places))
    return PostingRead(
        required_skills=skills.required,
        preferred_skills=skills.preferred,
        places=places.places,
        remote_countries=_remote_countries(places, workplace),
        workplace=workplace,
        office_days=read_office_days(
            location=posting.location, title=posting.title, text=text, workplace=workplace
        ),
        employment_type=read_employment(title=posting.title, text=text, stated=posting.employment_type),
        seniority=read_seniority(title=posting.title, text=text, years=years),
        years_minimum=years,
        industry=read_industry(
            company=posting.company, title=posting.title, text=text, stated=posting.industry
        ),
        pay=pay,
        annual_pay=annualize(pay) if pay else None,
    )


def country_of(places: PlacesRead) -> str:
    """Give the country whose currency a posting means: of its first place, else the only one it may be done from."""
    if places.places:
        return places.places[0].country
    return places.remote_countries[0] if len(places.remote_countries) == 1 else ""


def _remote_countries(places: PlacesRead, workplace: str) -> tuple[str, ...]:
    """Give the countries of remote work: no country at all would mean that none is stated."""
    if places.anywhere and workplace == REMOTE:
        return tuple(sorted(gazetteer().countries))
    return places.remote_countries
