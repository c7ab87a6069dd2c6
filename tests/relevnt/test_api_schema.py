"""The OpenAPI document is valid and says of every operation what it does and how it fails; the docs page shows it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from personas.paging import CursorPages
from personas.throttles import FairShareThrottle
from relevnt import api
from relevnt.api_schema import ProblemsIncluded

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    return ProblemsIncluded().get_schema(request=None, public=True)


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (address, method, operation)
        for address, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_schema_is_valid_openapi_3_1(schema: dict[str, Any]) -> None:
    faults = list(OpenAPIV31SpecValidator(schema).iter_errors())

    assert schema["openapi"].startswith("3.1")
    assert faults == []


def test_schema_is_made_without_a_guess(schema: dict[str, Any]) -> None:
    assert GENERATOR_STATS._error_cache == {}
    assert GENERATOR_STATS._warn_cache == {}


def test_every_operation_says_what_it_does(schema: dict[str, Any]) -> None:
    silent = [(address, method) for address, method, told in operations(schema) if not told.get("summary")]

    assert silent == []
    assert len(operations(schema)) >= 35


def test_every_operation_states_its_problems(schema: dict[str, Any]) -> None:
    for address, method, operation in operations(schema):
        stated = set(operation["responses"])

        assert {"406", "429", "500"} <= stated, (address, method)
        assert ("401" in stated) or address == "/api/v1/session/", (address, method)
        assert ("404" in stated) or "{id}" not in address, (address, method)
        assert ({"400", "413", "415"} <= stated) or "requestBody" not in operation, (address, method)


def test_schema_names_the_resources_of_the_contract(schema: dict[str, Any]) -> None:
    promised = {
        "personas",
        "resumes",
        "pasted-postings",
        "saved-jobs",
        "saved-searches",
        "skills",
        "jobs",
        "matches",
        "tuner-settings",
        "auto-apply",
        "learning",
        "coaching",
        "me",
        "session",
        "tokens",
    }

    assert promised == {address.split("/")[3] for address in schema["paths"]}


def test_every_list_is_paged_and_every_view_is_throttled() -> None:
    for pattern in api.urlpatterns:
        view = getattr(pattern.callback, "cls", None)
        if view is None:
            continue

        assert view.throttle_classes == [FairShareThrottle], view
        if "list" in getattr(pattern.callback, "actions", {}).values():
            assert issubclass(view.pagination_class, CursorPages), view


def test_schema_and_docs_need_no_sign_in(client: Client, db: None) -> None:
    answers = [client.get("/api/schema/"), client.get("/api/docs/")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "csrftoken" in answers[1].cookies


def test_docs_page_keeps_the_strict_policy(client: Client, db: None) -> None:
    answer = client.get("/api/docs/")

    policy = answer.headers["Content-Security-Policy"]
    page = answer.content.decode()
    assert "unsafe" not in policy
    assert "<style" not in page
    assert page.count("<script") == page.count("<script src=")


def test_unknown_addresses_are_problems(api: APIClient, db: None) -> None:
    for address in (
        "/api/",
        "/api/v1/",
        "/api/v1/personas",
        "/api/v1/personas/1/",
        "/api/nothing/",
        "/api/v2/me/",
    ):
        for method in ("get", "post", "put", "patch", "delete", "options", "trace"):
            answer = getattr(api, method)(address)

            assert answer.status_code == 404, (method, address)
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["instance"] == address


def test_api_addresses_are_in_the_url_configuration() -> None:
    assert any(str(pattern.pattern) == "api/" for pattern in get_resolver().url_patterns)


def test_docs_and_schema_refuse_as_problems(api: APIClient, db: None) -> None:
    answers = [api.post("/api/docs/"), api.post("/api/schema/"), api.get("/api/schema/?format=xml")]

    assert [answer.status_code for answer in answers] == [405, 405, 404]
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/problem+json"}
