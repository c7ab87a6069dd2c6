"""Two changes of one person's answers or letters at once: one after the other, and nothing doubles or breaks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from autoapply import answers, letter_templates
from autoapply.models import Answer, LetterTemplate
from personas.identity import acting_as
from personas.models import User
from tests.factories import AnswerFactory, LetterTemplateFactory, UserFactory
from tests.personas.test_races import as_person, at_once, while_open

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def me(transactional_db: None) -> User:
    """Whose two requests they are."""
    return UserFactory()


@pytest.fixture
def browser(me: User) -> Client:
    """A browser in which I am signed in."""
    browser = Client()
    browser.force_login(me)
    return browser


def test_same_question_answered_in_two_tabs_is_kept_once(me: User) -> None:
    def keep(question: str) -> Any:
        return lambda: answers.add_answer(user=me, question=question, answer="yes")

    with pytest.raises(answers.AnswerKept):
        while_open(me, keep("Relocate?"), as_person(me, keep("RELOCATE *")))

    with acting_as(me.pk):
        assert [each.question for each in Answer.objects.all()] == ["Relocate?"]


def test_last_place_in_the_bank_is_taken_once(me: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MAX_ANSWERS", 1)

    with pytest.raises(answers.TooManyAnswers):
        while_open(
            me,
            lambda: answers.add_answer(user=me, question="One", answer="1"),
            as_person(me, lambda: answers.add_answer(user=me, question="Two", answer="2")),
        )


def test_letter_for_all_is_written_once(me: User) -> None:
    def write() -> None:
        letter_templates.create_letter(user=me, values={"name": "Usual", "body": "Hello"})

    with pytest.raises(letter_templates.LetterTaken):
        while_open(me, write, as_person(me, write))

    with acting_as(me.pk):
        assert LetterTemplate.objects.count() == 1


def test_answer_changed_while_it_is_being_removed_is_not_there(me: User, browser: Client) -> None:
    row = AnswerFactory(user=me)
    prefix = f"a{row.pk.hex}"
    typed = {f"{prefix}-question": "Start", f"{prefix}-answer": "May", f"{prefix}-topic": "other"}

    response = while_open(
        me, lambda: answers.remove_answer(answer=row), lambda: browser.post(f"/answers/{row.pk}/", typed)
    )

    assert response.status_code == 404


def test_letter_changed_while_it_is_being_deleted_is_not_there(me: User, browser: Client) -> None:
    letter = LetterTemplateFactory(user=me)

    response = while_open(
        me,
        lambda: letter_templates.delete_letter(letter=letter),
        lambda: browser.post(f"/letters/{letter.pk}/", {"name": "x", "body": "y"}),
    )

    assert response.status_code == 404


def test_many_answers_at_once_are_all_kept(me: User) -> None:
    def keep(number: int) -> Any:
        return lambda: answers.add_answer(user=me, question=f"Question {number}", answer="yes")

    at_once(me, *(keep(number) for number in range(6)))

    with acting_as(me.pk):
        assert Answer.objects.count() == 6
