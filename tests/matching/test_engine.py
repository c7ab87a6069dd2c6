"""The engine gives the numbers of the definition, bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from uuid import UUID, uuid5

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.postings import ARCHIVE, read_archive, sketch_personas
from matching.context import convert_middle
from matching.engine import Ranking, rank
from matching.filters import NEAR_ENOUGH, JobFilter
from matching.knowledge import shipped_knowledge
from matching.pay import AnnualPay
from matching.scoring import (
    ENOUGH_COVERAGE,
    JobFacts,
    PersonaFacts,
    Score,
    Weights,
    judge_context,
    read_requirement,
    read_wants,
    score_prepared,
)
from matching.snapshot import OpenJob, Snapshot, build_snapshot
from matching.snapshot_files import SnapshotBroken, read_snapshot, write_snapshot
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


NAMESPACE = UUID(int=7)
FILTERED = st.builds(
    JobFilter,
    place=st.none() | st.sampled_from(PLACES[:6]),
    workplaces=st.frozensets(st.sampled_from(["remote", "hybrid", "onsite"]), max_size=2),
    minimum_pay=st.none() | st.sampled_from([1, 60_000, 150_000]),
    currency=st.just("EUR"),
    least_coverage=st.none() | st.sampled_from([Decimal("0.50"), Decimal("0.75"), Decimal(1)]),
    with_unstated=st.booleans(),
)


def open_jobs(market: Sequence[JobFacts], *, revision: int = 1) -> list[OpenJob]:
    return [
        OpenJob(uuid5(NAMESPACE, str(row)), revision, None, "", facts) for row, facts in enumerate(market)
    ]


def snapshot_of(market: Sequence[JobFacts]) -> Snapshot:
    return build_snapshot(open_jobs(market), knowledge=KNOWLEDGE)


def score_by_definition(job: JobFacts, persona: PersonaFacts) -> Score | None:
    wants = read_wants(persona, knowledge=KNOWLEDGE)
    return score_prepared(job, read_requirement(job, knowledge=KNOWLEDGE), wants, knowledge=KNOWLEDGE)


def rank_by_definition(
    market: Sequence[JobFacts], persona: PersonaFacts
) -> list[tuple[int, Decimal, Decimal]]:
    """Rank every job with the definition alone, one pair at a time: row, score, coverage."""
    wants = read_wants(persona, knowledge=KNOWLEDGE)
    found = []
    for row, job in enumerate(market):
        score = score_prepared(job, read_requirement(job, knowledge=KNOWLEDGE), wants, knowledge=KNOWLEDGE)
        if score is not None:
            found.append((row, score.score, score.coverage))
    return sorted(found, key=lambda match: (match[2] < ENOUGH_COVERAGE, -match[1], match[0]))


def told(ranking: Ranking) -> list[tuple[int, Decimal, Decimal]]:
    """A ranking as the definition tells it."""
    return [
        (int(row), ranking.score(place), ranking.coverage(place)) for place, row in enumerate(ranking.rows)
    ]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(jobs, max_size=12), st.lists(personas, min_size=1, max_size=4))
def test_rank_equals_the_definition(market: list[JobFacts], wanting: list[PersonaFacts]) -> None:
    rankings = rank(snapshot_of(market), wanting, knowledge=KNOWLEDGE)

    assert [told(ranking) for ranking in rankings] == [
        rank_by_definition(market, persona) for persona in wanting
    ]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(jobs, min_size=3, max_size=12), personas, st.integers(1, 5))
def test_rank_keeps_the_first_of_all_in_their_order(
    market: list[JobFacts], persona: PersonaFacts, keep: int
) -> None:
    snapshot = snapshot_of(market * 2)

    everything = rank(snapshot, [persona], knowledge=KNOWLEDGE)[0]
    kept = rank(snapshot, [persona], knowledge=KNOWLEDGE, keep=keep)[0]

    assert told(kept) == told(everything)[:keep]
    assert kept.total == everything.total == len(everything)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(jobs, max_size=12), personas, st.sets(st.integers(0, 11)))
def test_rank_of_some_rows_is_that_part_of_the_whole(
    market: list[JobFacts], persona: PersonaFacts, chosen: set[int]
) -> None:
    rows = np.array([row for row in chosen if row < len(market)], np.int64)

    some = rank(snapshot_of(market), [persona], knowledge=KNOWLEDGE, rows=rows)[0]

    assert told(some) == [match for match in rank_by_definition(market, persona) if match[0] in chosen]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(jobs, max_size=12), personas, FILTERED)
def test_filter_keeps_what_each_job_states(
    market: list[JobFacts], persona: PersonaFacts, wanted: JobFilter
) -> None:
    ranking = rank(snapshot_of(market), [persona], knowledge=KNOWLEDGE, job_filter=wanted)[0]

    passing, unstated = [], 0
    for match in rank_by_definition(market, persona):
        verdicts = ask(market[match[0]], wanted)
        if False in verdicts or (wanted.least_coverage is not None and match[2] < wanted.least_coverage):
            continue
        if None in verdicts and not wanted.with_unstated:
            unstated += 1
            continue
        passing.append(match)
    assert told(ranking) == passing
    assert ranking.unstated == unstated


def ask(job: JobFacts, wanted: JobFilter) -> list[bool | None]:
    """Whether a job passes each thing that a filter asks, None where it does not say, by way of the definition's factors."""
    probe = PersonaFacts(
        places=(wanted.place,) if wanted.place else (),
        minimum_salary=wanted.minimum_pay,
        currency=wanted.currency,
    )
    factors = judge_context(job, probe)
    verdicts: list[bool | None] = []
    if wanted.place:
        near = factors.location.percent
        verdicts.append(None if near is None else near >= NEAR_ENOUGH)
    if wanted.minimum_pay:
        reached = factors.salary.percent
        verdicts.append(None if reached is None else reached == 100 or is_close(job, wanted))
    if wanted.workplaces:
        verdicts.append(None if job.workplace == "unknown" else job.workplace in wanted.workplaces)
    return verdicts


