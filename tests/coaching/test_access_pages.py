"""Who looked: every entry in plain words, folded by day and hidden nowhere, with the names of things that are there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coaching import looks
from coaching.access_list import DELETED, list_viewers, read_looks
from coaching.access_words import PAGES
from coaching.models import SCOPES, AccessEntry, Relationship
from personas.identity import acting_as
from personas.models import User
from tests.factories import (
    ApplicationFactory,
    ConsentFactory,
    MatchFactory,
    PersonaFactory,
    RelationshipFactory,
    ResumeFactory,
)
from tests.roles import OWNER_ROLE, as_role

# The same in each process that runs tests: what is random would be another test in each.
NOBODY = UUID(int=7)
pytestmark = pytest.mark.django_db

WHO = reverse("coaching:access")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def relationship(alice: User, bob: User) -> Relationship:
    consent = ConsentFactory(relationship=RelationshipFactory(coach=bob, client=alice), scopes=list(SCOPES))
    return consent.relationship


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def look(relationship: Relationship, page: str = "matches", thing: UUID | None = None) -> None:
    """Bob opens a page."""
    with acting_as(relationship.coach_id):
        looks.look_at_client(
            coach=relationship.coach,
            relationship=relationship,
            scopes=["matches"],
            page=page,
            object_id=thing,
        )
        looks.close_look()


def enter(viewer: User | None, person: User, at: datetime, **fields: Any) -> None:
    """An entry of another time, as nobody but the owner of the tables could write it."""
    entry = {"page": "matches", "viewer_role": "coach", "scopes": ["matches"], **fields}
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE access_log DISABLE TRIGGER USER")
        with acting_as(viewer.pk if viewer else person.pk):
            AccessEntry.objects.bulk_create(
                [
                    AccessEntry(
                        look_id=uuid4(),
                        viewer=viewer,
                        viewer_name=entry.pop("viewer_name", viewer.display_name if viewer else "Gone"),
                        client=person,
                        at=at,
                        **entry,
                    )
                ]
            )
        cursor.execute("ALTER TABLE access_log ENABLE TRIGGER USER")


def read(browser: Client, url: str = WHO) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_nobody_has_looked(hers: Client) -> None:
    assert "Nobody has looked" in read(hers)


def test_look_of_a_coach_stands_in_plain_words(hers: Client, relationship: Relationship) -> None:
    look(relationship)

    html = read(hers)

    assert "Bob, your coach, looked at your matches" in html
    assert "Their reason" not in html


def test_look_of_the_staff_stands_with_its_reason(hers: Client, alice: User, staff: User) -> None:
    with acting_as(staff.pk):
        looks.look_at_person(
            staff=staff, person=alice, reason="She asked <why>", scopes=["papers"], page="papers"
        )
        looks.close_look()

    html = read(hers)

    assert "Sam, of the staff, looked at your kits, answers, letters, notes and contacts" in html
    assert "Their reason: “She asked &lt;why&gt;”" in html


@pytest.mark.parametrize("code", PAGES)
def test_every_page_has_its_words(hers: Client, relationship: Relationship, code: str) -> None:
    look(relationship, code)

    assert f"looked at {PAGES[code]}" in read(hers)


def test_page_of_another_version_is_shown_all_the_same(hers: Client, relationship: Relationship) -> None:
    look(relationship, "a page to come")

    assert "Bob, your coach, looked at something of yours" in read(hers)


def test_things_stand_by_their_names_where_they_are_there(
    hers: Client, alice: User, charlie: User, relationship: Relationship
) -> None:
    persona = PersonaFactory(user=alice, name="Back to teaching")
    resume = ResumeFactory(user=alice, title="Two pages")
    foreign = PersonaFactory(user=charlie, name="zq-of-charlie")
    look(relationship, "persona", persona.pk)
    look(relationship, "match", MatchFactory(persona=persona).pk)
    look(relationship, "resume_file", resume.pk)
    look(relationship, "application", ApplicationFactory(user=alice, job_title="Bridge keeper").pk)
    look(relationship, "persona", foreign.pk)
    look(relationship, "rule", uuid4())
    look(relationship, "matches", persona.pk)

    html = read(hers)

    assert 'one of your personas: <span class="serif">Back to teaching</span>' in html
    assert "Two pages" in html
    assert "Bridge keeper" in html
    assert "zq-of-charlie" not in html
    assert "looked at one of your rules<" in html


def test_repeated_looks_of_a_day_are_folded_and_hide_nothing(
    hers: Client, alice: User, bob: User, relationship: Relationship
) -> None:
    for minutes in (0, 5, 125):
        enter(bob, alice, NOON + timedelta(minutes=minutes))
    enter(bob, alice, NOON + timedelta(minutes=7), page="resumes")
    enter(bob, alice, NOON - timedelta(days=1))

    with acting_as(alice.pk):
        days = read_looks(user=alice).days
    assert [(str(day.day), [len(each.times) for each in day.looks]) for day in days] == [
        ("2026-03-02", [3, 1]),
        ("2026-03-01", [1]),
    ]

    html = read(hers)
    assert "3 times, last at 2:05 p.m." in html
    for shown in ("2:05 p.m.", "12:05 p.m.", "noon"):
        assert f">{shown}</time>" in html


def test_days_are_those_of_the_readers_calendar(
    hers: Client, alice: User, bob: User, relationship: Relationship
) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=alice.pk).update(time_zone="Pacific/Auckland")
    enter(bob, alice, NOON)

    html = read(hers)

    assert "March 3, 2026" in html
    assert "1 a.m." in html


def test_looks_are_those_of_one_person_where_asked(
    hers: Client, alice: User, bob: User, staff: User, relationship: Relationship
) -> None:
    enter(bob, alice, NOON)
    enter(staff, alice, NOON, viewer_role="staff", reason="a check", page="resumes")
    enter(None, alice, NOON, viewer_name="Former coach", page="skills")

    html = read(hers, f"{WHO}?who={bob.pk}")
    assert "looked at your matches" in html
    assert "looked at your résumés" not in html

    html = read(hers, f"{WHO}?who={DELETED}")
    assert "Former coach, your coach, looked at your skills" in html
    assert "looked at your matches" not in html
    with acting_as(alice.pk):
        assert [each.name for each in list_viewers(user=alice)] == ["Bob", "Sam", "deleted accounts"]


def test_viewer_is_called_as_they_were_called_last(
    alice: User, bob: User, relationship: Relationship
) -> None:
    enter(bob, alice, NOON - timedelta(days=1), viewer_name="Robert")
    enter(bob, alice, NOON)

    with acting_as(alice.pk):
        assert [each.name for each in list_viewers(user=alice)] == ["Bob"]
        names = [each.viewer_name for day in read_looks(user=alice).days for each in day.looks]
    assert names == ["Bob", "Robert"]


@pytest.mark.parametrize("query", ["who=x", f"who={NOBODY}", "cursor=x", "who=deleted"])
def test_address_that_leads_nowhere_is_no_page(hers: Client, relationship: Relationship, query: str) -> None:
    look(relationship)

    assert hers.get(f"{WHO}?{query}").status_code == 404


def test_nothing_of_others_is_shown(
    client: Client, bob: User, charlie: User, staff: User, relationship: Relationship
) -> None:
    """The viewer does not read the log either: what it says is the client's."""
    look(relationship)

    for somebody in (charlie, bob, staff):
        client.force_login(somebody)
        assert "Nobody has looked" in read(client)


