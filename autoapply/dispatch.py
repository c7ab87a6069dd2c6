"""How an application leaves the house: claimed, sent while nothing about it can change, and its outcome kept.

At most once. The claim is committed before a connection is opened; whatever happens afterwards without an answer is a
doubt, which only the receiver or a person ends. While bytes leave, the person's limits and the rule are locked against
change: whoever switches a rule off waits for the sending under way, and nothing is sent after the switch is saved.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone, translation

from autoapply import backoff, channels, employer_keys, hosts, journal, slots
from autoapply.applications import approval_stands, end_by, move
from autoapply.channel_words import outcome_words
from autoapply.channels import CHANNELS
from autoapply.channels.protocol import Outgoing, PostingGone, Unsendable
from autoapply.channels.sending import SEND_LIMITS
from autoapply.judging import judge_application, lasting_refusal
from autoapply.models import Application, Fence, Standing
from autoapply.models.clock import clock
from autoapply.outcomes import Outcome
from autoapply.policy import Verdict
from autoapply.preparing import destination_of, write_outgoing
from autoapply.routing import route_of
from autoapply.weeks import begins_at, local_day, zone_of
from personas.identity import acting_as

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=settings.AUTO_APPLY_LEASE_SECONDS)
"""How long one worker has an application; longer than everything it may do with it (safety.md 1.3)."""
RECORD_FOR = 30.0
"""Seconds for which an outcome in hand is written again and again while the database is away."""
LOOK_AGAIN = timedelta(minutes=10)
"""When an application that waits for a gate is looked at again."""
IDLE_LIMIT_MS = 45_000
"""After this long without a statement PostgreSQL ends the sending transaction: a stopped worker keeps no lock."""

MACHINE = Application.Actor.MACHINE
RECEIVER = Application.Actor.RECEIVER
HELD_BACK = Outcome("never_left", "held_back")
"""A gate closed between claim and first byte."""
CHANGED = Outcome("never_left", "changed")
"""What would be sent is no longer, byte for byte, what was approved."""
LET_GO = Outcome("doubtful", "unexpected")
"""Bytes may be on their way, and nobody has said yet what became of them."""
FORGOTTEN = "forgotten"
"""Why an application is in doubt that the journal saw leave under a row that a restored database does not have."""
OUR_OWN_REASONS = frozenset({"held_back", "changed", "too_late"})
"""Why nothing left that are no failure of the receiver: they use up no try."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An application that this worker alone may send now; `began` is on the clock that also counts a machine's sleep."""

    application: Application
    began: float
    day: date
    """The person's local date before the gates were asked: what leaves on another one was not asked about."""
    number: int
    """Of this sending, in the count that is committed before anything leaves: no crash makes the database forget it."""


@dataclass(slots=True)
class Sending:
    """What is known of one sending while it is under way, kept outside the transaction that may be lost."""

    public_url: str = ""
    outcome: Outcome = HELD_BACK
    seconds: float = 0.0


def submit(*, user_id: UUID, application_id: UUID, worker: str) -> Outcome | None:
    """Send one application if every gate lets it through at this moment; give its outcome, None where it was not its turn."""
    began, begun_at = time.clock_gettime(time.CLOCK_BOOTTIME), timezone.now()
    try:
        with acting_as(user_id):
            application = _claim(application_id, worker)
            number = _count_sending() if application else 0
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        _look_later(user_id, application_id)
        raise
    if application is None:
        return None
    today = local_day(begun_at, zone_of(application.user.time_zone))
    claim, sending = Claim(application, began, today, number), Sending()
    try:
        with acting_as(user_id):
            _send(claim, sending)
            _record(application, sending)
    except (DatabaseError, InterfaceError):
        # The database went away while bytes were on their way: what is known of them must not be lost with it.
        _record_until_kept(application, sending)
    return sending.outcome


# --- claiming --------------------------------------------------------------------------------------------------------


