"""Recruitee's Careers Site API: open to everybody, checks what is required and answers 422 with the fields."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from tests.employers.channel import Application, Channel, Errand, House, Refused
from tests.employers.forms import FormFile, flatten, is_email, is_text, listed, nest, read_json, read_pairs
from tests.employers.wire import Request, Response

_BY_CONTENT = frozenset({"string", "text", "single_choice", "date", "salary", "number"})
_BY_FLAG = frozenset({"boolean", "legal"})
_OPTIONS = {"single_choice": ("Berlin", "Remote"), "multi_choice": ("English", "German", "Polish")}
_BODIES = {
    "string": "When could you start?",
    "text": "Why this team?",
    "single_choice": "Where would you work?",
    "multi_choice": "Which languages do you speak?",
    "date": "From which day are you free?",
    "salary": "What pay do you expect?",
    "number": "How many years have you written software?",
    "file": "A sample of your work",
    "boolean": "May you work in Germany?",
    "legal": "I have read the privacy notice",
}


def _question(place: int, kind: str, body: str, *, required: bool) -> dict[str, Any]:
    return {
        "id": 7100 + place,
        "kind": kind,
        "position": place,
        "required": required,
        "body": body,
        "options": {"length": 120} if kind == "string" else {},
        "translations": {"en": {"body": body}},
        "open_question_options": [
            {"id": 8100 + 10 * place + nth, "position": nth, "body": option}
            for nth, option in enumerate(_OPTIONS.get(kind, ()), start=1)
        ],
    }


def questions(form: Any) -> list[dict[str, Any]]:
    """The open questions of a form."""
    if form == "none":
        return []
    if form == "every":
        required = [
            _question(place, kind, body, required=True)
            for place, (kind, body) in enumerate(_BODIES.items(), start=1)
        ]
        return [*required, _question(11, "string", "Anything else?", required=False)]
    if form == "unseen":
        return [_question(1, "video", "Introduce yourself in a minute", required=True)]
    return list(form)


def offer(slug: str, house: House) -> dict[str, Any]:
    """An offer as the list and the detail show it."""
    return {
        "id": 990_000 + len(slug),
        "slug": slug,
        "title": "Data engineer",
        "status": "published",
        "description": "<p>Pipelines that people trust.</p>",
        "requirements": "<p>Python and SQL.</p>",
        "careers_url": f"https://careers.employers.test/o/{slug}",
        "careers_apply_url": f"https://careers.employers.test/o/{slug}/c/new",
        "company_name": "Employers",
        "city": "Berlin",
        "country": "Germany",
        "country_code": "DE",
        "location": "Berlin, Germany",
        "locations": [{"city": "Berlin", "country": "Germany", "country_code": "DE"}],
        "remote": False,
        "hybrid": True,
        "on_site": False,
        "department": "Engineering",
        "employment_type_code": "fulltime_permanent",
        "category_code": "internet",
        "tags": [],
        "salary": {"min": "60000", "max": "75000", "currency": "EUR", "period": "year"},
        "created_at": "2026-11-01 09:00:00 UTC",
        "published_at": "2026-11-02 09:00:00 UTC",
        "close_at": None,
        "options_cv": "required",
        "options_phone": "required",
        "options_cover_letter": "optional",
        "options_photo": "off",
        "open_questions": questions(house.form(slug)),
    }


class Recruitee(Channel):
    """`/{company}/api/offers`, `…/{slug}`, `POST …/{slug}/candidates`."""

    name = "recruitee"

    def errand(self, request: Request) -> Errand | None:
        match request.method, request.path:
            case "GET", (company, "api", "offers"):
                return Errand("list", None, company)
            case "GET", (company, "api", "offers", slug) if slug:
                return Errand("form", slug, company)
            case "POST", (company, "api", "offers", slug, "candidates") if slug:
                return Errand("submit", slug, company)
        return None

    def show(self, errand: Errand, request: Request, house: House) -> Response:
        if errand.posting is None:
            open_ones = [slug for slug in house.forms if slug not in house.closed]
            return Response.json(200, {"offers": [offer(slug, house) for slug in open_ones]})
        return Response.json(200, {"offer": offer(errand.posting, house)})

    def read(self, errand: Errand, request: Request, house: House) -> Application:
        if request.content_type == "application/json":
            candidate = read_json(request).get("candidate")
        else:
            candidate = nest(read_pairs(request)).get("candidate")
        if not isinstance(candidate, dict):
            raise Refused(self.refusal(400, "param is missing or the value is empty: candidate"), "candidate")
        wrong = _faults(candidate)
        answers = listed(candidate.get("open_question_answers_attributes"))
        asked = questions(house.form(errand.posting or ""))
        wrong |= _answer_faults(answers, asked)
        if wrong:
            said = [f"{name.replace('_', ' ').capitalize()} {fault}" for name, fault in wrong.items()]
            fields = {name: [fault] for name, fault in wrong.items()}
            raise Refused(Response.json(422, {"error": said, "error_fields": fields}), *wrong)
        files = [candidate.get("cv"), candidate.get("photo"), candidate.get("cover_letter_file")]
        files += [answer.get("file") for answer in answers]
        return Application(
            candidate["email"],
            flatten(candidate),
            tuple(file for file in files if isinstance(file, FormFile)),
        )

    def taken(self, errand: Errand, application: Application, reference: str) -> Response:
        candidate = {
            "id": int(reference[:6], 16),
            "name": application.fields["name"],
            "emails": [application.applicant],
        }
        return Response.json(201, {"candidate": candidate})

    def refusal(self, status: int, reason: str) -> Response:
        return Response.json(status, {"error": [reason]})


def _faults(candidate: dict[str, Any]) -> dict[str, str]:
    wrong = {
        name: "can't be blank" for name in ("name", "email", "phone") if not is_text(candidate.get(name))
    }
    if "email" not in wrong and not is_email(candidate["email"]):
        wrong["email"] = "is invalid"
    cv = candidate.get("cv")
    if isinstance(cv, FormFile):
        if not cv.data or not cv.is_one_of("pdf", "doc", "docx", "rtf", "txt", "jpg", "jpeg", "png"):
            wrong["cv"] = "has an invalid file type"
    elif cv is not None or not is_text(candidate.get("remote_cv_url")):
        wrong["cv"] = "can't be blank"
    return wrong


def _answer_faults(answers: list[Any], asked: list[dict[str, Any]]) -> dict[str, str]:
    by_id = {str(question["id"]): question for question in asked}
    wrong: dict[str, str] = {}
    given = set()
    for answer in answers:
        number = str(answer.get("open_question_id")) if isinstance(answer, dict) else ""
        question = by_id.get(number)
        if question is None or number in given:
            wrong["open_question_answers"] = "is invalid"
            continue
        given.add(number)
        if fault := _fault_of(answer, question):
            wrong[f"open_question_{number}"] = fault
    for number, question in by_id.items():
        if question["required"] and number not in given:
            wrong[f"open_question_{number}"] = "can't be blank"
    return wrong


def _fault_of(answer: dict[str, Any], question: dict[str, Any]) -> str | None:
    kind, required = question["kind"], question["required"]
    options = {option["body"] for option in question["open_question_options"]}
    if kind in _BY_FLAG:
        flag = str(answer.get("flag", "")).lower()
        if flag not in {"true", "false", "1", "0"}:
            return "can't be blank" if required else None
        return "must be accepted" if required and kind == "legal" and flag in {"false", "0"} else None
    if kind == "multi_choice":
        chosen = listed(answer.get("multi_content"))
        if not chosen:
            return "can't be blank" if required else None
        return None if set(chosen) <= options else "is not included in the list"
    if kind == "file":
        file = answer.get("file")
        return None if (isinstance(file, FormFile) and file.data) or not required else "can't be blank"
    if kind not in _BY_CONTENT:
        return "can't be blank" if required else None
    content = answer.get("content")
    if not is_text(content):
        return "can't be blank" if required else None
    return _content_fault(kind, str(content), options, question["options"].get("length"))


def _content_fault(kind: str, content: str, options: set[str], length: int | None) -> str | None:
    if kind == "single_choice" and content not in options:
        return "is not included in the list"
    if kind == "number" and not re.fullmatch(r"-?\d+(\.\d+)?", content):
        return "is not a number"
    if kind == "date":
        try:
            date.fromisoformat(content)
        except ValueError:
            return "is invalid"
    return f"is too long (maximum is {length} characters)" if length and len(content) > length else None
