"""The table of outcomes: every status, every reading of a wait, every body that says something else than its status."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoapply.outcomes import (
    Outcome,
    Receipt,
    classify_answer,
    classify_mail,
    plain_receipt,
    read_wait,
    reference,
    says_already,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
REFUSED = {
    400: "not_valid",
    401: "not_allowed",
    403: "not_allowed",
    404: "gone",
    410: "gone",
    413: "too_large",
    415: "wrong_type",
    422: "not_valid",
}


def classify(status: int, body: Any = b"", **values: Any) -> Outcome:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return classify_answer(status, headers=values.pop("headers", {}), body=content, **values)


@pytest.mark.parametrize("status", range(200, 300))
def test_every_2xx_is_there(status: int) -> None:
    assert classify(status) == Outcome("accepted", "taken", status)


@pytest.mark.parametrize("status", range(300, 400))
def test_every_3xx_has_moved(status: int) -> None:
    assert classify(status) == Outcome("refused", "moved", status)


@pytest.mark.parametrize("status", range(400, 600))
def test_every_error_has_the_class_of_the_table(status: int) -> None:
    outcome = classify(status)

    if status in REFUSED:
        assert outcome == Outcome("refused", REFUSED[status], status)
    elif status == 409:
        assert outcome == Outcome("accepted", "already", status)
    elif status == 429:
        assert outcome == Outcome("try_later", "throttled", status, "", 60)
    else:
        code = "request_timeout" if status == 408 else "unexpected_status" if status < 500 else "server_error"
        assert outcome == Outcome("doubtful", code, status)


@pytest.mark.parametrize("status", [401, 403])
def test_refusal_of_an_employers_key_is_named(status: int) -> None:
    assert classify(status, keyed=True) == Outcome("refused", "key_refused", status)
    assert classify(status, keyed=False).code == "not_allowed"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("0", 1),
        ("3600", 3600),
        ("86400", 3600),
        ("1.2", 2),
        (" 30 ", 30),
        ("Mon, 02 Mar 2026 12:01:30 GMT", 90),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 1),
        ("Tue, 03 Mar 2026 12:00:00 GMT", 3600),
    ],
)
def test_wait_is_seconds_or_a_date_within_a_second_and_an_hour(status: int, said: str, seconds: int) -> None:
    outcome = classify(status, headers={"retry-after": said}, at=NOON)

    assert (outcome.kind, outcome.retry_after_seconds) == ("try_later", seconds)


@pytest.mark.parametrize("said", ["", "soon", "-5", "Mon, 99 Mar 2026", "1e9", "9" * 400])
def test_wait_that_cannot_be_read_makes_503_a_doubt_and_429_a_usual_wait(said: str) -> None:
    headers = {"retry-after": said}

    assert classify(503, headers=headers, at=NOON) == Outcome("doubtful", "server_error", 503)
    assert classify(429, headers=headers, at=NOON).retry_after_seconds == 60


def test_date_is_measured_by_the_clock_of_whoever_said_it() -> None:
    headers = {"retry-after": "Mon, 02 Mar 2026 18:00:30 GMT", "date": "Mon, 02 Mar 2026 18:00:00 GMT"}

    assert read_wait(headers, at=NOON) == 30
    assert read_wait({"retry-after": headers["retry-after"]}) is None


@settings(deadline=None)
@given(said=st.text(max_size=40), date=st.text(max_size=40))
def test_any_wait_is_within_its_bounds(said: str, date: str) -> None:
    wait = read_wait({"retry-after": said, "date": date}, at=NOON)

    assert wait is None or 1 <= wait <= 3600


@pytest.mark.parametrize(
    "body",
    [
        {"error": ["Candidate has already applied for this job"]},
        {"message": "You have already submitted an application"},
        {"errors": [{"code": "APPLICATION_ALREADY_EXISTS", "message": "no"}]},
        {"ok": False, "error": "already applied"},
        {"errorInfo": {"code": "application_already_exists"}},
        b"Duplicate application",
        "already been submitted",
    ],
)
@pytest.mark.parametrize("status", [400, 403, 422])
def test_refusal_that_says_already_is_there(status: int, body: Any) -> None:
    assert classify(status, body) == Outcome("accepted", "already", status)


@pytest.mark.parametrize(
    "body",
    [
        {"error": ["Email is invalid"]},
        {"error": "no", "candidate": {"cover_letter": "I have already applied elsewhere"}},
        {"error_fields": {"cv": ["is already"]}},
        b"",
        b"{",
        b"[" * 50_000,
    ],
)
def test_refusal_that_quotes_or_says_something_else_stays_one(body: Any) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    assert not says_already(content)
    assert classify(422, content).kind == "refused"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "text/html; charset=utf-8"}, b"Something went wrong"),
        ({"content-type": "application/xhtml+xml"}, b""),
        ({}, b"  \r\n<!DOCTYPE html><title>Error</title>"),
        ({"content-type": "application/json"}, b"<html>"),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_page_under_2xx_is_no_receipt(status: int, headers: dict, body: bytes) -> None:
    assert classify(status, body, headers=headers) == Outcome("doubtful", "error_page", status)


@pytest.mark.parametrize("values", [{"body": b"{"}, {"body": b"OK"}, {"body": b"{}", "truncated": True}])
def test_receipt_that_cannot_be_read_is_a_doubt_unless_its_status_says_made(values: dict) -> None:
    assert classify(200, **values) == Outcome("doubtful", "unreadable", 200)
    assert classify(201, **values) == Outcome("accepted", "taken", 201)
    assert classify(201, strict=True, **values) == Outcome("doubtful", "unreadable", 201)


@pytest.mark.parametrize("body", [{"success": False}, {"ok": False}, {"error": "no"}, {"errors": ["x"]}])
def test_2xx_whose_body_says_no_is_refused(body: dict) -> None:
    assert classify(200, body) == Outcome("refused", "not_taken", 200)


def test_2xx_whose_body_says_already_is_there() -> None:
    body = {"success": False, "errors": ["application_already_exists"]}

    assert classify(200, body) == Outcome("accepted", "already", 200)


def test_2xx_whose_body_refuses_the_key_names_it() -> None:
    assert classify(200, {"success": False, "errors": ["missing_endpoint_permission"]}).code == "key_refused"


@pytest.mark.parametrize("body", [{}, [], 7, {"error": None, "errors": []}, {"ok": True}])
def test_body_that_says_neither_leaves_it_to_the_status(body: Any) -> None:
    assert plain_receipt(body) == Receipt(None)
    assert classify(200, body).kind == "accepted"
    assert classify(200, body, strict=True).kind == "doubtful"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("abc", "abc"),
        (12, "12"),
        (True, ""),
        (None, ""),
        ({}, ""),
        ("a\nb\x00", "ab"),
        ("x" * 300, "x" * 255),
    ],
)
def test_reference_is_kept_plain_and_short(value: Any, kept: str) -> None:
    assert reference(value) == kept


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (250, "accepted", "taken"),
        (421, "try_later", "mail_deferred"),
        (451, "try_later", "mail_deferred"),
        (550, "refused", "mail_refused"),
        (552, "refused", "too_large"),
        (354, "doubtful", "unexpected_status"),
        (-1, "doubtful", "unexpected_status"),
    ],
)
def test_mail_has_a_table_of_its_own(status: int, kind: str, code: str) -> None:
    outcome = classify_mail(status)

    assert (outcome.kind, outcome.code, outcome.status) == (kind, code, status)
    assert outcome.retry_after_seconds == (900 if kind == "try_later" else None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)


@settings(deadline=None)
@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()),
    headers=st.dictionaries(st.sampled_from(["content-type", "retry-after", "date"]), st.text(max_size=30)),
    strict=st.booleans(),
    keyed=st.booleans(),
)
def test_whatever_comes_has_exactly_one_outcome(
    status: int, body: bytes, headers: dict, strict: bool, keyed: bool
) -> None:
    outcome = classify(status, body, headers=headers, strict=strict, keyed=keyed, at=NOON)

    assert outcome.kind in {"accepted", "refused", "try_later", "doubtful"}
    assert (outcome.retry_after_seconds is not None) is (outcome.kind == "try_later")
    if outcome.kind == "accepted":
        assert 200 <= status <= 299 or outcome.code == "already"
