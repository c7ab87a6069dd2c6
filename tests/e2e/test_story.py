"""A newcomer signs up, writes a persona, reads matches, puts one aside and takes it back; with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from matching import services
from personas.models import Persona
from personas.row_security import WORKER_ROLE
from tests.e2e.conftest import listen
from tests.factories import JobFactory, JobSourceFactory
from tests.roles import as_role

pytestmark = pytest.mark.browser
EMAIL, PASSWORD = "newcomer@example.com", "correct horse battery"
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def site(live_database: None, live_server: Any) -> str:
    """The address of a running copy with three jobs, two of which fit."""
    source = JobSourceFactory(name="A file")
    for title in ("Data Engineer", "Senior Data Engineer", "Pastry Cook"):
        JobFactory(
            source=source, title=title, company="Harbour Works", description_text=f"We need a {title}."
        )
    return live_server.url


def sign_up(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("main").get_by_role("link", name="Create account").click()
    page.locator("input[name=email]").fill(EMAIL)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    page.get_by_role("main").locator("button[type=submit]").click()
    page.wait_for_url("**/today/")


def write_a_persona(page: Page) -> None:
    page.get_by_role("link", name="Write a persona").click()
    page.locator("[name=name]").fill("Engineer of data")
    page.locator("[name=job_title_keywords]").fill("Data Engineer")
    page.get_by_role("main").locator("form button[type=submit]").last.click()
    page.wait_for_url("**/personas/")


def match_everybody() -> None:
    with as_role(WORKER_ROLE):
        ids = list(services.personas_to_refresh(timezone.now()).values_list("pk", flat=True))
        assert services.match_personas(persona_ids=ids, now=timezone.now()).written == 2


def is_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_newcomer_finds_matches_and_sets_one_aside(
    window: BrowserContext, chromium: Browser, complaints: list[str], site: str
) -> None:
    page = window.new_page()
    sign_up(page, site)
    write_a_persona(page)
    assert_one_persona()
    match_everybody()

    page.get_by_role("link", name="Matches", exact=True).click()
    expect(page.locator(".match")).to_have_count(2)
    put_aside_and_back_by_htmx(page)
    read_the_reasons(page)
    put_aside_and_back_without_scripts(chromium, window, complaints, site)
    fits_on_a_phone(page, site)
    keyboard_skips_to_the_content(page, site)


def assert_one_persona() -> None:
    with as_role(WORKER_ROLE):
        assert list(Persona.objects.values_list("name", flat=True)) == ["Engineer of data"]


def put_aside_and_back_by_htmx(page: Page) -> None:
    address = page.url
    row = page.locator(".match").first
    row.get_by_role("button", name="Not for me").click()
    expect(page.locator(".match[data-dismissed]")).to_have_count(1)
    expect(page.locator("#messages")).to_contain_text("Taken out of your matches.")
    page.locator(".match[data-dismissed]").get_by_role("button", name="Put back").click()
    expect(page.locator(".match[data-dismissed]")).to_have_count(0)
    assert page.url == address
    page.reload()
    expect(page.locator(".match")).to_have_count(2)


def read_the_reasons(page: Page) -> None:
    page.locator(".match__title a").first.click()
    expect(page.get_by_role("heading", name="How it fits Engineer of data")).to_be_visible()
    expect(page.get_by_text("We need a", exact=False).first).to_be_visible()


def put_aside_and_back_without_scripts(
    chromium: Browser, window: BrowserContext, complaints: list[str], site: str
) -> None:
    plain = chromium.new_context(java_script_enabled=False, storage_state=window.storage_state())
    plain.set_default_timeout(10_000)
    listen(plain, complaints)
    page = plain.new_page()
    page.goto(f"{site}/matches/")
    page.get_by_role("button", name="Not for me").first.click()
    expect(page.locator(".match")).to_have_count(1)
    expect(page.locator("#messages")).to_contain_text("Taken out of your matches.")
    page.get_by_role("link", name="Not for me").click()
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_text("Nothing is set aside")).to_be_visible()
    page.goto(f"{site}/matches/")
    expect(page.locator(".match")).to_have_count(2)
    plain.close()


def fits_on_a_phone(page: Page, site: str) -> None:
    page.set_viewport_size(PHONE)
    wide = []
    for address in (
        "/today/",
        "/matches/",
        "/personas/",
        "/personas/new/",
        "/skills/",
        "/resumes/",
        "/account/",
    ):
        page.goto(site + address)
        wide += [address] if is_wider_than_its_window(page) else []
    page.goto(f"{site}/matches/")
    page.locator(".match__title a").first.click()
    page.get_by_role("heading", name="How it fits").wait_for()
    wide += ["a match"] if is_wider_than_its_window(page) else []
    assert wide == []


def keyboard_skips_to_the_content(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site}/matches/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#main').contains(document.activeElement)")


def test_visitor_sees_no_complaint_of_the_browser(window: BrowserContext, site: str) -> None:
    page = window.new_page()

    for address in ("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/api/docs/"):
        page.goto(site + address)
        page.wait_for_load_state("networkidle")

    assert page.url.endswith("/api/docs/")


def test_control_a_refused_script_is_noted(chromium: Browser, site: str) -> None:
    said: list[str] = []
    context = chromium.new_context()
    listen(context, said)
    page = context.new_page()
    page.goto(site)

    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p>')")
    page.wait_for_timeout(300)
    context.close()

    assert any("Content Security Policy" in each for each in said)
