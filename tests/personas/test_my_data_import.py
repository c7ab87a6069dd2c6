"""The archive of one account in another: the same pages, nothing that acts, and no archive that is believed unseen."""

from __future__ import annotations

import json
import random
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from autoapply.models import Application, Log
from autoapply.tracker import record_application
from personas import services
from personas.archives import Archive, ArchiveRefused, read_archive
from personas.identity import acting_as
from personas.models import Persona, Resume, User, UserSkill
from personas.my_data import NotOneself, export_everything
from personas.my_data_import import TABLES, import_archive
from tests.everything import everything_of
from tests.factories import (
    AnswerFactory,
    ContactFactory,
    FollowUpFactory,
    LetterTemplateFactory,
    NoteFactory,
    PersonaFactory,
    ResumeFactory,
    ResumeFileFactory,
    ResumeVersionFactory,
    RuleFactory,
    TunerSettingsFactory,
    UserFactory,
    UserSkillFactory,
)

DOCUMENT = {"basics": {"name": "Ada"}, "work": [{"position": "Engineer", "startDate": "2019", "x-own": 1}]}


def fill(user: User) -> None:
    """A bit of everything that somebody writes themselves."""
    resume = ResumeFactory(
        user=user, title="My CV", document=DOCUMENT, text="Ada\nEngineer", unplaced=["odd"], is_default=True
    )
    ResumeFileFactory(resume=resume, name="cv.txt", content=b"Ada\nEngineer")
    ResumeVersionFactory(resume=resume)
    ResumeFactory(user=user, title="Older")
    with acting_as(user.pk):
        persona = services.create_persona(
            user=user,
            details={"name": "Data engineer", "resume": resume},
            preferences={
                "job_title_keywords": ["Data Engineer"],
                "min_salary": 60000,
                "locations": ["Berlin"],
            },
        )
    PersonaFactory(user=user, name="Teacher")
    UserSkillFactory(user=user, skill_name="Python", proficiency_level="expert", years=4, evidence="wrote it")
    UserSkillFactory(user=user, skill_name="Baking")
    TunerSettingsFactory(user=user, name="Mine", is_default=True)
    RuleFactory(user=user, persona=persona, name="My rule", enabled=True)
    AnswerFactory(user=user)
    LetterTemplateFactory(user=user)
    with acting_as(user.pk):
        told = {"title": "Engineer", "company": "Acme", "url": "https://acme.example/jobs/1"}
        sent = record_application(user=user, sent_on=date(2026, 5, 4), at=timezone.now(), values=told)
        told = {**told, "url": "https://acme.example/jobs/2"}
        other = record_application(user=user, sent_on=date(2026, 6, 4), at=timezone.now(), values=told)
        Log.objects.filter(application=other).update(status="withdrawn")
        # Both are of one moment here, and lists go by the moment.
        Application.objects.filter(pk=other.pk).update(created_at=timezone.now() - timedelta(hours=1))
    NoteFactory(application=sent, body="They called.")
    ContactFactory(application=sent, name="Grace")
    FollowUpFactory(application=sent, what="Write back", due_on=date(2026, 7, 1))


def exported(user: User) -> bytes:
    with acting_as(user.pk):
        return export_everything(user=user, now=timezone.now())


def imported(user: User, content: bytes) -> Any:
    with acting_as(user.pk):
        return import_archive(user=user, archive=read_archive(content))


def own_rows(user: User) -> dict[str, list[dict[str, Any]]]:
    """What was written, without numbers and times."""
    tables = read_archive(exported(user)).tables
    unlike = {
        "id",
        "user_id",
        "created_at",
        "updated_at",
        "resume_id",
        "persona_id",
        "enabled",
        "inputs_revision",
    }
    unlike |= {"key", "application_id", "resolved_at", "moved_at", "next_at", "moved_by", "moved_because"}
    return {
        name: sorted(
            ({key: value for key, value in row.items() if key not in unlike} for row in tables.get(name, [])),
            key=lambda row: json.dumps(row, sort_keys=True),
        )
        for name in TABLES
    }


