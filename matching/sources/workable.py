"""Workable's widget: all postings of a company in one answer, texts included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy

from matching.posting import Posting
from matching.sources import fields
from matching.sources.addresses import find_board, find_number
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms

_BOARD = re.compile(r"apply\.workable\.com/(?:api/v1/widget/accounts/)?(?P<board>[A-Za-z0-9_-]+)")
_POSTING = re.compile(r"apply\.workable\.com/(?:[A-Za-z0-9_-]+/)?j/(?P<number>[0-9A-Z]+)")


class Workable(Source):
    """Boards of Workable, which may refuse for hours: that closes nothing."""

    kind = "workable"
    label = "Workable"
    terms = Terms(url="https://help.workable.com/hc/en-us/articles/115012771647")
    board_hint = gettext_lazy("the company's name in its board's address: apply.workable.com/NAME")
    pace = Pace(seconds=2.0, burst=1)
    is_one_page = True
    is_first_party = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All postings at once, each with the company's name."""
        answer = ask(
            f"https://apply.workable.com/api/v1/widget/accounts/{quote(board, safe='')}?details=true"
        )
        found = fields.listed(answer, "jobs")
        name = answer.json.get("name")
        return Page([each | {"company": name} if isinstance(each, dict) else each for each in found])

    def number(self, raw: Raw) -> str:
        """Its short code."""
        return fields.number(raw, "shortcode")

    def read(self, raw: Raw, board: str) -> Posting:
        """A posting; what it calls state is the region of its place."""
        text, is_html = fields.description(raw, "full_description")
        if not text:
            text, is_html = fields.description(raw, "description")
        url = fields.address(raw, "url") or fields.address(raw, "shortlink")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "title"),
            company=fields.company(raw, "company") or board,
            location=_location(raw),
            remote=fields.flag(raw, "telecommuting") or None,
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=fields.address(raw, "application_url") or url,
            posted_at=fields.moment(raw, "published_on") or fields.moment(raw, "created_at"),
            employment_type=fields.line(raw, "employment_type"),
            industry=fields.line(raw, "industry"),
            raw=fields.rest(raw, _TAKEN),
        )

    def find_board(self, address: str) -> str:
        """The company in an address of its board."""
        return find_board(_BOARD, address)

    def find_posting(self, address: str) -> str:
        """The short code in an address of a posting, which need not name the company."""
        return find_number(_POSTING, address)


_TAKEN = (
    *(
        "shortcode",
        "title",
        "company",
        "full_description",
        "description",
        "url",
        "shortlink",
        "application_url",
    ),
    *("published_on", "employment_type", "industry"),
)


def _location(raw: Raw) -> str:
    places = [_place(each, "region") for each in fields.objects(raw, "locations") if not each.get("hidden")]
    return fields.joined(places or [_place(raw, "state")])


def _place(each: Mapping[str, Any], region: str) -> str:
    return fields.comma(*(fields.line(each, name) for name in ("city", region, "country")))
