"""Himalayas' feed of remote jobs, twenty at a time whatever is asked for, with closing dates."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from matching.posting import Posting
from matching.sources import fields
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms

MOST = 2_000
"""The newest of about a hundred thousand: a reading of all of them would take five thousand requests."""


class Himalayas(Source):
    """Himalayas' newest jobs."""

    kind = "himalayas"
    label = "Himalayas"
    terms = Terms(
        url="https://himalayas.app/api",
        summary=_("Each job is shown with a link to its page at Himalayas, which is named as its source."),
        attribution="Himalayas (himalayas.app)",
    )
    pace = Pace(seconds=3, burst=2)
    every = timedelta(hours=8)
    is_whole = False

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """Twenty jobs from the cursor on, which counts those before."""
        offset = int(cursor or 0)
        found = fields.listed(ask(f"https://himalayas.app/jobs/api?limit=20&offset={offset}"), "jobs")
        after = offset + len(found)
        return Page(found, next=str(after) if found and after < MOST else "")

    def number(self, raw: Raw) -> str:
        """Its guid, which is an address."""
        return fields.number(raw, "guid")

    def read(self, raw: Raw, board: str) -> Posting:
        """A job; its times are seconds or thousandths of them."""
        text, is_html = fields.description(raw, "description")
        url = fields.address(raw, "applicationLink")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "title"),
            company=fields.company(raw, "companyName"),
            location=fields.joined(fields.lines(raw, "locationRestrictions")),
            remote=True,
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=url,
            posted_at=fields.moment(raw, "pubDate"),
            closes_at=fields.moment(raw, "expiryDate"),
            pay=fields.readable_pay(
                raw,
                "minSalary",
                "maxSalary",
                currency=fields.line(raw, "currency"),
                # Older answers name no period, and mean years.
                period=fields.line(raw, "salaryPeriod") or "year",
            ),
            employment_type=fields.line(raw, "employmentType"),
            raw=fields.rest(raw, _TAKEN),
        )


_TAKEN = (
    "guid",
    "title",
    "companyName",
    "description",
    "applicationLink",
    "pubDate",
    "expiryDate",
    "employmentType",
)
