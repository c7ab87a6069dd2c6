"""The fence that keeps the machine from sending after a database was put back to an earlier day.

A restored database has forgotten what was sent since. It is told by three signs: another cluster, timeline or database
(`fingerprint`), a count of sendings below the journal's, or an application that the journal saw leave and that waits again.
The fence then stands until a person lifts it; what was on its way waits for its owner's own word (`fence_epoch`).
"""

from __future__ import annotations

import logging

from django.db import connection, transaction
from django.utils import timezone

from autoapply import journal
from autoapply.models import Application, Fence
from autoapply.states import BEFORE_SENDING

logger = logging.getLogger(__name__)


def check_fence() -> bool:
    """Raise the fence if this database is not the one that was known; tell whether it stands now."""
    with transaction.atomic():
        fence = Fence.objects.select_for_update().get(pk=1)
        if fence.is_raised:
            return True
        seen = _fingerprint()
        if not fence.fingerprint:
            Fence.objects.filter(pk=1).update(fingerprint=seen)
            return False
        because = "another_database" if fence.fingerprint != seen else _find_forgotten(fence)
        if not because:
            return False
        _raise(fence, because)
    logger.critical(
        "The restore fence is raised (%s): nothing is sent until `manage.py auto_apply_fence --lift` or staff lift it",
        because,
    )
    return True


def raise_fence(*, because: str) -> None:
    """Let nothing be sent until somebody lifts the fence: for whoever restores what cannot be told, such as a whole machine."""
    with transaction.atomic():
        _raise(Fence.objects.select_for_update().get(pk=1), because)


def lift_fence() -> bool:
    """Let the machine send again; tell whether it stood. What was on its way before still waits for its owner's word."""
    with transaction.atomic():
        fence = Fence.objects.select_for_update().get(pk=1)
        if not fence.is_raised:
            return False
        newest = max((entry.number for entry in journal.read_last_entries()), default=0)
        _count_on_from(newest)
        Fence.objects.filter(pk=1).update(
            lifted_at=timezone.now(),
            fingerprint=_fingerprint(),
            answered_to=max(newest, fence.answered_to),
        )
    return True


def _raise(fence: Fence, because: str) -> None:
    Fence.objects.filter(pk=1).update(
        epoch=fence.epoch + 1, raised_at=timezone.now(), raised_because=because, lifted_at=None
    )


def _fingerprint() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), "
            "(SELECT timeline_id FROM pg_control_checkpoint()), "
            "(SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        return str(cursor.fetchone()[0])


def _find_forgotten(fence: Fence) -> str:
    """Name what the database has forgotten of the journal; empty where it remembers all of it."""
    entries = journal.read_last_entries()
    if not entries:
        return ""
    with connection.cursor() as cursor:
        # A sequence that was never asked says 1 too.
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM auto_apply_sends")
        (known,) = cursor.fetchone()
    if max(entry.number for entry in entries) > known:
        return "fewer_sendings"
    # Whoever lifted the fence has answered for those before; their owners' words are asked for one by one.
    attempts = {entry.key: entry.attempt for entry in entries if entry.number > fence.answered_to}
    waiting = Application.objects.filter(key__in=attempts, status__in=BEFORE_SENDING)
    for key, attempt in waiting.values_list("key", "attempt"):
        if attempt < attempts[key]:
            return "sent_and_waiting_again"
    return ""


def _count_on_from(newest: int) -> None:
    """Go on with numbers above the journal's, so that the same sign does not raise the fence again."""
    if newest:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval('auto_apply_sends', greatest(%s, (SELECT last_value FROM auto_apply_sends)))",
                [newest],
            )
