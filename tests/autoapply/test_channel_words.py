"""Every code that a channel can give has a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from autoapply import channel_words
from autoapply.channels import CHANNELS
from autoapply.channels.protocol import UnreadableReason
from autoapply.outcomes import Outcome, OutcomeKind
from matching.guarded_http import DoubtfulReason

CODE = re.compile(r'Outcome\(\s*"\w+",\s*"(\w+)"')


def codes_in_the_source() -> set[str]:
    """Codes that stand in the source of outcomes and channels, and the reasons of the guarded client."""
    files = [*Path("autoapply").glob("*.py"), *Path("autoapply/channels").glob("*.py")]
    written = {code for file in files for code in CODE.findall(file.read_text())}
    client = Path("matching/guarded_http.py").read_text()
    never_left = re.search(r"NeverLeftReason: TypeAlias = \(\s*Literal\[(.*?)\]", client, re.DOTALL)
    dialing = re.search(r"DialFault.*?Literal\[(.*?)\]", Path("matching/dialing.py").read_text(), re.DOTALL)
    assert never_left
    assert dialing
    reasons = re.findall(r'"(\w+)"', never_left[1] + dialing[1])
    tables = ("not_valid", "not_allowed", "gone", "too_large", "wrong_type", "key_refused", "server_error")
    return written | set(reasons) | set(get_args(DoubtfulReason)) | set(tables)


@pytest.mark.parametrize("code", sorted(codes_in_the_source()))
def test_every_code_has_a_sentence_of_its_own(code: str) -> None:
    kinds = get_args(OutcomeKind)
    sentences = {channel_words.outcome_code_words(kind, code) for kind in kinds}
    general = {channel_words.outcome_code_words(kind, "no such code") for kind in kinds}

    assert sentences - general or code == "taken"
    assert all(sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize("kind", get_args(OutcomeKind))
def test_code_that_nobody_knows_is_still_said_in_words(kind: str) -> None:
    assert channel_words.outcome_code_words(kind, "something") != ""


def test_reset_before_and_after_are_told_apart() -> None:
    before, after = Outcome("never_left", "reset"), Outcome("doubtful", "reset")

    assert "before anything was sent" in channel_words.outcome_words(before)
    assert (
        channel_words.outcome_words(after) == "It was sent, and the connection broke before an answer came."
    )


def test_unforeseen_ends_are_told_apart() -> None:
    sentences = {channel_words.outcome_code_words(kind, "unexpected") for kind in ("never_left", "doubtful")}

    assert len(sentences) == 2
    assert channel_words.outcome_code_words("never_left", "read_timeout").endswith("Nothing was sent.")


@pytest.mark.parametrize("name", CHANNELS)
def test_channel_has_a_name_and_says_what_it_can_do(name: str) -> None:
    words = dict(channel_words.capability_words(CHANNELS[name].capabilities))

    assert channel_words.channel_name(name)
    assert words["Who sends"] == ("Relevnt" if CHANNELS[name].capabilities.sends else "you")
    assert all(label and value for label, value in words.items())


def test_pace_and_limits_are_said_in_figures() -> None:
    words = dict(channel_words.capability_words(CHANNELS["lever"].capabilities))

    assert words["Pace"] == "at least 0.6 s between two, at most 2 in 1 second"
    assert words["Largest file"] == "5.0\xa0MB"
    assert words["Files"] == "PDF, DOC, DOCX, RTF, TXT"


@pytest.mark.parametrize(
    "because", ["open", "has_key", "no_key", "mail", "no_mail", "site", "never_automated", "no_address"]
)
def test_every_reason_of_a_channel_has_a_sentence(because: str) -> None:
    assert channel_words.because_words(because).endswith(".")


@pytest.mark.parametrize("reason", get_args(UnreadableReason))
def test_every_reason_of_an_unreadable_form_has_a_sentence(reason: str) -> None:
    assert channel_words.unreadable_words(reason).endswith(".")


def test_file_that_is_not_taken_is_explained_with_the_limit() -> None:
    assert channel_words.file_words("too_large", limit=2 * 1024 * 1024) == (
        "The employer’s system takes files of up to 2.0\xa0MB, and the file is larger."
    )
    assert "PDF, DOCX" in channel_words.file_words("wrong_type", types=("pdf", "docx"))
    assert channel_words.file_words("empty") == "The file is empty."
