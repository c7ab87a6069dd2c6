"""What an uploaded file is, told from its bytes; anything we cannot read safely is refused before it is parsed."""

from __future__ import annotations

import re
from enum import StrEnum

from personas.readers.docx_package import check_package
from personas.readers.refusals import Refusal, UploadRefused

MAX_BYTES = 5 * 1024 * 1024
"""The largest upload, in bytes."""


class Kind(StrEnum):
    """The four kinds of file that are read."""

    PDF = "pdf"
    DOCX = "docx"
    TXT = "txt"
    JSON = "json"


NAMES = {Kind.PDF: "PDF", Kind.DOCX: "DOCX", Kind.TXT: "TXT", Kind.JSON: "JSON"}
ENDINGS = {
    ".pdf": Kind.PDF,
    ".docx": Kind.DOCX,
    ".docm": Kind.DOCX,
    ".txt": Kind.TXT,
    ".text": Kind.TXT,
    ".md": Kind.TXT,
    ".json": Kind.JSON,
}

ENDING = re.compile(r"(?<=[^./\\])\.[A-Za-z0-9]{1,8}\Z")

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Compound files of Microsoft: Word before 2007, and every Office file that is locked by a password."""
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")
ARCHIVES = {
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x1f\x8b": "gzip",
    b"{\\rtf": "RTF",
    b"%!PS": "PostScript",
}
WIDE = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of UTF-16; without one, NUL bytes mean that a file is no text."""
MARKUP = re.compile(rb"\s*(?:<!doctype html|<html|<\?xml)", re.IGNORECASE)
OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"|\}\s*\Z)')
WIDE_OBJECT = re.compile(r'\s*\{\s*(?:"|\}\s*\Z)')
PDF_HEAD = 1024
"""Readers of PDF look for its mark in this many first bytes (ISO 32000-1, note 13 of annex H)."""


def check_upload(name: str, content: bytes) -> Kind:
    """Say what kind of file this is, from its bytes and then its name; raise UploadRefused for all that is not safe to read.

    What only parsing can tell (a password, pages without text, JSON that is no résumé) is refused by `read_resume`.
    """
    if not content:
        raise UploadRefused(Refusal.EMPTY)
    if len(content) > MAX_BYTES:
        raise UploadRefused(Refusal.TOO_LARGE, limit=MAX_BYTES // 1024 // 1024)
    ending = _ending_of(name)
    found = _kind_of(content, ending=ending)
    if ending and ending not in ENDINGS:
        raise UploadRefused(Refusal.WRONG_NAME, ending=ending)
    if ending and ENDINGS[ending] is not found:
        raise UploadRefused(Refusal.MISMATCH, named=NAMES[ENDINGS[ending]], found=NAMES[found])
    return found


def _ending_of(name: str) -> str:
    """The ending in lower case, or nothing where the part behind the last dot belongs to the name ("Résumé J. Doe")."""
    found = ENDING.search(name)
    return found.group().lower() if found else ""


def _kind_of(content: bytes, *, ending: str) -> Kind:
    if b"%PDF-" in content[:PDF_HEAD]:
        if b"%%EOF" not in content and b"startxref" not in content:
            raise UploadRefused(Refusal.DAMAGED)
        return Kind.PDF
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        check_package(content)
        return Kind.DOCX
    _refuse_other_formats(content)
    return _kind_of_text(content, ending=ending)


def _refuse_other_formats(content: bytes) -> None:
    if content.startswith(OLE):
        raise UploadRefused(Refusal.OLD_WORD)
    if content.startswith(PICTURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP"):
        raise UploadRefused(Refusal.PICTURE)
    for magic, found in ARCHIVES.items():
        if content.startswith(magic):
            raise UploadRefused(Refusal.OTHER_FORMAT, found=found)
    if MARKUP.match(content):
        raise UploadRefused(Refusal.OTHER_FORMAT, found="HTML / XML")


def _kind_of_text(content: bytes, *, ending: str) -> Kind:
    wide = content.startswith(WIDE)
    if not wide and b"\0" in content:
        raise UploadRefused(Refusal.NUL if ENDINGS.get(ending) is Kind.TXT else Refusal.UNKNOWN_TYPE)
    if not content.removeprefix(b"\xef\xbb\xbf").strip():
        raise UploadRefused(Refusal.EMPTY)
    # The first lines are enough to tell an object from prose, so the error handler never hides a fault of the whole.
    is_object = (
        WIDE_OBJECT.match(content[:4096].decode("utf-16", "replace")) if wide else OBJECT.match(content)
    )
    if is_object:
        return Kind.JSON
    if ENDINGS.get(ending) is Kind.JSON:
        raise UploadRefused(Refusal.MISMATCH, named=NAMES[Kind.JSON], found=NAMES[Kind.TXT])
    return Kind.TXT
