"""Forms from outside: one guarded request, its answer as JSON, and every way in which that can fail named."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import quote

from django.conf import settings

from autoapply.channels.protocol import AddressRefused, FormUnreadable, PostingGone
from autoapply.destination import Destination
from autoapply.outcomes import USUAL_WAIT_SECONDS, read_wait
from matching import guarded_http
from matching.guarded_http import Answer, Doubtful, Limits, NeverLeft, Request

FORM_LIMITS = Limits(connect_seconds=5, total_seconds=20, body_bytes=2 * 1024 * 1024)
"""One opening with its description is some tens of kilobytes; Ashby has been measured at 10 s (feeds.md b.1)."""

_LONGEST_VALUE = 1000
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def root_of(destination: Destination) -> str:
    """The address of the interface for a destination; raises AddressRefused.

    A board that becomes part of a host must be one label of it: anything else could name another host, and the
    employer's key would go there.
    """
    system = destination.system
    region = f"{system}.eu" if ".eu." in destination.host else system
    root: str = settings.RECEIVER_ROOTS.get(region) or settings.RECEIVER_ROOTS[system]
    if "{board}" in root:
        if not _LABEL.fullmatch(destination.board):
            raise AddressRefused
        root = root.replace("{board}", destination.board.lower())
    return root


def step(name: str) -> str:
    """A name as one step of a path; raises AddressRefused for what would be none or several."""
    if not name or len(name) > 255 or name in (".", "..") or not name.isprintable():
        raise AddressRefused
    return quote(name, safe="")


def fetch_json(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    keyed: bool = False,
) -> Any:
    """The JSON at an address; raises PostingGone or FormUnreadable. Nothing is followed or tried again."""
    sent = Request(method, url, {"Accept": "application/json", **(headers or {})}, content)
    try:
        answer = guarded_http.send(sent, limits=FORM_LIMITS)
    except NeverLeft as failure:
        timed_out = failure.reason in ("connect_timeout", "too_late")
        raise FormUnreadable("timeout" if timed_out else "unreachable") from None
    except Doubtful as failure:
        timed_out = failure.reason in ("read_timeout", "total_timeout")
        raise FormUnreadable("timeout" if timed_out else "broken_off") from None
    if answer.status != 200:
        _refuse(answer, keyed=keyed)
    if answer.truncated:
        raise FormUnreadable("too_large")
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise FormUnreadable("not_a_form") from None


def _refuse(answer: Answer, *, keyed: bool) -> NoReturn:
    status = answer.status
    if status in (404, 410):
        raise PostingGone
    if status in (401, 403):
        raise FormUnreadable("key_refused" if keyed else "not_allowed")
    if status == 429:
        wait = read_wait(answer.headers)
        raise FormUnreadable("throttled", USUAL_WAIT_SECONDS if wait is None else wait)
    if status >= 500 or status == 408:
        raise FormUnreadable("server_error", read_wait(answer.headers))
    raise FormUnreadable("moved" if 300 <= status <= 399 else "not_a_form")


def as_object(value: Any) -> dict[str, Any]:
    """A JSON object; raises FormUnreadable for anything else."""
    if not isinstance(value, dict):
        raise FormUnreadable("not_a_form")
    return value


def as_list(value: Any) -> list[dict[str, Any]]:
    """A list of JSON objects, none for null; raises FormUnreadable for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise FormUnreadable("not_a_form")
    return value


def as_text(value: Any) -> str:
    """A text or a number as one line to show; raises FormUnreadable for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FormUnreadable("not_a_form")
    words = " ".join(str(value).split())
    return "".join(letter for letter in words if unicodedata.category(letter) not in ("Cc", "Cs"))


def as_value(value: Any) -> str:
    """A text or a number that is to be sent back as it stands; raises FormUnreadable for what cannot be kept till then."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FormUnreadable("not_a_form")
    text = str(value)
    if (
        not text
        or len(text) > _LONGEST_VALUE
        or any(unicodedata.category(each) in ("Cc", "Cs") for each in text)
    ):
        raise FormUnreadable("not_a_form")
    return text
