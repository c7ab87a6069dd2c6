"""Closing an account: asked for by its owner, taken back within a fortnight, and then everything is deleted.

What other rooms do with it is named in the settings: ACCOUNT_CLOSING stops what acts for the person, ACCOUNT_MAY_GO says whether
nothing of theirs is on its way out, ACCOUNT_GOING settles what is kept about them elsewhere.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from personas.identity import acting_as
from personas.models import AccountClosing, AccountDeletion, User
from personas.services import ValuesRefused

GRACE = timedelta(days=14)

logger = logging.getLogger(__name__)


class Deleted(NamedTuple):
    """An account that is gone: where its receipt goes, in which language, and its number."""

    email: str
    locale: str
    receipt: UUID


def ask_to_close(*, user: User, password: str, now: datetime) -> AccountClosing:
    """Let an account be deleted after the grace period, and stop at once what acts for it; raises ValuesRefused (password).

    Asked again, the first day stays.
    """
    if not user.has_usable_password():
        raise ValuesRefused({"password": [_("Your account has no password yet. Set one, then close it.")]})
    if not user.check_password(password):
        raise ValuesRefused({"password": [_("That is not your password.")]})
    import_string(settings.ACCOUNT_CLOSING)(user=user)
    closing, _made = AccountClosing.objects.get_or_create(
        user=user, defaults={"asked_at": now, "due_at": now + GRACE}
    )
    return closing


def keep_account(*, user: User) -> bool:
    """Take a closing back, and tell whether there was one; what was stopped stays stopped until its owner starts it."""
    return bool(AccountClosing.objects.filter(user=user).delete()[0])


def closing_of(user: User) -> AccountClosing | None:
    """Give the closing of an account, None where nobody asked for one."""
    return AccountClosing.objects.filter(user=user).first()


def delete_due_accounts(*, now: datetime) -> list[Deleted]:
    """Delete the accounts whose grace period is over, the longest first, and give those that are gone.

    One that fails keeps no other here: it is logged, and tried again the next time.
    """
    due = AccountClosing.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    gone = []
    for closing in due:
        try:
            deleted = delete_account(user_id=closing.user_id, now=now)
        except Exception:
            logger.exception("the account of receipt %s could not be deleted", closing.receipt)
            continue
        if deleted is not None:
            gone.append(deleted)
    return gone


def delete_account(*, user_id: UUID, now: datetime) -> Deleted | None:
    """Delete an account whose time is over with everything of it; None where its owner keeps it, or something is on its way out."""
    with acting_as(user_id):
        # First what senders lock first.
        if not import_string(settings.ACCOUNT_MAY_GO)(user_id=user_id):
            return None
        closing = AccountClosing.objects.select_for_update().filter(pk=user_id, due_at__lte=now).first()
        if closing is None:
            return None
        user = User.objects.get(pk=user_id)
        for path in settings.ACCOUNT_GOING:
            import_string(path)(user=user)
        _forget_traces(user_id)
        keys = UserSession.objects.filter(user_id=user_id).values_list("session_key", flat=True)
        Session.objects.filter(session_key__in=list(keys)).delete()
        AccountDeletion.objects.create(id=closing.receipt, asked_at=closing.asked_at, deleted_at=now)
        # Every table of a person hangs on this row in the database itself.
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM users WHERE id = %s", [user_id])
        logger.info("An account is deleted as its owner asked (receipt %s)", closing.receipt)
    return Deleted(user.email, user.locale, closing.receipt)


def _forget_traces(user_id: UUID) -> None:
    """Strike what the admin noted about the account: it names the address."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_admin_log WHERE object_id = %s", [str(user_id)])
