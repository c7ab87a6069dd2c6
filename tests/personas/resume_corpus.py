"""Résumés made for measuring the reader: known documents set in layouts that people use, and what each layout prints of them.

The people are those of the JSON Resume samples (MIT, see data/NOTICE.txt) and invented ones (data/corpus/invented_people.json and here).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import Any

import docx
import yaml
from docx.shared import Inches
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from personas.readers.refusals import Refusal
from tests.personas.resume_files import LETTER, docx_of, encrypted_pdf, image_pdf, text_pdf

DATA = Path(__file__).parent / "data"
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
GERMAN_MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
ENGLISH = {
    "summary": "Profile",
    "work": "Work Experience",
    "education": "Education",
    "skills": "Skills",
    "projects": "Projects",
    "languages": "Languages",
    "certificates": "Certifications",
    "awards": "Awards",
    "interests": "Interests",
    "contact": "Contact",
    "present": "Present",
}
GERMAN = {
    "summary": "Kurzprofil",
    "work": "Berufserfahrung",
    "education": "Ausbildung",
    "skills": "Kenntnisse",
    "projects": "Projekte",
    "languages": "Sprachen",
    "certificates": "Zertifikate",
    "awards": "Auszeichnungen",
    "interests": "Interessen",
    "contact": "Kontakt",
    "present": "heute",
}
LEBENSLAUF: dict[str, Any] = {
    "basics": {
        "name": "Jürgen Größmann",
        "label": "Sachbearbeiter Einkauf",
        "email": "j.groessmann@example.de",
        "phone": "+49 351 5550142",
        "summary": "Einkäufer mit zwölf Jahren Erfahrung in Maschinenbau und Logistik, zuletzt verantwortlich für Rahmenverträge.",
        "location": {"city": "Dresden"},
    },
    "work": [
        {
            "name": "Elbe Pumpen GmbH",
            "position": "Sachbearbeiter Einkauf",
            "location": "Dresden",
            "startDate": "2018-03",
            "highlights": [
                "Rahmenverträge mit 40 Lieferanten verhandelt und die Kosten um 8 % gesenkt",
                "Bestellungen in SAP MM von der Anfrage bis zur Rechnung betreut",
            ],
        },
        {
            "name": "Spedition Käßler KG",
            "position": "Kaufmann für Spedition",
            "location": "Leipzig",
            "startDate": "2012-09",
            "endDate": "2018-02",
            "highlights": ["Touren für 25 Fahrzeuge geplant", "Zollpapiere für die Schweiz erstellt"],
        },
    ],
    "education": [
        {
            "institution": "Technische Universität Dresden",
            "studyType": "Diplom",
            "area": "Wirtschaftsingenieurwesen",
            "startDate": "2006-10",
            "endDate": "2012-08",
        }
    ],
    "skills": [{"name": "Software", "keywords": ["SAP MM", "Excel", "DATEV"]}],
    "languages": [
        {"language": "Deutsch", "fluency": "Muttersprache"},
        {"language": "Englisch", "fluency": "C1"},
    ],
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a layout writes what it prints."""

    dates: str = "short"
    """`short` (Jun 2024), `long` (June 2024), `figures` (06/2024), `iso` (2024-06)."""
    dash: str = " – "
    head: str = "job first"
    """`job first`, `employer first`, `two rows`, `at`, `date below`, `brackets`."""
    sign: str = "•"
    capitals: bool = False
    headings: dict[str, str] = field(default_factory=lambda: ENGLISH)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a layout: its kind (name, line, heading, entry, below, item, text) and its text, with what stands at the right."""

    kind: str
    text: str
    right: str = ""


def people() -> dict[str, dict[str, Any]]:
    """The documents by short names, cut to what the layouts print."""
    found = {
        path.name.split(".")[0].replace("-resume", ""): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(DATA.glob("*.json"))
        if path.name != "storyResume.json"
    }
    invented = json.loads((DATA / "corpus" / "invented_people.json").read_text(encoding="utf-8"))
    return {name: printed(each) for name, each in found.items()} | {"lebenslauf": LEBENSLAUF} | invented


def printed(document: dict[str, Any]) -> dict[str, Any]:
    """What layouts print of a document, with dates to the month."""
    basics = document["basics"]
    keys = {
        "work": ("name", "position", "location", "startDate", "endDate", "highlights"),
        "education": ("institution", "studyType", "area", "startDate", "endDate", "score"),
        "projects": ("name", "description", "startDate", "endDate", "highlights"),
        "skills": ("name", "keywords"),
        "languages": ("language", "fluency"),
        "certificates": ("name", "issuer", "date"),
        "awards": ("title", "awarder", "date"),
        "interests": ("name",),
    }
    cut = {
        key: basics[key] for key in ("name", "label", "email", "phone", "url", "summary") if basics.get(key)
    }
    place = basics.get("location", {})
    cut["location"] = {key: place[key] for key in ("city", "region") if place.get(key)}
    cut["profiles"] = [
        dict(profile)
        for profile in basics.get("profiles", [])
        if profile["network"] in {"GitHub", "LinkedIn"}
    ]
    out: dict[str, Any] = {"basics": cut}
    for section, wanted in keys.items():
        entries = [
            {key: entry[key] for key in wanted if entry.get(key)} for entry in document.get(section, [])
        ]
        for entry in entries:
            for key in ("startDate", "endDate", "date"):
                if key in entry:
                    entry[key] = entry[key][:7]
            if not entry.get("score", "0")[0].isdigit():
                # Samples keep other things there, which nobody would print as a grade.
                del entry["score"]
        if entries:
            out[section] = entries
    return out


def blocks_of(document: dict[str, Any], style: Style, sections: tuple[str, ...]) -> Iterator[Block]:
    """The pieces of some parts of a document in the way of a style."""
    for section in sections:
        if section == "head":
            yield from _head(document["basics"], style)
        elif section == "contact":
            yield Block("heading", _heading("contact", style))
            for text in contact_lines(document["basics"]):
                yield Block("line", text)
        elif section == "summary":
            if text := document["basics"].get("summary"):
                yield Block("heading", _heading("summary", style))
                yield Block("text", text)
        elif document.get(section):
            yield Block("heading", _heading(section, style))
            yield from SECTIONS[section](document[section], style)


def contact_lines(basics: dict[str, Any]) -> list[str]:
    """How to reach somebody, a line each."""
    place = ", ".join(
        basics.get("location", {}).get(key, "")
        for key in ("city", "region")
        if basics.get("location", {}).get(key)
    )
    profiles = [
        profile["url"].removeprefix("https://").removeprefix("www.") for profile in basics.get("profiles", [])
    ]
    return [
        text
        for text in (
            place,
            basics.get("phone", ""),
            basics.get("email", ""),
            basics.get("url", ""),
            *profiles,
        )
        if text
    ]


def _head(basics: dict[str, Any], style: Style) -> Iterator[Block]:
    yield Block("name", basics["name"])
    if basics.get("label"):
        yield Block("line", basics["label"])
    lines = contact_lines(basics)
    yield Block("line", " | ".join(lines[:3]))
    if lines[3:]:
        yield Block("line", " | ".join(lines[3:]))


def _heading(section: str, style: Style) -> str:
    text = style.headings[section]
    return text.upper() if style.capitals else text


def _moment(date: str, style: Style) -> str:
    year, _, month = date.partition("-")
    if not month or style.dates == "iso":
        return date
    if style.dates == "figures":
        return f"{month}/{year}"
    name = (GERMAN_MONTHS if style.headings is GERMAN else MONTHS)[int(month) - 1]
    return f"{name if style.dates == 'long' else name[:3]} {year}"


def _span(entry: dict[str, Any], style: Style) -> str:
    if "startDate" not in entry:
        return _moment(entry["endDate"], style) if "endDate" in entry else ""
    end = _moment(entry["endDate"], style) if "endDate" in entry else style.headings["present"]
    return f"{_moment(entry['startDate'], style)}{style.dash}{end}"


def _work(entries: list[dict[str, Any]], style: Style) -> Iterator[Block]:
    for entry in entries:
        span, place = _span(entry, style), entry.get("location", "")
        job, employer = entry["position"], entry["name"]
        if style.head == "two rows":
            yield Block("entry", employer, place)
            yield Block("below", job, span)
        elif style.head == "at":
            yield Block("entry", f"{job} at {employer}")
            yield Block("below", " | ".join(filter(None, (span, place))))
        elif style.head == "brackets":
            yield Block("entry", f"{employer}{f', {place}' if place else ''} ({span})")
            yield Block("below", job)
        elif style.head == "date below":
            yield Block("entry", job)
            yield Block("below", employer)
            yield Block("below", span)
            if place:
                yield Block("below", place)
        else:
            first, second = (job, employer) if style.head == "job first" else (employer, job)
            yield Block("entry", f"{first}, {second}{f' – {place}' if place else ''}", span)
        for text in entry.get("highlights", []):
            yield Block("item", text)


def _education(entries: list[dict[str, Any]], style: Style) -> Iterator[Block]:
    for entry in entries:
        span, degree = _span(entry, style), f"{entry['studyType']} in {entry['area']}"
        if style.head == "brackets":
            yield Block("entry", f"{entry['institution']} ({span})")
            yield Block("below", degree)
        elif style.head in {"two rows", "date below"}:
            yield Block("entry", entry["institution"], "" if style.head == "date below" else span)
            yield Block("below", degree)
            if style.head == "date below":
                yield Block("below", span)
        else:
            yield Block("entry", f"{degree}, {entry['institution']}", span)
        if entry.get("score"):
            yield Block("item", f"GPA: {entry['score']}")


def _projects(entries: list[dict[str, Any]], style: Style) -> Iterator[Block]:
    for entry in entries:
        yield Block("entry", entry["name"], _span(entry, style))
        if entry.get("description"):
            yield Block("text", entry["description"])
        for text in entry.get("highlights", []):
            yield Block("item", text)


def _skills(entries: list[dict[str, Any]], style: Style) -> Iterator[Block]:
    for entry in entries:
        yield Block("line", f"{entry['name']}: {', '.join(entry['keywords'])}")


def _languages(entries: list[dict[str, Any]], style: Style) -> Iterator[Block]:
    for entry in entries:
        yield Block("line", f"{entry['language']} ({entry['fluency']})")


def _certificates(entries: list[dict[str, Any]], style: Style) -> Iterator[Block]:
    for entry in entries:
        yield Block("item", f"{entry['name']} – {entry['issuer']} ({_moment(entry['date'], style)})")


def _awards(entries: list[dict[str, Any]], style: Style) -> Iterator[Block]:
    for entry in entries:
        yield Block("item", f"{entry['title']} – {entry['awarder']}, {_moment(entry['date'], style)}")


def _interests(entries: list[dict[str, Any]], style: Style) -> Iterator[Block]:
    yield Block("line", ", ".join(entry["name"] for entry in entries))


SECTIONS: dict[str, Callable[[list[dict[str, Any]], Style], Iterator[Block]]] = {
    "work": _work,
    "education": _education,
    "projects": _projects,
    "skills": _skills,
    "languages": _languages,
    "certificates": _certificates,
    "awards": _awards,
    "interests": _interests,
}
ALL = (
    "head",
    "summary",
    "work",
    "projects",
    "education",
    "skills",
    "certificates",
    "awards",
    "languages",
    "interests",
)
MAIN = ("summary", "work", "projects")
SIDE = ("education", "skills", "certificates", "awards", "languages", "interests")

FONTS = Path(__file__).parents[2] / "personas" / "data" / "fonts"
pdfmetrics.registerFont(TTFont("Wide", FONTS / "DejaVuSans.ttf"))
pdfmetrics.registerFont(TTFont("Wide-Bold", FONTS / "DejaVuSans-Bold.ttf"))
_BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9.5, leading=12)
ROOMY = 340
"""From so many points on a column has room for dates beside what they belong to."""
_NAME = ParagraphStyle("name", _BODY, fontName="Helvetica-Bold", fontSize=18, leading=22)
_HEADING = ParagraphStyle(
    "heading", _BODY, fontName="Helvetica-Bold", fontSize=12, leading=15, spaceBefore=8, spaceAfter=2
)
_ENTRY = ParagraphStyle("entry", _BODY, fontName="Helvetica-Bold", spaceBefore=4)
_ITEM = ParagraphStyle("item", _BODY, leftIndent=12, bulletIndent=2)


def _escaped(text: str) -> str:
    """The text for a paragraph; letters that the fonts of every PDF do not have come from another one."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(
        r"\w*[\u0100-\uffff]\w*",
        lambda found: (
            found.group() if found.group() in "–—•’“”" else f'<font face="Wide">{found.group()}</font>'
        ),
        escaped,
    )


