"""Everything that changes an account, a persona, a skill or a résumé; nothing else writes these rows.

A refusal names the field, what is wrong with it and how to mend it, so that a page and the API say the same sentence. What the
database judges (a name that is taken, a pay range upside down) is read from the constraint that refused.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import zoneinfo
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import SequenceMatcher
from pathlib import PurePosixPath
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from personas.companies import company_key
from personas.gazetteer import Place, gazetteer
from personas.industries import INDUSTRY_CODES
from personas.models import Persona, PersonaPreferences, Resume, ResumeFile, User, UserSkill
from personas.money import is_currency
from personas.readers.resume import read_resume
from personas.readers.upload import Kind
from personas.taxonomy import taxonomy

MAX_ENTRIES = 50
MAX_ENTRY_LENGTH = 100
MAX_NAME_LENGTH = 255
"""Characters in the name of a persona, a skill, a résumé, a file or a person; the columns are as wide."""
MAX_DESCRIPTION_LENGTH = 5000
MAX_EVIDENCE_LENGTH = 1000
MAX_AMOUNT = 2_147_483_647
"""The largest amount of pay: what a PostgreSQL integer holds."""
COMPANY_SIZES = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000", "10001+")
"""Sizes of companies by the number of people."""

MEDIA_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.TXT: "text/plain",
    Kind.JSON: "application/json",
}

_SUGGESTED_FOR = 3  # unknown places; looking for likely ones takes some hundredths of a second each


class Refused(Exception):
    """A change that is not made; `faults` maps each field to sentences that say what is wrong and how to mend it."""

    def __init__(self, faults: Mapping[str, list[str]]) -> None:
        # The message is the names of the fields alone: the sentences may quote the person, which no log may hold.
        super().__init__(", ".join(faults))
        self.faults = faults


class ValuesRefused(Refused):
    """Raised for values that cannot be kept."""


class PersonaNameTaken(Refused):
    """Raised when the person already has a persona of this name."""


class SkillHeld(Refused):
    """Raised when the person already holds this skill, by whatever name."""


class ResumeNotFound(Refused):
    """Raised when a persona would get a résumé that is gone or somebody else's."""


class PersonaDetails(TypedDict, total=False):
    """What a persona is called and comes with; an absent key leaves things as they are."""

    name: str
    description: str
    resume: Resume | None


class PreferenceValues(TypedDict, total=False):
    """What a persona looks for, by the columns of its preferences; an absent key leaves things as they are."""

    job_title_keywords: list[str]
    required_skills: list[str]
    nice_to_have_skills: list[str]
    locations: list[str]
    industries: list[str]
    company_size: list[str]
    excluded_companies: list[str]
    mission_values: list[str]
    growth_focus: list[str]
    min_salary: int | None
    max_salary: int | None
    currency: str
    salary_period: str
    remote_preference: str


class NewSkill(NamedTuple):
    """A skill to be added: its name, one of the levels, and the words it is known from."""

    name: str
    level: str
    evidence: str = ""


class UploadedResume(NamedTuple):
    """A résumé just read, and the numbers (from 1) of its pages that are pictures without text."""

    resume: Resume
    pages_without_text: tuple[int, ...]


def check_persona(*, details: PersonaDetails, preferences: PreferenceValues) -> None:
    """Raise ValuesRefused with everything that create_persona and edit_persona would refuse of these values."""
    _checked_persona(details, preferences)


def create_persona(
    *, user: User, details: PersonaDetails, preferences: PreferenceValues | None = None
) -> Persona:
    """Make a persona, active when no other is; raise PersonaNameTaken, ResumeNotFound or ValuesRefused."""
    own, wishes = _checked_persona({"name": "", **details}, preferences or {})
    with _judged():
        _take_turns(user)
        is_first = not Persona.objects.owned_by(user).filter(is_active=True).exists()
        persona = Persona.objects.create(user=user, is_active=is_first, **own)
        _write_preferences(persona, wishes)
    return persona


