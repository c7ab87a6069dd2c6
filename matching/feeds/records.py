"""The posting shape: the columns that Relevnt reads from JSONL and CSV files, and the rules each must keep."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from matching.feeds.amounts import PayFields, read_amount, shorten, state_pay
from matching.feeds.sanitize import looks_like_html, to_line, unescape_markup
from matching.pay import StatedPay
from matching.posting import (
    COMPANY_LIMIT,
    EXTERNAL_ID_LIMIT,
    LABEL_LIMIT,
    LOCATION_LIMIT,
    TITLE_LIMIT,
    URL_LIMIT,
    Posting,
    PostingInvalid,
)

COLUMNS = frozenset(
    [
        "source",
        "external_id",
        "title",
        "company",
        "location",
        "remote",
        "salary_min",
        "salary_max",
        "currency",
        "salary_period",
        "description",
        "description_text",
        "url",
        "apply_url",
        "posted_at",
        "closes_at",
        "employment_type",
        "industry",
    ]
)
REQUIRED_COLUMNS = frozenset({"external_id", "title"})
PAY_FIELDS = PayFields(low="salary_min", high="salary_max", currency="currency", period="salary_period")

_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": None}
# A host and no name or password before it, which only serve to mislead the reader.
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#]\S*)?", re.IGNORECASE)
_YEARS = range(1950, 2101)


def posting_from_record(record: Mapping[str, Any]) -> Posting:
    """The posting that a record of the posting shape states; raises PostingInvalid with the column at fault.

    An identifier is only unique within its source, so a `source` column becomes its first part. Columns that
    are not of the shape are kept in `raw`.
    """
    description, is_html = read_description(record.get("description") or record.get("description_text"))
    return Posting(
        external_id=_read_external_id(record),
        title=required_line(record.get("title"), "title", TITLE_LIMIT),
        company=read_line(record.get("company"), "company", COMPANY_LIMIT),
        location=read_line(record.get("location"), "location", LOCATION_LIMIT),
        remote=_read_yes_no(record.get("remote"), "remote"),
        description=description,
        description_is_html=is_html,
        url=read_url(record.get("url"), "url"),
        apply_url=read_url(record.get("apply_url"), "apply_url"),
        posted_at=read_time(record.get("posted_at"), "posted_at"),
        closes_at=read_time(record.get("closes_at"), "closes_at", end_of_day=True),
        pay=_read_pay(record),
        employment_type=read_line(record.get("employment_type"), "employment_type", LABEL_LIMIT),
        industry=read_line(record.get("industry"), "industry", LABEL_LIMIT),
        raw={
            name: value for name, value in record.items() if name not in COLUMNS and value not in (None, "")
        },
    )


def read_line(value: Any, field: str, limit: int) -> str:
    """One line of plain text, markup dropped; raises PostingInvalid when it is no text or over `limit` characters."""
    line = to_line(state_text(value, field))
    if len(line) > limit:
        reason = _("{length:,} characters; at most {limit:,} are kept. Shorten it.")
        raise PostingInvalid(field, reason.format(length=len(line), limit=limit))
    return line


def required_line(value: Any, field: str, limit: int) -> str:
    """Like read_line, and raises PostingInvalid when nothing is left."""
    line = read_line(value, field, limit)
    if not line:
        raise PostingInvalid(field, _("Missing. A posting needs one."))
    return line


def read_description(value: Any) -> tuple[str, bool]:
    """A description and whether it is HTML, told from its tags since no column says so."""
    text = unescape_markup(state_text(value, "description"))
    is_html = looks_like_html(text)
    if not is_html:
        # Entities without a tag are left over from a page that somebody took the tags off.
        text = html.unescape(text) if "&" in text else text
    elif text.count("\n") > text.count("<"):
        # Plain text with a tag here and there: its line ends are meant.
        text = text.replace("\n", "<br>")
    return text, is_html


def read_url(value: Any, field: str) -> str:
    """A web address, empty when none is stated; raises PostingInvalid for any scheme but http and https."""
    url = state_text(value, field).strip()
    if not url:
        return ""
    if not _WEB_ADDRESS.fullmatch(url):
        reason = _("“{value}” is not a web address. Write https://… in full.")
        raise PostingInvalid(field, reason.format(value=shorten(url)))
    if len(url) > URL_LIMIT:
        reason = _("{length:,} characters; at most {limit:,} are kept. Shorten it.")
        raise PostingInvalid(field, reason.format(length=len(url), limit=URL_LIMIT))
    return url


def read_time(value: Any, field: str, *, end_of_day: bool = False) -> datetime | None:
    """An aware time from an ISO 8601 date or time, UTC where no zone is stated; raises PostingInvalid.

    A bare date means its first second, or its last one with `end_of_day`, as closing dates are meant.
    """
    text = state_text(value, field).strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.year not in _YEARS:
            raise ValueError(text)  # noqa: TRY301
    except ValueError:
        reason = _("“{value}” is not a date. Write 2026-05-31 or 2026-05-31T09:00:00Z.")
        raise PostingInvalid(field, reason.format(value=shorten(text))) from None
    if len(text) <= len("2026-05-31") and end_of_day:
        moment = datetime.combine(moment.date(), time(23, 59, 59))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def state_text(value: Any, field: str) -> str:
    """A text as it came, empty when none is stated; raises PostingInvalid when it is something else than text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        reason = _("Text is expected here, not {kind}.")
        raise PostingInvalid(field, reason.format(kind=kind_of(value)))
    return value


def kind_of(value: Any) -> str:
    """What a JSON value is, in a word for a sentence."""
    kinds = {
        bool: _("true or false"), int: _("a number"), float: _("a number"), str: _("a text"),
        list: _("a list"), dict: _("an object"), type(None): _("nothing"),
    }  # fmt: skip
    return kinds[type(value)]


def _read_external_id(record: Mapping[str, Any]) -> str:
    value = record.get("external_id")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    number = required_line(value, "external_id", EXTERNAL_ID_LIMIT)
    source = read_line(record.get("source"), "source", LABEL_LIMIT)
    return read_line(f"{source}:{number}" if source else number, "external_id", EXTERNAL_ID_LIMIT)


def _read_yes_no(value: Any, field: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    answer = str(value).strip().lower()
    if answer not in _YES_NO:
        reason = _("“{value}” is neither true nor false; leave it empty where it is not stated.")
        raise PostingInvalid(field, reason.format(value=shorten(str(value))))
    return _YES_NO[answer]


def _read_pay(record: Mapping[str, Any]) -> StatedPay | None:
    return state_pay(
        read_amount(record.get("salary_min"), "salary_min"),
        read_amount(record.get("salary_max"), "salary_max"),
        currency=read_line(record.get("currency"), "currency", LABEL_LIMIT),
        period=read_line(record.get("salary_period"), "salary_period", LABEL_LIMIT),
        fields=PAY_FIELDS,
    )
