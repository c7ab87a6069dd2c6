"""Editing a résumé: what was typed goes where it belongs, nothing else changes, no screen writes over another."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from personas import resume_editing
from personas.identity import acting_as
from personas.models import Resume, ResumeVersion, User
from personas.resume_form import PARTS, basics_fields, change_order, parts_of, read_form, wrongs_of
from personas.services import Gone, ValuesRefused
from tests.factories import ResumeFactory, ResumeFileFactory
from tests.personas.resume_files import DATA, LETTER, text_pdf

SAMPLES = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(DATA).glob("*.json"))]
DOCUMENT: dict[str, Any] = {
    "basics": {"name": "Ada", "x-own": 1, "location": {"city": "London", "x-zone": 2}},
    "work": [
        {
            "name": "Acme",
            "position": "Engineer",
            "startDate": "2019",
            "x-team": {"size": 7},
            "highlights": ["One.", "Two."],
        },
        {"name": "Globex", "startDate": "2015-03", "endDate": "2018-12-31"},
    ],
    "x-more": ["kept"],
}
VALUES: Any = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "url", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
ENTRIES = st.lists(
    st.dictionaries(st.sampled_from(["name", "startDate", "highlights", "x-own"]), VALUES), max_size=3
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "basics": st.dictionaries(st.sampled_from(["name", "email", "location", "profiles", "x"]), VALUES)
    }
    | dict.fromkeys((*PARTS, "x-more"), ENTRIES),
)


def typed(document: dict[str, Any], **changes: str) -> dict[str, str]:
    """What a browser sends of the form of a document, with some fields typed anew (`work__0__name`)."""
    sent = {field.name: field.value for field in basics_fields(document, {}) if not field.is_kept}
    for part in parts_of(document, {}):
        for entry in part.entries:
            sent[f"{part.key}-{entry.number}-at"] = entry.at
            sent |= {
                field.name: field.value.replace("\n", "\r\n") for field in entry.fields if not field.is_kept
            }
    return sent | {name.replace("__", "-"): value for name, value in changes.items()}


def reload(resume: Resume) -> None:
    with acting_as(resume.user_id):
        resume.refresh_from_db()


class TestForm:
    """A document as a form and back."""

    @pytest.mark.parametrize("document", SAMPLES)
    def test_a_form_that_nobody_touched_changes_nothing(self, document: dict[str, Any]) -> None:
        draft = read_form(document, typed(document))

        assert draft.faults == {}
        assert draft.document == document

    @given(DOCUMENTS)
    def test_a_form_that_nobody_touched_changes_nothing_of_any_document(
        self, document: dict[str, Any]
    ) -> None:
        assert read_form(document, typed(document)).document == document

    def test_what_is_typed_goes_into_its_field_and_nothing_else_changes(self) -> None:
        changes = {
            "basics__label": "Engineer", "place__city": "Paris", "work__0__highlights": "One.\r\n\r\n Three. \r\n",
            "work__1__endDate": "Jun 2019", "work__1__name": "",
        }  # fmt: skip
        draft = read_form(DOCUMENT, typed(DOCUMENT, **changes))

        assert draft.faults == {}
        assert draft.document == {
            "basics": {
                "name": "Ada",
                "x-own": 1,
                "location": {"city": "Paris", "x-zone": 2},
                "label": "Engineer",
            },
            "work": [
                {**DOCUMENT["work"][0], "highlights": ["One.", "Three."]},
                {"startDate": "2015-03", "endDate": "2019-06"},
            ],
            "x-more": ["kept"],
        }

    def test_a_new_entry_is_kept_once_it_holds_something(self) -> None:
        empty = read_form(DOCUMENT, typed(DOCUMENT) | {"skills-0-at": "", "skills-0-name": " "})
        filled = read_form(DOCUMENT, typed(DOCUMENT) | {"skills-0-at": "", "skills-0-name": "Go"})

        assert "skills" not in empty.document
        assert filled.document["skills"] == [{"name": "Go"}]

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("2019", "2019"), ("2019-06", "2019-06"), ("2019-06-30", "2019-06-30"), ("06/2019", "2019-06"),
            ("30 June 2019", "2019-06-30"), ("present", None), ("heute", None), ("", None),
        ],
    )  # fmt: skip
    def test_dates_keep_their_precision(self, text: str, kept: str | None) -> None:
        draft = read_form(DOCUMENT, typed(DOCUMENT, work__1__endDate=text))

        assert draft.faults == {}
        assert draft.document["work"][1].get("endDate") == kept

    @pytest.mark.parametrize(
        ("field", "text"),
        [
            ("work__0__endDate", "soonish"),
            ("work__0__endDate", "2019-13"),
            ("work__0__endDate", "2019 – 2020"),
            ("basics__name", "a\x00b"),
            ("basics__summary", "x" * 5001),
        ],
    )
    def test_what_cannot_be_kept_is_told_at_its_field_and_stays_typed(self, field: str, text: str) -> None:
        name = field.replace("__", "-")
        draft = read_form(DOCUMENT, typed(DOCUMENT, **{field: text}))

        assert list(draft.faults) == [name]
        assert [wrong.anchor for wrong in wrongs_of(draft.faults)] == [f"id_{name}"]
        shown = [*basics_fields(draft.document, draft.faults)]
        shown += [
            each
            for part in parts_of(draft.document, draft.faults)
            for entry in part.entries
            for each in entry.fields
        ]
        assert [(each.value, bool(each.faults)) for each in shown if each.name == name] == [(text, True)]

    def test_numbers_that_no_form_has_sent_change_nothing(self) -> None:
        sent = {"work-0-at": "7", "work-0-name": "Foreign", "work-x-name": "odd", "other-0-name": "odd"}
        draft = read_form(DOCUMENT, sent)

        assert draft.document["work"] == [{"name": "Foreign"}]
        assert "other" not in draft.document

    def test_entries_are_moved_and_taken_out(self) -> None:
        names = [work["name"] for work in change_order(DOCUMENT, "work", 1, by=-1)["work"]]

        assert names == ["Globex", "Acme"]
        assert [work["name"] for work in change_order(DOCUMENT, "work", 0, by=0)["work"]] == ["Globex"]
        for part, at, by in (("work", 9, 0), ("work", 0, -1), ("x-more", 0, 0), ("basics", 0, 0)):
            assert change_order(DOCUMENT, part, at, by=by) == DOCUMENT


@pytest.mark.django_db
class TestServices:
    """Revisions and versions."""

    def test_a_change_counts_and_keeps_what_was_there(self, alice: User) -> None:
        with acting_as(alice.pk):
            resume = ResumeFactory(user=alice, document=DOCUMENT)
            saved = resume_editing.save_document(
                resume=resume, document={"basics": {"name": "B"}}, revision=1
            )

            assert saved.revision == 2
            assert list(saved.versions.values_list("revision", "document")) == [(1, DOCUMENT)]

    def test_one_spell_of_changes_is_one_version(self, alice: User) -> None:
        with acting_as(alice.pk):
            resume = ResumeFactory(user=alice, document=DOCUMENT)
            for number in range(1, 6):
                resume_editing.save_document(
                    resume=resume, document={"basics": {"name": str(number)}}, revision=number
                )

            assert list(resume.versions.values_list("revision", flat=True)) == [1]

            ResumeVersion.objects.update(created_at=timezone.now() - timedelta(minutes=11))
            resume_editing.save_document(resume=resume, document={"basics": {"name": "later"}}, revision=6)

            assert set(resume.versions.values_list("revision", flat=True)) == {1, 6}

    def test_the_first_and_the_fifty_newest_are_kept(self, alice: User) -> None:
        with acting_as(alice.pk):
            resume = ResumeFactory(user=alice, document=DOCUMENT)
            for number in range(1, 60):
                resume_editing.save_document(
                    resume=resume, document={"basics": {"name": str(number)}}, revision=number
                )
                ResumeVersion.objects.update(created_at=timezone.now() - timedelta(minutes=11))

            kept = sorted(resume.versions.values_list("revision", flat=True))
            assert kept == [1, *range(10, 60)]

    def test_an_old_revision_is_refused_and_nothing_changes(self, alice: User) -> None:
        with acting_as(alice.pk):
            resume = ResumeFactory(user=alice, document=DOCUMENT)
            resume_editing.save_document(resume=resume, document={"basics": {"name": "theirs"}}, revision=1)

            with pytest.raises(resume_editing.Outdated):
                resume_editing.save_document(resume=resume, document={"basics": {"name": "mine"}}, revision=1)
            over = resume_editing.save_document(
                resume=resume, document={"basics": {"name": "mine"}}, revision=1, over=True
            )

            assert over.document == {"basics": {"name": "mine"}}
            assert {"basics": {"name": "theirs"}} in list(resume.versions.values_list("document", flat=True))

    def test_a_version_is_given_back_and_loses_nothing(self, alice: User) -> None:
        with acting_as(alice.pk):
            resume = ResumeFactory(user=alice, document=DOCUMENT)
            resume_editing.save_document(resume=resume, document={"basics": {"name": "B"}}, revision=1)

            back = resume_editing.restore_version(version=resume.versions.get(revision=1))

            assert back.document == DOCUMENT
            assert back.revision == 3
            assert {"basics": {"name": "B"}} in list(resume.versions.values_list("document", flat=True))

    @pytest.mark.parametrize(
        "document",
        [
            {"work": {}},
            {"work": ["x"]},
            {"basics": []},
            {"basics": {"name": "\x00"}},
            {"basics": {"summary": "x" * 2**20}},
        ],
    )
    def test_what_is_no_resume_is_refused(self, alice: User, document: dict[str, Any]) -> None:
        with acting_as(alice.pk):
            resume = ResumeFactory(user=alice, document=DOCUMENT)

            with pytest.raises(ValuesRefused):
                resume_editing.save_document(resume=resume, document=document, revision=1)

    def test_nests_that_are_too_deep_are_refused(self, alice: User) -> None:
        deep: Any = "x"
        for _level in range(30):
            deep = [deep]
        with acting_as(alice.pk), pytest.raises(ValuesRefused):
            resume_editing.save_document(resume=ResumeFactory(user=alice), document={"x": deep}, revision=1)

    def test_what_is_gone_is_gone(self, alice: User) -> None:
        with acting_as(alice.pk):
            resume = ResumeFactory(user=alice)
            Resume.objects.filter(pk=resume.pk).delete()

            with pytest.raises(Gone):
                resume_editing.save_document(resume=resume, document={}, revision=1)

    def test_plain_sql_counts_too_and_sets_no_revision(self, alice: User) -> None:
        with acting_as(alice.pk), connection.cursor() as cursor:
            resume = ResumeFactory(user=alice, document=DOCUMENT)
            cursor.execute("UPDATE resumes SET document = '{}', revision = 99 WHERE id = %s", [resume.pk])
            resume.refresh_from_db()

            assert (resume.revision, resume.document) == (2, {})


@pytest.mark.django_db
class TestPages:
    """The page beside the file."""

    def post(self, client: Client, resume: Resume, **more: str) -> Any:
        sent = {**typed(resume.document), "revision": str(resume.revision), **more}
        return client.post(reverse("personas:edit_resume", args=[resume.pk]), sent)

    def test_form_holds_what_was_read_and_what_was_not_placed(self, client: Client, alice: User) -> None:
        resume = ResumeFactory(user=alice, document=DOCUMENT, unplaced=["odd line"], text="the text")
        client.force_login(alice)

        page = client.get(reverse("personas:edit_resume", args=[resume.pk]))

        for text in ("Acme", "odd line", "the text", "2018-12-31", "Everything is right"):
            assert text in page.content.decode()

    def test_save_by_a_button_and_confirm(self, client: Client, alice: User) -> None:
        resume = ResumeFactory(user=alice, document=DOCUMENT)
        client.force_login(alice)

        saved = self.post(client, resume, **{"basics-name": "Ada L.", "do": "confirm"})
        reload(resume)

        assert saved.status_code == 302
        assert resume.document["basics"]["name"] == "Ada L."
        assert resume.confirmed_at is not None

    def test_saved_as_one_types(self, client: Client, alice: User) -> None:
        resume = ResumeFactory(user=alice, document=DOCUMENT)
        client.force_login(alice)
        sent = {**typed(DOCUMENT), "revision": "1", "basics-name": "Ada L."}

        answer = client.post(
            reverse("personas:edit_resume", args=[resume.pk]), sent, headers={"HX-Request": "true"}
        )

        assert "Saved" in answer.content.decode()
        assert 'value="2"' in answer.content.decode()

    def test_another_screen_is_told_and_loses_nothing(self, client: Client, alice: User) -> None:
        resume = ResumeFactory(user=alice, document=DOCUMENT)
        client.force_login(alice)
        self.post(client, resume, **{"basics-name": "first screen"})

        for headers in ({}, {"HX-Request": "true"}):
            sent = {**typed(DOCUMENT), "revision": "1", "basics-name": "second screen"}
            answer = client.post(reverse("personas:edit_resume", args=[resume.pk]), sent, headers=headers)
            page = answer.content.decode()
            assert answer.status_code == (200 if headers else 409)
            assert "another screen" in page
            assert headers or "second screen" in page
        reload(resume)
        assert resume.document["basics"]["name"] == "first screen"

        client.post(reverse("personas:edit_resume", args=[resume.pk]), {**sent, "do": "over"})
        reload(resume)
        assert resume.document["basics"]["name"] == "second screen"

    def test_what_is_wrong_is_told_beside_what_was_typed(self, client: Client, alice: User) -> None:
        resume = ResumeFactory(user=alice, document=DOCUMENT)
        client.force_login(alice)

        page = self.post(
            client, resume, **{"work-0-endDate": "soonish", "basics-label": "typed too"}
        ).content.decode()

        assert "soonish" in page
        assert "typed too" in page
        assert "This is no date" in page

    @pytest.mark.parametrize(
        ("order", "names", "query"),
        [
            ("remove:work-0", ["Globex"], "#work"),
            ("up:work-1", ["Globex", "Acme"], "#work"),
            ("down:work-0", ["Globex", "Acme"], "#work"),
            ("add:work", ["Acme", "Globex"], "?add=work#work-new"),
            ("nonsense", ["Acme", "Globex"], ""),
        ],
    )
    def test_entries_are_ordered_without_scripts(
        self, client: Client, alice: User, order: str, names: list[str], query: str
    ) -> None:
        resume = ResumeFactory(user=alice, document=DOCUMENT)
        client.force_login(alice)

        answer = self.post(client, resume, do=order)
        reload(resume)

        assert answer.headers["Location"].endswith(f"/edit/{query}")
        assert [work["name"] for work in resume.document["work"]] == names

    @pytest.mark.parametrize("revision", ["", "x", "99999999999", "-1"])
    def test_a_damaged_form_saves_nothing(self, client: Client, alice: User, revision: str) -> None:
        resume = ResumeFactory(user=alice, document=DOCUMENT)
        client.force_login(alice)

        answer = self.post(client, resume, **{"basics-name": "other", "revision": revision})
        reload(resume)

        assert answer.headers["Location"].endswith("/edit/")
        assert resume.document == DOCUMENT

    def test_pages_of_the_file_are_shown_to_their_owner_alone(
        self, client: Client, alice: User, charlie: User
    ) -> None:
        resume = ResumeFactory(user=alice)
        ResumeFileFactory(resume=resume, content=text_pdf(LETTER), media_type="application/pdf", pages=1)
        first = reverse("personas:resume_page", args=[resume.pk, 1])
        client.force_login(alice)

        picture = client.get(first)

        assert picture.content.startswith(b"\x89PNG")
        assert "private" in picture.headers["Cache-Control"]
        assert first in client.get(reverse("personas:edit_resume", args=[resume.pk])).content.decode()
        assert client.get(reverse("personas:resume_page", args=[resume.pk, 2])).status_code == 404
        client.force_login(charlie)
        assert client.get(first).status_code == 404

    def test_versions_are_shown_and_given_back(self, client: Client, alice: User, charlie: User) -> None:
        resume = ResumeFactory(user=alice, document=DOCUMENT)
        client.force_login(alice)
        self.post(client, resume, **{"basics-name": "Ada L."})

        assert "Version 1" in client.get(reverse("personas:versions", args=[resume.pk])).content.decode()
        version = client.get(reverse("personas:version", args=[resume.pk, 1])).content.decode()
        assert "<mark>Ada</mark>" in version
        client.post(reverse("personas:restore_version", args=[resume.pk, 1]))
        reload(resume)
        assert resume.document == DOCUMENT
        client.force_login(charlie)
        for name in ("version", "restore_version"):
            assert client.post(reverse(f"personas:{name}", args=[resume.pk, 1])).status_code in {404, 405}

    def test_a_json_resume_needs_no_check(self, client: Client, alice: User) -> None:
        client.force_login(alice)
        with (DATA / "sample.resume.json").open("rb") as file:
            answer = client.post(reverse("personas:upload"), {"file": file, "title": ""})

        assert answer.headers["Location"].endswith("/edit/")
        with acting_as(alice.pk):
            assert Resume.objects.filter(user=alice).get().confirmed_at is not None


@pytest.mark.django_db
class TestApi:
    """The same through the API."""

    def test_document_versions_restore_confirm(self, api: APIClient, alice: User) -> None:
        resume = ResumeFactory(user=alice, document=DOCUMENT)
        api.force_login(alice)
        address = f"/api/v1/resumes/{resume.pk}"

        put = api.put(
            f"{address}/document/", {"document": {"basics": {"name": "B"}}, "revision": 1}, format="json"
        )
        late = api.put(f"{address}/document/", {"document": {}, "revision": 1}, format="json")
        bad = api.put(f"{address}/document/", {"document": {"work": 1}, "revision": 2}, format="json")
        versions = api.get(f"{address}/versions/").json()
        back = api.post(f"{address}/restore/", {"revision": 1}, format="json")
        confirmed = api.post(f"{address}/confirm/")

        assert (put.status_code, put.json()["revision"]) == (200, 2)
        assert late.status_code == 409
        assert "revision" in late.json()["errors"]
        assert bad.status_code == 400
        assert [(each["revision"], each["document"]) for each in versions] == [(1, DOCUMENT)]
        assert back.json()["document"] == DOCUMENT
        assert confirmed.json()["confirmed_at"]
        assert api.post(f"{address}/restore/", {"revision": 77}, format="json").status_code == 404
