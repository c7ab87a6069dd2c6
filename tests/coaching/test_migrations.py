"""The step from relationships alone to what coaches see: what stood before still stands, and the step can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from personas.models import User
from tests.roles import OWNER_ROLE, as_role

BEFORE = [("coaching", "0001_initial")]
AFTER = [("coaching", "0002_what_coaches_see")]


def migrate(targets: list[tuple[str, str]]) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)


def row(sql: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


@pytest.mark.django_db
def test_consent_from_before_is_live_and_has_its_history_afterwards(alice: User, bob: User) -> None:
    with transaction.atomic():
        with as_role(OWNER_ROLE):
            migrate(BEFORE)
            (relationship_id,) = row(
                "INSERT INTO coach_client_relationships (coach_id, client_id, status, created_at, updated_at) "
                "VALUES (%s, %s, 'active', now() - interval '9 days', now() - interval '8 days') RETURNING id",
                [bob.pk, alice.pk],
            )
            row(
                "INSERT INTO coach_consents (relationship_id, coach_id, client_id, scopes, created_at, valid_from) "
                "VALUES (%s, %s, %s, '{matches}', now() - interval '7 days', now() - interval '7 days') RETURNING id",
                [relationship_id, bob.pk, alice.pk],
            )
            migrate(AFTER)
        row("SELECT set_config('app.user_id', %s, true)", [str(bob.pk)])

        assert row("SELECT scopes_granted(%s)", [alice.pk]) == (["matches"],)
        assert row(
            "SELECT begun_at = created_at, updated_at < now() - interval '7 days' FROM coach_client_relationships",
            [],
        ) == (True, True)
        assert row("SELECT array_agg(what::text ORDER BY at) FROM coach_events", []) == (
            ["begun", "consented"],
        )
        transaction.set_rollback(True)
