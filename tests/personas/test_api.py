"""The API of people: personas, preferences, skills, résumés, and that bad input is told so."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from personas.identity import acting_as
from personas.models import Persona, Resume, User, UserSkill
from personas.throttles import REQUESTS_A_MINUTE
from tests.factories import (
    ApiTokenFactory,
    PersonaFactory,
    ResumeFactory,
    ResumeFileFactory,
    UserSkillFactory,
)

PROBLEM = "application/problem+json"
RESUME = b"Ada Lovelace\nada@example.com\n\nSkills\nPython, SQL\n"


@pytest.fixture
def mine(api: APIClient, alice: User) -> APIClient:
    """Alice's session."""
    api.force_login(alice)
    return api


def owned(model: Any, user: User) -> list[Any]:
    with acting_as(user.pk):
        return list(model.objects.owned_by(user).order_by("created_at", "pk"))


# --- personas, preferences, skills, résumés -----------------------------------------------------------------


def test_persona_is_made_changed_activated_copied_and_deleted(mine: APIClient, alice: User) -> None:
    first = mine.post("/api/v1/personas/", {"name": "Data engineer"})
    second = mine.post("/api/v1/personas/", {"name": "Teacher", "description": "Back to school"})
    address = second.headers["Location"]
    renamed = mine.patch(address, {"name": "Maths teacher"})
    activated = mine.post(f"{address}activate/")
    copied = mine.post(f"{address}copy/")
    deleted = mine.delete(address)

    assert (first.status_code, second.status_code, copied.status_code) == (201, 201, 201)
    assert (first.json()["is_active"], second.json()["is_active"]) == (True, False)
    assert (renamed.json()["name"], renamed.json()["description"]) == ("Maths teacher", "Back to school")
    assert activated.json()["is_active"] is True
    assert deleted.status_code == 204
    assert mine.get(address).status_code == 404
    assert {persona.name for persona in owned(Persona, alice)} == {"Data engineer", "Maths teacher (copy)"}


def test_duplicate_persona_name_is_a_conflict_and_nothing_is_written(mine: APIClient, alice: User) -> None:
    mine.post("/api/v1/personas/", {"name": "Data engineer"})
    other = mine.post("/api/v1/personas/", {"name": "Other"}).headers["Location"]

    made = mine.post("/api/v1/personas/", {"name": " Data  engineer "})
    renamed = mine.patch(other, {"name": "Data engineer", "description": "x"})

    for answer in (made, renamed):
        assert answer.status_code == 409
        assert answer.headers["Content-Type"] == PROBLEM
        assert set(answer.json()["errors"]) == {"name"}
    assert mine.get(other).json()["description"] == ""
    assert len(owned(Persona, alice)) == 2


def test_preferences_are_put_whole_and_patched_in_part(mine: APIClient, alice: User) -> None:
    address = f"/api/v1/personas/{PersonaFactory(user=alice).pk}/preferences/"
    whole = {**mine.get(address).json(), "min_salary": 50000, "locations": ["Berlin"], "currency": "EUR"}

    put = mine.put(address, whole)
    patched = mine.patch(address, {"max_salary": 70000})
    partial_put = mine.put(address, {"max_salary": 70000})
    upside_down = mine.patch(address, {"max_salary": 1000})

    assert put.status_code == 200
    assert (patched.json()["min_salary"], patched.json()["max_salary"]) == (50000, 70000)
    assert partial_put.status_code == 400
    assert len(partial_put.json()["errors"]) == 13
    assert (upside_down.status_code, set(upside_down.json()["errors"])) == (400, {"min_salary"})
    assert mine.get(address).json()["max_salary"] == 70000


def test_persona_shows_its_preferences(mine: APIClient, alice: User) -> None:
    persona = PersonaFactory(user=alice)

    shown = mine.get(f"/api/v1/personas/{persona.pk}/").json()

    assert shown["preferences"] == mine.get(f"/api/v1/personas/{persona.pk}/preferences/").json()


