"""Words that PostgreSQL's parser breaks or that are typed in another way than they are written: C++, .NET, accents, scripts without blanks; pure.

A text is given some words more when it is made findable, and what is typed is read in the same ways.
"""

from __future__ import annotations

import re
import unicodedata

from personas.accents import LETTERS, strip_accents

_SIGNED = {
    "c++": "cplusplus",
    "c#": "csharp",
    "f#": "fsharp",
    ".net": "dotnet",
    "asp.net": "dotnet",
    "vb.net": "dotnet",
}
_SIGNED_WORD = re.compile(
    r"(?<![\w.])c\+\+|(?<!\w)[cf]#(?!\w)|(?<![\w@])(?:asp|vb)?\.net(?!\w)", re.IGNORECASE
)
_ACCENTED = re.compile(r"\w*[\u00c0-\u024f\u1e00-\u1eff]\w*")
# Thai, Japanese, Chinese and Korean: where a word ends is not written, or its ending is part of it.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]{2,}")
# Who has no key for them writes so in German and its neighbors.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def more_words(text: str) -> list[str]:
    """Give the words that a text is to be found by as well: its names with signs by a word, its accented words without accents,
    and each two letters of scripts without blanks.
    """
    found = {_SIGNED[sign.lower()] for sign in _SIGNED_WORD.findall(text)}
    if not text.isascii():
        for word in {each.lower() for each in _ACCENTED.findall(text)}:
            found |= {plain(word), word.translate(_WRITTEN_OUT)} - {word}
        for run in _UNSPACED.findall(text):
            found |= {run[at : at + 2] for at in range(len(run) - 1)}
    return sorted(found)


def cut_runs(text: str) -> str:
    """Give a typed text with its words in scripts without blanks as `more_words` writes them: each two letters of them."""
    return _UNSPACED.sub(lambda run: " ".join(run[0][at : at + 2] for at in range(len(run[0]) - 1)), text)


def name_sign(word: str) -> str:
    """Give a typed word as `more_words` writes it where it is a name with signs; else itself."""
    return _SIGNED.get(word.lower().rstrip(",;"), word)


def plain(text: str) -> str:
    """Give a text in lower case without accents."""
    bare = strip_accents(text.lower().translate(LETTERS)).lower()
    # Korean was taken apart as well.
    return unicodedata.normalize("NFC", bare).translate(LETTERS)