def edit_persona(
    *, persona: Persona, details: PersonaDetails | None = None, preferences: PreferenceValues | None = None
) -> Persona:
    """Change a persona and what it looks for, all or nothing; raise as create_persona does."""
    own, wishes = _checked_persona(details or {}, preferences or {})
    with _judged():
        for field, value in own.items():
            setattr(persona, field, value)
        if own:
            persona.save(update_fields=list(own))
        _write_preferences(persona, wishes)
    return persona


def copy_persona(*, persona: Persona) -> Persona:
    """Make an inactive persona that looks for the same, named after the original."""
    with transaction.atomic():
        _take_turns(persona.user)
        taken = set(Persona.objects.owned_by(persona.user).values_list("name", flat=True))
        copy = Persona.objects.create(
            user=persona.user,
            name=_name_of_copy(persona.name, taken),
            description=persona.description,
            resume_id=persona.resume_id,
        )
        original = PersonaPreferences.objects.get(persona=persona)
        wishes = {field: getattr(original, field) for field in PreferenceValues.__annotations__}
        PersonaPreferences.objects.filter(persona=copy).update(**wishes)
    return copy


def activate_persona(*, persona: Persona) -> None:
    """Search as this persona from now on, and as no other."""
    with transaction.atomic():
        _take_turns(persona.user)
        own = Persona.objects.owned_by(persona.user)
        own.filter(is_active=True).exclude(pk=persona.pk).update(is_active=False)
        own.filter(pk=persona.pk, is_active=False).update(is_active=True)
    persona.is_active = True


def delete_persona(*, persona: Persona) -> None:
    """Delete a persona with what it looks for; where it was the active one, the newest of the others follows."""
    Persona.objects.filter(pk=persona.pk).delete()


def attach_resume(*, persona: Persona, resume: Resume | None) -> Persona:
    """Give a persona one of the person's résumés, or none; raise ResumeNotFound."""
    return edit_persona(persona=persona, details={"resume": resume})


def add_skill(*, user: User, name: str, level: str, source: str, evidence: str = "") -> UserSkill:
    """Add a skill under the taxonomy's name for it; raise SkillHeld or ValuesRefused."""
    skill = _new_skill(user, NewSkill(name, level, evidence), source=source)
    key = taxonomy().key(skill.skill_name)
    for held in UserSkill.objects.owned_by(user).values_list("skill_name", flat=True):
        # Rows written by other tools may carry an alias, which no constraint can tell.
        if taxonomy().key(held) == key:
            raise _skill_held(held)
    with _judged():
        skill.save(force_insert=True)
    return skill


def add_proposed_skills(*, user: User, skills: Iterable[NewSkill]) -> int:
    """Add skills that a résumé named and the person confirmed, leave out those held by now, and give the number added."""
    names = UserSkill.objects.owned_by(user).values_list("skill_name", flat=True)
    held = {taxonomy().key(name) for name in names}
    new: dict[str, UserSkill] = {}
    for skill in skills:
        row = _new_skill(user, skill, source=UserSkill.Source.RESUME)
        if (key := taxonomy().key(row.skill_name)) not in held:
            new.setdefault(key, row)
    with transaction.atomic():
        before = UserSkill.objects.owned_by(user).count()
        UserSkill.objects.bulk_create(new.values(), ignore_conflicts=True)
        added: int = UserSkill.objects.owned_by(user).count() - before
    return added


def change_skill_level(*, skill: UserSkill, level: str) -> UserSkill:
    """Say how well a skill is held; raise ValuesRefused for a level that is none."""
    skill.proficiency_level = _checked({"level": level}, _SKILL_RULES)["level"]
    skill.save(update_fields=["proficiency_level"])
    return skill


def change_skill_levels(*, user: User, levels: Mapping[UUID, str]) -> int:
    """Say how well several skills are held, by their ids, and give the number that changed; raise ValuesRefused."""
    for level in set(levels.values()):
        _checked({"level": level}, _SKILL_RULES)
    own = UserSkill.objects.owned_by(user)
    with transaction.atomic():
        return sum(
            own.filter(pk=pk).exclude(proficiency_level=level).update(proficiency_level=level)
            for pk, level in levels.items()
        )


