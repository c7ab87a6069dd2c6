"""The API of answers and letters: kept once, changed, taken out, and what does not fit is told by field."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from autoapply import answers
from autoapply.models import Answer, LetterTemplate
from personas.idempotency import HEADER, REPLAYED
from personas.identity import acting_as
from personas.models import User
from tests.factories import AnswerFactory, LetterTemplateFactory, PersonaFactory

ANSWERS = "/api/v1/auto-apply/answers/"
LETTERS = "/api/v1/auto-apply/letters/"
BODY = "Dear {company} team,\n\nI would like to work with you as {job_title}.\n\n{my_name}"


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    """Alice's session."""
    api.force_login(alice)
    return api


# --- answers -------------------------------------------------------------------------------------------------------------


def test_answer_is_kept_changed_and_taken_out(mine: APIClient) -> None:
    made = mine.post(ANSWERS, {"question": "What is your notice period?", "answer": " Three months "})
    address = made.headers["Location"]
    changed = mine.patch(address, {"answer": "One month"})
    removed = mine.delete(address)

    assert (made.status_code, made.json()["answer"], made.json()["source"]) == (201, "Three months", "typed")
    assert (changed.json()["answer"], changed.json()["question"]) == (
        "One month",
        "What is your notice period?",
    )
    assert (removed.status_code, mine.get(address).status_code) == (204, 404)


def test_topic_is_told_by_the_words_unless_it_is_given(mine: APIClient) -> None:
    question = "Do you need a visa to work in Germany?"

    told = mine.post(ANSWERS, {"question": question, "answer": "no"}).json()
    given = mine.post(ANSWERS, {"question": "Anything else?", "answer": "no", "topic": "pay"}).json()

    assert (told["topic"], given["topic"]) == ("visa", "pay")


def test_second_answer_to_one_question_is_a_conflict(mine: APIClient, alice: User) -> None:
    first = mine.post(ANSWERS, {"question": "Notice period?", "answer": "One month"})
    other = mine.post(ANSWERS, {"question": "Start?", "answer": "Now"}).headers["Location"]

    conflicts = [
        mine.post(ANSWERS, {"question": "  notice PERIOD ", "answer": "Two"}),
        mine.patch(other, {"question": "Notice period?"}),
    ]

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in conflicts] == [
        (409, ["question"])
    ] * 2
    assert first.status_code == 201


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"question": "Q?"}, "answer"),
        ({"question": "?", "answer": "yes"}, "question"),
        ({"question": "Q?", "answer": " "}, "answer"),
        ({"question": "Q?", "answer": "x" * 100_001}, "answer"),
        ({"question": "x" * 2001, "answer": "yes"}, "question"),
        ({"question": "Q?", "answer": "yes", "topic": "love"}, "topic"),
        ({"question": "Q?", "answer": ["yes"]}, "answer"),
    ],
    ids=lambda each: str(each)[:40],
)
def test_answer_that_cannot_be_kept_is_told_by_field(
    mine: APIClient, alice: User, given: dict[str, Any], field: str
) -> None:
    answer = mine.post(ANSWERS, given)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    with acting_as(alice.pk):
        assert not Answer.objects.exists()


def test_one_answer_too_many_is_refused(
    mine: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MAX_ANSWERS", 1)
    AnswerFactory(user=alice)

    assert mine.post(ANSWERS, {"question": "Another?", "answer": "yes"}).status_code == 400


# --- letters -------------------------------------------------------------------------------------------------------------


def test_letter_is_kept_changed_and_deleted(mine: APIClient, alice: User) -> None:
    persona = PersonaFactory(user=alice)
    made = mine.post(LETTERS, {"name": "Short", "body": BODY, "persona": str(persona.pk)})
    address = made.headers["Location"]
    changed = mine.patch(address, {"persona": None})
    deleted = mine.delete(address)

    assert (made.status_code, made.json()["persona"], made.json()["body"]) == (201, str(persona.pk), BODY)
    assert (changed.json()["persona"], changed.json()["name"]) == (None, "Short")
    assert (deleted.status_code, mine.get(address).status_code) == (204, 404)


def test_second_letter_of_a_persona_is_a_conflict_and_a_repeated_request_is_none(
    mine: APIClient, alice: User
) -> None:
    body = {"name": "For all", "body": BODY}

    first, again = (mine.post(LETTERS, body, headers={HEADER: "key-1"}) for _each in range(2))
    second = mine.post(LETTERS, body)

    assert (first.status_code, again.content, again.headers[REPLAYED]) == (201, first.content, "true")
    assert (second.status_code, list(second.json()["errors"])) == (409, ["persona"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"body": BODY}, "name"),
        ({"name": "L"}, "body"),
        ({"name": "L", "body": "Dear {boss}"}, "body"),
        ({"name": "L", "body": "Dear {company"}, "body"),
        ({"name": "L", "body": BODY, "persona": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11"}, "persona"),
    ],
    ids=str,
)
def test_letter_that_cannot_be_kept_is_told_by_field(
    mine: APIClient, alice: User, given: dict[str, Any], field: str
) -> None:
    answer = mine.post(LETTERS, given)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    with acting_as(alice.pk):
        assert not LetterTemplate.objects.exists()


def test_persona_of_somebody_else_is_as_one_that_is_not_there(mine: APIClient, charlie: User) -> None:
    answer = mine.post(LETTERS, {"name": "L", "body": BODY, "persona": str(PersonaFactory(user=charlie).pk)})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["persona"])


# --- both ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["answers", "letters"])
def test_rows_of_somebody_else_are_not_there(mine: APIClient, charlie: User, kind: str) -> None:
    address, theirs = {
        "answers": (ANSWERS, AnswerFactory(user=charlie)),
        "letters": (LETTERS, LetterTemplateFactory(user=charlie)),
    }[kind]
    row = f"{address}{theirs.pk}/"

    assert mine.get(address).json()["results"] == []
    assert {mine.get(row).status_code, mine.patch(row, {}).status_code, mine.delete(row).status_code} == {404}


@pytest.mark.parametrize("kind", ["answers", "letters"])
def test_queries_do_not_grow_with_the_rows(mine: APIClient, alice: User, kind: str) -> None:
    counts = []
    for number in (1, 19):
        for _each in range(number):
            if kind == "answers":
                AnswerFactory(user=alice)
            else:
                LetterTemplateFactory(user=alice, persona=PersonaFactory(user=alice))
        with CaptureQueriesContext(connection) as captured:
            rows = mine.get({"answers": ANSWERS, "letters": LETTERS}[kind]).json()["results"]
        counts.append((len(rows), len(captured)))

    assert [rows for rows, _queries in counts] == [1, 20]
    assert counts[0][1] == counts[1][1]
