"""The API of weights: ready presets, names that are taken, and a ranking under weights that are only tried."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from matching import tuner
from matching.models import Match, TunerSettings
from matching.presets import READY
from personas.identity import acting_as
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from personas.tokens import issue_token
from tests.factories import MatchFactory, PersonaFactory, TunerSettingsFactory
from tests.matching.market import FITS, PAYS, open_jobs, wants_data_and_pay
from tests.relevnt.test_access import FACTORS, FAR_AWAY
from tests.roles import as_role

WHAT_IF = "/api/v1/matches/what-if/"
PRESETS = "/api/v1/tuner-settings/"
WORK = {f"{each}_weight": "0.00" for each in ("salary", "location", "remote", "industry")} | {
    "skill_weight": "1.00"
}
PAY = {**WORK, "skill_weight": "0.01", "salary_weight": "0.99"}


@pytest.fixture(autouse=True)
def no_jobs(db: None) -> None:
    """No job is open until a test opens some."""
    open_jobs()


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    """Alice's session."""
    api.force_login(alice)
    return api


@pytest.fixture
def persona(alice: User) -> Persona:
    return wants_data_and_pay(PersonaFactory(user=alice))


def ask(api: APIClient, persona: Persona, **given: Any) -> Any:
    answer = api.post(WHAT_IF, {"persona": str(persona.pk), **given})
    assert answer.status_code == 200, answer.content
    return answer.json()


def titles(page: Any) -> list[str]:
    return [row["job"]["title"] for row in page["results"]]


# --- presets ---------------------------------------------------------------------------------------------------------


def test_ready_presets_are_listed_with_their_weights(mine: APIClient) -> None:
    rows = mine.get(f"{PRESETS}ready/").json()

    assert [row["code"] for row in rows] == list(READY)
    assert rows[0] == {
        "code": "balanced",
        "name": "Balanced",
        "skill_weight": "0.30",
        "salary_weight": "0.25",
        "location_weight": "0.15",
        "remote_weight": "0.20",
        "industry_weight": "0.10",
    }


def test_name_that_is_taken_is_a_conflict(mine: APIClient, alice: User) -> None:
    TunerSettingsFactory(user=alice, name="Mine")
    other = TunerSettingsFactory(user=alice, name="Other")

    answers = [mine.post(PRESETS, {"name": "MINE"}), mine.patch(f"{PRESETS}{other.pk}/", {"name": "mine"})]

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [
        (409, ["name"])
    ] * 2


def test_one_preset_too_many_is_refused_with_a_sentence(
    mine: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuner, "MAX_PRESETS", 1)
    TunerSettingsFactory(user=alice)

    answer = mine.post(PRESETS, {"name": "Another"})

    assert answer.status_code == 400
    assert "Delete one first." in answer.json()["errors"]["name"][0]


# --- what if ---------------------------------------------------------------------------------------------------------


def test_tried_weights_rank_the_jobs_and_tell_how_far_each_moved(mine: APIClient, persona: Persona) -> None:
    open_jobs(FITS, PAYS)
    with acting_as(persona.user_id):
        TunerSettingsFactory(user=persona.user, is_default=True, **WORK)

    saved, tried = ask(mine, persona, weights=WORK), ask(mine, persona, weights=PAY)

    assert (titles(saved), titles(tried)) == ([FITS[0], PAYS[0]], [PAYS[0], FITS[0]])
    assert [row["moved"] for row in saved["results"]] == [0, 0]
    assert [(row["rank"], row["moved"]) for row in tried["results"]] == [(1, 1), (2, -1)]
    assert (tried["total"], tried["open_jobs"], tried["weights"]) == (2, 2, PAY)
    assert (tried["next"], tried["previous"]) == (None, None)


def test_row_shows_the_job_its_factors_and_its_match(mine: APIClient, persona: Persona) -> None:
    kept, _other = open_jobs(FITS, PAYS)
    match = MatchFactory(persona=persona, job=kept, match_factors=FACTORS)

    first, second = ask(mine, persona, weights=WORK)["results"]

    assert (first["match"], second["match"]) == (str(match.pk), None)
    assert first["job"]["id"] == str(kept.pk)
    assert first["factors"]["salary_score"] == 0
    assert second["factors"]["salary_score"] == 100
    assert first["factors"]["industry_score"] is None
    assert first["coverage"] == "1.0000"
    assert first["match_score"] == f"{first['factors']['skill_score']:.2f}"


