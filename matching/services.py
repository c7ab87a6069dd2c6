"""What changes matches: scoring personas, keeping what fits fresh, dismissing, expiring, closing jobs by date.

Runs as the worker, which may write the matches of everybody, but for `dismiss_match` and `restore_match`, which
a person does for themselves.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation

from matching.engine import JobTable, rank
from matching.explanation import explain, factors_as_json
from matching.facts import job_facts, persona_facts
from matching.knowledge import shipped_knowledge
from matching.models import FRESH_FOR, Job, JobRun, JobSource, Match, MatchState, TunerSettings
from matching.scoring import hash_inputs, scorer_version
from personas.models import Persona, UserSkill

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from matching.scoring import JobFacts, PersonaFacts

# A match is renewed when less than this is left of its seven days.
RENEW_WITHIN = timedelta(days=1)
DISMISSED_KEPT_FOR = timedelta(days=30)
EXPIRED_KEPT_FOR = timedelta(days=1)
_BATCH = 500
_RENEWED_COLUMNS = [
    "match_score",
    "match_factors",
    "explanation",
    "coverage",
    "scorer_version",
    "inputs_hash",
    "refreshed_at",
    "expires_at",
]


logger = logging.getLogger(__name__)


class MatchingFailed(RuntimeError):
    """Raised after all personas had their turn, with the ids of those that could not be matched."""


@dataclass(frozen=True, slots=True)
class Market:
    """The open jobs as one reading found them: rows and table in the same order, newest first."""

    revision: int
    ids: tuple[UUID, ...]
    facts: tuple[JobFacts, ...]
    table: JobTable


@dataclass(slots=True)
class MatchSummary:
    """What matching some personas did."""

    personas: int = 0
    open_jobs: int = 0
    written: int = 0
    renewed: int = 0
    unchanged: int = 0
    removed: int = 0


def jobs_revision() -> int:
    """A number that grows whenever a run has changed what is open."""
    return (
        JobRun.objects.exclude(outcome=JobRun.Outcome.RUNNING)
        .filter(Q(new_count__gt=0) | Q(changed_count__gt=0) | Q(closed_count__gt=0) | Q(merged_count__gt=0))
        .count()
    )


def read_market() -> Market:
    """Read the open jobs; a process keeps the last reading until a run has changed them."""
    revision = jobs_revision()
    kept = _kept_market.get("market")
    if kept is None or kept.revision != revision:
        jobs = list(Job.objects.for_matching())
        facts = tuple(job_facts(job) for job in jobs)
        table = JobTable.build(facts, knowledge=shipped_knowledge())
        kept = Market(revision, tuple(job.pk for job in jobs), facts, table)
        _kept_market["market"] = kept
    return kept


def forget_market() -> None:
    """Let the next reading of the open jobs be a new one."""
    _kept_market.clear()


def read_persona_facts(persona: Persona) -> PersonaFacts:
    """What scoring reads of a persona (with its preferences): wishes, its owner's skills and default weights."""
    return persona_facts(
        persona,
        skills=UserSkill.objects.filter(user_id=persona.user_id),
        tuner=TunerSettings.objects.filter(user_id=persona.user_id, is_default=True).first(),
    )


def personas_to_refresh(now: datetime) -> QuerySet[Persona]:
    """Personas that were never matched, have changed, or whose jobs, scorer or seven days have."""
    up_to_date = MatchState.objects.filter(
        persona=OuterRef("pk"),
        inputs_revision=OuterRef("inputs_revision"),
        runs_seen=jobs_revision(),
        scorer_version=scorer_version(shipped_knowledge()),
        matched_at__gt=now - FRESH_FOR + RENEW_WITHIN,
    )
    return Persona.objects.filter(~Exists(up_to_date)).order_by("pk")


def match_personas(*, persona_ids: Sequence[UUID], now: datetime, only_due: bool = False) -> MatchSummary:
    """Score every open job for these personas and keep the best of each; running it twice changes nothing.

    With `only_due`, those that somebody else brought up to date meanwhile are passed over. One persona that fails
    keeps no other from being matched: MatchingFailed is raised when all have had their turn.
    """
    market = read_market()
    summary = MatchSummary(open_jobs=len(market.ids))
    failed: list[UUID] = []
    for persona_id in persona_ids:
        try:
            _match_one(persona_id, market, now, summary, only_due=only_due)
        except Exception:  # whatever it is, the others are matched first and it is raised below
            if Persona.objects.filter(pk=persona_id).exists():  # else it was deleted in the middle
                logger.exception("persona %s could not be matched", persona_id)
                failed.append(persona_id)
    if failed:
        raise MatchingFailed(failed)
    return summary


def expire_matches(*, now: datetime) -> int:
    """Delete matches a day after they expired; dismissed ones stay until 30 days after their job closed."""
    gone = Match.objects.filter(expires_at__lt=now - EXPIRED_KEPT_FOR).filter(
        Q(is_dismissed=False) | Q(job__closed_at__lt=now - DISMISSED_KEPT_FOR)
    )
    return gone.delete()[0]


