"""What people and the days of a consent are called on the pages of coaching."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from coaching.sides import last_day, name_of
from personas.models import User

register = template.Library()


@register.filter
def name(user: User) -> str:
    """The name of somebody on the other side, or their address where they gave none."""
    return name_of(user)


@register.filter
def until_day(valid_until: datetime) -> str:
    """The last day on which something is seen: the one that the client chose, not the midnight after it."""
    return date_format(timezone.localtime(last_day(valid_until)), "DATE_FORMAT")
