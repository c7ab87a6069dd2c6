"""The pages of learning, as their person uses them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from learning.models import Course, LearningState, Progress, Recommendation
from personas.identity import acting_as
from personas.models import Persona, User, UserSkill
from personas.row_security import WORKER_ROLE
from tests.factories import (
    CourseFactory,
    CourseSkillFactory,
    PersonaFactory,
    ProgressFactory,
    RecommendationFactory,
    UserFactory,
)
from tests.learning.conftest import NOW, make_engineer, open_roles, told
from tests.roles import as_role

Count = Callable[..., LearningState]


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    """Alice's browser."""
    client.force_login(alice)
    return client


def read(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"learning:{name}", args=args), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_overview_counts_at_once_and_tells_why(hers: Client, alice: User, persona: Persona) -> None:
    assert "Nothing is counted yet" in read(hers, "overview")

    hers.post(reverse("learning:count"), {"persona": str(persona.pk)})

    html = read(hers, "overview")
    assert "Asked for by 7 of your 7 best roles." in html
    assert html.index("Terraform") < html.index("Tableau")
    assert "Counted over 7 open jobs and your 7 best roles" in html
    assert "No course for Terraform is in the catalog" in html


def test_overview_lists_courses_with_license_and_source(hers: Client, persona: Persona) -> None:
    CourseSkillFactory(course=CourseFactory(title="Terraform by doing", provider="Ada", duration="25 hours"))
    hers.post(reverse("learning:count"), {"persona": str(persona.pk)})

    html = read(hers, "overview")

    assert "Terraform by doing" in html
    assert "Ada · 25 hours" in html
    assert "CC BY 4.0" in html


def test_link_that_died_since_is_marked_and_leads_nowhere(hers: Client, persona: Persona) -> None:
    course = CourseFactory(title="Terraform by doing")
    CourseSkillFactory(course=course)
    hers.post(reverse("learning:count"), {"persona": str(persona.pk)})

    with as_role(WORKER_ROLE):
        Course.objects.update(link_state="dead")

    html = read(hers, "overview")

    assert "link is dead" in html
    assert course.url not in html


def test_recommendation_shows_its_numbers_and_doors(
    hers: Client, alice: User, persona: Persona, count_again: Count
) -> None:
    count_again(persona, now=timezone.now())
    row = told(alice)[0]

    html = read(hers, "recommendation", row.pk)

    assert "7 of 7" in html
    assert f"{row.facts['crossing']} more than the {row.facts['above']} there are" in html
    assert html.count("Data Engineer") == row.facts["crossing"]


def test_gaps_are_ordered_as_asked(hers: Client, persona: Persona, count_again: Count) -> None:
    state = count_again(persona, now=timezone.now())

    for order in ("worth", "doors", "rise", "demand", "weeks"):
        html = read(hers, "gaps", by=order)
        assert all(each["skill"] in html for each in state.gaps)
    assert hers.get(reverse("learning:gaps"), {"by": "magic"}).status_code == 404


def test_skill_goes_from_planned_to_the_inventory_and_is_measured(
    hers: Client, alice: User, persona: Persona, count_again: Count
) -> None:
    count_again(persona, now=timezone.now())
    row = told(alice)[0]
    step = reverse("learning:progress_set")
    hers.post(step, {"recommendation": str(row.pk), "status": "planned"})
    hers.post(step, {"recommendation": str(row.pk), "status": "learning"})
    answer = hers.post(step, {"recommendation": str(row.pk), "status": "done"})
    with acting_as(alice.pk):
        progress = Progress.objects.get()
    assert progress.promised == row.facts
    form = reverse("learning:progress_skill", args=[progress.pk])
    assert answer.headers["Location"] == form

    hers.post(form, {"level": "intermediate", "evidence": "Built a small cluster"})
    count_again(persona, now=timezone.now())

    with acting_as(alice.pk):
        skill = UserSkill.objects.get(skill_name="Terraform")
    assert (skill.proficiency_level, skill.evidence) == ("intermediate", "Built a small cluster")
    html = read(hers, "progress")
    assert "Promised:" in html
    assert "Now:" in html
    with acting_as(alice.pk):
        progress.refresh_from_db()
    assert progress.measured["crossing"] == row.facts["crossing"]
    assert "Terraform" not in read(hers, "overview")


def test_course_that_was_named_is_proposed_as_evidence(
    hers: Client, alice: User, persona: Persona, count_again: Count
) -> None:
    course = CourseFactory(title="Terraform by doing")
    CourseSkillFactory(course=course)
    count_again(persona, now=timezone.now())
    row = told(alice)[0]
    assert f'<option value="{course.pk}">Terraform by doing</option>' in read(hers, "recommendation", row.pk)
    chosen = {"recommendation": str(row.pk), "course": str(course.pk)}

    hers.post(reverse("learning:progress_set"), {**chosen, "status": "learning"})
    answer = hers.post(
        reverse("learning:progress_set"), {"skill": "Terraform", "status": "done"}, follow=True
    )

    assert "Terraform by doing, finished " in answer.content.decode()
    broken = {**chosen, "course": "mine", "status": "planned"}
    assert hers.post(reverse("learning:progress_set"), broken).status_code == 404


