"""What stands on every page of auto-apply: whether anything may be sent, the slots of the week, and the one switch."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from autoapply.models import Application
from autoapply.rules import find_standing
from autoapply.slot_marks import WeekSlots, read_week
from autoapply.state_words import state_words_besides
from autoapply.waiting import read_waiting

register = template.Library()


@register.inclusion_tag("autoapply/_standing.html", takes_context=True)
def standing_strip(context: Any, week: WeekSlots | None = None) -> dict[str, Any]:
    """Whether the person has paused everything, the slots of all rules together (of `week`, where a page has read it), and the switch."""
    request = context["request"]
    standing = find_standing(user=request.user)
    week = week or read_week(user=request.user, at=timezone.now())
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "standing": standing,
        "slots": week.of_person(limit=standing.weekly_ceiling),
    }


@register.filter
def state_name(application: Application) -> str:
    """Where an application stands, as its person would say it: what they send themselves does not wait for approval."""
    besides = state_words_besides(
        status=application.status, channel=application.channel, waits_for=application.waits_for
    )
    return besides or application.get_status_display()


@register.inclusion_tag("autoapply/_waiting.html", takes_context=True)
def waiting_for_you(context: Any) -> dict[str, Any]:
    """What waits for the person's own word; two queries."""
    return {"waiting": read_waiting(context["request"].user)}