def _flowables(blocks: Iterator[Block], style: Style, *, width: float) -> list[Flowable]:
    found: list[Flowable] = []
    for block in blocks:
        text = _escaped(block.text)
        kind = {"name": _NAME, "heading": _HEADING, "entry": _ENTRY}.get(block.kind, _BODY)
        if block.kind == "item":
            found.append(Paragraph(text, _ITEM, bulletText=style.sign))
        elif block.right and width < ROOMY:
            found += [Paragraph(text, kind), Paragraph(_escaped(block.right), _BODY)]
        elif block.right:
            right = Paragraph(_escaped(block.right), ParagraphStyle("right", _BODY, alignment=2))
            cells = Table([[Paragraph(text, kind), right]], colWidths=[width - 160, 160])
            cells.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_NO_PADDING]))
            found += [Spacer(1, 3), cells] if block.kind == "entry" else [cells]
        else:
            found.append(Paragraph(text, kind))
    return found


_NO_PADDING = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]


def _pdf(templates: list[PageTemplate], story: list[Flowable]) -> bytes:
    out = BytesIO()
    file = BaseDocTemplate(out, pagesize=A4, invariant=True)
    file.addPageTemplates(templates)
    file.build(story)
    return out.getvalue()


def _frame(left: float, bottom: float, width: float, height: float) -> Frame:
    return Frame(left, bottom, width, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


def _page_number(canvas: Canvas, _file: BaseDocTemplate) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawCentredString(297, 24, f"Page {canvas.getPageNumber()}")


def one_column(document: dict[str, Any], style: Style, sections: tuple[str, ...] = ALL) -> bytes:
    """One column with dates at the right edge and a page number below."""
    page = PageTemplate("page", [_frame(50, 45, 495, 750)], onPage=_page_number)
    return _pdf([page], _flowables(blocks_of(document, style, sections), style, width=495))


def two_columns(document: dict[str, Any], style: Style) -> bytes:
    """A head over the whole width, work at the left, the rest at the right."""
    head, left, right = _frame(45, 700, 505, 90), _frame(45, 45, 290, 650), _frame(360, 45, 190, 650)
    return _side_by_side(document, style, head=head, main=left, side=right)


def sidebar(document: dict[str, Any], style: Style, *, at_left: bool) -> bytes:
    """A narrow column with contact, schools and skills beside a wide one with the name and the work."""
    side, main = (
        (_frame(35, 40, 150, 760), _frame(210, 40, 345, 760))
        if at_left
        else (_frame(405, 40, 150, 760), _frame(35, 40, 345, 760))
    )
    return _side_by_side(document, style, head=None, main=main, side=side)


def _side_by_side(
    document: dict[str, Any], style: Style, *, head: Frame | None, main: Frame, side: Frame
) -> bytes:
    basics = {key: value for key, value in document["basics"].items() if key in {"name", "label", "summary"}}
    main_document = {**document, "basics": basics if head is None else document["basics"]}
    above = ("head",) if head is None else ()
    tall = _frame(main.x1, 40, main.width, 760)
    templates = [
        PageTemplate("first", [*([head] if head else []), side, main]),
        PageTemplate("later", [tall]),
    ]
    story: list[Flowable] = [NextPageTemplate("later")]
    if head:
        story += [*_flowables(blocks_of(document, style, ("head",)), style, width=head.width), FrameBreak()]
    beside = SIDE if head else ("contact", *SIDE)
    story += [*_flowables(blocks_of(document, style, beside), style, width=side.width), FrameBreak()]
    story += _flowables(blocks_of(main_document, style, (*above, *MAIN)), style, width=main.width)
    return _pdf(templates, story)


def table(document: dict[str, Any], style: Style) -> bytes:
    """Dates in a column at the left, everything else in rows beside them."""
    page = PageTemplate("page", [_frame(45, 45, 505, 750)])
    story: list[Flowable] = []
    waiting: list[Block] = []

    def lay() -> None:
        if waiting:
            dates = Paragraph(_escaped(waiting[0].right), _BODY)
            beside = _flowables(iter([Block(each.kind, each.text) for each in waiting]), style, width=345)
            rows = [[dates if number == 0 else "", flowable] for number, flowable in enumerate(beside)]
            cells = Table(rows, colWidths=[160, 345])
            cells.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_NO_PADDING]))
            story.extend([Spacer(1, 4), cells])
            waiting.clear()

    for block in blocks_of(document, style, ALL):
        if block.kind == "entry":
            lay()
            waiting.append(block)
        elif block.kind in {"item", "below", "text"} and waiting:
            waiting.append(block)
        else:
            lay()
            story += _flowables(iter([block]), style, width=505)
    lay()
    return _pdf([page], story)


