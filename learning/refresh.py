"""Keeping recommendations true: counting a persona's gaps, choosing the few that pay most, and writing what changed.

A recommendation keeps its row for as long as its skill pays; its numbers and its sentence are those of the reading of the open jobs
that the state names. Runs as the person whose persona it is: in a page, or in the worker acting for them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import translation

from learning.catalogs import catalogs_version
from learning.choice import can_be_taught, choose, worth_an_hour
from learning.effort import estimate
from learning.facts import Effort, Gap, as_json
from learning.gaps import find_gaps
from learning.languages import code_of, spoken_by
from learning.models import (
    HOURS_PER_WEEK,
    RECOMMENDED_FOR,
    LearningSettings,
    LearningState,
    Progress,
    Recommendation,
)
from learning.offers import Offer, offers_for
from learning.offers import as_json as course_as_json
from learning.progress import adopt_names, measure_progress, settings_of
from learning.reasons import tell_reason
from learning.thresholds import threshold_of
from learning.turns import take_learning_turns
from matching.knowledge import shipped_knowledge
from matching.market import Market, glance_at_market, read_market
from matching.scoring import scorer_version
from matching.services import read_persona_facts
from personas.identity import acting_as
from personas.models import Persona
from personas.services import gone
from personas.taxonomy import taxonomy

if TYPE_CHECKING:
    from django.db.models import QuerySet

COUNTED_EVERY = timedelta(days=1)
RENEWED_WITHIN = timedelta(days=1)
"""How long before its end a recommendation that still pays gets another 30 days."""

logger = logging.getLogger(__name__)

Weighed = tuple[Gap, Effort]


class RefreshFailed(RuntimeError):
    """Raised after all personas had their turn, with the ids of those that could not be counted."""


def refresh_persona(*, persona: Persona, now: datetime, market: Market | None = None) -> LearningState:
    """Count a persona's gaps among the open jobs as they were last read, and bring its recommendations up to date; raise Gone."""
    market = market or glance_at_market()
    with transaction.atomic():
        take_learning_turns(persona.user_id)
        own = Persona.objects.select_for_update(of=("self",), no_key=True).filter(pk=persona.pk)
        fresh: Persona | None = own.select_related("user", "preferences").first()
        if fresh is None:
            raise gone()
        adopt_names(user=fresh.user)
        found = _search(fresh, market)
        state, _made = LearningState.objects.update_or_create(
            persona_id=fresh.pk,
            defaults={"user_id": fresh.user_id, "refreshed_at": now, **found.as_state()},
        )
        _write(fresh, found, now)
        measure_progress(user=fresh.user, now=now, market=market)
    return state


def personas_due(now: datetime) -> QuerySet[Persona]:
    """Personas whose gaps were never counted, or from other inputs, hours, catalogs or scorer than today's, or over a day ago."""
    hours = LearningSettings.objects.filter(user=OuterRef("user")).values("hours_per_week")
    up_to_date = LearningState.objects.filter(
        persona=OuterRef("pk"),
        inputs_revision=OuterRef("inputs_revision"),
        hours_per_week=Coalesce(Subquery(hours), HOURS_PER_WEEK),
        scorer_version=scorer_version(shipped_knowledge()),
        catalog_version=catalogs_version(),
        refreshed_at__gt=now - COUNTED_EVERY,
    )
    return Persona.objects.filter(~Exists(up_to_date), user__is_active=True).order_by("pk")


def refresh_personas(*, persona_ids: Sequence[UUID], now: datetime) -> int:
    """Bring the recommendations of these personas up to date, acting for each owner; give their number.

    One that fails keeps no other from its turn: RefreshFailed is raised when all have had theirs.
    """
    market = read_market()
    failed: list[UUID] = []
    done = 0
    for persona in Persona.objects.filter(pk__in=persona_ids).order_by("pk"):
        try:
            with acting_as(persona.user_id):
                refresh_persona(persona=persona, now=now, market=market)
            done += 1
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            if Persona.objects.filter(pk=persona.pk).exists():  # else it was deleted in the middle
                logger.exception("the gaps of persona %s could not be counted", persona.pk)
                failed.append(persona.pk)
    if failed:
        raise RefreshFailed(failed)
    return done


def forget_expired() -> int:
    """Delete the recommendations whose time is over, and give their number."""
    return Recommendation.objects.filter(expires_at__lte=Now()).delete()[0]


