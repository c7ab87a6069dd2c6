"""The archive of one's data: every table, every file, nobody else's row, and no secret."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from personas.identity import acting_as
from personas.models import User
from personas.my_data import HELD_BACK, NotOneself, _plain, export_everything, personal_tables
from tests.everything import PERSONAL, SIMPLE, everything_of
from tests.factories import (
    JobFactory,
    MatchFactory,
    PersonaFactory,
    ResumeFactory,
    ResumeFileFactory,
    UserFactory,
    UserSkillFactory,
)

pytestmark = pytest.mark.django_db


def take(user: User) -> zipfile.ZipFile:
    with acting_as(user.pk):
        return zipfile.ZipFile(io.BytesIO(export_everything(user=user, now=timezone.now())))


def table(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(f"tables/{name}.json"))


def test_every_personal_table_is_in_it_with_the_row_of_its_owner(alice: User) -> None:
    everything_of(alice)

    archive = take(alice)

    borrowed = {"account_emailaddress", "mfa_authenticator", "usersessions_usersession"}
    assert {each.name for each in personal_tables()} == set(PERSONAL) | {"users"} | borrowed
    manifest = json.loads(archive.read("manifest.json"))
    assert {name: manifest["tables"][name] for name in SIMPLE} == dict.fromkeys(SIMPLE, 1)
    for name, number in manifest["tables"].items():
        rows = table(archive, name)
        lines = list(csv.reader(io.StringIO(archive.read(f"tables/{name}.csv").decode("utf-8-sig"))))
        assert (len(rows), len(lines)) == (number, number + 1), name


def _told(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_what_it_holds_is_what_the_table_holds(alice: User) -> None:
    everything_of(alice)
    archive = take(alice)

    for each in personal_tables():
        with acting_as(alice.pk), connection.cursor() as cursor:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {each.name} t")
            kept = [json.loads(row) for (row,) in cursor.fetchall()]
        own = [row for row in kept if any(row[owner] == str(alice.pk) for owner in each.owners)]
        for row in own:
            for column in HELD_BACK.get(each.name, ()):
                row.pop(column)
        assert _told(own) == _told(table(archive, each.name)), each.name


def test_postings_that_its_rows_name_are_told_by_name(alice: User) -> None:
    match = MatchFactory(
        persona=PersonaFactory(user=alice), job=JobFactory(title="Data Engineer", company="Acme")
    )
    JobFactory(title="Nobody's match")

    (job,) = json.loads(take(alice).read("jobs.json"))

    assert (job["id"], job["title"], job["company"]) == (str(match.job_id), "Data Engineer", "Acme")


def test_nothing_of_anybody_else_is_in_it(alice: User, charlie: User) -> None:
    everything_of(alice)
    UserSkillFactory(user=charlie, skill_name="zq-canary skill")
    ResumeFileFactory(
        resume=ResumeFactory(user=charlie, title="zq-canary"), name="zq-canary.txt", content=b"zq-canary"
    )

    archive = take(alice)

    for name in archive.namelist():
        assert b"zq-canary" not in archive.read(name), name
        assert "zq-canary" not in name
    assert [row["id"] for row in table(archive, "users")] == [str(alice.pk)]


def test_what_opens_the_account_is_not_in_it(alice: User) -> None:
    everything_of(alice)
    archive = take(alice)

    for name, columns in HELD_BACK.items():
        for row in table(archive, name):
            assert not columns & set(row), name
    assert alice.password not in "".join(
        archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
    )


def test_files_are_in_it_as_they_were_and_counted(alice: User) -> None:
    resume = ResumeFactory(
        user=alice, title="../My CV: 2026", document={"basics": {"name": "Ada"}, "x-own": [1]}
    )
    ResumeFileFactory(resume=resume, name="../../etc/passwd", content=b"\x00\xff as uploaded")

    archive = take(alice)

    manifest = json.loads(archive.read("manifest.json"))
    assert len(manifest["files"]) == 3
    for file in manifest["files"]:
        content = archive.read(file["path"])
        assert (len(content), sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
        assert ".." not in file["path"]
    (document,) = [
        name for name in archive.namelist() if name.startswith("resumes/") and name.endswith(".json")
    ]
    assert json.loads(archive.read(document)) == {"basics": {"name": "Ada"}, "x-own": [1]}
    assert b"\x00\xff as uploaded" in [archive.read(f["path"]) for f in manifest["files"]]


@given(st.text(max_size=300))
def test_names_of_files_are_no_path(name: str) -> None:
    plain = _plain(name)

    assert plain
    assert not set('/\\:*?"<>|\0\n') & set(plain)
    assert plain not in {".", ".."}


def test_table_for_a_spreadsheet_computes_nothing(alice: User) -> None:
    UserSkillFactory(user=alice, skill_name="=1+1")

    archive = take(alice)

    assert ",'=1+1," in archive.read("tables/user_skills.csv").decode()


def test_it_is_made_for_oneself_alone(alice: User, charlie: User) -> None:
    with acting_as(charlie.pk), pytest.raises(NotOneself):
        export_everything(user=alice, now=timezone.now())


def test_page_and_api_give_the_archive(client: Client, api: APIClient, alice: User) -> None:
    client.force_login(alice)
    api.force_login(alice)

    assert "Download everything" in client.get(reverse("personas:my_data")).content.decode()
    answers = [client.post(reverse("personas:export")), api.get("/api/v1/me/export/")]

    for answer in answers:
        assert answer.headers["Content-Type"] == "application/zip"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert table(zipfile.ZipFile(io.BytesIO(answer.content)), "users")[0]["email"] == "alice@example.com"
    assert client.get(reverse("personas:export")).status_code == 405


def test_visitor_gets_none(client: Client, db: None) -> None:
    UserFactory()

    assert client.post(reverse("personas:export")).status_code == 302
