"""The admin of auto-apply: rules of one's own, the one step of a log entry, keys that are never shown, and the fence."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from autoapply import employer_keys, fence
from autoapply.models import Application, EmployerKey, Fence, Log, ReceiverHost, Rule, Tick
from autoapply.rules import MAX_RULES
from personas.identity import acting_as
from personas.models import User
from personas.row_security import WORKER_ROLE
from tests.autoapply.test_states import at
from tests.factories import (
    ApplicationFactory,
    LogFactory,
    PersonaFactory,
    ReceiverHostFactory,
    RuleFactory,
)
from tests.roles import OWNER_ROLE, as_role

pytestmark = pytest.mark.django_db
MODELS = (Rule, Application, Log, EmployerKey, Fence, ReceiverHost, Tick)
SECRET = "sk-canary-0123456789"
TYPED = {
    "name": "Careful",
    "persona": "",
    "match_score_threshold": "72,5",
    "max_applications_per_week": "3",
    "exclude_companies": "Acme Ltd.\n\nEvil Corp",
    "include_only_companies": "",
    "require_all_keywords": "Python",
    "active_days": ["mon", "tue"],
    "mode": "automatic",
}


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A browser in which a member of the staff is signed in."""
    client.force_login(staff)
    return client


def address(model: Any, page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def own(user: User, model: Any) -> list[Any]:
    with acting_as(user.pk):
        return list(model.objects.all())


def act(desk: Client, model: Any, action: str, *keys: Any) -> str:
    data = {"action": action, "_selected_action": [str(key) for key in keys]}
    return desk.post(address(model), data, follow=True).content.decode()


# --- who comes in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_shown_to_staff_alone(
    client: Client, alice: User, bob: User, staff: User, model: Any
) -> None:
    assert admin.site.is_registered(model)
    for user, status in ((alice, 302), (bob, 403), (staff, 200)):
        client.force_login(user)
        assert client.get(address(model)).status_code == status
        assert client.get(address(model, "add")).status_code == (
            status if status != 200 or model in (Rule, EmployerKey) else 403
        )


@pytest.mark.parametrize("model", [Rule, Application, Log])
def test_rows_are_those_of_whoever_is_signed_in(desk: Client, staff: User, alice: User, model: Any) -> None:
    factory = {Rule: RuleFactory, Application: ApplicationFactory, Log: LogFactory}[model]
    mine, theirs = factory(user=staff), factory(user=alice)

    assert desk.get(address(model)).context["cl"].result_count == 1
    assert desk.get(address(model, "change", mine.pk)).status_code == 200
    assert desk.get(address(model, "change", theirs.pk)).status_code == 302


@pytest.mark.parametrize("model", [Application, Log])
def test_application_and_log_are_only_looked_at(desk: Client, staff: User, model: Any) -> None:
    row = {Application: ApplicationFactory, Log: LogFactory}[model](user=staff)

    assert desk.post(address(model, "change", row.pk), {"status": "submitted"}).status_code == 403
    assert desk.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert len(own(staff, model)) == 1


# --- rules -------------------------------------------------------------------------------------------------------------


def test_rule_is_created_disabled_for_whoever_is_signed_in(desk: Client, staff: User) -> None:
    persona = PersonaFactory(user=staff)

    answer = desk.post(address(Rule, "add"), {**TYPED, "persona": persona.pk, "enabled": "on", "user": "x"})

    assert answer.status_code == 302
    (rule,) = own(staff, Rule)
    assert (rule.user_id, rule.enabled, rule.mode, rule.name) == (staff.pk, False, "automatic", "Careful")
    assert (str(rule.match_score_threshold), rule.max_applications_per_week) == ("72.50", 3)
    assert (rule.exclude_companies, rule.require_all_keywords) == (["Acme Ltd.", "Evil Corp"], ["Python"])
    assert (rule.active_days, rule.persona_id) == (["mon", "tue"], persona.pk)


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"name": " "}, "name", "Give it a name."),
        ({"match_score_threshold": "101"}, "match_score_threshold", "from 0 to 100"),
        ({"max_applications_per_week": "51"}, "max_applications_per_week", "from 1 to 50"),
        ({"max_applications_per_week": ""}, "max_applications_per_week", "from 1 to 50"),
        ({"include_only_companies": "ACME, Inc."}, "include_only_companies", ""),
        ({"mode": "reckless"}, "mode", ""),
        ({"active_days": ["someday"]}, "active_days", ""),
        ({"persona": "3f2b8a52-0000-4000-8000-000000000000"}, "persona", "not there any more"),
    ],
)
def test_rule_that_the_page_would_refuse_is_refused_at_its_field(
    desk: Client, staff: User, typed: dict[str, Any], field: str, says: str
) -> None:
    answer = desk.post(address(Rule, "add"), {**TYPED, **typed})

    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert list(errors) == [field]
    assert says in " ".join(errors[field])
    assert own(staff, Rule) == []


