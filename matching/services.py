"""What changes matches: scoring personas, keeping what fits fresh, dismissing, expiring, closing jobs by date.

Runs as the worker, which may write the matches of everybody, but for `dismiss_match` and `restore_match`, which
a person does for themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import translation

from matching.engine import Ranking, find_standings, rank
from matching.facts import persona_facts
from matching.knowledge import shipped_knowledge
from matching.market import (
    Market,
    changes_between,
    forget_old_readings,
    jobs_revision,
    market_of,
    read_market,
)
from matching.match_store import RENEW_WITHIN, Stored, Task, read_jobs, read_stored, write_ranking
from matching.models import Job, JobSource, Match, MatchState, TunerSettings
from matching.scoring import PersonaFacts, Wants, scorer_version
from matching.snapshot import UNKNOWN
from matching.vanishing import note_closed
from personas.models import Persona, UserSkill

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from numpy.typing import NDArray

DISMISSED_KEPT_FOR = timedelta(days=30)
EXPIRED_KEPT_FOR = timedelta(days=1)
READINGS_KEPT_FOR = timedelta(days=2)
# Personas that are ranked together: as many as the engine takes in one tile.
TOGETHER = 64
# A number of runs that no reading of the jobs has.
NEVER = -1

logger = logging.getLogger(__name__)


class MatchingFailed(RuntimeError):
    """Raised after all personas had their turn, with the ids of those that could not be matched."""


@dataclass(slots=True)
class MatchSummary:
    """What matching some personas did."""

    personas: int = 0
    open_jobs: int = 0
    written: int = 0
    renewed: int = 0
    unchanged: int = 0
    removed: int = 0


def read_persona_facts(persona: Persona) -> PersonaFacts:
    """What scoring reads of a persona (with its preferences): wishes, its owner's skills and default weights."""
    return persona_facts(
        persona,
        skills=UserSkill.objects.filter(user_id=persona.user_id),
        tuner=TunerSettings.objects.filter(user_id=persona.user_id, is_default=True).first(),
    )


def personas_to_refresh(now: datetime) -> QuerySet[Persona]:
    """Personas that were never matched, have changed, or whose jobs or scorer have, and those with a match on its last day."""
    up_to_date = MatchState.objects.filter(
        persona=OuterRef("pk"),
        inputs_revision=OuterRef("inputs_revision"),
        runs_seen=jobs_revision(),
        scorer_version=scorer_version(shipped_knowledge()),
    )
    # By their own index, once, whatever the number of personas.
    with_ending_match = _ending(now).filter(persona__isnull=False).values("persona")
    return Persona.objects.filter(~Exists(up_to_date) | Q(pk__in=with_ending_match)).order_by("pk")


def _ending(now: datetime) -> QuerySet[Match]:
    """Matches on their last day that a refresh would renew or remove."""
    return Match.objects.filter(
        expires_at__lt=now + RENEW_WITHIN, is_dismissed=False, job__closed_at__isnull=True
    )


def match_personas(*, persona_ids: Sequence[UUID], now: datetime, only_due: bool = False) -> MatchSummary:
    """Bring the matches of these personas up to date with the open jobs; running it twice changes nothing.

    A persona whose matches were up to date with an earlier reading of the jobs meets only those that have changed since;
    any other meets all. With `only_due`, those that somebody else brought up to date meanwhile are passed over. One
    persona that fails keeps no other from being matched: MatchingFailed is raised when all have had their turn.
    """
    # Days are added in UTC, where each has 24 hours, whatever zone the caller's clock is in.
    now = now.astimezone(UTC)
    market = read_market()
    summary = MatchSummary(open_jobs=len(market.snapshot))
    failed: list[UUID] = []
    for start in range(0, len(persona_ids), TOGETHER):
        failed += _match_some(persona_ids[start : start + TOGETHER], market, now, summary, only_due=only_due)
    if failed:
        raise MatchingFailed(failed)
    return summary


def expire_matches(*, now: datetime) -> int:
    """Delete matches a day after they expired, give their number; dismissed ones stay until 30 days after their job closed.

    The names of readings of the jobs that nobody needs any more go as well.
    """
    gone = Match.objects.filter(expires_at__lt=now - EXPIRED_KEPT_FOR).filter(
        Q(is_dismissed=False) | Q(job__closed_at__lt=now - DISMISSED_KEPT_FOR)
    )
    forget_old_readings(before=now - READINGS_KEPT_FOR)
    return gone.delete()[0]


