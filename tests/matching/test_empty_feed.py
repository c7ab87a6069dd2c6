"""A feed without matches names what emptied it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from personas.identity import acting_as
from personas.models import PersonaPreferences, User
from tests.factories import MatchStateFactory, PersonaFactory


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({}, "there is nothing to weigh a job by"),
        ({"job_title_keywords": ["Nurse"]}, "Wider job titles"),
        ({"required_skills": ["SQL"]}, "lists 1 skill that the work must use"),
        ({"required_skills": ["Python", "SQL"]}, "lists 2 skills that the work must use"),
    ],
)
def test_feed_without_matches_is_explained_by_what_the_persona_asks(
    client: Client, alice: User, wishes: dict[str, Any], says: str
) -> None:
    client.force_login(alice)
    persona = PersonaFactory(user=alice)
    with acting_as(alice.pk):
        PersonaPreferences.objects.filter(persona=persona).update(**wishes or {"currency": "EUR"})
        persona.refresh_from_db()
    MatchStateFactory(persona=persona, inputs_revision=persona.inputs_revision, open_jobs=9, matching_jobs=0)

    html = client.get(reverse("matching:list")).content.decode()

    assert says in html


def test_feed_that_is_being_found_looks_again_by_itself(client: Client, alice: User) -> None:
    client.force_login(alice)
    persona = PersonaFactory(user=alice)

    html = client.get(reverse("matching:list")).content.decode()

    assert f'hx-get="{reverse("matching:list")}?persona={persona.pk}" hx-trigger="every 10s"' in html
    assert "Weigh again" not in html
