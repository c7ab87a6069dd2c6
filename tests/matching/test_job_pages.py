"""One job for one persona: scored now where nothing is stored, what would raise it, values, changes, two personas."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from rest_framework.test import APIClient

from matching.market import read_market
from matching.models import Job, Match
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.factories import (
    JobFactory,
    JobSourceFactory,
    MatchFactory,
    MatchStateFactory,
    PersonaFactory,
    UserSkillFactory,
)
from tests.matching.test_refresh import jobs_came_in
from tests.relevnt.test_access import FACTORS
from tests.roles import as_role

LIST = "/matches/"
CHANGES = {
    "score": [72.8, 80.0],
    "because": ["weights"],
    "weights": {"salary": [25, 60]},
    "factors": {},
    "skills_met": [],
    "skills_missing": [],
}


@pytest.fixture
def persona(alice: User) -> Persona:
    persona = PersonaFactory(user=alice, name="Data engineer", is_active=True)
    return wanting(persona, job_title_keywords=["Data Engineer"], currency="EUR")


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def wanting(persona: Persona, **wishes: Any) -> Persona:
    with acting_as(persona.user_id):
        PersonaPreferences.objects.filter(persona=persona).update(**wishes)
        persona.refresh_from_db()
    return persona


def open_job(**values: Any) -> Job:
    job = JobFactory(**{"title": "Data Engineer", "workplace": "remote", **values})
    jobs_came_in()
    with as_role(WORKER_ROLE):
        read_market()
    return job


def page_of(signed_in: Client, address: str) -> str:
    response = signed_in.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def job_page(signed_in: Client, persona: Persona, job: Job) -> str:
    return page_of(signed_in, f"/personas/{persona.pk}/jobs/{job.pk}/")


# --- a job of which no match is stored ---------------------------------------------------------------------------------


def test_job_without_a_match_is_scored_now_and_says_so(signed_in: Client, persona: Persona) -> None:
    html = job_page(signed_in, persona, open_job(description_text="We move data."))

    assert "How it fits Data engineer" in html
    assert "We move data." in html
    assert "not among the matches that are kept for this persona; it was weighed just now" in html
    assert "Not for me</button>" not in html
    with acting_as(persona.user_id):
        assert not Match.objects.exists()


def test_job_beyond_the_best_that_are_kept_says_how_many_are(
    signed_in: Client, persona: Persona, settings: Any
) -> None:
    settings.MATCHES_PER_PERSONA = 1000
    MatchStateFactory(persona=persona, matching_jobs=12_345)

    assert "not among the best 1,000 that are kept" in job_page(signed_in, persona, open_job())


def test_job_with_a_match_leads_to_it(signed_in: Client, persona: Persona) -> None:
    match = MatchFactory(persona=persona, job=open_job(), match_factors=FACTORS)

    response = signed_in.get(f"/personas/{persona.pk}/jobs/{match.job_id}/")

    assert response["Location"] == f"{LIST}{match.pk}/"


@pytest.mark.parametrize(
    ("wishes", "job", "says"),
    [
        ({"excluded_companies": ["ACME, Inc."]}, {"company": "Acme"}, "Acme is among the companies that this persona leaves out."),
        ({}, {"title": "Pastry Cook"}, "below 25 nothing is called a match"),
        ({}, {"title": "zzqx"}, "It states neither skills nor a title we can place."),
        ({"job_title_keywords": []}, {}, "names no job title, no skill and no industry"),
        ({"job_title_keywords": [], "industries": ["health"]}, {}, "Nothing that this persona asks for is stated."),
    ],
)  # fmt: skip
def test_job_that_is_no_match_says_why(
    signed_in: Client, persona: Persona, wishes: dict[str, Any], job: dict[str, Any], says: str
) -> None:
    wanting(persona, **wishes)

    html = job_page(signed_in, persona, open_job(**job))

    assert "It is no match." in html
    assert says in html


@pytest.mark.parametrize("end", ["", "compare/"])
def test_job_of_nobody_or_for_somebody_elses_persona_is_not_found(
    signed_in: Client, persona: Persona, charlie: User, end: str
) -> None:
    job, theirs = open_job(), PersonaFactory(user=charlie)

    for who, what in ((theirs.pk, job.pk), (persona.pk, uuid.uuid4())):
        assert signed_in.get(f"/personas/{who}/jobs/{what}/{end}").status_code == 404


# --- what would raise it ---------------------------------------------------------------------------------------------


def test_what_would_raise_a_score_is_told_with_its_places(signed_in: Client, persona: Persona) -> None:
    UserSkillFactory(user=persona.user, skill_name="Python", proficiency_level="advanced")
    source = JobSourceFactory()
    job = open_job(source=source, required_skills=["Python", "Terraform"])
    open_job(source=source, required_skills=["Python"])
    match = MatchFactory(persona=persona, job=job, match_factors=FACTORS)

    html = page_of(signed_in, f"{LIST}{match.pk}/")

    assert "with Terraform (intermediate)" in html
    assert 'href="/skills/?name=Terraform&amp;level=intermediate"' in html
    assert "from place 2 to 1" in html


@pytest.mark.parametrize(
    ("wishes", "job", "says", "leads"),
    [
        (
            {"remote_preference": "remote"},
            {"workplace": "onsite"},
            "if the workplace you want is on site",
            "?remote_preference=onsite#id_remote_preference",
        ),
        (
            {"min_salary": 8_000, "salary_period": "month"},
            {"pay_annual_minimum": 72_000, "pay_currency": "EUR", "pay_minimum": 7_200_000, "pay_period": "year"},
            "if your lowest pay is EUR 72,000 a year",
            "?min_salary=6000#id_min_salary",
        ),
        (
            {"locations": ["Hamburg"]},
            {"workplace": "onsite", "places": [{"city": "Berlin", "region": "", "country": "DE", "latitude": 52.5, "longitude": 13.4}]},
            "if Berlin, Germany is among your places",
            "?locations=Berlin%2C+Germany#id_locations",
        ),
    ],
)  # fmt: skip
def test_change_of_the_persona_leads_to_its_form(
    signed_in: Client, persona: Persona, wishes: dict[str, Any], job: dict[str, Any], says: str, leads: str
) -> None:
    wanting(persona, **wishes)

    html = job_page(signed_in, persona, open_job(**job))

    assert says in html
    assert f'href="/personas/{persona.pk}/{leads}"' in html


def test_nothing_is_told_where_nothing_helps(signed_in: Client, persona: Persona) -> None:
    assert "What would raise it" not in job_page(signed_in, persona, open_job())


def test_closed_job_is_told_nothing_that_would_raise_it(signed_in: Client, persona: Persona) -> None:
    wanting(persona, remote_preference="remote")
    job = open_job(workplace="onsite", closed_at=timezone.now())

    html = job_page(signed_in, persona, job)

    assert "This job has closed." in html
    assert "What would raise it" not in html


# --- values, changes, pay --------------------------------------------------------------------------------------------


def test_values_are_shown_apart_with_the_sentence_of_each(signed_in: Client, persona: Persona) -> None:
    wanting(persona, mission_values=["open source", "privacy", "bees"])
    job = open_job(description_text="All we do is open source. Privacy comes first.")

    html = job_page(signed_in, persona, job)

    assert "It speaks of 2 of your 3 values." in html
    assert "“All we do is open source.”" in html
    assert '<dt>bees</dt><dd class="muted">nothing said</dd>' in html
    assert "no part of the score" in html


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["privacy"], "It speaks of your one value."),
        (["bees"], "It does not speak of your one value."),
        (["bees", "ants"], "It speaks of none of your 2 values."),
    ],
)
def test_values_are_counted_in_words(
    signed_in: Client, persona: Persona, values: list[str], told: str
) -> None:
    wanting(persona, mission_values=values)

    assert told in job_page(signed_in, persona, open_job(description_text="Privacy comes first."))


@pytest.mark.parametrize(("values", "text"), [([], "We move data."), (["privacy"], "")])
def test_values_without_any_or_without_a_text_are_not_shown(
    signed_in: Client, persona: Persona, values: list[str], text: str
) -> None:
    wanting(persona, mission_values=values)

    assert "Your values" not in job_page(signed_in, persona, open_job(description_text=text))


def test_change_is_told_on_the_page_and_marked_in_the_list(signed_in: Client, persona: Persona) -> None:
    match = MatchFactory(
        persona=persona, job=open_job(), match_factors=FACTORS, changes=CHANGES, changed_at=timezone.now()
    )

    page, feed = page_of(signed_in, f"{LIST}{match.pk}/"), page_of(signed_in, LIST)

    assert "Up 7.2 since the last refresh: you weigh pay more." in page
    assert "▲ 7" in feed


@pytest.mark.parametrize(
    ("days", "score", "mark"), [(6, [80, 70.4], "▼ 10"), (8, [70, 80], ""), (1, [70, 70.3], "")]
)
def test_mark_is_of_the_last_seven_days_and_of_whole_points(
    signed_in: Client, persona: Persona, days: int, score: list[float], mark: str
) -> None:
    changed_at = timezone.now() - timedelta(days=days)
    changes = {**CHANGES, "score": score}
    MatchFactory(
        persona=persona, job=open_job(), match_factors=FACTORS, changes=changes, changed_at=changed_at
    )

    html = page_of(signed_in, LIST)

    assert (mark in html) if mark else ("▲" not in html and "▼" not in html)


def test_row_and_page_show_pay_in_the_currency_of_the_persona(signed_in: Client, persona: Persona) -> None:
    job = open_job(
        pay_minimum=5_000,
        pay_currency="USD",
        pay_period="hour",
        pay_annual_minimum=104_000,
        pay_assumption="hours_2080",
    )
    match = MatchFactory(persona=persona, job=job, match_factors=FACTORS)

    for html in (page_of(signed_in, LIST), page_of(signed_in, f"{LIST}{match.pk}/"), page_of(signed_in, "/today/")):  # fmt: skip
        assert "from USD 50 an hour" in html
        assert "about from EUR 96," in html
        assert "with 40 hours a week, at the rates of 2024" in html


# --- two personas ------------------------------------------------------------------------------------------------------


def test_match_offers_a_comparison_only_where_there_are_two_personas(
    signed_in: Client, persona: Persona
) -> None:
    job = open_job()
    alone = job_page(signed_in, persona, job)
    PersonaFactory(user=persona.user)

    both = job_page(signed_in, persona, job)

    assert "Compare two personas" not in alone
    assert f"/personas/{persona.pk}/jobs/{job.pk}/compare/" in both


def test_two_personas_stand_side_by_side_with_what_makes_the_difference(
    signed_in: Client, persona: Persona
) -> None:
    wanting(persona, remote_preference="remote")
    other = PersonaFactory(user=persona.user, name="On site <again>")
    wanting(other, job_title_keywords=["Data Engineer"], remote_preference="onsite")
    job = open_job()

    html = page_of(signed_in, f"/personas/{persona.pk}/jobs/{job.pk}/compare/")

    assert f"“Data engineer” fits better than “{escape(other.name)}”" in html
    assert "Workplace adds 40 to its score and 8 to the other." in html
    assert html.count("table--factors") == 2
    assert html.count('data-kind="filled"') == 0


def test_persona_that_the_job_does_not_match_says_why(signed_in: Client, persona: Persona) -> None:
    other = wanting(
        PersonaFactory(user=persona.user, name="Cook"),
        job_title_keywords=["Data Engineer"],
        excluded_companies=["Acme"],
    )
    job = open_job(company="Acme")

    html = page_of(signed_in, f"/personas/{persona.pk}/jobs/{job.pk}/compare/?with={other.pk}")

    assert "It matches only “Data engineer”." in html
    assert "Acme is among the companies that this persona leaves out." in html


def test_comparison_of_one_persona_says_what_to_do(signed_in: Client, persona: Persona) -> None:
    html = page_of(signed_in, f"/personas/{persona.pk}/jobs/{open_job().pk}/compare/")

    assert "There is only one persona" in html


def test_comparison_chooses_among_several(signed_in: Client, persona: Persona) -> None:
    others = [PersonaFactory(user=persona.user, name=name) for name in ("B", "C")]
    address = f"/personas/{persona.pk}/jobs/{open_job().pk}/compare/"

    html = page_of(signed_in, f"{address}?with={others[1].pk}")

    assert f'href="?with={others[1].pk}" aria-current="page"' in html
    assert f'href="?with={others[0].pk}">B' in html


@pytest.mark.parametrize("wanted", ["x", str(uuid.UUID(int=1))])
def test_comparison_with_what_is_not_there_is_not_found(
    signed_in: Client, persona: Persona, charlie: User, wanted: str
) -> None:
    PersonaFactory(user=persona.user)
    theirs = PersonaFactory(user=charlie)
    address = f"/personas/{persona.pk}/jobs/{open_job().pk}/compare/"

    assert [signed_in.get(address, {"with": each}).status_code for each in (wanted, theirs.pk)] == [404, 404]


# --- the API ---------------------------------------------------------------------------------------------------------

SCORES = "/api/v1/matches/scores/"


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    api.force_login(alice)
    return api


def test_api_weighs_one_job_for_some_personas(mine: APIClient, persona: Persona) -> None:
    wanting(persona, remote_preference="hybrid", mission_values=["privacy"])
    cook = wanting(PersonaFactory(user=persona.user), job_title_keywords=["Pastry Cook"])
    job = open_job(description_text="Privacy comes first.")

    answer = mine.get(SCORES, {"job": job.pk, "persona": [cook.pk, persona.pk]}).json()

    no_match, match = answer["scores"]
    assert (no_match["persona"], no_match["match_score"], no_match["what_ifs"]) == (str(cook.pk), None, [])
    assert "nothing is called a match" in no_match["mismatch"]
    assert no_match["explanation"] == {"reasons": [], "gaps": [], "unknowns": []}
    assert (match["mismatch"], match["factors"]["remote_score"]) == ("", 80)
    assert match["explanation"]["reasons"]
    assert match["what_ifs"][0] == {
        "kind": "workplace",
        "subject": "remote",
        "detail": "",
        "points": "8.00",
        "rank_now": 1,
        "rank_then": 1,
    }
    assert match["values"] == {
        "percent": "100.00",
        "spoken": [{"value": "privacy", "sentence": "Privacy comes first."}],
        "silent": [],
    }


@pytest.mark.parametrize("missing", ["job", "persona"])
def test_api_asks_for_a_job_and_a_persona(mine: APIClient, persona: Persona, missing: str) -> None:
    query = {"job": uuid.uuid4(), "persona": persona.pk}
    del query[missing]

    answer = mine.get(SCORES, query)

    assert (answer.status_code, set(answer.json()["errors"])) == (400, {missing})


def test_api_weighs_nothing_for_somebody_elses_persona(
    mine: APIClient, persona: Persona, charlie: User
) -> None:
    job, theirs = open_job(), PersonaFactory(user=charlie)

    for query in ({"job": job.pk, "persona": [persona.pk, theirs.pk]}, {"job": uuid.uuid4(), "persona": persona.pk}):  # fmt: skip
        assert mine.get(SCORES, query).status_code == 404
