"""Questions of forms and what may answer them: nothing fits that was not meant."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoapply.questions import (
    KINDS,
    LONGEST_KEY,
    LONGEST_LONG_TEXT,
    LONGEST_TEXT,
    TOPICS,
    Checked,
    Known,
    Question,
    answer_questions,
    check_answer,
    means_the_same_everywhere,
    question_key,
    say_answer,
    topic_of,
)

DAY = date(2026, 3, 2)
PLACES = (("41", "Berlin"), ("42", "München"), ("43", "Remote; anywhere"))


def question(kind: str = "text", **given: Any) -> Question:
    return Question(**{"id": "q1", "label": "What?", "kind": kind, "required": True, **given})


def known(text: str, asked: str = "") -> Known:
    return Known(text, "typed", DAY, asked)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Notice period", "NOTICE   PERIOD"),
        ("Notice period *", "Notice period"),
        ("Notice period (optional)", "Notice period"),
        ("Notice period (optional) *", "Notice period:"),
        ("Kündigungsfrist (freiwillig)", "Kundigungsfrist"),
        ("What’s your name?", "What's your name"),
        ("Résumé — link", "Resume - link"),
        ("Straße", "STRASSE"),
        ("1–5 years", "1-5 years"),
    ],
)
def test_key_does_not_see(one: str, other: str) -> None:
    assert question_key(one) == question_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Years with C", "Years with C++"),
        ("Years with C++", "Years with C#"),
        ("1.5 years", "15 years"),
        ("1-5 years", "15 years"),
        ("Pay in €", "Pay in $"),
        ("Can you travel?", "Can't you travel?"),
        ("か", "が"),
        ("a" * 300 + " yes", "a" * 300 + " no"),
    ],
)
def test_key_tells_apart(one: str, other: str) -> None:
    assert question_key(one) != question_key(other)


@pytest.mark.parametrize("label", ["", "   ", "???", "*", "(optional)"])
def test_key_of_nothing_is_empty(label: str) -> None:
    assert question_key(label) == ""


@given(st.text(max_size=600))
def test_key_fits_its_column_and_is_its_own_key(label: str) -> None:
    key = question_key(label)

    assert len(key) <= LONGEST_KEY
    assert question_key(key) == key


@given(st.text(max_size=80))
def test_key_is_the_same_however_the_label_is_written(label: str) -> None:
    assert question_key(f"  {label} *") == question_key(label)
    assert question_key(unicodedata.normalize("NFC", label)) == question_key(
        unicodedata.normalize("NFD", label)
    )


@pytest.mark.parametrize(
    ("label", "topic"),
    [
        ("Do you now or in the future require visa sponsorship?", "visa"),
        ("Are you authorized to work in the US?", "visa"),
        ("Are you authorised to work in the UK?", "visa"),
        ("Hast du eine Arbeitserlaubnis für Deutschland?", "visa"),
        ("Staatsangehörigkeit", "visa"),
        ("Desired salary", "pay"),
        ("What are your compensation expectations?", "pay"),
        ("Deine Gehaltsvorstellung (brutto)", "pay"),
        ("Expected pay in €", "pay"),
        ("Jahresbruttogehalt", "pay"),
        ("Gender", "demographic"),
        ("Are you a protected veteran?", "demographic"),
        ("Do you have a disability?", "demographic"),
        ("Race/Ethnicity", "demographic"),
        ("Geburtsdatum", "demographic"),
        ("Sind Sie schwerbehindert?", "demographic"),
        ("I consent to the processing of my data", "legal"),
        ("I have read the privacy policy", "legal"),
        ("Have you ever been convicted of a felony?", "legal"),
        ("Ich willige in die Verarbeitung ein", "legal"),
        ("Ich habe die Datenschutzerklärung gelesen", "legal"),
        ("Bist du einverstanden?", "legal"),
        ("GDPR", "legal"),
        ("How many years of Python?", "other"),
        ("Why do you want to work with us?", "other"),
        ("LinkedIn profile", "other"),
        ("Which language do you learn?", "other"),
        ("Which agency sent you?", "other"),
        ("What kind of team do you like?", "other"),
        ("Kündigungsfrist", "other"),
        ("", "other"),
    ],
)
def test_topic_is_read_from_the_words(label: str, topic: str) -> None:
    assert topic_of(label) == topic


@given(st.text(max_size=200))
def test_topic_is_always_one_of_five(label: str) -> None:
    assert topic_of(label) in TOPICS


@pytest.mark.parametrize(
    "label",
    [
        "Please specify",
        "If yes, please explain *",
        "Other (optional)",
        "Falls ja, welche?",
        "Bitte angeben:",
        "?",
    ],
)
def test_question_that_hangs_on_its_form_is_known(label: str) -> None:
    assert not means_the_same_everywhere(label)


def test_question_with_a_meaning_of_its_own_is_known() -> None:
    assert means_the_same_everywhere("What other languages do you speak?")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  four   weeks ", "four weeks"),
        ("long_text", "One.\r\n\r\nTwo.", "One.\n\nTwo."),
        ("number", "5", "5"),
        ("number", "05", "5"),
        ("number", "65 000", "65000"),
        ("number", "65’000", "65000"),
        ("number", "1,5", "1.5"),
        ("number", "1.50", "1.5"),
        ("number", "0.125", "0.125"),
        ("number", "-0", "0"),
        ("number", "100000", "100000"),
        ("date", "2027-01-31", "2027-01-31"),
        ("date", "31.1.2027", "2027-01-31"),
        ("yes_no", "Yes", True),
        ("yes_no", "nein.", False),
        ("one_of", "munchen", "42"),
        ("one_of", "Remote; anywhere", "43"),
        ("many_of", "MÜNCHEN\nberlin", ("41", "42")),
        ("many_of", "Berlin; München", ("41", "42")),
        ("many_of", "remote; anywhere", ("43",)),
    ],
)
def test_answer_is_read_as_the_question_takes_it(kind: str, text: str, value: Any) -> None:
    assert check_answer(question(kind, options=PLACES), text) == Checked(value)


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("text", " ", "empty"),
        ("text", "a\0b", "not_storable"),
        ("text", "\ud800", "not_storable"),
        ("text", "x" * (LONGEST_TEXT + 1), "too_long"),
        ("long_text", "x" * (LONGEST_LONG_TEXT + 1), "too_long"),
        ("number", "five", "not_a_number"),
        ("number", "5 years", "not_a_number"),
        ("number", "1,500", "not_a_number"),
        ("number", "65.000", "not_a_number"),
        ("number", "1e9", "not_a_number"),
        ("number", "٣", "not_a_number"),
        ("number", "9" * 40, "not_a_number"),
        ("date", "soon", "not_a_date"),
        ("date", "03/04/2027", "not_a_date"),
        ("date", "2027-02-30", "not_a_date"),
        ("date", "0000-01-01", "not_a_date"),
        ("yes_no", "maybe", "not_yes_or_no"),
        ("one_of", "Hamburg", "not_an_option"),
        ("one_of", "Berl", "not_an_option"),
        ("many_of", "Berlin\nHamburg", "not_an_option"),
        ("many_of", ";", "not_an_option"),
        ("file", "cv.pdf", "needs_a_file"),
    ],
)
def test_answer_that_does_not_fit_says_why(kind: str, text: str, fault: str) -> None:
    assert check_answer(question(kind, options=PLACES), text) == Checked(fault=fault)


def test_options_of_one_label_are_not_chosen_between() -> None:
    twins = question("one_of", options=(("1", "Yes"), ("2", "yes"), ("3", "YES")))

    assert check_answer(twins, "yes") == Checked("2")
    assert check_answer(twins, "yEs").fault == "not_an_option"


@given(
    st.sampled_from(KINDS),
    st.text(max_size=400),
    st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4),
)
def test_checking_never_raises_and_what_it_says_reads_back(
    kind: str, text: str, options: list[tuple[str, str]]
) -> None:
    asked = question(kind, options=tuple(options))

    checked = check_answer(asked, text)

    assert (checked.value is None) == bool(checked.fault)
    if kind in {"text", "long_text", "number", "date", "yes_no"} and not checked.fault:
        assert check_answer(asked, say_answer(asked, checked.value)) == checked


@given(st.sets(st.sampled_from([value for value, _label in PLACES]), min_size=1))
def test_choices_in_words_read_back(chosen: set[str]) -> None:
    asked = question("many_of", options=PLACES)
    ordered = tuple(value for value, _label in PLACES if value in chosen)

    assert check_answer(asked, say_answer(asked, ordered)).value == ordered


def test_bank_serves_the_question_of_its_key_alone() -> None:
    bank = {question_key("Notice period"): known("4 weeks")}

    sheet = answer_questions(
        [question(id="1", label="Notice period *"), question(id="2", label="Notice period in days")], bank
    )

    assert [(each.question.id, each.value, each.source, each.given_on) for each in sheet.answered] == [
        ("1", "4 weeks", "typed", DAY)
    ]
    assert [(each.question.id, each.because) for each in sheet.missing] == [("2", "none")]


def test_unknown_optional_question_is_left_empty() -> None:
    sheet = answer_questions([question(required=False)], {})

    assert (sheet.answered, sheet.missing) == ((), ())
    assert [each.because for each in sheet.left_empty] == ["none"]


def test_answer_that_does_not_fit_the_form_is_missing_with_the_reason() -> None:
    sheet = answer_questions([question("number")], {"what": known("a few")})

    assert [each.because for each in sheet.missing] == ["not_a_number"]


def test_one_answer_never_serves_two_questions_of_the_same_words() -> None:
    twice = [question(id="1", label="Reference"), question(id="2", label="Reference *")]
    bank = {"reference": known("Grace")}

    assert [each.because for each in answer_questions(twice, bank).missing] == ["repeated", "repeated"]
    here = answer_questions(
        twice, bank, here={"1": known("Grace", "Reference"), "2": known("Alan", "Reference *")}
    )
    assert [each.value for each in here.answered] == ["Grace", "Alan"]


def test_bank_never_serves_a_question_that_hangs_on_its_form() -> None:
    label = "If yes, please explain"

    sheet = answer_questions([question(label=label)], {question_key(label): known("because")})

    assert [each.because for each in sheet.missing] == ["none"]


def test_answer_given_for_the_form_counts_before_the_bank() -> None:
    sheet = answer_questions([question()], {"what": known("old")}, here={"q1": known("new", "WHAT")})

    assert [each.value for each in sheet.answered] == ["new"]


@pytest.mark.parametrize(
    "label", ["I consent to everything", "Do you need a visa?", "Desired salary", "Gender"]
)
def test_sensitive_question_without_an_answer_of_its_own_stays_open(label: str) -> None:
    bank = {question_key("Name"): known("Ada"), question_key("E-mail"): known("ada@example.com")}

    sheet = answer_questions([question(label=label, topic=topic_of(label))], bank)

    assert [each.because for each in sheet.missing] == ["none"]


def test_file_is_never_answered_with_words() -> None:
    sheet = answer_questions([question("file", label="Portfolio")], {"portfolio": known("see my site")})

    assert [each.because for each in sheet.missing] == ["needs_a_file"]
