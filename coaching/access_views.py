"""The page on which a person reads who looked at their data."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from rest_framework.exceptions import NotFound

from coaching.access_list import list_viewers, read_looks
from personas.accounts import SignedInRequest
from personas.paging import page_url


@require_GET
def who_looked(request: SignedInRequest) -> HttpResponse:
    """Every look of a coach or the staff, newest first; `?who=` leaves those of one person."""
    viewers = list_viewers(user=request.user)
    who = request.GET.get("who", "")
    chosen = next((each for each in viewers if each.key == who), None)
    if who and chosen is None:
        raise Http404
    try:
        page = read_looks(user=request.user, who=who, cursor=request.GET.get("cursor", ""))
    except NotFound:
        raise Http404 from None
    address = reverse("coaching:access")
    context = {
        "page": page,
        "viewers": viewers,
        "chosen": chosen,
        "previous_url": page_url(request, address, cursor=page.before),
        "next_url": page_url(request, address, cursor=page.after),
    }
    return render(request, "coaching/who_looked.html", context)
