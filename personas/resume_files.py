"""Files that a résumé is given out as: what they are called, and what they hold."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from personas.models import Resume
from personas.writers import docx, pdf
from personas.writers.pdf import find_undrawable

__all__ = ["find_undrawable", "give_docx", "give_json", "give_pdf"]


def give_json(resume: Resume) -> HttpResponse:
    """Give a résumé as JSON Resume, as it is kept: unknown keys and the precision of dates are those that came in."""
    content = json.dumps(resume.document, ensure_ascii=False, indent=2)
    return _as_file(resume, content.encode(), "json", "application/json")


def give_docx(resume: Resume) -> HttpResponse:
    """Give a résumé as a file for word processors."""
    return _as_file(resume, docx.write_docx(resume.document, text=resume.text), "docx", docx.MEDIA_TYPE)


def give_pdf(resume: Resume) -> HttpResponse:
    """Give a résumé as a file to be sent and printed."""
    return _as_file(resume, pdf.write_pdf(resume.document, text=resume.text), "pdf", pdf.MEDIA_TYPE)


def _as_file(resume: Resume, content: bytes, ending: str, media_type: str) -> HttpResponse:
    name = f"{resume.title.replace('/', ' ').strip()[:100] or 'resume'}.{ending}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(content, content_type=media_type, headers=headers)