def is_close(job: JobFacts, wanted: JobFilter) -> bool:
    """The salary factor rounds: only the middle itself tells whether it reaches the minimum."""
    middle = convert_middle(job.annual_pay, wanted.currency) if job.annual_pay else None
    return middle is not None and wanted.minimum_pay is not None and middle >= wanted.minimum_pay


def test_filter_of_time_and_seniority() -> None:
    market = [
        OpenJob(uuid5(NAMESPACE, "old"), 1, 100, "senior", JobFacts("Teacher")),
        OpenJob(uuid5(NAMESPACE, "new"), 1, 300, "junior", JobFacts("Teacher")),
        OpenJob(uuid5(NAMESPACE, "silent"), 1, None, "", JobFacts("Teacher")),
    ]
    snapshot = build_snapshot(market, knowledge=KNOWLEDGE)
    teacher = PersonaFacts(titles=("Teacher",))

    def rows(wanted: JobFilter) -> list[int]:
        return rank(snapshot, [teacher], knowledge=KNOWLEDGE, job_filter=wanted)[0].rows.tolist()

    since = datetime.fromtimestamp(200, UTC)
    assert rows(JobFilter(posted_after=since)) == [1]
    assert rows(JobFilter(posted_after=since, with_unstated=True)) == [1, 2]
    assert rows(JobFilter(seniorities=frozenset({"senior"}))) == [0]
    assert rows(JobFilter()) == [0, 1, 2]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(jobs, max_size=10), st.lists(jobs, max_size=6), st.data())