def test_skill_is_added_under_its_taxonomy_name_once(mine: APIClient, alice: User) -> None:
    added = mine.post("/api/v1/skills/", {"name": "k8s", "level": "advanced"})
    again = mine.post("/api/v1/skills/", {"name": "KUBERNETES", "level": "beginner"})
    changed = mine.patch(added.headers["Location"], {"level": "expert", "name": "Cobol"})
    removed = mine.delete(added.headers["Location"])

    assert (added.status_code, added.json()["name"], added.json()["source"]) == (201, "Kubernetes", "input")
    assert (again.status_code, set(again.json()["errors"])) == (409, {"name"})
    assert (changed.json()["level"], changed.json()["name"]) == ("expert", "Kubernetes")
    assert removed.status_code == 204
    assert owned(UserSkill, alice) == []


def test_resume_is_uploaded_read_attached_and_deleted(mine: APIClient, alice: User) -> None:
    file = SimpleUploadedFile("ada.txt", RESUME, content_type="text/plain")

    uploaded = mine.post("/api/v1/resumes/", {"file": file}, format="multipart")
    address = uploaded.headers["Location"]
    persona = mine.post("/api/v1/personas/", {"name": "Ada", "resume": uploaded.json()["id"]})
    renamed = mine.patch(address, {"title": "Ada's"})
    default = mine.post(f"{address}make-default/")
    kept = mine.get(f"{address}file/")
    listed = mine.get("/api/v1/resumes/").json()["results"]
    deleted = mine.delete(address)

    assert uploaded.status_code == 201, uploaded.json()
    assert uploaded.json()["file"] == {"name": "ada.txt", "media_type": "text/plain", "size": len(RESUME)}
    assert "Ada Lovelace" in uploaded.json()["text"]
    assert uploaded.json()["pages_without_text"] == []
    assert persona.json()["resume"] == uploaded.json()["id"]
    assert (renamed.json()["title"], default.json()["is_default"]) == ("Ada's", True)
    assert kept.content == RESUME
    assert kept.headers["Content-Disposition"] == 'attachment; filename="ada.txt"'
    assert "text" not in listed[0]
    assert deleted.status_code == 204
    assert mine.get(persona.headers["Location"]).json()["resume"] is None


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"\x89PNG\r\n\x1a\n" + b"0" * 100, 400), (b"a" * (5 * 1024 * 1024 + 1), 413)],
    ids=["empty", "picture", "too large"],
)
def test_file_that_is_no_resume_is_refused(mine: APIClient, alice: User, content: bytes, status: int) -> None:
    answer = mine.post("/api/v1/resumes/", {"file": SimpleUploadedFile("a.txt", content)}, format="multipart")

    assert (answer.status_code, set(answer.json()["errors"])) == (status, {"file"})
    assert owned(Resume, alice) == []


# --- strangers, nested ids, fields that are not theirs to write ------------------------------------------------


def test_strangers_rows_are_not_there(api: APIClient, alice: User, charlie: User) -> None:
    persona, skill = PersonaFactory(user=alice), UserSkillFactory(user=alice)
    resume, token = ResumeFileFactory(resume__user=alice).resume, ApiTokenFactory(user=alice)
    api.force_login(charlie)
    whole = f"/api/v1/personas/{persona.pk}/"
    tries = [
        ("get", whole, None),
        ("patch", whole, {"name": "x"}),
        ("delete", whole, None),
        ("post", f"{whole}activate/", None),
        ("post", f"{whole}copy/", None),
        ("get", f"{whole}preferences/", None),
        ("put", f"{whole}preferences/", {}),
        ("patch", f"{whole}preferences/", {"min_salary": 1}),
        ("get", f"/api/v1/skills/{skill.pk}/", None),
        ("patch", f"/api/v1/skills/{skill.pk}/", {"level": "expert"}),
        ("delete", f"/api/v1/skills/{skill.pk}/", None),
        ("get", f"/api/v1/resumes/{resume.pk}/", None),
        ("patch", f"/api/v1/resumes/{resume.pk}/", {"title": "x"}),
        ("delete", f"/api/v1/resumes/{resume.pk}/", None),
        ("post", f"/api/v1/resumes/{resume.pk}/make-default/", None),
        ("get", f"/api/v1/resumes/{resume.pk}/file/", None),
        ("delete", f"/api/v1/tokens/{token.pk}/", None),
    ]

    answers = [getattr(api, method)(address, data) for method, address, data in tries]
    of_nobody = [getattr(api, method)(_with_id(address, uuid4()), data) for method, address, data in tries]

    assert [answer.status_code for answer in answers] == [404] * len(tries)
    assert [_told(answer) for answer in answers] == [_told(answer) for answer in of_nobody]
    for name in ("personas", "skills", "resumes", "tokens"):
        assert api.get(f"/api/v1/{name}/").json()["results"] == []


