"""Ashby answers 200 to everything, and success tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.employers.client import (
    EMAIL,
    PDF,
    Answer,
    basic,
    call,
    multipart,
    send_json,
)
from tests.employers.server import Employers


def ashby(employers: Employers, posting: str, answers: list[dict[str, Any]]) -> Answer:
    body, headers = multipart(
        ("jobPostingId", posting),
        ("applicationForm", json.dumps({"fieldSubmissions": answers})),
        ("resume_1", PDF, "cv.pdf"),
        ("file_2", PDF, "sample.pdf"),
    )
    headers["Authorization"] = basic(employers.key("ashby"))
    return call("POST", f"{employers.root('ashby')}/applicationForm.submit", body, headers)


VALUES = {
    "_systemfield_name": "Ada",
    "_systemfield_email": EMAIL,
    "_systemfield_resume": "resume_1",
    "_systemfield_phone": "1",
    "f0e1-string": "London",
    "f0e1-long-text": "Engines",
    "f0e1-boolean": True,
    "f0e1-number": 7,
    "f0e1-date": "2027-01-04",
    "f0e1-choice": "Remote",
    "f0e1-choices": ["Rust", "Python"],
    "f0e1-link": "https://ada.test",
    "f0e1-file": "file_2",
}


def submissions(**changed: Any) -> list[dict[str, Any]]:
    return [{"path": path, "value": value} for path, value in {**VALUES, **changed}.items()]


def test_ashby_shows_its_form(employers: Employers) -> None:
    employers.form("p", "every")
    key = basic(employers.key("ashby"))

    shown = send_json(
        f"{employers.root('ashby')}/jobPosting.info", {"jobPostingId": "p"}, Authorization=key
    ).json

    (section,) = shown["results"]["applicationFormDefinition"]["sections"]
    assert {entry["field"]["path"] for entry in section["fields"] if entry["isRequired"]} == set(VALUES)
    without = send_json(f"{employers.root('ashby')}/jobPosting.info", {"jobPostingId": "p"})
    assert without.status == 401


def test_ashby_takes_an_answer_of_every_kind(employers: Employers) -> None:
    employers.form("p", "every")

    answer = ashby(employers, "p", submissions())

    assert answer.json["success"] is True, answer.body
    (arrived,) = employers.record.arrivals()
    assert [file.name for file in arrived.files] == ["cv.pdf", "sample.pdf"]


@pytest.mark.parametrize(
    ("path", "value"),
    [*((path, None) for path in VALUES), ("f0e1-choice", "Mars"), ("f0e1-number", "7"), ("f0e1-boolean", "yes"),
     ("f0e1-date", "soon"), ("f0e1-choices", "Rust"), ("_systemfield_resume", "resume_9"), ("f0e1-link", "ada")],
)  # fmt: skip
def test_ashby_answers_a_wrong_form_with_200_and_no_success(
    employers: Employers, path: str, value: Any
) -> None:
    employers.form("p", "every")

    answer = ashby(employers, "p", submissions(**{path: value}))

    assert answer.status == 200
    assert answer.json["success"] is False
    assert path in answer.json["errorInfo"]["message"]
    assert employers.record.counts() == {"refusal": 1}
