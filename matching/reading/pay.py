"""Pay out of a posting's text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from matching.pay import StatedPay
from matching.reading import pay_words as words
from matching.reading.stretches import lowered, spans_around
from personas.gazetteer import gazetteer
from personas.money import HOUR, YEAR, annual, convert, exchange_rates, has_rate, to_minor


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
    graded: bool


def read_pay(text: str, *, country: str = "") -> StatedPay | None:
    """Read the pay that a posting's text states, None when it states none or only "competitive".

    A bare "$" is the dollar of the country (alpha-2), else the US dollar; a yearly figure in thousands that a word
    for pay stands beside and no currency is in the country's own, and not read where the country is unknown.
    Several ranges: side by side after one label ("A to B and C to D") they are grades and the first, where people
    start, is taken; each with its own label (grade, level, city) they are alternatives and the span is taken, in
    the country's currency or else the first, and in the first period. Base pay goes before on-target earnings.
    What contradicts itself (a least above the most, alternatives ten times apart) is not read.
    """
    own = gazetteer().currency_of(country)
    mentions = list(_mentions(text, own))
    if all(each.on_target for each in mentions):
        mentions += _mentions(text, own, bare=True)
    mentions = [each for each in mentions if not each.elsewhere] or mentions
    base = _surest([each for each in mentions if not each.on_target])
    mentions = base if any(each.low is not None for each in base) else _surest(mentions)
    if not mentions:
        return None
    first = next((each for each in mentions if each.currency == own), mentions[0])
    alike = [
        each
        for each in mentions
        if (each.currency, each.period) == (first.currency, first.period)
        and (each is first or (not each.chained and not _is_far(each, first)))
    ]
    return _span(alike, first)


def _is_far(mention: _Mention, first: _Mention) -> bool:
    """Tell whether a figure lies so far from the first that it is no alternative to it (a bonus, a fund)."""
    least, most = mention.low or mention.high, mention.high or mention.low
    first_least, first_most = first.low or first.high, first.high or first.low
    if least is None or most is None or first_least is None or first_most is None:
        return False
    return most * words.FARTHEST < first_least or first_most * words.FARTHEST < least


def _span(mentions: Sequence[_Mention], first: _Mention) -> StatedPay | None:
    lows = [each.low for each in mentions if each.low is not None]
    highs = [each.high for each in mentions if each.high is not None]
    if lows and highs and not min(lows) <= max(highs) <= min(lows) * words.WIDEST:
        return None
    return StatedPay(
        minimum=to_minor(min(lows), first.currency) if lows else None,
        maximum=to_minor(max(highs), first.currency) if highs else None,
        currency=first.currency,
        period=first.period,
    )


def _surest(mentions: list[_Mention]) -> list[_Mention]:
    """Keep ranges where there are any, else a stated minimum and maximum, a figure a grade, the first; caps come last."""
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
    graded = [each for each in closed if each.graded]
    return graded if len(graded) > 1 else (closed or open_low or open_high)[:1]


def _mentions(text: str, own: str, *, bare: bool = False) -> Iterator[_Mention]:
    """Yield what may be pay: amounts with a currency or, where they are asked for, those that name none."""
    if bare and not own:
        return
    last: _Mention | None = None
    if bare:
        where = spans_around(lowered(text), words.THOUSANDS, before=60, after=60)
    else:
        where = spans_around(text, _sign_words(text), before=60, after=110)
    for start, end in where:
        for match in _find_money(text, start, end):
            mention = _read_match(text, match, own, last, bare=bare)
            if mention is not None:
                last = mention
                yield mention


def _sign_words(text: str) -> tuple[str, ...]:
    """Give the signs of currencies and those codes of currencies that stand in the text."""
    codes = exchange_rates().per_euro.keys() & words.CODE.findall(text)
    return *words.SIGN_WORDS, *codes


def _find_money(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the amounts between two offsets, looking for one only just before a digit."""
    while digit := words.DIGIT.search(text, start, end):
        match = words.MONEY.search(text, max(start, digit.start() - words.LONGEST_SIGN), end)
        if match is None:
            return
        yield match
        start = match.end()


