"""The one evaluator of standing rules: every gate, in a fixed order, for one rule and one job at one moment.

Preview, simulation, queueing and the moment of sending all call `evaluate`. A gate that lacks what it must know fails:
nothing is sent on a guess. Each verdict keeps the facts it stood on, so that a page can say why in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from autoapply.company_lists import find_line
from autoapply.destination import API_CHANNELS
from autoapply.keywords import find_keywords
from personas.companies import company_key

GATES = (
    "rule_enabled",
    "not_paused",
    "fence_lifted",
    "day",
    "match_fresh",
    "not_dismissed",
    "job_open",
    "employer_not_excluded",
    "employer_included",
    "keywords",
    "threshold",
    "coverage",
    "has_resume",
    "resume_reviewed",
    "job_not_applied",
    "company_not_applied",
    "channel_can_send",
    "answers_known",
    "weekly_slot",
)
"""The gates in the order in which they are asked (product.md A2)."""

LASTING = frozenset(
    {
        "not_dismissed",
        "job_open",
        "employer_not_excluded",
        "employer_included",
        "keywords",
        "threshold",
        "coverage",
        "job_not_applied",
        "company_not_applied",
        "channel_can_send",
    }
)
"""Gates whose refusal ends an application that was queued; at the others it waits."""

OWN_GATES = frozenset(
    {
        "not_paused",
        "fence_lifted",
        "job_open",
        "has_resume",
        "job_not_applied",
        "channel_can_send",
        "answers_known",
    }
)
"""Gates that also hold for an application which a person wanted without a rule."""

SENT_BY_US = frozenset({*API_CHANNELS, "email"})
"""Channels on which an application leaves the house by itself; on "handoff" the person sends it."""

COVERAGE_FLOOR = Decimal("0.50")
"""Least share of the asked-for weight that must stand on what is stated (product.md A2)."""


@dataclass(frozen=True, slots=True)
class StandingRule:
    """A rule as gates read it; threshold None lets any score pass, no days mean every day."""

    enabled: bool
    threshold: Decimal | None = None
    excluded_companies: Sequence[str] = ()
    included_companies: Sequence[str] = ()
    keywords: Sequence[str] = ()
    active_days: Sequence[str] = ()
    needs_reviewed_resume: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What gates ask about a person at one moment; weekday is mon…sun in their own time zone.

    None is always "not known", and what is not known stops; resume_reviewed is None where there is no résumé that could have
    been reviewed.
    """

    weekday: str
    paused: bool | None = None
    fenced: bool | None = None
    has_resume: bool | None = None
    resume_reviewed: bool | None = None
    company_interval_days: int = 30


@dataclass(frozen=True, slots=True)
class Candidate:
    """What gates ask about one job for one person; None is always "not known".

    score and coverage are those of the persona's match (None: no match). `text` is what keywords are looked for in.
    `brought` tells that somebody here brought the posting, so that no rule applies to it.
    company_on_its_way tells that another application to this company has not left yet.
    `unanswered` lists required questions without an answer; None before the form was read. `slots` is how many places of
    the week are left (the lesser of the rule's and the person's), or None where nobody counted.
    """

    score: Decimal | None
    coverage: Decimal | None
    company: str
    text: str | None = None
    fresh: bool | None = None
    dismissed: bool | None = None
    open: bool | None = None
    archived: bool | None = None
    brought: bool = False
    applied: bool | None = None
    company_applied_on: date | None = None
    company_checked: bool = False
    company_on_its_way: bool = False
    days_since_company: int | None = None
    channel: str = ""
    channel_because: str = ""
    unanswered: Sequence[str] | None = None
    slots: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says: passed or not, a code that names the case, and the facts it stood on (plain JSON values)."""

    gate: str
    passed: bool
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All verdicts of one evaluation, in the order of GATES."""

    all: Sequence[Verdict]

    @property
    def passed(self) -> bool:
        """Tell whether every gate lets through."""
        return all(verdict.passed for verdict in self.all)

    @property
    def first_failed(self) -> Verdict | None:
        """The first gate that does not let through."""
        return next((verdict for verdict in self.all if not verdict.passed), None)

    @property
    def failed(self) -> Sequence[Verdict]:
        """Every gate that does not let through."""
        return [verdict for verdict in self.all if not verdict.passed]

    @property
    def passed_before(self) -> int:
        """How many gates let through before the first that does not."""
        for number, verdict in enumerate(self.all):
            if not verdict.passed:
                return number
        return len(self.all)

    def without(self, *gates: str) -> Verdicts:
        """The verdicts without those of some gates, for a question in which these do not matter."""
        return Verdicts([verdict for verdict in self.all if verdict.gate not in gates])