def _claim(application_id: UUID, worker: str) -> Application | None:
    """Take an application to send it, to be committed before anything leaves; None where it has to wait or to end."""
    due = Application.objects.filter(pk=application_id, status="held", next_at__lte=Now())
    application = _with_all(due).first()
    if application is None or not _take_locks(application) or not due.exists():
        return None
    now = timezone.now()
    if not (_is_let_through(application, now) and _goes_as_approved(application)):
        return None
    if _has_left_before(application):
        return None
    if not (_has_a_place(application, now) and _has_its_turn(application)):
        return None
    move(
        application,
        "submitting",
        by=MACHINE,
        because="due",
        lease_until=Now() + LEASE,
        worker=worker,
        attempt=F("attempt") + 1,
    )
    application.refresh_from_db(fields=["attempt"])
    return application


def _look_later(user_id: UUID, application_id: UUID) -> None:
    """Let an application that cannot even be judged come again later: the person's others are not to wait behind it."""
    with acting_as(user_id):
        Application.objects.filter(pk=application_id, status="held").update(next_at=Now() + LOOK_AGAIN)


def _count_sending() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('auto_apply_sends')")
        (number,) = cursor.fetchone()
    return int(number)


def _is_let_through(application: Application, now: datetime) -> bool:
    """Ask every gate again; what will not let it through any more ends it, for the others it waits."""
    verdicts = judge_application(application, at=now, sending=True)
    refusal = lasting_refusal(verdicts)
    if refusal is not None:
        end_by(application, refusal)
    elif verdicts.first_failed is not None:
        _wait(application, verdicts.first_failed, now)
    return verdicts.passed


def _goes_as_approved(application: Application) -> bool:
    """Tell whether it still goes the way that was approved; a key may have come or been refused since."""
    try:
        route = route_of(application)
    except PostingGone:
        move(application, "cancelled", by=MACHINE, because="posting_gone")
        return False
    if route.channel != application.channel:
        move(application, "preparing", by=MACHINE, because="channel", lease_until=Now(), approved_sha256="")
        return False
    if not approval_stands(application):
        move(application, "preparing", by=MACHINE, because="review", lease_until=Now())
        return False
    return True


def _has_left_before(application: Application) -> bool:
    """Tell whether the journal saw another row of this opening leave, which a restored database has forgotten: a doubt then."""
    if application.resolved_by == Application.Actor.PERSON or not Fence.objects.filter(epoch__gt=0).exists():
        return False
    mark = journal.mark_of(application.user_id, application.apply_key)
    if not journal.has_left(mark, but_not=application.key):
        return False
    move(application, "submitting", by=MACHINE, because="due", lease_until=Now())
    since: dict[str, Any] = {"unknown_at": Now(), "unknown_because": FORGOTTEN}
    move(application, "unknown", by=MACHINE, because=FORGOTTEN, **since)
    return True


def _has_a_place(application: Application, now: datetime) -> bool:
    """Keep its place in the week, or move it to one of the week that has begun; without one it waits."""
    turn = slots.move_to_week(application=application, at=now)
    if not turn.may_go:
        next_week = begins_at(turn.week_start, zone_of(application.user.time_zone))
        # A place may come free before that.
        _wait_for(application, "next_week", min(next_week, now + timedelta(hours=1)))
    return turn.may_go


def _has_its_turn(application: Application) -> bool:
    interval = CHANNELS[application.channel].capabilities.interval
    again_at = hosts.take_turn(application.host, interval=interval, busy_for=LEASE)
    if again_at is not None:
        _wait_for(application, "receiver", again_at)
    return again_at is None


def _with_all(rows: QuerySet[Application]) -> QuerySet[Application]:
    return rows.select_related("job", "job__source", "rule", "persona", "persona__resume", "user")


