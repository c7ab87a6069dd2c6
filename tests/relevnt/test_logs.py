"""Logs hold no personal data: what a person typed appears in no line, whatever breaks."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Task
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from relevnt import urls
from relevnt.celery import app
from relevnt.logs import LineFormatter

CANARY = "Ada's diary 4711"


@login_not_required
def breaking_page(request: HttpRequest) -> HttpResponse:
    """A page whose fault quotes what was typed, in PostgreSQL's own words."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::integer", [request.GET["typed"]])
    return HttpResponse()


urlpatterns = [path("breaking/", breaking_page), *urls.urlpatterns]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the console of the settings shows."""
    (console,) = (
        handler for handler in logging.getLogger().handlers if isinstance(handler.formatter, LineFormatter)
    )
    stream = io.StringIO()
    before = console.setStream(stream)  # type: ignore[attr-defined]
    yield stream
    console.setStream(before)  # type: ignore[attr-defined]


@pytest.fixture
def failing() -> Iterator[Any]:
    """Make a task that fails as told, and take it away again."""
    names: list[str] = []

    def make(**options: Any) -> Task:
        def fail(typed: str) -> None:
            raise ValueError(typed)

        task = app.task(name="tests.fail", **options)(fail)
        names.append(task.name)
        return task

    yield make
    for name in names:
        app.tasks.pop(name, None)


def line_of(message: Any, *args: Any, formatter: LineFormatter, error: BaseException | None = None) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return formatter.format(logging.LogRecord("x", logging.ERROR, __file__, 1, message, args, exc_info))


def raised(message: str) -> Exception:
    """An error with a cause, both quoting `message`."""
    with pytest.raises(ValueError, match=message) as caught:
        raise ValueError(message) from KeyError(message)
    return caught.value


@pytest.mark.urls(__name__)
def test_failing_page_logs_types_and_frames_and_not_what_was_typed(written: io.StringIO, db: None) -> None:
    answer = Client(raise_request_exception=False).get("/breaking/", {"typed": CANARY})

    log = written.getvalue()
    assert answer.status_code == 500
    assert "django.db.utils.DataError" in log
    assert "from psycopg.errors.InvalidTextRepresentation" in log
    assert f'File "{__file__}"' in log
    assert "in breaking_page" in log
    assert CANARY not in log
    assert "4711" not in log


def test_failing_task_logs_type_and_frames_and_not_its_message(written: io.StringIO, failing: Any) -> None:
    failing().apply(args=[CANARY])

    log = written.getvalue()
    assert "raised unexpected: ValueError" in log
    assert f'File "{__file__}"' in log
    assert "4711" not in log


def test_task_that_fails_as_expected_logs_nothing_of_its_message(
    written: io.StringIO, failing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        failing(throws=(ValueError,)).apply(args=[CANARY])

    log = written.getvalue()
    assert "raised expected: " in log
    assert "4711" not in log


@pytest.mark.parametrize("make", [lambda error: error, str, repr])
def test_message_that_is_the_exception_becomes_its_type(make: Any) -> None:
    error = raised(CANARY)

    line = line_of(make(error), formatter=LineFormatter(), error=error)

    assert "x: ValueError\n" in line
    assert "from KeyError" in line
    assert "4711" not in line


def test_exception_among_the_arguments_becomes_its_type() -> None:
    line = line_of("%s broke: %s", "It", raised(CANARY), formatter=LineFormatter())

    assert line.endswith("x: It broke: ValueError")


def test_text_that_another_handler_left_is_not_used() -> None:
    error = raised(CANARY)
    record = logging.LogRecord("x", 40, __file__, 1, "broke", (), (ValueError, error, error.__traceback__))
    logging.Formatter().format(record)

    line = LineFormatter().format(record)

    assert CANARY in (record.exc_text or "")
    assert "4711" not in line


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("GET /accounts/provider/back/?code=4711&state=0815 HTTP/1.1", "/accounts/provider/back/?… HTTP/1.1"),
        ("/login/?next=%2Faccounts%2Fprovider%2Fback%2F%3Fcode%3D4711", "%2Fback%2F%3F…"),
        ("GET /accounts/provider/back HTTP/1.1", "GET /accounts/provider/back HTTP/1.1"),
    ],
)
@pytest.mark.parametrize("with_messages", [True, False])
def test_code_of_a_sign_in_stands_in_no_line(path: str, left: str, with_messages: bool) -> None:
    line = line_of("%s", path, formatter=LineFormatter(with_messages=with_messages))

    assert line.endswith(left)
    assert "4711" not in line


def test_operator_who_debugs_sees_messages() -> None:
    error = raised(CANARY)

    line = line_of("%s", error, formatter=LineFormatter(with_messages=True), error=error)

    assert f"x: {CANARY}\n" in line
    assert f"ValueError: {CANARY}" in line
