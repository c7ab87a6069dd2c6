"""Matches narrowed by a filter: answered over every open job, explained where nothing is left; page and API alike."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from matching.filter_forms import FilterForm
from matching.market import read_market
from matching.models import Job, Match
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import JobFactory, JobSourceFactory, MatchFactory, MatchStateFactory, PersonaFactory
from tests.matching.test_refresh import jobs_came_in
from tests.relevnt.test_access import FACTORS
from tests.roles import as_role

LIST = "/matches/"
SEARCH = "/api/v1/matches/search/"


@pytest.fixture
def persona(alice: User) -> Persona:
    persona = PersonaFactory(user=alice, name="Data engineer", is_active=True)
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(
            job_title_keywords=["Data Engineer"], remote_preference="remote"
        )
        persona.refresh_from_db()
    return persona


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    api.force_login(alice)
    return api


def open_jobs(number: int = 1, **values: Any) -> list[Job]:
    source = JobSourceFactory()
    jobs = [
        JobFactory(source=source, **{"title": "Data Engineer", "workplace": "remote", **values})
        for _ in range(number)
    ]
    jobs_came_in()
    with as_role(WORKER_ROLE):
        read_market()
    return jobs


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def filter_of(query: str) -> FilterForm:
    form = FilterForm(QueryDict(query), currency="EUR")
    assert form.is_valid(), form.errors
    return form


# --- the form --------------------------------------------------------------------------------------------------------


def test_form_reads_every_part_of_a_filter() -> None:
    now = timezone.now()
    form = filter_of(
        "place=Berlin&pay=90,000&posted=7&workplace=remote&workplace=hybrid&seniority=senior&stated=on&unstated=on"
    )

    read = form.read(now=now)

    assert read.place is not None
    assert read.place.city == "Berlin"
    assert (read.minimum_pay, read.currency, read.least_coverage) == (90_000, "EUR", Decimal("0.75"))
    assert (read.workplaces, read.seniorities) == ({"remote", "hybrid"}, {"senior"})
    assert read.with_unstated
    assert read.posted_after is not None
    assert 7 <= (now - read.posted_after).total_seconds() / 86400 < 8


@pytest.mark.parametrize(
    ("field", "attribute", "empty"),
    [
        ("place", "place", None),
        ("pay", "minimum_pay", None),
        ("posted", "posted_after", None),
        ("workplace", "workplaces", frozenset()),
        ("seniority", "seniorities", frozenset()),
        ("stated", "least_coverage", None),
    ],
)
def test_form_leaves_one_part_out(field: str, attribute: str, empty: Any) -> None:
    form = filter_of("place=Berlin&pay=90000&posted=7&workplace=remote&seniority=senior&stated=on")

    without = form.read(now=timezone.now(), among=[name for name in form.NARROWING if name != field])

    assert getattr(without, attribute) == empty
    assert not without.is_empty
    assert getattr(form.read(now=timezone.now()), attribute) != empty


def test_form_tells_what_is_asked_and_how_to_take_it_away() -> None:
    form = filter_of(
        "persona=7&place=Berlin&pay=90000&posted=30&workplace=onsite&seniority=lead&stated=on&after=20"
    )

    told = {each.field: each for each in form.narrowings()}

    assert [each.words for each in told.values()] == [
        "is near Berlin, Germany",
        "pays at least EUR 90,000 a year",
        "was posted within 30 days",
        "is on site",
        "is lead",
        "is well stated",
    ]
    assert "pay=" not in told["pay"].without
    assert "persona=7" in told["pay"].without
    assert "after=" not in told["pay"].without
    assert form.query_without_all() == "?persona=7"


@pytest.mark.parametrize("query", ["", "unstated=on", "persona=7", "place=", "posted="])
def test_form_without_a_narrowing_is_not_used(query: str) -> None:
    assert not FilterForm(QueryDict(query), currency="EUR").is_used


# --- the page --------------------------------------------------------------------------------------------------------


def test_filter_is_answered_over_jobs_that_are_not_stored(signed_in: Client, persona: Persona) -> None:
    (job,) = open_jobs()
    open_jobs(title="Data Engineer on site", workplace="onsite")

    html = text_of(signed_in.get(LIST, {"workplace": "remote"}))

    assert f"/personas/{persona.pk}/jobs/{job.pk}/" in html
    assert "Data Engineer on site" not in html
    assert "1 of 2 open jobs fits this persona and is what you asked for" in html
    assert "Not for me<span" not in html  # nothing is stored that could be set aside


def test_filtered_row_of_a_stored_match_leads_to_it_with_the_figures_of_now(
    signed_in: Client, persona: Persona
) -> None:
    (job,) = open_jobs()
    match = MatchFactory(persona=persona, job=job, match_score="12.00", match_factors=FACTORS)

    html = text_of(signed_in.get(LIST, {"workplace": "remote"}))

    assert f'href="{LIST}{match.pk}/"' in html
    assert f"{LIST}{match.pk}/dismiss/" in html
    assert "Score 12 of 100" not in html


def test_list_without_a_filter_shows_what_is_stored(
    signed_in: Client, persona: Persona, settings: Any
) -> None:
    settings.MATCHES_PER_PERSONA = 1
    open_jobs(3)
    MatchStateFactory(persona=persona, inputs_revision=persona.inputs_revision, open_jobs=3, matching_jobs=3)
    MatchFactory(persona=persona, job=open_jobs(title="The stored one")[0], match_factors=FACTORS)

    html = text_of(signed_in.get(LIST))

    assert "The stored one" in html
    assert html.count('class="match"') == 1
    assert "Kept here are the best 1 of 3" in html


def test_list_that_is_stored_whole_does_not_speak_of_the_best(signed_in: Client, persona: Persona) -> None:
    MatchStateFactory(persona=persona, inputs_revision=persona.inputs_revision, open_jobs=3, matching_jobs=2)
    MatchFactory(persona=persona, match_factors=FACTORS)
    MatchFactory(persona=persona, match_factors=FACTORS, is_dismissed=True)

    assert "the best" not in text_of(signed_in.get(LIST))


def test_unknown_place_is_refused_with_the_filter_open(signed_in: Client, persona: Persona) -> None:
    open_jobs()

    html = text_of(signed_in.get(LIST, {"place": "Xyzzyville-on-Nowhere"}))

    assert "We know no place “Xyzzyville-on-Nowhere”" in html
    assert '<details class="filter" id="filter" open>' in html
    assert "The list is not narrowed yet" in html


@pytest.mark.parametrize(
    "query", [{"pay": "much"}, {"posted": "3"}, {"workplace": "moon"}, {"seniority": "\0"}]
)
def test_filter_that_is_none_is_refused(signed_in: Client, persona: Persona, query: dict[str, str]) -> None:
    assert "The list is not narrowed yet" in text_of(signed_in.get(LIST, query))


def test_empty_answer_names_the_filter_that_emptied_it(signed_in: Client, persona: Persona) -> None:
    open_jobs(3)

    html = text_of(signed_in.get(LIST, {"persona": persona.pk, "workplace": "onsite", "stated": "on"}))

    assert "Without “is on site” there are 3." in html
    assert f'href="?persona={persona.pk}&amp;stated=on"' in html
    assert "Without “is well stated”" not in html


def test_empty_answer_of_several_filters_says_so(signed_in: Client, persona: Persona) -> None:
    open_jobs(3)

    html = text_of(signed_in.get(LIST, {"workplace": "onsite", "seniority": "lead", "pay": "1"}))

    assert "Taking away any one of these leaves none either" in html
    assert "“is on site” leaves 0" in html


def test_filtered_list_pages_and_keeps_its_filter(signed_in: Client, persona: Persona) -> None:
    open_jobs(23)

    first = signed_in.get(LIST, {"workplace": "remote"})
    second = signed_in.get(LIST + first.context["next_url"])
    back = signed_in.get(LIST + second.context["previous_url"])

    shown = [[m.job_id for m in each.context["page"].matches] for each in (first, second, back)]
    assert [len(each) for each in shown] == [20, 3, 20]
    assert shown[0] == shown[2]
    assert not set(shown[0]) & set(shown[1])
    assert "workplace=remote" in first.context["next_url"]


def test_filtered_list_at_a_cursor_that_is_none_is_not_found(signed_in: Client, persona: Persona) -> None:
    open_jobs()

    assert signed_in.get(LIST, {"workplace": "remote", "after": "x"}).status_code == 404


def test_filtered_list_leaves_out_what_is_dismissed(signed_in: Client, persona: Persona) -> None:
    (job,) = open_jobs()
    MatchFactory(persona=persona, job=job, is_dismissed=True, dismissed_at=timezone.now())

    assert "No job that fits this persona" in text_of(signed_in.get(LIST, {"workplace": "remote"}))


def test_filtered_list_asks_as_often_for_twenty_as_for_one(signed_in: Client, persona: Persona) -> None:
    open_jobs(1)
    signed_in.get(LIST, {"workplace": "remote"})
    with CaptureQueriesContext(connection) as one:
        signed_in.get(LIST, {"workplace": "remote"})
    open_jobs(19)
    signed_in.get(LIST, {"workplace": "remote"})

    with CaptureQueriesContext(connection) as twenty:
        html = text_of(signed_in.get(LIST, {"workplace": "remote"}))

    assert html.count('class="match"') == 20
    assert len(twenty) == len(one)


BERLIN = {"city": "Berlin", "region": "", "country": "DE", "latitude": 52.52, "longitude": 13.4}
MUNICH = {"city": "Munich", "region": "", "country": "DE", "latitude": 48.14, "longitude": 11.58}
WELL_PAID = {"pay_annual_minimum": 95_000, "pay_annual_maximum": 99_000, "pay_currency": "USD"}


@pytest.mark.parametrize(
    ("query", "passes", "fails"),
    [
        ({"pay": "90,000"}, WELL_PAID, WELL_PAID | {"pay_annual_minimum": 40_000, "pay_annual_maximum": 50_000}),
        ({"place": "Potsdam"}, {"places": [BERLIN], "workplace": "onsite"}, {"places": [MUNICH], "workplace": "onsite"}),
        ({"seniority": "senior"}, {"seniority": "senior"}, {"seniority": "entry"}),
        ({"posted": "7"}, {"posted_at": timezone.now() - timedelta(days=2)}, {"posted_at": timezone.now() - timedelta(days=20)}),
    ],
)  # fmt: skip
def test_each_filter_keeps_what_passes_counts_what_does_not_say_and_offers_it(
    signed_in: Client, persona: Persona, query: dict[str, str], passes: dict[str, Any], fails: dict[str, Any]
) -> None:
    open_jobs(company="Passes", **passes)
    open_jobs(company="Fails", **fails)
    open_jobs(company="Silent", workplace="unknown")

    narrowed = signed_in.get(LIST, query)
    html = text_of(narrowed)
    wider = text_of(signed_in.get(LIST + narrowed.context["with_unstated"]))

    assert ">Passes</p>" in html
    assert ">Fails</p>" not in html
    assert ">Silent</p>" not in html
    assert "Include 1 more that does not say" in html
    assert ">Silent</p>" in wider
    assert ">Fails</p>" not in wider


def test_empty_answer_counts_what_only_does_not_say(signed_in: Client, persona: Persona) -> None:
    open_jobs(2, title="Data Engineer", workplace="unknown")

    html = text_of(signed_in.get(LIST, {"workplace": "hybrid"}))

    assert "2 jobs are left out only because they do not say." in html
    assert "unstated=on" in html


def test_filter_writes_nothing(signed_in: Client, persona: Persona) -> None:
    open_jobs(2)

    signed_in.get(LIST, {"workplace": "remote"})

    with acting_as(persona.user_id):
        assert not Match.objects.exists()


# --- the API ---------------------------------------------------------------------------------------------------------


def test_search_answers_over_all_open_jobs(mine: APIClient, persona: Persona) -> None:
    (job,) = open_jobs()
    kept = MatchFactory(persona=persona, job=job)
    open_jobs(2)
    open_jobs(workplace="onsite")

    answer = mine.get(SEARCH, {"persona": persona.pk, "workplace": ["remote", "hybrid"]}).json()

    assert (answer["total"], answer["unstated"], answer["open_jobs"]) == (3, 0, 4)
    assert [row["rank"] for row in answer["results"]] == [1, 2, 3]
    assert {row["match"] for row in answer["results"]} == {str(kept.pk), None}
    assert all(row["factors"]["remote_score"] == 100 for row in answer["results"])
    assert all(row["explanation"]["reasons"] for row in answer["results"])


def test_search_pages_there_and_back(mine: APIClient, persona: Persona) -> None:
    open_jobs(5)

    first = mine.get(SEARCH, {"persona": persona.pk, "page_size": 2}).json()
    second = mine.get(first["next"]).json()
    back = mine.get(second["previous"]).json()

    assert [len(page["results"]) for page in (first, second, back)] == [2, 2, 2]
    assert back["results"] == first["results"]
    assert first["previous"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("persona", "7"),
        ("place", "Xyzzyville-on-Nowhere"),
        ("workplace", "moon"),
        ("workplace", "unknown"),
        ("seniority", "boss"),
        ("minimum_pay", "0"),
        ("minimum_pay", "9" * 40),
        ("posted_within", "soon"),
        ("least_coverage", "2"),
        ("with_unstated", "perhaps"),
        ("page_size", "101"),
    ],
)
def test_search_says_which_filter_is_wrong(mine: APIClient, persona: Persona, name: str, value: str) -> None:
    answer = mine.get(SEARCH, {"persona": persona.pk, name: value})

    assert (answer.status_code, set(answer.json()["errors"])) == (400, {name})


def test_search_asks_for_a_persona(mine: APIClient, persona: Persona) -> None:
    assert set(mine.get(SEARCH).json()["errors"]) == {"persona"}


def test_search_of_somebody_elses_persona_is_not_found(mine: APIClient, charlie: User) -> None:
    theirs = PersonaFactory(user=charlie)

    assert mine.get(SEARCH, {"persona": theirs.pk}).status_code == 404


@pytest.mark.parametrize("cursor", ["x", "a_", "a_x", "c_1"])
def test_search_at_a_cursor_that_is_none_is_not_found(mine: APIClient, persona: Persona, cursor: str) -> None:
    open_jobs()

    assert mine.get(SEARCH, {"persona": persona.pk, "cursor": cursor}).status_code == 404


def test_search_costs_the_same_for_1_row_and_20(mine: APIClient, persona: Persona) -> None:
    open_jobs(1)
    mine.get(SEARCH, {"persona": persona.pk})
    with CaptureQueriesContext(connection) as one:
        mine.get(SEARCH, {"persona": persona.pk})
    open_jobs(19)
    mine.get(SEARCH, {"persona": persona.pk})

    with CaptureQueriesContext(connection) as twenty:
        answer = mine.get(SEARCH, {"persona": persona.pk})

    assert len(answer.json()["results"]) == 20
    assert len(twenty) == len(one)
