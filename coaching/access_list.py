"""The access log as its person reads it: days, who looked at what, repeated looks folded, the things by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from autoapply.models import Application, Decision, FollowUp, Rule
from coaching.access_words import PAGES
from coaching.models import AccessEntry
from learning.models import Progress, Recommendation
from matching.models import Match
from personas.models import Persona, Resume, User, UserSkill
from personas.paging import CursorPages, Key

LOOKS_ON_A_PAGE = 100
DELETED = "deleted"
"""Stands in an address for everybody whose account is gone."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looked: the key for an address (DELETED for an account that is gone), the name, the role."""

    key: str
    name: str
    role: str


@dataclass(slots=True)
class Look:
    """One thing that one viewer looked at on a day, as often as it happened: `times`, newest first."""

    viewer_name: str
    viewer_role: str
    page: str
    thing: str
    reason: str
    times: list[datetime] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """Who looked at what."""
        shown = {"name": self.viewer_name, "page": self.page}
        if self.viewer_role == AccessEntry.Role.COACH:
            return _("%(name)s, your coach, looked at %(page)s") % shown
        return _("%(name)s, of the staff, looked at %(page)s") % shown


@dataclass(frozen=True, slots=True)
class Day:
    """The looks of one day on the reader's calendar, newest first."""

    day: date
    looks: list[Look]


@dataclass(frozen=True, slots=True)
class LookPage:
    """A page of the log, with the cursors of its neighbors (empty at either end)."""

    days: list[Day]
    before: str
    after: str


class _Order:
    page_keys = (Key("at", datetime.fromisoformat, falling=True), Key("pk", UUID))


def read_looks(*, user: User, who: str = "", cursor: str = "", size: int = LOOKS_ON_A_PAGE) -> LookPage:
    """A page of the looks at a person's rows, of one viewer where `who` is their key; raises NotFound for a bad cursor."""
    rows = AccessEntry.objects.owned_by(user)
    if who:
        rows = rows.filter(viewer=None) if who == DELETED else rows.filter(viewer_id=who)
    entries, before, after = CursorPages().read_page(rows, cursor=cursor, size=size, view=_Order)
    return LookPage(_fold(entries, _names_of(user, entries)), before, after)


def list_viewers(*, user: User) -> list[Viewer]:
    """Everybody who ever looked, by name, as they were called last."""
    last = (
        AccessEntry.objects.owned_by(user)
        .order_by("viewer_id", "-at")
        .distinct("viewer_id")
        .values_list("viewer_id", "viewer_name", "viewer_role")
    )
    found = [
        Viewer(str(viewer_id), name, role) if viewer_id else Viewer(DELETED, _("deleted accounts"), "")
        for viewer_id, name, role in last
    ]
    return sorted(found, key=lambda each: (each.key == DELETED, each.name.casefold()))


def _fold(entries: Iterable[AccessEntry], names: Mapping[UUID, str]) -> list[Day]:
    days: dict[date, dict[tuple[Any, ...], Look]] = {}
    for entry in entries:
        looks = days.setdefault(timezone.localdate(entry.at), {})
        same = (entry.viewer_id, entry.viewer_name, entry.page, entry.object_id, entry.reason)
        look = looks.get(same)
        if look is None:
            look = looks[same] = Look(
                viewer_name=entry.viewer_name,
                viewer_role=entry.viewer_role,
                # A page of a later version, read by an earlier one.
                page=str(PAGES.get(entry.page, _("something of yours"))),
                thing=names.get(entry.object_id, "") if entry.object_id else "",
                reason=entry.reason,
            )
        look.times.append(entry.at)
    return [Day(day, list(looks.values())) for day, looks in days.items()]


def _names_of(user: User, entries: Iterable[AccessEntry]) -> dict[UUID, str]:
    """What the things that were looked at are called now, where they are still there and the person's own."""
    asked: dict[str, set[UUID]] = {}
    for entry in entries:
        if entry.object_id is not None and entry.page in _THINGS:
            asked.setdefault(_THINGS[entry.page], set()).add(entry.object_id)
    names: dict[UUID, str] = {}
    for kind, keys in asked.items():
        rows, column = _NAMED[kind]
        own = rows.owned_by(user).filter(pk__in=keys)
        names |= {pk: name for pk, name in own.values_list("pk", column) if name}
    return names


_NAMED: Mapping[str, tuple[Any, str]] = {
    "persona": (Persona.objects, "name"),
    "match": (Match.objects, "job__title"),
    "rule": (Rule.objects, "name"),
    "decision": (Decision.objects, "job__title"),
    "application": (Application.objects, "job_title"),
    "follow_up": (FollowUp.objects, "what"),
    "recommendation": (Recommendation.objects, "target_skill"),
    "learning_step": (Progress.objects, "skill_name"),
    "resume": (Resume.objects, "title"),
    "skill": (UserSkill.objects, "skill_name"),
}
"""The rows of each kind of thing and the column that names them."""

_THINGS: Mapping[str, str] = {
    **{kind: kind for kind in _NAMED},
    "resume_file": "resume",
    "resume_review": "resume",
}
"""The kind of thing that a page shows, by the code of the page."""
