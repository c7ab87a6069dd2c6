"""What changes cover letters: one for a persona, or one for all personas that have none of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from autoapply.answer_words import letter_faults_words
from autoapply.letters import LONGEST_LETTER, check_letter
from autoapply.models import LetterTemplate
from personas.checking import PERSONA_RULES, Rules, check_values, text_within
from personas.models import Persona, User
from personas.services import Refused, Taken, ValuesRefused, gone, take_turns


class LetterTaken(Taken):
    """Raised when the persona has a letter already, or there is one for all."""


class PersonaNotFound(Refused):
    """Raised when a letter would belong to a persona that is gone or somebody else's."""


class LetterValues(TypedDict, total=False):
    """What is kept of a letter; persona None means all that have none of their own."""

    name: str
    body: str
    persona: Persona | None


def find_letter(*, user_id: Any, persona_id: Any) -> LetterTemplate | None:
    """The letter of a persona, else the one for all, else None."""
    own = {each.persona_id: each for each in LetterTemplate.objects.filter(user_id=user_id)}
    return own.get(persona_id) or own.get(None)


def create_letter(*, user: User, values: LetterValues) -> LetterTemplate:
    """Keep a letter; raise LetterTaken, PersonaNotFound or ValuesRefused."""
    kept = {"persona": None, **_checked({"name": "", "body": "", **values})}
    with transaction.atomic():
        take_turns(user.pk)
        _judge_persona(user.pk, kept["persona"])
        letter: LetterTemplate = LetterTemplate.objects.create(user=user, **kept)
    return letter


def edit_letter(*, letter: LetterTemplate, values: LetterValues) -> LetterTemplate:
    """Change a letter; raise LetterTaken, PersonaNotFound, ValuesRefused or Gone."""
    kept = _checked(values)
    with transaction.atomic():
        take_turns(letter.user_id)
        if "persona" in kept:
            _judge_persona(letter.user_id, kept["persona"], besides=letter.pk)
        own = LetterTemplate.objects.filter(pk=letter.pk, user_id=letter.user_id)
        if not (own.update(**kept) if kept else own.exists()):
            raise gone()
    letter.refresh_from_db()
    return letter


def delete_letter(*, letter: LetterTemplate) -> None:
    """Delete a letter; kits that were made with it keep their text."""
    with transaction.atomic():
        take_turns(letter.user_id)
        LetterTemplate.objects.filter(pk=letter.pk).delete()


def _judge_persona(user_id: Any, persona: Persona | None, *, besides: Any = None) -> None:
    if persona is not None and not Persona.objects.filter(pk=persona.pk, user_id=user_id).exists():
        raise PersonaNotFound({"persona": [_("This persona is not there any more. Choose another, or all.")]})
    others = LetterTemplate.objects.filter(user_id=user_id).exclude(pk=besides)
    if others.filter(persona=persona).exists():
        if persona is None:
            raise LetterTaken(
                {"persona": [_("There is a letter for all personas already. Change that one.")]}
            )
        words = _("“%(name)s” has a letter already. Change that one.")
        raise LetterTaken({"persona": [words % {"name": persona.name}]})


def _body(text: str) -> str:
    kept = text_within(LONGEST_LETTER)(text).replace("\r\n", "\n").replace("\r", "\n")
    if not kept:
        raise ValueError(_("Write the letter."))
    faults = check_letter(kept)
    if faults:
        raise ValueError(" ".join(letter_faults_words(faults)))
    return kept


_RULES: Rules = {"name": PERSONA_RULES["name"], "body": _body, "persona": lambda persona: persona}


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    kept, faults = check_values(values, _RULES)
    if faults:
        raise ValuesRefused(faults)
    return kept
