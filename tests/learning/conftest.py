"""A person of the trade, roles that ask for more than they hold, and courses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from learning import refresh
from learning.models import LearningState, Recommendation
from matching.models import JobSnapshot
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import (
    JobFactory,
    JobRunFactory,
    JobSourceFactory,
    PersonaFactory,
    UserFactory,
    UserSkillFactory,
)
from tests.roles import as_role

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"


def open_roles(*skill_lists: list[str], title: str = "Data Engineer", **more: Any) -> None:
    """Open one job for each list of skills, in a run that readings notice."""
    source = JobSourceFactory()
    for skills in skill_lists:
        JobFactory(source=source, title=title, required_skills=skills, **more)
    JobRunFactory(source=source, outcome="ok", finished_at=NOW, new_count=len(skill_lists))
    with as_role(WORKER_ROLE):
        JobSnapshot.objects.all().delete()


def make_engineer(user: User, *, held: dict[str, str] | None = None) -> Persona:
    """A persona that wants to be a data engineer, and what its owner holds."""
    persona = PersonaFactory(user=user, name="Engineer", is_active=True)
    with acting_as(user.pk):
        PersonaPreferences.objects.filter(persona=persona).update(job_title_keywords=["Data Engineer"])
    for name, level in (held or {"Python": "advanced"}).items():
        UserSkillFactory(user=user, skill_name=name, proficiency_level=level)
    with acting_as(user.pk):
        return Persona.objects.select_related("user", "preferences").get(pk=persona.pk)


@pytest.fixture
def alice(db: None) -> User:
    """The person whose skills these are."""
    return UserFactory(email="alice@example.com", display_name="Alice")


@pytest.fixture
def persona(alice: User) -> Persona:
    """What Alice searches as; her best roles ask for Terraform, some for Tableau."""
    open_roles(*([["Python", "Terraform"]] * 4), *([["Python", "Terraform", "Tableau"]] * 3))
    return make_engineer(alice)


@pytest.fixture
def count_again(alice: User) -> Callable[..., LearningState]:
    """Count a persona's gaps as Alice."""

    def count(persona: Persona, *, now: datetime = NOW) -> LearningState:
        with acting_as(alice.pk):
            return refresh.refresh_persona(persona=Persona.objects.get(pk=persona.pk), now=now)

    return count


def told(user: User) -> list[Recommendation]:
    """What is recommended to somebody, in order."""
    with acting_as(user.pk):
        return list(Recommendation.objects.owned_by(user).in_order())
