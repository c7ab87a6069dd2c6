"""The first steps as pages: with words, with a résumé, skipped, gone on with; and nobody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from personas.identity import acting_as
from personas.models import Persona, Resume, User, UserSkill
from tests.factories import PersonaFactory, ResumeFactory

pytestmark = pytest.mark.django_db
START = "/start/"
RESUME = {
    "basics": {"name": "Ada", "label": "Data Engineer", "location": {"city": "Denver", "countryCode": "US"}},
    "work": [{"position": "Data Engineer", "name": "Acme", "summary": "Python and Terraform every day."}],
}


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def personas_of(user: User) -> list[Persona]:
    with acting_as(user.pk):
        return list(Persona.objects.owned_by(user).select_related("preferences"))


def test_newcomer_is_shown_the_way_and_may_leave_it(hers: Client) -> None:
    today = text_of(hers.get(reverse("today")))
    page = text_of(hers.get(START))

    assert f'href="{START}"' in today
    assert f'href="{reverse("today")}"' in page
    assert "Not now" in page


def test_few_words_lead_to_the_first_matches(hers: Client, alice: User) -> None:
    answer = hers.post(
        START,
        {"title": "Data Engineer", "skills": "Python, SQL; k8s", "place": "", "workplace": "any"},
        follow=True,
    )

    assert "Today for Data Engineer" in text_of(answer)
    assert "every open job is weighed against it" in text_of(answer)
    (persona,) = personas_of(alice)
    assert persona.is_active
    with acting_as(alice.pk):
        assert set(UserSkill.objects.values_list("skill_name", flat=True)) == {"Python", "SQL", "Kubernetes"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"title": ""}, "Name the work that you look for."),
        ({"place": "Nowhere at all"}, "is not among the places we know"),
        ({"skills": ",".join(f"skill {n}" for n in range(21))}, "These are 21."),
        ({"skills": "x" * 300}, "x" * 50),
        ({"workplace": "moon"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_field(
    hers: Client, alice: User, values: dict[str, str], words: str
) -> None:
    answer = hers.post(START, {"title": "Data Engineer", "skills": "SQL", "workplace": "any", **values})

    assert words in text_of(answer)
    assert personas_of(alice) == []


def test_taken_name_is_told_at_the_title(hers: Client, alice: User) -> None:
    PersonaFactory(user=alice, name="Data Engineer")

    page = text_of(hers.post(START, {"title": "Data Engineer", "skills": "", "workplace": "any"}))

    assert page.index("id_title") < page.index("have a persona") < page.index("id_skills")


def upload(client: Client, content: bytes, name: str = "ada.json") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(f"{START}upload/", {"file": file, "title": ""}, follow=True)


def test_resume_suggests_and_nothing_is_kept_before_it_is_confirmed(hers: Client, alice: User) -> None:
    page = upload(hers, json.dumps(RESUME).encode())

    html = text_of(page)
    assert "What your résumé suggests" in html
    assert "Data Engineer</textarea>" in html
    assert 'value="Denver, CO, United States"' in html
    assert html.count("checked") >= 2
    assert personas_of(alice) == []
    with acting_as(alice.pk):
        assert not UserSkill.objects.exists()

    address = page.redirect_chain[-1][0]
    form = page.context["form"]
    taken = {f"take_{n}": "on" for n, each in form.open.items() if each.skill != "Terraform"}
    levels = {f"level_{n}": "advanced" for n in form.open}
    done = hers.post(address, {"titles": "Data Engineer", "place": "", **taken, **levels})

    assert done.url == reverse("today")
    (persona,) = personas_of(alice)
    with acting_as(alice.pk):
        assert persona.resume_id == Resume.objects.get().pk
        assert "Terraform" not in UserSkill.objects.values_list("skill_name", flat=True)
        assert UserSkill.objects.get(skill_name="Python").proficiency_level == "advanced"


def test_file_that_cannot_be_read_is_told_and_the_words_are_still_there(hers: Client, alice: User) -> None:
    html = text_of(upload(hers, b"%PDF-1.4 broken", "ada.pdf"))

    assert "What work do you look for?" in html
    assert "error" in html
    with acting_as(alice.pk):
        assert not Resume.objects.exists()


def test_who_left_goes_on_with_the_resume_that_is_there(hers: Client, alice: User) -> None:
    resume = ResumeFactory(user=alice, title="My CV", document=RESUME)

    html = text_of(hers.get(START))

    assert "Go on with “My CV”" in html
    assert reverse("matching:start_confirm", args=[resume.pk]) in html


def test_resume_of_somebody_else_is_not_there(hers: Client, charlie: User) -> None:
    theirs = ResumeFactory(user=charlie)
    address = reverse("matching:start_confirm", args=[theirs.pk])

    assert hers.get(address).status_code == 404
    assert hers.post(address, {"titles": "Data Engineer"}).status_code == 404
