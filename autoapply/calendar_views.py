"""Follow-ups by day, and the calendar that shows them elsewhere: its secret address and the file behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from autoapply import calendar_keys
from autoapply.calendar_file import MEDIA_TYPE, Day, write_calendar
from autoapply.models import CalendarFeed, FollowUp
from autoapply.weeks import local_day, zone_of
from personas.accounts import SignedInRequest

FOLLOW_UPS_SHOWN = 100
"""Open follow-ups on the page at once, the nearest first."""
LOOKS_BACK = timedelta(days=90)
"""How long what is past stays in the calendar."""

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_form
def show_follow_ups(request: SignedInRequest) -> HttpResponse:
    """What is to be done, by day, and the calendar's address: made anew (`do=make`) or switched off (`do=stop`)."""
    address = ""
    if request.method == "POST":
        if request.POST.get("do") == "stop":
            calendar_keys.switch_off(user=request.user)
            messages.success(request, _("The calendar is switched off. Its address opens nothing any more."))
            return redirect("autoapply:application_follow_ups")
        if request.POST.get("do") == "make":
            key = calendar_keys.make_address(user=request.user)
            # Shown in this answer and never again: a redirect would have to keep it somewhere.
            address = request.build_absolute_uri(reverse("autoapply:calendar", args=[key]))
    today = timezone.localdate()
    planned = FollowUp.objects.owned_by(request.user).open().for_list()
    shown = list(planned[: FOLLOW_UPS_SHOWN + 1])
    context: dict[str, Any] = {
        "today": today,
        "follow_ups": shown[:FOLLOW_UPS_SHOWN],
        "total": planned.count() if len(shown) > FOLLOW_UPS_SHOWN else len(shown),
        "feed": CalendarFeed.objects.owned_by(request.user).first(),
        "address": address,
    }
    return render(request, "autoapply/applications_follow_ups.html", context)


@login_not_required
@require_safe
def read_calendar(request: HttpRequest, key: str) -> HttpResponse:
    """The follow-ups of whoever the secret address belongs to, as a calendar; nothing for any other address."""
    owner = calendar_keys.open_calendar(key=key)
    if owner is None:
        raise Http404
    today = local_day(timezone.now(), zone_of(owner.time_zone))
    rows = FollowUp.objects.owned_by(owner).filter(due_on__gte=today - LOOKS_BACK).for_list()
    with translation.override(owner.locale):
        content = write_calendar([_as_day(row) for row in rows], name=_("Relevnt follow-ups"))
    headers = {
        "Cache-Control": "private, max-age=900",
        "Content-Disposition": 'inline; filename="relevnt.ics"',
        "X-Robots-Tag": "noindex",
    }
    return HttpResponse(content, content_type=MEDIA_TYPE, headers=headers)


def _as_day(row: FollowUp) -> Day:
    about = row.application
    names = {"what": row.what, "title": about.job_title, "company": about.company}
    words = _("%(what)s: %(title)s, %(company)s") if about.company else _("%(what)s: %(title)s")
    summary = words % names
    return Day(
        uid=f"{row.pk}@relevnt",
        day=row.due_on,
        summary=_("Done: %(summary)s") % {"summary": summary} if row.done_at else summary,
        stamp=row.done_at or row.created_at,
    )
