"""The evaluator: every gate alone stops, nothing that is not known passes, and lists of companies hold whatever is asked."""

from __future__ import annotations

import string
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoapply.days import DAYS
from autoapply.destination import API_CHANNELS
from autoapply.policy import (
    COVERAGE_FLOOR,
    GATES,
    LASTING,
    OWN_GATES,
    Candidate,
    Person,
    StandingRule,
    Verdicts,
    evaluate,
    read_verdicts,
    verdicts_as_json,
)
from personas.companies import company_key

RULE = StandingRule(
    enabled=True,
    threshold=Decimal("75.00"),
    excluded_companies=("Initech",),
    included_companies=("Acme", "Globex"),
    keywords=("Python", "Go"),
    active_days=("mon", "tue"),
    needs_reviewed_resume=True,
)
PERSON = Person(weekday="mon", paused=False, fenced=False, has_resume=True, resume_reviewed=True)
CANDIDATE = Candidate(
    score=Decimal("80.00"),
    coverage=Decimal("0.7500"),
    company="ACME GmbH",
    text="We write Python and Go.",
    fresh=True,
    dismissed=False,
    open=True,
    archived=False,
    applied=False,
    company_applied_on=date(2026, 1, 1),
    company_checked=True,
    days_since_company=60,
    channel="recruitee",
    channel_because="open",
    unanswered=(),
    slots=1,
)

# What makes each gate stop while every other one lets through: the gate, the code, and what is changed.
ALONE: list[tuple[str, str, dict[str, Any]]] = [
    ("rule_enabled", "disabled", {"enabled": False}),
    ("not_paused", "paused", {"paused": True}),
    ("not_paused", "not_known", {"paused": None}),
    ("fence_lifted", "fenced", {"fenced": True}),
    ("fence_lifted", "not_known", {"fenced": None}),
    ("day", "not_today", {"weekday": "wed"}),
    ("day", "not_today", {"weekday": ""}),
    ("match_fresh", "expired", {"fresh": False}),
    ("match_fresh", "not_known", {"fresh": None}),
    ("not_dismissed", "dismissed", {"dismissed": True}),
    ("not_dismissed", "not_known", {"dismissed": None}),
    ("job_open", "closed", {"open": False}),
    ("job_open", "archive", {"archived": True}),
    ("job_open", "brought", {"brought": True}),
    ("job_open", "not_known", {"open": None}),
    ("job_open", "not_known", {"archived": None}),
    ("employer_not_excluded", "listed", {"excluded_companies": ("acme inc",)}),
    ("employer_not_excluded", "not_named", {"company": "", "included_companies": ()}),
    ("employer_included", "not_listed", {"included_companies": ("Globex",)}),
    ("employer_included", "not_listed", {"included_companies": ("",)}),
    ("employer_included", "not_named", {"company": "!", "excluded_companies": ()}),
    ("keywords", "missing", {"keywords": ("Python", "Rust")}),
    ("keywords", "missing", {"keywords": ("",)}),
    ("keywords", "not_known", {"text": None}),
    ("threshold", "below", {"score": Decimal("74.99")}),
    ("threshold", "no_match", {"score": None}),
    ("threshold", "no_match", {"score": None, "threshold": None}),
    ("coverage", "too_little", {"coverage": Decimal("0.4999")}),
    ("coverage", "not_known", {"coverage": None}),
    ("has_resume", "none", {"has_resume": False}),
    ("has_resume", "not_known", {"has_resume": None}),
    ("resume_reviewed", "not_approved", {"resume_reviewed": False}),
    ("resume_reviewed", "not_known", {"resume_reviewed": None}),
    ("job_not_applied", "applied", {"applied": True}),
    ("job_not_applied", "not_known", {"applied": None}),
    ("company_not_applied", "recent", {"days_since_company": 29}),
    ("company_not_applied", "not_known", {"company_checked": False}),
    ("channel_can_send", "no_address", {"channel": "record"}),
    ("channel_can_send", "no_address", {"channel": ""}),
    ("channel_can_send", "not_known", {"channel": "carrier pigeon"}),
    ("answers_known", "missing", {"unanswered": ("Notice period?",)}),
    ("weekly_slot", "none", {"slots": 0}),
    ("weekly_slot", "none", {"slots": -1}),
    ("weekly_slot", "not_known", {"slots": None}),
]


