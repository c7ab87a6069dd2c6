"""What the lines of a résumé mean: dates with their precision, parts, entries; and no line is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personas.readers.docx import read_docx
from personas.readers.lines import Line, Sheet
from personas.readers.pdf import read_pdf
from personas.readers.structure.dates import find_spans
from personas.readers.structure.document import read_document
from personas.readers.structure.sections import kind_of_heading
from personas.readers.text import read_text
from tests.personas.resume_corpus import RENDERCV_TUNED_ON, TUNED_ON, Made, corpus, rendercv
from tests.personas.resume_scoring import lost_lines, score

READERS = {"pdf": read_pdf, "docx": read_docx, "txt": read_text}
FILES = [*corpus(), *rendercv()]
LEAST = 0.95
"""Of the facts of a known résumé so many must be read right, in every layout that bears text."""


def named(made: Made) -> str:
    return f"{made.layout}, {made.person}"


def document_of(text: str) -> tuple[dict, tuple[str, ...]]:
    return read_document(read_text(text.encode()).lines)


@pytest.mark.parametrize("made", FILES, ids=named)
def test_a_known_resume_is_read_right_and_no_line_is_lost(made: Made) -> None:
    sheet: Sheet = READERS[made.name.rpartition(".")[2]](made.content)

    document, unplaced = read_document(sheet.lines)

    reached = score(made.truth, document)
    assert reached.right >= LEAST * reached.all, reached.wrong
    assert lost_lines(sheet.text, document, unplaced) == []


def test_people_and_layouts_stand_apart_that_the_reader_was_not_made_with() -> None:
    others = [made for made in FILES if made.person not in (*TUNED_ON, *RENDERCV_TUNED_ON)]

    assert len(others) > 30


WORDS = st.sampled_from(
    [
        "Experience",
        "Education",
        "Skills:",
        "Engineer",
        "at",
        "Acme",
        "GmbH",
        "Berlin,",
        "Germany",
        "–",
        "|",
        "•",
        "-",
        "2019",
        "2018–2020",
        "Mai",
        "06/2021",
        "present",
        "PhD",
        "in",
        "Physics",
        "University",
        "of",
        "Texas",
        "a@b.example",
        "Python,",
        "Go,",
        "led.",
        "the",
        "(2020)",
        "Languages",
        "Awards",
        ";",
        ":",
        ",",
        ".",
        "10.1234/x.y",
        "https://a.example/b",
        "&",
        "Inc.",
        "محمد",
        "山田",
        "Summary",
        "GPA:",
        "3.9",
        "+49",
        "30",
        "1234567",
        "Projects",
        "Publications",
    ]
)
LINES = st.lists(st.lists(WORDS, max_size=9).map(" ".join), max_size=25)


@given(LINES, st.data())
@settings(max_examples=300, deadline=None)
def test_every_line_is_placed_or_listed(texts: list[str], data: st.DataObject) -> None:
    flags = st.booleans()
    lines = [
        Line(
            " ".join(text.split()).replace(" | ", data.draw(st.sampled_from([" | ", "\t"]))),
            is_bold=data.draw(flags),
            is_item=data.draw(flags),
            is_heading=data.draw(flags),
        )
        for text in texts
    ]

    document, unplaced = read_document(lines)

    assert lost_lines("\n".join(line.text for line in lines), document, unplaced) == []


@pytest.mark.parametrize(
    ("text", "start", "end", "is_open"),
    [
        ("Sept 2018 – May 2023", "2018-09", "2023-05", False),
        ("06/2023 - present", "2023-06", "", True),
        ("2018-09 to 2020-01", "2018-09", "2020-01", False),
        ("March – June 2021", "2021-03", "2021-06", False),
        ("03–06/2021", "2021-03", "2021-06", False),
        ("seit 03/2020", "2020-03", "", True),
        ("2015-18", "2015", "2018", False),
        ("2015/16", "2015", "2016", False),
        ("15.09.2018 bis 31.12.2019", "2018-09-15", "2019-12-31", False),
        ("Jan 5, 2020 - Feb 2021", "2020-01-05", "2021-02", False),
        ("2018年4月 - 現在", "2018-04", "", True),
        ("März 2019 – heute", "2019-03", "", True),
        ("Summer 2019", "2019", "", False),
        ("1999", "1999", "", False),
    ],
)
def test_times_keep_their_precision(text: str, start: str, end: str, is_open: bool) -> None:
    spans = find_spans(text)

    assert [(span.start, span.end, span.is_open) for span in spans] == [(start, end, is_open)]


@pytest.mark.parametrize("text", ["3.97/4.00", "room 12019", "2M+ users", "v2.0.19", "May I help", "1850"])
def test_what_is_no_time(text: str) -> None:
    assert find_spans(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("EXPERIENCE", "work"),
        ("Work experience:", "work"),
        ("E D U C A T I O N", "education"),
        ("Skills & Tools", "skills"),
        ("2. Berufserfahrung", "work"),
        ("## Projects", "projects"),
        ("I have experience", ""),
        ("Experience.", ""),
        ("Python", ""),
    ],
)
def test_headings(text: str, kind: str) -> None:
    assert kind_of_heading(Line(text)) == kind


def test_several_jobs_below_the_name_of_one_employer() -> None:
    document, unplaced = document_of(
        "Experience\n\nAcme Corp\n\nSenior Engineer\t2021 – present\n• Led a team\n\nEngineer\t2018 – 2021\n• Built a thing"
    )

    assert unplaced == ()
    assert [(work["name"], work["position"], work["startDate"]) for work in document["work"]] == [
        ("Acme Corp", "Senior Engineer", "2021"),
        ("Acme Corp", "Engineer", "2018"),
    ]
    assert document["work"][0]["highlights"] == ["Led a team"]


def test_lines_below_a_heading_that_is_not_known_are_listed() -> None:
    document, unplaced = document_of(
        "## Experience\nEngineer, Acme GmbH, 2020 – 2021\n## Patents\nA fine machine\n## Education\nPhD in Physics, ETH, 2019"
    )

    assert unplaced == ("## Patents", "A fine machine")
    assert document["education"] == [
        {"institution": "ETH", "studyType": "PhD", "area": "Physics", "endDate": "2019"}
    ]


def test_prose_without_any_fact_makes_nothing_up() -> None:
    text = "Dear Sir or Madam,\nI would like to apply.\nIn 2019 I saw your advertisement.\nYours faithfully"

    document, unplaced = document_of(text)

    assert document == {}
    assert "\n".join(unplaced) == text
