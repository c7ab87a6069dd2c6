"""Receivers take one application at a time, at their own pace, and are left alone after three doubts in a row.

The turns stand in the database, so that they hold over all workers and outlive the broker.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from autoapply.models import ReceiverHost

LEFT_ALONE_AFTER = 3
"""Doubtful results in a row (safety.md 1.3)."""
LEFT_ALONE_FOR = timedelta(seconds=settings.AUTO_APPLY_LEFT_ALONE_SECONDS)
LEAST_INTERVAL = timedelta(milliseconds=500)
"""The fastest pace to one host: Lever takes two requests a second."""


def take_turn(host: str, *, interval: timedelta, busy_for: timedelta) -> datetime | None:
    """Take the host's turn within this transaction and give None; else the moment from which to try again.

    The turn ends with `give_turn_back`, or by itself after `busy_for`.
    """
    ReceiverHost.objects.bulk_create([ReceiverHost(host=host)], ignore_conflicts=True)
    pace = max(interval, LEAST_INTERVAL).total_seconds()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE receiver_hosts SET next_at = clock_timestamp() + %s * interval '1 second',
                busy_until = clock_timestamp() + %s * interval '1 second'
            WHERE host = %s AND next_at <= clock_timestamp()
              AND (busy_until IS NULL OR busy_until <= clock_timestamp())
              AND (stopped_until IS NULL OR stopped_until <= clock_timestamp())
            """,
            [pace, busy_for.total_seconds(), host],
        )
        if cursor.rowcount:
            return None
        # Whoever has the turn mostly gives it back long before its end: look again soon.
        cursor.execute(
            """
            SELECT greatest(next_at, stopped_until, CASE WHEN busy_until > clock_timestamp()
                THEN least(busy_until, clock_timestamp() + %s * interval '1 second') END)
            FROM receiver_hosts WHERE host = %s
            """,
            [pace, host],
        )
        (from_then,) = cursor.fetchone()
    return from_then  # type: ignore[no-any-return]


def give_turn_back(host: str, *, doubtful: bool | None, wait: timedelta | None = None) -> None:
    """End the turn: a doubt counts towards leaving the host alone, an answer ends the count, None says nothing of it.

    `wait` is the host's own wish.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE receiver_hosts SET
                busy_until = NULL,
                doubts_in_a_row = CASE WHEN %(doubtful)s::boolean IS NULL THEN doubts_in_a_row
                                       WHEN %(doubtful)s::boolean THEN doubts_in_a_row + 1 ELSE 0 END,
                stopped_until = CASE WHEN %(doubtful)s::boolean IS NULL THEN stopped_until
                                     WHEN %(doubtful)s::boolean AND doubts_in_a_row + 1 >= %(most)s
                                     THEN clock_timestamp() + %(alone)s * interval '1 second' END,
                next_at = greatest(next_at, clock_timestamp() + %(wait)s * interval '1 second')
            WHERE host = %(host)s
            """,
            {
                "doubtful": doubtful,
                "most": LEFT_ALONE_AFTER,
                "alone": LEFT_ALONE_FOR.total_seconds(),
                "wait": (wait or timedelta()).total_seconds(),
                "host": host,
            },
        )
