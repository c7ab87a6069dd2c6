"""From queued to where somebody, or the hold, has the next word: the machine's half before anything is sent."""

from __future__ import annotations

import logging
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone, translation

from autoapply import backoff, hosts
from autoapply.applications import BY_PERSON, Moved, approval_stands, end_by, hold, move, moved
from autoapply.channel_words import unreadable_words
from autoapply.channels import CHANNELS
from autoapply.channels.protocol import FormUnreadable, PostingGone
from autoapply.judging import judge_application, lasting_refusal
from autoapply.models import Application, Kit, Rule
from autoapply.preparing import build_kit
from autoapply.routing import route_of
from personas.identity import acting_as

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=settings.AUTO_APPLY_LEASE_SECONDS)
"""How long one worker has an application to prepare it; nothing leaves meanwhile, so another may begin anew."""
MACHINE = Application.Actor.MACHINE
RECEIVER = Application.Actor.RECEIVER


def due_to_prepare() -> Q:
    """Applications that wait for nothing but a worker to prepare them."""
    parked_again = Q(status="parked", missing=[], next_at__lte=Now())
    return (
        Q(status="queued", next_at__lte=Now()) | parked_again | Q(status="preparing", lease_until__lte=Now())
    )


def prepare(*, user_id: UUID, application_id: UUID, worker: str) -> str | None:
    """Build what one application carries and let it wait for whom it must; give the state it came to, None where it was not due."""
    with acting_as(user_id):
        application = _take(application_id, worker)
    if application is None:
        return None
    try:
        return _prepare(application)
    except Moved:
        # Its person cancelled it, or a later worker took it over, while its form was read.
        return None


def _prepare(application: Application) -> str:
    user_id = application.user_id
    with acting_as(user_id):
        _expect_it_is_still_here(application)
        if not _is_worth_preparing(application):
            return application.status
        kit = _approved_kit(application)
        reads = kit is None and _reads_a_form(application)
        if reads and not _has_its_turn(application):
            return application.status
    wait = timedelta()
    try:
        with acting_as(user_id):
            return _let_go(application, kit) if kit is not None else _build(application)
    except PostingGone:
        with acting_as(user_id):
            move(application, "cancelled", by=RECEIVER, because="posting_gone", came_from="preparing")
    except FormUnreadable as unreadable:
        wait = timedelta(seconds=unreadable.retry_after or 0)
        with acting_as(user_id):
            _wait_for_form(application, unreadable)
    except (Moved, SoftTimeLimitExceeded, OperationalError, InterfaceError):
        raise
    except Exception:
        # Else it would be begun anew for ever, and its person would read "being prepared" for as long.
        logger.exception("application %s could not be prepared", application.pk)
        with acting_as(user_id):
            _wait_for_form(application, FormUnreadable("unexpected"))
    finally:
        if reads:
            # Whether a form could be read says nothing of whether applications arrive; a wish to wait is for all of them.
            hosts.give_turn_back(application.host, doubtful=None, wait=wait)
    return application.status


def _take(application_id: UUID, worker: str) -> Application | None:
    rows = Application.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    application: Application | None = (
        rows.select_related("job", "job__source", "rule", "persona", "persona__resume", "user")
        .filter(due_to_prepare(), pk=application_id)
        .first()
    )
    if application is None:
        return None
    lease: dict[str, Any] = {"lease_until": Now() + LEASE, "worker": worker}
    application.worker = worker
    if application.status == Application.Status.PREPARING:
        Application.objects.filter(pk=application_id).update(**lease)
    else:
        move(application, "preparing", by=MACHINE, because="due", **lease)
    return application


def _expect_it_is_still_here(application: Application) -> None:
    """Lock it for this transaction; raise Moved where somebody took it away since its lease began."""
    rows = Application.objects.select_for_update(no_key=True).filter(pk=application.pk)
    if not rows.filter(status="preparing", worker=application.worker).exists():
        raise moved()


