"""From nothing to a persona: out of a title and some skills, or out of a résumé that its owner has looked through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from personas.gazetteer import gazetteer
from personas.services import (
    NewSkill,
    SkillHeld,
    ValuesRefused,
    add_proposed_skills,
    add_skill,
    create_persona,
)

if TYPE_CHECKING:
    from personas.models import Persona, Resume, User

SKILLS_ASKED = 5
"""So many typed skills are enough to begin with."""
USUAL_LEVEL = "intermediate"
MOST_TITLES = 3


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a résumé suggests to look for: titles, the latest first, and the place where its owner lives ("" where none is known)."""

    titles: tuple[str, ...]
    place: str


def suggest_beginning(resume: Resume) -> Beginning:
    """Give what a résumé that was read suggests to look for; nothing is kept."""
    document = resume.document if isinstance(resume.document, dict) else {}
    basics = document.get("basics")
    basics = basics if isinstance(basics, dict) else {}
    work = document.get("work")
    roles = (
        [entry.get("position") for entry in work if isinstance(entry, dict)] if isinstance(work, list) else []
    )
    named = [
        text for each in (basics.get("label"), *roles) if isinstance(each, str) and (text := each.strip())
    ]
    return Beginning(tuple(dict.fromkeys(named))[:MOST_TITLES], _place_of(basics.get("location")))


def start_with_title(
    *, user: User, title: str, skills: Sequence[str], place: str = "", workplace: str = ""
) -> Persona:
    """Make a persona of a title and some typed skills, all or nothing; raises ValuesRefused (title, skills, place) or PersonaNameTaken.

    Skills that are held already stay as they are.
    """
    if not title.strip():
        raise ValuesRefused({"title": [_title_missing()]})
    with transaction.atomic():
        for name in skills:
            _add_typed_skill(user, name)
        return _make_persona(user, [title], place, workplace)


def start_with_resume(
    *, user: User, resume: Resume, titles: Sequence[str], skills: Iterable[NewSkill], place: str = ""
) -> Persona:
    """Make a persona that goes with a résumé, of what its owner has confirmed of it, all or nothing; raises as start_with_title."""
    if not titles:
        raise ValuesRefused({"titles": [_title_missing()]})
    with transaction.atomic():
        add_proposed_skills(user=user, skills=skills)
        return _make_persona(user, titles, place, "", resume)


def _add_typed_skill(user: User, name: str) -> None:
    try:
        add_skill(user=user, name=name, level=USUAL_LEVEL, source="input")
    except SkillHeld:
        return
    except ValuesRefused as refused:
        raise ValuesRefused({"skills": _all_sentences(refused)}) from None


def _make_persona(
    user: User, titles: Sequence[str], place: str, workplace: str, resume: Resume | None = None
) -> Persona:
    wishes: dict[str, Any] = {
        "job_title_keywords": list(titles),
        "locations": [place] if place else [],
        "currency": user.currency,
    }
    if workplace:
        wishes["remote_preference"] = workplace
    try:
        return create_persona(
            user=user,
            details={"name": titles[0], "description": "", "resume": resume},
            preferences=wishes,  # type: ignore[arg-type]
        )
    except ValuesRefused as refused:
        fields = {"name": "title", "job_title_keywords": "title", "locations": "place"}
        raise ValuesRefused(
            {fields.get(field, field): sentences for field, sentences in refused.faults.items()}
        ) from None


def _place_of(location: Any) -> str:
    """Give the name of the place that a résumé states, as the gazetteer writes it; "" where it is none that is known."""
    if not isinstance(location, dict):
        return ""
    city, region, code = (
        text.strip() if isinstance(text := location.get(name), str) else ""
        for name in ("city", "region", "countryCode")
    )
    # A code alone may be a state's as well: DE is Germany here, and never Delaware.
    country = gazetteer().country_name(code.upper()) if code else ""
    for parts in ((city, region, country), (city, country), (city, region), (city,), (country,)):
        place = gazetteer().find(", ".join(filter(None, parts))) if any(parts) else None
        if place is not None:
            return place.label()
    return ""


def _all_sentences(refused: ValuesRefused) -> list[str]:
    return [str(sentence) for sentences in refused.faults.values() for sentence in sentences]


def _title_missing() -> str:
    return _("Name the work that you look for.")
