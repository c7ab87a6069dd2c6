"""Whoever owns an account is told what was changed in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, cast
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from personas.identity import acting_as
from personas.mail_frames import as_html
from personas.models import User
from relevnt.celery import app
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


def html_of(sent: Any) -> str:
    """The words of a mail as HTML."""
    ((content, kind),) = sent.alternatives
    assert kind == "text/html"
    return str(content)


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
        assert text in html_of(sent)
    for words in (sent.body, html_of(sent)):
        assert "bottles" not in words
        assert "127.0.0.1" not in words.replace("http://127.0.0.1", "")


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
    for sent in mail.outbox:
        assert "All other sessions were ended." in sent.body
        assert secret not in sent.body + html_of(sent)
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


def test_html_says_the_same_and_its_links_can_be_followed(client: ForgetfulClient, ada: User) -> None:
    sign_in(client)

    change_password(client)

    (sent,) = mail.outbox
    html = html_of(sent)
    plain = unescape(re.sub(r"<[^>]+>", " ", html.partition("<body>")[2])).split()
    assert plain == sent.body.replace("\n-- \n", "\n").split()
    for link in re.findall(r"https?://\S+", sent.body):
        assert f'href="{link}"' in html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>x</script> & co", "&lt;script&gt;x&lt;/script&gt; &amp; co"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("words\n\n-- \nbelow <b>", "<small>below &lt;b&gt;</small>"),
    ],
)
def test_what_stands_in_a_mail_is_words_and_no_markup(text: str, expected: str) -> None:
    assert expected in as_html(text)


@pytest.mark.parametrize("text", ["", " \n\n ", "-- "])
def test_mail_without_words_is_an_empty_page(text: str) -> None:
    assert "<hr>" not in as_html(text)


def test_changed_address_is_told_to_the_old_one(client: ForgetfulClient, ada: User) -> None:
    with acting_as(ada.pk):
        EmailAddress.objects.create(user=ada, email="ada@example.com", primary=True, verified=True)
        EmailAddress.objects.create(user=ada, email="new@example.com", verified=True)
    sign_in(client)

    client.post(
        reverse("account_email"),
        {"email": "new@example.com", "action_primary": ""},
        headers={"User-Agent": FIREFOX},
    )

    (sent,) = mail.outbox
    assert sent.to == ["ada@example.com"]
    assert "from ada@example.com to new@example.com" in sent.body
    assert "Firefox on Linux" in sent.body


def test_ended_sessions_are_told_unless_there_were_none(
    client: ForgetfulClient, ada: User, django_capture_on_commit_callbacks: Any
) -> None:
    sign_in(client)
    for others in (0, 2):
        for _other in range(others):
            sign_in(ForgetfulClient())
        with django_capture_on_commit_callbacks(execute=True):
            client.post(reverse("personas:sessions_end_others"), headers={"User-Agent": FIREFOX})

    (sent,) = mail.outbox
    assert sent.to == ["ada@example.com"]
    assert "2 other sessions of your account were ended" in sent.body
    assert "Firefox on Linux" in sent.body
    assert "Europe/Berlin" in sent.body


def test_unknown_device_is_not_made_up(client: ForgetfulClient, ada: User) -> None:
    sign_in(client)

    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "twelve green bottles", "password2": "twelve green bottles"},
        headers={"User-Agent": "secret <b>agent</b>"},
    )

    (sent,) = mail.outbox
    assert re.search(r"It was done on [^\n]*\(Europe/Berlin\)\.\n", sent.body)
    assert "agent" not in sent.body


@pytest.fixture
def tasks_at_once() -> Iterator[None]:
    """Tasks run where they are handed over, instead of by a worker."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def test_asked_closing_is_told_with_time_device_and_how_to_keep_it(
    client: ForgetfulClient, ada: User, tasks_at_once: None, django_capture_on_commit_callbacks: Any
) -> None:
    sign_in(client)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            reverse("personas:close_account"), {"password": PASSWORD}, headers={"User-Agent": FIREFOX}
        )

    (sent,) = mail.outbox
    assert sent.to == ["ada@example.com"]
    assert re.search(r"It was asked for on [^\n]*\(Europe/Berlin\) with Firefox on Linux\.", sent.body)
    for page in ("personas:my_data", "account_reset_password", "personas:sessions"):
        assert reverse(page) in sent.body
        assert reverse(page) in html_of(sent)
    assert PASSWORD not in sent.body