def no_headings(document: dict[str, Any], style: Style) -> bytes:
    """One column whose parts have no headings at all."""
    page = PageTemplate("page", [_frame(50, 45, 495, 750)])
    blocks = [
        block
        for block in blocks_of(document, style, ("head", "work", "education", "skills"))
        if block.kind != "heading"
    ]
    return _pdf([page], _flowables(iter(blocks), style, width=495))


def forty_pages(document: dict[str, Any], style: Style) -> tuple[bytes, dict[str, Any]]:
    """One column of forty pages, and the document that fills them: the same jobs again and again, a year earlier each time."""
    work = []
    for turn in range(60):
        for number, entry in enumerate(document["work"]):
            name = f"{entry['name']} {turn + 1}"
            start, end = f"{2024 - turn}-0{number + 1}", f"{2024 - turn}-1{number}"
            texts = [
                f"{text} in quarter {quarter}" for quarter in range(1, 5) for text in entry["highlights"]
            ]
            work.append({**entry, "name": name, "startDate": start, "endDate": end, "highlights": texts})
    longer = {**document, "work": work}
    return one_column(longer, style), longer


def written(document: dict[str, Any], style: Style, *, width: int = 0) -> bytes:
    """Plain text, wrapped at so many characters (0: not at all)."""
    lines: list[str] = []
    for block in blocks_of(document, style, ALL):
        text = f"{block.text}\t{block.right}" if block.right else block.text
        if block.kind == "heading":
            lines += ["", text]
        elif block.kind == "item":
            pieces = wrap(text, width - 4) if width else [text]
            lines += [f"{style.sign} {pieces[0]}", *(f"  {piece}" for piece in pieces[1:])]
        elif block.kind == "text" and width:
            lines += wrap(text, width)
        else:
            lines += ([""] if block.kind == "entry" else []) + [text]
    return "\n".join(lines).encode()


