"""What waits for a person's own word: doubts, answers, approvals, kits to send, and what a restore called into question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autoapply.applications import BY_PERSON
from autoapply.models import Application, Fence
from autoapply.states import BEFORE_SENDING
from personas.models import User

SHOWN = 20
"""Applications that are listed at once; the others come up as these are done."""

KINDS: Mapping[str, Any] = {
    "doubt": _("In doubt: say whether they arrived"),
    "restored": _("From before a restore: say whether they had gone out"),
    "answer": _("Something is missing that only you can say"),
    "approve": _("Ready for your approval"),
    "send": _("Ready for you to send"),
}
"""What a person is asked, the most pressing first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Applications that wait for the same word; `more` is how many are not listed."""

    kind: str
    words: str
    applications: Sequence[Application]
    more: int


def read_waiting(user: User) -> list[Waiting]:
    """Everything that waits for somebody, by what they are asked; two queries."""
    epoch = Fence.objects.filter(pk=1).values_list("epoch", flat=True).first() or 0
    asks = (
        Q(status__in=["unknown", "review"])
        | (Q(status="parked") & ~Q(missing=[]))
        | Q(status__in=BEFORE_SENDING, fence_epoch__lt=epoch)
    )
    rows = Application.objects.owned_by(user).filter(asks).select_related("rule").order_by("moved_at", "pk")
    by_kind: dict[str, list[Application]] = {kind: [] for kind in KINDS}
    for application in rows:
        by_kind[_kind_of(application, epoch)].append(application)
    return [
        Waiting(kind, str(words), by_kind[kind][:SHOWN], max(0, len(by_kind[kind]) - SHOWN))
        for kind, words in KINDS.items()
        if by_kind[kind]
    ]


def _kind_of(application: Application, epoch: int) -> str:
    if application.status == Application.Status.UNKNOWN:
        return "doubt"
    if application.fence_epoch < epoch:
        return "restored"
    if application.status == Application.Status.PARKED:
        return "answer"
    return "send" if application.channel in BY_PERSON else "approve"
