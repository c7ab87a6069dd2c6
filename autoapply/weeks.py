"""The week of a person: it begins on the Monday of their own calendar, whatever the clocks do in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autoapply.days import DAYS

_SECOND = timedelta(seconds=1)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; UTC where there is none of it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Europe" is a folder of zones
        return ZoneInfo("UTC")


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The date on the person's calendar at a moment."""
    return at.astimezone(zone).date()


def weekday_of(at: datetime, zone: ZoneInfo) -> str:
    """The day of the week there: mon…sun."""
    return DAYS[local_day(at, zone).weekday()]


def week_start(at: datetime, zone: ZoneInfo) -> date:
    """The Monday with which the person's week began."""
    day = local_day(at, zone)
    return day - timedelta(days=day.weekday())


def next_week(week: date) -> date:
    """The Monday after the week that begins on this one."""
    return week + timedelta(days=7)


def begins_at(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local date, in UTC; where midnight is skipped, the first moment after it."""
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    if midnight.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, time()):
        return midnight
    # The clocks jump over midnight: by the offset before the jump it comes too late or just then, by the one after it
    # too early. The jump lies between.
    early, late = datetime.combine(day, time(), zone).replace(fold=1).astimezone(UTC) - _SECOND, midnight
    while late - early > _SECOND:
        middle = early + (late - early) // (2 * _SECOND) * _SECOND
        early, late = (early, middle) if local_day(middle, zone) >= day else (middle, late)
    return late
