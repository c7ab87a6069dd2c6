"""Markets against a slow count, the border of ten postings, and the page with its tables."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.demand import Demand, count_demand
from matching.knowledge import shipped_knowledge
from matching.pay import AnnualPay
from matching.scoring import JobFacts, PersonaFacts
from matching.snapshot import OpenJob, Snapshot, build_snapshot
from matching.tasks import read_jobs_of_a_year
from personas.gazetteer import gazetteer
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import PersonaFactory, UserFactory
from tests.learning.conftest import make_engineer, open_roles
from tests.roles import as_role

NOW = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
PERSON = PersonaFacts(titles=("Data Engineer",), held={"python": "advanced"}, currency="USD")
TOWNS = [gazetteer().find(name) for name in ("Denver, CO", "Chicago, IL")]


def snapshot_of(jobs: list[tuple[JobFacts, datetime | None]], *, first: int = 1) -> Snapshot:
    return build_snapshot(
        [
            OpenJob(UUID(int=number + first), 1, None if at is None else int(at.timestamp()), "", job)
            for number, (job, at) in enumerate(jobs)
        ],
        knowledge=shipped_knowledge(),
    )


def job(*skills: str, title: str = "Data Engineer", **more: object) -> JobFacts:
    return JobFacts(title=title, required_skills=skills, **more)  # type: ignore[arg-type]


def count(jobs: list[JobFacts], persona: PersonaFacts = PERSON, at: datetime | None = NOW) -> Demand:
    return count_demand(snapshot_of([(each, at) for each in jobs]), persona, now=NOW)


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["Python", "SQL", "Terraform"]), unique=True),
            st.none() | st.integers(50_000, 200_000),
            st.integers(0, 400),
            st.lists(st.sampled_from(TOWNS), unique_by=str, max_size=2),
            st.booleans(),
        ),
        min_size=10,
        max_size=40,
    )
)
@settings(max_examples=40, deadline=None)
def test_every_number_is_that_of_a_slow_count(
    rows: list[tuple[list[str], int | None, int, list[object], bool]],
) -> None:
    jobs = [
        (
            job(
                *skills,
                title="Data Engineer" if near else "Registered Nurse",
                annual_pay=AnnualPay(pay, pay, "USD", "") if pay else None,
                places=tuple(places),
            ),
            NOW - timedelta(days=days),
        )
        for skills, pay, days, places, near in rows
    ]
    near = [(skills, pay, days, places) for skills, pay, days, places, is_near in rows if is_near]

    demand = count_demand(snapshot_of(jobs), PERSON, now=NOW)

    assert demand.postings == len(near)
    if len(near) < 10:
        assert demand.nothing_because == "few"
        return
    named = Counter(skill for skills, *_ in near for skill in skills)
    assert {each.skill: each.count for each in demand.skills} == {k: n for k, n in named.items() if n >= 10}
    for each in demand.skills:
        paid = [pay for skills, pay, *_ in near if each.skill in skills and pay]
        assert (each.pay is None) == (len(paid) < 10)
        if each.pay:
            expected = [int(value + 0.5) for value in quantiles(paid, n=4, method="inclusive")]
            assert [each.pay.lower, each.pay.middle, each.pay.upper] == expected
    at_place = Counter(str(place.label()) for *_rest, places in near for place in places)  # type: ignore[attr-defined]
    assert sorted(place.count for place in demand.places) == sorted(n for n in at_place.values() if n >= 10)
    assert (demand.dated, demand.undated) == (len(near), 0)
    if not demand.by_year:
        last = [
            days
            for _s, _p, days, _l in near
            if (NOW - timedelta(days=days)) >= datetime(2025, 4, 1, tzinfo=UTC)
        ]
        assert sum(period.count for period in demand.periods) == len(last)
    for period in demand.periods:
        assert (period.asking is None) == (period.count < 10)


@pytest.mark.parametrize(("number", "because"), [(9, "few"), (10, "")])
def test_nothing_is_counted_below_ten_postings(number: int, because: str) -> None:
    demand = count([job("Python")] * number)

    assert (demand.nothing_because, demand.postings) == (because, number)
    assert bool(demand.skills) is (because == "")


def test_persona_without_titles_has_no_market() -> None:
    assert count([job("Python")] * 20, PersonaFacts(held={"python": "expert"})).nothing_because == "no_titles"


def test_empty_market_says_so() -> None:
    assert count([]).nothing_because == "few"


def test_months_end_where_the_calendar_does() -> None:
    last, first = datetime(2026, 2, 28, 23, 59, tzinfo=UTC), datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    jobs = [(job("Python"), last)] * 11 + [(job("Python"), first)] * 12

    demand = count_demand(snapshot_of(jobs), PERSON, now=NOW)

    periods = {(period.year, period.month): period.count for period in demand.periods}
    assert (len(periods), periods[2026, 2], periods[2026, 3]) == (12, 11, 12)
    assert min(periods) == (2025, 4)


def test_old_postings_are_told_by_year_and_undated_ones_apart() -> None:
    jobs = [(job("Python"), datetime(2016, 5, 1, tzinfo=UTC))] * 12 + [(job("Python"), None)] * 3

    demand = count_demand(snapshot_of(jobs), PERSON, now=NOW)

    assert (demand.by_year, demand.undated) == (True, 3)
    assert [(period.year, period.month, period.asking) for period in demand.periods] == [(2016, 0, (12,))]


def test_closed_postings_count_over_time_and_nowhere_else() -> None:
    opened = snapshot_of([(job("Python"), NOW - timedelta(days=3))] * 10)
    closed = snapshot_of([(job("Python"), NOW - timedelta(days=40))] * 10, first=101)

    demand = count_demand(opened, PERSON, closed=[closed], now=NOW)

    assert (demand.postings, demand.dated) == (10, 20)
    assert [period.count for period in demand.periods[-2:]] == [10, 10]


def test_posting_of_several_readings_counts_once() -> None:
    opened = snapshot_of([(job("Python"), NOW - timedelta(days=3))] * 10)
    month = snapshot_of([(job("Python"), NOW - timedelta(days=40))] * 10, first=6)
    year = snapshot_of([(job("Python"), NOW - timedelta(days=70))] * 15, first=11)

    demand = count_demand(opened, PERSON, closed=[month, year], now=NOW)

    assert demand.dated == 10 + 5 + 10
    assert [period.count for period in demand.periods[-3:]] == [10, 5, 10]


def test_posting_in_several_places_counts_in_each_once() -> None:
    demand = count([job("Python", places=(TOWNS[0], TOWNS[1], TOWNS[0]))] * 10)

    assert [(place.place, place.count, place.asking) for place in demand.places] == [
        ("Chicago, IL, US", 10, (10,)),
        ("Denver, CO, US", 10, (10,)),
    ]


def test_pay_of_a_currency_without_rate_is_not_counted() -> None:
    demand = count([job("Python", annual_pay=AnnualPay(1, 1, "XXX", ""))] * 10)

    assert (demand.pay, demand.skills[0].pay) == (None, None)


def test_titles_are_counted_without_level() -> None:
    demand = count(
        [job("Python", title="Senior Data Engineer")] * 6 + [job("Python", title="Data Engineer II")] * 6
    )

    assert [(title.title, title.count, title.likeness) for title in demand.titles] == [
        ("data engineer", 12, 100)
    ]


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def read(client: Client, **query: str) -> str:
    answer = client.get(reverse("learning:market"), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_page_has_pictures_and_tables_of_the_same_numbers(hers: Client, alice: User) -> None:
    open_roles(
        *([["Python", "Terraform"]] * 12),
        pay_annual_minimum=90_000,
        pay_minimum=9_000_000,
        pay_currency="USD",
        pay_period="year",
        posted_at=timezone.now(),
    )
    persona = make_engineer(alice)

    html = read(hers)

    assert "Of 12 open postings" in html
    assert html.count("<svg") >= 3
    assert "Terraform: 100 %." in html
    assert "90,000 · 90,000 · 90,000" in html
    answer = hers.get(f"/api/v1/learning/market/?persona={persona.pk}").json()
    assert [(each["skill"], each["count"], each["held_tenths"]) for each in answer["skills"]] == [
        ("Python", 12, 9),
        ("Terraform", 12, 0),
    ]
    assert answer["pay"] == {"count": 12, "lower": 90_000, "middle": 90_000, "upper": 90_000}


@pytest.mark.parametrize(
    ("titles", "words"), [([], "This persona names no title"), (["Data Engineer"], "Too few postings")]
)
def test_page_says_why_there_is_nothing(hers: Client, alice: User, titles: list[str], words: str) -> None:
    open_roles(["Python"])
    persona = PersonaFactory(user=alice)
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(job_title_keywords=titles)

    assert words in read(hers)


def test_page_without_a_persona_asks_for_one(hers: Client) -> None:
    assert "You have no persona yet" in read(hers)


def test_page_counts_what_closed_within_the_year_and_says_since_when(
    hers: Client, alice: User, settings: Any, tmp_path: Path
) -> None:
    settings.SNAPSHOT_DIR = tmp_path
    now = timezone.now()
    open_roles(*([["Python"]] * 12), posted_at=now)
    open_roles(*([["Python"]] * 11), posted_at=now - timedelta(days=100), closed_at=now - timedelta(days=60))
    persona = make_engineer(alice)
    address = f"/api/v1/learning/market/?persona={persona.pk}"
    assert hers.get(address).json()["dated"] == 12

    with as_role(WORKER_ROLE):
        assert read_jobs_of_a_year() == 11

    answer = hers.get(address).json()
    assert (answer["postings"], answer["dated"]) == (12, 23)
    assert [each["count"] for each in answer["periods"] if each["count"]] == [11, 12]
    day = date_format(timezone.localtime(now), "DATE_FORMAT")
    assert f"Jobs have been taken in here since {day}" in read(hers)


def test_market_of_somebody_else_is_not_there(hers: Client) -> None:
    open_roles(["Python"])
    other: Persona = PersonaFactory(user=UserFactory())

    assert hers.get(reverse("learning:market"), {"persona": str(other.pk)}).status_code == 404
    assert hers.get(f"/api/v1/learning/market/?persona={other.pk}").status_code == 404


def test_page_asks_as_often_for_many_jobs_as_for_few(hers: Client, alice: User) -> None:
    make_engineer(alice)
    open_roles(*([["Python"]] * 12))
    read(hers)
    with CaptureQueriesContext(connection) as few:
        read(hers)
    open_roles(*([["Python", "Terraform"]] * 40))
    read(hers)

    with CaptureQueriesContext(connection) as many:
        read(hers)

    assert len(many) == len(few)
