"""The pieces of `make bench` at a tiny size, so that they go on working; no speed is asserted, and no database asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bench.database_figures import _sort_queries
from bench.definition import count_differences, count_mismatches
from bench.engine_figures import Setting, measure_engine
from bench.measuring import Figure, Spent, Times, percentile, take_turns, tell, watch, write_table
from bench.people import try_weights, vary_personas
from bench.postings import ARCHIVE, Multiplied, read_archive, sketch_personas
from bench.readings import build_elsewhere, next_of
from bench.report import Report
from matching.knowledge import shipped_knowledge
from matching.scoring import JobFacts, PersonaFacts
from matching.snapshot import build_snapshot
from matching.snapshot_files import read_snapshot

needs_archive = pytest.mark.skipif(
    not ARCHIVE.exists(), reason="the archive of real postings is not shipped with this copy"
)


@cache
def real() -> tuple[JobFacts, ...]:
    return tuple(read_archive(60))


def many_personas(count: int) -> list[PersonaFacts]:
    return vary_personas(count, companies=sorted({job.company for job in real()}))


@needs_archive
def test_multiplied_market_begins_with_the_real_postings() -> None:
    market = Multiplied(real())

    assert [market.facts(number) for number in range(len(real()))] == list(real())
    copies = [market.facts(number) for number in range(60, 600)]
    assert {job.title for job in copies} == {job.title for job in real()}
    assert len({job.company for job in copies}) > 400
    assert copies == [Multiplied(real()).facts(number) for number in range(60, 600)]


@needs_archive
def test_multiplied_market_has_the_last_posted_first() -> None:
    jobs = list(Multiplied(real()).newest_first(500))

    posted = [job.posted_at or 0 for job in jobs]
    assert posted == sorted(posted, reverse=True)
    assert len({job.pk for job in jobs}) == 500


@needs_archive
def test_varied_personas_are_different_and_always_the_same() -> None:
    made = many_personas(128)

    assert made[:10] == list(sketch_personas().values())
    assert len({repr(persona) for persona in made}) == 128
    assert made == many_personas(128)
    assert any(not persona.titles for persona in made)
    assert any(not persona.held for persona in made)
    assert try_weights(made[0], 1).weights != try_weights(made[0], 2).weights


@needs_archive
def test_every_figure_of_the_engine_is_measured(tmp_path: Path) -> None:
    folder = tmp_path / "400"
    built = build_elsewhere(real(), 400, folder)
    setting = Setting(Multiplied(real()), many_personas(16), 400, folder, built, 10.0**10, 50)

    found = measure_engine(setting, None)

    assert found.mismatches == 0
    assert found.pairs == 50 * 16
    assert {figure.name.partition(",")[0] for figure in found.figures} >= {
        "engine over per-row Python",
        "pairs a core-second",
        "1 % new jobs",
        "re-rank of one persona a 100",
        "one persona",
        "two processes over one",
    }
    assert all(figure.value > 0 for figure in found.figures)
    later = read_snapshot(next_of(folder))
    assert len(later) == 400
    report = Report()
    report.add({"400 jobs": found.lines}, found.figures)
    assert all(f"| {figure.name} |" in report.text() for figure in found.figures)


@needs_archive
def test_differences_are_counted() -> None:
    market, personas = Multiplied(real()), many_personas(4)
    snapshot = build_snapshot(list(market.newest_first(200)), knowledge=shipped_knowledge())
    right = [market.facts(199 - row) for row in range(0, 200, 2)]
    wrong = [market.facts(row) for row in range(0, 200, 2)]

    assert count_mismatches(snapshot, range(0, 200, 2), right, personas) == 0
    assert count_mismatches(snapshot, range(0, 200, 2), wrong, personas) > 0
    assert count_differences([], []) == 0


def test_figures_say_whether_their_goal_is_reached() -> None:
    rows = [Figure("rate", 210, 200, "×").row(), Figure("night", 2.5, 1.5, "×", at_most=True).row()]

    assert rows == [("rate", "210×", "≥ 200×", "reached"), ("night", "2.50×", "≤ 1.50×", "**missed**")]
    assert write_table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert (tell(1234.5), tell(12.345, "ms"), tell(0)) == ("1,234", "12.3 ms", "0")


def test_ways_take_turns() -> None:
    asked: list[str] = []
    seconds = iter(range(100))

    times = take_turns(
        {"a": lambda: asked.append("a"), "b": lambda: asked.append("b")},
        runs=2,
        clock=lambda: float(next(seconds)),
    )

    assert asked == ["a", "b", "a", "b", "a", "b"]
    assert times["a"] == Times([1.0, 1.0])
    assert times["a"].rate(5) == 5
    assert percentile([1, 2, 3, 4], 95) == 4


def test_work_is_watched() -> None:
    with watch() as spent:
        np.ones(10).sum()

    assert spent.wall > 0
    assert spent.server == 0
    assert Spent(client=1, server=2).cpu == 3


def test_queries_of_the_page_are_told_from_those_of_any_page() -> None:
    own, any_pages = _sort_queries(
        [
            'SELECT "django_session"."x" FROM "django_session" WHERE 1',
            "BEGIN",
            "SELECT set_config('app.user_id', 'x', true)",
            'SELECT "job_matches"."id" FROM "job_matches" INNER JOIN "jobs" ON 1',
        ]
    )

    assert dict(own) == {"job_matches": 1}
    assert sum(any_pages.values()) == 3
