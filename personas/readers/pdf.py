"""PDF: the words of every page in reading order, with columns, right-to-left text and the addresses behind links."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from typing import Any

import pdfplumber
from pdfminer.layout import LTChar, LTContainer, LTImage
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfparser import PDFSyntaxError
from pdfminer.psparser import PSException
from pdfplumber.utils.exceptions import PdfminerException
from pdfplumber.utils.text import extract_words

from personas.readers.columns import GUTTER, Row, Word, is_time, rows_in_order
from personas.readers.lines import Line, Sheet, check_length, clean
from personas.readers.refusals import Refusal, UploadRefused

MAX_PAGES = 100
UNTOLD = re.compile(r"\(cid:\d+\)")
"""What the library writes for a sign whose letter the font does not tell."""
MOST_UNTOLD = 0.3
BULLET_CODE = "(cid:127)"
"""In WinAnsiEncoding every code without a letter is a bullet, and 127 the one that programs use (ISO 32000-1, annex D.2)."""
SIGNS = re.compile(r"dingbats|wingdings|webdings", re.IGNORECASE)
"""Fonts whose letters are pictures: in a résumé, the signs of items."""
BOLD = re.compile(r"bold|black|heavy|semibd|demi|[-,]b(?:d|i)?$|cmbx", re.IGNORECASE)
"""How fonts call their heavy cuts."""
Link = tuple[float, float, float, float, str]
"""Left, right, top and bottom of a link in points, and its address."""
RIGHT_TO_LEFT = frozenset({"R", "AL"})
LEFT_TO_RIGHT = frozenset({"L", "EN", "AN"})


def read_pdf(content: bytes) -> Sheet:
    """The lines of all pages; raise UploadRefused for a password, for pictures of pages, and for what is damaged."""
    try:
        with pdfplumber.open(BytesIO(content)) as pdf:
            return _read_pages(pdf)
    except PdfminerException as error:
        # pdfplumber wraps every error of the parser below it; the first argument is the error that was raised.
        if error.args and isinstance(error.args[0], PDFPasswordIncorrect):
            raise UploadRefused(Refusal.ENCRYPTED) from error
        if error.args and isinstance(error.args[0], MemoryError):
            raise error.args[0] from error
        raise UploadRefused(Refusal.DAMAGED) from error
    except (PSException, PDFSyntaxError) as error:
        raise UploadRefused(Refusal.DAMAGED) from error


def _read_pages(pdf: Any) -> Sheet:
    if not pdf.pages:
        raise UploadRefused(Refusal.DAMAGED)
    if len(pdf.pages) > MAX_PAGES:
        raise UploadRefused(Refusal.TOO_MANY_PAGES, pages=len(pdf.pages), limit=MAX_PAGES)
    lines: list[Line] = []
    pictures: list[int] = []
    signs = untold = characters = 0
    for number, page in enumerate(pdf.pages, start=1):
        content = _content_of(page)
        signs += len(content.chars)
        untold += sum(1 for char in content.chars if UNTOLD.fullmatch(char["text"]))
        found = _lines_of(content, _links_of(page), page=number)
        characters += sum(len(line.text) for line in found)
        check_length(characters)
        if not found and content.has_pictures:
            pictures.append(number)
        lines += found
        page.close()
    if signs and untold > MOST_UNTOLD * signs:
        raise UploadRefused(Refusal.GLYPHS)
    if not lines:
        raise UploadRefused(Refusal.IMAGE_ONLY if pictures else Refusal.NO_TEXT)
    return Sheet(tuple(lines), tuple(pictures), len(pdf.pages))


@dataclass(slots=True)
class _Content:
    """What stands on a page: its letters, as pdfplumber wants them for finding words, and whether it holds pictures."""

    chars: list[dict[str, Any]] = field(default_factory=list)
    has_pictures: bool = False


def _content_of(page: Any) -> _Content:
    """Walk the page's layout ourselves: pdfplumber's own objects have 20 attributes and cost three quarters of the time."""
    found = _Content()
    left, below = page.mediabox[0], page.mediabox[1] + page.height
    waiting = [iter(page.layout)]
    while waiting:
        item = next(waiting[-1], None)
        if item is None:
            waiting.pop()
        elif isinstance(item, LTChar):
            char = {"text": item.get_text(), "x0": item.x0 + left, "x1": item.x1 + left, "size": item.size}
            char["is_bold"] = bool(BOLD.search(str(item.fontname)))
            if char["text"] == BULLET_CODE or (
                SIGNS.search(str(item.fontname)) and not char["text"].isspace()
            ):
                char["text"] = "•"
            top, bottom = below - item.y1, below - item.y0
            found.chars.append(char | {"top": top, "doctop": top, "bottom": bottom, "upright": item.upright})
        elif isinstance(item, LTImage):
            found.has_pictures = True
        elif isinstance(item, LTContainer):
            waiting.append(iter(item))
    found.chars = _without_doubles(found.chars)
    return found


def _without_doubles(chars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each letter once: some programs print bold type by drawing every letter twice, a hair apart.

    A fifteenth of the type size tells that from two equal letters in a row: the narrowest is three times as wide.
    """
    seen: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    kept = []
    for char in chars:
        text, x, y = char["text"], char["x0"], char["top"]
        hair = min(char["size"] / 15, 0.5)
        cells = {(text, int(x + dx), int(y + dy)) for dx in (-hair, hair) for dy in (-hair, hair)}
        others = (place for cell in cells for place in seen.get(cell, ()))
        if not any(abs(other[0] - x) < hair and abs(other[1] - y) < hair for other in others):
            seen.setdefault((text, int(x), int(y)), []).append((x, y))
            kept.append(char)
    return kept


