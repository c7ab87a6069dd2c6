"""Matches as columns: the best persona of each job, the days on which it was open, and what is read of it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from autoapply.lately_open import find_matches, read_addresses, read_companies, read_texts
from autoapply.rehearsal import list_days
from autoapply.weeks import begins_at, zone_of
from matching.facts import job_facts
from matching.knowledge import shipped_knowledge
from matching.market import Market, read_market
from matching.models import Job
from matching.recent_market import read_recent_market
from matching.scoring import PersonaFacts, score_pair
from personas.row_security import WORKER_ROLE
from tests.autoapply.test_simulation import job
from tests.factories import JobRunFactory
from tests.roles import as_role

pytestmark = pytest.mark.django_db

PERSONAS = [
    PersonaFacts(titles=("Data Engineer",), minimum_salary=100_000, currency="USD"),
    PersonaFacts(titles=("Nurse",)),
    PersonaFacts(titles=("Data Engineer",), remote_preference="remote"),
]


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"


def readings(now: datetime) -> list[Market]:
    with as_role(WORKER_ROLE):
        JobRunFactory(outcome="ok", finished_at=now, new_count=1)
        return [read_market(), read_recent_market(now=now)]


def bounds(now: datetime) -> list[tuple[datetime, datetime]]:
    zone = zone_of("UTC")
    days = list_days(now.date(), 30, [])
    return [(begins_at(day.on, zone), begins_at(day.on + timedelta(days=1), zone)) for day in days]


def test_each_job_counts_for_the_persona_that_it_fits_best(now: datetime) -> None:
    rng = random.Random(5)
    jobs = [
        job(
            now,
            title=rng.choice(["Data Engineer", "Nurse", "Senior Data Engineer", "Cook"]),
            pay=rng.choice([None, 70_000, 100_000]),
            workplace=rng.choice(["remote", "onsite", "unknown"]),
            closed_at=rng.choice([None, now - timedelta(days=3)]),
        )
        for _ in range(40)
    ]

    found = find_matches(readings(now), PERSONAS, bounds(now))

    expected = {}
    for each in Job.objects.filter(pk__in=[each.pk for each in jobs]):
        scores = [score_pair(job_facts(each), persona, knowledge=shipped_knowledge()) for persona in PERSONAS]
        judged = [(score.score, score.coverage, -who) for who, score in enumerate(scores) if score]
        if judged:
            expected[each.pk] = max(judged)
    told = {
        found.job_id(place): (found.scores[place], found.coverages[place], -found.who[place])
        for place in range(len(found))
    }
    assert told == {
        pk: (int(score * 100), int(coverage * 10_000), who) for pk, (score, coverage, who) in expected.items()
    }
    assert len({row[2] for row in told.values()}) == 3
    assert sorted(found.scores.tolist(), reverse=True) == found.scores.tolist()


def test_days_on_which_a_job_was_open_are_told(now: datetime) -> None:
    always = job(now)
    short = job(now, seen=3, closed_at=now - timedelta(days=1))
    job(now, closed_at=now - timedelta(days=30))
    job(now, seen=-2)

    found = find_matches(readings(now), PERSONAS[:1], bounds(now))

    days = {found.job_id(place): (found.first[place], found.last[place]) for place in range(len(found))}
    assert days == {always.pk: (0, 29), short.pk: (26, 28)}


def test_nobody_and_nothing_are_no_matches(now: datetime) -> None:
    assert len(find_matches(readings(now), PERSONAS, bounds(now))) == 0
    job(now)
    assert len(find_matches(readings(now), [], bounds(now))) == 0


def test_what_is_read_stands_at_the_places_of_the_matches(now: datetime) -> None:
    jobs = [
        job(now, pay=60_000, company="Acme", apply_url="https://a.example", description_text="one"),
        job(now, pay=100_000, company="Globex"),
        job(now, pay=80_000, company="Acme"),
    ]

    found = find_matches(readings(now), PERSONAS[:1], bounds(now))

    assert [found.job_id(place) for place in range(3)] == [jobs[1].pk, jobs[2].pk, jobs[0].pk]
    assert {name: sorted(places.tolist()) for name, places in read_companies(found).items()} == {
        "Acme": [1, 2],
        "Globex": [0],
    }
    addresses = read_addresses(found, found.who[:0].astype("int64"))
    assert addresses == []
    (last,) = read_addresses(found, (found.who[:1] + 2).astype("int64"))
    assert (last.place, last.company, last.apply_url, last.url) == (
        2,
        "Acme",
        "https://a.example",
        jobs[0].url,
    )
    assert read_texts([jobs[0].pk]) == {jobs[0].pk: "Data Engineer\none"}
    assert read_texts([]) == {}
