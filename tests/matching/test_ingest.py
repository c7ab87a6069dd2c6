from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import IntegrityError, connection

from matching.ingest import (
    BATCH_SIZE,
    SourceBusyError,
    SourceKindError,
    ingest,
    open_source,
)
from matching.merging import EXACT_DUPLICATE, SAME_NUMBER
from matching.models import Job, JobRejection, JobRun, JobSighting, JobSource
from matching.pay import StatedPay
from matching.posting import Posting, Rejection
from matching.reading.posting import reader_version
from personas.row_security import WORKER_ROLE
from tests.factories import JobRunFactory, JobSourceFactory
from tests.roles import as_role

TEXT = (
    "You build services in Python with Django and PostgreSQL and look after them in production. Five years of experience "
    "with web development are required. Kubernetes is a plus. We work from one office in the middle of the town."
)


def posting(number: int | str = 1, **change) -> Posting:
    stated = {
        "title": f"Engineer {number}",
        "company": "Acme GmbH",
        "location": "Berlin, Germany",
        "description": TEXT,
        "url": f"https://acme.example/{number}",
    }
    return Posting(external_id=str(number), **stated | change)


def numbered(*postings: Posting | Rejection) -> list[tuple[int, Posting | Rejection]]:
    return list(enumerate(postings, start=1))


@pytest.fixture
def worker(db: None) -> Iterator[None]:
    with as_role(WORKER_ROLE):
        yield


@pytest.fixture
def source(worker: None) -> JobSource:
    return JobSourceFactory()


def figures(summary) -> dict[str, int]:
    names = ("fetched", "new", "changed", "unchanged", "merged", "closed", "rejected")
    return {name: count for name in names if (count := getattr(summary, name))}


def test_ingest_writes_everything_a_posting_states_and_means(source, now):
    stated = posting(
        description="<p>You build services in <b>Python</b> with Django.</p><script>x</script><p>Five years of experience.</p>",
        description_is_html=True,
        pay=StatedPay(6_000_000, 7_500_000, "EUR", "year"),
        posted_at=now - timedelta(days=3),
        closes_at=now + timedelta(days=30),
        employment_type="FULL_TIME",
        title="Senior Engineer",
        raw={"team": "web"},
    )

    ingest(source=source, postings=numbered(stated), now=now)

    job = Job.objects.get()
    assert (job.source, job.external_id, job.title, job.company, job.company_key) == (
        source, "1", "Senior Engineer", "Acme GmbH", "acme",
    )  # fmt: skip
    assert (
        job.description_html
        == "<p>You build services in <b>Python</b> with Django.</p><p>Five years of experience.</p>"
    )
    assert job.description_text == "You build services in Python with Django.\n\nFive years of experience."
    assert {"Python", "Django"} <= set(job.required_skills)
    assert [(place["city"], place["country"]) for place in job.places] == [("Berlin", "DE")]
    assert (job.pay_minimum, job.pay_maximum, job.pay_currency, job.pay_period) == (
        6_000_000,
        7_500_000,
        "EUR",
        "year",
    )
    assert (job.pay_annual_minimum, job.pay_annual_maximum, job.pay_assumption) == (
        60_000,
        75_000,
        "as_stated",
    )
    assert (job.seniority, job.employment_type, job.years_minimum) == ("senior", "full_time", 5)
    assert (job.posted_at, job.closes_at, job.closed_at) == (stated.posted_at, stated.closes_at, None)
    assert (job.first_seen_at, job.last_seen_at) == (now, now)
    assert (job.reader_version, job.apply_channel, job.raw) == (reader_version(), "", {"team": "web"})


def test_ingest_twice_changes_nothing_but_last_seen(source, now):
    postings = numbered(*(posting(n) for n in range(3)))
    first = ingest(source=source, postings=postings, now=now)
    before = {job.pk: job for job in Job.objects.all()}

    second = ingest(source=source, postings=postings, now=now + timedelta(days=1))

    after = {job.pk: job for job in Job.objects.all()}
    moved = {
        field.attname
        for key, job in after.items()
        for field in Job._meta.concrete_fields
        if getattr(job, field.attname) != getattr(before[key], field.attname)
    }
    assert (figures(first), figures(second)) == ({"fetched": 3, "new": 3}, {"fetched": 3, "unchanged": 3})
    assert moved - {"updated_at"} == {"last_seen_at"}
    assert set(JobSighting.objects.values_list("last_seen_at", flat=True)) == {now + timedelta(days=1)}


