"""A receiver for tests of the machine: takes any JSON with an e-mail address, never de-duplicates, can be asked."""

from __future__ import annotations

from tests.employers.channel import Application, Channel, Errand, House, Refused
from tests.employers.forms import flatten, is_email, read_json
from tests.employers.wire import Request, Response


class Plain(Channel):
    """`POST /plain/{posting}` and `GET /plain/asked/{Idempotency-Key}`."""

    name = "plain"

    def errand(self, request: Request) -> Errand | None:
        match request.method, request.path:
            case "POST", (posting,) if posting:
                return Errand("submit", posting)
            case "GET", ("asked", key) if key:
                return Errand("status", None, reference=key)
        return None

    def show(self, errand: Errand, request: Request, house: House) -> Response:
        known = errand.reference in house.keys
        return Response.json(200 if known else 404, {"received": known})

    def read(self, errand: Errand, request: Request, house: House) -> Application:
        body = read_json(request)
        if not is_email(body.get("email")):
            raise Refused(self.refusal(422, "email is required"), "email")
        return Application(body["email"], flatten(body))

    def taken(self, errand: Errand, application: Application, reference: str) -> Response:
        return Response.json(201, {"ok": True, "id": reference})

    def refusal(self, status: int, reason: str) -> Response:
        return Response.json(status, {"ok": False, "error": reason})
