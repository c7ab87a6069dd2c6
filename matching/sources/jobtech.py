"""JobTech, the openings of the Swedish employment service, a hundred at a time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from matching.posting import Posting
from matching.sources import fields
from matching.sources.addresses import find_number
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms
from matching.sources.queries import check_query, read_query

PAGE = 100
MOST = 2_000
"""It answers nothing beyond this offset: a query with more openings lists the newest of them."""
_POSTING = re.compile(r"arbetsformedlingen\.se/platsbanken/annonser/(?P<number>[0-9]+)")


class JobTech(Source):
    """Openings of Platsbanken that a query finds."""

    kind = "jobtech"
    label = "JobTech (Platsbanken)"
    terms = Terms(
        url="https://jobtechdev.se/en/components/jobsearch",
        summary=_(
            "Openings are open data of the Swedish employment service, which is named as their source."
        ),
        attribution="Arbetsförmedlingen (JobTech)",
    )
    board_hint = _(
        "q=…, occupation-field=…, municipality=…, region=… or remote=true; or nothing for the newest of all"
    )
    pace = Pace(seconds=1, burst=3)
    every = timedelta(hours=6)
    is_whole = False

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """A hundred openings from the cursor on, which counts those before, newest first."""
        offset = int(cursor or 0)
        asked = urlencode({**read_query(board), "offset": offset, "limit": PAGE, "sort": "pubdate-desc"})
        found = fields.listed(ask(f"https://jobsearch.api.jobtechdev.se/search?{asked}"), "hits")
        after = offset + len(found)
        return Page(found, next=str(after) if len(found) >= PAGE and after <= MOST else "")

    def check_board(self, board: str) -> str:
        """A query of its filters."""
        return check_query(board, known=("q", "occupation-field", "municipality", "region", "remote"))

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def is_listed(self, raw: Raw) -> bool:
        """Openings that were taken back say so."""
        return not raw.get("removed")

    def read(self, raw: Raw, board: str) -> Posting:
        """An opening; the skills that it names as data are put below its text, where they are read like any other."""
        text, is_html = fields.description(raw, "description.text_formatted")
        if not text:
            text, is_html = fields.description(raw, "description.text")
        url = fields.address(raw, "webpage_url")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "headline"),
            company=fields.company(raw, "employer.name"),
            location=_location(raw),
            description=text + _skills(raw, is_html=is_html),
            description_is_html=is_html,
            url=url,
            apply_url=fields.address(raw, "application_details.url") or url,
            posted_at=fields.moment(raw, "publication_date"),
            closes_at=fields.moment(raw, "application_deadline", end_of_day=True),
            employment_type=fields.line(raw, "working_hours_type.label"),
            raw=fields.rest(raw, _TAKEN),
        )

    def find_posting(self, address: str) -> str:
        """The number in an address of Platsbanken."""
        return find_number(_POSTING, address)


_TAKEN = (
    *("id", "headline", "description", "webpage_url", "publication_date", "application_deadline"),
    *("must_have", "nice_to_have", "working_hours_type"),
)


def _location(raw: Raw) -> str:
    place = fields.take(raw, "workplace_address")
    if not isinstance(place, dict):
        return ""
    town = fields.line(place, "municipality") or fields.line(place, "city")
    return fields.comma(town, fields.line(place, "region"), fields.line(place, "country"))


def _skills(raw: Raw, *, is_html: bool) -> str:
    said = [("Required skills", "must_have"), ("Nice to have", "nice_to_have")]
    told = []
    for heading, name in said:
        part: Any = fields.take(raw, name)
        labels = (
            [fields.line(each, "label") for each in fields.objects(raw, f"{name}.skills")] if part else []
        )
        if labels:
            told.append(f"{heading}:\n" + "\n".join(f"- {label}" for label in labels))
    if not told:
        return ""
    plain = "\n\n" + "\n\n".join(told)
    return plain.replace("\n", "<br>") if is_html else plain
