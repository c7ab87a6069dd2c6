"""What every request passes through."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.contrib.auth import logout
from django.db import transaction
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from personas import identity, sessions
from personas.second_factor import name_factors

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class StreamingRefused(RuntimeError):
    """Raised for a streamed response: its rows would be read after the transaction, as nobody."""


class PersonalPagesMiddleware:
    """Shows times and words as the person set them, and keeps personal pages out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with timezone.override(_zone(user.time_zone)), translation.override(user.locale):
            response = self.get_response(request)
        add_never_cache_headers(response)
        return response


class IdentityMiddleware:
    """Runs the whole view, rendering included, in one transaction that acts for the signed-in person.

    The transaction is rolled back when the view raises or answers with a server error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user_id = request.user.pk  # loaded outside the transaction: error pages need no query for it
        with transaction.atomic():
            identity.assume(user_id)
            response = self.get_response(request)
            if response.streaming:
                raise StreamingRefused("a streamed page would be read as nobody: build it in a task")
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Undo what a view did before it raised; allauth raises its own redirects, and asks the database on the way."""
        if not isinstance(exception, ReauthenticationRequired | ImmediateHttpResponse):
            transaction.set_rollback(True)


class SessionsMiddleware:
    """Ends sessions that are as old as one may get, and notes the use of the others, within the transaction of whoever asks.

    When a second factor comes or goes, all other sessions end: one of them may be that of somebody who knew the password alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user, now = request.user, timezone.now()
        if user.is_authenticated:
            if sessions.is_over(request.session, is_staff=user.is_staff, now=now):
                logout(request)
                identity.assume(None)
            else:
                sessions.note_use(request.session, user=user, now=now)
        if not user.is_authenticated or not _may_change_factors(request):
            return self.get_response(request)
        before = name_factors(user)
        response = self.get_response(request)
        # What was refused has been undone, and its transaction answers no question any more.
        if response.status_code < 400 and name_factors(user) != before:
            sessions.end_other_sessions(user=user, this=request.session.session_key)
        return response


def _may_change_factors(request: HttpRequest) -> bool:
    if request.method != "POST":
        return False
    try:
        name = resolve(request.path_info).url_name
    except Resolver404:
        return False
    return (name or "").startswith("mfa_")


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
