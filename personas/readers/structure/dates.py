"""Dates as résumés write them, with the precision that they have: a year stays a year, a month a month."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MONTH_NAMES: tuple[str, ...] = (
    "january jan januar janvier janv enero ene gennaio gen janeiro januari",
    "february feb februar février févr fév febrero febbraio fevereiro fev februari",
    "march mar märz mär mrz mars marzo março maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août aoû agosto ago augustus",
    "september sept sep septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
)
MONTHS: Mapping[str, int] = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}
"""Names of months and what people cut them to, to their number."""

_YEAR = r"(?:19|20)\d\d"
_NAME = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_SEASON = r"(?:spring|summer|autumn|fall|winter|early|mid|late|frühjahr|sommer|herbst|ws|ss|q[1-4])"
_MOMENT = (
    rf"(?:{_YEAR}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?(?!\d)"
    rf"|{_YEAR}[/.](?:0?[1-9]|1[0-2])(?![\d/.])"
    rf"|(?:(?:0?[1-9]|[12]\d|3[01])[./ -])?(?:0?[1-9]|1[0-2])[./-]{_YEAR}"
    rf"|(?:(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?\s+)?(?:{_NAME})\.?,?\s+(?:(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,\s*)?(?:of\s+|de\s+)?{_YEAR}"
    rf"|{_YEAR}\s?年(?:\s?(?:0?[1-9]|1[0-2])\s?月)?"
    rf"|(?:{_SEASON})[ /]?{_YEAR}(?:/\d\d)?"
    rf"|{_YEAR})"
)
_BARE_MONTH = rf"(?:(?:{_NAME})\.?|(?:0?[1-9]|1[0-2])(?![\d./]))"
_OPEN = (
    r"(?:present|current(?:ly)?|now|today|ongoing|to date|date|heute|aktuell|laufend|jetzt|présent|aujourd'hui|aujourd’hui|actuel(?:lement)?|en cours"
    r"|presente|actualidad|actual(?:mente)?|hoy|oggi|in corso|atual(?:mente)?|hoje|heden|nu|現在|الآن|حتى الآن|настоящее время|по настоящее время)"
)
_TO = r"(?:\s*[-‐‑–—−~〜→]+\s*|\s+(?:to|until|till|bis|au|à|al|hasta|a|tot)\s+)"
_SINCE = r"(?:since|from|seit|ab|depuis|desde|dal|sinds)"
_SPAN = re.compile(
    rf"(?<![\w/])(?:(?P<since>{_SINCE})\s+(?P<open_begin>{_MOMENT})(?!{_TO}(?:{_MOMENT}|{_OPEN}))"
    rf"|(?:{_SINCE}\s+)?(?P<begin>{_MOMENT}|{_BARE_MONTH}(?={_TO}(?:{_NAME}|(?:0?[1-9]|1[0-2])[./]{_YEAR})))(?:{_TO}(?P<end>{_MOMENT}|{_OPEN})|(?P<short>[-–/]\d\d)(?![\d./-]))?"
    rf"|(?P<hanging>{_MOMENT})\s*[-–—]\s*$)(?![\w])",
    re.IGNORECASE,
)
DURATION = re.compile(
    r"[(·,]?\s*(?:\d{1,2}\+?\s?(?:years?|yrs?|y|jahre?n?|ans?|años?|anni|anos)\.?(?:[\s,]+(?:and\s+|und\s+)?\d{1,2}\s?(?:months?|mos?|m|monate?n?|mois|meses|mesi)\.?)?"
    r"|\d{1,2}\s?(?:months?|mos?|monate?n?|mois|meses|mesi)\.?)\s*\)?",
    re.IGNORECASE,
)
"""How long something took; it follows from the dates beside it, so it is no fact of its own."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time of a résumé: `start` and `end` as `YYYY`, `YYYY-MM` or `YYYY-MM-DD` ("" where not told), and where it stands in the text.

    `is_span` is false for a single date; `is_open` says that it goes on today.
    """

    start: str
    end: str
    begin: int
    stop: int
    is_span: bool = True
    is_open: bool = False


def find_spans(text: str) -> list[Span]:
    """Every time that a text tells, in order."""
    return [span for found in _SPAN.finditer(text) if (span := _span_of(found))]


def read_moment(text: str) -> str:
    """One date as ISO 8601 with the precision it has; "" where the text is none."""
    text = text.strip().casefold()
    if found := re.fullmatch(rf"({_YEAR})[-/.](\d\d?)(?:-(\d\d))?", text):
        return _iso(found[1], found[2], found[3])
    if found := re.fullmatch(rf"(?:(\d\d?)[./ -])?(\d\d?)[./-]({_YEAR})", text):
        return _iso(found[3], found[2], found[1])
    if found := re.fullmatch(rf"({_YEAR})\s?年(?:\s?(\d\d?)\s?月)?", text):
        return _iso(found[1], found[2])
    year = re.search(_YEAR, text)
    if year is None:
        return ""
    month = next((MONTHS[word] for word in re.findall(r"[^\W\d_]+", text) if word in MONTHS), None)
    day = re.search(r"(?<!\d)(\d\d?)(?!\d)", text.replace(year.group(), " ", 1))
    if month is None:
        return year.group()
    return _iso(year.group(), str(month), day.group(1) if day else None)


def _iso(year: str, month: str | None, day: str | None = None) -> str:
    if not month or not 1 <= int(month) <= 12:
        return year
    if not day or not 1 <= int(day) <= 31:
        return f"{year}-{int(month):02}"
    return f"{year}-{int(month):02}-{int(day):02}"


def _span_of(found: re.Match[str]) -> Span | None:
    begin, stop = found.span()
    if since := found["open_begin"]:
        return Span(read_moment(since), "", begin, stop, is_open=True)
    if hanging := found["hanging"]:
        return Span(read_moment(hanging), "", begin, stop)
    start = found["begin"]
    if short := found["short"]:
        century = re.search(_YEAR, start)
        if century is None or not century.group().endswith(start[-2:]):
            return None
        end = century.group()[:2] + short[1:]
        return Span(read_moment(start), end, begin, stop) if end >= century.group() else None
    if not found["end"]:
        moment = read_moment(start)
        return Span(moment, "", begin, stop, is_span=False) if moment else None
    end = read_moment(found["end"])
    if not re.search(_YEAR, start):
        # "March – June 2021" and "03–06/2021": the year stands once.
        start = (
            f"{start.strip('. ')} {end[:4]}" if not start.strip().isdigit() else f"{start.strip()}/{end[:4]}"
        )
    return Span(read_moment(start), end, begin, stop, is_open=not end)
