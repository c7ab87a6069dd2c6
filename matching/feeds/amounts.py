"""Money as a source states it: plain numbers, a currency and a period, and nothing guessed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from matching.pay import StatedPay
from matching.posting import PostingInvalid
from personas.money import PERIODS, is_currency, to_minor

# More than anybody is paid in any currency, and far inside what a bigint of minor units holds.
AMOUNT_LIMIT = Decimal(10) ** 12
SAME_PERIOD = {
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PayFields:
    """What the four parts of a stated pay are called where it was read, for messages."""

    low: str
    high: str
    currency: str
    period: str


def read_amount(value: Any, field: str) -> Decimal | None:
    """An amount of money, None when none is stated; raises PostingInvalid when it is no plain number."""
    if value is None or value == "":
        return None
    amount = _to_decimal(value)
    if amount is None or not amount.is_finite() or not 0 <= amount < AMOUNT_LIMIT:
        reason = _("“{value}” is not an amount of money. Write 85000 or 85000.50.")
        raise PostingInvalid(field, reason.format(value=shorten(str(value))))
    return amount


def state_pay(
    low: Decimal | None, high: Decimal | None, *, currency: str, period: str, fields: PayFields
) -> StatedPay | None:
    """Pay in minor units, None when neither end is above 0; raises PostingInvalid where it contradicts itself.

    A lower end of 0 beside an upper one means "up to". Pay without a currency or a period is an error.
    """
    low, high = low or None, high or None
    if low is None and high is None:
        return None
    if low is not None and high is not None and low > high:
        reason = _("The least, {low}, is more than the most, {high}.")
        raise PostingInvalid(fields.low, reason.format(low=low, high=high))
    currency = _known_currency(currency, fields.currency)
    return StatedPay(
        minimum=None if low is None else to_minor(low, currency),
        maximum=None if high is None else to_minor(high, currency),
        currency=currency,
        period=_known_period(period, fields.period),
    )


def shorten(text: str) -> str:
    """A value as a sentence may quote it: at most 60 characters."""
    return text if len(text) <= 60 else text[:59] + "…"


def _to_decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        # Through the shortest text of a float: 13.84 means 13.84, not the nearest binary fraction.
        return Decimal(str(value).strip())
    except InvalidOperation:
        return None


def _known_currency(stated: str, field: str) -> str:
    code = stated.strip().upper()
    if not code:
        raise PostingInvalid(field, _("Pay is stated without its currency. Write USD, EUR …"))
    if not is_currency(code):
        reason = _("“{value}” is not a currency. Write its ISO 4217 code: USD, EUR …")
        raise PostingInvalid(field, reason.format(value=shorten(stated)))
    return code


def _known_period(stated: str, field: str) -> str:
    period = stated.strip().lower()
    period = SAME_PERIOD.get(period, period)
    if not period:
        raise PostingInvalid(
            field, _("Pay is stated without its period. Write hour, day, week, month or year.")
        )
    if period not in PERIODS:
        reason = _("“{value}” is not a period of pay. Write hour, day, week, month or year.")
        raise PostingInvalid(field, reason.format(value=shorten(stated)))
    return period
