"""Who is asking: the identity that row security reads, set for one transaction at a time.

PostgreSQL forgets the setting at the end of the transaction, so no pooled connection carries one person's
identity into the next request.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

_SETTING = "app.user_id"


class NoTransaction(RuntimeError):
    """Raised when an identity would be set outside a transaction and so be lost at once."""


def assume(user_id: UUID | None) -> None:
    """Make the rest of this transaction act for `user_id`; None acts for nobody."""
    if not connection.in_atomic_block:
        raise NoTransaction("an identity lives in a transaction: use acting_as()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [_SETTING, str(user_id) if user_id else ""])


def current() -> UUID | None:
    """The person this transaction acts for, or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nullif(current_setting(%s, true), '')", [_SETTING])
        (value,) = cursor.fetchone()
    return UUID(value) if value else None


@contextmanager
def acting_as(user_id: UUID | None) -> Iterator[None]:
    """Run a block in a transaction that acts for `user_id`, then for whoever it acted for before."""
    with transaction.atomic():
        before = current()
        assume(user_id)
        yield
        assume(before)
