"""The pace of hosts, by a Redis that is really there."""

import threading
from collections.abc import Iterator

import pytest

from matching import pacing
from matching.pacing import TooLong, leave_alone, turn
from matching.sources.protocol import Pace, SourceFault
from tests.matching.sources.conftest import forget_paces

FAST = Pace(seconds=100, burst=2, together=5)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    forget_paces()
    yield
    forget_paces()


def take(host: str = "a.example", pace: Pace = FAST, **change) -> list[float]:
    """What was waited for a turn, in seconds; nobody really waits."""
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        # A turn that was waited for is there afterwards.
        forget_paces()

    with turn(host, pace=pace, seconds=10, most_wait=change.get("most_wait", 1000.0), sleep=sleep):
        return waited


def test_a_burst_goes_at_once_and_the_next_waits_for_its_token():
    assert take() == take() == []
    (waited,) = take()
    assert 99 <= waited <= 110


def test_hosts_have_buckets_of_their_own():
    take(), take()
    assert take("b.example") == []


def test_who_would_wait_too_long_is_told_for_how_long():
    take(), take()
    with pytest.raises(TooLong) as caught:
        take(most_wait=30)
    assert caught.value.outcome == "throttled"
    assert 90 <= caught.value.wait_seconds <= 110


def test_one_at_a_time_means_one_over_all_workers():
    alone = Pace(seconds=0.001, burst=50, together=1)
    most = under_way = 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal most, under_way
        for _ in range(3):
            with turn(
                "a.example",
                pace=alone,
                seconds=10,
                most_wait=60,
                sleep=lambda seconds: threading.Event().wait(0.005),
            ):
                with lock:
                    under_way += 1
                    most = max(most, under_way)
                threading.Event().wait(0.003)
                with lock:
                    under_way -= 1

    workers = [threading.Thread(target=work) for _ in range(6)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert most == 1


def test_workers_at_once_take_no_token_twice():
    taken: list[bool] = []

    def work() -> None:
        try:
            with turn("a.example", pace=Pace(seconds=1000, burst=3, together=50), seconds=10, most_wait=0):
                taken.append(True)
        except TooLong:
            taken.append(False)

    workers = [threading.Thread(target=work) for _ in range(12)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sum(taken) == 3


@pytest.mark.parametrize(("asked", "kept"), [(0.1, 1.0), (120, 120), (10**6, 3600)])
def test_a_host_that_asks_for_it_is_left_alone_by_everybody_within_bounds(asked, kept):
    assert leave_alone("a.example", seconds=asked) == kept
    with pytest.raises(TooLong) as caught:
        take(most_wait=0.5)
    assert kept * 0.9 <= caught.value.wait_seconds <= kept * 1.1


def test_a_longer_wish_stands():
    leave_alone("a.example", seconds=300)
    leave_alone("a.example", seconds=5)
    with pytest.raises(TooLong) as caught:
        take(most_wait=60)
    assert caught.value.wait_seconds > 250


def test_a_turn_whose_holder_died_comes_back_by_itself():
    alone = Pace(seconds=0.001, burst=50, together=1)
    holder = turn("a.example", pace=alone, seconds=0.05, most_wait=1)
    holder.__enter__()
    waited: list[float] = []
    with turn(
        "a.example",
        pace=alone,
        seconds=10,
        most_wait=10,
        sleep=lambda seconds: (waited.append(seconds), threading.Event().wait(seconds)),
    ):
        pass
    assert waited


def test_without_redis_nobody_is_asked(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    pacing._connect.cache_clear()
    with pytest.raises(SourceFault) as caught, turn("a.example", pace=FAST, seconds=1, most_wait=1):
        pytest.fail("nobody knows the pace")
    assert caught.value.outcome == "unreachable"
