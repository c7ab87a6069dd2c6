"""Chromium of the system, driven for one module and closed again, so that no event loop outlives these tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, sync_playwright

from tests.roles import log_in_as_owner_acting_as

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless browser; skips where there is none."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(
            f"the browser tests need one of {', '.join(NAMES)} on the PATH (Debian: apt-get install chromium)"
        )
    patch = pytest.MonkeyPatch()
    # Playwright's loop runs in this thread while the test's own reads of the database are plain ones.
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()
    patch.undo()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complained of: errors of scripts, refusals by the page's policy; a test ends without any."""
    said: list[str] = []
    yield said
    assert said == []


@pytest.fixture
def window(chromium: Browser, complaints: list[str]) -> Iterator[BrowserContext]:
    """A window that notes complaints."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(10_000)
    listen(context, complaints)
    yield context
    context.close()


def listen(context: BrowserContext, complaints: list[str]) -> None:
    """Note what the pages of a window complain of."""

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.type}: {message.text}")

    context.on("console", note)
    context.on("weberror", lambda error: complaints.append(f"script: {error.error}"))


@pytest.fixture
def live_database(transactional_db: None) -> Iterator[None]:
    """Rows that the server's threads see; afterwards no connection is left in another role."""
    yield
    connections.close_all()
    log_in_as_owner_acting_as("relevnt_app")
