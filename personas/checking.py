"""What may be kept of an account, a persona, a skill or a résumé: one rule a field, each with its sentence.

A rule takes a value and gives it as it is kept, or raises ValueError with words for the person: what is wrong, how to mend it.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from difflib import SequenceMatcher
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from personas.companies import company_key
from personas.gazetteer import Place, gazetteer
from personas.industries import INDUSTRY_CODES
from personas.models import PersonaPreferences, UserSkill
from personas.money import is_currency
from personas.taxonomy import taxonomy

Rules = Mapping[str, Callable[[Any], Any]]
"""The rule of each field."""

MAX_ENTRIES = 50
MAX_ENTRY_LENGTH = 100
MAX_NAME_LENGTH = 255
"""Characters in the name of a persona, a skill, a résumé, a file or a person; the columns are as wide."""
MAX_DESCRIPTION_LENGTH = 5000
MAX_EVIDENCE_LENGTH = 1000
MAX_RESUME_TEXT_LENGTH = 5000
"""Characters in one text of a résumé that is written by hand."""
MOST_YEARS = 60
FIRST_YEAR, LAST_YEAR = 1950, 2100
"""Years in which a skill may have been used last; the columns have the same bounds."""
MAX_AMOUNT = 2_147_483_647
"""The largest amount of pay: what a PostgreSQL integer holds."""
COMPANY_SIZES = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000", "10001+")
"""Sizes of companies by the number of people."""

_SUGGESTED_FOR = 3  # unknown places; looking for likely ones takes some hundredths of a second each


def check_values(values: Mapping[str, Any], rules: Rules) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The values as they are kept, and the faults of those that cannot be, as sentences by field."""
    kept, faults = {}, {}
    for field, value in values.items():
        try:
            kept[field] = rules[field](value)
        except ValueError as wrong:
            faults[field] = [str(wrong)]
    return kept, faults


def plain_file_name(name: str) -> str:
    """The last part of a path, without control characters, its ending kept where it is too long for the column."""
    plain = "".join(letter for letter in re.split(r"[/\\]", name)[-1] if letter.isprintable()).strip()
    if len(plain) <= MAX_NAME_LENGTH:
        return plain
    path = PurePosixPath(plain)
    return f"{path.stem[: MAX_NAME_LENGTH - len(path.suffix)]}{path.suffix}"