def close_ended_jobs(*, now: datetime) -> int:
    """Close jobs past their own closing date, one run a source; those of an archive stay as they are."""
    ended = Job.objects.open().filter(closes_at__lte=now).exclude(source__kind=JobSource.Kind.ARCHIVE)
    closed = 0
    for source in JobSource.objects.filter(pk__in=ended.values("source")).order_by("pk"):
        with transaction.atomic():
            count = ended.filter(source=source).update(closed_at=now)
            note_closed(source=source, closed=count, now=now)
            closed += count
    return closed


def dismiss_match(*, match: Match, now: datetime, because: str = "") -> None:
    """Take a match out of the feed, for one of the reasons of DismissalReason or none; it stays dismissed through every refresh."""
    reason = {"dismissed_because": because} if because else {}
    Match.objects.filter(pk=match.pk).update(
        is_dismissed=True, dismissed_at=Coalesce(F("dismissed_at"), Value(now)), **reason
    )


def restore_match(*, match: Match) -> None:
    """Undo a dismissal; the persona is due then, since its jobs may have changed while this one was set aside."""
    Match.objects.filter(pk=match.pk, is_dismissed=True).update(
        is_dismissed=False, dismissed_at=None, dismissed_because=""
    )
    MatchState.objects.filter(pk=match.persona_id).update(snapshot=None, runs_seen=NEVER)


@dataclass(frozen=True, slots=True)
class _Due:
    """A persona as it was read, and how far its matches had come."""

    task: Task
    state: MatchState | None
    is_ending: bool

    @property
    def is_current(self) -> bool:
        """Tell whether persona and scorer are as they were when it was matched last."""
        return (
            self.state is not None
            and self.state.inputs_revision == self.task.persona.inputs_revision
            and self.state.scorer_version == self.task.market.snapshot.version
        )

    @property
    def known_reading(self) -> UUID | None:
        """Give the reading of the jobs that its matches are up to date with, None where it must meet all jobs.

        Whoever is asked for again under the same reading, for no reason of its own, meets all: that mends what others broke.
        """
        if self.state is None or not self.is_current:
            return None
        if self.state.snapshot == self.task.market.id and not self.is_ending:
            return None
        return self.state.snapshot

    @property
    def has_seen_all(self) -> bool:
        """Tell whether it is up to date with this reading of the jobs, or with a newer one, and has no match on its last day."""
        return (
            self.state is not None
            and self.is_current
            and not self.is_ending
            and self.state.runs_seen >= self.task.market.revision
        )


def _match_some(
    persona_ids: Sequence[UUID], market: Market, now: datetime, summary: MatchSummary, *, only_due: bool
) -> list[UUID]:
    """Match at most TOGETHER personas; give those that failed."""
    failed: list[UUID] = []
    due: list[_Due] = []
    rows = _Rows.read(persona_ids, now)
    for persona_id in persona_ids:
        with _noting_failure(persona_id, failed):
            read = rows.due(persona_id, market, now)
            if read is not None and not (only_due and read.has_seen_all):
                due.append(read)
    by_reading: dict[UUID | None, list[_Due]] = {}
    for each in due:
        by_reading.setdefault(each.known_reading, []).append(each)
    for reading, some in by_reading.items():
        old = None if reading is None else market_of(reading)
        if old is None:
            _meet_all_jobs(some, market, summary, failed)
        else:
            _meet_changed_jobs(some, market, old, summary, failed)
    return failed


