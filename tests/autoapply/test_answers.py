"""The answer bank: what is kept was typed by its owner, once a question, and says where and when."""

from __future__ import annotations

from typing import Any

import pytest

from autoapply import answers, letter_templates
from autoapply.models import Answer, Application, Kit, LetterTemplate
from autoapply.questions import question_key
from personas.identity import acting_as
from personas.models import User
from personas.services import Gone, ValuesRefused
from tests.factories import AnswerFactory, ApplicationFactory, LetterTemplateFactory, PersonaFactory


@pytest.fixture(autouse=True)
def as_alice(alice: User) -> Any:
    with acting_as(alice.pk):
        yield


def asked(id_: str, label: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    entry = {"code": "answer", "id": id_, "label": label, "kind": kind, "required": True, "options": []}
    return {**entry, "topic": "other", "because": "none", **more}


def parked(user: User, *missing: dict[str, Any]) -> Application:
    """An application that waits for answers."""
    application = ApplicationFactory(user=user)
    rows = Application.objects.filter(pk=application.pk)
    rows.update(status="preparing", lease_until="2099-01-01T00:00:00Z")
    rows.update(status="parked", lease_until=None, missing=list(missing))
    application.refresh_from_db()
    return application


# --- the bank --------------------------------------------------------------------------------------------------------


def test_answer_is_kept_as_typed_with_its_topic(alice: User) -> None:
    answers.add_answer(user=alice, question="  Desired   salary * ", answer=" 65000\r\n EUR ")

    (row,) = Answer.objects.all()
    assert (row.question, row.answer) == ("Desired salary *", "65000\n EUR")
    assert (row.question_key, row.topic, row.source) == ("desired salary", "pay", "typed")


@pytest.mark.parametrize(
    ("question", "answer", "field"),
    [
        ("", "yes", "question"),
        ("???", "yes", "question"),
        ("x" * 2001, "yes", "question"),
        ("What?", "  ", "answer"),
        ("What?", "x" * 10_001, "answer"),
        ("What?", "a\0b", "answer"),
    ],
)
def test_answer_that_cannot_be_kept_is_refused_at_its_field(
    alice: User, question: str, answer: str, field: str
) -> None:
    with pytest.raises(ValuesRefused) as refused:
        answers.add_answer(user=alice, question=question, answer=answer)

    assert list(refused.value.faults) == [field]
    assert not Answer.objects.exists()


def test_topic_that_there_is_not_is_refused(alice: User) -> None:
    with pytest.raises(ValuesRefused):
        answers.add_answer(user=alice, question="What?", answer="yes", topic="gossip")


def test_one_question_has_one_answer_however_it_is_written(alice: User) -> None:
    answers.add_answer(user=alice, question="Notice period", answer="4 weeks")

    with pytest.raises(answers.AnswerKept) as refused:
        answers.add_answer(user=alice, question="NOTICE PERIOD (optional)*", answer="8 weeks")

    assert "Notice period" in refused.value.faults["question"][0]


def test_two_people_answer_the_same_question(alice: User, charlie: User) -> None:
    AnswerFactory(user=charlie, question_key="notice period")

    answers.add_answer(user=alice, question="Notice period", answer="4 weeks")


def test_bank_is_not_filled_without_end(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MAX_ANSWERS", 1)
    AnswerFactory(user=alice)

    with pytest.raises(answers.TooManyAnswers):
        answers.add_answer(user=alice, question="Notice period", answer="4 weeks")


def test_changed_answer_counts_as_typed(alice: User) -> None:
    row = AnswerFactory(user=alice, source="application")

    answers.change_answer(answer=row, values={"question": "Notice?", "answer": "8 weeks", "topic": "legal"})

    row.refresh_from_db()
    assert (row.question_key, row.answer, row.topic, row.source) == ("notice", "8 weeks", "legal", "typed")
    assert row.updated_at >= row.created_at


def test_answer_can_keep_its_own_question_when_it_is_changed(alice: User) -> None:
    row = answers.add_answer(user=alice, question="Notice period", answer="4 weeks")

    answers.change_answer(answer=row, values={"question": "Notice period:", "answer": "8 weeks"})

    assert Answer.objects.get().answer == "8 weeks"


def test_answer_does_not_take_the_question_of_another(alice: User) -> None:
    answers.add_answer(user=alice, question="Notice period", answer="4 weeks")
    row = answers.add_answer(user=alice, question="Start", answer="May")

    with pytest.raises(answers.AnswerKept):
        answers.change_answer(answer=row, values={"question": "notice period"})


def test_answer_that_was_removed_is_gone(alice: User) -> None:
    row = AnswerFactory(user=alice)
    answers.remove_answer(answer=row)

    with pytest.raises(Gone):
        answers.change_answer(answer=row, values={"answer": "no"})


def test_known_answers_say_where_and_on_which_day_of_the_person(alice: User) -> None:
    answers.add_answer(user=alice, question="Notice period", answer="4 weeks")
    row = Answer.objects.get()

    known = answers.known_answers(user_id=alice.pk, time_zone="Pacific/Kiritimati")["notice period"]

    assert (known.text, known.source, known.asked) == ("4 weeks", "typed", "Notice period")
    assert known.given_on.toordinal() - row.updated_at.date().toordinal() in (0, 1)


# --- what an application waits for ---------------------------------------------------------------------------------


def test_answers_to_an_application_are_kept_for_others(alice: User, now: Any) -> None:
    application = parked(
        alice,
        asked("7", "Notice period"),
        asked("8", "Where?", "one_of", options=[["41", "Berlin"], ["42", "München"]]),
        asked("9", "Remote?", "yes_no"),
    )

    number = answers.answer_missing(
        application=application, values={"7": "4 weeks", "8": "munchen", "9": "Ja"}, keep=True, at=now
    )

    assert number == 3
    kept = {each.question: (each.answer, each.source) for each in Answer.objects.all()}
    assert kept == {
        "Notice period": ("4 weeks", "application"),
        "Where?": ("München", "application"),
        "Remote?": ("yes", "application"),
    }


def test_answer_that_did_not_fit_is_replaced(alice: User, now: Any) -> None:
    answers.add_answer(user=alice, question="Years of Python", answer="many")
    application = parked(alice, asked("7", "Years of Python", "number", because="not_a_number"))

    answers.answer_missing(application=application, values={"7": "6"}, keep=True, at=now)

    (row,) = Answer.objects.all()
    assert (row.answer, row.source) == ("6", "application")


def test_answer_for_one_application_stays_with_it(alice: User, now: Any) -> None:
    application = parked(alice, asked("7", "Notice period"))

    answers.answer_missing(application=application, values={"7": "4 weeks"}, keep=False, at=now)

    assert not Answer.objects.exists()
    kit = Kit.objects.get(application=application)
    once = answers.answers_given_once(kit)
    assert (once["7"].text, once["7"].source, once["7"].given_on) == ("4 weeks", "once", now.date())


def test_question_that_hangs_on_its_form_is_never_kept(alice: User, now: Any) -> None:
    application = parked(
        alice, asked("7", "If yes, please explain"), asked("8", "Reference"), asked("9", "Reference *")
    )

    answers.answer_missing(
        application=application, values={"7": "x", "8": "Grace", "9": "Alan"}, keep=True, at=now
    )

    assert not Answer.objects.exists()
    assert set(answers.answers_given_once(Kit.objects.get(application=application))) == {"7", "8", "9"}


def test_answer_that_does_not_fit_is_refused_and_nothing_is_kept(alice: User, now: Any) -> None:
    application = parked(alice, asked("7", "Years", "number"), asked("8", "Notice period"))

    with pytest.raises(ValuesRefused) as refused:
        answers.answer_missing(
            application=application, values={"7": "many", "8": "4 weeks"}, keep=True, at=now
        )

    assert list(refused.value.faults) == ["7"]
    assert not Answer.objects.exists()


def test_question_left_out_stays_open(alice: User, now: Any) -> None:
    application = parked(alice, asked("7", "Years", "number"), asked("8", "Notice period"))

    assert answers.answer_missing(application=application, values={"8": "4 weeks"}, keep=True, at=now) == 1


def test_answers_to_what_is_no_longer_asked_are_refused(alice: User, now: Any) -> None:
    application = parked(alice, asked("7", "Notice period"))
    Application.objects.filter(pk=application.pk).update(missing=[])

    with pytest.raises(answers.NothingMissing):
        answers.answer_missing(application=application, values={"7": "4 weeks"}, keep=True, at=now)


def test_files_and_letters_are_no_questions(alice: User) -> None:
    application = parked(alice, {"code": "resume", "label": "none"}, asked("7", "Notice period"))

    assert [each.id for each in answers.missing_questions(application)] == ["7"]


# --- letters -----------------------------------------------------------------------------------------------------------


def test_letter_is_kept_for_one_persona_or_for_all(alice: User) -> None:
    persona, other = PersonaFactory(user=alice), PersonaFactory(user=alice)
    own = letter_templates.create_letter(
        user=alice, values={"name": "Own", "body": " Dear {company} ", "persona": persona}
    )
    all_ = letter_templates.create_letter(user=alice, values={"name": "All", "body": "Hello"})

    assert own.body == "Dear {company}"
    assert letter_templates.find_letter(user_id=alice.pk, persona_id=persona.pk) == own
    assert letter_templates.find_letter(user_id=alice.pk, persona_id=other.pk) == all_
    assert letter_templates.find_letter(user_id=alice.pk, persona_id=None) == all_


@pytest.mark.parametrize("body", ["", "Dear {boss}", "Dear {company", "<p>Dear</p>", "x" * 10_001])
def test_letter_that_cannot_be_filled_is_refused(alice: User, body: str) -> None:
    with pytest.raises(ValuesRefused) as refused:
        letter_templates.create_letter(user=alice, values={"name": "All", "body": body})

    assert list(refused.value.faults) == ["body"]


def test_refusal_of_an_unknown_field_says_what_there_is(alice: User) -> None:
    with pytest.raises(ValuesRefused) as refused:
        letter_templates.create_letter(user=alice, values={"name": "All", "body": "Dear {boss}"})

    (sentence,) = refused.value.faults["body"]
    assert "{boss}" in sentence
    assert "{company}" in sentence


def test_second_letter_for_the_same_persona_is_refused(alice: User) -> None:
    persona = PersonaFactory(user=alice)
    LetterTemplateFactory(user=alice, persona=persona)
    for_all = LetterTemplateFactory(user=alice)

    with pytest.raises(letter_templates.LetterTaken):
        letter_templates.create_letter(user=alice, values={"name": "x", "body": "y", "persona": persona})
    with pytest.raises(letter_templates.LetterTaken):
        letter_templates.create_letter(user=alice, values={"name": "x", "body": "y"})
    with pytest.raises(letter_templates.LetterTaken):
        letter_templates.edit_letter(letter=for_all, values={"persona": persona})
    letter_templates.edit_letter(letter=for_all, values={"persona": None, "body": "Hello"})


def test_letter_for_a_stranger_s_persona_is_refused(alice: User, charlie: User) -> None:
    persona = PersonaFactory(user=charlie)

    with pytest.raises(letter_templates.PersonaNotFound):
        letter_templates.create_letter(user=alice, values={"name": "x", "body": "y", "persona": persona})


def test_letter_that_was_deleted_is_gone(alice: User) -> None:
    letter = LetterTemplateFactory(user=alice)
    letter_templates.delete_letter(letter=letter)

    assert not LetterTemplate.objects.exists()
    with pytest.raises(Gone):
        letter_templates.edit_letter(letter=letter, values={"name": "x"})


def test_key_of_a_kept_question_is_that_of_the_rules(alice: User) -> None:
    row = answers.add_answer(user=alice, question="C++ oder C#? " + "lang " * 100, answer="ja")

    assert row.question_key == question_key(row.question)
    assert len(row.question_key) <= 255
