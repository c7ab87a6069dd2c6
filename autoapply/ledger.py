"""The ledger: what each rule says of each job, one row a pair, updated in place; and what the rows tell together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from autoapply.models import Application, Decision, Rule
from autoapply.policy import GATES, Verdicts, verdicts_as_json
from autoapply.states import BEFORE_SENDING, FREE

QUIET_AFTER = timedelta(days=14)
"""A rule that has sent nothing for so long is warned of."""

_ROWS_AT_ONCE = 500
_LISTED = [{"gate": "employer_not_excluded", "code": "listed"}]
_WRITTEN = (
    "persona_id",
    "match_score",
    "first_failed",
    "gates_passed",
    "verdicts",
    "changes",
    "decided_at",
    "changed_at",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule says of one job for the persona that it fits best, with the score of that match."""

    verdicts: Verdicts
    score: Decimal | None
    persona_id: UUID | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What of the ledger of a rule differs from what is stored: rows to write, jobs to strike."""

    written: Sequence[Decision]
    struck: Sequence[UUID]

    def __bool__(self) -> bool:
        return bool(self.written or self.struck)


@dataclass(frozen=True, slots=True)
class Summary:
    """What the ledger of a rule tells together.

    jobs is how many it judges, passing how many every gate lets through, stopped how many each gate stopped before any
    other did (most first). sent and waiting count the rule's applications, last_sent_at is None where it never sent one.
    """

    jobs: int
    passing: int
    stopped: Sequence[tuple[str, int]]
    sent: int
    waiting: int
    last_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Blocked:
    """Jobs of employers that a rule excludes: all that it judges, and those of them that came in since a moment."""

    jobs: int
    new: int


@dataclass(frozen=True, slots=True)
class Tightest:
    """The gate that stops the most jobs which everything else lets through (`alone`), of all that it stops (`stopped`)."""

    gate: str
    alone: int
    stopped: int


def find_changes(
    *, rule: Rule, judged: Mapping[UUID, Judged], kept: Collection[UUID], at: datetime
) -> Changes:
    """Compare what a rule says now with what its ledger holds.

    Rows of jobs in `kept` stay as they are: the rule has applied there, and its row says why. Those of other jobs that are
    not judged any more are struck. A row that says another first gate than before keeps the one before.
    """
    stored = {row.job_id: row for row in Decision.objects.filter(user_id=rule.user_id, rule=rule)}
    written = []
    for job_id in sorted(judged, key=str):
        if job_id in kept and job_id in stored:
            continue
        row = _as_row(rule, job_id, judged[job_id], at)
        before = stored.get(job_id)
        if before is None:
            written.append(row)
        elif _told(row) != _told(before):
            row.changes, row.changed_at = before.changes, before.changed_at
            if row.first_failed != before.first_failed:
                row.changes, row.changed_at = {"was": before.first_failed}, at
            written.append(row)
    struck = sorted((job_id for job_id in stored if job_id not in judged and job_id not in kept), key=str)
    return Changes(written, struck)


def record_verdicts(
    *, rule: Rule, judged: Mapping[UUID, Judged], kept: Collection[UUID] = (), at: datetime
) -> Changes:
    """Bring the ledger of a rule up to date, in a transaction of its owner who waits for no other (`slots.take_turns`); a row that says the same is not touched."""
    changes = find_changes(rule=rule, judged=judged, kept=kept, at=at)
    if changes.struck:
        Decision.objects.filter(user_id=rule.user_id, rule=rule, job_id__in=changes.struck).delete()
    Decision.objects.bulk_create(
        changes.written,
        batch_size=_ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["rule", "job"],
        update_fields=_WRITTEN,
    )
    return changes


def summarize(*, rule: Rule) -> Summary:
    """What the ledger and the applications of a rule tell together, in two queries."""
    stopped = Counter(
        dict(
            Decision.objects.filter(user_id=rule.user_id, rule=rule)
            .values_list("first_failed")
            .annotate(jobs=Count("pk"))
            .order_by("first_failed")
        )
    )
    passing = stopped.pop("", 0)
    own = list(
        Application.objects.filter(user_id=rule.user_id, rule=rule).values_list(
            "status", "sent_at", "moved_at"
        )
    )
    left = [(sent_at or moved_at) for status, sent_at, moved_at in own if _has_left(status)]
    return Summary(
        jobs=passing + stopped.total(),
        passing=passing,
        stopped=sorted(stopped.items(), key=lambda each: (-each[1], _order(each[0]))),
        sent=len(left),
        waiting=sum(status in BEFORE_SENDING for status, _sent, _moved in own),
        last_sent_at=max(left, default=None),
    )


def tightest_gate(*, rule: Rule, at: datetime) -> Tightest | None:
    """The gate that alone stops most of what everything else lets through, of a rule that is quiet; None where it is not.

    A rule is quiet when it is switched on, has been for QUIET_AFTER at least, and has sent nothing since. Where no gate
    stops a job alone, the one that stops most of them counts. The places of a week stop nothing for good and do not count.
    """
    if not is_quiet(rule=rule, at=at):
        return None
    alone: Counter[str] = Counter()
    stopped: Counter[str] = Counter()
    rows = Decision.objects.filter(user_id=rule.user_id, rule=rule).exclude(first_failed="")
    for verdicts in rows.values_list("verdicts", flat=True).iterator(chunk_size=_ROWS_AT_ONCE):
        failed = [each["gate"] for each in verdicts if not each["passed"] and each["gate"] != "weekly_slot"]
        stopped.update(failed)
        if len(failed) == 1:
            alone.update(failed)
    if not stopped:
        return None
    gate = max(stopped, key=lambda name: (alone[name], stopped[name], -_order(name)))
    return Tightest(gate, alone[gate], stopped[gate])


def is_quiet(*, rule: Rule, at: datetime) -> bool:
    """Tell whether a rule that is on has sent nothing for QUIET_AFTER, nor was changed within it."""
    return bool(find_quiet(rules=[rule], at=at))


def find_quiet(*, rules: Sequence[Rule], at: datetime) -> list[Rule]:
    """Those of one person's rules that are quiet, in one query at most."""
    since = at - QUIET_AFTER
    unchanged = [
        rule for rule in rules if rule.enabled and rule.created_at <= since and rule.updated_at <= since
    ]
    if not unchanged:
        return []
    left = Application.objects.filter(user_id=unchanged[0].user_id, rule__in=unchanged).exclude(
        status__in=(*BEFORE_SENDING, *FREE)
    )
    lately = left.filter(Q(sent_at__gt=since) | Q(sent_at__isnull=True, moved_at__gt=since))
    active = set(lately.values_list("rule_id", flat=True))
    return [rule for rule in unchanged if rule.pk not in active]


