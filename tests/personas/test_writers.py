"""Résumés out of the house, and read back: no text is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from personas.models import User
from personas.readers.docx import read_docx
from personas.readers.lines import clean
from personas.resume_texts import list_texts
from personas.writers.docx import MEDIA_TYPE, write_docx
from tests.factories import ResumeFactory

DATA = Path(__file__).parent / "data"
SAMPLES = sorted(DATA.glob("*.json"))
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Co", "Cn", "Zl", "Zp"]), max_size=60
)
entries = st.dictionaries(
    st.sampled_from(["name", "position", "summary", "startDate", "x-own", "highlights", "url"]),
    texts
    | st.lists(texts, max_size=3)
    | st.integers()
    | st.none()
    | st.dictionaries(texts, texts, max_size=2),
    max_size=5,
)
documents = st.fixed_dictionaries(
    {"work": st.lists(entries, min_size=1, max_size=3)},
    optional={"basics": entries, "skills": st.lists(entries, max_size=2), "x-more": entries | texts},
)


def words(text: str) -> list[str]:
    """As the readers tidy what they read."""
    return " ".join(clean(line) for line in text.splitlines()).split()


def read_back(document: dict[str, Any], text: str = "") -> str:
    return " ".join(words("\n".join(line.text for line in read_docx(write_docx(document, text=text)).lines)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_text_of_a_sample_is_in_the_file(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))

    told = read_back(document)

    assert [each.pointer for each in list_texts(document) if " ".join(words(each.text)) not in told] == []


@given(documents)
@settings(max_examples=60, deadline=None)
def test_every_text_of_any_document_is_in_the_file(document: dict[str, Any]) -> None:
    told = read_back(document) if list_texts({"work": document["work"]}) else None

    if told is not None:
        assert [each for each in list_texts(document) if " ".join(words(each.text)) not in told] == []


def test_what_was_only_read_as_text_is_written_as_text() -> None:
    told = read_back({"basics": {"name": "Ada"}}, text="Ada Example\nData Engineer, Acme\n\x01 odd")

    assert "Data Engineer, Acme" in told
    assert "Ada Example" in told


@pytest.mark.django_db
class TestDoors:
    """Pages and API give the same files, to their owner alone."""

    DOCUMENT: dict[str, Any] = {
        "basics": {"name": "Ada"},
        "work": [{"position": "Engineer", "startDate": "2020-05"}],
        "x-own": [1],
    }

    def test_document_comes_out_as_it_went_in(self, client: Client, api: APIClient, alice: User) -> None:
        resume = ResumeFactory(user=alice, title="My CV", document=self.DOCUMENT)
        client.force_login(alice)
        api.force_login(alice)

        page = client.get(reverse("personas:resume_json", args=[resume.pk]))
        answer = api.get(f"/api/v1/resumes/{resume.pk}/json/")

        assert json.loads(page.content) == json.loads(answer.content) == self.DOCUMENT
        assert "attachment" in page.headers["Content-Disposition"]

    def test_file_for_word_processors(self, client: Client, api: APIClient, alice: User) -> None:
        resume = ResumeFactory(user=alice, title='../"My CV"', document=self.DOCUMENT)
        client.force_login(alice)
        api.force_login(alice)

        for answer in (
            client.get(reverse("personas:resume_docx", args=[resume.pk])),
            api.get(f"/api/v1/resumes/{resume.pk}/docx/"),
        ):
            assert answer.headers["Content-Type"] == MEDIA_TYPE
            assert ".docx" in answer.headers["Content-Disposition"]
            assert "Engineer" in " ".join(line.text for line in read_docx(answer.content).lines)

    @pytest.mark.parametrize("kind", ["json", "docx"])
    def test_resume_of_somebody_else_is_not_there(
        self, client: Client, api: APIClient, alice: User, charlie: User, kind: str
    ) -> None:
        resume = ResumeFactory(user=alice, document=self.DOCUMENT)
        client.force_login(charlie)
        api.force_login(charlie)

        assert client.get(reverse(f"personas:resume_{kind}", args=[resume.pk])).status_code == 404
        assert api.get(f"/api/v1/resumes/{resume.pk}/{kind}/").status_code == 404
