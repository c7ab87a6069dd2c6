"""What is stored of one persona's matches: read as columns, compared with a ranking, and only what changed written.

On most nights nearly every match is as it was, so reading costs the most: PostgreSQL joins the few numbers of all rows into
one value, and NumPy compares them without a Python object a row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from matching.changes import compare_factors
from matching.engine import Ranking
from matching.explanation import factors_as_json, read_explanation
from matching.facts import job_facts
from matching.knowledge import shipped_knowledge
from matching.market import Market
from matching.models import FRESH_FOR, Job, Match
from matching.scoring import (
    JobFacts,
    PersonaFacts,
    Requirement,
    Wants,
    hash_persona,
    read_requirement,
    read_wants,
    score_prepared,
)
from matching.snapshot import UNKNOWN, Snapshot
from matching.values import align_values
from personas.models import Persona

# A match is renewed when less than this is left of its seven days.
RENEW_WITHIN = timedelta(days=1)
KEPT_JOBS = 20_000
_BATCH = 500

_COLUMNS = np.dtype(
    [
        ("id", "S16"),
        ("digest", "S32"),
        ("half", "S32"),
        ("score", ">i4"),
        ("coverage", ">i4"),
        ("is_of_scorer", "u1"),
        ("is_ending", "u1"),
        ("is_dismissed", "u1"),
    ]
)
# The hash is sent as it stands: to check and decode it here would take longer than all the rest. One that no scorer of
# ours wrote is equal to none of ours.
_READ = """
    SELECT string_agg(
        uuid_send(job_id)
        || textsend(CASE WHEN octet_length(inputs_hash) = 64 THEN inputs_hash ELSE repeat('-', 64) END)
        || int4send((match_score * 100)::int)
        || int4send((coalesce(coverage, 0) * 10000)::int)
        || boolsend(scorer_version = %s) || boolsend(expires_at < %s) || boolsend(is_dismissed),
        ''::bytea)
    FROM job_matches WHERE user_id = %s AND persona_id = %s
"""
# Dismissed stays dismissed: neither column of a dismissal is among those that are renewed.
_WRITE = """
    INSERT INTO job_matches (id, user_id, persona_id, job_id, match_score, match_factors, explanation, coverage,
                             values_alignment, scorer_version, inputs_hash, changes, changed_at,
                             created_at, refreshed_at, expires_at)
    SELECT gen_random_uuid(), user_id, persona_id, job_id, match_score, match_factors, explanation, coverage,
           values_alignment, scorer_version, inputs_hash, changes, changed_at,
           created_at, refreshed_at, expires_at
    FROM json_populate_recordset(NULL::job_matches, %s::json)
    ON CONFLICT (user_id, persona_id, job_id) DO UPDATE SET
        match_score = excluded.match_score, match_factors = excluded.match_factors,
        explanation = excluded.explanation, coverage = excluded.coverage,
        values_alignment = excluded.values_alignment, scorer_version = excluded.scorer_version,
        inputs_hash = excluded.inputs_hash, changes = coalesce(excluded.changes, job_matches.changes),
        changed_at = coalesce(excluded.changed_at, job_matches.changed_at), refreshed_at = excluded.refreshed_at, expires_at = excluded.expires_at
"""


@dataclass(frozen=True, slots=True)
class Task:
    """One persona to be matched: its row (with user and preferences), what scoring reads of it, and the market, as read at `now`.

    half is the persona's half of an inputs hash.
    """

    persona: Persona
    facts: PersonaFacts
    wants: Wants
    half: str
    market: Market
    now: datetime

    @classmethod
    def of(cls, persona: Persona, facts: PersonaFacts, market: Market, now: datetime) -> Task:
        """Make a persona ready to be matched."""
        wants = read_wants(facts, knowledge=shipped_knowledge())
        return cls(persona, facts, wants, hash_persona(facts), market, now)


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored matches of one persona as columns; rows are those of the task's snapshot, UNKNOWN where a job is not open.

    digests are the jobs' halves of the stored hashes, 32 hex digits each. is_current tells whether persona and scorer are
    as they were when the match was written, is_ending whether less than a day of its seven is left.
    """

    ids: NDArray[np.bytes_]
    rows: NDArray[np.int64]
    digests: NDArray[np.bytes_]
    scores: NDArray[np.int64]
    coverages: NDArray[np.int64]
    is_current: NDArray[np.bool_]
    is_ending: NDArray[np.bool_]
    is_dismissed: NDArray[np.bool_]

    def are_of(self, snapshot: Snapshot) -> NDArray[np.bool_]:
        """Tell which matches were written from what a snapshot holds of their jobs."""
        rows = snapshot.find(self.ids)
        known = np.flatnonzero(rows != UNKNOWN)
        same = np.zeros(len(rows), bool)
        same[known] = self.digests[known] == _write_hex(snapshot.rows.digests[rows[known]])
        return same


