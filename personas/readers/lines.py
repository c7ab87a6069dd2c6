"""Lines as the readers give them: text in reading order, cleaned of what no page and no database can hold."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from personas.readers.refusals import Refusal, UploadRefused

MAX_CHARACTERS = 1_000_000
"""The most characters a résumé may have; a dense page has about 4,000."""
UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b\u2060\ufeff\ufff9-\uffff\ud800-\udfff\ue000-\uf8ff]")
"""Control characters, soft hyphens, zero-width spaces, lone surrogates, and the private area in which icon fonts live."""
LIGATURES = re.compile("[\ufb00-\ufb06\ufb1d-\ufdfb\ufe70-\ufefc]")
"""Presentation forms: letters as a font draws them (ﬁ, Hebrew and Arabic shapes), which no search would find."""
BLANKS = re.compile("[ \xa0\u2000-\u200a\u202f\u205f\u3000]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line in reading order; `size` is its type size in points (0: unknown), `links` the addresses behind its words.

    `boxes` are the left and right edges of its parts between tabs, in points or, for plain text, in characters (none: unknown);
    `page` counts from 1 (0: unknown). `is_heading` and `is_item` are what the file itself says of a paragraph.
    """

    text: str
    size: float = 0
    links: tuple[str, ...] = ()
    boxes: tuple[tuple[float, float], ...] = ()
    page: int = 0
    is_bold: bool = False
    is_heading: bool = False
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines of a file; `pages_without_text` are numbers of pages, from 1, that hold pictures only; 0 `pages` are not known."""

    lines: tuple[Line, ...]
    pages_without_text: tuple[int, ...] = field(default=())
    pages: int = 0

    @property
    def text(self) -> str:
        """The lines one below the other."""
        return "\n".join(line.text for line in self.lines)


def clean(text: str) -> str:
    """The text with letters for ligatures, single blanks, and nothing that cannot be seen; tabs stay."""
    text = LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)
    text = BLANKS.sub(" ", UNSEEN.sub("", text))
    return re.sub(r" ?\t[ \t]*", "\t", text).strip()


def check_length(characters: int) -> None:
    """Raise UploadRefused where a file holds more text than any résumé."""
    if characters > MAX_CHARACTERS:
        raise UploadRefused(Refusal.TOO_LONG, limit=MAX_CHARACTERS)
