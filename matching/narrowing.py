"""What a list of jobs may be narrowed to, for the page and for the API: the choices, the bounds, the day from which on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from matching.models import Job

MOST_PAY = 10**12
WORKPLACES = [choice for choice in Job.Workplace.choices if choice[0] != Job.Workplace.UNKNOWN]
SENIORITIES: Sequence[tuple[str, Any]] = (
    ("intern", gettext_lazy("internship")),
    ("entry", gettext_lazy("entry")),
    ("mid", gettext_lazy("middle")),
    ("senior", gettext_lazy("senior")),
    ("lead", gettext_lazy("lead")),
    ("manager", gettext_lazy("manager")),
    ("director", gettext_lazy("director")),
    ("executive", gettext_lazy("executive")),
)


def days_before(now: datetime, days: int) -> datetime:
    """Give the beginning of the day that was so many days ago: the same for every page of one list."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
