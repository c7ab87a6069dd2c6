"""The API of jobs, matches and weights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from matching import tuner
from matching.models import Match, TunerSettings
from personas.identity import acting_as
from personas.models import Persona, User
from tests.factories import (
    JobFactory,
    JobSourceFactory,
    MatchFactory,
    PersonaFactory,
    TunerSettingsFactory,
)

PROBLEM = "application/problem+json"


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    """Alice's session."""
    api.force_login(alice)
    return api


@pytest.fixture
def persona(alice: User) -> Persona:
    return PersonaFactory(user=alice)


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def walk(api: APIClient, address: str) -> list[str]:
    seen = []
    while address:
        page = api.get(address)
        seen += ids(page)
        address = page.json()["next"]
    return seen


def test_jobs_come_newest_first_and_undated_last(mine: APIClient) -> None:
    seen = datetime(2026, 1, 1, tzinfo=UTC)
    undated = [JobFactory(first_seen_at=seen + timedelta(days=n)) for n in range(3)]
    dated = [JobFactory(posted_at=seen + timedelta(days=n // 2), first_seen_at=seen) for n in range(5)]

    shown = walk(mine, "/api/v1/jobs/?page_size=2")

    assert len(shown) == len(set(shown)) == 8
    assert shown == ids(mine.get("/api/v1/jobs/"))
    assert shown[0] == str(dated[4].pk)
    assert shown[5:] == [str(job.pk) for job in reversed(undated)]


def test_jobs_page_back_over_the_undated(mine: APIClient) -> None:
    seen = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(3):
        JobFactory(first_seen_at=seen + timedelta(days=n))
        JobFactory(posted_at=seen + timedelta(days=n))

    pages, address = [], "/api/v1/jobs/?page_size=2"
    while address:
        page = mine.get(address).json()
        pages.append(page["results"])
        address, last = page["next"], page
    back = mine.get(last["previous"]).json()

    assert [job["id"] for job in back["results"]] == [job["id"] for job in pages[1]]
    assert mine.get(back["previous"]).json()["results"] == pages[0]


def test_jobs_are_filtered(mine: APIClient) -> None:
    source = JobSourceFactory()
    posted = datetime(2026, 2, 1, tzinfo=UTC)
    job = JobFactory(source=source, workplace="remote", posted_at=posted)
    closed = JobFactory(closed_at=posted, posted_at=posted - timedelta(days=9))

    assert ids(mine.get("/api/v1/jobs/", {"source": source.pk})) == [str(job.pk)]
    assert ids(mine.get("/api/v1/jobs/", {"workplace": "remote"})) == [str(job.pk)]
    assert ids(mine.get("/api/v1/jobs/", {"posted_after": "2026-01-31T12:00:00Z"})) == [str(job.pk)]
    assert ids(mine.get("/api/v1/jobs/", {"posted_after": "2026-01-31"})) == [str(job.pk)]
    assert ids(mine.get("/api/v1/jobs/", {"open": "true"})) == [str(job.pk)]
    assert ids(mine.get("/api/v1/jobs/", {"open": "false"})) == [str(closed.pk)]
    assert len(ids(mine.get("/api/v1/jobs/"))) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source", "7"),
        ("source", "a\0b"),
        ("workplace", "moon"),
        ("workplace", "\0"),
        ("posted_after", "soon"),
        ("posted_after", "2026-13-01"),
        ("posted_after", "9" * 5000),
        ("open", "maybe"),
    ],
)
def test_bad_filter_is_told_which(mine: APIClient, name: str, value: str) -> None:
    answer = mine.get("/api/v1/jobs/", {name: value})

    assert (answer.status_code, set(answer.json()["errors"])) == (400, {name})
    assert answer.headers["Content-Type"] == PROBLEM


def test_job_shows_its_description_and_is_read_only(mine: APIClient) -> None:
    job = JobFactory(description_text="Mend pipes.", description_html="<p>Mend pipes.</p>")
    address = f"/api/v1/jobs/{job.pk}/"

    shown = mine.get(address).json()

    assert (shown["description_text"], shown["description_html"]) == ("Mend pipes.", "<p>Mend pipes.</p>")
    assert not {"raw", "payload_hash", "canonical_key"} & set(shown)
    assert [getattr(mine, method)(address, {}).status_code for method in ("put", "patch", "delete")] == [
        405
    ] * 3
    assert mine.get(f"/api/v1/jobs/{uuid4()}/").status_code == 404


def test_matches_come_as_the_feed_has_them(mine: APIClient, persona: Persona) -> None:
    little = MatchFactory(persona=persona, match_score="99.00", coverage="0.4000")
    rows = [
        MatchFactory(persona=persona, match_score=f"{score}.00", coverage="0.9") for score in (50, 90, 70, 70)
    ]

    shown = walk(mine, "/api/v1/matches/?page_size=2")

    assert shown[0] == str(rows[1].pk)
    assert set(shown[1:3]) == {str(rows[2].pk), str(rows[3].pk)}
    assert shown[3:] == [str(rows[0].pk), str(little.pk)]


def test_matches_page_back(mine: APIClient, persona: Persona) -> None:
    for score in range(5):
        MatchFactory(persona=persona, match_score=f"{score}.00")

    first = mine.get("/api/v1/matches/?page_size=2").json()
    second = mine.get(first["next"]).json()
    back = mine.get(second["previous"]).json()

    assert back["results"] == first["results"]
    assert back["previous"] is None


@pytest.mark.parametrize(
    "cursor",
    ["x", "a_", "a_0_1e999_" + "0" * 36, "a_0_NaN_" + "0" * 36, "b_2_50.00_" + "0" * 36, "c", "\0", "a_0_50.00_" + "-" * 36, "a_0_50.00_" + "a" * 36, "²"],
)  # fmt: skip
def test_invalid_match_cursor_is_not_found(mine: APIClient, persona: Persona, cursor: str) -> None:
    answer = mine.get("/api/v1/matches/", {"cursor": cursor})

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == PROBLEM


def test_matches_are_those_that_are_alive_or_dismissed(mine: APIClient, persona: Persona) -> None:
    live = MatchFactory(persona=persona)
    gone = MatchFactory(persona=persona, is_dismissed=True, dismissed_at=timezone.now())
    MatchFactory(persona=persona, expires_at=timezone.now() - timedelta(hours=1))
    MatchFactory(persona=persona, job=JobFactory(closed_at=timezone.now()))
    other = MatchFactory(persona=PersonaFactory(user=persona.user))

    assert set(ids(mine.get("/api/v1/matches/"))) == {str(live.pk), str(other.pk)}
    assert ids(mine.get("/api/v1/matches/", {"persona": persona.pk})) == [str(live.pk)]
    assert ids(mine.get("/api/v1/matches/", {"persona": persona.pk, "dismissed": "true"})) == [str(gone.pk)]
    assert ids(mine.get("/api/v1/matches/", {"persona": persona.pk, "dismissed": "false"})) == [str(live.pk)]
    assert mine.get("/api/v1/matches/", {"dismissed": "perhaps"}).status_code == 400


def test_matches_of_an_unknown_persona_are_not_found(
    mine: APIClient, persona: Persona, charlie: User
) -> None:
    answers = [
        mine.get("/api/v1/matches/", {"persona": pk}) for pk in (uuid4(), PersonaFactory(user=charlie).pk)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert mine.get("/api/v1/matches/", {"persona": "7"}).status_code == 400


def test_match_is_dismissed_and_restored_once_and_twice(mine: APIClient, persona: Persona) -> None:
    address = f"/api/v1/matches/{MatchFactory(persona=persona).pk}/"

    dismissed = [mine.post(f"{address}dismiss/") for _ in range(2)]
    restored = [mine.post(f"{address}restore/") for _ in range(2)]

    assert [answer.json()["is_dismissed"] for answer in dismissed] == [True, True]
    assert dismissed[0].json()["dismissed_at"] == dismissed[1].json()["dismissed_at"]
    assert [(row.json()["is_dismissed"], row.json()["dismissed_at"]) for row in restored] == [
        (False, None)
    ] * 2


def test_match_shows_its_factors_and_reasons(mine: APIClient, persona: Persona) -> None:
    match = MatchFactory(
        persona=persona,
        match_score="80.50",
        match_factors={
            "skill_score": 80,
            "salary_score": None,
            "location_score": 100,
            "remote_score": None,
            "industry_score": None,
            "asked": ["skill", "location"],
            "weights": {"skill": 30},
        },
    )

    shown = mine.get(f"/api/v1/matches/{match.pk}/").json()

    assert shown["match_score"] == "80.50"
    assert shown["factors"]["skill_score"] == 80
    assert shown["factors"]["salary_score"] is None
    assert shown["explanation"]["reasons"]
    assert shown["job"]["title"] == match.job.title


def test_strangers_matches_and_presets_are_not_there(api: APIClient, persona: Persona, charlie: User) -> None:
    match, preset = MatchFactory(persona=persona), TunerSettingsFactory(user=persona.user)
    api.force_login(charlie)
    tries = [
        ("get", f"/api/v1/matches/{match.pk}/"),
        ("post", f"/api/v1/matches/{match.pk}/dismiss/"),
        ("post", f"/api/v1/matches/{match.pk}/restore/"),
        ("get", f"/api/v1/tuner-settings/{preset.pk}/"),
        ("patch", f"/api/v1/tuner-settings/{preset.pk}/"),
        ("delete", f"/api/v1/tuner-settings/{preset.pk}/"),
    ]

    answers = [getattr(api, method)(address) for method, address in tries]

    assert [answer.status_code for answer in answers] == [404] * len(tries)
    assert ids(api.get("/api/v1/matches/")) == ids(api.get("/api/v1/tuner-settings/")) == []
    with acting_as(persona.user_id):
        assert Match.objects.get().is_dismissed is False


def test_preset_is_kept_changed_and_deleted(mine: APIClient, alice: User) -> None:
    made = mine.post("/api/v1/tuner-settings/", {"name": "Pay", "salary_weight": 0.5, "is_default": True})
    address = made.headers["Location"]
    second = mine.post("/api/v1/tuner-settings/", {"name": "Place", "is_default": True})
    changed = mine.patch(address, {"skill_weight": "1.00"})
    deleted = mine.delete(second.headers["Location"])

    assert (made.status_code, made.json()["salary_weight"], made.json()["skill_weight"]) == (
        201,
        "0.50",
        "0.30",
    )
    assert second.json()["is_default"] is True
    assert (changed.json()["skill_weight"], changed.json()["is_default"]) == ("1.00", False)
    assert deleted.status_code == 204
    with acting_as(alice.pk):
        assert TunerSettings.objects.get().skill_weight == Decimal("1.00")


@pytest.mark.parametrize(
    "weight",
    [1.5, -0.1, "1.01", "0.123", pytest.param(10**400, id="huge"), "x", None, [], {}, True, "NaN", 2, ""],
)
@pytest.mark.parametrize("field", ["skill_weight", "industry_weight"])
def test_weight_is_0_to_1(mine: APIClient, alice: User, field: str, weight: Any) -> None:
    preset = TunerSettingsFactory(user=alice)
    address = f"/api/v1/tuner-settings/{preset.pk}/"
    before = mine.get(address).json()

    answers = [
        mine.patch(address, {field: weight, "name": "changed?"}),
        mine.post("/api/v1/tuner-settings/", {field: weight, "name": "made?"}),
    ]

    for answer in answers:
        assert (answer.status_code, set(answer.json()["errors"])) == (400, {field})
    assert mine.get(address).json() == before
    assert ids(mine.get("/api/v1/tuner-settings/")) == [str(preset.pk)]


def test_fields_that_are_read_only_are_never_written(
    mine: APIClient, persona: Persona, charlie: User
) -> None:
    address = f"/api/v1/tuner-settings/{TunerSettingsFactory(user=persona.user).pk}/"
    before = mine.get(address).json()

    for field in ("id", "user", "user_id", "created_at", "updated_at"):
        answer = mine.patch(address, {field: str(charlie.pk)})

        assert answer.status_code == 200, field
        assert mine.get(address).json() == before, field


MAKERS = {
    "jobs": lambda persona: JobFactory(),
    "matches": lambda persona: MatchFactory(persona=persona),
    "tuner-settings": lambda persona: TunerSettingsFactory(user=persona.user),
}


@pytest.mark.parametrize("name", MAKERS)
def test_list_costs_the_same_for_1_row_and_20(mine: APIClient, persona: Persona, name: str) -> None:
    MAKERS[name](persona)
    with CaptureQueriesContext(connection) as for_one:
        one = mine.get(f"/api/v1/{name}/")
    for _ in range(19):
        MAKERS[name](persona)
    with CaptureQueriesContext(connection) as for_twenty:
        twenty = mine.get(f"/api/v1/{name}/")

    assert (len(ids(one)), len(ids(twenty))) == (1, 20)
    assert len(for_one) == len(for_twenty)
    assert len(for_twenty) <= 7


def test_preset_deleted_meanwhile_is_not_there(
    mine: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = TunerSettingsFactory(user=alice)
    edit = tuner.edit_preset

    def delete_first(*, preset: TunerSettings, values: dict[str, Any]) -> TunerSettings:
        tuner.delete_preset(preset=preset)
        return edit(preset=preset, values=values)

    monkeypatch.setattr(tuner, "edit_preset", delete_first)

    assert mine.patch(f"/api/v1/tuner-settings/{preset.pk}/", {"name": "x"}).status_code == 404
