"""A JSON Resume document as a DOCX file that a person can go on writing in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import docx
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Inches

from personas.writers.outline import Kind, outline

RIGHT_EDGE = Inches(6)
"""The right edge of the text of an empty document: the letter page of the library's template within its margins."""
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def write_docx(document: Mapping[str, Any], *, text: str) -> bytes:
    """Give the file; a document that holds nothing but its owner is written as the text that was read."""
    file = docx.Document()
    file.core_properties.author = ""
    for piece in outline(document, text=text):
        if piece.kind is Kind.TITLE:
            file.add_heading(piece.text, level=0)
        elif piece.kind is Kind.SUBTITLE:
            file.add_paragraph(piece.text, style="Subtitle")
        elif piece.kind is Kind.HEADING:
            file.add_heading(piece.text, level=1)
        elif piece.kind is Kind.ITEM:
            file.add_paragraph(piece.text, style="List Bullet")
        else:
            paragraph = file.add_paragraph()
            paragraph.add_run(piece.text).bold = piece.kind is Kind.ENTRY or None
            if piece.beside:
                paragraph.paragraph_format.tab_stops.add_tab_stop(RIGHT_EDGE, WD_TAB_ALIGNMENT.RIGHT)
                paragraph.add_run(f"\t{piece.beside}")
    content = io.BytesIO()
    file.save(content)
    return content.getvalue()
