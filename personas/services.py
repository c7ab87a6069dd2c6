"""Everything that changes an account, a persona, a skill or a résumé; nothing else writes these rows.

A refusal names the field, what is wrong with it and how to mend it, so that a page and the API say the same sentence. What the
database judges (a name that is taken, a pay range upside down) is read from the constraint that refused.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

import psycopg
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from personas.checking import (
    ACCOUNT_RULES,
    MAX_EVIDENCE_LENGTH,
    MAX_NAME_LENGTH,
    PERSONA_RULES,
    RESUME_RULES,
    SKILL_RULES,
    Rules,
    check_values,
    plain_file_name,
)
from personas.models import Persona, PersonaPreferences, Resume, ResumeFile, User, UserSkill
from personas.readers.resume import read_resume
from personas.readers.upload import Kind
from personas.resume_texts import change_texts, find_text
from personas.taxonomy import taxonomy

MEDIA_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.TXT: "text/plain",
    Kind.JSON: "application/json",
}

READ_AT_ONCE = 2
"""Résumés read at the same time, over everybody: each keeps a thread of the web server for up to seconds."""


class Refused(Exception):
    """A change that is not made; `faults` maps each field to sentences that say what is wrong and how to mend it."""

    def __init__(self, faults: Mapping[str, list[str]]) -> None:
        # The message is the names of the fields alone: the sentences may quote the person, which no log may hold.
        super().__init__(", ".join(faults))
        self.faults = faults


class ValuesRefused(Refused):
    """Raised for values that cannot be kept."""


class Taken(Refused):
    """Raised when the person has one of this name already; the API calls it a conflict."""


class PersonaNameTaken(Taken):
    """Raised when the person already has a persona of this name."""


class SkillHeld(Taken):
    """Raised when the person already holds this skill, by whatever name."""


class ResumeNotFound(Refused):
    """Raised when a persona would get a résumé that is gone or somebody else's."""


class Gone(Refused):
    """Raised when what would be changed has been deleted meanwhile; edges say that there is nothing."""


class ReadersBusy(Refused):
    """Raised when the person, or everybody together, has as many résumés being read as may be at once."""


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


class SkillDetails(TypedDict, total=False):
    """How a skill is held; an absent key leaves things as they are."""

    level: str
    years: Decimal | None
    last_used: int | None


_SKILL_COLUMNS = {"level": "proficiency_level", "years": "years", "last_used": "last_used"}


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


def read_preferences(preferences: PreferenceValues) -> dict[str, Any]:
    """What would be kept of preferences, by columns, without keeping it; raise ValuesRefused."""
    return _checked_persona({}, preferences)[1]


def create_persona(
    *, user: User, details: PersonaDetails, preferences: PreferenceValues | None = None
) -> Persona:
    """Make a persona, active when no other is; raise PersonaNameTaken, ResumeNotFound or ValuesRefused."""
    own, wishes = _checked_persona({"name": "", **details}, preferences or {})
    with _judged():
        take_turns(user.pk)
        is_first = not Persona.objects.owned_by(user).filter(is_active=True).exists()
        persona = Persona.objects.create(user=user, is_active=is_first, **own)
        _write_preferences(persona, wishes)
    return persona


def edit_persona(
    *, persona: Persona, details: PersonaDetails | None = None, preferences: PreferenceValues | None = None
) -> Persona:
    """Change a persona and what it looks for, all or nothing; raise as create_persona does, or Gone."""
    own, wishes = _checked_persona(details or {}, preferences or {})
    with _judged():
        take_turns(persona.user_id)
        rows = Persona.objects.filter(pk=persona.pk)
        if not (rows.update(**own) if own else rows.exists()):
            raise gone()
        _write_preferences(persona, wishes)
    for field, value in own.items():
        setattr(persona, field, value)
    return persona


def copy_persona(*, persona: Persona) -> Persona:
    """Make an inactive persona that looks for the same, named after the original; raise Gone."""
    with transaction.atomic():
        take_turns(persona.user_id)
        original = Persona.objects.select_related("preferences").filter(pk=persona.pk).first()
        if original is None:
            raise gone()
        own = Persona.objects.filter(user_id=original.user_id)
        copy: Persona = Persona.objects.create(
            user_id=original.user_id,
            name=_name_of_copy(original.name, set(own.values_list("name", flat=True))),
            description=original.description,
            resume_id=original.resume_id,
        )
        wishes = {field: getattr(original.preferences, field) for field in PreferenceValues.__annotations__}
        PersonaPreferences.objects.filter(persona=copy).update(**wishes)
    return copy


