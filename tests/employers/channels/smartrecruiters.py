"""SmartRecruiters' Application API: questions in the configuration, files in base64, a status that can be asked."""

from __future__ import annotations

import uuid
from typing import Any

from tests.employers.channel import Application, Channel, Errand, House, Limit, Refused
from tests.employers.forms import FormFile, decoded, flatten, is_email, is_text, read_json
from tests.employers.wire import Request, Response

LARGEST_FILE = 2 * 1024 * 1024  # bytes, decoded
_FILES = ("pdf", "doc", "docx", "rtf", "jpg", "jpeg", "png")


def _question(number: int, kind: str, label: str, *values: str, required: bool = True) -> dict[str, Any]:
    field = {
        "id": f"field-{number}",
        "label": label,
        "type": kind,
        "required": required,
        "values": [{"id": f"value-{number}-{nth}", "label": value} for nth, value in enumerate(values)],
    }
    return {"id": f"question-{number}", "label": label, "repeatable": False, "fields": [field]}


def questions(form: Any) -> list[dict[str, Any]]:
    """The screening questions of a form."""
    if form == "none":
        return []
    if form == "unseen":
        return [_question(1, "WHITEBOARD", "Draw your career")]
    if isinstance(form, list):
        return form
    return [
        _question(1, "INPUT_TEXT", "Where do you live?"),
        _question(2, "TEXTAREA", "Why us?"),
        _question(3, "RADIO", "May you work in Poland?", "Yes", "No"),
        _question(4, "SINGLE_SELECT", "Which office?", "Krakow", "Remote"),
        _question(5, "MULTI_SELECT", "Which languages?", "Python", "Scala"),
        _question(6, "CHECKBOX", "I have read how my data is used", "I have"),
        _question(7, "INPUT_TEXT", "Anything else?", required=False),
    ]


