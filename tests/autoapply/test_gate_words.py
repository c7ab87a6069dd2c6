"""Every verdict that the gates can come to is said in words, with what would change it."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from autoapply import gate_words
from autoapply.destination import choose_channel, read_destination
from autoapply.gate_words import evidence_of, gate_name, mend_words, stopped_words, verdict_words
from autoapply.policy import (
    GATES,
    Candidate,
    Person,
    StandingRule,
    Verdict,
    evaluate,
    read_verdicts,
    verdicts_as_json,
)

RULES = [
    None,
    StandingRule(enabled=True),
    StandingRule(
        enabled=False,
        threshold=Decimal(75),
        excluded_companies=["Umbrella", "Acme Inc."],
        included_companies=["Initech"],
        keywords=["Python", "remote work"],
        active_days=["mon", "wed", "fri"],
        needs_reviewed_resume=True,
    ),
    StandingRule(
        enabled=True,
        threshold=Decimal("62.5"),
        excluded_companies=["Umbrella"],
        included_companies=["Acme"],
        keywords=["Python"],
        active_days=["mon"],
        needs_reviewed_resume=True,
    ),
]
PEOPLE = [
    Person(weekday="mon", paused=False, fenced=False, has_resume=True, resume_reviewed=True),
    Person(
        weekday="tue",
        paused=True,
        fenced=True,
        has_resume=False,
        resume_reviewed=False,
        company_interval_days=1,
    ),
    Person(weekday="tue", company_interval_days=0),
]
# What `judging` says of an application whose rule or job is gone.
OF_APPLICATIONS = {("rule_enabled", "deleted"), ("job_open", "gone")}
NOTHING_KNOWN = Candidate(score=None, coverage=None, company="")
CANDIDATES = [
    NOTHING_KNOWN,
    Candidate(score=None, coverage=None, company="Acme", company_checked=True, company_on_its_way=True),
    Candidate(score=None, coverage=None, company="Acme", channel="pigeon"),
    Candidate(score=None, coverage=None, company="Acme", open=True, archived=False, brought=True),
    *(
        Candidate(
            score=Decimal(score),
            coverage=Decimal(coverage),
            company=company,
            text=text,
            fresh=yes,
            dismissed=not yes,
            open=yes,
            archived=archived,
            applied=not yes,
            company_checked=True,
            days_since_company=days,
            company_applied_on=date(2026, 2, 1) if days else None,
            channel=channel,
            channel_because=because,
            unanswered=unanswered,
            slots=slots,
        )
        for score, coverage, company, text, yes, archived, days, channel, because, unanswered, slots in [
            (
                "80.00",
                "0.9000",
                "Acme GmbH",
                "We use Python. Remote work is fine.",
                True,
                False,
                40,
                "recruitee",
                "open",
                [],
                3,
            ),
            (
                "61.25",
                "0.4999",
                "Acme GmbH",
                "We use COBOL.",
                False,
                False,
                5,
                "handoff",
                "no_key",
                ["Visa?", "Pay?"],
                0,
            ),
            ("61.25", "0.4999", "Umbrella", "Python", True, True, 0, "record", "no_address", ["Visa?"], 1),
            ("61.25", "0.4999", "", "Python", True, True, None, "", "", None, 1),
            ("61.25", "0.5000", "Hooli", "Python", True, True, None, "email", "mail", None, 1),
        ]
    ),
]


def every_verdict() -> Iterator[Verdict]:
    """The verdicts of all combinations."""
    for rule, person, candidate, sending in itertools.product(RULES, PEOPLE, CANDIDATES, [False, True]):
        yield from evaluate(rule, person, candidate, sending=sending).all


def codes_in_the_source() -> set[str]:
    """Every code that `policy` writes, read from its source, so that a new one is not forgotten here."""
    found: set[str] = {"not_known"}
    for call in ast.walk(ast.parse(Path("autoapply/policy.py").read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            given = {
                "Verdict": call.args[2:3],
                "_known": [keyword.value for keyword in call.keywords],
            }.get(call.func.id, [])
            found |= {code for each in given for code in texts_of(each)}
    return found


def texts_of(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may give."""
    if isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_combinations_reach_every_code_of_the_policy() -> None:
    assert len(codes_in_the_source()) > 40
    assert {verdict.code for verdict in every_verdict()} >= codes_in_the_source()


def test_every_verdict_has_its_own_words() -> None:
    bad = {
        (verdict.gate, verdict.code): words
        for verdict in every_verdict()
        for words in [verdict_words(verdict)]
        if "earlier version" in words or "%(" in words or not words.endswith((".", "”"))
    }

    assert bad == {}


def test_every_refusal_says_what_would_have_to_change_and_nothing_else_does() -> None:
    bad = {
        (verdict.gate, verdict.code): words
        for verdict in every_verdict()
        for words in [mend_words(verdict)]
        if bool(words) is verdict.passed or "earlier version" in words or "%(" in words
    }

    assert bad == {}


