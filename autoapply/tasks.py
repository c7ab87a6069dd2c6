"""Auto-apply by the clock: each task finds its own work in the tables and carries ids alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from autoapply import dispatch, packing, queueing, tick

LOOKS_TO_WAIT = 10
"""How many looks a task may wait for a worker; after that another look has long handed the same out again."""


@shared_task(soft_time_limit=50, time_limit=60)
def look_after(**kwargs: Any) -> None:
    """Find everything that is due, and hand it out one application a task; then ask and tell, however long that takes."""
    tick.look()
    for due in tick.find_due_to_prepare():
        _hand_out(prepare_application, due)
    for due in tick.find_due_to_send():
        _hand_out(submit_application, due)
    tick.tend()


# Reading a form may take half a minute; a résumé is read beside it.
@shared_task(soft_time_limit=70, time_limit=80)
def prepare_application(*, user_id: str, application_id: str, **kwargs: Any) -> None:
    """Prepare one application, if it is still due."""
    packing.prepare(user_id=UUID(user_id), application_id=UUID(application_id), worker=tick.worker_name())


# Below the lease in any case: a sender that is killed leaves a doubt, never a second sender.
@shared_task(soft_time_limit=65, time_limit=75)
def submit_application(*, user_id: str, application_id: str, **kwargs: Any) -> None:
    """Send one application, if every gate lets it through now."""
    dispatch.submit(user_id=UUID(user_id), application_id=UUID(application_id), worker=tick.worker_name())


@shared_task
def run_rules(**kwargs: Any) -> int:
    """Let everybody's rules look at their matches, one person a task; give the number of people."""
    people = list(queueing.people_with_rules())
    for user_id in people:
        run_rules_of.apply_async(kwargs={"user_id": str(user_id)}, expires=settings.AUTO_APPLY_RULES_SECONDS)
    return len(people)


@shared_task
def run_rules_of(*, user_id: str, **kwargs: Any) -> int:
    """Let one person's rules look at their matches; give the number of applications queued."""
    return queueing.run_rules(user_id=UUID(user_id), at=timezone.now())


def _hand_out(task: Any, due: tick.Due) -> None:
    """Let a worker do it; what nobody has begun some looks later was handed out anew by each of them, and no heap grows."""
    ids = {"user_id": str(due.user_id), "application_id": str(due.application_id)}
    task.apply_async(kwargs=ids, expires=LOOKS_TO_WAIT * tick.EVERY.total_seconds())
