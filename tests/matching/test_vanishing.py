"""Any interleaving of readings: what is open is what a model of its own says, and every job comes back as itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.ingest import ingest
from matching.models import Job, JobSighting
from matching.posting import Posting
from matching.sources.protocol import NotModified, SourceFault
from matching.vanishing import close_all
from personas.row_security import WORKER_ROLE
from tests.factories import JobSourceFactory
from tests.roles import as_role

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NUMBERS = ("a", "b", "c")
LONG = (
    "You build services in Python with Django and PostgreSQL and look after them in production, with five others. "
    * 3
)


@pytest.fixture(autouse=True)
def worker(db: None) -> Iterator[None]:
    with as_role(WORKER_ROLE):
        yield


def posting(number: str) -> Posting:
    # The same title, employer and place in both sources: the same opening.
    return Posting(
        external_id=number,
        title=f"Engineer {number}",
        company="Acme",
        location="Berlin, Germany",
        description=LONG + number,
    )


def listing(numbers, fault: str):
    yield from enumerate(map(posting, sorted(numbers)), start=1)
    if fault:
        raise SourceFault("truncated", fault)


def nothing_new():
    raise NotModified
    yield


readings = st.lists(
    st.tuples(
        st.sampled_from(["ashby", "lever"]),
        st.sets(st.sampled_from(NUMBERS)),
        st.sampled_from(["whole", "whole", "whole", "broken", "unmodified"]),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings)
def test_what_is_open_is_what_any_source_lists_or_has_missed_once(runs):
    """A model: for each source and number how often it was missed in a row; a job is open while anybody has it below two."""
    with transaction.atomic():
        sources = {kind: JobSourceFactory(kind=kind, board="acme") for kind in ("ashby", "lever")}
        missed: dict[tuple[str, str], int] = {}
        last: dict[str, set[str]] = {}
        for step, (kind, numbers, how) in enumerate(runs):
            now = NOW + timedelta(hours=step)
            if how == "unmodified" and kind not in last:
                continue
            stated = (
                nothing_new()
                if how == "unmodified"
                else listing(numbers, "cut off" if how == "broken" else "")
            )
            ingest(source=sources[kind], postings=stated, now=now, is_whole=True)
            listed = last[kind] if how == "unmodified" else numbers
            for number in listed:
                missed[kind, number] = 0
            if how != "broken":
                last[kind] = set(numbers) if how == "whole" else last[kind]
                for number in NUMBERS:
                    if number not in listed and (kind, number) in missed:
                        missed[kind, number] += 1
            else:
                # What a broken reading listed is listed again by a server that says "nothing new" since the last whole one or not.
                last.pop(kind, None)
            alive = {number for (_kind, number), times in missed.items() if times < 2}
            found = {
                title.removeprefix("Engineer ")
                for title in Job.objects.open().values_list("title", flat=True)
            }
            assert found == alive
            # One job once: also where one source has it back after the other made it anew.
            assert Job.objects.open().count() == len(found)
            for pk in Job.objects.open().values_list("pk", flat=True):
                assert JobSighting.objects.filter(job=pk, gone_at__isnull=True).exists()
        transaction.set_rollback(True)


def test_closing_everything_of_a_source_leaves_what_others_list():
    own, other = JobSourceFactory(kind="ashby", board="acme"), JobSourceFactory(kind="lever", board="acme")
    ingest(source=own, postings=listing("ab", ""), now=NOW, is_whole=True)
    ingest(source=other, postings=listing("b", ""), now=NOW, is_whole=True)
    assert close_all(source=own, now=NOW) == 1
    assert list(Job.objects.open().values_list("title", flat=True)) == ["Engineer b"]
    assert JobSighting.objects.filter(source=own, gone_at__isnull=True).count() == 0
