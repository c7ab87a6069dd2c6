"""The week's slots: how many are used, held and free, as marks and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autoapply.models import Application
from autoapply.slots import current_week
from autoapply.states import BEFORE_SENDING
from autoapply.weeks import begins_at, next_week, zone_of
from personas.svg import join

if TYPE_CHECKING:
    from personas.models import User

PITCH, WIDTH, HEIGHT = 8, 4, 18


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of one limit in one week: used by what has left or may have, held by what is on its way; when new ones come."""

    used: int
    held: int
    limit: int
    renewed_at: datetime

    @property
    def taken(self) -> int:
        """How many are not free."""
        return self.used + self.held

    @property
    def counted(self) -> str:
        """Such as "3 of 5 places used (1 not sent yet)"."""
        said = ngettext("%(taken)s of %(limit)s place used", "%(taken)s of %(limit)s places used", self.limit)
        if self.held:
            said = ngettext(
                "%(taken)s of %(limit)s place used (%(held)s not sent yet)",
                "%(taken)s of %(limit)s places used (%(held)s not sent yet)",
                self.limit,
            )
        return said % {"taken": self.taken, "limit": self.limit, "held": self.held}

    @property
    def words(self) -> str:
        """Such as "3 of 5 places used, new ones on Monday, November 30, 00:00 Europe/Berlin"."""
        when = _("new ones on Monday, %(day)s, %(time)s %(zone)s") % {
            "day": date_format(self.renewed_at, "MONTH_DAY_FORMAT"),
            "time": date_format(self.renewed_at, "H:i"),
            "zone": self.renewed_at.tzinfo,
        }
        return _("%(counted)s, %(when)s") % {"counted": self.counted, "when": when}

    @property
    def picture(self) -> SafeString:
        """A mark for each slot: inked where used, half where held, open where free, apart where there are more than the limit."""
        count = max(self.taken, self.limit)
        marks = [mark for number in range(count) for mark in self._mark(number)]
        title = _("%(used)s used, %(held)s not sent yet, %(free)s free") % {
            "used": self.used,
            "held": self.held,
            "free": max(0, self.limit - self.taken),
        }
        width = max(count * PITCH - 2, 1)
        return format_html(
            '<svg class="figure slots" role="img" width="{0}" height="{1}" viewBox="0 0 {0} {1}">'
            "<title>{2}</title>{3}</svg>",
            width,
            HEIGHT,
            title,
            join(marks),
        )

    def _mark(self, number: int) -> list[SafeString]:
        outline = '<rect class="slots__{}" x="{}" y="{}" width="4" height="{}" rx="1"></rect>'
        left = number * PITCH + 1
        if number >= self.limit:
            return [format_html(outline, "over", left, 1.5, 15)]
        if number < self.used:
            return [format_html(outline, "used", left, 1.5, 15)]
        free = format_html(outline, "free", left, 1.5, 15)
        if number < self.taken:
            return [free, format_html(outline, "used", left, 9, 7.5)]
        return [free]


@dataclass(frozen=True, slots=True)
class WeekSlots:
    """The slots that one person's applications hold this week, by rule and together."""

    by_rule: Mapping[UUID | None, Counter[bool]]
    renewed_at: datetime

    def of_rule(self, rule_id: UUID, *, limit: int) -> Slots:
        """Those of one rule."""
        return self._slots(self.by_rule.get(rule_id, Counter()), limit)

    def of_person(self, *, limit: int) -> Slots:
        """Those of all rules together, deleted ones too."""
        return self._slots(sum(self.by_rule.values(), Counter()), limit)

    def _slots(self, held: Counter[bool], limit: int) -> Slots:
        return Slots(used=held[False], held=held[True], limit=limit, renewed_at=self.renewed_at)


def read_week(*, user: User, at: datetime) -> WeekSlots:
    """The slots of the week that the person is in; the same number of queries however many rules there are."""
    week = current_week(user=user, at=at)
    zone = zone_of(week.zone)
    by_rule: dict[UUID | None, Counter[bool]] = {}
    # What has not left in an earlier week needs a slot of this one.
    carried_over = Q(week_start__lt=week.start, status__in=BEFORE_SENDING)
    holding = Application.objects.owned_by(user).filter(
        Q(week_start=week.start) | carried_over, user_slot__isnull=False
    )
    for rule_id, status in holding.values_list("rule_id", "status"):
        by_rule.setdefault(rule_id, Counter())[status in BEFORE_SENDING] += 1
    return WeekSlots(by_rule, begins_at(next_week(week.start), zone).astimezone(zone))
