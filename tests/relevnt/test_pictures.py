"""The pictures say in words what they draw, and their lengths are the numbers."""

from __future__ import annotations

import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevnt.templatetags import pictures

WEIGHTS = {"skill": 30, "salary": 25, "location": 15, "remote": 20, "industry": 10}
NAMES = list(WEIGHTS)


def factors(*values: Any, not_asked: tuple[str, ...] = ()) -> dict[str, Any]:
    scores = {f"{name}_score": value for name, value in zip(NAMES, values, strict=True)}
    return {**scores, "asked": [name for name in NAMES if name not in not_asked], "weights": WEIGHTS}


def slices(svg: str) -> dict[str, tuple[float, float]]:
    found = re.findall(r'<rect class="part-(\w+)" x="([\d.]+)%" y="0" width="([\d.]+)%"', svg)
    return {name: (float(x), float(width)) for name, x, width in found}


def hatched(svg: str) -> tuple[float, float] | None:
    found = re.search(r'<line class="hatch" x1="([\d.]+)%" x2="([\d.]+)%"', svg)
    return (float(found.group(1)), float(found.group(2))) if found else None


def test_factor_bar_lays_contributions_end_to_end() -> None:
    svg = pictures.factor_bar(factors(50, 100, 0, 100, 100), WEIGHTS)

    assert slices(svg) == {"skill": (0, 15), "salary": (15, 25), "remote": (40, 20), "industry": (60, 10)}
    assert hatched(svg) is None


def test_factor_bar_hatches_what_is_not_stated_at_the_end() -> None:
    svg = pictures.factor_bar(factors(100, None, 100, None, 100), WEIGHTS)

    assert hatched(svg) == (55, 100)


def test_factor_bar_leaves_out_what_is_not_asked() -> None:
    svg = pictures.factor_bar(factors(100, None, 100, 100, 100, not_asked=("salary",)), WEIGHTS)

    assert hatched(svg) is None
    assert slices(svg)["skill"] == (0, 40)


def test_factor_bar_says_in_words_what_it_draws() -> None:
    svg = pictures.factor_bar(factors(82.5, None, 100, 0, None, not_asked=("industry",)), WEIGHTS)

    assert 'role="img"' in svg
    assert "<title>What the score is made of</title>" in svg
    assert "Skills: 83 of 100, weight 33 percent." in svg
    assert "Pay: not stated, weight 28 percent." in svg
    assert "Workplace: 0 of 100" in svg
    assert "Industry: not asked." in svg


@given(
    values=st.lists(st.none() | st.integers(0, 100), min_size=5, max_size=5),
    weights=st.lists(st.integers(0, 100), min_size=5, max_size=5),
)
def test_factor_parts_give_back_the_score(values: list[int | None], weights: list[int]) -> None:
    parts = pictures.factor_parts(factors(*values), dict(zip(NAMES, weights, strict=True)))

    stated = [(v, w) for v, w in zip(values, weights, strict=True) if v is not None]
    points = sum(part.points for part in parts)
    share = sum(part.share for part in parts if part.stated)
    assert sum(part.share for part in parts) == pytest.approx(100 if sum(weights) else 0)
    if sum(w for _, w in stated):
        expected = Decimal(sum(v * w for v, w in stated)) / sum(w for _, w in stated)
        assert float(100 * points / share) == pytest.approx(float(expected))


@pytest.mark.parametrize(
    "weights",
    [
        {f"{name}_weight": Decimal(value) / 100 for name, value in WEIGHTS.items()},
        SimpleNamespace(**WEIGHTS),
        SimpleNamespace(**{f"{name}_weight": value for name, value in WEIGHTS.items()}),
    ],
    ids=["mapping of the row", "weights", "row"],
)
def test_factor_parts_take_weights_of_any_scale(weights: Any) -> None:
    parts = pictures.factor_parts(factors(1, 2, 3, 4, 5), weights)

    assert [part.share for part in parts] == [30, 25, 15, 20, 10]


def test_factor_parts_use_the_weights_of_the_score_itself() -> None:
    stored = factors(100, 0, 0, 0, 0) | {"weights": dict.fromkeys(NAMES, 20)}

    assert pictures.factor_parts(stored)[0].share == 20
    assert pictures.factor_parts(stored, WEIGHTS)[0].share == 30


