"""The pace of hosts, by a Redis that is really there."""

import threading
from uuid import uuid4

import pytest
import redis
from django.conf import settings

from matching import pacing
from matching.pacing import TooLong, leave_alone, turn
from matching.sources.protocol import Pace, SourceFault

FAST = Pace(seconds=100, burst=2, together=5)


@pytest.fixture
def host() -> str:
    """A host that no other test knows."""
    return f"{uuid4()}.example"


def take(host: str, pace: Pace = FAST, *, most_wait: float = 1000.0) -> list[float]:
    """What was waited for a turn, in seconds; nobody really waits."""
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        # A turn that was waited for is there afterwards.
        redis.Redis.from_url(settings.REDIS_URL).delete(f"pace:{host}", f"pace:{host}:under-way")

    with turn(host, pace=pace, seconds=10, most_wait=most_wait, sleep=sleep):
        return waited


def test_a_burst_goes_at_once_and_the_next_waits_for_its_token(host):
    assert take(host) == take(host) == []
    (waited,) = take(host)
    assert 99 <= waited <= 110


def test_hosts_have_buckets_of_their_own(host):
    take(host), take(host)
    assert take(f"b.{host}") == []


def test_who_would_wait_too_long_is_told_for_how_long(host):
    take(host), take(host)
    with pytest.raises(TooLong) as caught:
        take(host, most_wait=30)
    assert caught.value.outcome == "throttled"
    assert 90 <= caught.value.wait_seconds <= 110


def test_one_at_a_time_means_one_over_all_workers(host):
    alone = Pace(seconds=0.001, burst=50, together=1)
    most = under_way = 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal most, under_way
        for _ in range(3):
            with turn(
                host,
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


def test_workers_at_once_take_no_token_twice(host):
    taken: list[bool] = []

    def work() -> None:
        try:
            with turn(host, pace=Pace(seconds=1000, burst=3, together=50), seconds=10, most_wait=0):
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
def test_a_host_that_asks_for_it_is_left_alone_by_everybody_within_bounds(host, asked, kept):
    assert leave_alone(host, seconds=asked) == kept
    with pytest.raises(TooLong) as caught:
        take(host, most_wait=0.5)
    assert kept * 0.9 <= caught.value.wait_seconds <= kept * 1.1


def test_a_longer_wish_stands(host):
    leave_alone(host, seconds=300)
    leave_alone(host, seconds=5)
    with pytest.raises(TooLong) as caught:
        take(host, most_wait=60)
    assert caught.value.wait_seconds > 250


def test_a_turn_whose_holder_died_comes_back_by_itself(host):
    alone = Pace(seconds=0.001, burst=50, together=1)
    holder = turn(host, pace=alone, seconds=0.05, most_wait=1)
    holder.__enter__()
    waited: list[float] = []
    with turn(
        host,
        pace=alone,
        seconds=10,
        most_wait=10,
        sleep=lambda seconds: (waited.append(seconds), threading.Event().wait(seconds)),
    ):
        pass
    assert waited


def test_without_redis_nobody_is_asked(host, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    pacing._connect.cache_clear()
    with pytest.raises(SourceFault) as caught, turn(host, pace=FAST, seconds=1, most_wait=1):
        pytest.fail("nobody knows the pace")
    assert caught.value.outcome == "unreachable"
