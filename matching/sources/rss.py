"""Any RSS or Atom feed of jobs, and We Work Remotely's, whose titles name the employer first."""

from __future__ import annotations

import calendar
import html
from datetime import UTC, datetime, timedelta
from time import struct_time
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import feedparser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching.posting import Posting, PostingInvalid
from matching.retry_after import read_date
from matching.sources import fields
from matching.sources.protocol import Ask, Fetched, Pace, Page, Raw, Source, SourceFault, Terms

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_KEPT = ("id", "title", "link", "summary", "author", "category", "region", "country", "type", "expires_at")
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/xml", "text/xml", "application/rdf+xml")


class Feed(Source):
    """A feed of jobs at an address of the operator's choice."""

    kind = "rss"
    label: ClassVar[StrPromise | str] = gettext_lazy("RSS or Atom feed")
    terms = Terms(
        url="",
        summary=gettext_lazy("Whether its jobs may be shown here is said by whoever publishes the feed."),
    )
    board_hint: ClassVar[StrPromise | str] = gettext_lazy("the address of the feed")
    every = timedelta(hours=3)
    is_whole = False
    is_one_page = True
    obeys_robots = True
    is_remote: ClassVar[bool] = False

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All entries at once."""
        return Page(read_entries(ask(self.check_board(board))))

    def check_board(self, board: str) -> str:
        """An address on the web, encrypted as everything that is asked for is."""
        try:
            parts = urlsplit(board.strip())
        except ValueError:
            parts = urlsplit("")
        if parts.scheme != "https" or not parts.hostname:
            raise ValueError(_("Write the address in full: https://…"))
        return board.strip()

    def number(self, raw: Raw) -> str:
        """What the feed calls the entry, else its address."""
        return fields.number(raw, "id" if raw.get("id") else "link")

    def read(self, raw: Raw, board: str) -> Posting:
        """An entry; feeds name no employer but as an author."""
        return self._posting(raw, title=fields.title(raw, "title"), company=fields.company(raw, "author"))

    def _posting(self, raw: Raw, *, title: str, company: str) -> Posting:
        text, is_html = fields.description(raw, "summary")
        url = fields.address(raw, "link")
        region = html.unescape(fields.location(raw, "region"))
        return Posting(
            external_id=self.number(raw),
            title=title,
            company=company,
            location=region,
            remote=True if self.is_remote else None,
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=url,
            posted_at=fields.moment(raw, "published"),
            closes_at=fields.moment(raw, "expires"),
            employment_type=fields.line(raw, "type"),
            raw=fields.rest(raw, ("id", "title", "link", "summary", "published", "expires", "type")),
        )


class WeWorkRemotely(Feed):
    """We Work Remotely's feed; people apply by way of it."""

    kind = "weworkremotely"
    label = "We Work Remotely"
    terms = Terms(
        url="https://weworkremotely.com/remote-job-rss-feed",
        summary=gettext_lazy(
            "Each job is shown with a link to its page at We Work Remotely, which is named as its source and by way of which people apply."
        ),
        attribution="We Work Remotely (weworkremotely.com)",
    )
    board_hint = ""
    pace = Pace(seconds=30, burst=1)
    is_remote = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All entries at once."""
        return Page(read_entries(ask("https://weworkremotely.com/remote-jobs.rss")))

    def check_board(self, board: str) -> str:
        """It has one feed."""
        return board

    def read(self, raw: Raw, board: str) -> Posting:
        """An entry whose title is "Employer: role"."""
        whole = fields.title(raw, "title")
        company, colon, title = whole.partition(": ")
        if not (colon and title.strip()):
            raise PostingInvalid("title", _("The title does not name an employer before “: ”."))
        return self._posting(raw, title=title.strip(), company=company.strip()[:255])


def read_entries(answer: Fetched) -> list[Any]:
    """The entries of a feed as plain objects; raises SourceFault where the answer is none."""
    media = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    # The charset of the answer counts, where the answer says that it is a feed or a text; sanitizing is done once, elsewhere.
    says = (
        {"content-type": answer.headers["content-type"]}
        if media in _FEEDS or media.startswith("text/")
        else {}
    )
    parsed = feedparser.parse(
        answer.body,
        response_headers=says,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.entries:
        kind = f" ({media})" if media and media not in _FEEDS else ""
        reason = _("no RSS or Atom feed{kind}: {opening}")
        raise SourceFault("malformed", reason.format(kind=kind, opening=answer.opening()))
    return [_entry(each) for each in parsed.entries]


def _entry(each: dict[str, Any]) -> Raw:
    raw: Raw = {name: value for name in _KEPT if isinstance(value := each.get(name), str) and value.strip()}
    content = each.get("content")
    longest = max((part.get("value", "") for part in content or ()), key=len, default="")
    if len(longest) > len(raw.get("summary", "")):
        raw["summary"] = longest
    for name, ours in (("published_parsed", "published"), ("updated_parsed", "published")):
        # Past the dictionary's own lookup, which takes the one for the other and warns of it.
        value = dict.get(each, name)
        if isinstance(value, struct_time) and ours not in raw:
            raw[ours] = datetime.fromtimestamp(calendar.timegm(value), UTC).isoformat()
    if "expires_at" in raw:
        ends = read_date(raw.pop("expires_at"))
        if ends:
            raw["expires"] = ends.isoformat()
    return raw
