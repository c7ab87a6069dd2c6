"""Greenhouse's Job Board API: takes what lacks required answers, so that lacking them is our fault alone."""

from __future__ import annotations

import re
from typing import Any

from tests.employers.channel import Application, Channel, Errand, House, Refused
from tests.employers.forms import (
    FormFile,
    NotAFormError,
    decoded,
    flatten,
    is_email,
    is_text,
    read_json,
    read_pairs,
)
from tests.employers.wire import Request, Response

_FILES = ("pdf", "doc", "docx", "txt", "rtf")
_URL = re.compile(r"https?://|www\.", re.IGNORECASE)


def _one(name: str, kind: str, label: str, *values: str, required: bool = True) -> dict[str, Any]:
    field = {
        "name": name,
        "type": kind,
        "values": [{"value": place, "label": value} for place, value in enumerate(values)],
    }
    return {"required": required, "label": label, "description": None, "fields": [field]}


def _either(name: str, label: str, *, required: bool) -> dict[str, Any]:
    fields = [
        {"name": name, "type": "input_file", "values": []},
        {"name": f"{name}_text", "type": "textarea", "values": []},
    ]
    return {"required": required, "label": label, "description": None, "fields": fields}


def questions(form: Any) -> list[dict[str, Any]]:
    """The questions of a form, those about the person included."""
    if isinstance(form, list):
        return form
    always = [
        _one("first_name", "input_text", "First Name"),
        _one("last_name", "input_text", "Last Name"),
        _one("email", "input_text", "Email"),
        _one("phone", "input_text", "Phone", required=form == "every"),
        _either("resume", "Resume/CV", required=True),
        _either("cover_letter", "Cover Letter", required=False),
    ]
    if form == "unseen":
        return [*always, _one("question_6100", "input_signature", "Sign here")]
    if form == "none":
        return always
    return [
        *always,
        _one("question_6101", "input_text", "Your profile on the web"),
        _one("question_6102", "textarea", "What have you built?"),
        _one("question_6103", "multi_value_single_select", "May you work in Ireland?", "No", "Yes"),
        _one("question_6104[]", "multi_value_multi_select", "Which languages?", "Python", "SQL", "Go"),
        _one("question_6105", "input_file", "A sample of your work"),
        _one("question_6106", "input_hidden", "Source", required=False),
        _one("question_6107", "input_text", "Anything else?", required=False),
    ]


def detail(posting: str, form: Any) -> dict[str, Any]:
    """What `?questions=true` adds to a job."""
    consent = form == "every"
    return {
        "questions": questions(form),
        "location_questions": [
            _one("location", "input_text", "Location", required=False),
            _one("latitude", "input_hidden", "Latitude", required=False),
            _one("longitude", "input_hidden", "Longitude", required=False),
        ],
        "compliance": None,
        "demographic_questions": None,
        "data_compliance": [
            {
                "type": "gdpr",
                "requires_consent": consent,
                "requires_processing_consent": consent,
                "requires_retention_consent": False,
                "retention_period": None,
                "demographic_data_consent_applies": False,
            }
        ],
    }


class Greenhouse(Channel):
    """`/v1/boards/{token}/jobs/{id}`, GET and POST."""

    name = "greenhouse"

    def errand(self, request: Request) -> Errand | None:
        match request.method, request.path:
            case ("GET" | "POST") as method, ("v1", "boards", board, "jobs", number) if number:
                return Errand("form" if method == "GET" else "submit", number, board)
        return None

    def show(self, errand: Errand, request: Request, house: House) -> Response:
        posting = errand.posting or ""
        job = {
            "id": int(posting) if posting.isdecimal() else posting,
            "internal_job_id": 5100,
            "title": "Platform engineer",
            "updated_at": "2026-11-20T09:00:00-05:00",
            "first_published": "2026-11-01T09:00:00-04:00",
            "requisition_id": "R-51",
            "location": {"name": "Dublin, Ireland"},
            "absolute_url": f"https://job-boards.employers.test/{errand.company}/jobs/{posting}",
            "company_name": "Employers",
            "language": "en",
            "metadata": [],
            "content": "&lt;p&gt;Build what others stand on.&lt;/p&gt;",
            "departments": [],
            "offices": [],
        }
        if request.query.get("questions") == "true":
            job |= detail(posting, house.form(posting))
        return Response.json(200, job)

    def read(self, errand: Errand, request: Request, house: House) -> Application:
        user = request.basic()
        if user is None or user[1] or not house.is_key(self.name, user[0]):
            raise Refused(self.refusal(401, "Invalid Basic Auth credentials"), "key")
        if request.content_type == "application/json":
            given = read_json(request)
        else:
            given = {}
            for name, value in read_pairs(request):
                if name.endswith("[]"):
                    given.setdefault(name.removesuffix("[]"), []).append(value)
                else:
                    given[name] = value
        if wrong := [name for name in ("first_name", "last_name", "email") if not _is_name(given, name)]:
            raise Refused(self.refusal(422, f"Invalid attributes: {','.join(wrong)}"), *wrong)
        files = _files(given)
        if unknown := [file.filename for file in files if not file.is_one_of(*_FILES)]:
            raise Refused(self.refusal(422, "Uploaded resume has an unsupported file type."), *unknown)
        form = house.form(errand.posting or "")
        return Application(given["email"], flatten(given), tuple(files), tuple(_missing(given, form)))

    def taken(self, errand: Errand, application: Application, reference: str) -> Response:
        return Response.json(200, {"success": "Candidate saved successfully"})

    def refusal(self, status: int, reason: str) -> Response:
        return Response.json(status, {"status": status, "error": reason})


def _is_name(given: dict[str, Any], name: str) -> bool:
    value = given.get(name)
    if name == "email":
        return is_email(value)
    return is_text(value) and len(value) <= 255 and not _URL.search(value)


def _files(given: dict[str, Any]) -> list[FormFile]:
    files = [value for value in given.values() if isinstance(value, FormFile)]
    for name, content in given.items():
        if name.endswith("_content"):
            files.append(decoded(given.get(f"{name}_filename"), content))
    return files


def _missing(given: dict[str, Any], form: Any) -> list[str]:
    missing = []
    for question in questions(form):
        names = [field["name"].removesuffix("[]") for field in question["fields"]]
        answered = any(_is_answered(given, name) for name in names)
        if question["required"] and not answered:
            missing.append(names[0])
        for field in question["fields"]:
            allowed = {str(value["value"]) for value in field["values"]}
            value = given.get(field["name"].removesuffix("[]"))
            chosen = value if isinstance(value, list) else [] if value is None or value == "" else [value]
            if allowed and not {str(each) for each in chosen} <= allowed:
                missing.append(f"{names[0]}: no such value")
    if form == "every" and not _consents(given):
        missing.append("data_compliance")
    return missing


def _is_answered(given: dict[str, Any], name: str) -> bool:
    if f"{name}_content" in given or f"{name}_url" in given:
        if not is_text(given.get(f"{name}_content_filename") or given.get(f"{name}_url_filename")):
            raise NotAFormError(f"{name} without a file name")
        return True
    value = given.get(name)
    return isinstance(value, FormFile) or is_text(value) or bool(value) or value == 0


def _consents(given: dict[str, Any]) -> bool:
    inside = given.get("data_compliance")
    said = dict(inside) if isinstance(inside, dict) else {}
    for name in ("gdpr_consent_given", "gdpr_processing_consent_given"):
        said.setdefault(name, given.get(f"data_compliance[{name}]"))
    return any(str(value).lower() in {"true", "1"} for value in said.values())