def _with_id(address: str, pk: UUID) -> str:
    head, _old, tail = address.split("/")[:4], *address.split("/")[4:5], address.split("/")[5:]
    return "/".join([*head, str(pk), *tail])


def _told(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key != "instance"}


@pytest.mark.parametrize("method", ["post", "patch"])
@pytest.mark.parametrize("whose", ["own", "other's", "missing", "no id"])
def test_persona_takes_the_persons_own_resume_alone(
    mine: APIClient, alice: User, charlie: User, method: str, whose: str
) -> None:
    persona = PersonaFactory(user=alice)
    resume = {
        "own": lambda: str(ResumeFactory(user=alice).pk),
        "other's": lambda: str(ResumeFactory(user=charlie).pk),
        "missing": lambda: str(uuid4()),
        "no id": lambda: {"id": 7},
    }[whose]()
    address = "/api/v1/personas/" if method == "post" else f"/api/v1/personas/{persona.pk}/"

    answer = getattr(mine, method)(address, {"name": "Tried", "resume": resume})

    if whose == "own":
        assert answer.json()["resume"] == resume
    else:
        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == {"resume"}
        assert [row.name for row in owned(Persona, alice)] == [persona.name]
    if whose in ("other's", "missing"):
        assert answer.json()["errors"]["resume"] == ["There is no such row of yours."]


def test_fields_that_are_read_only_are_never_written(mine: APIClient, alice: User, charlie: User) -> None:
    persona, skill = PersonaFactory(user=alice), UserSkillFactory(user=alice)
    resume = ResumeFileFactory(resume__user=alice).resume
    other = str(charlie.pk)
    never = {"id": str(uuid4()), "user": other, "user_id": other, "created_at": "2001-01-01T00:00:00Z"}
    tries = [
        (f"/api/v1/personas/{persona.pk}/", {"is_active": True, "inputs_revision": 99, "preferences": {"min_salary": 1}, "updated_at": "2001-01-01T00:00:00Z"}),
        (f"/api/v1/personas/{persona.pk}/preferences/", {"persona": str(uuid4()), "persona_id": str(uuid4())}),
        (f"/api/v1/skills/{skill.pk}/", {"source": "resume", "skill_name": "x", "skill_key": "x", "evidence": "x", "name": "x"}),
        (f"/api/v1/resumes/{resume.pk}/", {"is_default": True, "text": "x", "document": {"a": 1}, "unplaced": ["x"], "file": {"name": "x"}}),
        ("/api/v1/me/", {"email": "x@example.com", "is_staff": True, "is_coach": True, "is_active": False, "password": "x"}),
    ]  # fmt: skip

    for address, fields in tries:
        before = mine.get(address).json()
        for field, value in {**never, **fields}.items():
            answer = mine.patch(address, {field: value})

            assert answer.status_code == 200, (address, field)
            assert mine.get(address).json() == before, (address, field)
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_coach, alice.is_active) == (False, False, True)


def test_made_rows_belong_to_whoever_asks(mine: APIClient, alice: User, charlie: User) -> None:
    other = {"user": str(charlie.pk), "user_id": str(charlie.pk), "id": str(uuid4()), "is_active": False}

    persona = mine.post("/api/v1/personas/", {"name": "Mine", **other})
    skill = mine.post("/api/v1/skills/", {"name": "Python", "level": "expert", "source": "resume", **other})

    assert [str(row.pk) for row in owned(Persona, alice)] == [persona.json()["id"]]
    assert persona.json()["is_active"] is True
    assert skill.json()["source"] == "input"
    assert owned(UserSkill, charlie) == []


