"""The picture of scores: its bars, the line of the threshold, and its words."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from autoapply.histogram import score_histogram

BARS = re.compile(
    r'<rect class="histogram__bar"( data-passes)? x="([\d.]+)%" y="([\d.]+)%" width="[\d.]+%" height="([\d.]+)%">'
)


def counts_of(**at: int) -> list[int]:
    counts = [0] * 20
    for points, count in at.items():
        counts[int(points[1:]) // 5] = count
    return counts


def test_histogram_divides_the_bin_in_which_the_threshold_stands() -> None:
    picture = score_histogram(counts_of(_60=4, _70=10, _80=5), threshold=Decimal("72.50"), passing=9)
    bars = BARS.findall(picture)
    assert [(bool(passes), x) for passes, x, _y, _tall in bars] == [
        (False, "60.4"),
        (False, "70.4"),
        (True, "70.4"),
        (True, "80.4"),
    ]
    # 6 below the line and 4 above it make the whole bar; 5 are half of its height.
    assert [tall for _passes, _x, _y, tall in bars] == ["31.2", "46.8", "31.2", "39"]
    assert bars[2][2] == "22"
    assert '<line class="histogram__mark" x1="72.5%" x2="72.5%"' in picture
    assert ">72.50</text>" in picture


def test_histogram_says_in_words_what_it_shows() -> None:
    picture = score_histogram(counts_of(_60=4, _95=1200), threshold=Decimal(75), passing=1200)
    assert "<title>Scores of 1,204 jobs; at 75 or above: 1,200</title>" in picture
    assert "<desc>4 from 60 to 65. 1,200 from 95 to 100.</desc>" in picture


def test_histogram_without_a_threshold_has_no_line_and_lets_all_stand_out() -> None:
    picture = score_histogram(counts_of(_0=1), threshold=None, passing=1)
    assert "<title>Score of 1 job; any score passes</title>" in picture
    assert "histogram__mark" not in picture
    assert [bool(passes) for passes, *_rest in BARS.findall(picture)] == [True]


def test_histogram_of_no_job_is_only_its_ground() -> None:
    picture = score_histogram([0] * 20, threshold=Decimal(75), passing=0)
    assert not BARS.findall(picture)
    assert "histogram__base" in picture


@pytest.mark.parametrize("threshold", [Decimal(0), Decimal(100)])
def test_histogram_takes_the_ends_of_the_scale(threshold: Decimal) -> None:
    picture = score_histogram(counts_of(_95=3), threshold=threshold, passing=3)
    assert [bool(passes) for passes, *_rest in BARS.findall(picture)] == [True]


@pytest.mark.parametrize(
    ("counts", "threshold", "passing"),
    [
        ([0] * 19, None, 0),
        ([-1] + [0] * 19, None, 0),
        ([0] * 20, Decimal("100.01"), 0),
        (counts_of(_80=5), Decimal(75), 4),
        (counts_of(_80=5), Decimal(82), 6),
    ],
    ids=["bins", "below zero", "threshold", "too few", "too many"],
)
def test_histogram_refuses_what_it_cannot_draw(
    counts: list[int], threshold: Decimal | None, passing: int
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        score_histogram(counts, threshold=threshold, passing=passing)