def test_persona_of_somebody_else_is_refused(desk: Client, staff: User, alice: User) -> None:
    answer = desk.post(address(Rule, "add"), {**TYPED, "persona": PersonaFactory(user=alice).pk})

    assert list(answer.context["adminform"].form.errors) == ["persona"]
    assert own(staff, Rule) == []


def test_rule_too_many_is_refused_in_words(desk: Client, staff: User) -> None:
    for _number in range(MAX_RULES):
        RuleFactory(user=staff)

    answer = desk.post(address(Rule, "add"), TYPED)

    assert "Delete one first." in str(answer.context["adminform"].form.errors["name"])
    assert len(own(staff, Rule)) == MAX_RULES


def test_rule_is_changed_and_stays_as_enabled_as_it_was(desk: Client, staff: User) -> None:
    rule = RuleFactory(user=staff, enabled=True, name="Before", exclude_companies=["Acme"])
    shown = desk.get(address(Rule, "change", rule.pk)).content.decode()
    assert 'value="Before"' in shown
    assert "Acme</textarea>" in shown

    assert desk.post(address(Rule, "change", rule.pk), TYPED).status_code == 302

    (kept,) = own(staff, Rule)
    assert (kept.pk, kept.name, kept.enabled) == (rule.pk, "Careful", True)


def test_rule_of_somebody_else_is_neither_shown_nor_changed(desk: Client, alice: User) -> None:
    rule = RuleFactory(user=alice, name="Of Alice")

    assert "Of Alice" not in desk.post(address(Rule, "change", rule.pk), TYPED, follow=True).content.decode()

    assert [each.name for each in own(alice, Rule)] == ["Of Alice"]


def test_name_of_a_rule_is_in_no_log_that_all_staff_read(desk: Client, staff: User) -> None:
    desk.post(address(Rule, "add"), TYPED)
    (rule,) = own(staff, Rule)
    desk.post(address(Rule, "change", rule.pk), {**TYPED, "name": "Other"})

    assert not LogEntry.objects.filter(object_repr__contains="Careful").exists()
    assert not LogEntry.objects.filter(object_repr__contains="Other").exists()


def test_rule_is_not_deleted_here(desk: Client, staff: User) -> None:
    rule = RuleFactory(user=staff)

    assert desk.post(address(Rule, "delete", rule.pk), {"post": "yes"}).status_code == 403
    assert len(own(staff, Rule)) == 1


# --- the log -----------------------------------------------------------------------------------------------------------


def test_submitted_entries_are_withdrawn_and_the_others_stay(desk: Client, staff: User) -> None:
    application = at(staff, "submitted", channel="recruitee")
    with acting_as(staff.pk):
        sent = Log.objects.get()
    foreign = LogFactory(user=staff)
    failed = LogFactory(user=staff, status="failed")

    said = act(desk, Log, "withdraw", sent.pk, foreign.pk, failed.pk)

    assert "2 entries are withdrawn." in said
    assert "1 entry stays as it is: only what was submitted can be withdrawn." in said
    states = {each.pk: each.status for each in own(staff, Log)}
    assert states == {sent.pk: "withdrawn", foreign.pk: "withdrawn", failed.pk: "failed"}
    (kept,) = own(staff, Application)
    assert (kept.pk, kept.status, kept.stage) == (application.pk, "withdrawn", "withdrawn")

    assert "3 entries stay as they are" in act(desk, Log, "withdraw", sent.pk, foreign.pk, failed.pk)


