"""SmartRecruiters' public postings: a list, a hundred at a time, and an answer of its own for each posting's text."""

from __future__ import annotations

import re
from urllib.parse import quote

from django.utils.translation import gettext_lazy

from matching.posting import Posting
from matching.sources import fields
from matching.sources.addresses import find_board, find_number
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms

PAGE = 100
_API = "https://api.smartrecruiters.com/v1/companies"
_BOARD = re.compile(
    r"(?:jobs|careers)\.smartrecruiters\.com/(?P<board>[^/?#]+)(?:/(?P<number>[0-9]+))?"
    r"|api\.smartrecruiters\.com/v1/companies/(?P<board2>[^/?#]+)(?:/postings/(?P<number2>[0-9]+))?"
)
_SECTIONS = ("companyDescription", "jobDescription", "qualifications", "additionalInformation")


class SmartRecruiters(Source):
    """Boards of SmartRecruiters; it takes ten requests a second and eight at once, and is asked for less."""

    kind = "smartrecruiters"
    label = "SmartRecruiters"
    terms = Terms(url="https://developers.smartrecruiters.com/docs/posting-api")
    board_hint = gettext_lazy(
        "the company's name in its board's address: careers.smartrecruiters.com/NAME. A name that it does not know looks like a "
        "company without openings."
    )
    pace = Pace(seconds=0.25, burst=4, together=2)
    has_details = True
    is_first_party = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """A hundred postings from the cursor on, which counts those before."""
        offset = int(cursor or 0)
        answer = ask(f"{_API}/{quote(board, safe='')}/postings?limit={PAGE}&offset={offset}")
        found = fields.listed(answer, "content")
        total = fields.count(answer, "totalFound")
        more = bool(found) and (total is None or offset + len(found) < total)
        return Page(found, next=str(offset + len(found)) if more else "", total=total)

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def complete(self, ask: Ask, board: str, raw: Raw) -> Raw:
        """The posting with its text."""
        answer = ask(f"{_API}/{quote(board, safe='')}/postings/{quote(self.number(raw), safe='')}")
        return fields.listed_object(raw, answer)

    def read(self, raw: Raw, board: str) -> Posting:
        """A posting; each part of its text has a heading."""
        parts = [name for name in _SECTIONS if fields.take(raw, f"jobAd.sections.{name}.text")]
        text, is_html = fields.description(raw, *(f"jobAd.sections.{name}.text" for name in parts))
        number = self.number(raw)
        url = fields.address(raw, "postingUrl")
        return Posting(
            external_id=number,
            title=fields.title(raw, "name"),
            company=fields.company(raw, "company.name") or board,
            location=_location(raw),
            remote=_remote(raw),
            description=text,
            description_is_html=is_html,
            url=url or f"https://jobs.smartrecruiters.com/{quote(board, safe='')}/{quote(number, safe='')}",
            apply_url=fields.address(raw, "applyUrl") or url,
            posted_at=fields.moment(raw, "releasedDate"),
            employment_type=fields.line(raw, "typeOfEmployment.label"),
            industry=fields.line(raw, "industry.label"),
            raw=fields.rest(raw, _TAKEN),
        )

    def find_board(self, address: str) -> str:
        """The company in an address of its board."""
        return find_board(_BOARD, address)

    def find_posting(self, address: str) -> str:
        """The number of the posting that an address of the board leads to."""
        return find_number(_BOARD, address)


_TAKEN = ("id", "name", "jobAd", "postingUrl", "applyUrl", "releasedDate", "typeOfEmployment", "industry")


def _location(raw: Raw) -> str:
    whole = fields.location(raw, "location.fullLocation")
    parts = (fields.line(raw, f"location.{name}") for name in ("city", "region", "country"))
    return whole or fields.comma(*(part.upper() if len(part) == 2 else part for part in parts))


def _remote(raw: Raw) -> bool | None:
    """True where the posting says so, and not where it says hybrid; false is what it says where nobody chose."""
    return True if fields.flag(raw, "location.remote") and not fields.flag(raw, "location.hybrid") else None
