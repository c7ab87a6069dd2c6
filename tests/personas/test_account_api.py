"""The API's doors: sessions, keys made with a password, the account of whoever asks."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from personas.identity import acting_as
from personas.models import ApiToken, User
from tests.conftest import ForgetfulAPIClient
from tests.factories import UserFactory
from tests.roles import OWNER_ROLE, as_role

PROBLEM = "application/problem+json"
PASSWORD = "correct horse battery"


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    """Alice's session."""
    api.force_login(alice)
    return api


@pytest.fixture
def ada(db: None) -> User:
    """Somebody with a password, whose address no other test has tried: the limits of sign-in outlive a test."""
    user = UserFactory(email=f"ada-{uuid4()}@example.com", display_name="Ada")
    with as_role(OWNER_ROLE):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return user


@pytest.fixture
def somewhere() -> APIClient:
    """A visitor at an address of their own, for the same reason; changes need the CSRF token."""
    address = ".".join(str(1 + part % 250) for part in uuid4().bytes[:3])
    return ForgetfulAPIClient(enforce_csrf_checks=True, REMOTE_ADDR=f"10.{address}")


def token_of(api: APIClient) -> dict[str, str]:
    return {"HTTP_X_CSRFTOKEN": api.get("/api/v1/session/").json()["csrf_token"]}


def owned(model: Any, user: User) -> list[Any]:
    with acting_as(user.pk):
        return list(model.objects.owned_by(user).order_by("created_at", "pk"))


def test_visitors_are_asked_to_sign_in(api: APIClient, db: None) -> None:
    for address in ("me", "personas", "skills", "resumes", "jobs", "matches", "tuner-settings", "tokens"):
        answer = api.get(f"/api/v1/{address}/")

        assert answer.status_code == 401, address
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Relevnt"'
        assert answer.headers["Content-Type"] == PROBLEM


def test_session_begins_and_ends(somewhere: APIClient, ada: User) -> None:
    signed_in = somewhere.post(
        "/api/v1/session/", {"email": ada.email.upper(), "password": PASSWORD}, **token_of(somewhere)
    )
    me = somewhere.get("/api/v1/me/")
    signed_out = somewhere.delete("/api/v1/session/", **token_of(somewhere))
    after = somewhere.get("/api/v1/me/")

    assert signed_in.status_code == 201
    assert signed_in.json()["user"]["email"] == ada.email
    assert me.json()["id"] == str(ada.pk)
    assert signed_out.status_code == 204
    assert after.status_code == 401
    assert somewhere.get("/api/v1/session/").json()["user"] is None


def test_session_changes_need_the_csrf_token(somewhere: APIClient, ada: User) -> None:
    credentials = {"email": ada.email, "password": PASSWORD}

    without = somewhere.post("/api/v1/session/", credentials)
    somewhere.post("/api/v1/session/", credentials, **token_of(somewhere))
    changed = somewhere.patch("/api/v1/me/", {"display_name": "Eve"})

    assert without.status_code == 403
    assert changed.status_code == 403
    assert somewhere.get("/api/v1/me/").json()["display_name"] == "Ada"


def test_wrong_password_and_unknown_address_get_the_same_answer(somewhere: APIClient, ada: User) -> None:
    token = token_of(somewhere)

    answers = [
        somewhere.post(address, {"email": email, "password": "wrong", **more}, **token)
        for address, more in (
            ("/api/v1/session/", {}),
            ("/api/v1/tokens/", {"name": "n", "scope": "read", "days": 1}),
        )
        for email in (ada.email, "nobody@example.com")
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert answers[0].content == answers[1].content
    assert answers[2].content == answers[3].content
    assert answers[0].headers["WWW-Authenticate"]


def test_closed_account_gets_the_answer_of_a_wrong_password(somewhere: APIClient, ada: User) -> None:
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=ada.pk).update(is_active=False)
    asked = {"name": "n", "scope": "read", "days": 1}

    answer = somewhere.post("/api/v1/tokens/", {"email": ada.email, "password": PASSWORD, **asked})

    assert answer.status_code == 401


def test_guessing_is_stopped(somewhere: APIClient, ada: User) -> None:
    asked = {"email": ada.email, "name": "n", "scope": "read", "days": 1}

    answers = [somewhere.post("/api/v1/tokens/", {**asked, "password": f"guess {n}"}) for n in range(6)]
    right = somewhere.post("/api/v1/tokens/", {**asked, "password": PASSWORD})

    assert [answer.status_code for answer in answers][-1] == 429
    assert right.status_code == 429
    assert owned(ApiToken, ada) == []


def test_key_is_made_with_a_password_and_shown_once(somewhere: APIClient, ada: User) -> None:
    asked = {"name": "laptop", "scope": "write", "days": 90}

    made = somewhere.post("/api/v1/tokens/", {"email": ada.email, "password": PASSWORD, **asked})
    somewhere.credentials(HTTP_AUTHORIZATION=f"Bearer {made.json()['key']}")
    listed = somewhere.get("/api/v1/tokens/").json()["results"]
    revoked = somewhere.delete(f"/api/v1/tokens/{made.json()['id']}/")

    assert made.status_code == 201
    assert made.json()["key"].startswith("rel_")
    assert [sorted(token) for token in listed] == [["created_at", "expires_at", "id", "name", "scope"]]
    assert revoked.status_code == 204
    assert somewhere.get("/api/v1/tokens/").status_code == 401


def test_unconfirmed_address_signs_in_nowhere_where_mail_leaves(
    somewhere: APIClient, ada: User, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    credentials = {"email": ada.email, "password": PASSWORD}

    key = somewhere.post("/api/v1/tokens/", {**credentials, "name": "n", "scope": "read", "days": 1})
    session = somewhere.post("/api/v1/session/", credentials, **token_of(somewhere))

    assert (key.status_code, session.status_code) == (403, 403)
    assert somewhere.get("/api/v1/me/").status_code == 401


def test_key_is_made_within_a_session(mine: APIClient, alice: User) -> None:
    made = mine.post("/api/v1/tokens/", {"name": "laptop", "scope": "read", "days": 1})
    mixed = mine.post(
        "/api/v1/tokens/", {"name": "n", "scope": "read", "days": 1, "email": "a@b.example", "password": "x"}
    )

    assert made.status_code == 201
    assert mixed.status_code == 400
    assert set(mixed.json()["errors"]) == {"email"}


@pytest.mark.parametrize("days", [0, -1, 366, pytest.param(10**400, id="huge"), "soon", 1.5, None, [], True])
def test_key_lives_a_day_to_a_year(mine: APIClient, alice: User, days: Any) -> None:
    answer = mine.post("/api/v1/tokens/", {"name": "n", "scope": "read", "days": days})

    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"days"})


def test_account_changes_what_is_its_own(mine: APIClient, alice: User) -> None:
    changed = mine.patch("/api/v1/me/", {"time_zone": "Europe/Berlin", "currency": "EUR"})
    wrong = mine.patch("/api/v1/me/", {"time_zone": "Mars/Olympus"})

    assert (changed.json()["time_zone"], changed.json()["display_name"]) == ("Europe/Berlin", "Alice")
    assert (wrong.status_code, set(wrong.json()["errors"])) == (400, {"time_zone"})
