"""The rules of a person as the overview lists them: places of the week, what their lists blocked, which has gone quiet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from autoapply.ledger import count_newly_blocked, find_quiet, tightest_gate
from autoapply.ledger_words import tightest_words
from autoapply.models import Rule
from autoapply.slot_marks import Slots, WeekSlots
from autoapply.weeks import begins_at, week_start, zone_of
from personas.models import User


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule: its places of the week, the jobs of excluded employers since Monday, and "" or why it sent nothing for long."""

    rule: Rule
    slots: Slots
    blocked: int
    warning: str


def read_rows(*, user: User, week: WeekSlots, at: datetime) -> list[RuleRow]:
    """Every rule, those that are enabled first; three queries, and two more for each rule that has gone quiet."""
    own = list(Rule.objects.owned_by(user).select_related("persona").order_by("-enabled", "name", "pk"))
    zone = zone_of(user.time_zone)
    blocked = count_newly_blocked(user_id=user.pk, since=begins_at(week_start(at, zone), zone)) if own else {}
    quiet = {rule.pk for rule in find_quiet(rules=own, at=at)}
    return [
        RuleRow(
            rule=rule,
            slots=week.of_rule(rule.pk, limit=rule.max_applications_per_week),
            blocked=blocked.get(rule.pk, 0),
            warning=_warn(rule, at) if rule.pk in quiet else "",
        )
        for rule in own
    ]


def _warn(rule: Rule, at: datetime) -> str:
    tightest = tightest_gate(rule=rule, at=at)
    return tightest_words(tightest) if tightest else ""
