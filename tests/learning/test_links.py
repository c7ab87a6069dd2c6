"""Links: asked politely, judged by what the answer says, and never led inside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.link_verdicts import Answered, judge
from learning.links import check_links, dead_among
from learning.models import Course, LinkHost
from personas.row_security import WORKER_ROLE
from tests.factories import CourseFactory
from tests.learning.conftest import NOW
from tests.roles import as_role

pytestmark = pytest.mark.django_db


class Site:
    """A site on the loopback that answers each path as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()

            def _answer(self) -> None:
                site.asked.append((self.command, self.path))
                status, headers = site.answers.get(f"{self.command} {self.path}") or site.answers.get(
                    self.path, (404, {})
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    site = Site()
    settings.OUTBOUND_PRIVATE_HOSTS = frozenset([site.root.removeprefix("http://")])
    yield site
    site.stop()


@pytest.fixture
def look(site: Site) -> Callable[..., Course]:
    """Look at one course of the site, at a moment."""

    def check(path: str = "/course", *, days: float = 0) -> Course:
        course = Course.objects.filter(url=site.root + path).first() or CourseFactory(url=site.root + path)
        with as_role(WORKER_ROLE):
            Course.objects.exclude(pk=course.pk).update(link_due_at=NOW + timedelta(days=9999))
            Course.objects.filter(pk=course.pk).update(link_due_at=NOW)
            LinkHost.objects.all().delete()
            check_links(now=NOW + timedelta(days=days), most=5)
        return Course.objects.get(pk=course.pk)

    return check


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"/course": (200, {})}, "alive"),
        ({"HEAD /course": (405, {}), "GET /course": (200, {})}, "alive"),
        ({"/course": (301, {"Location": "/moved"}), "/moved": (200, {})}, "alive"),
        ({"/course": (404, {})}, "failing"),
        ({"/course": (410, {})}, "failing"),
        ({"/course": (403, {})}, "unclear"),
        ({"/course": (500, {})}, "unclear"),
        ({"/course": (302, {"Location": "/"}), "/": (200, {})}, "unclear"),
        ({"/course": (302, {"Location": "/login"}), "/login": (200, {})}, "unclear"),
        ({"/course": (302, {"Location": "/course"})}, "unclear"),
        ({"/course": (302, {"Location": "http://10.0.0.1/inside"})}, "unclear"),
        ({"/course": (302, {})}, "unclear"),
        ({"/course": (302, {"Location": "http://[broken"})}, "unclear"),
    ],
)
def test_link_is_judged_by_its_answer(
    site: Site, look: Callable[..., Course], answers: dict[str, tuple[int, dict[str, str]]], state: str
) -> None:
    site.answers = answers

    assert look().link_state == state


def test_link_is_dead_at_the_second_failure_and_alive_again_when_it_answers(
    site: Site, look: Callable[..., Course]
) -> None:
    assert look().link_state == "failing"
    assert look(days=1).link_state == "failing"
    dead = look(days=3)
    assert (dead.link_state, dead.link_failures, dead.link_status) == ("dead", 3, 404)
    assert dead_among([dead.url, "https://elsewhere.example"]) == {dead.url}

    site.answers["/course"] = (200, {})

    alive = look(days=40)
    assert (alive.link_state, alive.link_failures, alive.link_failed_at) == ("alive", 0, None)


def test_retry_after_is_honored(site: Site, look: Callable[..., Course]) -> None:
    site.answers["/course"] = (429, {"Retry-After": str(10 * 24 * 3600)})

    assert look().link_due_at >= NOW + timedelta(days=10)


def test_host_is_asked_once_a_run_and_once_a_minute(site: Site) -> None:
    for number in range(3):
        site.answers[f"/{number}"] = (200, {})
        CourseFactory(url=f"{site.root}/{number}", link_due_at=NOW)
    with as_role(WORKER_ROLE):
        looked = [
            check_links(now=NOW + timedelta(seconds=seconds), most=10).looked for seconds in (0, 30, 60, 121)
        ]

    assert looked == [1, 0, 1, 1]
    assert len(site.asked) == 3


def test_address_that_cannot_be_read_keeps_no_other_from_its_turn(site: Site) -> None:
    site.answers["/course"] = (200, {})
    broken = CourseFactory(url="http://[broken", link_due_at=NOW - timedelta(days=1))
    other = CourseFactory(url=f"{site.root}/course", link_due_at=NOW)
    with as_role(WORKER_ROLE):
        assert check_links(now=NOW, most=10).looked == 2

    states = dict(Course.objects.values_list("pk", "link_state"))
    assert (states[broken.pk], states[other.pk]) == ("unclear", "alive")


def test_withdrawn_course_is_not_asked(site: Site) -> None:
    CourseFactory(url=f"{site.root}/course", link_due_at=NOW, withdrawn_at=NOW)
    with as_role(WORKER_ROLE):
        assert check_links(now=NOW, most=10).looked == 0
    assert site.asked == []


def test_address_inside_is_never_asked(settings: Any) -> None:
    course = CourseFactory(url="http://127.0.0.1/course", link_due_at=NOW)
    with as_role(WORKER_ROLE):
        check_links(now=NOW, most=10)

    assert Course.objects.get(pk=course.pk).link_state == "unclear"


@pytest.mark.parametrize(("online", "state"), [(True, "failing"), (False, "unclear")])
def test_name_that_does_not_resolve_counts_only_where_others_answer(online: bool, state: str) -> None:
    verdict = judge(
        Answered(None, no_such_host=True),
        asked_url="https://gone.example/x",
        failures=0,
        failed_at=None,
        online=online,
        spread=0,
        now=NOW,
    )

    assert verdict.state == state


@given(
    status=st.none() | st.integers(100, 599),
    failures=st.integers(0, 5),
    wait=st.integers(0, 10**9),
    spread=st.integers(0, 99),
)
def test_every_answer_has_a_verdict_and_a_next_look(
    status: int | None, failures: int, wait: int, spread: int
) -> None:
    verdict = judge(
        Answered(status, "https://a.example/x", wait_seconds=wait),
        asked_url="https://a.example/x",
        failures=failures,
        failed_at=NOW - timedelta(days=4) if failures else None,
        online=True,
        spread=spread,
        now=NOW,
    )

    assert timedelta(days=3) <= verdict.due_at - NOW <= timedelta(days=33)
    assert (verdict.state == "dead") == (status in (404, 410) and failures > 0)
