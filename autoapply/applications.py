"""Every step of an application that a person takes, and the one function through which all steps go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from autoapply.candidates import mail_works, usable_keys
from autoapply.destination import choose_channel, read_destination
from autoapply.models import Application, Fence, Kit, Log, Rule, Standing
from autoapply.models.clock import clock
from autoapply.policy import Verdict
from autoapply.sent_marks import marked
from autoapply.slots import move_to_week, take_turns
from autoapply.states import BEFORE_SENDING, FREE, STEPS
from matching.models import Job
from personas.models import Persona, User
from personas.services import Gone, Refused, Taken

CONFIRM_WITHIN = timedelta(days=7)
"""How long a kit that was handed over waits for "I sent it" (product.md A6)."""
BY_PERSON = ("handoff", "record")
"""Channels on which nothing leaves the house: the person sends it, and says so."""
LEFT_IN_DOUBT: dict[str, Any] = {"sent_at": F("unknown_at"), "sent_sha256": F("approved_sha256")}
"""What is known of a doubt that turns out to have arrived: it left when the doubt began, as it was approved."""


class Moved(Refused):
    """Raised when an application is no longer where it was: somebody else, or the machine, took a step meanwhile."""


class AppliedBefore(Taken):
    """Raised for a second application to one opening; `application` is the first."""

    def __init__(self, application: Application) -> None:
        super().__init__(
            {"job": [_("You have an application to this opening already. There is one for each, for ever.")]}
        )
        self.application = application


class NothingToApplyTo(Refused):
    """Raised where an application would have nowhere to go: the job is closed, or names no address."""


def move(
    application: Application, to: str, *, by: str, because: str, came_from: str | None = None, **values: Any
) -> None:
    """Take one step and record who took it and why; raise Moved where the application is elsewhere by now.

    Leases and slots go with the states that have none; `values` are further columns to write with the step.
    """
    before = came_from or application.status
    if to not in STEPS[before]:
        raise moved()
    values.setdefault("lease_until", None)
    values.setdefault("waits_for", "")
    if to in FREE:
        values |= {"week_start": None, "rule_slot": None, "user_slot": None}
    if to == Application.Status.SUBMITTED and not application.stage:
        values |= {"stage": Application.Stage.APPLIED, "stage_at": clock()}
    values |= {"status": to, "moved_by": by, "moved_because": because, "moved_at": clock()}
    rows = Application.objects.filter(pk=application.pk, status=before)
    if not rows.update(**values):
        raise moved()
    application.status = to


def end_by(application: Application, refusal: Verdict) -> str:
    """Cancel what a gate will not let through any more; give the state it came to."""
    move(
        application, "cancelled", by=Application.Actor.MACHINE, because=f"{refusal.gate}:{refusal.code}"[:100]
    )
    return application.status


def approve(*, application: Application, seen_sha256: str) -> None:
    """Approve exactly what was looked at: from now on it is held, then sent; raise Moved, Gone or Refused."""
    with transaction.atomic():
        _take(application)
        _expect(application, Application.Status.REVIEW)
        kit = Kit.objects.filter(application=application).first()
        if application.channel in BY_PERSON:
            raise Refused(
                {"status": [_("This one is sent by you: open its address, and say here when you have.")]}
            )
        if kit is None or not kit.request_sha256 or kit.request_sha256 != seen_sha256:
            raise Refused(
                {"status": [_("What would be sent has changed since you looked. Look at it again.")]}
            )
        hold(application, by=Application.Actor.PERSON, because="approved", sha256=kit.request_sha256)


def approval_stands(application: Application) -> bool:
    """Tell whether whoever approved it may still: a rule that leaves the last word to its person again may not."""
    rule = application.rule
    by_rule = application.approved_by == Application.Actor.RULE
    return not by_rule or (rule is not None and rule.mode == Rule.Mode.AUTOMATIC)


def hold(
    application: Application,
    *,
    by: str,
    because: str,
    sha256: str,
    at_once: bool = False,
    approved_by: str = "",
) -> None:
    """Let an application in review go, after the person's hold; within the caller's transaction.

    `approved_by` is who approved it, where that was somebody else before.
    """
    minutes = 0 if at_once else Standing.objects.get(user_id=application.user_id).hold_minutes
    until = Now() + timedelta(minutes=minutes)
    move(
        application,
        "held",
        by=by,
        because=because,
        approved_at=Now(),
        approved_by=approved_by or by,
        approved_sha256=sha256,
        hold_until=until,
        next_at=until,
    )


def cancel(*, application: Application) -> None:
    """Cancel before anything has left: exact, and for ever as far as rules go; raise Moved or Gone."""
    with transaction.atomic():
        _take(application)
        move(application, "cancelled", by=Application.Actor.PERSON, because="cancelled")


def withdraw(*, application: Application, by: str = Application.Actor.PERSON) -> None:
    """Note that a sent application is withdrawn; raise Moved or Gone. No board offers a call for it: the person tells the employer."""
    with transaction.atomic():
        _take(application)
        move(
            application,
            "withdrawn",
            by=by,
            because="withdrawn",
            stage=Application.Stage.WITHDRAWN,
            stage_at=clock(),
        )


def withdraw_log(*, log: Log, by: str = Application.Actor.PERSON) -> None:
    """Withdraw by the log: the application it belongs to, or the entry alone where another tool wrote it; raise Moved."""
    if log.application_id is not None:
        withdraw(application=Application.objects.get(pk=log.application_id), by=by)
    elif not Log.objects.filter(pk=log.pk, status=Log.Status.SUBMITTED).update(
        status=Log.Status.WITHDRAWN, withdrawn_at=Now()
    ):
        raise Moved({"status": [_("Only what was sent can be withdrawn.")]})


def confirm_sent(*, application: Application) -> None:
    """Note that the person sent a kit that was handed over; raise Moved or Gone.

    Its place is one of this week, in which it left; where none is free it keeps that of an earlier one, since what a person
    has sent is a fact.
    """
    person = Application.Actor.PERSON
    with transaction.atomic():
        if application.origin == Application.Origin.RULE:
            take_turns(user_id=application.user_id, rule_id=application.rule_id)
        _take(application)
        _expect(application, Application.Status.REVIEW)
        if application.channel not in BY_PERSON:
            raise Refused({"status": [_("This one is sent by Relevnt, which notes it itself.")]})
        move_to_week(application=application, at=timezone.now())
        hold(application, by=person, because="sent_by_person", sha256="", at_once=True)
        move(application, "submitting", by=person, because="sent_by_person", lease_until=Now())
        move(
            application,
            "submitted",
            by=person,
            because="sent_by_person",
            sent_at=Now(),
            resolved_by=person,
            resolved_at=clock(),
            submission_url=application.job_url,
        )


def resolve_doubt(*, application: Application, arrived: bool, send_again: bool = False) -> None:
    """End a doubt by the person's word: it arrived, or it did not, and then whether it is sent again; raise Moved or Gone."""
    to = "submitted" if arrived else "queued" if send_again else "failed"
    because = {"submitted": "arrived", "queued": "send_again", "failed": "not_arrived"}[to]
    person = Application.Actor.PERSON
    with transaction.atomic():
        _take(application)
        # While its sender is at it nobody else can say what became of it.
        _expect(application, Application.Status.UNKNOWN)
        left: dict[str, Any] = LEFT_IN_DOUBT if arrived else {}
        move(
            application,
            to,
            by=person,
            because=because,
            resolved_by=person,
            resolved_at=clock(),
            next_at=Now(),
            **left,
        )


