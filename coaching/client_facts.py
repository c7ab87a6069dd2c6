"""What is known of many clients at once: their funnels as facts, their last steps, what they planned.

Every function asks its tables once, for all the clients whose rows a look has opened; each client counts only where the
scope of that table is granted. Whoever calls has opened the look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, Func, JSONField, Max, Min, OuterRef, Q, When
from django.db.models.functions import Coalesce

from autoapply.models import Application, ApplicationEvent, Decision, FollowUp, Rule, Standing
from autoapply.policy import GATES
from autoapply.states import BEFORE_SENDING, FREE
from autoapply.weeks import week_start, zone_of
from coaching.models import Suggestion
from coaching.stalled import (
    ANSWERED_WITHIN,
    FULL_WEEKS,
    QUIET_FOR,
    WAITS_FOR,
    ApplicationFacts,
    SearchFacts,
    TightRule,
    choose_gate,
)
from matching.models import Match, MatchState
from personas.models import Persona, Resume, UserSkill

Granted = Mapping[UUID, frozenset[str]]
"""What is open of each client, as `looks.look_at_clients` gives it."""

ANSWERED = ("screening", "interview", "offer", "accepted", "rejected")
"""Stages that an employer's answer brings."""
WEEKS_ASKED = FULL_WEEKS + 1
_SENT = Q(status__in=["submitted", "withdrawn"])
_WHEN_SENT = Coalesce("sent_at", "moved_at")


@dataclass(frozen=True, slots=True)
class Found:
    """Matches of one client's active persona that are in date, not set aside, the job open: how many, and the best score."""

    fresh: int
    best: Decimal | None


@dataclass(slots=True)
class LastSteps:
    """The latest step of each client that anything tells of."""

    at: dict[UUID, datetime] = field(default_factory=dict)

    def note(self, client_id: UUID, *moments: datetime | None) -> None:
        """Keep the latest of these moments, where it is later than what is known."""
        known = [moment for moment in (self.at.get(client_id), *moments) if moment is not None]
        if known:
            self.at[client_id] = max(known)


def clients_with(granted: Granted, scope: str) -> list[UUID]:
    """The clients who let their coach see `scope`."""
    return [client for client, scopes in granted.items() if scope in scopes]


def read_searches(
    granted: Granted, *, at: datetime, steps: LastSteps
) -> tuple[dict[UUID, SearchFacts], dict[UUID, Found]]:
    """What the matches of each client tell, and how many there are; three queries."""
    clients = clients_with(granted, "matches")
    personas = Persona.objects.filter(user_id__in=clients).values(
        "pk",
        "user_id",
        "is_active",
        "resume_id",
        "created_at",
        "updated_at",
        "preferences__min_salary",
        "preferences__updated_at",
    )
    active: dict[UUID, dict[str, Any]] = {}
    for persona in personas:
        steps.note(persona["user_id"], persona["updated_at"], persona["preferences__updated_at"])
        if persona["is_active"]:
            active[persona["user_id"]] = persona
    states = {state.user_id: state for state in _states(active)}
    counted = _count_matches(clients, at=at, steps=steps)
    searches, found = {}, {}
    for client in clients:
        own = active.get(client)
        counts = counted.get(own["pk"], {}) if own else {}
        found[client] = Found(counts.get("fresh", 0), counts.get("best"))
        searches[client] = _search(own, states.get(client), counts)
    return searches, found


def _states(active: Mapping[UUID, Mapping[str, Any]]) -> Any:
    return MatchState.objects.filter(
        user_id__in=list(active), persona_id__in=[each["pk"] for each in active.values()]
    )


def _count_matches(
    clients: Collection[UUID], *, at: datetime, steps: LastSteps
) -> dict[UUID | None, dict[str, Any]]:
    live = Q(expires_at__gt=at, is_dismissed=False, job__closed_at__isnull=True)
    # JSON orders null below every number, so what is not stated lies below 0.
    asked = Q(match_factors__asked__contains=["salary"]) | ~Q(match_factors__has_key="asked")
    stated = live & asked & Q(match_factors__salary_score__gte=0, match_factors__salary_score__lte=100)
    rows = (
        Match.objects.filter(user_id__in=clients)
        .order_by()
        .values("user_id", "persona_id")
        .annotate(
            fresh=Count("pk", filter=live),
            best=Max("match_score", filter=live),
            stated=Count("pk", filter=stated),
            # 100 from the floor upwards: what has less pays less.
            below=Count("pk", filter=stated & Q(match_factors__salary_score__lt=100)),
            dismissed=Max("dismissed_at"),
        )
    )
    counted = {}
    for row in rows:
        steps.note(row["user_id"], row["dismissed"])
        counted[row["persona_id"]] = row
    return counted


def _search(
    persona: Mapping[str, Any] | None, state: MatchState | None, counts: Mapping[str, Any]
) -> SearchFacts:
    if persona is None:
        return SearchFacts(has_persona=False)
    return SearchFacts(
        has_persona=True,
        has_resume=persona["resume_id"] is not None,
        floor=persona["preferences__min_salary"],
        open_jobs=state.open_jobs if state else None,
        matching_jobs=state.matching_jobs if state else None,
        fresh=counts.get("fresh", 0),
        stated=counts.get("stated", 0),
        below=counts.get("below", 0),
    )


