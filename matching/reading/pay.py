"""Pay out of a posting's text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from matching.pay import StatedPay
from matching.reading.stretches import spans_around
from personas.gazetteer import gazetteer
from personas.money import DAY, HOUR, MONTH, WEEK, YEAR, annual, convert, exchange_rates, has_rate, to_minor


@dataclass(frozen=True, slots=True)
class _Mention:
    """One amount or range in a text: whole units, where it stands, and what its words say of it."""

    low: Decimal | None
    high: Decimal | None
    currency: str
    period: str
    start: int
    end: int
    on_target: bool
    elsewhere: bool
    chained: bool


_SIGNS = {
    "US$": "USD",
    "CA$": "CAD",
    "C$": "CAD",
    "CAD$": "CAD",
    "USD$": "USD",
    "AU$": "AUD",
    "A$": "AUD",
    "NZ$": "NZD",
    "S$": "SGD",
    "SG$": "SGD",
    "HK$": "HKD",
    "NT$": "TWD",
    "MX$": "MXN",
    "R$": "BRL",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "RS": "INR",
    "RS.": "INR",
    "₪": "ILS",
    "₩": "KRW",
    "¥": "JPY",
    "ZŁ": "PLN",
    "₱": "PHP",
}
_SCALES = {
    "k": 1_000,
    "thousand": 1_000,
    "lakh": 100_000,
    "lakhs": 100_000,
    "lac": 100_000,
    "lacs": 100_000,
    "lpa": 100_000,
}
_DOLLAR_COUNTRIES = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN"})
# Where a text gives no period: yearly from 10,000 US dollars' worth up, hourly from 5 to 250, else not read.
_YEARLY_FROM_USD, _HOURLY_USD = 10_000, (5, 250)
# Outside these worths a year (US dollars) a figure is not somebody's pay.
_LEAST_USD, _MOST_USD = 1_000, 3_000_000
# A range of pay is seldom wider than this; wider ones are two unrelated figures.
_WIDEST = 10

_CODES = "|".join(sorted(code for code in exchange_rates().per_euro))
_SIGN = rf"(?:(?:US|CA|CAD|USD|AU|NZ|SG|HK|NT|MX|[CASR])?\$|[€£₹₪₩¥₱]|zł|\bRs\.?|\b(?:{_CODES})(?![A-Za-z]))"
_NUMBER = r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)|\d{1,7}(?:[.,]\d{1,2})?(?!\d)"
_SCALE = r"k|K|thousand|lakhs?|lacs?|LPA|lpa"
_PER = (
    r"(?:/|per|an|a|each|p\.?)\s?(?:hour|hr|h|day|diem|week|wk|month|mo|mth|year|yr|annum|a)\b\.?|p\.?a\b\.?|p\.?h\b\.?"
    r"|hourly|daily|weekly|monthly|yearly|annually|annual|annualized|LPA|pro (?:Stunde|Tag|Woche|Monat|Jahr)\b|par (?:heure|jour|mois|an)\b"
)
_NOTE = r"(?:\s?\((?:[^()\n]{1,24})\))?"
_GRADE = r"(?:GS-?\d{1,2},?\s+)?(?:Step \d{1,2}\s*-?\s*)?"
_RANGE_WORD = (
    r"(?:\s*\.{2,3}\s*|\s*(?:-|–|—|−|~|€“|â€“)\s*(?:to\s+)?"
    r"|\s+(?:to|through|and|up to|until|bis|à)\s+(?:up to\s+)?)"
)
_MONEY = re.compile(
    rf"(?P<sign1>{_SIGN})?\s?(?<![\d.,])(?<![A-Za-z]-)(?P<low>{_NUMBER})(?:\s?(?P<scale1>{_SCALE})\b)?"
    rf"(?:\s?(?P<after1>{_SIGN})(?!\s?\d))?(?:\s?(?P<per1>{_PER}))?{_NOTE}"
    rf"(?:{_RANGE_WORD}{_GRADE}(?P<sign2>{_SIGN})?\s?(?P<high>{_NUMBER})(?:\s?(?P<scale2>{_SCALE})\b)?"
    rf"(?:\s?(?P<after2>{_SIGN}))?)?(?P<plus>\+)?",
    re.IGNORECASE,
)
_SIGN_WORDS = (*"$€£₹₪₩¥₱", "zł", "Rs")
_CODE = re.compile(r"[A-Z]{3}(?![A-Za-z])")
_DIGIT = re.compile(r"\d")
_LONGEST_SIGN = 5  # characters before the first digit of an amount: "CAD$ ", "USD "
_MILLIONS = re.compile(
    r"\s?(?:m|mm|mn|mio|million|millions|b|bn|billion|crore|crores|tn|trillion)\b", re.IGNORECASE
)
_PAY_WORD = re.compile(
    r"salar|\bpay\b|paid|compensation|\bwage|remunerat|\brate\b|hourly|per hour|\bbase\b|\bearn|\bOTE\b|on[- ]target"
    r"|annual|per annum|per year|a year|gehalt|salaire|stipend of|\bGS-?\d|\bmonthly\b|\bincome\b|ctc\b|\bearnings\b"
    r"|\bpackage\b|cash range|\bbudget(?:ed)? (?:salary|for this role)",
    re.IGNORECASE,
)
_NOT_PAY_BEFORE = re.compile(
    r"\b(raised|raising|funding|funded|revenue|revenues|\barr\b|series [a-f]\b|valu(?:ed|ation)|assets|\baum\b|backed"
    r"|budgets?(?! for this role)|portfolio|worth of|sales of|quota|contracts?|deals?|deal size|savings?|saved|spend"
    r"|bonus(?:es)? (?:of|up to|worth)|commissions?|benefit|commut\w+(?: benefits?)?|sign[- ]on|signing bonus|sign-?up|bounty|referral\w*|reimburs\w*|allowance"
    r"|stipend(?! of)|401\w*|up to a maximum of|tuition|deductible|coverage|insurance|donat\w+|grants? of|loan\w*"
    r"|gift|credit|perks?|wellness|per diem|relocation|equipment|market|transactions?|payments? volume|processed"
    r"|generated|managing|manage|excess of|customers?|contribution|childcare|education|learning|home office"
    r"|night work|differential|uniform|fee|fees|fine|penalty|prize|award)\b(?:\W+\w+){0,4}\W*$",
    re.IGNORECASE,
)
_NOT_PAY_AFTER = re.compile(
    r"^[ -]{0,3}(?:\w+ ){0,2}?(?:in (?:funding|revenue|arr|sales|assets|venture|credits?)|revenue|funding|arr\b|budget"
    r"|sign[- ]on|signing|bonus\b|stipend|allowance|reimburs\w+|towards?|for (?:home|learning|education|your)|referral"
    r"|wellness|quota|investment|round|valuation|company|portfolio|credit|gift|deductible|match\b|contribution"
    r"|relocation|differential|fee\b|deals?\b|accounts?\b|off\b|employees|people|customers|users|hours)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"salar(?:y|ies)\b[^.$\n]{0,40} (?:in|at|for) the [A-Z][^.$\n]{0,60}$", re.IGNORECASE)
_ON_TARGET = re.compile(r"\bOTE\b|on[- ]target|total target", re.IGNORECASE)
_BASE = re.compile(r"\bbase\b|\bfixed\b|\bsalary\b", re.IGNORECASE)
_AT_MOST = re.compile(r"(?:up to|\bmax\.?|\bmaximums?\b[^$€£]{0,40})\s*$", re.IGNORECASE)
_AT_LEAST = re.compile(
    r"(?:\bfrom|starting at|starts at|at least|\bmin\.?|\bminimums?\b(?![^$€£]*\bmaximums?\b)[^$€£]{0,40})\s*$",
    re.IGNORECASE,
)
_CHAIN = re.compile(r"[\s;,&]*(?:(?:and|or)\b)?\s*", re.IGNORECASE)
_PERIOD_WORDS = (
    (HOUR, re.compile(r"hour|stunde|heure|/\s?hr?\b|\bper hr?\b|\bp\.?h\b", re.IGNORECASE)),
    (DAY, re.compile(r"\bday\b|\btag\b|\bjour\b|daily|diem|/\s?day", re.IGNORECASE)),
    (WEEK, re.compile(r"week|woche|/\s?wk\b", re.IGNORECASE)),
    (MONTH, re.compile(r"month|monat|\bmois\b|/\s?mo\b|/\s?mth\b", re.IGNORECASE)),
    (YEAR, re.compile(r"year|annu|/\s?yr\b|\bp\.?\s?a\b|\blpa\b|\bjahr\b|par an\b", re.IGNORECASE)),
)
_BEFORE_PERIOD = re.compile(
    r"\b(hourly|daily|weekly|monthly|yearly|annual(?:ly|ized)?|(?:per|an?) (?:hour|day|week|month|year|annum))\b",
    re.IGNORECASE,
)
_AFTER_PERIOD = re.compile(
    rf"^\W{{0,3}}(?:[A-Z]{{3}}\b\W{{0,3}})?(?:gross |base |\(?gross\)? )?(?P<per>{_PER})", re.IGNORECASE
)


def read_pay(text: str, *, country: str = "") -> StatedPay | None:
    """Read the pay that a posting's text states, None when it states none or only "competitive".

    A bare "$" is the dollar of the country (alpha-2), else the US dollar; a figure without any currency is not read.
    Several ranges: side by side after one label ("A to B and C to D") they are grades and the first, where people
    start, is taken; each with its own label (grade, level, city) they are alternatives and the span is taken, in
    the country's currency or else the first, and in the first period. Base pay goes before on-target earnings.
    """
    mentions = list(_mentions(text, country))
    mentions = [each for each in mentions if not each.elsewhere] or mentions
    mentions = [each for each in mentions if not each.on_target] or mentions
    mentions = _surest(mentions)
    if not mentions:
        return None
    own = gazetteer().currency_of(country)
    first = next((each for each in mentions if each.currency == own), mentions[0])
    alike = [
        each
        for each in mentions
        if (each.currency, each.period) == (first.currency, first.period)
        and (each is first or not each.chained)
    ]
    return _span(alike, first)


def _span(mentions: Sequence[_Mention], first: _Mention) -> StatedPay:
    lows = [each.low for each in mentions if each.low is not None]
    highs = [each.high for each in mentions if each.high is not None]
    return StatedPay(
        minimum=to_minor(min(lows), first.currency) if lows else None,
        maximum=to_minor(max(highs), first.currency) if highs else None,
        currency=first.currency,
        period=first.period,
    )


def _surest(mentions: list[_Mention]) -> list[_Mention]:
    """Keep ranges where there are any, else a stated minimum and maximum, else the first figure; caps come last."""
    ranges = [
        each for each in mentions if each.low is not None and each.high is not None and each.low < each.high
    ]
    if ranges:
        return ranges
    open_low = [each for each in mentions if each.high is None]
    open_high = [each for each in mentions if each.low is None]
    if open_low and open_high:
        return open_low + open_high
    closed = [each for each in mentions if each.low is not None and each.high is not None]
    return (closed or open_low or open_high)[:1]


def _mentions(text: str, country: str) -> Iterator[_Mention]:
    last: _Mention | None = None
    for start, end in spans_around(text, _sign_words(text), before=60, after=110):
        for match in _find_money(text, start, end):
            mention = _read_match(text, match, country, last)
            if mention is not None:
                last = mention
                yield mention


def _sign_words(text: str) -> tuple[str, ...]:
    """Give the signs of currencies and those codes of currencies that stand in the text."""
    codes = exchange_rates().per_euro.keys() & _CODE.findall(text)
    return *_SIGN_WORDS, *codes


def _find_money(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the amounts between two offsets, looking for one only just before a digit."""
    while digit := _DIGIT.search(text, start, end):
        match = _MONEY.search(text, max(start, digit.start() - _LONGEST_SIGN), end)
        if match is None:
            return
        yield match
        start = match.end()


