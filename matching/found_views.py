"""Pages of all open jobs: searched by words and narrowed, and one job of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from matching.filter_forms import SearchForm
from matching.job_search import CursorInvalid, search_jobs
from matching.models import Job
from personas.models import Persona

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest


@require_GET
def job_list(request: SignedInRequest) -> HttpResponse:
    """Open jobs that hold all words, newest first; 404 for a place in the list that no page ever named."""
    form = SearchForm(request.GET, currency=request.user.currency)
    is_valid = form.is_valid()
    text = str(form.cleaned_data.get("q", ""))
    exactly = request.GET.get("exactly") == "1"
    try:
        found = search_jobs(
            text=text,
            job_filter=form.read(now=timezone.now()) if is_valid else None,
            after=request.GET.get("after", ""),
            exactly=exactly,
        )
    except CursorInvalid:
        raise Http404 from None
    context = {
        "form": form,
        "found": found,
        "narrowings": form.narrowings() if is_valid else [],
        "without_all": form.query_without_all(),
        "exact_query": form.query_with(exactly="1"),
        "with_unstated": form.query_with(unstated="on"),
        "next_query": form.query_with(after=found.after) if found.after else "",
        "is_first": "after" not in request.GET,
        "first_query": form.query_with(),
    }
    return render(request, "matching/job_list.html", context)


@require_GET
def open_job(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    """One job: for the persona that was changed last, where there is one, else by itself."""
    job = get_object_or_404(Job.objects.select_related("source").defer("raw"), pk=job_id)
    persona = Persona.objects.owned_by(request.user).order_by("-is_active", "-updated_at", "pk").first()
    if persona is not None:
        return redirect("matching:job", persona.pk, job.pk)
    return render(request, "matching/job.html", {"job": job, "currency": request.user.currency})