def uuid_of(number: str) -> str:
    """The UUID under which the posting with this public number takes applications."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, number))


class SmartRecruiters(Channel):
    """`/v1/postings/{uuid}/configuration`, `POST …/candidates`, `…/candidates/{id}/status`.

    Open to everybody, `/v1/companies/{company}/postings/{number}` tells the UUID.
    `/v1` may be left out, and `companies/{company}` may stand before `postings`: the vendor's guides have all of these.
    """

    name = "smartrecruiters"
    limit = Limit(10, 1.0)

    def errand(self, request: Request) -> Errand | None:
        match request.method, request.path:
            case "GET", ("v1", "companies", company, "postings", number) if number:
                return Errand("form", number, company, reference="detail")
        path = request.path[1:] if request.path[:1] == ("v1",) else request.path
        if path[:1] == ("companies",):
            path = path[2:]
        match request.method, path:
            case "GET", ("postings", uuid, "configuration") if uuid:
                return Errand("form", uuid)
            case "POST", ("postings", uuid, "candidates") if uuid:
                return Errand("submit", uuid)
            case "GET", ("postings", uuid, "candidates", candidate, "status") if uuid:
                return Errand("status", uuid, reference=candidate)
        return None

    def limited_by(self, errand: Errand, request: Request) -> str:
        return request.headers.get("x-smarttoken", "")

    def show(self, errand: Errand, request: Request, house: House) -> Response:
        if errand.reference == "detail":
            return self._detail(errand)
        self._check_key(request, house)
        if errand.kind == "status":
            if house.references.get(errand.reference) != f"{self.name}/{errand.posting}":
                raise Refused(self.refusal(404, "Candidate not found"), "candidate")
            return Response.json(200, {"status": "NEW"})
        form = house.form(errand.posting or "")
        configuration = {
            "questions": questions(form),
            "settings": {"avatarUploadAvailable": False},
            "privacyPolicies": [{"url": "https://employers.test/privacy", "orgName": "Employers"}]
            if form == "every"
            else [],
        }
        return Response.json(200, configuration)

    def read(self, errand: Errand, request: Request, house: House) -> Application:
        self._check_key(request, house)
        if request.content_type != "application/json":
            raise Refused(self.refusal(415, "Unsupported media type"), "Content-Type")
        given = read_json(request)
        wrong = [name for name in ("firstName", "lastName") if not is_text(given.get(name))]
        if not is_email(given.get("email")):
            wrong.append("email")
        files = _files(given)
        for file in files:
            if len(file.data) > LARGEST_FILE:
                wrong.append(f"{file.filename} is larger than 2 MB")
            elif not file.is_one_of(*_FILES):
                wrong.append(f"{file.filename} is of no known type")
        form = house.form(errand.posting or "")
        wrong += _answer_faults(given.get("answers", []), questions(form))
        if form == "every" and not (given.get("consent") is True or given.get("consentDecisions")):
            wrong.append("consent")
        if wrong:
            errors = [{"code": "INVALID_INPUT", "message": each} for each in wrong]
            raise Refused(Response.json(400, {"message": "Bad request", "errors": errors}), *wrong)
        text = {name: value for name, value in given.items() if name not in {"resume", "attachments"}}
        missing = () if files else ("resume",)
        return Application(given["email"], flatten(text), tuple(files), missing)

    def taken(self, errand: Errand, application: Application, reference: str) -> Response:
        created = {
            "id": reference,
            "createdOn": "2026-11-26T09:00:00.000Z",
            "candidatePortalUrl": f"https://my.employers.test/{reference}",
        }
        return Response.json(201, created)

    def refusal(self, status: int, reason: str) -> Response:
        return Response.json(status, {"message": reason, "errors": [{"code": "REFUSED", "message": reason}]})

    def _detail(self, errand: Errand) -> Response:
        number = errand.posting or ""
        page = f"https://jobs.employers.test/{errand.company}/{number}"
        return Response.json(
            200,
            {
                "id": number,
                "uuid": uuid_of(number),
                "name": "Data scientist",
                "active": True,
                "company": {"identifier": errand.company, "name": "Employers"},
                "releasedDate": "2026-11-02T09:00:00.000Z",
                "location": {"city": "Krakow", "country": "pl", "remote": False},
                "postingUrl": page,
                "applyUrl": f"{page}?oga=true",
                "jobAd": {"sections": {"jobDescription": {"title": "Job", "text": "<p>Count.</p>"}}},
            },
        )

    def _check_key(self, request: Request, house: House) -> None:
        if not house.is_key(self.name, request.headers.get("x-smarttoken")):
            raise Refused(self.refusal(401, "Unauthorized"), "key")


def _files(given: dict[str, Any]) -> list[FormFile]:
    attachments = given.get("attachments")
    named = [*(attachments if isinstance(attachments, list) else []), given.get("resume")]
    return [
        decoded(each.get("fileName"), each.get("fileContent"), each.get("mimeType"))
        for each in named
        if isinstance(each, dict)
    ]


def _answer_faults(answers: Any, asked: list[dict[str, Any]]) -> list[str]:
    known = {question["id"]: question for question in asked}
    given: dict[str, dict[str, list[str]]] = {}
    wrong = []
    for answer in answers if isinstance(answers, list) else [answers]:
        number = answer.get("id") if isinstance(answer, dict) else None
        if number not in known:
            wrong.append(f"{number}: no such question")
        else:
            given[number] = _values(answer)
    for number, question in known.items():
        for field in question["fields"]:
            values = given.get(number, {}).get(field["id"], [])
            allowed = {value["id"] for value in field["values"]}
            if field["required"] and not any(values):
                wrong.append(f"{number}: an answer is required")
            elif allowed and not set(values) <= allowed:
                wrong.append(f"{number}: no such value")
            elif len(values) > 1 and field["type"] != "MULTI_SELECT":
                wrong.append(f"{number}: one answer only")
    return wrong


def _values(answer: dict[str, Any]) -> dict[str, list[str]]:
    """The values by field: `{"records": [{"fields": …}]}`, fields by id with a list, or as a list of objects."""
    found: dict[str, list[str]] = {}
    for record in answer.get("records") or []:
        fields = record.get("fields") if isinstance(record, dict) else None
        if isinstance(fields, dict):
            pairs = list(fields.items())
        else:
            pairs = [(each.get("id"), each.get("values")) for each in fields or [] if isinstance(each, dict)]
        for name, values in pairs:
            for value in values if isinstance(values, list) else [values]:
                text = value.get("id") or value.get("label") if isinstance(value, dict) else value
                found.setdefault(str(name), []).append(str(text or ""))
    return found
