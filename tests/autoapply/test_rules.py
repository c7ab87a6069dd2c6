"""What may be kept of a rule, and what happens when it is enabled, disabled, deleted or everything is paused."""

from __future__ import annotations

from decimal import Decimal
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from autoapply import rules
from autoapply.models import MAX_A_WEEK, Application, Rule, Standing
from autoapply.rule_checking import MAX_KEYWORD_LENGTH, MAX_KEYWORDS, MAX_LINES
from personas.identity import acting_as, assume
from personas.models import Persona, User
from personas.services import Gone, Refused, ValuesRefused
from tests.autoapply.openings import make_persona
from tests.factories import ApplicationFactory, PersonaFactory, ResumeFactory, RuleFactory

VALUES: dict[str, Any] = {"name": "Data work", "max_applications_per_week": 5}


@pytest.fixture
def me(alice: User) -> User:
    """Alice, for whom the test's transaction acts."""
    assume(alice.pk)
    return alice


def refused(values: dict[str, Any]) -> dict[str, list[str]]:
    """The faults of a rule with these values."""
    with pytest.raises(ValuesRefused) as raised:
        rules.check_rule(values={**VALUES, **values})
    return dict(raised.value.faults)


def test_new_rule_is_disabled_and_looks_at_each_application_first(me: User) -> None:
    rule = rules.create_rule(user=me, values=VALUES)

    rule.refresh_from_db()
    assert (rule.enabled, rule.mode, rule.max_applications_per_week) == (False, "review", 5)
    assert Standing.objects.get(user=me).weekly_ceiling == 10


def test_nothing_among_the_values_enables_a_new_rule(me: User) -> None:
    with pytest.raises(KeyError):
        rules.create_rule(user=me, values={**VALUES, "enabled": True})


@pytest.mark.parametrize("threshold", [None, 0, 100, Decimal("0.00"), Decimal("72.5"), Decimal("99.99")])
def test_threshold_in_range_is_kept(me: User, threshold: Any) -> None:
    rule = rules.create_rule(user=me, values={**VALUES, "match_score_threshold": threshold})

    rule.refresh_from_db()
    assert rule.match_score_threshold == threshold


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "  ", "Give it a name."),
        ("name", "x" * 256, "at most 255 are kept"),
        ("name", "nul\0", "NUL"),
        ("match_score_threshold", Decimal("-0.01"), "from 0 to 100"),
        ("match_score_threshold", Decimal("100.01"), "from 0 to 100"),
        ("match_score_threshold", Decimal("NaN"), "from 0 to 100"),
        ("match_score_threshold", Decimal("Infinity"), "from 0 to 100"),
        ("match_score_threshold", Decimal("72.125"), "at most two decimals"),
        ("max_applications_per_week", 0, "from 1 to 50"),
        ("max_applications_per_week", MAX_A_WEEK + 1, "from 1 to 50"),
        ("max_applications_per_week", True, "from 1 to 50"),
        ("active_days", ["mon", "monday"], "“monday” is not one of mon"),
        ("mode", "at once", "“at once” is not one of review"),
        ("exclude_companies", ["Acme", "", "x" * 256], "Line 3 has 256 characters; at most 255"),
        ("exclude_companies", ["Acme", "—"], "Line 2, “—”, is no name of a company"),
        ("exclude_companies", ["Acme", "nul\0"], "NUL"),
        ("include_only_companies", [f"Company {n}" for n in range(MAX_LINES + 1)], "These are 501 companies"),
        ("require_all_keywords", [f"word{n}" for n in range(MAX_KEYWORDS + 1)], "These are 21 words"),
        ("require_all_keywords", ["x" * (MAX_KEYWORD_LENGTH + 1)], "Line 1 has 101 characters"),
        ("require_all_keywords", ["Python", "++"], "Line 2, “++”, is no word"),
    ],
)
def test_value_that_cannot_be_kept_is_refused_with_its_sentence(field: str, value: Any, words: str) -> None:
    faults = refused({field: value})

    assert list(faults) == [field]
    assert words in faults[field][0]


def test_longest_lists_are_kept(me: User) -> None:
    companies = [f"Company {number} {'x' * 200}" for number in range(MAX_LINES)]
    words = [f"word{number}" for number in range(MAX_KEYWORDS)]

    rule = rules.create_rule(
        user=me, values={**VALUES, "exclude_companies": companies, "require_all_keywords": words}
    )

    rule.refresh_from_db()
    assert (rule.exclude_companies, rule.require_all_keywords) == (companies, words)


def test_lists_are_kept_without_empty_lines_and_second_spellings(me: User) -> None:
    lists = {
        "exclude_companies": ["  Acme  Ltd. ", "", "ACME", "Globex"],
        "require_all_keywords": ["C++", " ", "C++", "Go"],
        "active_days": ["sun", "mon"],
    }

    rule = rules.create_rule(user=me, values={**VALUES, **lists})

    assert rule.exclude_companies == ["Acme Ltd.", "Globex"]
    assert rule.require_all_keywords == ["C++", "Go"]
    assert rule.active_days == ["mon", "sun"]


