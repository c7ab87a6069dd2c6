"""The optional writer: a language model behind an OpenAI-compatible address that may say a given text in other words.

There is none unless WRITER_URL names one, and nothing waits for it: whoever asks keeps its own words. Every question counts
towards the budget of the day before it leaves, in one statement, so that no number of processes exceeds it; after failures
the writer is left alone for a while. Nothing of question or answer is logged or kept here.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import F

from matching.addresses import USUAL_PORTS, read_door
from matching.guarded_http import Answer, Doubtful, Limits, NeverLeft, Request, send
from matching.models import WriterDay
from matching.retry_after import read_retry_after

Reason: TypeAlias = Literal[
    "off",
    "spent",
    "resting",
    "unreachable",
    "late",
    "not_allowed",
    "not_there",
    "throttled",
    "redirected",
    "failed",
    "unreadable",
]

MOST_TOKENS = 400
"""Longer than the longest text that is put into other words."""
MOST_BYTES = 256 * 1024
PATIENCE = 3
"""Failures in a row after which the writer is left alone."""
REST, LONGEST_REST = timedelta(minutes=15), timedelta(days=1)
"""How long after that many; each further failure doubles it."""
_REFUSALS: dict[int, Reason] = {401: "not_allowed", 403: "not_allowed", 404: "not_there", 410: "not_there"}
_STOPS = ("off", "spent", "resting")

logger = logging.getLogger(__name__)


class NoAnswer(Exception):
    """Raised where the writer gave nothing that can be read; `reason` says why, and names nothing of the text."""

    def __init__(self, reason: Reason, *, wait: timedelta | None = None) -> None:
        """`wait` is for how long it asked to be left alone."""
        super().__init__(reason)
        self.reason: Reason = reason
        self.wait = wait

    @property
    def stops(self) -> bool:
        """Whether asking again now would come to the same."""
        return self.reason in _STOPS


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: the model's name, and the host with its port where that is unusual."""

    model: str
    host: str

    def __str__(self) -> str:
        """As people are told."""
        return f"{self.model} ({self.host})"


def current_writer() -> Writer | None:
    """Give the writer of this installation, None where there is none."""
    if not settings.WRITER_URL or not settings.WRITER_CALLS_PER_DAY:
        return None
    return Writer(settings.WRITER_MODEL, urlsplit(settings.WRITER_URL).netloc)


def ask_writer(*, task: str, text: str, now: datetime) -> str:
    """Give what the writer makes of a text by a task, unjudged; raises NoAnswer.

    To be called outside a transaction: the question counts from the moment it is about to leave, whatever becomes of it.
    """
    if current_writer() is None:
        raise NoAnswer("off")
    day = WriterDay.objects.filter(day=now.date())
    _claim_question(now)
    try:
        written = _read(_send(task, text), now)
    except NoAnswer as failure:
        _note_failure(failure, now)
        logger.warning("the writer gave no answer: %s", failure.reason)
        raise
    day.filter(failures_in_row__gt=0).update(failures_in_row=0)
    return written


def _claim_question(now: datetime) -> None:
    """Take one question of the day's budget; raises NoAnswer where none is left, or the writer is left alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO writer_days AS d (day, calls)
            SELECT %(day)s, 1 WHERE NOT EXISTS (SELECT 1 FROM writer_days WHERE rests_until > %(now)s)
            ON CONFLICT (day) DO UPDATE SET calls = d.calls + 1 WHERE d.calls < %(most)s
            """,
            {"day": now.date(), "now": now, "most": settings.WRITER_CALLS_PER_DAY},
        )
        if cursor.rowcount:
            return
    raise NoAnswer("resting" if WriterDay.objects.filter(rests_until__gt=now).exists() else "spent")


def _note_failure(failure: NoAnswer, now: datetime) -> None:
    day = WriterDay.objects.filter(day=now.date())
    day.update(failures_in_row=F("failures_in_row") + 1, last_failure=failure.reason)
    in_row = day.values_list("failures_in_row", flat=True).get()
    rest = failure.wait
    if rest is None and failure.reason in ("not_allowed", "not_there"):
        rest = REST * 4  # a setting is wrong: nothing changes before the operator does
    if rest is None and in_row >= PATIENCE:
        rest = REST * 2 ** min(in_row - PATIENCE, 10)
    if rest is not None:
        day.update(rests_until=now + min(rest, LONGEST_REST))


def _send(task: str, text: str) -> Answer:
    content = {
        "model": settings.WRITER_MODEL,
        "messages": [{"role": "system", "content": task}, {"role": "user", "content": text}],
        "temperature": 0.3,
        "max_tokens": MOST_TOKENS,
        "stream": False,
    }
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if settings.WRITER_KEY:
        headers["Authorization"] = f"Bearer {settings.WRITER_KEY}"
    seconds = settings.WRITER_SECONDS
    request = Request(
        "POST", f"{settings.WRITER_URL}/chat/completions", headers, json.dumps(content).encode()
    )
    limits = Limits(connect_seconds=min(5, seconds), total_seconds=seconds, body_bytes=MOST_BYTES)
    try:
        return send(request, limits=limits, also_allowed=_own_door())
    except NeverLeft as never:
        raise NoAnswer("late" if never.reason in ("connect_timeout", "too_late") else "unreachable") from None
    except Doubtful as doubtful:
        is_late = doubtful.reason in ("read_timeout", "total_timeout")
        raise NoAnswer("late" if is_late else "failed") from None


def _own_door() -> frozenset[str]:
    """Give host and port of the writer: whoever runs this copy has named it, inside their own network or not."""
    parts = urlsplit(settings.WRITER_URL)
    has_port = parts.port is not None
    return frozenset(
        (read_door(parts.netloc if has_port else f"{parts.netloc}:{USUAL_PORTS[parts.scheme]}"),)
    )


def _read(answer: Answer, now: datetime) -> str:
    """Give the text of a completion; raises NoAnswer for anything else."""
    if answer.status != 200:
        raise _refusal_of(answer, now)
    if answer.truncated:
        raise NoAnswer("unreadable")
    try:
        choice = json.loads(answer.body)["choices"][0]
        written, ended = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NoAnswer("unreadable") from None
    if not isinstance(written, str) or ended == "length":
        raise NoAnswer("unreadable")
    return written


def _refusal_of(answer: Answer, now: datetime) -> NoAnswer:
    if answer.status in (429, 503):
        asked = read_retry_after(answer.headers, at=now)
        if asked is not None:
            return NoAnswer(
                "throttled", wait=timedelta(seconds=min(max(asked, 1), LONGEST_REST.total_seconds()))
            )
        return NoAnswer("throttled", wait=REST if answer.status == 429 else None)
    return NoAnswer("redirected" if answer.status // 100 == 3 else _REFUSALS.get(answer.status, "failed"))
