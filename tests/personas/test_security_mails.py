"""Whoever owns an account is told what was changed in it."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from personas.identity import acting_as
from personas.models import User
from tests.conftest import ForgetfulClient
from tests.factories import UserFactory
from tests.personas.test_second_factor import PASSWORD, code

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def own_cache(settings: Any) -> None:
    """Limits of this test alone."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(uuid4())}}


@pytest.fixture
def ada() -> User:
    """Somebody with a password, who lives in Berlin."""
    user = UserFactory(email="ada@example.com", time_zone="Europe/Berlin")
    user.set_password(PASSWORD)
    with acting_as(user.pk):
        user.save(update_fields=["password"])
    return cast("User", user)


def sign_in(client: ForgetfulClient) -> None:
    client.post(
        reverse("account_login"),
        {"login": "ada@example.com", "password": PASSWORD},
        headers={"User-Agent": FIREFOX},
    )


def change_password(client: ForgetfulClient) -> Any:
    new = {"oldpassword": PASSWORD, "password1": "twelve green bottles", "password2": "twelve green bottles"}
    return client.post(reverse("account_change_password"), new, headers={"User-Agent": FIREFOX})


def test_changed_password_is_told_with_time_device_and_what_to_do(client: ForgetfulClient, ada: User) -> None:
    sign_in(client)

    change_password(client)

    (sent,) = mail.outbox
    assert sent.to == ["ada@example.com"]
    assert "password was changed" in sent.subject
    for text in (
        "Firefox on Linux",
        "Europe/Berlin",
        reverse("account_reset_password"),
        reverse("personas:sessions"),
    ):
        assert text in sent.body
    assert "bottles" not in sent.body
    assert "127.0.0.1" not in sent.body.replace("http://127.0.0.1", "")


def test_mail_speaks_the_language_of_its_owner(client: ForgetfulClient, ada: User, settings: Any) -> None:
    with acting_as(ada.pk):
        User.objects.filter(pk=ada.pk).update(locale="de")
    sign_in(client)

    change_password(client)

    # The clock is the locale's, whatever of the sentences is translated by now.
    assert not re.search(r"\d [ap]\.m\.", mail.outbox[0].body)
    assert re.search(r"\d\d?\. \w+ 20\d\d \d\d:\d\d", mail.outbox[0].body)


def test_second_factor_that_comes_and_goes_is_told(
    client: ForgetfulClient, ada: User, django_capture_on_commit_callbacks: Any
) -> None:
    sign_in(client)
    asked = client.get(reverse("mfa_activate_totp"))
    client.post(asked.url, {"password": PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret

    for name, sent in (
        ("activate_totp", {"code": code(secret)}),
        ("generate_recovery_codes", {}),
        ("deactivate_totp", {}),
    ):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse(f"mfa_{name}"), sent)

    assert [sent.subject.removeprefix("Relevnt: ") for sent in mail.outbox] == [
        "An authenticator app was added",
        "New recovery codes were made",
        "Your authenticator app was taken out",
    ]
    assert all(secret not in sent.body for sent in mail.outbox)
    with acting_as(ada.pk):
        assert not Authenticator.objects.filter(user=ada, type="totp").exists()


def test_change_stands_where_the_mail_does_not_leave(
    client: ForgetfulClient, ada: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: EmailBackend, messages: Any) -> int:
        raise ConnectionRefusedError("no mail for ada@example.com")

    sign_in(client)
    monkeypatch.setattr(EmailBackend, "send_messages", refuse)

    answer = change_password(client)

    assert answer.status_code == 302
    with acting_as(ada.pk):
        assert User.objects.get(pk=ada.pk).check_password("twelve green bottles")
    assert "did not leave (ConnectionRefusedError)" in caplog.text
    assert "ada@example.com" not in caplog.text