def test_level_held_already_is_said_and_nothing_is_lost(hers: Client, alice: User, persona: Persona) -> None:
    progress = ProgressFactory(
        user=alice, skill_name="Python", skill_key="python", status="done", done_at=NOW
    )

    answer = hers.post(
        reverse("learning:progress_skill", args=[progress.pk]), {"level": "beginner", "evidence": "my words"}
    )

    html = answer.content.decode()
    assert "You have this skill at the level advanced already." in html
    assert "my words" in html


@pytest.mark.parametrize("value", ["0", "61", "", "ten"])
def test_hours_that_are_none_are_refused(hers: Client, value: str) -> None:
    answer = hers.post(reverse("learning:settings"), {"hours_per_week": value})

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()


def test_hours_are_kept(hers: Client, alice: User) -> None:
    hers.post(reverse("learning:settings"), {"hours_per_week": "12"})

    assert 'value="12"' in read(hers, "settings")


def test_skill_can_be_taken_up_by_name_and_taken_off(hers: Client, alice: User) -> None:
    hers.post(reverse("learning:progress"), {"skill_name": "k8s", "status": "planned"})
    with acting_as(alice.pk):
        row = Progress.objects.get()
    assert (row.skill_name, row.promised) == ("Kubernetes", None)

    hers.post(reverse("learning:progress_forget", args=[row.pk]))

    assert "You have taken up nothing yet" in read(hers, "progress")


def test_courses_are_found_by_any_name_of_the_skill_in_languages_understood_first(hers: Client) -> None:
    CourseSkillFactory(course=CourseFactory(title="Terraform auf Deutsch", language="de"))
    CourseSkillFactory(course=CourseFactory(title="Zen of Terraform"))
    CourseSkillFactory(course=CourseFactory(title="Something else"), skill_name="Docker", skill_key="docker")

    html = read(hers, "courses", skill="terraform")

    assert "2 courses for Terraform" in html
    assert html.index("Zen of Terraform") < html.index("Terraform auf Deutsch")
    assert "in German" in html
    assert "Something else" not in html
    assert "No course for Falconry" in read(hers, "courses", skill="Falconry")


@pytest.mark.parametrize(
    "courses",
    [
        {},
        ["text"],
        [{"name": "Plain course"}],
        [{"name": "Plain course", "url": "javascript:alert(1)", "language": "de"}],
    ],
)
def test_courses_of_another_shape_break_no_page_and_lead_nowhere(
    hers: Client, alice: User, persona: Persona, count_again: Count, courses: object
) -> None:
    count_again(persona, now=timezone.now())
    with acting_as(alice.pk):
        Recommendation.objects.update(recommended_courses=courses)

    html = read(hers, "overview")

    assert "javascript:" not in html
    assert ("Plain course" in html) == ("Plain" in str(courses))
    assert hers.get("/api/v1/learning/recommendations/").status_code == 200


def test_expired_recommendations_are_on_no_page(
    hers: Client, alice: User, persona: Persona, count_again: Count
) -> None:
    count_again(persona, now=timezone.now())
    row = told(alice)[0]
    with acting_as(alice.pk):
        Recommendation.objects.update(expires_at=NOW - timedelta(days=300))

    assert "Terraform" not in read(hers, "overview")
    assert hers.get(reverse("learning:recommendation", args=[row.pk])).status_code == 404


def test_other_peoples_rows_are_not_there(hers: Client) -> None:
    other = UserFactory()
    open_roles(["Python", "Terraform"])
    persona = make_engineer(other)
    row = RecommendationFactory(user=other, persona=persona)
    progress = ProgressFactory(user=other)

    assert hers.get(reverse("learning:overview"), {"persona": str(persona.pk)}).status_code == 404
    assert hers.post(reverse("learning:count"), {"persona": str(persona.pk)}).status_code == 404
    assert hers.get(reverse("learning:recommendation", args=[row.pk])).status_code == 404
    assert hers.get(reverse("learning:progress_skill", args=[progress.pk])).status_code == 404
    answer = hers.post(reverse("learning:progress_set"), {"recommendation": str(row.pk), "status": "planned"})
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["overview", "gaps", "progress", "courses", "settings"])
def test_pages_of_somebody_without_anything_say_what_to_do(hers: Client, name: str) -> None:
    read(hers, name)


def test_persona_without_skills_is_asked_for_them(hers: Client, alice: User, count_again: Count) -> None:
    open_roles(["Python"])
    count_again(PersonaFactory(user=alice), now=timezone.now())

    assert "This persona names no title, skill or industry" in read(hers, "overview")


@pytest.mark.parametrize("name", ["overview", "progress", "gaps"])
def test_list_asks_as_often_for_many_as_for_one(
    hers: Client, alice: User, persona: Persona, count_again: Count, name: str
) -> None:
    count_again(persona, now=timezone.now())
    ProgressFactory(user=alice, skill_name="one", skill_key="one", persona=persona)
    with CaptureQueriesContext(connection) as few:
        read(hers, name)
    for number in range(19):
        RecommendationFactory(user=alice, persona=persona, target_skill=f"skill {number}")
        ProgressFactory(
            user=alice, skill_name=f"skill {number}", skill_key=f"skill {number}", persona=persona
        )

    with CaptureQueriesContext(connection) as many:
        read(hers, name)

    assert len(many) == len(few)
