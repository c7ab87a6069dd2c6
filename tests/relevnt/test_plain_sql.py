"""Rows written by plain SQL are as good as those written by Django: defaults, keys and triggers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User, UserSkill
from tests.factories import (
    JobFactory,
    LogFactory,
    MatchFactory,
    PersonaFactory,
    RecommendationFactory,
    ResumeFactory,
    RuleFactory,
    UserFactory,
    UserSkillFactory,
)
from tests.roles import OWNER_ROLE, as_role

# Every kind of factor: a whole number, unknown, both ends, a fraction.
FACTORS = '{"skill_score": 50, "salary_score": null, "location_score": 0, "remote_score": 100, "industry_score": 12.5}'


def run(sql: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone() if cursor.description else None


def refused(sql: str, *parameters: Any) -> str:
    with pytest.raises(DatabaseError) as raised, transaction.atomic():
        run(sql, *parameters)
    return str(raised.value)


def test_persona_by_plain_sql_gets_its_preferences(alice: User) -> None:
    with acting_as(alice.pk):
        (persona_id,) = run(
            "INSERT INTO user_personas (user_id, name) VALUES (%s, 'Nurse') RETURNING id", alice.pk
        )

        preferences = PersonaPreferences.objects.get(persona_id=persona_id)

    assert (preferences.remote_preference, preferences.job_title_keywords) == ("any", [])
    assert preferences.user_id == alice.pk


def test_preferences_start_in_the_currency_of_the_person(db: None) -> None:
    user = UserFactory(currency="EUR")

    persona = PersonaFactory(user=user)

    with acting_as(user.pk):
        assert PersonaPreferences.objects.get(persona=persona).currency == "EUR"


def test_second_active_persona_is_refused(alice: User) -> None:
    PersonaFactory(user=alice, is_active=True)

    with acting_as(alice.pk):
        message = refused(
            "INSERT INTO user_personas (user_id, name, is_active) VALUES (%s, 'Second', true)", alice.pk
        )

    assert "persona_active_is_one_per_person" in message


def test_deleting_the_active_persona_promotes_the_newest(alice: User) -> None:
    active = PersonaFactory(user=alice, is_active=True)
    older, newer = PersonaFactory(user=alice), PersonaFactory(user=alice)
    with acting_as(alice.pk):
        run("UPDATE user_personas SET created_at = now() - interval '2 days' WHERE id = %s", older.pk)

        run("DELETE FROM user_personas WHERE id = %s", active.pk)

        assert list(Persona.objects.filter(is_active=True)) == [newer]


def test_deleting_the_active_and_the_newest_persona_at_once_promotes_what_is_left(alice: User) -> None:
    active, left = PersonaFactory(user=alice, is_active=True), PersonaFactory(user=alice)
    newest = PersonaFactory(user=alice)
    with acting_as(alice.pk):
        run("UPDATE user_personas SET created_at = now() - interval '2 days' WHERE id = %s", left.pk)

        run("DELETE FROM user_personas WHERE id = ANY(%s)", [active.pk, newest.pk])

        assert Persona.objects.get().is_active


def test_deleting_a_resume_keeps_the_persona_and_its_owner(alice: User) -> None:
    resume = ResumeFactory(user=alice)
    persona = PersonaFactory(user=alice, resume=resume)
    with acting_as(alice.pk):
        run("DELETE FROM resumes WHERE id = %s", resume.pk)

        persona.refresh_from_db()

    assert (persona.resume_id, persona.user_id) == (None, alice.pk)


def test_deleting_a_person_deletes_everything_of_theirs(alice: User) -> None:
    persona = PersonaFactory(user=alice, is_active=True, resume=ResumeFactory(user=alice))
    MatchFactory(persona=persona)
    LogFactory(user=alice, rule=RuleFactory(user=alice, persona=persona))
    RecommendationFactory(user=alice, persona=persona)
    UserSkillFactory(user=alice)

    with acting_as(alice.pk):
        run("DELETE FROM users WHERE id = %s", alice.pk)

    with as_role(OWNER_ROLE):
        for table in (
            "user_personas",
            "persona_preferences",
            "job_matches",
            "auto_apply_rules",
            "auto_apply_logs",
            "learning_recommendations",
            "user_skills",
            "resumes",
        ):
            assert run(f"SELECT count(*) FROM {table}") == (0,), table


def test_deleting_a_persona_keeps_the_recommendation_and_its_owner(alice: User) -> None:
    persona = PersonaFactory(user=alice)
    recommendation = RecommendationFactory(user=alice, persona=persona)
    with acting_as(alice.pk):
        run("DELETE FROM user_personas WHERE id = %s", persona.pk)

        recommendation.refresh_from_db()

    assert (recommendation.persona_id, recommendation.user_id) == (None, alice.pk)


def test_deleting_a_rule_keeps_its_log(alice: User) -> None:
    rule = RuleFactory(user=alice)
    log = LogFactory(user=alice, rule=rule, job=JobFactory())
    with acting_as(alice.pk):
        run("DELETE FROM auto_apply_rules WHERE id = %s", rule.pk)

        log.refresh_from_db()

    assert (log.rule_id, log.user_id) == (None, alice.pk)


def test_match_by_plain_sql_is_fresh_for_seven_days(alice: User) -> None:
    persona, job = PersonaFactory(user=alice), JobFactory()
    with acting_as(alice.pk):
        created, expires, dismissed = run(
            "INSERT INTO job_matches (user_id, persona_id, job_id, match_score, match_factors) "
            "VALUES (%s, %s, %s, 71.5, %s) RETURNING created_at, expires_at, is_dismissed",
            alice.pk,
            persona.pk,
            job.pk,
            FACTORS,
        )

    assert expires - created == timedelta(days=7)
    assert dismissed is False


def test_match_without_a_persona_is_unique_too(alice: User) -> None:
    job = JobFactory()
    sql = "INSERT INTO job_matches (user_id, job_id, match_score, match_factors) VALUES (%s, %s, 50, %s)"
    with acting_as(alice.pk):
        run(sql, alice.pk, job.pk, FACTORS)

        message = refused(sql, alice.pk, job.pk, FACTORS)

    assert "match_is_unique_per_persona_and_job" in message


@pytest.mark.parametrize("score", [-0.01, 100.01])
def test_score_outside_the_percentage_is_refused(alice: User, score: float) -> None:
    job = JobFactory()
    with acting_as(alice.pk):
        message = refused(
            "INSERT INTO job_matches (user_id, job_id, match_score, match_factors) VALUES (%s, %s, %s, %s)",
            alice.pk,
            job.pk,
            score,
            FACTORS,
        )

    assert "match_score_is_a_percentage" in message


@pytest.mark.parametrize(
    "factors",
    [
        "{}",
        "[]",
        "null",
        '"skill_score"',
        FACTORS.replace('"skill_score": 50, ', ""),
        FACTORS.replace("50", "100.01"),
        FACTORS.replace("50", "-1"),
        FACTORS.replace("50", '"50"'),
        FACTORS.replace("null", "true"),
    ],
)
def test_factors_that_are_no_five_percentages_are_refused(alice: User, factors: str) -> None:
    job = JobFactory()
    with acting_as(alice.pk):
        message = refused(
            "INSERT INTO job_matches (user_id, job_id, match_score, match_factors) VALUES (%s, %s, 1, %s)",
            alice.pk,
            job.pk,
            factors,
        )

    assert "match_factors_are_five_percentages_or_unknown" in message


@pytest.mark.parametrize("role", ["relevnt_app", OWNER_ROLE])
def test_preferences_stay_as_long_as_their_persona(alice: User, role: str) -> None:
    persona = PersonaFactory(user=alice)
    with acting_as(alice.pk), as_role(role):
        message = refused("DELETE FROM persona_preferences WHERE persona_id = %s", persona.pk)
        run("DELETE FROM user_personas WHERE id = %s", persona.pk)

        assert run("SELECT count(*) FROM persona_preferences") == (0,)
    assert "exactly one row of preferences" in message


def test_rule_by_plain_sql_has_the_fixed_defaults(alice: User) -> None:
    with acting_as(alice.pk):
        row = run(
            "INSERT INTO auto_apply_rules (user_id, name) VALUES (%s, 'r') "
            "RETURNING enabled, max_applications_per_week, active_days, match_score_threshold",
            alice.pk,
        )

    assert row == (True, 5, [], None)


def test_rule_with_an_unknown_day_is_refused(alice: User) -> None:
    with acting_as(alice.pk):
        message = refused(
            "INSERT INTO auto_apply_rules (user_id, name, active_days) VALUES (%s, 'r', '{monday}')", alice.pk
        )

    assert "rule_days_are_mon_to_sun" in message


def test_weights_by_plain_sql_have_the_fixed_defaults(alice: User) -> None:
    with acting_as(alice.pk):
        row = run(
            "INSERT INTO relevance_tuner_settings (user_id, name) VALUES (%s, 'w') "
            "RETURNING skill_weight, salary_weight, location_weight, remote_weight, industry_weight, is_default",
            alice.pk,
        )

    assert [str(value) for value in row] == ["0.30", "0.25", "0.15", "0.20", "0.10", "False"]


def test_weight_of_one_and_a_half_is_refused(alice: User) -> None:
    with acting_as(alice.pk):
        message = refused(
            "INSERT INTO relevance_tuner_settings (user_id, name, skill_weight) VALUES (%s, 'w', 1.5)",
            alice.pk,
        )

    assert "tuner_skill_weight_is_between_0_and_1" in message


def test_second_default_weights_are_refused(alice: User) -> None:
    sql = "INSERT INTO relevance_tuner_settings (user_id, name, is_default) VALUES (%s, 'w', true)"
    with acting_as(alice.pk):
        run(sql, alice.pk)

        message = refused(sql, alice.pk)

    assert "tuner_default_is_one_per_person" in message


def test_log_with_a_state_of_the_machine_is_refused(alice: User) -> None:
    with acting_as(alice.pk):
        message = refused("INSERT INTO auto_apply_logs (user_id, status) VALUES (%s, 'queued')", alice.pk)

    assert "log_status_is_submitted_failed_or_withdrawn" in message


def test_skill_differing_in_case_and_spaces_is_refused(alice: User) -> None:
    UserSkillFactory(user=alice, skill_name="Kubernetes")
    with acting_as(alice.pk):
        message = refused(
            "INSERT INTO user_skills (user_id, skill_name, proficiency_level, source) "
            "VALUES (%s, '  kubernetes ', 'expert', 'input')",
            alice.pk,
        )

    assert "user_skill_is_unique_whatever_its_case" in message


def test_recommendation_by_plain_sql_lives_thirty_days(alice: User) -> None:
    with acting_as(alice.pk):
        created, expires = run(
            "INSERT INTO learning_recommendations (user_id, target_skill, estimated_duration_weeks) "
            "VALUES (%s, 'SQL', 3) RETURNING created_at, expires_at",
            alice.pk,
        )

    assert expires - created == timedelta(days=30)


@pytest.mark.django_db(transaction=True)
def test_updated_at_is_kept_for_every_writer() -> None:
    user = UserFactory()
    persona = PersonaFactory(user=user)
    with acting_as(user.pk):
        run("UPDATE user_personas SET description = 'x', updated_at = '2001-01-01' WHERE id = %s", persona.pk)
        before = persona.updated_at
        persona.refresh_from_db()

    assert persona.updated_at > before


def test_email_is_unique_without_case(alice: User) -> None:
    message = refused("INSERT INTO users (email) VALUES ('ALICE@example.com')")

    assert "user_email_is_unique_without_case" in message


def test_account_by_plain_sql_has_no_usable_password(db: None) -> None:
    run("INSERT INTO users (email) VALUES ('new@example.com')")

    user = User.objects.get(email="new@example.com")

    assert not user.has_usable_password()
    assert not user.check_password("!")


@pytest.mark.parametrize("change", ["skill", "preferences"])
def test_inputs_of_matching_are_counted_for_every_writer(alice: User, change: str) -> None:
    persona = PersonaFactory(user=alice)
    with acting_as(alice.pk):
        if change == "skill":
            run(
                "INSERT INTO user_skills (user_id, skill_name, proficiency_level, source) "
                "VALUES (%s, 'SQL', 'expert', 'input')",
                alice.pk,
            )
        else:
            run("UPDATE persona_preferences SET locations = '{Berlin}' WHERE persona_id = %s", persona.pk)

        revision = Persona.objects.get(pk=persona.pk).inputs_revision

    assert revision == persona.inputs_revision + 1


def test_row_naming_another_persons_row_is_refused_even_for_the_owner_of_the_tables(
    alice: User, charlie: User
) -> None:
    persona = PersonaFactory(user=charlie)
    resume = ResumeFactory(user=charlie)
    rule = RuleFactory(user=charlie)
    job = JobFactory()
    mine = PersonaFactory(user=alice)
    with as_role(OWNER_ROLE):
        refusals = [
            refused("UPDATE user_personas SET resume_id = %s WHERE id = %s", resume.pk, mine.pk),
            refused(
                "INSERT INTO auto_apply_rules (user_id, name, persona_id) VALUES (%s, 'r', %s)",
                alice.pk,
                persona.pk,
            ),
            refused(
                "INSERT INTO auto_apply_logs (user_id, status, rule_id) VALUES (%s, 'failed', %s)",
                alice.pk,
                rule.pk,
            ),
            refused(
                "INSERT INTO learning_recommendations (user_id, persona_id, target_skill, "
                "estimated_duration_weeks) VALUES (%s, %s, 'x', 1)",
                alice.pk,
                persona.pk,
            ),
            refused(
                "INSERT INTO job_matches (user_id, persona_id, job_id, match_score, match_factors) "
                "VALUES (%s, %s, %s, 1, %s)",
                alice.pk,
                persona.pk,
                job.pk,
                FACTORS,
            ),
        ]

    assert all("foreign key constraint" in message for message in refusals)


def test_persona_name_is_unique_per_person_only(alice: User, charlie: User) -> None:
    PersonaFactory(user=alice, name="Nurse")
    PersonaFactory(user=charlie, name="Nurse")

    with pytest.raises(IntegrityError), transaction.atomic():
        PersonaFactory(user=alice, name="Nurse")

    assert UserSkill.objects.count() == 0
