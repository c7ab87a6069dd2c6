"""Whether a client's search stands still, and why: decided from facts alone, with the numbers that the reason stands on.

Facts come by what the client granted. What was not granted is None, and nothing is concluded from it: a reason is only ever
given where every number in it was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

TOLD_BY = ("matches", "applications")
"""What has to be granted before it can be said that a client is not stalled."""

REASONS = (
    "no_persona",
    "no_match",
    "none_left",
    "salary_floor",
    "no_resume",
    "paused",
    "rules_off",
    "gate",
    "waiting",
    "unanswered",
    "same_stage",
    "idle",
    "week_full",
)
"""Every reason, the strongest first: in the order of the funnel, because nothing later helps while something earlier holds."""

LEAST_STATED = 10
"""Matches that must state their pay: below it one posting more moves the share by ten points and more."""
FLOOR_SHARE = 80
"""Percent of them that must pay less than the floor: then at most one in five is left, and the others are seen as worse."""
QUIET_FOR = timedelta(days=14)
"""Two weeks without anything sent: a pause or a disabled rule is no reason while the client applies by hand."""
PAUSED_FOR = timedelta(days=7)
"""A pause of some days is a choice; after a week it is easily forgotten."""
WAITS_FOR = timedelta(days=7)
"""A week without the word that only the client can give; postings stand open for about a month."""
LEAST_JUDGED = 10
"""Jobs that a rule must have judged before its tightest gate says anything."""
LEAST_UNANSWERED = 10
"""Unanswered applications; of fewer, silence is mere luck often enough."""
ANSWERED_WITHIN = timedelta(days=21)
"""Three weeks, after which most employers who answer at all have answered."""
LEAST_REFUSALS = 5
"""Refusals that all came at one stage; of fewer that is easily chance."""
IDLE_FOR = timedelta(days=21)
"""Three weeks without any step of the client's own."""
FULL_WEEKS = 3
"""Weeks in a row in which every place was used."""


@dataclass(frozen=True, slots=True)
class SearchFacts:
    """What granted matches tell of the active persona.

    open_jobs and matching_jobs are None before it was first matched. fresh counts its stored matches that are in date, not
    set aside and whose job is open; stated those of them that state a pay which can be compared, below those of these that
    pay less than the floor in the middle of what they state. The floor is of the persona as it was last matched.
    """

    has_persona: bool
    has_resume: bool = False
    floor: int | None = None
    open_jobs: int | None = None
    matching_jobs: int | None = None
    fresh: int = 0
    stated: int = 0
    below: int = 0


