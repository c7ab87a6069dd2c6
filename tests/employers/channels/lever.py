"""Lever's Postings API: the employer's key in the address, two applications a second."""

from __future__ import annotations

from typing import Any

from tests.employers.channel import Application, Channel, Errand, House, Limit, Refused
from tests.employers.forms import FormFile, flatten, is_text, nest, read_json, read_pairs
from tests.employers.wire import Request, Response


class Lever(Channel):
    """`/v0/postings/{site}/{id}`, GET, and POST with `?key=`."""

    name = "lever"
    limit = Limit(2, 1.0, submissions=True)

    def errand(self, request: Request) -> Errand | None:
        match request.method, request.path:
            case "GET", ("v0", "postings", site, posting) if posting:
                return Errand("form", posting, site)
            case "POST", ("v0", "postings", site, posting) if posting:
                return Errand("submit", posting, site)
        return None

    def show(self, errand: Errand, request: Request, house: House) -> Response:
        page = f"https://jobs.employers.test/{errand.company}/{errand.posting}"
        return Response.json(
            200,
            {
                "id": errand.posting,
                "text": "Site reliability engineer",
                "categories": {
                    "location": "Chicago, IL",
                    "commitment": "Full-time",
                    "team": "Platform",
                    "department": "Engineering",
                    "allLocations": ["Chicago, IL"],
                },
                "country": "US",
                "createdAt": 1_793_000_000_000,
                "opening": "<div>Who we are</div>",
                "openingPlain": "Who we are",
                "description": "<div>Who we are</div><div>Keep it up.</div>",
                "descriptionPlain": "Who we are\nKeep it up.",
                "descriptionBody": "<div>Keep it up.</div>",
                "descriptionBodyPlain": "Keep it up.",
                "lists": [{"text": "You bring", "content": "<li>Linux</li>"}],
                "additional": "",
                "additionalPlain": "",
                "hostedUrl": page,
                "applyUrl": f"{page}/apply",
                "workplaceType": "hybrid",
            },
        )

    def read(self, errand: Errand, request: Request, house: House) -> Application:
        if not house.is_key(self.name, request.query.get("key")):
            raise Refused(self.refusal(401, "Invalid API key"), "key")
        as_json = request.content_type == "application/json"
        given = read_json(request) if as_json else nest(read_pairs(request))
        wrong = [name for name in ("name", "email") if not is_text(given.get(name))]
        if "email" not in wrong and "@" not in given["email"]:
            wrong.append("email")
        resume = given.get("resume")
        missing: list[str] = []
        if house.form(errand.posting or "") == "every":  # the account has made these required
            wrong += [] if is_text(given.get("phone")) else ["phone"]
            wrong += [] if isinstance(resume, FormFile) else ["resume"]
        elif not isinstance(resume, FormFile):  # as JSON or text it is not looked at
            missing.append("resume")
        wrong += _type_faults(given)
        if wrong:
            raise Refused(self.refusal(400, f"Invalid or missing: {', '.join(wrong)}"), *wrong)
        files = (resume,) if isinstance(resume, FormFile) else ()
        return Application(given["email"], flatten(given), files, tuple(missing))

    def taken(self, errand: Errand, application: Application, reference: str) -> Response:
        return Response.json(200, {"ok": True, "applicationId": reference})

    def refusal(self, status: int, reason: str) -> Response:
        return Response.json(status, {"ok": False, "error": reason})


def _type_faults(given: dict[str, Any]) -> list[str]:
    wrong = [name for name in ("urls", "consent") if not isinstance(given.get(name, {}), dict)]
    if given.get("silent", "false") not in {True, False, "true", "false"}:
        wrong.append("silent")
    return wrong
