"""The engine gives the numbers of the definition, bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.postings import ARCHIVE, read_archive, sketch_personas
from matching.engine import JobTable, Ranked, rank
from matching.knowledge import shipped_knowledge
from matching.pay import AnnualPay
from matching.scoring import (
    ENOUGH_COVERAGE,
    JobFacts,
    PersonaFacts,
    Weights,
    read_requirement,
    read_wants,
    score_prepared,
)
from personas.gazetteer import Place

KNOWLEDGE = shipped_knowledge()

TITLES = (
    "Registered Nurse",
    "Senior Data Engineer (Remote)",
    "Software Engineer",
    "Req 12345",
    "Nurse",
    "",
    "Teacher",
)
SKILLS = ("Python", "SQL", "React", "Vue.js", "Nursing", "AutoCAD", "Kubernetes", "k8s", "An Odd Skill")
COMPANIES = ("", "Meta", "META Inc.", "Metabase", "Acme Ltd")
PLACES = (
    Place("Austin", "TX", "US", 30.267, -97.743),
    Place("Houston", "TX", "US", 29.763, -95.363),
    Place("Springfield", "IL", "US"),
    Place("", "TX", "US"),
    Place("", "", "DE"),
    Place("Berlin", "Berlin", "DE", 52.524, 13.411),
    Place("", "", ""),
)
INDUSTRIES = ("", "health_care", "technology")


def some(values: Sequence[str], most: int = 4) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=most).map(tuple)


pays = st.none() | st.builds(
    AnnualPay,
    st.none() | st.integers(0, 300_000),
    st.none() | st.integers(0, 300_000),
    st.sampled_from(["USD", "EUR", "JPY", "XTS"]),
    st.just("as_stated"),
)
places = st.lists(st.sampled_from(PLACES), max_size=2).map(tuple)
jobs = st.builds(
    JobFacts,
    title=st.sampled_from(TITLES),
    company=st.sampled_from(COMPANIES),
    required_skills=some(SKILLS, 6),
    preferred_skills=some(SKILLS, 3),
    annual_pay=pays,
    places=places,
    remote_countries=some(("US", "DE"), 2),
    workplace=st.sampled_from(["remote", "hybrid", "onsite", "unknown"]),
    industry=st.sampled_from(INDUSTRIES),
)
percents = st.sampled_from([0, 1, 10, 25, 33, 100])
personas = st.builds(
    PersonaFacts,
    titles=some([title for title in TITLES if title], 2),
    held=st.dictionaries(
        st.sampled_from([KNOWLEDGE.skill_key(skill) for skill in SKILLS]),
        st.sampled_from(["beginner", "intermediate", "advanced", "expert"]),
        max_size=5,
    ),
    required_skills=some(SKILLS, 2),
    nice_to_have_skills=some(SKILLS, 2),
    minimum_salary=st.none() | st.integers(0, 300_000),
    currency=st.sampled_from(["USD", "EUR"]),
    places=places,
    remote_preference=st.sampled_from(["remote", "hybrid", "onsite", "any"]),
    industries=some(INDUSTRIES[1:], 2),
    excluded_companies=some(COMPANIES, 1),
    weights=st.builds(Weights, percents, percents, percents, percents, percents),
)


def rank_by_definition(market: Sequence[JobFacts], persona: PersonaFacts) -> list[Ranked]:
    """Rank every job with the definition alone, one pair at a time."""
    wants = read_wants(persona, knowledge=KNOWLEDGE)
    found = []
    for row, job in enumerate(market):
        score = score_prepared(job, read_requirement(job, knowledge=KNOWLEDGE), wants, knowledge=KNOWLEDGE)
        if score is not None:
            found.append(Ranked(row, score.score, score.coverage))
    return sorted(found, key=lambda match: (match.coverage < ENOUGH_COVERAGE, -match.score, match.job))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(jobs, max_size=12), st.lists(personas, min_size=1, max_size=3))
def test_rank_equals_the_definition(market: list[JobFacts], wanting: list[PersonaFacts]) -> None:
    table = JobTable.build(market, knowledge=KNOWLEDGE)

    ranked = rank(table, wanting, knowledge=KNOWLEDGE)

    assert ranked == [rank_by_definition(market, persona) for persona in wanting]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(jobs, min_size=3, max_size=12), personas, st.integers(1, 5))
def test_rank_keeps_the_first_of_all_in_their_order(
    market: list[JobFacts], persona: PersonaFacts, keep: int
) -> None:
    table = JobTable.build(market * 2, knowledge=KNOWLEDGE)

    everything = rank(table, [persona], knowledge=KNOWLEDGE)[0]

    assert rank(table, [persona], knowledge=KNOWLEDGE, keep=keep)[0] == everything[:keep]


@cache
def real_market() -> tuple[JobFacts, ...]:
    return tuple(read_archive(350))


@pytest.mark.skipif(not ARCHIVE.exists(), reason="the archive of real postings is not shipped with this copy")
@pytest.mark.parametrize("name", list(sketch_personas()))
def test_rank_equals_the_definition_on_real_postings(name: str) -> None:
    persona = sketch_personas()[name]
    table = JobTable.build(real_market(), knowledge=KNOWLEDGE)

    ranked = rank(table, [persona], knowledge=KNOWLEDGE)[0]

    assert ranked == rank_by_definition(real_market(), persona)


def test_rank_puts_too_little_coverage_after_all_others() -> None:
    persona = PersonaFacts(
        titles=("Software Engineer",), minimum_salary=100_000, currency="USD", remote_preference="remote"
    )
    silent = JobFacts("Software Engineer")
    judged = JobFacts("Software Engineer", annual_pay=AnnualPay(1, 1, "USD", "as_stated"), workplace="onsite")
    table = JobTable.build([silent, judged], knowledge=KNOWLEDGE)

    ranked = rank(table, [persona], knowledge=KNOWLEDGE)[0]

    assert [match.job for match in ranked] == [1, 0]
    assert ranked[1].score > ranked[0].score


def test_rank_breaks_ties_by_the_order_of_the_table() -> None:
    table = JobTable.build([JobFacts("Teacher")] * 5, knowledge=KNOWLEDGE)

    ranked = rank(table, [PersonaFacts(titles=("Teacher",))], knowledge=KNOWLEDGE, keep=3)[0]

    assert [match.job for match in ranked] == [0, 1, 2]


def test_rank_of_nothing_is_nothing() -> None:
    empty = JobTable.build([], knowledge=KNOWLEDGE)

    assert rank(empty, [PersonaFacts(titles=("Teacher",))], knowledge=KNOWLEDGE) == [[]]
    assert rank(empty, [], knowledge=KNOWLEDGE) == []


def test_rank_refuses_to_keep_nothing() -> None:
    with pytest.raises(ValueError, match="keep is 0"):
        rank(JobTable.build([], knowledge=KNOWLEDGE), [], knowledge=KNOWLEDGE, keep=0)


def test_rank_refuses_other_knowledge_than_the_table_has() -> None:
    table = JobTable.build([JobFacts("Teacher")], knowledge=KNOWLEDGE)

    with pytest.raises(ValueError, match="build it anew"):
        rank(table, [PersonaFacts(titles=("Teacher",))], knowledge=replace(KNOWLEDGE, version="other"))


def test_table_scores_a_ranked_row_with_its_evidence() -> None:
    table = JobTable.build([JobFacts("Nurse"), JobFacts("Teacher")], knowledge=KNOWLEDGE)
    persona = PersonaFacts(titles=("Teacher",))

    score = table.score(1, persona, knowledge=KNOWLEDGE)

    assert score.score == rank(table, [persona], knowledge=KNOWLEDGE)[0][0].score
    with pytest.raises(ValueError, match="row 0 is no match"):
        table.score(0, persona, knowledge=KNOWLEDGE)