def activate_persona(*, persona: Persona) -> None:
    """Search as this persona from now on, and as no other; raise Gone."""
    with transaction.atomic():
        take_turns(persona.user_id)
        own = Persona.objects.filter(user_id=persona.user_id)
        own.filter(is_active=True).exclude(pk=persona.pk).update(is_active=False)
        if not own.filter(pk=persona.pk).update(is_active=True):
            raise gone()
    persona.is_active = True


def delete_persona(*, persona: Persona) -> None:
    """Delete a persona with what it looks for; where it was the active one, the newest of the others follows."""
    with transaction.atomic():
        take_turns(persona.user_id)
        Persona.objects.filter(pk=persona.pk).delete()


def attach_resume(*, persona: Persona, resume: Resume | None) -> Persona:
    """Give a persona one of the person's résumés, or none; raise ResumeNotFound or Gone."""
    return edit_persona(persona=persona, details={"resume": resume})


def add_skill(*, user: User, name: str, level: str, source: str, evidence: str = "") -> UserSkill:
    """Add a skill under the taxonomy's name for it; raise SkillHeld or ValuesRefused."""
    skill = _new_skill(user, NewSkill(name, level, evidence), source=source)
    key = taxonomy().key(skill.skill_name)
    with _judged():
        take_turns(user.pk)
        for held in UserSkill.objects.owned_by(user).values_list("skill_name", flat=True):
            # Rows written by other tools may carry an alias, which no constraint can tell.
            if taxonomy().key(held) == key:
                raise _skill_held(held)
        skill.save(force_insert=True)
    return skill


def add_proposed_skills(
    *, user: User, skills: Iterable[NewSkill], source: str = UserSkill.Source.RESUME
) -> int:
    """Add skills that were proposed and the person confirmed, leave out those held by now, and give the number added."""
    named: dict[str, UserSkill] = {}
    for skill in skills:
        row = _new_skill(user, skill, source=source)
        named.setdefault(taxonomy().key(row.skill_name), row)
    own = UserSkill.objects.owned_by(user)
    with transaction.atomic():
        take_turns(user.pk)
        names = list(own.values_list("skill_name", flat=True))
        held = {taxonomy().key(name) for name in names}
        new = [row for key, row in named.items() if key not in held]
        UserSkill.objects.bulk_create(new, ignore_conflicts=True)
        added: int = own.count() - len(names)
    return added


def change_skills(*, user: User, details: Mapping[UUID, SkillDetails]) -> int:
    """Say how well skills are held, for how many years and when last, by their ids; give the number that changed. Raise ValuesRefused."""
    checked = {pk: _checked(values, SKILL_RULES) for pk, values in details.items()}
    own = UserSkill.objects.owned_by(user)
    with transaction.atomic():
        take_turns(user.pk)
        rows = own.in_bulk(list(checked))
        changed = 0
        for pk, values in checked.items():
            columns = {_SKILL_COLUMNS[field]: value for field, value in values.items()}
            if pk in rows and any(getattr(rows[pk], column) != value for column, value in columns.items()):
                changed += own.filter(pk=pk).update(**columns)
    return changed


def merge_skills(*, user: User) -> int:
    """Make one row of those that are one skill by the taxonomy's names, and give the number of rows that went.

    The one left has the taxonomy's name, the highest level, the most years, the latest use, and what each was known from.
    """
    with transaction.atomic():
        take_turns(user.pk)
        gone_by_now = 0
        for rows in find_aliases(UserSkill.objects.owned_by(user).for_list()):
            kept, *others = sorted(
                rows, key=lambda row: (row.skill_name != taxonomy().canonical(row.skill_name), row.created_at)
            )
            levels = [
                level
                for level in UserSkill.Level.values
                if any(row.proficiency_level == level for row in rows)
            ]
            evidence = " / ".join(dict.fromkeys(row.evidence for row in rows if row.evidence))
            UserSkill.objects.filter(pk__in=[row.pk for row in others]).delete()
            UserSkill.objects.filter(pk=kept.pk).update(
                skill_name=taxonomy().canonical(kept.skill_name),
                proficiency_level=levels[-1],
                years=max((row.years for row in rows if row.years is not None), default=None),
                last_used=max((row.last_used for row in rows if row.last_used is not None), default=None),
                evidence=evidence[:MAX_EVIDENCE_LENGTH],
            )
            gone_by_now += len(others)
    return gone_by_now


