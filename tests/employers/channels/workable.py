"""Workable's official API: a bearer token of the employer's, ten requests in ten seconds, candidates under a job."""

from __future__ import annotations

from typing import Any

from tests.employers.channel import Application, Channel, Errand, House, Limit, Refused
from tests.employers.forms import FormFile, decoded, flatten, is_email, is_text, read_json
from tests.employers.wire import Request, Response

_FILES = ("pdf", "doc", "docx", "rtf")
# Under which name an answer to each kind of question stands.
_ANSWERED_BY = {
    "free_text": "body",
    "short_text": "body",
    "boolean": "checked",
    "multiple_choice": "choices",
    "dropdown": "choices",
    "numeric": "number",
    "date": "date",
    "file": "file",
}


def _question(number: int, kind: str, body: str, *choices: str, required: bool = True) -> dict[str, Any]:
    question: dict[str, Any] = {
        "id": f"q{number:05x}",
        "body": body,
        "type": kind,
        "required": required,
    }
    if choices:
        question["single_answer"] = kind == "dropdown"
        question["choices"] = [
            {"id": f"c{number:02x}{nth:03x}", "body": choice} for nth, choice in enumerate(choices)
        ]
    if kind == "file":
        question |= {"supported_file_types": list(_FILES), "max_file_size": 12_582_912}
    return question


def questions(form: Any) -> list[dict[str, Any]]:
    """The questions of a form."""
    if form == "none":
        return []
    if form == "unseen":
        return [_question(1, "sketch", "Draw the system")]
    if isinstance(form, list):
        return form
    return [
        _question(1, "short_text", "Where do you live?"),
        _question(2, "free_text", "Why us?"),
        _question(3, "boolean", "May you work in Greece?"),
        _question(4, "multiple_choice", "Which languages?", "Python", "Ruby", "Go"),
        _question(5, "dropdown", "Which office?", "Athens", "Remote"),
        _question(6, "numeric", "Years of experience"),
        _question(7, "date", "When can you start?"),
        _question(8, "file", "A sample of your work"),
        _question(9, "free_text", "Anything else?", required=False),
    ]


class Workable(Channel):
    """`/{account}/spi/v3/jobs/{shortcode}/questions` and `POST …/candidates`."""

    name = "workable"
    limit = Limit(10, 10.0)

    def errand(self, request: Request) -> Errand | None:
        match request.method, request.path:
            case "GET", (account, "spi", "v3", "jobs", shortcode, "questions") if shortcode:
                return Errand("form", shortcode, account)
            case "POST", (account, "spi", "v3", "jobs", shortcode, "candidates") if shortcode:
                return Errand("submit", shortcode, account)
        return None

    def show(self, errand: Errand, request: Request, house: House) -> Response:
        self._check_key(request, house)
        return Response.json(200, {"questions": questions(house.form(errand.posting or ""))})

    def read(self, errand: Errand, request: Request, house: House) -> Application:
        self._check_key(request, house)
        if request.content_type != "application/json":
            raise Refused(self.refusal(415, "Unsupported media type"), "Content-Type")
        body = read_json(request)
        candidate = body.get("candidate")
        if not isinstance(candidate, dict):
            raise Refused(self.refusal(422, "candidate is missing"), "candidate")
        wrong = [name for name in ("firstname", "lastname") if not is_text(candidate.get(name))]
        if is_text(candidate.get("name")):
            wrong = []
        if not is_email(candidate.get("email")):
            wrong.append("email")
        if not isinstance(body.get("sourced", True), bool):
            wrong.append("sourced")
        files: list[FormFile] = []
        if isinstance(resume := candidate.get("resume"), dict):
            files.append(decoded(resume.get("name"), resume.get("data")))
        missing = [] if files or is_text(candidate.get("resume_url")) else ["resume"]
        faults, missing_answers = _check_answers(
            candidate.get("answers", []), questions(house.form(errand.posting or "")), files
        )
        wrong += faults
        wrong += [f"{file.filename} is of no known type" for file in files if not file.is_one_of(*_FILES)]
        if wrong:
            raise Refused(
                Response.json(422, {"error": "Validation failed", "validation_errors": wrong}), *wrong
            )
        text = {name: value for name, value in candidate.items() if name != "resume"}
        return Application(candidate["email"], flatten(text), tuple(files), tuple(missing + missing_answers))

    def taken(self, errand: Errand, application: Application, reference: str) -> Response:
        fields = application.fields
        name = fields.get("name") or f"{fields['firstname']} {fields['lastname']}"
        candidate = {
            "id": reference[:6],
            "name": name,
            "email": application.applicant,
            "stage": "Applied",
            "job": {"shortcode": errand.posting, "title": "Backend engineer"},
            "created_at": "2026-11-26T09:00:00Z",
        }
        return Response.json(201, {"status": "created", "candidate": candidate})

    def refusal(self, status: int, reason: str) -> Response:
        return Response.json(status, {"error": reason})

    def _check_key(self, request: Request, house: House) -> None:
        if not house.is_key(self.name, request.bearer()):
            raise Refused(self.refusal(401, "Not authorized"), "key")


def _check_answers(
    answers: Any, asked: list[dict[str, Any]], files: list[FormFile]
) -> tuple[list[str], list[str]]:
    """What is wrong with the answers, and which required ones there are not (this board does not mind those)."""
    known = {question["id"]: question for question in asked}
    given = set()
    wrong = []
    for answer in answers if isinstance(answers, list) else [answers]:
        key = answer.get("question_key") if isinstance(answer, dict) else None
        if key not in known:
            wrong.append(f"{key}: no such question")
            continue
        question = known[key]
        value = answer.get(_ANSWERED_BY.get(question["type"], "body"))
        if value in (None, "", []):
            continue
        if fault := _fault(value, question):
            wrong.append(f"{key}: {fault}")
        if question["type"] == "file" and isinstance(value, dict):
            files.append(decoded(value.get("name"), value.get("data")))
        given.add(key)
    missing = [key for key, question in known.items() if question["required"] and key not in given]
    return wrong, missing


def _fault(value: Any, question: dict[str, Any]) -> str | None:
    kind = question["type"]
    choices = {choice["id"] for choice in question.get("choices", [])}
    if choices:
        if not isinstance(value, list) or not all(each in choices for each in value):
            return "no such choice"
        return "one choice only" if question["single_answer"] and len(value) > 1 else None
    right: dict[str, Any] = {"boolean": bool, "numeric": (int, float, str), "file": dict}
    return None if isinstance(value, right.get(kind, str)) else f"is no {kind}"
