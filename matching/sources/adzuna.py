"""Adzuna's search: beginnings of ads of one country, with pay that is often its own guess and then left out."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching.pay import StatedPay
from matching.posting import Posting
from matching.sources import fields
from matching.sources.protocol import Ask, Pace, Page, Raw, Source, Terms
from matching.sources.queries import check_query, read_query

PAGE = 50
MOST_PAGES = 10
CURRENCIES = {
    "at": "EUR",
    "au": "AUD",
    "be": "EUR",
    "br": "BRL",
    "ca": "CAD",
    "ch": "CHF",
    "de": "EUR",
    "es": "EUR",
    "fr": "EUR",
    "gb": "GBP",
    "in": "INR",
    "it": "EUR",
    "mx": "MXN",
    "nl": "EUR",
    "nz": "NZD",
    "pl": "PLN",
    "sg": "SGD",
    "us": "USD",
    "za": "ZAR",
}
"""The countries that it has, and in which currency their pay is."""


class Adzuna(Source):
    """Adzuna's ads: 25 requests a minute and 250 a day."""

    kind = "adzuna"
    label = "Adzuna"
    terms = Terms(
        url="https://developer.adzuna.com/docs/terms_of_service",
        summary=gettext_lazy(
            "Wherever ads are shown it says “Jobs by Adzuna”, with a link to them; their texts are beginnings."
        ),
        attribution="Jobs by Adzuna (adzuna.com)",
        must_accept=True,
    )
    board_hint = gettext_lazy("country=gb&what=python&where=London; the country must be named")
    settings = ("ADZUNA_APP_ID", "ADZUNA_APP_KEY")
    # 250 a day are one in six minutes; a reading takes ten at most.
    pace = Pace(seconds=360, burst=MOST_PAGES)
    every = timedelta(hours=12)
    least = timedelta(hours=6)
    is_whole = False

    def fetch(self, ask: Ask, board: str, cursor: str) -> Page:
        """One page, counted from 1, newest first."""
        number = int(cursor or 1)
        asked = read_query(board)
        country = asked.pop("country")
        asked |= {"app_id": settings.ADZUNA_APP_ID, "app_key": settings.ADZUNA_APP_KEY}
        asked |= {"results_per_page": str(PAGE), "sort_by": "date"}
        answer = ask(f"https://api.adzuna.com/v1/api/jobs/{country}/search/{number}?{urlencode(asked)}")
        found = [
            each | {"country": country} if isinstance(each, dict) else each
            for each in fields.listed(answer, "results")
        ]
        return Page(found, next=str(number + 1) if len(found) >= PAGE and number < MOST_PAGES else "")

    def check_board(self, board: str) -> str:
        """A query that names a country which it has."""
        query = check_query(board, known=("country", "what", "where", "category"), needed=("country",))
        country = read_query(query)["country"]
        if country not in CURRENCIES:
            reason = _("“{country}” is none of Adzuna’s countries: {known}.")
            raise ValueError(reason.format(country=country[:60], known=", ".join(CURRENCIES)))
        return query

    def number(self, raw: Raw) -> str:
        """Its id."""
        return fields.number(raw, "id")

    def read(self, raw: Raw, board: str) -> Posting:
        """An ad."""
        text, is_html = fields.description(raw, "description")
        url = fields.address(raw, "redirect_url")
        return Posting(
            external_id=self.number(raw),
            title=fields.title(raw, "title"),
            company=fields.company(raw, "company.display_name"),
            location=fields.location(raw, "location.display_name"),
            description=text,
            description_is_html=is_html,
            url=url,
            apply_url=url,
            posted_at=fields.moment(raw, "created"),
            pay=_pay(raw),
            employment_type=fields.comma(
                fields.line(raw, "contract_time").replace("_", " "), fields.line(raw, "contract_type")
            ),
            industry=fields.line(raw, "category.label"),
            raw=fields.rest(raw, _TAKEN),
        )


_TAKEN = ("id", "title", "description", "redirect_url", "created", "contract_time", "contract_type")


def _pay(raw: Raw) -> StatedPay | None:
    """Pay by the year, unless it is predicted ("1") or does not say that it is not ("0")."""
    if str(raw.get("salary_is_predicted")) != "0":
        return None
    currency = CURRENCIES.get(fields.line(raw, "country"), "")
    return fields.readable_pay(raw, "salary_min", "salary_max", currency=currency, period="year")