def _is_worth_preparing(application: Application) -> bool:
    """Judge it again and choose its way; what no gate will let through any more ends here."""
    refusal = lasting_refusal(judge_application(application, at=timezone.now(), sending=False))
    if refusal is not None:
        end_by(application, refusal)
        return False
    try:
        _choose_channel(application)
    except PostingGone:
        move(application, "cancelled", by=MACHINE, because="posting_gone", came_from="preparing")
        return False
    return True


def _approved_kit(application: Application) -> Kit | None:
    """The kit that was approved, byte for byte, and did not leave; None where one has to be built."""
    approved = application.approved_sha256
    kit: Kit | None = (
        Kit.objects.filter(application=application, request_sha256=approved).first() if approved else None
    )
    return kit


def _reads_a_form(application: Application) -> bool:
    can = CHANNELS[application.channel].capabilities
    return can.sends and can.exposes_questions


def _has_its_turn(application: Application) -> bool:
    """Take the receiver's turn to read its form; where somebody else has it, whoever looks after that begins anew."""
    interval = CHANNELS[application.channel].capabilities.interval
    again_at = hosts.take_turn(application.host, interval=interval, busy_for=LEASE)
    if again_at is not None:
        Application.objects.filter(pk=application.pk).update(lease_until=again_at, waits_for="receiver")
    return again_at is None


def _build(application: Application) -> str:
    prepared = build_kit(application=application, at=timezone.now())
    return _park(application, prepared.missing) if prepared.missing else _let_go(application, prepared.kit)


def _choose_channel(application: Application) -> None:
    """Choose the channel anew: a key may have come or been refused since the application was queued."""
    route = route_of(application)
    if (route.channel, route.receiver) != (application.channel, application.host):
        application.channel, application.channel_because = route.channel, route.because
        application.host = route.receiver
        application.save(update_fields=["channel", "channel_because", "host"])


def _park(application: Application, missing: list[dict[str, Any]]) -> str:
    move(
        application,
        "parked",
        by=MACHINE,
        because=f"missing:{missing[0]['code']}"[:100],
        missing=missing,
        waits_for="answer",
    )
    return application.status


def _let_go(application: Application, kit: Kit) -> str:
    """Bring a prepared application to review, and on to its hold where nobody has to look at it first."""
    approved = bool(kit.request_sha256) and kit.request_sha256 == application.approved_sha256
    failures = application.harmless_failures if approved else 0
    move(
        application,
        "review",
        by=MACHINE,
        because="prepared",
        missing=[],
        harmless_failures=failures,
        came_from="preparing",
    )
    if application.channel in BY_PERSON:
        return application.status
    rule = application.rule
    if approved and approval_stands(application):
        # Approved byte for byte, and it did not leave: whoever approved it need not do so twice.
        hold(
            application,
            by=MACHINE,
            because="approved_before",
            sha256=kit.request_sha256,
            at_once=True,
            approved_by=application.approved_by,
        )
    elif rule is not None and rule.mode == Rule.Mode.AUTOMATIC:
        hold(application, by=Application.Actor.RULE, because="automatic", sha256=kit.request_sha256)
    return application.status


def _wait_for_form(application: Application, unreadable: FormUnreadable) -> None:
    """Try to read the form again later, three times in all; then its person is asked to apply there themselves."""
    failures = application.harmless_failures + 1
    wait = backoff.wait_after(failures, chance=random.random())  # noqa: S311
    if wait is not None and unreadable.retry_after:
        wait = timedelta(seconds=unreadable.retry_after)
    with translation.override(application.user.locale):
        words = unreadable_words(unreadable.reason)
    given_up = {"code": "form_unreadable", "label": words, "reason": unreadable.reason}
    move(
        application,
        "parked",
        by=MACHINE,
        because=f"form:{unreadable.reason}"[:100],
        missing=[given_up] if wait is None else [],
        waits_for="person" if wait is None else "form",
        harmless_failures=failures,
        next_at=Now() + (wait or timedelta()),
        came_from="preparing",
    )
