"""What every request passes through: one transaction, one identity, nothing kept by caches, strict headers."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import include, path
from django.utils import timezone, translation
from django.views import defaults
from pytest_django import DjangoAssertNumQueries

from personas import identity, services
from personas.models import User, UserSkill
from relevnt.middleware import StreamingRefused
from tests.factories import UserFactory
from tests.relevnt.test_access import ROUTES, Harness, harness  # noqa: F401  the fixture
from tests.roles import log_in_as_owner_acting_as

SECRET = "zq-what-nobody-may-read"
OWN_ADDRESSES = pytest.mark.urls("tests.relevnt.test_middleware")


# --- the views of these tests ----------------------------------------------------------------------------------


def _write(request: HttpRequest) -> None:
    services.add_skill(user=request.user, name="Python", level="expert", source="input")


def write_then(request: HttpRequest, end: str) -> HttpResponse:
    """Add a skill, then end as the address says."""
    _write(request)
    if end == "raise":
        raise ValueError(SECRET)
    if end == "missing":
        raise Http404(SECRET)
    if end == "forbidden":
        raise PermissionDenied(SECRET)
    return HttpResponse("done", status=int(end))


def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Rows that would be read after the transaction."""
    return StreamingHttpResponse(skill.skill_name for skill in UserSkill.objects.order_by("pk"))


def who(request: HttpRequest) -> HttpResponse:
    """What the middleware has put in place."""
    template = engines["django"].from_string("{% now 'H:i' %}")
    told = [identity.current(), translation.get_language(), timezone.get_current_timezone_name()]
    return HttpResponse("|".join([*map(str, told), template.render(request=request)]))


urlpatterns = [
    path("write/<str:end>/", write_then),
    path("stream/", stream),
    path("who/", who),
    path("open/<str:end>/", login_not_required(write_then)),
    path("", include("relevnt.urls")),
]


def skills_of(user: User) -> list[str]:
    with identity.acting_as(user.pk):
        return list(UserSkill.objects.order_by("pk").values_list("skill_name", flat=True))


# --- one transaction -------------------------------------------------------------------------------------------


@OWN_ADDRESSES
@pytest.mark.parametrize("end", ["raise", "500", "503", "missing", "forbidden"])
def test_what_a_failing_view_wrote_is_undone(client: Client, alice: User, end: str) -> None:
    client.force_login(alice)
    client.raise_request_exception = False

    client.get(f"/write/{end}/")

    assert skills_of(alice) == []


@OWN_ADDRESSES
@pytest.mark.parametrize("end", ["200", "400"])
def test_what_a_view_wrote_is_kept(client: Client, alice: User, end: str) -> None:
    client.force_login(alice)

    client.get(f"/write/{end}/")

    assert skills_of(alice) == ["Python"]


@OWN_ADDRESSES
def test_streamed_page_is_refused(client: Client, alice: User) -> None:
    client.force_login(alice)

    with pytest.raises(StreamingRefused, match="in a task"):
        client.get("/stream/")


@OWN_ADDRESSES
def test_view_acts_for_the_person_who_is_signed_in(client: Client, alice: User) -> None:
    client.force_login(alice)

    told = client.get("/who/").content.decode()

    assert told.startswith(f"{alice.pk}|")


@OWN_ADDRESSES
def test_identity_is_gone_after_the_request(transactional_db: None) -> None:
    """On a connection with real transactions: the next request on it begins as nobody."""
    alice = UserFactory()
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    left = []
    try:
        for address in ("/who/", "/write/raise/", "/write/500/", "/who/"):
            client.get(address)
            left.append(identity.current())
    finally:
        log_in_as_owner_acting_as("relevnt_app")

    assert left == [None] * 4
    assert skills_of(alice) == []


@OWN_ADDRESSES
@pytest.mark.parametrize(
    ("zone", "shown"), [("Asia/Kathmandu", ["Asia/Kathmandu", "14:45"]), ("Not/There", ["UTC", "09:00"])]
)
def test_page_speaks_in_the_zone_and_language_of_the_person(
    client: Client, db: None, zone: str, shown: list[str], time_machine: Any, now: Any
) -> None:
    client.force_login(UserFactory(time_zone=zone, locale="pt-br"))
    time_machine.move_to(now, tick=False)

    _, language, *clock = client.get("/who/").content.decode().split("|")

    assert (language, clock) == ("pt-br", shown)
    assert (translation.get_language(), timezone.get_current_timezone_name()) == ("en", "UTC")


# --- error pages -------------------------------------------------------------------------------------------------


@OWN_ADDRESSES
@pytest.mark.parametrize("debug_asked", ["raise", "missing", "forbidden"])
def test_error_page_tells_nothing_of_the_error(client: Client, alice: User, debug_asked: str) -> None:
    client.force_login(alice)
    client.raise_request_exception = False

    response = client.get(f"/write/{debug_asked}/")

    assert response.status_code == {"raise": 500, "missing": 404, "forbidden": 403}[debug_asked]
    assert SECRET not in response.content.decode()
    assert "Traceback" not in response.content.decode()
    assert "<h1>" in response.content.decode()


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_error_page_asks_the_database_nothing(
    rf: RequestFactory, alice: User, status: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    request = rf.get("/nowhere/")
    request.user = alice  # middleware has loaded her before any view
    pages = {
        400: lambda: defaults.bad_request(request, ValueError(SECRET)),
        403: lambda: defaults.permission_denied(request, PermissionDenied(SECRET)),
        404: lambda: defaults.page_not_found(request, Http404(SECRET)),
        500: lambda: defaults.server_error(request),
    }

    with django_assert_num_queries(0):
        response = pages[status]()

    assert response.status_code == status
    assert SECRET not in response.content.decode()


@OWN_ADDRESSES
def test_error_page_of_a_broken_transaction_is_still_drawn(client: Client, alice: User) -> None:
    client.force_login(alice)
    client.raise_request_exception = False

    response = client.get("/write/no-number/")

    assert response.status_code == 500
    assert connection.needs_rollback is False


# --- caches and headers ------------------------------------------------------------------------------------------

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


POLICY = [
    "default-src 'none'",
    "script-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
]
VISITS = [
    ("anonymous", {"pages", "accounts", "api", "admin"}),
    ("owner", {"pages", "accounts", "api"}),
    ("staff", {"admin"}),
]


@pytest.mark.ignore_template_errors
@pytest.mark.parametrize(("who_asks", "rooms"), VISITS, ids=[name for name, _ in VISITS])
def test_every_route_protects_the_browser_and_no_cache_keeps_a_personal_page(
    harness: Harness,  # noqa: F811
    who_asks: str,
    rooms: set[str],
) -> None:
    wrong = []
    for route in ROUTES:
        if route.room not in rooms:
            continue
        text = harness.visit(who_asks, route, "GET").text
        wanted = [f"{name}: {value}" for name, value in HEADERS.items()]
        if "Content-Security-Policy: sandbox" not in text:
            wanted += ["Content-Security-Policy: ", *POLICY]
        wrong += [f"/{route.pattern} has not {line!r}" for line in wanted if line not in text]
        wrong += [
            f"/{route.pattern} allows {word}" for word in ("unsafe-inline", "unsafe-eval") if word in text
        ]
        if who_asks != "anonymous" and not {"no-store", "private"} <= _cache_words(text):
            wrong.append(f"/{route.pattern} may be kept by a cache")

    assert not wrong, "\n".join(wrong)


def _cache_words(text: str) -> set[str]:
    lines = [line for line in text.splitlines() if line.startswith("Cache-Control: ")]
    return set(lines[0].removeprefix("Cache-Control: ").split(", ")) if lines else set()