def find_aliases(skills: Iterable[UserSkill]) -> list[list[UserSkill]]:
    """The groups of rows that are one skill under several names."""
    groups: dict[str, list[UserSkill]] = {}
    for skill in skills:
        groups.setdefault(taxonomy().key(skill.skill_name), []).append(skill)
    return [rows for rows in groups.values() if len(rows) > 1]


def change_skill_level(*, skill: UserSkill, level: str) -> UserSkill:
    """Say how well a skill is held; raise ValuesRefused for a level that is none, or Gone."""
    level = _checked({"level": level}, SKILL_RULES)["level"]
    with transaction.atomic():
        take_turns(skill.user_id)
        if not UserSkill.objects.filter(pk=skill.pk).update(proficiency_level=level):
            raise gone()
    skill.proficiency_level = level
    return skill


def remove_skill(*, skill: UserSkill) -> None:
    """Take a skill out of the inventory."""
    with transaction.atomic():
        take_turns(skill.user_id)
        UserSkill.objects.filter(pk=skill.pk).delete()


def upload_resume(*, user: User, title: str, file_name: str, content: bytes) -> UploadedResume:
    """Read a résumé and keep it with its file; the first one is the default, an empty title is taken from the file's name.

    Raises UploadRefused (personas.readers.refusals) for a file that cannot be read, ValuesRefused for a title,
    ReadersBusy while others are being read.
    """
    name = plain_file_name(file_name)
    title = _checked({"title": title.strip() or PurePosixPath(name).stem}, RESUME_RULES)["title"]
    with transaction.atomic():
        _take_a_reader(user)
        read = read_resume(name, content)
        take_turns(user.pk)
        resume = Resume.objects.create(
            user=user,
            title=title,
            is_default=not Resume.objects.owned_by(user).filter(is_default=True).exists(),
            document=read.document,
            text=read.text,
            unplaced=list(read.unplaced),
            # A JSON Resume is kept as it came, so there is nothing to check.
            confirmed_at=timezone.now() if read.kind is Kind.JSON else None,
        )
        ResumeFile.objects.create(
            user=user,
            resume=resume,
            name=name,
            media_type=MEDIA_TYPES[read.kind],
            pages=read.pages or None,
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        )
    return UploadedResume(resume, read.pages_without_text)


def rename_resume(*, resume: Resume, title: str) -> Resume:
    """Give a résumé another title; raise ValuesRefused for an empty or too long one, or Gone."""
    title = _checked({"title": title}, RESUME_RULES)["title"]
    if not Resume.objects.filter(pk=resume.pk).update(title=title):
        raise gone()
    resume.title = title
    return resume


def make_default_resume(*, resume: Resume) -> None:
    """Make a résumé the person's default, and no other; raise Gone."""
    with transaction.atomic():
        take_turns(resume.user_id)
        own = Resume.objects.filter(user_id=resume.user_id)
        own.filter(is_default=True).exclude(pk=resume.pk).update(is_default=False)
        if not own.filter(pk=resume.pk).update(is_default=True):
            raise gone()
    resume.is_default = True


def edit_resume_texts(*, resume: Resume, texts: Mapping[str, str]) -> Resume:
    """Put other texts into what Relevnt keeps of a résumé, by JSON pointer; the uploaded file and its text stay as they are.

    A résumé that was reviewed waits for a review again. Raises ValuesRefused, all or nothing, or Gone.
    """
    kept: dict[str, str] = {}
    faults: dict[str, list[str]] = {}
    for pointer, text in texts.items():
        try:
            kept[pointer] = RESUME_RULES["text"](text)
        except ValueError as wrong:
            faults[pointer] = [str(wrong)]
    with transaction.atomic():
        take_turns(resume.user_id)
        now: Resume | None = Resume.objects.filter(pk=resume.pk).first()
        if now is None:
            raise gone()
        for pointer in kept:
            if find_text(now.document, pointer) is None:
                faults[pointer] = [_("The résumé holds no text at this place. Choose another place.")]
        if faults:
            raise ValuesRefused(faults)
        document = change_texts(now.document, kept)
        if document != now.document:
            Resume.objects.filter(pk=now.pk).update(document=document)
            now.refresh_from_db()
    return now


