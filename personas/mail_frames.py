"""How mails about accounts read: the same words as text and as HTML, and a moment as its reader's clock shows it."""

from __future__ import annotations

import re
import zoneinfo
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime

_SIGNATURE = re.compile(r"\n-- ?\n")
_BETWEEN_PARAGRAPHS = re.compile(r"\n\s*\n")


def as_html(text: str) -> str:
    """Give the words of a mail as a plain HTML page: paragraphs, links to follow, and what stands below "--" in small."""
    words, *below = _SIGNATURE.split(text.strip(), maxsplit=1)
    context = {
        "paragraphs": _BETWEEN_PARAGRAPHS.split(words.strip()),
        "below": "".join(below).strip(),
        "language": translation.get_language(),
    }
    return render_to_string("mail_frame.html", context)


def say_when(at: datetime, *, time_zone: str) -> str:
    """Give a moment by the clock of an IANA time zone, with its name, in the language that is active."""
    shown = date_format(localtime(at, zoneinfo.ZoneInfo(time_zone)), "DATETIME_FORMAT")
    return f"{shown} ({time_zone})"