def remove_skill(*, skill: UserSkill) -> None:
    """Take a skill out of the inventory."""
    UserSkill.objects.filter(pk=skill.pk).delete()


def upload_resume(*, user: User, title: str, file_name: str, content: bytes) -> UploadedResume:
    """Read a résumé and keep it with its file; the first one is the default, an empty title is taken from the file's name.

    Raises UploadRefused (personas.readers.refusals) for a file that cannot be read, ValuesRefused for a title.
    """
    name = _file_name(file_name)
    title = _checked({"title": title.strip() or PurePosixPath(name).stem}, _RESUME_RULES)["title"]
    read = read_resume(name, content)
    with transaction.atomic():
        _take_turns(user)
        resume = Resume.objects.create(
            user=user,
            title=title,
            is_default=not Resume.objects.owned_by(user).filter(is_default=True).exists(),
            document=read.document,
            text=read.text,
            unplaced=list(read.unplaced),
        )
        ResumeFile.objects.create(
            user=user,
            resume=resume,
            name=name,
            media_type=MEDIA_TYPES[read.kind],
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        )
    return UploadedResume(resume, read.pages_without_text)


def rename_resume(*, resume: Resume, title: str) -> Resume:
    """Give a résumé another title; raise ValuesRefused for an empty or too long one."""
    resume.title = _checked({"title": title}, _RESUME_RULES)["title"]
    resume.save(update_fields=["title"])
    return resume


def make_default_resume(*, resume: Resume) -> None:
    """Make a résumé the person's default, and no other."""
    with transaction.atomic():
        _take_turns(resume.user)
        own = Resume.objects.owned_by(resume.user)
        own.filter(is_default=True).exclude(pk=resume.pk).update(is_default=False)
        own.filter(pk=resume.pk, is_default=False).update(is_default=True)
    resume.is_default = True


def delete_resume(*, resume: Resume) -> None:
    """Delete a résumé with its file; its personas stay, and the newest of the others becomes the default if this one was."""
    with transaction.atomic():
        _take_turns(resume.user)
        own = Resume.objects.owned_by(resume.user)
        own.filter(pk=resume.pk).delete()
        newest = own.order_by("-created_at", "-pk").values("pk")[:1]
        if not own.filter(is_default=True).exists():
            own.filter(pk__in=newest).update(is_default=True)


def edit_account(*, user: User, display_name: str, time_zone: str, locale: str, currency: str) -> User:
    """Change what a person is called and how times and money are shown; raise ValuesRefused."""
    values = {"display_name": display_name, "time_zone": time_zone, "locale": locale, "currency": currency}
    for field, value in _checked(values, _ACCOUNT_RULES).items():
        setattr(user, field, value)
    user.save(update_fields=list(values))
    return user


def open_account(*, email: str, password: str) -> User:
    """Make an account on somebody's behalf; its address is confirmed by its owner, as after sign-up."""
    # Sign-in looks addresses up in lower case.
    return User.objects.create_user(email.lower(), password)


def change_roles(*, user: User, is_active: bool, is_staff: bool, is_coach: bool) -> User:
    """Say whether somebody may sign in, belongs to the staff and coaches; the database lets only staff do so."""
    user.is_active, user.is_staff, user.is_coach = is_active, is_staff, is_coach
    user.save(update_fields=["is_active", "is_staff", "is_coach"])
    return user


def _checked_persona(details: PersonaDetails, preferences: PreferenceValues) -> tuple[dict, dict]:
    checked = _checked({**details, **preferences}, _PERSONA_RULES)
    return {field: checked.pop(field) for field in details}, checked


def _write_preferences(persona: Persona, values: Mapping[str, Any]) -> None:
    """Write what a persona looks for; a trigger has made the row."""
    if values:
        PersonaPreferences.objects.filter(persona=persona).update(**values)


def _new_skill(user: User, skill: NewSkill, *, source: str) -> UserSkill:
    values = _checked(skill._asdict(), _SKILL_RULES)
    return UserSkill(
        user=user,
        skill_name=values["name"],
        proficiency_level=values["level"],
        source=source,
        evidence=values["evidence"],
    )


