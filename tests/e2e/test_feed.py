"""The list of matches by keyboard alone: walking it, setting aside with a reason, putting back, turning the keys off."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from matching import services
from personas.models import Persona, PersonaPreferences, User
from personas.row_security import WORKER_ROLE
from tests.e2e.test_story import is_wider_than_its_window
from tests.factories import JobFactory, JobSourceFactory, PersonaFactory, UserFactory
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.browser
EMAIL, PASSWORD = "reader@example.com", "correct horse battery"


@pytest.fixture
def site(live_database: None, live_server: Any) -> str:
    """The address of a running copy with a reader and three jobs that fit."""
    user = UserFactory(email=EMAIL)
    user.set_password(PASSWORD)
    with as_role(OWNER_ROLE):
        User.objects.filter(pk=user.pk).update(password=user.password)
    persona: Persona = PersonaFactory(user=user, name="Engineer of data", is_active=True)
    with as_role(OWNER_ROLE):
        PersonaPreferences.objects.filter(persona=persona).update(job_title_keywords=["Data Engineer"])
    source = JobSourceFactory(name="A file")
    for title in ("Data Engineer", "Senior Data Engineer", "Lead Data Engineer"):
        JobFactory(source=source, title=title, company="Harbour Works")
    with as_role(WORKER_ROLE):
        assert services.match_personas(persona_ids=[persona.pk], now=timezone.now()).written == 3
    return live_server.url


@pytest.fixture
def page(window: BrowserContext, site: str) -> Page:
    """The reader's list of matches."""
    page = window.new_page()
    page.goto(f"{site}/accounts/login/")
    page.locator("input[name=login]").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("main").locator("button[type=submit]").click()
    page.wait_for_url("**/today/")
    page.goto(f"{site}/matches/")
    expect(page.locator("#keys")).to_be_visible()
    return page


def title(page: Page, number: int) -> Any:
    return page.locator(".match__title a").nth(number)


def test_list_is_walked_set_aside_and_put_back_by_keys(page: Page) -> None:
    walks_and_stops_at_the_ends(page)
    sets_aside_with_a_reason_and_puts_back(page)
    narrows_and_types_without_a_key_being_taken(page)
    explains_and_can_be_turned_off(page)
    opens_a_row(page)


def walks_and_stops_at_the_ends(page: Page) -> None:
    page.keyboard.press("j")
    expect(title(page, 0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(title(page, 2)).to_be_focused()
    page.keyboard.press("k")
    expect(title(page, 1)).to_be_focused()
    page.keyboard.press("Control+k")
    expect(title(page, 1)).to_be_focused()


def sets_aside_with_a_reason_and_puts_back(page: Page) -> None:
    name = title(page, 1).inner_text()
    page.keyboard.press("x")
    aside = page.locator(".match[data-dismissed]")
    expect(aside).to_have_count(1)
    expect(aside.locator(".match__title a")).to_have_text(name)
    expect(title(page, 1)).to_be_focused()
    aside.get_by_role("button", name="not this employer").click()
    expect(aside).to_contain_text("You said: not this employer.")
    expect(aside.get_by_role("link", name="Leave out all jobs of Harbour Works?")).to_be_visible()
    expect(title(page, 1)).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator(".match[data-dismissed]")).to_have_count(0)
    expect(title(page, 1)).to_be_focused()
    page.reload()
    expect(page.locator(".match")).to_have_count(3)


def narrows_and_types_without_a_key_being_taken(page: Page) -> None:
    page.keyboard.press("/")
    field = page.locator("#filter_place")
    expect(field).to_be_focused()
    page.keyboard.type("jxk?/u")
    expect(field).to_have_value("jxk?/u")
    expect(page.locator(".match[data-dismissed]")).to_have_count(0)
    field.fill("")
    page.get_by_label("on site").check()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_text("Without “is on site” there are 3.")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("#filter > summary").click()
    assert not is_wider_than_its_window(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Show them").click()
    expect(page.locator(".match")).to_have_count(3)


def explains_and_can_be_turned_off(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_text("put back what was just set aside")).to_be_visible()
    page.get_by_label("Listen to these keys in this browser").uncheck()
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".match[data-dismissed]")).to_have_count(0)
    page.locator("#keys > summary").click()
    expect(page.get_by_label("Listen to these keys in this browser")).not_to_be_checked()
    page.get_by_label("Listen to these keys in this browser").check()
    page.locator("#keys > summary").focus()


def opens_a_row(page: Page) -> None:
    page.keyboard.press("j")
    expect(title(page, 0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How it fits Engineer of data")).to_be_visible()
    sets_aside_on_the_page_of_a_match(page)


def sets_aside_on_the_page_of_a_match(page: Page) -> None:
    page.get_by_role("button", name="Not for me").click()
    page.get_by_role("button", name="too far away").click()
    expect(page.get_by_text("You said: too far away.")).to_be_visible()
    page.get_by_role("link", name="Look at your places").click()
    page.wait_for_url("**/personas/**")
    page.go_back()
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_role("button", name="Not for me")).to_be_visible()
