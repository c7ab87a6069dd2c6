"""Refreshing by what changed gives what matching everything anew gives, whatever happened in between."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from matching import services
from matching.market import read_market
from matching.models import Job, Match, MatchState, TunerSettings
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import (
    JobFactory,
    JobRunFactory,
    JobSourceFactory,
    PersonaFactory,
    TunerSettingsFactory,
    UserSkillFactory,
)
from tests.roles import as_role

pytestmark = pytest.mark.django_db
TITLES = ("Data Engineer", "Senior Data Engineer", "Analytics Engineer", "Pastry Cook", "Data Analyst")
BERLIN = ZoneInfo("Europe/Berlin")
SKILLS = ("Python", "SQL", "Docker", "Spark", "Rust")


def jobs_came_in() -> None:
    with as_role(WORKER_ROLE):
        JobRunFactory(outcome="ok", finished_at=datetime(2026, 1, 1, tzinfo=UTC), new_count=1)


def match(persona: Persona, now: datetime, **given: Any) -> services.MatchSummary:
    with as_role(WORKER_ROLE):
        return services.match_personas(persona_ids=[persona.pk], now=now, **given)


def stored(persona: Persona, *, with_dismissed: bool = True) -> list[tuple]:
    with acting_as(persona.user_id):
        rows = Match.objects.filter(persona=persona, job__closed_at__isnull=True).best_first()
        rows = rows if with_dismissed else rows.filter(is_dismissed=False)
        return sorted((str(m.job_id), m.match_score, m.coverage, m.inputs_hash) for m in rows)


@pytest.fixture
def engineer(alice: User) -> Persona:
    persona = PersonaFactory(user=alice, name="Data engineer")
    UserSkillFactory(user=alice, skill_name="Python", proficiency_level="expert")
    UserSkillFactory(user=alice, skill_name="SQL", proficiency_level="advanced")
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(
            job_title_keywords=["Data Engineer"], remote_preference="remote"
        )
    return persona


@pytest.mark.parametrize("seed", range(30))
def test_any_run_of_changes_ends_where_a_new_start_does(
    engineer: Persona, now: datetime, settings: Any, seed: int
) -> None:
    rng = random.Random(seed)
    settings.MATCHES_PER_PERSONA = rng.choice([3, 5, 100])
    source = JobSourceFactory()
    jobs = [a_job(rng, source) for _ in range(12)]
    for step in range(8):
        for _ in range(rng.randrange(4)):
            something_happens(rng, jobs, source, engineer, now)
        jobs_came_in()
        match(engineer, now + timedelta(minutes=step))
        set_aside_one(rng, engineer, now)

    by_steps = stored(engineer, with_dismissed=False)
    with acting_as(engineer.user_id):
        dismissed = set(Match.objects.filter(is_dismissed=True).values_list("job_id", flat=True))
        counted = MatchState.objects.get(persona=engineer).matching_jobs
    with as_role(WORKER_ROLE):
        MatchState.objects.all().delete()
        Match.objects.filter(is_dismissed=False).delete()
    match(engineer, now + timedelta(hours=1))

    assert by_steps == stored(engineer, with_dismissed=False)
    with acting_as(engineer.user_id):
        assert set(Match.objects.filter(is_dismissed=True).values_list("job_id", flat=True)) == dismissed
        assert MatchState.objects.get(persona=engineer).matching_jobs == counted


def a_job(rng: random.Random, source: Any) -> Job:
    return JobFactory(
        source=source,
        title=rng.choice(TITLES),
        required_skills=rng.sample(SKILLS, rng.randrange(4)),
        workplace=rng.choice(["remote", "onsite", "unknown"]),
        posted_at=datetime(2026, 1, rng.randrange(1, 4), tzinfo=UTC),
    )


def something_happens(
    rng: random.Random, jobs: list[Job], source: Any, persona: Persona, now: datetime
) -> None:
    job = rng.choice(jobs)
    what = rng.choice(["new", "edit", "edit", "close", "reopen", "wish"])
    if what == "new":
        jobs.append(a_job(rng, source))
    elif what == "wish" and rng.random() < 0.3:
        with acting_as(persona.user_id):
            PersonaPreferences.objects.filter(persona=persona).update(
                nice_to_have_skills=rng.sample(SKILLS, 1)
            )
    else:
        values = {
            "edit": {"title": rng.choice(TITLES), "required_skills": rng.sample(SKILLS, rng.randrange(4))},
            "close": {"closed_at": now},
            "reopen": {"closed_at": None},
            "wish": {"last_seen_at": now},
        }[what]
        with as_role(WORKER_ROLE):
            Job.objects.filter(pk=job.pk).update(**values)


def set_aside_one(rng: random.Random, persona: Persona, now: datetime) -> None:
    with acting_as(persona.user_id):
        rows = list(Match.objects.filter(persona=persona, is_dismissed=False).order_by("job_id"))
        if rows and rng.random() < 0.3:
            services.dismiss_match(match=rng.choice(rows), now=now)


def test_persona_whose_jobs_did_not_change_is_only_noted(engineer: Persona, now: datetime) -> None:
    source = JobSourceFactory()
    JobFactory(source=source, title="Data Engineer")
    match(engineer, now)
    JobFactory(source=source, title="Pastry Cook")
    jobs_came_in()

    with as_role(WORKER_ROLE), CountMatchQueries() as queries:
        summary = services.match_personas(persona_ids=[engineer.pk], now=now + timedelta(minutes=1))

    assert (summary.personas, summary.written, summary.unchanged) == (1, 0, 0)
    assert [sql for sql in queries.seen if "string_agg" in sql or sql.startswith(("INSERT", "DELETE"))] == []
    with acting_as(engineer.user_id):
        state = MatchState.objects.get(persona=engineer)
        assert (state.open_jobs, state.matching_jobs, state.matched_at) == (2, 1, now + timedelta(minutes=1))
    with as_role(WORKER_ROLE):
        assert not services.personas_to_refresh(now + timedelta(minutes=2)).exists()


class CountMatchQueries:
    """Keep the statements that touch matches."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __enter__(self) -> CountMatchQueries:
        self._wrapper = connection.execute_wrapper(self._note)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._wrapper.__exit__(*details)

    def _note(self, execute: Any, sql: Any, *given: Any) -> Any:
        if "job_matches" in str(sql):
            self.seen.append(str(sql).strip())
        return execute(sql, *given)


