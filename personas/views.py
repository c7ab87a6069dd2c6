"""The pages about people: personas, skills, résumés and the account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import F, Prefetch
from django.db.models.functions import Length
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from personas import services
from personas.accounts import SignedInRequest
from personas.checking import MAX_NAME_LENGTH
from personas.forms import (
    AccountForm,
    PersonaForm,
    ProposalsForm,
    SkillForm,
    SkillsForm,
    TitleForm,
    UploadForm,
)
from personas.going_back import go_back
from personas.models import Persona, Resume, ResumeFile, UserSkill
from personas.readers.refusals import UploadRefused
from personas.readers.skills import proposed_skills
from personas.resume_files import find_undrawable, give_docx, give_json, give_pdf
from personas.resume_texts import list_texts
from personas.taxonomy import taxonomy

SUGGESTIONS = 12
"""Names of skills offered at once for what is being typed."""

require_form = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def list_personas(request: SignedInRequest) -> HttpResponse:
    """Every persona as a card."""
    personas = Persona.objects.owned_by(request.user).for_list()
    return render(request, "personas/persona_list.html", {"personas": personas})


@require_form
def create_persona(request: SignedInRequest) -> HttpResponse:
    """A new persona."""
    form = PersonaForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            persona = services.create_persona(
                user=request.user, details=form.details(), preferences=form.preferences()
            )
        except services.Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("“%(name)s” is kept.") % {"name": persona.name})
            return redirect("personas:list")
    return render(request, "personas/persona_form.html", {"form": form})


@require_form
def edit_persona(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A persona and what it looks for; the address may propose values, which nothing saves but the person."""
    persona = get_object_or_404(Persona.objects.owned_by(request.user).select_related("preferences"), pk=pk)
    name = persona.name
    form = PersonaForm(request.POST or None, user=request.user, persona=persona, proposed=request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            with _gone_is_not_found():
                services.edit_persona(persona=persona, details=form.details(), preferences=form.preferences())
        except services.Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("“%(name)s” is changed.") % {"name": persona.name})
            return redirect("personas:list")
    return render(request, "personas/persona_form.html", {"form": form, "persona": persona, "name": name})


