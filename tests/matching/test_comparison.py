"""Two stored scores side by side: what each factor adds, and the words for the difference."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from matching.comparison import contributions, tell_comparison
from matching.explanation import factors_as_json
from matching.knowledge import shipped_knowledge
from matching.mismatch import tell_mismatch
from matching.scoring import JobFacts, PersonaFacts, Weights, score_pair

JOB = JobFacts(title="Data Engineer", company="Acme", required_skills=("Python",), workplace="remote")
PERSONA = PersonaFacts(titles=("Data Engineer",), remote_preference="remote")


def side(name: str, persona: PersonaFacts) -> tuple[str, dict[str, Any], Decimal]:
    score = score_pair(JOB, persona, knowledge=shipped_knowledge())
    assert score is not None
    return name, factors_as_json(score), score.score


@pytest.mark.parametrize(
    "persona",
    [
        PERSONA,
        PersonaFacts(titles=("Data Engineer",), remote_preference="onsite", industries=("health",)),
        PersonaFacts(titles=("Data Engineer",), weights=Weights(0, 50, 0, 50, 0), remote_preference="hybrid"),
    ],
)
def test_contributions_sum_to_the_score(persona: PersonaFacts) -> None:
    _name, factors, score = side("A", persona)

    assert abs(sum(contributions(factors).values()) - score) <= Decimal("0.005")


def test_contributions_of_nothing_stated_are_none() -> None:
    assert contributions({"skill_score": None, "asked": ["skill"]}) == {}


def test_difference_is_told_by_its_greatest_factors_whichever_comes_first() -> None:
    remote, onsite = side("R", PERSONA), side("O", PersonaFacts(titles=("Data Engineer",), remote_preference="onsite"))  # fmt: skip

    told = tell_comparison(remote, onsite)

    assert told == tell_comparison(onsite, remote)
    assert told[0].startswith("“R” fits better than “O”, by ")
    assert any(sentence.startswith("Workplace adds ") for sentence in told)


def test_what_speaks_against_the_better_one_is_told() -> None:
    paid = ("P", {"skill_score": 90, "remote_score": 20, "asked": ["skill", "remote"], "weights": {"skill": 60, "remote": 40}}, Decimal(62))  # fmt: skip
    other = ("Q", {"skill_score": 40, "remote_score": 60, "asked": ["skill", "remote"], "weights": {"skill": 60, "remote": 40}}, Decimal(48))  # fmt: skip

    told = tell_comparison(paid, other)

    assert told == [
        "“P” fits better than “Q”, by 14.",
        "What you can do adds 54 to its score and 24 to the other.",
        "Against it: Workplace adds 8 to its score and 24 to the other.",
    ]


def test_equal_scores_are_said_to_be_equal() -> None:
    assert tell_comparison(side("A", PERSONA), side("B", PERSONA)) == ["Both fit equally well."]


def test_match_has_no_mismatch() -> None:
    assert tell_mismatch(JOB, PERSONA, knowledge=shipped_knowledge()) == ""


@pytest.mark.parametrize(
    "persona",
    [
        PersonaFacts(),
        PersonaFacts(titles=("Data Engineer",), excluded_companies=("ACME",)),
        PersonaFacts(titles=("Pastry Cook",)),
        PersonaFacts(held={"welding": "expert"}),
        PersonaFacts(industries=("health",)),
        PersonaFacts(titles=("Data Engineer",), weights=Weights(0, 100, 0, 0, 0)),
    ],
)
def test_every_mismatch_has_a_sentence(persona: PersonaFacts) -> None:
    assert score_pair(JOB, persona, knowledge=shipped_knowledge()) is None

    assert tell_mismatch(JOB, persona, knowledge=shipped_knowledge()).endswith(".")
