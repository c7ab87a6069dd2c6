"""What became of an application that was sent: safety.md 1.3, "what came back", as one table.

    accepted    the receiver has it: 2xx, or it says that it has had it before
    refused     it does not want it, and nothing is left to try: 400 401 403 404 410 413 415 422, and 3xx (moved)
    try_later   it said when to come again, and kept nothing: 429, and 503 that names a time
    never_left  not one byte of it left the house
    doubtful    it may or may not have arrived; the machine never sends it again

Beyond that table stands what it does not name. A page of HTML under 2xx is no receipt of an interface that speaks JSON:
doubtful. A 2xx whose body says "no" is refused. A status that no interface here documents is doubtful.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from matching.retry_after import read_retry_after

OutcomeKind: TypeAlias = Literal["accepted", "refused", "try_later", "never_left", "doubtful"]
OUTCOME_KINDS: tuple[str, ...] = get_args(OutcomeKind)

LEAST_WAIT_SECONDS = 1
MOST_WAIT_SECONDS = 3600
"""Between these a wait that a receiver asks for is obeyed (feeds.md b.5)."""
USUAL_WAIT_SECONDS = 60
"""The wait after a 429 that names none."""
MAIL_WAIT_SECONDS = 900
"""The wait after a mail server put a mail off, which names no time: greylisting asks for some minutes."""

_REFUSED = {
    400: "not_valid",
    401: "not_allowed",
    403: "not_allowed",
    404: "gone",
    410: "gone",
    413: "too_large",
    415: "wrong_type",
    422: "not_valid",
}
_ALREADY = re.compile(
    r"already[ _-](?:been[ _-])?(?:applied|submitted)|application[ _-](?:is[ _-])?already[ _-]exists|duplicate[ _-]application",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"unauthori[sz]ed|invalid[ _-]api[ _-]key|missing[ _-]endpoint[ _-]permission", re.IGNORECASE
)
_TELLING = ("error", "errors", "errorinfo", "message", "messages", "code", "detail", "status_message")
_REF_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: `code` names the case, `status` is the receiver's (HTTP or SMTP), `ref` its number for it.

    answer_sha256 is that of the answer's body, empty where none was read.
    """

    kind: OutcomeKind
    code: str
    status: int | None = None
    ref: str = ""
    retry_after_seconds: int | None = None
    answer_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the body of a 2xx says: taken, not taken, or (None) neither."""

    taken: bool | None
    ref: str = ""


def plain_receipt(body: Any) -> Receipt:
    """The reading of a body by its usual signs alone."""
    if isinstance(body, dict) and (body.get("ok") is False or body.get("success") is False):
        return Receipt(False)
    if isinstance(body, dict) and (body.get("error") or body.get("errors")):
        return Receipt(False)
    return Receipt(None)


def reference(value: Any) -> str:
    """A receiver's number for an application, as it is kept; empty for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return "".join(letter for letter in str(value) if letter.isprintable())[:_REF_LENGTH]


def classify_answer(
    status: int,
    *,
    headers: Mapping[str, str],
    body: bytes,
    truncated: bool = False,
    keyed: bool = False,
    strict: bool = False,
    receipt: Callable[[Any], Receipt] = plain_receipt,
    at: datetime | None = None,
) -> Outcome:
    """Classify a whole HTTP answer; header names are in lower case.

    `keyed`: an employer's key went with the request. `strict`: the status says nothing here, only the body does.
    `receipt` reads the parsed body of a 2xx. `at` is now, for a Retry-After that is a date and an answer without one.
    """
    if 200 <= status <= 299:
        return _classify_success(status, headers, body, truncated=truncated, strict=strict, receipt=receipt)
    if status == 409 or (status in _REFUSED and says_already(body)):
        return Outcome("accepted", "already", status)
    if status in (429, 503):
        return _classify_pause(status, read_wait(headers, at=at))
    if 300 <= status <= 399:
        return Outcome("refused", "moved", status)
    if status in _REFUSED:
        code = "key_refused" if keyed and status in (401, 403) else _REFUSED[status]
        return Outcome("refused", code, status)
    return Outcome("doubtful", _doubt(status), status)


def _classify_pause(status: int, wait: int | None) -> Outcome:
    if status == 429:
        return Outcome("try_later", "throttled", status, "", USUAL_WAIT_SECONDS if wait is None else wait)
    if wait is None:
        return Outcome("doubtful", _doubt(status), status)
    return Outcome("try_later", "unavailable", status, "", wait)


def _doubt(status: int) -> str:
    if status == 408:
        return "request_timeout"
    return "server_error" if status >= 500 else "unexpected_status"


def classify_mail(status: int) -> Outcome:
    """Classify a mail server's word on sender, recipient, DATA or the whole mail."""
    if 200 <= status <= 299:
        return Outcome("accepted", "taken", status)
    if 400 <= status <= 499:
        return Outcome("try_later", "mail_deferred", status, "", MAIL_WAIT_SECONDS)
    if 500 <= status <= 599:
        return Outcome("refused", "too_large" if status == 552 else "mail_refused", status)
    return Outcome("doubtful", "unexpected_status", status)


def read_wait(headers: Mapping[str, str], *, at: datetime | None = None) -> int | None:
    """Seconds to wait, within [1 s, 1 h]; None where nothing readable was said."""
    seconds = read_retry_after(headers, at=at)
    return None if seconds is None else _clamp(seconds)


def says_already(body: bytes) -> bool:
    """Whether a refusal says that it has had this application before.

    Of JSON only what stands under error, message and the like is read: the rest may quote what was sent.
    """
    return any(_ALREADY.search(text) for text in _told(body))


def _classify_success(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    truncated: bool,
    strict: bool,
    receipt: Callable[[Any], Receipt],
) -> Outcome:
    if _is_page(headers, body):
        return Outcome("doubtful", "error_page", status)
    parsed: Any = None
    if body.strip() and not truncated:
        try:
            parsed = json.loads(body)
        except (ValueError, RecursionError):
            truncated = True
    if truncated:
        # 201 says "made" by itself; under any other 2xx something was said that could not be read.
        made = status == 201 and not strict
        return Outcome("accepted", "taken", status) if made else Outcome("doubtful", "unreadable", status)
    said = Receipt(None) if parsed is None else receipt(parsed)
    if said.taken is False:
        if says_already(body):
            return Outcome("accepted", "already", status)
        refused_key = any(_KEY.search(text) for text in _told(body))
        return Outcome("refused", "key_refused" if refused_key else "not_taken", status)
    if said.taken is None and strict:
        return Outcome("doubtful", "unreadable", status)
    return Outcome("accepted", "taken", status, reference(said.ref))


def _is_page(headers: Mapping[str, str], body: bytes) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml") or body.lstrip()[:1] == b"<"


def _told(body: bytes) -> Iterator[str]:
    """What a body says in its own words: the texts under its telling names, or all of a short one that is no JSON."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        yield body[:2000].decode("utf-8", "replace")
        return
    waiting: list[tuple[Any, bool]] = [(parsed, isinstance(parsed, str))]
    while waiting:
        value, telling = waiting.pop()
        if isinstance(value, str) and telling:
            yield value[:2000]
        elif isinstance(value, list):
            waiting += [(each, telling) for each in value]
        elif isinstance(value, dict):
            waiting += [(each, str(name).lower() in _TELLING) for name, each in value.items()]


def _clamp(seconds: float) -> int:
    return int(min(MOST_WAIT_SECONDS, max(LEAST_WAIT_SECONDS, -(-seconds // 1))))
