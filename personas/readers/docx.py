"""DOCX: every paragraph in document order, with tables, text boxes, headers, footers and notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import docx as python_docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml import etree

from personas.readers.lines import Line, Sheet, check_length, clean
from personas.readers.refusals import Refusal, UploadRefused

PARAGRAPH, TABLE, ROW, CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
TEXT, RUN, RUN_PROPERTIES = qn("w:t"), qn("w:r"), qn("w:rPr")
SIZE, BOLD, HYPERLINK = qn("w:sz"), qn("w:b"), qn("w:hyperlink")
PARAGRAPH_PROPERTIES, PARAGRAPH_STYLE, NUMBERING = qn("w:pPr"), qn("w:pStyle"), qn("w:numPr")
STYLE, STYLE_ID, STYLE_NAME = qn("w:style"), qn("w:styleId"), qn("w:name")
TEXT_BOX = qn("w:txbxContent")
ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
SPACES = {
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
SKIPPED = frozenset(
    qn(name)
    for name in (
        "w:del",
        "w:moveFrom",
        "w:instrText",
        "w:pPr",
        "w:sectPr",
        "w:tblPr",
        "w:trPr",
        "w:tcPr",
        "w:sdtPr",
    )
)
"""Deleted text, field codes and properties: nothing of them is on the page."""
NOTES = ("footnotes", "endnotes")


def read_docx(content: bytes) -> Sheet:
    """The lines of a document; raise UploadRefused where it is damaged or holds no text."""
    try:
        document = python_docx.Document(BytesIO(content))
        lines = tuple(_lines_of(document))
    except (KeyError, ValueError, AttributeError, TypeError, IndexError, OSError, etree.LxmlError) as error:
        raise UploadRefused(Refusal.DAMAGED) from error
    except Exception as error:
        # python-docx raises bare errors of its own and of zipfile for a package that is not whole.
        if type(error).__module__.split(".")[0] in {"docx", "zipfile", "zlib"}:
            raise UploadRefused(Refusal.DAMAGED) from error
        raise
    check_length(sum(len(line.text) for line in lines))
    if not any(line.text for line in lines):
        raise UploadRefused(Refusal.NO_TEXT)
    return Sheet(lines)


def _lines_of(document: Any) -> Iterator[Line]:
    headers, footers = _around(document)
    styles = _styles_of(document)
    for block, part in (*headers, (document.element.body, document.part), *footers, *_notes(document)):
        yield from _Walk(part, styles).lines_in(block)


def _styles_of(document: Any) -> dict[str, _Style]:
    """What each style of paragraphs says, by its id: Word translates the ids of its own styles and never their names."""
    found = {}
    for style in document.styles.element.iterchildren(STYLE):
        named = style.find(STYLE_NAME)
        name = str(named.get(qn("w:val"), "")).lower() if named is not None else ""
        properties = style.find(RUN_PROPERTIES)
        found[str(style.get(STYLE_ID, ""))] = _Style(
            is_heading=name.startswith("heading"),
            is_item=name.startswith("list") and "continue" not in name and name != "list paragraph",
            is_bold=properties is not None and bool(_weight(properties)),
            size=_size(properties) if properties is not None else 0,
        )
    return found


def _size(properties: Any) -> float:
    size = properties.find(SIZE)
    value = size.get(qn("w:val"), "") if size is not None else ""
    return int(value) / 2 if value.isascii() and value.isdigit() and len(value) < 5 else 0


def _weight(properties: Any) -> bool | None:
    bold = properties.find(BOLD)
    return None if bold is None else bold.get(qn("w:val"), "true") not in {"0", "false", "off"}


def _around(document: Any) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Any]]]:
    """The headers and the footers of all sections with their parts, each once, the first page's before the others'."""
    headers, footers = {}, {}
    for section in document.sections:
        for header in (section.first_page_header, section.header, section.even_page_header):
            if not header.is_linked_to_previous:
                headers[header.part.partname] = (header.part.element, header.part)
        for footer in (section.first_page_footer, section.footer, section.even_page_footer):
            if not footer.is_linked_to_previous:
                footers[footer.part.partname] = (footer.part.element, footer.part)
    return list(headers.values()), list(footers.values())


def _notes(document: Any) -> Iterator[tuple[Any, Any]]:
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.rsplit("/", 1)[-1] in NOTES:
            yield parse_xml(relation.target_part.blob), relation.target_part


@dataclass(slots=True)
class _Paragraph:
    """A paragraph while it is collected: its text, its largest type size, its links, and the text boxes that hang on it."""

    text: list[str] = field(default_factory=list)
    weights: list[bool | None] = field(default_factory=list)
    """Whether each piece of the text is bold; None: as the style says."""
    weight: bool | None = None
    size: float = 0
    links: list[str] = field(default_factory=list)
    boxes: list[Line] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Append a piece in the weight of its run."""
        self.text.append(text)
        self.weights.append(self.weight)

    def lines(self) -> list[tuple[str, bool | None]]:
        """The cleaned lines, each with the weight of what stands before its first tab."""
        found: list[tuple[str, bool | None]] = []
        text: list[str] = []
        weights: list[bool | None] = []
        for piece, weight in [*zip(self.text, self.weights, strict=True), ("\n", None)]:
            for sign in re.split(r"(\n)", piece):
                if sign == "\n":
                    found.append((clean("".join(text)), weights[0] if len(set(weights)) == 1 else False))
                    text, weights = [], []
                elif sign:
                    if sign.strip() and "\t" not in "".join(text).lstrip():
                        weights.append(weight)
                    text.append(sign)
        return found


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph's style says of it."""

    is_heading: bool = False
    is_item: bool = False
    is_bold: bool = False
    size: float = 0


