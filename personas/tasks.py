"""What is done for people by the clock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from personas import closing, closing_mails, idempotency, retention, sessions


@shared_task
def strike_old_answers(**kwargs: Any) -> int:
    """Delete the answers to repeatable requests that are older than a day; give their number."""
    return idempotency.strike_old_answers()


@shared_task
def tell_of_closing(*, user_id: str, device: str = "", **kwargs: Any) -> bool:
    """Write to somebody that their account closes, unless they keep it by now; `device` is a kind such as Firefox on Linux."""
    return closing_mails.tell_of_closing(user_id=UUID(user_id), device=device)


@shared_task
def delete_due_accounts(**kwargs: Any) -> int:
    """Delete the accounts whose time is over, and send each its receipt; give their number."""
    gone = closing.delete_due_accounts(now=timezone.now())
    for each in gone:
        closing_mails.send_receipt(each)
    return len(gone)


@shared_task
def forget_ended_sessions(**kwargs: Any) -> int:
    """Delete what is kept of sessions that are over; give their number."""
    return sessions.forget_ended_sessions(now=timezone.now())


@shared_task
def delete_what_is_not_kept(**kwargs: Any) -> int:
    """Delete what people chose not to keep for ever; give the number of rows. What one run leaves is done by another."""
    deleted = retention.delete_due(now=timezone.now())
    if deleted >= retention.MOST:
        delete_what_is_not_kept.delay()
    return deleted
