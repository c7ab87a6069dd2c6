"""The ZIP package of a DOCX, checked byte by byte before any parser believes what it says about itself."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO

from personas.readers.refusals import Refusal, UploadRefused

MAX_ENTRIES = 500
MAX_INFLATED = 50 * 1024 * 1024
"""The most bytes that all entries together may inflate to; counted while inflating, because declared sizes lie."""
CHUNK = 256 * 1024
CENTRAL_ENTRY = b"PK\x01\x02"
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
"""A local file header (APPNOTE 4.3.7); its last two fields are the lengths of name and extra field."""
FORBIDDEN_XML = (b"<!DOCTYPE", b"<!ENTITY")
MARGIN = max(map(len, FORBIDDEN_XML)) - 1
FOREIGN = {b"application/vnd.oasis.opendocument": "OpenDocument", b"application/epub+zip": "EPUB"}
PICTURES = "word/media/"
"""Parts that nothing parses as XML; an SVG picture may rightly hold a DOCTYPE."""
MAIN_PARTS = ("word/document.xml", "word/document2.xml")


def check_package(content: bytes) -> None:
    """Raise UploadRefused unless this is a DOCX of at most 500 entries and 50 MB, without macros, objects or DOCTYPE."""
    # Counted before zipfile builds an object for each: 5 MB of directory are 100,000 of them.
    if content.count(CENTRAL_ENTRY) > MAX_ENTRIES:
        raise UploadRefused(Refusal.TOO_MANY_ENTRIES, limit=MAX_ENTRIES)
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = package.infolist()
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        struct.error,
        EOFError,
        IndexError,
    ) as error:
        raise UploadRefused(Refusal.DAMAGED) from error
    _check_names(entries)
    seen, is_macro = 0, False
    for entry in entries:
        scan = _Scan(room=MAX_INFLATED - seen, is_markup=not entry.filename.startswith(PICTURES))
        scan.run(content, entry)
        seen += scan.size
        is_macro = is_macro or (entry.filename == "[Content_Types].xml" and b"macroEnabled" in scan.head)
        if entry.filename == "mimetype":
            _refuse_foreign(scan.head)
    if is_macro:
        raise UploadRefused(Refusal.MACROS)
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names or not names.intersection(MAIN_PARTS):
        raise UploadRefused(Refusal.OTHER_FORMAT, found="ZIP")


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        path = entry.orig_filename.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or ":" in path or "\0" in path:
            raise UploadRefused(Refusal.UNSAFE_PATH)
        lowered = path.lower()
        if lowered in seen:
            raise UploadRefused(Refusal.DAMAGED)
        seen.add(lowered)
        if "vbaproject" in lowered or "vbadata" in lowered:
            raise UploadRefused(Refusal.MACROS)
        if lowered.endswith((".bin", ".exe", ".dll", ".ocx")):
            raise UploadRefused(Refusal.EMBEDDED)
        if entry.flag_bits & 0x1:
            raise UploadRefused(Refusal.ENCRYPTED)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UploadRefused(Refusal.DAMAGED)


def _refuse_foreign(head: bytes) -> None:
    for mark, found in FOREIGN.items():
        if head.startswith(mark):
            raise UploadRefused(Refusal.OTHER_FORMAT, found=found)


class _Scan:
    """One entry inflated in pieces: counts its bytes, searches them for what XML of Word never holds, keeps the first 64 KB."""

    def __init__(self, *, room: int, is_markup: bool) -> None:
        self.room = room
        self.is_markup = is_markup
        self.size = 0
        self.head = b""
        self._tail = b""

    def run(self, content: bytes, entry: zipfile.ZipInfo) -> None:
        packed = _packed_bytes(content, entry)
        if entry.compress_type == zipfile.ZIP_STORED:
            self._take(packed)
        else:
            self._inflate(packed)
        if self.size != entry.file_size:
            raise UploadRefused(Refusal.LYING_SIZES)

    def _inflate(self, packed: bytes) -> None:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        while not inflater.eof:
            try:
                piece = inflater.decompress(packed, CHUNK)
            except zlib.error as error:
                raise UploadRefused(Refusal.DAMAGED) from error
            packed = inflater.unconsumed_tail
            if not piece and not packed and not inflater.eof:
                raise UploadRefused(Refusal.DAMAGED)
            self._take(piece)

    def _take(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self.room:
            raise UploadRefused(Refusal.INFLATES, limit=MAX_INFLATED // 1024 // 1024)
        if len(self.head) < 65536:
            self.head += piece[:65536]
        if not self.is_markup:
            return
        # Without its NUL bytes UTF-16 reads like ASCII, so one search serves both encodings of XML.
        plain = self._tail + piece.translate(None, b"\0")
        if any(mark in plain for mark in FORBIDDEN_XML):
            raise UploadRefused(Refusal.DOCTYPE)
        self._tail = plain[-MARGIN:]


def _packed_bytes(content: bytes, entry: zipfile.ZipInfo) -> bytes:
    header = content[entry.header_offset : entry.header_offset + LOCAL_HEADER.size]
    if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise UploadRefused(Refusal.DAMAGED)
    name_length, extra_length = LOCAL_HEADER.unpack(header)[-2:]
    start = entry.header_offset + LOCAL_HEADER.size + name_length + extra_length
    packed = content[start : start + entry.compress_size]
    if len(packed) != entry.compress_size:
        raise UploadRefused(Refusal.DAMAGED)
    return packed
