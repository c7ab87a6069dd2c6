"""Keyed hashes of who applied for what before their account was deleted, so that a new account with that address does not do it again."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.utils.crypto import salted_hmac

from autoapply.models import Application, SentMark
from autoapply.states import BEFORE_SENDING, FREE
from personas.models import User


def mark_of(email: str, apply_key: str) -> str:
    """The mark of an address and an opening: 64 hexadecimal digits, the same in every account with that address."""
    said = f"{email.strip().lower()} {apply_key}"
    made = salted_hmac("autoapply.sent", said, secret=settings.ENCRYPTION_KEY, algorithm="sha256")
    return str(made.hexdigest())


def marked(email: str, apply_keys: Collection[str]) -> frozenset[str]:
    """Those of some openings that somebody with this address applied for in an account that is gone."""
    keys = {mark_of(email, key): key for key in apply_keys}
    found = SentMark.objects.filter(pk__in=keys).values_list("pk", flat=True)
    return frozenset(keys[mark] for mark in found)


def keep_marks(*, user: User) -> int:
    """Keep a mark of every application that left, or may have left, from an account that is being deleted; give their number."""
    stayed = (*FREE, *BEFORE_SENDING)
    sent = Application.objects.owned_by(user).exclude(status__in=stayed).values_list("apply_key", flat=True)
    rows = [SentMark(mark=mark_of(user.email, key)) for key in sent]
    SentMark.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
