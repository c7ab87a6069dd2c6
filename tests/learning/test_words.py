"""Sentences say the numbers they are made of, and no others."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from learning.facts import Effect, Effort, Gap, PayGap, as_json, read_effect, read_effort, read_gap
from learning.models import LearningState
from learning.progress_words import tell_differences, tell_effect, tell_promise
from learning.reasons import tell_effort, tell_nothing, tell_reason

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
POINTS = st.decimals(0, 100, places=2)
PAYS = st.none() | st.builds(
    PayGap,
    currency=st.just("USD"),
    asking=st.integers(0, 500_000),
    asking_count=st.integers(10, 9999),
    others=st.integers(0, 500_000),
    others_count=st.integers(10, 9999),
)
GAPS = st.builds(
    Gap,
    skill=st.just("Terraform"),
    key=st.just("terraform"),
    from_level=st.sampled_from(["", "beginner", "intermediate"]),
    to_level=st.just("intermediate"),
    threshold=POINTS,
    crossing=st.integers(0, 99_999),
    above=st.integers(0, 99_999),
    near=st.integers(1, 120),
    asks=st.integers(0, 120),
    lift=POINTS,
    nearest=st.sampled_from(["", "Docker"]),
    nearness=st.integers(0, 50),
    pay=PAYS,
    open_jobs=st.integers(0, 10**7),
)
EFFECTS = st.builds(
    Effect,
    level=st.sampled_from(["beginner", "intermediate"]),
    threshold=POINTS,
    crossing=st.integers(0, 99_999),
    above=st.integers(0, 99_999),
    near=st.integers(0, 120),
    asks=st.integers(0, 120),
    lift=POINTS,
    open_jobs=st.integers(0, 10**7),
)


def numbers(text: str) -> set[Decimal]:
    return {Decimal(found.replace(",", "")) for found in NUMBER.findall(text)}


@given(GAPS)
def test_reason_says_only_its_own_numbers(gap: Gap) -> None:
    known = {Decimal(each) for each in (gap.asks, gap.near, gap.crossing)} | {gap.threshold, gap.lift}
    if gap.pay:
        known |= {
            Decimal(abs(gap.pay.asking - gap.pay.others)),
            Decimal(gap.pay.asking_count),
            Decimal(gap.pay.others_count),
        }

    told = numbers(tell_reason(gap))

    assert told <= known
    assert {Decimal(gap.asks), Decimal(gap.near), gap.lift, gap.threshold} <= told
    assert not gap.crossing or Decimal(gap.crossing) in told


@given(GAPS, EFFECTS)
def test_promise_and_effect_say_only_their_own_numbers(gap: Gap, effect: Effect) -> None:
    assert numbers(tell_promise(gap)) == {Decimal(gap.crossing), gap.threshold, gap.lift}
    assert numbers(tell_effect(effect)) == {
        Decimal(effect.crossing),
        Decimal(effect.above),
        effect.threshold,
        effect.lift,
    }
    told = " ".join(tell_differences(gap, effect))
    assert ("level" in told) == (gap.to_level != effect.level)
    assert ("threshold" in told) == (gap.threshold != effect.threshold)
    assert ("were open then" in told) == (gap.open_jobs != effect.open_jobs)


@given(GAPS, EFFECTS, st.integers(1, 900), st.integers(1, 60))
def test_facts_come_back_from_json_as_they_were(gap: Gap, effect: Effect, hours: int, weekly: int) -> None:
    effort = Effort(hours, "rule", weekly, -(-hours // weekly))

    assert read_gap(as_json(gap)) == gap
    assert read_effect(as_json(effect)) == effect
    assert read_effort(as_json(effort)) == effort
    assert numbers(tell_effort(effort)) == {Decimal(effort.weeks), Decimal(hours), Decimal(weekly)}


def test_every_reason_for_nothing_has_its_sentence() -> None:
    told = {tell_nothing(LearningState(nothing_because=because)) for because in LearningState.Nothing.values}

    assert len(told) == len(LearningState.Nothing.values)
    assert "" not in told
    assert tell_nothing(LearningState()) == ""
