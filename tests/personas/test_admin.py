"""The admin of people: staff see accounts and their own rows, coaches none of it, nobody a hash or a file."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from personas.identity import acting_as
from personas.models import ApiToken, Persona, PersonaPreferences, Resume, ResumeFile, User, UserSkill
from tests.factories import (
    ApiTokenFactory,
    PersonaFactory,
    ResumeFactory,
    ResumeFileFactory,
    UserFactory,
    UserSkillFactory,
)

MODELS = (User, Persona, PersonaPreferences, Resume, ResumeFile, UserSkill, ApiToken)
PERSONAL = MODELS[1:]


def address(model: Any, page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def rows_of(user: User) -> dict[Any, Any]:
    """One row of every personal model."""
    resume = ResumeFactory(user=user, title=f"CV of {user.email}", text="Ada")
    persona = PersonaFactory(user=user, name=f"Self of {user.email}")
    return {
        Persona: persona.pk,
        Resume: resume.pk,
        ResumeFile: ResumeFileFactory(resume=resume, name=f"{user.email}.txt", content=b"CANARY CONTENT").pk,
        UserSkill: UserSkillFactory(user=user, skill_name=f"Skill of {user.email}").pk,
        ApiToken: ApiTokenFactory(user=user, name=f"Key of {user.email}").pk,
    }


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A browser in which a member of the staff is signed in."""
    client.force_login(staff)
    return client


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_people_is_in_the_admin(model: Any) -> None:
    assert admin.site.is_registered(model)


@pytest.mark.parametrize("model", MODELS)
def test_coach_comes_in_and_sees_nothing_of_these(client: Client, bob: User, model: Any) -> None:
    client.force_login(bob)

    inside = client.get(reverse("admin:index"))

    assert inside.status_code == 200
    assert address(model) not in inside.content.decode()
    assert client.get(address(model)).status_code == 403
    assert client.get(address(model, "add")).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_job_seeker_is_not_let_in(client: Client, alice: User, model: Any) -> None:
    client.force_login(alice)

    assert client.get(address(model)).status_code == 302


@pytest.mark.parametrize("model", PERSONAL)
def test_staff_see_their_own_rows_and_nobody_elses(
    desk: Client, staff: User, alice: User, model: Any
) -> None:
    own, foreign = rows_of(staff), rows_of(alice)

    listed = desk.get(address(model))

    assert listed.status_code == 200
    assert listed.context["cl"].result_count == 1
    if model in own:
        assert desk.get(address(model, "change", own[model])).status_code == 200
        assert desk.get(address(model, "change", foreign[model])).status_code == 302
    assert "alice@example.com" not in listed.content.decode()


@pytest.mark.parametrize("model", PERSONAL)
def test_personal_rows_are_only_looked_at(desk: Client, staff: User, model: Any) -> None:
    rows = rows_of(staff)

    assert desk.get(address(model, "add")).status_code == 403
    if model in rows:
        assert desk.post(address(model, "change", rows[model]), {"name": "x"}).status_code == 403
        assert desk.post(address(model, "delete", rows[model]), {"post": "yes"}).status_code == 403


def test_no_page_shows_a_file_or_a_hash(desk: Client, staff: User) -> None:
    rows = rows_of(staff)
    with acting_as(staff.pk):
        stored_hash = ApiToken.objects.get().key_sha256
    pages = [desk.get(address(model, "change", pk)).content.decode() for model, pk in rows.items()]
    pages += [desk.get(address(model)).content.decode() for model in MODELS]
    pages.append(desk.get(address(User, "change", staff.pk)).content.decode())

    assert not any("CANARY CONTENT" in page for page in pages)
    assert not any(stored_hash in page for page in pages)
    assert not any("pbkdf2" in page or 'name="password"' in page for page in pages)


def test_staff_find_an_account(desk: Client, alice: User, charlie: User) -> None:
    found = desk.get(address(User), {"q": "alice"})

    assert "alice@example.com" in found.content.decode()
    assert "charlie@example.com" not in found.content.decode()


def test_staff_give_and_take_roles_and_nothing_else(desk: Client, alice: User) -> None:
    changed = {"is_active": "on", "is_coach": "on", "email": "other@example.com", "display_name": "Other"}

    answer = desk.post(address(User, "change", alice.pk), changed)

    stored = User.objects.get(pk=alice.pk)
    assert answer.status_code == 302
    assert (stored.is_active, stored.is_coach, stored.is_staff) == (True, True, False)
    assert (stored.email, stored.display_name) == ("alice@example.com", "Alice")


def test_staff_take_away_the_right_to_sign_in(desk: Client, alice: User) -> None:
    desk.post(address(User, "change", alice.pk), {})

    assert not User.objects.get(pk=alice.pk).is_active


def test_staff_open_an_account_that_can_be_signed_in_to(desk: Client) -> None:
    password = "eleven green bottles"

    answer = desk.post(
        address(User, "add"), {"email": "New@Example.com", "password1": password, "password2": password}
    )

    user = User.objects.get(email__iexact="new@example.com")
    assert answer.status_code == 302
    assert user.check_password(password)
    assert not user.is_staff
    signed_in = Client().post(reverse("account_login"), {"login": "new@example.com", "password": password})
    assert signed_in.url == reverse("today")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"email": "ALICE@example.com"}, "already an account"),
        ({"email": "a\0b@example.com"}, "Null characters"),
        ({"email": f"{'x' * 10_000}@example.com"}, "at most 254"),
        ({"email": "new@example.com", "password2": "another one entirely"}, "match"),
        ({"email": "new@example.com", "password1": "short", "password2": "short"}, "too short"),
    ],
)
def test_account_that_cannot_be_opened_is_refused_with_the_reason(
    desk: Client, alice: User, data: dict[str, str], says: str
) -> None:
    before = User.objects.count()
    password = "eleven green bottles"

    answer = desk.post(address(User, "add"), {"password1": password, "password2": password, **data})

    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert User.objects.count() == before


def test_account_is_not_deleted_here(desk: Client, alice: User) -> None:
    assert desk.post(address(User, "delete", alice.pk), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()


def test_list_of_accounts_asks_as_much_for_twenty_as_for_one(desk: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        desk.get(address(User))
    for _number in range(19):
        UserFactory()

    with CaptureQueriesContext(connection) as many:
        desk.get(address(User))

    assert len(many) == len(few)
