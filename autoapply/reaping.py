"""What was left behind is named: leases that ended become doubts, doubts are asked about and told, kits run out.

Everything here finds its own work in the table, may run any number of times at once, and sends no application.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from autoapply import employer_keys
from autoapply.applications import BY_PERSON, CONFIRM_WITHIN, LEFT_IN_DOUBT, end_by, move
from autoapply.channels import CHANNELS
from autoapply.channels.protocol import PostingGone
from autoapply.judging import judge_application, lasting_refusal
from autoapply.models import Application
from autoapply.models.clock import clock
from autoapply.preparing import destination_of
from personas.identity import acting_as

logger = logging.getLogger(__name__)

MACHINE = Application.Actor.MACHINE
RECEIVER = Application.Actor.RECEIVER
QUARANTINE = timedelta(seconds=settings.AUTO_APPLY_QUARANTINE_SECONDS)
"""A doubt is asked about only after this: longer than any lease and time limit, so that no sender is still at it."""
TELL_AFTER = timedelta(hours=24)
JUDGE_EVERY = timedelta(hours=1)
JUDGED_AT_ONCE = 200
"""Waiting applications that one look judges at most, those first that were judged longest ago; the rest is the next one's."""
WAITS_AT_MOST = timedelta(days=7)
"""How long an approved application keeps its place while something is missing that may never come back."""
MAY_NEVER_COME = ("match_fresh", "threshold", "coverage", "has_resume", "resume_reviewed")
"""Gates of that kind; pause, day, fence, receiver and week pass by themselves or by a word."""
MAIL_SECONDS = 15
"""How long our own mail server may take to answer."""


class MailServerAway(Exception):
    """Raised where our own mail server takes no mail at all."""


def name_abandoned() -> int:
    """Make doubts of applications whose sender is gone; give their number."""
    return _for_each(Application.objects.filter(status="submitting", lease_until__lte=Now()), _doubt)


def ask_receivers() -> int:
    """Ask the receivers that can be asked about doubts past their quarantine; give the number of doubts that ended."""
    can_ask = [name for name, channel in CHANNELS.items() if channel.capabilities.can_ask]
    doubts = Application.objects.filter(
        status="unknown", channel__in=can_ask, unknown_at__lte=Now() - QUARANTINE, next_at__lte=Now()
    )
    return _for_each(doubts, _ask)


def tell_doubts() -> int:
    """Write to people whose doubts are a day old, once each; give the number of mails.

    A mail that a server was never there to take is written again at the next look; one that it refused is not.
    """
    old = Application.objects.filter(status="unknown", unknown_at__lte=Now() - TELL_AFTER, told_at=None)
    try:
        return _for_each(old, _write_down_that_it_is_told, then=_tell)
    except MailServerAway as away:
        logger.error("Nobody can be written to about doubts: the mail server is away (%s)", away)  # noqa: TRY400
        return 0


def end_unconfirmed() -> int:
    """Cancel kits that were handed over and never confirmed; give their number."""
    waiting = Application.objects.filter(
        status="review", channel__in=BY_PERSON, moved_at__lte=Now() - CONFIRM_WITHIN
    )
    return _for_each(waiting, _end_unconfirmed)


def end_hopeless() -> int:
    """Cancel what waits for a person though a lasting gate has closed (the job is gone, the employer is blocked …)."""
    waiting = Application.objects.filter(status__in=["parked", "review"], updated_at__lte=Now() - JUDGE_EVERY)
    some = waiting.order_by("updated_at", "pk").values_list("pk", flat=True)[:JUDGED_AT_ONCE]
    return _for_each(Application.objects.filter(pk__in=list(some)), _end_hopeless)


def end_forlorn() -> int:
    """Cancel what was approved and has waited for a week past its hold for something that may never come; give the number.

    It holds a place of the week, so that a rule whose matches went would queue nothing any more.
    """
    waiting = Application.objects.filter(
        status="held", waits_for__in=MAY_NEVER_COME, hold_until__lte=Now() - WAITS_AT_MOST
    )
    return _for_each(waiting, _end_forlorn)


@contextmanager
def going_on(application_id: UUID) -> Iterator[None]:
    """Let the others go on where one application cannot be looked after, whatever the reason; it is logged."""
    try:
        yield
    except (SoftTimeLimitExceeded, OperationalError, InterfaceError, MailServerAway):
        # Nothing of one application: the others would fare alike.
        raise
    except Exception:
        logger.exception("application %s could not be looked after", application_id)


