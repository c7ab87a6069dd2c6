"""How long a server asks to be left alone (Retry-After, RFC 9110 10.2.3): pure, a number of seconds or a date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]+)?")


def read_retry_after(headers: Mapping[str, str], *, at: datetime | None = None) -> float | None:
    """Give the seconds to wait, below 0 for a date that is over; None where nothing readable was said.

    A date is measured from the answer's own Date, so that the two clocks need not agree, else from `at`.
    """
    said = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(said):
        return float(said)
    until, now = read_date(said), read_date(headers.get("date", "")) or at
    return None if until is None or now is None else (until - now).total_seconds()


def read_date(text: str) -> datetime | None:
    """Give the moment that a date of HTTP names, None for anything else."""
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
