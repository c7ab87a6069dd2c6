"""Recruitee's Careers Site API: open to everybody, checks what is required (feeds.md b.1, b.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

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
    PostingGone,
)
from autoapply.destination import Destination
from autoapply.outcomes import Outcome, Receipt, plain_receipt, reference
from autoapply.questions import Kind, Question
from matching.guarded_http import Answer, Request

_KINDS: dict[str, Kind] = {
    "string": "text",
    "text": "long_text",
    "single_choice": "one_of",
    "multi_choice": "many_of",
    "date": "date",
    "salary": "text",
    "number": "number",
    "file": "file",
    "boolean": "yes_no",
    "legal": "yes_no",
}
_NEEDS: dict[str, Need] = {"required": "required", "optional": "optional", "off": "off"}


class Recruitee:
    """GET /api/offers/{slug}, POST …/candidates."""

    name = "recruitee"
    capabilities = Capabilities(
        sends=True,
        min_interval_ms=500,
        file_types=("pdf", "doc", "docx", "rtf", "txt", "jpg", "jpeg", "png"),
    )

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """Read the offer's open questions and which of phone, résumé and letter it wants."""
        answer = reading.as_object(reading.fetch_json("GET", _offer_url(destination)))
        offer = reading.as_object(answer.get("offer", answer))
        if "slug" not in offer and "id" not in offer:
            raise FormUnreadable("not_a_form")
        if any(field.get("required") for field in reading.as_list(offer.get("dynamic_fields"))):
            raise FormUnreadable("unknown_question")
        needs = Needs(
            resume=_need(offer, "cv", "required"),
            phone=_need(offer, "phone", "required"),
            letter=_need(offer, "cover_letter", "optional"),
        )
        rows = reading.as_list(offer.get("open_questions"))
        asked = [(each, _read_question(each)) for each in rows]
        questions = [question for _each, question in asked if question is not None]
        longest = {question.id: limit for each, question in asked if question and (limit := _length(each))}
        status = offer.get("status", "published")
        if status in ("closed", "archived"):
            raise PostingGone
        return Form(questions, needs, closed=status != "published", longest=longest)

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """A multipart form in the vendor's names."""
        checked = checking.check_kit(kit, self.capabilities)
        parts: list[Part] = [("candidate[name]", kit.name), ("candidate[email]", kit.email)]
        if checked.phone:
            parts.append(("candidate[phone]", checked.phone))
        if checked.resume is not None:
            parts.append(("candidate[cv]", checked.resume))
        if checked.letter:
            parts.append(("candidate[cover_letter]", checked.letter))
        for question, value in checked.questions():
            parts += _answer(question, value)
        url = f"{_offer_url(destination)}/candidates"
        content_type, body = write_multipart(parts, idempotency_key=idempotency_key)
        headers = {
            "Content-Type": content_type,
            "Accept": "application/json",
            "Idempotency-Key": str(idempotency_key),
        }
        return Outgoing(self.name, url, Request("POST", url, headers, body), checking.show(checked))

    def classify(self, answer: Answer, *, keyed: bool = False, at: datetime | None = None) -> Outcome:
        """201 with the candidate, 422 with the fields at fault."""
        return receipts.classify(answer, keyed=False, at=at, receipt=_read_receipt)

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Nobody can be asked."""
        return None


def _offer_url(destination: Destination) -> str:
    return f"{reading.root_of(destination)}/api/offers/{reading.step(destination.posting)}"


def _need(offer: dict[str, Any], name: str, otherwise: Need) -> Need:
    return _NEEDS.get(str(offer.get(f"options_{name}")), otherwise)


def _read_question(each: dict[str, Any]) -> Question | None:
    kind = _KINDS.get(str(each.get("kind")))
    required = bool(each.get("required"))
    if kind is None:
        if required:
            raise FormUnreadable("unknown_question")
        return None
    number = reading.as_value(each.get("id"))
    label = reading.as_text(each.get("body"))
    legal = each.get("kind") == "legal"
    # A choice is sent by its words, not by its number.
    options = tuple(
        (reading.as_value(option.get("body")), reading.as_text(option.get("body")))
        for option in reading.as_list(each.get("open_question_options"))
    )
    return Question(
        f"{CONSENT}{number}" if legal and required else number,
        label,
        kind,
        required,
        options if kind in ("one_of", "many_of") else (),
        "legal" if legal else "other",
    )


def _length(each: dict[str, Any]) -> int | None:
    options = each.get("options")
    length = options.get("length") if isinstance(options, dict) else None
    return length if isinstance(length, int) and length > 0 else None


def _answer(question: Question, value: checking.Value) -> list[Part]:
    # The number comes first: where it comes again, a reader of `[]` begins the next answer.
    name = "candidate[open_question_answers_attributes][]"
    parts: list[Part] = [(f"{name}[open_question_id]", question.id.removeprefix(CONSENT))]
    if isinstance(value, bool):
        parts.append((f"{name}[flag]", "true" if value else "false"))
    elif isinstance(value, list):
        parts += [(f"{name}[multi_content][]", each) for each in value]
    elif isinstance(value, FileContents):
        parts.append((f"{name}[file]", value))
    else:
        text = value if isinstance(value, str) else checking.number_text(value)
        parts.append((f"{name}[content]", text))
    return parts


def _read_receipt(body: Any) -> Receipt:
    candidate = body.get("candidate") if isinstance(body, dict) else None
    if isinstance(candidate, dict):
        return Receipt(True, reference(candidate.get("id")))
    return plain_receipt(body)
