"""Pictures and words of what to learn, drawn on the server."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from learning import reasons
from learning.facts import Effort, Gap, PayGap
from personas.svg import coordinate, draw, join

register = template.Library()

BAR = 8
STEP = 14


@register.simple_tag
def demand_bar(gap: Gap) -> SafeString:
    """The best roles that ask for a skill as a bar of all of them."""
    shown = {"asks": gap.asks, "near": gap.near}
    return draw(
        kind="demand",
        title=_("%(asks)s of %(near)s best roles ask for it") % shown,
        description="",
        height=BAR,
        body=_bar(0, 100 * gap.demand, "demand__asked"),
    )


@register.simple_tag
def promise_bars(promised: int | None, measured: int | None) -> SafeString:
    """What was promised and what was measured, as two bars of one scale."""
    longest = Decimal(max(promised or 0, measured or 0, 1))
    bars = [
        _bar(0, 100 * Decimal(promised or 0) / longest, "promise__promised"),
        _bar(STEP, 100 * Decimal(measured or 0) / longest, "promise__measured"),
    ]
    return draw(
        kind="promise",
        title=_("Jobs at the threshold: promised and now"),
        description=_("Promised %(promised)s, now %(measured)s.")
        % {"promised": number_format(promised or 0), "measured": number_format(measured or 0)},
        height=STEP + BAR,
        body=join(bars),
    )


def _bar(top: int, percent: Decimal, kind: str) -> SafeString:
    return format_html(
        '<rect class="demand__ground" x="0" y="{0}" width="100%" height="{1}"></rect>'
        '<rect class="{2}" x="0" y="{0}" width="{3}%" height="{1}"></rect>',
        top,
        BAR,
        kind,
        coordinate(percent),
    )


@register.filter
def points(value: Decimal) -> str:
    """Points without empty decimals."""
    return reasons.points(value)


@register.filter
def score(value: Decimal) -> str:
    """A score without empty decimals."""
    return reasons.score(value)


@register.filter
def pay_difference(pay: PayGap | None) -> str:
    """How much more or less roles pay that ask; empty where too few state it."""
    if pay is None:
        return ""
    sign = "+" if pay.asking >= pay.others else "−"
    return f"{sign}{reasons.money(abs(pay.asking - pay.others), pay.currency)}"


@register.filter
def weeks(effort: Effort) -> str:
    """The weeks alone, for a table."""
    return number_format(effort.weeks, force_grouping=True)
