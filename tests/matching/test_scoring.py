"""The definition of the score, factor by factor and as a whole."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.context import judge_location, judge_place, judge_salary
from matching.knowledge import shipped_knowledge
from matching.pay import AnnualPay
from matching.scoring import (
    DEFAULT_WEIGHTS,
    FACTORS,
    LEAST_SKILL,
    Evidence,
    Factor,
    Factors,
    JobFacts,
    Knowledge,
    PersonaFacts,
    Score,
    Weights,
    combine,
    hash_job,
    hash_persona,
    read_requirement,
    score_pair,
    scorer_version,
)
from personas.gazetteer import Place

AUSTIN = Place("Austin", "TX", "US", 30.267, -97.743)
ROUND_ROCK = Place("Round Rock", "TX", "US", 30.508, -97.679)
HOUSTON = Place("Houston", "TX", "US", 29.763, -95.363)
NEW_YORK = Place("New York City", "NY", "US", 40.714, -74.006)
NEWARK = Place("Newark", "DE", "US", 39.684, -75.750)
BERLIN = Place("Berlin", "Berlin", "DE", 52.524, 13.411)
TEXAS = Place("", "TX", "US")
USA = Place("", "", "US")

# Small knowledge of our own: every skill is as rare as any other, and only React is next to Vue.
PLAIN = Knowledge(
    version="test",
    skill_key=lambda name: name.strip().lower(),
    rarity=lambda key: 10,
    usual_rarity=10,
    adjacent=lambda key: {"vue": 50} if key == "react" else {},
)
NURSE_JOB = JobFacts(title="Registered Nurse", required_skills=("Triage", "Microsoft Excel"))
ENGINEER_JOB = JobFacts(
    title="Software Engineer", required_skills=("Python", "SQL", "Git", "Linux", "Docker", "React")
)
ENGINEER = PersonaFacts(
    titles=("Software Engineer",), held={"python": "expert", "sql": "advanced", "react": "intermediate"}
)


def score(job: JobFacts, persona: PersonaFacts) -> Score:
    found = score_pair(job, persona, knowledge=PLAIN)
    assert found is not None
    return found


def skill_of(job: JobFacts, persona: PersonaFacts) -> Decimal | None:
    return score(job, persona).factors.skill.percent


def test_skill_shares_the_requirement_among_title_and_skills() -> None:
    requirement = read_requirement(ENGINEER_JOB, knowledge=PLAIN)

    assert requirement.title_share == 4000
    assert requirement.blank_share == 0
    assert sum(term.share for term in requirement.terms.values()) == 6000
    assert skill_of(ENGINEER_JOB, ENGINEER) == Decimal("66.000")  # 40 + 10 × (1 + .9 + .7)


def test_skill_counts_a_required_skill_three_times_a_preferred_one() -> None:
    job = replace(ENGINEER_JOB, required_skills=("Python",) * 1, preferred_skills=("SQL",))

    terms = read_requirement(job, knowledge=PLAIN).terms

    assert terms["python"].share == 3 * terms["sql"].share + 1  # 1000 and 333, the remainder to the larger


def test_skill_named_twice_counts_once_as_required() -> None:
    job = replace(ENGINEER_JOB, preferred_skills=("python", "PYTHON "))

    assert read_requirement(job, knowledge=PLAIN) == read_requirement(ENGINEER_JOB, knowledge=PLAIN)


def test_skill_held_next_to_the_asked_one_counts_half() -> None:
    job = replace(ENGINEER_JOB, required_skills=("Vue", "A", "B", "C", "D", "E"))

    found = score(job, ENGINEER)

    assert found.factors.skill.percent == Decimal(
        "43.000"
    )  # 40 + 10 × .3: half of .7, rounded down to tenths
    assert [(met.skill, met.tenths, met.through) for met in found.evidence.met] == [("Vue", 3, "react")]
    assert found.evidence.missing == ("A", "B", "C", "D", "E")


@pytest.mark.parametrize(
    ("level", "percent"), [("beginner", 44), ("intermediate", 47), ("advanced", 49), ("expert", 50)]
)
def test_skill_counts_by_level(level: str, percent: int) -> None:
    persona = PersonaFacts(titles=("Software Engineer",), held={"python": level})

    assert skill_of(ENGINEER_JOB, persona) == percent


def test_skill_adds_wished_for_skills_that_are_not_named() -> None:
    wishing = replace(ENGINEER, required_skills=("Rust", "Python"), nice_to_have_skills=("Go",))

    found = score(ENGINEER_JOB, wishing)

    # Rust adds a share like a required skill (1,000 of now 11,333), Go a third of it; Python is named.
    assert found.factors.skill.thousandths == 660_000 * 1000 // 11_333
    assert found.evidence.unnamed == ("Rust", "Go")


def test_wished_for_skills_never_count_as_held() -> None:
    job = replace(ENGINEER_JOB, required_skills=(*ENGINEER_JOB.required_skills, "Rust"))
    wishing = replace(ENGINEER, required_skills=("Rust",))

    assert skill_of(job, wishing) == skill_of(job, ENGINEER)


def test_sparse_posting_stands_below_one_whose_list_is_met() -> None:
    bare = JobFacts(title="Software Engineer")

    assert skill_of(bare, ENGINEER) == 60
    assert skill_of(ENGINEER_JOB, ENGINEER) > 60


def test_skill_is_the_title_alone_for_a_persona_without_skills() -> None:
    persona = PersonaFacts(titles=("Software Engineer",))

    assert skill_of(ENGINEER_JOB, persona) == 100
    assert skill_of(JobFacts(title="Software Engineer"), persona) == 100


def test_skill_is_the_skills_alone_for_a_persona_without_titles() -> None:
    persona = replace(ENGINEER, titles=())

    found = score(ENGINEER_JOB, persona)

    assert found.factors.skill.thousandths == 26_000 * 10_000 // 6_000
    assert found.evidence.title_score is None


def test_skill_leaves_out_a_title_that_nobody_can_place() -> None:
    job = replace(ENGINEER_JOB, title="Req 12345")

    found = score(job, ENGINEER)

    assert found.evidence.title_score is None
    assert found.factors.skill.thousandths == 26_000 * 10_000 // 6_000


def test_posting_without_skills_and_placeable_title_is_no_match() -> None:
    assert score_pair(JobFacts(title="Req 12345"), ENGINEER, knowledge=PLAIN) is None


def test_nurse_job_is_no_match_for_an_engineer_however_near_and_paid() -> None:
    near = replace(
        NURSE_JOB,
        places=(AUSTIN,),
        annual_pay=AnnualPay(300_000, 300_000, "USD", "as_stated"),
        workplace="onsite",
    )
    persona = replace(
        ENGINEER,
        held={**ENGINEER.held, "microsoft excel": "expert"},
        places=(AUSTIN,),
        minimum_salary=50_000,
        currency="USD",
        remote_preference="onsite",
    )

    assert score_pair(near, persona, knowledge=PLAIN) is None


def test_empty_persona_matches_nothing() -> None:
    persona = PersonaFacts(
        minimum_salary=1,
        currency="USD",
        places=(AUSTIN,),
        remote_preference="remote",
        excluded_companies=("X",),
    )

    assert score_pair(replace(ENGINEER_JOB, places=(AUSTIN,)), persona, knowledge=PLAIN) is None


def test_persona_of_industries_alone_is_judged_by_them() -> None:
    found = score(replace(ENGINEER_JOB, industry="health_care"), PersonaFacts(industries=("health_care",)))

    assert (found.score, found.coverage) == (Decimal("100.00"), Decimal("1.00"))
    assert not found.factors.skill.asked


@pytest.mark.parametrize("company", ["Meta", "META, Inc.", "Méta LLC", "meta.com"])
def test_excluded_company_is_no_match_however_it_is_written(company: str) -> None:
    persona = replace(ENGINEER, excluded_companies=("Meta Inc",))

    assert score_pair(replace(ENGINEER_JOB, company=company), persona, knowledge=PLAIN) is None


@pytest.mark.parametrize("company", ["Metabase", "Meta Analytics", ""])
def test_other_company_is_not_excluded(company: str) -> None:
    persona = replace(ENGINEER, excluded_companies=("Meta Inc", "Ltd", " "))

    assert score_pair(replace(ENGINEER_JOB, company=company), persona, knowledge=PLAIN) is not None


@pytest.mark.parametrize(
    ("low", "high", "currency", "percent"),
    [
        (100_000, 100_000, "USD", 100),
        (250_000, 250_000, "USD", 100),
        (90_000, 90_000, "USD", 75),
        (80_000, 120_000, "USD", 100),
        (60_000, 120_000, "USD", 75),
        (None, 80_000, "USD", 50),
        (60_000, 60_000, "USD", 0),
        (0, 0, "USD", 0),
        (None, None, "USD", None),
        (100_000, 100_000, "XTS", None),
    ],
)
def test_judge_salary_falls_steeply_below_the_minimum(
    low: int | None, high: int | None, currency: str, percent: int | None
) -> None:
    assert judge_salary(100_000, "USD", AnnualPay(low, high, currency, "as_stated")) == percent


def test_judge_salary_converts_the_stated_currency() -> None:
    pounds = AnnualPay(100_000, 100_000, "GBP", "as_stated")

    assert judge_salary(100_000, "USD", pounds) == 100
    assert judge_salary(100_000, "JPY", pounds) == 100
    assert judge_salary(30_000_000, "JPY", pounds) < 60


@pytest.mark.parametrize(
    ("wanted", "offered", "percent"),
    [
        (AUSTIN, AUSTIN, 100),
        (AUSTIN, ROUND_ROCK, 99),
        (AUSTIN, HOUSTON, 30),
        (AUSTIN, NEW_YORK, 10),
        (NEW_YORK, NEWARK, 24),
        (AUSTIN, BERLIN, 0),
        (AUSTIN, TEXAS, 60),
        (AUSTIN, USA, 40),
        (TEXAS, HOUSTON, 100),
        (TEXAS, NEW_YORK, 10),
        (TEXAS, USA, 40),
        (USA, NEW_YORK, 100),
        (USA, BERLIN, 0),
        (Place("Springfield", "IL", "US"), Place("Springfield", "IL", "US"), 100),
        (Place("Springfield", "IL", "US"), Place("Springfield", "MA", "US"), 10),
    ],
)
def test_judge_place_goes_by_distance_region_and_country(wanted: Place, offered: Place, percent: int) -> None:
    assert judge_place(wanted, offered) == percent


def test_location_takes_the_best_of_several_places() -> None:
    found = judge_location(
        (BERLIN, AUSTIN), places=(NEW_YORK, AUSTIN), remote_countries=(), workplace="onsite"
    )

    assert found == 100


@pytest.mark.parametrize(
    ("places", "countries", "percent"),
    [
        ((), ("DE", "AT"), 100),
        ((), ("US",), 0),
        ((NEW_YORK,), ("DE",), 100),
        ((NEW_YORK,), (), 0),
        ((), (), None),
    ],
)
def test_location_of_a_remote_job_counts_its_countries(
    places: tuple[Place, ...], countries: tuple[str, ...], percent: int | None
) -> None:
    assert judge_location((BERLIN,), places=places, remote_countries=countries, workplace="remote") == percent


def test_unknown_factor_leaves_the_score_and_lowers_the_coverage() -> None:
    persona = replace(ENGINEER, minimum_salary=100_000, currency="USD", remote_preference="remote")
    job = replace(ENGINEER_JOB, workplace="remote")

    found = score(job, persona)

    # (30 × 66 + 20 × 100) / 50, and 50 of the 75 that were asked.
    assert found.score == Decimal("79.60")
    assert found.coverage == Decimal("0.6667")
    assert found.factors.salary == Factor(None, asked=True)
    assert found.factors.location == Factor(None, asked=False)


def test_factor_that_is_not_asked_leaves_score_and_coverage_alike() -> None:
    stated = replace(
        ENGINEER_JOB,
        annual_pay=AnnualPay(1, 1, "USD", "as_stated"),
        places=(BERLIN,),
        workplace="onsite",
        industry="retail",
    )

    assert score(stated, ENGINEER) == score(ENGINEER_JOB, ENGINEER)
    assert score(stated, ENGINEER).coverage == 1


def test_weights_that_are_all_zero_are_the_defaults() -> None:
    persona = replace(ENGINEER, remote_preference="remote", weights=Weights(0, 0, 0, 0, 0))
    job = replace(ENGINEER_JOB, workplace="hybrid")

    assert score(job, persona).score == score(job, replace(persona, weights=DEFAULT_WEIGHTS)).score


def test_weights_count_by_proportion_alone() -> None:
    persona = replace(ENGINEER, remote_preference="remote", weights=Weights(10, 0, 0, 10, 0))
    job = replace(ENGINEER_JOB, workplace="hybrid")

    assert score(job, persona).score == Decimal("53.00")
    assert score(job, replace(persona, weights=Weights(100, 0, 0, 100, 0))).score == Decimal("53.00")


@pytest.mark.parametrize("weight", [-1, 101])
def test_weights_outside_the_range_are_refused(weight: int) -> None:
    with pytest.raises(ValueError, match="weight location"):
        Weights(30, 25, weight, 20, 10)


def test_pair_without_any_weighted_known_factor_is_no_match() -> None:
    persona = replace(ENGINEER, minimum_salary=1, currency="USD", weights=Weights(0, 100, 0, 0, 0))

    assert score_pair(ENGINEER_JOB, persona, knowledge=PLAIN) is None


def test_combine_rounds_half_up() -> None:
    factors = Factors(Factor(50_005, asked=True), *(Factor(None, asked=False) for _ in FACTORS[1:]))

    assert combine(factors, DEFAULT_WEIGHTS) == (Decimal("50.01"), Decimal("1.00"))


def test_hashes_change_with_their_side_alone() -> None:
    job, persona = hash_job(ENGINEER_JOB), hash_persona(ENGINEER)

    assert job == hash_job(replace(ENGINEER_JOB, workplace=ENGINEER_JOB.workplace))
    assert persona == hash_persona(replace(ENGINEER, held=dict(reversed(ENGINEER.held.items()))))
    assert job != hash_job(replace(ENGINEER_JOB, workplace="remote"))
    assert persona != hash_persona(replace(ENGINEER, weights=Weights(1, 0, 0, 0, 0)))
    assert persona != hash_persona(replace(ENGINEER, mission_values=("privacy",)))
    assert (len(job), len(persona)) == (32, 32)


def test_scorer_version_names_rule_and_data() -> None:
    assert scorer_version(PLAIN) == "2+test"
    assert scorer_version(shipped_knowledge()).count("+") >= 4
    assert len(scorer_version(shipped_knowledge())) <= 100


SKILLS = ("Python", "SQL", "Git", "Linux", "Docker", "React", "Vue")


@given(
    st.lists(st.sampled_from(SKILLS), unique=True),
    st.dictionaries(
        st.sampled_from([s.lower() for s in SKILLS]), st.sampled_from(["beginner", "expert"]), min_size=1
    ),
    st.sampled_from([s.lower() for s in SKILLS]),
)
def test_one_more_skill_never_lowers_the_score(named: list[str], held: dict[str, str], more: str) -> None:
    job = JobFacts(title="Software Engineer", required_skills=tuple(named))
    persona = PersonaFacts(titles=("Software Engineer",), held=held)

    before = score(job, persona)
    after = score(job, replace(persona, held={**held, more: "expert"}))

    assert LEAST_SKILL / 1000 <= before.score <= after.score <= 100
    assert isinstance(after.evidence, Evidence)


@given(st.lists(st.sampled_from([*SKILLS, "A", "B", "C", "D", "E"]), unique=True), st.integers(0, 12))
def test_requirement_shares_sum_to_the_whole(named: list[str], required: int) -> None:
    job = JobFacts("x", required_skills=tuple(named[:required]), preferred_skills=tuple(named[required:]))

    requirement = read_requirement(job, knowledge=shipped_knowledge())

    shares = [term.share for term in requirement.terms.values()]
    assert sum(shares) + requirement.title_share + requirement.blank_share == 10_000
    assert min([*shares, requirement.title_share, requirement.blank_share]) >= 0
