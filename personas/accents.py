"""Texts without their accents, for whoever compares names; pure."""

from __future__ import annotations

import unicodedata

LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "ı": "i", "ß": "ss", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that are no letter with an accent, and are written with plain ones by whoever lacks them."""


def strip_accents(text: str) -> str:
    """Give a text taken apart (NFKD), without what stands above and below its letters."""
    if text.isascii():
        return text
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
