"""The optional writer: what is asked, what is made of every kind of answer, and what it may cost."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from matching.guarded_http import NeverLeft, Request, send
from matching.models import WriterDay
from matching.writer import NoAnswer, ask_writer, current_writer
from personas.row_security import APP_ROLE, WORKER_ROLE
from relevnt.environment import Environment, ImproperlyConfigured
from tests import writers
from tests.roles import as_role
from tests.writers import PlayedWriter

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HTML = b"<!doctype html><title>Sign in</title>"


@pytest.fixture
def writer(settings: Any) -> Iterator[PlayedWriter]:
    with PlayedWriter().running() as played:
        settings.WRITER_URL, settings.WRITER_MODEL, settings.WRITER_KEY = played.url, "small-1", "secret-key"
        settings.WRITER_SECONDS, settings.WRITER_CALLS_PER_DAY = 5.0, 200
        yield played


def ask(now: datetime = NOW) -> str:
    with as_role(WORKER_ROLE):
        return ask_writer(task="Rewrite.", text="A note.", now=now)


def day(at: datetime = NOW) -> WriterDay:
    with as_role(WORKER_ROLE):
        return WriterDay.objects.get(day=at.date())


def test_question_holds_the_text_and_the_key_and_nothing_else(writer: PlayedWriter) -> None:
    writer.reply = writers.says("Other words.")

    assert ask() == "Other words."

    assert writer.paths == ["/v1/chat/completions"]
    assert writer.keys == ["Bearer secret-key"]
    (asked,) = writer.asked
    assert (asked["model"], asked["stream"]) == ("small-1", False)
    assert [(each["role"], each["content"]) for each in asked["messages"]] == [
        ("system", "Rewrite."),
        ("user", "A note."),
    ]
    assert set(asked) == {"model", "messages", "temperature", "max_tokens", "stream"}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (writers.gives(200, HTML, Content_Type="text/html"), "unreadable"),
        (writers.gives(200, b'{"choices": []}'), "unreadable"),
        (writers.gives(200, b'{"choices": [{"message": null}]}'), "unreadable"),
        (writers.gives(200, b"[" * 100_000), "unreadable"),
        (writers.gives(200, b'["choices"]'), "unreadable"),
        (writers.gives(200, b"\xff\xfe"), "unreadable"),
        (writers.says(None), "unreadable"),
        (writers.says(["words"]), "unreadable"),
        (writers.says("Cut in the mid", ended="length"), "unreadable"),
        (writers.never_ends, "unreadable"),
        (writers.gives(500), "failed"),
        (writers.gives(418), "failed"),
        (writers.gives(401), "not_allowed"),
        (writers.gives(404), "not_there"),
        (writers.gives(429), "throttled"),
        (writers.gives(302, Location="/v1/elsewhere"), "redirected"),
        (writers.hangs_up, "failed"),
    ],
)
def test_every_other_answer_is_none(writer: PlayedWriter, reply: writers.Reply, reason: str) -> None:
    writer.reply = reply

    with pytest.raises(NoAnswer) as raised:
        ask()

    assert raised.value.reason == reason
    assert writer.paths == ["/v1/chat/completions"]  # nothing is followed, nothing asked twice
    assert (day().calls, day().failures_in_row, day().last_failure) == (1, 1, reason)


@pytest.mark.parametrize("reply", [writers.is_late(30), writers.drips])
def test_late_answer_is_not_waited_for(writer: PlayedWriter, settings: Any, reply: writers.Reply) -> None:
    settings.WRITER_SECONDS = 0.5
    writer.reply = reply

    with pytest.raises(NoAnswer, match="late"):
        ask()


def test_writer_that_is_not_there_is_unreachable(settings: Any, writer: PlayedWriter) -> None:
    settings.WRITER_URL = "http://127.0.0.1:9/v1"

    with pytest.raises(NoAnswer, match="unreachable"):
        ask()


def test_own_network_is_open_to_the_writer_alone(writer: PlayedWriter, settings: Any) -> None:
    """Whoever names a writer inside opens that door for its questions, and for no other request."""

    assert not settings.OUTBOUND_PRIVATE_HOSTS
    writer.reply = writers.says("Words.")
    assert ask() == "Words."

    with pytest.raises(NeverLeft):
        send(Request("GET", writer.url))


def test_budget_of_a_day_is_never_exceeded(writer: PlayedWriter, settings: Any) -> None:
    settings.WRITER_CALLS_PER_DAY = 3
    writer.reply = writers.says("Words.")
    for _question in range(3):
        ask()

    with pytest.raises(NoAnswer) as raised:
        ask()

    assert (raised.value.reason, raised.value.stops) == ("spent", True)
    assert len(writer.asked) == 3
    assert ask(NOW + timedelta(days=1)) == "Words."


def test_failures_in_a_row_give_it_rest_and_an_answer_ends_them(writer: PlayedWriter) -> None:
    writer.reply = writers.gives(500)
    for _failure in range(3):
        with pytest.raises(NoAnswer, match="failed"):
            ask()

    with pytest.raises(NoAnswer, match="resting"):
        ask(NOW + timedelta(minutes=14))

    assert len(writer.asked) == 3
    writer.reply = writers.says("Words.")
    assert ask(NOW + timedelta(minutes=16)) == "Words."
    assert day().failures_in_row == 0


def test_rest_goes_on_after_midnight(writer: PlayedWriter) -> None:
    writer.reply = writers.gives(429, Retry_After="7200")
    late = NOW.replace(hour=23)
    with pytest.raises(NoAnswer, match="throttled"):
        ask(late)

    with pytest.raises(NoAnswer, match="resting"):
        ask(late + timedelta(minutes=90))


@pytest.mark.parametrize(
    ("reply", "minutes"),
    [
        (writers.gives(429), 15),
        (writers.gives(429, Retry_After="60"), 1),
        (writers.gives(429, Retry_After="999999999"), 24 * 60),
        (writers.gives(503, Retry_After="120"), 2),
        (writers.gives(401), 60),
        (writers.gives(404), 60),
    ],
)
def test_it_is_left_alone_for_as_long_as_it_asks(
    writer: PlayedWriter, reply: writers.Reply, minutes: int
) -> None:
    writer.reply = reply
    with pytest.raises(NoAnswer):
        ask()

    assert day().rests_until == NOW + timedelta(minutes=minutes)


def test_nothing_is_logged_but_the_reason(writer: PlayedWriter, caplog: pytest.LogCaptureFixture) -> None:
    writer.reply = writers.gives(500, b"A note. secret-key")
    with caplog.at_level(logging.DEBUG), pytest.raises(NoAnswer):
        ask()

    assert "failed" in caplog.text
    assert "note" not in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(("name", "value"), [("WRITER_URL", ""), ("WRITER_CALLS_PER_DAY", 0)])
def test_without_address_or_budget_there_is_none(
    writer: PlayedWriter, settings: Any, name: str, value: object
) -> None:
    setattr(settings, name, value)

    assert current_writer() is None
    with pytest.raises(NoAnswer, match="off"):
        ask()
    assert not writer.asked


def test_pages_may_claim_a_question_too(writer: PlayedWriter) -> None:
    writer.reply = writers.says("Words.")
    with as_role(APP_ROLE):
        assert ask_writer(task="Rewrite.", text="A note.", now=NOW) == "Words."


def test_address_without_a_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITER_URL", "http://localhost:11434/v1")
    monkeypatch.setenv("WRITER_MODEL", "")

    with pytest.raises(ImproperlyConfigured, match="WRITER_MODEL"):
        Environment().needed_with("WRITER_MODEL", "WRITER_URL", example="small")


def test_counts_cannot_be_negative() -> None:
    with as_role(WORKER_ROLE), pytest.raises(IntegrityError), transaction.atomic():
        WriterDay.objects.create(day=NOW.date(), calls=-1)