@contextmanager
def _noting_failure(persona_id: UUID, failed: list[UUID]) -> Iterator[None]:
    """Let the others go on when one persona cannot be matched, whatever the reason; it is raised in the end."""
    try:
        yield
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        if Persona.objects.filter(pk=persona_id).exists():  # else it was deleted in the middle
            logger.exception("persona %s could not be matched", persona_id)
            failed.append(persona_id)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the tables hold of some personas: themselves, their states by id, skills and default weights by owner."""

    personas: Mapping[UUID, Persona]
    states: Mapping[UUID, MatchState]
    skills: Mapping[UUID, Sequence[UserSkill]]
    tuners: Mapping[UUID, TunerSettings]

    @classmethod
    def read(cls, persona_ids: Sequence[UUID], now: datetime) -> _Rows:
        """Read personas in four queries, however many they are."""
        rows = Persona.objects.select_related("user", "preferences").filter(pk__in=persona_ids)
        personas = {
            persona.pk: persona
            for persona in rows.annotate(is_ending=Exists(_ending(now).filter(persona=OuterRef("pk"))))
        }
        owners = {persona.user_id for persona in personas.values()}
        skills: dict[UUID, list[UserSkill]] = {}
        for skill in UserSkill.objects.filter(user_id__in=owners):
            skills.setdefault(skill.user_id, []).append(skill)
        tuners = TunerSettings.objects.filter(user_id__in=owners, is_default=True)
        return cls(
            personas,
            MatchState.objects.in_bulk(persona_ids),
            skills,
            {tuner.user_id: tuner for tuner in tuners},
        )

    def due(self, persona_id: UUID, market: Market, now: datetime) -> _Due | None:
        """Make one of them ready to be matched; None where it is gone."""
        persona = self.personas.get(persona_id)
        if persona is None:
            return None
        owner = persona.user_id
        facts = persona_facts(persona, skills=self.skills.get(owner, ()), tuner=self.tuners.get(owner))
        return _Due(Task.of(persona, facts, market, now), self.states.get(persona_id), persona.is_ending)  # type: ignore[attr-defined]


def _meet_all_jobs(some: Sequence[_Due], market: Market, summary: MatchSummary, failed: list[UUID]) -> None:
    for each, ranking in _rank_together(some, market, failed):
        with _noting_failure(each.task.persona.pk, failed):
            _settle(each, summary, ranking)


def _rank_together(some: Sequence[_Due], market: Market, failed: list[UUID]) -> list[tuple[_Due, Ranking]]:
    """Rank all jobs for some personas in one call, or one by one where one of them fails the others."""
    try:
        return list(zip(some, _rank(market, [each.task.wants for each in some]), strict=True))
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        if len(some) == 1:
            with _noting_failure(some[0].task.persona.pk, failed):
                raise
            return []
        logger.exception("%d personas could not be ranked together", len(some))
        return [pair for each in some for pair in _rank_together([each], market, failed)]


def _rank(market: Market, wanting: Sequence[Wants]) -> list[Ranking]:
    return rank(market.snapshot, wanting, knowledge=shipped_knowledge(), keep=settings.MATCHES_PER_PERSONA)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What changed between two readings for one persona: the old one's jobs, which rows of the new one are new or have
    changed, the matches among these, and how many matches are gone."""

    old: Market
    rows: NDArray[np.int64]
    news: Ranking
    gone: int


def _meet_changed_jobs(
    some: Sequence[_Due], market: Market, old: Market, summary: MatchSummary, failed: list[UUID]
) -> None:
    """Match personas that were up to date with an earlier reading: only what has changed since is scored."""
    gone_rows, rows = changes_between(old.snapshot, market.snapshot)
    wanting = [each.task.wants for each in some]
    try:
        news = rank(market.snapshot, wanting, knowledge=shipped_knowledge(), rows=rows)
        gone = rank(old.snapshot, wanting, knowledge=shipped_knowledge(), rows=gone_rows, keep=1)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        logger.exception("%d personas could not be ranked together", len(some))
        return _meet_all_jobs(some, market, summary, failed)
    # Much the same jobs are news to many: one question for all of them, instead of one a persona.
    read_jobs(market.snapshot, np.unique(np.concatenate([each.rows for each in news])).tolist())
    untouched = []
    for each, found, lost in zip(some, news, gone, strict=True):
        if not (found.total or lost.total or each.is_ending):
            untouched.append(each.task.persona.pk)
            continue
        changes = _Changes(old, rows, found, lost.total)
        with _noting_failure(each.task.persona.pk, failed):
            _settle(each, summary, changes)
    summary.personas += _note_untouched(untouched, market, old, some[0].task.now)
    return None


def _note_untouched(persona_ids: Sequence[UUID], market: Market, old: Market, now: datetime) -> int:
    """Note that personas have seen a reading in which nothing changed for them; whoever changed meanwhile stays due."""
    states = MatchState.objects.filter(
        persona_id__in=persona_ids, snapshot=old.id, persona__inputs_revision=F("inputs_revision")
    )
    return MatchState.objects.filter(pk__in=states.values("pk")).update(
        snapshot=market.id,
        runs_seen=market.revision,
        open_jobs=len(market.snapshot),
        matched_at=now,
    )


