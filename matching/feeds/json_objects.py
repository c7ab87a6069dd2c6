"""One JSON object of a file: read strictly, told apart by its shape, turned into postings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import chain
from math import isfinite, isinf
from typing import Any

from django.utils.translation import gettext as _

from matching.feeds.amounts import shorten
from matching.feeds.job_posting import is_linked_data, postings_of
from matching.feeds.json_mending import mend_json
from matching.feeds.lines import not_utf8
from matching.feeds.records import kind_of, posting_from_record
from matching.posting import EXTERNAL_ID_LIMIT, PostingInvalid, Read, Rejection

DEPTH_LIMIT = 20

# NUL, as itself or escaped, and escaped surrogates: what check_text looks for.
_SUSPECT = (b"\x00", b"\\u0000", b"\\ud", b"\\uD")


def read_object(number: int, raw: bytes) -> Iterator[Read]:
    """Everything that the object in `raw` holds: postings, or why there are none, each with `number`."""
    payload: Any = None
    try:
        payload = load_object(raw)
        if not is_linked_data(payload):
            yield number, posting_from_record(payload)
            return
        found = postings_of(payload)
    except PostingInvalid as error:
        yield number, reject(number, error, raw, external_id=_stated_id(payload))
        return
    for posting in found:
        if isinstance(posting, PostingInvalid):
            yield number, reject(number, posting, raw)
        else:
            yield number, posting


def load_object(raw: bytes) -> dict[str, Any]:
    """The object in some JSON text; raises PostingInvalid, without a field, for anything that is not clean JSON.

    Stricter than `json.loads` but for line ends in texts: no name twice, no NaN, nothing nested deeper than
    DEPTH_LIMIT, and neither NUL
    characters nor half surrogates, which PostgreSQL cannot keep.
    """
    value = _parse(raw)
    if not isinstance(value, dict):
        reason = _("An object in {{braces}} is expected, not {kind}.")
        raise PostingInvalid("", reason.format(kind=kind_of(value)))
    # The walk is left out where nothing in the bytes could make it find something.
    if any(sign in raw for sign in _SUSPECT) or raw.count(b"{") + raw.count(b"[") > DEPTH_LIMIT:
        check_storable(value)
    return value


def mend_object(raw: bytes) -> bytes:
    """The same object, mended where it is broken in a way that people break them; as it is where that does not help."""
    try:
        load_object(raw)
    except PostingInvalid:
        mended = mend_json(raw.decode(errors="replace")).encode()
        try:
            load_object(mended)
        except PostingInvalid:
            return raw
        return mended
    return raw


def check_text(text: str, field: str) -> None:
    """Raise PostingInvalid for text that PostgreSQL cannot keep."""
    if "\x00" in text:
        reason = _("Holds a NUL character (byte 0). Remove it.")
        raise PostingInvalid(field, reason)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            reason = _("Character {position} is half of a surrogate pair. Remove it.")
            raise PostingInvalid(field, reason.format(position=error.start + 1)) from None


def check_storable(value: Any) -> None:
    """Raise PostingInvalid for an object that PostgreSQL cannot keep as it is: its texts, its numbers, how deep it is nested."""
    if not isinstance(value, dict):
        reason = _("An object in {{braces}} is expected, not {kind}.")
        raise PostingInvalid("", reason.format(kind=kind_of(value)))
    for name, part in value.items():
        check_text(name, "")
        _check_value(part, name, DEPTH_LIMIT - 1)


def reject(number: int, error: PostingInvalid, raw: bytes, *, external_id: str = "") -> Rejection:
    """The rejection of what stands in `raw`."""
    return Rejection(
        line=number,
        field=_storable(error.field)[:100],
        reason=_storable(error.reason),
        external_id=_storable(external_id),
        payload_hash=sha256(raw).hexdigest(),
    )


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()


def _parse(raw: bytes) -> Any:
    try:
        # Line ends and tabs inside a text are no JSON, but every other career page has them.
        return json.loads(
            raw.decode(),
            strict=False,
            object_pairs_hook=_unique_names,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise PostingInvalid("", not_utf8(error.start + 1)) from None
    except json.JSONDecodeError as error:
        reason = _("Not JSON: {message} at character {column}.")
        raise PostingInvalid("", reason.format(message=error.msg, column=error.pos + 1)) from None
    except RecursionError:
        raise PostingInvalid("", _too_deep()) from None
    except ValueError as error:
        if isinstance(error, PostingInvalid):
            raise
        # The one thing left that the reader refuses: Python turns no number of over 4,300 digits into an int.
        raise PostingInvalid("", _("Holds a number of thousands of digits.")) from None


def _check_value(value: Any, field: str, depth: int) -> None:
    if isinstance(value, str):
        check_text(value, field)
    elif isinstance(value, float) and not isfinite(value):
        raise PostingInvalid(field, _("{digits} is beyond all bounds.").format(digits=value))
    elif isinstance(value, dict | list):
        if depth <= 0:
            raise PostingInvalid(field, _too_deep())
        for part in chain(value, value.values()) if isinstance(value, dict) else value:
            _check_value(part, field, depth - 1)


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _times = Counter(name for name, _value in pairs).most_common(1)[0]
        raise PostingInvalid(twice, _("Stated twice in one object."))
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise PostingInvalid("", _("{digits} is beyond all bounds.").format(digits=shorten(digits)))
    return number


def _refuse_constant(name: str) -> None:
    raise PostingInvalid("", _("{name} is not a number that JSON knows.").format(name=name))


def _too_deep() -> str:
    return _("Nested more than {limit} levels deep.").format(limit=DEPTH_LIMIT)


def _stated_id(payload: Mapping[str, Any] | None) -> str:
    """What the object calls itself, for the person who looks for it; a repaired copy if need be."""
    value = payload.get("external_id", "") if payload else ""
    return shorten(str(value))[:EXTERNAL_ID_LIMIT] if isinstance(value, str | int) else ""
