"""Why a skill is worth learning, in sentences made of its numbers alone."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from learning.facts import Effort, Gap, PayGap
from learning.models import LearningState
from personas.models import UserSkill


def tell_reason(gap: Gap) -> str:
    """Give the sentences: how many of the best roles ask, what opens or rises, what it pays, what it is close to."""
    told = [_tell_demand(gap), _tell_change(gap)]
    if gap.pay is not None and gap.pay.asking != gap.pay.others:
        told.append(_tell_pay(gap.pay))
    if gap.nearest:
        told.append(_("Close to %(skill)s, which you have.") % {"skill": gap.nearest})
    return " ".join(told)


def points(value: Decimal) -> str:
    """Give points with the decimals that they have, in the reader's notation."""
    return number_format(value.normalize() if value else Decimal(0), force_grouping=True)


def score(value: Decimal) -> str:
    """Give a score without empty decimals, in the reader's notation."""
    return number_format(value.normalize() if value != value.to_integral() else value.to_integral())


def money(amount: int, currency: str) -> str:
    """Give an amount in whole units with its currency."""
    return f"{number_format(amount, force_grouping=True)} {currency}"


def _number(value: int) -> str:
    return number_format(value, force_grouping=True)


def _tell_demand(gap: Gap) -> str:
    shown = {"asks": _number(gap.asks), "near": _number(gap.near)}
    if gap.from_level:
        level = str(UserSkill.Level(gap.from_level).label)
        return _(
            "%(asks)s of your %(near)s best roles ask for more than the %(level)s level that you have."
        ) % {
            **shown,
            "level": level,
        }
    return _("Asked for by %(asks)s of your %(near)s best roles.") % shown


def _tell_change(gap: Gap) -> str:
    shown = {"lift": points(gap.lift), "threshold": score(gap.threshold), "more": _number(gap.crossing)}
    if not gap.crossing:
        return (
            _("No further job reaches %(threshold)s with it; these rise by %(lift)s points on average.")
            % shown
        )
    return (
        ngettext(
            "With it %(more)s more open job reaches %(threshold)s, and these rise by %(lift)s points on average.",
            "With it %(more)s more open jobs reach %(threshold)s, and these rise by %(lift)s points on average.",
            gap.crossing,
        )
        % shown
    )


def _tell_pay(pay: PayGap) -> str:
    shown = {
        "amount": money(abs(pay.asking - pay.others), pay.currency),
        "asking": _number(pay.asking_count),
        "others": _number(pay.others_count),
    }
    if pay.asking > pay.others:
        told = _(
            "Roles like yours that ask for it pay %(amount)s a year more in the middle (%(asking)s and %(others)s state pay)."
        )
    else:
        told = _(
            "Roles like yours that ask for it pay %(amount)s a year less in the middle (%(asking)s and %(others)s state pay)."
        )
    return told % shown


def tell_effort(effort: Effort) -> str:
    """Give how long it takes and why."""
    shown = {
        "weeks": _number(effort.weeks),
        "hours": _number(effort.hours),
        "weekly": _number(effort.hours_per_week),
    }
    if effort.because == "stated":
        told = ngettext(
            "About %(weeks)s week: the course states %(hours)s hours, at %(weekly)s hours a week.",
            "About %(weeks)s weeks: the course states %(hours)s hours, at %(weekly)s hours a week.",
            effort.weeks,
        )
    else:
        told = ngettext(
            "About %(weeks)s week: a rule of thumb of %(hours)s hours, at %(weekly)s hours a week.",
            "About %(weeks)s weeks: a rule of thumb of %(hours)s hours, at %(weekly)s hours a week.",
            effort.weeks,
        )
    return told % shown


def tell_nothing(state: LearningState) -> str:
    """Give why there is nothing to recommend, and what would mend it; "" where there is something."""
    reasons = {
        LearningState.Nothing.NO_WISHES: _(
            "This persona names no title, skill or industry, so no role can be looked at. Say what it looks for."
        ),
        LearningState.Nothing.NO_SKILLS: _(
            "You have listed no skill, so nothing can be told apart from what you can do. List what you can do first."
        ),
        LearningState.Nothing.NO_MATCHES: _(
            "None of the open jobs fits this persona, so there is nothing to learn from. Widen its titles, or wait for more jobs."
        ),
        LearningState.Nothing.NO_GAPS: _(
            "No skill that your best roles ask for would change anything: you have what they ask for, or they say too little."
        ),
    }
    return reasons.get(LearningState.Nothing(state.nothing_because), "") if state.nothing_because else ""


def tell_refusal(fault: str) -> str:
    """Give why the words of the writer were refused, by a word of `matching.faithfulness`; "" for none."""
    reasons = {
        "empty": _("they said nothing."),
        "long": _("they were much longer than the reason."),
        "markup": _("they were no plain sentences."),
        "address": _("they held an address."),
        "language": _("they were not in English."),
        "number": _("they held a number that the reason does not, or in another order."),
        "meaning": _("they turned the meaning of a number round."),
        "skill": _("they named a skill that the reason does not."),
        "name": _("they held a name that the reason does not."),
        "promise": _("they promised more than the reason does."),
    }
    return reasons.get(fault, "")
