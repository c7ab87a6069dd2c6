"""Small pictures of how clients get on, drawn on the server, each with a text alternative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from autoapply.funnel import STEP_NAMES
from autoapply.progress import Share
from personas.svg import coordinate, draw, join

register = template.Library()

BAR = 6
STEP = 5
WEEK_HEIGHT = 24
_COUNTED: Mapping[str, Any] = {
    "sent": ngettext_lazy("%(number)s sent", "%(number)s sent", "number"),
    "answered": ngettext_lazy("%(number)s answered", "%(number)s answered", "number"),
    "interview": ngettext_lazy("%(number)s interview", "%(number)s interviews", "number"),
    "offer": ngettext_lazy("%(number)s offer", "%(number)s offers", "number"),
    "accepted": ngettext_lazy("%(number)s accepted", "%(number)s accepted", "number"),
}


@register.simple_tag
def best_bar(score: Decimal) -> SafeString:
    """The best score as a bar of what it holds of a hundred."""
    body = format_html(
        '<rect class="small-bar__ground" x="0" y="0" width="100%" height="{0}"></rect>'
        '<rect class="small-bar__held" x="0" y="0" width="{1}%" height="{0}"></rect>',
        BAR,
        coordinate(score),
    )
    title = _("Best score: %(score)s of 100") % {"score": int(score)}
    return draw(kind="small-bar", title=title, description="", height=BAR, body=body)


@register.simple_tag
def mini_funnel(steps: Sequence[Share]) -> SafeString:
    """How far applications came: one bar a step under each other, as long as its share of all that was sent."""
    bars = [
        format_html(
            '<rect class="small-bar__ground" x="0" y="{0}" width="100%" height="{1}"></rect>'
            '<rect class="small-bar__held" x="0" y="{0}" width="{2}%" height="{1}"></rect>',
            place * STEP,
            STEP - 2,
            coordinate(Decimal(100 * step.count) / step.total if step.total else 0),
        )
        for place, step in enumerate(steps)
    ]
    told = " ".join(f"{STEP_NAMES[step.step]}: {step.count}." for step in steps)
    return draw(
        kind="small-funnel",
        title=_("How far the applications came"),
        description=told,
        height=len(steps) * STEP - 2,
        body=join(bars),
    )


@register.simple_tag
def funnel_words(steps: Sequence[Share]) -> str:
    """The same in a line: what was sent, and the furthest steps that anybody came to."""
    shown = [step for place, step in enumerate(steps) if step.count or not place]
    return " · ".join(str(_COUNTED[step.step] % {"number": step.count}) for step in shown)


@register.simple_tag
def week_bars(weeks: Sequence[int]) -> SafeString:
    """Steps by week as columns, the latest last; a week without any stands as a line."""
    tallest = max(*weeks, 1)
    pitch = Decimal(100) / len(weeks)
    columns = []
    for place, number in enumerate(weeks):
        tall = max(Decimal(WEEK_HEIGHT * number) / tallest, Decimal(1))
        columns.append(
            format_html(
                '<rect class="small-weeks__{}" x="{}%" y="{}" width="{}%" height="{}"></rect>',
                "some" if number else "none",
                coordinate(place * pitch),
                coordinate(WEEK_HEIGHT - tall),
                coordinate(pitch * Decimal("0.8")),
                coordinate(tall),
            )
        )
    total = sum(weeks)
    title = ngettext("%(number)s step in %(weeks)s weeks", "%(number)s steps in %(weeks)s weeks", total)
    told = _("By week, the latest last: %(numbers)s.") % {"numbers": ", ".join(map(str, weeks))}
    return draw(
        kind="small-weeks",
        title=title % {"number": total, "weeks": len(weeks)},
        description=told,
        height=WEEK_HEIGHT,
        body=join(columns),
    )
