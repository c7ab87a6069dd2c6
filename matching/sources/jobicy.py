"""Jobicy's feed of remote jobs: the newest hundred, with two generations of names for pay."""

from __future__ import annotations

import html
from datetime import timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from matching.pay import StatedPay
from matching.posting import Posting
from matching.sources import fields
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms
from matching.sources.queries import check_query, read_query


class Jobicy(Source):
    """Jobicy's newest jobs."""

    kind = "jobicy"
    label = "Jobicy"
    terms = Terms(
        url="https://jobicy.com/jobs-rss-feed",
        summary=_("Each job is shown with a link to its page at Jobicy, which is named as its source."),
        attribution="Jobicy (jobicy.com)",
    )
    board_hint = _("geo=…, industry=… or tag=…, or nothing for all of it")
    pace = Pace(seconds=30, burst=1)
    every = timedelta(hours=6)
    is_whole = False
    is_one_page = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """The newest hundred at once."""
        asked = urlencode({"count": "100", **read_query(board)})
        return Page(fields.listed(ask(f"https://jobicy.com/api/v2/remote-jobs?{asked}"), "jobs"))

    def check_board(self, board: str) -> str:
        """A query of its three filters."""
        return check_query(board, known=("geo", "industry", "tag"))

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def read(self, raw: Raw, board: str) -> Posting:
        """A job; names come escaped."""
        text, is_html = fields.description(raw, "jobDescription")
        url = fields.address(raw, "url")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "jobTitle"),
            company=fields.company(raw, "companyName"),
            location=html.unescape(fields.location(raw, "jobGeo")),
            remote=True,
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=url,
            posted_at=fields.moment(raw, "pubDate"),
            pay=_pay(raw),
            employment_type=", ".join(fields.lines(raw, "jobType"))[:255],
            industry=html.unescape(", ".join(fields.lines(raw, "jobIndustry")))[:255],
            raw=fields.rest(raw, _TAKEN),
        )


_TAKEN = (
    "id",
    "jobTitle",
    "companyName",
    "jobGeo",
    "jobDescription",
    "url",
    "pubDate",
    "jobType",
    "jobIndustry",
)


def _pay(raw: Raw) -> StatedPay | None:
    currency = fields.line(raw, "salaryCurrency")
    older = fields.readable_pay(raw, "annualSalaryMin", "annualSalaryMax", currency=currency, period="year")
    period = fields.line(raw, "salaryPeriod")
    return older or fields.readable_pay(raw, "salaryMin", "salaryMax", currency=currency, period=period)