def read_applications(granted: Granted, *, at: datetime, steps: LastSteps) -> dict[UUID, ApplicationFacts]:
    """What the applications and rules of each client tell; at most eight queries."""
    clients = clients_with(granted, "applications")
    rules = _rules(clients, steps)
    standings = {each.user_id: each for each in Standing.objects.filter(user_id__in=clients)}
    counted = {row["user_id"]: row for row in _count_applications(clients, at=at)}
    tight = _tight_rules([rule for own in rules.values() for rule in own], at=at)
    refused = _refusals(clients)
    weeks = _weeks(clients, at=at)
    _own_steps(clients, steps)
    return {
        client: _application_facts(
            rules.get(client, []),
            standings.get(client),
            counted.get(client, {}),
            tight=tight.get(client),
            refused=refused.get(client, {}),
            weeks=weeks.get(client, []),
        )
        for client in clients
    }


def _rules(clients: Collection[UUID], steps: LastSteps) -> dict[UUID, list[Rule]]:
    rules: dict[UUID, list[Rule]] = defaultdict(list)
    rows = Rule.objects.filter(user_id__in=clients).only(
        "user_id", "name", "enabled", "created_at", "updated_at"
    )
    for rule in rows.order_by("created_at", "pk"):
        steps.note(rule.user_id, rule.updated_at)
        rules[rule.user_id].append(rule)
    return rules


def _count_applications(clients: Collection[UUID], *, at: datetime) -> Any:
    # As `autoapply.waiting` has it: doubts, approvals and sending by hand, answers that only the person can give.
    waits = (Q(status__in=["unknown", "review"]) | (Q(status="parked") & ~Q(missing=[]))) & Q(
        moved_at__lte=at - WAITS_FOR
    )
    came_back = ApplicationEvent.objects.filter(
        application_id=OuterRef("pk"), user_id=OuterRef("user_id"), kind="stage", moved_to__in=ANSWERED
    )
    return (
        Application.objects.filter(user_id__in=clients)
        .order_by()
        .annotate(when_sent=_WHEN_SENT, came_back=Exists(came_back))
        .values("user_id")
        .annotate(
            sent=Count("pk", filter=_SENT),
            last_sent=Max("when_sent", filter=_SENT),
            long_ago=Count(
                "pk",
                filter=Q(status="submitted", when_sent__lte=at - ANSWERED_WITHIN) & ~Q(stage="withdrawn"),
            ),
            answered=Count("pk", filter=Q(came_back=True) | Q(stage__in=ANSWERED)),
            accepted=Count("pk", filter=Q(stage="accepted")),
            rejected=Count("pk", filter=Q(stage="rejected")),
            waiting=Count("pk", filter=waits),
            waiting_since=Min("moved_at", filter=waits),
        )
    )


def _tight_rules(rules: Collection[Rule], *, at: datetime) -> dict[UUID, TightRule]:
    """For each client, the quiet rule whose tightest gate stops most; `autoapply.ledger` says when a rule is quiet."""
    since = at - QUIET_FOR
    still = {
        rule.pk: rule
        for rule in rules
        if rule.enabled and rule.created_at <= since and rule.updated_at <= since
    }
    left = Application.objects.filter(rule_id__in=list(still)).exclude(status__in=(*BEFORE_SENDING, *FREE))
    lately = Q(sent_at__gt=since) | Q(sent_at__isnull=True, moved_at__gt=since)
    for rule_id in left.filter(lately).order_by().values_list("rule_id", flat=True).distinct():
        still.pop(rule_id, None)
    tight: dict[UUID, TightRule] = {}
    for rule_id, stops in _stops(still).items():
        rule = still[rule_id]
        chosen = choose_gate({gates: jobs for gates, jobs in stops.items() if gates}, GATES)
        if chosen is None:
            continue
        each = TightRule(rule.name, chosen[0], chosen[1], sum(stops.values()))
        best = tight.get(rule.user_id)
        if best is None or each.stopped * best.judged > best.stopped * each.judged:
            tight[rule.user_id] = each
    return tight


class _StoppingGates(Func):
    """The gates that stop a job, as JSON; the places of a week stop nothing for good."""

    template = "jsonb_path_query_array(%(expressions)s, '$[*] ? (@.passed == false && @.gate != \"weekly_slot\").gate')"
    output_field = JSONField()


def _stops(rules: Collection[UUID]) -> dict[UUID, dict[tuple[str, ...], int]]:
    rows = (
        Decision.objects.filter(rule_id__in=list(rules))
        .order_by()
        .annotate(gates=_StoppingGates("verdicts"))
        .values_list("rule_id", "gates")
        .annotate(jobs=Count("pk"))
    )
    stops: dict[UUID, dict[tuple[str, ...], int]] = defaultdict(dict)
    for rule_id, gates, jobs in rows:
        stops[rule_id][tuple(gates)] = jobs
    return stops