def _for_each(
    rows: QuerySet[Application],
    do: Callable[[UUID], bool],
    *,
    then: Callable[[UUID, UUID], None] | None = None,
) -> int:
    """Do something for each application, acting for its owner in a transaction of its own; `then` after that, in none."""
    done = 0
    for user_id, application_id in rows.order_by("next_at", "pk").values_list("user_id", "pk"):
        with going_on(application_id):
            with acting_as(user_id):
                is_done = do(application_id)
            if is_done and then is not None:
                then(user_id, application_id)
            done += is_done
    return done


def _locked(application_id: UUID, **still: object) -> Application | None:
    """The application, locked, if it is still as it was found and nobody else is at it."""
    rows = Application.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    row: Application | None = (
        rows.select_related("job", "job__source", "rule", "persona", "user")
        .filter(pk=application_id, **still)
        .first()
    )
    return row


def _doubt(application_id: UUID) -> bool:
    row = _locked(application_id, status="submitting", lease_until__lte=Now())
    if row is None:
        return False
    move(row, "unknown", by=MACHINE, because="worker_gone", unknown_at=Now(), unknown_because="worker_gone")
    return True


def _ask(application_id: UUID) -> bool:
    row = _locked(application_id, status="unknown")
    if row is None:
        return False
    arrived = _ask_receiver(row)
    if arrived is None:
        Application.objects.filter(pk=row.pk).update(next_at=Now() + QUARANTINE)
        return False
    left: dict[str, Any] = LEFT_IN_DOUBT if arrived else {}
    move(
        row,
        "submitted" if arrived else "queued",
        by=RECEIVER,
        because="asked_and_there" if arrived else "asked_and_not_there",
        next_at=Now(),
        resolved_by=RECEIVER,
        resolved_at=clock(),
        **left,
    )
    return True


def _ask_receiver(application: Application) -> bool | None:
    """Whether it is there; None where nobody can say, or the way to ask is gone."""
    try:
        destination = destination_of(application)
        key = employer_keys.read_key(channel=application.channel, board=destination.board)
    except (PostingGone, employer_keys.KeyUnreadable):
        return None
    return CHANNELS[application.channel].ask(destination, application.response_ref, key=key)


def _write_down_that_it_is_told(application_id: UUID) -> bool:
    """Kept before the mail leaves: a second mail is worse than none, and the page shows the doubt anyway."""
    row = _locked(application_id, status="unknown", told_at=None)
    if row is None:
        return False
    Application.objects.filter(pk=row.pk).update(told_at=Now())
    return True


def _tell(user_id: UUID, application_id: UUID) -> None:
    with acting_as(user_id):
        row = Application.objects.select_related("user").get(pk=application_id)
    try:
        _mail_about(row).send()
    except smtplib.SMTPResponseException as refusal:
        logger.warning("The mail about application %s was refused (%s)", application_id, refusal.smtp_code)
    except smtplib.SMTPRecipientsRefused:
        logger.warning("The mail about application %s was refused: no such address", application_id)
    except OSError as error:
        # Not told after all, and nobody else can be now.
        with acting_as(user_id):
            Application.objects.filter(pk=application_id, status="unknown").update(told_at=None)
        raise MailServerAway(type(error).__name__) from None


def _mail_about(application: Application) -> EmailMessage:
    with translation.override(application.user.locale):
        page = reverse("autoapply:application", args=[application.pk])
        context = {"application": application, "link": f"{settings.PUBLIC_URL}{page}"}
        text = render_to_string("autoapply/mail/doubt.txt", context)
        subject = _("Please look: did your application to %(company)s arrive?") % {
            "company": " ".join(application.company.split())[:80] or _("an employer")
        }
    connection = get_connection(timeout=MAIL_SECONDS)
    return EmailMessage(subject, text, to=[application.user.email], connection=connection)


def _end_unconfirmed(application_id: UUID) -> bool:
    row = _locked(
        application_id, status="review", channel__in=BY_PERSON, moved_at__lte=Now() - CONFIRM_WITHIN
    )
    if row is None:
        return False
    move(row, "cancelled", by=MACHINE, because="not_confirmed")
    return True


def _end_forlorn(application_id: UUID) -> bool:
    row = _locked(application_id, status="held", waits_for__in=MAY_NEVER_COME)
    if row is None or judge_application(row, at=timezone.now(), sending=True).passed:
        return False
    move(row, "cancelled", by=MACHINE, because=f"{row.waits_for}:waited_too_long")
    return True


def _end_hopeless(application_id: UUID) -> bool:
    row = _locked(application_id, status__in=["parked", "review"])
    if row is None:
        return False
    refusal = lasting_refusal(judge_application(row, at=timezone.now(), sending=False))
    if refusal is not None:
        end_by(row, refusal)
        return True
    Application.objects.filter(pk=row.pk).update(updated_at=Now())
    return False