def test_ingest_reads_a_changed_posting_again_and_keeps_its_row(source, now):
    ingest(source=source, postings=numbered(posting()), now=now)
    first = Job.objects.get()

    summary = ingest(
        source=source,
        postings=numbered(
            posting(title="Staff Engineer", description="You have experience with Terraform. " * 9)
        ),
        now=now + timedelta(days=1),
    )

    job = Job.objects.get()
    assert figures(summary) == {"fetched": 1, "changed": 1}
    assert (job.pk, job.title, job.first_seen_at) == (first.pk, "Staff Engineer", now)
    assert job.required_skills == ["Terraform"]


def test_ingest_reads_again_what_was_read_with_older_rules(source, now):
    ingest(source=source, postings=numbered(posting()), now=now)
    Job.objects.update(reader_version="0", required_skills=[])

    summary = ingest(source=source, postings=numbered(posting()), now=now)

    job = Job.objects.get()
    assert figures(summary) == {"fetched": 1, "changed": 1}
    assert (job.reader_version, "Python" in job.required_skills) == (reader_version(), True)


def test_ingest_stores_why_lines_were_rejected_and_takes_the_rest(source, now):
    broken = Rejection(2, "title", "Missing.", "7", "ab" * 32)
    huge = posting(3, description="x" * 500_000)

    summary = ingest(source=source, postings=[(1, posting()), (2, broken), (3, huge)], now=now)

    rows = JobRejection.objects.order_by("line").values_list(
        "line", "field", "reason", "external_id", "payload_hash"
    )
    assert figures(summary) == {"fetched": 3, "new": 1, "rejected": 2}
    assert rows[0] == (2, "title", "Missing.", "7", "ab" * 32)
    assert rows[1][:4] == (
        3,
        "description",
        "The description takes 500,000 bytes; at most 400,000 are kept. Shorten it.",
        "3",
    )
    assert len(rows[1][4]) == 64


@pytest.mark.parametrize("apart", [1, BATCH_SIZE], ids=["one batch", "two batches"])
def test_ingest_takes_a_number_once_a_run(source, now, apart):
    between = [posting(n) for n in range(2, apart + 1)]

    summary = ingest(
        source=source, postings=numbered(posting(1), *between, posting(1, title="Other")), now=now
    )

    rejection = JobRejection.objects.get()
    assert figures(summary) == {"fetched": apart + 1, "new": apart, "rejected": 1}
    assert (rejection.line, rejection.field, rejection.external_id) == (apart + 1, "external_id", "1")
    assert rejection.reason == "The same number stands on line 1 already."
    assert Job.objects.get(external_id="1").title == "Engineer 1"


@pytest.mark.parametrize("runs", [1, 2], ids=["in one batch", "in two sources"])
def test_ingest_makes_exact_duplicates_one_job_and_keeps_each_sighting(source, now, runs):
    one, two = posting(1, title="Engineer"), posting(2, title="ENGINEER", company="ACME")

    if runs == 1:
        summary = ingest(source=source, postings=numbered(one, two), now=now)
    else:
        ingest(source=source, postings=numbered(one), now=now)
        summary = ingest(source=JobSourceFactory(), postings=numbered(two), now=now)

    job = Job.objects.get()
    sightings = job.sightings.order_by("external_id").values_list("external_id", "merged_because")
    assert summary.merged == 1
    assert list(sightings) == [("1", ""), ("2", EXACT_DUPLICATE)]


@pytest.mark.parametrize(
    ("kind", "number", "merged"),
    [("archive", "usajobs:7", 1), ("archive", "7", 0), ("file", "usajobs:7", 0)],
    ids=["archives by the origin's number", "not by a bare number", "not outside archives"],
)
def test_archives_that_restate_a_posting_of_one_origin_make_one_job(worker, now, kind, number, merged):
    first, second = JobSourceFactory(kind=kind), JobSourceFactory(kind=kind)
    ingest(source=first, postings=numbered(posting(number)), now=now)
    restated = numbered(
        posting(number, title="Engineer of services", description=f"{TEXT} And one line more.")
    )

    summary = ingest(source=second, postings=restated, now=now)
    again = ingest(source=second, postings=restated, now=now)

    assert (summary.merged, summary.new) == (merged, 1 - merged)
    assert (again.unchanged, again.merged, again.new) == (1, 0, 0)
    why = JobSighting.objects.get(source=second).merged_because
    assert why == (SAME_NUMBER if merged else "")


