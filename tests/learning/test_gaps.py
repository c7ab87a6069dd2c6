"""Gaps against the definition: every number is what adding the skill and scoring every job again gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.postings import read_archive, sketch_personas
from learning.gaps import BEST_ROLES, Search, find_gaps, list_doors, measure_effect
from matching.knowledge import shipped_knowledge
from matching.pay import AnnualPay
from matching.scoring import ENOUGH_COVERAGE, LEVELS, JobFacts, PersonaFacts, score_pair
from matching.snapshot import OpenJob, Snapshot, build_snapshot

KNOWLEDGE = shipped_knowledge()
T = Decimal(75)
PERSON = PersonaFacts(titles=("Data Engineer",), held={"python": "advanced"}, currency="USD")


def snapshot_of(jobs: Sequence[JobFacts], seniority: str = "") -> Snapshot:
    return build_snapshot(
        [OpenJob(UUID(int=number + 1), 1, None, seniority, job) for number, job in enumerate(jobs)],
        knowledge=KNOWLEDGE,
    )


@cache
def archive() -> tuple[list[JobFacts], Snapshot]:
    jobs = read_archive(400)
    return jobs, snapshot_of(jobs)


def search(snapshot: Snapshot, persona: PersonaFacts, threshold: Decimal = T) -> Search:
    return find_gaps(snapshot, persona, threshold=threshold, knowledge=KNOWLEDGE)


def score_all(jobs: Sequence[JobFacts], persona: PersonaFacts) -> list[tuple[Decimal, Decimal] | None]:
    """Score and coverage of every job by the definition, one pair at a time."""
    scores = [score_pair(job, persona, knowledge=KNOWLEDGE) for job in jobs]
    return [None if score is None else (score.score, score.coverage) for score in scores]


def is_door(scored: tuple[Decimal, Decimal] | None, threshold: Decimal) -> bool:
    return scored is not None and scored[1] >= ENOUGH_COVERAGE and scored[0] >= threshold


def with_skill(persona: PersonaFacts, key: str, level: str) -> PersonaFacts:
    return replace(persona, held={**persona.held, key: level})


def job(
    title: str = "Data Engineer", skills: tuple[str, ...] = ("Python", "Terraform"), **more: object
) -> JobFacts:
    return JobFacts(title=title, required_skills=skills, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(sketch_personas()))
@pytest.mark.parametrize("threshold", [Decimal(50), T])
def test_every_number_is_that_of_the_definition(name: str, threshold: Decimal) -> None:
    jobs, snapshot = archive()
    persona = sketch_personas()[name]
    found = search(snapshot, persona, threshold)
    now = score_all(jobs, persona)

    assert found.matching == sum(score is not None for score in now)
    assert found.above == sum(is_door(score, threshold) for score in now)
    for gap in found.gaps[:6]:
        then = score_all(jobs, with_skill(persona, gap.key, gap.to_level))
        crossing = [
            number
            for number, (before, after) in enumerate(zip(now, then, strict=True))
            if is_door(after, threshold) and not is_door(before, threshold)
        ]
        doors = list_doors(
            snapshot,
            persona,
            key=gap.key,
            to_level=gap.to_level,
            threshold=threshold,
            knowledge=KNOWLEDGE,
            most=1000,
        )
        assert gap.crossing == len(crossing)
        assert {door.job_id for door in doors} == {UUID(int=number + 1) for number in crossing}
        assert [door.after for door in doors] == sorted((door.after for door in doors), reverse=True)


# One at a time is slow: a few jobs of a few words, so that every border is met.
@given(
    skills=st.lists(
        st.lists(
            st.sampled_from(["Python", "Terraform", "Docker", "Kubernetes", "SQL"]), max_size=4, unique=True
        ),
        min_size=3,
        max_size=9,
    ),
    held=st.dictionaries(
        st.sampled_from(["python", "docker", "sql"]), st.sampled_from(list(LEVELS)), min_size=1
    ),
    threshold=st.decimals(min_value=0, max_value=100, places=2),
    seniority=st.sampled_from(["", "entry", "senior"]),
)
@settings(max_examples=60, deadline=None)
def test_lift_and_crossing_are_those_of_the_definition(
    skills: list[list[str]], held: dict[str, str], threshold: Decimal, seniority: str
) -> None:
    jobs = [job(skills=tuple(each)) for each in skills]
    persona = replace(PERSON, held=held)
    now = score_all(jobs, persona)
    asked = LEVELS[{"": "intermediate", "entry": "beginner", "senior": "advanced"}[seniority]]

    found = search(snapshot_of(jobs, seniority), persona, threshold)

    for gap in found.gaps:
        then = score_all(jobs, with_skill(persona, gap.key, gap.to_level))
        asking = [
            number
            for number, each in enumerate(skills)
            if gap.key in [one.lower() for one in each] and now[number]
        ]
        rises = [then[number][0] - now[number][0] for number in asking]  # type: ignore[index]
        assert gap.asks == len(asking) >= 3
        assert gap.lift == (sum(rises) / len(rises)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert LEVELS.get(held.get(gap.key, ""), 0) < asked
        assert gap.crossing == sum(
            is_door(after, threshold) and not is_door(before, threshold)
            for before, after in zip(now, then, strict=True)
        )


def test_skill_that_two_roles_ask_for_is_no_candidate() -> None:
    two = [job(), job(), *(job(skills=("Python",)) for _ in range(5))]

    assert [gap.key for gap in search(snapshot_of(two), PERSON).gaps] == []
    assert [gap.key for gap in search(snapshot_of([*two, job()]), PERSON).gaps] == ["terraform"]


def test_best_roles_are_those_of_near_titles() -> None:
    far = [job("Registered Nurse", ("Python", "Triage")) for _ in range(10)]

    found = search(snapshot_of([job(), job(), job(), *far]), PERSON)

    assert found.near == 3
    assert "triage" not in {gap.key for gap in found.gaps}


def test_best_roles_are_at_most_so_many() -> None:
    found = search(snapshot_of([job() for _ in range(BEST_ROLES + 30)]), PERSON)

    assert found.near == BEST_ROLES
    assert found.gaps[0].asks == BEST_ROLES


def test_held_skill_is_tried_one_level_up_where_more_is_asked() -> None:
    jobs = [job(skills=("Python", "Docker")) for _ in range(4)]
    persona = replace(PERSON, held={"python": "advanced", "docker": "beginner"})

    gaps = {gap.key: gap for gap in search(snapshot_of(jobs), persona).gaps}

    assert (gaps["docker"].from_level, gaps["docker"].to_level) == ("beginner", "intermediate")
    assert "python" not in gaps


def test_intermediate_is_enough_but_for_senior_roles() -> None:
    jobs = [job(skills=("Python", "Docker")) for _ in range(4)]
    persona = replace(PERSON, held={"python": "expert", "docker": "intermediate"})

    assert search(snapshot_of(jobs), persona).gaps == ()
    assert [gap.to_level for gap in search(snapshot_of(jobs, "senior"), persona).gaps] == ["advanced"]


def test_near_skill_that_is_held_is_named() -> None:
    jobs = [job(skills=("Docker", "Kubernetes")) for _ in range(4)]
    persona = replace(PERSON, held={"docker": "advanced"})

    gap = search(snapshot_of(jobs), persona).gaps[0]

    assert (gap.key, gap.nearest) == ("kubernetes", "Docker")
    assert 0 < gap.nearness <= 50


@pytest.mark.parametrize(("asking", "others", "told"), [(10, 10, True), (9, 10, False), (10, 9, False)])
def test_pay_is_compared_from_ten_on_either_side(asking: int, others: int, told: bool) -> None:
    jobs = [
        *(job(annual_pay=AnnualPay(90_000 + number, None, "USD", "")) for number in range(asking)),
        *(job(skills=("Python",), annual_pay=AnnualPay(60_000, 80_000, "USD", "")) for _ in range(others)),
    ]

    pay = search(snapshot_of(jobs), PERSON).gaps[0].pay

    assert (pay is not None) is told
    if pay is not None:
        assert (pay.asking, pay.asking_count, pay.others, pay.others_count) == (90_005, 10, 70_000, 10)


def test_pay_of_a_currency_without_rate_is_not_compared() -> None:
    jobs = [job(annual_pay=AnnualPay(1, None, "XXX", "")) for _ in range(12)]

    assert search(snapshot_of(jobs), PERSON).gaps[0].pay is None


@pytest.mark.parametrize(
    ("persona", "because"),
    [
        (PersonaFacts(), "no_wishes"),
        (PersonaFacts(titles=("Data Engineer",)), "no_skills"),
        (PersonaFacts(titles=("Data Engineer",), required_skills=("SQL",)), "no_skills"),
        (PersonaFacts(titles=("Zookeeper",), held={"welding": "expert"}), "no_matches"),
        (replace(PERSON, held={"python": "expert", "terraform": "expert"}), "no_gaps"),
    ],
)
def test_reason_for_nothing_is_told(persona: PersonaFacts, because: str) -> None:
    found = search(snapshot_of([job(), job(), job(), job()]), persona)

    assert (found.nothing_because, found.gaps) == (because, ())


def test_empty_market_has_no_matches() -> None:
    assert search(snapshot_of([]), PERSON).nothing_because == "no_matches"


def test_excluded_company_opens_no_door() -> None:
    jobs = [job(company="Acme") for _ in range(5)]

    assert (
        search(snapshot_of(jobs), replace(PERSON, excluded_companies=("ACME GmbH",))).nothing_because
        == "no_matches"
    )


def test_persona_without_titles_is_weighed_by_all_its_matches() -> None:
    jobs = [
        job(title, ("Python", "SQL", "Docker", "Terraform")) for title in ("Baker", "Cook", "Data Engineer")
    ]
    held = dict.fromkeys(("python", "sql", "docker"), "expert")

    found = search(snapshot_of(jobs), PersonaFacts(held=held))

    assert (found.near, [gap.key for gap in found.gaps]) == (3, ["terraform"])


def test_skill_that_the_taxonomy_does_not_know_is_weighed_under_its_own_name() -> None:
    jobs = [job(skills=("Python", "Frobnication")) for _ in range(3)]

    assert search(snapshot_of(jobs), PERSON).gaps[0].skill == "frobnication"


@given(
    held=st.sampled_from(["beginner", "intermediate", "advanced"]), without=st.sampled_from(["", "beginner"])
)
@settings(max_examples=6, deadline=None)
def test_effect_is_the_difference_to_the_same_person_without_it(held: str, without: str) -> None:
    jobs, snapshot = archive()
    base = sketch_personas()["civil engineer"]
    before = with_skill(base, "drafting", without) if without else base
    after = with_skill(base, "drafting", held)
    now, then = score_all(jobs, after), score_all(jobs, before)

    effect = measure_effect(
        snapshot, after, key="drafting", without=without, threshold=T, knowledge=KNOWLEDGE
    )

    assert effect.crossing == sum(is_door(a, T) and not is_door(b, T) for a, b in zip(now, then, strict=True))
    assert effect.above == sum(is_door(each, T) for each in now)
    assert (effect.level, effect.open_jobs) == (held, len(jobs))


def test_what_was_promised_is_what_is_measured_on_the_same_market() -> None:
    _, snapshot = archive()
    persona = sketch_personas()["civil engineer"]
    for gap in [each for each in search(snapshot, persona).gaps if each.crossing]:
        effect = measure_effect(
            snapshot,
            with_skill(persona, gap.key, gap.to_level),
            key=gap.key,
            without=gap.from_level,
            threshold=T,
            knowledge=KNOWLEDGE,
        )

        assert (effect.crossing, effect.above) == (gap.crossing, gap.above + gap.crossing)
