"""Rankings that save nothing: tried weights, filters, stable pages, what if."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from matching import services
from matching.filters import JobFilter
from matching.market import read_market
from matching.models import Job, Match, TunerSettings
from matching.ranking import CursorGone, compare_personas, rank_open_jobs, read_what_ifs
from matching.scoring import Weights
from personas.identity import acting_as, assume
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import JobFactory, JobRunFactory, JobSourceFactory, PersonaFactory, UserSkillFactory
from tests.matching.test_refresh import jobs_came_in
from tests.roles import as_role

pytestmark = pytest.mark.django_db
REMOTE_FIRST = Weights(skill=10, salary=0, location=0, remote=90, industry=0)


@pytest.fixture
def engineer(alice: User) -> Persona:
    """Alice's persona, with her asking for the rest of the test."""
    persona = PersonaFactory(user=alice)
    UserSkillFactory(user=alice, skill_name="Python", proficiency_level="expert")
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(
            job_title_keywords=["Data Engineer"], remote_preference="remote"
        )
    assume(alice.pk)
    return Persona.objects.select_related("preferences", "user").get(pk=persona.pk)


@pytest.fixture
def jobs(db: None) -> dict[str, Job]:
    source = JobSourceFactory()
    return {
        "office": JobFactory(
            source=source, title="Data Engineer", required_skills=["Python"], workplace="onsite"
        ),
        "remote": JobFactory(
            source=source, title="Data Analyst", required_skills=["Python"], workplace="remote"
        ),
        "silent": JobFactory(source=source, title="Data Engineer", required_skills=["Python"]),
        "other": JobFactory(source=source, title="Pastry Cook", workplace="remote"),
    }


def test_tried_weights_rank_anew_and_tell_how_far_each_job_moves(
    engineer: Persona, jobs: dict[str, Job]
) -> None:
    saved = rank_open_jobs(persona=engineer)
    tried = rank_open_jobs(persona=engineer, weights=REMOTE_FIRST, compared=True)

    places = {row.job.pk: row.rank for row in saved.rows}
    assert [row.rank for row in tried.rows] == [1, 2, 3]
    assert tried.rows[0].job == jobs["remote"]
    assert [row.moved for row in tried.rows] == [places[row.job.pk] - row.rank for row in tried.rows]
    assert tried.rows[0].match_factors["weights"]["remote"] == 90
    assert (tried.total, tried.open_jobs) == (3, 4)


def test_ranking_saves_nothing(engineer: Persona, jobs: dict[str, Job]) -> None:
    rank_open_jobs(persona=engineer, weights=REMOTE_FIRST, compared=True)

    assert not Match.objects.exists()
    assert not TunerSettings.objects.exists()


def test_order_is_that_of_the_stored_matches(engineer: Persona, jobs: dict[str, Job], now: datetime) -> None:
    with as_role(WORKER_ROLE):
        services.match_personas(persona_ids=[engineer.pk], now=now)
    assume(engineer.user_id)

    ranked = rank_open_jobs(persona=engineer)

    stored = {match.job_id: match for match in Match.objects.all()}
    assert {row.job.pk for row in ranked.rows} == set(stored)
    for row in ranked.rows:
        assert (row.match_score, row.coverage) == (
            stored[row.job.pk].match_score,
            stored[row.job.pk].coverage,
        )
        assert row.match == stored[row.job.pk]


def test_dismissed_jobs_are_left_out(engineer: Persona, jobs: dict[str, Job], now: datetime) -> None:
    with as_role(WORKER_ROLE):
        services.match_personas(persona_ids=[engineer.pk], now=now)
    assume(engineer.user_id)
    services.dismiss_match(match=Match.objects.get(job=jobs["office"]), now=now)

    ranked = rank_open_jobs(persona=engineer)

    assert jobs["office"] not in [row.job for row in ranked.rows]
    assert ranked.total == 2


def test_filter_counts_what_it_left_out_for_saying_nothing(engineer: Persona, jobs: dict[str, Job]) -> None:
    wanted = JobFilter(workplaces=frozenset({"remote"}))

    ranked = rank_open_jobs(persona=engineer, job_filter=wanted)

    assert [row.job for row in ranked.rows] == [jobs["remote"]]
    assert (ranked.total, ranked.unstated) == (1, 1)


def test_pages_follow_each_other_and_lead_back(engineer: Persona) -> None:
    source = JobSourceFactory()
    for number in range(25):
        JobFactory(source=source, title="Data Engineer", required_skills=["Python"] * (number % 2))

    first = rank_open_jobs(persona=engineer, size=10)
    second = rank_open_jobs(persona=engineer, size=10, after=first.after)
    third = rank_open_jobs(persona=engineer, size=10, after=second.after)
    back = rank_open_jobs(persona=engineer, size=10, before=third.before)

    seen = [row.job.pk for page in (first, second, third) for row in page.rows]
    assert len(seen) == len(set(seen)) == 25
    assert [row.rank for row in third.rows] == list(range(21, 26))
    assert (first.before, third.after) == ("", "")
    assert [row.job for row in back.rows] == [row.job for row in second.rows]


