"""What is done for people by the clock."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from personas import idempotency


@shared_task
def strike_old_answers(**kwargs: Any) -> int:
    """Delete the answers to repeatable requests that are older than a day; give their number."""
    return idempotency.strike_old_answers()