def _read_match(
    text: str, match: re.Match[str], own: str, last: _Mention | None, *, bare: bool
) -> _Mention | None:
    currency = own if bare else _currency(match, own)
    if not currency or not has_rate(currency):
        return None
    before, after = text[max(0, match.start() - 160) : match.start()], text[match.end() : match.end() + 80]
    if words.MILLIONS.match(after) or not _is_pay(match, before, after):
        return None
    low, high = _amounts(match, text)
    period = _period(match, before, after, currency, high or low)
    if (
        not period
        or not _plausible(low, high, currency, period)
        or _is_slight(match, before, after, currency, period)
    ):
        return None
    if bare and not _is_named_year(match, before, after, low, period):
        return None
    chained = last is not None and words.CHAIN.fullmatch(text, last.end, match.start()) is not None
    elsewhere = words.ELSEWHERE.search(before) is not None or (
        chained and last is not None and last.elsewhere
    )
    least, most = _open_sides(before, match, low, high)
    if (
        least is None
        and most is not None
        and not _fits(most, period, currency, least_usd=words.YEARLY_FROM_USD)
    ):
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
        graded=_is_graded(before, after),
    )


def _is_graded(before: str, after: str) -> bool:
    if words.GRADED_BEFORE.search(before[-60:]) or words.GRADED_AFTER.match(after):
        return True
    label = words.LABEL.search(before[-60:])
    return label is not None and bool(gazetteer().country(label["label"]))


def _is_named_year(match: re.Match[str], before: str, after: str, low: Decimal, period: str) -> bool:
    """Tell whether an amount without a currency is yearly pay all the same: "Salary: 60-80k", "150k base"."""
    named = words.NAMED_AFTER.match(after) or (match["high"] and words.NAMED_BEFORE.search(before))
    return period == YEAR and low >= 1_000 and named is not None


def _is_slight(match: re.Match[str], before: str, after: str, currency: str, period: str) -> bool:
    """Tell whether a lone figure is worth little in a year, or its period is only guessed, and no word calls it pay."""
    if match["high"] is not None:
        return False
    yearly, _ = annual(_scaled(_number(match["low"]), (match["scale1"] or "").lower()), period)
    guessed = period == HOUR and not match["per1"] and not words.AFTER_PERIOD.match(after)
    is_small = guessed or convert(yearly, currency, "USD") < words.SMALL_USD
    return is_small and not _is_named(match, before, after)


def _is_named(match: re.Match[str], before: str, after: str) -> bool:
    """Tell whether the line of an amount has a word for pay in it."""
    line = before.rpartition("\n")[2], match[0], after.partition("\n")[0]
    return any(words.NAMED.search(part.lower()) for part in line)