def test_refresh_that_found_nothing_to_change_writes_nothing(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer")
    match(engineer, now)

    with as_role(WORKER_ROLE), CountMatchQueries() as queries:
        services.match_personas(persona_ids=[engineer.pk], now=now)

    assert not any(sql.startswith(("INSERT", "UPDATE", "DELETE")) for sql in queries.seen)


def test_match_tells_what_changed_and_why(engineer: Persona, now: datetime) -> None:
    job = JobFactory(title="Data Engineer", required_skills=["Python", "Docker"])
    match(engineer, now)
    with acting_as(engineer.user_id):
        first = Match.objects.get()
    assert (first.changes, first.changed_at) == (None, None)
    UserSkillFactory(user=engineer.user, skill_name="Docker")

    match(engineer, now + timedelta(hours=1))

    with acting_as(engineer.user_id):
        found = Match.objects.get()
    assert found.changes["because"] == ["skills"]
    assert found.changes["score"] == [float(first.match_score), float(found.match_score)]
    assert found.changes["skills_met"] == ["Docker"]
    assert found.changed_at == now + timedelta(hours=1)
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=job.pk).update(required_skills=["Python", "Falconry"])
    jobs_came_in()

    match(engineer, now + timedelta(hours=2))

    with acting_as(engineer.user_id):
        found = Match.objects.get()
    assert found.changes["because"] == ["job"]
    assert found.changes["skills_missing"] == ["Falconry"]
    match(engineer, now + timedelta(hours=3))
    with acting_as(engineer.user_id):
        assert Match.objects.get().changed_at == now + timedelta(hours=2)


def test_row_of_plain_sql_with_another_hash_is_scored_anew(engineer: Persona, now: datetime) -> None:
    job = JobFactory(title="Data Engineer")
    with acting_as(engineer.user_id):
        Match.objects.create(
            user=engineer.user,
            persona=engineer,
            job=job,
            match_score=1,
            inputs_hash="nonsense",
            match_factors=dict.fromkeys(
                ("skill_score", "salary_score", "location_score", "remote_score", "industry_score")
            ),
        )

    match(engineer, now)

    with acting_as(engineer.user_id):
        assert Match.objects.get().match_score > 50


def test_job_that_changed_after_the_reading_waits_for_the_next(engineer: Persona, now: datetime) -> None:
    job = JobFactory(title="Data Engineer", required_skills=["Python"])
    with as_role(WORKER_ROLE):
        read_market()
        Job.objects.filter(pk=job.pk).update(required_skills=["Falconry"])

    assert match(engineer, now).written == 0
    jobs_came_in()
    assert match(engineer, now).written == 1
    with acting_as(engineer.user_id):
        assert Match.objects.get().match_factors["missing_skills"] == ["Falconry"]


def test_values_are_stored_beside_the_score(engineer: Persona, now: datetime) -> None:
    JobFactory(
        title="Data Engineer", description_text="We work for climate protection. Our students learn by doing."
    )
    with acting_as(engineer.user_id):
        PersonaPreferences.objects.filter(persona=engineer).update(mission_values=["climate", "privacy"])

    match(engineer, now)

    with acting_as(engineer.user_id):
        assert Match.objects.get().values_alignment == 50


def test_match_on_its_last_day_is_due_however_fresh_the_others_are(engineer: Persona, now: datetime) -> None:
    source = JobSourceFactory()
    JobFactory(source=source, title="Data Engineer")
    match(engineer, now)
    later = now + timedelta(days=3)
    JobFactory(source=source, title="Senior Data Engineer")
    jobs_came_in()
    assert match(engineer, later).written == 1

    for days in range(4, 30):
        today = now + timedelta(days=days)
        with as_role(WORKER_ROLE):
            if services.personas_to_refresh(today).exists():
                services.match_personas(persona_ids=[engineer.pk], now=today)
            services.expire_matches(now=today)
        with acting_as(engineer.user_id):
            assert Match.objects.live(today).count() == 2


