"""Résumé files made by hand for the tests: small PDFs written byte by byte, DOCX packages whole and broken."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf import PdfReader, PdfWriter

from personas.readers.child import Limits
from personas.readers.refusals import UploadRefused
from personas.readers.resume import read_resume

DATA = Path(__file__).parent / "data"
LAYOUTS = sorted(DATA.glob("rendercv_*.pdf"))
SAMPLES = sorted(DATA.glob("*.json"))
ARABIC = "ليلى حداد مهندسة برمجيات"
JAPANESE = "山田太郎 ソフトウェアエンジニア"
LETTER = [(60.0, 60.0 + 14 * line, f"Line {line} of a plain letter") for line in range(20)]
Placed = tuple[float, float, str]
"""Where a text begins, in points from the left and from the top of an A4 page, and the text."""

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def pdf_of(objects: Iterable[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start)
    return bytes(out)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A stream object, compressed."""
    packed = zlib.compress(content, 9)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (len(packed), entries, packed)


def pdf_with(
    *pages: bytes, font: bytes = HELVETICA, more: Iterable[bytes] = (), resources: bytes = b""
) -> bytes:
    """A PDF of pages given by their drawing operators; `more` objects are numbered from 4 + 2 * pages."""
    first = 4
    kids = b" ".join(b"%d 0 R" % (first + 2 * place) for place in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        font,
    ]
    for place, content in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> %s >> >>" % (first + 2 * place + 1, resources)
        )
        objects.append(stream(content))
    return pdf_of([*objects, *more])


def drawn(texts: Iterable[Placed], *, size: int = 10) -> bytes:
    """The operators that draw Latin texts at their places."""
    escape = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})
    return b"".join(
        b"BT /F1 %d Tf %.1f %.1f Td (%s) Tj ET\n"
        % (size, x, 842 - top, text.translate(escape).encode("cp1252"))
        for x, top, text in texts
    )


def text_pdf(*pages: Iterable[Placed]) -> bytes:
    """A PDF of Latin texts."""
    return pdf_with(*(drawn(page) for page in pages))


def image_pdf() -> bytes:
    """A page that is one picture, as a scanner makes it."""
    picture = stream(
        b"\x80" * 64,
        b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 /ColorSpace /DeviceGray",
    )
    return pdf_with(b"q 595 0 0 842 0 0 cm /I1 Do Q", more=[picture], resources=b"/XObject << /I1 6 0 R >>")


def japanese_pdf(text: str) -> bytes:
    """A page in a Japanese font of the reader's own (Adobe-Japan1), as Japanese programs write it."""
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light /Encoding /UniJIS-UTF16-H /DescendantFonts [<< /Type /Font "
        b"/Subtype /CIDFontType0 /BaseFont /Ryumin-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 4 >> "
        b"/FontDescriptor << /Type /FontDescriptor /FontName /Ryumin-Light /Flags 4 /Ascent 800 /Descent -200 >> /DW 1000 >>] >>"
    )
    return pdf_with(b"BT /F1 12 Tf 60 760 Td <%s> Tj ET" % text.encode("utf-16-be").hex().encode(), font=font)


def arabic_pdf(text: str) -> bytes:
    """A page with one line of right-to-left letters, drawn as programs do: from left to right, the last letter first."""
    codes = sorted(set(text))
    pairs = b"".join(
        b"<%04x> <%s>\n" % (ord(sign), sign.encode("utf-16-be").hex().encode()) for sign in codes
    )
    table = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n"
        b"1 begincodespacerange <0000> <ffff> endcodespacerange\n%d beginbfchar\n%sendbfchar\nendcmap end end"
        % (len(codes), pairs)
    )
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Amiri /Encoding /Identity-H /ToUnicode 6 0 R /DescendantFonts [<< /Type /Font "
        b"/Subtype /CIDFontType2 /BaseFont /Amiri /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        b"/FontDescriptor << /Type /FontDescriptor /FontName /Amiri /Flags 4 /Ascent 800 /Descent -200 >> /DW 500 >>] >>"
    )
    shown = text[::-1].encode("utf-16-be").hex().encode()
    return pdf_with(b"BT /F1 12 Tf 60 760 Td <%s> Tj ET" % shown, font=font, more=[stream(table)])


def encrypted_pdf(content: bytes, *, password: str) -> bytes:
    """The PDF with a password; an empty one forbids printing and the like, and opens for everybody."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(content)))
    writer.encrypt(user_password=password, owner_password="keeper", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def docx_of(*paragraphs: str) -> bytes:
    """A document of plain paragraphs."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return saved(document)


def saved(document: docx.document.Document) -> bytes:
    """The document as a file."""
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def text_box(text: str) -> object:
    """A run with a text box, written for new readers and once more for old ones, as Word does."""
    content = f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
    return parse_xml(
        f'<w:r {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml">'
        f'<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{content}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:textbox>{content}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def repacked(
    content: bytes,
    *,
    extra: dict[str, bytes] | None = None,
    replaced: dict[str, tuple[bytes, bytes]] | None = None,
) -> bytes:
    """The package once more, with entries added and bytes of entries replaced."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(
                entry.filename,
                body.replace(*(replaced or {}).get(entry.filename, (b"", b"")))
                if entry.filename in (replaced or {})
                else body,
            )
        for name, body in (extra or {}).items():
            new.writestr(name, body)
    return out.getvalue()


def with_lying_sizes(content: bytes, name: str, *, size: int) -> bytes:
    """The package with another uncompressed size stated for one entry, in its local header and in the directory."""
    with zipfile.ZipFile(BytesIO(content)) as package:
        entry = package.getinfo(name)
    lying = bytearray(content)
    struct.pack_into("<I", lying, entry.header_offset + 22, size)
    directory = lying.rfind(b"PK\x01\x02", 0, lying.rfind(name.encode()))
    struct.pack_into("<I", lying, directory + 24, size)
    return bytes(lying)


def refusal_of(name: str, content: bytes, **limits: int) -> UploadRefused:
    """The refusal of a file; fails where it is read."""
    with pytest.raises(UploadRefused) as caught:
        read_resume(name, content, limits=Limits(**limits))
    return caught.value


def columns(
    order: Callable[[list[tuple[float, float, str]]], list[tuple[float, float, str]]],
) -> list[tuple[float, float, str]]:
    """A page with a wide header and two columns of ten lines, drawn in some order."""
    header = [
        (
            60.0,
            50.0,
            "Jane Doe, a header that runs over the whole width of the page, from margin to margin, and on",
        )
    ]
    left = [(60.0, 90.0 + 15 * n, f"left {n} began with work at Acme") for n in range(10)]
    right = [(330.0, 90.0 + 15 * n, f"right {n} knows Python and SQL") for n in range(10)]
    return header + order([line for pair in zip(left, right, strict=True) for line in pair])
