"""Recruitee checks what its forms require, and says what is wrong with which field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.employers.client import (
    EMAIL,
    PDF,
    Answer,
    call,
    multipart,
    send_json,
)
from tests.employers.server import Employers


def offer_of(employers: Employers, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = call("GET", f"{employers.root('recruitee')}/api/offers/{slug}").json["offer"]
    return found


def recruitee(employers: Employers, slug: str, *more: Any, drop: str = "") -> Answer:
    parts = [
        ("candidate[name]", "Ada Lovelace"),
        ("candidate[email]", EMAIL),
        ("candidate[phone]", "1"),
        ("candidate[cv]", PDF, "cv.pdf"),
    ]
    body, headers = multipart(*[part for part in parts if part[0] != f"candidate[{drop}]"], *more)
    return call("POST", f"{employers.root('recruitee')}/api/offers/{slug}/candidates", body, headers)


def right_parts(questions: list[dict[str, Any]], indexed: bool) -> list[Any]:
    texts = {
        "string": "Now",
        "text": "Because",
        "single_choice": "Remote",
        "date": "2027-01-04",
        "salary": "60000",
        "number": "7.5",
    }
    parts: list[Any] = []
    for place, question in enumerate(question for question in questions if question["required"]):
        name = f"candidate[open_question_answers_attributes][{place if indexed else ''}]"
        kind = question["kind"]
        parts.append((f"{name}[open_question_id]", str(question["id"])))
        if kind in texts:
            parts.append((f"{name}[content]", texts[kind]))
        elif kind == "multi_choice":
            parts += [(f"{name}[multi_content][]", "German"), (f"{name}[multi_content][]", "Polish")]
        elif kind == "file":
            parts.append((f"{name}[file]", PDF, "sample.pdf"))
        else:
            parts.append((f"{name}[flag]", "true"))
    return parts


@pytest.mark.parametrize("indexed", [False, True])
def test_recruitee_takes_an_answer_of_every_kind(employers: Employers, indexed: bool) -> None:
    employers.form("data-engineer", "every")
    questions = offer_of(employers, "data-engineer")["open_questions"]
    assert {question["kind"] for question in questions} == {
        "string", "text", "single_choice", "multi_choice", "date", "salary", "number", "file", "boolean", "legal"
    }  # fmt: skip

    answer = recruitee(employers, "data-engineer", *right_parts(questions, indexed))

    assert answer.status == 201, answer.body
    (arrived,) = employers.record.arrivals()
    assert [file.name for file in arrived.files] == ["cv.pdf", "sample.pdf"]


def test_recruitee_lists_its_offers(employers: Employers) -> None:
    employers.form("a", "none")
    employers.form("b", "every")
    employers.close("a")

    offers = call("GET", f"{employers.root('recruitee')}/api/offers").json["offers"]

    assert [offer["slug"] for offer in offers] == ["b"]


@pytest.mark.parametrize("place", range(10))
def test_recruitee_refuses_without_a_required_answer(employers: Employers, place: int) -> None:
    employers.form("p", "every")
    questions = offer_of(employers, "p")["open_questions"]
    left_out = questions[place]

    answer = recruitee(employers, "p", *right_parts([each for each in questions if each != left_out], True))

    assert answer.status == 422
    assert answer.json["error_fields"] == {f"open_question_{left_out['id']}": ["can't be blank"]}
    assert employers.record.counts() == {"refusal": 1}


@pytest.mark.parametrize(
    ("kind", "part", "value"),
    [
        ("single_choice", "content", "Mars"),
        ("multi_choice", "multi_content][", "Klingon"),
        ("date", "content", "tomorrow"),
        ("number", "content", "many"),
        ("string", "content", "x" * 121),
        ("legal", "flag", "false"),
        ("boolean", "flag", "perhaps"),
        ("boolean", "content", "true"),
    ],
)
def test_recruitee_refuses_a_wrong_answer(employers: Employers, kind: str, part: str, value: str) -> None:
    employers.form("p", "every")
    question = next(each for each in offer_of(employers, "p")["open_questions"] if each["kind"] == kind)
    employers.form("p", [question])
    name = "candidate[open_question_answers_attributes][]"

    answer = recruitee(
        employers, "p", (f"{name}[open_question_id]", str(question["id"])), (f"{name}[{part}]", value)
    )

    assert answer.status == 422
    assert list(answer.json["error_fields"]) == [f"open_question_{question['id']}"]


@pytest.mark.parametrize("name", ["name", "email", "phone", "cv"])
def test_recruitee_refuses_without_the_fields_of_every_form(employers: Employers, name: str) -> None:
    answer = recruitee(employers, "p", drop=name)

    assert answer.status == 422
    assert answer.json["error_fields"] == {name: ["can't be blank"]}


def test_recruitee_refuses_an_answer_to_no_question(employers: Employers) -> None:
    name = "candidate[open_question_answers_attributes][]"

    answer = recruitee(employers, "p", (f"{name}[open_question_id]", "1"), (f"{name}[content]", "x"))

    assert answer.status == 422


def test_recruitee_takes_json_with_the_address_of_a_cv(employers: Employers) -> None:
    candidate = {"name": "Ada", "email": EMAIL, "phone": "1", "remote_cv_url": "https://ada.test/cv.pdf"}
    url = f"{employers.root('recruitee')}/api/offers/p/candidates"

    assert send_json(url, {"candidate": candidate}).status == 201
    assert send_json(url, candidate).status == 400
    assert send_json(url, {"candidate": {**candidate, "remote_cv_url": ""}}).status == 422
