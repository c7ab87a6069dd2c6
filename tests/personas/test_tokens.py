"""Keys to the API: what they open, for how long, and that nobody's key opens another's rows."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from personas.identity import acting_as
from personas.models import ApiToken, User
from personas.tokens import issue_token, revoke_token
from tests.factories import PersonaFactory, UserSkillFactory
from tests.roles import OWNER_ROLE, as_role


def key_of(user: User, *, scope: str = "write", days: float = 30) -> str:
    with acting_as(user.pk):
        _token, key = issue_token(
            user=user, name="laptop", scope=scope, expires_at=timezone.now() + timedelta(days=days)
        )
    return key


def holding(api: APIClient, key: str) -> APIClient:
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return api


def test_issued_key_has_256_bits_and_only_its_hash_is_kept(alice: User) -> None:
    with acting_as(alice.pk):
        token, key = issue_token(
            user=alice, name="laptop", scope="read", expires_at=timezone.now() + timedelta(days=1)
        )
        row = str(ApiToken.objects.filter(pk=token.pk).values().get())

    assert len(key) == len("rel_") + 43
    assert token.key_sha256 == hashlib.sha256(key.encode()).hexdigest()
    assert key not in row


def test_key_opens_what_is_its_owners(api: APIClient, alice: User, charlie: User) -> None:
    mine = PersonaFactory(user=alice)
    PersonaFactory(user=charlie)

    answer = holding(api, key_of(alice)).get("/api/v1/personas/")

    assert [persona["id"] for persona in answer.json()["results"]] == [str(mine.pk)]
    assert "no-store" in answer.headers["Cache-Control"]


def test_key_wins_over_a_session(api: APIClient, alice: User, charlie: User) -> None:
    api.force_login(charlie)

    answer = holding(api, key_of(alice)).get("/api/v1/me/")

    assert answer.json()["email"] == alice.email


@pytest.mark.parametrize(
    "header",
    [
        "Bearer rel_" + "A" * 43,
        "Bearer rel_short",
        "Bearer ",
        "Bearer rel_" + "é" * 43,
        "bearer x y z",
        "Bearer rel_" + "A" * 100_000,
    ],
)
def test_key_that_opens_nothing_is_refused(api: APIClient, alice: User, header: str) -> None:
    api.credentials(HTTP_AUTHORIZATION=header)

    answer = api.get("/api/v1/me/")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Relevnt"'
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_other_schemes_are_no_key(api: APIClient, alice: User) -> None:
    answer = APIClient(HTTP_AUTHORIZATION="Basic YTpi").get("/api/v1/me/")

    assert answer.status_code == 401


def test_key_past_its_end_is_refused(api: APIClient, alice: User) -> None:
    answer = holding(api, key_of(alice, days=-0.001)).get("/api/v1/me/")

    assert answer.status_code == 401


def test_key_of_a_closed_account_is_refused(api: APIClient, alice: User) -> None:
    key = key_of(alice)
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=alice.pk).update(is_active=False)

    answer = holding(api, key).get("/api/v1/me/")

    assert answer.status_code == 401


def test_revoked_key_is_refused(api: APIClient, alice: User) -> None:
    key = key_of(alice)
    with acting_as(alice.pk):
        revoke_token(token=ApiToken.objects.get())

    answer = holding(api, key).get("/api/v1/me/")

    assert answer.status_code == 401


def test_reading_key_reads_and_changes_nothing(api: APIClient, alice: User) -> None:
    skill = UserSkillFactory(user=alice)
    holding(api, key_of(alice, scope="read"))

    read = api.get("/api/v1/skills/")
    changes = [
        api.post("/api/v1/skills/", {"name": "Python", "level": "expert"}),
        api.patch(f"/api/v1/skills/{skill.pk}/", {"level": "expert"}),
        api.delete(f"/api/v1/skills/{skill.pk}/"),
        api.patch("/api/v1/me/", {"display_name": "X"}),
        api.post("/api/v1/tokens/", {"name": "n", "scope": "write", "days": 1}),
    ]

    assert read.status_code == 200
    assert [answer.status_code for answer in changes] == [403] * 5
    assert len(api.get("/api/v1/skills/").json()["results"]) == 1


def test_key_makes_no_other_key(api: APIClient, alice: User) -> None:
    holding(api, key_of(alice))

    answer = api.post("/api/v1/tokens/", {"name": "n", "scope": "write", "days": 1})

    assert answer.status_code == 403
    assert len(api.get("/api/v1/tokens/").json()["results"]) == 1


def test_row_security_shows_the_presented_key_alone(alice: User, charlie: User) -> None:
    key = key_of(alice)
    key_of(charlie)

    with acting_as(None), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM api_tokens")
        before = cursor.fetchone()
        cursor.execute(
            "SELECT set_config('app.api_key_sha256', %s, true)", [hashlib.sha256(key.encode()).hexdigest()]
        )
        cursor.execute("SELECT user_id FROM api_tokens")
        shown = cursor.fetchall()
        cursor.execute("SELECT set_config('app.api_key_sha256', '', true)")

    assert before == (0,)
    assert shown == [(alice.pk,)]


def test_presented_key_is_forgotten_after_it_is_found(api: APIClient, alice: User) -> None:
    holding(api, key_of(alice)).get("/api/v1/me/")

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.api_key_sha256', true)")
        assert cursor.fetchone() == ("",)
