"""Ashby's API: everything is POST, a failure is HTTP 200 with success false, files are named by their part."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from tests.employers.channel import Application, Channel, Errand, House, Refused
from tests.employers.forms import FormFile, NotAFormError, flatten, is_email, is_text, read_json, read_pairs
from tests.employers.wire import Request, Response

_FILES = ("pdf", "doc", "docx", "rtf", "txt")


def _entry(path: str, kind: str, title: str, *values: str, required: bool = True) -> dict[str, Any]:
    field: dict[str, Any] = {
        "id": f"id-of-{path}",
        "type": kind,
        "path": path,
        "humanReadablePath": title,
        "title": title,
        "isNullable": not required,
        "isPrivate": False,
        "isDeactivated": False,
    }
    if values:
        field["selectableValues"] = [
            {"label": value, "value": value, "isArchived": False} for value in values
        ]
    return {"isRequired": required, "descriptionHtml": None, "descriptionPlain": None, "field": field}


def entries(form: Any) -> list[dict[str, Any]]:
    """The fields of a form, in order."""
    if isinstance(form, list):
        return form
    always = [
        _entry("_systemfield_name", "String", "Name"),
        _entry("_systemfield_email", "Email", "Email"),
        _entry("_systemfield_resume", "File", "Resume"),
        _entry("_systemfield_phone", "Phone", "Phone", required=form == "every"),
    ]
    if form == "unseen":
        return [*always, _entry("f0e1-hologram", "Hologram", "Project yourself")]
    if form == "none":
        return always
    return [
        *always,
        _entry("f0e1-string", "String", "Where do you live?"),
        _entry("f0e1-long-text", "LongText", "Why us?"),
        _entry("f0e1-boolean", "Boolean", "May you work in Canada?"),
        _entry("f0e1-number", "Number", "Years of experience"),
        _entry("f0e1-date", "Date", "When can you start?"),
        _entry("f0e1-choice", "ValueSelect", "Which office?", "Toronto", "Remote"),
        _entry("f0e1-choices", "MultiValueSelect", "Which languages?", "Python", "TypeScript", "Rust"),
        _entry("f0e1-link", "SocialLink", "A page of yours"),
        _entry("f0e1-file", "File", "A sample of your work"),
        _entry("f0e1-more", "LongText", "Anything else?", required=False),
    ]


def definition(form: Any) -> dict[str, Any]:
    """A form as jobPosting.info describes it."""
    return {"sections": [{"title": None, "descriptionHtml": None, "fields": entries(form)}]}


class Ashby(Channel):
    """`POST /jobPosting.info` (JSON) and `POST /applicationForm.submit` (multipart)."""

    name = "ashby"

    def errand(self, request: Request) -> Errand | None:
        match request.method, request.path:
            case "POST", ("jobPosting.info",):
                return Errand("form", None)
            case "POST", ("applicationForm.submit",):
                return Errand("submit", None)
        return None

    def identify(self, errand: Errand, request: Request) -> Errand:
        posting = self._body(errand, request).get("jobPostingId")
        if not is_text(posting):
            raise Refused(self._failed("invalid_input", "jobPostingId is required"), "jobPostingId")
        return Errand(errand.kind, str(posting))

    def show(self, errand: Errand, request: Request, house: House) -> Response:
        self._check_key(request, house)
        page = f"https://jobs.employers.test/board/{errand.posting}"
        results = {
            "id": errand.posting,
            "title": "Product engineer",
            "descriptionPlain": "Build it.",
            "descriptionHtml": "<p>Build it.</p>",
            "departmentName": "Engineering",
            "teamName": "Product",
            "locationName": "Toronto",
            "employmentType": "FullTime",
            "isListed": True,
            "isRemote": False,
            "workplaceType": "Hybrid",
            "publishedDate": "2026-11-02",
            "applicationDeadline": None,
            "externalLink": page,
            "applyUrl": f"{page}/application",
            "applicationFormDefinition": definition(house.form(errand.posting or "")),
            "surveyFormDefinitions": [],
        }
        return Response.json(200, {"success": True, "results": results})

    def read(self, errand: Errand, request: Request, house: House) -> Application:
        self._check_key(request, house)
        body = self._body(errand, request)
        form = _form_of(body)
        asked = {entry["field"]["path"]: entry for entry in entries(house.form(errand.posting or ""))}
        given: dict[str, Any] = {}
        wrong = []
        for answer in form:
            path = answer.get("path") if isinstance(answer, dict) else None
            if path not in asked or path in given:
                wrong.append(f"{path}: no such field")
                continue
            value = answer.get("value")
            if asked[path]["field"]["type"] == "File":
                value = body.get(value) if isinstance(value, str) else None
            given[path] = value
        for path, entry in asked.items():
            if fault := _fault(given.get(path), entry):
                wrong.append(f"{path}: {fault}")
        if wrong:
            raise Refused(self._failed("invalid_input", "; ".join(wrong)), *wrong)
        files = tuple(value for value in given.values() if isinstance(value, FormFile))
        return Application(given["_systemfield_email"], flatten(given), files)

    def taken(self, errand: Errand, application: Application, reference: str) -> Response:
        results = {
            "submittedFormInstance": {
                "id": reference,
                "formDefinition": {},
                "submittedValues": dict(application.fields),
            },
            "formMessages": {"blockMessageForCandidateHtml": None},
        }
        return Response.json(200, {"success": True, "results": results})

    def refusal(self, status: int, reason: str) -> Response:
        return Response.json(status, {"success": False, "errors": [reason]})

    def already(self) -> Response:
        return self._failed("application_already_exists", "Candidate has already applied for this job")

    def not_found(self) -> Response:
        return self._failed("job_posting_not_found", "Job posting not found")

    def _failed(self, code: str, message: str) -> Response:
        info = {"code": code, "message": message, "requestId": "00000000-0000-4000-8000-000000000000"}
        return Response.json(200, {"success": False, "errors": [code], "errorInfo": info})

    def _check_key(self, request: Request, house: House) -> None:
        user = request.basic()
        if user is None or user[1] or not house.is_key(self.name, user[0]):
            raise Refused(Response(401, b"Unauthorized", {"Content-Type": "text/plain"}), "key")

    def _body(self, errand: Errand, request: Request) -> dict[str, Any]:
        try:
            if request.content_type == "application/json":
                return read_json(request)
            if errand.kind == "submit" and request.content_type == "multipart/form-data":
                return dict(read_pairs(request))
        except NotAFormError as fault:
            raise Refused(self._failed("invalid_input", str(fault)), str(fault)) from None
        raise Refused(self._failed("invalid_input", "wrong Content-Type"), "Content-Type")


def _form_of(body: dict[str, Any]) -> list[Any]:
    form = body.get("applicationForm")
    try:
        parsed = json.loads(form) if isinstance(form, str) else form
    except ValueError:
        raise NotAFormError("applicationForm is not JSON") from None
    answers = parsed.get("fieldSubmissions") if isinstance(parsed, dict) else None
    if not isinstance(answers, list):
        raise NotAFormError("applicationForm holds no fieldSubmissions")
    return answers


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


_RIGHT = {
    "String": is_text,
    "LongText": is_text,
    "Phone": is_text,
    "Email": is_email,
    "SocialLink": lambda value: isinstance(value, str) and re.match(r"https?://", value) is not None,
    "Boolean": lambda value: isinstance(value, bool),
    "Number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Date": lambda value: isinstance(value, str) and _is_date(value),
    "File": lambda value: isinstance(value, FormFile) and bool(value.data) and value.is_one_of(*_FILES),
    "MultiValueSelect": lambda value: isinstance(value, list) and bool(value),
}


def _fault(value: Any, entry: dict[str, Any]) -> str | None:
    if value in (None, "", []):
        return "is required" if entry["isRequired"] else None
    field = entry["field"]
    right = _RIGHT.get(field["type"], is_text)
    if not right(value):
        return f"is no {field['type']}"
    allowed = [option["value"] for option in field.get("selectableValues", [])]
    chosen = value if isinstance(value, list) else [value]
    return "is not one of the values" if allowed and not all(each in allowed for each in chosen) else None
