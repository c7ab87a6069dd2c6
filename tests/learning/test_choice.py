"""The few that are recommended: what pays most for its hours, what stands, what never."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.choice import MOST, can_be_taught, choose, worth_an_hour
from learning.effort import estimate, hours_by_rule
from learning.facts import Effort, Gap


def gap(
    key: str = "terraform", *, crossing: int = 1, asks: int = 10, lift: str = "1.00", **more: object
) -> Gap:
    values = {
        "from_level": "",
        "to_level": "intermediate",
        "threshold": Decimal(75),
        "above": 1,
        "near": 120,
        "nearest": "",
        "nearness": 0,
        "pay": None,
        "open_jobs": 1000,
        **more,
    }
    return Gap(skill=key.title(), key=key, crossing=crossing, asks=asks, lift=Decimal(lift), **values)  # type: ignore[arg-type]


def weighed(key: str, *, crossing: int, hours: int = 40) -> tuple[Gap, Effort]:
    return gap(key, crossing=crossing, asks=0), Effort(hours, "rule", 5, hours // 5)


def nothing_near(_key: str) -> Mapping[str, int]:
    return {}


def keys(chosen: tuple[tuple[Gap, Effort], ...]) -> list[str]:
    return [each.key for each, _effort in chosen]


def test_what_pays_most_for_its_hours_comes_first() -> None:
    three = [
        weighed("a", crossing=2, hours=40),
        weighed("b", crossing=3, hours=100),
        weighed("c", crossing=1, hours=10),
    ]

    assert keys(choose(three, near=nothing_near)) == ["c", "a", "b"]


def test_at_most_five_are_chosen() -> None:
    many = [weighed(f"skill {number}", crossing=number) for number in range(1, 20)]

    assert keys(choose(many, near=nothing_near)) == [f"skill {number}" for number in range(19, 14, -1)]


def test_skill_near_a_chosen_one_is_left_out() -> None:
    three = [weighed("aws", crossing=9), weighed("azure", crossing=8), weighed("sql", crossing=1)]

    assert keys(choose(three, near=lambda key: {"aws": {"azure": 33}}.get(key, {}))) == ["aws", "sql"]
    assert keys(choose(three, near=lambda key: {"azure": {"aws": 32}}.get(key, {}))) == [
        "aws",
        "azure",
        "sql",
    ]


def test_what_stands_stays_while_it_pays_half_of_the_best_newcomer() -> None:
    many = [weighed(f"new {number}", crossing=10) for number in range(9)]

    assert "old" in keys(choose([*many, weighed("old", crossing=5)], near=nothing_near, standing={"old"}))
    assert "old" not in keys(choose([*many, weighed("old", crossing=4)], near=nothing_near, standing={"old"}))
    assert "old" not in keys(choose([*many, weighed("old", crossing=9)], near=nothing_near))


def test_what_is_planned_stays_whatever_it_pays() -> None:
    many = [weighed(f"new {number}", crossing=10) for number in range(9)]

    assert "old" in keys(choose([*many, weighed("old", crossing=1)], near=nothing_near, kept={"old"}))


def test_what_is_put_aside_is_never_chosen() -> None:
    assert keys(choose([weighed("a", crossing=9)], near=nothing_near, standing={"a"}, put_aside={"a"})) == []


@given(
    given_gaps=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 30), max_size=12),
    standing=st.sets(st.text("abc", min_size=1, max_size=3)),
    put_aside=st.sets(st.text("abc", min_size=1, max_size=3)),
)
def test_choice_repeats_itself_and_keeps_its_rules(
    given_gaps: dict[str, int], standing: set[str], put_aside: set[str]
) -> None:
    some = [weighed(key, crossing=crossing) for key, crossing in given_gaps.items()]

    first = choose(some, near=nothing_near, standing=standing, put_aside=put_aside)
    again = choose(some, near=nothing_near, standing=set(keys(first)), put_aside=put_aside)

    assert keys(first) == keys(again)
    assert len(first) <= MOST
    assert not put_aside & set(keys(first))
    assert [worth_an_hour(*each) for each in first] == sorted(
        (worth_an_hour(*each) for each in first), reverse=True
    )


@pytest.mark.parametrize(
    ("name", "group", "taught"),
    [
        ("Attention to detail", "Personal skills", False),
        ("Driving", "Transport and driving", False),
        ("Security clearance", "Cybersecurity", False),
        ("Terraform", "Infrastructure and delivery", True),
        ("something of one's own", "", True),
    ],
)
def test_what_no_course_teaches_is_not_recommended(name: str, group: str, taught: bool) -> None:
    assert can_be_taught(name, group=group) is taught


@pytest.mark.parametrize(
    ("more", "kind", "group", "hours"),
    [
        ({}, "technology", "Infrastructure and delivery", 40),
        ({}, "technology", "Programming languages", 100),
        ({}, "knowledge", "Accounting", 60),
        ({}, "knowledge", "Science", 600),
        ({}, "language", "Spoken languages", 500),
        ({}, "", "", 60),
        ({"nearness": 25}, "technology", "", 30),
        ({"from_level": "beginner"}, "technology", "", 20),
        ({"from_level": "intermediate"}, "technology", "", 40),
    ],
)
def test_hours_follow_the_rule(more: dict[str, object], kind: str, group: str, hours: int) -> None:
    assert hours_by_rule(gap(**more), kind=kind, group=group) == hours  # type: ignore[arg-type]


def test_stated_hours_go_before_the_rule() -> None:
    effort = estimate(gap(), kind="technology", group="", stated=(80, 121), hours_per_week=7)

    assert (effort.hours, effort.because, effort.weeks) == (101, "stated", 15)


def test_weeks_are_rounded_up() -> None:
    assert estimate(gap(), kind="technology", group="", stated=None, hours_per_week=3).weeks == 14