def ask(changes: dict[str, Any], *, sending: bool = False) -> Verdicts:
    """Evaluate what passes, with some of it changed."""
    made = [
        replace(each, **{name: changes[name] for name in changes if name in {f.name for f in fields(each)}})
        for each in (RULE, PERSON, CANDIDATE)
    ]
    return evaluate(*made, sending=sending)


def failing(verdicts: Verdicts) -> list[str]:
    return [each.gate for each in verdicts.failed]


def test_everything_right_passes_every_gate_in_order() -> None:
    verdicts = ask({}, sending=True)

    assert verdicts.passed
    assert verdicts.first_failed is None
    assert tuple(each.gate for each in verdicts.all) == GATES
    assert verdicts.passed_before == len(GATES)


@pytest.mark.parametrize(("gate", "code", "changes"), ALONE)
@pytest.mark.parametrize("sending", [False, True])
def test_each_gate_stops_alone(gate: str, code: str, changes: dict[str, Any], sending: bool) -> None:
    verdicts = ask(changes, sending=sending)

    assert failing(verdicts) == [gate]
    assert not verdicts.passed
    assert verdicts.first_failed is not None
    assert verdicts.first_failed.code == code
    assert verdicts.passed_before == GATES.index(gate)


def test_every_gate_is_among_those_that_stop_alone() -> None:
    assert {gate for gate, _code, _changes in ALONE} == set(GATES)


def test_questions_that_were_not_read_stop_only_what_is_being_sent() -> None:
    changes = {"unanswered": None}

    assert ask(changes).passed
    assert failing(ask(changes, sending=True)) == ["answers_known"]


def test_nothing_known_passes_nothing() -> None:
    nothing = Candidate(score=None, coverage=None, company="")
    verdicts = evaluate(RULE, Person(weekday=""), nothing, sending=True)

    assert failing(verdicts) == [gate for gate in GATES if gate != "rule_enabled"]


@pytest.mark.parametrize("least", [None, Decimal("0"), Decimal("80.00")])
def test_equal_score_passes_and_without_a_threshold_any_does(least: Decimal | None) -> None:
    assert ask({"threshold": least}).passed


def test_coverage_at_the_floor_passes() -> None:
    assert ask({"coverage": COVERAGE_FLOOR}).passed


def test_no_days_are_every_day() -> None:
    assert all(ask({"active_days": (), "weekday": day}).passed for day in DAYS)


@pytest.mark.parametrize("since", [None, 30, 31])
def test_company_may_be_written_to_again_when_the_interval_is_over(since: int | None) -> None:
    assert ask({"days_since_company": since}).passed


def test_interval_of_no_days_asks_nothing() -> None:
    assert ask({"company_interval_days": 0, "company_checked": False, "days_since_company": None}).passed


@pytest.mark.parametrize("channel", [*API_CHANNELS, "email", "handoff"])
def test_every_channel_that_can_send_passes(channel: str) -> None:
    assert ask({"channel": channel}).passed


def test_exclude_beats_include_beats_score() -> None:
    both = {"excluded_companies": ("Acme",), "included_companies": ("Acme",), "score": Decimal("99.99")}
    verdicts = ask(both)
    listed = ask({"included_companies": ("Acme",), "score": Decimal("10.00")})

    assert verdicts.first_failed is not None
    assert verdicts.first_failed.gate == "employer_not_excluded"
    assert verdicts.first_failed.facts["line"] == 1
    assert failing(listed) == ["threshold"]


def test_without_a_rule_only_the_person_and_the_job_are_asked() -> None:
    verdicts = evaluate(None, PERSON, CANDIDATE)

    assert {each.gate for each in verdicts.all} == OWN_GATES
    assert verdicts.passed


def test_sets_of_gates_name_known_gates() -> None:
    assert set(GATES) >= LASTING
    assert set(GATES) >= OWN_GATES


def test_verdicts_survive_storing() -> None:
    verdicts = ask({"keywords": ("Python", "Rust"), "excluded_companies": ("acme",)})

    assert read_verdicts(verdicts_as_json(verdicts)) == verdicts


def test_verdicts_without_some_gates_leave_them_out() -> None:
    verdicts = ask({"slots": 0, "enabled": False})

    assert verdicts.without("weekly_slot", "rule_enabled").passed


# --- properties --------------------------------------------------------------------------------------------------------

WORDS = st.text(string.ascii_letters, min_size=1, max_size=12)
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
FORMS = st.sampled_from(["", " GmbH", " Ltd.", ", Inc.", " S.A.", " AG", " LLC", " B.V.", " GmbH & Co. KG"])
DRESSES = st.sampled_from([str, str.upper, str.lower, str.title, lambda name: f"  {name} "])


