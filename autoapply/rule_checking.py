"""What may be kept of a standing rule and of a person's limits: one check a field, each with its sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from autoapply.company_lists import find_line
from autoapply.days import DAYS
from autoapply.models import MAX_A_WEEK, Rule
from personas.checking import MAX_NAME_LENGTH, PERSONA_RULES, Rules
from personas.companies import company_key

MAX_LINES = 500
"""Lines of one list of companies; each is at most MAX_NAME_LENGTH characters long."""
MAX_KEYWORDS = 20
MAX_KEYWORD_LENGTH = 100
MAX_HOLD_MINUTES = 7 * 24 * 60
MAX_INTERVAL_DAYS = 3650


def find_contradictions(*, excluded: Sequence[str], included: Sequence[str]) -> list[str]:
    """Sentences about companies that stand on both lists, which is none if none does; the lists are as they were typed."""
    named = [(number, line) for number, line in enumerate(included, start=1) if line.strip()]
    clashes = [
        (number, line, clash) for number, line in named if (clash := find_line(line, excluded)) is not None
    ]
    if clashes and len(clashes) == len(named):
        return [
            _("Every company of this list is also among those never to apply to, so nothing could ever pass.")
        ]
    return [
        _(
            "Line %(line)s, “%(written)s”, is also line %(other)s, “%(excluded)s”, of the companies never to apply to. "
            "Take it off one of the two lists."
        )
        % {"line": number, "written": line.strip(), "other": clash, "excluded": excluded[clash - 1].strip()}
        for number, line, clash in clashes
    ]


def _companies(lines: Iterable[str]) -> list[str]:
    """The lines without empty ones and without a second spelling of one company."""
    kept: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        written = _line(line, number=number, longest=MAX_NAME_LENGTH)
        key = company_key(written)
        if not key:
            shown = {"line": number, "written": written}
            raise ValueError(
                _("Line %(line)s, “%(written)s”, is no name of a company: it has no letter or digit.") % shown
            )
        kept.setdefault(key, written)
    if len(kept) > MAX_LINES:
        shown = {"count": len(kept), "limit": MAX_LINES}
        raise ValueError(
            _("These are %(count)s companies; at most %(limit)s are kept. Take some out.") % shown
        )
    return list(kept.values())


def _keywords(lines: Iterable[str]) -> list[str]:
    kept: dict[str, None] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        written = _line(line, number=number, longest=MAX_KEYWORD_LENGTH)
        if not any(letter.isalnum() for letter in written):
            shown = {"line": number, "written": written}
            raise ValueError(
                _("Line %(line)s, “%(written)s”, is no word: it has no letter or digit.") % shown
            )
        kept[written] = None
    if len(kept) > MAX_KEYWORDS:
        shown = {"count": len(kept), "limit": MAX_KEYWORDS}
        raise ValueError(
            _("These are %(count)s words; at most %(limit)s can be required at once. Take some out.") % shown
        )
    return list(kept)


def _line(text: str, *, number: int, longest: int) -> str:
    if len(text.strip()) > longest:
        shown = {"line": number, "length": len(text.strip()), "limit": longest}
        raise ValueError(
            _("Line %(line)s has %(length)s characters; at most %(limit)s are kept. Shorten it.") % shown
        )
    written: str = PERSONA_RULES["name"](text)
    return written


def _days(days: Collection[str]) -> list[str]:
    unknown = [day for day in days if day not in DAYS]
    if unknown:
        shown = {"day": str(unknown[0])[:40], "known": ", ".join(DAYS)}
        raise ValueError(_("“%(day)s” is not one of %(known)s.") % shown)
    # All seven are every day, as none are.
    return [] if set(days) == set(DAYS) else [day for day in DAYS if day in days]


def _threshold(value: Decimal | int | None) -> Decimal | None:
    if value is None:
        return None
    exact = Decimal(value)
    if not exact.is_finite() or not 0 <= exact <= 100:
        raise ValueError(_("Give a score from 0 to 100, or leave it empty so that any score passes."))
    if exact != round(exact, 2):
        raise ValueError(_("Give at most two decimals, such as 72.5: scores have no more."))
    return round(exact, 2)


def _from_to(lowest: int, highest: int, sentence: Callable[[], str]) -> Callable[[int], int]:
    def check(value: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(sentence() % {"lowest": lowest, "highest": highest})
        return value

    return check


def _mode(value: str) -> str:
    if value not in Rule.Mode.values:
        shown = {"value": str(value)[:40], "known": ", ".join(Rule.Mode.values)}
        raise ValueError(_("“%(value)s” is not one of %(known)s.") % shown)
    return value


RULE_RULES: Rules = {
    "name": PERSONA_RULES["name"],
    "persona": lambda persona: persona,
    "mode": _mode,
    "match_score_threshold": _threshold,
    "max_applications_per_week": _from_to(
        1, MAX_A_WEEK, lambda: _("Give a whole number of applications from %(lowest)s to %(highest)s.")
    ),
    "exclude_companies": _companies,
    "include_only_companies": _companies,
    "require_all_keywords": _keywords,
    "active_days": _days,
    "needs_reviewed_resume": bool,
}
STANDING_RULES: Rules = {
    "weekly_ceiling": _from_to(
        0, MAX_A_WEEK, lambda: _("Give a whole number of applications from %(lowest)s to %(highest)s.")
    ),
    "hold_minutes": _from_to(
        0, MAX_HOLD_MINUTES, lambda: _("Give whole minutes from %(lowest)s to %(highest)s, which is a week.")
    ),
    "company_interval_days": _from_to(
        0, MAX_INTERVAL_DAYS, lambda: _("Give whole days from %(lowest)s to %(highest)s, which is ten years.")
    ),
}


def both_lists(values: Mapping[str, Any], rule: Rule | None = None) -> dict[str, Sequence[str]]:
    """The two lists of companies as they would stand: those given as they were typed, the others as the rule has them."""
    return {
        name: values.get(field, getattr(rule, field) if rule else [])
        for name, field in (("excluded", "exclude_companies"), ("included", "include_only_companies"))
    }
