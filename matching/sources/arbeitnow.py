"""Arbeitnow's job board API: the newest jobs of Europe, page by page, without pay."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from matching.posting import Posting
from matching.sources import fields
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms

MOST_PAGES = 30


class Arbeitnow(Source):
    """Arbeitnow's jobs."""

    kind = "arbeitnow"
    label = "Arbeitnow"
    terms = Terms(
        url="https://www.arbeitnow.com/api",
        summary=_("Each job is shown with a link to its page at Arbeitnow, which is named as its source."),
        attribution="Arbeitnow (arbeitnow.com)",
    )
    pace = Pace(seconds=5, burst=1)
    every = timedelta(hours=4)
    is_whole = False

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """One page; the next is counted here, because the addresses that it gives are not always its own."""
        number = int(cursor or 1)
        found = fields.listed(ask(f"https://www.arbeitnow.com/api/job-board-api?page={number}"), "data")
        return Page(found, next=str(number + 1) if found and number < MOST_PAGES else "")

    def number(self, raw: Raw) -> str:
        """Its slug."""
        return fields.number(raw, "slug")

    def read(self, raw: Raw, board: str) -> Posting:
        """A job."""
        text, is_html = fields.description(raw, "description")
        url = fields.address(raw, "url")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "title"),
            company=fields.company(raw, "company_name"),
            location=fields.location(raw, "location"),
            remote=fields.flag(raw, "remote") or None,
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=url,
            posted_at=fields.moment(raw, "created_at"),
            employment_type=", ".join(fields.lines(raw, "job_types"))[:255],
            raw=fields.rest(raw, _TAKEN),
        )


_TAKEN = ("slug", "title", "company_name", "location", "description", "url", "created_at", "job_types")