def word(
    document: dict[str, Any], style: Style, *, contact_in_header: bool = False, in_table: bool = False
) -> bytes:
    """A document of Word with its own headings and lists; entries in tables where asked for."""
    file = docx.Document()
    sections = ALL
    if contact_in_header:
        basics = document["basics"]
        header = file.sections[0].header.paragraphs[0]
        header.text = " | ".join(contact_lines(basics))
        document = {
            **document,
            "basics": {key: basics[key] for key in ("name", "label", "summary") if key in basics},
        }
    for block in blocks_of(document, style, sections):
        if block.kind == "name":
            file.add_heading(block.text, level=0)
        elif block.kind == "heading":
            file.add_heading(block.text, level=1)
        elif block.kind == "item":
            file.add_paragraph(block.text, style="List Bullet")
        elif block.kind in {"entry", "below"} and block.right and in_table:
            cells = file.add_table(rows=1, cols=2).rows[0].cells
            cells[0].text, cells[1].text = block.right, ""
            cells[1].paragraphs[0].add_run(block.text).bold = block.kind == "entry"
        elif block.text:
            paragraph = file.add_paragraph()
            paragraph.add_run(block.text).bold = block.kind == "entry"
            if block.right:
                paragraph.paragraph_format.tab_stops.add_tab_stop(Inches(6))
                paragraph.add_run(f"\t{block.right}")
    out = BytesIO()
    file.save(out)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Made:
    """A file of the corpus: its layout, whose résumé it is, its name and bytes, and what a perfect reader finds in it."""

    layout: str
    person: str
    name: str
    content: bytes
    truth: dict[str, Any]


