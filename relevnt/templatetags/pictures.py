"""Pictures drawn on the server as inline SVG, each with a text alternative and without a style of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from matching.explanation import read_asked, read_weights
from relevnt.templatetags.words import whole, whole_score

register = template.Library()

FACTORS = ("skill", "salary", "location", "remote", "industry")
BAR_HEIGHT = 6
MARK_PITCH = 8
MARK_HEIGHT = 18


@dataclass(frozen=True, slots=True)
class FactorPart:
    """One factor as a page shows it: `value` 0–100 or None (not stated), `share` of the asked weight in percent,
    `points` it holds of that share; a factor that is not asked has share and points 0."""

    name: str
    label: str
    value: Decimal | None
    asked: bool
    share: Decimal
    points: Decimal

    @property
    def stated(self) -> bool:
        """Whether it is asked and the posting says it."""
        return self.asked and self.value is not None


def factor_parts(factors: Mapping[str, Any], weights: Any = None) -> tuple[FactorPart, ...]:
    """The five factors in their fixed order.

    `factors` is a stored `match_factors` document: `skill_score` … `industry_score` (0–100 or None), `asked` (names)
    and `weights` (by name). Other `weights`, for a what-if, are a mapping of the five names to numbers of any one
    scale, or an object with attributes `skill` or `skill_weight`; without them the score's own count, so that picture
    and score agree. Raises ValueError for a weight or a value out of range."""
    weights = read_weights(factors) if weights is None else weights
    asked = {name: name in read_asked(factors) for name in FACTORS}
    weight = {name: _weight(weights, name) for name in FACTORS}
    total = sum((weight[name] for name in FACTORS if asked[name]), Decimal(0))
    labels = _labels()
    parts = []
    for name in FACTORS:
        value = _percent(factors.get(f"{name}_score"), name) if asked[name] else None
        share = 100 * weight[name] / total if asked[name] and total else Decimal(0)
        points = share * value / 100 if value is not None else Decimal(0)
        parts.append(FactorPart(name, labels[name], value, asked[name], share, points))
    return tuple(parts)


@register.simple_tag
def factor_bar(factors: Mapping[str, Any], weights: Any = None) -> SafeString:
    """A bar of what each factor adds; missed parts are empty, what the posting does not state is hatched at the end."""
    parts = factor_parts(factors, weights)
    drawn: list[SafeString] = []
    edge = Decimal(0)
    for part in parts:
        if part.points:
            drawn.append(_slice(f"part-{part.name}", edge, part.points))
            edge += part.points
            drawn.append(_gap(edge))
    unknown = sum((part.share for part in parts if part.asked and not part.stated), Decimal(0))
    if unknown:
        drawn.append(_hatch(100 - unknown, unknown))
    return _picture(
        kind="factor-bar",
        title=gettext("What the score is made of"),
        description=" ".join(_sentence(part) for part in parts),
        size=("100%", str(BAR_HEIGHT)),
        body=_slice("factor-bar__ground", Decimal(0), Decimal(100)) + _joined(drawn),
    )


@register.simple_tag
def value_bar(part: FactorPart) -> SafeString:
    """A bar of one factor's own 0–100, hatched where the posting does not state it."""
    body = _slice("factor-bar__ground", Decimal(0), Decimal(100))
    if part.value is not None:
        body += _slice(f"part-{part.name}", Decimal(0), part.value)
    elif part.asked:
        body += _hatch(Decimal(0), Decimal(100))
    return _picture(
        kind="factor-bar",
        title=part.label,
        description=_sentence(part),
        size=("100%", str(BAR_HEIGHT)),
        body=body,
    )


@register.inclusion_tag("components/factor_table.html")
def factor_table(factors: Mapping[str, Any], weights: Any = None) -> dict[str, Any]:
    """The five factors as a table: what each is worth, its weight, what it adds."""
    return {"parts": factor_parts(factors, weights)}


@register.inclusion_tag("components/factor_legend.html")
def factor_legend() -> dict[str, Any]:
    """What the colors of a factor bar mean, once a page."""
    return {"labels": list(_labels().items())}