def count_blocked(*, rule: Rule, since: datetime) -> Blocked:
    """Count the jobs of the ledger that the rule's list of excluded employers stops, whatever else does."""
    own = Decision.objects.filter(user_id=rule.user_id, rule=rule, verdicts__contains=_LISTED)
    counted = own.aggregate(jobs=Count("pk"), new=Count("pk", filter=Q(job__first_seen_at__gte=since)))
    return Blocked(counted["jobs"], counted["new"])


def count_newly_blocked(*, user_id: UUID, since: datetime) -> dict[UUID, int]:
    """Count, for each rule of a person that has any, the jobs since a moment that its list of excluded employers stops."""
    own = Decision.objects.filter(
        user_id=user_id, verdicts__contains=_LISTED, job__first_seen_at__gte=since
    ).order_by("rule")
    return dict(own.values_list("rule").annotate(jobs=Count("pk")))


def _as_row(rule: Rule, job_id: UUID, judged: Judged, at: datetime) -> Decision:
    first = judged.verdicts.first_failed
    return Decision(
        user_id=rule.user_id,
        rule=rule,
        job_id=job_id,
        persona_id=judged.persona_id,
        match_score=judged.score,
        first_failed=first.gate if first else "",
        gates_passed=judged.verdicts.passed_before,
        verdicts=verdicts_as_json(judged.verdicts),
        decided_at=at,
        changed_at=at,
    )


def _told(row: Decision) -> tuple[Any, ...]:
    return row.persona_id, row.match_score, row.first_failed, row.gates_passed, row.verdicts


def _has_left(status: str) -> bool:
    return status not in BEFORE_SENDING and status not in FREE


def _order(gate: str) -> int:
    return GATES.index(gate) if gate in GATES else len(GATES)
