"""A client as plain as can be, and one right application for every channel."""

from __future__ import annotations

import http.client
import json
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.employers.server import Employers

PDF = b"%PDF-1.4\r\n--boundary-like\r\n\r\n\x00\xff bytes\n%%EOF"
EMAIL = "ada@example.com"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def call(
    method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None, timeout: float = 10
) -> Answer:
    """One request on a connection of its own; redirects are not followed, nothing is tried again."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=timeout)
    try:
        path = target.path + (f"?{target.query}" if target.query else "")
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def settled(employers: Employers, **counts: int) -> bool:
    """Whether the record comes to hold so many of each kind, once the server has read what a client left behind."""
    until = time.monotonic() + 20
    while employers.record.counts() != counts:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def send_json(url: str, value: Any, method: str = "POST", **headers: str) -> Answer:
    """A request with a body of JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return call(method, url, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


def multipart(*parts: tuple[str, str | bytes] | tuple[str, bytes, str]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a form: (name, text) or (name, content, file name)."""
    body = b""
    for name, content, *filename in parts:
        head = f'Content-Disposition: form-data; name="{name}"'
        if filename:
            head += f'; filename="{filename[0]}"\r\nContent-Type: application/pdf'
        data = content if isinstance(content, bytes) else content.encode()
        body += f"--b0undary\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    return body + b"--b0undary--\r\n", {"Content-Type": "multipart/form-data; boundary=b0undary"}


def basic(key: str) -> str:
    """The header of HTTP Basic with a key for user and no password."""
    return "Basic " + b64encode(f"{key}:".encode()).decode()


def apply(employers: Employers, channel: str, posting: str, email: str = EMAIL, key: str = "k-1") -> Answer:
    """Apply as each vendor wants it, with nothing but what every form asks."""
    url, body, headers = application(employers, channel, posting, email)
    return call("POST", url, body, {**headers, "Idempotency-Key": key})


def application(
    employers: Employers, channel: str, posting: str, email: str = EMAIL
) -> tuple[str, bytes, dict[str, str]]:
    """Address, body and headers of that application."""
    root, key = employers.root(channel), employers.key(channel)
    as_json = {"Content-Type": "application/json"}
    match channel:
        case "recruitee":
            body, headers = multipart(
                ("candidate[name]", "Ada Lovelace"),
                ("candidate[email]", email),
                ("candidate[phone]", "+44 20 7946 0000"),
                ("candidate[cv]", PDF, "cv.pdf"),
            )
            return f"{root}/api/offers/{posting}/candidates", body, headers
        case "greenhouse":
            body, headers = multipart(
                ("first_name", "Ada"), ("last_name", "Lovelace"), ("email", email), ("resume", PDF, "cv.pdf")
            )
            return (
                f"{root}/v1/boards/acme/jobs/{posting}",
                body,
                {**headers, "Authorization": basic(key)},
            )
        case "lever":
            body, headers = multipart(
                ("name", "Ada Lovelace"),
                ("email", email),
                ("resume", PDF, "cv.pdf"),
                ("urls[GitHub]", "https://x.test"),
            )
            return f"{root}/v0/postings/acme/{posting}?key={key}", body, headers
        case "ashby":
            form = [
                {"path": "_systemfield_name", "value": "Ada Lovelace"},
                {"path": "_systemfield_email", "value": email},
                {"path": "_systemfield_resume", "value": "resume_1"},
            ]
            body, headers = multipart(
                ("jobPostingId", posting),
                ("applicationForm", json.dumps({"fieldSubmissions": form})),
                ("resume_1", PDF, "cv.pdf"),
            )
            return f"{root}/applicationForm.submit", body, {**headers, "Authorization": basic(key)}
        case "smartrecruiters":
            value: dict[str, Any] = {
                "firstName": "Ada",
                "lastName": "Lovelace",
                "email": email,
                "resume": {
                    "fileName": "cv.pdf",
                    "mimeType": "application/pdf",
                    "fileContent": b64encode(PDF).decode(),
                },
            }
            headers = {**as_json, "X-SmartToken": key}
            return f"{root}/v1/postings/{posting}/candidates", json.dumps(value).encode(), headers
        case "workable":
            candidate = {
                "firstname": "Ada",
                "lastname": "Lovelace",
                "email": email,
                "resume": {"name": "cv.pdf", "data": b64encode(PDF).decode()},
            }
            value = {"sourced": False, "candidate": candidate}
            headers = {**as_json, "Authorization": f"Bearer {key}"}
            return f"{root}/spi/v3/jobs/{posting}/candidates", json.dumps(value).encode(), headers
    return f"{root}/{posting}", json.dumps({"email": email}).encode(), as_json


def form(employers: Employers, channel: str, posting: str) -> Answer:
    """What the vendor shows of a posting's form."""
    root, key = employers.root(channel), employers.key(channel)
    match channel:
        case "recruitee":
            return call("GET", f"{root}/api/offers/{posting}")
        case "greenhouse":
            return call("GET", f"{root}/v1/boards/acme/jobs/{posting}?questions=true")
        case "lever":
            return call("GET", f"{root}/v0/postings/acme/{posting}")
        case "ashby":
            return send_json(f"{root}/jobPosting.info", {"jobPostingId": posting}, Authorization=basic(key))
        case "smartrecruiters":
            headers = {"X-SmartToken": key}
            return call("GET", f"{root}/v1/postings/{posting}/configuration", headers=headers)
        case "workable":
            headers = {"Authorization": f"Bearer {key}"}
            return call("GET", f"{root}/spi/v3/jobs/{posting}/questions", headers=headers)
    raise KeyError(channel)