def prepare_again(*, application: Application) -> None:
    """Let the machine try a parked application again, now that what was missing may be there; raise Moved or Gone."""
    with transaction.atomic():
        _take(application)
        if application.status != Application.Status.PARKED:
            raise Moved({"status": [_("This application does not wait for an answer any more.")]})
        Application.objects.filter(pk=application.pk).update(waits_for="", missing=[], next_at=Now())


def look_again(*, application: Application) -> None:
    """Build what would be sent anew, from today's facts; what was approved no longer counts. Raise Moved or Gone."""
    with transaction.atomic():
        _take(application)
        move(
            application,
            "preparing",
            by=Application.Actor.PERSON,
            because="look_again",
            lease_until=Now(),
            approved_sha256="",
        )


def stand_behind(*, application: Application) -> None:
    """Say, after a restore, that this application had not gone out before and may go on; raise Moved or Gone."""
    with transaction.atomic():
        _take(application)
        _expect(application, *BEFORE_SENDING)
        goes_on: dict[str, Any] = {}
        if application.status == Application.Status.HELD:
            # What waited for this word is looked at now; a hold that is not over stays one.
            goes_on = {"next_at": Greatest(Now(), F("hold_until")), "waits_for": ""}
        epoch = Fence.objects.values_list("epoch", flat=True).get(pk=1)
        Application.objects.filter(pk=application.pk).update(fence_epoch=epoch, **goes_on)


