"""Pages of all open jobs: searched by words and narrowed, and one job of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from matching import saved as service
from matching.filter_forms import SearchForm
from matching.job_search import CursorInvalid, last_number, search_jobs
from matching.models import Job, SavedJob, SavedSearch
from matching.saved import find_search, note_look, save_search
from personas.models import Persona
from personas.services import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest

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
    saved_search = find_search(user=request.user, query=form.kept_query()) if is_valid else None
    if saved_search is not None:
        note_look(search=saved_search)
    kept = SavedJob.objects.owned_by(request.user).filter(job__in=found.jobs)
    context = {
        "saved_search": saved_search,
        "kept": set(kept.values_list("job_id", flat=True)),
        "query": form.kept_query() if is_valid else "",
        "here": request.get_full_path(),
        "form": form,
        "found": found,
        "narrowings": form.narrowings() if is_valid else [],
        "without_all": form.query_without_all(),
        "exact_query": form.query_with(exactly="1"),
        "with_unstated": form.query_with(unstated="on"),
        "next_query": form.query_with(q=found.words or None, after=found.after) if found.after else "",
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


@require_GET
def saved(request: SignedInRequest) -> HttpResponse:
    """Saved searches with what is new, and saved jobs, closed ones too."""
    return _saved_page(request)


def _saved_page(request: SignedInRequest, told: Refused | None = None) -> HttpResponse:
    now, last = timezone.now(), last_number()
    searches = list(SavedSearch.objects.owned_by(request.user).order_by("name", "pk"))
    for search in searches:
        found = service.new_jobs(
            search=search, user=request.user, since=search.looked_number, now=now, until=last
        )
        search.new_count = len(found)
    rows = SavedJob.objects.owned_by(request.user).select_related("job__source").order_by("-created_at", "pk")
    faults = [str(fault) for faults in told.faults.values() for fault in faults] if told else []
    context = {
        "searches": searches,
        "jobs": [row.job for row in rows],
        "faults": faults,
        "most": service.MOST_NEW,
    }
    return render(request, "matching/saved.html", context)


@require_POST
def keep_job(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    """Keep a job, or keep it no longer where it was kept; back to the page that asked."""
    job = get_object_or_404(Job.objects.only("pk"), pk=job_id)
    if not service.save_job(user=request.user, job=job):
        service.forget_job(user=request.user, job_id=job.pk)
    return redirect(_back(request))


@require_POST
def keep_search(request: SignedInRequest) -> HttpResponse:
    """Keep a search under a name; what is wrong is told on the page of saved things."""
    try:
        search = save_search(
            user=request.user, name=request.POST.get("name", ""), query=request.POST.get("query", "")
        )
    except Refused as refused:
        return _saved_page(request, refused)
    messages.success(request, _("The search is saved."))
    return redirect(f"{reverse('matching:jobs')}?{search.query}")


@require_GET
def open_search(request: SignedInRequest, search_id: UUID) -> HttpResponse:
    """On to the list of a saved search."""
    search = get_object_or_404(SavedSearch.objects.owned_by(request.user), pk=search_id)
    return redirect(f"{reverse('matching:jobs')}?{search.query}")


@require_POST
def change_search(request: SignedInRequest, search_id: UUID) -> HttpResponse:
    """Rename a search, have what is new told or not, or delete it."""
    search = get_object_or_404(SavedSearch.objects.owned_by(request.user), pk=search_id)
    if "delete" in request.POST:
        search.delete()
        return redirect("matching:saved")
    try:
        service.change_search(
            search=search, name=request.POST.get("name", ""), notify="notify" in request.POST
        )
    except Refused as refused:
        return _saved_page(request, refused)
    messages.success(request, _("Saved."))
    return redirect("matching:saved")


def _back(request: HttpRequest) -> str:
    """Where the form says that it stands, if that is a page of this installation."""
    there = request.POST.get("next", "")
    fits = url_has_allowed_host_and_scheme(there, allowed_hosts=None) and there.startswith("/")
    return there if fits else reverse("matching:jobs")
