"""Greenhouse's public job boards: all open postings of a company in one answer, texts included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy

from matching.posting import LOCATION_LIMIT, Posting
from matching.sources import fields
from matching.sources.addresses import find_board, find_number
from matching.sources.protocol import Ask, Page, Raw, Source, Terms

_BOARD = re.compile(
    r"(?:boards|job-boards)(?:\.eu)?\.greenhouse\.io/(?:embed/job_(?:board|app)/?(?:js)?\?(?:[^#]*&)?for=)?"
    r"(?P<board>[^/?#&]+)(?:/jobs/(?P<number>[0-9]+))?"
    r"|boards-api\.greenhouse\.io/v1/boards/(?P<board2>[^/?#]+)(?:/jobs/(?P<number2>[0-9]+))?"
)
_OWN_PAGE = re.compile(r"[?&]gh_jid=(?P<number>[0-9]+)")
_MAIN_PERIOD = "year"


class Greenhouse(Source):
    """Boards of Greenhouse."""

    kind = "greenhouse"
    label = "Greenhouse"
    terms = Terms(url="https://developers.greenhouse.io/job-board.html")
    board_hint = gettext_lazy("the company's name in its board's address: job-boards.greenhouse.io/NAME")
    is_one_page = True
    is_first_party = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All postings at once."""
        answer = ask(
            f"https://boards-api.greenhouse.io/v1/boards/{quote(board, safe='')}/jobs?content=true&pay_transparency=true"
        )
        return Page(fields.listed(answer, "jobs"), total=fields.count(answer, "meta.total"))

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def is_listed(self, raw: Raw) -> bool:
        """Posts for prospects name no job behind them: they are no opening."""
        return "internal_job_id" not in raw or raw["internal_job_id"] is not None

    def read(self, raw: Raw, board: str) -> Posting:
        """A posting; its text comes escaped as a whole."""
        text, is_html = fields.description(raw, "content")
        url = fields.address(raw, "absolute_url")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "title"),
            company=fields.company(raw, "company_name") or board,
            location=_location(raw),
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=url,
            posted_at=fields.moment(raw, "first_published"),
            closes_at=fields.moment(raw, "application_deadline", end_of_day=True),
            pay=_pay(raw),
            raw=fields.rest(raw, _TAKEN),
        )

    def find_board(self, address: str) -> str:
        """The company in an address of a board, also of one that stands in another page."""
        return find_board(_BOARD, address)

    def find_posting(self, address: str) -> str:
        """The number in an address of the board, or of a page of the company's own that shows the posting."""
        own = _OWN_PAGE.search(address)
        return own["number"] if own else find_number(_BOARD, address)


_TAKEN = ("id", "title", "company_name", "content", "absolute_url", "first_published", "application_deadline")


def _location(raw: Raw) -> str:
    stated = fields.line(raw, "location.name", LOCATION_LIMIT)
    if stated:
        return stated
    return fields.joined(fields.line(each, "location") for each in fields.objects(raw, "offices"))


def _pay(raw: Raw) -> Any:
    """The first range that can be read, in hundredths of its currency as Greenhouse states all of them."""
    for each in fields.objects(raw, "pay_input_ranges"):
        whole = {"min": _whole(each, "min_cents"), "max": _whole(each, "max_cents")}
        currency = fields.line(each, "currency_type")
        period = "hour" if "hour" in fields.line(each, "title").lower() else _MAIN_PERIOD
        found = fields.readable_pay(whole, "min", "max", currency=currency, period=period)
        if found is not None:
            return found
    return None


def _whole(each: Mapping[str, Any], name: str) -> float | None:
    cents = fields.take(each, name)
    return cents / 100 if isinstance(cents, int) and not isinstance(cents, bool) else None
