"""The one moment at which something leaves: whatever happens then has an outcome."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from django.conf import settings

from autoapply.channels.protocol import Channel, MailMessage, Outgoing
from autoapply.channels.smtp import send_mail
from autoapply.outcomes import Outcome
from matching import guarded_http
from matching.guarded_http import Doubtful, Limits, NeverLeft, Request

logger = logging.getLogger(__name__)

SEND_LIMITS = Limits(
    connect_seconds=min(5.0, settings.AUTO_APPLY_SEND_SECONDS),
    total_seconds=settings.AUTO_APPLY_SEND_SECONDS,
    body_bytes=256 * 1024,
)
"""Of safety.md 1.3; a receipt is some hundred bytes."""


def send(
    outgoing: Outgoing,
    channel: Channel,
    *,
    may_leave: Callable[[], bool] | None = None,
    limits: Limits = SEND_LIMITS,
) -> Outcome:
    """Send once and tell what became of it; never raises for anything the network or the receiver does.

    `may_leave` is asked directly before the first byte of the application; what it raises goes through, and nothing has left
    then.
    """
    asking = _Asking(may_leave)
    request = outgoing.request
    try:
        if isinstance(request, Request):
            return _send_request(request, channel, asking, keyed=outgoing.keyed, limits=limits)
        if isinstance(request, MailMessage):
            return send_mail(request, may_leave=asking, limits=limits)
    except Exception as error:
        if error is asking.raised:
            raise
        # Nobody foresaw it: whether it left is told by whether it was let go.
        logger.exception("An application by %s ended unforeseen", outgoing.channel)
        return Outcome("doubtful" if asking.let_go else "never_left", "unexpected")
    return Outcome("never_left", "cannot_send")


class _Asking:
    """The question before the first byte, with what came of it."""

    def __init__(self, may_leave: Callable[[], bool] | None) -> None:
        self._may_leave = may_leave
        self.let_go = False
        self.raised: BaseException | None = None

    def __call__(self) -> bool:
        try:
            self.let_go = self._may_leave is None or self._may_leave()
        except BaseException as raised:
            self.raised = raised
            raise
        return self.let_go


def _send_request(
    request: Request, channel: Channel, asking: _Asking, *, keyed: bool, limits: Limits
) -> Outcome:
    try:
        answer = guarded_http.send(request, limits=limits, may_leave=asking)
    except NeverLeft as failure:
        return Outcome("never_left", failure.reason)
    except Doubtful as failure:
        return Outcome("doubtful", failure.reason, failure.status)
    outcome = channel.classify(answer, keyed=keyed, at=datetime.now(UTC))
    return replace(outcome, answer_sha256=hashlib.sha256(answer.body).hexdigest())
