"""Remote OK's feed: one list of the newest jobs, whose first entry is a note about its terms."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matching.posting import Posting
from matching.sources import fields
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, SourceFault, Terms


class RemoteOK(Source):
    """Remote OK's newest jobs, about a hundred of them."""

    kind = "remoteok"
    label = "Remote OK"
    terms = Terms(
        url="https://remoteok.com/api",
        summary=_("Each job is shown with a link to its page at Remote OK, which is named as its source."),
        attribution="Remote OK (remoteok.com)",
    )
    pace = Pace(seconds=30, burst=1)
    every = timedelta(hours=4)
    is_whole = False
    is_one_page = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All at once, without the note; a list that holds no job with an id is another kind of answer."""
        found = fields.listed(ask("https://remoteok.com/api"), "")
        jobs = [each for each in found if not (isinstance(each, dict) and "legal" in each)]
        if found and not jobs and len(found) > 1:
            raise SourceFault("malformed", gettext("notes and no jobs in its answer"))
        return Page(jobs)

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def read(self, raw: Raw, board: str) -> Posting:
        """A job; its pay is in US dollars a year, as its own pages show it."""
        text, is_html = fields.description(raw, "description")
        url = fields.address(raw, "url")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "position"),
            company=fields.company(raw, "company"),
            location=fields.location(raw, "location"),
            remote=True,
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=fields.address(raw, "apply_url") or url,
            posted_at=fields.moment(raw, "date") or fields.moment(raw, "epoch"),
            pay=fields.readable_pay(raw, "salary_min", "salary_max", currency="USD", period="year"),
            raw=fields.rest(raw, _TAKEN),
        )


_TAKEN = ("id", "position", "company", "location", "description", "url", "apply_url", "date", "epoch")
