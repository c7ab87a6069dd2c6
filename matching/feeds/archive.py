"""The archive that Relevnt ships: real postings of public authorities and de-identified ads, made fit to be read.

Only what reads badly is touched (grade codes after a title, capitals, page footers, the site's own markup), what
was changed is named in `matching/data/archive/NOTICE.md`, and a changed title is kept as published in `raw`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from matching.feeds.sanitize import tidy_text

SHIPPABLE_TIER = "A"
# Numbers of pages that only tried the site out.
NO_POSTINGS = frozenset({("tts_jobs", "TEST-POSITION"), ("tts_jobs", "TestPage")})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of the archive comes from: who wrote it, and what is known of its terms."""

    license: str
    attribution: str


ORIGINS: Mapping[str, Origin] = {
    "usajobs": Origin("public domain (US Government work)", "USAJOBS, U.S. Office of Personnel Management"),
    "tts_jobs": Origin(
        "work of the US Government, taken from 18F/join.tts.gsa.gov@5dfa66db",
        "GSA Technology Transformation Services",
    ),
    "cityofla": Origin(
        "shared as open data, taken from anannaranj/CityOfLA@99a5525; listed there and by us as public-domain or CC0 "
        "material of the city",
        "City of Los Angeles, Personnel Department",
    ),
    "hahu_redacted": Origin("CC BY 4.0", "hahu.jobs and Tabiya, tabiya-livelihoods-classifier"),
}

_CODED = r"(?:GS|GG|ZP|AD|DR|NF|CY|MC)"
_TITLE_ENDINGS = (
    re.compile(r"\s*Class Code.*$", re.IGNORECASE | re.DOTALL),
    re.compile(rf"[\s,–-]*\b{_CODED},?[- ]+\d{{3,4}}[^()]*(?=\(|$)"),
    re.compile(rf"[\s,–-]*\b{_CODED}[- ]?\d+(?:\s*(?:/|and|or|,)\s*(?:{_CODED}[- ]?)?\d+)*$"),
    re.compile(
        r"\s*\((?:[^()a-z]*\b(?:DEU|DE|MP|MPP|PTI|LL|MERIT)\b[^()a-z]*|[A-Z]{2}\d{4}|\d{3,4}(?:/\d{3,4})*)\)$"
    ),
    re.compile(r"\s*\(GS-[^()]*Equivalent\)$"),
    re.compile(r"[\s,]*\bCensus-[A-Z-]+$"),
    re.compile(r"\s+\d{1,2}(?:/\d{1,2})+$"),
    re.compile(r"[\s,–-]+$"),
)
_TITLE_START = re.compile(rf"^{_CODED}-\d{{3,4}}-\d+\s+")
_ACRONYMS = frozenset(
    [
        "IT",
        "RN",
        "GU",
        "GIS",
        "LAN",
        "HR",
        "VA",
        "CYS",
        "AST",
        "SSTM",
        "II",
        "III",
        "IV",
        "DON",
        "INFOSEC",
        "NTE",
        "HBPC",
        "MICU",
        "CCU",
        "TICU",
        "SICU",
        "MEF",
        "CFL",
        "FEP",
        "CUSTSPT",
        "ICU",
    ]
)
_SMALL_WORDS = frozenset(["a", "an", "and", "at", "for", "from", "in", "of", "on", "or", "the", "to", "with"])
_CAPITALS = re.compile(r"[A-Z][A-Z']*")

_BULLETIN_FOOTER = re.compile(
    r"^[^\n]*Class Code:?\s*\d+\s*(?:CONT|\.\s?\.)[^\n]*$", re.IGNORECASE | re.MULTILINE
)
_TEMPLATE_NOTE = re.compile(r"(?:[^\n]+\n)*[^\n]*🔻[^\n]*\n?")
_PAGE_MENU = re.compile(r"\ASubnav\n(?:[^\n]+\n)+")
_MARKUP = (
    # Links into the page or the site they were taken from lead nowhere here.
    (re.compile(r"!?\[([^\]\n]*)\]\([#/][^)\n]*\)"), r"\1"),
    (re.compile(r"!?\[(\w+://[^\]\s]*)\]\(\1/?\)"), r"\1"),
    (re.compile(r"!?\[([^\]\n]*)\]\(([^)\s]+)\)"), r"\1 (\2)"),
    (re.compile(r"^#{1,6}\s+", re.MULTILINE), ""),
    (re.compile(r"\*\*([^*\n]+)\*\*"), r"\1"),
)
_ISO_DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2})(?!\d)")
_LONG_DATE = re.compile(r"\b([A-Z][a-z]+) (\d{1,2})(?:st|nd|rd|th)?, (\d{4})\b")
_SHORT_DATE = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")

