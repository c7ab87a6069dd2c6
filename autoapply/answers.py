"""What changes the answer bank: a person's own answers to questions of forms, each with where and when it was given.

An answer gets here because its owner typed it, in the bank or for one application; nothing else writes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from autoapply.answer_words import fault_words
from autoapply.models import Answer, Application, Kit
from autoapply.questions import (
    LONGEST_LONG_TEXT,
    Known,
    Question,
    check_answer,
    means_the_same_everywhere,
    question_key,
    say_answer,
    topic_of,
)
from autoapply.weeks import local_day, zone_of
from personas.checking import Rules, check_values, text_within
from personas.models import User
from personas.services import Refused, Taken, ValuesRefused, gone, take_turns

MAX_ANSWERS = 500
"""Answers that one person may keep; more could not be looked after."""
LONGEST_QUESTION = 2000
"""Characters of a question: consents are long."""

ONCE = "once"
"""The source of an answer in a kit that was given for this application and not kept in the bank."""


class AnswerKept(Taken):
    """Raised when the person has an answer to this question already, however it is written."""


class TooManyAnswers(Refused):
    """Raised when the person keeps as many answers as may be kept."""


class NothingMissing(Refused):
    """Raised when answers are given to an application that does not wait for any."""


def known_answers(*, user_id: Any, time_zone: str) -> dict[str, Known]:
    """The bank of a person by question key; days are those of their own calendar."""
    zone = zone_of(time_zone)
    return {
        each.question_key: Known(each.answer, each.source, local_day(each.updated_at, zone), each.question)
        for each in Answer.objects.filter(user_id=user_id)
    }


def add_answer(*, user: User, question: str, answer: str, topic: str = "") -> Answer:
    """Keep an answer to a question; without a topic the question's words tell it.

    Raises AnswerKept, TooManyAnswers or ValuesRefused.
    """
    kept = _checked({"question": question, "answer": answer, "topic": topic or topic_of(question)})
    with transaction.atomic():
        take_turns(user.pk)
        own = Answer.objects.owned_by(user)
        _judge_key(own, kept["question_key"])
        _judge_number(own, 1)
        row: Answer = Answer.objects.create(user=user, source=Answer.Source.TYPED, **kept)
    return row


def change_answer(*, answer: Answer, values: Mapping[str, Any]) -> Answer:
    """Change question, answer or topic of what is kept; from then on it counts as typed in the bank, today.

    Raises AnswerKept, ValuesRefused or Gone.
    """
    kept = {**_checked(values), "source": Answer.Source.TYPED}
    with transaction.atomic():
        take_turns(answer.user_id)
        own = Answer.objects.filter(user_id=answer.user_id)
        if "question_key" in kept:
            _judge_key(own.exclude(pk=answer.pk), kept["question_key"])
        if not own.filter(pk=answer.pk).update(**kept):
            raise gone()
    answer.refresh_from_db()
    return answer


def remove_answer(*, answer: Answer) -> None:
    """Take an answer out of the bank; kits that have used it keep what they hold."""
    with transaction.atomic():
        take_turns(answer.user_id)
        Answer.objects.filter(pk=answer.pk).delete()


def missing_questions(application: Application) -> list[Question]:
    """The questions that a parked application waits for, as `preparing` wrote them."""
    return [
        Question(
            id=each["id"],
            label=each["label"],
            kind=each["kind"],
            required=each.get("required", True),
            options=tuple((value, label) for value, label in each.get("options", ())),
            topic=each.get("topic", "other"),
        )
        for each in application.missing
        if "kind" in each
    ]


def answer_missing(*, application: Application, values: Mapping[str, str], keep: bool, at: Any) -> int:
    """Take a person's answers, by question id, to what a parked application asks, and give the number taken.

    Kept answers go into the bank, in the place of what stood there; the others, and those to questions that mean
    something only on this form, belong to this application alone. Questions that are left out stay open. Raises
    ValuesRefused with the faults by question id, NothingMissing, TooManyAnswers or Gone; the application does not move.
    """
    given = _checked_missing(application, values)
    with transaction.atomic():
        take_turns(application.user_id)
        now = Application.objects.get(pk=application.pk)
        if now.status != Application.Status.PARKED or now.missing != application.missing:
            raise NothingMissing({"id": [_("This application does not wait for these answers any more.")]})
        asked = [question_key(question.label) for question in missing_questions(now)]
        banked = [
            pair
            for pair in given
            if keep
            and means_the_same_everywhere(pair[0].label)
            and asked.count(question_key(pair[0].label)) == 1
        ]
        _bank(application.user_id, banked)
        _note_once(application, [pair for pair in given if pair not in banked], at=at)
    return len(given)


def answers_given_once(kit: Kit | None) -> dict[str, Known]:
    """The answers that were given for one application alone, by question id."""
    if kit is None:
        return {}
    return {
        each["id"]: Known(each["shown"], ONCE, date.fromisoformat(each["given_on"]), each["label"])
        for each in kit.answers
        if each["source"] == ONCE
    }


def _bank(user_id: Any, pairs: list[tuple[Question, str]]) -> None:
    own = Answer.objects.filter(user_id=user_id)
    keys = {question_key(question.label) for question, _text in pairs}
    _judge_number(own, len(keys) - own.filter(question_key__in=keys).count())
    for question, text in pairs:
        values = {
            "question": question.label,
            "answer": text,
            "topic": question.topic,
            "source": Answer.Source.APPLICATION,
        }
        own.update_or_create(user_id=user_id, question_key=question_key(question.label), defaults=values)


def _note_once(application: Application, pairs: list[tuple[Question, str]], *, at: Any) -> None:
    if not pairs:
        return
    kit, _made = Kit.objects.get_or_create(application=application, defaults={"user_id": application.user_id})
    ids = {question.id for question, _text in pairs}
    given_on = local_day(at, zone_of(application.user.time_zone)).isoformat()
    noted = [
        {
            "id": question.id,
            "label": question.label,
            "kind": question.kind,
            "value": check_answer(question, text).value,
            "shown": text,
            "source": ONCE,
            "given_on": given_on,
        }
        for question, text in pairs
    ]
    kit.answers = [*(each for each in kit.answers if each["id"] not in ids), *noted]
    kit.save(update_fields=["answers"])


def _checked_missing(application: Application, values: Mapping[str, str]) -> list[tuple[Question, str]]:
    """The answers in words that read back as what was meant; those left empty are left out."""
    given, faults = [], {}
    for question in missing_questions(application):
        text = values.get(question.id, "")
        if not text.strip():
            continue
        checked = check_answer(question, text)
        if checked.fault:
            faults[question.id] = [fault_words(checked.fault, question)]
        else:
            given.append((question, say_answer(question, checked.value)))
    if faults:
        raise ValuesRefused(faults)
    return given


def _judge_key(own: Any, key: str) -> None:
    held = own.filter(question_key=key).first()
    if held is not None:
        raise AnswerKept(
            {
                "question": [
                    _("You have answered “%(question)s” already. Change that answer.") % _short(held.question)
                ]
            }
        )


def _short(question: str) -> dict[str, str]:
    return {"question": question if len(question) <= 80 else f"{question[:79].rstrip()}…"}


def _judge_number(own: Any, more: int) -> None:
    if more > 0 and own.count() + more > MAX_ANSWERS:
        raise TooManyAnswers(
            {
                "question": [
                    _("You keep %(limit)s answers, as many as we keep. Take one out first.")
                    % {"limit": MAX_ANSWERS}
                ]
            }
        )


def _question(text: str) -> str:
    kept = " ".join(text_within(LONGEST_QUESTION)(text).split())
    if not question_key(kept):
        raise ValueError(_("Give the question as the form asks it."))
    return kept


def _answer(text: str) -> str:
    kept = text_within(LONGEST_LONG_TEXT)(text).replace("\r\n", "\n").replace("\r", "\n")
    if not kept:
        raise ValueError(_("Give an answer. To have none, take the question out."))
    return kept


def _topic(code: str) -> str:
    if code not in Answer.Topic.values:
        raise ValueError(_("Choose what the question is about."))
    return code


_RULES: Rules = {"question": _question, "answer": _answer, "topic": _topic}


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    kept, faults = check_values(values, _RULES)
    if faults:
        raise ValuesRefused(faults)
    if "question" in kept:
        kept["question_key"] = question_key(kept["question"])
    return kept
