"""A sending that ends at any line of its way: it arrives once at most, and what is not certain is called a doubt.

A tenth of the lines, drawn anew each day; `make soak` takes every one.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.autoapply.machine import read
from tests.employers.server import Employers
from tests.soak.failpoints import MODES, Cast, end_at, find_points, in_a_child, sample, try_point
from tests.soak.fixtures import fence

__all__ = ["fence"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("mode", MODES)
def test_sending_that_ends_at_a_line_arrives_once_at_most_and_is_named(boards: Employers, mode: str) -> None:
    cast = Cast()
    points = find_points(cast)
    seed = f"{mode} {datetime.now(UTC):%Y-%m-%d}"

    broken = [try_point(cast, point, mode, boards.record) for point in sample(points, share=0.03, seed=seed)]

    assert len(points) > 100
    assert [each for each in broken if each] == []


def test_lines_of_the_way_are_those_of_the_machine(boards: Employers) -> None:
    files = {point.where.partition(":")[0] for point in find_points(Cast())}

    assert {
        "dispatch.py",
        "applications.py",
        "hosts.py",
        "journal.py",
        "sending.py",
        "guarded_http.py",
    } <= files


def test_claim_that_fails_lets_the_persons_others_pass(boards: Employers) -> None:
    cast = Cast()
    before = cast.ready()
    in_the_claim = find_points(cast)[10]

    in_a_child(lambda: end_at(in_the_claim, "error", before))

    after = read(before)
    assert after.status == "held"
    assert after.next_at > before.next_at