@dataclass(frozen=True, slots=True)
class TightRule:
    """A quiet rule and the gate that stops most of what it judges."""

    name: str
    gate: str
    stopped: int
    judged: int


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """What granted applications and rules tell.

    waiting counts applications that have waited for the client's own word for WAITS_FOR, waiting_since is since when the
    oldest does. sent counts all that left, sent_long_ago those of them that left before ANSWERED_WITHIN and were not
    withdrawn. refused_at counts the refused ones by the stage they had reached ("" where nobody noted it). full_weeks counts
    whole weeks, back from the last one, that used all `ceiling` places.
    """

    rules: int = 0
    enabled: int = 0
    paused_at: datetime | None = None
    tight: TightRule | None = None
    waiting: int = 0
    waiting_since: datetime | None = None
    sent: int = 0
    sent_long_ago: int = 0
    last_sent_at: datetime | None = None
    answered: int = 0
    accepted: int = 0
    refused_at: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    full_weeks: int = 0
    ceiling: int = 0


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """One client at one moment; search and applications are None where they are not granted, last_activity where nothing is known."""

    at: datetime
    search: SearchFacts | None = None
    applications: ApplicationFacts | None = None
    last_activity: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a search stands still: one of REASONS, and the numbers and names that its sentence needs."""

    code: str
    facts: Mapping[str, Any]


def find_reasons(facts: ClientFacts) -> tuple[Reason, ...]:
    """Give every reason that holds, the strongest first; none for a client who has accepted an offer."""
    if facts.applications is not None and facts.applications.accepted:
        return ()
    found: dict[str, Mapping[str, Any]] = {}
    if facts.search is not None:
        found |= _find(_OF_SEARCH, facts.search, facts.at)
    if facts.applications is not None:
        found |= _find(_OF_APPLICATIONS, facts.applications, facts.at)
    if facts.last_activity is not None and facts.at - facts.last_activity >= IDLE_FOR:
        found["idle"] = {"days": (facts.at - facts.last_activity).days}
    return tuple(Reason(code, found[code]) for code in REASONS if code in found)


def choose_gate(stops: Mapping[tuple[str, ...], int], order: tuple[str, ...]) -> tuple[str, int] | None:
    """Choose the tightest gate of a rule as `autoapply.ledger.tightest_gate` does, with how many jobs it stops.

    stops counts jobs by the gates that stop each; order is that of the gates. None where no gate stops anything.
    """
    alone: Counter[str] = Counter()
    stopped: Counter[str] = Counter()
    for gates, jobs in stops.items():
        stopped.update(dict.fromkeys(gates, jobs))
        if len(gates) == 1:
            alone[gates[0]] += jobs
    if not stopped:
        return None
    places = {gate: place for place, gate in enumerate(order)}
    gate = max(stopped, key=lambda name: (alone[name], stopped[name], -places.get(name, len(order))))
    return gate, stopped[gate]


def _find(
    rules: Mapping[str, Callable[[Any, datetime], Mapping[str, Any] | None]], facts: Any, at: datetime
) -> dict[str, Mapping[str, Any]]:
    judged = {code: rule(facts, at) for code, rule in rules.items()}
    return {code: told for code, told in judged.items() if told is not None}


def _no_persona(facts: SearchFacts, _at: datetime) -> Mapping[str, Any] | None:
    return None if facts.has_persona else {}


def _no_match(facts: SearchFacts, _at: datetime) -> Mapping[str, Any] | None:
    if not facts.has_persona or not facts.open_jobs or facts.matching_jobs != 0 or facts.fresh:
        return None
    return {"jobs": facts.open_jobs}


def _none_left(facts: SearchFacts, _at: datetime) -> Mapping[str, Any] | None:
    if not facts.has_persona or not facts.matching_jobs or facts.fresh:
        return None
    return {"jobs": facts.matching_jobs}


def _salary_floor(facts: SearchFacts, _at: datetime) -> Mapping[str, Any] | None:
    if not facts.floor or facts.stated < LEAST_STATED or 100 * facts.below < FLOOR_SHARE * facts.stated:
        return None
    # Rounded down: a share is never said to be larger than it is.
    return {"percent": 100 * facts.below // facts.stated, "below": facts.below, "stated": facts.stated}


def _no_resume(facts: SearchFacts, _at: datetime) -> Mapping[str, Any] | None:
    return {} if facts.has_persona and not facts.has_resume else None


def _is_quiet(facts: ApplicationFacts, at: datetime) -> bool:
    return facts.last_sent_at is None or at - facts.last_sent_at >= QUIET_FOR


def _paused(facts: ApplicationFacts, at: datetime) -> Mapping[str, Any] | None:
    if facts.paused_at is None or at - facts.paused_at < PAUSED_FOR or not _is_quiet(facts, at):
        return None
    return {"days": (at - facts.paused_at).days}


def _rules_off(facts: ApplicationFacts, at: datetime) -> Mapping[str, Any] | None:
    if not facts.rules or facts.enabled or not _is_quiet(facts, at):
        return None
    return {"rules": facts.rules}


def _gate(facts: ApplicationFacts, _at: datetime) -> Mapping[str, Any] | None:
    tight = facts.tight
    if tight is None or tight.judged < LEAST_JUDGED or 2 * tight.stopped <= tight.judged:
        return None
    return {"rule": tight.name, "gate": tight.gate, "stopped": tight.stopped, "judged": tight.judged}


def _waiting(facts: ApplicationFacts, at: datetime) -> Mapping[str, Any] | None:
    if not facts.waiting or facts.waiting_since is None:
        return None
    return {"applications": facts.waiting, "days": (at - facts.waiting_since).days}


def _unanswered(facts: ApplicationFacts, _at: datetime) -> Mapping[str, Any] | None:
    if facts.answered or facts.sent_long_ago < LEAST_UNANSWERED:
        return None
    return {"applications": facts.sent_long_ago, "days": ANSWERED_WITHIN.days}


def _same_stage(facts: ApplicationFacts, _at: datetime) -> Mapping[str, Any] | None:
    if len(facts.refused_at) != 1:
        return None
    ((stage, refusals),) = facts.refused_at.items()
    return {"stage": stage, "refusals": refusals} if stage and refusals >= LEAST_REFUSALS else None


def _week_full(facts: ApplicationFacts, _at: datetime) -> Mapping[str, Any] | None:
    if not facts.ceiling or facts.full_weeks < FULL_WEEKS:
        return None
    return {"places": facts.ceiling, "weeks": facts.full_weeks}


_OF_SEARCH: Mapping[str, Callable[[SearchFacts, datetime], Mapping[str, Any] | None]] = {
    "no_persona": _no_persona,
    "no_match": _no_match,
    "none_left": _none_left,
    "salary_floor": _salary_floor,
    "no_resume": _no_resume,
}
_OF_APPLICATIONS: Mapping[str, Callable[[ApplicationFacts, datetime], Mapping[str, Any] | None]] = {
    "paused": _paused,
    "rules_off": _rules_off,
    "gate": _gate,
    "waiting": _waiting,
    "unanswered": _unanswered,
    "same_stage": _same_stage,
    "week_full": _week_full,
}
