"""Turns of whatever writes a person's recommendations and progress, pages and worker alike.

The worker may not lock an account, so this is a lock of its own; whoever needs both takes the account's first.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection


def take_learning_turns(user_id: UUID) -> None:
    """Wait until nobody else writes what this person learns; the turn ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"learning of {user_id}"])
