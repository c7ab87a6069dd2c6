"""The restore fence: three signs of an older database, a lift by staff alone, and no second alarm for the same sign."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from autoapply import fence
from autoapply.applications import stand_behind
from autoapply.fence import check_fence, lift_fence, raise_fence
from autoapply.journal import Entry, write_entry
from autoapply.models import Fence
from personas.identity import acting_as
from personas.models import User
from personas.row_security import APP_ROLE, WORKER_ROLE
from tests.autoapply.machine import change, go, make_applicant, make_due, prepare, queue, read, submit
from tests.autoapply.test_states import at
from tests.employers.server import Employers
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def never_sent(db: None) -> None:
    """A database in which nothing was ever sent: sequences outlive the transactions of other tests."""
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE auto_apply_sends RESTART")


def check() -> bool:
    with as_role(WORKER_ROLE):
        return check_fence()


def lift() -> bool:
    with as_role(WORKER_ROLE):
        return lift_fence()


def count_to(number: int) -> None:
    with as_role(WORKER_ROLE), connection.cursor() as cursor:
        cursor.execute("SELECT setval('auto_apply_sends', %s)", [number])


def row() -> Fence:
    return Fence.objects.get()


def test_new_installation_is_known_from_its_first_look_on() -> None:
    assert row().fingerprint == ""
    assert not check()
    assert row().fingerprint.count("/") == 2
    assert (row().epoch, row().raised_at) == (0, None)
    assert not check()


def test_another_database_raises_it(caplog: pytest.LogCaptureFixture) -> None:
    with as_role(WORKER_ROLE):
        Fence.objects.update(fingerprint="7/1/16384")

    with caplog.at_level(logging.CRITICAL):
        assert check()

    assert (row().raised_because, row().epoch, row().is_raised) == ("another_database", 1, True)
    assert "auto_apply_fence --lift" in caplog.text
    # It stands, and is not raised a second time.
    assert check()
    assert row().epoch == 1


@pytest.mark.parametrize(("counted", "raised"), [(4, True), (5, False), (6, False)])
def test_journal_that_knows_more_sendings_raises_it(counted: int, raised: bool) -> None:
    check()
    count_to(counted)
    write_entry(Entry(5, uuid4(), 1))

    assert check() == raised
    assert row().raised_because == ("fewer_sendings" if raised else "")


def test_first_sending_of_all_that_was_forgotten_raises_it() -> None:
    check()
    write_entry(Entry(1, uuid4(), 1))

    assert check()
    assert row().raised_because == "fewer_sendings"


@pytest.mark.parametrize("status", ["queued", "preparing", "parked", "review", "held"])
def test_application_that_has_left_and_waits_again_raises_it(alice: User, status: str) -> None:
    check()
    count_to(9)
    application = at(alice, status, channel="recruitee")
    write_entry(Entry(9, application.key, 1))

    assert check()
    assert row().raised_because == "sent_and_waiting_again"


@pytest.mark.parametrize("status", ["submitting", "unknown", "submitted", "withdrawn"])
def test_application_that_has_left_and_is_known_to_have_raises_nothing(alice: User, status: str) -> None:
    check()
    count_to(9)
    application = at(alice, status, channel="recruitee")
    write_entry(Entry(9, application.key, 1))

    assert not check()


def test_application_that_left_and_came_back_by_right_raises_nothing(boards: Employers) -> None:
    check()
    boards.plan("*", "throttled", retry_after=1, form="seconds")

    application = go(queue(make_applicant()))

    assert (application.status, application.attempt) == ("queued", 1)
    assert not check()


def test_restored_database_is_told_by_what_was_sent_since(boards: Employers) -> None:
    check()
    application = prepare(queue(make_applicant()))
    with transaction.atomic():
        point = transaction.savepoint()
        submit(application)
        assert read(application).status == "submitted"
        transaction.savepoint_rollback(point)
    assert read(application).status == "held"

    assert check()

    submit(make_due(application))
    assert len(boards.record.arrivals()) == 1
    assert row().raised_because == "sent_and_waiting_again"


@pytest.mark.parametrize("sign", ["another_database", "fewer_sendings"])
def test_lifting_it_knows_this_database_and_the_same_sign_raises_it_no_more(sign: str) -> None:
    check()
    if sign == "another_database":
        with as_role(WORKER_ROLE):
            Fence.objects.update(fingerprint="7/1/16384")
    else:
        write_entry(Entry(500, uuid4(), 1))
    assert check()

    assert lift()

    assert not row().is_raised
    assert not check()
    with as_role(WORKER_ROLE), connection.cursor() as cursor:
        cursor.execute("SELECT nextval('auto_apply_sends')")
        (number,) = cursor.fetchone()
    assert number == (501 if sign == "fewer_sendings" else 1)


def test_lifting_after_an_application_that_waits_again_lets_its_owner_decide(boards: Employers) -> None:
    check()
    application = prepare(queue(make_applicant()))
    count_to(9)
    write_entry(Entry(9, application.key, 1))
    assert check()

    assert lift()

    # The sign is still there, and was answered for: nobody is held up for ever.
    assert not check()
    assert submit(make_due(application)) is None
    assert read(application).waits_for == "fence_lifted"
    with acting_as(application.user_id):
        stand_behind(application=application)
    assert not check()
    submit(make_due(application))
    assert read(application).status == "submitted"
    assert not check()


def test_application_that_is_forgotten_after_a_lift_raises_it_again(boards: Employers) -> None:
    check()
    write_entry(Entry(9, uuid4(), 1))
    assert check()
    assert lift()
    application = prepare(queue(make_applicant()))
    count_to(10)
    write_entry(Entry(10, application.key, 1))

    assert check()
    assert row().raised_because == "sent_and_waiting_again"


def test_fence_that_does_not_stand_is_not_lifted() -> None:
    check()

    assert not lift()
    assert row().lifted_at is None


def test_fence_can_be_raised_again_after_it_was_lifted() -> None:
    with as_role(WORKER_ROLE):
        for epoch in (1, 2):
            raise_fence(because="asked")
            assert (row().epoch, row().is_raised) == (epoch, True)
            assert lift_fence()
            assert not row().is_raised


def test_journal_that_cannot_be_read_is_no_reason_to_send(own_journal: Any) -> None:
    check()
    own_journal.mkdir()

    with pytest.raises(OSError, match="directory"):
        check()


# --- whose it is to lift -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["nobody", "alice", "former staff"])
def test_nobody_but_staff_lifts_or_raises_it(alice: User, staff: User, who: str) -> None:
    with as_role(WORKER_ROLE):
        raise_fence(because="asked")
    if who == "former staff":
        with as_role(OWNER_ROLE):
            User.objects.filter(pk=staff.pk).update(is_active=False)
    user = {"nobody": None, "alice": alice.pk, "former staff": staff.pk}[who]

    for change_it in (lift_fence, lambda: raise_fence(because="asked")):
        with as_role(APP_ROLE), pytest.raises(DatabaseError), acting_as(user):
            change_it()

    assert row().is_raised
    assert row().epoch == 1


def test_staff_lift_it(staff: User) -> None:
    with as_role(WORKER_ROLE):
        raise_fence(because="asked")

    with as_role(APP_ROLE), acting_as(staff.pk):
        assert lift_fence()

    assert not row().is_raised


def test_fence_is_one_row() -> None:
    with as_role(OWNER_ROLE), pytest.raises(DatabaseError), transaction.atomic():
        Fence.objects.create(pk=2)


def test_epoch_of_what_is_on_its_way_stays_behind() -> None:
    application = queue(make_applicant())
    with as_role(WORKER_ROLE):
        raise_fence(because="asked")
        fence.lift_fence()

    assert read(application).fence_epoch < row().epoch
    change(application, fence_epoch=row().epoch)
    assert read(application).fence_epoch == row().epoch
