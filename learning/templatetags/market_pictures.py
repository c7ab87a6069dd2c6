"""Pictures of a market, drawn on the server; the same numbers stand in a table beside each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django import template
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from learning.demand import REMOTE, Demand, PeriodDemand, PlaceDemand, Quartiles, SkillDemand, TitleDemand
from personas.svg import coordinate, draw, join

register = template.Library()

BAR, STEP, COLUMNS = 10, 18, 48


@register.simple_tag
def skill_bars(demand: Demand) -> SafeString:
    """The share of the postings that ask for each skill, filled as far as the skill is held."""
    bars = []
    for place, skill in enumerate(demand.skills):
        width = _percent(skill.count, demand.postings)
        bars.append(
            format_html(
                '<rect class="demand__ground" x="0" y="{0}" width="100%" height="{1}"></rect>'
                '<rect class="demand__outline" x="0" y="{0}" width="{2}%" height="{1}"></rect>'
                '<rect class="demand__asked" x="0" y="{0}" width="{3}%" height="{1}"></rect>',
                place * STEP,
                BAR,
                coordinate(width),
                coordinate(width * skill.held_tenths / 10),
            )
        )
    told = " ".join(f"{skill.skill}: {share(skill.count, demand.postings)}." for skill in demand.skills)
    return draw(
        kind="demand",
        title=_("Skills that postings near your titles ask for"),
        description=told,
        height=len(demand.skills) * STEP - STEP + BAR,
        body=join(bars),
    )


@register.simple_tag
def pay_strips(demand: Demand) -> SafeString:
    """The middle half of what postings pay that ask for each skill, with the middle marked, on one scale; the whole slice first."""
    rows = [demand.pay, *(skill.pay for skill in demand.skills if skill.pay)]
    stated = [row for row in rows if row is not None]
    top = max((row.upper for row in stated), default=1) or 1
    strips = [
        format_html(
            '<line class="pay__scale" x1="0" x2="100%" y1="{0}" y2="{0}"></line>'
            '<rect class="pay__half" x="{1}%" y="{2}" width="{3}%" height="{4}"></rect>'
            '<rect class="pay__middle" x="{5}%" y="{2}" width="3" height="{4}"></rect>',
            place * STEP + BAR // 2,
            coordinate(_percent(row.lower, top)),
            place * STEP,
            coordinate(max(_percent(row.upper - row.lower, top), Decimal("0.5"))),
            BAR,
            coordinate(_percent(row.middle, top)),
        )
        for place, row in enumerate(stated)
    ]
    return draw(
        kind="pay",
        title=_("Pay by skill: the middle half of what is stated"),
        description=_("The table below has the same numbers."),
        height=max(len(stated) * STEP - STEP + BAR, BAR),
        body=join(strips),
    )


@register.simple_tag
def period_columns(demand: Demand, place: int) -> SafeString:
    """One skill over time: the share of each period's postings that ask for it; a period with too few is a gap with a line."""
    pitch = Decimal(100) / max(1, len(demand.periods))
    columns, told = [], []
    for number, period in enumerate(demand.periods):
        percent = _percent(period.asking[place], period.count) if period.asking is not None else None
        tall = 1 if percent is None else max(COLUMNS * percent / 100, Decimal(1))
        kind = "few" if percent is None else "some"
        columns.append(
            format_html(
                '<rect class="periods__{}" x="{}%" y="{}" width="{}%" height="{}"></rect>',
                kind,
                coordinate(number * pitch),
                coordinate(COLUMNS - tall),
                coordinate(pitch * Decimal("0.8")),
                coordinate(tall),
            )
        )
        said = _("too few") if period.asking is None else share(period.asking[place], period.count)
        told.append(f"{period_name(period)}: {said}.")
    return draw(
        kind="periods",
        title=_("%(skill)s over time") % {"skill": demand.skills[place].skill},
        description=" ".join(told),
        height=COLUMNS,
        body=join(columns),
    )


def _percent(part: int, whole: int) -> Decimal:
    return Decimal(100 * part) / whole if whole else Decimal(0)


@register.simple_tag
def share(part: int, whole: int) -> str:
    """A share in whole percents."""
    return _("%(percent)s %%") % {"percent": number_format(int(_percent(part, whole) + Decimal("0.5")))}


@register.filter
def period_name(period: PeriodDemand) -> str:
    """The month, or the year, by name."""
    if not period.month:
        return str(period.year)
    return date_format(date(period.year, period.month, 1), "YEAR_MONTH_FORMAT")


@register.filter
def place_name(place: PlaceDemand) -> str:
    """The place, remote in words."""
    return _("remote") if place.place == REMOTE else place.place


@register.filter
def first_skills(demand: Demand) -> Sequence[SkillDemand]:
    """The skills that are told apart by place and over time."""
    return demand.skills[: len(demand.places[0].asking) if demand.places else _told_apart(demand)]


def _told_apart(demand: Demand) -> int:
    return max((len(period.asking) for period in demand.periods if period.asking is not None), default=0)


@register.filter
def quartiles(pay: Quartiles | None) -> str:
    """Lower, middle and upper quartile in one cell; words where too few state pay."""
    if pay is None:
        return _("too few state it")
    numbers = (number_format(each, force_grouping=True) for each in (pay.lower, pay.middle, pay.upper))
    return " · ".join(numbers)


@register.filter
def shown_title(title: TitleDemand) -> str:
    """The words of a title, its first letter large."""
    return title.title[:1].upper() + title.title[1:]
