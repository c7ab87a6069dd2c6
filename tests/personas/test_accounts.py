"""From the first visit to a forgotten password: accounts as a person meets them, with real mails in the outbox."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from allauth.account import app_settings
from allauth.core import ratelimit
from allauth.core.internal.ratelimit import parse_rates
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from personas.identity import acting_as
from personas.models import User
from tests.employers.server import Employers

PASSWORD = "eleven green bottles"
NEWER = "twelve drummers drumming"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """No attempt of another test counts against this one."""
    cache.clear()


def sign_up(client: Client, email: str = "ada@example.com", password: str = PASSWORD, **extra: Any) -> Any:
    data = {"email": email, "password1": password, "password2": password}
    return client.post(reverse("account_signup"), data, **extra)


def sign_in(client: Client, password: str, email: str = "ada@example.com") -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password})


def link_in(message: Any) -> str:
    """The path of the one address in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", message.body)
    assert found
    return found.group(1)


def test_person_signs_up_out_in_and_back_after_forgetting_the_password(client: Client, db: None) -> None:
    signed_up = sign_up(client)
    signed_out = client.post(reverse("account_logout"))
    after = client.get(reverse("personas:list"))
    signed_in = sign_in(client, PASSWORD)
    inside = client.get(reverse("personas:account"))
    client.post(reverse("account_logout"))
    mail.outbox.clear()
    client.post(reverse("account_reset_password"), {"email": "ADA@example.com"})
    (message,) = mail.outbox
    chosen = client.get(link_in(message), follow=True)
    client.post(chosen.redirect_chain[-1][0], {"password1": NEWER, "password2": NEWER})
    client.post(reverse("account_logout"))
    old, new = sign_in(client, PASSWORD), sign_in(client, NEWER)

    assert [signed_up.url, signed_in.url] == [reverse("today")] * 2
    assert (signed_out.url, after.status_code) == (reverse("front"), 302)
    assert "ada@example.com" in inside.content.decode()
    assert message.to == ["ada@example.com"]
    assert (old.status_code, new.status_code) == (200, 302)


def test_reset_link_works_once(client: Client, db: None) -> None:
    sign_up(client)
    client.post(reverse("account_logout"))
    mail.outbox.clear()
    client.post(reverse("account_reset_password"), {"email": "ada@example.com"})
    link = link_in(mail.outbox[0])
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": NEWER, "password2": NEWER})

    again = Client().get(link, follow=True)

    assert "used up or too old" in again.content.decode()


def test_new_account_is_nobody_special_and_lives_by_utc(client: Client, db: None) -> None:
    sign_up(client, email="Ada@Example.com")

    user = User.objects.get(email__iexact="ada@example.com")
    assert (user.is_staff, user.is_coach, user.is_active) == (False, False, True)
    assert (user.time_zone, user.locale, user.currency) == ("UTC", "en", "USD")
    assert user.check_password(PASSWORD)


def test_new_account_keeps_the_language_of_its_sign_up(client: Client, db: None) -> None:
    with override_settings(LANGUAGES=[("en", "English"), ("de", "Deutsch")]):
        sign_up(client, headers={"accept-language": "de-AT,de;q=0.9"})

    assert User.objects.get().locale == "de"


@pytest.mark.parametrize("field", ["is_staff", "is_coach"])
def test_sign_up_cannot_ask_for_a_role(client: Client, db: None, field: str) -> None:
    data = {"email": "ada@example.com", "password1": PASSWORD, "password2": PASSWORD, field: "on"}

    client.post(reverse("account_signup"), data)

    assert getattr(User.objects.get(), field) is False


def test_known_address_is_not_told_apart_from_an_unknown_one(client: Client, db: None) -> None:
    sign_up(client)
    client.post(reverse("account_logout"))

    answers = [
        client.post(reverse("account_reset_password"), {"email": email})
        for email in ("ada@example.com", "nobody@example.com")
    ]

    assert [(answer.status_code, answer.url) for answer in answers] == [
        (302, reverse("account_reset_password_done"))
    ] * 2
    assert app_settings.PREVENT_ENUMERATION


def test_guessing_passwords_is_stopped(client: Client, db: None) -> None:
    sign_up(client)
    client.post(reverse("account_logout"))

    answers = [sign_in(client, f"wrong number {number}") for number in range(11)]
    right = sign_in(client, PASSWORD)

    assert "Too many failed login attempts" in answers[-1].content.decode()
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": f"{'x' * 10_000}@example.com"}, "email"),
        ({"email": "a\0da@example.com"}, "email"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "a\0bcdefghijklm", "password2": "a\0bcdefghijklm"}, "password1"),
        ({"password2": "another one entirely"}, "password2"),
    ],
)
def test_wrong_sign_up_is_said_at_its_field(
    client: Client, db: None, changes: dict[str, str], field: str
) -> None:
    data = {"email": "ada@example.com", "password1": PASSWORD, "password2": PASSWORD, **changes}

    answer = client.post(reverse("account_signup"), data)

    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not User.objects.exists()


@pytest.mark.parametrize("typed", ["a\0b", "x" * 10_000])
def test_odd_sign_in_is_an_answer_and_no_error(client: Client, db: None, typed: str) -> None:
    assert sign_in(client, typed, email=typed).status_code == 200


def test_account_that_may_not_sign_in_does_not(client: Client, db: None) -> None:
    sign_up(client)
    client.post(reverse("account_logout"))
    user = User.objects.get()
    with acting_as(user.pk):
        User.objects.filter(pk=user.pk).update(is_active=False)

    answer = sign_in(client, PASSWORD)

    assert answer.url == reverse("account_inactive")
    assert client.get(reverse("personas:list")).status_code == 302


def test_limit_of_guesses_is_exact_among_many_at_once(rf: Any, db: None) -> None:
    """Every process asks the same broker, which counts for all of them."""
    key = f"guess-{uuid4()}"
    barrier = Barrier(8)

    def guess(_number: int) -> int:
        request = rf.post("/accounts/login/")
        request.user = AnonymousUser()
        barrier.wait(timeout=10)
        return sum(ratelimit.consume(request, action="login_failed", key=key) for _try in range(5))

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(guess, range(8)))

    limit = sum(
        rate.amount for rate in parse_rates(app_settings.RATE_LIMITS["login_failed"]) if rate.per == "key"
    )
    assert limit > 0
    assert allowed <= limit


def test_mails_of_accounts_leave_through_a_real_mail_server(
    client: Client, db: None, employers: Employers, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = employers.smtp
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"

    signed_up = sign_up(client)
    assert signed_up.url == reverse("account_email_verification_sent")
    assert len(employers.record.arrivals()) == 1

    answers = [
        Client().post(reverse("account_reset_password"), {"email": email}, follow=True).content
        for email in ("ada@example.com", "nobody@example.com")
    ]

    assert answers[0] == answers[1]
    assert len(employers.record.arrivals()) >= 2