def _read_match(text: str, match: re.Match[str], country: str, last: _Mention | None) -> _Mention | None:
    currency = _currency(match, country)
    if not currency or not has_rate(currency):
        return None
    before, after = text[max(0, match.start() - 160) : match.start()], text[match.end() : match.end() + 80]
    if _MILLIONS.match(after) or not _is_pay(match, before, after):
        return None
    low, high = _amounts(match)
    period = _period(match, before, after, currency, high or low)
    if not period or not _plausible(low, high, currency, period):
        return None
    chained = last is not None and _CHAIN.fullmatch(text, last.end, match.start()) is not None
    elsewhere = _ELSEWHERE.search(before) is not None or (chained and last is not None and last.elsewhere)
    least, most = _open_sides(before, match, low, high)
    if least is None and most is not None and not _fits(most, period, currency, least_usd=_YEARLY_FROM_USD):
        return None
    return _Mention(
        low=least,
        high=most,
        currency=currency,
        period=period,
        start=match.start(),
        end=match.end(),
        on_target=_is_on_target(before[-60:], after[:30]),
        elsewhere=elsewhere,
        chained=chained,
    )


def _open_sides(
    before: str, match: re.Match[str], low: Decimal, high: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Read "up to X" as a maximum and "from X", "X+" as a minimum; a lone figure is both."""
    if high is not None:
        return low, high
    if _AT_MOST.search(before):
        return None, low
    if match["plus"] or _AT_LEAST.search(before):
        return low, None
    return low, low


def _is_on_target(before: str, after: str) -> bool:
    """Tell whether the nearest label says on-target earnings rather than base pay."""
    if _ON_TARGET.match(after.lstrip(" (,+")):
        return True
    targets, bases = list(_ON_TARGET.finditer(before)), list(_BASE.finditer(before))
    return bool(targets) and (not bases or targets[-1].start() > bases[-1].start())


def _currency(match: re.Match[str], country: str) -> str:
    signs = [match[name] for name in ("sign1", "after1", "sign2", "after2") if match[name]]
    signs = [sign for sign in signs if not (sign.isalpha() and sign.islower()) or sign == "zł"]
    named = [_SIGNS.get(sign.upper(), sign.upper()) for sign in signs if sign != "$"]
    if named:
        return named[0]
    if not signs:
        return ""
    own = gazetteer().currency_of(country)
    return own if own in _DOLLAR_COUNTRIES else "USD"


def _is_pay(match: re.Match[str], before: str, after: str) -> bool:
    close_before = before[-70:]
    if _NOT_PAY_AFTER.match(after):
        return False
    refused = _NOT_PAY_BEFORE.search(close_before)
    if refused and not _PAY_WORD.search(close_before[refused.end(1) :]):
        return False
    if match["per1"] or _AFTER_PERIOD.match(after):
        return True
    if match["high"] is not None and (match["scale2"] or "," in match["high"] or len(match["high"]) >= 5):
        return True
    return bool(_PAY_WORD.search(before) or _PAY_WORD.search(after[:40]))


def _amounts(match: re.Match[str]) -> tuple[Decimal, Decimal | None]:
    scale1, scale2 = (match["scale1"] or "").lower(), (match["scale2"] or "").lower()
    low = _number(match["low"])
    if match["high"] is None:
        return low * _SCALES.get(scale1, 1), None
    high = _number(match["high"]) * _SCALES.get(
        scale2 or (scale1 if _number(match["high"]) < 1000 else ""), 1
    )
    low *= _SCALES.get(scale1 or (scale2 if low < 1000 else ""), 1)
    return low, high


@cache
def _separators() -> re.Pattern[str]:
    return re.compile(r"[,.'’\u00a0\u202f ](?=\d{3}(?!\d))")


def _number(text: str) -> Decimal:
    return Decimal(_separators().sub("", text).replace(",", "."))


def _period(match: re.Match[str], before: str, after: str, currency: str, amount: Decimal) -> str:
    said = match["per1"] or ""
    follows = _AFTER_PERIOD.match(after)
    line = re.split(r"\n|[.!?] ", before)[-1]
    earlier = _BEFORE_PERIOD.findall(line)
    near = [said, follows["per"] if follows else "", earlier[-1] if earlier else ""]
    for words in near:
        found = [period for period, pattern in _PERIOD_WORDS if words and pattern.search(words)]
        if found and _fits(amount, found[0], currency):
            return found[0]
    worth = convert(amount, currency, "USD")
    if worth >= _YEARLY_FROM_USD:
        return YEAR
    return HOUR if _HOURLY_USD[0] <= worth <= _HOURLY_USD[1] else ""


def _fits(amount: Decimal, period: str, currency: str, *, least_usd: int = _LEAST_USD) -> bool:
    yearly, _ = annual(amount, period)
    return least_usd <= convert(yearly, currency, "USD") <= _MOST_USD


def _plausible(low: Decimal, high: Decimal | None, currency: str, period: str) -> bool:
    if high is not None and not low <= high <= low * _WIDEST:
        return False
    return _fits(low, period, currency)
