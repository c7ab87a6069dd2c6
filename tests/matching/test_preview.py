"""What a change of a persona does to its first page, before it is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from matching.ranking import preview_preferences, rank_open_jobs
from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User
from personas.services import edit_persona, read_preferences
from tests.factories import JobFactory, PersonaFactory, UserSkillFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def persona(alice: User) -> Persona:
    """A persona that wants to be an engineer, among engineers and bakers."""
    for number in range(3):
        JobFactory(
            title="Data Engineer", company=f"Acme {number}", required_skills=["Python"], workplace="onsite"
        )
    JobFactory(title="Baker", company="Crumb", required_skills=["Baking"], workplace="remote")
    with acting_as(alice.pk):
        UserSkillFactory(user=alice, skill_name="Python")
        persona = PersonaFactory(user=alice)
        edit_persona(persona=persona, preferences={"job_title_keywords": ["Data Engineer"]})
        return Persona.objects.select_related("preferences").get(pk=persona.pk)


def preferences_of(persona: Persona) -> dict[str, Any]:
    with acting_as(persona.user_id):
        return PersonaPreferences.objects.filter(persona=persona).values().get()


def test_preview_is_what_the_ranking_is_once_it_is_saved(alice: User, persona: Persona) -> None:
    changes = read_preferences({"job_title_keywords": ["Baker"], "remote_preference": "remote"})
    with acting_as(alice.pk):
        before = preferences_of(persona)
        preview = preview_preferences(persona=persona, preferences=changes)
        assert preferences_of(persona) == before
        assert persona.preferences.job_title_keywords == ["Data Engineer"]

        edit_persona(persona=persona, preferences=changes)
        saved = rank_open_jobs(persona=Persona.objects.select_related("preferences").get(pk=persona.pk))

    assert [(row.job.pk, row.match_score) for row in preview.rows] == [
        (row.job.pk, row.match_score) for row in saved.rows
    ]
    assert preview.total == saved.total


def test_preview_tells_who_comes_and_who_goes(alice: User, persona: Persona) -> None:
    changes = read_preferences({"excluded_companies": ["Acme 1"]})
    with acting_as(alice.pk):
        same = preview_preferences(persona=persona, preferences={})
        preview = preview_preferences(persona=persona, preferences=changes)

    assert same.is_same
    assert same.coming == 0
    assert [job.company for job in preview.leaving] == ["Acme 1"]
    assert preview.total == preview.was_total - 1
    assert not preview.is_same


def test_a_small_page_counts_those_that_come_up(alice: User, persona: Persona) -> None:
    changes = read_preferences({"job_title_keywords": ["Baker"]})
    with acting_as(alice.pk):
        preview = preview_preferences(persona=persona, preferences=changes, size=1)

    assert [row.job.title for row in preview.rows] == ["Baker"]
    assert preview.coming == 1
    assert [job.title for job in preview.leaving] == ["Data Engineer"]


class TestPage:
    """The part of the form that shows it."""

    def post(self, client: Client, persona: Persona, *, part: bool = True, **values: str) -> Any:
        sent = {"name": persona.name, "job_title_keywords": "Data Engineer", "currency": "EUR", "salary_period": "year",
                "remote_preference": "any", **values}  # fmt: skip
        headers = {"HX-Request": "true"} if part else {}
        return client.post(reverse("matching:preview", args=[persona.pk]), sent, headers=headers)

    def test_shows_the_page_and_saves_nothing(self, client: Client, alice: User, persona: Persona) -> None:
        client.force_login(alice)
        before = preferences_of(persona)

        page = self.post(client, persona, excluded_companies="Acme 1").content.decode()

        assert "Acme 0" in page
        assert "No longer on it" in page
        assert "<html" not in page
        assert preferences_of(persona) == before

    def test_without_scripts_it_is_a_page(self, client: Client, alice: User, persona: Persona) -> None:
        client.force_login(alice)

        page = self.post(client, persona, part=False).content.decode()

        assert "<html" in page
        assert "Nothing is saved" in page

    @pytest.mark.parametrize(
        "values", [{"name": ""}, {"min_salary": "x"}, {"locations": "Nowhereville-on-Nothing"}]
    )
    def test_what_cannot_be_kept_is_told(
        self, client: Client, alice: User, persona: Persona, values: dict[str, str]
    ) -> None:
        client.force_login(alice)

        page = self.post(client, persona, **values).content.decode()

        assert "There is no preview yet" in page
        assert "errorlist" in page

    def test_stands_in_the_form(self, client: Client, alice: User, persona: Persona) -> None:
        client.force_login(alice)

        page = client.get(reverse("personas:edit", args=[persona.pk])).content.decode()

        assert reverse("matching:preview", args=[persona.pk]) in page

    def test_persona_of_somebody_else_is_not_there(
        self, client: Client, charlie: User, persona: Persona
    ) -> None:
        client.force_login(charlie)

        assert self.post(client, persona).status_code == 404


class TestApi:
    """The same through the API, and skills that are near."""

    def test_tells_what_would_come_and_go_and_saves_nothing(
        self, api: APIClient, alice: User, persona: Persona
    ) -> None:
        api.force_login(alice)
        before = preferences_of(persona)

        answer = api.post(
            f"/api/v1/personas/{persona.pk}/preview/", {"excluded_companies": ["Acme 1"]}, format="json"
        ).json()
        wrong = api.post(f"/api/v1/personas/{persona.pk}/preview/", {"min_salary": "x"}, format="json")
        unkept = api.post(f"/api/v1/personas/{persona.pk}/preview/", {"currency": "XXQ"}, format="json")

        assert [job["company"] for job in answer["leaving"]] == ["Acme 1"]
        assert answer["total"] == answer["was_total"] - 1
        assert [row["rank"] for row in answer["rows"]] == [1, 2]
        assert (wrong.status_code, unkept.status_code) == (400, 400)
        assert preferences_of(persona) == before

    def test_persona_of_somebody_else_is_not_there(
        self, api: APIClient, charlie: User, persona: Persona
    ) -> None:
        api.force_login(charlie)

        assert api.post(f"/api/v1/personas/{persona.pk}/preview/", {}, format="json").status_code == 404

    def test_near_skills_come_with_their_reasons(self, api: APIClient, charlie: User) -> None:
        UserSkillFactory(user=charlie, skill_name="Kubernetes")
        api.force_login(charlie)

        near = api.get("/api/v1/skills/near/").json()

        assert near
        assert all(each["because"] == ["Kubernetes"] for each in near)
