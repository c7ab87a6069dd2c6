"""Pages of what a person takes up: planned, learning, done, not for me; what was promised and what it changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from learning import progress as service
from learning.forms import LearnedSkillForm, NewProgressForm, SettingsForm
from learning.models import Course, Progress, Recommendation
from learning.pages import read_outcome
from matching.writer import current_writer
from personas.going_back import go_back
from personas.services import Gone, Refused

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_form
def progress(request: SignedInRequest) -> HttpResponse:
    """Everything that somebody takes up, and a form to add a skill by name."""
    form = NewProgressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            service.set_progress(user=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            faults = {"skill_name" if name == "name" else name: why for name, why in refused.faults.items()}
            form.explain(Refused(faults))
        else:
            return redirect("learning:progress")
    rows = Progress.objects.owned_by(request.user).for_list()
    return render(
        request, "learning/progress.html", {"form": form, "outcomes": [read_outcome(row) for row in rows]}
    )


@require_POST
def progress_set(request: SignedInRequest) -> HttpResponse:
    """Say how far one is with a skill: of a recommendation (`recommendation`) or by its name (`skill`)."""
    persona, name = None, request.POST.get("skill", "")
    course = Course.objects.filter(pk=_key(pk)).first() if (pk := request.POST.get("course", "")) else None
    if pk := request.POST.get("recommendation", ""):
        own = Recommendation.objects.owned_by(request.user).select_related("persona")
        row = get_object_or_404(own, pk=_key(pk))
        persona, name = row.persona, row.target_skill
    back = request.POST.get("next", "")
    try:
        with _gone_is_not_found():
            made = service.set_progress(
                user=request.user,
                skill_name=name,
                status=request.POST.get("status", ""),
                persona=persona,
                course=course,
                now=timezone.now(),
            )
    except Refused as refused:
        for sentences in refused.faults.values():
            messages.error(request, " ".join(sentences))
        return go_back(request, back, otherwise=reverse("learning:overview"))
    if made.status == Progress.Status.DONE and made.added_at is None:
        return redirect("learning:progress_skill", made.pk)
    messages.success(request, _tell_step(made))
    return go_back(request, back, otherwise=reverse("learning:overview"))


def _tell_step(row: Progress) -> str:
    told = {
        Progress.Status.PLANNED: _("%(skill)s is planned."),
        Progress.Status.LEARNING: _("You are learning %(skill)s."),
        Progress.Status.DONE: _("%(skill)s is done."),
    }.get(Progress.Status(row.status), _("%(skill)s is put aside and not recommended again."))
    return told % {"skill": row.skill_name}


@require_form
def progress_skill(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Put a learned skill into the inventory, with its level and what shows it."""
    row = get_object_or_404(Progress.objects.owned_by(request.user).select_related("course"), pk=pk)
    initial = {
        "level": row.added_level or row.to_level or service.LEARNED,
        "evidence": _propose_evidence(row),
    }
    form = LearnedSkillForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with _gone_is_not_found():
                service.add_learned_skill(progress=row, now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("%(skill)s is among your skills.") % {"skill": row.skill_name})
            return redirect("learning:progress")
    return render(request, "learning/progress_skill.html", {"form": form, "row": row})


@require_form
def progress_forget(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask, then take a skill off the list."""
    row = get_object_or_404(Progress.objects.owned_by(request.user), pk=pk)
    if request.method == "POST":
        service.forget_progress(progress=row)
        messages.success(request, _("%(skill)s is off your list.") % {"skill": row.skill_name})
        return redirect("learning:progress")
    return render(request, "learning/progress_forget.html", {"row": row})


@require_form
def edit_settings(request: SignedInRequest) -> HttpResponse:
    """Hours a week, and whether reasons may go to the writer of this copy."""
    kept, writer = service.settings_of(request.user), current_writer()
    uses_writer = writer is not None and kept.writer_host == writer.host
    form = SettingsForm(
        request.POST or None,
        initial={"hours_per_week": kept.hours_per_week, "use_writer": uses_writer},
        writer=writer,
    )
    if request.method == "POST" and form.is_valid():
        try:
            service.edit_settings(user=request.user, **form.cleaned_data)
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("Kept. What follows from it is there within a few minutes."))
            return redirect("learning:overview")
    return render(request, "learning/settings.html", {"form": form})


def _propose_evidence(row: Progress) -> str:
    if row.evidence:
        return row.evidence
    if row.course is not None and row.done_at:
        day = date_format(timezone.localtime(row.done_at), "DATE_FORMAT")
        return _("%(course)s, finished %(day)s") % {"course": row.course.title, "day": day}
    return ""


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


@contextmanager
def _gone_is_not_found() -> Iterator[None]:
    try:
        yield
    except Gone:
        raise Http404 from None
