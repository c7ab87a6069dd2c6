"""When a source is read next."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.schedule import MOST, after_failure, after_success

HOUR = timedelta(hours=1)


def test_a_source_that_brings_much_is_read_more_often_down_to_its_least():
    turn = after_success(6 * HOUR, usual=6 * HOUR, least=2 * HOUR, brought=5, spread=0)
    assert turn.interval == turn.wait == 3 * HOUR
    assert after_success(3 * HOUR, usual=6 * HOUR, least=2 * HOUR, brought=5, spread=0).interval == 2 * HOUR


def test_a_source_that_brings_nothing_is_read_more_seldom_up_to_a_day():
    assert after_success(timedelta(), usual=6 * HOUR, least=HOUR, brought=0, spread=0).interval == 9 * HOUR
    assert after_success(20 * HOUR, usual=6 * HOUR, least=HOUR, brought=0, spread=0).interval == MOST


@pytest.mark.parametrize(("failures", "hours"), [(0, 6), (1, 12), (2, 24), (30, 24)])
def test_failures_double_the_wait_up_to_a_day_and_keep_the_interval(failures, hours):
    turn = after_failure(
        2 * HOUR, usual=6 * HOUR, failures=failures, asked_seconds=None, is_hopeless=False, spread=0
    )
    assert (turn.wait, turn.interval, turn.failures) == (hours * HOUR, 2 * HOUR, failures + 1)


def test_what_is_not_found_is_looked_for_once_a_day():
    turn = after_failure(HOUR, usual=HOUR, failures=0, asked_seconds=None, is_hopeless=True, spread=0)
    assert turn.wait == MOST


@given(
    interval=st.timedeltas(timedelta(), timedelta(days=2)),
    usual=st.timedeltas(timedelta(minutes=1), timedelta(days=2)),
    failures=st.integers(0, 1000),
    asked=st.none() | st.floats(0, 3600),
    spread=st.floats(-1, 1),
    brought=st.integers(0, 10**6),
)
def test_a_source_is_never_due_before_it_asked_and_never_forgotten(
    interval, usual, failures, asked, spread, brought
):
    failed = after_failure(
        interval, usual=usual, failures=failures, asked_seconds=asked, is_hopeless=False, spread=spread
    )
    assert failed.wait >= timedelta(seconds=asked or 0) - timedelta(microseconds=2)
    done = after_success(interval, usual=usual, least=min(usual, HOUR), brought=brought, spread=spread)
    assert done.failures == 0
    for turn in (failed, done):
        assert timedelta() < turn.wait <= max(MOST, usual) * 1.2
