"""SmartRecruiters' Application API: questions in a configuration, files in base64, a status that can be asked (feeds.md b.3)."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from autoapply.capabilities import Capabilities
from autoapply.channels import checking, reading, receipts
from autoapply.channels.protocol import (
    CONSENT,
    AddressRefused,
    FileContents,
    Form,
    FormUnreadable,
    KitContents,
    Needs,
    Outgoing,
    PostingGone,
)
from autoapply.destination import Destination
from autoapply.outcomes import Outcome, Receipt, plain_receipt, reference
from autoapply.questions import Kind, Question
from matching.guarded_http import Answer, Request

_KINDS: dict[str, Kind] = {
    "INPUT_TEXT": "text",
    "TEXTAREA": "long_text",
    "RADIO": "one_of",
    "SINGLE_SELECT": "one_of",
    "MULTI_SELECT": "many_of",
}
_SAYS_ONLY = "INFORMATION"
_CONSENT = f"{CONSENT}privacy"
_PUBLIC_NUMBER = re.compile(r"[0-9]+")


class SmartRecruiters:
    """GET /postings/{uuid}/configuration, POST …/candidates, GET …/candidates/{id}/status."""

    name = "smartrecruiters"
    capabilities = Capabilities(
        sends=True,
        needs_key=True,
        can_ask=True,
        min_interval_ms=500,
        requests=10,
        window_seconds=1,
        max_file_bytes=2 * 1024 * 1024,
        file_types=("pdf", "doc", "docx", "rtf", "jpg", "jpeg", "png"),
    )

    def read_form(self, destination: Destination, *, key: str | None = None) -> Form:
        """Read the screening questions; the form keeps the posting's UUID, which its address does not have."""
        if not key:
            raise FormUnreadable("no_key")
        posting = _find_posting(destination)
        url = f"{_posting_url(destination, posting)}/configuration"
        configuration = reading.as_object(
            reading.fetch_json("GET", url, headers={"X-SmartToken": key}, keyed=True)
        )
        if "questions" not in configuration:
            raise FormUnreadable("not_a_form")
        questions = [
            question
            for each in reading.as_list(configuration["questions"])
            for question in _read_questions(each)
        ]
        if reading.as_list(configuration.get("privacyPolicies")):
            label = _("I have read the employer's privacy policy and agree that my data is processed.")
            questions.append(Question(_CONSENT, label, "yes_no", True, (), "legal"))
        needs = Needs(resume="required", phone="optional", letter="optional", location="off")
        return Form(questions, needs, posting=posting)

    def write(
        self, destination: Destination, kit: KitContents, *, key: str | None, idempotency_key: UUID
    ) -> Outgoing:
        """JSON with the résumé in base64."""
        checked = checking.check_kit(kit, self.capabilities, split_name=True)
        candidate: dict[str, Any] = {
            "firstName": checked.first_name,
            "lastName": checked.last_name,
            "email": kit.email,
        }
        if checked.phone:
            candidate["phoneNumber"] = checked.phone
        links = {
            name.lower(): (name, url) for name, url in kit.links if name.lower() in ("linkedin", "website")
        }
        if links:
            candidate["web"] = {kind: url for kind, (_name, url) in sorted(links.items())}
        if checked.resume is not None:
            candidate["resume"] = {
                "fileName": checking.plain_name(checked.resume.name),
                "mimeType": checked.resume.media_type,
                "fileContent": b64encode(checked.resume.content).decode(),
            }
        if checked.letter:
            candidate["messageToHiringManager"] = checked.letter
        if answers := _answers(checked):
            candidate["answers"] = answers
        if checked.answers.get(_CONSENT):
            candidate["consentDecisions"] = {"SINGLE": True}
        posting = kit.form.posting or destination.posting
        if _PUBLIC_NUMBER.fullmatch(posting):
            raise AddressRefused
        url = f"{_posting_url(destination, posting)}/candidates"
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": str(idempotency_key),
            **({"X-SmartToken": key} if key else {}),
        }
        body = json.dumps(candidate, ensure_ascii=False).encode("utf-8", "replace")
        shown = [*checking.show(checked), *(links[kind] for kind in sorted(links))]
        return Outgoing(self.name, url, Request("POST", url, headers, body), shown, keyed=bool(key))

    def classify(self, answer: Answer, *, keyed: bool = True, at: datetime | None = None) -> Outcome:
        """The candidate's number, under which the status can be asked."""
        return receipts.classify(answer, keyed=keyed, at=at, receipt=_read_receipt)

    def ask(self, destination: Destination, ref: str, *, key: str | None = None) -> bool | None:
        """Ask for the status of a candidate; without a number, a key or a clear answer nobody can say."""
        if not ref or not key:
            return None
        try:
            url = f"{_posting_url(destination, _find_posting(destination))}/candidates/{reading.step(ref)}/status"
        except (PostingGone, FormUnreadable):
            return None
        try:
            answer = reading.fetch_json("GET", url, headers={"X-SmartToken": key}, keyed=True)
        except PostingGone:
            return False
        except FormUnreadable:
            return None
        return True if isinstance(answer, dict) and answer.get("status") else None


