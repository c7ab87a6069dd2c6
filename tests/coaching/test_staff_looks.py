"""Staff and people's rows: none without a reason, one entry a page view with one, and half an hour at most."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coaching import staff_looks
from coaching.models import AccessEntry
from personas.identity import acting_as
from personas.models import PersonaPreferences, User
from tests.factories import (
    AnswerFactory,
    ApiTokenFactory,
    ApplicationFactory,
    ContactFactory,
    DecisionFactory,
    FollowUpFactory,
    JobFactory,
    KitFactory,
    LearningStateFactory,
    LetterTemplateFactory,
    LogFactory,
    MatchFactory,
    MatchStateFactory,
    NoteFactory,
    PersonaFactory,
    PrivateNoteFactory,
    ProgressFactory,
    RecommendationFactory,
    RelationshipFactory,
    ResumeFactory,
    ResumeFileFactory,
    RuleFactory,
    TunerSettingsFactory,
    UserFactory,
    UserSkillFactory,
)

pytestmark = pytest.mark.ignore_template_errors
CANARY = "zq-canary"
REASON = "She wrote that her matches are gone"


@pytest.fixture
def office(client: Client, staff: User) -> Client:
    """A browser in which a member of the staff is signed in."""
    client.force_login(staff)
    return client


@pytest.fixture
def rows(alice: User) -> dict[str, Any]:
    """A row of Alice's of every personal model that the admin shows."""
    resume = ResumeFactory(user=alice, title=CANARY)
    persona = PersonaFactory(user=alice, name=CANARY, resume=resume)
    match = MatchFactory(persona=persona, job=JobFactory(title=CANARY))
    rule = RuleFactory(user=alice, name=CANARY)
    with acting_as(alice.pk):
        wishes = PersonaPreferences.objects.get(persona=persona)
    application = ApplicationFactory(user=alice, job_title=CANARY)
    return {
        "autoapply_decision": DecisionFactory(rule=rule),
        "autoapply_followup": FollowUpFactory(application=application, what=CANARY),
        "autoapply_kit": KitFactory(application=application, letter=CANARY),
        "autoapply_answer": AnswerFactory(user=alice, question=CANARY),
        "autoapply_lettertemplate": LetterTemplateFactory(user=alice, name=CANARY),
        "autoapply_note": NoteFactory(application=application, body=CANARY),
        "autoapply_contact": ContactFactory(application=application, name=CANARY),
        "personas_persona": persona,
        "personas_personapreferences": wishes,
        "personas_resume": resume,
        "personas_resumefile": ResumeFileFactory(resume=resume, name=CANARY),
        "personas_userskill": UserSkillFactory(user=alice, skill_name=CANARY),
        "matching_match": match,
        "matching_matchstate": MatchStateFactory(persona=persona),
        "matching_tunersettings": TunerSettingsFactory(user=alice, name=CANARY),
        "autoapply_rule": rule,
        "autoapply_log": LogFactory(user=alice, rule=rule),
        "autoapply_application": application,
        "learning_recommendation": RecommendationFactory(user=alice, target_skill=CANARY),
        "learning_progress": ProgressFactory(user=alice, skill_name=CANARY),
        "learning_learningstate": LearningStateFactory(persona=persona),
    }


MODELS = [
    "autoapply_decision",
    "autoapply_followup",
    "autoapply_kit",
    "autoapply_answer",
    "autoapply_lettertemplate",
    "autoapply_note",
    "autoapply_contact",
    "personas_persona",
    "personas_personapreferences",
    "personas_resume",
    "personas_resumefile",
    "personas_userskill",
    "matching_match",
    "matching_matchstate",
    "matching_tunersettings",
    "autoapply_rule",
    "autoapply_log",
    "autoapply_application",
    "learning_recommendation",
    "learning_progress",
    "learning_learningstate",
]
every_model = pytest.mark.parametrize("model", MODELS)


def look_at(office: Client, person: User, reason: str = REASON) -> Any:
    return office.post(reverse("admin:staff_look", args=[person.pk]), {"reason": reason})


