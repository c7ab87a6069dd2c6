"""Lever's public postings: a plain list of a company's postings, a hundred at a time, from either of its two hosts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy

from matching.posting import Posting
from matching.sources import fields
from matching.sources.addresses import find_board, find_number
from matching.sources.protocol import Ask, Page, Raw, Source, Terms

PAGE = 100
_ADDRESS = (
    r"(?:jobs|api)\.{host}lever\.co/(?:v0/postings/)?(?P<board>[^/?#]+)(?:/(?P<number>[0-9a-f-]{{36}}))?"
)
_PERIODS = {
    "per-year-salary": "year",
    "per-month-salary": "month",
    "per-week-salary": "week",
    "per-day-wage": "day",
    "per-hour-wage": "hour",
}
_WORKPLACES = {"remote": True, "on-site": False, "onsite": False}


class Lever(Source):
    """Boards of Lever."""

    kind = "lever"
    label = "Lever"
    terms = Terms(url="https://github.com/lever/postings-api")
    board_hint = gettext_lazy("the company's name in its board's address: jobs.lever.co/NAME")
    is_first_party = True
    host = "https://api.lever.co"
    address = re.compile(_ADDRESS.format(host=""))

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """A hundred postings from the cursor on, which counts those before."""
        skip = int(cursor or 0)
        answer = ask(
            f"{self.host}/v0/postings/{quote(board, safe='')}?mode=json&skip={skip}&limit={PAGE}",
            headers={"Accept": "application/json"},
        )
        found = fields.listed(answer, "")
        return Page(found, next=str(skip + PAGE) if len(found) >= PAGE else "")

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def read(self, raw: Raw, board: str) -> Posting:
        """A posting; the text stands in an opening, lists with headings, and a closing."""
        text, is_html = fields.description({"text": _text(raw)}, "text")
        places = fields.lines(raw, "categories.allLocations") or [fields.location(raw, "categories.location")]
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "text"),
            company=board,
            location=fields.joined(places),
            remote=_WORKPLACES.get(fields.line(raw, "workplaceType").lower()),
            description=text,
            description_is_html=is_html,
            url=fields.address(raw, "hostedUrl"),
            apply_url=fields.address(raw, "applyUrl"),
            posted_at=fields.moment(raw, "createdAt"),
            pay=fields.readable_pay(
                raw,
                "salaryRange.min",
                "salaryRange.max",
                currency=fields.line(raw, "salaryRange.currency"),
                period=_PERIODS.get(fields.line(raw, "salaryRange.interval"), ""),
            ),
            employment_type=fields.line(raw, "categories.commitment"),
            raw=fields.rest(raw, _TAKEN),
        )

    def find_board(self, address: str) -> str:
        """The company in an address of its board."""
        return find_board(self.address, address)

    def find_posting(self, address: str) -> str:
        """The number of the posting that an address of the board leads to."""
        return find_number(self.address, address)


class LeverEU(Lever):
    """Boards of Lever whose data stays in the European Union."""

    kind = "lever_eu"
    label = "Lever (EU)"
    board_hint = gettext_lazy("the company's name in its board's address: jobs.eu.lever.co/NAME")
    host = "https://api.eu.lever.co"
    address = re.compile(_ADDRESS.format(host=r"eu\."))


_TAKEN = (
    *("id", "text", "hostedUrl", "applyUrl", "createdAt", "lists"),
    *(
        name + plain
        for name in ("description", "descriptionBody", "opening", "additional")
        for plain in ("", "Plain")
    ),
)


def _text(raw: Raw) -> str:
    parts = [fields.take(raw, "description")]
    for each in fields.objects(raw, "lists"):
        parts.append(f"<h3>{html.escape(fields.line(each, 'text'))}</h3>")
        parts.append(f"<ul>{_stated(each, 'content')}</ul>")
    parts += [fields.take(raw, "salaryDescription"), fields.take(raw, "additional")]
    return "\n".join(part for part in parts if isinstance(part, str) and part.strip())


def _stated(each: Mapping[str, Any], name: str) -> str:
    value = fields.take(each, name)
    return value if isinstance(value, str) else ""