def test_words_are_for_verdicts_that_exist() -> None:
    reached = {(verdict.gate, verdict.code) for verdict in every_verdict()}
    refused = {(verdict.gate, verdict.code) for verdict in every_verdict() if not verdict.passed}

    assert set(gate_words._SAID) == reached | OF_APPLICATIONS
    assert set(gate_words._MENDS) == refused | OF_APPLICATIONS


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_has_a_name_and_a_count(gate: str) -> None:
    assert gate_name(gate) != gate
    assert "1,234" in stopped_words(gate, 1234)
    assert re.search(r"\b1\b", stopped_words(gate, 1))


def test_every_way_to_send_is_worded() -> None:
    addresses = [
        "https://acme.recruitee.com/o/data-engineer",
        "https://boards.greenhouse.io/acme/jobs/1",
        "https://www.linkedin.com/jobs/view/1",
        "https://acme.example/jobs/1",
        "mailto:jobs@acme.example",
        "",
    ]
    for address, keys, mail in itertools.product(addresses, [(), {("greenhouse", "acme")}], [True, False]):
        choice = choose_channel(
            read_destination(apply_url=address, url="", job_id="1"), keys=list(keys), mail=mail
        )
        candidate = Candidate(
            score=None, coverage=None, company="", channel=choice.channel, channel_because=choice.because
        )
        (verdict,) = [
            each for each in evaluate(None, PEOPLE[0], candidate).all if each.gate == "channel_can_send"
        ]
        assert "earlier version" not in verdict_words(verdict), choice
        assert "None" not in verdict_words(verdict)


@pytest.mark.parametrize(
    ("gate", "code", "facts", "said", "mend"),
    [
        (
            "threshold",
            "below",
            {"score": "74.99", "least": "75.00"},
            "The score is 74.99; the rule asks for at least 75.",
            "Lower the rule’s lowest score to 74.99; or what the persona says would have to raise this score by 0.01.",
        ),
        (
            "employer_not_excluded",
            "listed",
            {"company": "Acme GmbH", "line": 3, "written": "ACME"},
            "Acme GmbH is excluded by line 3 of the rule’s list: “ACME”.",
            "Take line 3, “ACME”, off the rule’s list.",
        ),
        (
            "company_not_applied",
            "recent",
            {"days": 5, "interval": 30, "on": "2026-02-25"},
            "Your last application to this company was on Feb. 25, 2026 (5 days ago); 30 days have to pass.",
            "Wait 25 more days, or set a shorter time between two applications to one company.",
        ),
        (
            "day",
            "not_today",
            {"today": "tue", "days": ["mon", "wed", "fri"]},
            "Today is Tuesday; the rule applies on Monday, Wednesday and Friday only.",
            "Wait for one of the rule’s days, or add Tuesday to them.",
        ),
        (
            "keywords",
            "missing",
            {"found": {"Python": "We use Python."}, "missing": ["Go", "C++"]},
            "The posting does not contain the required words “Go” and “C++”.",
            "Take “Go” and “C++” off the words that the rule requires.",
        ),
        (
            "coverage",
            "too_little",
            {"coverage": "0.4999", "least": "0.50"},
            "Only 49 % of the score stands on what is stated; at least 50 % must.",
            "The posting, or the persona, would have to state more of what is weighed: skills, pay, place, workplace, industry.",
        ),
    ],
)
def test_words_carry_the_facts(gate: str, code: str, facts: dict, said: str, mend: str) -> None:
    verdict = Verdict(gate, False, code, facts)

    with translation.override("en"):
        assert verdict_words(verdict) == said
        assert mend_words(verdict) == mend


def test_percent_sign_in_a_name_of_an_employer_does_no_harm() -> None:
    verdict = Verdict(
        "employer_not_excluded", False, "listed", {"company": "100%(x)s", "line": 1, "written": "%s"}
    )

    assert "100%(x)s" in verdict_words(verdict)


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("threshold", False, "a code of long ago"),
        Verdict("threshold", False, "below", {}),
        Verdict("threshold", False, "below", {"score": "much", "least": "more"}),
        Verdict("a gate of long ago", False, "closed"),
    ],
)
def test_verdict_of_an_earlier_version_is_told_as_one(verdict: Verdict) -> None:
    assert "earlier version" in verdict_words(verdict)
    assert "earlier version" in mend_words(verdict)


def test_words_stay_the_same_once_stored() -> None:
    for rule, person, candidate in itertools.product(RULES, PEOPLE, CANDIDATES):
        now = evaluate(rule, person, candidate)

        stored = read_verdicts(verdicts_as_json(now))

        assert [verdict_words(each) for each in stored.all] == [verdict_words(each) for each in now.all]


def test_evidence_is_the_sentence_of_each_word() -> None:
    verdict = Verdict("keywords", True, "found", {"found": {"Python": "We use Python."}, "missing": []})

    assert evidence_of(verdict) == [("Python", "We use Python.")]
    assert evidence_of(Verdict("threshold", True, "any")) == []
