"""The breaker of receivers: only an answer of theirs ends it before its time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from autoapply import hosts
from autoapply.models import ReceiverHost
from personas.row_security import WORKER_ROLE
from tests.roles import as_role

pytestmark = pytest.mark.django_db
HOST = "jobs.example"


def give_back(doubtful: bool | None) -> ReceiverHost:
    with as_role(WORKER_ROLE):
        hosts.take_turn(HOST, interval=timedelta(), busy_for=timedelta(seconds=9))
        hosts.give_turn_back(HOST, doubtful=doubtful)
        return ReceiverHost.objects.get(pk=HOST)


def test_what_never_left_does_not_end_the_count_of_doubts() -> None:
    give_back(True)
    give_back(True)
    assert give_back(None).doubts_in_a_row == 2

    assert give_back(True).stopped_until is not None


def test_receiver_stays_left_alone_until_it_answers() -> None:
    for _doubt in range(hosts.LEFT_ALONE_AFTER):
        stopped = give_back(True)
    assert stopped.stopped_until is not None

    assert give_back(None).stopped_until == stopped.stopped_until
    answered = give_back(False)
    assert (answered.stopped_until, answered.doubts_in_a_row) == (None, 0)
