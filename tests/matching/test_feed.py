"""The feed: whatever the scores, every match is on exactly one page, and going back undoes going on."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.feed import CursorInvalid, Page, Place, read_page
from matching.models import Job, Match
from personas.identity import acting_as
from personas.models import Persona, User
from tests.factories import JobFactory, JobSourceFactory, PersonaFactory

MOST = 12
SCORES = st.sampled_from(["0.00", "49.99", "50.00", "80.00", "80.01", "100.00"])
UNKNOWN = dict.fromkeys(("skill_score", "salary_score", "location_score", "remote_score", "industry_score"))
COVERAGES = st.sampled_from([None, "0.0000", "0.4999", "0.5000", "1.0000"])


@pytest.fixture
def jobs(db: None) -> list[Job]:
    source = JobSourceFactory()
    return [JobFactory(source=source) for _ in range(MOST)]


@pytest.fixture
def persona(alice: User) -> Persona:
    return PersonaFactory(user=alice)


def pages_forward(size: int) -> list[Page]:
    pages = [read_page(Match.objects.all(), size=size)]
    while pages[-1].after:
        pages.append(read_page(Match.objects.all(), after=pages[-1].after, size=size))
    return pages


def ids(page: Page) -> list[UUID]:
    return [match.pk for match in page.matches]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(SCORES, COVERAGES), max_size=MOST), size=st.integers(1, 5))
def test_every_match_is_on_one_page_and_back_undoes_on(
    persona: Persona, jobs: list[Job], rows: list[tuple[str, str | None]], size: int
) -> None:
    with transaction.atomic(), acting_as(persona.user_id):
        Match.objects.bulk_create(
            Match(
                user_id=persona.user_id,
                persona=persona,
                job=job,
                match_score=score,
                coverage=coverage,
                match_factors=UNKNOWN,
            )
            for job, (score, coverage) in zip(jobs, rows, strict=False)
        )
        whole = list(Match.objects.all().best_first().values_list("pk", flat=True))

        forward = pages_forward(size)
        back = [
            read_page(Match.objects.all(), before=page.before, size=size) for page in forward if page.before
        ]
        Match.objects.all().delete()

    assert [pk for page in forward for pk in ids(page)] == whole
    assert len(whole) == len(rows)
    assert not forward[0].before
    assert [ids(page) for page in back] == [ids(page) for page in forward[:-1]]
    assert all(page.after for page in back)
    assert [bool(page.before) for page in back] == [number > 0 for number in range(len(back))]


def test_what_is_known_too_little_of_comes_last(persona: Persona, jobs: list[Job]) -> None:
    with acting_as(persona.user_id):
        for job, (score, coverage) in zip(
            jobs, [("99", "0.4999"), ("10", "0.5000"), ("50", None)], strict=False
        ):
            Match.objects.create(
                user_id=persona.user_id,
                persona=persona,
                job=job,
                match_score=score,
                coverage=coverage,
                match_factors=UNKNOWN,
            )

        shown = [str(match.match_score) for match in read_page(Match.objects.all()).matches]

    assert shown == ["50.00", "10.00", "99.00"]


def test_page_stays_where_it_was_when_better_matches_come_in(persona: Persona, jobs: list[Job]) -> None:
    def add(job: Job, score: str) -> None:
        Match.objects.create(
            user_id=persona.user_id,
            persona=persona,
            job=job,
            match_score=score,
            coverage="1",
            match_factors=UNKNOWN,
        )

    with acting_as(persona.user_id):
        for number, job in enumerate(jobs[:6]):
            add(job, str(10 + number))
        first = read_page(Match.objects.all(), size=3)
        second = ids(read_page(Match.objects.all(), after=first.after, size=3))
        add(jobs[6], "99")

        assert ids(read_page(Match.objects.all(), after=first.after, size=3)) == second


@given(
    little=st.booleans(),
    score=st.decimals(min_value=0, max_value=100, places=2),
    pk=st.uuids(),
)
def test_place_survives_its_way_through_an_address(little: bool, score: Decimal, pk: UUID) -> None:
    place = Place(little, score, pk)

    assert Place.read(str(place)) == place


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "0_80.00",
        "2_80.00_00000000-0000-0000-0000-000000000000",
        "0_NaN_00000000-0000-0000-0000-000000000000",
        "0_Infinity_00000000-0000-0000-0000-000000000000",
        "0_80_no-uuid",
        "0_80_00000000-0000-0000-0000-000000000000_1",
        "0__00000000-0000-0000-0000-000000000000",
        "0_1e-9999999_00000000-0000-0000-0000-000000000000",
        "0_80_00000000-0000-0000-0000-000000000000",
        "0_80.001_00000000-0000-0000-0000-000000000000",
        "0_100.01_00000000-0000-0000-0000-000000000000",
        "0_-1.00_00000000-0000-0000-0000-000000000000",
        "0_٨٠.00_00000000-0000-0000-0000-000000000000",
        "0_80.00_00000000000000000000000000000000",
        "0_80.00_00000000-0000-0000-0000-000000000000\n",
    ],
)
def test_cursor_that_names_no_place_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        Place.read(text)


@pytest.mark.parametrize("score", ["1e9999", "1e-9999999", "-1e-9999", "9" * 400])
def test_cursor_with_a_monstrous_score_is_refused(db: None, score: str) -> None:
    cursor = f"0_{score}_00000000-0000-0000-0000-000000000000"

    with pytest.raises(CursorInvalid):
        read_page(Match.objects.all(), after=cursor)
