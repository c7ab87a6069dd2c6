"""The two sides of a relationship: their turns, taken in one order, whether the coach still is one, the names and days they are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from personas.models import User
from personas.services import Refused, take_turns

if TYPE_CHECKING:
    from uuid import UUID


class NotACoach(Refused):
    """Raised where somebody would coach who has not, or no longer, the role of a coach."""


def take_turns_of(*user_ids: UUID) -> None:
    """Let whatever changes something between several people pass one after the other; raise Gone where one is deleted.

    Always in the same order, so that two who answer each other at once wait and never lock each other out.
    """
    for user_id in sorted(set(user_ids)):
        take_turns(user_id)


def check_coach(user: User, *, is_oneself: bool = False) -> None:
    """Raise NotACoach unless `user` has the role now; the words are for them (`is_oneself`) or for the other side."""
    if User.objects.filter(pk=user.pk, is_coach=True, is_active=True).exists():
        return
    if is_oneself:
        raise NotACoach({"coach": [_("You are not a coach here. The staff of this copy grant that role.")]})
    shown = {"name": name_of(user)}
    raise NotACoach({"coach": [_("%(name)s is not a coach here any more, so nothing was opened.") % shown]})


def name_of(user: User) -> str:
    """What somebody is called to the other side: their name, or their address where they gave none."""
    return " ".join(user.display_name.split()) or user.email


def last_day(valid_until: datetime) -> datetime:
    """A moment on the last day on which something is seen: an end at midnight belongs to the day before."""
    return valid_until - timedelta(microseconds=1)
