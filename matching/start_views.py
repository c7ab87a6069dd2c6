"""The first steps: from nothing to the first matches. Every one can be skipped, left and gone on with later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from matching.market import glance_at_market
from matching.start_forms import StartForm, StartFromResumeForm
from matching.tasks import match_some_personas
from matching.title_suggestions import find_titles
from personas import starting
from personas.forms import UploadForm
from personas.models import Persona, Resume, UserSkill
from personas.readers.refusals import UploadRefused
from personas.readers.skills import proposed_skills
from personas.services import Refused, upload_resume
from personas.taxonomy import taxonomy

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_form
def start(request: SignedInRequest) -> HttpResponse:
    """A title with some skills, or a résumé; whoever has a résumé already goes on with it."""
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            persona = starting.start_with_title(user=request.user, **form.cleaned_data)
        except Refused as refused:
            form.explain(_at_title(refused))
        else:
            return _go_on(request, persona)
    return _start_page(request, form=form, upload=UploadForm())


@require_POST
def start_upload(request: SignedInRequest) -> HttpResponse:
    """Read a résumé, then show what it suggests."""
    upload = UploadForm(request.POST, request.FILES)
    if upload.is_valid():
        file, title = upload.cleaned_data["file"], upload.cleaned_data["title"]
        try:
            read = upload_resume(user=request.user, title=title, file_name=file.name, content=file.read())
        except UploadRefused as refused:
            upload.add_error("file", refused.message)
        except Refused as refused:
            upload.explain(refused)
        else:
            return redirect("matching:start_confirm", read.resume.pk)
    return _start_page(request, form=StartForm(), upload=upload)


@require_form
def start_confirm(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What a résumé suggests to look for, to be confirmed."""
    resume = get_object_or_404(Resume.objects.owned_by(request.user), pk=pk)
    held = UserSkill.objects.owned_by(request.user).values_list("skill_name", flat=True)
    form = StartFromResumeForm(
        request.POST or None,
        beginning=_suggest(resume),
        proposals=proposed_skills(resume.text),
        held=[taxonomy().key(name) for name in held],
    )
    if request.method == "POST" and form.is_valid():
        try:
            persona = starting.start_with_resume(
                user=request.user,
                resume=resume,
                titles=form.cleaned_data["titles"],
                place=form.cleaned_data["place"],
                skills=form.chosen(),
            )
        except Refused as refused:
            form.explain(_at_title(refused, "titles"))
        else:
            return _go_on(request, persona)
    return render(request, "matching/start_resume.html", {"form": form, "resume": resume})


def _start_page(request: SignedInRequest, *, form: StartForm, upload: UploadForm) -> HttpResponse:
    context = {
        "form": form,
        "upload": upload,
        "resumes": list(Resume.objects.owned_by(request.user).for_list()[:3]),
        "has_persona": Persona.objects.owned_by(request.user).exists(),
    }
    return render(request, "matching/start.html", context)


def _suggest(resume: Resume) -> starting.Beginning:
    """What a résumé says of itself, else the titles of open jobs that stand in its lines."""
    beginning = starting.suggest_beginning(resume)
    if beginning.titles:
        return beginning
    return replace(beginning, titles=find_titles(resume.text, set(glance_at_market().snapshot.titles.words)))


def _go_on(request: SignedInRequest, persona: Persona) -> HttpResponse:
    match_some_personas.delay_on_commit(persona_ids=[str(persona.pk)])
    messages.success(
        request, _("“%(name)s” is kept, and every open job is weighed against it.") % {"name": persona.name}
    )
    return redirect("today")


def _at_title(refused: Refused, field: str = "title") -> Refused:
    """Tell what is wrong with a name where the title stands: here they are one."""
    faults = {field if name in ("name", "title") else name: told for name, told in refused.faults.items()}
    return Refused(faults)