def _name_of_copy(name: str, taken: Collection[str]) -> str:
    for number in itertools.count(1):
        ending = _(" (copy)") if number == 1 else _(" (copy %(number)s)") % {"number": number}
        proposed = f"{name[: MAX_NAME_LENGTH - len(ending)]}{ending}"
        if proposed not in taken:
            break
    return proposed


def _take_turns(user: User) -> None:
    """Let requests that change which row of a person is the active or the default one pass one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


@contextmanager
def _judged() -> Iterator[None]:
    """Run a block in a transaction of its own; where a constraint refuses it, say so in our words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        judgment = _JUDGMENTS.get(_constraint_of(error))
        if judgment is None:
            raise
        # What PostgreSQL says quotes the row, so it is not carried along.
        raise judgment() from None


def _constraint_of(error: IntegrityError) -> str:
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else ""


def _upside_down() -> Refused:
    return ValuesRefused(
        {"min_salary": [_("The lowest pay is above the highest. Lower it, or raise the highest.")]}
    )


def _name_taken() -> Refused:
    return PersonaNameTaken(
        {"name": [_("You already have a persona with this name. Give this one another.")]}
    )


def _resume_gone() -> Refused:
    return ResumeNotFound({"resume": [_("This résumé is not there any more. Choose another, or none.")]})


def _skill_held(name: str = "") -> Refused:
    if not name:
        return SkillHeld({"name": [_("You have this skill already. Change its level in the list.")]})
    return SkillHeld(
        {"name": [_("You have %(skill)s already. Change its level in the list.") % {"skill": name}]}
    )


_JUDGMENTS: Mapping[str, Callable[[], Refused]] = {
    "persona_name_is_unique_per_person": _name_taken,
    "user_personas_resume_id_fk": _resume_gone,
    "preferences_lowest_pay_is_not_above_highest": _upside_down,
    "user_skill_name_is_unique_per_person": _skill_held,
    "user_skill_is_unique_whatever_its_case": _skill_held,
}


def _checked(values: Mapping[str, Any], rules: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """The values as they are kept; raise ValuesRefused with every fault at once."""
    kept, faults = {}, {}
    for field, value in values.items():
        try:
            kept[field] = rules[field](value)
        except ValueError as wrong:
            faults[field] = [str(wrong)]
    if faults:
        raise ValuesRefused(faults)
    return kept


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


def _description(text: str) -> str:
    kept = _storable(text).strip()
    if len(kept) > MAX_DESCRIPTION_LENGTH:
        shown = {"limit": MAX_DESCRIPTION_LENGTH, "length": len(kept)}
        raise ValueError(_("This has %(length)s characters; at most %(limit)s are kept. Shorten it.") % shown)
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
    if countries := gazetteer().area(entry):
        names = sorted(gazetteer().country_name(code) for code in countries)
        shown = {"place": entry, "countries": ", ".join(names[:3])}
        return _("“%(place)s” is many countries; name the ones you mean, such as %(countries)s.") % shown
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


def _file_name(name: str) -> str:
    """The last part of a path, without control characters, its ending kept where it is too long for the column."""
    plain = "".join(letter for letter in re.split(r"[/\\]", name)[-1] if letter.isprintable()).strip()
    if len(plain) <= MAX_NAME_LENGTH:
        return plain
    path = PurePosixPath(plain)
    return f"{path.stem[: MAX_NAME_LENGTH - len(path.suffix)]}{path.suffix}"


_PERSONA_RULES: Mapping[str, Callable[[Any], Any]] = {
    "name": _name,
    "description": _description,
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
_SKILL_RULES = {"name": _skill_name, "level": _one_of(UserSkill.Level.values), "evidence": _evidence}
_RESUME_RULES = {"title": _name}
_ACCOUNT_RULES: Mapping[str, Callable[[Any], Any]] = {
    "display_name": _line,
    "time_zone": _time_zone,
    "locale": _one_of([code for code, _name_of in settings.LANGUAGES]),
    "currency": _currency,
}
