"""Everything that the gates ask, read from the database: what cannot be read stays None, nothing is guessed.

The number of queries is the same for one job and for a thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce

from autoapply.destination import Choice, Destination, choose_channel, read_destination
from autoapply.models import Application, EmployerKey, Fence, Log, Rule, Standing
from autoapply.policy import Candidate, Person, StandingRule
from autoapply.sent_marks import marked
from autoapply.states import BEFORE_SENDING, FREE
from autoapply.weeks import local_day, weekday_of, zone_of
from matching.models import Job, JobSource, Match
from personas.companies import company_key
from personas.models import Persona, Resume, ResumeFile, User

SMTP = "django.core.mail.backends.smtp.EmailBackend"
_UNREAD = ("description_html", "raw")
_LEFT_AT = Coalesce("sent_at", "unknown_at", "moved_at")


@dataclass(frozen=True, slots=True)
class Scored:
    """How a job fits a persona: score 0-100, coverage 0-1; fresh and dismissed are None where nobody knows."""

    score: Decimal | None
    coverage: Decimal | None
    fresh: bool | None = True
    dismissed: bool | None = False
    persona_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """One job as the gates see it, with what an application to it would be made of."""

    job: Job
    candidate: Candidate
    company_key: str
    destination: Destination
    choice: Choice
    persona_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Past:
    """What a person applied for: jobs and openings for ever, companies with the last time and what has not left yet."""

    job_ids: frozenset[UUID]
    apply_keys: frozenset[str]
    sent_on: Mapping[str, datetime]
    on_its_way: frozenset[str]


def read_rule(rule: Rule) -> StandingRule:
    """A rule as the gates read it."""
    return StandingRule(
        enabled=rule.enabled,
        threshold=rule.match_score_threshold,
        excluded_companies=rule.exclude_companies,
        included_companies=rule.include_only_companies,
        keywords=rule.require_all_keywords,
        active_days=rule.active_days,
        needs_reviewed_resume=rule.needs_reviewed_resume,
    )


def read_fence(at: datetime) -> Fence:
    """The fence as it is; where its row is gone nobody knows that sending is allowed, so it counts as raised."""
    return Fence.objects.first() or Fence(raised_at=at)


def read_person(
    *,
    user: User,
    persona: Persona | None,
    standing: Standing,
    fence: Fence,
    at: datetime,
    fence_epoch: int | None = None,
) -> Person:
    """What the gates ask about a person; `fence_epoch` is that of an application that exists already."""
    persona_ids = [persona.pk] if persona else []
    people = read_people(
        user=user,
        persona_ids=persona_ids,
        standing=standing,
        fence=fence,
        at=at,
        fence_epoch=fence_epoch,
    )
    return people[persona.pk if persona else None]


def read_people(
    *,
    user: User,
    persona_ids: Collection[UUID],
    standing: Standing,
    fence: Fence,
    at: datetime,
    fence_epoch: int | None = None,
) -> dict[UUID | None, Person]:
    """The same for several personas of one person; None stands for no persona, which has no résumé."""
    files = ResumeFile.objects.owned_by(user).filter(resume__personas__in=persona_ids)
    read = files.values_list("resume__personas", "resume__review") if persona_ids else ()
    reviews: dict[UUID | None, str] = dict(read)
    fenced = fence.is_raised or (fence_epoch is not None and fence_epoch < fence.epoch)
    return {
        persona_id: Person(
            weekday=weekday_of(at, zone_of(user.time_zone)),
            # Whoever may not sign in could stop nothing any more: nothing leaves in their name.
            paused=standing.paused_at is not None or not user.is_active,
            fenced=fenced,
            has_resume=persona_id in reviews,
            resume_reviewed=reviews[persona_id] == Resume.Review.APPROVED if persona_id in reviews else None,
            company_interval_days=standing.company_interval_days,
        )
        for persona_id in [None, *persona_ids]
    }


def read_candidates(
    *,
    rule: Rule | None,
    user: User,
    persona: Persona | None,
    job_ids: Collection[UUID],
    at: datetime,
    slots: int | None,
    scores: Mapping[UUID, Scored] | None = None,
    but_not: UUID | None = None,
) -> dict[UUID, Candidate]:
    """What the gates ask about some jobs, by their id; see `read_openings`."""
    openings = read_openings(
        rule=rule,
        user=user,
        persona=persona,
        job_ids=job_ids,
        at=at,
        slots=slots,
        scores=scores,
        but_not=but_not,
    )
    return {job_id: opening.candidate for job_id, opening in openings.items()}


def read_openings(
    *,
    rule: Rule | None,
    user: User,
    persona: Persona | None,
    job_ids: Collection[UUID],
    at: datetime,
    slots: int | None,
    scores: Mapping[UUID, Scored] | None = None,
    but_not: UUID | None = None,
) -> dict[UUID, Opening]:
    """Some jobs as the gates see them, by their id; a job that does not exist is left out.

    `slots` is how many places of the week are left. Scores are those of the persona's stored matches (without a persona, of
    the person's best match) unless `scores` gives others. `but_not` is the application that is being judged: it does not
    count against itself, nor do those to the same company that were made after it and have not left yet. The text of a
    posting is read only where the rule asks for words.
    """
    with_text = bool(rule and rule.require_all_keywords)
    unread = _UNREAD if with_text else (*_UNREAD, "description_text")
    jobs = list(Job.objects.filter(pk__in=job_ids).select_related("source").defer(*unread))
    if scores is None:
        scores = _read_scores(user, persona, job_ids, at)
    keys, mail = usable_keys(), mail_works()
    goals = {
        job.pk: read_destination(apply_url=job.apply_url, url=job.url, job_id=str(job.pk)) for job in jobs
    }
    names = {job.pk: company_key(job.company) for job in jobs}
    past = _read_past(
        user,
        job_ids=job_ids,
        apply_keys={goal.apply_key for goal in goals.values()},
        companies=set(names.values()),
        but_not=but_not,
    )
    before = marked(user.email, {goal.apply_key for goal in goals.values()})
    zone = zone_of(user.time_zone)
    openings: dict[UUID, Opening] = {}
    for job in jobs:
        choice = choose_channel(goals[job.pk], keys=keys, mail=mail)
        scored = scores.get(job.pk, Scored(None, None, fresh=None, dismissed=None))
        candidate = Candidate(
            score=scored.score,
            coverage=scored.coverage,
            company=job.company,
            text=f"{job.title}\n{job.description_text}" if with_text else None,
            fresh=scored.fresh,
            dismissed=scored.dismissed,
            open=job.closed_at is None and (job.closes_at is None or job.closes_at > at),
            archived=job.source.kind == JobSource.Kind.ARCHIVE,
            brought=job.source.kind == JobSource.Kind.PASTED,
            applied=job.pk in past.job_ids or goals[job.pk].apply_key in past.apply_keys | before,
            channel=choice.channel,
            channel_because=choice.because,
            slots=slots,
            **_ask_company(names[job.pk], past, at, zone),
        )
        openings[job.pk] = Opening(job, candidate, names[job.pk], goals[job.pk], choice, scored.persona_id)
    return openings


def usable_keys() -> frozenset[tuple[str, str]]:
    """The systems and boards (in lower case) that employers gave a key for, but for keys that they refused since."""
    keys = EmployerKey.objects.filter(refused_at__isnull=True).values_list("channel", "board")
    return frozenset((channel, board.lower()) for channel, board in keys)


def mail_works() -> bool:
    """Tell whether mail really leaves this installation."""
    return bool(settings.EMAIL_BACKEND == SMTP)


def _read_scores(
    user: User, persona: Persona | None, job_ids: Collection[UUID], at: datetime
) -> dict[UUID, Scored]:
    """The stored matches; where several personas have one, the best of them, set aside where any of them is."""
    matches = Match.objects.owned_by(user).filter(job_id__in=job_ids)
    if persona is not None:
        matches = matches.filter(persona=persona)
    rows = matches.values_list(
        "job_id", "match_score", "coverage", "expires_at", "is_dismissed", "persona_id"
    )
    found: dict[UUID, Scored] = {}
    # The last one stays: fresh before expired, then the best.
    for job_id, score, coverage, expires_at, dismissed, persona_id in sorted(
        rows, key=lambda row: (row[3] > at, row[1], str(row[5]))
    ):
        set_aside = dismissed or bool(job_id in found and found[job_id].dismissed)
        found[job_id] = Scored(score, coverage, expires_at > at, set_aside, persona_id)
    return found


def _read_past(
    user: User,
    *,
    job_ids: Collection[UUID],
    apply_keys: Collection[str],
    companies: Collection[str],
    but_not: UUID | None,
) -> _Past:
    columns = ("pk", "job_id", "apply_key", "company", "company_key", "status", "created_at")
    rows = list(
        Application.objects.owned_by(user)
        .annotate(left_at=_LEFT_AT)
        .filter(
            Q(job_id__in=job_ids)
            | Q(apply_key__in=apply_keys)
            | Q(company_key__in=set(companies) - {""})
            # Written by other tools, which know nothing of keys.
            | (Q(company_key="") & ~Q(company=""))
            | Q(pk=but_not)
        )
        .values_list(*columns, "left_at")
    )
    judged = next(((row[6], str(row[0])) for row in rows if row[0] == but_not), None)
    others = [row for row in rows if row[0] != but_not]
    sent: list[tuple[str, datetime]] = []
    on_its_way: set[str] = set()
    for pk, _job_id, _key, company, key, status, created_at, left in others:
        name = key or company_key(company)
        if status in BEFORE_SENDING:
            if judged is None or (created_at, str(pk)) < judged:
                on_its_way.add(name)
        elif status not in FREE:
            sent.append((name, left))
    # What other tools sent stands in the log alone.
    logged = list(
        Log.objects.owned_by(user)
        .filter(application__isnull=True, job__isnull=False)
        .values_list("job_id", "job__company", "status", "created_at")
    )
    sent += [(company_key(row[1]), row[3]) for row in logged if row[2] != Log.Status.FAILED]
    sent_on: dict[str, datetime] = {}
    for name, when in sent:
        sent_on[name] = max(when, sent_on.get(name, when))
    return _Past(
        frozenset(row[1] for row in others if row[1]) | {row[0] for row in logged},
        frozenset(row[2] for row in others),
        sent_on,
        frozenset(on_its_way),
    )


def _ask_company(name: str, past: _Past, at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    if not name:
        return {"company_checked": False}
    known: dict[str, Any] = {"company_checked": True, "company_on_its_way": name in past.on_its_way}
    if name in past.sent_on:
        day = local_day(past.sent_on[name], zone)
        # A clock that went back does not make the time longer.
        since = max(local_day(at, zone) - day, timedelta())
        known |= {"company_applied_on": day, "days_since_company": since.days}
    return known
