"""Somebody moves a slider, sees the order change and how far each job moved, keeps it, takes it back; with scripts and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from personas.models import User
from tests.e2e.conftest import listen
from tests.e2e.test_story import PHONE, is_wider_than_its_window
from tests.factories import PersonaFactory, TunerSettingsFactory, UserFactory
from tests.matching.market import FITS, PAYS, open_jobs, wants_data_and_pay

pytestmark = pytest.mark.browser


@pytest.fixture
def person(live_database: None) -> User:
    """Somebody whose matches are weighed by the work alone, and two jobs: one fits better, one pays better."""
    user = UserFactory(email="tuner@example.com")
    wants_data_and_pay(PersonaFactory(user=user, name="Data engineer", is_active=True))
    TunerSettingsFactory(
        user=user,
        name="Work alone",
        is_default=True,
        skill_weight="1",
        **{f"{each}_weight": "0" for each in ("salary", "location", "remote", "industry")},
    )
    open_jobs(FITS, PAYS)
    return user


def sign_in(window: BrowserContext, person: User, site: str) -> None:
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    window.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])


def expect_order(page: Page, *titles: str) -> None:
    expect(page.locator(".ranked .match__title")).to_have_text(list(titles))


def test_slider_reorders_the_jobs_at_once_and_what_is_saved_can_be_undone(
    window: BrowserContext, person: User, live_server: Any
) -> None:
    sign_in(window, person, live_server.url)
    page = window.new_page()
    page.goto(f"{live_server.url}/tuner/")
    expect_order(page, FITS[0], PAYS[0])
    expect(page.get_by_role("button", name="Rank with these weights")).to_be_hidden()

    pay = page.get_by_label("Pay", exact=True)
    box = pay.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.995, box["y"] + box["height"] / 2)

    expect_order(page, PAYS[0], FITS[0])
    expect(page.locator(".ranked__moved")).to_have_text(["▲ 1up 1 place", "▼ 1down 1 place"])
    expect(page.locator("#share-salary")).to_have_text("50 % of the score")
    expect(page.locator("#ranking-said")).to_contain_text("2 of the 2 jobs shown stand elsewhere")
    assert pay.get_attribute("aria-valuetext") == "100, 50 % of the score"
    page.reload()
    expect(pay).to_have_value("100")
    expect_order(page, PAYS[0], FITS[0])

    page.get_by_role("button", name=re.compile("^Save.*Work alone$")).click()
    expect(page.locator(".message")).to_contain_text("Your matches are weighed anew within a minute.")
    expect(page.locator(".ranked__moved")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".message")).to_contain_text("Undone")
    expect(pay).to_have_value("0")
    expect_order(page, FITS[0], PAYS[0])


def test_keys_move_a_slider_and_only_the_last_place_is_asked_for(
    window: BrowserContext, person: User, live_server: Any
) -> None:
    sign_in(window, person, live_server.url)
    page = window.new_page()
    page.goto(f"{live_server.url}/tuner/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/tuner/?" in request.url else None)

    # All within one turn of the browser, as quick as events can be.
    page.evaluate(
        """() => { const slider = document.querySelector("[name=salary]");
        for (let at = 1; at <= 100; at++) { slider.value = at;
        slider.dispatchEvent(new Event("input", {bubbles: true})); } }"""
    )
    expect_order(page, PAYS[0], FITS[0])
    page.get_by_label("Skills", exact=True).focus()
    page.keyboard.press("Home")
    expect(page.locator("#share-salary")).to_have_text("100 % of the score")
    expect(page.locator("#share-skill")).to_have_text("0 % of the score")
    page.wait_for_load_state("networkidle")

    assert [("salary=100" in url, "skill=100" in url) for url in asked] == [(True, True), (True, False)]
    assert not any("csrf" in url for url in asked)


def test_slider_moved_after_signing_out_leads_to_the_sign_in_page(
    window: BrowserContext, person: User, live_server: Any
) -> None:
    sign_in(window, person, live_server.url)
    page = window.new_page()
    page.goto(f"{live_server.url}/tuner/")
    window.clear_cookies()

    page.get_by_label("Pay", exact=True).press("End")

    page.wait_for_url("**/accounts/login/**")
    assert "salary%3D100" in page.url


def test_server_that_fails_is_said(chromium: Browser, person: User, live_server: Any) -> None:
    # A window of its own: the browser rightly complains of the failure.
    window = chromium.new_context()
    sign_in(window, person, live_server.url)
    page = window.new_page()
    page.goto(f"{live_server.url}/tuner/")
    page.route("**/tuner/?*", lambda route: route.fulfill(status=502, body="Bad gateway"))

    page.get_by_label("Pay", exact=True).press("End")

    expect(page.locator("#ranking-said")).to_contain_text("The ranking could not be fetched.")
    expect_order(page, FITS[0], PAYS[0])
    window.close()


def test_form_does_the_same_without_scripts_and_fits_on_a_phone(
    chromium: Browser, complaints: list[str], person: User, live_server: Any
) -> None:
    plain = chromium.new_context(java_script_enabled=False, viewport=PHONE, locale="en-US")
    plain.set_default_timeout(10_000)
    listen(plain, complaints)
    sign_in(plain, person, live_server.url)
    page = plain.new_page()
    page.goto(f"{live_server.url}/tuner/")
    expect_order(page, FITS[0], PAYS[0])

    page.get_by_label("Pay", exact=True).press("End")
    page.get_by_role("button", name="Rank with these weights").click()
    expect_order(page, PAYS[0], FITS[0])
    expect(page.locator("#share-salary")).to_have_text("50 % of the score")
    page.get_by_role("button", name="Save as…").click()
    page.get_by_label("Name").fill("Half and half")
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(page.locator(".message")).to_contain_text("“Half and half” is kept.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".message")).to_contain_text("Undone")
    expect(page.get_by_role("link", name="Half and half")).to_have_count(0)
    plain.close()


def test_pages_of_the_tuner_fit_on_a_phone(window: BrowserContext, person: User, live_server: Any) -> None:
    sign_in(window, person, live_server.url)
    page = window.new_page()
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/tuner/")
    wide = [is_wider_than_its_window(page)]
    for action in ("Rename", "Delete"):
        page.get_by_role("link", name=action).click()
        wide.append(is_wider_than_its_window(page))
        page.go_back()

    assert wide == [False] * 3