def _take_locks(application: Application) -> bool:
    """Lock the person's limits, then the application; False where somebody else has either, who comes first."""
    limits = Standing.objects.select_for_update(no_key=True, skip_locked=True)
    if not limits.filter(user_id=application.user_id).exists():
        return False
    rows = Application.objects.select_for_update(no_key=True, skip_locked=True)
    return bool(rows.filter(pk=application.pk).exists())


def _wait(application: Application, verdict: Verdict, now: datetime) -> None:
    until = now + LOOK_AGAIN
    if verdict.gate == "day":
        zone = zone_of(application.user.time_zone)
        until = begins_at(local_day(now, zone) + timedelta(days=1), zone)
    _wait_for(application, verdict.gate, until)


def _wait_for(application: Application, what: str, until: datetime) -> None:
    Application.objects.filter(pk=application.pk).update(waits_for=what, next_at=until)


# --- sending ---------------------------------------------------------------------------------------------------------


def _send(claim: Claim, sending: Sending) -> None:
    """Send within the transaction that holds the person's wishes still; `sending` keeps what is known of it."""
    application = claim.application
    _hold_wishes(application)
    fresh = _with_all(Application.objects.filter(pk=application.pk)).first()
    # Gone with its owner's account, where there is none.
    if fresh is None or not judge_application(fresh, at=timezone.now(), sending=True).passed:
        return
    if not approval_stands(fresh):
        return
    outgoing = _what_was_approved(fresh)
    if isinstance(outgoing, Outcome):
        sending.outcome = outgoing
        return
    sending.public_url = outgoing.public_url
    # Should anything end this process's work from here on without an outcome, the lease makes it a doubt.
    began = time.monotonic()
    sending.outcome = channels.send(outgoing, may_leave=_fence_of(claim, sending), limits=SEND_LIMITS)
    sending.seconds = time.monotonic() - began


def _hold_wishes(application: Application) -> None:
    """Keep what the person lets the machine do from changing before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [str(IDLE_LIMIT_MS)]
        )
        cursor.execute(
            "SELECT 1 FROM auto_apply_standings WHERE user_id = %s FOR SHARE", [application.user_id]
        )
        cursor.execute("SELECT 1 FROM auto_apply_rules WHERE id = %s FOR SHARE", [application.rule_id])


def _what_was_approved(application: Application) -> Outgoing | Outcome:
    """What leaves, byte for byte as it was approved; else why it does not."""
    try:
        outgoing = write_outgoing(application=application)
    except employer_keys.KeyUnreadable:
        return Outcome("refused", "key_unreadable")
    except (Unsendable, PostingGone):
        return CHANGED
    if CHANNELS[application.channel].capabilities.needs_key and not outgoing.keyed:
        # Refused or taken away since the claim: without it nobody's data goes there.
        return CHANGED
    return outgoing if outgoing.sha256 == application.approved_sha256 else CHANGED


def _fence_of(claim: Claim, sending: Sending) -> Callable[[], bool]:
    """Tell, directly before the first byte, whether it may still leave; then it is written down that it does."""

    def may_leave() -> bool:
        waited = time.clock_gettime(time.CLOCK_BOOTTIME) - claim.began
        if waited > LEASE.total_seconds() - SEND_LIMITS.total_seconds:
            return False
        application = claim.application
        # The locks live as long as this session does, and it answers: they hold.
        if not _is_still_its_day(application, claim.day):
            return False
        try:
            mark = journal.mark_of(application.user_id, application.apply_key)
            journal.write_entry(journal.Entry(claim.number, application.key, application.attempt, mark))
        except OSError as error:
            logger.critical("The journal of sendings cannot be written (%s): nothing is sent", error.strerror)
            return False
        # From here on nothing but an outcome says that it did not leave.
        sending.outcome = LET_GO
        return True

    return may_leave


def _is_still_its_day(application: Application, day: date) -> bool:
    """Tell whether neither the person's day nor their week has turned since the gates were asked and the place was kept."""
    now = timezone.now()
    week = slots.current_week(user=application.user, at=now)
    same_week = application.week_start in (None, week.start)
    return same_week and local_day(now, zone_of(application.user.time_zone)) == day


