"""How many hours a course takes, out of what is stated: “14 weeks, 6-10 hours/week”, “6 months at 5 hours a week”, “40 hours”."""

from __future__ import annotations

import re

_NUMBER = r"(\d+(?:\.\d+)?)"
_RANGE = rf"{_NUMBER}(?:\s*(?:-|–|—|to)\s*{_NUMBER})?"
_PER_WEEK = re.compile(
    rf"{_RANGE}\s*(hours?|hrs?|h|minutes?|mins?)\s*(?:/|per|a|each|every)\s*(?:week|wk)\b", re.IGNORECASE
)
_SPAN = re.compile(rf"{_RANGE}\s*(weeks?|wks?|months?)\b", re.IGNORECASE)
_TOTAL = re.compile(rf"{_RANGE}\s*(hours?|hrs?|h|minutes?|mins?)\b", re.IGNORECASE)
_WEEKS_A_MONTH = 52 / 12
MOST_HOURS = 10_000


def read_hours(stated: str) -> tuple[int, int] | None:
    """Give the whole effort in hours, at least and at most, rounded and never below 1; None where the text does not tell it.

    Weeks alone tell nothing: a course of eight weeks may take ten hours or a hundred.
    """
    weekly = _PER_WEEK.search(stated)
    if weekly:
        span = _SPAN.search(stated[: weekly.start()]) or _SPAN.search(stated[weekly.end() :])
        if span is None:
            return None
        weeks = [each * (_WEEKS_A_MONTH if span[3].lower().startswith("m") else 1) for each in _ends(span)]
        hours = [each / (60 if weekly[3].lower().startswith("m") else 1) for each in _ends(weekly)]
        return _whole(weeks[0] * hours[0], weeks[1] * hours[1])
    total = _TOTAL.search(stated)
    if total is None:
        return None
    minutes = total[3].lower().startswith("m")
    least, most = (each / (60 if minutes else 1) for each in _ends(total))
    return _whole(least, most)


def _ends(found: re.Match[str]) -> tuple[float, float]:
    least = float(found[1])
    return least, float(found[2]) if found[2] else least


def _whole(least: float, most: float) -> tuple[int, int] | None:
    low, high = max(1, round(least)), max(1, round(most))
    return (low, high) if low <= high <= MOST_HOURS else None