@register.inclusion_tag("components/factor_example.html")
def factor_example() -> dict[str, Any]:
    """A made-up score, labelled as an example, that teaches how to read the picture."""
    factors = {
        "skill_score": 92,
        "salary_score": None,
        "location_score": 70,
        "remote_score": 100,
        "industry_score": 100,
        "asked": FACTORS,
        "weights": {"skill": 30, "salary": 25, "location": 15, "remote": 20, "industry": 10},
    }
    parts = factor_parts(factors)
    score = 100 * sum(part.points for part in parts) / sum(part.share for part in parts if part.stated)
    return {"factors": factors, "score": score}


@register.simple_tag
def score_figure(score: Any) -> SafeString:
    """The score in whole points over a rule that is as long as the score."""
    exact = _percent(score, "score")
    number = whole_score(exact)
    body = format_html(
        '<text class="score__number" x="0" y="27" font-size="24">{}</text>'
        '<rect class="score__rule" x="0" y="36" width="52" height="2"></rect>'
        '<rect class="score__held" x="0" y="36" width="{}" height="2"></rect>',
        number,
        _number(exact * 52 / 100),
    )
    return _picture(
        kind="score",
        title=gettext("Score %(score)s of 100") % {"score": number},
        description=gettext("Exactly %(score)s.") % {"score": number_format(exact, 2)},
        size=("52", "40"),
        view_box="0 0 52 40",
        body=body,
    )


@register.simple_tag
def slots(used: int, total: int) -> SafeString:
    """Application slots as tally marks: used ones inked, free ones open, those above the total marked apart."""
    if used < 0 or total < 0:
        message = f"slots cannot be negative: {used} of {total}"
        raise ValueError(message)
    count = max(used, total)
    marks = format_html_join(
        "",
        '<rect class="slots__{}" x="{}" y="1.5" width="4" height="15" rx="1"></rect>',
        ((_slot_state(n, used, total), n * MARK_PITCH + 1) for n in range(count)),
    )
    title = ngettext("%(used)s of %(total)s slot used", "%(used)s of %(total)s slots used", total)
    return _picture(
        kind="slots",
        title=title % {"used": used, "total": total},
        description="",
        size=(str(max(count * MARK_PITCH - 2, 1)), str(MARK_HEIGHT)),
        view_box=f"0 0 {max(count * MARK_PITCH - 2, 1)} {MARK_HEIGHT}",
        body=marks,
    )


@register.simple_tag
def histogram(
    counts: Sequence[int], label: str, low: int = 0, high: int = 100, threshold: Any = None
) -> SafeString:
    """Bars of `counts` over equal steps from `low` to `high`; those wholly at or above `threshold` stand out."""
    if not counts or high <= low or min(counts) < 0:
        message = (
            f"a histogram needs counts of 0 or more and a rising scale, not {list(counts)!r}, {low}–{high}"
        )
        raise ValueError(message)
    step = Decimal(high - low) / len(counts)
    tallest = max(counts) or 1
    bars = []
    words = []
    for n, count in enumerate(counts):
        start = low + n * step
        passes = threshold is not None and start >= Decimal(str(threshold))
        tall = Decimal(96 * count) / tallest
        bars.append(_column(n, len(counts), tall, passes=passes))
        words.append(
            gettext("%(count)s from %(start)s to %(end)s.")
            % {"count": count, "start": _number(start), "end": _number(start + step)}
        )
    if threshold is not None:
        at = _number((Decimal(str(threshold)) - low) * 100 / (high - low))
        bars.append(
            format_html('<line class="histogram__mark" x1="{0}%" x2="{0}%" y1="0" y2="100%"></line>', at)
        )
        words.append(gettext("The line stands at %(threshold)s.") % {"threshold": threshold})
    bars.append(mark_safe('<line class="histogram__base" x1="0" x2="100%" y1="100%" y2="100%"></line>'))
    return _picture(
        kind="histogram",
        title=label,
        description=" ".join(words),
        size=("100%", "80"),
        body=_joined(bars),
    )


