"""The live database against the fixed tables of the design, written down here as data."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

UUID = "uuid"
TIME = "timestamp with time zone"
TEXT = "text"
TEXTS = "text[]"
BOOL = "boolean"
NAME = "character varying(255)"
STATE = "character varying(50)"
INTEGER = "integer"
PERCENT = "numeric(5,2)"
WEIGHT = "numeric(3,2)"

NOW = "CURRENT_TIMESTAMP"
NEW_ID = "gen_random_uuid()"

# table: {column: (type, nullable, database default or None for "none asked for")}
TABLES: dict[str, dict[str, tuple[str, bool, str | None]]] = {
    "user_personas": {
        "id": (UUID, False, NEW_ID),
        "user_id": (UUID, False, None),
        "name": (NAME, False, None),
        "description": (TEXT, False, None),
        "is_active": (BOOL, False, "false"),
        "resume_id": (UUID, True, None),
        "created_at": (TIME, False, NOW),
        "updated_at": (TIME, False, NOW),
    },
    "job_matches": {
        "id": (UUID, False, NEW_ID),
        "user_id": (UUID, False, None),
        "persona_id": (UUID, True, None),
        "job_id": (UUID, False, None),
        "match_score": (PERCENT, False, None),
        "match_factors": ("jsonb", False, None),
        "explanation": (TEXT, False, None),
        "is_dismissed": (BOOL, False, "false"),
        "values_alignment": ("numeric", True, None),
        "created_at": (TIME, False, NOW),
        "expires_at": (TIME, False, "(CURRENT_TIMESTAMP + '7 days'::interval)"),
    },
    "auto_apply_rules": {
        "id": (UUID, False, NEW_ID),
        "user_id": (UUID, False, None),
        "persona_id": (UUID, True, None),
        "name": (NAME, False, None),
        "enabled": (BOOL, False, "true"),
        "match_score_threshold": (PERCENT, True, None),
        "max_applications_per_week": (INTEGER, False, "5"),
        "exclude_companies": (TEXTS, False, None),
        "include_only_companies": (TEXTS, False, None),
        "require_all_keywords": (TEXTS, False, None),
        "active_days": (TEXTS, False, None),
        "created_at": (TIME, False, NOW),
        "updated_at": (TIME, False, NOW),
    },
    "auto_apply_logs": {
        "id": (UUID, False, NEW_ID),
        "user_id": (UUID, False, None),
        "rule_id": (UUID, True, None),
        "job_id": (UUID, True, None),
        "status": (STATE, False, None),
        "submission_url": ("character varying(2000)", False, None),
        "error_message": (TEXT, False, None),
        "created_at": (TIME, False, NOW),
        "withdrawn_at": (TIME, True, None),
    },
    "relevance_tuner_settings": {
        "id": (UUID, False, NEW_ID),
        "user_id": (UUID, False, None),
        "name": (NAME, False, None),
        "skill_weight": (WEIGHT, False, "0.30"),
        "salary_weight": (WEIGHT, False, "0.25"),
        "location_weight": (WEIGHT, False, "0.15"),
        "remote_weight": (WEIGHT, False, "0.20"),
        "industry_weight": (WEIGHT, False, "0.10"),
        "is_default": (BOOL, False, "false"),
        "created_at": (TIME, False, NOW),
        "updated_at": (TIME, False, NOW),
    },
    "user_skills": {
        "id": (UUID, False, NEW_ID),
        "user_id": (UUID, False, None),
        "skill_name": (NAME, False, None),
        "proficiency_level": (STATE, False, None),
        "source": (STATE, False, None),
        "created_at": (TIME, False, NOW),
    },
    "learning_recommendations": {
        "id": (UUID, False, NEW_ID),
        "user_id": (UUID, False, None),
        "persona_id": (UUID, True, None),
        "target_skill": (NAME, False, None),
        "reason_text": (TEXT, False, None),
        "recommended_courses": ("jsonb", False, None),
        "estimated_duration_weeks": (INTEGER, False, None),
        "created_at": (TIME, False, NOW),
        "expires_at": (TIME, False, "(CURRENT_TIMESTAMP + '30 days'::interval)"),
    },
    "coach_client_relationships": {
        "id": (UUID, False, NEW_ID),
        "coach_id": (UUID, False, None),
        "client_id": (UUID, False, None),
        "status": (STATE, False, None),
        "notes": (TEXT, False, None),
        "created_at": (TIME, False, NOW),
        "updated_at": (TIME, False, NOW),
    },
    # Ours to define; the names and these columns are fixed.
    "users": {
        "id": (UUID, False, NEW_ID),
        "email": ("character varying(254)", False, None),
        "display_name": (NAME, False, None),
        "time_zone": ("character varying(64)", False, None),
        "locale": ("character varying(16)", False, None),
        "currency": ("character varying(3)", False, None),
    },
    "resumes": {
        "id": (UUID, False, NEW_ID),
        "user_id": (UUID, False, None),
        "title": (NAME, False, None),
        "document": ("jsonb", False, None),
        "text": (TEXT, False, None),
        "unplaced": (TEXTS, False, None),
        "is_default": (BOOL, False, "false"),
    },
    "persona_preferences": {
        "persona_id": (UUID, False, None),
        **dict.fromkeys(
            (
                "job_title_keywords",
                "required_skills",
                "nice_to_have_skills",
                "locations",
                "industries",
                "company_size",
                "excluded_companies",
                "mission_values",
                "growth_focus",
            ),
            (TEXTS, False, None),
        ),
        "min_salary": (INTEGER, True, None),
        "max_salary": (INTEGER, True, None),
        "remote_preference": (STATE, False, "'any'::character varying"),
    },
    "jobs": {
        "id": (UUID, False, NEW_ID),
        "source_id": (UUID, False, None),
        "external_id": (NAME, False, None),
        "canonical_key": ("character varying(64)", False, None),
        "title": ("character varying(500)", False, None),
        "company": (NAME, False, None),
        "places": ("jsonb", False, None),
        "workplace": (STATE, False, None),
        "pay_minimum": ("bigint", True, None),
        "pay_maximum": ("bigint", True, None),
        "required_skills": (TEXTS, False, None),
        "preferred_skills": (TEXTS, False, None),
        "posted_at": (TIME, True, None),
        "first_seen_at": (TIME, False, NOW),
        "last_seen_at": (TIME, False, NOW),
        "closed_at": (TIME, True, None),
        "payload_hash": ("character varying(64)", False, None),
    },
}

# (table, columns) -> (target, target columns, delete rule as PostgreSQL prints it)
FOREIGN_KEYS: dict[tuple[str, str], tuple[str, str, str]] = {
    **{
        (table, "user_id"): ("users", "id", "ON DELETE CASCADE")
        for table in (
            "user_personas",
            "job_matches",
            "auto_apply_rules",
            "auto_apply_logs",
            "relevance_tuner_settings",
            "user_skills",
            "learning_recommendations",
            "resumes",
            "persona_preferences",
        )
    },
    ("user_personas", "user_id, resume_id"): ("resumes", "user_id, id", "ON DELETE SET NULL (resume_id)"),
    ("persona_preferences", "user_id, persona_id"): ("user_personas", "user_id, id", "ON DELETE CASCADE"),
    ("job_matches", "user_id, persona_id"): ("user_personas", "user_id, id", "ON DELETE CASCADE"),
    ("job_matches", "job_id"): ("jobs", "id", "ON DELETE CASCADE"),
    ("auto_apply_rules", "user_id, persona_id"): ("user_personas", "user_id, id", "ON DELETE CASCADE"),
    ("auto_apply_logs", "user_id, rule_id"): (
        "auto_apply_rules",
        "user_id, id",
        "ON DELETE SET NULL (rule_id)",
    ),
    ("auto_apply_logs", "job_id"): ("jobs", "id", "ON DELETE SET NULL"),
    ("learning_recommendations", "user_id, persona_id"): (
        "user_personas",
        "user_id, id",
        "ON DELETE SET NULL (persona_id)",
    ),
    ("coach_client_relationships", "coach_id"): ("users", "id", "ON DELETE CASCADE"),
    ("coach_client_relationships", "client_id"): ("users", "id", "ON DELETE CASCADE"),
}

UNIQUE = {
    ("user_personas", "UNIQUE (user_id, name)"),
    ("job_matches", "UNIQUE NULLS NOT DISTINCT (user_id, persona_id, job_id)"),
    ("user_skills", "UNIQUE (user_id, skill_name)"),
    ("user_skills", "UNIQUE (user_id, skill_key)"),
    ("coach_client_relationships", "UNIQUE (coach_id, client_id)"),
}


def rows(sql: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@pytest.mark.parametrize("table", sorted(TABLES))
def test_table_has_the_fixed_columns(table: str) -> None:
    live = {
        name: (kind, nullable, default)
        for name, kind, nullable, default in rows(
            """
            SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
            """,
            table,
        )
    }

    for column, (kind, nullable, default) in TABLES[table].items():
        assert column in live, f"{table}.{column} is missing"
        assert live[column][:2] == (kind, nullable), f"{table}.{column}"
        if default is not None:
            assert live[column][2] == default, f"{table}.{column}"


def test_foreign_keys_have_their_delete_rules_in_the_database() -> None:
    live = {}
    for table, definition in rows(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
    ):
        columns = definition.split("(", 1)[1].split(")", 1)[0]
        target, rest = definition.split("REFERENCES ", 1)[1].split("(", 1)
        target_columns, rule = rest.split(")", 1)
        live[table, columns] = (target, target_columns, rule.strip())

    for key, expected in FOREIGN_KEYS.items():
        assert live.get(key) == expected, key


def test_unique_rules_stand_in_the_database() -> None:
    live = set(
        rows(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'u'"
        )
    )

    assert live >= UNIQUE


def test_every_key_is_a_uuid_made_by_the_database() -> None:
    odd = rows(
        """
        SELECT c.table_name, c.data_type, c.column_default FROM information_schema.columns c
        WHERE c.table_schema = 'public' AND c.column_name = 'id' AND c.table_name = ANY(%s)
          AND (c.data_type <> 'uuid' OR c.column_default <> 'gen_random_uuid()')
        """,
        sorted(TABLES),
    )

    assert odd == []


def test_no_extension_is_needed() -> None:
    extensions = {name for (name,) in rows("SELECT extname FROM pg_extension")}

    assert extensions == {"plpgsql"}