def list_of(model: str) -> str:
    return reverse(f"admin:{model}_changelist")


def page_of(model: str, row: Any) -> str:
    return reverse(f"admin:{model}_change", args=[row.pk])


def entries_about(person: User) -> list[AccessEntry]:
    with acting_as(person.pk):
        return list(AccessEntry.objects.owned_by(person).order_by("at"))


def shows(html: str, row: Any) -> bool:
    return str(row.pk) in html


# --- with a reason ---------------------------------------------------------------------------------------------------


@every_model
def test_without_a_reason_there_are_none(
    office: Client, rows: dict[str, Any], alice: User, model: str
) -> None:
    row = rows[model]

    assert not shows(office.get(list_of(model)).content.decode(), row)
    assert office.get(page_of(model, row)).status_code == 302
    assert entries_about(alice) == []


@every_model
def test_with_a_reason_each_page_view_leaves_one_entry(
    office: Client, rows: dict[str, Any], alice: User, staff: User, model: str
) -> None:
    row = rows[model]
    look_at(office, alice)
    assert entries_about(alice) == []

    listed = office.get(list_of(model))
    assert shows(listed.content.decode(), row)
    (entry,) = entries_about(alice)
    assert (entry.viewer_id, entry.viewer_role, entry.reason, entry.object_id) == (
        staff.pk,
        "staff",
        REASON,
        None,
    )

    page = office.get(page_of(model, row))
    assert page.status_code == 200
    kind = staff_looks.KINDS[row._meta.db_table]
    assert len(entries_about(alice)) == 2
    second = next(each for each in entries_about(alice) if each.pk != entry.pk)
    assert second.page == (kind.page_code or kind.list_code)
    assert second.object_id == (row.pk if kind.page_code else None)


def test_staff_see_their_own_rows_beside_them(
    office: Client, rows: dict[str, Any], alice: User, staff: User
) -> None:
    own = UserSkillFactory(user=staff, skill_name="Patience")
    look_at(office, alice)

    html = office.get(list_of("personas_userskill")).content.decode()

    assert CANARY in html
    assert shows(html, own)


def test_rows_of_a_third_person_stay_closed(office: Client, alice: User, charlie: User) -> None:
    other = UserSkillFactory(user=charlie, skill_name="zq-charlie")
    look_at(office, alice)

    assert "zq-charlie" not in office.get(list_of("personas_userskill")).content.decode()
    assert office.get(page_of("personas_userskill", other)).status_code == 302
    assert entries_about(charlie) == []


def test_row_that_is_not_there_leaves_no_entry(office: Client, alice: User) -> None:
    look_at(office, alice)

    response = office.get(reverse("admin:personas_userskill_change", args=[uuid4()]))

    assert response.status_code == 302
    assert entries_about(alice) == []


@pytest.mark.parametrize(
    "address", ["admin:index", "admin:personas_user_changelist", "admin:matching_job_changelist"]
)
def test_pages_that_hold_nobodys_rows_leave_no_entry_and_wear_the_banner(
    office: Client, alice: User, address: str
) -> None:
    look_at(office, alice)

    html = office.get(reverse(address)).content.decode()

    assert entries_about(alice) == []
    assert "alice@example.com</strong>" in re.sub(r"\s+are open to you", "</strong>", html)
    assert REASON in html


def test_nothing_of_theirs_is_changed(office: Client, rows: dict[str, Any], alice: User) -> None:
    look_at(office, alice)
    row = rows["autoapply_rule"]

    for address in (page_of("autoapply_rule", row), reverse("admin:autoapply_rule_delete", args=[row.pk])):
        assert office.post(address, {"name": "mine", "post": "yes"}).status_code in {302, 403}
    with acting_as(alice.pk):
        row.refresh_from_db()
    assert row.name == CANARY
    assert entries_about(alice) == []


# --- its end ---------------------------------------------------------------------------------------------------------


