"""Receivers' turns: one at a time, at their pace, and left alone after three doubts in a row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from autoapply.hosts import LEAST_INTERVAL, LEFT_ALONE_AFTER, LEFT_ALONE_FOR, give_turn_back, take_turn
from autoapply.models import ReceiverHost
from personas.row_security import WORKER_ROLE
from tests.roles import as_role

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def worker(db: None) -> Any:
    with as_role(WORKER_ROLE):
        yield


def clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


def take(host: str = "h", *, seconds: float = 2) -> datetime | None:
    return take_turn(host, interval=timedelta(seconds=seconds), busy_for=timedelta(seconds=90))


def pass_time(**columns: Any) -> None:
    """Let the pace be over, and whatever is given."""
    ReceiverHost.objects.update(next_at=Now() - SECOND, **columns)


def host() -> ReceiverHost:
    return ReceiverHost.objects.get(host="h")


def test_turn_of_a_receiver_never_seen_is_taken() -> None:
    assert take() is None
    assert host().busy_until > clock() + timedelta(seconds=80)


def test_receiver_takes_one_at_a_time() -> None:
    take()
    pass_time()

    again_at = take()

    # Looked at again soon: mostly the turn is given back long before it ends.
    assert again_at is not None
    assert clock() < again_at <= clock() + timedelta(seconds=2)


def test_other_receiver_has_its_own_turn() -> None:
    take()

    assert take("another") is None


def test_turn_that_was_given_back_comes_again_at_the_pace() -> None:
    take(seconds=2)
    give_turn_back("h", doubtful=False)

    again_at = take()

    assert again_at == host().next_at
    assert SECOND < again_at - clock() <= 2 * SECOND
    pass_time()
    assert take() is None


def test_pace_is_never_faster_than_two_a_second() -> None:
    take(seconds=0)
    give_turn_back("h", doubtful=False)

    assert timedelta() < host().next_at - clock() <= LEAST_INTERVAL
    assert timedelta(milliseconds=500) == LEAST_INTERVAL


def test_turn_ends_by_itself() -> None:
    take()
    pass_time(busy_until=Now() - SECOND)

    assert take() is None


def test_wish_of_a_receiver_is_kept() -> None:
    take()
    give_turn_back("h", doubtful=False, wait=timedelta(seconds=600))

    again_at = take()

    assert again_at is not None
    assert again_at > clock() + timedelta(seconds=590)


def test_receiver_is_left_alone_after_three_doubts_in_a_row() -> None:
    for doubts in (1, 2, 3):
        assert take() is None
        give_turn_back("h", doubtful=True)
        pass_time()
        assert host().doubts_in_a_row == doubts
        assert (host().stopped_until is not None) == (doubts == 3)

    again_at = take()

    assert (3, timedelta(minutes=30)) == (LEFT_ALONE_AFTER, LEFT_ALONE_FOR)
    assert again_at == host().stopped_until
    assert timedelta(minutes=29) < again_at - clock() <= timedelta(minutes=30)


def test_after_half_an_hour_one_is_let_through_and_a_further_doubt_closes_it_again() -> None:
    for _doubt in range(3):
        take()
        give_turn_back("h", doubtful=True)
        pass_time()
    pass_time(stopped_until=Now() - SECOND)
    assert take() is None

    give_turn_back("h", doubtful=True)

    assert host().doubts_in_a_row == 4
    assert host().stopped_until > clock() + timedelta(minutes=29)


def test_answer_ends_the_count() -> None:
    for doubtful in (True, True, False, True, True):
        take()
        give_turn_back("h", doubtful=doubtful)
        pass_time()

    assert (host().doubts_in_a_row, host().stopped_until) == (2, None)
    assert take() is None


def test_form_that_was_read_says_nothing_of_whether_applications_arrive() -> None:
    for doubtful in (True, True, None, True):
        take()
        give_turn_back("h", doubtful=doubtful)
        pass_time()

    assert host().doubts_in_a_row == 3
    assert host().stopped_until is not None


def test_receiver_that_is_left_alone_stays_so_whoever_gives_a_turn_back() -> None:
    """A turn that ended by itself may be given back late, when others have found the receiver wanting."""
    for _doubt in range(3):
        take()
        give_turn_back("h", doubtful=True)
        pass_time()

    give_turn_back("h", doubtful=None)

    assert host().stopped_until is not None
