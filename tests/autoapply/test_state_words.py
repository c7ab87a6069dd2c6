"""Every code that a service or the machine writes beside a step has words of its own."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from autoapply.channels.protocol import UnreadableReason
from autoapply.dispatch import OUR_OWN_REASONS
from autoapply.outcomes import OUTCOME_KINDS
from autoapply.policy import GATES
from autoapply.sending_page import STANDINGS
from autoapply.state_words import REASONS, WAITS, reason_words, wait_words
from autoapply.states import STEPS
from autoapply.timeline import STATUS_WORDS

# Services and the machine: whatever moves an application.
MOVERS = ("applications", "packing", "dispatch", "reaping", "queueing", "slots", "tracker", "tracker_views")


def constants(expression: ast.expr) -> Iterator[str]:
    """The texts that an expression may come to: itself, either half of a choice, the values of a table."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        yield expression.value
    elif isinstance(expression, ast.IfExp):
        yield from constants(expression.body)
        yield from constants(expression.orelse)
    elif isinstance(expression, ast.Subscript) and isinstance(expression.value, ast.Dict):
        for each in expression.value.values:
            yield from constants(each)


def written(*columns: str) -> set[str]:
    """The texts that the source writes into some columns: `column=…` of a call, a default, and a constant by its name."""
    found: set[str] = set()
    for mover in MOVERS:
        tree = ast.parse(Path(f"autoapply/{mover}.py").read_text())
        named = {
            node.targets[0].id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg in columns:
                value = node.value
                if isinstance(value, ast.Name):
                    value = named.get(value.id, value)
                found |= set(constants(value))
    return found


BECAUSE = written("because", "moved_because", "unknown_because")
WAITED_FOR = written("waits_for")


def test_codes_are_found_in_the_source() -> None:
    """Were nothing found, nothing below would say anything."""
    assert {
        "due",
        "approved",
        "automatic",
        "arrived",
        "send_again",
        "not_arrived",
        "posting_gone",
        "worker_gone",
        "asked_and_there",
        "asked_and_not_there",
        "not_confirmed",
        "recorded",
        "rule",
    } <= BECAUSE
    assert {"receiver", "person", "form", "answer"} <= WAITED_FOR


@pytest.mark.parametrize("code", sorted(BECAUSE))
def test_every_reason_has_words_of_its_own(code: str) -> None:
    assert code in REASONS
    assert str(REASONS[code])


@pytest.mark.parametrize("code", sorted(WAITED_FOR | {"next_week"} | set(GATES)))
def test_everything_that_is_waited_for_has_words(code: str) -> None:
    if not code:
        return
    words = wait_words(code)

    assert code in WAITS or code in GATES
    assert code.count("_") == 0 or code not in words


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_that_closes_has_words(gate: str) -> None:
    words = reason_words(f"{gate}:some_code")

    assert words.startswith("the gate “")
    assert "_" not in words


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        *itertools.product(OUTCOME_KINDS, ["", "never_heard_of"]),
        *(("never_left", each) for each in sorted(OUR_OWN_REASONS)),
    ],
)
def test_every_outcome_has_words(kind: str, code: str) -> None:
    words = reason_words(f"{kind}:{code}")

    assert words.endswith(".")
    assert "_" not in words


@pytest.mark.parametrize("reason", get_args(UnreadableReason))
def test_every_form_that_cannot_be_read_has_words(reason: str) -> None:
    assert reason_words(f"form:{reason}").endswith(".")


@pytest.mark.parametrize("code", ["answer", "resume", "email_not_confirmed", "anything"])
def test_whatever_is_missing_has_words(code: str) -> None:
    assert reason_words(f"missing:{code}") == reason_words("answer")


@pytest.mark.parametrize("state", STEPS)
def test_every_state_has_words(state: str) -> None:
    assert str(STANDINGS[state]()).endswith(".")
    assert str(STATUS_WORDS[state]).endswith(".")


def test_nothing_waited_for_needs_no_words() -> None:
    assert wait_words("") == ""
