"""The API of applications: begun by hand, looked at, approved, answered, cancelled, withdrawn; and the log of outcomes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from autoapply.models import Answer, Application, FollowUp, Log
from personas.idempotency import HEADER, REPLAYED
from personas.identity import acting_as, assume
from personas.models import User
from tests.autoapply.machine import Applicant, go, make_applicant, open_job, prepare, queue, read, submit
from tests.autoapply.test_states import at
from tests.employers.server import Employers
from tests.factories import (
    ApplicationFactory,
    JobFactory,
    KitFactory,
    LogFactory,
    PersonaFactory,
    RuleFactory,
)

APPLICATIONS = "/api/v1/auto-apply/applications/"
LOGS = "/api/v1/auto-apply/logs/"
SHA = "a" * 64


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    """Alice's session."""
    api.force_login(alice)
    return api


@pytest.fixture
def ada(alice: User) -> Applicant:
    """Alice, with a confirmed address, a persona with a résumé, and a rule that asks first."""
    return make_applicant(alice, mode="review")


def brought_to(user: User, status: str, **values: Any) -> Application:
    application = at(user, status, **values)
    assume(None)
    return application


def address_of(application: Application) -> str:
    return f"{APPLICATIONS}{application.pk}/"


def parked(user: User, *missing: dict[str, Any]) -> Application:
    """An application that waits for answers."""
    application = brought_to(user, "parked")
    with acting_as(user.pk):
        Application.objects.filter(pk=application.pk).update(missing=list(missing), waits_for="answer")
    return application


def question(name: str, **values: Any) -> dict[str, Any]:
    asked = {
        "code": "answer",
        "id": name,
        "label": f"What of {name}?",
        "kind": "text",
        "required": True,
        "options": [],
        "topic": "other",
        "because": "none",
    }
    return {**asked, **values}


# --- begun by hand -----------------------------------------------------------------------------------------------------


def test_application_is_begun_by_hand_once_for_each_opening(mine: APIClient, ada: Applicant) -> None:
    job = open_job()
    body = {"job": str(job.pk), "persona": str(ada.persona.pk)}

    begun = mine.post(APPLICATIONS, body, headers={HEADER: "key-1"})
    replayed = mine.post(APPLICATIONS, body, headers={HEADER: "key-1"})
    second = mine.post(APPLICATIONS, body)

    assert begun.status_code == 201
    told = begun.json()
    assert (told["status"], told["origin"], told["rule"]) == ("queued", "person", None)
    assert (told["channel"], told["job"], told["job_title"]) == ("recruitee", str(job.pk), job.title)
    assert told["channel_words"]
    assert begun.headers["Location"] == f"{APPLICATIONS}{told['id']}/"
    assert (replayed.content, replayed.headers[REPLAYED]) == (begun.content, "true")
    assert (second.status_code, list(second.json()["errors"])) == (409, ["job"])


def test_application_needs_an_open_job_and_a_persona_of_ones_own(
    mine: APIClient, ada: Applicant, charlie: User
) -> None:
    closed = JobFactory(closed_at=timezone.now())
    job, persona = str(open_job().pk), str(ada.persona.pk)

    answers = [
        mine.post(APPLICATIONS, body)
        for body in (
            {"job": str(closed.pk), "persona": persona},
            {"job": str(uuid4()), "persona": persona},
            {"job": "x", "persona": persona},
            {"job": job, "persona": str(PersonaFactory(user=charlie).pk)},
            {"job": job, "persona": None},
            {"job": job},
        )
    ]

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [
        (400, ["job"])
    ] * 3 + [(400, ["persona"])] * 3
    assert mine.get(APPLICATIONS).json()["results"] == []


# --- looked at, approved, sent ----------------------------------------------------------------------------------------


def test_prepared_application_shows_exactly_what_would_be_sent_and_no_key(
    mine: APIClient, ada: Applicant, boards: Employers
) -> None:
    application = prepare(queue(ada))

    answer = mine.get(address_of(application))
    told = answer.json()

    assert told["status"] == "review"
    assert len(told["kit"]["request_sha256"]) == 64
    assert {"name": "name", "label": "Name", "value": "Alice"}.items() <= told["kit"]["facts"][0].items()
    assert told["kit"]["files"][0]["name"] == "ada.pdf"
    assert "content" not in told["kit"]["files"][0]
    assert str(application.key) not in answer.content.decode()
    assert [(step["moved_from"], step["moved_to"]) for step in told["events"]] == [
        ("", "queued"),
        ("queued", "preparing"),
        ("preparing", "review"),
    ]
    assert all(step["words"] for step in told["events"])


