"""Arranging rows in the database role that may write them; the code under test runs as relevnt_app."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from personas.row_security import APP_ROLE

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
