"""The API of verdicts: the ledger in order and narrowed, every gate with its words, and any job judged when asked."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from autoapply.models import Decision, Rule
from autoapply.policy import GATES
from autoapply.queueing import run_rules
from personas.identity import acting_as, assume
from personas.models import Persona, User
from personas.row_security import WORKER_ROLE
from tests.autoapply.openings import make_match, make_persona, make_rule
from tests.factories import DecisionFactory, JobFactory, RuleFactory
from tests.roles import as_role

DECISIONS = "/api/v1/auto-apply/decisions/"
ASK = f"{DECISIONS}ask/"


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    """Alice's session."""
    api.force_login(alice)
    return api


@pytest.fixture
def persona(alice: User, settings: Any, tmp_path: Path) -> Persona:
    """Alice's persona with a résumé."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    return make_persona(alice)


def run(user: User, at: datetime) -> None:
    with as_role(WORKER_ROLE):
        assume(None)
        run_rules(user_id=user.pk, at=at)
    assume(None)


def rows(api: APIClient, **query: Any) -> list[dict[str, Any]]:
    answer = api.get(DECISIONS, query)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def test_ledger_of_a_run_is_read_with_every_gate_in_words(mine: APIClient, persona: Persona) -> None:
    now = timezone.now()
    rule = make_rule(persona, match_score_threshold=75)
    good = make_match(persona, now, match_score="80.00")
    low = make_match(persona, now, match_score="70.00")
    run(persona.user, now)

    first, second = rows(mine)

    assert (first["job"]["id"], first["passed"], first["first_failed"]) == (str(good.job_id), True, "")
    assert (second["job"]["id"], second["passed"], second["first_failed"]) == (
        str(low.job_id),
        False,
        "threshold",
    )
    assert (second["rule"], second["persona"], second["match_score"]) == (
        str(rule.pk),
        str(persona.pk),
        "70.00",
    )
    assert [verdict["gate"] for verdict in second["verdicts"]] == list(GATES)
    (stopped,) = [verdict for verdict in second["verdicts"] if not verdict["passed"]]
    assert stopped["code"] == "below"
    assert "70" in stopped["words"]
    assert stopped["mend"]
    assert all(verdict["words"] and verdict["name"] for verdict in second["verdicts"])
    assert mine.get(f"{DECISIONS}{second['id']}/").json() == second


def test_ledger_is_narrowed_by_rule_gate_and_passed(mine: APIClient, alice: User, charlie: User) -> None:
    one, other = RuleFactory(user=alice), RuleFactory(user=alice)
    passes = DecisionFactory(rule=one, first_failed="", gates_passed=19, match_score="80.00")
    stopped = DecisionFactory(rule=other, first_failed="threshold", gates_passed=10)

    def found(**query: Any) -> list[str]:
        return [row["id"] for row in rows(mine, **query)]

    assert found() == [str(passes.pk), str(stopped.pk)]
    assert found(rule=one.pk) == found(passed="true") == [str(passes.pk)]
    assert found(gate="threshold") == found(passed="false") == [str(stopped.pk)]
    assert mine.get(DECISIONS, {"gate": "luck"}).status_code == 400
    for pk in (RuleFactory(user=charlie).pk, uuid4()):
        assert mine.get(DECISIONS, {"rule": pk}).status_code == 404


def test_pages_keep_the_order_of_the_ledger_where_scores_are_missing(mine: APIClient, alice: User) -> None:
    rule = RuleFactory(user=alice)
    for gates_passed, score in [
        (19, "90.00"),
        (19, "90.00"),
        (4, "70.50"),
        (4, None),
        (4, None),
        (0, "99.00"),
    ]:
        DecisionFactory(rule=rule, gates_passed=gates_passed, match_score=score)

    pages = [mine.get(DECISIONS, {"page_size": 2}).json()]
    while pages[-1]["next"]:
        pages.append(mine.get(pages[-1]["next"]).json())
    back = mine.get(pages[-1]["previous"]).json()

    told = [(row["gates_passed"], row["match_score"]) for page in pages for row in page["results"]]
    assert told == [(19, "90.00"), (19, "90.00"), (4, "70.50"), (4, None), (4, None), (0, "99.00")]
    assert len({row["id"] for page in pages for row in page["results"]}) == 6
    assert back["results"] == pages[1]["results"]


@pytest.mark.parametrize("score", ["NaN", "1e999999", "-1.00", "x", "٣.٠٠", 5, [], {}])
def test_cursor_with_a_score_that_is_none_leads_nowhere(mine: APIClient, alice: User, score: Any) -> None:
    parts = json.dumps([0, "4", score, str(uuid4())]).encode()
    cursor = base64.urlsafe_b64encode(parts).decode().rstrip("=")

    assert mine.get(DECISIONS, {"cursor": cursor}).status_code == 404


@pytest.mark.parametrize("gates", [str(10**30), "-1"])
def test_cursor_with_a_number_beyond_the_column_breaks_nothing(
    mine: APIClient, alice: User, gates: str
) -> None:
    DecisionFactory(rule=RuleFactory(user=alice))
    parts = json.dumps([0, gates, "80.00", str(uuid4())]).encode()

    answer = mine.get(DECISIONS, {"cursor": base64.urlsafe_b64encode(parts).decode().rstrip("=")})

    assert answer.status_code in (200, 404)


def test_queries_do_not_grow_with_the_rows(mine: APIClient, alice: User) -> None:
    rule = RuleFactory(user=alice)
    counts = []
    for number in (1, 19):
        for _each in range(number):
            DecisionFactory(rule=rule)
        with CaptureQueriesContext(connection) as captured:
            counts.append((len(rows(mine)), len(captured)))

    assert [number for number, _queries in counts] == [1, 20]
    assert counts[0][1] == counts[1][1]


def test_verdict_that_changed_says_what_it_was(mine: APIClient, alice: User) -> None:
    rule = RuleFactory(user=alice)
    DecisionFactory(rule=rule, changes={"was": "threshold"}, gates_passed=2)
    DecisionFactory(rule=rule, gates_passed=1)

    assert [row["was"] for row in rows(mine)] == ["threshold", None]


def test_verdicts_of_somebody_else_are_not_there(mine: APIClient, charlie: User) -> None:
    theirs = DecisionFactory(rule=RuleFactory(user=charlie))

    assert rows(mine) == []
    assert mine.get(f"{DECISIONS}{theirs.pk}/").status_code == 404


# --- asked -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_persona", [True, False])
def test_any_open_job_is_judged_when_asked_and_nothing_is_kept(
    mine: APIClient, persona: Persona, with_persona: bool
) -> None:
    rule = make_rule(persona if with_persona else None, user=persona.user, require_all_keywords=["Fortran"])
    job = JobFactory(url="https://jobs.example/1", description_text="Python every day.")

    answer = mine.get(ASK, {"rule": rule.pk, "job": job.pk})
    told = answer.json()

    assert answer.status_code == 200, answer.content
    assert (told["rule"], told["job"], told["passed"]) == (str(rule.pk), str(job.pk), False)
    assert [verdict["gate"] for verdict in told["verdicts"]] == list(GATES)
    assert told["first_failed"] == next(each["gate"] for each in told["verdicts"] if not each["passed"])
    (words,) = [each for each in told["verdicts"] if each["gate"] == "keywords"]
    assert (words["passed"], words["code"]) == (False, "missing")
    with acting_as(persona.user_id):
        assert not Decision.objects.exists()


def test_job_that_passes_is_said_to_pass(mine: APIClient, persona: Persona) -> None:
    rule = make_rule(persona)
    match = make_match(persona, timezone.now())

    told = mine.get(ASK, {"rule": rule.pk, "job": match.job_id}).json()

    assert (told["passed"], told["first_failed"]) == (True, "")


@pytest.mark.parametrize("missing", ["rule", "job"])
def test_asking_about_what_is_not_there_finds_nothing(
    mine: APIClient, alice: User, charlie: User, missing: str
) -> None:
    asked = {"rule": RuleFactory(user=alice).pk, "job": JobFactory().pk}
    absent = [uuid4(), *([RuleFactory(user=charlie).pk] if missing == "rule" else [])]

    assert {mine.get(ASK, {**asked, missing: pk}).status_code for pk in absent} == {404}


@pytest.mark.parametrize("query", [{}, {"rule": "x", "job": "y"}])
def test_question_without_ids_is_told_so(mine: APIClient, query: dict[str, str]) -> None:
    answer = mine.get(ASK, query)

    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"rule", "job"})


def test_person_without_a_persona_may_ask_too(mine: APIClient, alice: User) -> None:
    rule = RuleFactory(user=alice)

    answer = mine.get(ASK, {"rule": rule.pk, "job": JobFactory().pk})

    assert answer.status_code == 200, answer.content
    assert answer.json()["passed"] is False
    with acting_as(alice.pk):
        assert Rule.objects.get().enabled is False