@pytest.mark.parametrize("preset", ["pay_first", "own"])
def test_preset_is_tried_by_its_code_or_its_id(mine: APIClient, persona: Persona, preset: str) -> None:
    open_jobs(FITS, PAYS)
    own = TunerSettingsFactory(user=persona.user, **PAY)

    page = ask(mine, persona, preset=str(own.pk) if preset == "own" else preset)

    assert titles(page) == [PAYS[0], FITS[0]]
    assert page["weights"]["salary_weight"] == ("0.99" if preset == "own" else "0.50")


def test_all_zero_counts_as_the_usual_weights(mine: APIClient, persona: Persona) -> None:
    open_jobs(FITS)

    page = ask(mine, persona, weights=dict.fromkeys(WORK, 0))

    assert page["weights"]["skill_weight"] == "0.30"


def test_pages_lead_on_and_back(mine: APIClient, persona: Persona) -> None:
    open_jobs(*((FITS[0], 60_000 + number) for number in range(5)))

    first = ask(mine, persona, weights=WORK, page_size=2)
    second = ask(mine, persona, weights=WORK, page_size=2, cursor=first["next"])
    again = ask(mine, persona, weights=WORK, page_size=2, cursor=second["previous"])

    assert [row["rank"] for row in second["results"]] == [3, 4]
    assert again["results"] == first["results"]


@pytest.mark.parametrize("cursor", ["x", "a_", "c_20", "a_x", "b_\u00b2"])
def test_cursor_that_leads_nowhere_is_not_found(mine: APIClient, persona: Persona, cursor: str) -> None:
    open_jobs(FITS)

    answer = mine.post(WHAT_IF, {"persona": str(persona.pk), "weights": WORK, "cursor": cursor})

    assert answer.status_code == 404
    assert "Begin again" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"weights": WORK, "preset": "balanced"}, "non_field_errors"),
        ({}, "non_field_errors"),
        ({"weights": {**WORK, "skill_weight": 1.01}}, "weights.skill_weight"),
        ({"weights": {**WORK, "skill_weight": "0.001"}}, "weights.skill_weight"),
        ({"weights": {"skill_weight": 1}}, "weights.salary_weight"),
        ({"weights": []}, "weights.non_field_errors"),
        ({"weights": WORK, "page_size": 101}, "page_size"),
        ({"weights": WORK, "persona": "x"}, "persona"),
    ],
)
def test_what_cannot_be_tried_is_said(
    mine: APIClient, persona: Persona, given: dict[str, Any], field: str
) -> None:
    answer = mine.post(WHAT_IF, {"persona": str(persona.pk), **given})

    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_persona_and_preset_of_somebody_else_are_not_there(
    mine: APIClient, persona: Persona, charlie: User
) -> None:
    theirs, preset = PersonaFactory(user=charlie), TunerSettingsFactory(user=charlie)
    tries = [
        {"persona": str(theirs.pk), "weights": WORK},
        {"persona": str(uuid.UUID(int=1)), "weights": WORK},
        {"persona": str(persona.pk), "preset": str(preset.pk)},
        {"persona": str(persona.pk), "preset": "no such"},
    ]

    answers = [mine.post(WHAT_IF, each) for each in tries]

    assert [answer.status_code for answer in answers] == [404] * len(tries)
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_key_that_only_reads_may_ask_but_not_keep(api: APIClient, persona: Persona) -> None:
    open_jobs(FITS)
    with acting_as(persona.user_id):
        _, key = issue_token(user=persona.user, name="reader", scope="read", expires_at=FAR_AWAY)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    assert titles(ask(api, persona, weights=WORK)) == [FITS[0]]
    assert api.post(PRESETS, {"name": "Kept?"}).status_code == 403


def test_asking_saves_nothing(mine: APIClient, persona: Persona) -> None:
    open_jobs(FITS, PAYS)

    def kept() -> list[Any]:
        with as_role(WORKER_ROLE):
            return [list(model.objects.values()) for model in (TunerSettings, Match, Persona)]

    before = kept()
    ask(mine, persona, weights=PAY)

    assert kept() == before


def test_asking_costs_the_same_for_1_row_and_20(mine: APIClient, persona: Persona) -> None:
    open_jobs(FITS)
    ask(mine, persona, weights=PAY)
    with CaptureQueriesContext(connection) as for_one:
        one = ask(mine, persona, weights=PAY)
    open_jobs(*((FITS[0], 60_000 + number) for number in range(19)))
    ask(mine, persona, weights=PAY)
    with CaptureQueriesContext(connection) as for_twenty:
        twenty = ask(mine, persona, weights=PAY)

    assert (len(one["results"]), len(twenty["results"])) == (1, 20)
    assert len(for_one) == len(for_twenty)
