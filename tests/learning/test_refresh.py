"""Recommendations stay true and stable: numbers of today, rows that stay while their skill pays, nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from learning import catalogs, refresh
from learning.facts import read_effort, read_gap
from learning.models import Course, LearningState, Progress, Recommendation
from learning.progress import edit_settings, set_progress
from learning.reasons import tell_reason
from learning.tasks import forget_expired, refresh_some_personas
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from personas.services import Gone
from tests.factories import (
    CourseFactory,
    CourseSkillFactory,
    PersonaFactory,
    ProgressFactory,
    RecommendationFactory,
    RuleFactory,
    UserFactory,
    UserSkillFactory,
)
from tests.learning.conftest import NOW, make_engineer, open_roles, told
from tests.roles import OWNER_ROLE, as_role

Count = Callable[..., LearningState]


def test_refresh_recommends_what_the_best_roles_ask_for(
    alice: User, persona: Persona, count_again: Count
) -> None:
    state = count_again(persona)

    rows = told(alice)
    assert [(row.target_skill, row.position) for row in rows] == [("Terraform", 1), ("Tableau", 2)]
    assert state.near_jobs == 7
    assert [each["skill"] for each in state.gaps] == ["Terraform", "Tableau"]
    assert rows[0].reason_text.startswith("Asked for by 7 of your 7 best roles.")
    assert rows[0].expires_at == NOW + timedelta(days=30)
    assert rows[0].estimated_duration_weeks == read_effort(rows[0].facts).weeks


def test_every_sentence_is_made_of_its_own_numbers(alice: User, persona: Persona, count_again: Count) -> None:
    count_again(persona)

    for row in told(alice):
        assert row.reason_text == tell_reason(read_gap(row.facts))


def test_refreshing_twice_changes_nothing(alice: User, persona: Persona, count_again: Count) -> None:
    count_again(persona)
    before = [(row.pk, row.created_at, row.reason_text, row.expires_at, row.position) for row in told(alice)]

    count_again(persona)

    assert [
        (row.pk, row.created_at, row.reason_text, row.expires_at, row.position) for row in told(alice)
    ] == before


def test_numbers_follow_the_market_while_the_row_stays(
    alice: User, persona: Persona, count_again: Count
) -> None:
    count_again(persona)
    first = told(alice)[0]
    open_roles(*([["Python", "Terraform"]] * 5))

    count_again(persona, now=NOW + timedelta(days=2))

    again = told(alice)[0]
    assert (again.pk, again.created_at, again.expires_at) == (first.pk, first.created_at, first.expires_at)
    assert again.reason_text.startswith("Asked for by 12 of your 12 best roles.")
    assert again.refreshed_at == NOW + timedelta(days=2)


def test_skill_that_is_held_by_now_is_not_recommended(
    alice: User, persona: Persona, count_again: Count
) -> None:
    count_again(persona)
    UserSkillFactory(user=alice, skill_name="Terraform", proficiency_level="expert")

    count_again(persona)

    assert [row.target_skill for row in told(alice)] == ["Tableau"]


@pytest.mark.parametrize("status", ["not_for_me", "done"])
def test_what_is_put_aside_is_not_recommended(
    alice: User, persona: Persona, count_again: Count, status: str
) -> None:
    with acting_as(alice.pk):
        set_progress(user=alice, skill_name="Terraform", status=status, now=NOW)

    count_again(persona)

    assert [row.target_skill for row in told(alice)] == ["Tableau"]


def test_recommendation_that_still_pays_is_renewed_before_its_end(
    alice: User, persona: Persona, count_again: Count
) -> None:
    count_again(persona)
    first = told(alice)[0]
    later = NOW + timedelta(days=29, hours=12)

    count_again(persona, now=later)

    renewed = told(alice)[0]
    assert (renewed.pk, renewed.expires_at) == (first.pk, later + timedelta(days=30))


def test_threshold_is_the_lowest_of_the_rules_that_are_on(
    alice: User, persona: Persona, count_again: Count
) -> None:
    assert count_again(persona).threshold == 75
    RuleFactory(user=alice, enabled=True, match_score_threshold=Decimal(60))
    RuleFactory(user=alice, persona=persona, enabled=True, match_score_threshold=Decimal(55))
    RuleFactory(user=alice, enabled=True, match_score_threshold=None)
    RuleFactory(user=alice, enabled=False, match_score_threshold=Decimal(10))
    RuleFactory(
        user=alice, persona=PersonaFactory(user=alice), enabled=True, match_score_threshold=Decimal(20)
    )

    state = count_again(persona)

    assert state.threshold == 55
    assert read_gap(told(alice)[0].facts).threshold == 55


def test_course_and_its_hours_are_told(alice: User, persona: Persona, count_again: Count) -> None:
    course = CourseFactory(title="Terraform by doing", least_hours=20, most_hours=30, duration="25 hours")
    CourseSkillFactory(course=course)
    with acting_as(alice.pk):
        edit_settings(user=alice, hours_per_week=10)

    count_again(persona)

    row = told(alice)[0]
    assert [each["name"] for each in row.recommended_courses] == ["Terraform by doing"]
    assert {"name", "url", "provider", "duration"} <= set(row.recommended_courses[0])
    effort = read_effort(row.facts)
    assert (effort.hours, effort.because, effort.weeks, row.estimated_duration_weeks) == (25, "stated", 3, 3)


def test_own_language_is_no_gap(alice: User, count_again: Count) -> None:
    open_roles(*([["Python", "English"]] * 4))

    state = count_again(make_engineer(alice))

    assert (state.nothing_because, state.gaps) == ("no_gaps", [])


@pytest.mark.parametrize(
    ("held", "titles", "because"),
    [({}, ["Data Engineer"], "no_skills"), ({"Python": "expert"}, ["Falconer"], "no_matches")],
)
def test_reason_for_nothing_is_kept(
    alice: User, count_again: Count, held: dict[str, str], titles: list[str], because: str
) -> None:
    open_roles(["Terraform"])
    persona = PersonaFactory(user=alice)
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(job_title_keywords=titles)
    for name, level in held.items():
        UserSkillFactory(user=alice, skill_name=name, proficiency_level=level)

    assert count_again(persona).nothing_because == because
    assert told(alice) == []


def test_rows_of_other_tools_are_left_as_they_are(alice: User, persona: Persona, count_again: Count) -> None:
    row = RecommendationFactory(user=alice, persona=persona, target_skill="Falconry", reason_text="because")

    count_again(persona)

    with acting_as(alice.pk):
        assert Recommendation.objects.get(pk=row.pk).reason_text == "because"


def test_skill_that_was_renamed_keeps_its_row(alice: User, persona: Persona, count_again: Count) -> None:
    count_again(persona)
    old = told(alice)[0]
    with acting_as(alice.pk):
        # As an earlier taxonomy would have named it: "terraform" under a name that is an alias today.
        Recommendation.objects.filter(pk=old.pk).update(target_skill="k8s", skill_key="k8s")
        Progress.objects.create(user=alice, skill_name="k8s", skill_key="k8s", status="planned")
    open_roles(*([["Python", "Kubernetes"]] * 4))

    count_again(persona)

    rows = {row.target_skill: row for row in told(alice)}
    assert rows["Kubernetes"].pk == old.pk
    with acting_as(alice.pk):
        assert Progress.objects.get().skill_key == "kubernetes"


def test_two_rows_that_become_one_skill_are_merged(alice: User, persona: Persona, count_again: Count) -> None:
    ProgressFactory(user=alice, skill_name="k8s", skill_key="k8s", status="learning")
    ProgressFactory(user=alice, skill_name="Kubernetes", skill_key="kubernetes", status="planned")

    count_again(persona)

    with acting_as(alice.pk):
        row = Progress.objects.get()
    assert (row.skill_name, row.skill_key, row.status) == ("Kubernetes", "kubernetes", "learning")


def test_persona_that_is_gone_is_said(alice: User, persona: Persona) -> None:
    with acting_as(alice.pk):
        Persona.objects.filter(pk=persona.pk).delete()
        with pytest.raises(Gone):
            refresh.refresh_persona(persona=persona, now=NOW)


def test_worker_refreshes_whoever_is_due(alice: User, persona: Persona) -> None:
    other = make_engineer(UserFactory())
    with as_role(WORKER_ROLE):
        due = set(refresh.personas_due(NOW).values_list("pk", flat=True))
        assert due == {persona.pk, other.pk}
        assert refresh_some_personas(persona_ids=[str(pk) for pk in due]) == 2
    assert [row.target_skill for row in told(alice)] == ["Terraform", "Tableau"]
    assert len(told(other.user)) == 2


def test_nobody_is_due_until_something_changes(alice: User, persona: Persona) -> None:
    def due(days: int = 0) -> bool:
        with as_role(WORKER_ROLE):
            return refresh.personas_due(NOW + timedelta(days=days)).exists()

    def refreshed() -> None:
        with as_role(WORKER_ROLE):
            refresh.refresh_personas(persona_ids=[persona.pk], now=NOW)
        assert not due()

    refreshed()
    assert due(days=2)
    UserSkillFactory(user=alice, skill_name="Kafka")
    assert due()
    refreshed()
    with acting_as(alice.pk):
        edit_settings(user=alice, hours_per_week=9)
    assert due()
    refreshed()
    course = CourseFactory()
    assert due()
    refreshed()
    with as_role(WORKER_ROLE):
        Course.objects.filter(pk=course.pk).update(link_state="dead")
    assert due()


def test_one_failure_keeps_no_other_from_its_turn(alice: User, persona: Persona, monkeypatch: Any) -> None:
    other = make_engineer(UserFactory())
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NEW.user_id = '{alice.pk}' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$; "
            "CREATE TRIGGER refuse_one BEFORE INSERT ON learning_states FOR EACH ROW EXECUTE FUNCTION refuse_one();"
        )

    with as_role(WORKER_ROLE), pytest.raises(refresh.RefreshFailed, match=str(persona.pk)):
        refresh.refresh_personas(persona_ids=[persona.pk, other.pk], now=NOW)

    assert (len(told(alice)), len(told(other.user))) == (0, 2)


def test_expired_recommendations_are_deleted_by_the_worker(alice: User) -> None:
    past = RecommendationFactory(user=alice, expires_at=NOW - timedelta(days=400))
    live = RecommendationFactory(user=alice)
    with as_role(WORKER_ROLE):
        assert Recommendation.objects.count() == 1
        assert forget_expired() == 1

    assert [row.pk for row in told(alice)] == [live.pk] != [past.pk]


@pytest.mark.django_db(transaction=True)
def test_two_refreshes_at_once_write_one_list() -> None:
    alice = UserFactory()
    open_roles(*([["Python", "Terraform"]] * 4), *([["Python", "Tableau"]] * 4))
    persona = make_engineer(alice)
    with acting_as(alice.pk):
        refresh.glance_at_market()
    barrier = Barrier(4)

    def work() -> None:
        try:
            with as_role(WORKER_ROLE):
                barrier.wait(60)
                refresh.refresh_personas(persona_ids=[persona.pk], now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result(60)

    assert sorted(row.skill_key for row in told(alice)) == ["tableau", "terraform"]


def test_catalogs_have_one_version_for_what_they_hold(db: None) -> None:
    before = catalogs.catalogs_version()
    CourseSkillFactory()

    assert catalogs.catalogs_version() != before
    assert catalogs.catalogs_version() == catalogs.catalogs_version()