SHORT, LONG = Style(), Style(dates="long", dash=" - ", head="two rows", capitals=True, sign="–")
FIGURES, BELOW = (
    Style(dates="figures", head="employer first", sign="■"),
    Style(head="date below", dates="long"),
)
BRACKETS = Style(head="brackets", dates="long", sign="*")
AT, ISO = Style(head="at", dates="short", dash=" to "), Style(dates="iso", head="employer first", sign="-")
TUNED_ON = (
    "senior-engineer",
    "new-grad",
    "complete",
    "sample",
    "career-changer",
    "lebenslauf",
    "nurse",
    "baker",
    "teacher",
)
"""The people whose résumés the reader was made with; figures are reported of the others."""
REPORT_ONLY = ("one column, dates in brackets",)
"""Layouts that the reader was not made with."""


def corpus() -> Iterator[Made]:
    """Every person in every layout that bears text."""
    for person, document in people().items():
        german = {"headings": GERMAN} if person in {"lebenslauf", "designerin"} else {}

        def made(layout: str, ending: str, content: bytes, truth: dict[str, Any], who: str = person) -> Made:
            return Made(layout, who, f"{who}.{ending}", content, truth)

        def style(base: Style, german: dict[str, Any] = german) -> Style:
            return Style(base.dates, base.dash, base.head, base.sign, base.capitals, **german)

        yield made("one column", "pdf", one_column(document, style(SHORT)), document)
        yield made("one column, two rows a job", "pdf", one_column(document, style(LONG)), document)
        yield made("one column, dates below", "pdf", one_column(document, style(BELOW)), document)
        yield made("one column, dates in brackets", "pdf", one_column(document, style(BRACKETS)), document)
        yield made("two columns", "pdf", two_columns(document, style(FIGURES)), document)
        yield made("sidebar at the left", "pdf", sidebar(document, style(AT), at_left=True), document)
        yield made("sidebar at the right", "pdf", sidebar(document, style(LONG), at_left=False), document)
        yield made("table", "pdf", table(document, style(SHORT)), document)
        bare: dict[str, Any] = {
            key: document[key] for key in ("basics", "work", "education", "skills") if key in document
        }
        bare["basics"] = {key: value for key, value in bare["basics"].items() if key != "summary"}
        yield made("no headings", "pdf", no_headings(document, style(SHORT)), bare)
        yield made("Word", "docx", word(document, style(FIGURES)), document)
        yield made(
            "Word, contact in the header",
            "docx",
            word(document, style(SHORT), contact_in_header=True),
            document,
        )
        yield made("Word, dates in tables", "docx", word(document, style(ISO), in_table=True), document)
        yield made("plain text", "txt", written(document, style(ISO)), document)
        yield made("plain text, wrapped", "txt", written(document, style(AT), width=72), document)
        if person == "complete":
            content, longer = forty_pages(document, style(SHORT))
            yield made("forty pages", "pdf", content, longer)


