"""Fields of what a source answered: of the type that is meant, or refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from matching.feeds.amounts import PayFields, read_amount, state_pay
from matching.feeds.records import kind_of, read_description, read_line, read_time, read_url, required_line
from matching.pay import StatedPay
from matching.posting import (
    COMPANY_LIMIT,
    EXTERNAL_ID_LIMIT,
    LABEL_LIMIT,
    LOCATION_LIMIT,
    TITLE_LIMIT,
    PostingInvalid,
)
from matching.sources.protocol import Fetched, Raw, SourceFault

_FIRST_YEAR, _LAST_YEAR = 1970, 2200
# Seconds of the year 2200; what is more is meant in thousandths.
_MOST_SECONDS = 7_258_118_400


def take(raw: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, None where any part of it is missing; raises PostingInvalid where a part is no object."""
    value: Any = raw
    walked: list[str] = []
    for name in path.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            reason = _("An object is expected here, not {kind}.")
            raise PostingInvalid(".".join(walked), reason.format(kind=kind_of(value)))
        value = value.get(name)
        walked.append(name)
    return value


def line(raw: Mapping[str, Any], path: str, limit: int = LABEL_LIMIT) -> str:
    """One line of text, empty where none is stated."""
    return read_line(take(raw, path), path, limit)


def title(raw: Mapping[str, Any], path: str) -> str:
    """The title that every posting needs."""
    return required_line(take(raw, path), path, TITLE_LIMIT)


def company(raw: Mapping[str, Any], path: str) -> str:
    """The employer, empty where none is stated."""
    return line(raw, path, COMPANY_LIMIT)


def location(raw: Mapping[str, Any], path: str) -> str:
    """The place as stated."""
    return line(raw, path, LOCATION_LIMIT)


def number(raw: Any, path: str) -> str:
    """What the source calls a posting; raises PostingInvalid where it says nothing that could be one."""
    if not isinstance(raw, Mapping):
        reason = _("An object is expected here, not {kind}.")
        raise PostingInvalid("", reason.format(kind=kind_of(raw)))
    value = take(raw, path)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return required_line(value, path, EXTERNAL_ID_LIMIT)


def items(raw: Mapping[str, Any], path: str) -> list[Any]:
    """A list, empty where there is none."""
    value = take(raw, path)
    if value is None:
        return []
    if not isinstance(value, list):
        reason = _("A list is expected here, not {kind}.")
        raise PostingInvalid(path, reason.format(kind=kind_of(value)))
    return value


def objects(raw: Mapping[str, Any], path: str) -> list[Mapping[str, Any]]:
    """A list of objects, empty where there is none."""
    found = items(raw, path)
    for each in found:
        if not isinstance(each, Mapping):
            reason = _("An object is expected here, not {kind}.")
            raise PostingInvalid(path, reason.format(kind=kind_of(each)))
    return found


def lines(raw: Mapping[str, Any], path: str) -> list[str]:
    """A list of texts without empty ones."""
    return [text for each in items(raw, path) if (text := read_line(each, path, LOCATION_LIMIT))]


def joined(places: Iterable[str]) -> str:
    """Several places as one text, each once, apart by semicolons."""
    text = "; ".join(dict.fromkeys(place for place in places if place))
    return read_line(text, "location", LOCATION_LIMIT)


def comma(*parts: str) -> str:
    """The parts of one place that are stated."""
    return ", ".join(part for part in parts if part)


def address(raw: Mapping[str, Any], path: str) -> str:
    """A web address, empty where none is stated."""
    return read_url(take(raw, path), path)


def description(raw: Mapping[str, Any], *paths: str) -> tuple[str, bool]:
    """The parts of a description that are stated, one after another, and whether they are HTML."""
    parts = []
    for path in paths:
        value = take(raw, path)
        if value is not None and not isinstance(value, str):
            reason = _("Text is expected here, not {kind}.")
            raise PostingInvalid(path, reason.format(kind=kind_of(value)))
        if value and value.strip():
            parts.append(value)
    return read_description("\n\n".join(parts))


def flag(raw: Mapping[str, Any], path: str) -> bool | None:
    """True, false, or None where neither is stated."""
    value = take(raw, path)
    if value is None or isinstance(value, bool):
        return value
    reason = _("True or false is expected here, not {kind}.")
    raise PostingInvalid(path, reason.format(kind=kind_of(value)))


def moment(raw: Mapping[str, Any], path: str, *, end_of_day: bool = False) -> datetime | None:
    """A time from ISO 8601, with a zone in words as well (`2026-08-05 09:41:37 UTC`), or from seconds since 1970 or thousandths of them."""
    value = take(raw, path)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value, path)
    if isinstance(value, str) and value.endswith(" UTC"):
        value = value.removesuffix(" UTC") + "+00:00"
    return read_time(value, path, end_of_day=end_of_day)


def pay(raw: Mapping[str, Any], low: str, high: str, *, currency: str, period: str) -> StatedPay | None:
    """Pay between two paths; raises PostingInvalid where it contradicts itself or leaves out its currency or period."""
    return state_pay(
        read_amount(take(raw, low), low),
        read_amount(take(raw, high), high),
        currency=currency,
        period=period,
        fields=PayFields(low=low, high=high, currency="currency", period="period"),
    )


def readable_pay(
    raw: Mapping[str, Any], low: str, high: str, *, currency: str, period: str
) -> StatedPay | None:
    """The same, and None where it cannot be read: a job is not lost over its pay, whose parts stay in its `raw`."""
    try:
        return pay(raw, low, high, currency=currency, period=period)
    except PostingInvalid:
        return None


def rest(raw: Mapping[str, Any], taken: Iterable[str]) -> dict[str, Any]:
    """What no field of the posting took up, without what is empty."""
    names = frozenset(taken)
    return {
        name: value for name, value in raw.items() if name not in names and value not in (None, "", [], {})
    }


def listed(fetched: Fetched, path: str) -> list[Any]:
    """The list of postings in an answer; raises SourceFault where the answer is of another shape."""
    document = fetched.json
    try:
        found = document if not path else take(document, path) if isinstance(document, dict) else None
    except PostingInvalid:
        found = None
    if not isinstance(found, list):
        reason = (
            _("no list “{path}” in its answer: {opening}") if path else _("no list in its answer: {opening}")
        )
        raise SourceFault("malformed", reason.format(path=path, opening=fetched.opening()))
    return found


def count(fetched: Fetched, path: str) -> int | None:
    """How many postings an answer says there are, None where it does not say."""
    try:
        value = take(fetched.json, path)
    except PostingInvalid:
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def listed_object(raw: Raw, fetched: Fetched) -> Raw:
    """An answer about one posting, on top of what its list said; raises SourceFault where it is no object."""
    document = fetched.json
    if not isinstance(document, dict):
        reason = _("no object in its answer: {opening}")
        raise SourceFault("malformed", reason.format(opening=fetched.opening()))
    return raw | document


def _from_epoch(value: float, path: str) -> datetime:
    seconds = value / 1000 if value > _MOST_SECONDS else value
    try:
        found = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        found = None
    if found is None or not _FIRST_YEAR <= found.year < _LAST_YEAR:
        reason = _("“{value}” is no number of seconds since 1970.")
        raise PostingInvalid(path, reason.format(value=value))
    return found
