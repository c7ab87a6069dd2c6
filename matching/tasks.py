"""Matching by the clock: each task finds its own work in the tables."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from matching import job_index, merging, pasting, polling, saved, services, vanishing
from matching.ingest import SourceBusyError
from matching.memory import give_back_memory
from matching.models import JobSighting, JobSource
from matching.recent_market import read_past_market, read_recent_market

# Personas of one task: one tile of the engine, and well under the time limit even when all their matches are new.
CHUNK = services.TOGETHER


@shared_task
def refresh_matches(**kwargs: Any) -> int:
    """Match every persona that is not up to date, a chunk a task; give their number."""
    ids = [str(pk) for pk in services.personas_to_refresh(timezone.now()).values_list("pk", flat=True)]
    for start in range(0, len(ids), CHUNK):
        match_some_personas.delay(persona_ids=ids[start : start + CHUNK], only_due=True)
    return len(ids)


# The first reading of a million jobs takes minutes; all others seconds.
@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def match_some_personas(*, persona_ids: list[str], only_due: bool = False, **kwargs: Any) -> int:
    """Match these personas, or those of them that are still due; give the number of matches written."""
    ids = [UUID(persona_id) for persona_id in persona_ids]
    written = services.match_personas(persona_ids=ids, now=timezone.now(), only_due=only_due).written
    give_back_memory()
    return written


@shared_task
def expire_matches(**kwargs: Any) -> int:
    """Delete expired matches; give their number."""
    return services.expire_matches(now=timezone.now())


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def read_closed_jobs(**kwargs: Any) -> int:
    """Read the jobs that closed lately, for whoever looks back; give their number."""
    read = len(read_recent_market(now=timezone.now()).snapshot)
    give_back_memory()
    return read


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def read_jobs_of_a_year(**kwargs: Any) -> int:
    """Read the jobs that closed within a year, for the market over time; give their number."""
    read = len(read_past_market(now=timezone.now()).snapshot)
    give_back_memory()
    return read


@shared_task
def close_ended_jobs(**kwargs: Any) -> int:
    """Close jobs past their closing date; give their number."""
    return services.close_ended_jobs(now=timezone.now())


@shared_task
def poll_sources(**kwargs: Any) -> int:
    """Name dead runs, and have the sources read that are due, a task each; give their number."""
    polling.heal_runs()
    taken = polling.claim_due(now=timezone.now(), most=settings.SOURCES_AT_ONCE)
    for source in taken:
        read_source.delay(source_id=str(source.pk))
    return len(taken)


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def read_source(*, source_id: str, **kwargs: Any) -> str:
    """Read a source; give the outcome."""
    source = JobSource.objects.get(pk=UUID(source_id))
    if polling.count_running() >= settings.SOURCES_AT_ONCE:
        # Taken while the worker was busy, and others with it: the rest of the worker is for matching and sending.
        polling.make_due(sources=JobSource.objects.filter(pk=source.pk), now=timezone.now())
        return "waits"
    try:
        outcome = polling.read_source(source=source, now=timezone.now()).outcome
    except (SourceBusyError, polling.SourceNotReady) as error:
        # Whoever reads it plans its next turn; what is not ready is told on its page.
        return type(error).__name__
    give_back_memory()
    return outcome


@shared_task
def close_jobs_of(*, source_id: str, **kwargs: Any) -> int:
    """Close the jobs that only a switched-off source lists; give their number."""
    source = JobSource.objects.filter(pk=UUID(source_id), enabled=False).first()
    return vanishing.close_all(source=source, now=timezone.now()) if source else 0


@shared_task
def keep_sighting_apart(*, sighting_id: str, **kwargs: Any) -> None:
    """Undo the merge of a posting."""
    sighting = JobSighting.objects.filter(pk=UUID(sighting_id)).first()
    if sighting is not None:
        merging.keep_apart(sighting=sighting)


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def take_in_pasted(**kwargs: Any) -> int:
    """Take in the postings that people pasted; give their number."""
    return pasting.take_in_pasted(now=timezone.now())


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def look_again_at_pasted(**kwargs: Any) -> int:
    """Ask for pasted links that are open once more; give their number."""
    return pasting.look_again(now=timezone.now())


@shared_task
def index_jobs(**kwargs: Any) -> int:
    """Make new and changed jobs findable, and closed ones no more; give their number."""
    return job_index.index_jobs(most=5_000)


@shared_task
def count_words(**kwargs: Any) -> int:
    """Count the words of open jobs, for whoever mistypes one; give their number."""
    return job_index.count_words()


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)
def tell_new_jobs(**kwargs: Any) -> int:
    """Write to those whose saved searches have new jobs; give the number of mails."""
    return saved.tell_new_jobs(now=timezone.now())