def _storable(text: str) -> str:
    """The text, unless it holds what PostgreSQL cannot keep."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(_("This holds a NUL or a broken character. Type it again by hand."))
    return text


def _line(text: str, *, limit: int = MAX_NAME_LENGTH) -> str:
    line = " ".join(_storable(text).split())
    if len(line) > limit:
        shown = {"start": line[:40], "limit": limit, "length": len(line)}
        raise ValueError(
            _("“%(start)s…” has %(length)s characters; at most %(limit)s are kept. Shorten it.") % shown
        )
    return line


def _name(text: str) -> str:
    line = _line(text)
    if not line:
        raise ValueError(_("Give it a name."))
    return line


def text_within(limit: int) -> Callable[[str], str]:
    """A rule for text of several lines: kept without white space around it, refused above `limit` characters."""

    def check(text: str) -> str:
        kept = _storable(text).strip()
        if len(kept) > limit:
            shown = {"limit": limit, "length": len(kept)}
            raise ValueError(
                _("This has %(length)s characters; at most %(limit)s are kept. Shorten it.") % shown
            )
        return kept

    return check


def _resume_text(text: str) -> str:
    kept = text_within(MAX_RESUME_TEXT_LENGTH)(text)
    if not kept:
        raise ValueError(_("Write what should stand here."))
    return kept


def _skill_name(text: str) -> str:
    return taxonomy().canonical(_name(text))


def _evidence(text: str) -> str:
    kept = _storable(text).strip()
    return kept if len(kept) <= MAX_EVIDENCE_LENGTH else f"{kept[: MAX_EVIDENCE_LENGTH - 1]}…"


def _one_of(known: Collection[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in known:
            shown = {"value": value[:40], "known": ", ".join(known)}
            raise ValueError(_("“%(value)s” is not one of %(known)s.") % shown)
        return value

    return check


def _all_of(known: Collection[str]) -> Callable[[Iterable[str]], list[str]]:
    check = _one_of(known)
    return lambda values: list(dict.fromkeys(check(value) for value in values))


def _entries(values: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for value in values:
        if entry := _line(value, limit=MAX_ENTRY_LENGTH):
            kept.setdefault(entry.casefold(), entry)
    if len(kept) > MAX_ENTRIES:
        shown = {"count": len(kept), "limit": MAX_ENTRIES, "entry": list(kept.values())[MAX_ENTRIES]}
        raise ValueError(
            _(
                "These are %(count)s entries; at most %(limit)s are kept. Take some out: “%(entry)s” is the first too many."
            )
            % shown
        )
    return list(kept.values())


def _skill_names(values: Iterable[str]) -> list[str]:
    names = (taxonomy().canonical(entry) for entry in _entries(values))
    return list({name.casefold(): name for name in names}.values())


def _company_names(values: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for entry in _entries(values):
        key = company_key(entry)
        if not key:
            raise ValueError(
                _("“%(entry)s” is no name of a company: it has no letter or digit.") % {"entry": entry}
            )
        kept.setdefault(key, entry)
    return list(kept.values())


def _places(values: Iterable[str]) -> list[str]:
    kept, unknown = [], []
    for entry in _entries(values):
        place = gazetteer().find(entry)
        if place is None:
            unknown.append(entry)
        else:
            # The full name shows which Paris was understood, wherever it reads back as the same place.
            label = place.label()
            kept.append(label if gazetteer().find(label) == place else entry)
    if unknown:
        raise ValueError(" ".join(_about_place(entry, number) for number, entry in enumerate(unknown)))
    return list(dict.fromkeys(kept))


def _about_place(entry: str, number: int) -> str:
    if gazetteer().area(entry):
        return _("“%(place)s” is many countries; name the ones you mean, one a line.") % {"place": entry}
    if entry.casefold() in {"remote", "anywhere", "home office"}:
        return _("“%(place)s” is no place: choose it under Workplace, and leave it out here.") % {
            "place": entry
        }
    likely = _likely_places(entry) if number < _SUGGESTED_FOR else []
    if not likely:
        return _(
            "“%(place)s” is not among the places we know; try the nearest larger town or the country."
        ) % {"place": entry}
    shown = {"place": entry, "likely": _(" or ").join(likely)}
    return _("“%(place)s” is not among the places we know. Did you mean %(likely)s?") % shown


def _likely_places(text: str) -> list[str]:
    """At most three known places that are spelled much like this one."""
    start = text.split(",", maxsplit=1)[0].strip()
    for length in range(len(start), 2, -1):
        near = {
            place.label(): SequenceMatcher(None, start.casefold(), _own_name(place).casefold()).ratio()
            for place in gazetteer().suggest(start[:length], 20)
        }
        likely = sorted((label for label in near if near[label] >= 0.75), key=lambda label: -near[label])
        if likely:
            return likely[:3]
    return []


def _own_name(place: Place) -> str:
    known = gazetteer()
    return place.city or known.region_name(place.country, place.region) or known.country_name(place.country)


def _amount(value: int | None) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_AMOUNT:
        raise ValueError(_("Give a whole amount from 0 to %(limit)s.") % {"limit": MAX_AMOUNT})
    return value


def _currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError(
            _("“%(code)s” is no currency. Give its three letters, such as EUR.") % {"code": code[:40]}
        )
    return code


def _time_zone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise ValueError(
            _("“%(zone)s” is no time zone. Choose one such as Europe/Berlin.") % {"zone": name[:40]}
        )
    return name


def _years(years: Decimal | None) -> Decimal | None:
    if years is None:
        return None
    if not years.is_finite() or not 0 <= years <= MOST_YEARS:
        raise ValueError(_("Give years from 0 to 60, such as 3 or 2.5, or nothing."))
    return years.quantize(Decimal("0.1"))


def _year(year: int | None) -> int | None:
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(_("Give the year in four figures, such as 2024, or nothing."))
    return year


PERSONA_RULES: Rules = {
    "name": _name,
    "description": text_within(MAX_DESCRIPTION_LENGTH),
    "resume": lambda resume: resume,
    "job_title_keywords": _entries,
    "required_skills": _skill_names,
    "nice_to_have_skills": _skill_names,
    "locations": _places,
    "industries": _all_of(INDUSTRY_CODES),
    "company_size": _all_of(COMPANY_SIZES),
    "excluded_companies": _company_names,
    "mission_values": _entries,
    "growth_focus": _entries,
    "min_salary": _amount,
    "max_salary": _amount,
    "currency": _currency,
    "salary_period": _one_of(PersonaPreferences.Period.values),
    "remote_preference": _one_of(PersonaPreferences.Remote.values),
}
SKILL_RULES: Rules = {
    "name": _skill_name,
    "level": _one_of(UserSkill.Level.values),
    "evidence": _evidence,
    "years": _years,
    "last_used": _year,
}
RESUME_RULES: Rules = {"title": _name, "text": _resume_text}
ACCOUNT_RULES: Rules = {
    "display_name": _line,
    "time_zone": _time_zone,
    "locale": _one_of([code for code, _name_of in settings.LANGUAGES]),
    "currency": _currency,
}
