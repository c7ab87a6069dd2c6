"""Recruitee's careers sites: all offers of a company in one answer, with pay where it is stated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from matching.posting import Posting
from matching.sources import fields
from matching.sources.addresses import check_label, find_board
from matching.sources.protocol import Ask, Page, Raw, Source, Terms

_BOARD = re.compile(r"(?P<board>[a-z0-9-]+)\.recruitee\.com(?:[/?#]|$)", re.IGNORECASE)


class Recruitee(Source):
    """Careers sites of Recruitee."""

    kind = "recruitee"
    label = "Recruitee"
    terms = Terms(url="https://docs.recruitee.com/reference/intro-to-careers-site-api")
    board_hint = gettext_lazy("the company's name in its site's address: NAME.recruitee.com")
    is_one_page = True
    is_first_party = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All offers at once."""
        return Page(fields.listed(ask(f"https://{check_label(board)}.recruitee.com/api/offers"), "offers"))

    def check_board(self, board: str) -> str:
        """A name that can stand before a domain."""
        return check_label(board)

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def is_listed(self, raw: Raw) -> bool:
        """What is not published has another status."""
        return raw.get("status") in (None, "published")

    def read(self, raw: Raw, board: str) -> Posting:
        """An offer; description and requirements are one text."""
        text, is_html = fields.description(raw, "description", "requirements")
        url = fields.address(raw, "careers_url")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "title"),
            company=fields.company(raw, "company_name") or board,
            location=_location(raw),
            remote=_remote(raw),
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=fields.address(raw, "careers_apply_url") or url,
            posted_at=fields.moment(raw, "published_at"),
            pay=fields.readable_pay(
                raw,
                "salary.min",
                "salary.max",
                currency=fields.line(raw, "salary.currency"),
                period=fields.line(raw, "salary.period"),
            ),
            employment_type=fields.line(raw, "employment_type_code").replace("_", " "),
            raw=fields.rest(raw, _TAKEN),
        )

    def find_board(self, address: str) -> str:
        """The company before the domain."""
        return find_board(_BOARD, address)


_TAKEN = (
    *("id", "title", "company_name", "description", "requirements", "careers_url", "careers_apply_url"),
    *("published_at", "employment_type_code", "translations"),
)


def _location(raw: Raw) -> str:
    places = [_place(each) for each in fields.objects(raw, "locations")]
    return fields.joined(places) or fields.location(raw, "location") or _place(raw)


def _place(each: Mapping[str, Any]) -> str:
    return fields.comma(*(fields.line(each, name) for name in ("city", "country")))


def _remote(raw: Raw) -> bool | None:
    if fields.flag(raw, "remote"):
        return True
    return False if fields.flag(raw, "on_site") else None
