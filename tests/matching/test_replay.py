"""Any stored score can be worked out again."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from matching import services
from matching.models import Job, Match
from matching.replay import replay_match
from personas.identity import acting_as
from personas.models import PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import JobFactory, PersonaFactory, UserSkillFactory
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(alice: User, now: datetime) -> Match:
    persona = PersonaFactory(user=alice)
    UserSkillFactory(user=alice, skill_name="Python", proficiency_level="expert")
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(
            job_title_keywords=["Data Engineer"], locations=["Berlin"], min_salary=50_000
        )
    JobFactory(title="Senior Data Engineer", required_skills=["Python", "Docker"], workplace="remote")
    with as_role(WORKER_ROLE):
        services.match_personas(persona_ids=[persona.pk], now=now)
    with acting_as(alice.pk):
        return Match.objects.get()


def test_replay_gives_the_stored_number(found: Match, capsys: pytest.CaptureFixture[str]) -> None:
    with as_role(WORKER_ROLE):
        call_command("explain_match", str(found.pk))

    said = capsys.readouterr().out
    assert f"stored    {found.match_score} of 100" in said
    assert f"replayed  {found.match_score} of 100, coverage {found.coverage}" in said
    assert "the inputs are those of the stored score" in said
    assert found.explanation in said


def test_replay_names_what_changed_since(found: Match, capsys: pytest.CaptureFixture[str]) -> None:
    with as_role(WORKER_ROLE):
        Job.objects.update(required_skills=["Python"])
        call_command("explain_match", str(found.pk))
    assert "the job has changed since" in capsys.readouterr().out
    with acting_as(found.user_id):
        PersonaPreferences.objects.filter(persona_id=found.persona_id).update(job_title_keywords=["Nurse"])
    with as_role(WORKER_ROLE):
        replay = replay_match(found.pk)

    assert replay
    assert replay.changed == ("job", "persona")


def test_replay_of_the_same_inputs_with_another_number_is_a_fault(found: Match) -> None:
    with acting_as(found.user_id):
        Match.objects.filter(pk=found.pk).update(match_score=1)

    with as_role(WORKER_ROLE), pytest.raises(CommandError, match="another number"):
        call_command("explain_match", str(found.pk))


def test_replay_names_a_match_that_is_none(found: Match) -> None:
    with as_role(WORKER_ROLE), pytest.raises(CommandError, match="no match with the id"):
        call_command("explain_match", str(uuid4()))
    with as_role(WORKER_ROLE), pytest.raises(CommandError, match="is not the id"):
        call_command("explain_match", "7")