def evaluate(
    rule: StandingRule | None, person: Person, candidate: Candidate, *, sending: bool = False
) -> Verdicts:
    """Ask every gate about one job; without a rule only OWN_GATES are asked.

    Before anything was prepared the form's questions are not known and do not stop (`sending` False); at the moment of
    sending they must be.
    """
    asked = [
        _rule_enabled(rule),
        _known("not_paused", _not(person.paused), yes="running", no="paused"),
        _known("fence_lifted", _not(person.fenced), yes="lifted", no="fenced"),
        _day(rule, person),
        _known("match_fresh", candidate.fresh, yes="fresh", no="expired"),
        _known("not_dismissed", _not(candidate.dismissed), yes="kept", no="dismissed"),
        _job_open(rule, candidate),
        _not_excluded(rule, candidate),
        _included(rule, candidate),
        _keywords(rule, candidate),
        _threshold(rule, candidate),
        _coverage(candidate),
        _known("has_resume", person.has_resume, yes="there", no="none"),
        _resume_reviewed(rule, person),
        _known("job_not_applied", _not(candidate.applied), yes="first", no="applied"),
        _company_not_applied(person, candidate),
        _channel(candidate),
        _answers(candidate, sending=sending),
        _slot(candidate),
    ]
    return Verdicts([each for each in asked if rule is not None or each.gate in OWN_GATES])


def is_lasting(verdict: Verdict) -> bool:
    """Tell whether a refusal ends an application; what is only not known at the moment, it waits for."""
    if verdict.passed or verdict.code in ("not_known", "no_match"):
        return False
    return verdict.gate in LASTING or verdict.code == "deleted"


def judge_company(company: str, *, excluded: Sequence[str], included: Sequence[str]) -> Verdicts:
    """What two lists of companies, as they are typed, say of one employer: the verdicts of the gates about employers alone."""
    rule = StandingRule(enabled=True, excluded_companies=excluded, included_companies=included)
    candidate = Candidate(score=None, coverage=None, company=company)
    return Verdicts([_not_excluded(rule, candidate), _included(rule, candidate)])


def verdicts_as_json(verdicts: Verdicts) -> list[dict[str, Any]]:
    """The verdicts as they are stored: [{gate, passed, code, facts}]."""
    return [
        {"gate": each.gate, "passed": each.passed, "code": each.code, "facts": dict(each.facts)}
        for each in verdicts.all
    ]


def read_verdicts(stored: Sequence[Mapping[str, Any]]) -> Verdicts:
    """The verdicts of `verdicts_as_json` again."""
    return Verdicts(
        [Verdict(each["gate"], each["passed"], each["code"], each.get("facts", {})) for each in stored]
    )


def _not(known: bool | None) -> bool | None:
    return None if known is None else not known


def _known(gate: str, known: bool | None, *, yes: str, no: str) -> Verdict:
    if known is None:
        return Verdict(gate, False, "not_known")
    return Verdict(gate, known, yes if known else no)


def _rule_enabled(rule: StandingRule | None) -> Verdict:
    enabled = rule is not None and rule.enabled
    return Verdict("rule_enabled", enabled, "enabled" if enabled else "disabled")


def _day(rule: StandingRule | None, person: Person) -> Verdict:
    days = tuple(rule.active_days) if rule else ()
    if not days:
        return Verdict("day", True, "every_day")
    passed = person.weekday in days
    return Verdict(
        "day", passed, "today" if passed else "not_today", {"today": person.weekday, "days": list(days)}
    )


def _job_open(rule: StandingRule | None, candidate: Candidate) -> Verdict:
    if candidate.open is None or candidate.archived is None:
        return Verdict("job_open", False, "not_known")
    if candidate.archived:
        return Verdict("job_open", False, "archive")
    if candidate.brought and rule is not None:
        return Verdict("job_open", False, "brought")
    return Verdict("job_open", candidate.open, "open" if candidate.open else "closed")


