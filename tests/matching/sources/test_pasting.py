"""Postings that people bring: by a link to a board or a page, by their words; refused with a reason; looked at again; everybody's, and nobody's name."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from matching import pasting
from matching.models import Job, JobRejection, JobRun, JobSighting, JobSource, PastedPosting
from matching.polling import SourceNotReady, check_ready, read_source
from personas.identity import acting_as
from personas.row_security import WORKER_ROLE
from personas.services import ValuesRefused
from tests.boards import Boards, Reply
from tests.factories import JobFactory, JobSourceFactory
from tests.matching.sources.test_faults import BOARD, board, job
from tests.roles import as_role

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HTML = {"Content-Type": "text/html"}
PAGE = "acme.example/jobs/44"
TEXT = "We look for a gardener with a driving licence. You know roses. $50,000 - $60,000 a year."
NODE = {
    "@context": "https://schema.org",
    "@type": "JobPosting",
    "title": "Gardener",
    "description": "<p>You know roses and Python.</p>",
    "hiringOrganization": {"@type": "Organization", "name": "Acme Gardens"},
    "jobLocation": {
        "@type": "Place",
        "address": {"addressLocality": "Austin", "addressRegion": "TX", "addressCountry": "US"},
    },
}


def page(*nodes: dict) -> Reply:
    scripts = "".join(
        f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes or (NODE,)
    )
    return Reply(f"<html><body>{scripts}</body></html>".encode(), headers=HTML)


def paste(user, **given) -> PastedPosting:
    with acting_as(user.pk):
        return pasting.paste(user=user, now=NOW, **given)


def take_in(now: datetime = NOW) -> int:
    with as_role(WORKER_ROLE):
        return pasting.take_in_pasted(now=now)


def look_again(now: datetime) -> int:
    with as_role(WORKER_ROLE):
        return pasting.look_again(now=now)


def again(user, row: PastedPosting) -> PastedPosting:
    with acting_as(user.pk):
        return PastedPosting.objects.select_related("job").get(pk=row.pk)


def test_a_link_to_a_page_becomes_a_job(db, alice, boards: Boards):
    boards.play(PAGE, page())
    row = paste(alice, address="http://acme.example/jobs/44?utm_source=mail#top")
    assert row.address == "https://acme.example/jobs/44"
    assert take_in() == 1
    found = again(alice, row)
    assert (found.state, found.job.title, found.job.company, found.job.url) == (
        "taken",
        "Gardener",
        "Acme Gardens",
        "https://acme.example/jobs/44",
    )
    assert found.job.places[0]["city"] == "Austin"
    assert take_in() == 0


def test_a_link_to_a_known_board_is_read_from_that_board_alone(db, alice, boards: Boards):
    boards.play(BOARD, board(job(1), job(2)))
    address = job(2)["absolute_url"]
    row = paste(alice, address=address)
    take_in()
    found = again(alice, row).job
    assert found.title == job(2)["title"]
    assert Job.objects.count() == 1
    assert {asked.place for asked in boards.asked} == {BOARD}
    with acting_as(alice.pk):
        assert pasting.find_typed(address) == found


def test_what_the_board_does_not_list_is_refused_and_says_so(db, alice, boards: Boards):
    boards.play(BOARD, board(job(1)))
    row = paste(alice, address=job(7)["absolute_url"])
    take_in()
    found = again(alice, row)
    assert (found.state, found.job) == ("refused", None)
    assert "does not list this opening" in found.reason
    assert JobRejection.objects.get().external_id == row.address
    boards.play(BOARD, board(job(1), job(7)))
    with acting_as(alice.pk):
        pasting.try_again(pasted=row)
    take_in()
    assert (again(alice, row).state, again(alice, row).reason) == ("taken", "")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Reply(b"<html>no posting</html>", headers=HTML), "no JSON-LD"),
        (Reply(b"", status=404), "404"),
        (Reply(b"", status=403), "403"),
        (page({"@type": "Organization", "name": "Acme"}), "describes no opening"),
        (page({**NODE, "title": ""}), "title"),
        (
            page(NODE, {**NODE, "title": "Cook", "url": "https://acme.example/jobs/45"}),
            "describes 2 openings",
        ),
    ],
)
def test_a_link_that_cannot_be_read_says_why(db, alice, boards: Boards, answer, reason):
    boards.play(PAGE, answer)
    row = paste(alice, address=f"https://{PAGE}")
    take_in()
    found = again(alice, row)
    assert found.state == "refused"
    assert reason.lower() in found.reason.lower()
    assert not Job.objects.exists()


def test_of_several_openings_the_one_that_stands_at_the_address_is_meant(db, alice, boards: Boards):
    here = {**NODE, "title": "Cook", "url": f"https://{PAGE}"}
    boards.play(PAGE, page({**NODE, "url": "https://acme.example/jobs/43"}, here))
    row = paste(alice, address=f"https://{PAGE}")
    take_in()
    assert again(alice, row).job.title == "Cook"


def test_robots_are_obeyed(db, alice, boards: Boards):
    boards.play("acme.example/robots.txt", Reply(b"User-agent: *\nDisallow: /jobs/"))
    boards.play(PAGE, page())
    row = paste(alice, address=f"https://{PAGE}")
    take_in()
    assert "robots.txt" in again(alice, row).reason
    assert boards.times(PAGE) == 0


def test_words_become_a_job_that_is_read_like_any_other(db, alice):
    row = paste(alice, title=" Head  Gardener ", company="Acme", location="Austin, TX", text=TEXT)
    take_in()
    found = again(alice, row).job
    assert (found.title, found.company, found.pay_minimum, found.pay_currency) == (
        "Head Gardener",
        "Acme",
        5_000_000,
        "USD",
    )
    assert found.apply_url == found.url == ""


def test_nobody_can_have_applications_sent_to_an_address_of_their_own(db, alice, boards: Boards):
    contact = {**NODE, "applicationContact": {"email": "me@evil.example"}, "url": "mailto:me@evil.example"}
    boards.play(PAGE, page(contact))
    row = paste(alice, address=f"https://{PAGE}")
    take_in()
    job_made = again(alice, row).job
    if job_made is not None:
        assert "mailto" not in job_made.url + job_made.apply_url
    with pytest.raises(ValuesRefused):
        paste(alice, title="Cook", text=TEXT, address="mailto:me@evil.example")


def test_two_people_bring_one_job(db, alice, bob, boards: Boards):
    boards.play(PAGE, page())
    rows = [(user, paste(user, address=f"https://{PAGE}")) for user in (alice, bob)]
    take_in()
    assert len({again(user, row).job.pk for user, row in rows}) == 1


def test_what_a_board_brings_later_takes_the_job_over(db, alice, boards: Boards):
    boards.play(BOARD, board(job(1)))
    row = paste(alice, address=job(1)["absolute_url"])
    take_in()
    source = JobSourceFactory(kind="greenhouse", board="acme", company="Acme")
    with as_role(WORKER_ROLE):
        read_source(source=source, now=NOW)
    made = Job.objects.get()
    assert (made.pk, made.source.kind) == (again(alice, row).job.pk, "greenhouse")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "address"),
        ({"address": "gardener"}, "address"),
        ({"address": "https://me:secret@acme.example/"}, "address"),
        ({"address": "https://acme.example/a b"}, "address"),
        ({"address": "https://acme.example/" + "a" * 2_000}, "address"),
        ({"text": TEXT}, "title"),
        ({"text": TEXT, "title": "a" * 501}, "title"),
        ({"text": "a\x00b", "title": "Cook"}, "text"),
        ({"text": "a" * 2_000_000, "title": "Cook"}, "text"),
    ],
    ids=["nothing", "a word", "a password", "blanks", "long", "no title", "long title", "NUL", "long text"],
)
def test_what_cannot_be_taken_is_refused_at_once_by_field(db, alice, given, field):
    with pytest.raises(ValuesRefused) as refused:
        paste(alice, **given)
    assert set(refused.value.faults) == {field}
    assert not PastedPosting.objects.exists()


def test_nobody_brings_more_than_so_many_a_day(db, alice, bob, monkeypatch):
    monkeypatch.setattr(pasting, "MOST_A_DAY", 2)
    for number in range(2):
        paste(alice, title=f"Cook {number}", text=TEXT)
    with pytest.raises(ValuesRefused):
        paste(alice, title="Cook", text=TEXT)
    paste(bob, title="Cook", text=TEXT)


def test_the_operator_can_switch_it_off(db, alice, boards: Boards):
    taken = paste(alice, address=f"https://{PAGE}")
    boards.play(PAGE, page())
    take_in()
    waiting = paste(alice, title="Cook", text=TEXT)
    with as_role(WORKER_ROLE):
        JobSource.objects.filter(kind="pasted").update(enabled=False)
    with pytest.raises(ValuesRefused):
        paste(alice, title="Cook", text=TEXT)
    assert (take_in(), again(alice, waiting).state) == (0, "refused")
    assert look_again(NOW + 2 * DAY) == 0
    assert (boards.times(PAGE), again(alice, taken).job.closed_at) == (1, None)


def test_a_mistake_of_ours_does_not_stand_in_the_way_of_others(db, alice, monkeypatch):
    first, second = (paste(alice, title=title, text=TEXT) for title in ("Cook", "Baker"))
    read = pasting._read

    def fail(pasted, number):
        if pasted.pk == first.pk:
            raise ZeroDivisionError
        return read(pasted, number)

    monkeypatch.setattr(pasting, "_read", fail)
    with pytest.raises(ZeroDivisionError):
        take_in()
    # Both came at one moment, so that either may have been the first.
    take_in()
    assert (again(alice, first).state, again(alice, second).state) == ("refused", "taken")


def test_a_link_is_looked_at_once_a_day_and_ends_at_the_second_miss(db, alice, boards: Boards):
    missing = Reply(b"", status=404)
    boards.play(
        PAGE, page(), Reply(b"", status=403), missing, page(), missing, Reply(b"", status=410), page()
    )
    row = paste(alice, address=f"https://{PAGE}")
    take_in()
    assert look_again(NOW + timedelta(hours=2)) == 0
    is_open = []
    for day in range(1, 6):
        assert look_again(NOW + day * DAY) == 1
        is_open.append(again(alice, row).job.closed_at is None)
    # A refusal says nothing, one 404 may be a slip, two in a row are the end.
    assert is_open == [True, True, True, True, False]
    assert JobRun.objects.filter(kind="closing", closed_count=1).count() == 1
    assert look_again(NOW + 7 * DAY) == 0
    with acting_as(alice.pk):
        assert pasting.find_typed(row.address) is None
    back = paste(alice, address=row.address)
    take_in(NOW + 8 * DAY)
    assert again(alice, back).job == again(alice, row).job
    assert again(alice, back).job.closed_at is None


def test_words_end_after_thirty_days(db, alice):
    row = paste(alice, title="Cook", text=TEXT)
    take_in()
    look_again(NOW + 29 * DAY)
    assert again(alice, row).job.closed_at is None
    look_again(NOW + 31 * DAY)
    assert again(alice, row).job.closed_at == NOW + 31 * DAY


def test_one_waits_while_another_is_taken_in(db, alice):
    paste(alice, title="Cook", text=TEXT)
    with as_role(WORKER_ROLE):
        source = JobSource.objects.create(kind="pasted", name=pasting.NAME)
        JobRun.objects.create(source=source, started_at=NOW)
        assert pasting.take_in_pasted(now=NOW) == 1
        assert JobSighting.objects.count() == 1
        with pytest.raises(SourceNotReady):
            check_ready(source)


# --- pages and the API --------------------------------------------------------------------------------------------


def test_the_page_takes_a_link_and_shows_what_became_of_it(client, alice, bob, boards: Boards):
    boards.play(PAGE, page())
    client.force_login(alice)
    url = reverse("matching:paste")
    answer = client.post(url, {"address": "nonsense"})
    assert "is no web address" in answer.content.decode()
    assert client.post(url, {"address": f"https://{PAGE}"}).url == url
    shown = client.get(url).content.decode()
    assert "being read" in shown
    assert 'hx-trigger="every 3s"' in shown
    take_in()
    shown = client.get(url).content.decode()
    assert "Gardener" in shown
    assert "hx-trigger" not in shown.split('id="pasted-list"')[1].split(">")[0]
    made = Job.objects.get()
    # Whoever brings it again is led to it.
    assert client.post(url, {"address": f"https://{PAGE}"}).url == reverse(
        "matching:open_job", args=[made.pk]
    )
    assert (
        "Brought by somebody who uses this installation"
        in client.get(reverse("matching:open_job", args=[made.pk])).content.decode()
    )


def test_the_page_keeps_what_was_typed_beside_what_is_wrong(client, alice):
    client.force_login(alice)
    shown = client.post(reverse("matching:paste"), {"text": TEXT, "company": "Acme <b>"}).content.decode()
    assert "Say what the job is called." in shown
    assert "You know roses." in shown
    assert "Acme &lt;b&gt;" in shown


def test_a_row_is_tried_again_or_taken_off_by_its_owner_alone(client, alice, bob, boards: Boards):
    row = paste(alice, address=f"https://{PAGE}")
    take_in()
    url = reverse("matching:change_pasted", args=[row.pk])
    client.force_login(bob)
    assert client.post(url, {"delete": "1"}).status_code == 404
    with acting_as(alice.pk):
        client.force_login(alice)
    assert client.post(url).status_code == 302
    assert again(alice, row).state == "waiting"
    assert client.post(url, {"delete": "1"}).status_code == 302
    with acting_as(alice.pk):
        assert not PastedPosting.objects.exists()


def test_the_api_takes_one_and_tells_of_it(alice, boards: Boards):
    alice_api = APIClient()
    alice_api.force_login(alice)
    boards.play(PAGE, page())
    made = alice_api.post("/api/v1/pasted-postings/", {"address": f"https://{PAGE}"}, format="json")
    assert (made.status_code, made.data["state"], made.data["job"]) == (202, "waiting", None)
    take_in()
    one = f"/api/v1/pasted-postings/{made.data['id']}/"
    assert alice_api.get(one).data["job"] == Job.objects.get().pk
    assert alice_api.post(f"{one}again/").data["state"] == "taken"
    refused = alice_api.post("/api/v1/pasted-postings/", {"text": TEXT}, format="json")
    assert (refused.status_code, "Say what the job is called." in refused.content.decode()) == (400, True)
    assert alice_api.delete(one).status_code == 204
    assert Job.objects.count() == 1


def test_a_job_of_a_feed_is_found_by_its_link(db):
    made = JobFactory(posting_key="ashby:0d6c5f6e-2c0b-4c3a-9a55-2f6c7c1b9a01")
    address = "https://jobs.ashbyhq.com/acme/0d6c5f6e-2c0b-4c3a-9a55-2f6c7c1b9a01/application"
    assert pasting.find_typed(address) == made
    assert pasting.find_typed("no address") is None
