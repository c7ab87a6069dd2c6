"""The weeks of people: in every zone they follow one another without a gap, whatever the clocks do."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from autoapply.weeks import begins_at, local_day, next_week, week_start, weekday_of, zone_of

ZONES = sorted(zoneinfo.available_timezones())
FIRST, LAST = date(2024, 1, 1), date(2030, 12, 30)
MOMENT = timedelta(microseconds=1)


def mondays() -> Iterator[date]:
    """Every Monday of 2024 to 2030."""
    day = FIRST
    while day <= LAST:
        yield day
        day = next_week(day)


def find_faults(zones: list[str]) -> list[str]:
    """Weeks that do not begin where the one before ends, or whose moments are not told to be of that week.

    With all of ZONES this is the full run: some 600 zones × 365 weeks, in a few seconds.
    """
    faults = []
    for name in zones:
        zone = zone_of(name)
        end = begins_at(FIRST, zone)
        for monday in mondays():
            start, ends = begins_at(monday, zone), begins_at(next_week(monday), zone)
            inside = (start, start + (ends - start) / 2, ends - MOMENT)
            if start != end or not start < ends:
                faults.append(f"{name}: the week of {monday} does not begin where the one before ends")
            if (
                any(week_start(at, zone) != monday for at in inside)
                or week_start(start - MOMENT, zone) == monday
            ):
                faults.append(f"{name}: moments of the week of {monday} are told to be of another")
            if not timedelta(hours=166) <= ends - start <= timedelta(hours=170):
                faults.append(f"{name}: the week of {monday} lasts {ends - start}")
            end = ends
    return faults


def test_weeks_follow_one_another_in_a_tenth_of_all_zones() -> None:
    assert find_faults(ZONES[::10]) == []


@pytest.mark.parametrize(
    "name",
    [
        "Africa/Cairo",
        "America/Santiago",
        "America/Havana",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ],
)
def test_weeks_follow_one_another_where_the_clocks_are_strange(name: str) -> None:
    assert find_faults([name]) == []


@pytest.mark.parametrize(
    ("zone", "day", "first_moment"),
    [
        # Clocks go from midnight to one o'clock.
        ("Africa/Cairo", date(2026, 4, 24), datetime(2026, 4, 23, 22, 0, tzinfo=UTC)),
        ("America/Santiago", date(2026, 9, 6), datetime(2026, 9, 6, 4, 0, tzinfo=UTC)),
        # Clocks go back from midnight to eleven, so that the day before has 25 hours.
        ("Africa/Cairo", date(2026, 10, 30), datetime(2026, 10, 29, 22, 0, tzinfo=UTC)),
        # Clocks jump from half past eleven to half past twelve.
        ("America/Toronto", date(1919, 3, 31), datetime(1919, 3, 31, 4, 30, tzinfo=UTC)),
        # A day that was left out altogether.
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, 0, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 2), datetime(2026, 3, 1, 23, 0, tzinfo=UTC)),
    ],
)
def test_day_begins_at_the_first_moment_that_is_of_it(zone: str, day: date, first_moment: datetime) -> None:
    begins = begins_at(day, zone_of(zone))

    assert begins == first_moment
    assert local_day(begins, zone_of(zone)) >= day
    assert local_day(begins - MOMENT, zone_of(zone)) < day


@pytest.mark.parametrize(
    ("monday", "hours"), [(date(2026, 3, 23), 167), (date(2026, 10, 19), 169), (date(2026, 6, 1), 168)]
)
def test_week_of_a_change_of_the_clocks_is_an_hour_shorter_or_longer(monday: date, hours: int) -> None:
    zone = zone_of("Europe/Berlin")

    assert begins_at(next_week(monday), zone) - begins_at(monday, zone) == timedelta(hours=hours)


def test_week_runs_over_the_end_of_the_year() -> None:
    zone = zone_of("Europe/Berlin")

    assert week_start(datetime(2027, 1, 3, 22, 59, tzinfo=UTC), zone) == date(2026, 12, 28)
    assert week_start(datetime(2027, 1, 3, 23, 0, tzinfo=UTC), zone) == date(2027, 1, 4)


def test_leap_day_is_a_day_of_its_week() -> None:
    at = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)

    assert weekday_of(at, zone_of("UTC")) == "tue"
    assert week_start(at, zone_of("UTC")) == date(2028, 2, 28)


def test_day_is_that_of_the_persons_own_calendar() -> None:
    at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)

    assert weekday_of(at, zone_of("Europe/Berlin")) == "mon"
    assert weekday_of(at, zone_of("America/New_York")) == "sun"
    assert week_start(at, zone_of("Europe/Berlin")) == date(2026, 3, 2)
    assert week_start(at, zone_of("America/New_York")) == date(2026, 2, 23)


@pytest.mark.parametrize("name", ["", "Nowhere/Town", "../etc/passwd", "Europe", "\0"])
def test_zone_that_is_none_is_utc(name: str) -> None:
    assert zone_of(name).key == "UTC"
