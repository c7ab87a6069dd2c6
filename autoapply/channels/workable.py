"""Workable's official API: a bearer token of the employer's, ten requests in ten seconds (feeds.md b.1, b.3)."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from autoapply.capabilities import Capabilities
from autoapply.channels import checking, reading, receipts
from autoapply.channels.protocol import FileContents, Form, FormUnreadable, KitContents, Needs, Outgoing
from autoapply.destination import Destination
from autoapply.outcomes import Outcome, Receipt, plain_receipt, reference
from autoapply.questions import Kind, Question
from matching.guarded_http import Answer, Request

_KINDS: dict[str, Kind] = {
    "short_text": "text",
    "free_text": "long_text",
    "boolean": "yes_no",
    "multiple_choice": "many_of",
    "dropdown": "one_of",
    "numeric": "number",
    "date": "date",
    "file": "file",
}


class Workable:
    """GET /spi/v3/jobs/{shortcode}/questions, POST …/candidates."""

    name = "workable"
    capabilities = Capabilities(
        sends=True,
        needs_key=True,
        min_interval_ms=1100,
        requests=10,
        window_seconds=10,
        file_types=("pdf", "doc", "docx", "rtf"),
    )

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """Read the questions of a job; raises FormUnreadable without a key."""
        if not key:
            raise FormUnreadable("no_key")
        answer = reading.as_object(
            reading.fetch_json("GET", f"{_job_url(destination)}/questions", headers=_bearer(key), keyed=True)
        )
        if "questions" not in answer:
            raise FormUnreadable("not_a_form")
        asked = [_read_question(each) for each in reading.as_list(answer["questions"])]
        needs = Needs(resume="required", phone="optional", letter="optional", location="optional")
        return Form([each for each in asked if each is not None], needs)

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """JSON with the résumé in base64; not `sourced`, because the person applies."""
        checked = checking.check_kit(kit, self.capabilities, split_name=True)
        candidate: dict[str, Any] = {
            "firstname": checked.first_name,
            "lastname": checked.last_name,
            "email": kit.email,
        }
        if checked.phone:
            candidate["phone"] = checked.phone
        if checked.location:
            candidate["address"] = checked.location
        if checked.letter:
            candidate["cover_letter"] = checked.letter
        if checked.resume is not None:
            candidate["resume"] = _file(checked.resume)
        if answers := [_answer(question, value) for question, value in checked.questions()]:
            candidate["answers"] = answers
        url = f"{_job_url(destination)}/candidates"
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": str(idempotency_key),
            **_bearer(key),
        }
        body = json.dumps({"sourced": False, "candidate": candidate}, ensure_ascii=False)
        request = Request("POST", url, headers, body.encode("utf-8", "replace"))
        return Outgoing(self.name, url, request, checking.show(checked), keyed=bool(key))

    def classify(self, answer: Answer, *, keyed: bool = True, at: datetime | None = None) -> Outcome:
        """201 with the candidate."""
        return receipts.classify(answer, keyed=keyed, at=at, receipt=_read_receipt)

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Nobody can be asked."""
        return None


def _bearer(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _job_url(destination: Destination) -> str:
    return f"{reading.root_of(destination)}/spi/v3/jobs/{reading.step(destination.posting)}"


def _read_question(each: dict[str, Any]) -> Question | None:
    kind = _KINDS.get(str(each.get("type")))
    required = bool(each.get("required"))
    if kind is None:
        if required:
            raise FormUnreadable("unknown_question")
        return None
    if kind == "many_of" and each.get("single_answer") is True:
        kind = "one_of"
    options = tuple(
        (reading.as_value(choice.get("id")), reading.as_text(choice.get("body")))
        for choice in reading.as_list(each.get("choices"))
    )
    return Question(
        reading.as_value(each.get("id")), reading.as_text(each.get("body")), kind, required, options
    )


def _answer(question: Question, value: checking.Value) -> dict[str, Any]:
    """One answer, under the name that its kind wants."""
    named: dict[str, Any] = {"question_key": question.id}
    if isinstance(value, bool):
        named["checked"] = value
    elif isinstance(value, list):
        named["choices"] = value
    elif isinstance(value, FileContents):
        named["file"] = _file(value)
    elif isinstance(value, Decimal):
        named["number"] = int(value) if value == value.to_integral_value() else float(value)
    elif question.kind == "one_of":
        named["choices"] = [value]
    else:
        named["date" if question.kind == "date" else "body"] = value
    return named


def _file(file: FileContents) -> dict[str, str]:
    return {"name": checking.plain_name(file.name), "data": b64encode(file.content).decode()}


def _read_receipt(body: Any) -> Receipt:
    candidate = body.get("candidate") if isinstance(body, dict) else None
    if isinstance(candidate, dict):
        return Receipt(True, reference(candidate.get("id")))
    return plain_receipt(body)
