"""The journal of sendings: what it knows that a restored database has forgotten."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from autoapply import fence, journal, queueing
from autoapply.applications import resolve_doubt
from autoapply.journal import Entry
from autoapply.models import Application
from personas.identity import acting_as
from personas.row_security import WORKER_ROLE
from tests.autoapply.machine import go, make_applicant, make_due, open_job, queue, read
from tests.employers.server import Employers
from tests.roles import OWNER_ROLE, as_role

KEY, USER = UUID(int=1), UUID(int=2)


def test_mark_is_one_of_person_and_opening_and_tells_neither() -> None:
    mark = journal.mark_of(USER, "lever:1")

    assert mark == journal.mark_of(USER, "lever:1")
    assert len({mark, journal.mark_of(USER, "lever:2"), journal.mark_of(uuid4(), "lever:1")}) == 3
    assert len(mark) == 32
    assert "lever" not in mark


def test_journal_knows_what_left_under_another_key(own_journal: Path) -> None:
    mark = journal.mark_of(USER, "lever:1")
    assert not journal.has_left(mark, but_not=KEY)
    journal.write_entry(Entry(1, KEY, 1, mark))
    journal.write_entry(Entry(2, uuid4(), 1, journal.mark_of(USER, "lever:2")))

    assert journal.has_left(mark, but_not=uuid4())
    assert not journal.has_left(mark, but_not=KEY)


def test_lines_of_before_there_were_marks_are_read(own_journal: Path) -> None:
    own_journal.write_text(f"1 {KEY} 1\n2 {KEY} 2 {'a' * 32}\n3 {KEY} 2 {'a' * 32} b\n")

    assert list(journal.read_last_entries()) == [Entry(1, KEY, 1), Entry(2, KEY, 2, "a" * 32)]
    assert not journal.has_left("", but_not=uuid4())


@pytest.mark.django_db(transaction=True)
def test_what_a_restored_database_forgot_is_a_doubt_and_not_sent_again(boards: Employers) -> None:
    ada, job = make_applicant(), open_job()
    assert go(queue(ada, job)).status == "submitted"
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("TRUNCATE auto_apply_applications CASCADE")
    with as_role(WORKER_ROLE):
        fence.raise_fence(because="another_database")
        fence.lift_fence()
        assert queueing.run_rules(user_id=ada.user.pk, at=timezone.now()) == 1
    with acting_as(ada.user.pk):
        again = Application.objects.get()

    again = go(again)

    assert (again.status, again.unknown_because) == ("unknown", "forgotten")
    assert len(boards.record.arrivals()) == 1
    # A person's own word is above the journal.
    with acting_as(ada.user.pk):
        resolve_doubt(application=again, arrived=False, send_again=True)
    assert go(make_due(again)).status == "submitted"
    assert read(again).resolved_by == "person"
