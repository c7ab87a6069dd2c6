"""The facts that a verdict stood on, as words of the page: days, dates, scores, shares, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from autoapply.days import DAYS
from autoapply.policy import Verdict

SYSTEMS: Mapping[str, str] = {
    "recruitee": "Recruitee",
    "greenhouse": "Greenhouse",
    "lever": "Lever",
    "ashby": "Ashby",
    "smartrecruiters": "SmartRecruiters",
    "workable": "Workable",
}
"""The systems that take applications, as they write their names."""

Facts = Mapping[str, Any]

_HOW: Mapping[str, Any] = {
    "open": gettext_lazy("through %(system)s, which takes applications from anybody"),
    "has_key": gettext_lazy("through %(system)s, with the key that the employer gave"),
    "mail": gettext_lazy("by e-mail"),
    "no_key": gettext_lazy("the employer has given no key to this installation"),
    "no_mail": gettext_lazy("this installation does not send e-mail to employers"),
    "site": gettext_lazy("the employer takes applications on its own pages"),
    "never_automated": gettext_lazy("this site forbids that machines apply"),
    # Chosen by somebody.
    "": gettext_lazy("as the posting asks"),
}


def facts_in_words(verdict: Verdict) -> dict[str, Any]:
    """Each fact by the name that sentences use; raises KeyError, TypeError, ValueError or ArithmeticError for facts that were written by another version."""
    worded = _WORDED.get(verdict.gate)
    return worded(verdict.facts) if worded and verdict.facts else {}


def _about_day(facts: Facts) -> dict[str, Any]:
    return {"today": _day(facts["today"]), "days": _listed(_day(day) for day in facts["days"])}


def _about_employer(facts: Facts) -> dict[str, Any]:
    return {name: facts[name] for name in ("company", "line", "written") if name in facts}


def _about_keywords(facts: Facts) -> dict[str, Any]:
    # One of the two is what the sentence is about.
    about = facts["missing"] or facts["found"]
    return {
        "number": len(about),
        "missing": _listed(map(_quoted, facts["missing"])),
        "found": _listed(map(_quoted, facts["found"])),
    }


def _about_score(facts: Facts) -> dict[str, Any]:
    score, least = Decimal(facts["score"]), Decimal(facts.get("least", 0))
    return {"score": _number(score), "least": _number(least), "short_by": _number(least - score)}


def _about_coverage(facts: Facts) -> dict[str, Any]:
    return {"coverage": _percent(facts["coverage"]), "least": _percent(facts["least"])}


def _about_company(facts: Facts) -> dict[str, Any]:
    days, interval = int(facts["days"]), int(facts["interval"])
    return {"interval": interval, "remaining": interval - days, "when": _when(days, facts.get("on"))}


def _about_channel(facts: Facts) -> dict[str, Any]:
    because = facts["because"]
    if because not in _HOW:
        return {}
    return {"how": _HOW[because] % {"system": SYSTEMS.get(facts["channel"], "")}}


def _about_questions(facts: Facts) -> dict[str, Any]:
    return {"number": len(facts["questions"]), "questions": _listed(map(_quoted, facts["questions"]))}


def _about_places(facts: Facts) -> dict[str, Any]:
    return {"left": int(facts["left"])}


_WORDED: Mapping[str, Callable[[Facts], dict[str, Any]]] = {
    "day": _about_day,
    "employer_not_excluded": _about_employer,
    "employer_included": _about_employer,
    "keywords": _about_keywords,
    "threshold": _about_score,
    "coverage": _about_coverage,
    "company_not_applied": _about_company,
    "channel_can_send": _about_channel,
    "answers_known": _about_questions,
    "weekly_slot": _about_places,
}


def _day(code: str) -> str:
    return str(WEEKDAYS[DAYS.index(code)])


def _number(value: Decimal) -> str:
    return str(number_format(value.normalize() + 0))


def _percent(share: str) -> str:
    return str(int((Decimal(share) * 100).to_integral_value(rounding=ROUND_FLOOR)))


def _quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": text}


def _listed(texts: Iterable[str]) -> str:
    return str(get_text_list(list(texts), _("and")))


def _when(days: int, on: str | None) -> str:
    ago = ngettext("%(days)s day ago", "%(days)s days ago", days) % {"days": days} if days else _("today")
    if on is None:
        return ago
    return _("on %(date)s (%(ago)s)") % {
        "date": date_format(date.fromisoformat(on), "DATE_FORMAT"),
        "ago": ago,
    }
