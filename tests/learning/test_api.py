"""The API of learning: the same services, owner alone, numbers as they are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from learning.models import LearningState
from personas.identity import acting_as
from personas.models import Persona, User, UserSkill
from tests.factories import (
    CourseFactory,
    CourseSkillFactory,
    PersonaFactory,
    ProgressFactory,
    RecommendationFactory,
)
from tests.learning.conftest import told

Count = Callable[..., LearningState]
ROOT = "/api/v1/learning/"


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def send(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    return client.generic(
        method, ROOT + path, "" if body is None else json.dumps(body), "application/json", headers=headers
    )


def test_recommendations_are_listed_with_sentence_and_numbers(
    hers: Client, alice: User, persona: Persona, count_again: Count
) -> None:
    CourseSkillFactory(course=CourseFactory(title="Terraform by doing"))
    count_again(persona, now=timezone.now())
    first = told(alice)[0]

    found = send(hers, "GET", f"recommendations/?persona={persona.pk}").json()["results"]

    assert [each["target_skill"] for each in found] == ["Terraform", "Tableau"]
    assert (found[0]["reason_text"], found[0]["facts"]) == (first.reason_text, first.facts)
    assert [(each["name"], each["is_dead"]) for each in found[0]["recommended_courses"]] == [
        ("Terraform by doing", False)
    ]
    assert send(hers, "GET", f"recommendations/{first.pk}/").json() == found[0]


def test_persona_is_counted_on_demand(hers: Client, persona: Persona) -> None:
    assert send(hers, "GET", f"gaps/?persona={persona.pk}").status_code == 404

    counted = send(hers, "POST", "recommendations/refresh/", {"persona": str(persona.pk)})

    assert counted.status_code == 200
    assert send(hers, "GET", f"gaps/?persona={persona.pk}").json() == counted.json()
    assert [each["skill"] for each in counted.json()["gaps"]] == ["Terraform", "Tableau"]


def test_progress_goes_from_planned_to_the_inventory(hers: Client, alice: User, persona: Persona) -> None:
    made = send(
        hers, "POST", "progress/", {"skill_name": "k8s", "status": "planned", "persona": str(persona.pk)}
    )
    assert (made.status_code, made.json()["skill_name"]) == (201, "Kubernetes")
    here = f"progress/{made.json()['id']}/"
    assert made.headers["Location"] == f"{ROOT}{here}"

    assert send(hers, "POST", f"{here}skill/", {"level": "beginner"}).status_code == 400
    assert send(hers, "PATCH", here, {"status": "done"}).json()["status"] == "done"
    added = send(hers, "POST", f"{here}skill/", {"level": "beginner", "evidence": "a cluster"})

    assert (added.status_code, added.json()["added_level"]) == (200, "beginner")
    with acting_as(alice.pk):
        assert UserSkill.objects.get(skill_name="Kubernetes").evidence == "a cluster"
    assert send(hers, "DELETE", here).status_code == 204
    assert send(hers, "GET", here).status_code == 404


def test_post_that_is_sent_again_is_done_once(hers: Client) -> None:
    body = {"skill_name": "k8s", "status": "planned"}
    first = send(hers, "POST", "progress/", body, **{"Idempotency-Key": "once"})
    again = send(hers, "POST", "progress/", body, **{"Idempotency-Key": "once"})

    assert first.json() == again.json()
    assert len(send(hers, "GET", "progress/").json()["results"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "progress/", {"skill_name": "", "status": "planned"}),
        ("POST", "progress/", {"skill_name": "A", "status": "soon"}),
        ("PATCH", "settings/", {"hours_per_week": 0}),
        ("PATCH", "settings/", {"hours_per_week": None}),
        ("PATCH", "settings/", {"use_writer": True}),
        ("POST", "recommendations/refresh/", {"persona": "me"}),
        ("GET", "gaps/", None),
    ],
)
def test_values_that_cannot_be_kept_are_a_problem(hers: Client, method: str, path: str, body: Any) -> None:
    answer = send(hers, method, path, body)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


def test_persona_of_somebody_else_is_not_there(hers: Client) -> None:
    other = str(PersonaFactory().pk)

    assert send(hers, "GET", f"gaps/?persona={other}").status_code == 404
    assert send(hers, "POST", "recommendations/refresh/", {"persona": other}).status_code == 404
    assert (
        send(
            hers, "POST", "progress/", {"skill_name": "A", "status": "planned", "persona": other}
        ).status_code
        == 404
    )


def test_hours_are_read_and_changed(hers: Client) -> None:
    kept = {"hours_per_week": 8, "use_writer": False, "writer": ""}

    assert send(hers, "GET", "settings/").json() == {**kept, "hours_per_week": 5}
    assert send(hers, "PATCH", "settings/", {"hours_per_week": 8}).json() == kept
    assert send(hers, "GET", "settings/").json() == kept


def test_courses_are_found_by_any_name_of_a_skill(hers: Client) -> None:
    CourseSkillFactory(course=CourseFactory(title="A"), skill_name="Kubernetes", skill_key="kubernetes")
    CourseFactory(title="B")
    CourseFactory(title="C", link_state="dead")

    found = send(hers, "GET", "courses/?skill=k8s").json()["results"]

    assert [(each["title"], each["skills"], each["license"]) for each in found] == [
        ("A", ["Kubernetes"], "CC BY 4.0")
    ]
    assert {each["title"] for each in send(hers, "GET", "courses/").json()["results"]} == {"A", "B"}


@pytest.mark.parametrize("path", ["recommendations/", "progress/", "courses/"])
def test_list_asks_as_often_for_many_as_for_one(hers: Client, alice: User, path: str) -> None:
    def one_more(number: int) -> None:
        course = CourseFactory()
        CourseSkillFactory(course=course)
        courses = [{"name": "A", "url": course.url, "provider": "", "duration": ""}]
        RecommendationFactory(user=alice, target_skill=f"skill {number}", recommended_courses=courses)
        ProgressFactory(user=alice, skill_name=f"skill {number}")

    one_more(0)
    with CaptureQueriesContext(connection) as few:
        send(hers, "GET", path)
    for number in range(1, 20):
        one_more(number)

    with CaptureQueriesContext(connection) as many:
        assert len(send(hers, "GET", path).json()["results"]) == 20

    assert len(many) == len(few)
