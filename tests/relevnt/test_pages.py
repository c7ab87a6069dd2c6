"""Pages that belong to no app: the front page, today, signs of life, the styleguide."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from personas.models import Persona, User
from relevnt.views import BEST_SHOWN
from tests.factories import (
    JobFactory,
    JobSourceFactory,
    MatchFactory,
    MatchStateFactory,
    PersonaFactory,
    ResumeFactory,
    UserSkillFactory,
)
from tests.relevnt.test_access import FACTORS

TODAY = "/today/"


@pytest.fixture
def persona(alice: User) -> Persona:
    return PersonaFactory(user=alice, name="Data engineer", is_active=True)


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    """A browser in which Alice is signed in."""
    client.force_login(alice)
    return client


def text_of(response: Any) -> str:
    return response.content.decode()


def matched(persona: Persona, number: int) -> None:
    source = JobSourceFactory()
    for index in range(number):
        job = JobFactory(source=source, title=f"Data Engineer {index}")
        MatchFactory(
            persona=persona,
            job=job,
            match_score=90 - index,
            coverage="0.9",
            match_factors=FACTORS,
            explanation="Fits.",
        )


def test_front_page_offers_an_account_and_asks_the_database_nothing(client: Client, db: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        response = client.get("/")

    assert response.status_code == 200
    assert reverse("account_signup") in text_of(response)
    assert [query for query in asked if "FROM" in query["sql"]] == []


def test_front_page_sends_whoever_is_signed_in_to_today(signed_in: Client) -> None:
    assert signed_in.get("/")["Location"] == TODAY


def test_probe_asks_the_database_for_no_row(client: Client, db: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")
    assert [query for query in asked if "FROM" in query["sql"]] == []


@pytest.mark.parametrize("address", ["/", "/healthz", TODAY])
def test_page_that_only_shows_is_not_written_to(signed_in: Client, address: str) -> None:
    assert signed_in.post(address).status_code == 405


def test_today_without_a_persona_asks_for_one(signed_in: Client) -> None:
    html = text_of(signed_in.get(TODAY))

    assert "Say what you are looking for" in html
    assert reverse("personas:create") in html


def test_today_before_the_first_matching_says_so(signed_in: Client, persona: Persona) -> None:
    assert "being weighed" in text_of(signed_in.get(TODAY))


def test_today_without_a_fitting_job_leads_to_the_persona(signed_in: Client, persona: Persona) -> None:
    MatchStateFactory(persona=persona, matching_jobs=0)

    html = text_of(signed_in.get(TODAY))

    assert "No open job fits" in html
    assert reverse("personas:edit", args=[persona.pk]) in html


def test_today_shows_the_best_matches_and_how_many_there_are(signed_in: Client, persona: Persona) -> None:
    matched(persona, BEST_SHOWN + 2)
    MatchStateFactory(persona=persona, matching_jobs=1234)

    html = text_of(signed_in.get(TODAY))

    assert [f"Data Engineer {index}</a>" in html for index in range(BEST_SHOWN + 2)] == [
        True
    ] * BEST_SHOWN + [False] * 2
    assert "1,234" in html


def test_today_shows_matches_found_before_their_count(signed_in: Client, persona: Persona) -> None:
    """A match without a state: written by another program, or the state is just being renewed."""
    matched(persona, 1)

    assert signed_in.get(TODAY).status_code == 200


def test_today_names_what_would_make_the_figures_surer(signed_in: Client, persona: Persona) -> None:
    before = text_of(signed_in.get(TODAY))
    UserSkillFactory(user=persona.user)
    ResumeFactory(user=persona.user)

    after = text_of(signed_in.get(TODAY))

    assert "surer" in before
    assert "surer" not in after


def test_today_asks_as_often_for_five_as_for_one(signed_in: Client, persona: Persona) -> None:
    MatchStateFactory(persona=persona)
    matched(persona, 1)
    with CaptureQueriesContext(connection) as one:
        signed_in.get(TODAY)
    matched(persona, 4)

    with CaptureQueriesContext(connection) as five:
        signed_in.get(TODAY)

    assert len(five) == len(one)


def test_today_shows_nothing_of_somebody_else(signed_in: Client, charlie: User) -> None:
    theirs = PersonaFactory(user=charlie, name="Of Charlie", is_active=True)
    matched(theirs, 1)

    html = text_of(signed_in.get(TODAY))

    assert "Of Charlie" not in html
    assert "Data Engineer" not in html


def test_styleguide_is_drawn_from_samples_alone(signed_in: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        response = signed_in.get("/styleguide/")

    tables = {query["sql"].split('FROM "')[1].split('"')[0] for query in asked if 'FROM "' in query["sql"]}
    assert response.status_code == 200
    assert tables <= {"django_session", "users"}


def test_form_that_is_too_old_is_explained(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "x"})

    assert response.status_code == 403
    assert "too old to be trusted" in text_of(response)
