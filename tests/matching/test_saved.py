"""Jobs and searches that people keep, and what they are told of."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from matching import job_search, saved
from matching.job_index import index_jobs
from matching.market import read_market
from matching.models import Job, SavedJob, SavedSearch
from matching.saved import MOST_SEARCHES, change_search, save_job, save_search, tell_new_jobs
from personas.identity import acting_as
from personas.row_security import WORKER_ROLE
from personas.services import ValuesRefused
from tests.factories import SavedSearchFactory
from tests.matching.test_job_search import index, job
from tests.roles import as_role

NOW = timezone.now()
DAY = timedelta(days=1)


def keep(user, name="Cooks", query="q=cook", *, notify=True) -> SavedSearch:
    with acting_as(user.pk):
        search = save_search(user=user, name=name, query=query)
        return change_search(search=search, notify=notify)


def tell(days: float = 0) -> int:
    with as_role(WORKER_ROLE):
        return tell_new_jobs(now=NOW + days * DAY)


def new(search: SavedSearch, user) -> int:
    with acting_as(user.pk):
        search.refresh_from_db()
        return len(saved.new_jobs(search=search, user=user, since=search.looked_number, now=NOW))


def test_what_is_there_already_is_no_news_and_what_comes_is_told_once(alice):
    job("Cook of old")
    index()
    search = keep(alice)
    assert (tell(), new(search, alice)) == (0, 0)
    job("Cook for us", company="Acme")
    job("Baker")
    index()
    assert new(search, alice) == 1
    assert tell() == 1
    (letter,) = mail.outbox
    assert letter.to == [alice.email]
    assert letter.subject == "One new job for “Cooks”"
    assert "Cook for us · Acme" in letter.body
    assert "Baker" not in letter.body
    assert (tell(), tell(2)) == (0, 0)


def test_one_mail_a_day_holds_all_that_came_since(alice):
    search = keep(alice)
    job("Cook 1")
    index()
    assert tell() == 1
    job("Cook 2"), job("Cook 3")
    index()
    assert tell(0.5) == 0
    assert tell(1) == 1
    assert mail.outbox[-1].subject == "2 new jobs for “Cooks”"
    assert new(search, alice) == 3


def test_what_its_owner_has_looked_at_is_not_told(client, alice):
    search = keep(alice)
    job("Cook 1")
    index()
    client.force_login(alice)
    page = client.get(reverse("matching:open_search", args=[search.pk]), follow=True).content.decode()
    assert "Saved as “Cooks”" in page
    assert (new(search, alice), tell()) == (0, 0)


def test_a_job_that_changes_is_not_new_again(alice):
    search = keep(alice)
    found = job("Cook 1")
    index()
    assert tell() == 1
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=found.pk).update(title="Cook again", payload_hash="other")
    index()
    assert (tell(2), new(search, alice)) == (0, 1)


def test_who_does_not_ask_for_it_gets_no_mail_and_asking_begins_now(alice):
    search = keep(alice, notify=False)
    job("Cook 1")
    index()
    assert tell() == 0
    with acting_as(alice.pk):
        change_search(search=search, notify=True)
    assert (tell(), new(search, alice)) == (0, 1)
    job("Cook 2")
    index()
    assert tell() == 1


def test_a_mail_that_does_not_leave_is_tried_again_and_no_address_is_told(alice, monkeypatch, caplog):
    keep(alice)
    job("Cook 1")
    index()

    def refuse(*args: object, **kwargs: object) -> int:
        raise smtplib.SMTPRecipientsRefused({alice.email: (550, b"no")})

    monkeypatch.setattr(saved, "send_mail", refuse)
    assert tell() == 0
    assert alice.email not in caplog.text
    monkeypatch.undo()
    assert tell() == 1
    assert len(mail.outbox) == 1


def test_filters_hold_for_what_is_new(alice):
    keep(alice, query="q=cook&workplace=remote")
    job("Cook here", workplace="onsite")
    job("Cook anywhere", workplace="remote")
    index()
    assert tell() == 1
    assert "Cook anywhere" in mail.outbox[0].body
    assert "Cook here" not in mail.outbox[0].body


def test_a_job_that_the_market_does_not_know_yet_is_told_of_later_and_not_lost(alice):
    search = keep(alice, query="q=cook&workplace=remote")
    job("Cook 1", workplace="remote")
    index()
    job("Cook 2", workplace="remote")
    with as_role(WORKER_ROLE):
        index_jobs(most=10)
    assert tell() == 1
    assert "Cook 2" not in mail.outbox[0].body
    index()
    assert tell(1) == 1
    assert "Cook 2" in mail.outbox[1].body
    assert "Cook 1" not in mail.outbox[1].body
    assert (new(search, alice), tell(2)) == (2, 0)


def test_a_job_that_closes_makes_nothing_new_again(alice):
    search = keep(alice)
    job("Cook 1")
    last = job("Cook 2")
    index()
    assert tell() == 1
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=last.pk).update(closed_at=NOW)
        read_market()
    assert tell(1) == 0
    assert new(search, alice) <= 2


def test_everybody_is_told_of_their_own(alice, bob):
    keep(alice)
    keep(bob, query="q=baker")
    job("Cook"), job("Baker")
    index()
    assert tell() == 2
    assert sorted((letter.to[0], "Baker" in letter.body) for letter in mail.outbox) == sorted(
        [(alice.email, False), (bob.email, True)]
    )


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("", "q=cook", "name"),
        ("x" * 101, "q=cook", "name"),
        ("Cooks", "", "query"),
        ("Cooks", "after=1&page=2", "query"),
        ("Cooks", "q=a&place=Nowhereville xx", "query"),
        ("Cooks", "pay=-4", "query"),
    ],
)
def test_a_search_that_cannot_be_kept_says_why(alice, name, query, field):
    with acting_as(alice.pk), pytest.raises(ValuesRefused) as caught:
        save_search(user=alice, name=name, query=query)
    assert set(caught.value.faults) == {field}


def test_names_are_ones_own_and_searches_are_so_many(alice, bob):
    keep(alice)
    keep(bob)
    with acting_as(alice.pk), pytest.raises(ValuesRefused):
        save_search(user=alice, name=" Cooks ", query="q=other")
    for _ in range(MOST_SEARCHES - 1):
        SavedSearchFactory(user=alice)
    with acting_as(alice.pk), pytest.raises(ValuesRefused) as caught:
        save_search(user=alice, name="One more", query="q=other")
    assert str(MOST_SEARCHES) in caught.value.faults["name"][0]


def test_only_what_was_asked_for_is_kept_of_an_address(alice):
    assert (
        keep(alice, query="q=cook&after=0_1&exactly=1&utm=x&workplace=remote&posted=").query
        == "q=cook&workplace=remote"
    )


def test_saved_jobs_stay_readable_when_they_close(client, alice):
    found = job("Cook")
    client.force_login(alice)
    url = reverse("matching:keep_job", args=[found.pk])
    assert client.post(url, {"next": "/jobs/?q=cook"}).url == "/jobs/?q=cook"
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=found.pk).update(closed_at=NOW)
    page = client.get(reverse("matching:saved")).content.decode()
    assert "Cook" in page
    assert "closed" in page
    client.post(url)
    with acting_as(alice.pk):
        assert not SavedJob.objects.exists()


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", ""]
)
def test_nobody_is_led_away_by_saving(client, alice, there):
    found = job("Cook")
    client.force_login(alice)
    assert client.post(reverse("matching:keep_job", args=[found.pk]), {"next": there}).url == reverse(
        "matching:jobs"
    )


def test_saving_a_job_twice_keeps_it_once(alice):
    found = job()
    with acting_as(alice.pk):
        assert [save_job(user=alice, job=found), save_job(user=alice, job=found)] == [True, False]


def test_searches_are_saved_renamed_told_of_and_deleted_on_pages(client, alice):
    job("Cook")
    index()
    client.force_login(alice)
    assert (
        'name="query" value="q=cook"' in client.get(reverse("matching:jobs"), {"q": "cook"}).content.decode()
    )
    client.post(reverse("matching:keep_search"), {"name": "Cooks", "query": "q=cook"})
    with acting_as(alice.pk):
        search = SavedSearch.objects.get()
    change = reverse("matching:change_search", args=[search.pk])
    client.post(change, {"name": "Chefs", "notify": "on"})
    with acting_as(alice.pk):
        search.refresh_from_db()
        assert (search.name, search.notify) == ("Chefs", True)
    refused = client.post(change, {"name": ""})
    assert "Give it a name" in refused.content.decode()
    job("Cook 2")
    index()
    assert "Chefs: 1 new job" in client.get(reverse("matching:saved")).content.decode()
    client.post(change, {"delete": "1"})
    with acting_as(alice.pk):
        assert not SavedSearch.objects.exists()


def test_strangers_find_nothing(client, alice, bob):
    search = keep(alice)
    client.force_login(bob)
    for name in ("open_search", "change_search"):
        url = reverse(f"matching:{name}", args=[search.pk])
        assert (
            client.get(url) if name == "open_search" else client.post(url, {"name": "x"})
        ).status_code == 404


def test_more_than_so_many_are_not_counted(alice, monkeypatch):
    monkeypatch.setattr(saved, "MOST_NEW", 2)
    keep(alice)
    for number in range(4):
        job(f"Cook {number}")
    index()
    assert tell() == 1
    assert mail.outbox[0].subject == "2 or more new jobs for “Cooks”"
    assert job_search.last_number() > 0