def unreadable() -> Iterator[tuple[Refusal, str, bytes]]:
    """Files that hold no text that could be read, with the reason why not."""
    yield Refusal.IMAGE_ONLY, "scan.pdf", image_pdf()
    yield Refusal.ENCRYPTED, "locked.pdf", encrypted_pdf(text_pdf(LETTER), password="secret")
    yield Refusal.NO_TEXT, "empty.docx", docx_of("", " ")


RENDERCV_TUNED_ON = ("rendercv_classic", "rendercv_moderncv")


def rendercv() -> Iterator[Made]:
    """One résumé in the five layouts of RenderCV (MIT, see data/NOTICE.txt)."""
    truth = _rendercv_truth()
    for path in sorted(DATA.glob("rendercv_*.pdf")):
        yield Made(path.stem, path.stem, path.name, path.read_bytes(), truth)


def _rendercv_truth() -> dict[str, Any]:
    cv = yaml.safe_load((DATA / "rendercv_truth.yaml").read_text(encoding="utf-8"))["cv"]
    parts = cv["sections"]
    city, region = cv["location"].split(", ")
    profiles = [
        {"network": each["network"], "username": each["username"], "url": f"{address}{each['username']}"}
        for each, address in zip(
            cv["social_networks"], ("https://linkedin.com/in/", "https://github.com/"), strict=True
        )
    ]
    return {
        "basics": {
            "name": cv["name"],
            "email": cv["email"],
            "url": cv["website"],
            "location": {"city": city, "region": region},
            "profiles": profiles,
        },
        "work": [
            {
                "name": each["company"],
                "position": each["position"],
                "location": each["location"],
                **_rendercv_rest(each),
            }
            for each in parts["experience"]
        ],
        "education": [
            {
                "institution": each["institution"],
                "studyType": each["degree"],
                "area": each["area"],
                "location": each["location"],
                **_rendercv_rest(each),
            }
            for each in parts["education"]
        ],
        "projects": [
            {
                "name": _unlinked(each["name"]),
                "description": each["summary"],
                "url": "https://github.com/",
                **_rendercv_rest(each),
            }
            for each in parts["projects"]
        ],
        "publications": [
            {
                "name": each["title"],
                "publisher": each["journal"],
                "releaseDate": str(each["date"]),
                "url": f"https://doi.org/{each['doi']}",
                "summary": ", ".join(author.strip("*") for author in each["authors"]),
            }
            for each in parts["publications"]
        ],
        "awards": [_award(each["bullet"]) for each in parts["selected_honors"]],
        "skills": [
            {"name": each["label"], "keywords": each["details"].split(", ")} for each in parts["skills"]
        ],
    }


def _rendercv_rest(entry: dict[str, Any]) -> dict[str, Any]:
    rest: dict[str, Any] = {
        "highlights": [text for each in entry["highlights"] for text in each.split(" - ")]
    }
    if entry["date"]:
        # The layouts print a bare year as its January.
        return {"endDate": f"{entry['date']}-01", **rest}
    rest["startDate"] = str(entry["start_date"])
    if entry["end_date"] != "present":
        rest["endDate"] = str(entry["end_date"])
    return rest


def _award(text: str) -> dict[str, str]:
    title, _, years = text.rpartition(" (")
    years = years.rstrip(")")
    return {"title": title, "date": years} if years.isdigit() else {"title": text, "date": years[:4]}


def _unlinked(text: str) -> str:
    return text.partition("](")[0].lstrip("[")
