"""Sessions: listed, ended one by one, ended by age, and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from personas.identity import acting_as
from personas.models import User
from personas.row_security import WORKER_ROLE
from personas.sessions import LONGEST, LONGEST_OF_STAFF, SIGNED_IN_AT, is_over, note_use
from personas.tasks import forget_ended_sessions
from tests.conftest import ForgetfulClient
from tests.factories import UserFactory
from tests.personas.test_second_factor import code
from tests.roles import OWNER_ROLE, as_role

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
PASSWORD = "eleven green bottles"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1"


@pytest.fixture(autouse=True)
def own_cache(settings: Any) -> None:
    """Limits and used codes of this test alone: the broker's cache is shared by all tests, some of which empty it."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(uuid4())}}


@pytest.fixture
def ada() -> User:
    """Somebody with a password."""
    user = UserFactory(email="ada@example.com")
    user.set_password(PASSWORD)
    with acting_as(user.pk):
        user.save(update_fields=["password"])
    return user


def sign_in(agent: str = CHROME) -> ForgetfulClient:
    client = ForgetfulClient(HTTP_USER_AGENT=agent)
    answer = client.post(reverse("account_login"), {"login": "ada@example.com", "password": PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client: ForgetfulClient) -> bool:
    return bool(client.get(reverse("personas:account")).status_code == 200)


def test_sessions_are_listed_by_device_this_one_first(ada: User) -> None:
    sign_in(IPHONE)
    here = sign_in()

    html = here.get(reverse("personas:sessions")).content.decode()

    assert html.index("Chrome on Linux") < html.index("this one") < html.index("Safari on iPhone")
    assert html.count("End this one") == 1


def test_session_from_before_they_were_noted_is_listed(ada: User) -> None:
    here = sign_in()
    with as_role(OWNER_ROLE):
        UserSession.objects.all().delete()

    html = here.get(reverse("personas:sessions")).content.decode()

    assert "this one" in html
    assert is_in(here)


def test_ended_session_opens_nothing_from_the_next_request_on(ada: User) -> None:
    phone, here = sign_in(IPHONE), sign_in()
    with acting_as(ada.pk):
        row = UserSession.objects.get(user_agent=IPHONE)

    here.post(reverse("personas:session_end", args=[row.pk]))

    assert is_in(here)
    assert not is_in(phone)


def test_all_others_are_ended_at_once(ada: User) -> None:
    others, here = [sign_in(), sign_in(IPHONE)], sign_in()

    answer = here.post(reverse("personas:sessions_end_others"), follow=True)

    assert "2 sessions are ended." in answer.content.decode()
    assert [is_in(each) for each in others] == [False, False]
    assert is_in(here)


def test_session_of_somebody_else_is_not_there(ada: User, charlie: User) -> None:
    theirs = sign_in()
    with acting_as(ada.pk):
        row = UserSession.objects.get()
    stranger = ForgetfulClient()
    stranger.force_login(charlie)

    assert stranger.post(reverse("personas:session_end", args=[row.pk])).status_code == 404
    assert stranger.delete(f"/api/v1/me/sessions/{row.pk}/").status_code == 404
    assert row.user_agent not in stranger.get(reverse("personas:sessions")).content.decode()
    assert is_in(theirs)


def test_new_password_ends_the_other_sessions(ada: User) -> None:
    phone, here = sign_in(IPHONE), sign_in()
    new = "twelve drummers drumming"

    here.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )

    assert is_in(here)
    assert not is_in(phone)


@pytest.mark.parametrize(
    ("is_staff", "longest"), [(False, LONGEST), (True, LONGEST_OF_STAFF)], ids=["people", "staff"]
)
def test_session_ends_by_age_however_much_it_is_used(ada: User, is_staff: bool, longest: timedelta) -> None:
    if is_staff:
        with as_role(OWNER_ROLE):
            User.objects.filter(pk=ada.pk).update(is_staff=True)
    client = sign_in()
    for seconds, stays in ((-60, True), (60, False)):
        session = client.session
        session[SIGNED_IN_AT] = int((timezone.now() - longest).timestamp()) - seconds
        session.save()

        assert is_in(client) is stays


@given(st.integers(0, 10**7), st.booleans())
def test_age_is_judged_alike_at_any_second(seconds: int, is_staff: bool) -> None:
    session = SessionStore()
    session[SIGNED_IN_AT] = int(NOW.timestamp())

    over = is_over(session, is_staff=is_staff, now=NOW + timedelta(seconds=seconds))

    assert over == (seconds > (12 * 3600 if is_staff else 30 * 86400))


def test_use_is_noted_every_five_minutes(ada: User) -> None:
    client = sign_in()
    session = client.session
    with acting_as(ada.pk):
        note_use(session, user=ada, now=timezone.now())
        before = UserSession.objects.get().last_seen_at
        later = timezone.now() + timedelta(minutes=6)
        note_use(session, user=ada, now=later)

        assert UserSession.objects.get().last_seen_at == later != before


def test_account_that_is_closed_is_out_at_its_next_request(ada: User) -> None:
    client = sign_in()
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=ada.pk).update(is_active=False)

    assert not is_in(client)


def test_nothing_is_kept_of_sessions_that_are_over(ada: User, charlie: User) -> None:
    over, here = sign_in(IPHONE), sign_in()
    with as_role(OWNER_ROLE):
        Session.objects.filter(session_key=over.session.session_key).update(expire_date=timezone.now())
        gone = UserSession.objects.create(user=charlie, ip="192.0.2.1", session_key="gone", user_agent="x")

    with as_role(WORKER_ROLE):
        assert forget_ended_sessions() == 2
        assert forget_ended_sessions() == 0

    with as_role(OWNER_ROLE):
        assert UserSession.objects.get().session_key == here.session.session_key
        assert not UserSession.objects.filter(pk=gone.pk).exists()
    assert is_in(here)


def test_other_sessions_end_when_a_second_factor_comes_or_goes(ada: User) -> None:
    here = sign_in()
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = here.get(reverse("mfa_activate_totp")).context["form"].secret
    thief = sign_in(IPHONE)

    here.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert is_in(thief)
    here.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert is_in(here)
    assert not is_in(thief)


def test_sessions_over_the_api(ada: User) -> None:
    phone, here = sign_in(IPHONE), sign_in()

    first, second = here.get("/api/v1/me/sessions/").json()

    assert (first["is_this"], second["browser"], second["system"]) == (True, "Safari", "iPhone")
    assert here.delete(f"/api/v1/me/sessions/{second['id']}/").status_code == 204
    assert is_in(here)
    assert not is_in(phone)
