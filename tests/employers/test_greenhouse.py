"""Greenhouse takes almost everything, and what was missing is on record."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.employers.client import (
    EMAIL,
    PDF,
    apply,
    basic,
    call,
    multipart,
    send_json,
)
from tests.employers.server import Employers


def test_greenhouse_shows_questions_when_asked(employers: Employers) -> None:
    employers.form("41", "every")
    url = f"{employers.root('greenhouse')}/v1/boards/acme/jobs/41"

    assert "questions" not in call("GET", url).json
    shown = call("GET", f"{url}?questions=true").json

    assert {field["type"] for question in shown["questions"] for field in question["fields"]} == {
        "input_text", "input_file", "textarea", "multi_value_single_select", "multi_value_multi_select", "input_hidden"
    }  # fmt: skip
    assert shown["data_compliance"][0]["requires_consent"] is True


def test_greenhouse_takes_what_lacks_required_answers_and_says_so_here(employers: Employers) -> None:
    employers.form("41", "every")

    assert apply(employers, "greenhouse", "41").status == 200

    (arrived,) = employers.record.arrivals()
    assert set(arrived.missing) == {
        "phone", "question_6101", "question_6102", "question_6103", "question_6104", "question_6105", "data_compliance"
    }  # fmt: skip


def test_greenhouse_misses_nothing_in_a_whole_application(employers: Employers) -> None:
    employers.form("41", "every")
    given = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": EMAIL,
        "phone": "1",
        "resume_content": b64encode(PDF).decode(),
        "resume_content_filename": "cv.pdf",
        "question_6101": "https://ada.test",
        "question_6102": "Engines",
        "question_6103": 1,
        "question_6104": [0, 2],
        "question_6105_content": b64encode(PDF).decode(),
        "question_6105_content_filename": "sample.pdf",
        "data_compliance": {"gdpr_processing_consent_given": True},
    }
    url = f"{employers.root('greenhouse')}/v1/boards/acme/jobs/41"
    key = basic(employers.key("greenhouse"))

    assert send_json(url, given, Authorization=key).status == 200
    assert send_json(url, {**given, "question_6103": 9}, Authorization=key).status == 200

    whole, wrong = employers.record.arrivals()
    assert whole.missing == ()
    assert [file.name for file in whole.files] == ["cv.pdf", "sample.pdf"]
    assert wrong.missing == ("question_6103: no such value",)


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_name", ""), ("last_name", "x" * 256), ("email", "ada"), ("first_name", "see https://spam.test")],
)
def test_greenhouse_refuses_wrong_names(employers: Employers, field: str, value: str) -> None:
    given = {"first_name": "Ada", "last_name": "Lovelace", "email": EMAIL, field: value}
    url = f"{employers.root('greenhouse')}/v1/boards/acme/jobs/41"

    assert send_json(url, given, Authorization=basic(employers.key("greenhouse"))).status == 422


def test_greenhouse_refuses_a_file_of_another_kind(employers: Employers) -> None:
    body, headers = multipart(
        ("first_name", "Ada"), ("last_name", "Lovelace"), ("email", EMAIL), ("resume", PDF, "cv.exe")
    )
    headers["Authorization"] = basic(employers.key("greenhouse"))

    assert call("POST", f"{employers.root('greenhouse')}/v1/boards/acme/jobs/41", body, headers).status == 422