@dataclass(slots=True)
class Written:
    """What a writing did, in matches."""

    written: int = 0
    renewed: int = 0
    unchanged: int = 0
    removed: int = 0


def read_stored(task: Task) -> Stored:
    """Read the stored matches of a persona."""
    persona = task.persona
    given: list[Any] = [
        task.market.snapshot.version,
        task.now + RENEW_WITHIN,
        persona.user_id,
        persona.pk,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_READ, given)
        row = cursor.fetchone()
    columns = np.frombuffer(bytes(row[0] or b""), _COLUMNS)
    return Stored(
        ids=columns["id"],
        rows=task.market.snapshot.find(columns["id"]),
        digests=columns["digest"],
        scores=columns["score"].astype(np.int64),
        coverages=columns["coverage"].astype(np.int64),
        is_current=(columns["half"] == task.half.encode()) & columns["is_of_scorer"].astype(bool),
        is_ending=columns["is_ending"].astype(bool),
        is_dismissed=columns["is_dismissed"].astype(bool),
    )


def write_ranking(task: Task, ranking: Ranking, stored: Stored) -> Written:
    """Make the stored matches those of a ranking: write what changed, renew what has under a day left, remove what fits no longer."""
    rows = task.market.snapshot.rows
    place = _find_places(ranking.rows, stored.rows)
    known = place != UNKNOWN
    same = np.zeros(len(ranking), bool)
    at = place[known]
    same[known] = stored.is_current[at] & (
        stored.digests[at] == _write_hex(rows.digests[ranking.rows[known]])
    )
    renewed = stored.ids[at[same[known] & stored.is_ending[at]]]
    fits_no_longer = np.isin(stored.rows, ranking.rows, invert=True) & (stored.rows != UNKNOWN)
    removed = stored.ids[fits_no_longer & ~stored.is_dismissed]
    done = Written(renewed=len(renewed), removed=len(removed))
    done.written = _write(task, ranking, np.flatnonzero(~same), place)
    done.unchanged = int(same.sum()) - done.renewed
    _touch(task, renewed, removed)
    return done


def _write_hex(digests: NDArray[np.bytes_]) -> NDArray[np.bytes_]:
    """Give digests of 16 bytes as 32 hex digits each."""
    return np.frombuffer(digests.tobytes().hex().encode(), "S32")