def test_what_was_looked_at_is_approved_and_leaves(
    mine: APIClient, ada: Applicant, boards: Employers
) -> None:
    application = prepare(queue(ada))
    seen = mine.get(address_of(application)).json()["kit"]["request_sha256"]

    astray = mine.post(f"{address_of(application)}approve/", {"seen_sha256": SHA})
    approved = mine.post(f"{address_of(application)}approve/", {"seen_sha256": seen})
    submit(application)
    sent = mine.get(address_of(application)).json()

    assert (astray.status_code, "Look at it again" in astray.json()["detail"]) == (409, True)
    assert (approved.status_code, approved.json()["status"], approved.json()["approved_by"]) == (
        200,
        "held",
        "person",
    )
    assert (sent["status"], sent["sent_sha256"], sent["response_status"]) == ("submitted", seen, 201)


@pytest.mark.parametrize("body", [{}, {"seen_sha256": "x"}, {"seen_sha256": None}, {"seen_sha256": "A" * 64}])
def test_approval_names_what_was_looked_at(mine: APIClient, alice: User, body: dict[str, Any]) -> None:
    application = brought_to(alice, "review", channel="recruitee")

    answer = mine.post(f"{address_of(application)}approve/", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["seen_sha256"])
    assert read(application).status == "review"


def test_sent_application_is_withdrawn_with_a_drafted_message(
    mine: APIClient, ada: Applicant, boards: Employers
) -> None:
    application = prepare(queue(ada))
    address = f"{address_of(application)}withdraw/"
    too_early = [mine.get(address), mine.post(address)]
    seen = mine.get(address_of(application)).json()["kit"]["request_sha256"]
    mine.post(f"{address_of(application)}approve/", {"seen_sha256": seen})
    submit(application)

    draft = mine.get(address).json()["draft"]
    withdrawn = mine.post(address).json()
    again = mine.post(address)

    assert [answer.status_code for answer in too_early] == [409, 409]
    assert application.job_title in draft
    assert (withdrawn["status"], withdrawn["stage"]) == ("withdrawn", "withdrawn")
    assert again.status_code == 409
    (entry,) = mine.get(LOGS).json()["results"]
    assert (entry["status"], entry["application"]) == ("withdrawn", str(application.pk))


# --- every other step --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "step", "body", "came_to"),
    [
        ("queued", "cancel", None, "cancelled"),
        ("review", "cancel", None, "cancelled"),
        ("held", "cancel", None, "cancelled"),
        ("review", "sent", None, "submitted"),
        ("review", "look-again", None, "preparing"),
        ("held", "look-again", None, "preparing"),
        ("unknown", "resolve", {"arrived": True}, "submitted"),
        ("unknown", "resolve", {"arrived": False}, "failed"),
        ("unknown", "resolve", {"arrived": False, "send_again": True}, "queued"),
        ("submitted", "withdraw", None, "withdrawn"),
        ("parked", "try-again", None, "parked"),
        ("held", "stand-behind", None, "held"),
    ],
)
def test_step_is_taken_by_the_person_and_told(
    mine: APIClient, alice: User, status: str, step: str, body: Any, came_to: str
) -> None:
    application = brought_to(alice, status)

    answer = mine.post(f"{address_of(application)}{step}/", body)

    assert (answer.status_code, answer.json()["status"]) == (200, came_to), answer.content
    if came_to != status:
        assert answer.json()["events"][-1]["moved_to"] in (came_to, answer.json()["stage"])
        assert answer.json()["moved_by"] == "person"


