"""Jobs made findable: by the clock, apart from reading them, so that neither waits for the other. The only writer of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from matching.models import Job, JobText, JobWord
from matching.reading.language import CONFIGURATIONS, read_language
from matching.reading.search_words import more_words

BATCH_SIZE = 500
_INDEX_LOCK = 0x746578
_LONGEST_WORD = 64
_LEAST_LETTERS = 3

_INSERT = """
    INSERT INTO job_texts (job_id, language, titles, words, sort_at, number, payload_hash)
    SELECT j.id, found.language,
           to_tsvector(found.configuration::regconfig, j.title || ' ' || j.company) || to_tsvector('simple', found.in_title),
           setweight(to_tsvector(found.configuration::regconfig, j.title), 'A')
             || to_tsvector(found.configuration::regconfig, concat_ws(' ', j.company, j.location,
                  array_to_string(j.required_skills, ' '), array_to_string(j.preferred_skills, ' '), j.description_text))
             || to_tsvector('simple', found.in_text),
           coalesce(j.posted_at, CASE WHEN s.kind = 'archive' THEN 'epoch'::timestamptz ELSE j.first_seen_at END), nextval('job_text_numbers'), j.payload_hash
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[]) AS found (id, language, configuration, in_title, in_text)
    JOIN jobs j ON j.id = found.id AND j.closed_at IS NULL JOIN job_sources s ON s.id = j.source_id
    ON CONFLICT (job_id) DO UPDATE SET language = excluded.language, titles = excluded.titles, words = excluded.words,
        sort_at = excluded.sort_at, payload_hash = excluded.payload_hash
"""
_WORDS = """
    INSERT INTO job_words (word, jobs)
    SELECT word, ndoc FROM ts_stat($$
        SELECT to_tsvector('simple', concat_ws(' ', title, company, array_to_string(required_skills, ' ')))
        FROM jobs WHERE closed_at IS NULL
    $$) WHERE length(word) BETWEEN %s AND %s AND word !~ '[0-9]'
"""


def index_jobs(*, most: int) -> int:
    """Make so many open jobs findable that are new or have changed, and closed ones no more; gives the number of both."""
    closed = JobText.objects.filter(job__closed_at__isnull=False).delete()[0]
    done = 0
    for batch in _batches(most):
        found = [_read(*row) for row in batch]
        with transaction.atomic(), connection.cursor() as cursor:
            # Until it is committed: nobody sees a number before a lower one of another worker.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_INDEX_LOCK])
            cursor.execute(_INSERT, [list(column) for column in zip(*found, strict=True)])
        done += len(found)
    if done and not JobWord.objects.exists():
        # The first jobs of an installation: nobody's slip waits for the clock.
        count_words()
    return closed + done


def count_words() -> int:
    """Count the words of open jobs anew; gives their number."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM job_words")
        cursor.execute(_WORDS, [_LEAST_LETTERS, _LONGEST_WORD])
        return int(cursor.rowcount)


def _read(pk: UUID, title: str, company: str, location: str, text: str) -> tuple[UUID, str, str, str, str]:
    """A job with its language, how PostgreSQL calls that, and the words that it is to be found by as well."""
    language = read_language(f"{title}\n{text}")
    name = f"{title} {company}"
    whole = f"{name}\n{location}\n{text}"
    return (
        pk,
        language,
        CONFIGURATIONS.get(language, "simple"),
        " ".join(more_words(name)),
        " ".join(more_words(whole)),
    )


def _batches(most: int) -> Iterator[Sequence[tuple[UUID, str, str, str, str]]]:
    same = JobText.objects.filter(job=OuterRef("pk"), payload_hash=OuterRef("payload_hash"))
    due = Job.objects.open().filter(~Exists(same)).order_by("-first_seen_at", "pk")
    # Looked for once: among many jobs that takes longer than reading a batch.
    ids = list(due.values_list("pk", flat=True)[:most])
    columns = ("pk", "title", "company", "location", "description_text")
    for start in range(0, len(ids), BATCH_SIZE):
        yield list(Job.objects.filter(pk__one_of=ids[start : start + BATCH_SIZE]).values_list(*columns))
