"""Employers' keys: encrypted at rest, read by the worker alone, shown to nobody, entered by staff."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import DatabaseError, connection, transaction

from autoapply import employer_keys
from autoapply.candidates import usable_keys
from autoapply.employer_keys import KeyUnreadable, note_refusal, read_key, remove_key, set_key
from autoapply.models import EmployerKey
from personas.identity import acting_as
from personas.models import User
from personas.row_security import APP_ROLE, WORKER_ROLE
from personas.services import ValuesRefused
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.django_db
SECRET = "sk-canary-0123456789"


def enter(secret: str = SECRET, *, channel: str = "greenhouse", board: str = "Acme") -> EmployerKey:
    with as_role(OWNER_ROLE):
        return set_key(channel=channel, board=board, secret=secret)


def read(*, channel: str = "greenhouse", board: str = "acme") -> str | None:
    with as_role(WORKER_ROLE):
        return read_key(channel=channel, board=board)


def stored() -> list[Any]:
    with as_role(OWNER_ROLE), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM employer_keys")
        return cursor.fetchall()


def test_key_is_read_back_by_the_worker_however_its_board_is_written() -> None:
    kept = enter(f"  {SECRET}  ", board=" ACME ")

    assert (kept.board, kept.hint, kept.refused_at) == ("acme", "6789", None)
    assert read(board="aCmE") == SECRET


def test_key_is_encrypted_at_rest(settings: Any) -> None:
    enter()

    (row,) = stored()
    (secret,) = (bytes(each) for each in row if isinstance(each, memoryview | bytes))
    assert SECRET.encode() not in secret
    assert Fernet(settings.ENCRYPTION_KEY).decrypt(secret) == SECRET.encode()
    assert SECRET not in str([each for each in row if isinstance(each, str)])


def test_key_is_in_no_log_and_no_name_of_a_row(caplog: pytest.LogCaptureFixture, settings: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        kept = enter()
        read()
        settings.ENCRYPTION_KEY = Fernet.generate_key().decode()
        with pytest.raises(KeyUnreadable) as unreadable:
            read()
        with pytest.raises(ValuesRefused) as refused:
            enter(f"{SECRET}\nmore")

    # Statements with their values are for those who work on Relevnt, and these hold the encrypted one.
    for said in (caplog.text, repr(kept), str(kept), repr(unreadable.value), str(refused.value)):
        assert SECRET not in said


def test_another_encryption_key_makes_it_unreadable_and_says_so(
    caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    enter()
    settings.ENCRYPTION_KEY = Fernet.generate_key().decode()

    with caplog.at_level(logging.ERROR), pytest.raises(KeyUnreadable):
        read()

    assert "The key of the board acme at greenhouse cannot be read with this ENCRYPTION_KEY" in caplog.text


def test_later_key_takes_the_place_of_an_earlier_one() -> None:
    first = enter()
    with as_role(WORKER_ROLE):
        note_refusal(channel="greenhouse", board="acme")
    assert read() is None

    second = enter("another-key-9999", board="ACME")

    assert second.pk == first.pk
    assert (second.hint, second.refused_at) == ("9999", None)
    assert read() == "another-key-9999"


def test_key_that_was_refused_is_used_no_more() -> None:
    enter()
    with as_role(WORKER_ROLE):
        assert usable_keys() == {("greenhouse", "acme")}

        note_refusal(channel="greenhouse", board="Acme")

        assert usable_keys() == frozenset()
    assert read() is None


def test_key_that_was_removed_is_gone() -> None:
    kept = enter()
    with as_role(OWNER_ROLE):
        remove_key(key=kept)

    assert stored() == []
    assert read() is None


def test_key_serves_one_board_of_one_system() -> None:
    enter()

    assert read(board="acme2") is None
    assert read(channel="lever") is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"channel": "recruitee"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"board": " "}, "board"),
        ({"board": "b" * 256}, "board"),
        ({"secret": " "}, "secret"),
        ({"secret": "a\nb"}, "secret"),
        ({"secret": "a\r\nX-Evil: 1"}, "secret"),
        ({"secret": "k" * (employer_keys.LONGEST + 1)}, "secret"),
    ],
)
def test_value_that_can_be_no_key_is_refused(values: dict[str, str], field: str) -> None:
    with pytest.raises(ValuesRefused) as refused:
        set_key(**{"channel": "greenhouse", "board": "acme", "secret": SECRET, **values})

    assert list(refused.value.faults) == [field]
    assert stored() == []


# --- whose it is -------------------------------------------------------------------------------------------------------


def test_pages_cannot_read_a_secret_even_for_staff(staff: User) -> None:
    enter()

    with as_role(APP_ROLE), acting_as(staff.pk):
        for read_it in (
            EmployerKey.objects.get,
            lambda: read_key(channel="greenhouse", board="acme"),
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                read_it()
        assert EmployerKey.objects.defer("secret").get().hint == "6789"


@pytest.mark.parametrize("change", ["enter", "replace", "remove"])
def test_nobody_but_staff_changes_keys(alice: User, change: str) -> None:
    kept = enter()
    changes: dict[str, Any] = {
        "enter": lambda: set_key(channel="lever", board="acme", secret=SECRET),
        "replace": lambda: set_key(channel="greenhouse", board="acme", secret="other"),
        "remove": lambda: remove_key(key=kept),
    }
    before = stored()

    with as_role(APP_ROLE), acting_as(alice.pk), pytest.raises(DatabaseError), transaction.atomic():
        changes[change]()

    assert stored() == before


def test_staff_enter_replace_and_remove(staff: User) -> None:
    with as_role(APP_ROLE), acting_as(staff.pk):
        kept = set_key(channel="lever", board="acme", secret=SECRET)
        set_key(channel="lever", board="Acme", secret="another-key-9999")
        assert EmployerKey.objects.defer("secret").get().hint == "9999"
        remove_key(key=kept)

    assert stored() == []


def test_short_key_is_not_given_away_by_its_hint() -> None:
    assert enter("abcdefghijk").hint == ""
    assert enter("abcdefghijkl").hint == "ijkl"