def test_ingest_twice_with_duplicates_changes_nothing(source, now):
    postings = numbered(posting(1, title="Engineer"), posting(2, title="Engineer"))
    ingest(source=source, postings=postings, now=now)

    summary = ingest(source=source, postings=postings, now=now)

    assert figures(summary) == {"fetched": 2, "unchanged": 2}


def test_ingest_takes_a_duplicate_apart_that_is_one_no_longer(source, now):
    one, two = posting(1, title="Engineer"), posting(2, title="Engineer")
    ingest(source=source, postings=numbered(one, two), now=now)

    summary = ingest(source=source, postings=numbered(one, replace(two, title="Cook")), now=now)

    titles = JobSighting.objects.values_list("external_id", "job__title", "merged_because").order_by(
        "external_id"
    )
    assert figures(summary) == {"fetched": 2, "new": 1, "unchanged": 1}
    assert list(titles) == [("1", "Engineer", ""), ("2", "Cook", "")]


def test_ingest_takes_duplicates_apart_when_the_first_of_them_changes(source, now):
    one, two = posting(1, title="Engineer"), posting(2, title="Engineer")
    ingest(source=source, postings=numbered(one, two), now=now)
    changed = numbered(replace(one, title="Cook"), two)

    ingest(source=source, postings=changed, now=now)
    ingest(source=source, postings=changed, now=now)
    summary = ingest(source=source, postings=changed, now=now)

    titles = JobSighting.objects.values_list("external_id", "job__title").order_by("external_id")
    assert list(titles) == [("1", "Cook"), ("2", "Engineer")]
    assert figures(summary) == {"fetched": 2, "unchanged": 2}


def test_ingest_keeps_archives_apart_from_jobs_one_may_apply_to(source, now):
    archive = JobSourceFactory(kind=JobSource.Kind.ARCHIVE)
    ingest(source=archive, postings=numbered(posting()), now=now)

    summary = ingest(source=source, postings=numbered(posting()), now=now)

    assert figures(summary) == {"fetched": 1, "new": 1}
    assert Job.objects.count() == 2


def test_ingest_closes_what_is_past_its_own_closing_date(source, now):
    past = posting(closes_at=now - timedelta(seconds=1))
    ahead = posting(2, closes_at=now + timedelta(days=1))

    first = ingest(source=source, postings=numbered(past, ahead), now=now)
    second = ingest(source=source, postings=numbered(past, ahead), now=now + timedelta(days=2))

    closed = Job.objects.order_by("external_id").values_list("closed_at", flat=True)
    assert (figures(first), figures(second)) == (
        {"fetched": 2, "new": 2, "closed": 1},
        {"fetched": 2, "unchanged": 2, "closed": 1},
    )
    assert list(closed) == [now, now + timedelta(days=2)]


def test_ingest_opens_a_job_again_whose_closing_date_moves_on(source, now):
    ingest(source=source, postings=numbered(posting(closes_at=now - timedelta(days=1))), now=now)

    ingest(source=source, postings=numbered(posting(closes_at=now + timedelta(days=9))), now=now)

    assert Job.objects.get().closed_at is None


def test_ingest_opens_a_job_again_that_was_closed_but_is_listed(source, now):
    ingest(source=source, postings=numbered(posting()), now=now)
    Job.objects.update(closed_at=now)

    summary = ingest(source=source, postings=numbered(posting()), now=now)

    assert figures(summary) == {"fetched": 1, "changed": 1}
    assert Job.objects.get().closed_at is None


def test_ingest_never_closes_an_archive_and_keeps_its_dates(worker, now):
    archive = JobSourceFactory(kind=JobSource.Kind.ARCHIVE)
    old = posting(posted_at=datetime(2016, 4, 20, tzinfo=UTC), closes_at=datetime(2016, 5, 11, tzinfo=UTC))

    for _time in range(2):
        ingest(source=archive, postings=numbered(old), now=now)

    job = Job.objects.get()
    assert (job.posted_at, job.closes_at, job.closed_at) == (old.posted_at, old.closes_at, None)
    assert (job.first_seen_at, job.apply_channel) == (now, "")


