"""A page of a PDF as a picture, to be shown beside what was read in it."""

from __future__ import annotations

from io import BytesIO

import pypdfium2

from personas.readers.refusals import Refusal, UploadRefused

WIDTH = 1100
"""Pixels: small print can be read, and a page of text weighs about 150 kB."""
TALLEST = 4.0
"""The most a page may be taller than wide; a longer one is drawn smaller."""


def draw_page(content: bytes, *, number: int) -> bytes:
    """The page (from 1) as PNG; raise UploadRefused where there is none or it cannot be drawn."""
    try:
        with pypdfium2.PdfDocument(content) as pdf:
            if not 1 <= number <= len(pdf):
                raise UploadRefused(Refusal.TOO_MANY_PAGES, pages=number, limit=len(pdf))
            page = pdf[number - 1]
            width, height = page.get_size()
            scale = WIDTH / max(width, height / TALLEST, 1)
            picture = page.render(scale=scale).to_pil()
    except pypdfium2.PdfiumError as error:
        raise UploadRefused(Refusal.DAMAGED) from error
    out = BytesIO()
    picture.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()
