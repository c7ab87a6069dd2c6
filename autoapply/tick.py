"""One look for everything that is due, by whichever clock: beat's, or the second one where beat is silent.

The table is the queue, so a tick that is lost costs nothing but the time to the next; any number may run at once.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now

from autoapply import dispatch, packing, reaping
from autoapply.fence import check_fence
from autoapply.models import Application, Tick

logger = logging.getLogger(__name__)

EVERY = timedelta(seconds=settings.AUTO_APPLY_TICK_SECONDS)
SILENT_AFTER = 2 * EVERY
"""The second clock takes over when nobody has looked for this long."""
AT_ONCE = 50
"""Applications that one tick prepares and sends at most; the rest is the next one's."""


@dataclass(frozen=True, slots=True)
class Due:
    """One application that somebody should look at now."""

    user_id: UUID
    application_id: UUID


def look() -> None:
    """Note that somebody looks, check the fence, and name what was left behind: nothing here waits for anybody outside."""
    Tick.objects.update_or_create(pk=1, defaults={"at": Now()})
    check_fence()
    reaping.name_abandoned()
    reaping.end_unconfirmed()
    _report_what_must_not_be()


def look_after() -> None:
    """All of that, then end what is hopeless, tell people and ask receivers; sends no application."""
    look()
    tend()


def tend() -> None:
    """End what is hopeless, tell people, ask receivers; may take as long as a mail server or a receiver does."""
    reaping.end_forlorn()
    reaping.end_hopeless()
    reaping.tell_doubts()
    reaping.ask_receivers()


def find_due_to_prepare() -> list[Due]:
    """Applications that can be prepared now, the oldest first."""
    return list(_due(Application.objects.filter(packing.due_to_prepare())))


def find_due_to_send() -> list[Due]:
    """Applications whose hold is over and whose turn has come, the oldest of each person; none while the fence stands.

    One person's leave one after the other: whoever came second would only find the first one's lock, and a person with
    many would keep everybody else waiting.
    """
    if check_fence():
        return []
    due = Application.objects.filter(status="held", next_at__lte=Now())
    firsts = due.order_by("user_id", "next_at", "pk").distinct("user_id").values("pk")
    return list(_due(Application.objects.filter(pk__in=firsts)))


def tick_here() -> None:
    """Do in this process what a tick finds: the second clock's way, which needs no broker.

    What is not done when the next look is due is the next one's: whatever there is to send, doubts are named in time.
    """
    ends = time.monotonic() + EVERY.total_seconds()
    look()
    for find, do in ((find_due_to_send, dispatch.submit), (find_due_to_prepare, packing.prepare)):
        for due in find():
            if time.monotonic() > ends:
                break
            with reaping.going_on(due.application_id):
                do(user_id=due.user_id, application_id=due.application_id, worker=worker_name())
    tend()


def name_doubts() -> None:
    """Name the doubts of senders that are gone, whoever looks after the rest: this waits in no queue behind other work."""
    reaping.name_abandoned()


def is_silent() -> bool:
    """Tell whether nobody has looked for too long."""
    return not Tick.objects.filter(pk=1, at__gt=Now() - SILENT_AFTER).exists()


def worker_name() -> str:
    """The name of this process, for the lease."""
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def _due(rows: object) -> Iterator[Due]:
    for user_id, pk in rows.order_by("next_at", "pk").values_list("user_id", "pk")[:AT_ONCE]:  # type: ignore[attr-defined]
        yield Due(user_id, pk)


def _report_what_must_not_be() -> None:
    """Say aloud what no fault should have left: a sender past its lease and a minute, work overdue for a quarter of an hour."""
    stuck = Application.objects.filter(
        status="submitting", lease_until__lte=Now() - timedelta(seconds=60)
    ).count()
    overdue = Application.objects.filter(status="queued", next_at__lte=Now() - timedelta(minutes=15)).count()
    if stuck or overdue:
        logger.error("Auto-apply is behind: %s being sent past their lease, %s overdue", stuck, overdue)