class _Walk:
    """A walk over one part of the package, which knows the addresses behind the part's links and what its styles say."""

    def __init__(self, part: Any, styles: dict[str, _Style]) -> None:
        self.part = part
        self.styles = styles

    def lines_in(self, block: Any) -> Iterator[Line]:
        """The lines of a block's paragraphs and tables, also where content controls wrap them."""
        for child in block.iterchildren(etree.Element):
            if child.tag == PARAGRAPH:
                yield from self._paragraph(child)
            elif child.tag == TABLE:
                for row in child.iter(ROW):
                    # Rows of tables within this one come with the cell that holds them.
                    if next(row.iterancestors(TABLE)) is child:
                        yield from self._row(row)
            elif child.tag not in SKIPPED:
                yield from self.lines_in(child)

    def _row(self, row: Any) -> Iterator[Line]:
        cells = [
            [line for line in self.lines_in(cell) if line.text]
            for cell in row.iter(CELL)
            if next(cell.iterancestors(ROW)) is row
        ]
        if all(len(lines) <= 1 for lines in cells):
            filled = [lines[0] for lines in cells if lines]
            if filled:
                links = tuple(link for line in filled for link in line.links)
                yield Line(
                    "\t".join(line.text for line in filled),
                    size=max(line.size for line in filled),
                    links=links,
                    is_bold=filled[0].is_bold,
                    is_heading=filled[0].is_heading,
                    is_item=filled[0].is_item,
                )
            return
        for lines in cells:
            yield from lines

    def _paragraph(self, element: Any) -> Iterator[Line]:
        found = _Paragraph()
        self._collect(element, found)
        size, links = found.size, tuple(found.links)
        lines = found.lines()
        if any(text for text, _weight in lines) or not found.boxes:
            yield from self._styled(element, lines, size, links)
        yield from found.boxes

    def _styled(
        self, element: Any, lines: list[tuple[str, bool | None]], size: float, links: tuple[str, ...]
    ) -> Iterator[Line]:
        properties = element.find(PARAGRAPH_PROPERTIES)
        named = properties.find(PARAGRAPH_STYLE) if properties is not None else None
        style = self.styles.get(named.get(qn("w:val"), ""), _Style()) if named is not None else _Style()
        is_item = style.is_item or (properties is not None and properties.find(NUMBERING) is not None)
        for text, weight in lines:
            # A line of a paragraph may be empty, as the space between two roles is; it is kept as one.
            if not text:
                yield Line("")
                continue
            is_bold = style.is_bold if weight is None else weight
            yield Line(
                text, size or style.size, links, is_bold=is_bold, is_heading=style.is_heading, is_item=is_item
            )
            # Further lines of one paragraph go on with its first.
            is_item = False

    def _collect(self, element: Any, found: _Paragraph) -> None:
        for child in element.iterchildren(etree.Element):
            tag = child.tag
            if tag == TEXT or tag in SPACES:
                found.add(SPACES.get(tag, child.text or ""))
            elif tag == RUN_PROPERTIES:
                found.size = max(found.size, _size(child))
                found.weight = _weight(child)
            elif tag == TEXT_BOX:
                found.boxes.extend(line for line in self.lines_in(child) if line.text)
            elif tag == ALTERNATIVES:
                # The same box twice, for new and for old readers: the first that holds anything is enough.
                self._collect_first(child, found)
            elif tag not in SKIPPED:
                found.weight = None if tag == RUN else found.weight
                self._follow(child, found)
                self._collect(child, found)

    def _collect_first(self, alternatives: Any, found: _Paragraph) -> None:
        for choice in alternatives.iterchildren(etree.Element):
            before = len(found.text), len(found.boxes)
            self._collect(choice, found)
            if (len(found.text), len(found.boxes)) != before:
                return

    def _follow(self, element: Any, found: _Paragraph) -> None:
        name = element.get(qn("r:id")) if element.tag == HYPERLINK else None
        if name is not None and name in self.part.rels and self.part.rels[name].is_external:
            found.links.append(self.part.rels[name].target_ref)