def close_ended_jobs(*, now: datetime) -> int:
    """Close jobs past their own closing date, one run a source; those of an archive stay as they are."""
    ended = Job.objects.open().filter(closes_at__lte=now).exclude(source__kind=JobSource.Kind.ARCHIVE)
    closed = 0
    for source in JobSource.objects.filter(pk__in=ended.values("source")).order_by("pk"):
        with transaction.atomic():
            count = ended.filter(source=source).update(closed_at=now)
            if count:
                JobRun.objects.create(
                    source=source,
                    outcome=JobRun.Outcome.OK,
                    started_at=now,
                    finished_at=now,
                    closed_count=count,
                )
            closed += count
    return closed


def dismiss_match(*, match: Match, now: datetime, because: str = "") -> None:
    """Take a match out of the feed, for one of the reasons of DismissalReason or none; it stays dismissed through every refresh."""
    dismissed = Match.objects.filter(pk=match.pk)
    dismissed.filter(is_dismissed=False).update(is_dismissed=True, dismissed_at=now)
    if because:
        dismissed.update(dismissed_because=because)


def restore_match(*, match: Match) -> None:
    """Undo a dismissal."""
    Match.objects.filter(pk=match.pk, is_dismissed=True).update(
        is_dismissed=False, dismissed_at=None, dismissed_because=""
    )


_kept_market: dict[str, Market] = {}


@dataclass(frozen=True, slots=True)
class _Task:
    """One persona to be matched, as it was read at `now`."""

    persona: Persona
    facts: PersonaFacts
    market: Market
    now: datetime
    version: str


def _match_one(
    persona_id: UUID, market: Market, now: datetime, summary: MatchSummary, *, only_due: bool
) -> None:
    with transaction.atomic():
        # Two workers on one persona take turns, so that neither undoes what the other wrote.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(persona_id)])
        persona = Persona.objects.select_related("user", "preferences").filter(pk=persona_id).first()
        if persona is None or (only_due and not personas_to_refresh(now).filter(pk=persona_id).exists()):
            return
        version = scorer_version(shipped_knowledge())
        task = _Task(persona, read_persona_facts(persona), market, now, version)
        ranked = rank(market.table, [task.facts], knowledge=shipped_knowledge())[0]
        kept = [ranking.job for ranking in ranked[: settings.MATCHES_PER_PERSONA]]
        with translation.override(persona.user.locale):
            _write_matches(task, kept, summary)
        MatchState.objects.update_or_create(
            persona_id=persona.pk,
            defaults={
                "user_id": persona.user_id,
                "inputs_revision": persona.inputs_revision,
                "runs_seen": market.revision,
                "scorer_version": version,
                "open_jobs": len(market.ids),
                "matching_jobs": len(ranked),
                "matched_at": now,
            },
        )
        summary.personas += 1


def _write_matches(task: _Task, kept: Sequence[int], summary: MatchSummary) -> None:
    """Write what changed, renew what has under a day left, remove what fits no longer."""
    rows = Match.objects.filter(persona=task.persona).only(
        "job_id", "inputs_hash", "scorer_version", "expires_at"
    )
    stored = {match.job_id: match for match in rows}
    changed: list[Match] = []
    renewed: list[UUID] = []
    for index in kept:
        before = stored.get(task.market.ids[index])
        inputs_hash = hash_inputs(task.market.facts[index], task.facts)
        if before is None or (before.inputs_hash, before.scorer_version) != (inputs_hash, task.version):
            changed.append(_build_match(task, index, inputs_hash))
        elif before.expires_at < task.now + RENEW_WITHIN:
            renewed.append(before.pk)
    # Dismissed stays dismissed: neither column of a dismissal is among those that are updated.
    Match.objects.bulk_create(
        changed,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["user", "persona", "job"],
        update_fields=_RENEWED_COLUMNS,
    )
    Match.objects.filter(pk__in=renewed).update(expires_at=task.now + FRESH_FOR, refreshed_at=task.now)
    fits_no_longer = Match.objects.filter(
        persona=task.persona, is_dismissed=False, job__closed_at__isnull=True
    ).exclude(job_id__in=[task.market.ids[index] for index in kept])
    summary.written += len(changed)
    summary.renewed += len(renewed)
    summary.unchanged += len(kept) - len(changed) - len(renewed)
    summary.removed += fits_no_longer.delete()[0]


def _build_match(task: _Task, index: int, inputs_hash: str) -> Match:
    score = task.market.table.score(index, task.facts, knowledge=shipped_knowledge())
    return Match(
        user_id=task.persona.user_id,
        persona_id=task.persona.pk,
        job_id=task.market.ids[index],
        match_score=score.score,
        match_factors=factors_as_json(score),
        explanation=explain(score),
        coverage=score.coverage,
        scorer_version=task.version,
        inputs_hash=inputs_hash,
        created_at=task.now,
        refreshed_at=task.now,
        expires_at=task.now + FRESH_FOR,
    )
