"""From the first page to the first matches, counted as a person's work: keys, clicks and thoughts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.test_story import EMAIL, PASSWORD, match_everybody
from tests.factories import JobFactory, JobSourceFactory

pytestmark = pytest.mark.browser
# Card, Moran and Newell 1980 (keystroke-level model): seconds of an average typist's key, of pointing at something with a
# click, of a thought before a field.
A_KEY, A_CLICK, A_THOUGHT = 0.28, 1.3, 1.35
MINUTES = 3 * 60
MATCHING = 60
"""The worker looks for new personas at least every minute."""


@pytest.fixture
def site(live_database: None, live_server: Any) -> str:
    """A running copy with three jobs, two of which fit."""
    source = JobSourceFactory(name="A file")
    for title in ("Data Engineer", "Senior Data Engineer", "Pastry Cook"):
        JobFactory(source=source, title=title, company="Harbour Works", required_skills=["Python"])
    return str(live_server.url)


class Person:
    """Does what a person does, and counts how long it would take one."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seconds = 0.0

    def type(self, label: str, text: str) -> None:
        field = self.page.get_by_label(re.compile(rf"^{re.escape(label)}( optional)?$"))
        field.click()
        field.press_sequentially(text)
        self.seconds += A_THOUGHT + A_CLICK + A_KEY * len(text)

    def click(self, name: str, *, role: Any = "button") -> None:
        self.page.get_by_role("main").get_by_role(role, name=name, exact=True).click()
        self.seconds += A_THOUGHT + A_CLICK


def test_newcomer_sees_first_matches_within_three_minutes_of_work(window: BrowserContext, site: str) -> None:
    person = Person(window.new_page())
    person.page.goto(site)
    person.click("Create account", role="link")
    person.type("Email", EMAIL)
    person.type("Password", PASSWORD)
    person.type("Password (again)", PASSWORD)
    person.click("Create account")
    person.page.wait_for_url("**/today/")
    person.click("Begin", role="link")
    person.type("What work do you look for?", "Data Engineer")
    person.type("What can you do?", "Python, SQL, Terraform, Docker, Spark")
    person.click("Show me what fits")
    person.page.wait_for_url("**/today/")
    match_everybody()
    person.page.reload()

    expect(person.page.get_by_role("heading", name="Today for Data Engineer")).to_be_visible()
    expect(person.page.get_by_text("Senior Data Engineer").first).to_be_visible()
    assert person.seconds + MATCHING < MINUTES
