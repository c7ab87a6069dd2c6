"""Adding sources by their address, their health, the clock, the trial, the command and the operator's pages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from matching import polling, tasks
from matching.ingest import only_run_of
from matching.models import Job, JobRun, JobSighting, JobSource
from matching.source_health import read_health
from matching.source_setup import Board, NotRecognized, SourceRefused, add_source, find_board
from matching.sources.registry import SOURCES, posting_key, recognize
from personas.row_security import WORKER_ROLE
from tests.boards import Boards, Reply, as_json
from tests.factories import JobFactory, JobRunFactory, JobSightingFactory, JobSourceFactory
from tests.matching.sources.test_faults import BOARD, board, job
from tests.roles import as_role

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HTML = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("address", "kind", "found"),
    [
        ("https://boards.greenhouse.io/acme", "greenhouse", "acme"),
        ("https://job-boards.greenhouse.io/acme/jobs/4400112003?gh_src=x", "greenhouse", "acme"),
        ("https://job-boards.eu.greenhouse.io/acme", "greenhouse", "acme"),
        ("https://boards.greenhouse.io/embed/job_board/js?for=acme", "greenhouse", "acme"),
        ("https://boards.greenhouse.io/embed/job_app?for=acme&token=123", "greenhouse", "acme"),
        ("https://jobs.lever.co/acme/0d6c5f6e-2c0b-4c3a-9a55-2f6c7c1b9a01/apply", "lever", "acme"),
        ("jobs.eu.lever.co/acme", "lever_eu", "acme"),
        ("https://jobs.ashbyhq.com/1st%20formations", "ashby", "1st formations"),
        ("https://careers.smartrecruiters.com/Acme", "smartrecruiters", "Acme"),
        ("https://apply.workable.com/acme/j/A1B2C3D4E5/", "workable", "acme"),
        ("https://acme.recruitee.com/o/accountant", "recruitee", "acme"),
        ("https://acme.jobs.personio.de/job/118822?language=de", "personio", "acme"),
    ],
)
def test_a_board_is_told_by_its_address(address, kind, found):
    source, name = recognize(address)
    assert (source.kind, name) == (kind, found)


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.example/jobs",
        "https://www.recruitee.com/",
        "https://jobs.lever.co/",
        "https://greenhouse.io/acme",
        "https://docs.recruitee.com/x",
        "",
        "jobs.ashbyhq.com.evil.example/acme",
    ],
)
def test_other_addresses_are_no_boards(address):
    assert recognize(address) is None


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://job-boards.greenhouse.io/acme/jobs/44", "greenhouse:44"),
        ("https://acme.example/careers?gh_jid=44", "greenhouse:44"),
        (
            "https://jobs.lever.co/acme/0d6c5f6e-2c0b-4c3a-9a55-2f6c7c1b9a01/apply",
            "lever:0d6c5f6e-2c0b-4c3a-9a55-2f6c7c1b9a01",
        ),
        ("https://apply.workable.com/j/A1B2C3D4E5/apply", "workable:A1B2C3D4E5"),
        (
            "https://jobs.smartrecruiters.com/Acme/744000138728139-data-science",
            "smartrecruiters:744000138728139",
        ),
        ("https://acme.jobs.personio.com/job/118822", "personio:118822"),
        ("https://acme.example/jobs/44", ""),
        ("https://jobs.lever.co/acme", ""),
    ],
)
def test_a_posting_of_a_board_is_told_by_its_address(address, key):
    assert posting_key("", address) == key


def test_the_board_behind_a_careers_page_is_found_by_its_links(boards: Boards):
    links = (
        '<a href="https://jobs.ashbyhq.com/other/x"></a>'
        + '<script src="//boards.greenhouse.io/embed/job_board/js?for=acme"></script>' * 2
    )
    boards.play("acme.example/work", Reply(links.encode(), headers=HTML))
    assert find_board("acme.example/work") == Board("greenhouse", "acme")
    assert find_board("https://acme.example/work").company == "Acme"


def test_a_page_that_describes_its_openings_itself_is_its_own_board(boards: Boards):
    page = (
        '<script type="application/ld+json">{"@graph": [{"@type": "JobPosting", "title": "Cook"}]}</script>'
    )
    boards.play("acme.example/work", Reply(page.encode(), headers=HTML))
    assert find_board("https://acme.example/work") == Board("page", "https://acme.example/work")


def test_a_feed_is_found_itself_and_by_the_page_that_names_it(boards: Boards):
    feed = b"<?xml version='1.0'?><rss version='2.0'><channel><title>Jobs</title><item><title>Cook</title></item></channel></rss>"
    boards.play("acme.example/feed", Reply(feed, headers={"Content-Type": "application/rss+xml"}))
    boards.play(
        "acme.example/work",
        Reply(b'<html><link rel="alternate" type="application/rss+xml" href="/feed"></html>', headers=HTML),
    )
    assert (
        find_board("https://acme.example/feed")
        == find_board("https://acme.example/work")
        == Board("rss", "https://acme.example/feed")
    )


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b"<html>Hello</html>", headers=HTML), "leads to no board"),
        (Reply(b"", status=404), "404"),
        (Reply(b"", status=302, headers={"Location": "https://elsewhere.example/"}), "elsewhere.example"),
    ],
    ids=["nothing on it", "not there", "led away"],
)
def test_what_is_not_recognized_says_what_was_seen(boards: Boards, reply, words):
    boards.play("acme.example/work", reply)
    with pytest.raises(NotRecognized, match=words):
        find_board("https://acme.example/work")


def test_an_address_inside_is_not_looked_at(settings):
    settings.FETCH_MIRROR = ""
    with pytest.raises(NotRecognized, match="not reached"):
        find_board("http://127.0.0.1:8000/")


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("kind", "asked", "field"),
    [
        ("nothing", "acme", "kind"),
        ("greenhouse", "", "board"),
        ("recruitee", "acme.recruitee.com", "board"),
        ("rss", "acme", "board"),
        ("rss", "http://acme.example/feed", "board"),
        ("page", "http://acme.example/jobs", "board"),
        ("page", "ftp://acme.example", "board"),
        ("adzuna", "", "board"),
        ("adzuna", "country=atlantis", "board"),
        ("themuse", "colour=red", "board"),
        ("themuse", "level=a&level=b", "board"),
        ("remotive", "devops", "board"),
    ],
)
def test_a_source_that_cannot_be_asked_is_not_added(kind, asked, field):
    with pytest.raises(SourceRefused) as caught:
        add_source(kind=kind, board=asked, now=NOW)
    assert caught.value.field == field
    assert not JobSource.objects.filter(kind=kind).exists()


@pytest.mark.usefixtures("worker")
def test_a_board_is_added_once_under_a_name_of_its_own():
    first = add_source(kind="greenhouse", board=" acme ", company="Acme", now=NOW)
    assert (first.name, first.board, first.next_run_at) == ("Acme (Greenhouse)", "acme", NOW)
    with pytest.raises(SourceRefused, match="Acme \\(Greenhouse\\)") as caught:
        add_source(kind="greenhouse", board="acme", now=NOW)
    assert caught.value.field == "board"
    with pytest.raises(SourceRefused) as caught:
        add_source(kind="lever", board="acme", name="Acme (Greenhouse)", now=NOW)
    assert caught.value.field == "name"


@pytest.mark.usefixtures("worker")
def test_every_kind_can_be_added_and_credits_whom_its_terms_ask_to():
    boards_of = {"rss": "https://x.example/feed", "page": "https://x.example/jobs", "adzuna": "country=gb"}
    for kind, source in SOURCES.items():
        row = add_source(
            kind=kind,
            board=boards_of.get(kind, "acme" if source.is_first_party and kind != "usajobs" else ""),
            now=NOW,
        )
        assert row.attribution == source.terms.attribution
    assert SOURCES["remotive"].terms.must_accept


@pytest.mark.usefixtures("worker")
def test_what_has_terms_to_accept_is_not_asked_before(boards: Boards):
    source = add_source(kind="remotive", board="", now=NOW)
    assert polling.claim_due(now=NOW, most=5) == []
    with pytest.raises(polling.SourceNotReady, match="terms"):
        polling.read_source(source=source, now=NOW)
    assert boards.asked == []
    JobSource.objects.filter(pk=source.pk).update(terms_accepted_at=NOW)
    assert polling.claim_due(now=NOW, most=5) == [source]


@pytest.mark.usefixtures("worker")
def test_what_needs_a_key_says_which(settings):
    settings.USAJOBS_KEY = ""
    source = add_source(kind="usajobs", board="", now=NOW)
    with pytest.raises(polling.SourceNotReady, match="USAJOBS_EMAIL, USAJOBS_KEY"):
        polling.read_source(source=source, now=NOW)


@pytest.mark.usefixtures("worker")
def test_what_is_due_is_taken_once_and_not_more_of_it_than_may_be_read_at_once():
    late, later = (
        JobSourceFactory(kind="lever", board="a", next_run_at=NOW - timedelta(hours=2)),
        JobSourceFactory(kind="lever", board="b", next_run_at=NOW - timedelta(hours=1)),
    )
    JobSourceFactory(kind="lever", board="c", next_run_at=NOW + timedelta(seconds=1))
    JobSourceFactory(kind="lever", board="d", next_run_at=NOW, enabled=False)
    JobSourceFactory(kind="file", next_run_at=NOW)
    assert polling.claim_due(now=NOW, most=1) == [late]
    assert polling.claim_due(now=NOW, most=5) == [later]
    assert polling.claim_due(now=NOW, most=5) == []
    assert late in polling.claim_due(now=NOW + polling.CLAIM, most=5)


@pytest.mark.usefixtures("worker")
def test_no_more_are_taken_than_are_not_running_already():
    running = JobSourceFactory(kind="lever", board="a")
    JobRunFactory(source=running, outcome="running", finished_at=None)
    JobSourceFactory(kind="lever", board="b", next_run_at=NOW)
    assert polling.claim_due(now=NOW, most=1) == []
    assert len(polling.claim_due(now=NOW, most=2)) == 1


@pytest.mark.usefixtures("worker")
def test_what_was_taken_while_the_worker_was_busy_waits_for_its_turn(boards: Boards):
    running = JobSourceFactory(kind="lever", board="a")
    JobRunFactory(source=running, outcome="running", finished_at=None)
    waiting = JobSourceFactory(kind="lever", board="b", next_run_at=NOW + polling.CLAIM)
    assert tasks.read_source(source_id=str(waiting.pk)) == "waits"
    waiting.refresh_from_db()
    assert boards.asked == []
    assert waiting in polling.claim_due(now=timezone.now(), most=2)


@pytest.mark.usefixtures("worker")
def test_a_run_whose_process_died_is_healed_and_one_that_goes_on_is_not():
    from threading import Event, Thread

    from django.db import connection

    dead = JobSourceFactory(kind="lever", board="a")
    JobRunFactory(source=dead, outcome="running", finished_at=None)
    assert polling.heal_runs() == 1
    run = JobRun.objects.get(source=dead)
    assert (run.outcome, run.finished_at is not None) == ("failed", True)

    JobRunFactory(source=dead, outcome="running", finished_at=None)
    held, done = Event(), Event()

    def hold() -> None:
        with only_run_of(dead):
            held.set()
            done.wait(10)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    held.wait(10)
    assert polling.heal_runs() == 0
    done.set()
    holder.join()


@pytest.mark.usefixtures("worker")
def test_the_clock_reads_what_is_due_and_new_jobs_make_personas_due(boards: Boards, settings, monkeypatch):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    source = add_source(kind="greenhouse", board="acme", now=NOW)
    boards.play(BOARD, board(job(1)))
    asked: list[str] = []
    monkeypatch.setattr(tasks.read_source, "delay", lambda *, source_id: asked.append(source_id))
    assert tasks.poll_sources() == 1
    assert tasks.read_source(source_id=asked[0]) == "ok"
    assert Job.objects.open().count() == 1
    source.refresh_from_db()
    assert source.next_run_at > NOW + timedelta(minutes=30)
    # What matching goes by: the number of runs that changed something.
    from matching.market import jobs_revision

    assert jobs_revision() > 0


@pytest.mark.usefixtures("worker")
def test_a_trial_shows_what_would_be_read_and_keeps_nothing(boards: Boards):
    source = JobSourceFactory(kind="greenhouse", board="acme", company="Acme Works")
    boards.play(
        BOARD, board(job(1, company_name=""), job(2, title=["x"]), *(job(number) for number in range(3, 40)))
    )
    trial = polling.try_source(source=source, now=NOW)
    assert (trial.listed, trial.total, len(trial.postings), len(trial.rejections)) == (39, 39, 19, 1)
    assert trial.postings[0].company == "Acme Works"
    boards.play(BOARD, Reply(b"nope", status=404))
    assert "404" in polling.try_source(source=source, now=NOW).fault
    assert (Job.objects.count(), JobRun.objects.count()) == (0, 0)


def health_of(source: JobSource):
    return read_health(sources=[source], now=NOW)[source.pk]


def run(source: JobSource, days: float, outcome: str = "ok", **counts) -> None:
    at = NOW - timedelta(days=days)
    JobRunFactory(source=source, outcome=outcome, started_at=at, finished_at=at, **counts)


@pytest.mark.usefixtures("worker")
def test_health_tells_nothing_because_broken_from_nothing_because_nothing_is_there():
    def new(name: str) -> JobSource:
        return JobSourceFactory(kind="lever", board=name)

    never, empty, rejected, broken, odd = new("a"), new("b"), new("c"), new("d"), new("e")
    run(empty, 0)
    run(rejected, 0, fetched_count=5, rejected_count=5)
    run(broken, 1, fetched_count=9)
    run(broken, 0, "blocked", error="api.lever.co answered 403")
    JobSource.objects.filter(pk=broken.pk).update(failures_in_row=4)
    broken.refresh_from_db()
    for day, count in ((3, 100), (2, 120), (1, 110), (0, 20)):
        run(odd, day, fetched_count=count)
    assert health_of(never).state == "new"
    assert (health_of(empty).state, health_of(empty).said) == ("fine", "Read, and nothing is listed there.")
    assert (health_of(rejected).state, health_of(rejected).said) == (
        "failing",
        "All 5 postings were rejected.",
    )
    told = health_of(broken)
    assert (told.state, told.listed, told.said) == (
        "failing",
        9,
        "Refused: api.lever.co answered 403 (4 times in a row)",
    )
    assert (health_of(odd).state, health_of(odd).usual, health_of(odd).said) == (
        "odd",
        110,
        "20 postings, where 110 are usual.",
    )


@pytest.mark.usefixtures("worker")
def test_closing_dates_are_no_reading():
    source = JobSourceFactory(kind="lever", board="a")
    run(source, 0, kind="closing", closed_count=3)
    assert health_of(source).state == "new"


@pytest.mark.usefixtures("worker")
def test_health_takes_as_many_queries_for_many_sources(django_assert_num_queries):
    sources = [JobSourceFactory(kind="lever", board=str(number)) for number in range(5)]
    for source in sources:
        run(source, 0)
    with django_assert_num_queries(3):
        read_health(sources=sources, now=NOW)


@pytest.mark.usefixtures("worker")
def test_the_command_reads_a_source(boards: Boards, capsys):
    add_source(kind="greenhouse", board="acme", company="Acme", now=NOW)
    boards.play(BOARD, board(job(1), job(2, title=[])))
    call_command("ingest_jobs", source="Acme (Greenhouse)")
    told = capsys.readouterr().out
    assert "Acme (Greenhouse)" in told
    assert "title" in told
    boards.play(BOARD, Reply(b"", status=404))
    with pytest.raises(CommandError, match="404"):
        call_command("ingest_jobs", source="Acme (Greenhouse)")
    with pytest.raises(CommandError, match="Acme"):
        call_command("ingest_jobs", source="Nobody")


# --- the operator's pages -----------------------------------------------------------------------------------------


@pytest.fixture
def operator(client, staff):
    client.force_login(staff)
    return client


def page(client, name: str, *args) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_source_is_added_by_pasting_its_careers_page(
    operator, boards: Boards, monkeypatch, django_capture_on_commit_callbacks
):
    asked: list[bool] = []
    monkeypatch.setattr(tasks.poll_sources, "delay", lambda: asked.append(True))
    boards.play(
        "acme.example/work", Reply(b'<a href="https://jobs.ashbyhq.com/acme-works">Jobs</a>', headers=HTML)
    )
    url = reverse("admin:matching_jobsource_add")
    recognized = operator.post(url, {"address": "https://acme.example/work"}).content.decode()
    assert 'value="acme-works"' in recognized
    assert 'value="Acme Works"' in recognized
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(url, {"kind": "ashby", "board": "acme-works", "company": "Acme Works"})
    source = JobSource.objects.get(kind="ashby")
    assert answer.url == reverse("admin:matching_jobsource_change", args=[source.pk])
    assert asked == [True]
    assert (
        "There is a source for this board already"
        in operator.post(url, {"kind": "ashby", "board": "acme-works"}).content.decode()
    )
    boards.play("acme.example/work", Reply(b"", status=404))
    assert (
        "could not be read" in operator.post(url, {"address": "https://acme.example/work"}).content.decode()
    )


def test_terms_are_shown_and_accepted(operator):
    with as_role(WORKER_ROLE):
        source = add_source(kind="remotive", board="", now=NOW)
    url = reverse("admin:matching_jobsource_change", args=[source.pk])
    assert "named as their source" in page(operator, "matching_jobsource_change", source.pk)
    values = {
        "name": source.name,
        "company": "",
        "attribution": source.attribution,
        "enabled": "on",
        "accepts_terms": "on",
    }
    assert operator.post(url, values).status_code == 302
    source.refresh_from_db()
    assert source.terms_accepted_at is not None
    operator.post(url, {key: value for key, value in values.items() if key != "accepts_terms"})
    source.refresh_from_db()
    assert source.terms_accepted_at is None


def test_the_list_tells_how_sources_are_doing(operator):
    with as_role(WORKER_ROLE):
        source = JobSourceFactory(kind="lever", board="acme", name="Acme (Lever)")
        run(source, 0, "blocked", error="api.lever.co answered 403")
    text = page(operator, "matching_jobsource_changelist")
    assert "Refused: api.lever.co answered 403" in text


def test_a_source_is_tried_and_read_from_its_page(
    operator, boards: Boards, monkeypatch, django_capture_on_commit_callbacks
):
    asked: list[bool] = []
    monkeypatch.setattr(tasks.poll_sources, "delay", lambda: asked.append(True))
    with as_role(WORKER_ROLE):
        source = add_source(kind="greenhouse", board="acme", now=NOW + timedelta(days=400))
    boards.play(BOARD, board(job(1), job(2, title=[])))
    told = operator.post(reverse("admin:matching_jobsource_try", args=[source.pk])).content.decode()
    assert "Engineer 1" in told
    assert "Nothing of this was kept" in told
    assert Job.objects.count() == 0
    with django_capture_on_commit_callbacks(execute=True):
        operator.post(reverse("admin:matching_jobsource_read", args=[source.pk]))
    source.refresh_from_db()
    assert asked == [True]
    assert source.next_run_at < NOW + timedelta(days=100)
    # A look alone asks nobody.
    before = len(boards.asked)
    operator.get(reverse("admin:matching_jobsource_try", args=[source.pk]))
    operator.get(reverse("admin:matching_jobsource_read", args=[source.pk]))
    assert (len(boards.asked), asked) == (before, [True])


def test_a_run_shows_its_rejections_by_reason_and_hostile_text_escaped(operator, boards: Boards):
    with as_role(WORKER_ROLE):
        source = add_source(kind="greenhouse", board="acme", now=NOW)
        boards.play(
            BOARD,
            board(
                job(1),
                job(2, first_published="<script>alert(1)</script>"),
                job(3, first_published="<script>alert(1)</script>"),
            ),
        )
        summary = polling.read_source(source=source, now=NOW)
    text = page(operator, "matching_jobrun_change", summary.run_id)
    assert "is not a date" in text
    assert "<script>alert(1)" not in text
    assert "first_published" in text


def test_merges_are_explained_and_undone(operator, monkeypatch, django_capture_on_commit_callbacks):
    asked: list[str] = []
    monkeypatch.setattr(tasks.keep_sighting_apart, "delay", lambda *, sighting_id: asked.append(sighting_id))
    with as_role(WORKER_ROLE):
        merged = JobSightingFactory(job=JobFactory(), merged_because="same_opening")
    assert "same employer, title and places" in page(operator, "matching_jobsighting_changelist")
    with django_capture_on_commit_callbacks(execute=True):
        operator.post(
            reverse("admin:matching_jobsighting_changelist"),
            {"action": "keep_apart", "_selected_action": [str(merged.pk)]},
        )
    assert asked == [str(merged.pk)]
    with as_role(WORKER_ROLE):
        tasks.keep_sighting_apart(sighting_id=str(merged.pk))
        assert JobSighting.objects.get(pk=merged.pk).kept_apart


def test_jobs_of_a_source_that_is_switched_off_can_be_closed(
    operator, monkeypatch, django_capture_on_commit_callbacks
):
    asked: list[str] = []
    monkeypatch.setattr(tasks.close_jobs_of, "delay", lambda *, source_id: asked.append(source_id))
    with as_role(WORKER_ROLE):
        on = JobSourceFactory(kind="lever", board="a")
        off = JobSourceFactory(kind="lever", board="b", enabled=False)
        for source in (on, off):
            JobSightingFactory(source=source, job=JobFactory(source=source))
    with django_capture_on_commit_callbacks(execute=True):
        operator.post(
            reverse("admin:matching_jobsource_changelist"),
            {"action": "close_jobs", "_selected_action": [str(on.pk), str(off.pk)]},
        )
    assert asked == [str(off.pk)]
    with as_role(WORKER_ROLE):
        assert tasks.close_jobs_of(source_id=str(off.pk)) == 1
        assert tasks.close_jobs_of(source_id=str(on.pk)) == 0
    assert Job.objects.open().get().source_id == on.pk


@pytest.mark.parametrize("name", ["matching_jobsource_add", "matching_jobsource_changelist"])
def test_only_staff_see_sources(client, alice, name):
    client.force_login(alice)
    assert client.get(reverse(f"admin:{name}")).status_code in {302, 404}


def test_a_document_that_says_nothing_is_no_board(boards: Boards):
    boards.play("acme.example/api", as_json({"hello": 1}))
    with pytest.raises(NotRecognized):
        find_board("https://acme.example/api")
