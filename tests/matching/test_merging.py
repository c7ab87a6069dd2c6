"""One job once over several sources: which postings are one, whose words it has, and how that is undone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from matching.ingest import ingest
from matching.merging import EXACT_DUPLICATE, SAME_OPENING, SAME_POSTING, keep_apart
from matching.models import Job, JobSighting, JobSource
from matching.posting import Posting
from personas.row_security import WORKER_ROLE
from tests.factories import JobSourceFactory
from tests.roles import as_role

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LONG = (
    "You build services in Python with Django and PostgreSQL and look after them in production, with five others. "
    * 3
)
ASHBY = "https://jobs.ashbyhq.com/acme/b7a2c1d0-1111-4222-8333-000000000001"


@pytest.fixture(autouse=True)
def worker(db: None) -> Iterator[None]:
    with as_role(WORKER_ROLE):
        yield


@pytest.fixture
def own() -> JobSource:
    return JobSourceFactory(kind="ashby", board="acme")


@pytest.fixture
def feed() -> JobSource:
    return JobSourceFactory(kind="remoteok")


def posting(number: str, **change) -> Posting:
    stated = {
        "title": "Backend Engineer",
        "company": "Acme",
        "location": "Berlin, Germany",
        "description": f"{LONG}{number}",
    }
    return Posting(external_id=number, **stated | change)


OWN = posting("b7a2c1d0-1111-4222-8333-000000000001", url=ASHBY)


def take_in(source: JobSource, *postings: Posting, hours: int = 0, is_whole: bool | None = None):
    return ingest(
        source=source, postings=enumerate(postings, 1), now=NOW + timedelta(hours=hours), is_whole=is_whole
    )


def reasons() -> dict[str, str]:
    return dict(JobSighting.objects.values_list("external_id", "merged_because"))


@pytest.mark.parametrize(
    "link", [ASHBY, f"{ASHBY}/application?utm_source=feed", f"http://{ASHBY.removeprefix('https://')}"]
)
def test_what_leads_to_the_employers_own_posting_is_that_posting(own, feed, link):
    take_in(own, OWN)
    summary = take_in(feed, posting("9", title="Backend Eng.", location="Remote", apply_url=link))
    assert (summary.merged, summary.new) == (1, 0)
    assert reasons()["9"] == SAME_POSTING
    assert Job.objects.get().source == own


def test_the_employers_own_words_go_before_those_of_a_feed_that_was_first(own, feed):
    take_in(feed, posting("9", title="Backend Eng.", apply_url=ASHBY))
    job = Job.objects.get()

    summary = take_in(own, OWN, hours=1)
    again = take_in(feed, posting("9", title="Backend Eng. (new)", apply_url=ASHBY), hours=2)

    assert summary.merged == 1
    same = Job.objects.get()
    assert (same.pk, same.title, same.source, same.first_seen_at) == (
        job.pk,
        OWN.title,
        own,
        job.first_seen_at,
    )
    assert (again.changed, again.new) == (1, 0)
    assert reasons() == {"9": SAME_POSTING, OWN.external_id: ""}


def test_the_same_opening_at_two_places_is_one_job(own, feed):
    take_in(own, OWN)
    summary = take_in(
        feed, posting("9", title="backend  engineer (m/f/d)", company="ACME, Inc.", location="Berlin")
    )
    assert summary.merged == 1
    assert reasons()["9"] == SAME_OPENING


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Frontend Engineer"},
        {"company": "Acne"},
        {"location": "Munich, Germany"},
        {"location": ""},
        {"company": ""},
    ],
    ids=["title", "employer", "place", "no place", "no employer"],
)
def test_another_title_employer_or_place_is_another_job(own, feed, change):
    take_in(own, OWN)
    assert take_in(feed, posting("9", **change)).new == 1


def test_what_could_be_either_of_two_is_neither(own, feed):
    take_in(own, OWN, posting("b7a2c1d0-1111-4222-8333-000000000002"))
    assert take_in(feed, posting("9")).new == 1


def test_what_one_source_lists_twice_under_one_name_stays_two_jobs(own):
    summary = take_in(own, OWN, posting("b7a2c1d0-1111-4222-8333-000000000002"))
    assert summary.new == 2
    assert take_in(own, OWN, posting("b7a2c1d0-1111-4222-8333-000000000003"), hours=1).new == 1


def test_exact_duplicates_of_one_source_are_one_job_as_before(own):
    twin = posting("b7a2c1d0-1111-4222-8333-000000000002", description=OWN.description)
    assert take_in(own, OWN, twin).merged == 1
    assert reasons()[twin.external_id] == EXACT_DUPLICATE


def test_a_merge_can_be_undone_for_good(own, feed):
    take_in(own, OWN)
    take_in(feed, posting("9"))
    JobSource.objects.filter(pk=feed.pk).update(validators={"urls": {}})

    keep_apart(sighting=JobSighting.objects.get(external_id="9"))
    summary = take_in(feed, posting("9"), hours=1)
    changed = take_in(feed, posting("9", description=f"{LONG} A line more."), hours=2)

    assert (summary.new, changed.changed, changed.merged) == (1, 1, 0)
    assert Job.objects.count() == 2
    assert reasons()["9"] == ""
    feed.refresh_from_db()
    assert feed.validators == {}


def test_a_job_lives_as_long_as_anybody_lists_it(own, feed):
    take_in(own, OWN, is_whole=True)
    take_in(feed, posting("9"))
    for hours in (1, 2, 3):
        take_in(own, posting("other", title="Cook"), hours=hours, is_whole=True)
    assert Job.objects.open().filter(title=OWN.title).exists()
    # The feed lists the newest alone: what it has not listed for a month has ended.
    take_in(feed, posting("10", title="Baker"), hours=24 * 31, is_whole=False)
    assert not Job.objects.open().filter(title=OWN.title).exists()


def test_what_is_closed_everywhere_comes_back_as_itself(own, feed):
    take_in(own, OWN, is_whole=True)
    job = Job.objects.get()
    other = posting("other", title="Cook")
    take_in(own, other, hours=1, is_whole=True)
    take_in(own, other, hours=2, is_whole=True)
    assert Job.objects.get(pk=job.pk).closed_at is not None

    take_in(own, OWN, other, hours=3, is_whole=True)

    job.refresh_from_db()
    assert (job.closed_at, JobSighting.objects.get(external_id=OWN.external_id).gone_at) == (None, None)


def test_archives_are_merged_with_archives_alone(own):
    take_in(JobSourceFactory(kind="archive"), OWN)
    assert take_in(own, OWN).new == 1
