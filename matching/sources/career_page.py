"""Any page that describes its openings in schema.org's words, as JSON-LD."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching.feeds.job_posting import find_postings, posting_from_node
from matching.feeds.json_document import Cut, cut_objects, scripts_of
from matching.feeds.json_objects import load_object, mend_object
from matching.posting import Posting, PostingInvalid
from matching.sources.protocol import Ask, Page, Raw, Source, SourceFault, Terms
from matching.sources.rss import Feed

_FAULT = "fault"


class CareerPage(Source):
    """A page at an address of the operator's choice."""

    kind = "page"
    label = gettext_lazy("page with schema.org JobPosting")
    terms = Terms(url="", summary=gettext_lazy("The page’s robots.txt is obeyed."))
    board_hint = gettext_lazy("the address of the page")
    every = timedelta(hours=12)
    is_one_page = True
    is_first_party = True
    obeys_robots = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All postings of the page, and what of its scripts could not be read."""
        answer = ask(self.check_board(board))
        scripts = list(scripts_of(answer.body))
        if not scripts:
            reason = _("no JSON-LD on the page, so no schema.org JobPosting: {opening}")
            raise SourceFault("malformed", reason.format(opening=answer.opening()))
        nodes: list[Any] = []
        faults: list[Any] = []
        for script in scripts:
            for cut in cut_objects(BytesIO(script)):
                try:
                    nodes += find_postings(_load(cut))
                except PostingInvalid as error:
                    faults.append({_FAULT: error.reason})
        return Page([_with_address(node, answer.url if len(nodes) == 1 else "") for node in nodes] + faults)

    def check_board(self, board: str) -> str:
        """An address on the web."""
        return Feed().check_board(board)

    def number(self, raw: Raw) -> str:
        """What the employer calls the posting, else its address."""
        if _FAULT in raw:
            raise PostingInvalid("", raw[_FAULT])
        return posting_from_node(raw).external_id

    def read(self, raw: Raw, board: str) -> Posting:
        """A posting."""
        return posting_from_node(raw)


def _load(cut: Cut) -> Raw:
    if cut.fault:
        raise PostingInvalid("", cut.fault)
    return load_object(mend_object(cut.raw))


def _with_address(node: Mapping[str, Any], page: str) -> Raw:
    """The only posting of a page stands at the page's address where it names none."""
    return {**node} if node.get("url") or not page else {**node, "url": page}
