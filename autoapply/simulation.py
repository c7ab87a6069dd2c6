"""A rule over the jobs that were open on each of the last days: what it would have applied to, and what stopped the rest.

Nothing is written. The jobs are those of the last readings (the open ones, and those that closed lately), scored now; the
gates are `policy.evaluate`'s, asked by `rehearsal`. What columns alone tell for sure is counted under the gate that
refuses, so that of a hundred thousand jobs only those are read that might be applied to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from autoapply.candidates import mail_works, read_people, read_rule, usable_keys
from autoapply.company_lists import find_line
from autoapply.destination import choose_channel, read_destination
from autoapply.lately_open import (
    Booleans,
    Integers,
    Matches,
    count_jobs,
    find_matches,
    read_addresses,
    read_companies,
    read_texts,
)
from autoapply.models import Application, Fence, Log, Rule, Standing
from autoapply.policy import (
    COVERAGE_FLOOR,
    GATES,
    SENT_BY_US,
    Candidate,
    Person,
    StandingRule,
    Verdict,
    Verdicts,
    evaluate,
)
from autoapply.rehearsal import ASSUMED, Contender, Day, Sent, last_chances, list_days, rehearse
from autoapply.sent_marks import marked
from autoapply.simulation_words import tell_limits
from autoapply.states import FREE
from autoapply.weeks import begins_at, local_day, zone_of
from matching.facts import persona_facts
from matching.market import glance_at_market
from matching.models import Job, Match, TunerSettings
from matching.recent_market import glance_at_recent_market
from matching.scoring import PersonaFacts
from personas.companies import company_key
from personas.models import Persona, UserSkill

DAYS_BACK = 30
SAMPLES = 10
_BINS, _BIN = 20, 500


@dataclass(frozen=True, slots=True)
class SimulatedDay:
    """One day: its date, the Monday of its week, whether the rule is active on it, and what it would have sent."""

    on: date
    week: date
    is_active: bool
    by_us: int
    by_you: int

    @property
    def total(self) -> int:
        """Give how many applications the rule would have sent or handed over."""
        return self.by_us + self.by_you


@dataclass(frozen=True, slots=True)
class Sample:
    """One job that the rule would have applied to: when, as which persona, how, and the verdicts of the gates."""

    day: date
    job: Job
    persona: Persona
    score: Decimal
    channel: str
    verdicts: Verdicts


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a rule would have done on the last days.

    looked_at counts the jobs of the readings, matching those that match and were open on one of the days: each of them
    would have been applied to (total) or was stopped by a gate (stopped: gate → jobs, in the order of the gates).
    histogram holds all matching jobs in 20 bins of five points; reaching is how many of them reach the threshold.
    a_week is how many places a week has. to_do are today's verdicts of the gates that the simulation takes as passed and
    that would stop everything now. limits says in words what the figures cannot know.
    """

    days: Sequence[SimulatedDay]
    zone: str
    personas: Sequence[Persona]
    looked_at: int
    matching: int
    total: int
    by_us: int
    by_you: int
    stopped: Mapping[str, int]
    histogram: Sequence[int]
    threshold: Decimal | None
    reaching: int
    a_week: int
    samples: Sequence[Sample]
    to_do: Sequence[Verdict]
    read_at: datetime
    closed_read_at: datetime | None
    limits: Sequence[str]


