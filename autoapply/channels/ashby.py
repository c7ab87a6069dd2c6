"""Ashby's API: form and submission need the employer's key, and a failure is HTTP 200 with success false (feeds.md b.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from autoapply.capabilities import Capabilities
from autoapply.channels import checking, reading, receipts
from autoapply.channels.greenhouse import basic
from autoapply.channels.multipart import Part, write_multipart
from autoapply.channels.protocol import (
    FileContents,
    Form,
    FormUnreadable,
    KitContents,
    Need,
    Needs,
    Outgoing,
    PostingGone,
)
from autoapply.destination import Destination
from autoapply.outcomes import Outcome, Receipt, reference
from autoapply.questions import Kind, Question
from matching.guarded_http import Answer, Request

_KINDS: dict[str, Kind] = {
    "String": "text",
    "Email": "text",
    "Phone": "text",
    "SocialLink": "text",
    "LongText": "long_text",
    "Boolean": "yes_no",
    "Number": "number",
    "Date": "date",
    "ValueSelect": "one_of",
    "MultiValueSelect": "many_of",
    "File": "file",
}
_STANDING = {
    "_systemfield_name": "",
    "_systemfield_email": "",
    "_systemfield_phone": "phone",
    "_systemfield_resume": "resume",
}
_GONE = ("job_posting_not_found", "not_found")


class Ashby:
    """POST /jobPosting.info (JSON) and POST /applicationForm.submit (multipart)."""

    name = "ashby"
    capabilities = Capabilities(
        sends=True,
        needs_key=True,
        takes_letter=False,
        # Slow, and throttled when asked for several things at once (feeds.md b.1).
        min_interval_ms=1000,
        file_types=("pdf", "doc", "docx", "rtf", "txt"),
    )

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """Read the form definition; raises FormUnreadable without a key."""
        if not key:
            raise FormUnreadable("no_key")
        answer = reading.as_object(
            reading.fetch_json(
                "POST",
                f"{reading.root_of(destination)}/jobPosting.info",
                headers={"Content-Type": "application/json", **basic(key)},
                content=json.dumps({"jobPostingId": destination.posting}).encode(),
                keyed=True,
            )
        )
        if answer.get("success") is not True:
            codes = answer.get("errors")
            if isinstance(codes, list) and any(code in _GONE for code in codes):
                raise PostingGone
            raise FormUnreadable("not_a_form")
        results = reading.as_object(answer.get("results"))
        definition = reading.as_object(results.get("applicationFormDefinition"))
        needs: dict[str, Need] = {"resume": "off", "phone": "off"}
        questions: list[Question] = []
        for entry in _entries(definition):
            question = _read_question(entry, needs)
            questions += [question] if question else []
        return Form(questions, Needs(needs["resume"], needs["phone"], letter="off"))

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """Answers by path as JSON in a multipart form, each file as a part that its answer names."""
        checked = checking.check_kit(kit, self.capabilities)
        answers: list[dict[str, Any]] = [
            {"path": "_systemfield_name", "value": kit.name},
            {"path": "_systemfield_email", "value": kit.email},
        ]
        files: list[Part] = []
        given: list[tuple[str, checking.Value]] = []
        if checked.phone:
            given.append(("_systemfield_phone", checked.phone))
        if checked.resume is not None:
            given.append(("_systemfield_resume", checked.resume))
        given += [(question.id, value) for question, value in checked.questions()]
        for path, value in given:
            if isinstance(value, FileContents):
                files.append((f"file_{len(files) + 1}", value))
                answers.append({"path": path, "value": files[-1][0]})
            else:
                answers.append({"path": path, "value": _plain(value)})
        form = json.dumps({"fieldSubmissions": answers}, ensure_ascii=False)
        parts: list[Part] = [("jobPostingId", destination.posting), ("applicationForm", form), *files]
        url = f"{reading.root_of(destination)}/applicationForm.submit"
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
        """200 says nothing; success does."""
        return receipts.classify(answer, keyed=keyed, at=at, strict=True, receipt=_read_receipt)

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Nobody can be asked."""
        return None


def _entries(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The fields of a form, in sections or (older forms) without."""
    yield from reading.as_list(definition.get("fields"))
    for section in reading.as_list(definition.get("sections")):
        yield from reading.as_list(section.get("fields"))


def _read_question(entry: dict[str, Any], needs: dict[str, Need]) -> Question | None:
    field = reading.as_object(entry.get("field"))
    required = bool(entry.get("isRequired"))
    path = reading.as_value(field.get("path"))
    if path in _STANDING:
        if need := _STANDING[path]:
            needs[need] = "required" if required else "optional"
        return None
    kind = _KINDS.get(str(field.get("type")))
    if kind is None:
        if required:
            raise FormUnreadable("unknown_question")
        return None
    options = tuple(
        (reading.as_value(each.get("value")), reading.as_text(each.get("label")))
        for each in reading.as_list(field.get("selectableValues"))
        if not each.get("isArchived")
    )
    label = field.get("humanReadablePath") or field.get("title")
    return Question(path, reading.as_text(label), kind, required, options)


def _plain(value: str | bool | Decimal | list[str]) -> str | bool | int | float | list[str]:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _read_receipt(body: Any) -> Receipt:
    if not isinstance(body, dict) or not isinstance(body.get("success"), bool):
        return Receipt(None)
    results = body.get("results")
    form = results.get("submittedFormInstance") if isinstance(results, dict) else None
    return Receipt(body["success"], reference(form.get("id")) if isinstance(form, dict) else "")
