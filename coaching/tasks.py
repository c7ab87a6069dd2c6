"""What coaching does by the clock: mails leave, ends are told."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from coaching import mails


@shared_task
def send_mails(**kwargs: Any) -> int:
    """Tell both sides of consents that ended, then send every mail that waits; give the number that left."""
    mails.tell_ends()
    return mails.send_mails()