def simulate(*, rule: Rule, at: datetime, days: int = DAYS_BACK) -> Simulation:
    """Say what a rule would have done on so many days up to now, as its owner; it need not be enabled."""
    personas = _read_personas(rule)
    standing = Standing.objects.filter(user_id=rule.user_id).first() or Standing(user_id=rule.user_id)
    zone = zone_of(rule.user.time_zone)
    calendar = list_days(local_day(at, zone), days, rule.active_days)
    opened, closed = glance_at_market(), glance_at_recent_market()
    readings = [opened, closed] if closed else [opened]
    matches = find_matches(readings, _read_facts(rule, personas), _bounds(calendar, zone))
    gates = read_rule(rule)
    stopped, left = _preselect(gates, calendar, matches, _find_dismissed(personas, matches))
    past = _read_past(rule, zone)
    a_week = min(rule.max_applications_per_week, standing.weekly_ceiling)
    found = rehearse(
        gates,
        Person(weekday="", company_interval_days=standing.company_interval_days),
        calendar,
        _read_contenders(matches, left, past),
        a_week=a_week,
        applied=past.days,
        read_texts=read_texts,
    )
    stopped += found.stopped
    simulated = _count_days(calendar, found.sent)
    closed_read_at = closed.read_at if closed else None
    return Simulation(
        days=simulated,
        zone=zone.key,
        personas=personas,
        looked_at=count_jobs(readings),
        matching=len(matches),
        total=len(found.sent),
        by_us=sum(day.by_us for day in simulated),
        by_you=sum(day.by_you for day in simulated),
        stopped={gate: stopped[gate] for gate in GATES if stopped[gate]},
        histogram=np.bincount(np.minimum(matches.scores // _BIN, _BINS - 1), minlength=_BINS).tolist(),
        threshold=rule.match_score_threshold,
        reaching=int((matches.scores >= _least(rule.match_score_threshold)).sum()),
        a_week=a_week,
        samples=_read_samples(found.sent, calendar, matches, personas),
        to_do=_list_to_do(rule, gates, standing, personas, at),
        read_at=opened.read_at,
        closed_read_at=closed_read_at,
        limits=tell_limits(
            read_at=opened.read_at,
            closed_read_at=closed_read_at,
            zone=zone,
            has_keywords=bool(rule.require_all_keywords),
        ),
    )


# --- who, and which days ---------------------------------------------------------------------------------------------


def _read_personas(rule: Rule) -> list[Persona]:
    """Give the rule's persona, or all of its owner's where it names none."""
    personas = Persona.objects.filter(user_id=rule.user_id).select_related("preferences")
    if rule.persona_id is not None:
        personas = personas.filter(pk=rule.persona_id)
    return list(personas.order_by("-is_active", "name", "pk"))


def _read_facts(rule: Rule, personas: Sequence[Persona]) -> list[PersonaFacts]:
    skills = list(UserSkill.objects.filter(user_id=rule.user_id))
    tuner = TunerSettings.objects.filter(user_id=rule.user_id, is_default=True).first()
    return [persona_facts(persona, skills=skills, tuner=tuner) for persona in personas]


def _bounds(calendar: Sequence[Day], zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    return [(begins_at(day.on, zone), begins_at(day.on + timedelta(days=1), zone)) for day in calendar]


def _list_to_do(
    rule: Rule, gates: StandingRule, standing: Standing, personas: Sequence[Persona], at: datetime
) -> list[Verdict]:
    """Give what would stop every application now, as the gates say it; of several personas, what stops the best equipped."""
    people = read_people(
        user=rule.user,
        persona_ids=[persona.pk for persona in personas],
        standing=standing,
        fence=Fence.objects.get(),
        at=at,
    )
    people.pop(None, None)
    nothing = Candidate(score=None, coverage=None, company="")
    asked = [
        [verdict for verdict in evaluate(gates, person, nothing).failed if verdict.gate in ASSUMED]
        for person in people.values()
    ]
    return min(asked, key=len, default=[])


# --- what columns tell for sure ----------------------------------------------------------------------------------------


def _least(threshold: Decimal | None) -> int:
    """Give the least score in hundredths."""
    return 0 if threshold is None else ceil(threshold * 100)


def _find_dismissed(personas: Sequence[Persona], matches: Matches) -> Booleans:
    """Tell which jobs were set aside for any of the personas."""
    rows = Match.objects.filter(
        user_id__in={each.user_id for each in personas}, persona__in=personas, is_dismissed=True
    ).values_list("job_id", flat=True)
    return np.isin(matches.ids, np.array([pk.bytes for pk in rows], "S16"))


def _preselect(
    rule: StandingRule, calendar: Sequence[Day], matches: Matches, dismissed: Booleans
) -> tuple[Counter[str], Integers]:
    """Count what a gate surely refuses, under the first that does, and give the places of what is left."""
    chances = np.array(last_chances(calendar))
    excluded, not_included = _find_unwanted(rule, matches)
    refused = {
        "day": chances[matches.last] < matches.first,
        "not_dismissed": dismissed,
        "job_open": matches.untouched,
        "employer_not_excluded": excluded,
        "employer_included": not_included,
        "threshold": matches.scores < _least(rule.threshold),
        "coverage": matches.coverages < int(COVERAGE_FLOOR * 10_000),
    }
    stopped: Counter[str] = Counter()
    left = np.ones(len(matches), bool)
    for gate in GATES:
        if gate in refused:
            stopped[gate] = int((left & refused[gate]).sum())
            left &= ~refused[gate]
    return stopped, np.flatnonzero(left)


def _find_unwanted(rule: StandingRule, matches: Matches) -> tuple[Booleans, Booleans]:
    """Tell which jobs the list of excluded employers refuses, and which the list of wanted ones."""
    excluded, not_included = np.zeros(len(matches), bool), np.zeros(len(matches), bool)
    if not (rule.excluded_companies or rule.included_companies):
        return excluded, not_included
    for company, places in read_companies(matches).items():
        is_named = bool(company_key(company))
        if rule.excluded_companies:
            excluded[places] = not is_named or find_line(company, rule.excluded_companies) is not None
        if rule.included_companies:
            not_included[places] = not is_named or find_line(company, rule.included_companies) is None
    return excluded, not_included


# --- what is left, read ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Past:
    """What the person applied for: jobs and openings for ever, and the days by company, those not sent yet included."""

    email: str
    job_ids: frozenset[UUID]
    apply_keys: frozenset[str]
    days: Mapping[str, Sequence[date]]


def _read_past(rule: Rule, zone: ZoneInfo) -> _Past:
    days: defaultdict[str, list[date]] = defaultdict(list)
    columns = ("job_id", "apply_key", "company", "status", "sent_at", "unknown_at", "created_at")
    rows = list(Application.objects.filter(user_id=rule.user_id).values_list(*columns))
    for _job_id, _key, company, status, sent_at, unknown_at, created_at in rows:
        if status not in FREE:
            days[company_key(company)].append(local_day(sent_at or unknown_at or created_at, zone))
    # What other tools sent stands in the log alone.
    logged = list(
        Log.objects.filter(user_id=rule.user_id, application__isnull=True, job__isnull=False).values_list(
            "job_id", "job__company", "status", "created_at"
        )
    )
    for _job_id, company, status, created_at in logged:
        if status != Log.Status.FAILED:
            days[company_key(company)].append(local_day(created_at, zone))
    job_ids = {row[0] for row in rows if row[0]} | {row[0] for row in logged}
    return _Past(rule.user.email, frozenset(job_ids), frozenset(row[1] for row in rows), days)


def _read_contenders(matches: Matches, left: Integers, past: _Past) -> Iterator[Contender]:
    """Give the jobs at some places as the gates see them, best first."""
    keys, mail = usable_keys(), mail_works()
    goals = [
        (
            address,
            read_destination(
                apply_url=address.apply_url, url=address.url, job_id=str(matches.job_id(address.place))
            ),
        )
        for address in read_addresses(matches, left)
    ]
    # What left from an account of theirs that is gone.
    known = past.apply_keys | marked(past.email, {goal.apply_key for _address, goal in goals})
    for address, goal in goals:
        place = address.place
        job_id = matches.job_id(place)
        choice = choose_channel(goal, keys=keys, mail=mail)
        candidate = Candidate(
            score=Decimal(int(matches.scores[place])).scaleb(-2),
            coverage=Decimal(int(matches.coverages[place])).scaleb(-4),
            company=address.company,
            # Scored now, asked of days on which it was open, and neither set aside nor out of reach of rules:
            # else it would not be left.
            fresh=True,
            dismissed=False,
            open=True,
            archived=False,
            applied=job_id in past.job_ids or goal.apply_key in known,
            channel=choice.channel,
            channel_because=choice.because,
        )
        yield Contender(
            job_id=job_id,
            place=place,
            candidate=candidate,
            apply_key=goal.apply_key,
            company_key=company_key(address.company),
            first=int(matches.first[place]),
            last=int(matches.last[place]),
        )


# --- what came of it ---------------------------------------------------------------------------------------------------


def _count_days(calendar: Sequence[Day], sent: Sequence[Sent]) -> list[SimulatedDay]:
    by_us = Counter(each.day for each in sent if each.contender.candidate.channel in SENT_BY_US)
    total = Counter(each.day for each in sent)
    return [
        SimulatedDay(day.on, day.week, day.is_active, by_us[number], total[number] - by_us[number])
        for number, day in enumerate(calendar)
    ]


def _read_samples(
    sent: Sequence[Sent], calendar: Sequence[Day], matches: Matches, personas: Sequence[Persona]
) -> list[Sample]:
    """Give at most ten of the jobs, spread over the days and, within each, over the scores."""
    count = min(SAMPLES, len(sent))
    picked = [sent[(2 * number + 1) * len(sent) // (2 * count)] for number in range(count)]
    jobs = Job.objects.for_list().in_bulk([each.contender.job_id for each in picked])
    return [
        Sample(
            day=calendar[each.day].on,
            job=jobs[each.contender.job_id],
            persona=personas[int(matches.who[each.contender.place])],
            score=Decimal(int(matches.scores[each.contender.place])).scaleb(-2),
            channel=each.contender.candidate.channel,
            verdicts=each.verdicts,
        )
        for each in picked
    ]
