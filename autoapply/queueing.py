"""What the rules of a person do by themselves: judge the stored matches, keep the ledger, queue the best into free places."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from autoapply import ledger, slots
from autoapply.candidates import Opening, Scored, read_fence, read_openings, read_people, read_rule
from autoapply.ledger import Judged
from autoapply.models import Application, Fence, Rule, Standing
from autoapply.policy import Person, StandingRule, Verdicts, evaluate
from autoapply.slots import Reserved
from matching.models import Job, Match
from matching.ranking import compare_personas
from personas.identity import acting_as
from personas.models import Persona, User

if TYPE_CHECKING:
    from django.db.models import QuerySet

CHOSEN = "rule"
"""Why an application was queued, as its first step says."""

_TOGETHER = 50
"""Openings that are read anew at a time, while others of the person wait."""


@dataclass(slots=True)
class _Run:
    """One run of one rule: what was read of the person, and what it has queued so far."""

    user: User
    rule: Rule
    standing: Standing
    fence: Fence
    at: datetime
    people: Mapping[UUID | None, Person]
    queued: list[Opening] = field(default_factory=list)

    @property
    def asked(self) -> StandingRule:
        return read_rule(self.rule)

    def read(self, job_ids: Collection[UUID], places: int) -> dict[UUID, Opening]:
        found = read_openings(
            rule=self.rule,
            user=self.user,
            persona=self.rule.persona,
            job_ids=job_ids,
            at=self.at,
            slots=places,
        )
        return {job_id: found[job_id] for job_id in job_ids if job_id in found}

    def judge(self, opening: Opening, places: int) -> Verdicts:
        """All gates, after what this run has queued already."""
        candidate = replace(
            opening.candidate,
            slots=places,
            applied=opening.candidate.applied
            or any(
                opening.job.pk == each.job.pk or opening.destination.apply_key == each.destination.apply_key
                for each in self.queued
            ),
            company_on_its_way=opening.candidate.company_on_its_way
            or any(opening.company_key == each.company_key != "" for each in self.queued),
        )
        return evaluate(self.asked, self.people[opening.persona_id], candidate)


def people_with_rules() -> list[UUID]:
    """Everybody who has ever had a rule and may sign in; for the worker, acting for nobody."""
    active = User.objects.filter(is_active=True, pk__in=Standing.objects.values("user_id"))
    return list(active.order_by("pk").values_list("pk", flat=True))


def run_rules(*, user_id: UUID, at: datetime) -> int:
    """Let every rule of a person judge the matches that are stored, and queue the best into free places; give their number.

    Rules take their turns by age, each in a transaction of its owner. One that is switched off queues nothing and keeps its
    ledger up to date; its first gate says so.
    """
    with acting_as(user_id):
        own = Rule.objects.filter(user_id=user_id).order_by("created_at", "pk")
        rule_ids = list(own.values_list("pk", flat=True))
    return sum(_run_rule(user_id, rule_id, at) for rule_id in rule_ids)


def decide_now(*, rule: Rule, job: Job, at: datetime) -> Verdicts:
    """What a rule says of any one job at this moment; in a transaction of its owner.

    A job that is among no stored matches is scored now, for the rule's persona or, without one, for the persona that it fits
    best. An application that this rule made of it does not count against itself.
    """
    user = rule.user
    standing, fence = Standing.objects.get(user=user), read_fence(at)
    own = Application.objects.owned_by(user).filter(rule=rule, job=job).values_list("pk", flat=True).first()
    personas = [rule.persona] if rule.persona else list(_personas_of(user))
    stored = Match.objects.owned_by(user).filter(job=job)
    if rule.persona:
        stored = stored.filter(persona=rule.persona)
    opening = read_openings(
        rule=rule,
        user=user,
        persona=rule.persona,
        job_ids=[job.pk],
        at=at,
        slots=slots.free_slots(user=user, rule=rule, standing=standing, at=at).left,
        scores=None if stored.exists() else {job.pk: _score_now(personas, job)},
        but_not=own,
    )[job.pk]
    people = read_people(
        user=user,
        persona_ids=[persona.pk for persona in personas],
        standing=standing,
        fence=fence,
        at=at,
    )
    return evaluate(read_rule(rule), people[opening.persona_id], opening.candidate)


def _run_rule(user_id: UUID, rule_id: UUID, at: datetime) -> int:
    with acting_as(user_id):
        own = Rule.objects.filter(user_id=user_id, pk=rule_id)
        rule = own.select_related("persona").first()
        if rule is None:
            return 0
        run = _begin(rule, Standing.objects.get(user_id=user_id), at)
        places = _places(run)
        openings = run.read(_matched_jobs(run), places)
        judged = {
            job_id: _as_judged(opening, run.judge(opening, places)) for job_id, opening in openings.items()
        }
        passing = [job_id for job_id, each in judged.items() if each.verdicts.passed]
        if not passing and not ledger.find_changes(rule=rule, judged=judged, kept=_applied_by(rule), at=at):
            return 0
        # Everything was read without keeping anybody waiting; what is written waits for the person's other changes.
        standing, now = slots.take_turns(user_id=user_id, rule_id=rule_id)
        if now is None:
            return 0
        kept = _applied_by(now)
        run = _begin(now, standing, at)
        judged |= _queue(run, {job_id: openings[job_id] for job_id in _best_first(judged, passing)})
        ledger.record_verdicts(rule=now, judged=judged, kept=kept, at=at)
        return len(run.queued)


def _begin(rule: Rule, standing: Standing, at: datetime) -> _Run:
    user = User.objects.get(pk=rule.user_id)
    persona_ids = list(_personas_of(user).values_list("pk", flat=True))
    fence = read_fence(at)
    people = read_people(user=user, persona_ids=persona_ids, standing=standing, fence=fence, at=at)
    return _Run(user, rule, standing, fence, at, people)


def _personas_of(user: User) -> QuerySet[Persona]:
    own: QuerySet[Persona] = Persona.objects.owned_by(user)
    return own.select_related("preferences").order_by("pk")


def _applied_by(rule: Rule) -> set[UUID]:
    """Jobs that this rule has made an application of, whatever became of it."""
    own = Application.objects.filter(user_id=rule.user_id, rule=rule, job__isnull=False)
    return set(own.values_list("job_id", flat=True))


def _matched_jobs(run: _Run) -> set[UUID]:
    """Every job of the stored matches of the rule's persona; without a persona, of all of the person's."""
    stored = Match.objects.owned_by(run.user)
    if run.rule.persona_id:
        stored = stored.filter(persona_id=run.rule.persona_id)
    return set(stored.values_list("job_id", flat=True))


def _best_first(judged: Mapping[UUID, Judged], job_ids: Iterable[UUID]) -> list[UUID]:
    return sorted(job_ids, key=lambda job_id: (-(judged[job_id].score or 0), str(job_id)))


def _queue(run: _Run, openings: Mapping[UUID, Opening]) -> dict[UUID, Judged]:
    """Queue what passes still, best first, and give what the rule says of each of these jobs now."""
    places = _places(run)
    judged: dict[UUID, Judged] = {}
    waiting = list(openings)
    while waiting and places:
        some, waiting = waiting[:_TOGETHER], waiting[_TOGETHER:]
        for job_id, opening in run.read(some, places).items():
            verdicts = run.judge(opening, places)
            if verdicts.passed:
                reserved = slots.reserve(application=_make_application(run, opening), at=run.at)
                places = _places(run)
                if reserved is Reserved.QUEUED:
                    run.queued.append(opening)
                else:
                    # Somebody who waited for nobody was first: what they did counts now.
                    verdicts = run.judge(run.read([job_id], places)[job_id], places)
            judged[job_id] = _as_judged(opening, verdicts)
    for job_id in waiting:
        judged[job_id] = _as_judged(openings[job_id], run.judge(openings[job_id], places))
    return judged


def _places(run: _Run) -> int:
    return slots.free_slots(user=run.user, rule=run.rule, standing=run.standing, at=run.at).left


def _make_application(run: _Run, opening: Opening) -> Application:
    job, goal, choice = opening.job, opening.destination, opening.choice
    return Application(
        user=run.user,
        rule=run.rule,
        persona_id=opening.persona_id,
        job=job,
        origin=Application.Origin.RULE,
        apply_key=goal.apply_key,
        job_title=job.title,
        company=job.company,
        company_key=opening.company_key,
        job_url=job.apply_url or job.url,
        match_score=opening.candidate.score,
        channel=choice.channel,
        channel_because=choice.because,
        # Only where we send by ourselves does a host have a pace to keep.
        host=goal.host
        if choice.channel not in (Application.Channel.HANDOFF, Application.Channel.RECORD)
        else "",
        fence_epoch=run.fence.epoch,
        moved_by=Application.Actor.RULE,
        moved_because=CHOSEN,
    )


def _as_judged(opening: Opening, verdicts: Verdicts) -> Judged:
    return Judged(verdicts, opening.candidate.score, opening.persona_id)


def _score_now(personas: Sequence[Persona], job: Job) -> Scored:
    """The score of the persona that the job fits best; no score where it fits none."""
    fits = [
        Scored(score, Decimal(str(factors["coverage"])), persona_id=persona.pk)
        for persona, factors, score in compare_personas(personas=personas, job=job)
        if factors is not None and score is not None
    ]
    if not fits:
        return Scored(None, None, persona_id=personas[0].pk if personas else None)
    return max(fits, key=lambda each: (each.score or 0, str(each.persona_id)))
