"""Why a match is not for somebody: asked, never needed; what follows is proposed, never made."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from matching.models import DismissalReason, Match
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from tests.factories import JobFactory, JobSourceFactory, MatchFactory, PersonaFactory
from tests.relevnt.test_access import FACTORS

LIST = "/matches/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def persona(alice: User) -> Persona:
    return wanting(PersonaFactory(user=alice, name="Data engineer", is_active=True), currency="EUR")


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def wanting(persona: Persona, **wishes: Any) -> Persona:
    with acting_as(persona.user_id):
        PersonaPreferences.objects.filter(persona=persona).update(**wishes)
        persona.refresh_from_db()
    return persona


def match_of(persona: Persona, **job: Any) -> Match:
    return MatchFactory(
        persona=persona, job=JobFactory(**{"title": "Data Engineer", "company": "Acme", **job}), match_factors=FACTORS
    )  # fmt: skip


def stored(match: Match) -> Match:
    with acting_as(match.user_id):
        return Match.objects.get(pk=match.pk)


def said(signed_in: Client, match: Match, because: str) -> str:
    response = signed_in.post(f"{LIST}{match.pk}/dismiss/", {"because": because}, headers=HTMX)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def proposed(html: str) -> str:
    found = re.search(r"You said: [^<]* <a href=\"([^\"]+)\"", html)
    return found[1].replace("&amp;", "&") if found else ""


def test_row_that_is_set_aside_asks_why_at_once(signed_in: Client, persona: Persona) -> None:
    match = match_of(persona)

    html = signed_in.post(f"{LIST}{match.pk}/dismiss/", headers=HTMX).content.decode()

    assert "<details open>" in html
    assert [f'value="{code}"' in html for code in DismissalReason.values] == [True] * 9
    assert stored(match).is_dismissed
    assert stored(match).dismissed_because == ""


@pytest.mark.parametrize("because", DismissalReason.values)
def test_every_reason_is_kept_and_shown(signed_in: Client, persona: Persona, because: str) -> None:
    match = match_of(persona, seniority="senior")

    html = said(signed_in, match, because)

    assert stored(match).dismissed_because == because
    assert f"You said: {DismissalReason(because).label}." in html
    assert f"Noted: {DismissalReason(because).label}." in html
    assert "<details open>" not in html
    assert bool(proposed(html)) is (because != "other")


def test_reason_that_is_none_is_not_found_and_changes_nothing(signed_in: Client, persona: Persona) -> None:
    match = match_of(persona)

    response = signed_in.post(f"{LIST}{match.pk}/dismiss/", {"because": "mood"})

    assert response.status_code == 404
    assert not stored(match).is_dismissed


def test_without_scripts_the_list_asks_why_once(signed_in: Client, persona: Persona) -> None:
    match = match_of(persona)
    signed_in.post(f"{LIST}{match.pk}/dismiss/", headers={"Referer": f"http://testserver{LIST}"})

    asked, again = (signed_in.get(LIST).content.decode() for _ in range(2))

    assert "Just set aside" in asked
    assert 'value="pay"' in asked
    assert f"{LIST}{match.pk}/restore/" in asked
    assert "Just set aside" not in again


def test_without_scripts_the_answer_is_followed_by_its_proposal(signed_in: Client, persona: Persona) -> None:
    match = match_of(persona)
    signed_in.post(f"{LIST}{match.pk}/dismiss/", {"because": "company"})

    html = signed_in.get(LIST).content.decode()

    assert "You said: not this employer." in html
    assert "Leave out all jobs of Acme?" in html


def test_page_of_a_dismissed_match_asks_itself(signed_in: Client, persona: Persona) -> None:
    match = match_of(persona)
    signed_in.post(f"{LIST}{match.pk}/dismiss/", headers={"Referer": f"http://testserver{LIST}{match.pk}/"})

    page, feed = (signed_in.get(address).content.decode() for address in (f"{LIST}{match.pk}/", LIST))

    assert 'value="pay"' in page
    assert "Put back" in page
    assert "Just set aside" not in feed


def test_restoring_forgets_the_reason(signed_in: Client, persona: Persona) -> None:
    match = match_of(persona)
    said(signed_in, match, "pay")

    signed_in.post(f"{LIST}{match.pk}/restore/")

    assert (stored(match).is_dismissed, stored(match).dismissed_because) == (False, "")


def test_answer_changes_nothing_of_the_persona(signed_in: Client, persona: Persona) -> None:
    match = match_of(persona)
    with acting_as(persona.user_id):
        before = PersonaPreferences.objects.filter(persona=persona).values().get()

    for because in DismissalReason.values:
        said(signed_in, match, because)

    with acting_as(persona.user_id):
        assert PersonaPreferences.objects.filter(persona=persona).values().get() == before


# --- what is proposed ------------------------------------------------------------------------------------------------

PAID = {"pay_annual_minimum": 60_000, "pay_annual_maximum": 70_200, "pay_currency": "EUR", "pay_period": "year", "pay_minimum": 6_000_000, "pay_maximum": 7_020_000, "pay_assumption": "as_stated"}  # fmt: skip


@pytest.mark.parametrize(
    ("wishes", "query"),
    [
        ({}, {"min_salary": ["66000"]}),
        ({"min_salary": 50_000}, {"min_salary": ["66000"]}),
        ({"min_salary": 5_000, "salary_period": "month"}, {"min_salary": ["5500"]}),
        ({"currency": "XAF"}, {}),
    ],
)
def test_too_little_pay_proposes_a_minimum_above_it(
    signed_in: Client, persona: Persona, wishes: dict[str, Any], query: dict[str, Any]
) -> None:
    wanting(persona, **wishes)

    address = urlsplit(proposed(said(signed_in, match_of(persona, **PAID), "pay")))

    assert address.path == f"/personas/{persona.pk}/"
    assert address.fragment == "id_min_salary"
    assert parse_qs(address.query) == query


def test_too_little_pay_below_the_minimum_proposes_other_weights(signed_in: Client, persona: Persona) -> None:
    wanting(persona, min_salary=90_000)

    address = proposed(said(signed_in, match_of(persona, **PAID), "pay"))

    assert address == f"/tuner/?persona={persona.pk}"
    assert signed_in.get(address).status_code == 200


def test_employer_is_proposed_to_be_left_out(signed_in: Client, persona: Persona) -> None:
    address = urlsplit(proposed(said(signed_in, match_of(persona, company="Häuser & Söhne <AG>"), "company")))

    assert parse_qs(address.query) == {"excluded_companies": ["Häuser & Söhne <AG>"]}


def test_employer_that_is_not_named_cannot_be_left_out(signed_in: Client, persona: Persona) -> None:
    assert proposed(said(signed_in, match_of(persona, company=""), "company")) == ""


def test_other_levels_are_proposed_as_a_filter(signed_in: Client, persona: Persona) -> None:
    address = urlsplit(proposed(said(signed_in, match_of(persona, seniority="senior"), "seniority")))

    assert address.path == LIST
    assert "senior" not in parse_qs(address.query)["seniority"]
    assert len(parse_qs(address.query)["seniority"]) == 7
    assert signed_in.get(LIST + "?" + address.query).status_code == 200


def test_list_of_the_dismissed_asks_as_often_for_twenty_as_for_one(
    signed_in: Client, persona: Persona
) -> None:
    source = JobSourceFactory()

    def set_aside(number: int) -> None:
        for _ in range(number):
            job = JobFactory(source=source, **PAID)
            MatchFactory(
                persona=persona, job=job, match_factors=FACTORS, is_dismissed=True, dismissed_because="pay"
            )

    set_aside(1)
    with CaptureQueriesContext(connection) as one:
        signed_in.get(LIST, {"show": "dismissed"})
    set_aside(19)

    with CaptureQueriesContext(connection) as twenty:
        html = signed_in.get(LIST, {"show": "dismissed"}).content.decode()

    assert html.count("Raise your lowest pay") == 20
    assert len(twenty) == len(one)


# --- the API ---------------------------------------------------------------------------------------------------------


def test_api_takes_a_reason(api: APIClient, persona: Persona) -> None:
    api.force_login(persona.user)
    match = match_of(persona)

    wrong = api.post(f"/api/v1/matches/{match.pk}/dismiss/", {"because": "mood"})
    right = api.post(f"/api/v1/matches/{match.pk}/dismiss/", {"because": "pay"})

    assert (wrong.status_code, set(wrong.json()["errors"])) == (400, {"because"})
    assert right.json()["dismissed_because"] == "pay"
