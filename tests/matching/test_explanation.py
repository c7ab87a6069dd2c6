"""Words for a score, made from the stored factors alone."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import translation

from matching.explanation import (
    explain,
    factors_as_json,
    read_explanation,
    read_factors,
    tell_in_a_line,
)
from matching.scoring import (
    DEFAULT_WEIGHTS,
    FACTORS,
    Evidence,
    Factor,
    Factors,
    Met,
    Score,
    Weights,
    combine,
)

WORK = "The work fits you at 61 of 100"
EVIDENCE = Evidence(
    met=(Met("Python", 1000, 10), Met("Vue", 1000, 3, "react"), Met("SQL", 500, 9)),
    missing=("Terraform", "Go", "AWS", "Kafka", "Redis"),
    unnamed=("Rust",),
    nearest_title="Software Engineer",
    title_score=88,
)


def make_score(
    skill: int | None = 61_275,
    salary: int | None = 100_000,
    location: int | None = 30_000,
    remote: int | None = None,
    industry: int | None = None,
    *,
    asked: str = "skill salary location remote",
    weights: Weights = DEFAULT_WEIGHTS,
    evidence: Evidence = EVIDENCE,
) -> Score:
    values = {"skill": skill, "salary": salary, "location": location, "remote": remote, "industry": industry}
    factors = Factors(*(Factor(value, asked=name in asked.split()) for name, value in values.items()))
    combined = combine(factors, weights)
    assert combined is not None
    return Score(*combined, factors, weights, evidence)


def test_factors_as_json_holds_the_five_factors_and_the_evidence() -> None:
    stored = json.loads(json.dumps(factors_as_json(make_score())))

    assert stored["skill_score"] == 61.275
    assert stored["salary_score"] == 100
    assert stored["location_score"] == 30
    assert stored["remote_score"] is None
    assert stored["industry_score"] is None
    assert stored["title_score"] == 88
    assert stored["coverage"] == 0.7778
    assert stored["asked"] == ["skill", "salary", "location", "remote"]
    assert stored["matched_skills"][1] == {"skill": "Vue", "share": 1000, "tenths": 3, "through": "react"}
    assert stored["missing_skills"] == ["Terraform", "Go", "AWS", "Kafka", "Redis"]


@pytest.mark.parametrize("skill", [0, 1, 33_333, 61_275, 99_999, 100_000, None])
def test_read_factors_gives_back_what_was_stored(skill: int | None) -> None:
    score = make_score(skill)

    stored = json.loads(json.dumps(factors_as_json(score)))

    assert read_factors(stored) == score.factors
    assert combine(read_factors(stored), score.weights) == (score.score, score.coverage)


def test_explanation_tells_reasons_by_contribution_then_the_gap_then_unknowns() -> None:
    found = read_explanation(factors_as_json(make_score()))

    # Contributions: salary 25 × 100, skill 30 × 61.275; losses: skill 30 × 38.725, location 15 × 70.
    assert found.reasons == (
        "The pay reaches your minimum.",
        f"{WORK}: its title is 88 of 100 like “Software Engineer”; you bring Python and SQL; you are close to Vue.",
    )
    assert found.gaps == (
        "It asks for Terraform, Go, AWS and 2 more, which you do not list.",
        "It does not name Rust, which you want to use.",
    )
    assert found.unknowns == ("Whether it is remote, hybrid or on site is not stated.",)


def test_explanation_follows_the_weights() -> None:
    score = make_score(weights=Weights(10, 0, 100, 0, 0))

    found = read_explanation(factors_as_json(score))

    assert len(found.reasons) == 1
    assert found.reasons[0].startswith("The work fits you")
    assert found.gaps[0] == "It is away from where you want to work (30 of 100)."


def test_explanation_of_a_full_score_has_no_gap() -> None:
    score = make_score(100_000, asked="skill", evidence=replace(EVIDENCE, missing=(), unnamed=()))

    found = read_explanation(factors_as_json(score))

    assert found.gaps == ()
    assert found.unknowns == ()


def test_explanation_of_every_unknown_names_it() -> None:
    score = make_score(
        None, None, None, None, 100_000, asked="skill salary location remote industry", evidence=Evidence()
    )

    found = read_explanation(factors_as_json(score))

    assert found.reasons == ("The industry is one you want.",)
    assert len(found.unknowns) == 4


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (Evidence(title_score=30, nearest_title="Nurse"), "Its title is only 30 of 100 like “Nurse”."),
        (
            Evidence(title_score=90, nearest_title="Nurse"),
            "It names no skills, so the title alone speaks for it.",
        ),
        (Evidence(met=(Met("SQL", 6000, 7),)), "What you bring meets 61 of 100 of what it asks."),
    ],
)
def test_explanation_of_the_skill_gap_says_what_is_lacking(evidence: Evidence, sentence: str) -> None:
    found = read_explanation(factors_as_json(make_score(asked="skill", evidence=evidence)))

    assert found.gaps == (sentence,)


@pytest.mark.parametrize(("percent", "shown"), [(61_499, "61"), (61_500, "62"), (99_999, "100")])
def test_explanation_rounds_half_up(percent: int, shown: str) -> None:
    assert f"at {shown} of 100" in explain(make_score(percent))


@pytest.mark.parametrize(
    ("factor", "low", "high"),
    [
        ("salary", "stays below your minimum (20 of 100)", "comes near your minimum (80 of 100)"),
        (
            "location",
            "away from where you want to work (20 of 100)",
            "near where you want to work (80 of 100)",
        ),
        ("remote", "not the kind you want (20 of 100)", "close to the kind you want (80 of 100)"),
    ],
)
def test_explanation_gives_the_number_of_the_factor(factor: str, low: str, high: str) -> None:
    weights = Weights(**{**dict.fromkeys(FACTORS, 0), factor: 100})

    below = make_score(**{factor: 20_000}, asked=factor, weights=weights)
    above = make_score(**{factor: 80_000}, asked=factor, weights=weights)

    assert low in explain(below)
    assert high in explain(above)


def test_explanation_names_an_unwanted_industry_and_a_far_place() -> None:
    industry = make_score(industry=0, asked="skill industry", weights=Weights(1, 0, 0, 0, 100))
    place = make_score(location=0, asked="skill location", weights=Weights(1, 0, 100, 0, 0))

    assert "The industry is not one you want." in explain(industry)
    assert "It is not where you want to work." in explain(place)


def test_explanation_of_factors_without_evidence_is_empty() -> None:
    found = read_explanation({"asked": []})

    assert str(found) == ""


def test_explain_is_the_same_every_time() -> None:
    with translation.override("en"):
        assert explain(make_score()) == explain(make_score())

    assert make_score().score == Decimal("68.40")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "Like “Software Engineer”; uses your Python and SQL; also asks for Terraform, Go and 3 more"),
        ({"title_score": 60}, "Somewhat like “Software Engineer”; uses your Python and SQL; also asks for Terraform, Go and 3 more"),
        ({"title_score": 20, "missing": ()}, "Uses your Python and SQL"),
        ({"met": (Met("Vue", 1000, 3, "react"),), "missing": ("Go",)}, "Like “Software Engineer”; you are close to Vue; also asks for Go"),
        ({"met": (), "missing": ("Go", "AWS", "Kafka")}, "Like “Software Engineer”; asks for Go, AWS and Kafka"),
        ({"met": (), "missing": ()}, "Like “Software Engineer”; names no skills"),
        ({"met": (), "missing": (), "title_score": None}, ""),
    ],
)  # fmt: skip
def test_line_claims_only_what_the_person_holds(changes: dict, line: str) -> None:
    stored = factors_as_json(make_score(evidence=replace(EVIDENCE, **changes)))

    assert tell_in_a_line(stored) == line


def test_line_of_nothing_stored_is_empty() -> None:
    assert tell_in_a_line({}) == ""