@require_POST
def activate_persona(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Search as this persona."""
    persona = _own_persona(request, pk)
    with _gone_is_not_found():
        services.activate_persona(persona=persona)
    messages.success(request, _("You now search as “%(name)s”.") % {"name": persona.name})
    return go_back(request, request.POST.get("next", ""), otherwise=reverse("personas:list"))


@require_POST
def copy_persona(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A copy of a persona, opened for editing."""
    with _gone_is_not_found():
        copy = services.copy_persona(persona=_own_persona(request, pk))
    messages.success(request, _("This is “%(name)s”. Change what should differ.") % {"name": copy.name})
    return redirect("personas:edit", copy.pk)


@require_form
def delete_persona(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask, then delete a persona."""
    persona = _own_persona(request, pk)
    if request.method == "POST":
        services.delete_persona(persona=persona)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": persona.name})
        return redirect("personas:list")
    return render(request, "personas/persona_delete.html", {"persona": persona})


@require_form
def list_skills(request: SignedInRequest) -> HttpResponse:
    """The inventory of skills, a form to add one (the address may propose it), and what the default résumé proposes."""
    levels = _skills_form(request)
    offered = {name: request.GET[name] for name in ("name", "level") if request.GET.get(name)}
    held = levels.propose(offered.get("name", ""), offered.get("level", ""))
    form = SkillForm(request.POST or None, initial={} if held else offered)
    if request.method == "POST" and form.is_valid():
        name, level = form.cleaned_data["name"], form.cleaned_data["level"]
        try:
            skill = services.add_skill(
                user=request.user, name=name, level=level, source=UserSkill.Source.INPUT
            )
        except services.Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("%(skill)s is among your skills.") % {"skill": skill.skill_name})
            return redirect("personas:skills")
    return _skills_page(request, form=form, levels=levels, offered=held or offered.get("name", ""))


@require_GET
def suggest_skills(request: HttpRequest) -> HttpResponse:
    """Names of skills for what is being typed, as options of the list beside the field."""
    # Each form has its own name for the field.
    typed = next((request.GET[name] for name in ("name", "skill", "skill_name") if name in request.GET), "")
    typed = typed[:MAX_NAME_LENGTH]
    return render(request, "personas/_skill_options.html", {"names": taxonomy().suggest(typed, SUGGESTIONS)})


@require_POST
def change_skills(request: SignedInRequest) -> HttpResponse:
    """Say how the skills are held."""
    form = _skills_form(request, request.POST)
    if form.is_valid():
        try:
            number = services.change_skills(user=request.user, details=form.details())
        except services.Refused as refused:
            form.explain(refused)
        else:
            changed = ngettext("%(number)s skill is changed.", "%(number)s skills are changed.", number)
            messages.success(request, changed % {"number": number})
            return redirect("personas:skills")
    return _skills_page(request, form=SkillForm(), levels=form)


@require_POST
def merge_skills(request: SignedInRequest) -> HttpResponse:
    """Make one row of those that are one skill under several names."""
    number = services.merge_skills(user=request.user)
    merged = ngettext("%(number)s row went into another.", "%(number)s rows went into others.", number)
    messages.success(request, merged % {"number": number})
    return redirect("personas:skills")


@require_form
def remove_skill(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask, then take a skill out."""
    skill = _own_skill(request, pk)
    if request.method == "POST":
        services.remove_skill(skill=skill)
        messages.success(request, _("%(skill)s is taken out.") % {"skill": skill.skill_name})
        return redirect("personas:skills")
    return render(request, "personas/skill_remove.html", {"skill": skill})


@require_GET
def list_resumes(request: SignedInRequest) -> HttpResponse:
    """Every résumé as a card, with the personas that use it."""
    personas = Persona.objects.owned_by(request.user).only("name", "resume_id").order_by("name")
    resumes = (
        Resume.objects.owned_by(request.user)
        .for_list()
        .annotate(file_name=F("file__name"), file_size=Length("file__content"))
        .prefetch_related(Prefetch("personas", personas))
    )
    return render(request, "personas/resume_list.html", {"resumes": resumes})


@require_form
def upload_resume(request: SignedInRequest) -> HttpResponse:
    """Read a résumé file and show what was read."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, title = form.cleaned_data["file"], form.cleaned_data["title"]
        try:
            uploaded = services.upload_resume(
                user=request.user, title=title, file_name=file.name, content=file.read()
            )
        except UploadRefused as refused:
            form.add_error("file", refused.message)
        except services.Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("“%(title)s” is read.") % {"title": uploaded.resume.title})
            if pages := uploaded.pages_without_text:
                messages.warning(request, _about_pictures(pages))
            return redirect("personas:edit_resume", uploaded.resume.pk)
    return render(request, "personas/resume_upload.html", {"form": form})


@require_GET
def show_resume(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What was read in a résumé, what was not placed, and the skills it proposes."""
    resume = _own_resume(request, pk)
    held = UserSkill.objects.owned_by(request.user)
    return _resume_page(request, resume, form=_proposals(resume, held=held))


@require_POST
def accept_skills(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Add the proposed skills that were ticked."""
    resume = _own_resume(request, pk)
    held = UserSkill.objects.owned_by(request.user)
    form = _proposals(resume, held=held, answers=request.POST)
    if not form.is_valid():
        return _resume_page(request, resume, form=form)
    try:
        number = services.add_proposed_skills(user=request.user, skills=form.chosen())
    except services.Refused as refused:
        form.explain(refused)
        return _resume_page(request, resume, form=form)
    added = ngettext(
        "%(number)s skill is added to your skills.", "%(number)s skills are added to your skills.", number
    )
    messages.success(request, added % {"number": number})
    return redirect("personas:skills")


@require_GET
def download_resume(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The file as it was uploaded, to be saved and never shown by the browser as a page of ours."""
    file = get_object_or_404(ResumeFile.objects.owned_by(request.user), resume_id=pk)
    headers = {
        "Content-Disposition": content_disposition_header(True, file.name) or "attachment",
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(file.content), content_type=file.media_type, headers=headers)


@require_GET
def resume_json(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A résumé as JSON Resume."""
    return give_json(_own_resume(request, pk))


@require_GET
def resume_docx(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A résumé for word processors."""
    return give_docx(_own_resume(request, pk))


@require_GET
def resume_pdf(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A résumé to be sent and printed."""
    return give_pdf(_own_resume(request, pk))


@require_POST
def make_default(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Make a résumé the default one."""
    resume = _own_resume(request, pk)
    with _gone_is_not_found():
        services.make_default_resume(resume=resume)
    messages.success(request, _("“%(title)s” is your default résumé.") % {"title": resume.title})
    return redirect("personas:resumes")


@require_form
def rename_resume(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Give a résumé another title."""
    resume = _own_resume(request, pk)
    form = TitleForm(request.POST or None, initial={"title": resume.title})
    if request.method == "POST" and form.is_valid():
        try:
            with _gone_is_not_found():
                services.rename_resume(resume=resume, title=form.cleaned_data["title"])
        except services.Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("It is now called “%(title)s”.") % {"title": resume.title})
            return redirect("personas:resume", resume.pk)
    return render(request, "personas/resume_rename.html", {"form": form, "resume": resume})


@require_POST
def ask_review(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask for a review of a résumé, or (`ask=no`) take that back."""
    resume = _own_resume(request, pk)
    asks = request.POST.get("ask") != "no"
    change = services.ask_review if asks else services.take_back_review
    try:
        with _gone_is_not_found():
            change(resume=resume)
    except services.Refused as refused:
        for sentence in chain.from_iterable(refused.faults.values()):
            messages.warning(request, sentence)
    else:
        asked = _("A coach who may see your résumés can review it now.")
        messages.success(request, asked if asks else _("You ask for no review of it any more."))
    return redirect("personas:resume", resume.pk)


@require_form
def delete_resume(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask, then delete a résumé with its file."""
    resume = _own_resume(request, pk)
    if request.method == "POST":
        services.delete_resume(resume=resume)
        messages.success(request, _("“%(title)s” is deleted.") % {"title": resume.title})
        return redirect("personas:resumes")
    return render(request, "personas/resume_delete.html", {"resume": resume})


@require_form
def edit_account(request: SignedInRequest) -> HttpResponse:
    """What the person is called, and how times and money are shown."""
    form = AccountForm(request.POST or None, user=request.user, languages=settings.LANGUAGES)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_account(user=request.user, **form.cleaned_data)
        except services.Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("Your account is changed."))
            return redirect("personas:account")
    return render(request, "personas/account.html", {"form": form})


@contextmanager
def _gone_is_not_found() -> Iterator[None]:
    """Answer 404 where somebody deleted meanwhile what would be changed."""
    try:
        yield
    except services.Gone:
        raise Http404 from None


def _own_persona(request: SignedInRequest, pk: UUID) -> Persona:
    persona: Persona = get_object_or_404(Persona.objects.owned_by(request.user), pk=pk)
    return persona


def _own_skill(request: SignedInRequest, pk: UUID) -> UserSkill:
    skill: UserSkill = get_object_or_404(UserSkill.objects.owned_by(request.user), pk=pk)
    return skill


def _skills(request: SignedInRequest) -> list[UserSkill]:
    return list(UserSkill.objects.owned_by(request.user).for_list())


def _skills_form(request: SignedInRequest, answers: QueryDict | None = None) -> SkillsForm:
    return SkillsForm(answers, skills=_skills(request), this_year=timezone.localdate().year)


def _skills_page(
    request: SignedInRequest, *, form: SkillForm, levels: SkillsForm, offered: UserSkill | str = ""
) -> HttpResponse:
    resumes = list(Resume.objects.owned_by(request.user).for_list())
    default = next((resume for resume in resumes if resume.is_default), None)
    context = {
        "form": form,
        "levels": levels,
        "aliases": [[row.skill_name for row in rows] for rows in services.find_aliases(levels.skills)],
        "offered": offered,
        "names": [skill.name for skill in taxonomy().skills()[:SUGGESTIONS]],
        "resume": default,
        "others": [resume for resume in resumes if resume != default],
        "proposals": _proposals(default, held=levels.skills) if default else None,
    }
    return render(request, "personas/skill_list.html", context)


def _own_resume(request: SignedInRequest, pk: UUID) -> Resume:
    resume: Resume = get_object_or_404(
        Resume.objects.owned_by(request.user).select_related("reviewed_by"), pk=pk
    )
    return resume


def _proposals(
    resume: Resume, *, held: Iterable[UserSkill], answers: QueryDict | None = None
) -> ProposalsForm:
    """The skills that a résumé names and the person does not have."""
    keys = [taxonomy().key(skill.skill_name) for skill in held]
    return ProposalsForm(answers, proposals=proposed_skills(resume.text), held=keys)


def _resume_page(request: SignedInRequest, resume: Resume, *, form: ProposalsForm) -> HttpResponse:
    file = ResumeFile.objects.owned_by(request.user).filter(resume=resume).defer("content").first()
    context = {
        "resume": resume,
        "file": file,
        "proposals": form,
        "texts": list_texts(resume.document),
        "undrawable": find_undrawable(resume.document, text=resume.text),
    }
    return render(request, "personas/resume_detail.html", context)


def _about_pictures(pages: tuple[int, ...]) -> str:
    sentence = ngettext(
        "Page %(pages)s is a picture without text, so nothing of it was read.",
        "Pages %(pages)s are pictures without text, so nothing of them was read.",
        len(pages),
    )
    return sentence % {"pages": ", ".join(map(str, pages))}
