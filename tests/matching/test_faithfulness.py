"""Other words against what was told: what is refused, and that no invention passes."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matching.faithfulness import FAULTS, find_fault, tidy
from personas.taxonomy import taxonomy

TOLD = (
    "Terraform: Asked for by 38 of your 120 best roles. With it 11 more open jobs reach 75, and these rise by 4.2 points on average. "
    "Roles like yours that ask for it pay 12,500 USD a year more in the middle (14 and 52 state pay). Close to Docker, which you have."
)
LESS = (
    "Excel: Asked for by 9 of your 40 best roles. No further job reaches 75 with it; these rise by 2 points on average. "
    "Roles like yours that ask for it pay 3,000 EUR a year less in the middle (12 and 20 state pay)."
)


def fault(text: str, told: str = TOLD) -> str | None:
    return find_fault(
        tidy(text), told=told, find_skills=lambda each: {found.skill for found in taxonomy().find(each)}
    )


@pytest.mark.parametrize(
    "text",
    [
        TOLD.removeprefix("Terraform: "),
        "Terraform is asked for by 38 of your 120 best roles, and with it 11 more open jobs would reach 75.",
        '"You know Docker, so Terraform is close. 38 of your 120 best roles ask for it."',
        "Of what your best roles look for, Terraform stands out: 38 of 120 ask for it.",
        "With Terraform, 11 more open jobs would reach 75. Roles that ask for it pay 12,500 USD a year more.",
        "38 of your 120 best roles want Terraform.\nIt is close to Docker, which you know already.",
    ],
)
def test_faithful_words_are_kept(text: str) -> None:
    assert fault(text) is None


def test_denied_and_falling_numbers_may_be_said_as_such() -> None:
    text = "9 of your 40 best roles ask for Excel. No more open jobs would reach 75 with it. Those that ask pay 3,000 EUR a year less."

    assert fault(text, LESS) is None


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "empty"),
        ("Learn Terraform now.", "empty"),
        (TOLD + " " + TOLD + " " + TOLD, "long"),
        ("<p>38 of your 120 best roles ask for Terraform.</p>", "markup"),
        ("**38 of your 120** best roles ask for Terraform.", "markup"),
        ("38 of your 120 best roles ask for Terraform 🚀 today.", "markup"),
        ("38 of your 120 best roles ask for\u200b Terraform and more.", "markup"),
        ("38 % of your best roles ask for Terraform now.", "markup"),
        ("38 of your 120 best roles ask for Terraform, see terraform.io for more.", "address"),
        ("38 of your 120 best roles ask for Terraform, write to me@you now.", "markup"),
        ("38 der 120 besten Stellen verlangen nach Terraform und noch viel mehr davon.", "language"),
        ("38 of your 120 best roles ask for Tеrraform today.", "language"),  # a Cyrillic е
        ("39 of your 120 best roles ask for Terraform.", "number"),
        ("380 of your 1200 best roles ask for Terraform.", "number"),
        ("120 of your 38 best roles ask for Terraform.", "number"),
        ("11 of your 120 best roles ask for Terraform, and 38 more open jobs would reach 75.", "number"),
        ("38 thousand of your best roles ask for Terraform.", "number"),
        ("Half of your best roles ask for Terraform.", "number"),
        ("Most of your best roles ask for Terraform.", "number"),
        ("３９ of your 120 best roles ask for Terraform.", "number"),
        ("38k of your 120 best roles ask for Terraform.", "number"),
        ("½ of your 120 best roles ask for Terraform.", "markup"),
        ("38 of your 120 best roles do not ask for Terraform.", "meaning"),
        ("38 of your 120 best roles ask for Terraform. It pays less than the others do.", "meaning"),
        ("With Terraform, roles like yours pay 12,500 USD a year less.", "meaning"),
        ("38 of your 120 best roles ask for Terraform and Kubernetes.", "skill"),
        ("38 of your 120 best roles, those at Initech too, ask for Terraform.", "name"),
        ("Initech and others ask for Terraform: 38 of your 120 best roles.", "name"),
        ("38 of your 120 best roles ask for Terraform, says Maria.", "name"),
        ("With Terraform you are guaranteed a job: 38 of your 120 best roles ask for it.", "promise"),
        ("38 of your 120 best roles ask for Terraform, so you will be hired.", "promise"),
    ],
)
def test_anything_that_is_not_told_is_refused(text: str, because: str) -> None:
    assert fault(text) == because


@pytest.mark.parametrize(
    "text",
    [
        "With Excel, more open jobs would reach 75.",
        "Those that ask for Excel pay 3,000 EUR a year more.",
        "Roles that ask for Excel pay 3,000 EUR a year.",
    ],
)
def test_a_number_said_the_other_way_round_is_refused(text: str) -> None:
    assert fault(text, LESS) == "meaning"


@given(st.integers(0, 10**6).map(str) | st.decimals(0, 999, places=1).map(str))
def test_no_number_that_is_not_told_passes(number: str) -> None:
    assume(number not in re.findall(r"[\d.,]*\d", TOLD))

    assert fault(f"Terraform is asked for by {number} of your 120 best roles.") == "number"


@given(st.permutations(["38", "120", "11", "75"]))
def test_numbers_pass_in_the_order_that_is_told_alone(order: list[str]) -> None:
    a, b, c, d = order
    text = f"Terraform is asked for by {a} of your {b} best roles. With it {c} more open jobs reach {d}."

    assert (fault(text) is None) == (order == ["38", "120", "11", "75"])


@given(st.sampled_from([skill.name for skill in taxonomy().skills()[:3000]]))
def test_no_other_skill_that_can_be_found_passes(name: str) -> None:
    text = f"Your best roles, 38 of 120, ask for Terraform and {name}."
    found = {each.skill for each in taxonomy().find(text)}

    assert (fault(text) is None) <= (found <= {"Terraform", "Docker"})


@given(st.text(max_size=400))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert fault(text) in (None, *FAULTS)
    assert tidy(tidy(text)) == tidy(text) or tidy(text)[:1] in "\"“'"
