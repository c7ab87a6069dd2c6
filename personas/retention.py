"""How long things of a person are kept, as they choose: what is older is deleted at night, and nothing is that they did not ask for.

Each room names what of its own may be deleted in RETENTION_PARTS; what is counted beforehand and what is deleted is one query.
"""

from __future__ import annotations

import calendar
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from personas.identity import acting_as
from personas.models import ResumeVersion, Retention, User
from personas.services import ValuesRefused

MONTHS = (3, 6, 12, 24)
"""What may be chosen; None keeps for ever."""

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
    known = {part.name for part in parts()}
    faults = {
        name: [_("Choose one of %(months)s months, or for ever.") % {"months": ", ".join(map(str, MONTHS))}]
        for name, value in months.items()
        if name not in known or not (value is None or value in MONTHS)
    }
    if faults:
        raise ValuesRefused(faults)
    row, _made = Retention.objects.update_or_create(user=user, defaults=dict(months))
    return row


def count_due(*, chosen: Retention, now: datetime) -> dict[str, int]:
    """How many rows of each part would be deleted now."""
    return {part.name: sum(rows.count() for rows in due) for part, due in _due(chosen.user, chosen, now)}


def delete_due(*, now: datetime) -> int:
    """Delete what people chose not to keep, one person a transaction; gives the number of rows. Running it twice deletes nothing more."""
    chosen = ~Q(**{f"{part.name}__isnull": True for part in parts()})
    owners = list(Retention.objects.filter(chosen).order_by("pk").values_list("pk", flat=True))
    return sum(_delete_of(pk, now) for pk in owners)


def old_versions(user: User, before: datetime) -> Sequence[QuerySet[Any]]:
    """Versions of résumés that were replaced before a moment; what a résumé holds now is none of them."""
    return [ResumeVersion.objects.owned_by(user).filter(created_at__lt=before)]


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many months earlier, the month's last where it has no such day."""
    total = now.year * 12 + now.month - 1 - months
    year, month = divmod(total, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def _due(user: User, chosen: Retention, now: datetime) -> list[tuple[Part, Sequence[QuerySet[Any]]]]:
    found = []
    for part in parts():
        months = getattr(chosen, part.name)
        found.append((part, part.rows(user, months_before(now, months)) if months is not None else []))
    return found


def _delete_of(user_id: Any, now: datetime) -> int:
    with acting_as(user_id), transaction.atomic():
        user = User.objects.filter(pk=user_id).first()
        # Read again: its owner may have thought better of it.
        chosen = Retention.objects.filter(pk=user_id).select_for_update().first()
        if user is None or chosen is None:
            return 0
        deleted = sum(rows.delete()[0] for _part, due in _due(user, chosen, now) for rows in due)
    if deleted:
        logger.info("Rows that their owner chose not to keep are deleted: %s", deleted)
    return deleted
