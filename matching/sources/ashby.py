"""Ashby's public job boards: all postings of a company in one answer, with pay where the company shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy

from matching.pay import StatedPay
from matching.posting import Posting
from matching.sources import fields
from matching.sources.addresses import find_board, find_number
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms

_BOARD = re.compile(
    r"jobs\.ashbyhq\.com/(?P<board>[^/?#]+)(?:/(?P<number>[0-9a-f]{8}-[0-9a-f-]{27}))?"
    r"|api\.ashbyhq\.com/posting-api/job-board/(?P<board2>[^/?#]+)"
)
# What one amount of each interval is a part of: our periods know no fortnight and no quarter.
_PERIODS = {"1 HOUR": "hour", "1 DAY": "day", "1 WEEK": "week", "1 MONTH": "month", "1 YEAR": "year"}
_WORKPLACES = {"Remote": True, "OnSite": False}
_EMPLOYMENT = {"FullTime": "full-time", "PartTime": "part-time", "Intern": "internship"}


class Ashby(Source):
    """Boards of Ashby, which answers slowly: one request at a time."""

    kind = "ashby"
    label = "Ashby"
    terms = Terms(url="https://developers.ashbyhq.com/docs/public-job-posting-api")
    board_hint = gettext_lazy("the company's name in its board's address: jobs.ashbyhq.com/NAME")
    pace = Pace(seconds=2.0, burst=1)
    every = timedelta(hours=6)
    is_one_page = True
    is_first_party = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All postings at once."""
        answer = ask(
            f"https://api.ashbyhq.com/posting-api/job-board/{quote(board, safe='')}?includeCompensation=true"
        )
        return Page(fields.listed(answer, "jobs"))

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def is_listed(self, raw: Raw) -> bool:
        """What a company does not list is for those who have its address."""
        return raw.get("isListed") is not False

    def read(self, raw: Raw, board: str) -> Posting:
        """A posting; the workplace goes before the older yes or no about remote work."""
        text, is_html = fields.description(raw, "descriptionHtml")
        if not text:
            text, is_html = fields.description(raw, "descriptionPlain")
        workplace = fields.line(raw, "workplaceType")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "title"),
            company=board,
            location=_location(raw),
            remote=_WORKPLACES.get(workplace) if workplace else fields.flag(raw, "isRemote") or None,
            description=text,
            description_is_html=is_html,
            url=fields.address(raw, "jobUrl"),
            apply_url=fields.address(raw, "applyUrl"),
            posted_at=fields.moment(raw, "publishedAt"),
            pay=_pay(raw),
            employment_type=_EMPLOYMENT.get(stated := fields.line(raw, "employmentType"), stated),
            raw=fields.rest(raw, _TAKEN),
        )

    def find_board(self, address: str) -> str:
        """The company in an address of its board."""
        return find_board(_BOARD, address)

    def find_posting(self, address: str) -> str:
        """The number of the posting that an address of the board leads to."""
        return find_number(_BOARD, address)


_TAKEN = (
    "id",
    "title",
    "descriptionHtml",
    "descriptionPlain",
    "jobUrl",
    "applyUrl",
    "publishedAt",
    "isListed",
)


def _location(raw: Raw) -> str:
    others = [fields.location(each, "location") for each in fields.objects(raw, "secondaryLocations")]
    return fields.joined([fields.location(raw, "location"), *others])


def _pay(raw: Raw) -> StatedPay | None:
    """The first salary that can be read: of the summary, else of the tiers."""
    for each in _components(raw):
        if fields.line(each, "compensationType") != "Salary":
            continue
        period = _PERIODS.get(fields.line(each, "interval"), "")
        currency = fields.line(each, "currencyCode")
        found = fields.readable_pay(each, "minValue", "maxValue", currency=currency, period=period)
        if found is not None:
            return found
    return None


def _components(raw: Raw) -> Iterator[Mapping[str, Any]]:
    if fields.take(raw, "compensation") is None:
        return
    yield from fields.objects(raw, "compensation.summaryComponents")
    for tier in fields.objects(raw, "compensation.compensationTiers"):
        yield from fields.objects(tier, "components")