def _merge(each: _Due, changes: _Changes, stored: Stored) -> Ranking | None:
    """Give the best matches out of those stored and those among changed jobs, None where they do not tell for sure.

    Where not all matches were stored, those that were not stand below the floor, the worst of the stored; so what is above
    it is sure, and when that is too little everything must be scored again. Of equal scores the earlier row stands above.
    """
    if each.state is None:
        return None
    keep, before = settings.MATCHES_PER_PERSONA, each.state.matching_jobs
    total = before + changes.news.total - changes.gone
    unchanged = (stored.rows != UNKNOWN) & ~np.isin(stored.rows, changes.rows)
    # A row set aside that had left the best is not written again: it counts only as far as it tells of the old reading.
    was_open = stored.are_of(changes.old.snapshot) & stored.is_current
    live = unchanged & was_open
    if not live[unchanged & ~stored.is_dismissed].all():
        return None
    standings = find_standings(stored.scores, stored.coverages)
    news = np.ones(len(changes.news), bool)
    if int(was_open.sum()) < before:
        sure = was_open & ~stored.is_dismissed
        if not sure.any():
            return None
        floor = standings[sure].min()
        level = sure & unchanged & (standings == floor)
        last = stored.rows[level].max() if level.any() else UNKNOWN
        live &= (standings > floor) | ((standings == floor) & (stored.rows <= last))
        found = find_standings(changes.news.scores, changes.news.coverages)
        news = (found > floor) | ((found == floor) & (changes.news.rows < last))
    rows = np.concatenate((stored.rows[live], changes.news.rows[news]))
    scores = np.concatenate((stored.scores[live], changes.news.scores[news]))
    coverages = np.concatenate((stored.coverages[live], changes.news.coverages[news]))
    if len(rows) < min(total, keep):
        return None
    best = np.lexsort((rows, -find_standings(scores, coverages)))[:keep]
    return Ranking(rows[best], scores[best], coverages[best], total)


def _settle(each: _Due, summary: MatchSummary, found: Ranking | _Changes) -> None:
    """Write one persona's matches, unless somebody else did so meanwhile for a newer reading of the jobs.

    Where the persona or its matches changed since they were read, or where what was found among the changed jobs does not
    tell for sure, it is read and ranked again.
    """
    market, now = each.task.market, each.task.now
    with transaction.atomic(), connection.cursor() as cursor:
        # Two workers on one persona take turns, so that neither undoes what the other wrote.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(each.task.persona.pk)])
        latest, is_as_read = _look_again(each, now)
        if latest is None or _has_seen_more(latest.state, market):
            return
        stored = read_stored(latest.task)
        ranking = found if isinstance(found, Ranking) else _merge(latest, found, stored)
        if ranking is None or not is_as_read:
            (ranking,) = _rank(market, [latest.task.wants])
        with translation.override(latest.task.persona.user.locale):
            done = write_ranking(latest.task, ranking, stored)
        _note(latest.task, ranking.total)
    summary.personas += 1
    summary.written += done.written
    summary.renewed += done.renewed
    summary.unchanged += done.unchanged
    summary.removed += done.removed


def _look_again(each: _Due, now: datetime) -> tuple[_Due | None, bool]:
    """Give a persona as it is now that it has the lock, and tell whether it and its matches are as they were read."""
    pk, state = each.task.persona.pk, each.state
    columns = ("inputs_revision", "match_state__snapshot", "match_state__matched_at")
    latest = Persona.objects.filter(pk=pk).values_list(*columns).first()
    before = (state.snapshot, state.matched_at) if state else (None, None)
    if latest == (each.task.persona.inputs_revision, *before):
        return each, True
    return _Rows.read([pk], now).due(pk, each.task.market, now), False


def _has_seen_more(state: MatchState | None, market: Market) -> bool:
    return (
        state is not None
        and state.runs_seen > market.revision
        and state.scorer_version == market.snapshot.version
    )


def _note(task: Task, matching_jobs: int) -> None:
    """Note how far the matches of a persona have come."""
    state = {
        "user_id": task.persona.user_id,
        "inputs_revision": task.persona.inputs_revision,
        "runs_seen": task.market.revision,
        "snapshot": task.market.id,
        "scorer_version": task.market.snapshot.version,
        "open_jobs": len(task.market.snapshot),
        "matching_jobs": matching_jobs,
        "matched_at": task.now,
    }
    # One statement, where update_or_create takes a look, a lock and a savepoint for each persona.
    MatchState.objects.bulk_create(
        [MatchState(persona_id=task.persona.pk, **state)],
        update_conflicts=True,
        unique_fields=["persona"],
        update_fields=[*state.keys() - {"user_id"}],
    )