def test_entry_of_somebody_else_is_not_withdrawn(desk: Client, alice: User) -> None:
    log = LogFactory(user=alice)

    act(desk, Log, "withdraw", log.pk)

    assert [each.status for each in own(alice, Log)] == ["submitted"]


# --- keys --------------------------------------------------------------------------------------------------------------


def enter(desk: Client, secret: str = SECRET, **values: str) -> Any:
    typed = {"channel": "greenhouse", "board": "Acme", "secret_text": secret, **values}
    return desk.post(address(EmployerKey, "add"), typed)


def keys() -> list[tuple[Any, ...]]:
    with as_role(OWNER_ROLE):
        return list(EmployerKey.objects.order_by("board").values_list("channel", "board", "hint"))


def worker_reads(board: str = "acme") -> str | None:
    with as_role(WORKER_ROLE):
        return employer_keys.read_key(channel="greenhouse", board=board)


def test_key_is_entered_and_never_shown_again(desk: Client) -> None:
    assert enter(desk).status_code == 302

    assert keys() == [("greenhouse", "acme", "6789")]
    assert worker_reads() == SECRET
    pages = [desk.get(address(EmployerKey)), desk.get(address(EmployerKey, "add"))]
    with as_role(OWNER_ROLE):
        (pk,) = EmployerKey.objects.values_list("pk", flat=True)
    pages.append(desk.get(address(EmployerKey, "change", pk)))
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert not any(SECRET in page.content.decode() for page in pages)
    assert "6789" in pages[0].content.decode()


def test_refused_key_is_not_shown_in_the_form_either(desk: Client) -> None:
    answer = enter(desk, board=" ")

    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()
    assert keys() == []


@pytest.mark.parametrize("values", [{"secret": "a\tb"}, {"secret": "k" * 501}, {"channel": "recruitee"}])
def test_what_can_be_no_key_is_refused_at_its_field(desk: Client, values: dict[str, str]) -> None:
    answer = enter(desk, **values)

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [
        "secret_text" if "secret" in values else "channel"
    ]
    assert keys() == []


@pytest.mark.parametrize("board", ["acme", "Acme", " ACME "])
def test_key_for_a_board_that_has_one_takes_its_place(desk: Client, board: str) -> None:
    enter(desk)
    with as_role(WORKER_ROLE):
        employer_keys.note_refusal(channel="greenhouse", board="acme")
    assert worker_reads() is None

    assert enter(desk, "another-key-9999", board=board).status_code == 302

    assert keys() == [("greenhouse", "acme", "9999")]
    assert worker_reads() == "another-key-9999"


def test_keys_are_removed(desk: Client) -> None:
    enter(desk)
    enter(desk, board="other")
    with as_role(OWNER_ROLE):
        first, second = EmployerKey.objects.order_by("board").values_list("pk", flat=True)

    assert desk.post(address(EmployerKey, "delete", first), {"post": "yes"}).status_code == 302
    assert keys() == [("greenhouse", "other", "6789")]
    data = {"action": "delete_selected", "_selected_action": [str(second)], "post": "yes"}
    desk.post(address(EmployerKey), data)
    assert keys() == []


# --- the fence ---------------------------------------------------------------------------------------------------------


def test_staff_lift_the_fence(desk: Client) -> None:
    with as_role(WORKER_ROLE):
        fence.raise_fence(because="asked")
    assert desk.get(address(Fence, "change", 1)).status_code == 200

    assert "The machine may send again." in act(desk, Fence, "lift", 1)

    assert not Fence.objects.get().is_raised
    assert "The fence did not stand." in act(desk, Fence, "lift", 1)


def test_receivers_are_shown(desk: Client) -> None:
    ReceiverHostFactory(host="boards.example")

    assert "boards.example" in desk.get(address(ReceiverHost)).content.decode()