def test_all_seven_days_are_every_day(me: User) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    assert rules.create_rule(user=me, values={**VALUES, "active_days": days}).active_days == []


def test_company_on_both_lists_is_refused_with_both_lines() -> None:
    faults = refused(
        {"exclude_companies": ["Initech", "", "ACME, Inc."], "include_only_companies": ["", "Acme", "Globex"]}
    )

    assert faults == {
        "include_only_companies": [
            (
                "Line 2, “Acme”, is also line 3, “ACME, Inc.”, of the companies never to apply to. "
                "Take it off one of the two lists."
            )
        ]
    }


def test_list_of_which_every_company_is_excluded_is_refused() -> None:
    faults = refused(
        {"exclude_companies": ["Acme", "Globex"], "include_only_companies": ["globex", "ACME AG"]}
    )

    assert "nothing could ever pass" in faults["include_only_companies"][0]


def test_edit_of_one_list_is_judged_with_the_other_as_it_stands(me: User) -> None:
    rule = rules.create_rule(user=me, values={**VALUES, "exclude_companies": ["Initech", "Acme"]})

    with pytest.raises(ValuesRefused, match="include_only_companies"):
        rules.edit_rule(rule=rule, values={"include_only_companies": ["Globex", "acme"]})

    edited = rules.edit_rule(
        rule=rule, values={"include_only_companies": ["Globex", "acme"], "exclude_companies": ["Initech"]}
    )
    assert edited.include_only_companies == ["Globex", "acme"]


def test_edit_changes_what_is_given_and_nothing_else(me: User) -> None:
    rule = rules.create_rule(user=me, values={**VALUES, "require_all_keywords": ["Go"]})

    rules.edit_rule(rule=rule, values={"name": "Other work", "match_score_threshold": Decimal("80")})

    rule.refresh_from_db()
    assert (rule.name, rule.match_score_threshold, rule.require_all_keywords) == (
        "Other work",
        Decimal("80.00"),
        ["Go"],
    )


def test_edit_does_not_write_over_the_switch(me: User) -> None:
    rule = RuleFactory(user=me, enabled=True)
    assume(me.pk)
    rules.disable_rule(rule=rule)

    rules.edit_rule(rule=rule, values={"name": "Late answer"})

    assert Rule.objects.get(pk=rule.pk).enabled is False


def test_rule_of_a_persona_without_a_resume_is_kept_and_not_enabled(me: User) -> None:
    persona = PersonaFactory(user=me, name="Gardener")
    assume(me.pk)
    rule = rules.create_rule(user=me, values={**VALUES, "persona": persona})

    with pytest.raises(rules.ResumeMissing) as raised:
        rules.enable_rule(rule=rule)

    (sentence,) = raised.value.faults["persona"]
    assert "“Gardener” has no résumé" in sentence
    assert "under Personas" in sentence
    assert not Rule.objects.get(pk=rule.pk).enabled


def test_resume_without_its_file_cannot_be_sent(me: User) -> None:
    persona = PersonaFactory(user=me, resume=ResumeFactory(user=me))
    assume(me.pk)

    with pytest.raises(rules.ResumeMissing):
        rules.enable_rule(rule=rules.create_rule(user=me, values={**VALUES, "persona": persona}))


def test_rule_without_a_persona_uses_any_that_has_a_resume(me: User) -> None:
    PersonaFactory(user=me)
    assume(me.pk)
    rule = rules.create_rule(user=me, values=VALUES)
    with pytest.raises(rules.ResumeMissing, match="persona"):
        rules.enable_rule(rule=rule)

    make_persona(me)
    assume(me.pk)

    assert rules.enable_rule(rule=rule).enabled


def test_enabled_rule_does_not_change_to_a_persona_without_a_resume(me: User) -> None:
    persona = make_persona(me)
    bare = PersonaFactory(user=me)
    assume(me.pk)
    rule = rules.create_rule(user=me, values={**VALUES, "persona": persona})
    rules.enable_rule(rule=rule)

    with pytest.raises(rules.ResumeMissing):
        rules.edit_rule(rule=rule, values={"persona": bare})

    assert Rule.objects.get(pk=rule.pk).persona_id == persona.pk


def test_persona_of_somebody_else_is_refused(me: User, charlie: User) -> None:
    theirs = PersonaFactory(user=charlie)
    assume(me.pk)

    with pytest.raises(rules.PersonaNotFound):
        rules.create_rule(user=me, values={**VALUES, "persona": theirs})
    rule = rules.create_rule(user=me, values=VALUES)
    with pytest.raises(rules.PersonaNotFound):
        rules.edit_rule(rule=rule, values={"persona": theirs})


