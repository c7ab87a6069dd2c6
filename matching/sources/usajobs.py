"""USAJOBS: the openings of the US Government, with pay and closing dates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from matching.pay import StatedPay
from matching.posting import Posting
from matching.sources import fields
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms
from matching.sources.queries import check_query, read_query

PAGE = 250
_PERIODS = {
    "Per Year": "year",
    "PA": "year",
    "Per Hour": "hour",
    "PH": "hour",
    "Per Day": "day",
    "PD": "day",
    "Per Week": "week",
    "WK": "week",
    "Per Month": "month",
    "PM": "month",
}
_FILTERS = ("Keyword", "PositionTitle", "LocationName", "JobCategoryCode", "Organization", "RemoteIndicator")


class UsaJobs(Source):
    """Openings at USAJOBS."""

    kind = "usajobs"
    label = "USAJOBS"
    terms = Terms(
        url="https://developer.usajobs.gov/general/terms-of-use",
        summary=_(
            "Openings are works of the US Government. Requests carry the key and the address that USAJOBS gave it to."
        ),
        attribution="USAJOBS, U.S. Office of Personnel Management",
    )
    board_hint = _(
        "Keyword=…, PositionTitle=…, LocationName=…, JobCategoryCode=…, Organization=… or RemoteIndicator=True; or nothing"
    )
    settings = ("USAJOBS_EMAIL", "USAJOBS_KEY")
    pace = Pace(seconds=2, burst=2)
    every = timedelta(hours=8)
    is_first_party = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """One page of 250, counted from 1."""
        number = int(cursor or 1)
        asked = {**read_query(board), "Page": str(number), "ResultsPerPage": str(PAGE)}
        headers = {"User-Agent": settings.USAJOBS_EMAIL, "Authorization-Key": settings.USAJOBS_KEY}
        answer = ask(f"https://data.usajobs.gov/api/Search?{urlencode(asked)}", headers=headers)
        found = fields.listed(answer, "SearchResult.SearchResultItems")
        total = fields.count(answer, "SearchResult.SearchResultCountAll")
        more = bool(found) and (total is None or number * PAGE < total)
        return Page(found, next=str(number + 1) if more else "", total=total)

    def check_board(self, board: str) -> str:
        """A query of its filters."""
        return check_query(board, known=_FILTERS)

    def number(self, raw: Raw) -> str:
        """The number of its announcement."""
        return fields.number(raw, "MatchedObjectId")

    def read(self, raw: Raw, board: str) -> Posting:
        """An announcement."""
        inner = _inner(raw)
        text, is_html = fields.description(
            inner, "UserArea.Details.JobSummary", "QualificationSummary", "UserArea.Details.Education"
        )
        places = [fields.location(each, "LocationName") for each in fields.objects(inner, "PositionLocation")]
        url = fields.address(inner, "PositionURI")
        apply_urls = fields.lines(inner, "ApplyURI")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(inner, "PositionTitle"),
            company=fields.company(inner, "OrganizationName"),
            location=fields.joined(places) or fields.location(inner, "PositionLocationDisplay"),
            remote=fields.flag(inner, "UserArea.Details.RemoteIndicator") or None,
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=fields.address({"ApplyURI": apply_urls[0]}, "ApplyURI") if apply_urls else url,
            posted_at=fields.moment(inner, "PublicationStartDate"),
            closes_at=fields.moment(inner, "ApplicationCloseDate", end_of_day=True),
            pay=_pay(inner),
            employment_type=fields.comma(
                *(fields.line(each, "Name") for each in fields.objects(inner, "PositionSchedule"))
            ),
            industry="",
            raw=fields.rest(inner, _TAKEN),
        )


_TAKEN = (
    "PositionTitle",
    "QualificationSummary",
    "PositionURI",
    "ApplyURI",
    "PublicationStartDate",
    "ApplicationCloseDate",
)


def _inner(raw: Raw) -> dict[str, Any]:
    found = fields.take(raw, "MatchedObjectDescriptor")
    return found if isinstance(found, dict) else {}


def _pay(inner: Raw) -> StatedPay | None:
    for each in fields.objects(inner, "PositionRemuneration"):
        period = _PERIODS.get(fields.line(each, "RateIntervalCode"), "")
        found = fields.readable_pay(each, "MinimumRange", "MaximumRange", currency="USD", period=period)
        if found is not None:
            return found
    return None
