"""How long things of a person are kept, as they choose: what is older is deleted at night, and nothing is that they did not ask for.

Each room names what of its own may be deleted in RETENTION_PARTS; what is counted beforehand and what is deleted is one query.
"""

from __future__ import annotations

import calendar
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from personas.identity import acting_as
from personas.models import ResumeVersion, Retention, User
from personas.services import ValuesRefused

MONTHS = (3, 6, 12, 24)
"""What may be chosen; None keeps for ever."""
BATCH = 1_000
"""Rows of one transaction."""
MOST = 50_000
"""Rows of one run, so that it ends well within the time that a task has."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """Something that may be deleted: `rows` gives what of a person's is older than a moment, as querysets.

    `name` is also that of the column in which its owner's choice stands.
    """

    name: str
    rows: Callable[[User, datetime], Sequence[QuerySet[Any]]]


def parts() -> list[Part]:
    """What may be deleted in this installation."""
    return [Part(name, import_string(path)) for name, path in settings.RETENTION_PARTS.items()]


def retention_of(user: User) -> Retention:
    """What a person chose; everything for ever where they chose nothing."""
    return Retention.objects.owned_by(user).first() or Retention(user=user)


def choose_retention(*, user: User, months: Mapping[str, int | None]) -> Retention:
    """Keep what a person chose by the name of each part; names that are left out stay. Raises ValuesRefused."""
    _check(months)
    row, _made = Retention.objects.update_or_create(user=user, defaults=dict(months))
    return row


def try_retention(*, user: User, months: Mapping[str, int | None]) -> Retention:
    """The same choice without keeping it, to be counted. Raises ValuesRefused."""
    _check(months)
    tried = retention_of(user)
    for name, value in months.items():
        setattr(tried, name, value)
    return tried


def count_due(*, chosen: Retention, at: datetime) -> dict[str, int]:
    """How many rows of each part would be deleted by a run at some moment."""
    return {part.name: sum(rows.count() for rows in due) for part, due in _due(chosen.user, chosen, at)}


def next_night(now: datetime) -> datetime:
    """When rows are deleted the next time."""
    night = now.astimezone(UTC).replace(
        hour=settings.RETENTION_HOUR, minute=settings.RETENTION_MINUTE, second=0, microsecond=0
    )
    return night if night > now else night + timedelta(days=1)


def delete_due(*, now: datetime, most: int = MOST) -> int:
    """Delete what people chose not to keep, one person at a time in batches; gives the number of rows, never more than `most`.

    Running it twice deletes nothing more. A person for whom the database refuses keeps nobody else's here: that is logged, and
    tried again the next time.
    """
    chosen = ~Q(**{f"{part.name}__isnull": True for part in parts()})
    deleted = 0
    for pk in Retention.objects.filter(chosen).order_by("pk").values_list("pk", flat=True):
        try:
            deleted += _delete_of(pk, now, most - deleted)
        except DatabaseError:
            logger.exception("what somebody chose not to keep could not be deleted")
        if deleted >= most:
            break
    if deleted:
        logger.info("Rows that their owners chose not to keep are deleted: %s", deleted)
    return deleted


def old_versions(user: User, before: datetime) -> Sequence[QuerySet[Any]]:
    """Versions of résumés that were replaced before a moment; what a résumé holds now is none of them."""
    return [ResumeVersion.objects.owned_by(user).filter(created_at__lt=before)]


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many months earlier, the month's last where it has no such day."""
    total = now.year * 12 + now.month - 1 - months
    year, month = divmod(total, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def _check(months: Mapping[str, int | None]) -> None:
    known = {part.name for part in parts()}
    faults = {
        name: [_("Choose one of %(months)s months, or for ever.") % {"months": ", ".join(map(str, MONTHS))}]
        for name, value in months.items()
        if name not in known or not (value is None or value in MONTHS)
    }
    if faults:
        raise ValuesRefused(faults)


def _due(user: User, chosen: Retention, at: datetime) -> list[tuple[Part, Sequence[QuerySet[Any]]]]:
    found = []
    for part in parts():
        months = getattr(chosen, part.name)
        found.append((part, part.rows(user, months_before(at, months)) if months is not None else []))
    return found


def _delete_of(user_id: UUID, now: datetime, most: int) -> int:
    deleted = 0
    while deleted < most:
        size = min(BATCH, most - deleted)
        gone = _delete_batch(user_id, now, size)
        deleted += gone
        if gone < size:
            break
    return deleted


def _delete_batch(user_id: UUID, now: datetime, size: int) -> int:
    with acting_as(user_id):
        # Read again for each batch: its owner may have thought better of it.
        chosen = Retention.objects.filter(pk=user_id).select_for_update().first()
        user = User.objects.filter(pk=user_id).first()
        if user is None or chosen is None:
            return 0
        deleted = 0
        for _part, due in _due(user, chosen, now):
            for rows in due:
                some = rows.values("pk")[: size - deleted]
                deleted += rows.model.objects.filter(pk__in=some).delete()[0]
        return deleted
