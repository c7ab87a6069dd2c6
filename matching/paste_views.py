"""The page on which people bring postings that they found elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from matching import pasting, tasks
from matching.models import PastedPosting
from matching.paste_forms import PasteForm
from personas.services import Refused

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest

SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: SignedInRequest) -> HttpResponse:
    """Take a link or the words of a posting, and show what became of earlier ones; a link that is here leads to its job."""
    form = PasteForm(request.POST or None)
    if form.is_valid():
        address = form.cleaned_data["address"]
        try:
            known = None if form.cleaned_data["text"] else pasting.find_typed(address)
            if known is not None:
                messages.info(request, _("This posting is here already."))
                return redirect("matching:open_job", known.pk)
            pasting.paste(user=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            for field, faults in refused.faults.items():
                form.add_error(field, faults)
        else:
            transaction.on_commit(tasks.take_in_pasted.delay)
            return redirect("matching:paste")
    rows = (
        PastedPosting.objects.owned_by(request.user)
        .select_related("job__source")
        .order_by("-created_at", "pk")
    )
    shown = list(rows[:SHOWN])
    waits = any(row.state == PastedPosting.State.WAITING for row in shown)
    context = {
        "form": form,
        "rows": shown,
        "waits": waits,
        "with_words": bool(form.errors.keys() - {"address"}),
    }
    return render(request, "matching/paste.html", context)


@require_POST
def change_pasted(request: SignedInRequest, pasted_id: UUID) -> HttpResponse:
    """Try again to read what could not be read, or take it off the list; its job stays."""
    pasted = get_object_or_404(PastedPosting.objects.owned_by(request.user), pk=pasted_id)
    if "delete" in request.POST:
        pasted.delete()
    else:
        pasting.try_again(pasted=pasted)
        transaction.on_commit(tasks.take_in_pasted.delay)
    return redirect("matching:paste")
