"""The sentences of recommendations in other words, for people who asked for them and to whom they may go.

What leaves is one counted sentence with the name of its skill. What comes back is kept beside the sentence only when it holds
nothing that the sentence does not (`matching/faithfulness.py`); the sentence stays what counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from learning.languages import base_of
from learning.models import LearningSettings, Recommendation
from matching.faithfulness import LANGUAGES, find_fault, tidy
from matching.writer import NoAnswer, Writer, ask_writer, current_writer
from personas.identity import acting_as
from personas.models import User
from personas.taxonomy import taxonomy

TASK = (
    "You rewrite one note about a skill so that it reads warm and plain. Write two or three short English sentences to the person, "
    "as 'you'. Use only what the note says. Write every number as it stands there, in the same order, and say of each the same "
    "thing. Add no number, skill, product, company, place, link, promise or advice. No lists, no quotes, no markup."
)


@dataclass(slots=True)
class WordingSummary:
    """How many sentences were put into other words, how many answers were refused, and how many questions stayed without one."""

    written: int = 0
    refused: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class _Wanted:
    user_id: UUID
    recommendation_id: UUID
    skill: str
    told: str


def write_other_words(*, now: datetime, most: int) -> WordingSummary:
    """Put at most so many sentences into other words, whoever's they are; to be called outside a transaction."""
    summary = WordingSummary()
    writer = current_writer()
    if writer is None:
        return summary
    for number, wanted in enumerate(_find_wanted(writer, now)):
        if number >= most:
            break
        told = tell_note(skill=wanted.skill, told=wanted.told)
        try:
            text = tidy(ask_writer(task=TASK, text=told, now=now))
        except NoAnswer as failure:
            if failure.stops:
                break
            summary.unanswered += 1
            continue
        fault = find_fault(text, told=told, find_skills=name_skills)
        if _keep(wanted, writer, text="" if fault else text, fault=fault or ""):
            summary.written += not fault
            summary.refused += bool(fault)
    return summary


def tell_note(*, skill: str, told: str) -> str:
    """Give what leaves the house: the name of the skill, and the counted sentence."""
    return f"{skill}: {told}"


def name_skills(text: str) -> Iterable[str]:
    """Give the names of the skills of a text."""
    return {mention.skill for mention in taxonomy().find(text)}


def forget_other_words(*, user: User) -> None:
    """Take other words away from all recommendations of somebody."""
    own = Recommendation.objects.owned_by(user).exclude(written_for="")
    own.update(written_text="", written_for="", written_by="", written_fault="")


def _find_wanted(writer: Writer, now: datetime) -> Iterable[_Wanted]:
    """Give the sentences that have no other words yet, person by person, in another order each day so that a budget is shared."""
    agreed = LearningSettings.objects.filter(writer_host=writer.host).select_related("user")
    people = [row.user for row in agreed if row.user.is_active and base_of(row.user.locale) in LANGUAGES]
    day = now.date().isoformat()
    for user in sorted(people, key=lambda user: hashlib.sha256(f"{day} {user.pk}".encode()).digest()):
        with acting_as(user.pk):
            rows = list(_without_words(user, now).values_list("pk", "target_skill", "reason_text"))
        for pk, skill, told in rows:
            yield _Wanted(user.pk, pk, skill, told)


def _without_words(user: User, now: datetime) -> QuerySet[Recommendation]:
    own: QuerySet[Recommendation] = (
        Recommendation.objects.owned_by(user).live(now).in_order().exclude(reason_text="")
    )
    return own.exclude(written_for=F("reason_text"))


def _keep(wanted: _Wanted, writer: Writer, *, text: str, fault: str) -> bool:
    """Keep an answer where the sentence is still that one and the person still wants it; give whether it was kept."""
    still_agreed = LearningSettings.objects.filter(user=OuterRef("user"), writer_host=writer.host)
    with acting_as(wanted.user_id):
        rows = Recommendation.objects.filter(
            Exists(still_agreed), pk=wanted.recommendation_id, reason_text=wanted.told
        )
        return bool(
            rows.update(
                written_text=text, written_for=wanted.told, written_by=str(writer)[:255], written_fault=fault
            )
        )
