"""Matching as the worker does it: written once, kept fresh, nothing doubled, dismissed stays dismissed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from matching import services
from matching.engine import rank
from matching.facts import job_facts
from matching.knowledge import shipped_knowledge
from matching.market import read_market
from matching.models import Job, JobRun, JobSource, Match, MatchState
from matching.scoring import score_pair
from matching.tasks import expire_matches, match_some_personas, refresh_matches
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import (
    JobFactory,
    JobRunFactory,
    PersonaFactory,
    TunerSettingsFactory,
    UserFactory,
    UserSkillFactory,
)
from tests.roles import as_role


@pytest.fixture
def engineer(alice: User) -> Persona:
    """Alice's persona that wants to engineer data in Berlin."""
    persona = PersonaFactory(user=alice, name="Data engineer")
    UserSkillFactory(user=alice, skill_name="Python", proficiency_level="expert")
    want(persona, job_title_keywords=["Data Engineer"], locations=["Berlin"])
    return persona


def want(persona: Persona, **preferences: object) -> None:
    with acting_as(persona.user_id):
        PersonaPreferences.objects.filter(persona=persona).update(**preferences)


def jobs_came_in() -> None:
    """A run ended that changed what is open."""
    with as_role(WORKER_ROLE):
        JobRunFactory(outcome="ok", finished_at=datetime(2026, 1, 1, tzinfo=UTC), new_count=1)


def match(*personas: Persona, now: datetime) -> services.MatchSummary:
    with as_role(WORKER_ROLE):
        return services.match_personas(persona_ids=[persona.pk for persona in personas], now=now)


def matches_of(persona: Persona) -> list[Match]:
    with acting_as(persona.user_id):
        return list(Match.objects.filter(persona=persona).best_first().select_related("job"))


def test_matching_writes_the_score_of_the_definition(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python", "SQL"])

    match(engineer, now=now)

    (found,) = matches_of(engineer)
    with as_role(WORKER_ROLE):
        snapshot = read_market().snapshot
        facts = services.read_persona_facts(Persona.objects.select_related("preferences").get(pk=engineer.pk))
    expected = score_pair(job_facts(found.job), facts, knowledge=shipped_knowledge())
    assert expected
    assert (found.match_score, found.coverage) == (expected.score, expected.coverage)
    assert found.match_factors["skill_score"] is not None
    assert found.match_factors["location_score"] is None
    assert found.explanation
    assert found.expires_at == now + timedelta(days=7)
    assert rank(snapshot, [facts], knowledge=shipped_knowledge())[0].score(0) == found.match_score


def test_matching_twice_changes_nothing(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])
    match(engineer, now=now)
    before = [(m.pk, m.refreshed_at) for m in matches_of(engineer)]

    again = match(engineer, now=now + timedelta(hours=1))

    assert (again.written, again.renewed, again.removed, again.unchanged) == (0, 0, 0, 1)
    assert [(m.pk, m.refreshed_at) for m in matches_of(engineer)] == before


def test_match_is_renewed_on_its_last_day(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])
    match(engineer, now=now)
    later = now + timedelta(days=6, hours=1)

    summary = match(engineer, now=later)

    assert (summary.written, summary.renewed) == (0, 1)
    assert matches_of(engineer)[0].expires_at == later + timedelta(days=7)


def test_changed_persona_is_matched_anew(engineer: Persona, now: datetime) -> None:
    job = JobFactory(title="Data Engineer", company="Acme Inc.", required_skills=["Python"])
    JobFactory(title="Data Engineer", company="Other", required_skills=["Python"])
    match(engineer, now=now)
    want(engineer, excluded_companies=["ACME"])

    summary = match(engineer, now=now)

    assert summary.removed == 1
    assert job not in [m.job for m in matches_of(engineer)]


def test_dismissed_stays_dismissed_through_a_refresh(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])
    match(engineer, now=now)
    (found,) = matches_of(engineer)
    with acting_as(engineer.user_id):
        services.dismiss_match(match=found, now=now)
    UserSkillFactory(user=engineer.user, skill_name="SQL")

    summary = match(engineer, now=now)

    (found,) = matches_of(engineer)
    assert summary.written == 1
    assert (found.is_dismissed, found.dismissed_at) == (True, now)


def test_dismissing_can_be_undone(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])
    match(engineer, now=now)
    (found,) = matches_of(engineer)
    with acting_as(engineer.user_id):
        services.dismiss_match(match=found, now=now)

        services.restore_match(match=found)

        found.refresh_from_db()
    assert (found.is_dismissed, found.dismissed_at) == (False, None)


def test_empty_persona_matches_nothing(alice: User, now: datetime) -> None:
    JobFactory(required_skills=["Python"])
    persona = PersonaFactory(user=alice)

    match(persona, now=now)

    assert matches_of(persona) == []
    with acting_as(alice.pk):
        state = MatchState.objects.get(persona=persona)
    assert (state.open_jobs, state.matching_jobs) == (1, 0)


def test_closed_job_is_not_matched_and_its_old_match_stays_readable(engineer: Persona, now: datetime) -> None:
    job = JobFactory(title="Data Engineer", required_skills=["Python"])
    match(engineer, now=now)
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=job.pk).update(closed_at=now)
    jobs_came_in()

    match(engineer, now=now)

    (found,) = matches_of(engineer)
    assert found.job == job
    with acting_as(engineer.user_id):
        assert not Match.objects.live(now).exists()


def test_best_matches_are_kept_up_to_the_setting(engineer: Persona, now: datetime, settings: object) -> None:
    settings.MATCHES_PER_PERSONA = 2
    for skills in (["Python"], ["Python", "SQL"], ["Java", "SQL", "Rust"]):
        JobFactory(title="Data Engineer", required_skills=skills)

    match(engineer, now=now)

    assert len(matches_of(engineer)) == 2
    with acting_as(engineer.user_id):
        assert MatchState.objects.get(persona=engineer).matching_jobs == 3