def _not_excluded(rule: StandingRule | None, candidate: Candidate) -> Verdict:
    gate = "employer_not_excluded"
    lines = rule.excluded_companies if rule else ()
    if not lines:
        return Verdict(gate, True, "no_list")
    if not company_key(candidate.company):
        return Verdict(gate, False, "not_named")
    number = find_line(candidate.company, lines)
    if number is None:
        return Verdict(gate, True, "not_listed", {"company": candidate.company})
    return Verdict(
        gate, False, "listed", {"company": candidate.company, "line": number, "written": lines[number - 1]}
    )


def _included(rule: StandingRule | None, candidate: Candidate) -> Verdict:
    gate = "employer_included"
    lines = rule.included_companies if rule else ()
    if not lines:
        return Verdict(gate, True, "no_list")
    if not company_key(candidate.company):
        return Verdict(gate, False, "not_named")
    number = find_line(candidate.company, lines)
    if number is None:
        return Verdict(gate, False, "not_listed", {"company": candidate.company})
    return Verdict(
        gate, True, "listed", {"company": candidate.company, "line": number, "written": lines[number - 1]}
    )


def _keywords(rule: StandingRule | None, candidate: Candidate) -> Verdict:
    gate = "keywords"
    words = tuple(rule.keywords) if rule else ()
    if not words:
        return Verdict(gate, True, "no_list")
    if candidate.text is None:
        return Verdict(gate, False, "not_known")
    found = find_keywords(candidate.text, words)
    missing = [word for word in words if word not in found]
    facts = {"found": dict(found), "missing": missing}
    return Verdict(gate, not missing, "missing" if missing else "found", facts)


def _threshold(rule: StandingRule | None, candidate: Candidate) -> Verdict:
    gate = "threshold"
    if candidate.score is None:
        return Verdict(gate, False, "no_match")
    least = rule.threshold if rule else None
    if least is None:
        return Verdict(gate, True, "any", {"score": str(candidate.score)})
    passed = candidate.score >= least
    return Verdict(
        gate, passed, "reached" if passed else "below", {"score": str(candidate.score), "least": str(least)}
    )


def _coverage(candidate: Candidate) -> Verdict:
    if candidate.coverage is None:
        return Verdict("coverage", False, "not_known")
    passed = candidate.coverage >= COVERAGE_FLOOR
    facts = {"coverage": str(candidate.coverage), "least": str(COVERAGE_FLOOR)}
    return Verdict("coverage", passed, "enough" if passed else "too_little", facts)


def _resume_reviewed(rule: StandingRule | None, person: Person) -> Verdict:
    gate = "resume_reviewed"
    if rule is None or not rule.needs_reviewed_resume:
        return Verdict(gate, True, "not_asked")
    return _known(gate, person.resume_reviewed, yes="approved", no="not_approved")


def _company_not_applied(person: Person, candidate: Candidate) -> Verdict:
    gate = "company_not_applied"
    if person.company_interval_days == 0:
        return Verdict(gate, True, "not_asked")
    if not candidate.company_checked:
        return Verdict(gate, False, "not_known")
    if candidate.company_on_its_way:
        return Verdict(gate, False, "on_its_way")
    since = candidate.days_since_company
    if since is None:
        return Verdict(gate, True, "first")
    passed = since >= person.company_interval_days
    facts: dict[str, Any] = {"days": since, "interval": person.company_interval_days}
    if candidate.company_applied_on is not None:
        facts["on"] = candidate.company_applied_on.isoformat()
    return Verdict(gate, passed, "long_ago" if passed else "recent", facts)


def _channel(candidate: Candidate) -> Verdict:
    gate = "channel_can_send"
    facts = {"channel": candidate.channel, "because": candidate.channel_because}
    if candidate.channel in SENT_BY_US:
        return Verdict(gate, True, "by_us", facts)
    if candidate.channel == "handoff":
        return Verdict(gate, True, "by_you", facts)
    return Verdict(gate, False, "no_address" if candidate.channel in ("", "record") else "not_known", facts)


def _answers(candidate: Candidate, *, sending: bool) -> Verdict:
    gate = "answers_known"
    if candidate.unanswered is None:
        return Verdict(gate, not sending, "not_known" if sending else "asked_when_prepared")
    unanswered = list(candidate.unanswered)
    return Verdict(gate, not unanswered, "missing" if unanswered else "known", {"questions": unanswered})


def _slot(candidate: Candidate) -> Verdict:
    gate = "weekly_slot"
    if candidate.slots is None:
        return Verdict(gate, False, "not_known")
    return Verdict(
        gate, candidate.slots > 0, "free" if candidate.slots > 0 else "none", {"left": candidate.slots}
    )
