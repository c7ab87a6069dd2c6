"""A rule over the jobs open on each of the last days: which days, which jobs, what stopped the rest, and nothing written."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autoapply import lately_open, simulation
from autoapply.destination import choose_channel, read_destination
from autoapply.models import Application, Rule, SentMark, Standing
from autoapply.policy import Candidate, Person
from autoapply.rehearsal import Contender, list_days
from autoapply.sent_marks import mark_of
from autoapply.simulation import Simulation, simulate
from autoapply.weeks import begins_at, zone_of
from matching.facts import job_facts
from matching.knowledge import shipped_knowledge
from matching.market import read_market
from matching.models import Job
from matching.recent_market import read_recent_market
from matching.scoring import score_pair
from matching.services import read_persona_facts
from personas.companies import company_key
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import make_persona, make_rule, set_standing
from tests.autoapply.test_rehearsal import ask_all
from tests.factories import (
    ApplicationFactory,
    EmployerKeyFactory,
    JobFactory,
    JobRunFactory,
    JobSourceFactory,
    LogFactory,
    MatchFactory,
)
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"


@pytest.fixture
def persona(alice: User) -> Persona:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=alice.pk).update(time_zone="Europe/Berlin")
    alice.time_zone = "Europe/Berlin"
    return wishes(make_persona(alice, name="Engineer", is_active=True))


def wishes(persona: Persona, **values: Any) -> Persona:
    with acting_as(persona.user_id):
        PersonaPreferences.objects.filter(persona=persona).update(
            **{"job_title_keywords": ["Data Engineer"], "min_salary": 100_000, "currency": "USD", **values}
        )
        return Persona.objects.select_related("preferences").get(pk=persona.pk)


def job(now: datetime, *, pay: int | None = 100_000, seen: float = 60, **values: Any) -> Job:
    """A job first seen so many days ago, which pays so much a year."""
    paid = (
        {
            "pay_minimum": pay * 100,
            "pay_currency": "USD",
            "pay_period": "year",
            "pay_annual_minimum": pay,
        }
        if pay
        else {}
    )
    number = Job.objects.count()
    return JobFactory(
        **{
            "title": "Data Engineer",
            "company": f"Employer {number}",
            "url": f"https://jobs.example/{number}",
            "first_seen_at": now - timedelta(days=seen),
            **paid,
            **values,
        }
    )


def read_jobs(now: datetime) -> None:
    """What the worker does by the clock."""
    with as_role(WORKER_ROLE):
        JobRunFactory(outcome="ok", finished_at=now, new_count=1)
        read_market()
        read_recent_market(now=now)


def run(rule: Rule, now: datetime, **given: Any) -> Simulation:
    with acting_as(rule.user_id):
        return simulate(rule=Rule.objects.select_related("user").get(pk=rule.pk), at=now, **given)


def sent_on(found: Simulation) -> dict[date, int]:
    return {day.on: day.total for day in found.days if day.total}


def adds_up(found: Simulation) -> bool:
    return found.total + sum(found.stopped.values()) == found.matching == sum(found.histogram)


def test_thirty_days_of_the_persons_calendar_up_to_today(persona: Persona, now: datetime) -> None:
    found = run(make_rule(persona, active_days=["mon"]), datetime(2026, 3, 1, 23, 30, tzinfo=now.tzinfo))

    # Half past midnight in Berlin.
    assert [day.on for day in found.days] == [date(2026, 2, 1) + timedelta(days=n) for n in range(30)]
    assert found.zone == "Europe/Berlin"
    assert [day.on.weekday() for day in found.days if day.is_active] == [0] * 5
    assert (found.matching, found.total, found.samples) == (0, 0, [])


def test_best_open_jobs_are_applied_to_while_the_week_has_a_place(persona: Persona, now: datetime) -> None:
    best = [job(now, pay=100_000) for _ in range(7)]
    worse = job(now, pay=90_000)
    rule = make_rule(persona, max_applications_per_week=2, match_score_threshold="75")
    read_jobs(now)

    found = run(rule, now)

    assert sent_on(found) == {
        date(2026, 2, 1): 2,
        date(2026, 2, 2): 2,
        date(2026, 2, 9): 2,
        date(2026, 2, 16): 2,
    }
    assert {sample.job.pk for sample in found.samples} == {each.pk for each in (*best, worse)}
    assert found.samples[-1].job.pk == worse.pk
    assert (found.by_us, found.by_you, found.a_week) == (0, 8, 2)
    assert (found.looked_at, found.matching, found.reaching) == (8, 8, 8)
    assert adds_up(found)


def test_ceiling_of_the_person_holds_too(persona: Persona, now: datetime) -> None:
    for _ in range(4):
        job(now)
    rule = make_rule(persona, max_applications_per_week=5)
    set_standing(persona.user, weekly_ceiling=1)
    read_jobs(now)

    found = run(rule, now)

    assert found.a_week == 1
    assert max(Counter(day.week for day in found.days for _ in range(day.total)).values()) == 1


def test_job_counts_on_the_days_on_which_it_was_open(persona: Persona, now: datetime) -> None:
    # Midnight in Berlin is 23:00 UTC of the day before.
    midnight = datetime(2026, 2, 9, 23, tzinfo=now.tzinfo)
    job(now, first_seen_at=midnight - timedelta(minutes=1), company="seen on the 9th")
    job(now, first_seen_at=midnight, company="seen on the 10th")
    job(now, closed_at=midnight, first_seen_at=midnight - timedelta(days=1), company="only on the 9th")
    job(now, closed_at=datetime(2026, 1, 31, 23, tzinfo=now.tzinfo), company="closed before the first day")
    job(now, closes_at=datetime(2026, 2, 1, tzinfo=now.tzinfo), company="ended on the first day")
    rule = make_rule(persona, max_applications_per_week=50)
    set_standing(persona.user, weekly_ceiling=50)
    read_jobs(now)

    found = run(rule, now)

    assert found.matching == 4
    assert {(sample.day.isoformat(), sample.job.company) for sample in found.samples} == {
        ("2026-02-01", "ended on the first day"),
        ("2026-02-09", "seen on the 9th"),
        ("2026-02-09", "only on the 9th"),
        ("2026-02-10", "seen on the 10th"),
    }
    assert adds_up(found)


def test_job_that_has_just_closed_is_counted_once(persona: Persona, now: datetime) -> None:
    closing = job(now)
    with as_role(WORKER_ROLE):
        read_market()
        Job.objects.filter(pk=closing.pk).update(closed_at=now - timedelta(days=3))
        read_recent_market(now=now)

    found = run(make_rule(persona), now)

    assert (found.looked_at, found.matching, found.total) == (1, 1, 1)


def test_without_a_reading_of_closed_jobs_the_limits_say_so(persona: Persona, now: datetime) -> None:
    job(now, closed_at=now - timedelta(days=1))
    with as_role(WORKER_ROLE):
        read_market()
    rule = make_rule(persona)

    found = run(rule, now)

    assert found.closed_read_at is None
    assert found.matching == 0
    assert any("they have not been read yet" in each for each in found.limits)
    read_jobs(now)
    assert run(rule, now).matching == 1
    assert not any("not been read yet" in each for each in run(rule, now).limits)


def test_archive_is_never_applied_to(persona: Persona, now: datetime) -> None:
    job(now, source=JobSourceFactory(kind="archive"), closes_at=now - timedelta(days=400))
    rule = make_rule(persona)
    read_jobs(now)

    found = run(rule, now)

    assert found.stopped == {"job_open": 1}


def test_real_applications_close_their_job_and_company(persona: Persona, now: datetime) -> None:
    applied, logged = job(now, company="Acme"), job(now, company="Globex")
    job(now, company="ACME Inc.")
    job(now, company="globex")
    free = job(now, company="Initech")
    twice = job(now, company="Initech two", url=free.url)
    ApplicationFactory(
        user=persona.user, job=applied, apply_key="jobs.example/0", created_at=now - timedelta(days=20)
    )
    LogFactory(user=persona.user, job=logged, created_at=now - timedelta(days=20))
    rule = make_rule(persona)
    read_jobs(now)

    found = run(rule, now)

    assert [sample.job.pk for sample in found.samples] in ([free.pk], [twice.pk])
    assert found.stopped == {"job_not_applied": 3, "company_not_applied": 2}


def test_what_a_deleted_account_with_this_address_applied_for_is_not_counted(
    persona: Persona, now: datetime
) -> None:
    before, other = job(now), job(now)
    read_jobs(now)
    key = read_destination(apply_url=before.apply_url, url=before.url, job_id=str(before.pk)).apply_key
    with as_role(WORKER_ROLE):
        SentMark.objects.create(mark=mark_of(persona.user.email, key))

    found = run(make_rule(persona), now)

    assert [sample.job.pk for sample in found.samples] == [other.pk]


def test_application_that_ended_unsent_keeps_no_company_closed(persona: Persona, now: datetime) -> None:
    ended = job(now, company="Acme")
    other = job(now, company="Acme")
    application = ApplicationFactory(user=persona.user, job=ended, apply_key="jobs.example/0")
    with acting_as(persona.user_id):
        Application.objects.filter(pk=application.pk).update(status="cancelled", moved_by="person")
    rule = make_rule(persona)
    read_jobs(now)

    found = run(rule, now)

    assert [sample.job.pk for sample in found.samples] == [other.pk]


def test_channels_are_counted_as_they_are_today(persona: Persona, now: datetime) -> None:
    job(now, apply_url="https://acme.recruitee.com/o/engineer")
    job(now, apply_url="https://boards.greenhouse.io/Initech/jobs/1")
    job(now, apply_url="https://boards.greenhouse.io/globex/jobs/1")
    job(now, url="")
    EmployerKeyFactory(board="initech")
    rule = make_rule(persona)
    read_jobs(now)

    found = run(rule, now)

    assert (found.by_us, found.by_you) == (2, 1)
    assert found.stopped == {"channel_can_send": 1}
    assert Counter(sample.channel for sample in found.samples) == {
        "recruitee": 1,
        "greenhouse": 1,
        "handoff": 1,
    }


def test_rule_of_any_persona_takes_the_best_of_them(persona: Persona, now: datetime) -> None:
    other = wishes(make_persona(persona.user, name="Analyst"), min_salary=None)
    stranger = wishes(make_persona(make_rule(None, user=other.user).user, name="Idle"), job_title_keywords=[])
    job(now, pay=80_000)
    rule = make_rule(None, user=persona.user)
    read_jobs(now)

    found = run(rule, now)

    assert {each.pk for each in found.personas} == {persona.pk, other.pk, stranger.pk}
    assert [(sample.persona.pk, sample.score) for sample in found.samples] == [(other.pk, Decimal(100))]
    assert found.matching == 1


def test_person_without_a_persona_is_answered(alice: User, now: datetime) -> None:
    job(now)
    rule = make_rule(None, user=alice)
    read_jobs(now)

    found = run(rule, now)

    assert (found.personas, found.matching, found.total) == ([], 0, 0)


def test_what_is_still_to_do_is_said_and_stops_nothing(persona: Persona, now: datetime) -> None:
    job(now)
    rule = make_rule(persona, enabled=False, needs_reviewed_resume=True)
    set_standing(persona.user, paused_at=now)
    with acting_as(persona.user_id):
        Persona.objects.filter(pk=persona.pk).update(resume=None)
    read_jobs(now)

    found = run(rule, now)

    assert found.total == 1
    assert [verdict.gate for verdict in found.to_do] == [
        "rule_enabled",
        "not_paused",
        "has_resume",
        "resume_reviewed",
    ]


def test_samples_are_ten_and_spread_over_the_days(persona: Persona, now: datetime) -> None:
    for number in range(30):
        job(now, pay=60_000 + 1_000 * number)
    rule = make_rule(persona, max_applications_per_week=5)
    read_jobs(now)

    found = run(rule, now)

    assert found.total == 30
    assert len(found.samples) == 10
    assert len({sample.day for sample in found.samples}) == 6
    assert len({sample.score for sample in found.samples}) == 10


def test_nothing_is_written_and_queries_do_not_grow_with_the_jobs(persona: Persona, now: datetime) -> None:
    rule = make_rule(
        persona, require_all_keywords=["Spark"], exclude_companies=["Acme"], max_applications_per_week=2
    )
    job(now, description_text="Spark")
    read_jobs(now)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run(rule, now)
        assert {query["sql"].split()[0] for query in queries} <= {"SELECT", "SAVEPOINT", "RELEASE"}
        counts.append(len(queries))
        for _ in range(30):
            job(now, description_text="Spark")
        read_jobs(now)
    # Texts are asked for day by day, those of many jobs together.
    assert counts[1] <= counts[0] + 1


# --- the same without any shortcut ---------------------------------------------------------------------------------------

RULES: list[dict[str, Any]] = [
    {},
    {"match_score_threshold": "80.01"},
    {"match_score_threshold": "70", "active_days": ["tue", "sat"], "max_applications_per_week": 2},
    {"exclude_companies": ["acme", "Globex Ltd."], "max_applications_per_week": 3},
    {"include_only_companies": ["ACME", "initech"], "match_score_threshold": "0"},
    {"exclude_companies": ["initech"], "include_only_companies": ["acme", "initech"]},
    {"require_all_keywords": ["Python"], "max_applications_per_week": 1},
    {"require_all_keywords": ["Python", "C++"], "match_score_threshold": "75", "active_days": ["mon"]},
]


def random_jobs(now: datetime, rng: random.Random) -> list[Job]:
    archive, pasted, file = (
        JobSourceFactory(kind="archive"),
        JobSourceFactory(kind="pasted"),
        JobSourceFactory(),
    )
    made = []
    for number in range(45):
        seen = rng.choice([60, rng.uniform(0, 30)])
        closed = now - timedelta(days=rng.uniform(-20, seen))
        made.append(
            job(
                now,
                pay=rng.choice([None, 60_000, 80_000, 95_000, 100_000]),
                seen=seen,
                title=rng.choice(["Data Engineer", "Data Engineer", "Senior Data Engineer", "Nurse"]),
                source=rng.choices([archive, pasted, file], [10, 10, 80])[0],
                company=rng.choice(["", "Acme", "acme GmbH", "Globex", "Initech", f"Other {number}"]),
                closed_at=closed if closed < now and rng.random() < 0.5 else None,
                closes_at=None if rng.random() < 0.8 else now - timedelta(days=rng.uniform(-9, 20)),
                workplace=rng.choice(["remote", "onsite", "unknown", "unknown"]),
                industry=rng.choice(["", "", "technology"]),
                url=rng.choice(["", f"https://jobs.example/{number}", f"https://jobs.example/{number}"]),
                description_text=rng.choice(
                    ["Python and C++.", "Python", "Pythonesque", "Wir bauen C++ für Python"]
                ),
            )
        )
    return made


@pytest.mark.parametrize("values", RULES)
@pytest.mark.parametrize("seed", [1, 2])
def test_simulation_equals_asking_every_gate_about_every_job(
    persona: Persona, now: datetime, values: dict[str, Any], seed: int
) -> None:
    rng = random.Random(seed)
    wishes(persona, remote_preference="remote", industries=["technology"], locations=["Berlin"])
    jobs = random_jobs(now, rng)
    for each in rng.sample(jobs, 6):
        MatchFactory(persona=persona, user=persona.user, job=each, is_dismissed=True)
    for number, each in enumerate(rng.sample([each for each in jobs if each.company], 3)):
        ApplicationFactory(
            user=persona.user,
            job=each,
            apply_key=f"none {number}",
            company_key="",
            created_at=now - timedelta(days=rng.uniform(0, 60)),
        )
    rule = make_rule(persona, **values)
    read_jobs(now)

    found = run(rule, now)

    with acting_as(persona.user_id):
        contenders, applied, texts = contenders_of(persona, jobs, now)
        standing = Standing.objects.get(user=persona.user)
    days = list_days(date(2026, 3, 2), 30, rule.active_days)
    sent, stopped = ask_all(
        contenders,
        simulation.read_rule(rule),
        days,
        min(rule.max_applications_per_week, standing.weekly_ceiling),
        Person(weekday="", company_interval_days=30),
        applied,
        texts,
    )
    assert found.matching == len(contenders) > 20
    assert found.stopped == {gate: count for gate, count in stopped.items() if count}
    assert [day.total for day in found.days] == [
        sum(number == at for _place, at in sent) for number in range(30)
    ]
    assert adds_up(found)
    if found.total <= 10:
        by_place = {each.place: each.job_id for each in contenders}
        assert [sample.job.pk for sample in found.samples] == [by_place[place] for place, _day in sent]


def contenders_of(
    persona: Persona, jobs: Sequence[Job], now: datetime
) -> tuple[list[Contender], dict[str, list[date]], dict[int, str]]:
    """The matches by the definition of the score, with everything read one by one."""
    facts, zone = read_persona_facts(Persona.objects.get(pk=persona.pk)), zone_of("Europe/Berlin")
    days = [date(2026, 2, 1) + timedelta(days=number) for number in range(30)]
    dismissed = set(persona.matches.filter(is_dismissed=True).values_list("job_id", flat=True))
    applications = list(Application.objects.all())
    scored = []
    for each in Job.objects.filter(pk__in=[job.pk for job in jobs]).select_related("source"):
        score = score_pair(job_facts(each), facts, knowledge=shipped_knowledge())
        closes_at = None if each.source.kind == "archive" else each.closes_at
        ends = [moment for moment in (each.closed_at, closes_at) if moment]
        open_on = [
            number
            for number, day in enumerate(days)
            if each.first_seen_at < begins_at(day + timedelta(days=1), zone)
            and all(end > begins_at(day, zone) for end in ends)
        ]
        if score and open_on:
            scored.append((each, score, open_on))
    order = {pk: number for number, pk in enumerate(list_ids())}
    scored.sort(key=lambda row: (-row[1].score, row[1].coverage < Decimal("0.5"), order[row[0].pk]))
    made, texts = [], {}
    for place, (each, score, open_on) in enumerate(scored):
        goal = read_destination(apply_url=each.apply_url, url=each.url, job_id=str(each.pk))
        choice = choose_channel(goal, keys=[], mail=False)
        candidate = Candidate(
            score=score.score,
            coverage=score.coverage,
            company=each.company,
            fresh=True,
            dismissed=each.pk in dismissed,
            open=True,
            archived=each.source.kind == "archive",
            brought=each.source.kind == "pasted",
            applied=each.pk in {row.job_id for row in applications},
            channel=choice.channel,
            channel_because=choice.because,
        )
        key = company_key(each.company)
        made.append(Contender(each.pk, place, candidate, goal.apply_key, key, open_on[0], open_on[-1]))
        texts[place] = f"{each.title}\n{each.description_text}"
    applied: dict[str, list[date]] = {}
    for row in applications:
        applied.setdefault(company_key(row.company), []).append(row.created_at.astimezone(zone).date())
    return made, applied, texts


def list_ids() -> list[Any]:
    """The ids of the jobs in the order of the readings: the open ones newest first, then those that closed."""
    opened, closed = Job.objects.open().newest_first(), Job.objects.exclude(closed_at=None).newest_first()
    return [*opened.values_list("pk", flat=True), *closed.values_list("pk", flat=True)]


def test_ids_that_end_with_zeros_are_found_in_the_database(persona: Persona, now: datetime) -> None:
    job(now, id="11111111-1111-4111-8111-111111110000")
    rule = make_rule(persona)
    read_jobs(now)

    assert run(rule, now).total == 1
    assert lately_open.count_jobs([]) == 0


def test_score_that_equals_the_threshold_passes(persona: Persona, now: datetime) -> None:
    job(now, pay=100_000)
    job(now, pay=99_000)
    rule = make_rule(persona, match_score_threshold="100")
    read_jobs(now)

    found = run(rule, now)

    assert (found.total, found.reaching, found.stopped) == (1, 1, {"threshold": 1})
