"""Greenhouse's Job Board API: anybody may read a form, the employer's key sends it (feeds.md b.1, b.3).

It takes applications that lack required answers, so that checking them is ours alone.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from autoapply.capabilities import Capabilities
from autoapply.channels import checking, reading, receipts
from autoapply.channels.multipart import Part, write_multipart
from autoapply.channels.protocol import (
    CONSENT,
    FileContents,
    Form,
    FormUnreadable,
    KitContents,
    Need,
    Needs,
    Outgoing,
)
from autoapply.destination import Destination
from autoapply.outcomes import Outcome
from autoapply.questions import Kind, Question
from matching.guarded_http import Answer, Request

_KINDS: dict[str, Kind] = {
    "input_text": "text",
    "textarea": "long_text",
    "multi_value_single_select": "one_of",
    "multi_value_multi_select": "many_of",
    "input_file": "file",
}
# Fields of the kit, by the name of the first field of their question.
_STANDING = {
    "first_name": "",
    "last_name": "",
    "email": "",
    "phone": "phone",
    "resume": "resume",
    "resume_text": "resume",
    "cover_letter": "letter",
    "cover_letter_text": "letter",
    "location": "location",
    "latitude": "",
    "longitude": "",
}


class Greenhouse:
    """GET and POST /v1/boards/{token}/jobs/{id}."""

    name = "greenhouse"
    capabilities = Capabilities(
        sends=True,
        needs_key=True,
        min_interval_ms=500,
        file_types=("pdf", "doc", "docx", "txt", "rtf"),
    )

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """Read the questions of a job, those about consent and about the person included."""
        job = reading.as_object(reading.fetch_json("GET", f"{_job_url(destination)}?questions=true"))
        if "questions" not in job:
            raise FormUnreadable("not_a_form")
        needs: dict[str, Need] = {"resume": "off", "phone": "off", "letter": "off", "location": "off"}
        questions: list[Question] = []
        asked = [*reading.as_list(job["questions"]), *reading.as_list(job.get("location_questions"))]
        for each in asked:
            question = _read_question(each, needs, topic="other")
            questions += [question] if question else []
        for group in reading.as_list(job.get("compliance")):
            for each in reading.as_list(group.get("questions")):
                question = _read_question(each, needs, topic="demographic")
                questions += [question] if question else []
        _refuse_demographics(job.get("demographic_questions"))
        questions += _read_consents(reading.as_list(job.get("data_compliance")))
        return Form(questions, Needs(**needs))

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """A multipart form; the key is the user name of Basic."""
        checked = checking.check_kit(kit, self.capabilities, split_name=True)
        parts: list[Part] = [
            ("first_name", checked.first_name),
            ("last_name", checked.last_name),
            ("email", kit.email),
        ]
        if checked.phone:
            parts.append(("phone", checked.phone))
        if checked.location:
            parts.append(("location", checked.location))
        if checked.resume is not None:
            parts.append(("resume", checked.resume))
        if checked.letter:
            parts.append(("cover_letter_text", checked.letter))
        for question, value in checked.questions():
            parts += _answer(question, value)
        url = _job_url(destination)
        content_type, body = write_multipart(parts, idempotency_key=idempotency_key)
        headers = {
            "Content-Type": content_type,
            "Accept": "application/json",
            "Idempotency-Key": str(idempotency_key),
            **basic(key),
        }
        return Outgoing(
            self.name, url, Request("POST", url, headers, body), checking.show(checked), keyed=bool(key)
        )

    def classify(self, answer: Answer, *, keyed: bool = True, at: datetime | None = None) -> Outcome:
        """200 with a sentence; no number is told."""
        return receipts.classify(answer, keyed=keyed, at=at)

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Nobody can be asked."""
        return None


def basic(key: str | None) -> dict[str, str]:
    """The header of HTTP Basic with a key for user name and no password; none without a key."""
    return {"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()} if key else {}


def _job_url(destination: Destination) -> str:
    board, posting = reading.step(destination.board), reading.step(destination.posting)
    return f"{reading.root_of(destination)}/v1/boards/{board}/jobs/{posting}"


def _read_question(each: dict[str, Any], needs: dict[str, Need], *, topic: str) -> Question | None:
    """The question, or None where the kit's own fields answer it, which `needs` then says, or nobody has to."""
    required = bool(each.get("required"))
    fields = reading.as_list(each.get("fields"))
    names = [str(field.get("name", "")) for field in fields]
    standing = next((name for name in names if name in _STANDING), None)
    if standing is not None:
        if need := _STANDING[standing]:
            needs[need] = "required" if required else "optional"
        return None
    for field, name in zip(fields, names, strict=True):
        kind = _KINDS.get(str(field.get("type")))
        if kind is None or not name:
            continue
        options = tuple(
            (reading.as_value(value.get("value")), reading.as_text(value.get("label")))
            for value in reading.as_list(field.get("values"))
        )
        return Question(
            reading.as_value(name), reading.as_text(each.get("label")), kind, required, options, topic
        )
    if required:
        raise FormUnreadable("unknown_question")
    return None


def _refuse_demographics(asked: Any) -> None:
    """Leave out what a person may keep to themselves; a board that demands it is for the person."""
    if asked is None:
        return
    for each in reading.as_list(reading.as_object(asked).get("questions")):
        if each.get("required"):
            raise FormUnreadable("unknown_question")


def _read_consents(asked: list[dict[str, Any]]) -> list[Question]:
    labels = {
        "processing": _("I agree that the employer processes my data for this application."),
        "retention": _("I agree that the employer keeps my data for later."),
        "": _("I agree that the employer processes and keeps my data for this application."),
    }
    wanted = []
    for each in asked:
        if each.get("type") != "gdpr":
            continue
        apart = [name for name in ("processing", "retention") if each.get(f"requires_{name}_consent")]
        wanted += apart or ([""] if each.get("requires_consent") else [])
    return [
        Question(
            f"{CONSENT}gdpr_{name}_consent_given".replace("__", "_"),
            labels[name],
            "yes_no",
            True,
            (),
            "legal",
        )
        for name in dict.fromkeys(wanted)
    ]


def _answer(question: Question, value: checking.Value) -> list[Part]:
    if question.id.startswith(CONSENT):
        return [(f"data_compliance[{question.id.removeprefix(CONSENT)}]", "true" if value else "false")]
    if isinstance(value, list):
        name = question.id if question.id.endswith("[]") else f"{question.id}[]"
        return [(name, each) for each in value]
    if isinstance(value, str | FileContents):
        return [(question.id, value)]
    return [(question.id, str(value))]
