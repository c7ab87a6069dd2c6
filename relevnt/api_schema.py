"""What the OpenAPI document says beyond the views: how keys sign in, and which problems each operation answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from personas.idempotency import HEADER, LONGEST_KEY, REPLAYED, Repeatable
from personas.problems import MEDIA_TYPE, TITLES

_PROBLEM = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "What kind of problem it is; stable."},
        "title": {"type": "string", "description": "The kind in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What went wrong this time."},
        "instance": {"type": "string", "description": "The address that was asked."},
        "errors": {
            "type": "object",
            "description": "What is wrong with which field and how to mend it; a dotted path leads into lists and objects.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "example": {
        "type": "urn:relevnt:problem:bad-request",
        "title": "Something in the request needs mending",
        "status": 400,
        "detail": "Some of the values cannot be kept; see errors.",
        "instance": "/api/v1/tuner-settings/",
        "errors": {"salary_weight": ["A weight is at most 1; give a number from 0 to 1."]},
    },
}

# Where what is kept already may refuse a change.
_CONFLICTS = {
    ("/api/v1/personas/", "post"),
    ("/api/v1/personas/{id}/", "patch"),
    ("/api/v1/skills/", "post"),
    ("/api/v1/tuner-settings/", "post"),
    ("/api/v1/tuner-settings/{id}/", "patch"),
    ("/api/v1/auto-apply/answers/{id}/", "patch"),
    ("/api/v1/auto-apply/letters/{id}/", "patch"),
    ("/api/v1/auto-apply/applications/{id}/withdraw/", "get"),
    ("/api/v1/coaching/consents/{id}/", "patch"),
    ("/api/v1/coaching/cohorts/{id}/", "patch"),
}
# Where the body names rows that may not be there.
_NAMES_ROWS = {
    ("/api/v1/matches/what-if/", "post"),
    ("/api/v1/auto-apply/decisions/ask/", "get"),
}
# Where a visitor may be wrong about a password.
_SIGN_IN = {("/api/v1/session/", "post"), ("/api/v1/tokens/", "post")}
_ALWAYS = (406, 429, 500)
# How a POST that may be sent again fails because of its key.
_REPEATED = (400, 409, 422)

_KEY = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="A key of your own, new for each request, such as a UUID. Sent again with the same key within 24 hours, the "
    f"request is not done again: its first answer is given again, with `{REPLAYED}: true`. What was refused is judged again.",
    examples=[OpenApiExample("A UUID", value="1f0d2c6a-54a2-4a34-8d0e-6f6f3f4b7a10")],
)
_REPLAYED_HEADER = {
    "description": f"“true” where this answer was given before, to the same `{HEADER}`.",
    "schema": {"type": "string", "enum": ["true"]},
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a key is sent."""

    target_class = "personas.tokens.TokenAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """`Authorization: Bearer rel_…`."""
        return {"type": "http", "scheme": "bearer", "description": "A key made at /api/v1/tokens/."}


class Operation(AutoSchema):
    """One operation; where it may be sent again under a key, it says so."""

    def get_override_parameters(self) -> list[Any]:
        """The parameters that no field and no filter tells of."""
        may_be_repeated = self.method == "POST" and isinstance(self.view, Repeatable)
        return [*super().get_override_parameters(), *([_KEY] if may_be_repeated else [])]


class ProblemsIncluded(SchemaGenerator):
    """A schema in which every operation states the problems it answers."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        """The OpenAPI document."""
        schema: dict[str, Any] = super().get_schema(request=request, public=public)  # type: ignore[no-untyped-call]
        schema["components"]["schemas"]["Problem"] = _PROBLEM
        schema["components"]["responses"] = {
            f"Problem{status}": {
                "description": str(title),
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
            for status, title in TITLES.items()
        }
        for address, operations in schema["paths"].items():
            for method, operation in operations.items():
                if _may_be_repeated(operation):
                    _tell_of_replays(operation)
                for status in _problems_of(address, method, operation):
                    reference = {"$ref": f"#/components/responses/Problem{status}"}
                    operation["responses"].setdefault(str(status), reference)
        return schema


def _may_be_repeated(operation: dict[str, Any]) -> bool:
    return any(parameter["name"] == HEADER for parameter in operation.get("parameters", ()))


def _tell_of_replays(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer.setdefault("headers", {})[REPLAYED] = _REPLAYED_HEADER


def _problems_of(address: str, method: str, operation: dict[str, Any]) -> list[int]:
    """The statuses of the problems that an operation may answer."""
    parameters = {parameter["in"] for parameter in operation.get("parameters", ())}
    has_body = "requestBody" in operation
    visitors_may = {} in operation.get("security", [{}])
    states = {
        400: has_body or "query" in parameters,
        401: not visitors_may or (address, method) in _SIGN_IN,
        403: method != "get",
        404: "path" in parameters
        or (address, method) in _NAMES_ROWS
        or "cursor" in {part["name"] for part in operation.get("parameters", ())},
        409: (address, method) in _CONFLICTS,
        413: has_body,
        415: has_body,
    }
    stated = {status for status, states_it in states.items() if states_it}
    return sorted({*stated, *_ALWAYS, *(_REPEATED if _may_be_repeated(operation) else ())})