def changed(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The archive with entries changed, and digests that fit them."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    if "manifest.json" in entries and entries["manifest.json"].startswith(b"{"):
        manifest = json.loads(entries["manifest.json"])
        manifest["sha256"] = {
            path: sha256(entries[path]).hexdigest() for path in manifest["sha256"] if path in entries
        }
        entries["manifest.json"] = json.dumps(manifest).encode()
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return out.getvalue()


def in_table(table: str, **values: Any) -> Callable[[dict[str, bytes]], None]:
    """A change of the first row of a table."""

    def change(entries: dict[str, bytes]) -> None:
        rows = json.loads(entries[f"tables/{table}.json"])
        rows[0] |= values
        entries[f"tables/{table}.json"] = json.dumps(rows).encode()

    return change


def words_of(page: str) -> str:
    """What a page says, without addresses, tokens and times."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.mark.django_db
class TestRoundTrip:
    """Out of one account, into another."""

    def test_everything_written_is_there_again_and_nothing_acts(self, alice: User, charlie: User) -> None:
        fill(alice)
        with acting_as(alice.pk):
            services.edit_account(
                user=alice, display_name="Ada L.", time_zone="Europe/Berlin", locale="en", currency="EUR"
            )

        told = imported(charlie, exported(alice))

        assert own_rows(charlie) == own_rows(alice)
        assert told.rows["resumes"] == 2
        with acting_as(charlie.pk):
            person = User.objects.get(pk=charlie.pk)
            assert (person.display_name, person.time_zone) == ("Ada L.", "Europe/Berlin")
            assert person.email != alice.email
            assert Persona.objects.get(name="Data engineer").resume.title == "My CV"
            assert Resume.objects.get(title="My CV").versions.count() == 1
            with connection.cursor() as cursor:
                cursor.execute("SELECT enabled FROM auto_apply_rules WHERE user_id = %s", [charlie.pk])
                assert cursor.fetchall() == [(False,)]
        with acting_as(alice.pk):
            assert Resume.objects.count() == 2

    def test_pages_are_the_same(self, client: Client, alice: User, charlie: User) -> None:
        fill(alice)
        imported(charlie, exported(alice))
        pages = {}
        for who in (alice, charlie):
            client.force_login(who)
            with acting_as(who.pk):
                resume = Resume.objects.get(title="My CV")
                persona = Persona.objects.get(name="Data engineer")
            pages[who.pk] = [
                words_of(client.get(address).content.decode())
                for address in (
                    reverse("personas:list"),
                    reverse("personas:edit", args=[persona.pk]),
                    reverse("personas:skills"),
                    reverse("personas:resumes"),
                    reverse("personas:resume", args=[resume.pk]),
                    reverse("personas:edit_resume", args=[resume.pk]),
                    reverse("personas:version", args=[resume.pk, 1]),
                    reverse("matching:tuner"),
                    reverse("autoapply:answers"),
                    reverse("autoapply:letters"),
                    reverse("autoapply:applications"),
                    reverse("autoapply:application_funnel"),
                )
            ]

        assert all(pages[alice.pk])
        assert pages[alice.pk] == pages[charlie.pk]

    def test_what_stays_in_the_archive_is_told(self, alice: User, charlie: User) -> None:
        everything_of(alice)

        told = imported(charlie, exported(alice))

        assert {"job_matches", "auto_apply_applications", "api_tokens", "calendar_feeds"} <= set(told.left)
        with acting_as(charlie.pk), connection.cursor() as cursor:
            for table in ("api_tokens", "auto_apply_applications", "auto_apply_logs", "job_matches"):
                cursor.execute(f"SELECT count(*) FROM {table} WHERE user_id = %s", [charlie.pk])
                assert cursor.fetchone() == (0,)

    def test_account_that_is_not_empty_keeps_what_it_has(self, alice: User, charlie: User) -> None:
        fill(alice)
        UserSkillFactory(user=charlie, skill_name="Rust")

        with pytest.raises(ArchiveRefused) as refused:
            imported(charlie, exported(alice))

        assert "empty" in refused.value.message
        with acting_as(charlie.pk):
            assert [skill.skill_name for skill in UserSkill.objects.all()] == ["Rust"]
            assert not Resume.objects.exists()


BAD: dict[str, Callable[[bytes], bytes]] = {
    "no zip": lambda content: b"PK nothing",
    "cut": lambda content: content[: len(content) // 2],
    "no manifest": lambda content: changed(content, lambda entries: entries.pop("manifest.json")),
    "other format": lambda content: changed(
        content,
        lambda entries: entries.update(
            {"manifest.json": entries["manifest.json"].replace(b"relevnt-export/2", b"relevnt-export/9")}
        ),
    ),
    "manifest is a list": lambda content: changed(
        content, lambda entries: entries.update({"manifest.json": b"[]"})
    ),
    "path parts": lambda content: changed(content, lambda entries: entries.update({"../out.txt": b"x"})),
    "table is no list": lambda content: changed(
        content, lambda entries: entries.update({"tables/resumes.json": b"{}"})
    ),
    "table is broken": lambda content: changed(
        content, lambda entries: entries.update({"tables/resumes.json": b"[{"})
    ),
    "rows of somebody else": lambda content: changed(content, in_table("user_skills", user_id=str(uuid4()))),
    "a foreign résumé": lambda content: changed(content, in_table("user_personas", resume_id=str(uuid4()))),
    "wrong type": lambda content: changed(content, in_table("user_skills", years="many")),
    "unknown level": lambda content: changed(content, in_table("user_skills", proficiency_level="wizard")),
    "document is no résumé": lambda content: changed(content, in_table("resumes", document={"work": 1})),
    "document is no object": lambda content: changed(content, in_table("resumes", document=[1])),
    "odd clock": lambda content: changed(content, in_table("users", time_zone="Nowhere/Here")),
    "file is missing": lambda content: changed(
        content, lambda entries: [entries.pop(name) for name in list(entries) if name.startswith("files/")]
    ),
}


@pytest.mark.django_db
class TestBadArchives:
    """Nothing of them goes in."""

    @pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
    def test_refused_with_words_and_nothing_is_kept(
        self, alice: User, charlie: User, bad: Callable[[bytes], bytes]
    ) -> None:
        fill(alice)
        content = bad(exported(alice))

        with pytest.raises(ArchiveRefused) as refused:
            imported(charlie, content)

        assert refused.value.message.endswith(".")
        with acting_as(charlie.pk):
            assert not Resume.objects.exists()
            assert not Persona.objects.exists()
            assert User.objects.get(pk=charlie.pk).display_name == charlie.display_name

    def test_a_changed_table_is_not_believed(self, alice: User, charlie: User) -> None:
        fill(alice)
        content = exported(alice)
        out = BytesIO()
        with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                body = old.read(name)
                new.writestr(
                    name, body.replace(b"Baking", b"Fakery") if name.endswith("user_skills.json") else body
                )

        with pytest.raises(ArchiveRefused, match="refused"):
            imported(charlie, out.getvalue())

    def test_a_bomb_is_stopped_while_it_unpacks(self) -> None:
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(5):
                archive.writestr(f"files/{number}", b"\0" * 50 * 1024 * 1024)

        with pytest.raises(ArchiveRefused) as refused:
            read_archive(out.getvalue())

        assert "unpacks" in refused.value.message

    def test_a_forged_archive_cannot_give_rights_or_rows_of_others(self, alice: User, charlie: User) -> None:
        fill(alice)
        content = changed(
            exported(alice), in_table("users", is_staff=True, email="boss@example.com", is_coach=True)
        )

        imported(charlie, content)

        with acting_as(charlie.pk):
            person = User.objects.get(pk=charlie.pk)
        assert (person.is_staff, person.is_coach, person.email) == (False, False, charlie.email)

    @given(st.integers(0, 10**6))
    @settings(max_examples=60, deadline=None)
    def test_nothing_but_a_reading_or_a_refusal_comes_of_broken_bytes(self, number: int) -> None:
        content = bytearray(SOUND)
        dice = random.Random(number)
        for _turn in range(dice.randint(1, 30)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        with suppress(ArchiveRefused):
            assert isinstance(read_archive(bytes(content)), Archive)


def _sound() -> bytes:
    out = BytesIO()
    person = str(uuid4())
    rows = json.dumps([{"id": str(uuid4()), "user_id": person, "skill_name": "Python"}]).encode()
    manifest = {"format": "relevnt-export/2", "person": person, "files": [], "sha256": {}}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tables/user_skills.json", rows)
        archive.writestr("manifest.json", json.dumps(manifest))
    return out.getvalue()


SOUND = _sound()


@pytest.mark.django_db
class TestDoors:
    """The page and the API."""

    def test_page_imports_and_tells(self, client: Client, alice: User, charlie: User) -> None:
        fill(alice)
        content = exported(alice)
        client.force_login(charlie)

        page = client.post(
            reverse("personas:import_data"), {"file": SimpleUploadedFile("a.zip", content)}
        ).content.decode()

        assert "What went in" in page
        assert "Data engineer" in client.get(reverse("personas:list")).content.decode()

    def test_page_tells_what_is_wrong(self, client: Client, alice: User) -> None:
        client.force_login(alice)

        for sent in ({}, {"file": SimpleUploadedFile("a.zip", b"nothing")}):
            assert "errorlist" in client.post(reverse("personas:import_data"), sent).content.decode()

    def test_api_imports_and_refuses(self, api: APIClient, alice: User, charlie: User) -> None:
        fill(alice)
        content = exported(alice)
        api.force_login(charlie)

        bad = api.post(
            "/api/v1/me/import/", {"file": SimpleUploadedFile("a.zip", b"nothing")}, format="multipart"
        )
        done = api.post(
            "/api/v1/me/import/", {"file": SimpleUploadedFile("a.zip", content)}, format="multipart"
        )
        again = api.post(
            "/api/v1/me/import/", {"file": SimpleUploadedFile("a.zip", content)}, format="multipart"
        )

        assert bad.status_code == 400
        assert "file" in bad.json()["errors"]
        assert done.json()["rows"]["user_skills"] == 2
        assert again.status_code == 400


def test_nobody_else_is_written_to(db: None) -> None:
    owner, other = UserFactory(), UserFactory()
    with acting_as(other.pk), pytest.raises(NotOneself):
        import_archive(user=owner, archive=Archive(owner.pk, {}))