@register.simple_tag
def sparkline(values: Sequence[int], label: str) -> SafeString:
    """Small bars in order of time, no scale: the shape of a month beside its figure."""
    if not values or min(values) < 0:
        message = f"a sparkline needs values of 0 or more, not {list(values)!r}"
        raise ValueError(message)
    tallest = max(values) or 1
    bars = (_column(n, len(values), Decimal(100 * value) / tallest) for n, value in enumerate(values))
    return _picture(
        kind="sparkline",
        title=label,
        description=", ".join(str(value) for value in values),
        size=("96", "24"),
        body=_joined(bars),
    )


def _joined(pieces: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _labels() -> dict[str, str]:
    return {
        "skill": gettext("Skills"),
        "salary": gettext("Pay"),
        "location": gettext("Place"),
        "remote": gettext("Workplace"),
        "industry": gettext("Industry"),
    }


def _weight(weights: Any, name: str) -> Decimal:
    if isinstance(weights, Mapping):
        raw = weights[name] if name in weights else weights[f"{name}_weight"]
    else:
        raw = getattr(weights, name) if hasattr(weights, name) else getattr(weights, f"{name}_weight")
    weight = Decimal(str(raw))
    if weight < 0:
        message = f"the weight of {name} is negative: {raw}"
        raise ValueError(message)
    return weight


def _percent(raw: Any, name: str) -> Any:
    if raw is None:
        return None
    value = Decimal(str(raw))
    if not 0 <= value <= 100:
        message = f"{name} is not between 0 and 100: {raw}"
        raise ValueError(message)
    return value


def _sentence(part: FactorPart) -> str:
    words = {"factor": part.label, "weight": whole(part.share)}
    if not part.asked:
        return gettext("%(factor)s: not asked.") % words
    if part.value is None:
        return gettext("%(factor)s: not stated, weight %(weight)s percent.") % words
    words["value"] = whole(part.value)
    return gettext("%(factor)s: %(value)s of 100, weight %(weight)s percent.") % words


def _slot_state(n: int, used: int, total: int) -> str:
    if n >= total:
        return "over"
    return "used" if n < used else "free"


def _slice(css: str, start: Decimal, width: Decimal) -> SafeString:
    return format_html(
        '<rect class="{}" x="{}%" y="0" width="{}%" height="{}"></rect>',
        css,
        _number(start),
        _number(width),
        BAR_HEIGHT,
    )


def _gap(at: Decimal) -> SafeString:
    return format_html(
        '<rect class="hatch-ground" x="{}%" y="0" width="1" height="{}"></rect>', _number(at), BAR_HEIGHT
    )


def _hatch(start: Decimal, width: Decimal) -> SafeString:
    """Hatching as one dashed line: a pattern would need an id, which a page of many bars cannot share."""
    return format_html(
        '<rect class="hatch-ground" x="{0}%" y="0" width="{1}%" height="{3}"></rect>'
        '<line class="hatch" x1="{0}%" x2="{2}%" y1="{4}" y2="{4}" stroke-width="{3}" stroke-dasharray="1 3"></line>',
        _number(start),
        _number(width),
        _number(start + width),
        BAR_HEIGHT,
        BAR_HEIGHT // 2,
    )


def _column(n: int, count: int, tall: Decimal, *, passes: bool = False) -> SafeString:
    pitch = Decimal(100) / count
    return format_html(
        '<rect class="histogram__bar"{} x="{}%" y="{}%" width="{}%" height="{}%"></rect>',
        mark_safe(" data-passes") if passes else "",
        _number(n * pitch),
        _number(100 - tall),
        _number(pitch * Decimal("0.82")),
        _number(tall),
    )


def _number(value: Decimal | int) -> str:
    """A coordinate with at most two decimals, a point in every language."""
    return f"{Decimal(value):.2f}".rstrip("0").rstrip(".")


def _picture(
    *,
    kind: str,
    title: str,
    description: str,
    size: tuple[str, str],
    body: SafeString,
    view_box: str = "",
) -> SafeString:
    return format_html(
        '<svg class="figure {}" role="img" width="{}" height="{}"{}><title>{}</title>{}{}</svg>',
        kind,
        size[0],
        size[1],
        format_html(' viewBox="{}"', view_box) if view_box else "",
        title,
        format_html("<desc>{}</desc>", description) if description else "",
        body,
    )
