"""Progress: every step, the skill that follows, what is refused, and what is measured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from learning import progress
from learning.models import LearningState, Progress
from personas.identity import acting_as
from personas.models import Persona, User, UserSkill
from personas.services import Gone, ValuesRefused
from tests.factories import CourseFactory, PersonaFactory, ProgressFactory, UserFactory, UserSkillFactory
from tests.learning.conftest import NOW, told

Count = Callable[..., LearningState]
LATER = NOW + timedelta(days=40)


def take_up(user: User, status: str, *, skill: str = "Terraform", **more: object) -> Progress:
    with acting_as(user.pk):
        return progress.set_progress(user=user, skill_name=skill, status=status, now=NOW, **more)  # type: ignore[arg-type]


def add(user: User, row: Progress, level: str, evidence: str = "") -> Progress:
    with acting_as(user.pk):
        return progress.add_learned_skill(progress=row, level=level, evidence=evidence, now=NOW)


class StepsTest(TestCase):
    """Whatever the order of steps, one row stands and its times fit its status."""

    @given(st.lists(st.sampled_from(Progress.Status.values), min_size=1, max_size=8))
    @settings(max_examples=40, deadline=None)
    def test_any_order_of_steps_leaves_one_row_that_fits(self, steps: list[str]) -> None:
        user = UserFactory()
        for step in steps:
            row = take_up(user, step)

        with acting_as(user.pk):
            assert Progress.objects.get().pk == row.pk
        assert row.status == steps[-1]
        assert (row.done_at is not None) == (steps[-1] == "done")
        assert row.added_at is None


def test_skill_by_any_of_its_names_is_one_row(db: None) -> None:
    user = UserFactory()
    take_up(user, "planned", skill="k8s")

    row = take_up(user, "learning", skill="Kubernetes")

    assert (row.skill_name, row.status) == ("Kubernetes", "learning")


@pytest.mark.parametrize(
    ("skill", "status", "field"),
    [("", "planned", "name"), ("a\0b", "planned", "name"), ("Terraform", "soon", "status")],
)
def test_values_that_cannot_be_kept_are_refused(db: None, skill: str, status: str, field: str) -> None:
    with pytest.raises(ValuesRefused) as refused:
        take_up(UserFactory(), status, skill=skill)

    assert set(refused.value.faults) == {field}


def test_persona_of_somebody_else_is_not_there(db: None) -> None:
    with pytest.raises(Gone):
        take_up(UserFactory(), "planned", persona=PersonaFactory())


def test_promise_is_kept_as_it_was_when_first_taken_up(
    alice: User, persona: Persona, count_again: Count
) -> None:
    count_again(persona)
    first = told(alice)[0]

    row = take_up(alice, "planned")
    UserSkillFactory(user=alice, skill_name="Tableau", proficiency_level="expert")
    count_again(persona)

    again = take_up(alice, "learning")
    assert row.promised == again.promised == first.facts
    assert (again.persona_id, again.from_level, again.to_level) == (persona.pk, "", "intermediate")


def test_expired_recommendation_promises_nothing(alice: User, persona: Persona, count_again: Count) -> None:
    count_again(persona, now=NOW - timedelta(days=31))
    with acting_as(alice.pk):
        LearningState.objects.all().delete()

    assert take_up(alice, "planned").promised is None


def test_learned_skill_is_added_with_its_evidence(alice: User, persona: Persona) -> None:
    row = take_up(alice, "done", course=CourseFactory(title="Terraform by doing"))

    row = add(alice, row, "beginner", "Terraform by doing")

    with acting_as(alice.pk):
        skill = UserSkill.objects.get(skill_name="Terraform")
    assert (skill.proficiency_level, skill.source, skill.evidence) == (
        "beginner",
        "input",
        "Terraform by doing",
    )
    assert (row.added_at, row.added_level) == (NOW, "beginner")


def test_held_skill_is_raised_and_never_lowered(alice: User, persona: Persona) -> None:
    row = take_up(alice, "done", skill="Python")
    with pytest.raises(ValuesRefused) as refused:
        add(alice, row, "advanced")
    assert "at the level advanced already" in refused.value.faults["level"][0]

    add(alice, row, "expert")

    with acting_as(alice.pk):
        assert UserSkill.objects.get(skill_name="Python").proficiency_level == "expert"


def test_skill_is_added_only_when_it_is_done(alice: User) -> None:
    with pytest.raises(ValuesRefused) as refused:
        add(alice, take_up(alice, "learning"), "beginner")

    assert set(refused.value.faults) == {"status"}


def test_what_is_gone_meanwhile_is_said(alice: User) -> None:
    row = take_up(alice, "done")
    with acting_as(alice.pk):
        progress.forget_progress(progress=row)

    with pytest.raises(Gone):
        add(alice, row, "beginner")


def test_measure_follows_the_inventory(alice: User, persona: Persona, count_again: Count) -> None:
    count_again(persona)
    row = add(alice, take_up(alice, "done"), "intermediate")
    count_again(persona)
    with acting_as(alice.pk):
        row.refresh_from_db()
        assert row.measured["level"] == "intermediate"
        UserSkill.objects.filter(skill_name="Terraform").delete()

    count_again(persona, now=LATER)

    with acting_as(alice.pk):
        row.refresh_from_db()
    assert (row.measured, row.measured_at) == (None, LATER)


def test_taking_it_up_again_forgets_the_measure(alice: User, persona: Persona, count_again: Count) -> None:
    add(alice, take_up(alice, "done"), "intermediate")
    count_again(persona)

    row = take_up(alice, "learning")

    assert (row.measured, row.added_at, row.added_level, row.done_at) == (None, None, "", None)


def test_deleted_persona_leaves_the_progress(alice: User, persona: Persona, count_again: Count) -> None:
    row = ProgressFactory(user=alice, persona=persona)
    with acting_as(alice.pk):
        Persona.objects.filter(pk=persona.pk).delete()
        row.refresh_from_db()

    assert row.persona_id is None


@pytest.mark.parametrize("hours", [0, 61, True, "5", 2.5])
def test_hours_that_are_none_are_refused(db: None, hours: object) -> None:
    user = UserFactory()
    with acting_as(user.pk), pytest.raises(ValuesRefused):
        progress.edit_settings(user=user, hours_per_week=hours)


def test_hours_have_a_default_and_are_kept(db: None) -> None:
    user = UserFactory()
    with acting_as(user.pk):
        assert progress.settings_of(user).hours_per_week == 5
        progress.edit_settings(user=user, hours_per_week=11)
        assert progress.settings_of(user).hours_per_week == 11