# --- bad input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "x", "description": "a\0"}, "description"),
        ({"name": "x", "else": {"deep": ["ok", "\udfff"]}}, "else.deep.1"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": None}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": {"a": 1}}, "name"),
        ({"name": True}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "description": "y" * 5001}, "description"),
        ({}, "name"),
        ([], "non_field_errors"),
        ("text", "non_field_errors"),
        (None, "non_field_errors"),
        (7, "non_field_errors"),
    ],
)
def test_bad_persona_is_told_which_field(mine: APIClient, alice: User, body: Any, field: str) -> None:
    answer = mine.post("/api/v1/personas/", json.dumps(body), content_type="application/json")

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == PROBLEM
    assert set(answer.json()["errors"]) == {field}
    assert owned(Persona, alice) == []


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("min_salary", 10**30, "min_salary"),
        ("min_salary", -1, "min_salary"),
        ("min_salary", 1.5, "min_salary"),
        ("min_salary", "much", "min_salary"),
        ("currency", "EURO", "currency"),
        ("currency", "eur", "currency"),
        ("currency", "", "currency"),
        ("salary_period", "minute", "salary_period"),
        ("salary_period", ["year"], "salary_period"),
        ("remote_preference", {"a": 1}, "remote_preference"),
        ("locations", "Berlin", "locations"),
        ("locations", ["Nowhereville-upon-Nothing"], "locations"),
        ("locations", ["Berlin", None], "locations.1"),
        ("locations", {"0": "Berlin"}, "locations"),
        ("required_skills", [["Python"]], "required_skills.0"),
        ("job_title_keywords", [f"title {n}" for n in range(51)], "job_title_keywords"),
        ("excluded_companies", ["!!"], "excluded_companies"),
        ("industries", ["alchemy"], "industries"),
        ("company_size", ["2-3"], "company_size"),
    ],
)
def test_bad_preference_is_told_which_field(
    mine: APIClient, alice: User, field: str, value: Any, named: str
) -> None:
    address = f"/api/v1/personas/{PersonaFactory(user=alice).pk}/preferences/"
    before = mine.get(address).json()

    answer = mine.patch(address, {field: value, "mission_values": ["kept?"]})

    assert (answer.status_code, set(answer.json()["errors"])) == (400, {named})
    assert mine.get(address).json() == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"name": ', 400),
        (b"", 400),
        (b'{"name": "x", "name": "y"}', 400),
        (b'{"name": NaN}', 400),
        (b'{"name": 1e999}', 400),
        (b'{"name": ' + b"9" * 10_000 + b"}", 400),
        (b'{"name": "\xff\xfe"}', 400),
        (b"[" * 10_000 + b"]" * 10_000, 400),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
        (b'{"a":' * 100 + b"1" + b"}" * 100, 400),
        (b'{"name": "' + b"x" * 10_000_000 + b'"}', 413),
    ],
    ids=[
        "cut",
        "empty",
        "twice",
        "nan",
        "infinite",
        "digits",
        "no utf-8",
        "deep",
        "deep object",
        "100",
        "10 MB",
    ],
)
def test_body_that_is_no_document_of_ours_is_refused(
    mine: APIClient, alice: User, body: bytes, status: int
) -> None:
    answer = mine.post("/api/v1/personas/", body, content_type="application/json")

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == PROBLEM
    assert owned(Persona, alice) == []


def test_other_media_types_methods_and_formats_are_problems(mine: APIClient, alice: User) -> None:
    answers = [
        mine.post("/api/v1/personas/", "<a/>", content_type="text/xml"),
        mine.post("/api/v1/personas/", "name=x", content_type="application/x-www-form-urlencoded"),
        mine.put("/api/v1/personas/", {}),
        mine.post("/api/v1/me/", {}),
        mine.get("/api/v1/personas/", headers={"accept": "text/csv"}),
        mine.post("/api/v1/resumes/", {"file": "x"}),
        mine.post("/api/v1/resumes/", b"--x\r\nbroken", content_type="multipart/form-data"),
    ]

    assert [answer.status_code for answer in answers] == [415, 415, 405, 405, 406, 415, 400]
    for answer in answers:
        assert answer.headers["Content-Type"] == PROBLEM
        assert set(answer.json()) == {"type", "title", "status", "detail", "instance"}
        assert answer.json()["status"] == answer.status_code
    assert "GET" in answers[2].headers["Allow"]


