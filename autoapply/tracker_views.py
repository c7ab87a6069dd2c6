"""Pages of the tracker: applications as a table, a board and a funnel, one of them with what is kept about it, and those sent
elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from rest_framework.exceptions import NotFound

from autoapply import tracker
from autoapply.application_list import (
    count_stages,
    for_table,
    read_board,
    read_progress,
    read_suggestions,
)
from autoapply.application_page import show_page
from autoapply.closing import OPEN, Suggestion
from autoapply.funnel import draw_funnel, draw_response_times, tell_responses, tell_steps
from autoapply.models import Application, Contact, FollowUp, Note
from autoapply.tracker_forms import (
    ContactForm,
    FilterForm,
    FollowUpForm,
    NoteForm,
    RecordForm,
    StageForm,
    stage_choices,
)
from autoapply.weeks import zone_of
from matching.models import Job
from personas.accounts import SignedInRequest
from personas.forms import ExplainedForm
from personas.going_back import go_back
from personas.paging import PAGE_SIZE, CursorPages, page_url
from personas.services import Gone, Refused

SUGGESTIONS_SHOWN = 5
"""Closing suggestions that stand above the table at once; the others come up as these are answered."""
PERIODS = {"": None, "year": 365, "quarter": 90}
"""The days that the funnel looks back, by what stands in the address."""
PERIOD_NAMES = {
    "": gettext_lazy("All"),
    "year": gettext_lazy("Last 365 days"),
    "quarter": gettext_lazy("Last 90 days"),
}

require_form = require_http_methods(["GET", "HEAD", "POST"])


# --- all of them -----------------------------------------------------------------------------------------------------


@require_GET
def list_applications(request: SignedInRequest) -> HttpResponse:
    """Every application as a table, newest first, narrowed as asked; above it what may be closed."""
    form = FilterForm(request.GET, user=request.user)
    rows = for_table(request.user)
    rows = form.narrow(rows) if form.is_valid() else rows.none()
    try:
        page, before, after = CursorPages().read_page(
            rows, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE, view=None
        )
    except NotFound:
        raise Http404 from None
    counted = count_stages(request.user)
    suggestions = [] if form.is_used or request.GET.get("cursor") else _suggestions(request)
    context = {
        "applications": page,
        "today": timezone.localdate(),
        "filter": form,
        "narrowings": form.narrowings() if form.is_valid() else [],
        "total": sum(counted.values()),
        "open": sum(counted[stage] for stage in OPEN),
        "suggestions": suggestions[:SUGGESTIONS_SHOWN],
        "more_suggestions": max(len(suggestions) - SUGGESTIONS_SHOWN, 0),
        "previous_url": page_url(request, reverse("autoapply:applications"), cursor=before),
        "next_url": page_url(request, reverse("autoapply:applications"), cursor=after),
    }
    return render(request, "autoapply/applications.html", context)


@require_GET
def show_board(request: SignedInRequest) -> HttpResponse:
    """Every application with a stage as a card in the column of its stage."""
    return render(request, "autoapply/applications_board.html", _board(request))


@require_GET
def show_funnel(request: SignedInRequest) -> HttpResponse:
    """How far applications came and how long answers took, as pictures and in numbers."""
    period = request.GET.get("period", "")
    if period not in PERIODS:
        raise Http404
    days, today = PERIODS[period], timezone.localdate()
    since = today - timedelta(days=days) if days else None
    progress = read_progress(request.user, zone=zone_of(request.user.time_zone), today=today, since=since)
    context = {
        "progress": progress,
        "period": period,
        "periods": list(PERIOD_NAMES.items()),
        "funnel": draw_funnel(progress.steps),
        "steps": tell_steps(progress.steps),
        "responses": draw_response_times(progress.responses),
        "responses_words": tell_responses(progress.responses),
        "ends": [
            (Application.Stage(code).label if code else _("open"), number)
            for code, number in progress.ends.items()
            if number
        ],
    }
    return render(request, "autoapply/applications_funnel.html", context)


@require_form
def record(request: SignedInRequest) -> HttpResponse:
    """Note an application that was sent elsewhere, to the job of `?job=` or to one that is typed."""
    job = _job_of(request)
    if job and (known := tracker.find_application(user=request.user, job=job)):
        messages.info(request, _("This is the application to it. There is one for each opening."))
        return redirect("autoapply:application", known.pk)
    initial = {"sent_on": timezone.localdate(), "persona": request.GET.get("persona", "")}
    form = RecordForm(request.POST or None, user=request.user, job_is_known=job is not None, initial=initial)
    context: dict[str, Any] = {"form": form, "job": job}
    if request.method == "POST" and form.is_valid():
        try:
            application = tracker.record_application(
                user=request.user,
                at=timezone.now(),
                job=job,
                persona=form.cleaned_data["persona"],
                sent_on=form.cleaned_data["sent_on"],
                values=form.typed(),
            )
        except tracker.AlreadyApplied as refused:
            form.explain(refused)
            context["known"] = refused.application
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(
                request, _("“%(title)s” is kept here as sent.") % {"title": application.job_title}
            )
            return redirect("autoapply:application", application.pk)
    return render(request, "autoapply/application_record.html", context)


# --- one of them -----------------------------------------------------------------------------------------------------


@require_GET
def show_application(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """One application: how it was sent, its stage, what happened, notes, contacts, follow-ups."""
    return show_page(request, _own_application(request, application_id))


@require_POST
def move(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Set the stage; from the board htmx is answered with the board."""
    application = _own_application(request, application_id)
    form = StageForm(request.POST)
    because = tracker.SUGGESTED if request.POST.get("suggested") else ""
    moved = _try(
        form,
        lambda: tracker.set_stage(
            application=application,
            stage=form.cleaned_data["stage"],
            day=form.cleaned_data["day"],
            today=timezone.localdate(),
            because=because,
        ),
    )
    if request.htmx:  # type: ignore[attr-defined]
        faults = [] if moved else [fault for each in form.errors.values() for fault in each]
        return render(
            request,
            "autoapply/_board.html",
            {**_board(request), "moved": application, "faults": faults, "swap": True},
        )
    if not moved:
        application.refresh_from_db()
        return show_page(request, application, stage_form=form)
    said = _("“%(title)s” stands at “%(stage)s”.")
    names = {"title": application.job_title, "stage": application.get_stage_display()}
    messages.success(request, said % names)
    return _back(request, application)


