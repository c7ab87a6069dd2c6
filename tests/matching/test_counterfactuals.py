"""What one change would do, told by the definition itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from matching.counterfactuals import find_what_ifs
from matching.knowledge import shipped_knowledge
from matching.pay import AnnualPay
from matching.scoring import JobFacts, PersonaFacts, score_pair
from personas.gazetteer import Place
from tests.matching.test_engine import jobs, personas

KNOWLEDGE = shipped_knowledge()
BERLIN = Place("Berlin", "Berlin", "DE", 52.524, 13.411)
AUSTIN = Place("Austin", "TX", "US", 30.267, -97.743)
PERSONA = PersonaFacts(
    titles=("Data Engineer",),
    held={"python": "advanced", "sql": "beginner"},
    minimum_salary=100_000,
    currency="EUR",
    places=(BERLIN,),
    remote_preference="remote",
)
JOB = JobFacts(
    "Data Engineer",
    required_skills=("Python", "SQL", "Terraform"),
    annual_pay=AnnualPay(80_000, 80_000, "EUR", "as_stated"),
    places=(AUSTIN,),
    workplace="hybrid",
)


def what_ifs(job: JobFacts = JOB, persona: PersonaFacts = PERSONA) -> dict[tuple[str, str], Decimal]:
    score = score_pair(job, persona, knowledge=KNOWLEDGE)
    assert score
    return {
        (each.kind, each.subject): each.points
        for each in find_what_ifs(job, persona, score, knowledge=KNOWLEDGE)
    }


def test_each_kind_of_change_is_tried() -> None:
    assert set(what_ifs()) == {
        ("skill", "Terraform"),
        ("level", "Python"),
        ("level", "SQL"),
        ("place", "Austin, TX, United States"),
        ("workplace", "hybrid"),
        ("floor", "80000"),
    }


def test_the_change_that_brings_most_comes_first() -> None:
    points = list(what_ifs().values())

    assert points == sorted(points, reverse=True)
    assert all(each > 0 for each in points)


def test_points_are_those_of_the_changed_persona() -> None:
    before = score_pair(JOB, PERSONA, knowledge=KNOWLEDGE)
    after = score_pair(
        JOB, replace(PERSONA, held={**PERSONA.held, "terraform": "intermediate"}), knowledge=KNOWLEDGE
    )
    assert before
    assert after

    assert what_ifs()["skill", "Terraform"] == after.score - before.score


def test_nothing_is_proposed_for_what_is_met_or_not_stated() -> None:
    met = replace(JOB, places=(BERLIN,), workplace="unknown", annual_pay=None, required_skills=("Python",))

    assert set(what_ifs(met)) == {("level", "Python")}
    assert what_ifs(met, replace(PERSONA, held={"python": "expert"})) == {}


@pytest.mark.parametrize("held", [{"postgresql": "expert"}])
def test_skill_held_through_a_near_one_is_tried_as_its_own(held: dict[str, str]) -> None:
    job = JobFacts("Data Engineer", required_skills=("MySQL",))
    persona = replace(PERSONA, held=held)
    score = score_pair(job, persona, knowledge=KNOWLEDGE)
    assert score
    assert score.evidence.met[0].through == "postgresql"

    assert ("skill", "MySQL") in what_ifs(job, persona)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(jobs, personas)
def test_what_is_promised_is_what_the_definition_gives(job: JobFacts, persona: PersonaFacts) -> None:
    score = score_pair(job, persona, knowledge=KNOWLEDGE)
    if score is None:
        return
    for each in find_what_ifs(job, persona, score, knowledge=KNOWLEDGE):
        after = score_pair(job, each.persona, knowledge=KNOWLEDGE)
        assert after
        assert after.score - score.score == each.points > 0
