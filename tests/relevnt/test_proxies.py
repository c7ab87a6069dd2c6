"""Who counts as one visitor when sign-ins are limited: the address that a trusted proxy names, nobody else's word."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

ATTEMPTS_A_MINUTE = 10
LOCKED = "Too many failed login attempts"


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> None:
    """No attempt of another test counts against this one."""
    cache.clear()


def guess(client: Client, number: int, forwarded: str) -> str:
    """What a wrong password is answered with; every guess is for another account."""
    data = {"login": f"person{number}@example.com", "password": "wrong"}
    answer = client.post(reverse("account_login"), data, headers={"x-forwarded-for": forwarded})
    return str(answer.content.decode())


def test_visitors_behind_a_trusted_proxy_have_limits_of_their_own(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    # What stands before the proxy's own entry is forged.
    pages = [guess(client, number, f"10.9.9.{number}, 10.0.0.1") for number in range(ATTEMPTS_A_MINUTE + 1)]

    other = guess(client, 99, "10.0.0.2")

    assert [LOCKED in page for page in pages] == [False] * ATTEMPTS_A_MINUTE + [True]
    assert LOCKED not in other


def test_forged_header_changes_nothing_without_a_trusted_proxy(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0

    pages = [guess(client, number, f"10.0.0.{number}") for number in range(ATTEMPTS_A_MINUTE + 1)]

    assert [LOCKED in page for page in pages] == [False] * ATTEMPTS_A_MINUTE + [True]
