"""What a posting becomes in the table of jobs: made safe, read, and named by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matching.canonical import canonical_key, opening_key
from matching.feeds.sanitize import Description, clean_description
from matching.posting import Posting
from matching.reading.posting import PostingRead, read_posting, reader_version
from matching.reading.workplace import REMOTE
from matching.sources.registry import posting_key
from personas.companies import company_key


@dataclass(frozen=True, slots=True)
class Prepared:
    """A posting that is new or has changed, made safe and read."""

    posting: Posting
    payload_hash: str
    canonical_key: str
    posting_key: str
    opening_key: str
    description: Description
    read: PostingRead


def prepare(posting: Posting, digest: str, *, first_party: str = "") -> Prepared:
    """Make a posting safe and read it; raises PostingInvalid when its text is too long.

    `digest` is its payload hash; `first_party` the kind of the employer's own board that it stands on, if it stands on one.
    """
    description = clean_description(posting.description, is_html=posting.description_is_html)
    read = read_posting(posting, text=description.text)
    own = f"{first_party}:{posting.external_id}" if first_party else ""
    return Prepared(
        posting=posting,
        payload_hash=digest,
        canonical_key=canonical_key(posting, text=description.text),
        posting_key=own or posting_key(posting.apply_url, posting.url),
        opening_key=opening_key(posting, places=_name_places(read)),
        description=description,
        read=read,
    )


def _name_places(read: PostingRead) -> Iterator[str]:
    for place in read.places:
        yield f"{place.city or place.region}, {place.country}"
    if read.workplace == REMOTE and read.remote_countries and not read.places:
        yield f"remote: {' '.join(read.remote_countries)}"


def job_columns(each: Prepared, *, now: datetime, closed_at: datetime | None) -> dict[str, Any]:
    """The columns of a job that follow its posting; the others belong to the first sight of it."""
    posting, read = each.posting, each.read
    pay, annual = read.pay, read.annual_pay
    return {
        "canonical_key": each.canonical_key,
        "posting_key": each.posting_key,
        "opening_key": each.opening_key,
        "title": posting.title,
        "company": posting.company,
        "company_key": company_key(posting.company)[:255],
        "location": posting.location,
        "places": [place.as_dict() for place in read.places],
        "remote_countries": list(read.remote_countries),
        "workplace": read.workplace,
        "employment_type": read.employment_type,
        "seniority": read.seniority,
        "years_minimum": read.years_minimum,
        "office_days": read.office_days,
        "pay_minimum": pay.minimum if pay else None,
        "pay_maximum": pay.maximum if pay else None,
        "pay_currency": pay.currency if pay else "",
        "pay_period": pay.period if pay else "",
        "pay_annual_minimum": annual.minimum if annual else None,
        "pay_annual_maximum": annual.maximum if annual else None,
        "pay_assumption": annual.assumption if annual else "",
        "industry": read.industry,
        "description_html": each.description.html,
        "description_text": each.description.text,
        "required_skills": list(read.required_skills),
        "preferred_skills": list(read.preferred_skills),
        "url": posting.url,
        "apply_url": posting.apply_url,
        "posted_at": posting.posted_at,
        "closes_at": posting.closes_at,
        "last_seen_at": now,
        "closed_at": closed_at,
        "payload_hash": each.payload_hash,
        "reader_version": reader_version(),
        "raw": dict(posting.raw),
    }
