"""SmartRecruiters checks answers, files and consent, and can be asked."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from tests.employers.channels.smartrecruiters import uuid_of
from tests.employers.client import (
    Answer,
    application,
    call,
)
from tests.employers.server import Employers


def smart(employers: Employers, **changed: Any) -> Answer:
    _, body, headers = application(employers, "smartrecruiters", "u-1")
    url = f"{employers.root('smartrecruiters')}/v1/postings/u-1/candidates"
    return call("POST", url, json.dumps({**json.loads(body), **changed}).encode(), headers)


def smart_answers(style: str, **changed: list[str]) -> list[dict[str, Any]]:
    values = {
        "1": ["London"],
        "2": ["Engines"],
        "3": ["value-3-0"],
        "4": ["value-4-1"],
        "5": ["value-5-0", "value-5-1"],
        "6": ["value-6-0"],
        **changed,
    }
    answers = []
    for number, given in values.items():
        fields: Any = {f"field-{number}": given}
        if style == "list":
            fields = [{"id": f"field-{number}", "values": [{"id": each} for each in given]}]
        answers.append({"id": f"question-{number}", "records": [{"fields": fields}]})
    return answers


@pytest.mark.parametrize("style", ["map", "list"])
def test_smartrecruiters_takes_answers_and_can_be_asked(employers: Employers, style: str) -> None:
    employers.form("u-1", "every")
    headers = {"X-SmartToken": employers.key("smartrecruiters")}
    url = f"{employers.root('smartrecruiters')}/v1/postings/u-1"
    assert len(call("GET", f"{url}/configuration", headers=headers).json["questions"]) == 7

    answer = smart(employers, answers=smart_answers(style), consent=True)

    assert answer.status == 201, answer.body
    candidate = answer.json["id"]
    assert call("GET", f"{url}/candidates/{candidate}/status", headers=headers).json == {"status": "NEW"}
    assert call("GET", f"{url}/candidates/other/status", headers=headers).status == 404
    assert call("GET", f"{url}/candidates/{candidate}/status").status == 401


@pytest.mark.parametrize(
    "changed", [{"1": []}, {"3": ["value-4-1"]}, {"4": ["value-4-0", "value-4-1"]}, {"6": []}]
)
def test_smartrecruiters_refuses_wrong_answers(employers: Employers, changed: dict[str, list[str]]) -> None:
    employers.form("u-1", "every")

    assert smart(employers, answers=smart_answers("map", **changed), consent=True).status == 400


def test_smartrecruiters_refuses_without_consent(employers: Employers) -> None:
    employers.form("u-1", "every")

    assert smart(employers, answers=smart_answers("map")).status == 400


@pytest.mark.parametrize(("size", "status"), [(2 * 1024 * 1024, 201), (2 * 1024 * 1024 + 1, 400)])
def test_smartrecruiters_takes_two_megabytes(employers: Employers, size: int, status: int) -> None:
    content = b64encode(b"%PDF-" + bytes(size - 5)).decode()
    letter = {"fileName": "letter.pdf", "mimeType": "application/pdf", "fileContent": content}

    assert smart(employers, attachments=[letter]).status == status


def test_smartrecruiters_tells_the_uuid_of_a_public_number(employers: Employers) -> None:
    url = f"{employers.root('smartrecruiters')}/v1/companies/acme/postings/744000"

    assert call("GET", url).json["uuid"] == uuid_of("744000")
    employers.close("744000")
    assert call("GET", url).status == 404