def test_snapshot_built_from_the_last_one_equals_a_new_one(
    before: list[JobFacts], changed: list[JobFacts], data: st.DataObject
) -> None:
    known = build_snapshot(open_jobs(before), knowledge=KNOWLEDGE)
    jobs_now = {job.pk: job for job in open_jobs(before)}
    for job in open_jobs(changed, revision=2):
        if data.draw(st.booleans()):
            jobs_now[job.pk] = job
    order = data.draw(st.permutations(sorted(jobs_now)))
    order = order[: data.draw(st.integers(0, len(order)))]
    news = [jobs_now[pk] for pk in order if jobs_now[pk].revision == 2 or known.find_one(pk) < 0]

    built = build_snapshot(news, knowledge=KNOWLEDGE, order=lambda: order, known=known)

    fresh = build_snapshot([jobs_now[pk] for pk in order], knowledge=KNOWLEDGE)
    assert built.rows.ids.tolist() == fresh.rows.ids.tolist()
    assert built.rows.digests.tolist() == fresh.rows.digests.tolist()
    assert built.rows.revisions.tolist() == fresh.rows.revisions.tolist()
    for persona in (PersonaFacts(titles=("Nurse",)), PersonaFacts(held={"python": "expert"}, places=PLACES)):
        assert told(rank(built, [persona], knowledge=KNOWLEDGE)[0]) == told(
            rank(fresh, [persona], knowledge=KNOWLEDGE)[0]
        )


@cache
def real_market() -> tuple[JobFacts, ...]:
    return tuple(read_archive(350))


@pytest.mark.skipif(not ARCHIVE.exists(), reason="the archive of real postings is not shipped with this copy")
def test_rank_equals_the_definition_on_real_postings() -> None:
    wanting = list(sketch_personas().values())

    rankings = rank(snapshot_of(real_market()), wanting, knowledge=KNOWLEDGE)

    for persona, ranking in zip(wanting, rankings, strict=True):
        assert told(ranking) == rank_by_definition(real_market(), persona)


def test_rank_goes_beyond_one_tile_of_jobs_and_of_personas() -> None:
    market = [JobFacts("Teacher" if row % 3 else "Nurse", f"School {row}") for row in range(9_000)]
    wanting = [PersonaFacts(titles=("Teacher",)), PersonaFacts(titles=("Nurse",))] * 40

    rankings = rank(snapshot_of(market), wanting, knowledge=KNOWLEDGE, keep=50)

    assert {ranking.total for ranking in rankings[::2]} == {6_000}
    assert {ranking.total for ranking in rankings[1::2]} == {3_000}
    assert all(ranking.rows.tolist() == rankings[0].rows.tolist() for ranking in rankings[::2])
    assert rankings[1].rows.tolist() == list(range(0, 150, 3))


def test_snapshot_comes_back_from_its_folder(tmp_path: Path) -> None:
    snapshot = build_snapshot(
        [OpenJob(UUID(int=0x1234 << 64), 5, 77, "senior", job) for job in real_market()[:1]],
        knowledge=KNOWLEDGE,
    )
    write_snapshot(snapshot, tmp_path / "one")

    again = read_snapshot(tmp_path / "one")

    assert again.version == snapshot.version
    for field in fields(snapshot.rows):
        assert getattr(again.rows, field.name).tolist() == getattr(snapshot.rows, field.name).tolist()
    assert again.job_id(0) == UUID(int=0x1234 << 64)
    assert again.find_one(UUID(int=0x1234 << 64)) == 0
    assert again.find_one(UUID(int=1)) == -1
    persona = sketch_personas()["civil engineer"]
    assert told(rank(again, [persona], knowledge=KNOWLEDGE)[0]) == told(
        rank(snapshot, [persona], knowledge=KNOWLEDGE)[0]
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "one"]


def test_snapshot_that_was_cut_off_is_never_read(tmp_path: Path) -> None:
    snapshot = snapshot_of(real_market()[:20])
    write_snapshot(snapshot, tmp_path / "one")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    for number, name in enumerate(names):
        folder = tmp_path / f"cut {number}"
        write_snapshot(snapshot, folder)
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

        with pytest.raises(SnapshotBroken):
            read_snapshot(folder)
        (folder / name).unlink()
        with pytest.raises(SnapshotBroken):
            read_snapshot(folder)
    with pytest.raises(SnapshotBroken):
        read_snapshot(tmp_path / "nowhere")


