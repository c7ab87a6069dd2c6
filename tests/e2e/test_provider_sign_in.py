"""Signing in by way of a provider in a real browser, past the policies of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import BrowserContext, expect

from tests.sign_in_provider import CLIENT_ID, CLIENT_SECRET, PlayedProvider

pytestmark = [pytest.mark.browser, pytest.mark.ignore_template_errors]


@pytest.fixture
def provider(settings: Any) -> Iterator[PlayedProvider]:
    """The provider that the operator named."""
    cache.clear()
    with PlayedProvider().running() as played:
        settings.OIDC_ISSUER, settings.OIDC_NAME = played.issuer, "Example ID"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        yield played


def test_button_leads_to_the_provider_and_back(
    window: BrowserContext, live_database: None, live_server: Any, provider: PlayedProvider
) -> None:
    page = window.new_page()
    page.goto(f"{live_server.url}/accounts/login/?next=/skills/")

    page.get_by_role("button", name="Sign in with Example ID").click()

    page.wait_for_url(f"{live_server.url}/skills/")
    page.goto(f"{live_server.url}/account/")
    expect(page.get_by_text("ada@example.com").first).to_be_visible()
    page.get_by_role("link", name="Other sign-ins").click()
    expect(page.get_by_role("heading", name="Other sign-ins")).to_be_visible()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("alert")).to_contain_text("set a password first")
