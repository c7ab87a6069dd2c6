"""Every channel against every behaviour of its employer: the outcome is the one of the table, and what arrived is counted."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import pytest

from autoapply.channels import CHANNELS, send, sending
from autoapply.outcomes import Outcome
from matching.guarded_http import Limits, Request
from tests.autoapply.channels.conftest import lead_to
from tests.autoapply.channels.kits import CV, KEY, KEYED, SYSTEMS, kit, opening, write
from tests.employers.server import Employers

USUAL = Limits(connect_seconds=5, total_seconds=10, body_bytes=64 * 1024)
IMPATIENT = Limits(connect_seconds=1, total_seconds=1, body_bytes=1024 * 1024)
MAILBOX = "jobs@employers.test"

# Behaviour, options, the outcome's kind and code, and whether the employer then has it.
HTTP: dict[str, tuple[str, dict[str, Any], str, str, bool]] = {
    "ok": ("ok", {}, "accepted", "taken", True),
    "slow": ("slow", {"seconds": 0.2}, "accepted", "taken", True),
    **{
        f"refused-{status}": ("refused", {"status": status}, "refused", code, False)
        for status, code in {
            400: "not_valid",
            401: "not_allowed",
            403: "not_allowed",
            404: "gone",
            410: "gone",
            413: "too_large",
            415: "wrong_type",
            422: "not_valid",
        }.items()
    },
    "error_before": ("error_before", {"status": 500}, "doubtful", "server_error", False),
    "error_after": ("error_after", {"status": 502}, "doubtful", "server_error", True),
    "throttled": ("throttled", {"retry_after": 7}, "try_later", "throttled", False),
    "throttled-date": ("throttled", {"retry_after": 40, "form": "date"}, "try_later", "throttled", False),
    "unavailable": ("unavailable", {"retry_after": 7}, "try_later", "unavailable", False),
    "drop_before": ("drop_before", {}, "doubtful", "reset", False),
    "drop_after": ("drop_after", {}, "doubtful", "reset", True),
    "stall_before": ("stall_before", {}, "doubtful", "read_timeout", False),
    "stall_after": ("stall_after", {}, "doubtful", "read_timeout", True),
    "error_page": ("error_page", {}, "doubtful", "error_page", False),
    "error_page-taken": ("error_page", {"taken": True}, "doubtful", "error_page", True),
    "duplicate": ("duplicate", {}, "accepted", "already", False),
    "duplicate-body": ("duplicate", {"form": "body"}, "accepted", "already", False),
    "redirect": ("redirect", {}, "refused", "moved", False),
    "request_timeout": ("request_timeout", {}, "doubtful", "request_timeout", False),
    "endless_body": ("endless_body", {}, "doubtful", "unreadable", True),
    "endless_body-declared": ("endless_body", {"declared": True}, "doubtful", "unreadable", True),
    "endless_body-slow": ("endless_body", {"pause": 0.3}, "doubtful", "total_timeout", True),
}


@pytest.mark.parametrize("case", HTTP)
@pytest.mark.parametrize("system", SYSTEMS)
def test_outcome_is_that_of_the_table(boards: Employers, system: str, case: str) -> None:
    behaviour, options, kind, code, arrives = HTTP[case]
    boards.plan("p1", behaviour, **options)
    if code == "not_allowed" and system in KEYED:
        code = "key_refused"

    outcome = send(write(boards, system), limits=IMPATIENT if code.endswith("timeout") else USUAL)

    if case == "drop_before":
        # The line broke while the body was on its way, or when its answer was waited for.
        assert (outcome.kind, outcome.code in {"reset", "write_error"}) == ("doubtful", True)
    else:
        assert (outcome.kind, outcome.code) == (kind, code)
    assert bool(boards.record.arrivals(key=str(KEY))) is arrives
    assert bool(outcome.answer_sha256) is (outcome.status is not None and outcome.code != "total_timeout")


@pytest.mark.parametrize("behaviour", ["bad_tls", "connection_refused"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_nothing_leaves_without_a_trusted_connection(
    employers: Employers, settings: Any, system: str, behaviour: str
) -> None:
    lead_to(employers, settings, behaviour)

    outcome = send(write(employers, system), limits=USUAL)

    assert outcome == Outcome("never_left", "tls" if behaviour == "bad_tls" else "connect_refused")
    assert not employers.record.entries()


# Behaviour, options, kind and code, whether the employer then has it.
MAIL: dict[str, tuple[str, dict[str, Any], str, str, bool]] = {
    "ok": ("ok", {}, "accepted", "taken", True),
    "slow": ("slow", {"seconds": 0.2}, "accepted", "taken", True),
    "refused": ("refused", {"status": 550}, "refused", "mail_refused", False),
    "refused-data": ("refused", {"status": 554, "stage": "data"}, "refused", "mail_refused", False),
    "refused-large": ("refused", {"status": 552, "stage": "data"}, "refused", "too_large", False),
    "deferred": ("deferred", {}, "try_later", "mail_deferred", False),
    "deferred-data": ("deferred", {"stage": "data"}, "try_later", "mail_deferred", False),
    "drop_before": ("drop_before", {}, "never_left", "reset", False),
    "stall_before": ("stall_before", {}, "never_left", "read_timeout", False),
    "drop_after": ("drop_after", {}, "doubtful", "reset", True),
    "drop_after-quietly": ("drop_after", {"reset": False}, "doubtful", "reset", True),
    "stall_after": ("stall_after", {}, "doubtful", "read_timeout", True),
}


@pytest.mark.parametrize("case", MAIL)
def test_outcome_of_a_mail_is_that_of_the_table(boards: Employers, case: str) -> None:
    behaviour, options, kind, code, arrives = MAIL[case]
    boards.plan(MAILBOX, behaviour, **options)

    outcome = send(write(boards, "email", MAILBOX), limits=IMPATIENT if code.endswith("timeout") else USUAL)

    assert (outcome.kind, outcome.code) == (kind, code)
    assert bool(boards.record.arrivals(key=str(KEY))) is arrives
    assert outcome.retry_after_seconds == (900 if kind == "try_later" else None)


@pytest.mark.parametrize("system", [*SYSTEMS, "email"])
def test_key_of_the_application_arrives_with_it(boards: Employers, system: str) -> None:
    posting = MAILBOX if system == "email" else "p1"

    outcome = send(write(boards, system, posting), limits=USUAL)

    (arrived,) = boards.record.arrivals()
    assert (outcome.kind, arrived.key, arrived.applicant) == ("accepted", str(KEY), "ada@example.com")
    assert arrived.missing == ()
    assert [file.size for file in arrived.files] == [len(CV.content)]


@pytest.mark.parametrize("system", [*SYSTEMS, "email"])
def test_what_is_sent_is_what_was_written(boards: Employers, system: str) -> None:
    posting = MAILBOX if system == "email" else "p1"
    outgoing = write(boards, system, posting)

    send(outgoing, limits=USUAL)

    (arrived,) = boards.record.arrivals()
    if isinstance(outgoing.request, Request):
        assert arrived.sha256 == hashlib.sha256(outgoing.request.content).hexdigest()
    assert outgoing.sha256 == write(boards, system, posting).sha256


@pytest.mark.parametrize("system", [*SYSTEMS, "email"])
def test_nothing_leaves_when_it_may_not(boards: Employers, system: str) -> None:
    posting = MAILBOX if system == "email" else "p1"
    asked = []

    outcome = send(write(boards, system, posting), may_leave=lambda: bool(asked.append(1)), limits=USUAL)

    assert (outcome, asked) == (Outcome("never_left", "too_late"), [1])
    assert not boards.record.arrivals()


@pytest.mark.parametrize("system", ["recruitee", "email"])
def test_what_the_last_question_raises_goes_through_and_nothing_left(boards: Employers, system: str) -> None:
    def fail() -> bool:
        raise LookupError("the database is gone")

    with pytest.raises(LookupError):
        send(write(boards, system, MAILBOX if system == "email" else "p1"), may_leave=fail, limits=USUAL)

    assert not boards.record.arrivals()


@pytest.mark.parametrize("system", KEYED)
def test_revoked_key_is_named_as_such(boards: Employers, system: str) -> None:
    boards.revoke(system)

    outcome = send(write(boards, system), limits=USUAL)

    assert (outcome.kind, outcome.code, outcome.status) == ("refused", "key_refused", 401)


@pytest.mark.parametrize("system", SYSTEMS)
def test_posting_that_is_gone_refuses(boards: Employers, system: str) -> None:
    boards.close("p1")

    outcome = send(write(boards, system), limits=USUAL)

    assert (outcome.kind, outcome.code) == ("refused", "not_taken" if system == "ashby" else "gone")


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_wait_that_was_asked_for_is_told_in_seconds(boards: Employers, form: str) -> None:
    boards.plan("p1", "throttled", retry_after=90, form=form)

    outcome = send(write(boards, "recruitee"), limits=USUAL)

    assert outcome.retry_after_seconds in {89, 90, 91}


class Lawless:
    """A channel whose reading of answers has a fault of its own."""

    def __getattr__(self, name: str) -> Any:
        return getattr(CHANNELS["recruitee"], name)

    def classify(self, answer: Any, **_: Any) -> Outcome:
        raise ZeroDivisionError


def test_unforeseen_end_after_the_first_byte_is_a_doubt_and_noted(
    boards: Employers, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = sending.send(write(boards, "recruitee"), Lawless(), limits=USUAL)  # type: ignore[arg-type]

    assert outcome == Outcome("doubtful", "unexpected")
    assert [record.getMessage() for record in caplog.records] == [
        "An application by recruitee ended unforeseen"
    ]
    assert boards.record.arrivals()


def test_unforeseen_end_before_the_first_byte_left_nothing(boards: Employers, settings: Any) -> None:
    outgoing = write(boards, "recruitee")
    settings.OUTBOUND_PRIVATE_HOSTS = None

    assert send(outgoing, limits=USUAL) == Outcome("never_left", "unexpected")
    assert not boards.record.entries()


@pytest.mark.parametrize("name", ["handoff", "record"])
def test_what_cannot_send_says_so(name: str) -> None:
    destination = opening("greenhouse")
    outgoing = CHANNELS[name].write(destination, kit(), key=None, idempotency_key=KEY)

    assert send(outgoing) == Outcome("never_left", "cannot_send")


def test_key_is_in_nothing_that_is_shown_or_logged(
    boards: Employers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    boards.plan("p1", "drop_after")
    for system in KEYED:
        key = boards.key(system)
        outgoing = write(boards, system)
        outcome = send(outgoing, limits=USUAL)
        told = [
            repr(outgoing),
            repr(outgoing.request),
            outgoing.public_url,
            repr(outgoing.shown),
            repr(outcome),
        ]
        assert not any(key in each or quote(key) in each for each in told)
        assert key not in caplog.text
        assert "ada@example.com" not in caplog.text
