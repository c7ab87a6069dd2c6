"""From nothing to a persona: all of it or nothing, and nothing out of a résumé that its owner did not confirm."""

from __future__ import annotations

from typing import Any

import pytest

from personas.identity import acting_as
from personas.models import Persona, User, UserSkill
from personas.services import NewSkill, PersonaNameTaken, ValuesRefused
from personas.starting import Beginning, start_with_resume, start_with_title, suggest_beginning
from tests.factories import PersonaFactory, ResumeFactory, UserSkillFactory

pytestmark = pytest.mark.django_db


def begin(user: User, **values: Any) -> Persona:
    with acting_as(user.pk):
        return start_with_title(user=user, **{"title": "Data Engineer", "skills": ["k8s", "SQL"], **values})


def kept(user: User) -> tuple[int, list[str]]:
    with acting_as(user.pk):
        names = UserSkill.objects.owned_by(user).order_by("skill_name").values_list("skill_name", flat=True)
        return Persona.objects.owned_by(user).count(), list(names)


def test_title_and_skills_make_a_persona_that_is_searched_as(alice: User) -> None:
    persona = begin(alice, place="Denver, CO", workplace="remote")

    with acting_as(alice.pk):
        wishes = Persona.objects.select_related("preferences").get(pk=persona.pk).preferences
    assert (persona.name, persona.is_active) == ("Data Engineer", True)
    assert wishes.job_title_keywords == ["Data Engineer"]
    assert wishes.locations == ["Denver, CO, United States"]
    assert (wishes.remote_preference, wishes.currency) == ("remote", alice.currency)
    assert kept(alice) == (1, ["Kubernetes", "SQL"])


def test_skill_that_is_held_stays_as_it_is(alice: User) -> None:
    UserSkillFactory(user=alice, skill_name="Kubernetes", proficiency_level="expert")

    begin(alice)

    with acting_as(alice.pk):
        assert UserSkill.objects.get(skill_name="Kubernetes").proficiency_level == "expert"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 300}, "title"),
        ({"skills": ["SQL", "x" * 300]}, "skills"),
        ({"place": "Nowhere at all"}, "place"),
    ],
)
def test_what_cannot_be_kept_keeps_nothing(alice: User, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValuesRefused) as refused:
        begin(alice, **values)

    assert list(refused.value.faults) == [field]
    assert kept(alice) == (0, [])


def test_name_that_is_taken_keeps_nothing(alice: User) -> None:
    PersonaFactory(user=alice, name="Data Engineer")

    with pytest.raises(PersonaNameTaken):
        begin(alice)

    assert kept(alice) == (1, [])


DOCUMENT = {
    "basics": {"label": "Statistician", "location": {"city": "Denver", "region": "CO", "countryCode": "US"}},
    "work": [
        {"position": "Data Engineer"},
        {"position": " Statistician "},
        {"position": None},
        "odd",
        {"position": "Analyst"},
        {"position": "Clerk"},
    ],
}


@pytest.mark.parametrize(
    ("document", "beginning"),
    [
        (
            DOCUMENT,
            Beginning(("Statistician", "Data Engineer", "Analyst"), "Denver, CO, United States"),
        ),
        ({}, Beginning((), "")),
        ([], Beginning((), "")),
        ({"basics": 3, "work": "none"}, Beginning((), "")),
        ({"basics": {"label": 3, "location": {"city": "Xyzzyville"}}}, Beginning((), "")),
        ({"basics": {"location": {"countryCode": "DE"}}}, Beginning((), "Germany")),
    ],
)
def test_resume_suggests_titles_and_place(alice: User, document: Any, beginning: Beginning) -> None:
    assert suggest_beginning(ResumeFactory(user=alice, document=document)) == beginning
    assert kept(alice) == (0, [])


def test_confirmed_resume_makes_a_persona_with_it(alice: User) -> None:
    resume = ResumeFactory(user=alice, document=DOCUMENT)

    with acting_as(alice.pk):
        persona = start_with_resume(
            user=alice,
            resume=resume,
            titles=["Data Engineer", "Statistician"],
            skills=[NewSkill("SQL", "advanced", "SQL, daily")],
            place="",
        )
        skill = UserSkill.objects.get()

    assert persona.resume_id == resume.pk
    assert (skill.skill_name, skill.source, skill.evidence) == ("SQL", "resume", "SQL, daily")


def test_resume_without_a_title_asks_for_one(alice: User) -> None:
    with acting_as(alice.pk), pytest.raises(ValuesRefused) as refused:
        start_with_resume(user=alice, resume=ResumeFactory(user=alice), titles=[], skills=[])

    assert list(refused.value.faults) == ["titles"]
