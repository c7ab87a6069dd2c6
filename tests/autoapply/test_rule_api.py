"""The API of standing rules: made disabled, switched at addresses of their own, tried without a trace; limits and pause."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from autoapply import rules
from autoapply.models import Application, Decision, Rule, Standing
from autoapply.policy import GATES
from personas.idempotency import HEADER, REPLAYED
from personas.identity import acting_as
from personas.models import Persona, User
from personas.tokens import issue_token
from tests.autoapply.machine import make_applicant, queue
from tests.autoapply.openings import make_persona, make_rule
from tests.factories import PersonaFactory, RuleFactory, UserFactory
from tests.matching.market import FITS, PAYS, open_jobs, wants_data_and_pay

RULES = "/api/v1/auto-apply/rules/"
LIMITS = "/api/v1/auto-apply/limits/"
PAUSE = "/api/v1/auto-apply/pause/"


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    """Alice's session."""
    api.force_login(alice)
    return api


@pytest.fixture
def persona(alice: User) -> Persona:
    """Alice's persona with a résumé."""
    return make_persona(alice)


def stored(rule_id: Any, user: User) -> Rule:
    with acting_as(user.pk):
        return Rule.objects.get(pk=rule_id)


# --- rules -----------------------------------------------------------------------------------------------------------


def test_rule_is_made_disabled_changed_enabled_disabled_and_deleted(
    mine: APIClient, persona: Persona
) -> None:
    made = mine.post(
        RULES,
        {
            "name": " Close  by ",
            "persona": str(persona.pk),
            "match_score_threshold": 72.5,
            "exclude_companies": ["Acme GmbH", "", "ACME"],
            "require_all_keywords": ["Python"],
            "active_days": ["fri", "mon"],
        },
    )
    address = made.headers["Location"]
    changed = mine.patch(address, {"mode": "automatic", "match_score_threshold": None})
    enabled = mine.post(f"{address}enable/")
    disabled = mine.post(f"{address}disable/")
    deleted = mine.delete(address)

    assert (made.status_code, changed.status_code, deleted.status_code) == (201, 200, 204)
    assert made.json() | {"id": "", "created_at": "", "updated_at": "", "slots": {}} == {
        "id": "",
        "name": "Close by",
        "persona": str(persona.pk),
        "enabled": False,
        "mode": "review",
        "match_score_threshold": "72.50",
        "max_applications_per_week": 5,
        "exclude_companies": ["Acme GmbH"],
        "include_only_companies": [],
        "require_all_keywords": ["Python"],
        "active_days": ["mon", "fri"],
        "needs_reviewed_resume": False,
        "slots": {},
        "created_at": "",
        "updated_at": "",
    }
    assert address == f"{RULES}{made.json()['id']}/"
    assert (changed.json()["mode"], changed.json()["match_score_threshold"]) == ("automatic", None)
    assert changed.json()["exclude_companies"] == ["Acme GmbH"]
    assert (enabled.json()["enabled"], disabled.json()["enabled"]) == (True, False)
    assert mine.get(address).status_code == 404


def test_rule_is_never_switched_in_passing(mine: APIClient, persona: Persona) -> None:
    rule = make_rule(persona, enabled=True)
    address = f"{RULES}{rule.pk}/"

    answers = [
        mine.post(RULES, {"name": "Sly", "enabled": True}),
        mine.patch(address, {"enabled": False}),
        mine.patch(address, {"enabled": "false"}),
    ]
    as_it_is = mine.patch(address, {"enabled": True, "name": "Same"})

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [
        (400, ["enabled"])
    ] * 3
    assert "enable/" in answers[0].json()["errors"]["enabled"][0]
    assert (as_it_is.status_code, as_it_is.json()["enabled"], as_it_is.json()["name"]) == (200, True, "Same")


def test_rule_without_a_resume_is_not_enabled(mine: APIClient, alice: User) -> None:
    rule = RuleFactory(user=alice, persona=PersonaFactory(user=alice))

    answer = mine.post(f"{RULES}{rule.pk}/enable/")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["persona"])
    assert "résumé" in answer.json()["errors"]["persona"][0]
    assert stored(rule.pk, alice).enabled is False


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"match_score_threshold": 100.01}, "match_score_threshold"),
        ({"match_score_threshold": -1}, "match_score_threshold"),
        ({"match_score_threshold": "70.125"}, "match_score_threshold"),
        ({"match_score_threshold": "NaN"}, "match_score_threshold"),
        ({"max_applications_per_week": 0}, "max_applications_per_week"),
        ({"max_applications_per_week": 51}, "max_applications_per_week"),
        ({"max_applications_per_week": 10**30}, "max_applications_per_week"),
        ({"exclude_companies": "Acme"}, "exclude_companies"),
        ({"exclude_companies": ["…"]}, "exclude_companies"),
        ({"require_all_keywords": [{}]}, "require_all_keywords.0"),
        ({"active_days": ["sunday"]}, "active_days.0"),
        ({"mode": "at once"}, "mode"),
        ({"exclude_companies": ["Acme"], "include_only_companies": ["ACME Inc."]}, "include_only_companies"),
        ({"persona": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11"}, "persona"),
    ],
    ids=str,
)
def test_values_that_cannot_be_kept_are_told_by_field(
    mine: APIClient, alice: User, given: dict[str, Any], field: str
) -> None:
    answer = mine.post(RULES, given if field == "name" else {"name": "Mine", **given})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    with acting_as(alice.pk):
        assert not Rule.objects.exists()


