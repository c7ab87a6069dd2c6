"""Personio's XML of open positions: all of a company's in one answer."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching.posting import Posting
from matching.sources import fields
from matching.sources.addresses import check_label, find_board, find_number
from matching.sources.protocol import Ask, Fetched, Page, Raw, Source, SourceFault, Terms

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_BOARD = re.compile(
    r"(?P<board>[a-z0-9-]+)\.jobs\.personio\.(?:de|com)(?:/job/(?P<number>[0-9]+)|[/?#]|$)", re.IGNORECASE
)


class Personio(Source):
    """Career sites of Personio, whose two domains show the same positions."""

    kind = "personio"
    label = "Personio"
    terms = Terms(url="https://developer.personio.de/docs/retrieving-open-job-positions")
    board_hint = gettext_lazy("the company's name in its site's address: NAME.jobs.personio.com")
    is_one_page = True
    is_first_party = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All positions at once."""
        answer = ask(f"https://{check_label(board)}.jobs.personio.com/xml?language=en")
        return Page([_position(each) for each in _read(answer).iter("position")])

    def check_board(self, board: str) -> str:
        """A name that can stand before a domain."""
        return check_label(board)

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def read(self, raw: Raw, board: str) -> Posting:
        """A position; each part of its text has a heading."""
        parts = [
            f"<h3>{html.escape(fields.line(each, 'name'))}</h3>\n{fields.take(each, 'value') or ''}"
            for each in fields.objects(raw, "jobDescriptions")
        ]
        text, is_html = fields.description({"text": "\n".join(parts)}, "text")
        number = self.number(raw)
        url = f"https://{board}.jobs.personio.com/job/{number}"
        return Posting(
            external_id=number,
            title=fields.title(raw, "name"),
            company=fields.company(raw, "subcompany") or board,
            location=fields.joined([fields.location(raw, "office"), *fields.lines(raw, "additionalOffices")]),
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=url,
            posted_at=fields.moment(raw, "createdAt"),
            employment_type=_employment(raw),
            raw=fields.rest(raw, _TAKEN),
        )

    def find_board(self, address: str) -> str:
        """The company before the domain."""
        return find_board(_BOARD, address)

    def find_posting(self, address: str) -> str:
        """The number of the position that an address of the site leads to."""
        return find_number(_BOARD, address)


_TAKEN = ("id", "name", "subcompany", "jobDescriptions", "createdAt", "employmentType", "schedule")


def _read(answer: Fetched) -> Element:
    try:
        root: Element = fromstring(answer.body)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise SourceFault("malformed", _("not XML: {opening}").format(opening=answer.opening())) from None
    if root.tag != "workzag-jobs":
        reason = _("no list of positions in its answer: {opening}")
        raise SourceFault("malformed", reason.format(opening=answer.opening()))
    return root


def _position(node: Element) -> Raw:
    raw: Raw = {each.tag: (each.text or "").strip() for each in node if not len(each)}
    raw["additionalOffices"] = [office.text or "" for office in node.iterfind("additionalOffices/office")]
    raw["jobDescriptions"] = [
        {"name": each.findtext("name", "").strip(), "value": each.findtext("value", "").strip()}
        for each in node.iterfind("jobDescriptions/jobDescription")
    ]
    return raw


def _employment(raw: Raw) -> str:
    """How much somebody works (full-time) tells more than on which terms (permanent)."""
    return fields.comma(fields.line(raw, "schedule"), fields.line(raw, "employmentType"))