def _refusals(clients: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    rows = (
        ApplicationEvent.objects.filter(
            user_id__in=clients,
            application__user_id__in=clients,
            application__stage="rejected",
            kind="stage",
            moved_to="rejected",
        )
        .order_by()
        .values_list("user_id", "moved_from")
        .annotate(refusals=Count("application_id", distinct=True))
    )
    refused: dict[UUID, dict[str, int]] = defaultdict(dict)
    for client, stage, refusals in rows:
        refused[client][stage] = refusals
    return refused


def _weeks(clients: Collection[UUID], *, at: datetime) -> dict[UUID, list[int]]:
    """Places used in each of the last whole weeks, the latest first; a day later than in UTC every week has ended."""
    this = week_start(at - timedelta(days=1), zone_of("UTC"))
    asked = [this - timedelta(days=7 * back) for back in range(1, WEEKS_ASKED + 1)]
    rows = (
        Application.objects.filter(user_id__in=clients, user_slot__isnull=False, week_start__in=asked)
        .order_by()
        .values_list("user_id", "week_start")
        .annotate(used=Count("pk"))
    )
    used: dict[UUID, dict[date, int]] = defaultdict(dict)
    for client, week, number in rows:
        used[client][week] = number
    return {client: [own.get(week, 0) for week in asked] for client, own in used.items()}


def _own_steps(clients: Collection[UUID], steps: LastSteps) -> None:
    rows = (
        ApplicationEvent.objects.filter(
            user_id__in=clients, application__user_id__in=clients, actor=Application.Actor.PERSON
        )
        .order_by()
        .values_list("user_id")
        .annotate(last=Max("at"))
    )
    for client, last in rows:
        steps.note(client, last)


def _application_facts(
    rules: Collection[Rule],
    standing: Standing | None,
    counted: Mapping[str, Any],
    *,
    tight: TightRule | None,
    refused: Mapping[str, int],
    weeks: Iterable[int],
) -> ApplicationFacts:
    ceiling = standing.weekly_ceiling if standing else 0
    full = 0
    for used in weeks:
        if not ceiling or used < ceiling:
            break
        full += 1
    # Refused by applications and by steps: where the two differ, the stage of some is not known, and none is named.
    agrees = sum(refused.values()) == counted.get("rejected", 0)
    return ApplicationFacts(
        rules=len(rules),
        enabled=sum(rule.enabled for rule in rules),
        paused_at=standing.paused_at if standing else None,
        tight=tight,
        waiting=counted.get("waiting", 0),
        waiting_since=counted.get("waiting_since"),
        sent=counted.get("sent", 0),
        sent_long_ago=counted.get("long_ago", 0),
        last_sent_at=counted.get("last_sent"),
        answered=counted.get("answered", 0),
        accepted=counted.get("accepted", 0),
        refused_at=refused if agrees else {},
        full_weeks=full,
        ceiling=ceiling,
    )


def read_follow_ups(granted: Granted, *, first: date, last: date) -> list[FollowUp]:
    """What clients planned for these days and have not done, by day."""
    planned: list[FollowUp] = list(
        FollowUp.objects.open()
        .filter(user_id__in=clients_with(granted, "applications"), due_on__gte=first, due_on__lte=last)
        .select_related("application")
        .only("user_id", "due_on", "what", "created_at", "application__job_title", "application__company")
        .order_by("due_on", "created_at", "pk")
    )
    return planned


def read_resumes(granted: Granted, *, steps: LastSteps) -> dict[UUID, list[Resume]]:
    """The résumés of each client that wait for a review; what a reviewer wrote is no step of the client's. Two queries."""
    clients = clients_with(granted, "resume")
    pending: dict[UUID, list[Resume]] = defaultdict(list)
    # A review writes both moments in one transaction.
    changed = Case(When(updated_at=F("reviewed_at"), then=F("created_at")), default=F("updated_at"))
    rows = (
        Resume.objects.filter(user_id__in=clients)
        .annotate(changed=changed)
        .defer("text", "document", "unplaced")
    )
    for resume in rows.order_by("updated_at", "pk"):
        steps.note(resume.user_id, resume.changed)
        if resume.review == Resume.Review.PENDING:
            pending[resume.user_id].append(resume)
    skills = UserSkill.objects.filter(user_id__in=clients).order_by().values_list("user_id")
    for client, last in skills.annotate(last=Max("created_at")):
        steps.note(client, last)
    return pending


def read_suggestions(coach_id: UUID) -> dict[UUID, list[Suggestion]]:
    """The coach's open suggestions by client; the database shows those whose scope is still granted."""
    rows = Suggestion.objects.filter(coach_id=coach_id, status=Suggestion.Status.OPEN)
    suggestions: dict[UUID, list[Suggestion]] = defaultdict(list)
    for each in rows.order_by("-created_at", "pk"):
        suggestions[each.client_id].append(each)
    return suggestions
