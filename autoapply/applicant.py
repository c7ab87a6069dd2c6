"""Who applies: the facts that an application may state of somebody, each with where it was taken from; none is made up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import override

from autoapply.weeks import local_day, zone_of
from personas.models import Resume, User, UserSkill
from personas.taxonomy import taxonomy

ACCOUNT, RESUME, ANSWERS = "account", "resume", "answers"
"""Where a fact was taken from."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact and where it was taken from; an empty value is not known."""

    value: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Applicant:
    """What is known of somebody who applies with one résumé; `links` are (what it is, address)."""

    name: Fact
    email: Fact
    email_confirmed: bool
    phone: Fact = Fact()
    location: Fact = Fact()
    city: Fact = Fact()
    latest_title: Fact = Fact()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """What a letter may say of the work applied for."""

    title: str
    company: str
    skills: tuple[str, ...] = ()


def read_applicant(*, user: User, resume: Resume | None) -> Applicant:
    """The facts of one person: the account's name and address, and what the résumé states."""
    document = resume.document if resume is not None else {}
    basics = _object(document.get("basics"))
    location = _object(basics.get("location"))
    stated = [_text(location.get(part)) for part in ("city", "region", "countryCode")]
    confirmed = EmailAddress.objects.filter(user_id=user.pk, email__iexact=user.email, verified=True)
    return Applicant(
        name=Fact(user.display_name, ACCOUNT) if user.display_name.strip() else _stated(basics.get("name")),
        email=Fact(user.email, ACCOUNT),
        email_confirmed=confirmed.exists(),
        phone=_stated(basics.get("phone")),
        location=_stated(", ".join(part for part in stated if part)),
        city=_stated(stated[0]),
        latest_title=_stated(_latest_title(document.get("work"))),
        links=tuple(_links(basics)),
    )


def letter_facts(*, user: User, applicant: Applicant, opening: Opening, at: datetime) -> dict[str, str]:
    """The facts that a letter's fields are filled with, in the person's language; those not known are empty."""
    with override(user.locale):
        day = date_format(local_day(at, zone_of(user.time_zone)), "DATE_FORMAT")
        skills = get_text_list(_in_common(user, opening.skills), _("and"))
    return {
        "company": opening.company,
        "job_title": opening.title,
        "my_name": applicant.name.value,
        "my_email": applicant.email.value,
        "my_phone": applicant.phone.value,
        "my_city": applicant.city.value,
        "skills_in_common": skills,
        "my_latest_title": applicant.latest_title.value,
        "today": day,
    }


def _in_common(user: User, asked: Iterable[str]) -> list[str]:
    """The skills that are asked for and held, by the posting's names and in its order."""
    known = taxonomy()
    held = {known.key(name) for name in UserSkill.objects.owned_by(user).values_list("skill_name", flat=True)}
    return list({known.key(skill): skill for skill in asked if known.key(skill) in held}.values())


def _latest_title(work: Any) -> str:
    """The title of the work that goes on or ended last; empty where dates do not tell which that is."""
    entries = [_object(each) for each in work] if isinstance(work, list) else []
    if len(entries) == 1:
        return _text(entries[0].get("position"))
    # ISO 8601 dates of one precision or another (2024, 2024-05) are in order as text.
    dated = [
        (not _text(each.get("endDate")), _text(each.get("endDate")), _text(each.get("startDate")), each)
        for each in entries
    ]
    if not dated or not all(end or start for _goes_on, end, start, _each in dated):
        return ""
    dated.sort(key=lambda row: row[:3], reverse=True)
    first, second = dated[0], dated[1]
    return "" if first[:3] == second[:3] else _text(first[3].get("position"))


def _links(basics: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    url = _text(basics.get("url"))
    if _is_web(url):
        yield _("Website"), url
    profiles = basics.get("profiles")
    for profile in map(_object, profiles if isinstance(profiles, list) else []):
        address = _text(profile.get("url"))
        if _is_web(address):
            yield _text(profile.get("network")) or _("Profile"), address


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://")) and " " not in address


def _stated(value: Any) -> Fact:
    text = _text(value)
    return Fact(text, RESUME) if text else Fact()


def _text(value: Any) -> str:
    """A text in one line; anything else that a JSON document may hold there is none."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
