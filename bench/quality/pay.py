"""Pay: the figure that `read_pay` finds in a posting's text alone, against the figure its source states beside it.

Which postings: those of Ashby boards and USAJOBS (2016; the raw pages hold the same postings) whose source states pay by
the hour, day, week, month or year. Not those of other sources, whose "stated" pay was itself read out of the text
by somebody's program (City of Los Angeles: reported without a target; GoodJob: not at all, both ends are one number), and
not six odd intervals (once, without compensation, every two weeks). Companies are divided in two by a hash of their
name: rules were tuned on one half, the other was labeled before its readings were looked at.

What a text states: `pay_texts.csv` has, by hand, what each text says that names money in a line about pay but not the
source's own figure, or names it and reads differently: base pay beside on-target earnings (base is pay, and the source
states the other), "up to" and "from" (the source repeats one side as both), another period, or plainly other numbers (half of
them: postings are copied and one of both places is not updated). For all other texts that name each end of the source's figure as
money in the neighborhood of a word for pay, the source's figure is what they state. What is left states no pay.

Right: minimum, maximum, currency and period all equal; a lone figure is both ends, an open side is open; alternatives
(grades, cities, two ranges that contradict each other) are their span in the currency of the posting's country. Of
texts marked unclear (a typing error inside the figure, "76,243-999,999") only an unknown is right.

Four more samples are of postings whose source states no pay, on Ashby and other boards, labeled from the text without
sight of the reading, one after the other: at most two a company of all, the same of one half of companies, any, and one a
company. Rows that have been looked at are unseen no more, so the share at the first look stands beside the share today;
after the fourth sample nothing was changed.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from bench.postings import ARCHIVE
from bench.quality.figure import Figure
from matching.feeds.files import read_file
from matching.feeds.sanitize import clean_description, looks_like_html
from matching.pay import StatedPay
from matching.posting import Posting
from matching.reading.pay import read_pay
from matching.reading.places import read_places
from matching.reading.posting import country_of
from personas.money import PERIODS, to_minor

LABELS = Path(__file__).parents[2] / "tests" / "matching" / "data"
SOURCES = ("ashby", "usajobs")
TARGET = 0.98
# What each part was labeled for, and its share of right readings at the first look.
PARTS = {
    "tune": ("Ashby and USAJOBS, one half of companies", "tuned"),
    "rest": ("Ashby and USAJOBS, the other half of companies", "unseen at first: 0.968"),
    "fresh": ("boards without a field for pay, two a company", "unseen at first: 0.948"),
    "second": ("the same, other rows of half the companies", "unseen at first: 0.918"),
    "third": ("the same, other rows of any company", "unseen at first: 0.977"),
    "fourth": ("the same, another row a company", "unseen"),
}

_SIGN = r"(?:US|CA|C|A|AU)?\$|[€£₹₪¥]|\b(?:USD|EUR|GBP|CAD|AUD|SGD|CHF|INR|JPY|PLN|SEK)\b"
_AMOUNT = re.compile(
    rf"(?P<sign>{_SIGN})?\s?(?P<number>\d{{1,3}}(?:[,.'’\u00a0\u202f ]\d{{3}})+(?:\.\d{{1,2}})?|\d+(?:[.,]\d{{1,2}})?)"
    rf"\s?(?P<scale>k\b)?\s?(?P<after>{_SIGN})?(?P<big>\+?\s?(?:m|mm|b|bn|million|billion|trillion|t)\b)?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"[,.'’\u00a0\u202f ](?=\d{3}(?!\d))")
_ABOUT_PAY = re.compile(
    r"salar|\bpay\b|compensation|wage|remunerat|\bearn|\brate\b|\bbase\b|\bOTE\b|on[- ]target|per hour|/\s?h|an hour|hourly"
    r"|per year|annum|/\s?y|annual|\bGS-|\bcash\b|equity",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One text with what its source states and what it states itself: a pay, None (no pay) or "unclear"."""

    part: str
    stated: StatedPay | None
    in_text: StatedPay | str | None
    read: StatedPay | None

    @property
    def right(self) -> bool:
        return self.read == (None if self.in_text == "unclear" else self.in_text)


def measure(shared: Path) -> Iterator[Figure]:
    """Measure phrases and the archive, which ship, and the postings of boards where they are present."""
    yield _share("phrases written for tests", "right", _phrases(), bool, None, "tuned")
    yield from _archive()
    file = shared / "jobs" / "jobs.jsonl.gz"
    if not file.exists():
        yield Figure("pay", "postings of Ashby and USAJOBS", 0, "not measured: the data is not here", 0)
        return
    rows = list(_boards(file))
    for part, (name, seen) in PARTS.items():
        stating = [row for row in rows if row.part == part and isinstance(row.in_text, StatedPay)]
        unclear = [row for row in rows if row.part == part and row.in_text == "unclear"]
        silent = [row for row in rows if row.part == part and row.in_text is None]
        yield _share(name, "right where the text states pay", stating, _is_right, TARGET, seen)
        later = seen if part in ("tune", "fourth") else "looked at since"
        yield _share(name, "texts without pay that are left unknown", silent, _is_right, None, later)
        if unclear:
            yield _share(name, "unclear texts that are left unknown", unclear, _is_right, None, later)
        if stating[0].stated is not None:
            same = [row for row in stating if row.in_text == row.stated]
            measured = "right where that is the source's own figure"
            yield _share(name, measured, same, _is_right, None, later)
            measured = "texts that state pay and state the source's own figure"
            yield _share(name, measured, stating, _is_same, None, later)


