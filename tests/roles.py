"""Arranging rows in the database role that may write them; the code under test runs as relevnt_app."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from django.db import connection

from personas.row_security import APP_ROLE

if TYPE_CHECKING:
    # Other programs take the roles before Django has loaded its apps.
    from personas.models import User

OWNER_ROLE = "relevnt_owner"


@contextmanager
def as_role(role: str) -> Iterator[None]:
    """Run a block in another database role, then go back to the one before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (before,) = cursor.fetchone()
        cursor.execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        # A failed transaction takes the role back by itself when it is rolled back.
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {before}")


def log_in_as_owner_acting_as(role: str | None) -> None:
    """Point the test connection at the owner's login, which acts as `role` from its first statement on."""
    options = connection.settings_dict["OPTIONS"]
    options.pop("options", None)
    if role:
        options["options"] = f"-c role={role}"
    connection.close()


APP = APP_ROLE


@contextmanager
def login(role: str) -> Iterator[psycopg.Connection]:
    """A connection of its own, logged in as `role`, to the database of this test."""
    names = {
        "relevnt_app": "DATABASE_URL",
        "relevnt_worker": "WORKER_DATABASE_URL",
        OWNER_ROLE: "DATABASE_OWNER_URL",
    }
    with psycopg.connect(os.environ[names[role]], dbname=connection.settings_dict["NAME"]) as own:
        yield own
        own.rollback()


def act_as(own: psycopg.Connection, user: User | None) -> None:
    own.execute("SELECT set_config('app.user_id', %s, true)", [str(user.pk) if user else ""])


def count(own: psycopg.Connection, table: str) -> int:
    row = own.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row
    return row[0]


def remove_as_owner(*statements: str) -> None:
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)
