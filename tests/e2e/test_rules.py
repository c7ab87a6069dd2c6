"""Somebody writes a rule and sees at once what it would let through, enables it, and stops everything; with scripts and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from autoapply.models import Fence, Rule, Standing
from personas.identity import acting_as
from personas.models import User
from tests.autoapply.openings import make_persona
from tests.autoapply.test_preview import open_jobs, wants_data
from tests.e2e.conftest import listen
from tests.e2e.test_story import PHONE, is_wider_than_its_window
from tests.e2e.test_tuner import sign_in
from tests.factories import UserFactory
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.browser


@pytest.fixture
def person(live_database: None) -> User:
    """Somebody with a résumé, and three jobs that match: one can be sent by us, two need a click."""
    with as_role(OWNER_ROLE):
        # Tests that commit leave the tables empty, this one too.
        Fence.objects.get_or_create(pk=1)
    user = UserFactory(email="rules@example.com", time_zone="Europe/Berlin")
    wants_data(make_persona(user, name="Data engineer", is_active=True))
    open_jobs(
        {"company": "Acme", "url": "https://acme.recruitee.com/o/data-engineer"},
        {"company": "Globex", "description_text": "We write Go."},
        {"company": "Initech"},
    )
    return user


def rule_of(person: User) -> Rule:
    with acting_as(person.pk):
        return Rule.objects.get()


def expect_count(page: Page, words: str) -> None:
    expect(page.locator(".preview__count")).to_have_text(words)


def test_rule_is_written_with_its_preview_beside_it_enabled_and_stopped(
    window: BrowserContext, person: User, live_server: Any
) -> None:
    sign_in(window, person, live_server.url)
    page = window.new_page()
    page.goto(f"{live_server.url}/auto-apply/")
    page.get_by_role("link", name="Write a rule").click()
    expect_count(page, "3 of the 3 jobs that match today pass")
    expect(page.get_by_role("button", name="Preview")).to_be_hidden()

    page.get_by_label("Name").fill("Data work")
    page.get_by_label("Never these companies").fill("Umbrella\n\nGLOBEX AG")
    expect_count(page, "2 of the 3 jobs that match today pass")
    expect(page.locator("#preview")).to_contain_text(
        "Of 2 that pass, 1 can be sent by us, 1 need your click."
    )
    expect(page.locator("#preview-said")).to_have_text("2 of the 3 jobs that match today pass")
    page.get_by_label("Would a company be blocked?").fill("globex")
    expect(page.locator("#company-test")).to_contain_text("by line 3 of the rule’s list: “GLOBEX AG”")
    page.get_by_label("Never these companies").fill("")
    expect(page.locator("#company-test")).to_contain_text("not blocked")
    page.get_by_label("Words that the posting must contain").fill("Go")
    expect_count(page, "1 of the 3 jobs that match today pass")
    expect(page.locator("#preview")).to_contain_text("We write Go.")
    page.get_by_label("Applications a week").fill("51")
    expect(page.locator("#preview")).to_contain_text("The preview waits until these are right")
    page.get_by_label("Applications a week").fill("3")
    expect_count(page, "1 of the 3 jobs that match today pass")

    page.get_by_label("Move the lowest score").press("End")
    expect(page.locator("#id_match_score_threshold")).to_have_value("100")
    expect(page.locator("#scores")).to_contain_text("at 100 or above: 3")
    page.locator("#id_match_score_threshold").fill("72,5")
    expect(page.get_by_label("Move the lowest score")).to_have_value("73")
    expect(page.locator("#scores")).to_contain_text("at 72.50 or above: 3")

    page.get_by_role("button", name="Keep it, disabled").click()
    expect(page.get_by_role("heading", name="Enable “Data work”?")).to_be_visible()
    assert not rule_of(person).enabled
    page.get_by_role("button", name="Enable it").click()
    expect(page.locator(".message")).to_contain_text("“Data work” is enabled.")
    assert rule_of(person).enabled
    page.get_by_role("button", name="Pause everything").click()
    expect(page.locator(".standing")).to_contain_text("Paused: nothing is sent")
    with acting_as(person.pk):
        assert Standing.objects.get().paused_at is not None
    page.get_by_role("button", name=re.compile("^Disable")).click()
    expect(page.locator(".message")).to_contain_text("Nothing more is sent for it.")
    assert not rule_of(person).enabled


def test_preview_after_signing_out_says_so_and_keeps_what_was_typed(
    window: BrowserContext, person: User, live_server: Any
) -> None:
    sign_in(window, person, live_server.url)
    page = window.new_page()
    page.goto(f"{live_server.url}/auto-apply/rules/new/")
    window.clear_cookies(name="sessionid")
    with page.expect_response("**/accounts/login/**"):
        page.get_by_label("Name").fill("Data work")

    expect(page.locator("#preview-said")).to_contain_text("The preview could not be fetched.")
    expect(page.get_by_label("Name")).to_have_value("Data work")
    expect_count(page, "3 of the 3 jobs that match today pass")


def test_form_does_the_same_without_scripts_and_fits_on_a_phone(
    chromium: Browser, complaints: list[str], person: User, live_server: Any
) -> None:
    plain = chromium.new_context(java_script_enabled=False, viewport=PHONE, locale="en-US")
    plain.set_default_timeout(10_000)
    listen(plain, complaints)
    sign_in(plain, person, live_server.url)
    page = plain.new_page()
    page.goto(f"{live_server.url}/auto-apply/rules/new/")

    page.get_by_label("Never these companies").fill("Globex")
    page.get_by_label("Would a company be blocked?").fill("globex inc.")
    page.get_by_role("button", name="Test").click()
    expect(page.locator("#company-test")).to_contain_text("by line 1 of the rule’s list")
    expect_count(page, "2 of the 3 jobs that match today pass")
    page.get_by_label("Only these companies").fill("Acme")
    page.get_by_role("button", name="Preview").click()
    expect_count(page, "1 of the 3 jobs that match today pass")
    page.get_by_role("button", name="Keep it, disabled").click()
    expect(page.get_by_text("Give it a name.")).to_be_visible()
    page.get_by_label("Name").fill("Data work")
    page.get_by_role("button", name="Keep it, disabled").click()
    page.get_by_role("button", name="Enable it").click()
    expect(page.locator(".message")).to_contain_text("“Data work” is enabled.")
    assert rule_of(person).include_only_companies == ["Acme"]
    plain.close()


def test_enter_keeps_the_rule_and_in_the_test_box_tests(
    window: BrowserContext, person: User, live_server: Any
) -> None:
    sign_in(window, person, live_server.url)
    page = window.new_page()
    page.goto(f"{live_server.url}/auto-apply/rules/new/")
    page.get_by_label("Never these companies").fill("Globex")
    page.get_by_label("Name").fill("Data work")

    page.get_by_label("Would a company be blocked?").fill("Globex")
    with page.expect_navigation():
        page.get_by_label("Would a company be blocked?").press("Enter")
    expect(page.locator("#company-test")).to_contain_text("by line 1 of the rule’s list")
    with acting_as(person.pk):
        assert not Rule.objects.exists()

    page.get_by_label("Would a company be blocked?").fill("")
    with page.expect_navigation():
        page.get_by_label("Name").press("Enter")
    assert rule_of(person).exclude_companies == ["Globex"]


def test_pages_of_rules_fit_on_a_phone(window: BrowserContext, person: User, live_server: Any) -> None:
    sign_in(window, person, live_server.url)
    with acting_as(person.pk):
        rule = Rule.objects.create(user=person, name="A" * 255, exclude_companies=["B" * 255])
    page = window.new_page()
    page.set_viewport_size(PHONE)
    wide = {}
    for path in (
        "",
        "rules/new/",
        "limits/",
        *(f"rules/{rule.pk}/{each}" for each in ("", "enable/", "delete/")),
    ):
        page.goto(f"{live_server.url}/auto-apply/{path}")
        wide[path] = is_wider_than_its_window(page)

    assert not any(wide.values()), wide