def apply_by_hand(*, user: User, job: Job, persona: Persona | None) -> Application:
    """Begin an application that the person wants without a rule: it is prepared, then looked at; raise AppliedBefore, or
    NothingToApplyTo where there is nowhere to send it."""
    destination = read_destination(apply_url=job.apply_url, url=job.url, job_id=str(job.pk))
    with transaction.atomic():
        Standing.objects.bulk_create([Standing(user=user)], ignore_conflicts=True)
        Standing.objects.select_for_update(no_key=True).get(user=user)
        same = Application.objects.owned_by(user).filter(Q(job=job) | Q(apply_key=destination.apply_key))
        first = same.first()
        if first is not None:
            raise AppliedBefore(first)
        if marked(user.email, [destination.apply_key]):
            sentence = _(
                "You applied there from an account with this address that was deleted. Nobody is applied to twice."
            )
            raise NothingToApplyTo({"job": [sentence]})
        if not Job.objects.open().filter(pk=job.pk).exists():
            raise NothingToApplyTo({"job": [_("This job is closed: it takes no applications any more.")]})
        choice = choose_channel(destination, keys=usable_keys(), mail=mail_works())
        if choice.channel == Application.Channel.RECORD:
            sentence = _(
                "The posting names no address to apply at. Find out how it is done, then note here that you applied."
            )
            raise NothingToApplyTo({"job": [sentence]})
        application = Application(
            pk=uuid4(),
            user=user,
            job=job,
            persona=persona,
            origin=Application.Origin.PERSON,
            apply_key=destination.apply_key,
            job_title=job.title,
            company=job.company,
            company_key=job.company_key,
            job_url=job.apply_url or job.url,
            channel=choice.channel,
            channel_because=choice.because,
            host=destination.host,
            fence_epoch=Fence.objects.values_list("epoch", flat=True).get(pk=1),
            moved_by=Application.Actor.PERSON,
            moved_because="wanted",
        )
        # ON CONFLICT DO NOTHING: whoever was first stays.
        Application.objects.bulk_create([application], ignore_conflicts=True)
        made: Application | None = Application.objects.filter(pk=application.pk).first()
        if made is None:
            raise AppliedBefore(same[0])
    return made


def may_be_cancelled(application: Application) -> bool:
    """Tell whether cancelling is still exact."""
    return application.status in BEFORE_SENDING


def moved() -> Moved:
    """What is told to whoever comes too late."""
    return Moved({"status": [_("This cannot be done any more: the application has gone on meanwhile.")]})


def _expect(application: Application, *states: str) -> None:
    if application.status not in states:
        raise moved()


_READ_ANEW = (
    "status",
    "channel",
    "stage",
    "job_url",
    "fence_epoch",
    "rule_id",
    "week_start",
    "rule_slot",
    "user_slot",
)


def _take(application: Application) -> None:
    """Lock the application and read where it stands; raise Gone where it is not there."""
    row = Application.objects.select_for_update(no_key=True, of=("self",)).filter(pk=application.pk).first()
    if row is None:
        raise Gone({"application": [_("This application is not there any more.")]})
    for field in _READ_ANEW:
        setattr(application, field, getattr(row, field))