@pytest.mark.parametrize(
    ("status", "step", "body"),
    [
        ("submitting", "cancel", None),
        ("submitted", "cancel", None),
        ("cancelled", "cancel", None),
        ("queued", "sent", None),
        ("queued", "resolve", {"arrived": True}),
        ("failed", "resolve", {"arrived": True}),
        ("failed", "withdraw", None),
        ("review", "try-again", None),
        ("submitted", "look-again", None),
        ("review", "answers", {"values": {"q": "yes"}}),
    ],
)
def test_step_from_elsewhere_is_a_conflict_and_moves_nothing(
    mine: APIClient, alice: User, status: str, step: str, body: Any
) -> None:
    application = brought_to(alice, status)

    answer = mine.post(f"{address_of(application)}{step}/", body)

    assert answer.status_code == 409, answer.content
    assert answer.json()["detail"].endswith(".")
    assert read(application).status == status


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "arrived"),
        ({"arrived": "maybe"}, "arrived"),
        ({"arrived": None}, "arrived"),
        ({"arrived": True, "send_again": True}, "send_again"),
    ],
)
def test_doubt_is_not_ended_by_half_a_word(
    mine: APIClient, alice: User, body: dict[str, Any], field: str
) -> None:
    application = brought_to(alice, "unknown")

    answer = mine.post(f"{address_of(application)}resolve/", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert read(application).status == "unknown"


def test_what_we_send_is_not_said_to_be_sent_by_the_person(mine: APIClient, alice: User) -> None:
    application = brought_to(alice, "review", channel="recruitee")

    answer = mine.post(f"{address_of(application)}sent/")

    assert (answer.status_code, read(application).status) == (409, "review")


def test_cancelling_twice_under_one_key_gives_the_first_answer(mine: APIClient, alice: User) -> None:
    application = brought_to(alice, "review")
    address = f"{address_of(application)}cancel/"

    first, again = (mine.post(address, headers={HEADER: "key-1"}) for _each in range(2))
    without_the_key = mine.post(address)

    assert (first.status_code, again.content, without_the_key.status_code) == (200, first.content, 409)


# --- answers -------------------------------------------------------------------------------------------------------------


def test_answers_are_taken_kept_and_prepared_with(mine: APIClient, alice: User) -> None:
    application = parked(alice, question("notice"), question("visa", kind="yes_no", topic="visa"))

    asked = mine.get(address_of(application)).json()["missing"]
    answer = mine.post(
        f"{address_of(application)}answers/",
        {"values": {"notice": "Three months", "visa": "yes"}, "keep": True},
    )

    assert [(row["id"], row["kind"], row["label"]) for row in asked] == [
        ("notice", "text", "What of notice?"),
        ("visa", "yes_no", "What of visa?"),
    ]
    assert answer.status_code == 200, answer.content
    assert (answer.json()["waits_for"], answer.json()["missing"]) == ("", [])
    with acting_as(alice.pk):
        assert set(Answer.objects.values_list("answer", "source")) == {
            ("Three months", "application"),
            ("yes", "application"),
        }


def test_answers_are_not_kept_unasked(mine: APIClient, alice: User) -> None:
    application = parked(alice, question("notice"))

    mine.post(f"{address_of(application)}answers/", {"values": {"notice": "Three months"}})

    with acting_as(alice.pk):
        assert not Answer.objects.exists()
    assert mine.get(address_of(application)).json()["kit"]["answers"][0]["shown"] == "Three months"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "values"),
        ({"values": {}}, "values"),
        ({"values": ["yes"]}, "values"),
        ({"values": {"visa": ["yes"]}}, "values.visa"),
        ({"values": {"visa": "perhaps"}}, "values.visa"),
        ({"values": {"salary": "1"}}, "values.salary"),
        ({"values": {"cv": "here"}}, "values.cv"),
    ],
    ids=str,
)
def test_answers_that_do_not_fit_are_told_and_nothing_moves(
    mine: APIClient, alice: User, body: dict[str, Any], field: str
) -> None:
    application = parked(alice, question("visa", kind="yes_no"), question("cv", kind="file", code="file"))

    answer = mine.post(f"{address_of(application)}answers/", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert len(read(application).missing) == 2


# --- stages --------------------------------------------------------------------------------------------------------------


def test_stage_is_set_and_its_day_becomes_a_follow_up(mine: APIClient, alice: User) -> None:
    application = brought_to(alice, "submitted")
    day = timezone.localdate() + timedelta(days=3)

    answer = mine.post(f"{address_of(application)}stage/", {"stage": "interview", "day": day.isoformat()})

    assert (answer.status_code, answer.json()["stage"]) == (200, "interview")
    assert answer.json()["events"][-1] | {"at": ""} == {
        "kind": "stage",
        "moved_from": "",
        "moved_to": "interview",
        "actor": "person",
        "because": "",
        "words": "",
        "at": "",
    }
    with acting_as(alice.pk):
        assert FollowUp.objects.get().due_on == day


@pytest.mark.parametrize(
    ("status", "body", "field"),
    [
        ("submitted", {}, "stage"),
        ("submitted", {"stage": "hired"}, "stage"),
        ("submitted", {"stage": "rejected", "day": "2099-01-01"}, "day"),
        ("submitted", {"stage": "interview", "day": "2020-01-01"}, "day"),
        ("submitted", {"stage": "interview", "day": "soon"}, "day"),
        ("review", {"stage": "offer"}, "stage"),
    ],
    ids=str,
)
def test_stage_that_cannot_be_is_told_by_field(
    mine: APIClient, alice: User, status: str, body: dict[str, Any], field: str
) -> None:
    application = brought_to(alice, status)

    answer = mine.post(f"{address_of(application)}stage/", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


# --- lists ---------------------------------------------------------------------------------------------------------------


def test_list_is_narrowed_by_state_stage_rule_and_persona(
    mine: APIClient, alice: User, charlie: User
) -> None:
    persona = PersonaFactory(user=alice)
    rule = RuleFactory(user=alice)
    rows = {
        "queued": ApplicationFactory(user=alice),
        "offer": brought_to(alice, "submitted", persona=persona),
    }
    with acting_as(alice.pk):
        Application.objects.filter(pk=rows["offer"].pk).update(stage="offer", moved_by="person")

    def found(**query: Any) -> list[str]:
        listed = mine.get(APPLICATIONS, query).json()["results"]
        return [next(name for name, row in rows.items() if str(row.pk) == each["id"]) for each in listed]

    assert sorted(found()) == ["offer", "queued"]
    assert found(status="queued") == ["queued"]
    assert found(stage="offer") == found(persona=persona.pk) == ["offer"]
    assert found(rule=rule.pk) == []
    assert mine.get(APPLICATIONS, {"status": "lost"}).status_code == 400
    theirs = {"rule": RuleFactory(user=charlie).pk, "persona": PersonaFactory(user=charlie).pk}
    for name, pk in theirs.items():
        assert mine.get(APPLICATIONS, {name: pk}).status_code == 404
        assert mine.get(APPLICATIONS, {name: uuid4()}).status_code == 404


def test_pages_lead_on_and_back(mine: APIClient, alice: User) -> None:
    for number in range(5):
        application = ApplicationFactory(user=alice)
        with acting_as(alice.pk):
            Application.objects.filter(pk=application.pk).update(
                created_at=Now() - timedelta(days=number // 2)
            )

    first = mine.get(APPLICATIONS, {"page_size": 2}).json()
    second = mine.get(first["next"]).json()
    third = mine.get(second["next"]).json()
    back = mine.get(third["previous"]).json()

    seen = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert len(set(seen)) == 5
    assert (third["next"], back["results"]) == (None, second["results"])


@pytest.mark.parametrize("what", ["list", "one", "log"])
def test_queries_do_not_grow_with_the_rows(mine: APIClient, alice: User, what: str) -> None:
    counts = []
    for number in (1, 19):
        for _each in range(number):
            application = brought_to(alice, "review", rule=None)
            KitFactory(application=application)
            LogFactory(user=alice)
        address = {"list": APPLICATIONS, "log": LOGS, "one": address_of(application)}[what]
        with CaptureQueriesContext(connection) as captured:
            assert mine.get(address).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_application_and_log_of_somebody_else_are_not_there(mine: APIClient, charlie: User) -> None:
    application, log = brought_to(charlie, "review"), LogFactory(user=charlie)
    steps = (
        "approve",
        "cancel",
        "withdraw",
        "sent",
        "resolve",
        "answers",
        "stage",
        "stand-behind",
        "try-again",
        "look-again",
    )

    answers = [
        mine.get(address_of(application)),
        mine.get(f"{address_of(application)}withdraw/"),
        *(mine.post(f"{address_of(application)}{step}/") for step in steps),
        mine.get(f"{LOGS}{log.pk}/"),
        mine.post(f"{LOGS}{log.pk}/withdraw/"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert mine.get(APPLICATIONS).json()["results"] == mine.get(LOGS).json()["results"] == []


def test_application_is_not_patched_or_deleted(mine: APIClient, alice: User) -> None:
    address = address_of(ApplicationFactory(user=alice))

    assert {mine.patch(address, {"status": "submitted"}).status_code, mine.delete(address).status_code} == {
        405
    }


# --- the log ---------------------------------------------------------------------------------------------------------------


def test_log_has_the_one_transition(mine: APIClient, alice: User) -> None:
    sent, failed = LogFactory(user=alice), LogFactory(user=alice, status="failed")

    withdrawn = mine.post(f"{LOGS}{sent.pk}/withdraw/")
    refused = [mine.post(f"{LOGS}{log.pk}/withdraw/") for log in (sent, failed)]
    others = [mine.patch(f"{LOGS}{sent.pk}/", {"status": "failed"}), mine.delete(f"{LOGS}{sent.pk}/")]

    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    assert withdrawn.json()["withdrawn_at"] is not None
    assert [answer.status_code for answer in refused] == [409, 409]
    assert [answer.status_code for answer in (*others, mine.post(LOGS, {"status": "submitted"}))] == [405] * 3
    assert [row["id"] for row in mine.get(LOGS, {"status": "failed"}).json()["results"]] == [str(failed.pk)]


def test_entry_of_an_application_takes_it_along(mine: APIClient, ada: Applicant, boards: Employers) -> None:
    applicant = make_applicant()
    mine.force_login(applicant.user)
    application = go(queue(applicant))
    with acting_as(applicant.user.pk):
        log = Log.objects.get(application=application)

    answer = mine.post(f"{LOGS}{log.pk}/withdraw/")

    assert (answer.json()["status"], answer.json()["application"]) == ("withdrawn", str(application.pk))
    assert read(application).status == "withdrawn"