def ask_review(*, resume: Resume) -> Resume:
    """Ask for a review of a résumé, by whichever coach may see it; raise ValuesRefused where it is approved, or Gone."""
    return _move_review(
        resume,
        to=Resume.Review.PENDING,
        but_not=Resume.Review.APPROVED,
        sentence=_("This résumé is approved already. It is reviewed again when what it says changes."),
    )


def take_back_review(*, resume: Resume) -> Resume:
    """Ask for a review no longer; raise ValuesRefused where it is approved, or Gone."""
    return _move_review(
        resume,
        to=Resume.Review.NONE,
        but_not=Resume.Review.APPROVED,
        sentence=_("This résumé has been approved meanwhile, so there is nothing to take back."),
    )


def _move_review(resume: Resume, *, to: str, but_not: str, sentence: str) -> Resume:
    with transaction.atomic():
        take_turns(resume.user_id)
        rows = Resume.objects.filter(pk=resume.pk)
        if not rows.exclude(review=but_not).update(review=to):
            if rows.exists():
                raise ValuesRefused({"review": [sentence]})
            raise gone()
    resume.review = to
    return resume


def delete_resume(*, resume: Resume) -> None:
    """Delete a résumé with its file; its personas stay, and the newest of the others becomes the default if this one was."""
    with transaction.atomic():
        take_turns(resume.user_id)
        own = Resume.objects.filter(user_id=resume.user_id)
        own.filter(pk=resume.pk).delete()
        newest = own.order_by("-created_at", "-pk").values("pk")[:1]
        if not own.filter(is_default=True).exists():
            own.filter(pk__in=newest).update(is_default=True)


def edit_account(*, user: User, display_name: str, time_zone: str, locale: str, currency: str) -> User:
    """Change what a person is called and how times and money are shown; raise ValuesRefused."""
    values = {"display_name": display_name, "time_zone": time_zone, "locale": locale, "currency": currency}
    for field, value in _checked(values, ACCOUNT_RULES).items():
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


def take_turns(user_id: UUID) -> None:
    """Let whatever changes a person's rows pass one after the other; raise Gone where the account is deleted.

    Everybody takes this lock before any other: skills and preferences touch the rows of personas through triggers,
    so that two orders of locks would be a deadlock.
    """
    if User.objects.select_for_update(no_key=True).filter(pk=user_id).first() is None:
        raise gone()


def gone() -> Gone:
    """The refusal of a change to what has been deleted meanwhile."""
    return Gone({"id": [_("This is not there any more: it was deleted meanwhile.")]})


def _checked_persona(details: PersonaDetails, preferences: PreferenceValues) -> tuple[dict, dict]:
    checked = _checked({**details, **preferences}, PERSONA_RULES)
    return {field: checked.pop(field) for field in details}, checked


def _write_preferences(persona: Persona, values: Mapping[str, Any]) -> None:
    """Write what a persona looks for; a trigger has made the row."""
    if values:
        PersonaPreferences.objects.filter(persona=persona).update(**values)


def _new_skill(user: User, skill: NewSkill, *, source: str) -> UserSkill:
    values = _checked(skill._asdict(), SKILL_RULES)
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


def _take_a_reader(user: User) -> None:
    """Hold the person's turn and one of everybody's until the transaction ends; raise ReadersBusy where none is free."""
    turns = (f"reader {number}" for number in range(READ_AT_ONCE))
    if not (_try_lock(f"reader of {user.pk}") and any(map(_try_lock, turns))):
        raise ReadersBusy({"file": [_("Another résumé is being read. Try again in a moment.")]})


def _try_lock(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


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


def _checked(values: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """The values as they are kept; raise ValuesRefused with every fault at once."""
    kept, faults = check_values(values, rules)
    if faults:
        raise ValuesRefused(faults)
    return kept
