"""Where staff enter employers' keys: what is none is said, and a new key takes the place of the old one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from autoapply import employer_keys
from autoapply.models import EmployerKey
from personas.models import User
from personas.row_security import WORKER_ROLE
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def enter(desk: Client, **values: str) -> Any:
    given = {"channel": "lever", "board": "Acme", "secret_text": "a-key-of-theirs", **values}
    return desk.post(reverse("admin:autoapply_employerkey_add"), given)


def test_new_key_of_a_board_takes_the_place_of_the_old_one(desk: Client) -> None:
    assert enter(desk).status_code == 302
    with as_role(WORKER_ROLE):
        employer_keys.note_refusal(channel="lever", board="acme")

    assert enter(desk, board="acme", secret_text="another-key-of-theirs").status_code == 302

    with as_role(WORKER_ROLE):
        assert EmployerKey.objects.get().refused_at is None
        assert employer_keys.read_key(channel="lever", board="acme") == "another-key-of-theirs"


@pytest.mark.parametrize("none", ["k" * 501, "half\u200bhidden", "two\tparts"])
def test_what_is_no_key_is_said_and_not_shown_again(desk: Client, none: str) -> None:
    answer = enter(desk, secret_text=none)

    assert answer.status_code == 200
    assert "Paste the key as the employer gave it" in answer.content.decode()
    assert none not in answer.content.decode()
    with as_role(WORKER_ROLE):
        assert not EmployerKey.objects.exists()
