"""Every behaviour of an employer so many times through the real way of a sending: is each outcome called what it is?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from autoapply.models import ReceiverHost, Standing
from personas.identity import acting_as
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import (
    Applicant,
    change,
    make_applicant,
    open_job,
    prepare,
    queue,
    read,
    submit,
)
from tests.employers.record import Record
from tests.roles import as_role


@dataclass(frozen=True, slots=True)
class Case:
    """A behaviour, told to the employer by the posting's name, with the states and reasons that are right for it.

    arrived: whether the employer has it; None where that is the employer's own affair (it says that it had it before).
    """

    name: str
    posting: str
    status: str
    because: tuple[str, ...]
    arrived: bool | None


CASES = (
    Case("ok", "ok--{n}", "submitted", ("accepted:taken",), True),
    Case("slow", "slow-1--{n}", "submitted", ("accepted:taken",), True),
    Case("refused", "refused-{refusal}--{n}", "failed", ("refused:",), False),
    Case("5xx before it was taken", "error_before-500--{n}", "unknown", ("doubtful:server_error",), False),
    Case("5xx after it was taken", "error_after-502--{n}", "unknown", ("doubtful:server_error",), True),
    Case("429 with a time", "throttled-2--{n}", "queued", ("try_later:throttled",), False),
    Case("503 with a time", "unavailable-2--{n}", "queued", ("try_later:unavailable",), False),
    Case("408", "request_timeout--{n}", "unknown", ("doubtful:request_timeout",), False),
    Case("hangs up before", "drop_before--{n}", "unknown", ("doubtful:",), False),
    Case("hangs up after", "drop_after--{n}", "unknown", ("doubtful:reset", "doubtful:closed"), True),
    Case("says nothing", "stall_after--{n}", "unknown", ("doubtful:read_timeout",), True),
    Case("200 with a page of error", "error_page--{n}", "unknown", ("doubtful:error_page",), False),
    Case("had it before", "duplicate--{n}", "submitted", ("accepted:already",), None),
    Case("sends elsewhere", "redirect-302--{n}", "failed", ("refused:moved",), False),
    Case("an answer without end", "endless_body--{n}", "unknown", ("doubtful:",), True),
    Case("nobody's certificate", "ok--tls-{n}", "queued", ("never_left:tls",), False),
    Case("nobody listens", "ok--closed-{n}", "queued", ("never_left:connect_refused",), False),
)
REFUSALS = (400, 401, 403, 404, 410, 413, 415, 422)
AT_MOST_OF_A_RULE = 40


@dataclass(slots=True)
class Classified:
    """How many were sent, and every one that was called something else."""

    sent: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    doubled: int = 0


def run(record: Record, *, times: int, roots: Mapping[str, str]) -> Classified:
    """Send so many of each; `roots` are Recruitee's at the usual address, at one without a certificate and at a closed one."""
    told = Classified()
    people = _People()
    usual = settings.RECEIVER_ROOTS
    for case in CASES:
        address = "tls" if "tls" in case.posting else "closed" if "closed" in case.posting else "usual"
        for number in range(times):
            posting = case.posting.format(n=number, refusal=REFUSALS[number % len(REFUSALS)])
            application = prepare(queue(people.next(), open_job(posting=posting)))
            settings.RECEIVER_ROOTS = {**usual, "recruitee": roots[address]}
            try:
                # The form was read at the usual address; what would be sent there is written for this one now.
                if address != "usual":
                    application = _prepare_for(application)
                submit(application)
            finally:
                settings.RECEIVER_ROOTS = usual
            _judge(case, application, record, told)
    return told


def _prepare_for(application: Any) -> Any:
    """Approve what is written for another address, without reading a form there that cannot be read."""
    from autoapply.preparing import write_outgoing

    with as_role(WORKER_ROLE), acting_as(application.user_id):
        sha256 = write_outgoing(application=application).sha256
    return change(application, approved_sha256=sha256)


def _judge(case: Case, application: Any, record: Record, told: Classified) -> None:
    told.sent[case.name] += 1
    now = read(application)
    arrived = len(record.entries("arrival", key=str(application.key)))
    right = now.status == case.status and any(now.moved_because.startswith(each) for each in case.because)
    if case.arrived is not None:
        right = right and bool(arrived) == case.arrived
    if now.status == "queued":
        # Obeyed: not before the time that was named, or that a failure costs.
        right = right and now.next_at >= now.moved_at + timedelta(seconds=0.9)
    if not right:
        told.wrong.append(f"{case.name}: {now.status} because {now.moved_because}, arrived {arrived} times")
    told.doubled += arrived > 1
    with as_role(WORKER_ROLE):
        ReceiverHost.objects.update(
            next_at=Now() - timedelta(seconds=1), stopped_until=None, doubts_in_a_row=0
        )


class _People:
    """Somebody whose rule may send one more."""

    def __init__(self) -> None:
        self._left = 0
        self._person: Applicant | None = None

    def next(self) -> Applicant:
        if not self._left:
            self._person = make_applicant(max_applications_per_week=AT_MOST_OF_A_RULE)
            with acting_as(self._person.user.pk):
                Standing.objects.filter(user=self._person.user).update(weekly_ceiling=AT_MOST_OF_A_RULE)
            self._left = AT_MOST_OF_A_RULE
        self._left -= 1
        assert self._person is not None
        return self._person