@dataclass(frozen=True, slots=True)
class _Found:
    """What one search came to: everything that was weighed, the one that pays most first, and the few that were chosen."""

    state: Mapping[str, Any]
    weighed: Sequence[Weighed]
    chosen: Sequence[Weighed]
    offers: Mapping[str, Offer]

    def as_state(self) -> dict[str, Any]:
        return {**self.state, "gaps": [_as_kept(*each) for each in self.weighed]}


def _search(persona: Persona, market: Market) -> _Found:
    user, facts = persona.user, read_persona_facts(persona)
    threshold, hours = threshold_of(persona), settings_of(user).hours_per_week
    knowledge = shipped_knowledge()
    search = find_gaps(market.snapshot, facts, threshold=threshold, knowledge=knowledge)
    spoken = spoken_by(locale=user.locale, skill_names=facts.held)
    # Whoever reads these pages in a language has it, listed among the skills or not.
    gaps = [gap for gap in search.gaps if code_of(gap.skill) not in spoken]
    offers = offers_for(user=user, skill_keys=[gap.key for gap in gaps])
    weighed = sorted(
        ((gap, _estimate(gap, offers[gap.key], hours)) for gap in gaps),
        key=lambda each: (-worth_an_hour(*each), each[0].key),
    )
    own = dict(Progress.objects.owned_by(user).values_list("skill_key", "status"))
    standing = Recommendation.objects.filter(persona=persona).values_list("skill_key", flat=True)
    chosen = choose(
        [each for each in weighed if _is_taught(each[0])],
        near=knowledge.adjacent,
        standing=set(standing),
        put_aside={key for key, status in own.items() if status in _PUT_ASIDE},
        kept={key for key, status in own.items() if status not in _PUT_ASIDE},
    )
    state = {
        "inputs_revision": persona.inputs_revision,
        "threshold": threshold,
        "hours_per_week": hours,
        "snapshot": market.id,
        "scorer_version": market.snapshot.version,
        "catalog_version": catalogs_version(),
        "open_jobs": search.open_jobs,
        "matching_jobs": search.matching,
        "near_jobs": search.near,
        "above": search.above,
        "nothing_because": search.nothing_because or ("" if gaps else LearningState.Nothing.NO_GAPS),
    }
    return _Found(state, weighed, chosen, offers)


_PUT_ASIDE = (Progress.Status.NOT_FOR_ME, Progress.Status.DONE)


def _group_of(name: str) -> tuple[str, str]:
    skill = taxonomy().skill(name)
    return (skill.kind, skill.group) if skill else ("", "")


def _is_taught(gap: Gap) -> bool:
    return can_be_taught(gap.skill, group=_group_of(gap.skill)[1])


def _estimate(gap: Gap, offer: Offer, hours_per_week: int) -> Effort:
    kind, group = _group_of(gap.skill)
    return estimate(gap, kind=kind, group=group, stated=offer.hours, hours_per_week=hours_per_week)


def _as_kept(gap: Gap, effort: Effort) -> dict[str, Any]:
    return {**as_json(gap), **as_json(effort)}


def _write(persona: Persona, found: _Found, now: datetime) -> None:
    """Update the rows that stay, add those that are new, delete those that do not pay any more.

    A row without a key is another tool's; it is left as it is until it expires.
    """
    own = Recommendation.objects.filter(persona=persona).exclude(skill_key="")
    rows = {row.skill_key: row for row in own}
    chosen = {gap.key for gap, _effort in found.chosen}
    own.exclude(skill_key__in=chosen).delete()
    with translation.override(persona.user.locale):
        for place, (gap, effort) in enumerate(found.chosen, start=1):
            values = {
                "target_skill": gap.skill,
                "from_level": gap.from_level,
                "to_level": gap.to_level,
                "position": place,
                "reason_text": tell_reason(gap),
                "facts": _as_kept(gap, effort),
                "recommended_courses": [course_as_json(each) for each in found.offers[gap.key].courses],
                "estimated_duration_weeks": effort.weeks,
                "refreshed_at": now,
            }
            row = rows.get(gap.key)
            if row is None:
                Recommendation.objects.create(
                    user_id=persona.user_id,
                    persona=persona,
                    skill_key=gap.key,
                    expires_at=now + RECOMMENDED_FOR,
                    **values,
                )
                continue
            if row.expires_at <= now + RENEWED_WITHIN:
                values["expires_at"] = now + RECOMMENDED_FOR
            Recommendation.objects.filter(pk=row.pk).update(**values)
