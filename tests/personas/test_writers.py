"""Résumés out of the house, and read back: no text is lost."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from rest_framework.test import APIClient

from personas.models import User
from personas.readers.docx import read_docx
from personas.readers.lines import Sheet, clean
from personas.readers.pdf import read_pdf
from personas.readers.structure.dates import read_moment
from personas.readers.structure.document import read_document
from personas.resume_texts import list_texts
from personas.writers import docx, pdf
from personas.writers.docx import write_docx
from personas.writers.outline import tell_date
from personas.writers.pdf import find_undrawable, write_pdf
from tests.factories import ResumeFactory
from tests.personas.resume_corpus import people
from tests.personas.resume_scoring import score

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


WRITERS: dict[str, tuple[Callable[..., bytes], Callable[[bytes], Sheet]]] = {
    "docx": (write_docx, read_docx),
    "pdf": (write_pdf, read_pdf),
}


def packed(text: str) -> str:
    """As the readers tidy what they read, without the blanks at which a page breaks its lines."""
    tidy = "".join(clean(line) for line in text.splitlines())
    return "".join(sign for sign in unicodedata.normalize("NFKC", tidy) if not sign.isspace())


def read_back(kind: str, document: dict[str, Any], text: str = "") -> str:
    write, read = WRITERS[kind]
    lines = [line.text.removeprefix("• ") for line in read(write(document, text=text)).lines]
    # A head that is longer than its row goes on below its dates, which are told apart here.
    return packed("".join(line.partition("\t")[0] for line in lines)) + packed(
        "".join(line.partition("\t")[2] for line in lines)
    )


def missing(document: dict[str, Any], told: str) -> list[str]:
    return [
        each.pointer
        for each in list_texts(document)
        if packed(each.text) not in told and packed(tell_date(each.text)) not in told
    ]


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_text_of_a_sample_is_in_the_file(path: Path, kind: str) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))

    told = read_back(kind, document)

    # A profile's network and user stand in its address, which is told.
    assert [pointer for pointer in missing(document, told) if "/profiles/" not in pointer] == []
    assert all(packed(profile["url"]) in told for profile in document["basics"]["profiles"])


@pytest.mark.parametrize("kind", WRITERS)
@given(document=documents)
@settings(max_examples=60, deadline=None)
def test_every_text_of_any_document_is_in_the_file(kind: str, document: dict[str, Any]) -> None:
    assume(list_texts({"work": document["work"]}))
    written = json.dumps(document, ensure_ascii=False)
    # Digits within a right-to-left word are read in the order of the page; whole words of such scripts are tested below.
    assume(kind != "pdf" or not any(unicodedata.bidirectional(sign) in {"R", "AL"} for sign in written))
    told = read_back(kind, document)
    if kind == "pdf":
        # What no font has a letter for is told to the person instead.
        signs = str.maketrans("", "", find_undrawable(document, text=""))
        document = json.loads(written.translate(signs))

    assert missing(document, told) == []


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("person", people())
def test_our_own_reader_finds_the_facts_again(person: str, kind: str) -> None:
    document = people()[person]
    write, read = WRITERS[kind]

    found, unplaced = read_document(read(write(document, text="")).lines)

    reached = score(document, found)
    assert reached.right >= 0.95 * reached.all, reached.wrong
    assert unplaced == ()


@pytest.mark.parametrize("kind", WRITERS)
def test_what_was_only_read_as_text_is_written_as_text(kind: str) -> None:
    told = read_back(kind, {"basics": {"name": "Ada"}}, text="Ada Example\nData Engineer, Acme\n\x01 odd")

    assert "DataEngineer,Acme" in told
    assert "AdaExample" in told


@pytest.mark.parametrize(
    ("language", "date", "told"),
    [
        ("en", "2019", "2019"),
        ("en", "2019-06", "Jun 2019"),
        ("en", "2019-06-01", "1 Jun 2019"),
        ("de", "2019-06", "Jun 2019"),
        ("de", "2019-12", "Dez 2019"),
        ("en", "2019-13", "2019-13"),
        ("en", "soon", "soon"),
    ],
)
def test_a_date_is_told_as_precisely_as_it_is_known(language: str, date: str, told: str) -> None:
    with translation.override(language):
        assert tell_date(date) == told
        assert read_moment(told) in {date, ""} or date == "2019-13"


@pytest.mark.parametrize(
    "name",
    [
        "ليلى حداد مهندسة",
        "דנה כהן",
        "山田 太郎 エンジニア",
        "김철수 개발자",
        "王小明",
        "Zoë Ağaoğlu Łukasz",
        "Иван Ёлкин",
        "Ελένη",
    ],
)
def test_other_scripts_are_kept_in_a_pdf(name: str) -> None:
    told = read_back("pdf", {"basics": {"name": name}, "work": [{"summary": name}]})

    assert told.count(packed(name)) == 2


def test_what_no_font_has_a_letter_for_is_told() -> None:
    document = {"basics": {"name": "Asha 😀 आशा"}, "work": [{"name": "Łódź 山田 שלום"}]}

    assert set(find_undrawable(document, text="")) == {"😀", *"आशा"}
    assert find_undrawable({}, text="only ॐ") == "ॐ"


def test_a_pdf_is_the_same_each_time_and_names_nobody_but_its_owner() -> None:
    document = {"basics": {"name": "Ada"}, "work": [{"name": "Acme"}]}

    first, second = write_pdf(document, text=""), write_pdf(document, text="")

    assert first == second
    assert PdfReader(BytesIO(first)).metadata.author in {None, ""}
    assert PdfReader(BytesIO(first)).metadata.title == "Ada"


def test_every_letter_of_a_pdf_is_in_an_embedded_font() -> None:
    written = PdfReader(
        BytesIO(write_pdf({"basics": {"name": "Ada Łukasz"}, "work": [{"name": "Ångström"}]}, text=""))
    )

    fonts = [font.get_object() for font in written.pages[0]["/Resources"]["/Font"].values()]
    used = [
        font for font in fonts if "Relevnt" in str(font["/BaseFont"]) or "DejaVu" in str(font["/BaseFont"])
    ]
    assert used
    assert all("/FontFile2" in font["/FontDescriptor"] for font in used)


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

    @pytest.mark.parametrize(("kind", "writer"), [("docx", docx), ("pdf", pdf)])
    def test_files(self, client: Client, api: APIClient, alice: User, kind: str, writer: ModuleType) -> None:
        resume = ResumeFactory(user=alice, title='../"My CV"', document=self.DOCUMENT)
        client.force_login(alice)
        api.force_login(alice)

        for answer in (
            client.get(reverse(f"personas:resume_{kind}", args=[resume.pk])),
            api.get(f"/api/v1/resumes/{resume.pk}/{kind}/"),
        ):
            assert answer.headers["Content-Type"] == writer.MEDIA_TYPE
            assert f".{kind}" in answer.headers["Content-Disposition"]
            _write, read = WRITERS[kind]
            assert "Engineer" in " ".join(line.text for line in read(answer.content).lines)

    @pytest.mark.parametrize("kind", ["json", "docx", "pdf"])
    def test_resume_of_somebody_else_is_not_there(
        self, client: Client, api: APIClient, alice: User, charlie: User, kind: str
    ) -> None:
        resume = ResumeFactory(user=alice, document=self.DOCUMENT)
        client.force_login(charlie)
        api.force_login(charlie)

        assert client.get(reverse(f"personas:resume_{kind}", args=[resume.pk])).status_code == 404
        assert api.get(f"/api/v1/resumes/{resume.pk}/{kind}/").status_code == 404
