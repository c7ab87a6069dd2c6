"""The four factors around the work itself: salary, location, remote and industry, each 0–100 or None for unknown.

Each takes what one side wants and what the other states, and gives None as soon as either is open; the reasons for the
numbers stand in `matching.scoring`, which is the definition.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_HALF_UP
from functools import lru_cache

from matching.pay import AnnualPay
from personas.gazetteer import EARTH_RADIUS_KM, Place
from personas.money import MoneyError, convert

# Whole kilometers between two towns, measured straight through the ground (8 m less than along it at 200 km), and what
# they are worth; straight lines between, country or region beyond.
NEAR = ((25, 100), (50, 85), (100, 50), (200, 20))
SAME_REGION = 30
SAME_COUNTRY = 10
TOWN_UNSAID_IN_REGION = 60
TOWN_UNSAID_IN_COUNTRY = 40

# Whole units of any currency beyond which one pay is as good as another; a slip of the keyboard must fit 64 bits.
MOST_PAY = 10**15

WORKPLACES: Mapping[str, Mapping[str, int]] = {
    "remote": {"remote": 100, "hybrid": 40, "onsite": 0},
    "hybrid": {"remote": 80, "hybrid": 100, "onsite": 40},
    "onsite": {"remote": 20, "hybrid": 70, "onsite": 100},
}


def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide two whole numbers, the first ≥ 0 and the second > 0, rounding half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def judge_salary(minimum: int | None, currency: str, pay: AnnualPay | None) -> int | None:
    """Judge the middle of the stated pay against the wanted annual minimum; None also where there is no exchange rate."""
    offered = convert_middle(pay, currency) if pay and minimum else None
    if offered is None or not minimum:
        return None
    short = max(0, minimum - offered)
    return max(0, 100 - divide_half_up(250 * short, minimum))


@lru_cache(65_536)
def convert_middle(pay: AnnualPay, currency: str) -> int | None:
    """Give the middle of the stated pay in whole units of another currency, at most MOST_PAY, or None where it has no end, no rate or no sense."""
    ends = [end for end in (pay.minimum, pay.maximum) if end is not None]
    if not ends:
        return None
    try:
        middle = convert(sum(ends), pay.currency, currency) / len(ends)
    except MoneyError:
        return None
    whole = int(middle.to_integral_value(rounding=ROUND_HALF_UP))
    return min(whole, MOST_PAY) if whole >= 0 else None


def judge_location(
    wanted: Sequence[Place], *, places: Sequence[Place], remote_countries: Sequence[str], workplace: str
) -> int | None:
    """Judge where a job is, or from where it may be done: a remote one counts its countries, else those of its places."""
    if workplace == "remote":
        allowed = {code for code in remote_countries or [place.country for place in places] if code}
        return judge_countries({place.country for place in wanted if place.country}, allowed)
    offered = [place for place in places if place.city or place.region or place.country]
    if not offered or not wanted:
        return None
    return max(judge_place(mine, theirs) for mine in wanted for theirs in offered)


def judge_countries(wanted: Collection[str], allowed: Collection[str]) -> int | None:
    """Judge whether a remote job may be done from one of the wanted countries."""
    if not wanted or not allowed:
        return None
    return 0 if set(wanted).isdisjoint(allowed) else 100


def judge_place(wanted: Place, offered: Place) -> int:
    """Judge one offered place against one wanted place, 0–100, as near as both are known."""
    if wanted.country and offered.country and wanted.country != offered.country:
        return 0
    same_region = bool(wanted.region) and wanted.region == offered.region
    if not wanted.city:
        return _judge_area(wanted, offered, same_region=same_region)
    if not offered.city:
        return _judge_town_unsaid(offered, same_region=same_region)
    kilometers = _measure_kilometers(wanted, offered)
    beyond = SAME_REGION if same_region else SAME_COUNTRY
    return max(_judge_distance(kilometers), beyond if wanted.country == offered.country else 0)


@lru_cache(65_536)
def point_at(place: Place) -> tuple[float, float, float] | None:
    """Give a place on a ball of radius 1, or None where it has no coordinates."""
    if place.latitude is None or place.longitude is None:
        return None
    latitude, longitude = math.radians(place.latitude), math.radians(place.longitude)
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )


def judge_remote(preference: str, workplace: str) -> int | None:
    """Judge the stated workplace against the wanted one; "any" and "unknown" are open."""
    return WORKPLACES.get(preference, {}).get(workplace)


def judge_industry(wanted: Sequence[str], industry: str) -> int | None:
    """Judge an employer's industry code: 100 where it is wanted, 0 where it is another."""
    if not wanted or not industry:
        return None
    return 100 if industry.casefold() in {code.casefold() for code in wanted} else 0


def _judge_area(wanted: Place, offered: Place, *, same_region: bool) -> int:
    if same_region or not wanted.region:
        return 100 if wanted.country == offered.country or same_region else 0
    return SAME_COUNTRY if offered.region else TOWN_UNSAID_IN_COUNTRY


def _judge_town_unsaid(offered: Place, *, same_region: bool) -> int:
    if not offered.region:
        return TOWN_UNSAID_IN_COUNTRY
    return TOWN_UNSAID_IN_REGION if same_region else SAME_COUNTRY


def _measure_kilometers(wanted: Place, offered: Place) -> int:
    """Give whole kilometers between two towns; where one has no coordinates, 0 for the same name and region, else too far.

    Only sums, products and one root, each correctly rounded, so that the engine finds the same number for many at once.
    """
    here, there = point_at(wanted), point_at(offered)
    if here is None or there is None:
        same_town = wanted.city.casefold() == offered.city.casefold()
        return 0 if same_town and wanted.region == offered.region else NEAR[-1][0] + 1
    x, y, z = here[0] - there[0], here[1] - there[1], here[2] - there[2]
    return int(EARTH_RADIUS_KM * math.sqrt(x * x + y * y + z * z))


def _judge_distance(kilometers: int) -> int:
    before, worth_before = NEAR[0]
    if kilometers <= before:
        return worth_before
    for until, worth in NEAR[1:]:
        if kilometers <= until:
            return worth_before - divide_half_up(
                (worth_before - worth) * (kilometers - before), until - before
            )
        before, worth_before = until, worth
    return 0