def _open_sides(
    before: str, match: re.Match[str], low: Decimal, high: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Read "up to X" as a maximum and "from X", "X+" as a minimum; a lone figure is both."""
    if high is not None:
        return low, high
    if words.AT_MOST.search(before):
        return None, low
    if match["plus"] or words.AT_LEAST.search(before):
        return low, None
    return low, low


def _is_on_target(before: str, after: str) -> bool:
    """Tell whether the nearest label says on-target earnings rather than base pay."""
    label = words.GRADED_AFTER.match(after)
    if label:
        return words.BASE.search(label[0]) is None
    targets, bases = list(words.ON_TARGET.finditer(before)), list(words.BASE.finditer(before))
    return bool(targets) and (not bases or targets[-1].start() > bases[-1].start())


def _currency(match: re.Match[str], own: str) -> str:
    signs = [match[name] for name in ("sign1", "after1", "sign2", "after2") if match[name]]
    signs = [sign for sign in signs if not (sign.isalpha() and sign.islower()) or sign == "zł"]
    named = [words.SIGNS.get(sign.upper(), sign.upper()) for sign in signs if sign != "$"]
    if named:
        return named[0]
    if not signs:
        return ""
    return own if own in words.DOLLAR_COUNTRIES else "USD"


def _is_pay(match: re.Match[str], before: str, after: str) -> bool:
    lower_before, lower_after = before.lower(), after.lower()
    if words.NOT_PAY_AFTER.match(lower_after):
        return False
    if match["high"] is None and (
        words.BROKEN_AFTER.match(after) or words.BROKEN_BEFORE.search(before[-70:])
    ):
        return False
    close = lower_before[-70:]
    refused = words.NOT_PAY_BEFORE.search(close)
    is_labeled = refused and words.GRADED_AFTER.match(after) is not None
    if refused and not is_labeled and not words.NAMED.search(close[refused.end(1) :]):
        return False
    if match["per1"] or words.AFTER_PERIOD.match(after):
        return True
    if match["high"] is not None and (match["scale2"] or "," in match["high"] or len(match["high"]) >= 5):
        return True
    return bool(words.PAY_WORD.search(lower_before) or words.PAY_WORD.search(lower_after[:40]))


def _amounts(match: re.Match[str], text: str) -> tuple[Decimal, Decimal | None]:
    """Give both amounts in whole units; one scale serves both ("60-80k"), and "110,000k" has one too many."""
    scale1, scale2 = (match["scale1"] or "").lower(), (match["scale2"] or "").lower()
    low = _number(match["low"])
    if match["high"] is None:
        return _scaled(low, scale1), None
    high = _number(match["high"])
    third = words.THIRD.match(text, match.end())
    if third and (last := _scaled(_number(third["high"]), (third["scale"] or "").lower())) > high:
        return _scaled(low, scale1), last
    if not scale1 and not scale2 and match["low"].isdigit() and low < 1_000 and high >= 10_000:
        scale1 = "k"  # "170-195,000"
    return _scaled(low, scale1 or scale2), _scaled(high, scale2 or scale1)


def _scaled(amount: Decimal, scale: str) -> Decimal:
    return amount * words.SCALES.get(scale, 1) if amount < 1_000 else amount


@cache
def _separators() -> re.Pattern[str]:
    return re.compile(r"(?:, |[,.'’\u00a0\u202f ])(?=\d{3}(?!\d))")


def _number(text: str) -> Decimal:
    return Decimal(_separators().sub("", text).replace(",", "."))


def _period(match: re.Match[str], before: str, after: str, currency: str, amount: Decimal) -> str:
    """Give the period said beside an amount, "" where it contradicts it, else what an earlier word or the worth says."""
    follows = words.AFTER_PERIOD.match(after)
    beside = _named_period(match["per1"] or "") or _named_period(follows["per"] if follows else "")
    if beside:
        return beside if _fits(amount, beside, currency) else ""
    line = re.split(r"\n|[.!?] ", before)[-1]
    earlier = words.BEFORE_PERIOD.findall(line)
    period = _named_period(earlier[-1]) if earlier else ""
    if period and _fits(amount, period, currency):
        return period
    worth = convert(amount, currency, "USD")
    if worth >= words.YEARLY_FROM_USD:
        return YEAR
    return HOUR if words.HOURLY_USD[0] <= worth <= words.HOURLY_USD[1] else ""


def _named_period(phrase: str) -> str:
    return next((period for period, pattern in words.PERIOD_WORDS if phrase and pattern.search(phrase)), "")


def _fits(amount: Decimal, period: str, currency: str, *, least_usd: int = words.LEAST_USD) -> bool:
    yearly, _ = annual(amount, period)
    return least_usd <= convert(yearly, currency, "USD") <= words.MOST_USD


def _plausible(low: Decimal, high: Decimal | None, currency: str, period: str) -> bool:
    if high is not None and not low <= high <= low * words.WIDEST:
        return False
    return _fits(low, period, currency)