def _share(
    data: str, measured: str, rows: Sequence, is_right: Callable[..., bool], target: float | None, seen: str
) -> Figure:
    value = sum(map(is_right, rows)) / len(rows) if rows else 0
    return Figure("pay", data, len(rows), measured, value, target, seen)


def _is_right(row: _Row) -> bool:
    return row.right


def _is_same(row: _Row) -> bool:
    return row.in_text == row.stated


def _phrases() -> list[bool]:
    with (LABELS / "pay_labels.csv").open(newline="") as file:
        return [
            read_pay(row["text"], country=row["country"]) == _labeled(row) for row in csv.DictReader(file)
        ]


def _archive() -> Iterator[Figure]:
    """Measure the archive that ships: its texts against its own fields, where the text names both ends."""
    right: dict[str, list[bool]] = {}
    for _, posting in read_file(ARCHIVE):
        if not isinstance(posting, Posting) or posting.pay is None:
            continue
        text = clean_description(posting.description, is_html=posting.description_is_html).text
        if _names(text, posting.pay):
            read = read_pay(text, country=country_of(read_places(posting.location)))
            is_right = read in (posting.pay, _closed(posting.pay))
            right.setdefault(str(posting.raw.get("dataset", "")), []).append(is_right)
    for dataset, each in sorted(right.items()):
        yield _share(
            f"archive that ships, {dataset}",
            "equal to its field where the text names it",
            each,
            bool,
            None,
            "tuned",
        )


def _closed(pay: StatedPay) -> StatedPay:
    """Give a lone figure both its ends: the parser of one data set left the other open."""
    return replace(pay, minimum=pay.minimum or pay.maximum, maximum=pay.maximum or pay.minimum)


def _boards(file: Path) -> Iterator[_Row]:
    with (LABELS / "pay_texts.csv").open(newline="") as labels:
        by_hand = {row["external_id"]: row for row in csv.DictReader(labels)}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            job = json.loads(line)
            label = by_hand.pop(job["external_id"], None)  # a posting that two data sets hold counts once
            if _has_field(job):
                half = hashlib.sha256((job["company"] or "").encode()).digest()[0] % 2
                yield _row(job, label, "rest" if half else "tune")
            elif label is not None:
                yield _row(job, label, label["part"])


def _has_field(job: dict) -> bool:
    stated = job["source"] in SOURCES and job["salary_period"] in PERIODS
    return stated and "GoodJob" not in job["dataset"]


def _row(job: dict, label: dict[str, str] | None, part: str) -> _Row:
    stated = None
    if _has_field(job):
        stated = _pay(job["salary_min"], job["salary_max"], job["currency"], job["salary_period"])
    text = clean_description(job["description"], is_html=looks_like_html(job["description"])).text
    in_text: StatedPay | str | None = stated if stated and _names(text, stated) else None
    if label is not None:
        in_text = "unclear" if label["why"] == "unclear" else _labeled(label)
    read = read_pay(text, country=country_of(read_places(job["location"] or "")))
    return _Row(part, stated, in_text, read)


def _pay(low: float | None, high: float | None, currency: str, period: str) -> StatedPay:
    sides = [to_minor(Decimal(str(side)), currency) if side else None for side in (low, high)]
    return StatedPay(sides[0], sides[1], currency, period)


def _labeled(row: dict[str, str]) -> StatedPay | None:
    """Give the pay of a label; those of phrases are in minor units, those of texts in whole ones."""
    if not row["currency"]:
        return None
    sides = [row[side] for side in ("minimum", "maximum")]
    if "why" in row:
        return _pay(*(float(side) if side else None for side in sides), row["currency"], row["period"])
    return StatedPay(*(int(side) if side else None for side in sides), row["currency"], row["period"])


def _names(text: str, pay: StatedPay) -> bool:
    """Tell whether a text names each end of a pay as money near a word for pay."""
    named = set(_money(text, pay.currency))
    return all(side in named for side in (pay.minimum, pay.maximum) if side is not None)


def _money(text: str, currency: str) -> Iterator[int]:
    found = [match for match in _AMOUNT.finditer(text) if not match["big"]]
    marked = [bool(match["sign"] or match["after"] or match["scale"]) for match in found]
    for at, match in enumerate(found):
        beside = [n for n in (at - 1, at + 1) if 0 <= n < len(found) and marked[n]]
        near = any(max(match.start() - found[n].end(), found[n].start() - match.end()) <= 12 for n in beside)
        if not (marked[at] or near) or not _ABOUT_PAY.search(
            text[max(0, match.start() - 160) : match.end() + 60]
        ):
            continue
        amount = Decimal(_THOUSANDS.sub("", match["number"]).replace(",", "."))
        yield to_minor(amount, currency)
        if amount < 1_000:
            yield to_minor(amount * 1_000, currency)
