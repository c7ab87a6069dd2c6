"""The secret address of a calendar: making it, switching it off, and finding whose it is.

The address holds 256 random bits; only their SHA-256 is kept. The row of a presented address is found before anybody is
known: row security shows exactly the row whose hash the transaction has set.
"""

from __future__ import annotations

import hashlib
import secrets

from django.db import connection

from autoapply.models import CalendarFeed
from personas import identity
from personas.models import User

_BYTES = 32
_SETTING = "app.calendar_key_sha256"


def make_address(*, user: User) -> str:
    """Give the person a new key, which is given once and not kept; the one before opens nothing any more."""
    key = secrets.token_urlsafe(_BYTES)
    CalendarFeed.objects.filter(user_id=user.pk).delete()
    CalendarFeed.objects.create(user=user, key_sha256=_hash(key))
    return key


def switch_off(*, user: User) -> None:
    """Let no address open the person's calendar any more."""
    CalendarFeed.objects.filter(user_id=user.pk).delete()


def open_calendar(*, key: str) -> User | None:
    """Whose calendar the key opens; the rest of the transaction then acts for that person. None for a key of nobody.

    Every unknown key, whatever its shape, costs one hash and one look-up.
    """
    digest = _hash(key)
    _present(digest)
    feed = CalendarFeed.objects.select_related("user").filter(key_sha256=digest).first()
    _present("")
    if feed is None or not feed.user.is_active:
        return None
    identity.assume(feed.user_id)
    owner: User = feed.user
    return owner


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def _present(digest: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [_SETTING, digest])