def test_persona_of_somebody_else_is_as_one_that_is_not_there(mine: APIClient, charlie: User) -> None:
    theirs = PersonaFactory(user=charlie)

    answers = [
        mine.post(RULES, {"name": "Mine", "persona": str(pk)}).json()["errors"] for pk in (theirs.pk, uuid4())
    ]

    assert answers[0] == answers[1] != {}


def test_one_rule_too_many_is_refused(mine: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_RULES", 1)
    RuleFactory(user=alice)

    answer = mine.post(RULES, {"name": "Another"})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["name"])


def test_rule_of_somebody_else_is_not_there(mine: APIClient, charlie: User) -> None:
    theirs = RuleFactory(user=charlie, enabled=True)
    address = f"{RULES}{theirs.pk}/"

    answers = [
        mine.get(address),
        mine.patch(address, {"name": "Mine now"}),
        mine.delete(address),
        *(mine.post(f"{address}{word}/") for word in ("enable", "disable", "simulate")),
        mine.post(f"{RULES}test-company/", {"company": "Acme", "rule": str(theirs.pk)}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6 + [400]
    assert mine.get(RULES).json()["results"] == []
    assert stored(theirs.pk, charlie).enabled is True


def test_places_of_the_week_stand_by_each_rule_and_over_all(mine: APIClient, alice: User) -> None:
    applicant = make_applicant(alice, max_applications_per_week=3)
    queue(applicant)
    RuleFactory(user=alice)

    rows = {row["id"]: row["slots"] for row in mine.get(RULES).json()["results"]}
    limits = mine.get(LIMITS).json()

    assert sorted((slots["used"], slots["held"], slots["limit"]) for slots in rows.values()) == [
        (0, 0, 5),
        (0, 1, 3),
    ]
    assert (limits["slots"]["held"], limits["slots"]["limit"]) == (1, 10)
    assert datetime.fromisoformat(limits["slots"]["renewed_at"]) > datetime.now(UTC)


def test_list_of_rules_takes_as_many_queries_for_twenty_as_for_one(mine: APIClient, alice: User) -> None:
    counts = []
    for number in (1, 19):
        for _each in range(number):
            RuleFactory(user=alice)
        with CaptureQueriesContext(connection) as captured:
            rows = mine.get(RULES).json()["results"]
        counts.append((len(captured), len(rows)))

    assert [rows for _queries, rows in counts] == [1, 20]
    assert counts[0][0] == counts[1][0]


def test_pages_of_rules_lead_on(mine: APIClient, alice: User) -> None:
    for _each in range(3):
        RuleFactory(user=alice)

    first = mine.get(RULES, {"page_size": 2}).json()
    second = mine.get(first["next"]).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (2, 1, None)


def test_deleting_twice_under_one_key_is_not_needed_and_enabling_is_done_once(
    mine: APIClient, persona: Persona
) -> None:
    rule = make_rule(persona, enabled=False)
    address = f"{RULES}{rule.pk}/"

    first = mine.post(f"{address}enable/", headers={HEADER: "on"})
    mine.post(f"{address}disable/", headers={HEADER: "off"})
    again = mine.post(f"{address}enable/", headers={HEADER: "on"})

    assert (first.json()["enabled"], again.content, again.headers[REPLAYED]) == (True, first.content, "true")
    assert stored(rule.pk, persona.user).enabled is False


# --- simulate ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def market(settings: Any, tmp_path: Path, persona: Persona) -> Persona:
    """Alice's persona, and two open jobs that match it."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    open_jobs(FITS, PAYS)
    return wants_data_and_pay(persona)


def test_simulation_tells_days_gates_samples_and_its_limits(mine: APIClient, market: Persona) -> None:
    rule = make_rule(market, enabled=False, match_score_threshold=1)

    answer = mine.post(f"{RULES}{rule.pk}/simulate/")
    found = answer.json()

    assert answer.status_code == 200, answer.content
    assert (len(found["days"]), len(found["histogram"]), found["zone"]) == (30, 20, "UTC")
    assert found["matching"] == sum(found["histogram"]) == 2
    assert found["total"] + sum(row["jobs"] for row in found["stopped"]) == 2
    assert found["total"] == sum(day["total"] for day in found["days"]) == len(found["samples"])
    assert found["personas"] == [str(market.pk)]
    assert {verdict["gate"] for verdict in found["to_do"]} == {"rule_enabled"}
    assert all(sample["verdicts"] and sample["job"]["id"] for sample in found["samples"])
    assert all(row["gate"] in GATES and row["words"] and row["name"] for row in found["stopped"])
    assert found["limits"]
    assert all(isinstance(sentence, str) for sentence in found["limits"])


def test_simulation_writes_nothing_and_takes_a_key_that_only_reads(
    api: APIClient, market: Persona, alice: User
) -> None:
    rule = make_rule(market)
    with acting_as(alice.pk):
        expires_at = datetime(2099, 1, 1, tzinfo=UTC)
        _row, key = issue_token(user=alice, name="read", scope="read", expires_at=expires_at)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    simulated = api.post(f"{RULES}{rule.pk}/simulate/")
    tested = api.post(f"{RULES}test-company/", {"company": "Acme"})
    disabled = api.post(f"{RULES}{rule.pk}/disable/")

    assert [answer.status_code for answer in (simulated, tested, disabled)] == [200, 200, 403]
    with acting_as(alice.pk):
        assert not Application.objects.exists()
        assert not Decision.objects.exists()


# --- test a company --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("company", "given", "blocked"),
    [
        ("Acme GmbH", {"exclude_companies": ["Globex", "ACME"]}, True),
        ("Metabase", {"exclude_companies": ["Meta"]}, False),
        ("Acme", {"include_only_companies": ["Globex"]}, True),
        ("Acme", {"include_only_companies": ["acme inc."]}, False),
        ("Acme", {}, False),
    ],
)
def test_company_is_asked_of_lists_that_are_tried(
    mine: APIClient, company: str, given: dict[str, Any], blocked: bool
) -> None:
    answer = mine.post(f"{RULES}test-company/", {"company": company, **given}).json()

    assert answer["blocked"] is blocked
    assert [verdict["gate"] for verdict in answer["verdicts"]] == [
        "employer_not_excluded",
        "employer_included",
    ]
    assert answer["key"]


def test_company_is_asked_of_a_rule_and_the_line_is_named(mine: APIClient, alice: User) -> None:
    rule = RuleFactory(user=alice, exclude_companies=["Globex", "Acme GmbH"])

    answer = mine.post(f"{RULES}test-company/", {"company": "ACME", "rule": str(rule.pk)}).json()
    tried = mine.post(
        f"{RULES}test-company/", {"company": "ACME", "rule": str(rule.pk), "exclude_companies": []}
    ).json()

    assert (answer["blocked"], tried["blocked"]) == (True, False)
    assert "line 2" in answer["verdicts"][0]["words"]
    assert answer["verdicts"][0]["mend"]


# --- limits and pause ------------------------------------------------------------------------------------------------------


def test_limits_are_the_usual_ones_before_the_first_rule_and_then_kept(mine: APIClient, alice: User) -> None:
    usual = mine.get(LIMITS).json()
    with acting_as(alice.pk):
        kept_before = Standing.objects.exists()
    changed = mine.patch(LIMITS, {"weekly_ceiling": 3})

    assert kept_before is False
    assert (usual["weekly_ceiling"], usual["hold_minutes"], usual["company_interval_days"]) == (10, 60, 30)
    assert (usual["paused"], usual["paused_at"]) == (False, None)
    assert (changed.json()["weekly_ceiling"], changed.json()["hold_minutes"]) == (3, 60)
    assert mine.get(LIMITS).json() == changed.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weekly_ceiling", 51),
        ("weekly_ceiling", -1),
        ("hold_minutes", 10081),
        ("company_interval_days", 3651),
        ("company_interval_days", "soon"),
        ("weekly_ceiling", None),
    ],
)
def test_limits_out_of_range_are_told_by_field(mine: APIClient, field: str, value: Any) -> None:
    answer = mine.patch(LIMITS, {field: value})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_everything_is_paused_and_resumed(mine: APIClient, alice: User) -> None:
    paused = mine.post(PAUSE, {"paused": True})
    since = paused.json()["paused_at"]
    again = mine.post(PAUSE, {"paused": True})
    resumed = mine.post(PAUSE, {"paused": False})

    assert (paused.status_code, paused.json()["paused"]) == (200, True)
    assert again.json()["paused_at"] == since
    assert (resumed.json()["paused"], resumed.json()["paused_at"]) == (False, None)


@pytest.mark.parametrize("body", [{}, {"paused": None}, {"paused": "perhaps"}, []])
def test_pause_without_a_word_changes_nothing(mine: APIClient, alice: User, body: Any) -> None:
    assert mine.post(PAUSE, body).status_code == 400
    with acting_as(alice.pk):
        assert not Standing.objects.filter(paused_at__isnull=False).exists()


def test_limits_are_those_of_the_person_who_asks(mine: APIClient, charlie: User) -> None:
    RuleFactory(user=charlie)
    with acting_as(charlie.pk):
        Standing.objects.filter(user=charlie).update(weekly_ceiling=1)

    mine.post(PAUSE, {"paused": True})

    assert mine.get(LIMITS).json()["weekly_ceiling"] == 10
    with acting_as(charlie.pk):
        assert Standing.objects.get(user=charlie).paused_at is None


def test_visitor_is_asked_to_sign_in(api: APIClient, db: None) -> None:
    UserFactory()

    assert {api.get(RULES).status_code, api.get(LIMITS).status_code, api.post(PAUSE).status_code} == {401}
