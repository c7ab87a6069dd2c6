"""Remotive's feed of remote jobs: one answer, a day late, to be asked four times a day at most."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from matching.posting import Posting
from matching.sources import fields
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms
from matching.sources.queries import check_query, read_query


class Remotive(Source):
    """Remotive's jobs, which must lead back to it."""

    kind = "remotive"
    label = "Remotive"
    terms = Terms(
        url="https://github.com/remotive-com/remote-jobs-api",
        summary=_(
            "Jobs are shown with a link to their page at Remotive, which is named as their source; they are not passed on to other "
            "boards, and nobody’s address is collected in exchange for seeing them. Relevnt shows jobs to people who have signed in: "
            "whether that is in keeping with these terms where you run it is for you to decide."
        ),
        attribution="Remotive (remotive.com)",
        must_accept=True,
    )
    board_hint = _("category=…, company_name=… or search=…, or nothing for all of it")
    pace = Pace(seconds=60, burst=1)
    every = timedelta(hours=8)
    least = timedelta(hours=6)
    is_whole = False
    is_one_page = True

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """All that is asked for at once."""
        query = urlencode(read_query(board))
        return Page(
            fields.listed(ask(f"https://remotive.com/api/remote-jobs{'?' if query else ''}{query}"), "jobs")
        )

    def check_board(self, board: str) -> str:
        """A query of its three filters."""
        return check_query(board, known=("category", "company_name", "search"))

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def read(self, raw: Raw, board: str) -> Posting:
        """A job; its pay is a text, read like any other."""
        salary = fields.line(raw, "salary")
        text, is_html = fields.description(raw, "description")
        if salary:
            text += f"<p>Salary: {salary}</p>" if is_html else f"\n\nSalary: {salary}"
        url = fields.address(raw, "url")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "title"),
            company=fields.company(raw, "company_name"),
            location=fields.location(raw, "candidate_required_location"),
            remote=True,
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=url,
            posted_at=fields.moment(raw, "publication_date"),
            employment_type=fields.line(raw, "job_type").replace("_", " "),
            raw=fields.rest(raw, _TAKEN),
        )


_TAKEN = (
    "id",
    "title",
    "company_name",
    "candidate_required_location",
    "description",
    "url",
    "publication_date",
    "job_type",
)
