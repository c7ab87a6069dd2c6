"""What a person makes of a skill worth learning: planned, learning, done, not for me; and what it changed once it is held.

`promised` is kept as it stood when the skill was first taken up, so that what came of it can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from learning.facts import as_json
from learning.gaps import measure_effect
from learning.models import (
    Course,
    LearningSettings,
    LearningState,
    Progress,
    Recommendation,
)
from learning.thresholds import threshold_of
from learning.turns import take_learning_turns
from learning.wording import forget_other_words
from matching.knowledge import shipped_knowledge
from matching.market import Market
from matching.scoring import LEVELS
from matching.services import read_persona_facts
from matching.writer import current_writer
from personas.checking import SKILL_RULES, check_values
from personas.models import Persona, User, UserSkill
from personas.services import (
    ValuesRefused,
    add_skill,
    change_skill_level,
    gone,
    take_turns,
)
from personas.taxonomy import taxonomy

MOST_HOURS = 60
LEARNED = UserSkill.Level.INTERMEDIATE
# Where two rows turn out to be one skill, the one that is further stays.
_FURTHER = (
    Progress.Status.NOT_FOR_ME,
    Progress.Status.PLANNED,
    Progress.Status.LEARNING,
    Progress.Status.DONE,
)


def set_progress(
    *,
    user: User,
    skill_name: str,
    status: str,
    persona: Persona | None = None,
    course: Course | None = None,
    evidence: str | None = None,
    now: datetime,
) -> Progress:
    """Say how far somebody is with a skill, known or new; saying it twice changes nothing.

    What a live recommendation says of the skill is kept as promised when it is first taken up. Raises ValuesRefused or Gone.
    """
    name = _checked("name", skill_name)
    kept_evidence = None if evidence is None else _checked("evidence", evidence)
    if status not in Progress.Status.values:
        raise ValuesRefused({"status": [_("Choose planned, learning, done or not for me.")]})
    key = taxonomy().key(name)
    with transaction.atomic():
        take_turns(user.pk)
        take_learning_turns(user.pk)
        if persona is not None and not Persona.objects.owned_by(user).filter(pk=persona.pk).exists():
            raise gone()
        adopt_names(user=user)
        row: Progress = Progress.objects.owned_by(user).filter(skill_key=key).first() or Progress(
            user=user, skill_name=taxonomy().canonical(name), skill_key=key
        )
        _move(row, status, now)
        if row.promised is None and status != Progress.Status.NOT_FOR_ME:
            _promise(row, persona, now)
        if persona is not None and row.persona_id is None:
            row.persona = persona
        if course is not None:
            row.course = course
        if kept_evidence is not None:
            row.evidence = kept_evidence
        row.save()
    return row


def _move(row: Progress, status: str, now: datetime) -> None:
    """Put a row into a status with its time; what was done and is taken up again forgets its end, not its skill."""
    if row.status == status:
        return
    row.status = status
    if status == Progress.Status.PLANNED:
        row.planned_at, row.started_at, row.done_at = row.planned_at or now, None, None
    elif status == Progress.Status.LEARNING:
        row.started_at, row.done_at = row.started_at or now, None
    elif status == Progress.Status.DONE:
        row.done_at = now
    else:
        row.done_at = None
    if status != Progress.Status.DONE:
        row.added_at, row.added_level, row.measured, row.measured_at = None, "", None, None


def _promise(row: Progress, persona: Persona | None, now: datetime) -> None:
    """Keep what a live recommendation, or the last count of the persona, says of the skill."""
    live = Recommendation.objects.filter(user_id=row.user_id).live(now)
    told = live.filter(skill_key=row.skill_key).exclude(facts={})
    counted = LearningState.objects.filter(user_id=row.user_id)
    if persona is not None:
        told, counted = told.filter(persona=persona), counted.filter(persona=persona)
    recommendation = told.order_by("position", "pk").first()
    if recommendation is not None:
        row.promised = recommendation.facts
        row.persona_id = row.persona_id or recommendation.persona_id
    else:
        for state in counted.order_by("persona_id"):
            facts = next((each for each in state.gaps if each.get("key") == row.skill_key), None)
            if facts is not None:
                row.promised = facts
                row.persona_id = row.persona_id or state.persona_id
                break
    held = _held(row)
    row.from_level = held.proficiency_level if held is not None else ""
    row.to_level = (row.promised or {}).get("to_level") or LEARNED


def _held(row: Progress) -> UserSkill | None:
    """Give the skill of the inventory that this is about, whatever name it stands under there."""
    own: Iterable[UserSkill] = UserSkill.objects.filter(user_id=row.user_id).order_by("created_at", "pk")
    return next((skill for skill in own if taxonomy().key(skill.skill_name) == row.skill_key), None)


def add_learned_skill(*, progress: Progress, level: str, evidence: str, now: datetime) -> Progress:
    """Put a skill that was learned into the inventory, or raise its level there; raises ValuesRefused or Gone.

    A level is never lowered: where the skill is held as well or better, that is said.
    """
    level = _checked("level", level)
    kept = _checked("evidence", evidence)
    with transaction.atomic():
        take_turns(progress.user_id)
        take_learning_turns(progress.user_id)
        row: Progress | None = Progress.objects.select_related("user").filter(pk=progress.pk).first()
        if row is None:
            raise gone()
        if row.status != Progress.Status.DONE:
            raise ValuesRefused({"status": [_("Say that you have learned it first; then it can be added.")]})
        held = _held(row)
        if held is None:
            add_skill(
                user=row.user,
                name=row.skill_name,
                level=level,
                source=UserSkill.Source.INPUT,
                evidence=kept,
            )
        elif LEVELS[held.proficiency_level] < LEVELS[level]:
            change_skill_level(skill=held, level=level)
        elif row.added_at is None or row.added_level != level:
            shown = {"level": str(UserSkill.Level(held.proficiency_level).label)}
            raise ValuesRefused(
                {
                    "level": [
                        _("You have this skill at the level %(level)s already. Choose a higher one.") % shown
                    ]
                }
            )
        row.added_at, row.added_level, row.evidence = row.added_at or now, level, kept
        row.save(update_fields=["added_at", "added_level", "evidence"])
    return row


def forget_progress(*, progress: Progress) -> None:
    """Take a skill off the list of what is learned; the inventory stays as it is."""
    with transaction.atomic():
        take_learning_turns(progress.user_id)
        Progress.objects.filter(pk=progress.pk).delete()


def settings_of(user: User) -> LearningSettings:
    """Give what somebody said about their learning, the defaults where they said nothing."""
    return LearningSettings.objects.filter(user=user).first() or LearningSettings(user=user)


def edit_settings(
    *, user: User, hours_per_week: Any = None, use_writer: bool | None = None
) -> LearningSettings:
    """Say how many hours a week somebody has (a whole number from 1 to 60), and whether the writer of this copy may have their reasons.

    None leaves a value as it is. Raises ValuesRefused.
    """
    hours = None if hours_per_week is None else _checked_hours(hours_per_week)
    writer = current_writer()
    if use_writer and writer is None:
        raise ValuesRefused({"use_writer": [_("This copy of Relevnt has no writer.")]})
    with transaction.atomic():
        take_turns(user.pk)
        row = settings_of(user)
        row.hours_per_week = row.hours_per_week if hours is None else hours
        if use_writer is not None:
            row.writer_host = writer.host if use_writer and writer else ""
        row.save()
        if use_writer is False:
            forget_other_words(user=user)
    return row


def _checked_hours(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_HOURS:
        told = _("Give a whole number of hours a week, from 1 to %(most)s.") % {"most": MOST_HOURS}
        raise ValuesRefused({"hours_per_week": [told]})
    return value


def measure_progress(*, user: User, now: datetime, market: Market) -> int:
    """Count anew what each learned skill that stands in the inventory changes for its persona, and give their number.

    A skill that has left the inventory changes nothing any more, so nothing is kept of it.
    """
    learned = Progress.objects.owned_by(user).filter(added_at__isnull=False)
    rows = list(learned.select_related("persona__preferences", "persona__user").order_by("pk"))
    facts = {row.persona_id: read_persona_facts(row.persona) for row in rows if row.persona is not None}
    for row in rows:
        measured = None
        persona = facts.get(row.persona_id)
        if persona is not None and row.skill_key in persona.held:
            effect = measure_effect(
                market.snapshot,
                persona,
                key=row.skill_key,
                without=row.from_level,
                threshold=threshold_of(row.persona),
                knowledge=shipped_knowledge(),
            )
            measured = as_json(effect)
        if measured != row.measured:
            Progress.objects.filter(pk=row.pk).update(measured=measured, measured_at=now)
    return len(rows)


def adopt_names(*, user: User) -> None:
    """Bring what stands under a name that the taxonomy has changed under today's; where two become one, the further stays."""
    words = taxonomy()
    recommended = Recommendation.objects.owned_by(user).exclude(skill_key="")
    for told in recommended.order_by("persona_id", "position", "pk"):
        key = words.key(told.target_skill)
        if key != told.skill_key:
            if recommended.filter(persona_id=told.persona_id, skill_key=key).exists():
                told.delete()
            else:
                recommended.filter(pk=told.pk).update(
                    skill_key=key, target_skill=words.canonical(told.target_skill)
                )
    own = Progress.objects.owned_by(user)
    for row in own.order_by("created_at", "pk"):
        key = words.key(row.skill_name)
        if key == row.skill_key:
            continue
        other = own.filter(skill_key=key).first()
        if other is not None and _FURTHER.index(other.status) >= _FURTHER.index(row.status):
            row.delete()
            continue
        if other is not None:
            other.delete()
        own.filter(pk=row.pk).update(skill_key=key, skill_name=words.canonical(row.skill_name))


def _checked(field: str, value: str) -> str:
    kept, faults = check_values({field: value}, SKILL_RULES)
    if faults:
        raise ValuesRefused(faults)
    return str(kept[field])