def test_ingest_keeps_whole_batches_of_a_run_that_breaks_off(source, now):
    def broken() -> Iterator[tuple[int, Posting]]:
        for number in range(BATCH_SIZE + 10):
            yield number + 1, posting(number)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        ingest(source=source, postings=broken(), now=now)

    run = JobRun.objects.get()
    assert (run.outcome, run.error) == (JobRun.Outcome.FAILED, "OSError: the disk is gone")
    assert (run.fetched_count, run.new_count, Job.objects.count()) == (BATCH_SIZE, BATCH_SIZE, BATCH_SIZE)


def test_ingest_leaves_nothing_of_a_batch_that_the_database_refuses(source, now):
    negative = posting(2, pay=StatedPay(9, 1, "USD", "year"))

    with pytest.raises(IntegrityError, match="job_lowest_pay_is_not_above_highest"):
        ingest(source=source, postings=numbered(posting(1), negative), now=now)

    assert JobRun.objects.get().outcome == JobRun.Outcome.FAILED
    assert Job.objects.count() == JobSighting.objects.count() == 0


def test_ingest_of_a_broken_off_run_can_be_done_again(source, now):
    def broken() -> Iterator[tuple[int, Posting]]:
        yield 1, posting()
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        ingest(source=source, postings=broken(), now=now)

    summary = ingest(source=source, postings=numbered(posting()), now=now)

    assert figures(summary) == {"fetched": 1, "new": 1}


def test_ingest_counts_a_run_whose_process_died_as_failed(source, now):
    dead = JobRunFactory(source=source)

    ingest(source=source, postings=numbered(posting()), now=now)

    dead.refresh_from_db()
    assert (dead.outcome, dead.error) == (JobRun.Outcome.FAILED, "The process ended in the middle.")
    assert dead.finished_at is not None


def test_ingest_stores_its_figures_with_the_run(source, now):
    summary = ingest(
        source=source,
        postings=numbered(posting(1), posting(2, closes_at=now), posting(1), posting(3, title="Engineer 1")),
        now=now,
    )

    run = JobRun.objects.get(pk=summary.run_id)
    assert run.outcome == JobRun.Outcome.OK
    assert (run.fetched_count, run.new_count, run.merged_count, run.closed_count, run.rejected_count) == (
        4,
        2,
        1,
        1,
        1,
    )


def test_ingest_calls_progress_after_each_batch(source, now):
    calls: list[int] = []

    ingest(
        source=source,
        postings=numbered(*(Rejection(n, "", "x") for n in range(BATCH_SIZE + 1))),
        now=now,
        progress=lambda count: calls.append(JobRejection.objects.count()),
    )

    assert calls == [BATCH_SIZE, BATCH_SIZE + 1]


@pytest.mark.django_db(transaction=True)
def test_ingest_refuses_a_second_run_of_the_same_source_at_once(now):
    source, started, go_on = JobSourceFactory(), Event(), Event()
    outcomes: list[object] = []

    def slow() -> Iterator[tuple[int, Posting]]:
        started.set()
        go_on.wait(20)
        yield 1, posting()

    def run() -> None:
        try:
            with as_role(WORKER_ROLE):
                outcomes.append(figures(ingest(source=source, postings=slow(), now=now)))
        finally:
            connection.close()

    other = Thread(target=run)
    other.start()
    started.wait(20)
    try:
        with as_role(WORKER_ROLE), pytest.raises(SourceBusyError, match="is going on"):
            ingest(source=source, postings=numbered(posting()), now=now)
    finally:
        go_on.set()
        other.join(20)

    assert outcomes == [{"fetched": 1, "new": 1}]
    assert list(JobRun.objects.values_list("outcome", flat=True)) == [JobRun.Outcome.OK]


def test_open_source_makes_a_source_once(worker):
    one = open_source(name="Board", kind=JobSource.Kind.FILE)
    two = open_source(name="Board", kind=JobSource.Kind.FILE, attribution="By Board")

    assert one == two
    assert JobSource.objects.get().attribution == "By Board"


def test_open_source_refuses_to_turn_an_archive_into_something_else(worker):
    open_source(name="Board", kind=JobSource.Kind.ARCHIVE)

    with pytest.raises(SourceKindError, match="is of kind “archive”"):
        open_source(name="Board", kind=JobSource.Kind.FILE)