def _links_of(page: Any) -> list[Link]:
    """The boxes of a page's links, and where they lead."""
    try:
        links = page.hyperlinks
    except (KeyError, TypeError, ValueError, AttributeError):
        # A broken annotation costs the addresses of its page, which can be typed, and not the text.
        return []
    return [
        (link["x0"], link["x1"], link["top"], link["bottom"], link["uri"])
        for link in links
        if isinstance(link["uri"], str)
    ]


def _lines_of(content: _Content, links: list[Link], *, page: int) -> list[Line]:
    words = []
    for found in extract_words(
        content.chars, x_tolerance_ratio=0.15, return_chars=True, extra_attrs=["size"]
    ):
        text = clean(UNTOLD.sub("", _logical(found["chars"])))
        if text:
            box = found["x0"], found["x1"], found["top"], found["bottom"]
            is_bold = 2 * sum(char["is_bold"] for char in found["chars"]) > len(found["chars"])
            size = round(found["size"], 1)
            words.append(Word(text, *box, size=size, links=_behind(box, links), is_bold=is_bold))
    return [_line(row, page=page) for row in rows_in_order(words)]


def _behind(box: tuple[float, float, float, float], links: list[Link]) -> tuple[str, ...]:
    middle, height = (box[0] + box[1]) / 2, (box[2] + box[3]) / 2
    return tuple(uri for x0, x1, top, bottom, uri in links if x0 <= middle <= x1 and top <= height <= bottom)


def _logical(chars: list[dict[str, Any]]) -> str:
    """The letters of a word as they are read: where it stands on the page is from left to right, also in Arabic."""
    texts = [char["text"] for char in chars]
    return "".join(reversed(texts)) if _is_right_to_left("".join(texts)) else "".join(texts)


def _is_right_to_left(text: str) -> bool:
    kinds = [unicodedata.bidirectional(sign) for sign in text]
    return sum(kind in RIGHT_TO_LEFT for kind in kinds) > sum(kind in LEFT_TO_RIGHT for kind in kinds)


def _line(row: Row, *, page: int) -> Line:
    words = _reading_order(row)
    text = words[0].text
    parts = [[words[0]]]
    for before, word in pairwise(words):
        gap = max(word.x0 - before.x1, before.x0 - word.x1)
        text += ("\t" if gap >= GUTTER else " ") + word.text
        if gap >= GUTTER:
            parts.append([])
        parts[-1].append(word)
    return Line(
        text,
        size=max(word.size for word in words),
        links=tuple(dict.fromkeys(link for word in words for link in word.links)),
        boxes=tuple((min(word.x0 for word in part), max(word.x1 for word in part)) for part in parts),
        page=page,
        is_bold=_is_bold(parts),
    )


def _is_bold(parts: list[Row]) -> bool:
    """Whether the part that tells something is bold: a time before it, a date or a place behind it may be in plain type."""
    telling = next((part for part in parts if not is_time(part)), parts[0])
    return all(word.is_bold for word in telling)


def _reading_order(row: Row) -> Row:
    """The words of a row as they are read: a right-to-left row from its right end, its Latin parts kept as they are."""
    if not _is_right_to_left("".join(word.text for word in row)):
        return row
    ordered: Row = []
    latin: Row = []
    for word in reversed(row):
        if _is_right_to_left(word.text):
            ordered += [*reversed(latin), word]
            latin = []
        else:
            latin.append(word)
    return [*ordered, *reversed(latin)]