def test_persona_that_goes_while_it_is_judged_is_refused_in_our_words(
    me: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    persona = PersonaFactory(user=me)
    assume(me.pk)
    # As if it were deleted between the look and the INSERT.
    monkeypatch.setattr(
        rules, "_judge_persona", lambda user_id, given: Persona.objects.filter(pk=given.pk).delete()
    )

    with pytest.raises(rules.PersonaNotFound):
        rules.create_rule(user=me, values={**VALUES, "persona": persona})


def test_rules_have_a_number(me: User) -> None:
    for _number in range(rules.MAX_RULES):
        RuleFactory(user=me)
    assume(me.pk)

    with pytest.raises(rules.TooManyRules) as raised:
        rules.create_rule(user=me, values=VALUES)

    assert "You keep 20 rules" in raised.value.faults["name"][0]


@pytest.mark.parametrize(
    "change",
    [
        lambda rule: rules.edit_rule(rule=rule, values={"name": "x"}),
        lambda rule: rules.enable_rule(rule=rule),
        lambda rule: rules.disable_rule(rule=rule),
        lambda rule: rules.delete_rule(rule=rule),
    ],
)
def test_rule_that_is_gone_is_said_to_be(me: User, change: Any) -> None:
    rule = rules.create_rule(user=me, values=VALUES)
    rules.delete_rule(rule=rule)

    with pytest.raises(Gone):
        change(rule)


def test_rule_of_somebody_else_cannot_be_switched(alice: User, charlie: User) -> None:
    rule = RuleFactory(user=alice, enabled=True)

    with acting_as(charlie.pk), pytest.raises(Gone):
        rules.disable_rule(rule=rule)


def test_deleted_rule_leaves_its_applications(me: User) -> None:
    rule = RuleFactory(user=me)
    application = ApplicationFactory(user=me, rule=rule)
    assume(me.pk)

    rules.delete_rule(rule=rule)

    assert Application.objects.get(pk=application.pk).rule_id is None


def test_pause_and_resume_are_one_switch_even_without_a_rule(me: User) -> None:
    rules.pause(user=me)
    since = rules.find_standing(user=me).paused_at
    rules.pause(user=me)

    assert since is not None
    assert rules.find_standing(user=me).paused_at == since
    rules.resume(user=me)
    assert rules.find_standing(user=me).paused_at is None


def test_limits_are_the_usual_ones_until_they_are_changed(me: User) -> None:
    usual = rules.find_standing(user=me)
    assert (usual.weekly_ceiling, usual.hold_minutes, usual.company_interval_days) == (10, 60, 30)
    assert not Standing.objects.exists()

    rules.edit_standing(user=me, values={"weekly_ceiling": 3, "hold_minutes": 0})

    kept = Standing.objects.get(user=me)
    assert (kept.weekly_ceiling, kept.hold_minutes, kept.company_interval_days) == (3, 0, 30)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weekly_ceiling", -1),
        ("weekly_ceiling", 51),
        ("hold_minutes", -1),
        ("hold_minutes", 10_081),
        ("company_interval_days", -1),
        ("company_interval_days", 3651),
    ],
)
def test_limit_out_of_range_is_refused(me: User, field: str, value: int) -> None:
    with pytest.raises(ValuesRefused) as raised:
        rules.edit_standing(user=me, values={field: value})  # type: ignore[misc]

    assert list(raised.value.faults) == [field]
    assert not Standing.objects.exists()


def test_deleting_a_rule_leaves_the_limits(me: User) -> None:
    rule = rules.create_rule(user=me, values=VALUES)
    rules.edit_standing(user=me, values={"weekly_ceiling": 2})
    rules.delete_rule(rule=rule)
    rules.create_rule(user=me, values=VALUES)

    assert rules.find_standing(user=me).weekly_ceiling == 2


def test_message_of_a_refusal_quotes_nobody() -> None:
    with pytest.raises(Refused) as raised:
        rules.check_rule(values={**VALUES, "exclude_companies": ["—"]})

    assert str(raised.value) == "exclude_companies"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("switch", ["disable", "pause", "edit", "delete"])
def test_switch_waits_until_what_is_being_sent_has_left(alice: User, switch: str) -> None:
    rule = RuleFactory(user=alice, enabled=True)
    changes = {
        "disable": lambda: rules.disable_rule(rule=rule),
        "pause": lambda: rules.pause(user=alice),
        "edit": lambda: rules.edit_rule(rule=rule, values={"exclude_companies": ["Acme"]}),
        "delete": lambda: rules.delete_rule(rule=rule),
    }
    begun, done = Event(), Event()
    order: list[str] = []

    def change() -> None:
        try:
            with acting_as(alice.pk):
                begun.set()
                changes[switch]()
            order.append("answered")
        finally:
            connection.close()
            done.set()

    thread = Thread(target=change)
    with acting_as(alice.pk), transaction.atomic():
        # As a sender does while bytes leave.
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM auto_apply_standings WHERE user_id = %s FOR SHARE", [alice.pk])
            cursor.execute("SELECT 1 FROM auto_apply_rules WHERE id = %s FOR SHARE", [rule.pk])
        thread.start()
        assert begun.wait(10)
        assert not done.wait(0.3)
        order.append("sent")
    assert done.wait(10)
    thread.join()

    assert order == ["sent", "answered"]
