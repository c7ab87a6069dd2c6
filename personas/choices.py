"""Currencies and time zones to choose from, in the order in which people look for them."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from typing import Any

import pycountry
from django.utils.translation import gettext_lazy as _

from personas.money import has_rate

_COMMON_CURRENCIES = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "INR", "JPY", "SEK", "PLN")
_ZONE = re.compile(
    r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[\w+/-]+"
)


def currency_choices(current: str) -> list[tuple[Any, Any]]:
    """Currencies in groups for a select: the commonest, those with an exchange rate, the others; `current` is always there."""
    names = _currencies()
    if current not in names:
        names = {**names, current: current}
    common = [code for code in _COMMON_CURRENCIES if code in names]
    others = [code for code in names if code not in common]
    rated = [code for code in others if has_rate(code)]
    unrated = [code for code in others if not has_rate(code)]
    groups = (
        (_("Most used"), common),
        (_("Others"), rated),
        (_("No exchange rate: compared only with pay in the same currency"), unrated),
    )
    return [
        (label, [(code, f"{code} – {names[code]}") for code in codes]) for label, codes in groups if codes
    ]


def time_zone_choices(current: str) -> list[tuple[Any, Any]]:
    """Time zones grouped by continent for a select, UTC first; `current` is always there."""
    zones = _time_zones()
    first = dict.fromkeys(["UTC", current] if current not in zones else ["UTC"])
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in zones:
        continent, _slash, town = zone.partition("/")
        groups.setdefault(continent, []).append((zone, town.replace("_", " ").replace("/", ", ")))
    return [*((zone, zone) for zone in first), *groups.items()]


@cache
def _currencies() -> dict[str, str]:
    """Currencies that people are paid in; ISO 4217 also lists metals, funds and codes for testing."""
    funds = {"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW"}
    known = {"XAF", "XCD", "XCG", "XOF", "XPF"}
    return {
        currency.alpha_3: currency.name
        for currency in sorted(pycountry.currencies, key=lambda each: each.alpha_3)
        if currency.alpha_3 not in funds and (currency.alpha_3[0] != "X" or currency.alpha_3 in known)
    }


@cache
def _time_zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in zoneinfo.available_timezones() if _ZONE.fullmatch(zone)))