def test_snapshot_keeps_the_folder_that_somebody_else_wrote_meanwhile(tmp_path: Path) -> None:
    write_snapshot(snapshot_of([JobFacts("Teacher")]), tmp_path / "one")

    write_snapshot(snapshot_of([JobFacts("Nurse")]), tmp_path / "one")

    assert read_snapshot(tmp_path / "one").titles.words == ["teacher"]
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_snapshot_refuses_an_order_that_names_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="read the jobs anew"):
        build_snapshot([], knowledge=KNOWLEDGE, order=lambda: [UUID(int=1)])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(jobs, max_size=12), st.lists(personas, min_size=1, max_size=2), st.integers(1, 5))
def test_snapshot_read_in_parts_is_the_same(
    market: list[JobFacts], wanting: list[PersonaFacts], size: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matching.snapshot.BATCH", size)
        in_parts = snapshot_of(market)
    whole = snapshot_of(market)

    assert len(in_parts.pays.minimums) == len(whole.pays.minimums)
    assert len(in_parts.wheres.remote) == len(whole.wheres.remote)
    assert [told(ranking) for ranking in rank(in_parts, wanting, knowledge=KNOWLEDGE)] == [
        told(ranking) for ranking in rank(whole, wanting, knowledge=KNOWLEDGE)
    ]


def test_pay_beyond_all_reason_spoils_nobodys_ranking() -> None:
    absurd = JobFacts("Teacher", annual_pay=AnnualPay(2**62, 2**63 - 1, "USD", "as_stated"))
    market = [absurd, JobFacts("Teacher", annual_pay=AnnualPay(50_000, 50_000, "USD", "as_stated"))]
    persona = PersonaFacts(titles=("Teacher",), minimum_salary=2**31 * 2080, currency="IDR")

    (ranking,) = rank(snapshot_of(market), [persona], knowledge=KNOWLEDGE)

    assert told(ranking) == rank_by_definition(market, persona)
    assert ranking.total == 2


def test_rank_puts_too_little_coverage_after_all_others() -> None:
    persona = PersonaFacts(
        titles=("Software Engineer",), minimum_salary=100_000, currency="USD", remote_preference="remote"
    )
    silent = JobFacts("Software Engineer")
    judged = JobFacts("Software Engineer", annual_pay=AnnualPay(1, 1, "USD", "as_stated"), workplace="onsite")

    ranking = rank(snapshot_of([silent, judged]), [persona], knowledge=KNOWLEDGE)[0]

    assert ranking.rows.tolist() == [1, 0]
    assert ranking.score(1) > ranking.score(0)


def test_rank_breaks_ties_by_the_order_of_the_snapshot() -> None:
    snapshot = snapshot_of([JobFacts("Teacher")] * 5)

    ranking = rank(snapshot, [PersonaFacts(titles=("Teacher",))], knowledge=KNOWLEDGE, keep=3)[0]

    assert ranking.rows.tolist() == [0, 1, 2]


def test_rank_of_nothing_is_nothing() -> None:
    empty = snapshot_of([])

    assert [
        len(ranking) for ranking in rank(empty, [PersonaFacts(titles=("Teacher",))], knowledge=KNOWLEDGE)
    ] == [0]
    assert rank(empty, [], knowledge=KNOWLEDGE) == []


def test_rank_refuses_to_keep_nothing() -> None:
    with pytest.raises(ValueError, match="keep is 0"):
        rank(snapshot_of([]), [], knowledge=KNOWLEDGE, keep=0)


def test_rank_refuses_other_knowledge_than_the_snapshot_has() -> None:
    other = replace(KNOWLEDGE, version="other")

    with pytest.raises(ValueError, match="build it anew"):
        rank(snapshot_of([JobFacts("Teacher")]), [PersonaFacts(titles=("Teacher",))], knowledge=other)
    with pytest.raises(ValueError, match="build without it"):
        build_snapshot([], knowledge=other, known=snapshot_of([JobFacts("Teacher")]))