def _find_posting(destination: Destination) -> str:
    """The UUID of a posting: out of its address, or asked for by the number that stands there."""
    if not _PUBLIC_NUMBER.fullmatch(destination.posting):
        return destination.posting
    company, number = reading.step(destination.board), reading.step(destination.posting)
    url = f"{reading.root_of(destination)}/v1/companies/{company}/postings/{number}"
    detail = reading.as_object(reading.fetch_json("GET", url))
    if detail.get("active") is False:
        raise PostingGone
    return reading.as_value(detail.get("uuid"))


def _posting_url(destination: Destination, posting: str) -> str:
    return f"{reading.root_of(destination)}/postings/{reading.step(posting)}"


def _read_questions(each: dict[str, Any]) -> Iterator[Question]:
    """One question for each field of it; its id is that of the question, a slash, and that of the field."""
    number = reading.as_value(each.get("id"))
    fields = reading.as_list(each.get("fields"))
    for field in fields:
        kind = str(field.get("type"))
        required = bool(field.get("required"))
        if kind == _SAYS_ONLY:
            continue
        values = tuple(
            (reading.as_value(value.get("id")), reading.as_text(value.get("label")))
            for value in reading.as_list(field.get("values"))
        )
        label = reading.as_text(each.get("label") if len(fields) == 1 else field.get("label"))
        name = f"{number}/{reading.as_value(field.get('id'))}"
        if kind == "CHECKBOX" and len(values) == 1:
            yield Question(f"{CONSENT}{name}" if required else name, label, "yes_no", required, values)
        elif kind == "CHECKBOX" and values:
            yield Question(name, label, "many_of", required, values)
        elif kind in _KINDS:
            yield Question(name, label, _KINDS[kind], required, values)
        elif required:
            raise FormUnreadable("unknown_question")


def _answers(checked: checking.Checked) -> list[dict[str, Any]]:
    """The answers by question and field: a list of values each, of choices their ids."""
    fields: dict[str, dict[str, list[str]]] = {}
    for question, value in checked.questions():
        if question.id == _CONSENT or value is False or isinstance(value, FileContents):
            continue
        number, _slash, field = question.id.removeprefix(CONSENT).partition("/")
        if isinstance(value, bool):
            values = [question.options[0][0]]
        elif isinstance(value, list):
            values = value
        else:
            values = [value if isinstance(value, str) else checking.number_text(value)]
        fields.setdefault(number, {})[field] = values
    return [{"id": number, "records": [{"fields": given}]} for number, given in fields.items()]


def _read_receipt(body: Any) -> Receipt:
    if isinstance(body, dict) and (number := reference(body.get("id"))):
        return Receipt(True, number)
    return plain_receipt(body)