def _find_places(rows: NDArray[np.int64], stored_rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the place of each row among the stored ones, UNKNOWN where it is not stored."""
    if not len(stored_rows):
        return np.full(len(rows), UNKNOWN)
    order = np.argsort(stored_rows, kind="stable")
    at = np.minimum(np.searchsorted(stored_rows, rows, sorter=order), len(order) - 1)
    return np.where(stored_rows[order[at]] == rows, order[at], UNKNOWN)


def _touch(task: Task, renewed: NDArray[np.bytes_], removed: NDArray[np.bytes_]) -> None:
    own = Match.objects.filter(user_id=task.persona.user_id, persona_id=task.persona.pk)
    if len(renewed):
        own.filter(job_id__in=_read_ids(renewed)).update(
            expires_at=task.now + FRESH_FOR, refreshed_at=task.now
        )
    if len(removed):
        # Set aside since it was read, it stays.
        own.filter(job_id__in=_read_ids(removed), is_dismissed=False).delete()


def _read_ids(ids: NDArray[np.bytes_]) -> list[UUID]:
    return [UUID(bytes=bytes(each).ljust(16, b"\0")) for each in ids]


def _write(task: Task, ranking: Ranking, changed: NDArray[np.int64], stored_at: NDArray[np.int64]) -> int:
    """Write some places of a ranking with their reasons, and with what changed where they were stored before."""
    written = 0
    for start in range(0, len(changed), _BATCH):
        some = changed[start : start + _BATCH]
        jobs = read_jobs(task.market.snapshot, ranking.rows[some].tolist())
        texts = _read_texts(task, jobs)
        was_stored = some[stored_at[some] != UNKNOWN]
        before = _read_before(task, task.market.snapshot.rows.ids[ranking.rows[was_stored]])
        built = [_build(task, job, before=before.get(job.pk), text=texts.get(job.pk, "")) for job in jobs]
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [json.dumps(built, ensure_ascii=False, default=str)])
        written += len(built)
    return written


@dataclass(frozen=True, slots=True)
class _ReadJob:
    """A job as scoring reads it, and its half of an inputs hash."""

    pk: UUID
    half: str
    facts: JobFacts
    requirement: Requirement


# The same good jobs match many personas: they are read once a process and revision.
_kept_jobs: dict[tuple[UUID, int], _ReadJob] = {}


def read_jobs(snapshot: Snapshot, rows: Sequence[int]) -> list[_ReadJob]:
    """Read the jobs of some rows as they were when the market was read, and keep them for the next who asks.

    One that has changed since is left out: it waits for the next reading.
    """
    keys = {snapshot.job_id(row): (row, int(snapshot.rows.revisions[row])) for row in rows}
    missing = [pk for pk, (_row, revision) in keys.items() if (pk, revision) not in _kept_jobs]
    if len(_kept_jobs) + len(missing) > KEPT_JOBS:
        _kept_jobs.clear()
        missing = list(keys)
    for job in Job.objects.filter(pk__in=missing).for_scoring():
        row, revision = keys[job.pk]
        if job.facts_revision == revision:
            facts = job_facts(job)
            requirement = read_requirement(facts, knowledge=shipped_knowledge())
            _kept_jobs[job.pk, revision] = _ReadJob(job.pk, snapshot.digest(row), facts, requirement)
    found = ((pk, revision) for pk, (_row, revision) in keys.items())
    return [_kept_jobs[key] for key in found if key in _kept_jobs]


def _read_texts(task: Task, jobs: Sequence[_ReadJob]) -> dict[UUID, str]:
    """Read the texts of jobs, where the persona has values to look for in them."""
    if not task.persona.preferences.mission_values:
        return {}
    rows = Job.objects.filter(pk__in=[job.pk for job in jobs])
    return dict(rows.values_list("pk", "description_text"))


def _read_before(task: Task, ids: NDArray[np.bytes_]) -> dict[UUID, Match]:
    """Read what is stored of some jobs."""
    if not len(ids):
        return {}
    own = Match.objects.filter(
        user_id=task.persona.user_id, persona_id=task.persona.pk, job_id__in=_read_ids(ids)
    )
    return {
        match.job_id: match
        for match in own.only("job_id", "match_score", "match_factors", "inputs_hash", "scorer_version")
    }


def _build(task: Task, job: _ReadJob, *, before: Match | None, text: str) -> dict[str, Any]:
    """Give one match by column, with its reasons in the language that is active."""
    score = score_prepared(job.facts, job.requirement, task.wants, knowledge=shipped_knowledge())
    if score is None:
        raise ValueError(f"job {job.pk} was ranked and is no match by the definition")
    factors = factors_as_json(score)
    alignment = align_values(task.persona.preferences.mission_values, text)
    changes = None if before is None else _compare(task, job, before, score.score, factors)
    return {
        "user_id": task.persona.user_id,
        "persona_id": task.persona.pk,
        "job_id": job.pk,
        "match_score": score.score,
        "match_factors": factors,
        "explanation": str(read_explanation(factors)),
        "coverage": score.coverage,
        "values_alignment": None if alignment is None else alignment.percent,
        "scorer_version": task.market.snapshot.version,
        "inputs_hash": job.half + task.half,
        "changes": changes,
        "changed_at": task.now if changes else None,
        "created_at": task.now,
        "refreshed_at": task.now,
        "expires_at": task.now + FRESH_FOR,
    }


def _compare(
    task: Task, job: _ReadJob, before: Match, score: Decimal, factors: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Tell what a refresh changed in a match, None where a reader sees no difference."""
    if (before.match_score, before.match_factors) == (score, factors):
        return None
    return compare_factors(
        before.match_factors,
        factors,
        score_before=before.match_score,
        score_after=score,
        job_changed=before.inputs_hash[:32] != job.half,
        persona_changed=before.inputs_hash[32:] != task.half,
        scorer_changed=before.scorer_version != task.market.snapshot.version,
    )
