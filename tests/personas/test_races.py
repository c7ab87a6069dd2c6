"""Two requests of one person at once, on two connections: one after the other, and nothing breaks."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from personas import resume_editing, services
from personas.identity import acting_as
from personas.models import Persona, Resume, User, UserSkill
from tests.factories import PersonaFactory, ResumeFactory, UserFactory, UserSkillFactory

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8
PATIENCE = 20
Work = Callable[[], Any]


@pytest.fixture
def me(transactional_db: None) -> User:
    """Whose two requests they are."""
    return UserFactory()


def while_open(user: User, first: Work, second: Work) -> Any:
    """What `second` gives when it begins before the transaction of `first` ends, on a connection of its own."""
    pid: Future[int] = Future()

    def run() -> Any:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pid.set_result(cursor.fetchone()[0])
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with acting_as(user.pk):
            first()
            later = pool.submit(run)
            wait_until_blocked(pid.result(PATIENCE), or_done=later)
        return later.result(PATIENCE)


def wait_until_blocked(pid: int, *, or_done: Future[Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not or_done.done():
        assert time.monotonic() < deadline, "the second request neither waits nor ends"
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid])
            if cursor.fetchone()[0]:
                return
        time.sleep(0.005)


def at_once(user: User, *works: Work) -> None:
    """Run each on a connection of its own, all from the same moment on; raises what one of them raises."""
    barrier = Barrier(len(works))

    def run(work: Work) -> None:
        try:
            with acting_as(user.pk):
                barrier.wait(PATIENCE)
                work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(run, work) for work in works]:
            done.result(PATIENCE)


def as_person(user: User, work: Work) -> Work:
    def run() -> Any:
        with acting_as(user.pk):
            return work()

    return run


def active_of(user: User) -> list[Persona]:
    with acting_as(user.pk):
        return list(Persona.objects.filter(is_active=True))


CHANGES_OF_A_PERSONA: dict[str, Callable[[Persona], Any]] = {
    "details": lambda row: services.edit_persona(persona=row, details={"name": "Other"}),
    "preferences": lambda row: services.edit_persona(persona=row, preferences={"min_salary": 1}),
    "copy": lambda row: services.copy_persona(persona=row),
    "activate": lambda row: services.activate_persona(persona=row),
}


@pytest.mark.parametrize("change", CHANGES_OF_A_PERSONA.values(), ids=CHANGES_OF_A_PERSONA)
def test_change_of_a_persona_that_is_being_deleted_finds_it_gone(
    me: User, change: Callable[[Persona], Any]
) -> None:
    active, persona = PersonaFactory(user=me, is_active=True), PersonaFactory(user=me)

    with pytest.raises(services.Gone):
        while_open(
            me, lambda: services.delete_persona(persona=persona), as_person(me, lambda: change(persona))
        )

    assert active_of(me) == [active]
    with acting_as(me.pk):
        assert list(Persona.objects.all()) == [active]


def test_change_of_a_skill_that_is_being_removed_finds_it_gone(me: User) -> None:
    skill = UserSkillFactory(user=me)

    with pytest.raises(services.Gone):
        while_open(
            me,
            lambda: services.remove_skill(skill=skill),
            as_person(me, lambda: services.change_skill_level(skill=skill, level="expert")),
        )


@pytest.mark.parametrize("change", ["rename", "default"])
def test_change_of_a_resume_that_is_being_deleted_finds_it_gone(me: User, change: str) -> None:
    default, resume = ResumeFactory(user=me, is_default=True), ResumeFactory(user=me)
    changes = {
        "rename": lambda: services.rename_resume(resume=resume, title="Other"),
        "default": lambda: services.make_default_resume(resume=resume),
    }

    with pytest.raises(services.Gone):
        while_open(me, lambda: services.delete_resume(resume=resume), as_person(me, changes[change]))

    with acting_as(me.pk):
        assert list(Resume.objects.filter(is_default=True)) == [default]


def test_copy_carries_what_was_changed_meanwhile(me: User) -> None:
    persona = PersonaFactory(user=me, name="Nurse")

    copy = while_open(
        me,
        lambda: services.edit_persona(
            persona=Persona.objects.get(pk=persona.pk),
            details={"name": "Teacher"},
            preferences={"min_salary": 7},
        ),
        as_person(me, lambda: services.copy_persona(persona=persona)),
    )

    with acting_as(me.pk):
        stored = Persona.objects.select_related("preferences").get(pk=copy.pk)
    assert (stored.name, stored.preferences.min_salary) == ("Teacher (copy)", 7)


def test_persona_chosen_while_the_active_one_is_being_deleted_is_the_active_one(me: User) -> None:
    active, chosen = PersonaFactory(user=me, is_active=True), PersonaFactory(user=me)
    PersonaFactory(user=me)  # the newest, which the deletion makes active

    while_open(
        me,
        lambda: services.delete_persona(persona=active),
        as_person(me, lambda: services.activate_persona(persona=chosen)),
    )

    assert active_of(me) == [chosen]


def test_skill_added_twice_at_once_by_two_of_its_names_is_held_once(me: User) -> None:
    add = services.add_skill

    with pytest.raises(services.SkillHeld):
        while_open(
            me,
            lambda: add(user=me, name="Kubernetes", level="expert", source="input"),
            as_person(me, lambda: add(user=me, name="k8s", level="expert", source="input")),
        )


@pytest.mark.parametrize("other", ["activate", "copy", "delete", "edit"])
def test_skills_change_while_personas_do_and_neither_waits_for_ever(me: User, other: str) -> None:
    for number in range(ROUNDS):
        PersonaFactory(user=me, is_active=number == 0)
    with acting_as(me.pk):
        personas = list(Persona.objects.order_by("created_at"))
    changes: dict[str, Callable[[Persona], Any]] = {
        **CHANGES_OF_A_PERSONA,
        "edit": CHANGES_OF_A_PERSONA["preferences"],
        "delete": lambda persona: services.delete_persona(persona=persona),
    }

    for number, persona in enumerate(personas):
        kept, removed = UserSkillFactory(user=me), UserSkillFactory(user=me)
        at_once(
            me,
            lambda name=f"Odd skill {number}": services.add_skill(
                user=me, name=name, level="expert", source="input"
            ),
            lambda persona=persona: changes[other](persona),
            lambda skill=kept: services.change_skills(user=me, details={skill.pk: {"level": "beginner"}}),
            lambda skill=removed: services.remove_skill(skill=skill),
            lambda name=f"Other skill {number}": services.add_proposed_skills(
                user=me, skills=[services.NewSkill(name, "expert")]
            ),
        )

    with acting_as(me.pk):
        assert UserSkill.objects.count() == 3 * ROUNDS
    assert len(active_of(me)) == (0 if other == "delete" else 1)


# What a browser and a client of the API are told


@pytest.mark.parametrize("action", ["edit", "copy", "activate"])
def test_page_of_a_persona_that_is_being_deleted_is_not_found(me: User, client: Client, action: str) -> None:
    persona = PersonaFactory(user=me)
    client.force_login(me)
    data = {"name": "Other", "currency": "EUR", "salary_period": "year", "remote_preference": "any"}
    address = reverse(f"personas:{action}", args=[persona.pk])

    answer = while_open(
        me, lambda: services.delete_persona(persona=persona), lambda: client.post(address, data)
    )

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("personas", {"name": "Other"}),
        ("skills", {"proficiency_level": "expert"}),
        ("resumes", {"title": "Other"}),
    ],
)
def test_api_says_not_found_of_what_is_being_deleted(
    me: User, api: APIClient, kind: str, data: dict[str, str]
) -> None:
    row = {"personas": PersonaFactory, "skills": UserSkillFactory, "resumes": ResumeFactory}[kind](user=me)
    api.force_login(me)

    answer = while_open(me, row.delete, lambda: api.patch(f"/api/v1/{kind}/{row.pk}/", data, format="json"))

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


# Reading résumés


class Reading:
    """A résumé being read on a connection of its own, until it is told to end."""

    def __init__(self, user: User, pool: ThreadPoolExecutor) -> None:
        self.begun, self.may_end = Event(), Event()
        self._done = pool.submit(self._run, user)
        assert self.begun.wait(PATIENCE)

    def end(self) -> None:
        self.may_end.set()
        self._done.result(PATIENCE)

    def _run(self, user: User) -> None:
        try:
            with acting_as(user.pk):
                upload(user)
                self.begun.set()
                assert self.may_end.wait(PATIENCE)
        finally:
            self.begun.set()
            connection.close()


def upload(user: User) -> None:
    services.upload_resume(user=user, title="CV", file_name="cv.txt", content=b"Ada Lovelace")


def test_second_resume_of_a_person_waits_for_the_first(me: User) -> None:
    with ThreadPoolExecutor(1) as pool:
        reading = Reading(me, pool)
        try:
            with acting_as(me.pk), pytest.raises(services.ReadersBusy) as busy:
                upload(me)
        finally:
            reading.end()
    with acting_as(me.pk):
        upload(me)

        assert Resume.objects.count() == 2
    assert busy.value.faults == {"file": ["Another résumé is being read. Try again in a moment."]}


def test_everybody_together_has_two_resumes_read_at_once(me: User, client: Client, api: APIClient) -> None:
    client.force_login(me)
    api.force_login(me)

    def by_page() -> Any:
        file = SimpleUploadedFile("cv.txt", b"Ada Lovelace")
        return client.post(reverse("personas:upload"), {"title": "", "file": file})

    def by_api() -> Any:
        file = SimpleUploadedFile("cv.txt", b"Ada Lovelace")
        return api.post("/api/v1/resumes/", {"title": "CV", "file": file}, format="multipart")

    with ThreadPoolExecutor(services.READ_AT_ONCE) as pool:
        readings = [Reading(UserFactory(), pool) for _ in range(services.READ_AT_ONCE)]
        try:
            page, problem = by_page(), by_api()
            readings[0].end()
            read = by_api()
        finally:
            for reading in readings:
                reading.end()

    sentence = "Another résumé is being read. Try again in a moment."
    assert (page.status_code, page.context["form"].errors["file"]) == (200, [sentence])
    assert (problem.status_code, problem.json()["detail"]) == (429, sentence)
    assert read.status_code == 201


def test_of_two_screens_that_save_at_once_one_is_told(me: User) -> None:
    resume = ResumeFactory(user=me)
    told: list[str] = []

    def save(name: str) -> Work:
        def work() -> None:
            try:
                resume_editing.save_document(resume=resume, document={"basics": {"name": name}}, revision=1)
            except resume_editing.Outdated:
                told.append(name)

        return work

    at_once(me, save("left"), save("right"))

    with acting_as(me.pk):
        kept = Resume.objects.get(pk=resume.pk)
    assert len(told) == 1
    assert {kept.document["basics"]["name"], *told} == {"left", "right"}
