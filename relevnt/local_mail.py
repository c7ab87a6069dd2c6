"""Mails of a copy that sends none: read from the files that hold them, and shown on this machine alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

MOST_SHOWN = 50
OWN_NAMES = {"localhost", "127.0.0.1", "[::1]", "::1"}
"""Names by which nobody but this machine reaches a copy."""
_BETWEEN = re.compile(rb"^-{79}\r?\n", re.MULTILINE)
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")
"""What proxies add: behind one, every request seems to come from this machine."""
_FILES = "django.core.mail.backends.filebased.EmailBackend"


@dataclass(frozen=True, slots=True)
class LocalMail:
    """One mail: whom it is for, what it is about, its text, and when it was written (None where it does not say)."""

    to: str
    subject: str
    text: str
    written_at: datetime | None


def is_shown_to(request: HttpRequest) -> bool:
    """Tell whether a request may see mails: they are files here, and whoever asks sits at this very machine."""
    is_local = (
        settings.SHOW_LOCAL_MAIL
        and settings.EMAIL_BACKEND == _FILES
        and not settings.HTTPS
        and set(settings.ALLOWED_HOSTS) <= OWN_NAMES
        and urlsplit(settings.PUBLIC_URL).hostname in OWN_NAMES
    )
    came_through_a_proxy = any(header in request.META for header in _FORWARDED)
    return is_local and not came_through_a_proxy and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def read_mails() -> list[LocalMail]:
    """Give the mails that were written last, the newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    # Names tell the second and no more.
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    found: list[LocalMail] = []
    for file in files:
        found += reversed(list(_read_file(file)))
        if len(found) >= MOST_SHOWN:
            break
    return found[:MOST_SHOWN]


def _read_file(path: Path) -> Iterator[LocalMail]:
    for part in _BETWEEN.split(path.read_bytes()):
        if part.strip():
            message = BytesParser(EmailMessage, policy=policy.default).parsebytes(part)
            body = message.get_body(("plain",))
            yield LocalMail(
                to=str(message.get("To", "")),
                subject=str(message.get("Subject", "")),
                text=str(body.get_content()) if body is not None else "",
                written_at=_date(str(message.get("Date", ""))),
            )


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
