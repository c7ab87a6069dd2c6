"""What a refresh changed, from two stored documents, and its words."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from matching.changes import compare_factors, points_changed, tell_changes
from matching.explanation import factors_as_json
from matching.knowledge import shipped_knowledge
from matching.pay import AnnualPay
from matching.scoring import JobFacts, PersonaFacts, Score, Weights, score_pair

JOB = JobFacts(title="Data Engineer", required_skills=("Python", "SQL"), workplace="hybrid")
PERSONA = PersonaFacts(
    titles=("Data Engineer",), held={"python": "advanced"}, minimum_salary=60_000, currency="EUR"
)


def scored(job: JobFacts, persona: PersonaFacts) -> Score:
    score = score_pair(job, persona, knowledge=shipped_knowledge())
    assert score is not None
    return score


def changed(
    job: JobFacts = JOB,
    persona: PersonaFacts = PERSONA,
    *,
    old_job: JobFacts = JOB,
    old_persona: PersonaFacts = PERSONA,
    scorer_changed: bool = False,
) -> dict[str, Any]:
    """What is stored when a pair was first scored as it was, then as it is."""
    before, after = scored(old_job, old_persona), scored(job, persona)
    stored = compare_factors(
        factors_as_json(before),
        factors_as_json(after),
        score_before=before.score,
        score_after=after.score,
        job_changed=job != old_job,
        persona_changed=persona != old_persona,
        scorer_changed=scorer_changed,
    )
    return json.loads(json.dumps(stored))  # type: ignore[no-any-return]


def replaced(facts: Any, **values: Any) -> Any:
    return type(facts)(**{name: getattr(facts, name) for name in facts.__dataclass_fields__} | values)


def test_a_skill_that_was_learned_is_told_as_the_persons() -> None:
    stored = changed(persona=replaced(PERSONA, held={"python": "advanced", "sql": "expert"}))

    assert stored["because"] == ["skills"]
    assert stored["skills_met"] == ["SQL"]
    assert stored["skills_missing"] == []
    assert set(stored["factors"]) == {"skill"}
    assert tell_changes(stored).startswith("Up ")
    assert tell_changes(stored).endswith(" since the last refresh: you now bring SQL.")


def test_a_skill_that_was_taken_out_is_told() -> None:
    stored = changed(old_persona=replaced(PERSONA, held={"python": "advanced", "sql": "expert"}))

    assert stored["skills_missing"] == ["SQL"]
    assert tell_changes(stored).startswith("Down ")
    assert tell_changes(stored).endswith("you do not list SQL now.")


def test_another_level_is_the_persons_too() -> None:
    stored = changed(persona=replaced(PERSONA, held={"python": "expert"}))

    assert (stored["because"], stored["skills_met"], stored["skills_missing"]) == (["skills"], [], [])
    assert "at another level" in tell_changes(stored)


def test_an_edited_posting_names_what_one_has_and_what_one_lacks() -> None:
    stored = changed(replaced(JOB, required_skills=("Python", "Terraform")), old_job=replaced(JOB, required_skills=("SQL",)))  # fmt: skip

    assert stored["because"] == ["job"]
    assert stored["skills_met"] == ["Python"]
    assert stored["skills_missing"] == ["Terraform"]
    told = tell_changes(stored)
    assert "it now names Python, which you have; it now asks for Terraform, which you do not list." in told


def test_pay_that_is_stated_now_is_told() -> None:
    stored = changed(replaced(JOB, annual_pay=AnnualPay(70_000, None, "EUR", "as_stated")))

    assert stored["factors"] == {"salary": [None, 100]}
    assert tell_changes(stored).endswith(": its pay is now stated.")


def test_pay_that_is_no_longer_stated_is_told() -> None:
    stored = changed(old_job=replaced(JOB, annual_pay=AnnualPay(70_000, None, "EUR", "as_stated")))

    assert stored["factors"] == {"salary": [100, None]}
    assert "no longer stated" in tell_changes(stored)


def test_weights_name_what_weighs_more() -> None:
    paid = replaced(JOB, annual_pay=AnnualPay(70_000, None, "EUR", "as_stated"))
    stored = changed(
        paid, replaced(PERSONA, weights=Weights(20, 60, 5, 10, 5)), old_job=paid
    )  # from the defaults

    assert stored["because"] == ["weights"]
    assert stored["weights"]["salary"] == [25, 60]
    assert stored["factors"] == {}
    assert tell_changes(stored).endswith(" since the last refresh: you weigh pay more.")


def test_weights_in_the_same_proportions_are_no_reason() -> None:
    stored = changed(persona=replaced(PERSONA, weights=Weights(60, 50, 30, 40, 20)))

    assert "weights" not in stored["because"]
    assert stored["weights"] == {}


def test_other_wishes_are_the_personas() -> None:
    stored = changed(persona=replaced(PERSONA, remote_preference="remote"))

    assert stored["because"] == ["persona"]
    assert stored["factors"] == {"remote": [None, 40]}
    assert tell_changes(stored).endswith("you changed what this persona looks for.")


def test_weights_and_wishes_together_are_both_told() -> None:
    stored = changed(
        persona=replaced(PERSONA, remote_preference="remote", weights=Weights(10, 10, 10, 60, 10))
    )

    assert stored["because"] == ["weights", "persona"]


def test_posting_and_person_that_both_changed_are_not_mixed_up() -> None:
    stored = changed(
        replaced(JOB, required_skills=("Python", "SQL", "Terraform")),
        replaced(PERSONA, held={"python": "advanced", "sql": "expert"}),
    )

    told = tell_changes(stored)
    assert stored["because"] == ["job", "skills"]
    assert "it now names" not in told
    assert "you now bring SQL; you do not list Terraform now" in told


def test_a_newer_scorer_alone_is_not_blamed_on_the_person() -> None:
    before, after = scored(JOB, PERSONA), scored(JOB, replaced(PERSONA, held={"python": "expert"}))

    stored = compare_factors(
        factors_as_json(before),
        factors_as_json(after),
        score_before=before.score,
        score_after=after.score,
        job_changed=False,
        persona_changed=False,
        scorer_changed=True,
    )

    assert stored["because"] == ["scorer"]
    assert "newer way" in tell_changes(stored)


def test_bare_factors_of_another_program_are_compared() -> None:
    bare = {"skill_score": 80, "salary_score": None}

    stored = compare_factors(
        bare,
        {**bare, "salary_score": 40},
        score_before=Decimal("80.00"),
        score_after=Decimal("61.80"),
        job_changed=True,
        persona_changed=False,
        scorer_changed=False,
    )

    assert stored["score"] == [80.0, 61.8]
    assert tell_changes(stored) == "Down 18.2 since the last refresh: its pay is now stated."


@pytest.mark.parametrize(
    ("score", "points", "head"),
    [
        ([70, 77.2], 7, "Up 7.2 since"),
        ([77.2, 70], -7, "Down 7.2 since"),
        ([70.0, 70.04], 0, "Up 0.04 since"),
        ([50, 70], 20, "Up 20 since"),
        ([70, 70], 0, "Changed at the last refresh, with the same score."),
    ],
)
def test_points_are_told_as_they_are(score: list[float], points: int, head: str) -> None:
    stored = {"score": score, "because": []}

    assert tell_changes(stored).startswith(head)
    assert points_changed(stored) == points


@pytest.mark.parametrize("stored", [None, {}])
def test_nothing_stored_is_nothing_told(stored: dict[str, Any] | None) -> None:
    assert tell_changes(stored) == ""
    assert points_changed(stored) == 0