def test_pages_follow_each_other_without_losing_a_look(
    alice: User, bob: User, relationship: Relationship
) -> None:
    for minutes in range(7):
        enter(bob, alice, NOON + timedelta(minutes=minutes))
    enter(bob, alice, NOON, page="resumes")

    seen, cursor, pages = [], "", 0
    with acting_as(alice.pk):
        while pages == 0 or cursor:
            found = read_looks(user=alice, cursor=cursor, size=3)
            seen += [at for day in found.days for each in day.looks for at in each.times]
            cursor, pages = found.after, pages + 1
    assert (len(seen), pages) == (8, 3)
    assert seen == sorted(seen, reverse=True)


def test_page_asks_the_database_as_often_for_twenty_looks_as_for_one(
    hers: Client, alice: User, bob: User, relationship: Relationship
) -> None:
    def add(number: int) -> None:
        for _each in range(number):
            enter(bob, alice, NOON, page="persona", object_id=PersonaFactory(user=alice).pk)

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            read(hers)
        return len(asked)

    add(1)
    count()
    one = count()
    add(19)

    assert count() == one


def test_coach_who_deletes_their_account_stays_in_the_log(
    hers: Client, bob: User, relationship: Relationship
) -> None:
    look(relationship)
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=bob.pk).delete()

    assert "Bob, your coach, looked at your matches" in read(hers)
