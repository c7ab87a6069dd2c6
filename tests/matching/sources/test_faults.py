"""Whatever a board does, a reading ends with an outcome that says so, and closes nothing unless it was whole."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from matching import fetching, polling
from matching.models import Job, JobRejection, JobRun, JobSighting, JobSource
from tests.boards import Boards, Reply, as_json
from tests.factories import JobSourceFactory

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BOARD = "boards-api.greenhouse.io/v1/boards/acme/jobs"
TEXT = "<p>You build services in Python with Django and PostgreSQL and look after them in production, with five others.</p>"

pytestmark = pytest.mark.usefixtures("worker")


def job(number: int, **change) -> dict:
    stated = {
        "id": number,
        "internal_job_id": number,
        "title": f"Engineer {number}",
        "company_name": "Acme",
        "location": {"name": "Berlin, Germany"},
        "absolute_url": f"https://job-boards.greenhouse.io/acme/jobs/{number}",
        "content": f"{TEXT}<p>Team {number}</p>",
        "first_published": "2026-11-01T08:00:00Z",
    }
    return stated | change


def board(*jobs: dict, **headers: str) -> Reply:
    return as_json({"jobs": list(jobs), "meta": {"total": len(jobs)}}, **headers)


@pytest.fixture
def source(db: None) -> JobSource:
    return JobSourceFactory(kind="greenhouse", board="acme", next_run_at=NOW)


@pytest.fixture(autouse=True)
def patient(monkeypatch) -> list[float]:
    """Nobody waits in a test: what would have been waited is kept."""
    waited: list[float] = []
    monkeypatch.setattr(fetching.Fetcher, "_wait", lambda self, seconds: waited.append(seconds))
    return waited


def read(source: JobSource, now: datetime = NOW):
    source.refresh_from_db()
    return polling.read_source(source=source, now=now)


def open_numbers() -> set[str]:
    return set(Job.objects.open().values_list("external_id", flat=True))


def drip() -> Reply:
    return Reply(b"x" * 100, drip=0.2)


FAULTS = [
    ("unknown board", Reply(b"{}", status=404), "not_found"),
    ("board that is gone", Reply(b"", status=410), "gone"),
    ("refusal", Reply(b"Forbidden", status=403), "blocked"),
    ("key wanted", Reply(b"", status=401), "blocked"),
    ("limit with a time", Reply(b"", status=429, headers={"Retry-After": "600"}), "throttled"),
    ("limit without a time", Reply(b"", status=429), "throttled"),
    ("refusal that is a limit", Reply(b"", status=403, headers={"Retry-After": "120"}), "throttled"),
    ("error of theirs", Reply(b"oops", status=500), "unavailable"),
    ("maintenance", Reply(b"", status=503, headers={"Retry-After": "3"}), "unavailable"),
    ("HTML with status 200", Reply(b"<html>Sign in</html>", headers={"Content-Type": "text/html"}), "malformed"),
    ("half of a document", Reply(b'{"jobs": [{"id": 1, "ti'), "malformed"),
    ("connection that breaks off", Reply(b'{"jobs": []}', claims=5_000), "truncated"),
    ("renamed list", as_json({"postings": []}), "malformed"),
    ("list of another type", as_json({"jobs": "none"}), "malformed"),
    ("fewer than it says", as_json({"jobs": [job(1)], "meta": {"total": 786}}), "truncated"),
    ("renamed field in all of them", board({"id": 1, "name": "Engineer"}, {"id": 2, "name": "Cook"}), "malformed"),
    ("wrong type in all of them", board(job(1, title=["x"]), job(2, title={"x": 1})), "malformed"),
    ("endless body", Reply(endless=True), "truncated"),
    ("slow drip", drip(), "timeout"),
    ("redirect inside", Reply(b"", status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"}), "blocked"),
    ("redirect elsewhere", Reply(b"", status=301, headers={"Location": "https://elsewhere.example/"}), "blocked"),
    ("redirect to nowhere", Reply(b"", status=302), "blocked"),
    ("status of its own", Reply(b"", status=299), "malformed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "outcome"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_a_fault_has_its_outcome_and_closes_nothing(boards: Boards, source, monkeypatch, reply, outcome):
    monkeypatch.setattr(
        fetching, "LIMITS", fetching.Limits(connect_seconds=2, total_seconds=2, body_bytes=2 * 1024 * 1024)
    )
    boards.play(BOARD, board(job(1), job(2)))
    read(source)
    boards.play(BOARD, reply)

    for day in (1, 2, 3):
        summary = read(source, NOW + timedelta(days=day))
        assert summary.outcome == outcome
        assert summary.closed == 0

    assert open_numbers() == {"1", "2"}
    run = JobRun.objects.latest("started_at")
    assert (run.outcome, bool(run.error)) == (outcome, True)
    source.refresh_from_db()
    assert source.failures_in_row == 3
    assert source.next_run_at > NOW + timedelta(days=3)


def test_what_a_redirect_points_at_is_never_asked(boards: Boards, source):
    boards.play(BOARD, Reply(b"", status=302, headers={"Location": "http://127.0.0.1:1/inside"}))
    read(source)
    assert [asked.place for asked in boards.asked] == [BOARD]


def test_a_redirect_within_the_host_is_followed_a_few_times(boards: Boards, source):
    other = "boards-api.greenhouse.io/v1/boards/acme2/jobs"
    boards.play(BOARD, Reply(b"", status=301, headers={"Location": "/v1/boards/acme2/jobs"}))
    boards.play(other, board(job(1)))
    assert read(source).new == 1
    boards.play(other, Reply(b"", status=301, headers={"Location": "/v1/boards/acme/jobs"}))
    assert read(source, NOW + timedelta(days=1)).outcome == "blocked"


def test_out_of_order_for_a_moment_is_tried_again(boards: Boards, source, patient):
    boards.play(
        BOARD, Reply(b"", status=503, headers={"Retry-After": "3"}), Reply(b"", status=500), board(job(1))
    )
    assert read(source).outcome == "ok"
    assert patient == [3.0, 4.0]


def test_a_host_that_asks_for_minutes_is_left_alone_for_them(boards: Boards, source, patient):
    boards.play(BOARD, Reply(b"", status=429, headers={"Retry-After": "86400"}))
    read(source)
    source.refresh_from_db()
    assert patient == []
    # Clamped to an hour; failing sources wait for longer than that by themselves.
    assert source.next_run_at >= NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "skew", [timedelta(days=-400), timedelta(), timedelta(days=400)], ids=["slow", "right", "fast"]
)
def test_a_date_to_come_back_is_measured_by_the_clock_of_the_server_that_names_it(
    boards: Boards, source, skew
):
    there = datetime.now(UTC) + skew
    stamp = "%a, %d %b %Y %H:%M:%S GMT"
    headers = {"Date": there.strftime(stamp), "Retry-After": (there + timedelta(minutes=30)).strftime(stamp)}
    boards.play(BOARD, Reply(b"", status=429, headers=headers))
    assert read(source).wait_seconds == pytest.approx(1800, abs=2)


def test_an_empty_board_closes_at_the_second_miss(boards: Boards, source):
    boards.play(BOARD, board(job(1), job(2)))
    read(source)
    boards.play(BOARD, board())
    first, second = read(source, NOW + timedelta(hours=6)), read(source, NOW + timedelta(hours=12))
    assert (first.outcome, first.closed, second.closed) == ("ok", 0, 2)
    assert open_numbers() == set()


def test_nothing_modified_keeps_what_is_listed_and_counts_what_is_missing(boards: Boards, source):
    boards.play(BOARD, board(job(1), job(2), ETag='"a"'))
    read(source)
    boards.play(BOARD, board(job(1), ETag='"b"'))
    read(source, NOW + timedelta(hours=6))
    boards.play(
        BOARD,
        lambda asked: (
            Reply(b"", status=304) if asked.headers.get("if-none-match") == '"b"' else Reply(status=500)
        ),
    )

    summary = read(source, NOW + timedelta(hours=12))

    assert (summary.outcome, summary.unchanged, summary.closed) == ("not_modified", 1, 1)
    assert open_numbers() == {"1"}
    assert JobSighting.objects.get(external_id="1").last_seen_at == NOW + timedelta(hours=12)


def test_validators_of_a_reading_that_went_wrong_are_not_used(boards: Boards, source):
    boards.play(BOARD, as_json({"jobs": [job(1)], "meta": {"total": 9}}, ETag='"a"'))
    read(source)
    boards.play(
        BOARD, lambda asked: Reply(b"", status=304) if "if-none-match" in asked.headers else board(job(1))
    )
    assert read(source, NOW + timedelta(hours=6)).outcome == "ok"


def test_rules_of_reading_that_changed_ask_for_everything_again(boards: Boards, source, monkeypatch):
    boards.play(BOARD, board(job(1), ETag='"a"'))
    read(source)
    monkeypatch.setattr(polling, "reader_version", lambda: "newer")
    boards.play(
        BOARD, lambda asked: Reply(b"", status=304) if "if-none-match" in asked.headers else board(job(1))
    )
    assert read(source, NOW + timedelta(hours=6)).outcome == "ok"


def test_one_posting_that_cannot_be_read_is_kept_with_its_reason_and_is_listed_all_the_same(
    boards: Boards, source
):
    boards.play(BOARD, board(job(1), job(2)))
    read(source)
    boards.play(BOARD, board(job(1), job(2, title={"text": "Engineer"})))
    for hours in (6, 12, 18):
        summary = read(source, NOW + timedelta(hours=hours))
        assert (summary.outcome, summary.rejected, summary.closed) == ("ok", 1, 0)
    assert open_numbers() == {"1", "2"}
    rejection = JobRejection.objects.filter(run_id=summary.run_id).get()
    assert (rejection.field, rejection.external_id, len(rejection.payload_hash)) == ("title", "2", 64)


def test_a_posting_without_a_number_leaves_open_what_is_missing(boards: Boards, source):
    boards.play(BOARD, board(job(1), job(2)))
    read(source)
    boards.play(BOARD, board(job(1), {"title": "Engineer 2"}))
    for hours in (6, 12, 18):
        assert read(source, NOW + timedelta(hours=hours)).closed == 0
    assert open_numbers() == {"1", "2"}


@pytest.mark.parametrize(
    "strange",
    [17, None, "job", [], {"id": None}, {"id": True}, {"id": "a\x00b"}, {"id": "\ud800"}, {"id": "x" * 300}],
    ids=repr,
)
def test_a_thing_that_is_no_posting_harms_no_other(boards: Boards, source, strange):
    boards.play(BOARD, board(job(1), strange, job(3)))
    summary = read(source)
    assert (summary.new, summary.rejected) == (2, 1)


@pytest.mark.parametrize(
    "strange", ["a\x00b", "\ud800", "<script>alert(1)</script>" * 3], ids=["NUL", "half a pair", "script"]
)
def test_text_that_could_break_a_page_or_a_table_does_not(boards: Boards, source, strange):
    boards.play(BOARD, board(job(1, content=f"<p>{strange} {TEXT}</p>", extra=strange), job(2)))
    summary = read(source)
    assert summary.outcome == "ok"
    assert "2" in open_numbers()
    assert "<script" not in "".join(Job.objects.values_list("description_html", flat=True))


def test_a_number_twice_on_a_page_is_said_once(boards: Boards, source):
    boards.play(BOARD, board(job(1), job(1, title="Another")))
    summary = read(source)
    assert (summary.new, summary.rejected) == (1, 1)
    assert Job.objects.get().title == "Engineer 1"


LEVER = "api.lever.co/v0/postings/acme"


def lever(number: int) -> dict:
    return {
        "id": f"0d6c5f6e-2c0b-4c3a-9a55-{number:012d}",
        "text": f"Engineer {number}",
        "categories": {"location": "Oslo"},
        "description": f"<p>Team {number}</p>{TEXT}",
        "hostedUrl": f"https://jobs.lever.co/acme/0d6c5f6e-2c0b-4c3a-9a55-{number:012d}",
    }


def test_a_page_that_repeats_for_ever_is_cut_off(boards: Boards, worker):
    source = JobSourceFactory(kind="lever", board="acme", next_run_at=NOW)
    boards.play_json(LEVER, [lever(number) for number in range(100)])
    summary = read(source)
    assert (summary.outcome, summary.new, boards.times(LEVER)) == ("truncated", 100, 2)


def test_a_posting_that_moves_to_the_next_page_meanwhile_counts_once(boards: Boards, worker):
    source = JobSourceFactory(kind="lever", board="acme", next_run_at=NOW)
    boards.play_json(LEVER, [lever(number) for number in range(100)], [lever(99), lever(100)])
    summary = read(source)
    assert (summary.outcome, summary.new, summary.rejected) == ("ok", 101, 0)


def test_a_page_missing_in_the_middle_closes_nothing_and_keeps_what_came(boards: Boards, worker):
    source = JobSourceFactory(kind="lever", board="acme", next_run_at=NOW)
    boards.play_json(LEVER, [lever(number) for number in range(100)], [lever(100)])
    read(source)
    boards.play(LEVER, as_json([lever(number) for number in range(1, 101)]), Reply(b"", status=404))
    for day in (1, 2, 3):
        assert read(source, NOW + timedelta(days=day)).outcome == "not_found"
    assert len(open_numbers()) == 101


SMART = "api.smartrecruiters.com/v1/companies/acme/postings"


def smart(number: int) -> dict:
    return {
        "id": str(number),
        "name": f"Nurse {number}",
        "company": {"name": "Acme"},
        "location": {"city": "Bern", "country": "ch"},
    }


def detail(number: int) -> dict:
    return smart(number) | {
        "jobAd": {"sections": {"jobDescription": {"text": f"<p>Ward {number}</p>{TEXT}"}}}
    }


def test_texts_are_asked_for_where_something_is_new_alone(boards: Boards, worker):
    source = JobSourceFactory(kind="smartrecruiters", board="acme", next_run_at=NOW)
    boards.play_json(SMART, {"totalFound": 2, "content": [smart(1), smart(2)]})
    boards.play_json(f"{SMART}/1", detail(1))
    boards.play_json(f"{SMART}/2", detail(2))
    assert read(source).new == 2
    assert (read(source, NOW + timedelta(minutes=1)).unchanged, boards.times(f"{SMART}/1")) == (2, 1)
    # Once a week they are looked at again: their lists do not tell of every change.
    read(source, NOW + timedelta(days=7))
    assert boards.times(f"{SMART}/1") == 2


def test_a_posting_that_goes_while_it_is_read_is_no_fault_of_the_board(boards: Boards, worker):
    source = JobSourceFactory(kind="smartrecruiters", board="acme", next_run_at=NOW)
    boards.play_json(SMART, {"totalFound": 2, "content": [smart(1), smart(2)]})
    boards.play_json(f"{SMART}/1", detail(1))
    summary = read(source)
    assert (summary.outcome, summary.new, summary.rejected) == ("ok", 1, 1)


def test_a_reading_that_takes_too_long_ends_and_the_next_goes_on(boards: Boards, worker, monkeypatch):
    source = JobSourceFactory(kind="lever", board="acme", next_run_at=NOW)
    boards.play_json(LEVER, [lever(number) for number in range(100)])
    monkeypatch.setattr(polling, "LONGEST", timedelta(seconds=-1))
    assert read(source).outcome == "timeout"


def test_what_is_not_reached_says_so(settings, source, worker):
    settings.FETCH_MIRROR = "http://127.0.0.1:1"
    settings.OUTBOUND_PRIVATE_HOSTS = frozenset({"127.0.0.1:1"})
    summary = read(source)
    assert (summary.outcome, "connect_refused" in summary.error) == ("unreachable", True)


def test_nothing_inside_is_asked_by_a_feed_of_anybodys_choice(worker, settings):
    settings.FETCH_MIRROR = ""
    settings.OUTBOUND_PRIVATE_HOSTS = frozenset()
    source = JobSourceFactory(kind="rss", board="https://127.0.0.1:8000/feed", next_run_at=NOW)
    assert read(source).outcome == "unreachable"


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (Reply(b"User-agent: *\nDisallow: /jobs"), "blocked"),
        (Reply(b"User-agent: Relevnt\nDisallow: /"), "blocked"),
        (Reply(b"User-agent: *\nDisallow: /private"), "ok"),
        (Reply(b"", status=404), "ok"),
        (Reply(b"", status=503), "unavailable"),
    ],
    ids=["everybody", "us", "elsewhere", "none", "nobody knows"],
)
def test_pages_that_were_not_made_for_programs_are_read_as_their_robots_txt_allows(
    boards: Boards, worker, robots, outcome
):
    source = JobSourceFactory(kind="page", board="https://acme.example/jobs", next_run_at=NOW)
    page = '<script type="application/ld+json">{"@type": "JobPosting", "title": "Cook", "description": "You cook."}</script>'
    boards.play("acme.example/robots.txt", robots)
    boards.play("acme.example/jobs", Reply(page.encode(), headers={"Content-Type": "text/html"}))
    assert read(source).outcome == outcome
    assert boards.times("acme.example/jobs") == (outcome == "ok")


def test_a_page_in_an_older_encoding_is_read_as_it_says(boards: Boards, worker):
    source = JobSourceFactory(kind="rss", board="https://acme.example/feed", next_run_at=NOW)
    feed = "<?xml version='1.0'?><rss version='2.0'><channel><item><title>Küchenhilfe</title><link>https://acme.example/1</link></item></channel></rss>"
    boards.play(
        "acme.example/feed",
        Reply(feed.encode("latin-1"), headers={"Content-Type": "application/rss+xml; charset=iso-8859-1"}),
    )
    read(source)
    assert Job.objects.get().title == "Küchenhilfe"


def test_no_key_of_an_address_is_told(boards: Boards, worker, settings, caplog):
    settings.ADZUNA_APP_ID, settings.ADZUNA_APP_KEY = "id", "topsecret"
    source = JobSourceFactory(kind="adzuna", board="country=gb", terms_accepted_at=NOW, next_run_at=NOW)
    boards.play("api.adzuna.com/v1/api/jobs/gb/search/1", Reply(b"", status=403))
    assert read(source).outcome == "blocked"
    assert "topsecret" not in JobRun.objects.get().error + caplog.text


def test_slow_boards_do_not_hold_a_transaction(boards: Boards, source):
    """The page is fetched before anything is locked in the database but the source itself."""
    savepoints: list[int] = []

    def look(asked) -> Reply:
        savepoints.append(len(connection.savepoint_ids))
        return board(job(1))

    outside = len(connection.savepoint_ids)
    boards.play(BOARD, look)
    read(source)
    assert savepoints == [outside]
