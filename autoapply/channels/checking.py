"""Whether a kit answers a form: what the receivers do not check themselves is checked here, before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from autoapply.capabilities import Capabilities
from autoapply.channels.protocol import (
    CONSENT,
    FileContents,
    FileRefused,
    KitContents,
    NotAnswered,
    standing_questions,
)
from autoapply.questions import Question

Value: TypeAlias = "str | bool | Decimal | list[str] | FileContents"
"""text, long_text, date and one_of are str, yes_no is bool, number is Decimal, many_of is a list, file is FileContents."""

EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
"""One address as mail servers and boards take it; the rest of RFC 5322 is not for applications."""

_UNSAFE_IN_NAMES = re.compile(r"[^\w .()+,-]+")


@dataclass(frozen=True, slots=True)
class Checked:
    """A kit that answers its form: the answers by question, the parts of the name, and the letter as it goes."""

    kit: KitContents
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    phone: str = field(repr=False)
    location: str = field(repr=False)
    letter: str = field(repr=False)
    resume: FileContents | None
    answers: Mapping[str, Value] = field(repr=False)

    def questions(self) -> list[tuple[Question, Value]]:
        """The answered questions in the order of the form."""
        return [(each, self.answers[each.id]) for each in self.kit.form.questions if each.id in self.answers]


def check_kit(kit: KitContents, capabilities: Capabilities, *, split_name: bool = False) -> Checked:
    """Check a kit against its form; raises NotAnswered with everything that is missing, or FileRefused.

    `split_name` wants first and last name apart. A name of one word has no last name, and none is made up: it may be
    given as the answer to "last_name".
    """
    standing = standing_questions()
    given = {each.question_id: each.value for each in kit.answers}
    first, last = _split(kit.name, given) if split_name else ("", "")
    present = {
        "name": bool(kit.name.strip()),
        "first_name": bool(first) or not split_name,
        "last_name": bool(last) or not split_name,
        "email": is_email(kit.email),
        "phone": bool(kit.phone.strip()) or kit.form.needs.phone != "required",
        "location": bool(kit.location.strip()) or kit.form.needs.location != "required",
        "letter": bool(kit.letter.strip()) or kit.form.needs.letter != "required",
        "resume": kit.resume is not None or kit.form.needs.resume != "required",
    }
    missing = [standing[name] for name, there in present.items() if not there]
    answers: dict[str, Value] = {}
    for question in kit.form.questions:
        value = _read(question, given.get(question.id))
        longest = kit.form.longest.get(question.id)
        if isinstance(value, str) and longest is not None and len(value) > longest:
            missing.append(question)
        elif value is not None:
            answers[question.id] = value
        elif question.required or not _is_empty(given.get(question.id)):
            missing.append(question)
    if missing:
        raise NotAnswered(missing)
    needs = kit.form.needs
    resume = kit.resume if needs.resume != "off" else None
    for file in (resume, *(each for each in answers.values() if isinstance(each, FileContents))):
        if file is not None:
            check_file(file, capabilities)
    return Checked(
        kit,
        first,
        last,
        phone=kit.phone.strip() if needs.phone != "off" else "",
        location=kit.location.strip() if needs.location != "off" else "",
        letter=kit.letter.strip() if needs.letter != "off" else "",
        resume=resume,
        answers=answers,
    )


def check_file(file: FileContents, capabilities: Capabilities) -> None:
    """Raise FileRefused for a file that the receiver would not take."""
    types = capabilities.file_types
    if not file.content:
        raise FileRefused("empty")
    if file.name.rpartition(".")[2].lower() not in types:
        raise FileRefused("wrong_type", types=types)
    if len(file.content) > capabilities.max_file_bytes:
        raise FileRefused("too_large", limit=capabilities.max_file_bytes)


def is_email(address: str) -> bool:
    """Whether this is one address, and nothing else."""
    return len(address) <= 254 and EMAIL.fullmatch(address) is not None


def plain_name(name: str) -> str:
    """A file's name without anything that could mean something to whoever stores or parses it."""
    plain = _UNSAFE_IN_NAMES.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:90]}{dot}{ending[:10]}" or "file"


def number_text(number: Decimal) -> str:
    """A number as digits, without an exponent or needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show(checked: Checked) -> list[tuple[str, str]]:
    """What is sent, as (label, words), for whoever approves it."""
    standing = standing_questions()
    shown = [(standing["name"].label, checked.kit.name), (standing["email"].label, checked.kit.email)]
    for name, value in (
        ("phone", checked.phone),
        ("location", checked.location),
        ("letter", checked.letter),
    ):
        if value:
            shown.append((standing[name].label, value))
    if checked.resume is not None:
        shown.append((standing["resume"].label, _words_of_file(checked.resume)))
    shown += [(question.label, _words(question, value)) for question, value in checked.questions()]
    return shown


def _words(question: Question, value: Value) -> str:
    labels = dict(question.options)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(labels.get(each, each) for each in value)
    if isinstance(value, FileContents):
        return _words_of_file(value)
    if isinstance(value, Decimal):
        return number_text(value)
    return labels.get(value, value) if question.kind == "one_of" else value


def _words_of_file(file: FileContents) -> str:
    return f"{plain_name(file.name)} ({filesizeformat(len(file.content))})"


def _split(name: str, given: Mapping[str, Any]) -> tuple[str, str]:
    first, _blank, last = " ".join(name.split()).rpartition(" ")
    if not first:
        first, last = last, ""
    told_first, told_last = given.get("first_name"), given.get("last_name")
    if isinstance(told_first, str) and told_first.strip():
        first = told_first.strip()
    if isinstance(told_last, str) and told_last.strip():
        last = told_last.strip()
    return first, last


def _is_empty(value: Any) -> bool:
    return value is None or value in ([], ()) or (isinstance(value, str) and not value.strip())


def _read(question: Question, value: Any) -> Value | None:
    """The value as its kind wants it; None where there is none, or none that fits."""
    if _is_empty(value):
        return None
    return _READERS[question.kind](question, value)


def _read_text(question: Question, value: Any) -> str | None:
    return value.strip() if isinstance(value, str) else None


def _read_number(question: Question, value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**15 else None


def _read_date(question: Question, value: Any) -> str | None:
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        return None


def _read_yes_no(question: Question, value: Any) -> bool | None:
    if isinstance(value, str):
        value = {"yes": True, "true": True, "no": False, "false": False}.get(value.strip().lower())
    if not isinstance(value, bool):
        return None
    return None if question.id.startswith(CONSENT) and not value else value


def _read_one_of(question: Question, value: Any) -> str | None:
    return value if isinstance(value, str) and value in dict(question.options) else None


def _read_many_of(question: Question, value: Any) -> list[str] | None:
    values = [value] if isinstance(value, str) else value
    allowed = dict(question.options)
    if not isinstance(values, list | tuple):
        return None
    if not all(isinstance(each, str) and each in allowed for each in values):
        return None
    # In the order of the form, each once.
    return [each for each in allowed if each in values]


def _read_file(question: Question, value: Any) -> FileContents | None:
    return value if isinstance(value, FileContents) else None


_READERS = {
    "text": _read_text,
    "long_text": _read_text,
    "number": _read_number,
    "date": _read_date,
    "yes_no": _read_yes_no,
    "one_of": _read_one_of,
    "many_of": _read_many_of,
    "file": _read_file,
}
