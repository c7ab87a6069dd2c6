"""A JSON Resume document as a PDF: one calm column in embedded fonts, text that can be selected and is read back without loss.

Latin, Greek, Cyrillic, Hebrew and Arabic letters are embedded. Chinese, Japanese and Korean ones are named by their character
collections (ISO 32000-1, 9.7.3) and drawn by the viewer's own fonts, because such a font is larger than this program. What none of them has a letter for (emoji, Indic and other scripts) is told by `find_undrawable`.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr, unescape

from arabic_reshaper import ArabicReshaper
from bidi import get_display
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from personas.writers.outline import Kind, Piece, outline

MEDIA_TYPE = "application/pdf"
FONTS = Path(__file__).resolve().parents[1] / "data" / "fonts"
PLAIN, BOLD = "Relevnt-Sans", "Relevnt-Sans-Bold"
MARGIN = 56.0
"""Points of white around the page, about 2 cm."""
WIDTH = A4[0] - 2 * MARGIN
DATES = 150.0
"""Points at the right edge that dates have beside the head of an entry."""
LONGEST_HEAD = 200
"""Characters up to which a head has its dates beside it; a longer one may not fit on a page as a row of a table."""
INK, MUTED = HexColor("#1c2430"), HexColor("#5b6675")
JAPANESE, KOREAN, CHINESE = "HeiseiKakuGo-W5", "HYGothic-Medium", "STSong-Light"
KANA, HANGUL = re.compile("[\u3041-\u3093\u30a1-\u30f6\u30fb\u30fc]"), re.compile("[\uac00-\ud7a3]")
EAST_ASIAN = re.compile(
    "[\u3000-\u3015\u3041-\u3093\u30a1-\u30f6\u30fb\u30fc\u4e00-\u9fa5\uac00-\ud7a3\uff01-\uff5e]"
)
"""Letters that the three collections have."""
ADDRESS = re.compile(r"https?://[^\s<>\"]+")
RIGHT_TO_LEFT = frozenset({"R", "AL"})


def write_pdf(document: Mapping[str, Any], *, text: str) -> bytes:
    """Give the file; a document that holds nothing but its owner is written as the text that was read."""
    pieces = [
        Piece(piece.kind, _drawable(piece.text), _drawable(piece.beside))
        for piece in outline(document, text=text)
    ]
    title = next((piece.text for piece in pieces if piece.kind is Kind.TITLE), "")
    content = io.BytesIO()
    file = SimpleDocTemplate(
        content,
        pagesize=A4,
        leftMargin=MARGIN - 6,
        rightMargin=MARGIN - 6,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author="",
        creator="Relevnt",
        # No date and no random id: the same document is the same file.
        invariant=True,
    )
    file.build([flowable for piece in pieces for flowable in _drawn(piece)])
    return content.getvalue()


def find_undrawable(document: Mapping[str, Any], *, text: str) -> str:
    """The signs, each once, that the fonts have no letter for: in the file a replacement character stands for each."""
    signs = {sign for piece in outline(document, text=text) for sign in piece.text + piece.beside}
    return "".join(sorted(sign for sign in signs if not _is_drawable(sign)))


def _drawable(text: str) -> str:
    return "".join(sign if _is_drawable(sign) else "\ufffd" for sign in text)


def _is_drawable(sign: str) -> bool:
    return sign.isspace() or ord(sign) in _letters() or bool(EAST_ASIAN.match(sign))


@cache
def _letters() -> frozenset[int]:
    _load_fonts()
    faces = [pdfmetrics.getFont(name).face.charToGlyph for name in (PLAIN, BOLD)]
    # The library writes what letters mean in two bytes: copied from the page, a later one would be another letter.
    return frozenset(code for code in faces[0] if code in faces[1] and code <= 0xFFFF)


@cache
def _load_fonts() -> None:
    pdfmetrics.registerFont(TTFont(PLAIN, FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "DejaVuSans-Bold.ttf"))
    for name in (JAPANESE, KOREAN, CHINESE):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def _style(kind: Kind) -> ParagraphStyle:
    body = ParagraphStyle("text", fontName=PLAIN, fontSize=9.5, leading=14, textColor=INK, spaceAfter=2)
    return {
        Kind.TITLE: ParagraphStyle("title", body, fontName=BOLD, fontSize=19, leading=25, spaceAfter=1),
        Kind.SUBTITLE: ParagraphStyle("subtitle", body, fontSize=11.5, leading=16, spaceAfter=4),
        Kind.CONTACT: ParagraphStyle("contact", body, fontSize=8.5, leading=13, textColor=MUTED),
        Kind.HEADING: ParagraphStyle(
            "heading", body, fontName=BOLD, fontSize=12, leading=16, spaceBefore=12, keepWithNext=1
        ),
        Kind.ENTRY: ParagraphStyle("entry", body, fontName=BOLD, spaceBefore=5, keepWithNext=1),
        Kind.ITEM: ParagraphStyle("item", body, leftIndent=14, bulletIndent=3),
        Kind.TEXT: body,
    }[kind]


def _drawn(piece: Piece) -> Iterator[Flowable]:
    style = _style(piece.kind)
    if piece.beside and len(piece.text) <= LONGEST_HEAD and len(piece.beside) <= LONGEST_HEAD:
        dates = ParagraphStyle("dates", _style(Kind.TEXT), alignment=2, textColor=MUTED)
        row = Table(
            [[_text(piece.text, style, WIDTH - DATES), _text(piece.beside, dates, DATES)]],
            [WIDTH - DATES, DATES],
        )
        row.setStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in _SIDES),
            ]
        )
        row.spaceBefore, row.keepWithNext = style.spaceBefore, True
        yield row
    else:
        yield from _text(piece.text, style, WIDTH)
        yield from _text(piece.beside, _style(Kind.TEXT), WIDTH)


_SIDES = ("LEFT", "RIGHT", "TOP", "BOTTOM")


def _text(text: str, style: ParagraphStyle, width: float) -> list[Flowable]:
    """The paragraphs of a text: one, or for right-to-left writing one a line, in the order in which it stands on the page."""
    bullet = "•" if style.name == "item" else None
    if not text.strip():
        return []
    if not any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in text):
        return [Paragraph(_marked_up(text), style, bulletText=bullet)]
    first = next(kind for sign in text if (kind := unicodedata.bidirectional(sign)) in {*RIGHT_TO_LEFT, "L"})
    is_reversed = first in RIGHT_TO_LEFT
    shaped = ArabicReshaper(configuration={"delete_harakat": False, "support_ligatures": False}).reshape(text)
    line = ParagraphStyle(
        "line", style, alignment=2 if is_reversed else style.alignment, spaceAfter=0, splitLongWords=0
    )
    pieces = [
        each
        for row in shaped.splitlines()
        for each in simpleSplit(row, style.fontName, style.fontSize, width - 20)
    ]
    shown = [get_display(each, base_dir="R" if is_reversed else "L") for each in pieces]
    return [
        Paragraph(escape(each), line, bulletText=bullet if place == 0 else None)
        for place, each in enumerate(shown)
    ]


def _marked_up(text: str) -> str:
    """The text for a paragraph, East Asian letters in the fonts of their scripts, line ends kept."""
    marked = ADDRESS.sub(_linked, escape(text))
    if EAST_ASIAN.search(text):
        runs = groupby(marked, key=lambda sign: _font_of(sign, text))
        marked = "".join(
            f'<font name="{font}">{"".join(signs)}</font>' if font else "".join(signs) for font, signs in runs
        )
    return "<br/>".join(marked.splitlines())


def _font_of(sign: str, text: str) -> str:
    """The collection that draws a letter, "" for the embedded font; ideographs are those of the kana or hangul around them."""
    if not EAST_ASIAN.match(sign):
        return ""
    if KANA.match(sign) or (KANA.search(text) and _is_in(sign, "euc_jp")):
        return JAPANESE
    if HANGUL.match(sign) or (HANGUL.search(text) and _is_in(sign, "euc_kr")):
        return KOREAN
    return CHINESE


def _is_in(sign: str, charset: str) -> bool:
    try:
        sign.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _linked(found: re.Match[str]) -> str:
    return f"<link href={quoteattr(unescape(found.group()))}>{found.group()}</link>"