# --- keeping the outcome ---------------------------------------------------------------------------------------------


def _record(application: Application, sending: Sending) -> None:
    """Keep the outcome of this attempt; a worker that comes late can only turn its own doubt into a fact."""
    rows = Application.objects.select_for_update(no_key=True, of=("self",)).select_related("user", "job")
    row = rows.filter(
        pk=application.pk, attempt=application.attempt, status__in=["submitting", "unknown"]
    ).first()
    if row is None:
        return
    outcome = sending.outcome
    wait = timedelta(seconds=outcome.retry_after_seconds or 0)
    # What never left says nothing of whether applications arrive there.
    doubtful = None if outcome.kind == "never_left" else outcome.kind == "doubtful"
    hosts.give_turn_back(row.host, doubtful=doubtful, wait=wait)
    because = f"{outcome.kind}:{outcome.code}"
    late = row.status == Application.Status.UNKNOWN
    proved: dict[str, Any] = {"resolved_by": RECEIVER, "resolved_at": clock()} if late else {}
    if outcome.kind == "accepted":
        sent: dict[str, Any] = {"sent_at": Now(), "sent_sha256": row.approved_sha256}
        move(row, "submitted", by=RECEIVER, because=because, **sent, **_evidence(sending), **proved)
    elif outcome.kind == "refused":
        if outcome.code == "key_refused":
            employer_keys.note_refusal(channel=row.channel, board=destination_of(row).board)
        move(
            row, "failed", by=RECEIVER, because=because, **_said(row, outcome), **_evidence(sending), **proved
        )
    elif outcome.kind == "try_later":
        move(row, "queued", by=RECEIVER, because=because, next_at=Now() + wait, **proved)
    elif not late:
        _record_without_answer(row, sending, because)


def _record_without_answer(row: Application, sending: Sending, because: str) -> None:
    outcome = sending.outcome
    if outcome.kind == "doubtful":
        since: dict[str, Any] = {"unknown_at": Now(), "unknown_because": outcome.code}
        move(row, "unknown", by=MACHINE, because=because, **since, **_evidence(sending))
        return
    if outcome.code in OUR_OWN_REASONS:
        anew: dict[str, Any] = {"approved_sha256": ""} if outcome == CHANGED else {}
        move(row, "queued", by=MACHINE, because=because, next_at=Now(), **anew)
        return
    failures = row.harmless_failures + 1
    wait = backoff.wait_after(failures, chance=random.random())  # noqa: S311
    if wait is None:
        move(row, "failed", by=MACHINE, because=because, harmless_failures=failures, **_said(row, outcome))
    else:
        move(row, "queued", by=MACHINE, because=because, harmless_failures=failures, next_at=Now() + wait)


def _evidence(sending: Sending) -> dict[str, Any]:
    """What proves it, or tells of it where nothing does; nothing of anybody's."""
    outcome = sending.outcome
    return {
        "response_status": outcome.status,
        "response_ref": outcome.ref,
        "response_sha256": outcome.answer_sha256,
        "submission_url": sending.public_url[:2000],
        "proof": {"kind": outcome.kind, "code": outcome.code, "milliseconds": round(sending.seconds * 1000)},
    }


def _said(row: Application, outcome: Outcome) -> dict[str, Any]:
    with translation.override(row.user.locale):
        return {"error_message": str(outcome_words(outcome))}


def _record_until_kept(application: Application, sending: Sending) -> None:
    """Keep an outcome through a restart of the database; what cannot be kept becomes a doubt when the lease ends."""
    until = time.monotonic() + RECORD_FOR
    while time.monotonic() < until:
        connection.close()
        try:
            with acting_as(application.user_id):
                _record(application, sending)
        except (DatabaseError, InterfaceError):
            time.sleep(0.5)
        else:
            return
    logger.critical("An outcome could not be kept: the database is away. Its application becomes a doubt.")