@pytest.mark.parametrize("value", [-1, 100.01, 101])
def test_factor_parts_refuse_a_value_out_of_range(value: float) -> None:
    with pytest.raises(ValueError, match="salary is not between 0 and 100"):
        pictures.factor_parts(factors(1, value, 1, 1, 1), WEIGHTS)


def test_factor_parts_refuse_a_negative_weight() -> None:
    with pytest.raises(ValueError, match="the weight of remote is negative"):
        pictures.factor_parts(factors(1, 1, 1, 1, 1), WEIGHTS | {"remote": -1})


def test_factor_parts_of_bare_scores_ask_for_all_five_at_the_default_weights() -> None:
    bare = {"skill_score": 80, "salary_score": None, "location_score": 100, "remote_score": None}

    parts = pictures.factor_parts(bare)

    assert [part.value for part in parts] == [80, None, 100, None, None]
    assert all(part.asked for part in parts)
    assert [part.share for part in parts] == [30, 25, 15, 20, 10]


def test_value_bar_hatches_the_whole_of_an_unknown_factor() -> None:
    unknown = pictures.factor_parts(factors(1, None, 1, 1, 1), WEIGHTS)[1]

    assert hatched(pictures.value_bar(unknown)) == (0, 100)


@pytest.mark.parametrize(
    ("score", "shown"), [("74.99", "74"), ("75.00", "75"), ("100.00", "100"), ("0.00", "0")]
)
def test_score_figure_never_shows_more_than_was_reached(score: str, shown: str) -> None:
    svg = pictures.score_figure(Decimal(score))

    assert f">{shown}</text>" in svg
    assert f"<title>Score {shown} of 100</title>" in svg
    assert f"Exactly {score}." in svg


def test_score_figure_draws_a_rule_as_long_as_the_score() -> None:
    svg = pictures.score_figure(50)

    assert 'class="score__held" x="0" y="36" width="26"' in svg


def test_slots_show_five_marks() -> None:
    svg = pictures.slots(3, 5)

    assert (svg.count("slots__used"), svg.count("slots__free"), svg.count("slots__over")) == (3, 2, 0)
    assert "<title>3 of 5 slots used</title>" in svg


def test_slots_mark_those_above_a_lowered_cap() -> None:
    svg = pictures.slots(5, 3)

    assert (svg.count("slots__used"), svg.count("slots__free"), svg.count("slots__over")) == (3, 0, 2)


def test_slots_refuse_a_negative_number() -> None:
    with pytest.raises(ValueError, match="-1 of 5"):
        pictures.slots(-1, 5)


def test_histogram_tells_bars_that_pass_from_those_that_do_not() -> None:
    svg = pictures.histogram([4, 0, 2, 1], "Scores", threshold=50)

    assert svg.count("data-passes") == 2
    assert svg.count('class="histogram__bar"') == 4
    assert 'x1="50%"' in svg
    assert "4 from 0 to 25." in svg
    assert "The line stands at 50." in svg


def test_histogram_of_nothing_but_zeros_is_flat() -> None:
    svg = pictures.histogram([0, 0], "Scores")

    assert svg.count('height="0%"') == 2


@pytest.mark.parametrize(("counts", "low", "high"), [([], 0, 100), ([1, -1], 0, 100), ([1], 5, 5)])
def test_histogram_refuses_what_it_cannot_draw(counts: list[int], low: int, high: int) -> None:
    with pytest.raises(ValueError, match="a histogram needs"):
        pictures.histogram(counts, "Scores", low=low, high=high)


def test_sparkline_names_its_values() -> None:
    svg = pictures.sparkline([1, 4, 2], "New a day")

    assert "<title>New a day</title><desc>1, 4, 2</desc>" in svg
    assert 'height="100%"' in svg


def test_sparkline_refuses_no_values() -> None:
    with pytest.raises(ValueError, match="a sparkline needs"):
        pictures.sparkline([], "New a day")


def test_picture_escapes_a_hostile_label() -> None:
    svg = pictures.histogram([1], "<script>alert(1)</script>")

    assert "<script>" not in svg


def test_picture_has_no_id_that_a_second_one_would_repeat() -> None:
    svg = pictures.factor_bar(factors(100, None, 50, None, 20), WEIGHTS)

    assert "id=" not in svg
    assert "url(" not in svg