def dressed(name: str) -> st.SearchStrategy[str]:
    """One company in another spelling: another legal form, another case."""
    return st.builds(lambda dress, form: dress(f"{name}{form}"), DRESSES, FORMS)


# Anything that the other gates may say: none of it can make up for the one that stops.
OTHERS = st.fixed_dictionaries(
    {},
    optional={
        "score": st.decimals(0, 100, places=2),
        "threshold": st.none() | st.decimals(0, 100, places=2),
        "coverage": st.decimals(0, 1, places=4),
        "slots": st.integers(0, 50),
        "dismissed": st.booleans(),
        "applied": st.booleans(),
        "channel": st.sampled_from(["handoff", "email", "record", "recruitee"]),
        "days_since_company": st.none() | st.integers(0, 400),
    },
)
many = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(st.data(), NAMES, st.lists(NAMES, max_size=4), OTHERS)
def test_blocked_company_never_passes(data: Any, name: str, others: list[str], more: dict[str, Any]) -> None:
    place = data.draw(st.integers(0, len(others)))
    lines = (*others[:place], data.draw(dressed(name)), *others[place:])
    company = data.draw(dressed(name))

    verdicts = ask({**more, "company": company, "excluded_companies": lines, "included_companies": (name,)})

    assert not verdicts.passed
    assert "employer_not_excluded" in failing(verdicts)


@many
@given(NAMES, st.lists(NAMES, min_size=1, max_size=5), OTHERS)
def test_company_that_is_not_on_the_list_of_only_these_never_passes(
    name: str, lines: list[str], more: dict[str, Any]
) -> None:
    wanted = company_key(name) in {company_key(line) for line in lines}

    verdicts = ask({**more, "company": name, "included_companies": lines, "excluded_companies": ()})

    assert ("employer_included" in failing(verdicts)) is not wanted
    assert wanted or not verdicts.passed


@many
@given(st.sampled_from(DAYS), st.lists(st.sampled_from(DAYS), min_size=1, unique=True), OTHERS)
def test_day_that_is_not_active_never_passes(today: str, active: list[str], more: dict[str, Any]) -> None:
    verdicts = ask({**more, "weekday": today, "active_days": active})

    assert ("day" in failing(verdicts)) is (today not in active)
    assert today in active or not verdicts.passed


@many
@given(
    st.lists(st.sampled_from(["python", "rust", "go", "sql", "kotlin", "c"]), unique=True),
    st.lists(st.sampled_from(["Python", "Rust", "Go", "SQL", "Kotlin", "C"]), min_size=1, unique=True),
    OTHERS,
)
def test_job_without_one_of_the_keywords_never_passes(
    there: list[str], asked: list[str], more: dict[str, Any]
) -> None:
    # Written with a capital, as they are looked for.
    text = "We use " + ", ".join(each.capitalize() if len(each) > 2 else each.title() for each in there) + "."
    lacking = [word for word in asked if word.casefold() not in there]

    verdicts = ask({**more, "text": text, "keywords": asked})

    assert ("keywords" in failing(verdicts)) is bool(lacking)
    found = next(each for each in verdicts.all if each.gate == "keywords")
    assert found.facts["missing"] == lacking


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sets(st.sampled_from(range(len(ALONE))), min_size=1))
def test_several_gates_that_stop_are_all_told_and_the_first_comes_first(chosen: set[int]) -> None:
    changes: dict[str, Any] = {}
    gates = set()
    for number in sorted(chosen):
        gate, _code, more = ALONE[number]
        # Two cases of one thing cannot both be.
        if not changes.keys() & more.keys() and gate not in gates:
            changes |= more
            gates.add(gate)
    expected = failing(ask(changes))

    assert expected == sorted(expected, key=GATES.index)
    assert expected
    assert not ask(changes).passed


def test_blocked_company_passed_in_none_of_ten_thousand_cases() -> None:
    forms = ["", " GmbH", " Ltd.", ", Inc.", " S.A.", " AG", " LLC", " B.V.", " Sp. z o.o.", " & Co. KG"]
    dresses = (str, str.upper, str.lower, str.title)
    passed = 0
    for number in range(10_000):
        name = f"Number {number % 997} Works"
        line = dresses[number % 4](name) + forms[number % 10]
        company = dresses[(number // 4) % 4](name) + forms[(number // 10) % 10]
        verdicts = ask({"excluded_companies": ("Other", line), "included_companies": (), "company": company})
        passed += verdicts.passed

    assert passed == 0