def test_default_weights_of_the_person_are_used(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"], workplace="remote")
    want(engineer, remote_preference="onsite")
    match(engineer, now=now)
    before = matches_of(engineer)[0].match_score
    TunerSettingsFactory(user=engineer.user, is_default=True, remote_weight="0.00")

    match(engineer, now=now)

    assert matches_of(engineer)[0].match_score > before


def test_explanation_is_in_the_language_of_the_person(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])
    match(engineer, now=now)

    assert matches_of(engineer)[0].explanation.strip()


@pytest.mark.parametrize("change", ["skill", "preferences", "weights", "jobs", "time"])
def test_persona_is_due_when_something_has_changed(engineer: Persona, now: datetime, change: str) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])
    match(engineer, now=now)
    with as_role(WORKER_ROLE):
        assert not services.personas_to_refresh(now).exists()

    if change == "skill":
        UserSkillFactory(user=engineer.user, skill_name="SQL")
    elif change == "preferences":
        want(engineer, locations=["Paris"])
    elif change == "weights":
        TunerSettingsFactory(user=engineer.user, is_default=True)
    elif change == "jobs":
        jobs_came_in()

    with as_role(WORKER_ROLE):
        due = services.personas_to_refresh(now + timedelta(days=6, minutes=1) if change == "time" else now)
        assert list(due) == [engineer]


def test_persona_that_fails_keeps_no_other_from_being_matched(
    engineer: Persona, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])
    spoiled = PersonaFactory(user=engineer.user)
    read = services.persona_facts

    def refuse_the_spoiled(persona: Persona, **given: Any) -> object:
        if persona == spoiled:
            raise RuntimeError("spoiled")
        return read(persona, **given)

    monkeypatch.setattr(services, "persona_facts", refuse_the_spoiled)

    with pytest.raises(services.MatchingFailed, match=str(spoiled.pk)):
        match(spoiled, engineer, now=now)

    assert len(matches_of(engineer)) == 1


def test_persona_brought_up_to_date_meanwhile_is_passed_over(engineer: Persona, now: datetime) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])
    match(engineer, now=now)

    with as_role(WORKER_ROLE):
        again = services.match_personas(persona_ids=[engineer.pk], now=now, only_due=True)

    assert again.personas == 0


def test_refresh_task_matches_everybody_who_is_due(
    engineer: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])
    other = PersonaFactory(user=UserFactory())
    asked: list[list[str]] = []
    monkeypatch.setattr(
        match_some_personas, "delay", lambda *, persona_ids, only_due: asked.append(persona_ids)
    )

    with as_role(WORKER_ROLE):
        count = refresh_matches(later="ignored")
        match_some_personas(persona_ids=asked[0])

        assert count == 2
        assert sorted(asked[0]) == sorted([str(engineer.pk), str(other.pk)])
        assert refresh_matches() == 0
    assert len(matches_of(engineer)) == 1


def test_matches_are_expired_a_day_late_and_dismissed_ones_kept(engineer: Persona, now: datetime) -> None:
    kept, gone = JobFactory(required_skills=["Python"]), JobFactory(required_skills=["Python"])
    match(engineer, now=now)
    with acting_as(engineer.user_id):
        services.dismiss_match(match=Match.objects.get(job=kept), now=now)

    with as_role(WORKER_ROLE):
        assert services.expire_matches(now=now + timedelta(days=7, hours=23)) == 0
        assert services.expire_matches(now=now + timedelta(days=8, hours=1)) == 1

    assert [m.job for m in matches_of(engineer)] == [kept]
    assert gone not in [m.job for m in matches_of(engineer)]
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=kept.pk).update(closed_at=now)
        assert services.expire_matches(now=now + timedelta(days=31)) == 1
        assert expire_matches() == 0


@pytest.mark.django_db
def test_jobs_past_their_date_are_closed_but_for_those_of_an_archive(now: datetime) -> None:
    past = now - timedelta(days=1)
    with as_role(WORKER_ROLE):
        archive = JobSource.objects.create(name="old", kind="archive")
    ended, old = JobFactory(closes_at=past), JobFactory(closes_at=past, source=archive)
    going_on = JobFactory(closes_at=now + timedelta(days=1), source=ended.source)

    with as_role(WORKER_ROLE):
        assert services.close_ended_jobs(now=now) == 1
        assert services.close_ended_jobs(now=now) == 0

    for job in (ended, old, going_on):
        job.refresh_from_db()
    assert (ended.closed_at, old.closed_at, going_on.closed_at) == (now, None, None)
    assert JobRun.objects.get(source=ended.source).closed_count == 1


def test_command_matches_one_persona(engineer: Persona, capsys: pytest.CaptureFixture[str]) -> None:
    JobFactory(title="Data Engineer", required_skills=["Python"])

    with as_role(WORKER_ROLE):
        call_command("match_personas", persona=str(engineer.pk))

    assert "1 personas against 1 open jobs: 1 matches written" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "said"), [("nobody", "not the id"), (str(UUID(int=1)), "no persona")])
@pytest.mark.django_db
def test_command_names_an_unknown_persona(text: str, said: str) -> None:
    with as_role(WORKER_ROLE), pytest.raises(CommandError, match=said):
        call_command("match_personas", persona=text)


def test_web_role_cannot_match(engineer: Persona, now: datetime) -> None:
    """Matching is the worker's: as the application role, for nobody, there is no persona to match."""
    summary = services.match_personas(persona_ids=[engineer.pk], now=now)

    assert summary.personas == 0
