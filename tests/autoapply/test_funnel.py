"""How far applications came and how long answers took: the numbers, the pictures, the words; and what may be closed."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest

from autoapply.closing import QUIET_DAYS, OpenApplication, suggest_closing
from autoapply.funnel import draw_funnel, draw_response_times, tell_responses, tell_steps
from autoapply.models import Application
from autoapply.progress import (
    ENDS,
    FORWARD,
    LEAST_FOR_PERCENT,
    WEEKS,
    Answer,
    Path,
    count_ends,
    count_steps,
    first_answer,
    measure_responses,
    read_path,
)

DAY = date(2026, 3, 2)
SVG = "{http://www.w3.org/2000/svg}"


# --- paths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stages", "path"),
    [
        ([], Path("applied", False, "")),
        (["applied"], Path("applied", False, "")),
        (["applied", "screening"], Path("screening", True, "")),
        (["applied", "rejected"], Path("applied", True, "rejected")),
        (["applied", "ghosted"], Path("applied", False, "ghosted")),
        (["applied", "withdrawn"], Path("applied", False, "withdrawn")),
        (["applied", "interview", "rejected"], Path("interview", True, "rejected")),
        (["applied", "interview", "offer", "accepted"], Path("accepted", True, "accepted")),
        # Set by mistake and set back: what stood between does not count.
        (["applied", "offer", "screening"], Path("screening", True, "")),
        (["applied", "interview", "applied"], Path("applied", False, "")),
        (["applied", "rejected", "applied"], Path("applied", False, "")),
        # Closed too early: it goes on.
        (["applied", "ghosted", "interview"], Path("interview", True, "")),
    ],
)
def test_path_is_read_from_the_stages(stages: list[str], path: Path) -> None:
    assert read_path(stages) == path


def test_every_stage_goes_forward_or_ends() -> None:
    assert set(FORWARD) | set(ENDS) == set(Application.Stage.values)


def test_every_path_of_three_stages_holds_together() -> None:
    """Whoever reached more than applied was answered; nobody is at an end and open at once."""
    for stages in itertools.product(Application.Stage.values, repeat=3):
        path = read_path(["applied", *stages])

        assert path.answered or path.reached == "applied", stages
        assert path.end == (stages[-1] if stages[-1] in ENDS else ""), stages


# --- steps -----------------------------------------------------------------------------------------------------------


def test_steps_never_grow_and_count_what_came_of_all() -> None:
    paths = [read_path(each) for each in itertools.product(Application.Stage.values, repeat=2)]

    counts = [step.count for step in count_steps(paths)]

    assert counts[0] == len(paths)
    assert counts == sorted(counts, reverse=True)
    assert sum(count_ends(paths).values()) == len(paths)


def test_few_applications_have_no_percentage() -> None:
    few = count_steps([Path("screening", True, "")] * (LEAST_FOR_PERCENT - 1))
    enough = count_steps([Path("screening", True, "")] * LEAST_FOR_PERCENT)

    assert {step.percent for step in few} == {None}
    assert enough[1].percent == 100


def test_nothing_sent_is_no_fault() -> None:
    steps = count_steps([])

    assert [step.count for step in steps] == [0] * 5
    assert draw_funnel(steps)


def test_share_says_how_sure_it_is() -> None:
    """10 of 40: Wilson's interval at 95 percent is 14.2 to 40.2, worked out by hand from the formula."""
    steps = count_steps([Path("screening", True, "")] * 10 + [Path("applied", False, "")] * 30)

    assert (steps[1].percent, steps[1].low, steps[1].high) == (25, 14, 40)
    # None of 40 does not mean never.
    assert (steps[4].percent, steps[4].low, steps[4].high) == (0, 0, 9)


# --- response times --------------------------------------------------------------------------------------------------


def at(day: int) -> datetime:
    return datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=day)


@pytest.mark.parametrize(
    ("moves", "day"),
    [
        ([], None),
        ([("applied", 0)], None),
        ([("applied", 0), ("screening", 3), ("interview", 9)], 3),
        ([("applied", 0), ("rejected", 5)], 5),
        ([("applied", 0), ("ghosted", 40), ("rejected", 50)], 50),
        ([("applied", 0), ("ghosted", 40)], None),
        # Taken back, and later given in earnest.
        ([("applied", 0), ("interview", 2), ("applied", 3), ("screening", 8)], 8),
    ],
)
def test_first_answer_is_the_first_that_still_counts(moves: list[tuple[str, int]], day: int | None) -> None:
    found = first_answer([(stage, at(each)) for stage, each in moves])

    assert found == (None if day is None else at(day))


def answered_after(*days: int) -> list[Answer]:
    return [Answer(DAY, DAY, DAY + timedelta(days=each)) for each in days]


