"""Résumé files are told by their bytes, read in a limited process, and lose not a word; what is unsafe is refused."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import docx
import pytest
import yaml
from pypdf import PdfReader, PdfWriter

from personas.readers import refusals
from personas.readers.refusals import Refusal, UploadRefused
from personas.readers.resume import read_resume
from personas.readers.skills import proposed_skills
from personas.readers.upload import MAX_BYTES, Kind, check_upload
from tests.personas.resume_files import (
    ARABIC,
    DATA,
    JAPANESE,
    LAYOUTS,
    LETTER,
    SAMPLES,
    arabic_pdf,
    columns,
    docx_of,
    encrypted_pdf,
    image_pdf,
    japanese_pdf,
    pdf_with,
    refusal_of,
    repacked,
    saved,
    text_box,
    text_pdf,
    with_lying_sizes,
)


def words_of(text: str) -> list[str]:
    """The words of a text, without marks, in lower case."""
    return re.findall(r"\w+", text.casefold())


# What a file is


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("cv.pdf", text_pdf(LETTER), Kind.PDF),
        ("CV.DOCX", docx_of("Jane Doe"), Kind.DOCX),
        ("cv.txt", b"Jane Doe\n", Kind.TXT),
        ("cv.txt", "Jane Doe".encode("utf-16"), Kind.TXT),
        ("cv.json", b'{"basics": {}}', Kind.JSON),
        ("Resume J. Doe", b"Jane Doe\n", Kind.TXT),
        ("C:\\cv\\..\\jane.pdf", text_pdf(LETTER), Kind.PDF),
        ("../../etc/cv.txt", b"{curly} brackets, yet prose", Kind.TXT),
    ],
)
def test_check_upload_tells_the_kind(name: str, content: bytes, kind: Kind) -> None:
    assert check_upload(name, content) is kind


DOCUMENT = docx_of("Jane Doe", "jane@example.com")
BOMB = repacked(DOCUMENT, extra={"word/filler.xml": bytes(51 * 1024 * 1024)})


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        pytest.param("cv.pdf", b"", Refusal.EMPTY, id="empty"),
        pytest.param("cv.txt", b" \n\t ", Refusal.EMPTY, id="blank"),
        pytest.param("cv.txt", b"a" * (MAX_BYTES + 1), Refusal.TOO_LARGE, id="too-large"),
        pytest.param("cv.html", b"plain text", Refusal.WRONG_NAME, id="unknown-ending"),
        pytest.param("cv.pdf", DOCUMENT, Refusal.MISMATCH, id="docx-named-pdf"),
        pytest.param("cv.docx", text_pdf(LETTER), Refusal.MISMATCH, id="pdf-named-docx"),
        pytest.param("cv.txt", b'{"basics": {}}', Refusal.MISMATCH, id="json-named-txt"),
        pytest.param("cv.json", b"Jane Doe", Refusal.MISMATCH, id="text-named-json"),
        pytest.param("cv.pdf", b"Jane Doe", Refusal.MISMATCH, id="text-named-pdf"),
        pytest.param("cv.pdf", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Refusal.PICTURE, id="picture-named-pdf"),
        pytest.param(
            "cv.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), Refusal.OLD_WORD, id="old-word"
        ),
        pytest.param("cv.docx", b"{\\rtf1 Jane}", Refusal.OTHER_FORMAT, id="rtf-named-docx"),
        pytest.param("cv.txt", b"<!doctype html><p>Jane", Refusal.OTHER_FORMAT, id="html-named-txt"),
        pytest.param("cv.pdf", b"\x7fELF" + bytes(64), Refusal.UNKNOWN_TYPE, id="program-named-pdf"),
        pytest.param("cv.txt", b"Jane\0Doe", Refusal.NUL, id="nul-in-text"),
        pytest.param("cv.pdf", b"%PDF-1.7 cut off", Refusal.DAMAGED, id="cut-pdf"),
        pytest.param("cv.docx", DOCUMENT[:-40], Refusal.DAMAGED, id="cut-docx"),
        pytest.param(
            "cv.docx",
            repacked(DOCUMENT, extra={"../../evil.xml": b"<a/>"}),
            Refusal.UNSAFE_PATH,
            id="path-upwards",
        ),
        pytest.param(
            "cv.docx",
            repacked(DOCUMENT, extra={"/etc/evil.xml": b"<a/>"}),
            Refusal.UNSAFE_PATH,
            id="path-from-root",
        ),
        pytest.param(
            "cv.docx", repacked(DOCUMENT, extra={"word/vbaProject.bin": b"x"}), Refusal.MACROS, id="macros"
        ),
        pytest.param(
            "cv.docx",
            repacked(DOCUMENT, extra={"word/embeddings/o1.bin": b"x"}),
            Refusal.EMBEDDED,
            id="object",
        ),
        pytest.param(
            "cv.docx",
            repacked(DOCUMENT, extra={"word/x.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'}),
            Refusal.DOCTYPE,
            id="doctype",
        ),
        pytest.param(
            "cv.docx",
            repacked(DOCUMENT, extra={"word/x.xml": "<!DOCTYPE a><a/>".encode("utf-16")}),
            Refusal.DOCTYPE,
            id="doctype-utf16",
        ),
        pytest.param(
            "cv.docx",
            repacked(DOCUMENT, extra={f"word/{n}.xml": b"" for n in range(500)}),
            Refusal.TOO_MANY_ENTRIES,
            id="entries",
        ),
        pytest.param("cv.docx", BOMB, Refusal.INFLATES, id="bomb"),
        pytest.param(
            "cv.docx", with_lying_sizes(BOMB, "word/filler.xml", size=1000), Refusal.INFLATES, id="lying-bomb"
        ),
        pytest.param(
            "cv.docx",
            with_lying_sizes(
                repacked(DOCUMENT, extra={"word/filler.xml": bytes(9000)}), "word/filler.xml", size=10
            ),
            Refusal.LYING_SIZES,
            id="lying-size",
        ),
        pytest.param(
            "cv.docx",
            repacked(
                DOCUMENT,
                replaced={
                    "[Content_Types].xml": (b"wordprocessingml.document.main+xml", b"macroEnabled.main+xml")
                },
            ),
            Refusal.MACROS,
            id="docm-as-docx",
        ),
    ],
)
def test_check_upload_refuses(name: str, content: bytes, code: Refusal) -> None:
    with pytest.raises(UploadRefused) as caught:
        check_upload(name, content)

    assert caught.value.code is code
    assert "%(" not in caught.value.message


def test_check_upload_is_quick_on_a_bomb() -> None:
    start = time.process_time()

    with pytest.raises(UploadRefused):
        check_upload("cv.docx", BOMB)

    # Unpacking it whole would take minutes and all memory.
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        pytest.param(
            "cv.pdf", encrypted_pdf(text_pdf(LETTER), password="secret"), Refusal.ENCRYPTED, id="encrypted"
        ),
        pytest.param("cv.pdf", image_pdf(), Refusal.IMAGE_ONLY, id="scan"),
        pytest.param("cv.pdf", pdf_with(b""), Refusal.NO_TEXT, id="blank-pdf"),
        pytest.param("cv.pdf", text_pdf(*[LETTER[:1]] * 101), Refusal.TOO_MANY_PAGES, id="101-pages"),
        pytest.param("cv.docx", docx_of(" "), Refusal.NO_TEXT, id="blank-docx"),
        pytest.param("cv.txt", "山田太郎、東京都".encode("shift_jis"), Refusal.ENCODING, id="shift-jis"),
        pytest.param("cv.txt", "山田太郎".encode("euc_jp"), Refusal.ENCODING, id="euc-jp"),
        pytest.param("cv.txt", b"\xff\xfea\0b", Refusal.ENCODING, id="half-utf16"),
        pytest.param("cv.txt", "Jane\0Doe".encode("utf-16"), Refusal.NUL, id="nul-in-utf16"),
        pytest.param("cv.txt", b"word " * 250_000, Refusal.TOO_LONG, id="too-long"),
        pytest.param("cv.json", b'{"basics": {"name": "Jane",}}', Refusal.NOT_JSON, id="comma"),
        pytest.param("cv.json", b'{"a": ' * 30 + b"1" + b"}" * 30, Refusal.TOO_DEEP, id="deep"),
        pytest.param("cv.json", b'{"a":' * 900_000, Refusal.TOO_DEEP, id="very-deep"),
        pytest.param("cv.json", b'{"basics": {"name": "J", "name": "K"}}', Refusal.DUPLICATE_KEY, id="twice"),
        pytest.param("cv.json", b'{"basics": {"x": NaN}}', Refusal.BAD_NUMBER, id="nan"),
        pytest.param("cv.json", b'{"basics": {"x": 1e999}}', Refusal.BAD_NUMBER, id="infinite"),
        pytest.param(
            "cv.json", b'{"basics": {"x": ' + b"9" * 5000 + b"}}", Refusal.BAD_NUMBER, id="5000-digits"
        ),
        pytest.param("cv.json", b'{"basics": {"name": "a\\u0000b"}}', Refusal.BAD_CHARACTER, id="nul-escape"),
        pytest.param("cv.json", b'{"basics": {"name": "\\ud800"}}', Refusal.BAD_CHARACTER, id="half-pair"),
        pytest.param(
            "cv.json",
            b'{"title": "Web Developer", "skills": [{"name": "HTML"}]}',
            Refusal.NOT_A_RESUME,
            id="job",
        ),
        pytest.param(
            "cv.json",
            b'{"basics": {"name": "J"}, "work": {"name": "Acme"}}',
            Refusal.NOT_A_RESUME,
            id="work-no-list",
        ),
        pytest.param(
            "cv.json", b'{"basics": {"name": "J"}, "work": ["Acme"]}', Refusal.NOT_A_RESUME, id="work-of-text"
        ),
        pytest.param("cv.json", b'{"basics": {}}', Refusal.NO_TEXT, id="empty-json"),
    ],
)
def test_read_resume_refuses(name: str, content: bytes, code: Refusal) -> None:
    refused = refusal_of(name, content)

    assert refused.code is code
    assert "%(" not in refused.message


def test_every_refusal_has_a_sentence() -> None:
    assert set(refusals.SENTENCES) == set(Refusal)


def test_a_refusal_tells_no_content_to_a_log() -> None:
    refused = refusal_of("cv.json", b'{"Jane Doe": 1, "Jane Doe": 2}')

    assert "Jane Doe" in refused.message
    assert "Jane Doe" not in str(refused) + repr(refused)


# What a file says


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda path: path.stem)
def test_every_layout_keeps_every_word(layout: Path) -> None:
    truth = yaml.safe_load((DATA / "rendercv_truth.yaml").read_text())["cv"]
    sections = truth["sections"]
    names = [truth["name"], truth["email"], truth["location"]]
    names += [entry[key] for entry in sections["experience"] for key in ("company", "position", "location")]
    names += [entry[key] for entry in sections["education"] for key in ("institution", "area", "location")]
    names += [entry["details"] for entry in sections["skills"]]
    prose = [bullet for entry in sections["experience"] for bullet in entry["highlights"]]
    prose += [entry["title"] for entry in sections["publications"]]

    read = read_resume(layout.name, layout.read_bytes())

    flat = " ".join(words_of(re.sub(r"-(?:\t[^\n]*)?\n(?=[a-z])", "", read.text)))
    missing = [name for name in names if " ".join(words_of(name)) not in flat]
    # A sentence may be broken over lines with a date beside the first, so for prose each word counts.
    lost = {word for text in prose for word in words_of(text)} - set(flat.split())
    assert missing == []
    assert lost == set()
    basics = read.document["basics"]
    assert (basics["name"], basics["email"]) == ("John Doe", "john.doe@email.com")
    assert {profile["url"] for profile in basics["profiles"]} == {
        "https://linkedin.com/in/rendercv",
        "https://github.com/rendercv",
    }
    assert "John Doe" not in read.unplaced
    assert set(read.unplaced) < set(read.text.split("\n"))


@pytest.mark.parametrize(
    "order", [list, sorted, lambda lines: lines[::-1]], ids=["rows", "columns", "backwards"]
)
def test_two_columns_are_read_one_after_the_other(order: Callable) -> None:
    content = text_pdf(columns(order))

    lines = read_resume("cv.pdf", content).text.split("\n")

    assert [line.split()[0] for line in lines] == ["Jane"] + ["left"] * 10 + ["right"] * 10
    assert [line.split()[1] for line in lines[1:]] == [str(n) for n in range(10)] * 2


def test_bold_by_drawing_twice_is_read_once() -> None:
    content = text_pdf(
        [*LETTER, *((x + 0.3, top, text) for x, top, text in LETTER), (60.0, 400.0, "Bill Attlee llll")]
    )

    lines = read_resume("cv.pdf", content).text.split("\n")

    assert lines == [*(text for _x, _top, text in LETTER), "Bill Attlee llll"]


def test_a_narrow_sidebar_with_its_own_lines_is_a_column() -> None:
    sidebar = [
        (50.0, 61.0 + 19 * n, text)
        for n, text in enumerate(["Contact", "Berlin", "Skills", "Python", "Django", "SQL"])
    ]
    body = [
        (210.0, 54.0 + 13 * n, f"Sentence {n} of the long part at the right, about work done")
        for n in range(12)
    ]

    lines = read_resume("cv.pdf", text_pdf(sidebar + body)).text.split("\n")

    assert lines[:6] == ["Contact", "Berlin", "Skills", "Python", "Django", "SQL"]
    assert [line.split()[1] for line in lines[6:]] == [str(n) for n in range(12)]


def test_a_sidebar_at_the_right_comes_after_the_text_beside_it() -> None:
    header = [(230.0, 40.0, "JANE DOE")]
    body = [(50.0, 90.0 + 13 * n, f"body {n} long sentences about the work that was done") for n in range(9)]
    sidebar = [
        (380.0, 90.0 + 17 * n, text)
        for n, text in enumerate(["Skills", "Python", "Django", "SQL", "Languages"])
    ]
    below = [(50.0, 230.0, "References"), (50.0, 248.0, "A sentence over the whole width of the page, " * 2)]

    lines = read_resume("cv.pdf", text_pdf(header + body + sidebar + below)).text.split("\n")

    assert lines[0] == "JANE DOE"
    assert [line.split()[1] for line in lines[1:10]] == [str(n) for n in range(9)]
    assert lines[10:16] == ["Skills", "Python", "Django", "SQL", "Languages", "References"]
    assert len(lines) == 17


def test_dates_at_the_margin_stay_beside_their_role() -> None:
    roles = [(60.0, 60.0 + 15 * n, f"Engineer at Company {n}, a firm") for n in range(8)]
    dates = [(480.0 + 3 * n, 60.0 + 15 * n, f"20{n:02}") for n in range(8)]

    lines = read_resume("cv.pdf", text_pdf(roles + dates)).text.split("\n")

    assert lines == [f"Engineer at Company {n}, a firm\t20{n:02}" for n in range(8)]


def test_forty_pages_are_read_within_the_limits() -> None:
    page = [
        (50.0, 50.0 + 14 * n, f"line {n} with words enough to fill the width of a page, or nearly so")
        for n in range(50)
    ]

    read = read_resume("cv.pdf", text_pdf(*[page] * 40))

    assert [line.split()[1] for line in read.text.split("\n")] == [str(n) for n in range(50)] * 40


def test_pages_that_are_pictures_are_told() -> None:
    scan = PdfReader(BytesIO(image_pdf()))
    writer = PdfWriter(clone_from=PdfReader(BytesIO(text_pdf(LETTER))))
    writer.add_page(scan.pages[0])
    mixed = BytesIO()
    writer.write(mixed)

    read = read_resume("cv.pdf", mixed.getvalue())

    assert read.pages_without_text == (2,)
    assert len(read.text.split("\n")) == len(LETTER)


def test_a_pdf_with_an_empty_password_is_read() -> None:
    content = encrypted_pdf(text_pdf(LETTER), password="")

    assert read_resume("cv.pdf", content).text.startswith("Line 0 of a plain letter")


@pytest.mark.parametrize("text", [ARABIC, JAPANESE], ids=["arabic", "japanese"])
@pytest.mark.parametrize("kind", ["txt-utf8", "txt-utf16", "docx", "json", "pdf"])
def test_other_scripts_are_kept_whole(kind: str, text: str) -> None:
    name, content = {
        "txt-utf8": ("cv.txt", text.encode()),
        "txt-utf16": ("cv.txt", text.encode("utf-16")),
        "docx": ("cv.docx", docx_of(text)),
        "json": ("cv.json", json.dumps({"basics": {"name": text}}).encode()),
        "pdf": ("cv.pdf", arabic_pdf(text) if text is ARABIC else japanese_pdf(text)),
    }[kind]

    read = read_resume(name, content)

    assert read.text == text


def test_western_text_without_a_mark_is_read() -> None:
    read = read_resume("cv.txt", "Zoë Müller\r\nStraße 5, Köln – „Schön“\r\n".encode("cp1252"))

    assert read.text == "Zoë Müller\nStraße 5, Köln – „Schön“"


def test_docx_keeps_headers_tables_boxes_and_links_in_order() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Jane Doe"
    document.sections[0].footer.paragraphs[0].text = "Page of Jane"
    document.add_paragraph("before the table")
    table = document.add_table(rows=2, cols=2)
    for place, text in enumerate(["2019–2023", "Acme", "2015–2019", "Beta"]):
        table.cell(place // 2, place % 2).text = text
    boxed = document.add_paragraph("beside the box")
    boxed._p.append(text_box("inside the box"))
    layout = document.add_table(rows=1, cols=2)
    layout.cell(0, 0).text = "left one\nleft two"
    layout.cell(0, 1).text = "right one\nright two"
    document.add_paragraph("after all")

    lines = [line for line in read_resume("cv.docx", saved(document)).text.split("\n") if line]

    assert lines == [
        "Jane Doe",
        "before the table",
        "2019–2023\tAcme",
        "2015–2019\tBeta",
        "beside the box",
        "inside the box",
        "left one",
        "left two",
        "right one",
        "right two",
        "after all",
        "Page of Jane",
    ]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_json_resume_comes_back_as_it_was(sample: Path) -> None:
    truth = json.loads(sample.read_bytes())

    read = read_resume(sample.name, sample.read_bytes())

    assert read.document == truth
    assert list(read.document) == list(truth)
    assert read.unplaced == ()
    assert all(work["name"] in read.text for work in truth["work"])


def test_json_resume_keeps_unknown_keys_and_the_precision_of_dates() -> None:
    truth = {
        "work": [{"startDate": "2019", "endDate": "2020-03", "x-team": {"size": 7}}],
        "x-mine": ["kept", True, None, 1.5],
    }

    read = read_resume("cv.json", json.dumps(truth).encode())

    assert read.document == truth
    assert read.text == "2019 – 2020-03\n7\n\nkept\n1.5"


def test_basics_hold_what_is_certain_and_nothing_else() -> None:
    text = (
        "Curriculum Vitae\nJane van Doe\nSoftware Engineer\nBerlin | jane.doe@example.com\n"
        "Phone: +49 30 1234567\nwww.jane.example | github.com/janedoe\n\n2019-2023 Acme GmbH\nsee github.com/janedoe/tool"
    )

    read = read_resume("cv.txt", text.encode())

    assert read.document == {
        "basics": {
            "name": "Jane van Doe",
            "email": "jane.doe@example.com",
            "phone": "+49 30 1234567",
            "url": "www.jane.example",
            "profiles": [{"network": "GitHub", "username": "janedoe", "url": "https://github.com/janedoe"}],
            "location": {"city": "Berlin"},
            "label": "Software Engineer",
        },
        "work": [{"name": "Acme GmbH", "startDate": "2019", "endDate": "2023"}],
    }
    assert read.unplaced == ("Curriculum Vitae", "see github.com/janedoe/tool")


def test_two_mail_addresses_are_not_certain() -> None:
    read = read_resume("cv.txt", b"Software Engineer\njane@example.com or j@work.example\n2019 - 2023\n")

    assert read.document == {"basics": {"label": "Software Engineer"}}
    assert read.unplaced == ("jane@example.com or j@work.example", "2019 - 2023")


def test_proposed_skills_come_once_with_their_line() -> None:
    proposals = proposed_skills(
        "Summary of Jane\nRan k8s clusters for years\nSkills: Kubernetes, C++, Python\n"
    )

    assert [proposal.skill for proposal in proposals] == ["Kubernetes", "C++", "Python"]
    assert proposals[0].evidence == "Ran k8s clusters for years"
