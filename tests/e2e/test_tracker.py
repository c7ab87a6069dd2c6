"""Somebody notes an application, moves it over the board, plans an interview and finds it on today's page; with scripts and without."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from autoapply import tracker
from personas.identity import acting_as
from personas.models import User
from tests.e2e.conftest import listen
from tests.e2e.test_story import PHONE, is_wider_than_its_window
from tests.e2e.test_tuner import sign_in
from tests.factories import FollowUpFactory, PersonaFactory, UserFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def person(live_database: None) -> User:
    """Somebody with a persona."""
    user = UserFactory(email="tracker@example.com")
    PersonaFactory(user=user, name="Engineer", is_active=True)
    return user


def sent(person: User, title: str, *, days: int) -> Any:
    """An application sent elsewhere some days ago, with a note and a follow-up of today."""
    at = timezone.now() - timedelta(days=days)
    with acting_as(person.pk):
        application = tracker.record_application(
            user=person,
            at=at,
            sent_on=at.date(),
            values={"title": title, "company": "Donaudampfschifffahrtsgesellschaft mbH"},
        )
    FollowUpFactory(application=application, what="Ask how it stands", due_on=timezone.now().date())
    return application


def column(page: Page, name: str) -> Any:
    return page.get_by_role("region", name=name)


def note_an_application(page: Page, site: str, title: str) -> None:
    page.goto(f"{site}/applications/")
    page.get_by_role("link", name="Note an application").click()
    page.get_by_label("Title of the job").fill(title)
    page.get_by_label("Employer").fill("Acme")
    page.get_by_role("button", name="Keep it as sent").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def move_on_the_board(page: Page, site: str, title: str) -> None:
    page.goto(f"{site}/applications/board/")
    card = column(page, "Applied").get_by_role("listitem").filter(has_text=title)
    card.get_by_text("Move", exact=False).first.click()
    card.get_by_label("New stage").select_option("Interview")
    card.get_by_role("button", name="Move").click()
    expect(column(page, "Interview").get_by_role("link", name=title)).to_be_visible()
    expect(column(page, "Applied").get_by_role("link", name=title)).to_have_count(0)


def test_application_is_noted_moved_and_followed_up(
    window: BrowserContext, person: User, live_server: Any
) -> None:
    sign_in(window, person, live_server.url)
    page = window.new_page()
    note_an_application(page, live_server.url, "Bridge engineer")

    loaded: list[str] = []
    page.goto(f"{live_server.url}/applications/board/")
    page.on("framenavigated", lambda frame: loaded.append(frame.url))
    move_on_the_board(page, live_server.url, "Bridge engineer")
    # The board was opened once and swapped, not loaded again; what was used is still at hand.
    assert len(loaded) == 1
    expect(page.get_by_role("button", name="Move")).to_be_focused()

    page.get_by_role("link", name="Bridge engineer").click()
    page.get_by_label("What to do").fill("Prepare for the interview")
    page.get_by_label("Day", exact=True).fill(timezone.now().date().isoformat())
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("“Prepare for the interview” is planned.")).to_be_visible()
    page.get_by_label("New note").fill("They liked the bridges.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".story")).to_contain_text("They liked the bridges.")
    expect(page.locator(".story")).to_contain_text("Stage moved from “applied” to “interview”.")

    page.goto(f"{live_server.url}/today/")
    page.get_by_role("button", name=re.compile("^Done.*Prepare for the interview$")).click()
    expect(page).to_have_url(f"{live_server.url}/today/")
    expect(page.get_by_text("“Prepare for the interview” is done.")).to_be_visible()
    expect(page.get_by_role("heading", name="To be done")).to_have_count(0)


def test_everything_works_without_scripts(
    chromium: Browser, complaints: list[str], person: User, live_server: Any
) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="en-US")
    listen(context, complaints)
    sign_in(context, person, live_server.url)
    page = context.new_page()
    note_an_application(page, live_server.url, "Bridge engineer")

    move_on_the_board(page, live_server.url, "Bridge engineer")

    expect(page.locator(".message")).to_contain_text("“Bridge engineer” stands at “interview”.")
    context.close()


def test_pages_fit_a_phone(chromium: Browser, complaints: list[str], person: User, live_server: Any) -> None:
    application = sent(person, "Senior engineer of bridges, tunnels and everything between them", days=40)
    context = chromium.new_context(viewport=PHONE, locale="en-US")
    listen(context, complaints)
    sign_in(context, person, live_server.url)
    page = context.new_page()

    for part in ("", "board/", "funnel/", "follow-ups/", "new/", f"{application.pk}/"):
        page.goto(f"{live_server.url}/applications/{part}")
        assert not is_wider_than_its_window(page), part
    context.close()