def test_days_are_counted_by_week_and_the_late_ones_stand_together() -> None:
    times = measure_responses(answered_after(0, 6, 7, 13, 55, 56, 300))

    assert times.weeks == (2, 2, 0, 0, 0, 0, 0, 1, 2)
    assert len(times.weeks) == WEEKS + 1
    assert times.middle == 13


def test_answer_noted_with_an_older_application_is_left_out() -> None:
    entered = DAY + timedelta(days=40)
    backfilled = Answer(DAY, entered, entered)
    later = Answer(DAY, entered, entered + timedelta(days=2))

    times = measure_responses([backfilled, later, *answered_after(0)])

    assert (times.days, times.left_out) == ((0, 42), 1)


def test_few_answers_are_told_one_by_one_and_not_drawn() -> None:
    times = measure_responses(answered_after(30, 2, 9))

    assert draw_response_times(times) == ""
    assert tell_responses(times) == ["3 answers, after 2, 9, 30 days. From 5 answers on there is a picture."]


def test_no_answer_and_answers_left_out_are_said() -> None:
    entered = DAY + timedelta(days=40)

    assert tell_responses(measure_responses([Answer(DAY, entered, entered)])) == [
        "No answer has a day yet.",
        "1 answer is left out: it was there when the application was entered here.",
    ]


# --- pictures --------------------------------------------------------------------------------------------------------


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_funnel_is_as_wide_as_its_shares_and_says_them() -> None:
    steps = count_steps([Path("interview", True, "")] * 5 + [Path("applied", False, "")] * 15)

    picture = drawn(draw_funnel(steps))

    bars = list(picture.iter(f"{SVG}rect"))
    assert [each.get("width") for each in bars] == ["100", "25", "25"]
    assert picture.get("role") == "img"
    assert picture.findtext(f"{SVG}title")
    words = picture.findtext(f"{SVG}desc") or ""
    assert "Sent: 20." in words
    assert "Answered: 5 of 20, 25 %." in words
    assert "Offer: 0 of 20, 0 %." in words
    assert all("style" not in each.attrib for each in picture.iter())


def test_words_beside_the_funnel_are_those_of_the_picture() -> None:
    steps = count_steps([Path("interview", True, "")] * 3)

    told = tell_steps(steps)

    assert [(each.name, each.count, each.rate) for each in told[:2]] == [
        ("Sent", "3", ""),
        ("Answered", "3 of 3", ""),
    ]


def test_response_times_are_drawn_and_say_their_weeks() -> None:
    times = measure_responses(answered_after(1, 2, 3, 4, 10, 90))

    picture = drawn(draw_response_times(times))

    assert len(list(picture.iter(f"{SVG}rect"))) == WEEKS + 1
    assert picture.findtext(f"{SVG}desc") == "Week 1: 4. Week 2: 1. Later: 1."
    assert tell_responses(times) == ["Half of the 6 answers came within 3 days."]


# --- closing ---------------------------------------------------------------------------------------------------------


def quiet(days: int, **given: object) -> OpenApplication:
    values = {
        "application_id": uuid.uuid4(),
        "stage": "applied",
        "sent_on": DAY - timedelta(days=days),
        "quiet_since": DAY - timedelta(days=days),
        "has_plan": False,
    }
    return OpenApplication(**{**values, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "asked"), [(QUIET_DAYS - 1, 0), (QUIET_DAYS, 1), (QUIET_DAYS + 1, 1)])
def test_closing_is_suggested_after_thirty_quiet_days(days: int, asked: int) -> None:
    assert len(suggest_closing([quiet(days)], accepted_on=None, today=DAY)) == asked


def test_suggestion_says_why_and_the_longest_quiet_comes_first() -> None:
    long, short = quiet(60), quiet(31)

    found = suggest_closing([short, long], accepted_on=None, today=DAY)

    assert [(each.application_id, each.kind, each.days) for each in found] == [
        (long.application_id, "no_answer", 60),
        (short.application_id, "no_answer", 31),
    ]


@pytest.mark.parametrize(
    ("stage", "asked"),
    [("applied", 1), ("screening", 1), *((each, 0) for each in ("interview", "offer", *ENDS))],
)
def test_only_who_waits_for_the_employer_is_asked(stage: str, asked: int) -> None:
    assert len(suggest_closing([quiet(90, stage=stage)], accepted_on=None, today=DAY)) == asked


def test_whoever_plans_a_follow_up_is_not_asked() -> None:
    planned = quiet(90, has_plan=True)

    assert suggest_closing([planned], accepted_on=None, today=DAY) == []
    assert suggest_closing([planned], accepted_on=DAY, today=DAY) == []


def test_accepted_offer_suggests_closing_what_was_sent_before_it() -> None:
    before = quiet(9, stage="interview")
    after = quiet(1, stage="interview")

    found = suggest_closing([before, after], accepted_on=DAY - timedelta(days=5), today=DAY)

    assert [(each.application_id, each.kind) for each in found] == [
        (before.application_id, "accepted_elsewhere")
    ]
