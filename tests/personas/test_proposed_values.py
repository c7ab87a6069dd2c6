"""What an address proposes stands in a form, is said to be unsaved, and is kept by nobody but the person."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from personas.identity import acting_as
from personas.models import Persona, PersonaPreferences, User, UserSkill
from tests.factories import PersonaFactory, UserSkillFactory

UNSAVED = "is not saved"


@pytest.fixture
def persona(alice: User) -> Persona:
    persona = PersonaFactory(user=alice, name="Data engineer", is_active=True)
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(
            min_salary=75_000, currency="EUR", locations=["Berlin"], excluded_companies=["Acme"]
        )
    return persona


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def form_of(signed_in: Client, persona: Persona, query: Any) -> str:
    response = signed_in.get(f"/personas/{persona.pk}/", query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_value_stands_in_the_form_and_is_said_to_be_unsaved(signed_in: Client, persona: Persona) -> None:
    html = form_of(signed_in, persona, {"min_salary": "93000"})

    assert 'name="min_salary" value="93000"' in html
    assert UNSAVED in html
    assert "93,000 instead of 75,000" in html
    assert "This is proposed and not saved; it was: 75,000." in html
    with acting_as(persona.user_id):
        assert PersonaPreferences.objects.get(persona=persona).min_salary == 75_000


def test_entry_is_added_to_a_list(signed_in: Client, persona: Persona) -> None:
    html = form_of(signed_in, persona, {"excluded_companies": "Globex, Inc.", "locations": "Berlin"})

    assert re.search(r'<textarea name="excluded_companies"[^>]*> ?Acme Globex, Inc\.</textarea>', html)
    assert "Acme; Globex, Inc. instead of Acme" in html
    assert ">Places</a>" not in html  # Berlin is there already


def test_choice_is_told_in_words(signed_in: Client, persona: Persona) -> None:
    html = form_of(signed_in, persona, {"remote_preference": "remote"})

    assert "remote instead of any" in html


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"min_salary": "75000"},
        {"min_salary": "much"},
        {"min_salary": ""},
        {"remote_preference": "moon"},
        {"locations": " "},
        {"name": "Another"},
        {"currency": "USD"},
        {"resume": "1"},
    ],
)
def test_what_cannot_be_proposed_is_passed_over(
    signed_in: Client, persona: Persona, query: dict[str, str]
) -> None:
    assert UNSAVED not in form_of(signed_in, persona, query)


def test_hostile_proposal_stays_text(signed_in: Client, persona: Persona) -> None:
    html = form_of(signed_in, persona, {"excluded_companies": "</textarea><script>alert(1)</script>"})

    assert "<script>alert" not in html


def test_saving_keeps_what_is_typed_whatever_the_address_proposes(
    signed_in: Client, persona: Persona
) -> None:
    values = {"name": "Data engineer", "min_salary": "80000", "currency": "EUR", "salary_period": "year", "remote_preference": "any"}  # fmt: skip

    signed_in.post(f"/personas/{persona.pk}/?min_salary=93000", values)

    with acting_as(persona.user_id):
        assert PersonaPreferences.objects.get(persona=persona).min_salary == 80_000


def test_skill_stands_in_the_form_and_is_not_added(signed_in: Client, alice: User) -> None:
    html = signed_in.get("/skills/", {"name": "Terraform", "level": "advanced"}).content.decode()

    assert 'value="Terraform"' in html
    assert '<option value="advanced" selected>' in html
    assert "Terraform stands in the form below" in html
    with acting_as(alice.pk):
        assert not UserSkill.objects.exists()


def test_level_of_a_held_skill_stands_in_the_table_and_is_not_saved(signed_in: Client, alice: User) -> None:
    skill = UserSkillFactory(user=alice, skill_name="Kubernetes", proficiency_level="beginner")

    html = signed_in.get("/skills/", {"name": "k8s", "level": "expert"}).content.decode()

    assert "Another level of Kubernetes stands in the table" in html
    assert re.search(rf'name="level_{skill.pk}".*?<option value="expert" selected>', html, re.DOTALL)
    assert 'value="k8s"' not in html
    with acting_as(alice.pk):
        assert UserSkill.objects.get().proficiency_level == "beginner"


@pytest.mark.parametrize(
    "query", [{}, {"name": ""}, {"level": "expert"}, {"name": "Terraform", "level": "x"}]
)
def test_skills_page_takes_any_address(signed_in: Client, query: dict[str, str]) -> None:
    assert signed_in.get("/skills/", query).status_code == 200
