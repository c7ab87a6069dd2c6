"""Catalogs in the admin: the import with its report, dead links, and nobody but staff."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from learning.models import Course, CourseSkill
from personas.models import User
from tests.factories import CourseFactory, CourseSkillFactory, UserFactory
from tests.learning.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
IMPORT = "admin:learning_catalog_import"
DETAILS = {"key": "mine", "name": "Mine", "license": "CC0"}


@pytest.fixture
def office(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def bring_in(client: Client, content: bytes, **details: str) -> str:
    file = SimpleUploadedFile("courses.csv", content)
    answer = client.post(reverse(IMPORT), {"file": file, **DETAILS, **details})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_import_tells_what_became_of_every_line(office: Client) -> None:
    html = bring_in(office, b"title,url,stars\nA,https://a.example/1,5\nB,nowhere,5\n")

    assert "1 new, 0 changed, 0 unchanged, 0 no longer listed, 1 lines left out." in html
    assert "<td>3</td><td>url</td>" in html
    assert "Columns that nobody reads: stars" in html
    assert Course.objects.get().title == "A"


@pytest.mark.parametrize(
    ("content", "details", "words"),
    [
        (b"name\n", {}, "The header has no column title, url."),
        (b"title,url\n,\n", {}, "The file holds no course that can be kept."),
        (b"title,url\nA,https://a.example/1\n", {"key": "No!"}, "A short name is made of"),
        (b"title,url\nA,https://a.example/1\n", {"license": ""}, "This field is required."),
    ],
)
def test_import_that_is_refused_changes_nothing(
    office: Client, content: bytes, details: dict[str, str], words: str
) -> None:
    assert words in bring_in(office, content, **details)
    assert Course.objects.count() == 0


def test_dead_links_are_counted_and_found(office: Client) -> None:
    CourseSkillFactory(course=CourseFactory(title="Gone away", link_state="dead"))
    CourseFactory(title="Still there")

    catalogs = office.get(reverse("admin:learning_catalog_changelist"))
    dead = office.get(reverse("admin:learning_course_changelist"), {"link_state__exact": "dead"})

    assert catalogs.status_code == 200
    assert "Gone away" in dead.content.decode()
    assert "Still there" not in dead.content.decode()
    assert (
        "Still there"
        in office.get(reverse("admin:learning_course_changelist"), {"taught": "no"}).content.decode()
    )


def test_link_is_looked_at_again_when_staff_ask(office: Client) -> None:
    course = CourseFactory(link_due_at=NOW.replace(year=2090))

    office.post(
        reverse("admin:learning_course_changelist"),
        {"action": "look_again", "_selected_action": [str(course.pk)]},
    )

    assert Course.objects.get(pk=course.pk).link_due_at.year < 2090


@pytest.mark.parametrize("coach", [True, False])
def test_nobody_but_staff_imports(client: Client, coach: bool) -> None:
    client.force_login(UserFactory(is_coach=coach))

    client.post(
        reverse(IMPORT),
        {"file": SimpleUploadedFile("c.csv", b"title,url\nA,https://a.example/1\n"), **DETAILS},
    )

    assert Course.objects.count() == 0


# --- what a course teaches ------------------------------------------------------------------------------------------


def test_staff_say_what_a_course_teaches(office: Client) -> None:
    skill = CourseSkillFactory(course=CourseFactory(title="Zen", url="https://a.example/zen"))
    page = reverse("admin:learning_course_change", args=[skill.course_id])
    assert "Terraform" in office.get(page).content.decode()

    answer = office.post(page, {"teaches": "k8s, Docker"})

    assert answer.status_code == 302
    assert sorted(CourseSkill.objects.values_list("skill_name", "because")) == [
        ("Docker", "staff"),
        ("Kubernetes", "staff"),
        ("Terraform", "denied"),
    ]
    assert "Terraform: not taught: somebody of the staff said so" in office.get(page).content.decode()
    course = Course.objects.get()
    assert (course.title, course.url) == ("Zen", "https://a.example/zen")


def test_names_that_cannot_be_kept_are_refused_at_their_field(office: Client) -> None:
    skill = CourseSkillFactory()
    page = reverse("admin:learning_course_change", args=[skill.course_id])

    answer = office.post(page, {"teaches": "x" * 300})

    assert "at most 255 characters" in answer.content.decode()
    assert CourseSkill.objects.get().because == "topic"


def test_nobody_else_says_what_a_course_teaches(client: Client) -> None:
    skill = CourseSkillFactory()
    page = reverse("admin:learning_course_change", args=[skill.course_id])
    for user in (UserFactory(), UserFactory(is_coach=True)):
        client.force_login(user)

        assert client.post(page, {"teaches": "Docker"}).status_code in (302, 403)
        assert CourseSkill.objects.get().skill_name == "Terraform"
