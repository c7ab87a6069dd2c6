"""Hacker News, "Who is hiring?": the comments of the two newest monthly threads, each of them a posting by habit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching.feeds.sanitize import to_text
from matching.posting import COMPANY_LIMIT, LOCATION_LIMIT, TITLE_LIMIT, Posting, PostingInvalid
from matching.sources import fields
from matching.sources.protocol import Ask, Page, Raw, Source, SourceFault, Terms

_THREADS = "https://hn.algolia.com/api/v1/search_by_date?tags=story,author_whoishiring&hitsPerPage=10"
_HIRING = re.compile(r"who is hiring", re.IGNORECASE)
_APART = re.compile(r"\s*[|•]\s*")
_LINK = re.compile(r'href="(https?:(?:&#x2F;|/){2}[^"]+)"')
_HOME_PAGE = re.compile(r"\s*\(?https?://[^\s)]*\)?")
# What tells a part of the first line that it is no title and no place.
_TERMS = re.compile(
    r"^(?:full[- ]?time|part[- ]?time|contract(?:or)?|intern(?:s|ship)?|visa.*|https?://\S+|.*[$€£]\s?\d.*)$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:remote|on-?site|hybrid)\b|,\s*[A-Z]{2}\b", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:engineers?|developers?|designers?|managers?|scientists?|leads?|analysts?|architects?|researchers?|head|director|"
    r"founding|devops|sre|product|marketing|sales|full[- ]?stack|front[- ]?end|back[- ]?end|roles?|positions?|cto|vp)\b",
    re.IGNORECASE,
)


class HackerNews(Source):
    """Comments under "Ask HN: Who is hiring?"."""

    kind = "hackernews"
    label = "Hacker News: Who is hiring?"
    terms = Terms(
        url="https://hn.algolia.com/api",
        summary=gettext_lazy("Each posting is shown with a link to the comment that it was read from."),
        attribution="Hacker News (news.ycombinator.com)",
    )
    every = timedelta(hours=4)

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """The comments of one thread; the cursor holds the thread after it."""
        threads = cursor.split(",") if cursor else self._threads(ask)
        answer = ask(f"https://hn.algolia.com/api/v1/items/{threads[0]}")
        return Page(fields.listed(answer, "children"), next=",".join(threads[1:]))

    def number(self, raw: Raw) -> str:
        """The comment's number."""
        return fields.number(raw, "id")

    def is_listed(self, raw: Raw) -> bool:
        """Comments that were taken back have no text."""
        return bool(raw.get("text"))

    def read(self, raw: Raw, board: str) -> Posting:
        """A comment whose first line names employer and role, apart by bars, as most do."""
        text, is_html = fields.description(raw, "text")
        first = to_text(text.partition("<p>")[0] if is_html else text.partition("\n")[0])
        company, title, places = _read_first_line(" ".join(first.split()))
        link = _LINK.search(text)
        url = f"https://news.ycombinator.com/item?id={self.number(raw)}"
        return Posting(
            external_id=self.number(raw),
            title=title[:TITLE_LIMIT],
            company=company[:COMPANY_LIMIT],
            location=fields.joined(places)[:LOCATION_LIMIT],
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=fields.address({"link": link[1].replace("&#x2F;", "/")}, "link") if link else url,
            posted_at=fields.moment(raw, "created_at"),
            raw=fields.rest(raw, ("id", "text", "children", "created_at", "created_at_i", "author")),
        )

    def _threads(self, ask: Ask) -> list[str]:
        hits: list[Any] = fields.listed(ask(_THREADS), "hits")
        found = [
            str(hit["objectID"])
            for hit in hits
            if isinstance(hit, dict)
            and _HIRING.search(str(hit.get("title")))
            and str(hit.get("objectID", "")).isdecimal()
        ]
        if not found:
            raise SourceFault("malformed", _("no thread “Who is hiring?” among the newest"))
        return found[:2]


def _read_first_line(line: str) -> tuple[str, str, Sequence[str]]:
    """Employer, title and places of a first line: the employer stands first, the title is the part that reads like one."""
    parts = [part for part in _APART.split(line) if part]
    if len(parts) < 2:
        reason = _("The first line does not name an employer and a role apart by “|”.")
        raise PostingInvalid("text", reason)
    company = _HOME_PAGE.sub("", parts[0]).strip()
    others = [part for part in parts[1:] if not _TERMS.match(part)]
    places = [part for part in others if _PLACE.search(part) and not _ROLE.search(part)]
    titles = [part for part in others if part not in places]
    roles = [part for part in titles if _ROLE.search(part)]
    if not (roles or titles):
        raise PostingInvalid("text", _("The first line names no role."))
    title = (roles or titles)[0]
    # What is neither a role nor a workplace in words is mostly a town.
    places += [part for part in titles if part != title and not _ROLE.search(part) and len(part) <= 60]
    return company, title, places