# What the collections' own masking has missed.
_MASKS = (
    (re.compile(r"[\w.+-]+@ ?[\w-]+(?:\.[\w-]+)+"), "[email]"),
    (re.compile(r"\(?\b\d{3}(?:\) ?|[ .-])\d{3}[ .-]?\d{4}\b|\b0[179]\d{8}\b"), "[phone]"),
)

KEPT = ("source", "company", "location", "remote", "url", "dataset")


def is_shippable(record: Mapping[str, Any]) -> bool:
    """Whether a record of a collection is a real posting that may be passed on."""
    number = (record["source"], record["external_id"])
    return bool(record["licence_tier"] == SHIPPABLE_TIER and number not in NO_POSTINGS)


def archive_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of the posting shape as the archive keeps it, from one of tier A; raises KeyError for another source."""
    source = str(record["source"])
    origin = ORIGINS[source]
    raw = dict(record["raw"])
    title = clean_title(str(record["title"]))
    if title != " ".join(str(record["title"]).split()):
        raw["title_as_published"] = record["title"]
    closes_at = read_closing_date(raw)
    posted_at = record["posted_at"] or ""
    if closes_at and posted_at > closes_at:
        # Some of the collection's dates are those of the last edit of a page, after its deadline.
        raw["dated"], posted_at = posted_at, ""
    return {
        **{name: record[name] for name in KEPT},
        # Two pages of the GSA site may bear the same name in two folders.
        "external_id": raw.get("path", record["external_id"]).removesuffix(".md"),
        **_pay(record),
        "title": title,
        "posted_at": posted_at,
        "description": _mask(_TEXTS[source](str(record["description"]))),
        "closes_at": closes_at,
        "employment_type": _employment(raw),
        "industry": raw.get("general_classification", ""),
        "license": origin.license,
        "attribution": origin.attribution,
        "raw": raw,
    }


def clean_title(title: str) -> str:
    """A title without grade and announcement codes, and in ordinary letters where it is all capitals."""
    folded = " ".join(title.replace("*", " ").split())
    plain = _TITLE_START.sub("", folded)
    before = ""
    while before != plain:
        before = plain
        for ending in _TITLE_ENDINGS:
            plain = ending.sub(" ", plain).strip()
    if not plain:
        return folded
    return _CAPITALS.sub(_lower, plain) if plain.isupper() else plain


def read_closing_date(raw: Mapping[str, Any]) -> str:
    """The closing date that a record states, as YYYY-MM-DD; "" where it states none ("TBD")."""
    stated = str(raw.get("ApplicationCloseDate") or raw.get("closes") or "")
    if match := _ISO_DATE.search(stated):
        return match[1]
    if match := _SHORT_DATE.search(stated):
        return date(int(match[3]), int(match[1]), int(match[2])).isoformat()
    if match := _LONG_DATE.search(stated):
        moment = datetime.strptime(f"{match[1]} {match[2]} {match[3]}", "%B %d %Y")  # noqa: DTZ007  a date only
        return moment.date().isoformat()
    return ""


def _mask(text: str) -> str:
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text


def _lower(match: re.Match[str]) -> str:
    word = match[0]
    if word in _ACRONYMS:
        return word
    if word.lower() in _SMALL_WORDS and match.start() > 0:
        return word.lower()
    return word.capitalize()


def _pay(record: Mapping[str, Any]) -> dict[str, Any]:
    """Stated pay; none where the source says that there is none ("Without Compensation") or gives 0."""
    names = ("salary_min", "salary_max", "currency", "salary_period")
    is_paid = record["salary_min"] or record["salary_max"]
    return {name: record[name] if is_paid else None for name in names}


def _employment(raw: Mapping[str, Any]) -> str:
    """Full or part time, temporary or internship, from what USAJOBS calls schedule and offering type."""
    stated = [
        each["Name"] for name in ("PositionOfferingType", "PositionSchedule") for each in raw.get(name, ())
    ]
    text = " ".join(stated).lower()
    kinds = (
        ("Internship", r"\bintern"),
        ("Temporary", r"tempor|\bterm\b|\bnte\b|seasonal|time limited|not to exceed"),
        ("", r"full and part|full or part|multiple schedules"),
        ("Part time", r"part[- ]time"),
        ("Full time", r"full[- ]time"),
    )
    return next((kind for kind, pattern in kinds if re.search(pattern, text)), "")


def _bulletin_text(text: str) -> str:
    return tidy_text(_BULLETIN_FOOTER.sub("", text))


def _site_text(text: str) -> str:
    text = _PAGE_MENU.sub("", _TEMPLATE_NOTE.sub("", text))
    for pattern, plain in _MARKUP:
        text = pattern.sub(plain, text)
    return tidy_text(text)


_TEXTS: Mapping[str, Callable[[str], str]] = {
    "usajobs": tidy_text,
    "tts_jobs": _site_text,
    "cityofla": _bulletin_text,
    "hahu_redacted": tidy_text,
}
