"""A calendar as a file in the format of RFC 5545: days with a line each, written the same way every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
LINE_OCTETS = 75
"""Octets of a line before it is folded, without the line break (RFC 5545, 3.1)."""
LOOK_AGAIN = timedelta(hours=6)
"""How often a calendar program is asked to read the file anew."""


@dataclass(frozen=True, slots=True)
class Day:
    """One entry that lasts a whole day; `uid` stays the same for ever, `stamp` is when it was last written."""

    uid: str
    day: date
    summary: str
    stamp: datetime


def write_calendar(days: Iterable[Day], *, name: str) -> bytes:
    """The file with these entries in their order, in UTF-8; `name` is what a calendar program calls it."""
    hours = f"PT{LOOK_AGAIN // timedelta(hours=1)}H"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Relevnt//Follow-ups//EN",
        "CALSCALE:GREGORIAN",
        f"NAME:{escape(name)}",
        # What programs read that are older than RFC 7986.
        f"X-WR-CALNAME:{escape(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{hours}",
        f"X-PUBLISHED-TTL:{hours}",
        *(line for each in days for line in _event(each)),
        "END:VCALENDAR",
    ]
    return "".join(f"{fold(line)}\r\n" for line in lines).encode()


def escape(text: str) -> str:
    """A text as the value of a property: signs of the format escaped, line breaks written out, other control signs left out."""
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in unbroken if sign == "\n" or _is_allowed(sign))
    return kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> str:
    """A line in pieces of at most 75 octets, no letter cut apart."""
    return "\r\n ".join(_pieces(line))


def _pieces(line: str) -> Iterator[str]:
    # From the second piece on, the blank in front counts too.
    piece, room = "", LINE_OCTETS
    for letter in line:
        size = len(letter.encode())
        if size > room:
            yield piece
            piece, room = "", LINE_OCTETS - 1
        piece += letter
        room -= size
    yield piece


def _event(entry: Day) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escape(entry.uid)}"
    yield f"DTSTAMP:{entry.stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_date(entry.day)}"
    # The end of a day is the day after, which itself does not belong to it.
    yield f"DTEND;VALUE=DATE:{_date(entry.day + timedelta(days=1))}"
    yield f"SUMMARY:{escape(entry.summary)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _date(day: date) -> str:
    # Not strftime: it writes years below 1000 with fewer than four figures.
    return day.isoformat().replace("-", "")


def _is_allowed(sign: str) -> bool:
    return sign == "\t" or not (
        "\x00" <= sign < "\x20" or "\x7f" <= sign < "\xa0" or "\ud800" <= sign < "\ue000"
    )
