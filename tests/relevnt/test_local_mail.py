"""Mails of a copy that sends none: shown at this machine, and to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.test import Client
from django.urls import reverse

from relevnt.local_mail import MOST_SHOWN
from tests.conftest import ForgetfulClient
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/mail/"


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> Path:
    """A copy without a mail server, on an address that this machine alone reaches."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    settings.HTTPS, settings.SHOW_LOCAL_MAIL = False, True
    return tmp_path / "mail"


def visit(**extra: Any) -> Any:
    return Client(SERVER_NAME="localhost").get(PAGE, **extra)


def test_mails_are_shown_newest_first_with_links_to_follow(kept: Path) -> None:
    send_mail("Fïrst", "Follow http://localhost/reset/1/ & go", None, ["ada@example.com"])
    letter = EmailMultiAlternatives("Second", "Plain <b>words</b>", to=["bob@example.com"])
    letter.attach_alternative("<p>HTML</p>", "text/html")
    letter.send()

    answer = visit()

    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.index("Second") < html.index("Fïrst")
    assert 'href="http://localhost/reset/1/"' in html
    assert "Plain &lt;b&gt;words&lt;/b&gt;" in html
    assert "To ada@example.com" in html


def test_mail_about_a_changed_account_is_read_there(kept: Path) -> None:
    client = ForgetfulClient(SERVER_NAME="localhost")
    client.force_login(UserFactory(email="ada@example.com", time_zone="Europe/Berlin"))
    client.post(
        reverse("account_set_password"),
        {"password1": "eleven green bottles", "password2": "eleven green bottles"},
    )

    html = visit().content.decode()

    assert "A password was set" in html
    assert "(Europe/Berlin)" in html
    assert f'{reverse("personas:sessions")}"' in html
    assert "&lt;p&gt;" not in html


def test_nothing_written_yet_is_said(kept: Path) -> None:
    assert "No mail has been written yet." in visit().content.decode()


def test_the_last_ones_are_shown(kept: Path) -> None:
    for number in range(MOST_SHOWN + 3):
        send_mail(f"Number {number};", "x", None, ["ada@example.com"])

    html = visit().content.decode()

    assert f"Number {MOST_SHOWN + 2};" in html
    assert html.count("<article") == MOST_SHOWN


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend"),
        ("HTTPS", True),
        ("ALLOWED_HOSTS", ["localhost", "jobs.example.org"]),
        ("SHOW_LOCAL_MAIL", False),
        ("PUBLIC_URL", "https://jobs.example.org"),
    ],
)
def test_elsewhere_there_is_no_such_page(kept: Path, settings: Any, name: str, value: Any) -> None:
    setattr(settings, name, value)

    assert visit().status_code == 404
    assert (
        "shown here"
        not in Client(SERVER_NAME="localhost").get("/accounts/password/reset/done/").content.decode()
    )


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "::ffff:10.0.0.1", "", "odd"])
def test_whoever_is_not_at_this_machine_sees_none(kept: Path, address: str) -> None:
    assert visit(REMOTE_ADDR=address).status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via"])
def test_whoever_comes_through_a_proxy_sees_none(kept: Path, header: str) -> None:
    assert visit(headers={header: "127.0.0.1"}).status_code == 404


def test_page_after_a_forgotten_password_leads_there(kept: Path) -> None:
    html = Client(SERVER_NAME="localhost").get("/accounts/password/reset/done/").content.decode()

    assert f'href="{PAGE}"' in html