def test_closing_ends_it(office: Client, rows: dict[str, Any], alice: User) -> None:
    look_at(office, alice)
    assert office.get(reverse("admin:staff_look_close")).status_code == 403

    office.post(reverse("admin:staff_look_close"))

    assert CANARY not in office.get(list_of("personas_persona")).content.decode()
    assert entries_about(alice) == []


def test_half_an_hour_ends_it(office: Client, rows: dict[str, Any], alice: User) -> None:
    look_at(office, alice)
    session = office.session
    kept = session["staff_look"]
    session["staff_look"] = {**kept, "until": (timezone.now() - timedelta(seconds=1)).isoformat()}
    session.save()

    html = office.get(list_of("personas_persona")).content.decode()

    assert CANARY not in html
    assert REASON not in html
    assert "staff_look" not in office.session


def test_it_lasts_half_an_hour(office: Client, alice: User) -> None:
    look_at(office, alice)

    kept = office.session["staff_look"]["until"]
    assert (
        timedelta(minutes=29)
        < timezone.datetime.fromisoformat(kept) - timezone.now()
        <= timedelta(minutes=30)
    )


def test_somebody_who_is_not_of_the_staff_any_more_sees_nothing(
    office: Client, rows: dict[str, Any], alice: User, staff: User
) -> None:
    look_at(office, alice)
    with acting_as(staff.pk):
        User.objects.filter(pk=staff.pk).update(is_staff=False, is_coach=True)

    assert office.get(list_of("personas_persona")).status_code == 403
    assert REASON not in office.get(reverse("admin:index")).content.decode()
    assert entries_about(alice) == []


# --- the reason ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "   ", "\n", "x" * 1001])
def test_no_reason_opens_nothing(office: Client, rows: dict[str, Any], alice: User, reason: str) -> None:
    response = look_at(office, alice, reason)

    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert CANARY not in office.get(list_of("personas_persona")).content.decode()


def test_button_stands_on_the_page_of_an_account(office: Client, alice: User, staff: User) -> None:
    address = reverse("admin:staff_look", args=[alice.pk])

    assert address in office.get(page_of("personas_user", alice)).content.decode()
    assert "/look/" not in office.get(page_of("personas_user", staff)).content.decode()
    assert "Why you need to look" in office.get(address).content.decode()


def test_nobody_looks_at_themselves_or_at_nobody(office: Client, staff: User) -> None:
    assert look_at(office, staff).status_code == 404
    assert office.post(reverse("admin:staff_look", args=[uuid4()]), {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_states_a_reason(
    client: Client, rows: dict[str, Any], alice: User, request: Any, who: str
) -> None:
    client.force_login(request.getfixturevalue(who))

    assert look_at(client, alice).status_code in {302, 403}
    assert client.get(reverse("admin:staff_look", args=[alice.pk])).status_code in {302, 403}
    assert CANARY not in client.get(list_of("personas_persona")).content.decode()


# --- what never opens ------------------------------------------------------------------------------------------------


def test_keys_and_private_notes_never_open(office: Client, alice: User) -> None:
    key = ApiTokenFactory(user=alice, name=CANARY)
    PrivateNoteFactory(
        relationship=RelationshipFactory(coach=UserFactory(is_coach=True), client=alice), body=CANARY
    )
    look_at(office, alice)

    assert CANARY not in office.get(list_of("personas_apitoken")).content.decode()
    assert office.get(page_of("personas_apitoken", key)).status_code == 302
    assert entries_about(alice) == []


def test_every_table_that_opens_is_known_with_its_scope() -> None:
    opened = {
        table: scope
        for migration in ("0002_what_coaches_see", "0003_how_far_clients_are")
        for scope, tables in import_module(f"coaching.migrations.{migration}").OPENED.items()
        for table in tables
    }

    assert {table: kind.scope for table, kind in staff_looks.KINDS.items()} == opened


def test_every_personal_model_of_the_admin_is_tested_here() -> None:
    shown = {
        f"{model._meta.app_label}_{model._meta.model_name}"
        for model in admin.site._registry
        if model._meta.db_table in staff_looks.KINDS and not model._meta.proxy
    }

    assert shown == set(MODELS)
