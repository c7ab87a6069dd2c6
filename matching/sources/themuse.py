"""The Muse's public jobs, twenty a page."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from matching.posting import Posting
from matching.sources import fields
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms
from matching.sources.queries import check_query, read_query

MOST_PAGES = 100
"""It answers no page beyond this one."""


class TheMuse(Source):
    """The Muse's jobs; 500 requests an hour without a key, 3,600 with one."""

    kind = "themuse"
    label = "The Muse"
    terms = Terms(
        url="https://www.themuse.com/developers/api/v2",
        summary=_("Each job is shown with a link to its page at The Muse, which is named as its source."),
        attribution="The Muse (themuse.com)",
    )
    board_hint = _("category=…, level=…, location=… or company=…, or nothing for the newest of all")
    pace = Pace(seconds=8, burst=20)
    every = timedelta(hours=8)
    is_whole = False

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """One page, counted from 0."""
        number = int(cursor or 0)
        asked = {"page": str(number), **read_query(board)}
        if settings.THEMUSE_API_KEY:
            asked["api_key"] = settings.THEMUSE_API_KEY
        answer = ask(f"https://www.themuse.com/api/public/jobs?{urlencode(asked)}")
        found = fields.listed(answer, "results")
        last = min(fields.count(answer, "page_count") or 0, MOST_PAGES)
        return Page(found, next=str(number + 1) if found and number + 1 < last else "")

    def check_board(self, board: str) -> str:
        """A query of its four filters."""
        return check_query(board, known=("category", "level", "location", "company"))

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def read(self, raw: Raw, board: str) -> Posting:
        """A job; one of its places may be "Flexible / Remote"."""
        text, is_html = fields.description(raw, "contents")
        places = [fields.location(each, "name") for each in fields.objects(raw, "locations")]
        url = fields.address(raw, "refs.landing_page")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "name"),
            company=fields.company(raw, "company.name"),
            location=fields.joined(places),
            remote=True if len(places) == 1 and "remote" in places[0].lower() else None,
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=url,
            posted_at=fields.moment(raw, "publication_date"),
            raw=fields.rest(raw, _TAKEN),
        )


_TAKEN = ("id", "name", "contents", "locations", "refs", "publication_date")
