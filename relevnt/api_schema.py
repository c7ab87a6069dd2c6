"""What the OpenAPI document says beyond the views: how keys sign in, and which problems each operation answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator

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
}
# Where the body names rows that may not be there.
_NAMES_ROWS = {("/api/v1/matches/what-if/", "post")}
# Where a visitor may be wrong about a password.
_SIGN_IN = {("/api/v1/session/", "post"), ("/api/v1/tokens/", "post")}
_ALWAYS = (406, 429, 500)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a key is sent."""

    target_class = "personas.tokens.TokenAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """`Authorization: Bearer rel_…`."""
        return {"type": "http", "scheme": "bearer", "description": "A key made at /api/v1/tokens/."}


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
                for status in _problems_of(address, method, operation):
                    reference = {"$ref": f"#/components/responses/Problem{status}"}
                    operation["responses"].setdefault(str(status), reference)
        return schema


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
    return [*(status for status, states_it in states.items() if states_it), *_ALWAYS]
