"""The page of one's data: what is kept, and all of it as one archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from personas.my_data import archive_name, export_everything

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest


@require_GET
def my_data(request: SignedInRequest) -> HttpResponse:
    """What can be done with it."""
    return render(request, "personas/my_data.html")


@require_POST
def export(request: SignedInRequest) -> HttpResponse:
    """The archive, as a file to be saved."""
    now = timezone.now()
    headers = {"Content-Disposition": content_disposition_header(True, archive_name(now)) or "attachment"}
    content = export_everything(user=request.user, now=now)
    return HttpResponse(content, content_type="application/zip", headers=headers)