@require_POST
def wait_longer(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Do not suggest closing for 30 days, and plan to look again then."""
    application = _own_application(request, application_id)
    try:
        planned = tracker.wait_longer(application=application, today=timezone.localdate())
    except Gone:
        raise Http404 from None
    except Refused as refused:
        messages.warning(request, " ".join(fault for each in refused.faults.values() for fault in each))
    else:
        said = _("Kept open. “%(what)s” is among your follow-ups.")
        messages.success(request, said % {"what": planned.what})
    return _back(request, application)


@require_POST
def add_note(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Keep a note."""
    application = _own_application(request, application_id)
    form = NoteForm(request.POST)
    kept = _try(form, lambda: tracker.add_note(application=application, body=form.cleaned_data["body"]))
    if not kept:
        return show_page(request, application, note_form=form)
    return _kept(request, application, _("The note is kept."), "story")


@require_POST
def add_contact(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Keep somebody at the employer."""
    application = _own_application(request, application_id)
    form = ContactForm(request.POST)
    kept = _try(form, lambda: tracker.add_contact(application=application, values=form.cleaned_data))
    if not kept:
        return show_page(request, application, contact_form=form)
    return _kept(request, application, _("“%(name)s” is kept.") % {"name": kept.name}, "contacts")


@require_form
def edit_contact(request: SignedInRequest, application_id: UUID, contact_id: UUID) -> HttpResponse:
    """Change a contact."""
    contact: Contact = get_object_or_404(_own(request, Contact, application_id), pk=contact_id)
    form = ContactForm(request.POST) if request.method == "POST" else ContactForm.of(contact)
    if request.method == "POST":
        changed = _try(form, lambda: tracker.edit_contact(contact=contact, values=form.cleaned_data))
        if changed:
            said = _("“%(name)s” is changed.") % {"name": changed.name}
            return _kept(request, contact.application, said, "contacts")
    return render(request, "autoapply/application_contact.html", {"form": form, "contact": contact})


@require_POST
def add_follow_up(request: SignedInRequest, application_id: UUID) -> HttpResponse:
    """Plan something to do."""
    application = _own_application(request, application_id)
    form = FollowUpForm(request.POST)
    kept = _try(
        form,
        lambda: tracker.add_follow_up(
            application=application, today=timezone.localdate(), **form.cleaned_data
        ),
    )
    if not kept:
        return show_page(request, application, follow_up_form=form)
    return _kept(request, application, _("“%(what)s” is planned.") % {"what": kept.what}, "follow-ups")


@require_POST
def finish_follow_up(request: SignedInRequest, application_id: UUID, follow_up_id: UUID) -> HttpResponse:
    """Say that something is done, or (`done=no`) that it is not."""
    follow_up: FollowUp = get_object_or_404(_own(request, FollowUp, application_id), pk=follow_up_id)
    done = request.POST.get("done") != "no"
    try:
        tracker.finish_follow_up(follow_up=follow_up, done=done, at=timezone.now())
    except Gone:
        raise Http404 from None
    said = _("“%(what)s” is done.") if done else _("“%(what)s” is still to be done.")
    messages.success(request, said % {"what": follow_up.what})
    return _back(request, follow_up.application, part="follow-ups")


@require_form
def delete_note(request: SignedInRequest, application_id: UUID, note_id: UUID) -> HttpResponse:
    """Ask, then delete a note."""
    note: Note = get_object_or_404(_own(request, Note, application_id), pk=note_id)
    if request.method == "POST":
        tracker.delete_note(note=note)
        return _kept(request, note.application, _("The note is deleted."), "story")
    return _ask(request, note.application, _("Delete this note?"), note.body)


@require_form
def delete_contact(request: SignedInRequest, application_id: UUID, contact_id: UUID) -> HttpResponse:
    """Ask, then delete a contact."""
    contact: Contact = get_object_or_404(_own(request, Contact, application_id), pk=contact_id)
    if request.method == "POST":
        tracker.delete_contact(contact=contact)
        said = _("“%(name)s” is deleted.") % {"name": contact.name}
        return _kept(request, contact.application, said, "contacts")
    return _ask(request, contact.application, _("Delete this contact?"), contact.name)


@require_form
def delete_follow_up(request: SignedInRequest, application_id: UUID, follow_up_id: UUID) -> HttpResponse:
    """Ask, then delete a follow-up."""
    follow_up: FollowUp = get_object_or_404(_own(request, FollowUp, application_id), pk=follow_up_id)
    if request.method == "POST":
        tracker.delete_follow_up(follow_up=follow_up)
        said = _("“%(what)s” is deleted.") % {"what": follow_up.what}
        return _kept(request, follow_up.application, said, "follow-ups")
    return _ask(request, follow_up.application, _("Delete this follow-up?"), follow_up.what)


# --- inside ----------------------------------------------------------------------------------------------------------


def _own_application(request: SignedInRequest, application_id: UUID) -> Application:
    own = Application.objects.owned_by(request.user).for_list()
    application: Application = get_object_or_404(own, pk=application_id)
    return application


def _own(request: SignedInRequest, model: Any, application_id: UUID) -> Any:
    rows = model.objects.owned_by(request.user).filter(application_id=application_id)
    return rows.select_related("application")


def _job_of(request: SignedInRequest) -> Job | None:
    wanted = request.POST.get("job", "") or request.GET.get("job", "")
    if not wanted:
        return None
    try:
        job_id = UUID(wanted)
    except ValueError:
        raise Http404 from None
    jobs = Job.objects.select_related("source").defer("description_html", "description_text", "raw")
    job: Job = get_object_or_404(jobs, pk=job_id)
    return job


def _suggestions(request: SignedInRequest) -> list[tuple[Application, Suggestion]]:
    return read_suggestions(request.user, today=timezone.localdate(), zone=zone_of(request.user.time_zone))


def _board(request: SignedInRequest) -> dict[str, Any]:
    columns = read_board(request.user)
    without = count_stages(request.user)[""]
    return {
        "rows": [
            [column for column in columns if column.stage in OPEN],
            [column for column in columns if column.stage not in OPEN],
        ],
        "is_empty": not any(column.total for column in columns),
        "without": without,
        "stages": stage_choices(),
        "today": timezone.localdate(),
    }


def _try(form: ExplainedForm, change: Callable[[], Any]) -> Any:
    """Make a change if the form is valid; where it is refused, say so on the form and give None."""
    if not form.is_valid():
        return None
    try:
        return change()
    except Gone:
        raise Http404 from None
    except Refused as refused:
        form.explain(refused)
        return None


def _kept(request: SignedInRequest, application: Application, said: str, part: str) -> HttpResponse:
    messages.success(request, said)
    return redirect(f"{reverse('autoapply:application', args=[application.pk])}#{part}")


def _back(request: SignedInRequest, application: Application, *, part: str = "") -> HttpResponse:
    """Where the form says that it came from; else to the application."""
    here = reverse("autoapply:application", args=[application.pk]) + (f"#{part}" if part else "")
    return go_back(request, request.POST.get("next", ""), otherwise=here)


def _ask(request: SignedInRequest, application: Application, question: str, what: str) -> HttpResponse:
    context = {"question": question, "what": what, "application": application}
    return render(request, "autoapply/application_delete.html", context)
