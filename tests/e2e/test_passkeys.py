"""A passkey in a real browser with a virtual authenticator: added, signed in with, removed."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import BrowserContext, Page, expect

from personas.identity import acting_as
from personas.models import User
from tests.factories import UserFactory

# Some templates of allauth name what is not always there.
pytestmark = [pytest.mark.browser, pytest.mark.ignore_template_errors]
PASSWORD = "eleven green bottles"


@pytest.fixture
def ada(live_database: None) -> User:
    """Somebody with a password."""
    user: User = UserFactory(email="ada@example.com")
    user.set_password(PASSWORD)
    with acting_as(user.pk):
        user.save(update_fields=["password"])
    return user


@pytest.fixture
def site(live_server: Any) -> str:
    """Passkeys belong to a name: an address in numbers has none."""
    return str(live_server.url).replace("127.0.0.1", "localhost")


def give_authenticator(page: Page) -> None:
    """Put a device with a finger into the browser, which says yes to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_passkey_is_added_and_signs_in_alone(window: BrowserContext, site: str, ada: User) -> None:
    page = window.new_page()
    give_authenticator(page)
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{site}/account/")
    page.get_by_role("link", name="Second factor and passkeys").click()
    page.get_by_role("link", name="Add one").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    with acting_as(ada.pk):
        assert Authenticator.objects.filter(type="webauthn").count() == 1

    window.clear_cookies()
    page.goto(f"{site}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{site}/today/")
    page.goto(f"{site}/account/")
    expect(page.get_by_text("ada@example.com").first).to_be_visible()

    window.clear_cookies()
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{site}/today/")
