"""A skill from its recommendation to the inventory, and what was promised against what it changed; without scripts on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from learning.refresh import refresh_persona
from personas.identity import acting_as
from personas.models import Persona, User
from tests.e2e.conftest import listen
from tests.e2e.test_story import PHONE, is_wider_than_its_window
from tests.e2e.test_tuner import sign_in
from tests.factories import CourseFactory, CourseSkillFactory, UserFactory
from tests.learning.conftest import make_engineer, open_roles

pytestmark = pytest.mark.browser


@pytest.fixture
def persona(live_database: None, settings: Any, tmp_path: Path) -> Persona:
    """An engineer whose best roles ask for Terraform, which a course teaches."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    user = UserFactory(email="learner@example.com")
    open_roles(*([["Python", "Terraform"]] * 5), *([["Python", "Tableau"]] * 3))
    CourseSkillFactory(
        course=CourseFactory(title="Terraform by doing", duration="25 hours", least_hours=25, most_hours=25)
    )
    return make_engineer(user)


def test_skill_is_planned_learned_added_and_measured(
    chromium: Browser, complaints: list[str], persona: Persona, live_server: Any
) -> None:
    person: User = persona.user
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE, locale="en-US")
    context.set_default_timeout(10_000)
    listen(context, complaints)
    sign_in(context, person, live_server.url)
    page = context.new_page()

    page.goto(f"{live_server.url}/learning/")
    page.get_by_role("button", name="Count now").click()
    lesson = page.get_by_role("article", name="Terraform")
    expect(lesson).to_contain_text("Asked for by 5 of your 8 best roles.")
    expect(lesson).to_contain_text("About 5 weeks: the course states 25 hours")
    expect(lesson.get_by_role("link", name="Terraform by doing")).to_be_visible()
    lesson.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("Terraform is planned.")).to_be_visible()
    lesson.get_by_role("button", name="I am learning it").click()
    lesson.get_by_role("button", name="Done").click()

    page.get_by_label("What shows it").fill("A cluster of my own")
    page.get_by_role("button", name="Add to my skills").click()
    expect(page.get_by_text("Terraform is among your skills.")).to_be_visible()
    with acting_as(person.pk):
        refresh_persona(persona=persona, now=timezone.now())
    page.reload()
    row = page.get_by_role("article", name="Terraform")
    expect(row).to_contain_text("Promised:")
    expect(row).to_contain_text("Now:")
    expect(row).to_contain_text("A cluster of my own")
    page.goto(f"{live_server.url}/skills/")
    expect(page.get_by_text("Terraform").first).to_be_visible()

    for part in ("", "gaps/", "market/", "progress/", "courses/?skill=terraform", "settings/"):
        page.goto(f"{live_server.url}/learning/{part}")
        assert not is_wider_than_its_window(page), part
    expect(page.get_by_role("article", name="Terraform")).to_have_count(0)
    context.close()
