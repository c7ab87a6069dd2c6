"""How far applications came, counted from their stages: the steps of the funnel, how sure a share is, how long answers took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt
from statistics import median

FORWARD = ("applied", "screening", "interview", "offer", "accepted")
"""Stages in the order in which an application gets on."""
ENDS = ("accepted", "rejected", "ghosted", "withdrawn")
"""Stages that end an application."""
STEPS = ("sent", "answered", "interview", "offer", "accepted")
"""The steps of the funnel."""
LEAST_FOR_PERCENT = 10
"""Below so many applications one more answer moves a percentage by ten points and more: then counts alone are shown."""
LEAST_FOR_PICTURE = 5
"""Below so many answers their days are told one by one."""
WEEKS = 8
"""Weeks that the picture of response times tells apart; what took longer stands together."""
_Z = 1.96  # standard deviations that hold 95 of 100 draws


@dataclass(frozen=True, slots=True)
class Path:
    """What came of one application: the furthest of FORWARD, whether anybody answered, and its end ("" while open)."""

    reached: str
    answered: bool
    end: str


@dataclass(frozen=True, slots=True)
class Share:
    """A part of all that was sent: percent, and between which percents it lies 95 times in 100 (Wilson's interval).

    The percents are None where there is too little for any.
    """

    step: str
    count: int
    total: int
    percent: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """When one application was sent, entered here, and first answered (as noted); days of the person's calendar."""

    sent_on: date
    entered_on: date
    answered_on: date


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """Days until the first answer, rising; `weeks` counts them by week, the last one with all that took longer.

    left_out counts answers that were there before the application was entered here, whose day nobody noted.
    """

    days: tuple[int, ...]
    weeks: tuple[int, ...]
    middle: int | None
    left_out: int


def read_path(stages: Sequence[str]) -> Path:
    """The path through these stages, in the order in which they were set.

    Going back to an earlier stage is taken for a correction: what stood between no longer counts.
    """
    reached, answered, end = FORWARD[0], False, ""
    for stage in stages:
        if stage in FORWARD:
            reached, answered = stage, stage != FORWARD[0]
            end = stage if stage in ENDS else ""
        elif stage in ENDS:
            end = stage
            answered = answered or stage == "rejected"
    return Path(reached, answered, end)


def first_answer(moves: Sequence[tuple[str, datetime]]) -> datetime | None:
    """When the first answer was noted that still counts, by the stages with their times; None where there is none."""
    found = None
    for number, (_stage, at) in enumerate(moves, start=1):
        answered = read_path([stage for stage, _at in moves[:number]]).answered
        found = (found or at) if answered else None
    return found


def count_steps(paths: Sequence[Path]) -> tuple[Share, ...]:
    """The steps of the funnel, each as a share of what was sent."""
    total = len(paths)
    counts = {
        "sent": total,
        "answered": sum(path.answered for path in paths),
        **{
            step: sum(FORWARD.index(path.reached) >= FORWARD.index(step) for path in paths)
            for step in STEPS[2:]
        },
    }
    return tuple(_share(step, counts[step], total) for step in STEPS)


def count_ends(paths: Sequence[Path]) -> dict[str, int]:
    """How many ended in each of ENDS, and under "" how many are open."""
    found = Counter(path.end for path in paths)
    return {end: found[end] for end in ("", *ENDS)}


def measure_responses(answers: Sequence[Answer]) -> ResponseTimes:
    """How long answers took; what was noted on the day on which an older application was entered tells nothing."""
    told = [each for each in answers if not each.sent_on < each.entered_on == each.answered_on]
    days = sorted(max((each.answered_on - each.sent_on).days, 0) for each in told)
    weeks = Counter(min(each // 7, WEEKS) for each in days)
    return ResponseTimes(
        days=tuple(days),
        weeks=tuple(weeks[week] for week in range(WEEKS + 1)),
        middle=int(median(days)) if days else None,
        left_out=len(answers) - len(told),
    )


def _share(step: str, count: int, total: int) -> Share:
    if total < LEAST_FOR_PERCENT:
        return Share(step, count, total, None, None, None)
    low, high = _wilson(count, total)
    return Share(step, count, total, _whole(count / total), _whole(low), _whole(high))


def _wilson(count: int, total: int) -> tuple[float, float]:
    """Wilson's score interval of a share (E. B. Wilson, 1927), which stays within 0 and 1 for small numbers."""
    share = count / total
    spread = _Z * sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    center = share + _Z**2 / (2 * total)
    scale = 1 + _Z**2 / total
    return max((center - spread) / scale, 0.0), min((center + spread) / scale, 1.0)


def _whole(share: float) -> int:
    return int(100 * share + 0.5)