@pytest.mark.parametrize("size", ["0", "101", "-1", "x", "", "1e3", "9" * 5000, "1\0", "²"])
def test_page_size_is_1_to_100(mine: APIClient, alice: User, size: str) -> None:
    answer = mine.get("/api/v1/skills/", {"page_size": size})

    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"page_size"})


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "AAAA",
        "W10",
        "WzAsMV0",
        "WzAsICIyMDI2LTAxLTAxIiwgIngiXQ",
        "\0",
        "W" * 5000,
        "bnVsbA",
        "W1tbW1tb",
    ],
)
def test_invalid_cursor_is_not_found(mine: APIClient, alice: User, cursor: str) -> None:
    answer = mine.get("/api/v1/skills/", {"cursor": cursor})

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "1899-12-31T23:59:59+00:00",
        "2201-01-01T00:00:00+00:00",
        "2026-01-01T00:00:00",
        "2026-01-01",
        7,
    ],
)
def test_cursor_with_a_time_that_no_row_has_is_not_found(mine: APIClient, moment: str | int) -> None:
    rows = json.dumps([0, None, moment, str(uuid4())]).encode()
    cursor = base64.urlsafe_b64encode(rows).decode().rstrip("=")

    answer = mine.get("/api/v1/jobs/", {"cursor": cursor})

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == PROBLEM


def test_cursor_with_a_time_of_another_zone_is_read(mine: APIClient) -> None:
    rows = json.dumps([0, None, "2026-01-01T00:00:00+14:00", str(uuid4())]).encode()
    cursor = base64.urlsafe_b64encode(rows).decode().rstrip("=")

    answer = mine.get("/api/v1/jobs/", {"cursor": cursor})

    assert (answer.status_code, answer.json()["results"]) == (200, [])


class BreakingView(APIView):
    """A view of ours that has a fault: it writes a row and breaks."""

    def post(self, request: Request) -> Response:
        PersonaFactory(user=request.user, name="half-written")
        raise RuntimeError(request.data["secret"])


urlpatterns = [path("api/v1/breaking/", BreakingView.as_view())]


@pytest.mark.urls(__name__)
def test_fault_of_ours_says_nothing_of_its_inside(
    mine: APIClient, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = mine.post("/api/v1/breaking/", {"secret": "Ada's diary"})

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == PROBLEM
    assert "diary" not in answer.content.decode() + caplog.text
    assert "RuntimeError in POST BreakingView" in caplog.text
    assert owned(Persona, alice) == []


def test_more_than_a_fair_share_of_requests_waits(mine: APIClient, alice: User) -> None:
    minute = int(time.time()) // 60
    for either in (minute, minute + 1):
        cache.set(f"api-requests:{alice.pk}:{either}", REQUESTS_A_MINUTE - 1, timeout=120)

    answers = [mine.get("/api/v1/me/") for _ in range(3)]

    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].headers["Content-Type"] == PROBLEM


# --- lists ------------------------------------------------------------------------------------------------------

MAKERS = {
    "personas": lambda user, n: PersonaFactory(user=user, resume=ResumeFactory(user=user)),
    "skills": lambda user, n: UserSkillFactory(user=user),
    "resumes": lambda user, n: ResumeFileFactory(resume__user=user),
    "tokens": lambda user, n: ApiTokenFactory(user=user),
}


@pytest.mark.parametrize("name", MAKERS)
def test_list_costs_the_same_for_1_row_and_20(mine: APIClient, alice: User, name: str) -> None:
    MAKERS[name](alice, 0)
    with CaptureQueriesContext(connection) as for_one:
        one = mine.get(f"/api/v1/{name}/")
    for n in range(1, 20):
        MAKERS[name](alice, n)
    with CaptureQueriesContext(connection) as for_twenty:
        twenty = mine.get(f"/api/v1/{name}/")

    assert (len(one.json()["results"]), len(twenty.json()["results"])) == (1, 20)
    assert len(for_one) == len(for_twenty)
    assert len(for_twenty) <= 7


def test_pages_show_every_row_once_forward_and_back(mine: APIClient, alice: User) -> None:
    for _ in range(7):
        UserSkillFactory(user=alice)
    whole = [row["id"] for row in mine.get("/api/v1/skills/").json()["results"]]

    pages, address = [], "/api/v1/skills/?page_size=3"
    while address:
        page = mine.get(address).json()
        pages.append(page)
        address = page["next"]
    back = mine.get(pages[2]["previous"]).json()
    first = mine.get(back["previous"]).json()

    assert [row["id"] for page in pages for row in page["results"]] == whole
    assert [len(page["results"]) for page in pages] == [3, 3, 1]
    assert back["results"] == pages[1]["results"]
    assert first["results"] == pages[0]["results"]
    assert (first["previous"], pages[0]["previous"]) == (None, None)
    assert "Skill" not in pages[0]["next"]
