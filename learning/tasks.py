"""Learning by the clock: each task finds its own work in the tables."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from learning import catalogs, links, refresh, wording
from matching.memory import give_back_memory

CHUNK = 64
"""Personas of one task: well under its time limit even at a million jobs."""
LINK_LOOKS_AN_HOUR = 12
SENTENCES_A_RUN = 20
"""Even when each answer is as late as it may be, a run ends before the next one begins."""


@shared_task
def refresh_recommendations(**kwargs: Any) -> int:
    """Count the gaps of every persona that is due, a chunk a task; give their number."""
    ids = [str(pk) for pk in refresh.personas_due(timezone.now()).values_list("pk", flat=True)]
    for start in range(0, len(ids), CHUNK):
        refresh_some_personas.delay(persona_ids=ids[start : start + CHUNK])
    return len(ids)


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def refresh_some_personas(*, persona_ids: list[str], **kwargs: Any) -> int:
    """Bring the recommendations of these personas up to date; give their number."""
    done = refresh.refresh_personas(persona_ids=[UUID(each) for each in persona_ids], now=timezone.now())
    give_back_memory()
    return done


@shared_task
def forget_expired(**kwargs: Any) -> int:
    """Delete the recommendations whose time is over; give their number."""
    return refresh.forget_expired()


@shared_task
def keep_catalogs(**kwargs: Any) -> int:
    """Bring the shipped catalogs up to this release; give the number that changed."""
    return catalogs.keep_catalogs(now=timezone.now())


# A slow host keeps one link for as long as six answers may take, each asked twice.
@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def check_links(**kwargs: Any) -> int:
    """Look at the links that are due, a twelfth of an hour's; give their number."""
    most = -(-settings.COURSE_LINKS_PER_HOUR // LINK_LOOKS_AN_HOUR)
    return links.check_links(now=timezone.now(), most=most).looked if most else 0


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def write_other_words(**kwargs: Any) -> int:
    """Put reasons into other words for those who asked for it; give the number of those that were kept."""
    return wording.write_other_words(now=timezone.now(), most=SENTENCES_A_RUN).written