@pytest.mark.parametrize(
    ("before", "change", "counts"),
    [
        ({}, None, False),
        ({"is_default": True}, None, True),
        ({}, {"skill_weight": "0.90"}, False),
        ({}, {"is_default": True}, True),
        ({"is_default": True}, {"name": "other"}, False),
        ({"is_default": True}, {"skill_weight": "0.90"}, True),
        ({"is_default": True}, {"is_default": False}, True),
    ],
    ids=str,
)
def test_only_the_default_weights_make_a_persona_due(
    engineer: Persona, before: dict[str, Any], change: dict[str, Any] | None, counts: bool
) -> None:
    def revision() -> int:
        with acting_as(engineer.user_id):
            return Persona.objects.get(pk=engineer.pk).inputs_revision

    start = revision()
    preset = TunerSettingsFactory(user=engineer.user, **before)
    if change is not None:
        start = revision()
        with acting_as(engineer.user_id):
            TunerSettings.objects.filter(pk=preset.pk).update(**change)

    assert (revision() > start) is counts
    was_default = {**before, **(change or {})}.get("is_default", False)
    start = revision()
    with acting_as(engineer.user_id):
        TunerSettings.objects.filter(pk=preset.pk).delete()
    assert (revision() > start) is was_default


@pytest.mark.parametrize(
    "day",
    [datetime(2026, 3, 28, 12, 0, tzinfo=BERLIN), datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN)],
    ids=["spring", "autumn"],
)
def test_seven_days_are_seven_times_24_hours_across_a_change_of_the_clock(
    engineer: Persona, day: datetime
) -> None:
    """Berlin loses an hour in the one week and gains one in the other; nobody's match lives shorter or longer for it."""
    JobFactory(title="Data Engineer")
    match(engineer, day)

    end = day.astimezone(UTC) + timedelta(days=7)
    with acting_as(engineer.user_id):
        assert Match.objects.get().expires_at == end
        assert Match.objects.live(end - timedelta(seconds=1)).count() == 1
        assert Match.objects.live(end).count() == 0


def set_aside(persona: Persona, job: Job, now: datetime) -> Match:
    with acting_as(persona.user_id):
        found = Match.objects.get(persona=persona, job=job)
        services.dismiss_match(match=found, now=now)
        return found


def test_match_set_aside_whose_job_was_edited_holds_nobody_up(engineer: Persona, now: datetime) -> None:
    source = JobSourceFactory()
    edited, other = (JobFactory(source=source, title="Data Engineer") for _ in range(2))
    match(engineer, now)
    set_aside(engineer, edited, now)
    for title in ("Pastry Cook", "Pastry Chef"):
        with as_role(WORKER_ROLE):
            Job.objects.filter(pk=edited.pk).update(title=title)
        jobs_came_in()
        match(engineer, now)
        JobFactory(source=source, title="Senior Data Engineer")
        jobs_came_in()
        match(engineer, now)

    with acting_as(engineer.user_id):
        assert Match.objects.live(now).count() == 3
        assert other in [found.job for found in Match.objects.live(now)]


def test_restored_match_whose_job_fits_no_longer_goes_at_the_next_refresh(
    engineer: Persona, now: datetime
) -> None:
    job = JobFactory(title="Data Engineer")
    match(engineer, now)
    found = set_aside(engineer, job, now)
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=job.pk).update(title="Pastry Cook")
    jobs_came_in()
    match(engineer, now)
    with acting_as(engineer.user_id):
        services.restore_match(match=found)

    with as_role(WORKER_ROLE):
        assert services.personas_to_refresh(now).exists()
    match(engineer, now)

    with acting_as(engineer.user_id):
        assert not Match.objects.exists()


def test_match_set_aside_while_it_is_removed_stays(
    engineer: Persona, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = JobFactory(title="Data Engineer")
    match(engineer, now)
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=job.pk).update(title="Pastry Cook")
    jobs_came_in()
    read = services.read_stored

    def read_then_dismiss(task: Any) -> Any:
        stored = read(task)
        Match.objects.filter(job=job).update(is_dismissed=True, dismissed_at=now)
        return stored

    monkeypatch.setattr(services, "read_stored", read_then_dismiss)

    match(engineer, now)

    with acting_as(engineer.user_id):
        assert Match.objects.get().is_dismissed


def test_values_follow_the_persona(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer", description_text="We work for climate protection.")
    match(engineer, now)
    with acting_as(engineer.user_id):
        assert Match.objects.get().values_alignment is None
        PersonaPreferences.objects.filter(persona=engineer).update(mission_values=["climate"])

    match(engineer, now)

    with acting_as(engineer.user_id):
        assert Match.objects.get().values_alignment == 100


def test_time_limit_of_a_task_ends_it(
    engineer: Persona, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    JobFactory(title="Data Engineer")

    def run_out(*_given: Any, **_more: Any) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(services, "rank", run_out)

    with pytest.raises(SoftTimeLimitExceeded):
        match(engineer, now)