def test_page_stays_where_it_was_when_jobs_come_and_go(engineer: Persona, now: datetime) -> None:
    source = JobSourceFactory()
    for _ in range(12):
        JobFactory(source=source, title="Data Engineer", posted_at=now)
    first = rank_open_jobs(persona=engineer, size=5)
    expected = [row.job for row in rank_open_jobs(persona=engineer, size=5, after=first.after).rows]
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=first.rows[-1].job.pk).update(closed_at=now)
        Job.objects.filter(pk=first.rows[0].job.pk).update(closed_at=now)
        JobRunFactory(source=source, outcome="ok", finished_at=now, new_count=1)
        read_market()
    assume(engineer.user_id)

    after = rank_open_jobs(persona=engineer, size=5, after=first.after)

    # Two of the first page are gone: what stood behind it stands two places further up, and nothing is passed over.
    assert [row.job for row in after.rows][:3] == expected[1:4]
    assert expected[0] in [row.job for row in rank_open_jobs(persona=engineer, size=5).rows]


@pytest.mark.parametrize(
    "cursor", ["1", "0_101.00_x", "nonsense", "0_50.00_", "0_50.00_00000000-0000-0000-0000-000000000001_x"]
)
def test_made_up_cursor_is_none(engineer: Persona, jobs: dict[str, Job], cursor: str) -> None:
    with pytest.raises(CursorGone):
        rank_open_jobs(persona=engineer, after=cursor)
    with pytest.raises(CursorGone):
        rank_open_jobs(persona=engineer, before=cursor)


def test_job_that_closed_since_the_reading_is_left_out(
    engineer: Persona, jobs: dict[str, Job], now: datetime
) -> None:
    rank_open_jobs(persona=engineer)
    with as_role(WORKER_ROLE):
        Job.objects.filter(pk=jobs["office"].pk).update(closed_at=now)
    assume(engineer.user_id)

    assert jobs["office"] not in [row.job for row in rank_open_jobs(persona=engineer).rows]


def test_what_if_tells_points_and_places(engineer: Persona, jobs: dict[str, Job]) -> None:
    UserSkillFactory(user=engineer.user, skill_name="Scala")
    assume(engineer.user_id)

    found = read_what_ifs(persona=engineer, job=jobs["office"])

    best, now_at, then_at = found[0]
    assert (best.kind, best.subject) == ("workplace", "onsite")
    assert now_at is not None
    assert then_at is not None
    assert then_at < now_at
    assert read_what_ifs(persona=engineer, job=jobs["other"]) == []


def test_two_personas_on_one_job(engineer: Persona, jobs: dict[str, Job], alice: User) -> None:
    cook = PersonaFactory(user=alice, name="Z cook")
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=cook).update(job_title_keywords=["Pastry Cook"])
    assume(alice.pk)
    both = list(Persona.objects.select_related("preferences").order_by("name"))

    (first, factors, score), (second, none, no_score) = compare_personas(personas=both, job=jobs["office"])

    assert (first, second) == (engineer, cook)
    assert factors
    assert factors["skill_score"] > 50
    assert score
    assert (none, no_score) == (None, None)


def test_ranking_of_an_empty_market_is_empty(engineer: Persona) -> None:
    jobs_came_in()
    assume(engineer.user_id)

    page = rank_open_jobs(persona=engineer)

    assert (page.rows, page.total, page.open_jobs, page.after, page.before) == ([], 0, 0, "", "")


def test_ranking_costs_the_same_queries_for_one_row_and_for_twenty(
    engineer: Persona, django_assert_num_queries: Any
) -> None:
    source = JobSourceFactory()
    JobFactory(source=source, title="Data Engineer")
    rank_open_jobs(persona=engineer)
    with django_assert_num_queries(6):
        rank_open_jobs(persona=engineer)
    for _ in range(20):
        JobFactory(source=source, title="Data Engineer")
    jobs_came_in()
    with as_role(WORKER_ROLE):
        read_market()
    assume(engineer.user_id)

    with django_assert_num_queries(6):
        assert len(rank_open_jobs(persona=engineer).rows) == 20


def test_page_behind_the_last_is_the_last(engineer: Persona) -> None:
    source = JobSourceFactory()
    for _ in range(5):
        JobFactory(source=source, title="Data Engineer")
    everything = rank_open_jobs(persona=engineer, size=3)
    nobody = "00000000-0000-0000-0000-000000000001"

    behind = rank_open_jobs(persona=engineer, size=3, after=f"1_0.00_{nobody}_99")
    ahead = rank_open_jobs(persona=engineer, size=3, before=f"0_100.00_{nobody}_0")

    assert [row.rank for row in behind.rows] == [3, 4, 5]
    assert (behind.after, bool(behind.before)) == ("", True)
    assert [row.job for row in ahead.rows] == [row.job for row in everything.rows]
    assert (ahead.before, bool(ahead.after)) == ("", True)
    empty = rank_open_jobs(
        persona=engineer, job_filter=JobFilter(workplaces=frozenset({"remote"})), after=f"1_0.00_{nobody}_9"
    )
    assert (empty.rows, empty.before, empty.after) == ([], "", "")
