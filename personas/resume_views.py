"""The pages on which a résumé is checked against its file and edited, and those of its versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.db import connection
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from personas import resume_editing, services
from personas.models import Resume, ResumeFile, ResumeVersion
from personas.readers.refusals import UploadRefused
from personas.readers.resume import draw_page
from personas.resume_form import Draft, basics_fields, change_order, parts_of, read_form, wrongs_of
from personas.resume_texts import list_texts

if TYPE_CHECKING:
    from personas.accounts import SignedInRequest

require_form = require_http_methods(["GET", "HEAD", "POST"])
_ORDER = re.compile(r"(add|remove|up|down):([a-z]+)(?:-(\d{1,4}))?")
_BY = {"up": -1, "down": 1, "remove": 0}


@require_form
def edit_resume(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show what was read beside the file, and save what was typed: as one types (htmx) or by a button."""
    resume = get_object_or_404(Resume.objects.owned_by(request.user), pk=pk)
    if request.method != "POST":
        return _page(request, resume, Draft(resume.document), new=request.GET.get("add", ""))
    revision = request.POST.get("revision", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        messages.warning(
            request, _("The form came in without the revision that it was made from. It is loaded anew.")
        )
        return redirect("personas:edit_resume", pk)
    draft = read_form(resume.document, request.POST.dict())
    if draft.faults:
        return _answer(request, resume, draft, revision=int(revision))
    try:
        return _save(request, resume, draft, revision=int(revision))
    except services.Gone:
        raise Http404 from None
    except services.Refused as refused:
        faults = {name: list(sentences) for name, sentences in refused.faults.items()}
        return _answer(request, resume, Draft(draft.document, faults), revision=int(revision))


def _save(request: SignedInRequest, resume: Resume, draft: Draft, *, revision: int) -> HttpResponse:
    order = request.POST.get("do", "save")
    saved = resume_editing.save_document(
        resume=resume, document=draft.document, revision=revision, over=order == "over"
    )
    if request.headers.get("HX-Request"):
        return render(request, "personas/_resume_saved.html", {"resume": saved, "swap": True})
    if order == "confirm":
        resume_editing.confirm_resume(resume=saved)
        messages.success(request, _("“%(title)s” is checked.") % {"title": saved.title})
        return redirect("personas:resume", saved.pk)
    return redirect(f"{request.path}{_carry_out(saved, order)}")


def _carry_out(resume: Resume, order: str) -> str:
    """Add, move or take out an entry; gives where the page goes on."""
    found = _ORDER.fullmatch(order)
    if not found:
        return ""
    verb, part, number = found[1], found[2], found[3] or "0"
    if verb == "add":
        return f"?add={part}#{part}-new"
    changed = change_order(resume.document, part, int(number), by=_BY[verb])
    resume_editing.save_document(resume=resume, document=changed, revision=resume.revision)
    return f"#{part}"


def _answer(request: SignedInRequest, resume: Resume, draft: Draft, *, revision: int) -> HttpResponse:
    """What was typed with what is wrong with it; nothing of it is lost."""
    if request.headers.get("HX-Request"):
        return render(request, "personas/_resume_saved.html", {"resume": resume, **_told(draft)})
    return _page(request, resume, draft, revision=revision, status=409 if "revision" in draft.faults else 200)


def _page(
    request: SignedInRequest,
    resume: Resume,
    draft: Draft,
    *,
    new: str = "",
    revision: int = 0,
    status: int = 200,
) -> HttpResponse:
    file = ResumeFile.objects.owned_by(request.user).filter(resume=resume).defer("content").first()
    context = {
        "resume": resume,
        "revision": revision or resume.revision,
        "file": file,
        "pages": range(1, (file.pages or 1) + 1) if file and file.media_type == "application/pdf" else (),
        "basics": basics_fields(draft.document, draft.faults),
        "parts": parts_of(draft.document, draft.faults, new=new),
        **_told(draft),
    }
    return render(request, "personas/resume_edit.html", context, status=status)


def _told(draft: Draft) -> dict[str, Any]:
    """What is wrong with a draft, for the page: that another screen was there, or the fields."""
    return {
        "outdated": " ".join(draft.faults.get("revision", [])),
        "wrong": wrongs_of({name: told for name, told in draft.faults.items() if name != "revision"}),
    }


@require_GET
def resume_page(request: SignedInRequest, pk: UUID, number: int) -> HttpResponse:
    """A page of the uploaded PDF as a picture."""
    file = get_object_or_404(
        ResumeFile.objects.owned_by(request.user), resume_id=pk, media_type="application/pdf"
    )
    # A person's pages are drawn one after the other, so that a long file does not keep the whole server.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"pages of {request.user.pk}"]
        )
    try:
        picture = draw_page(bytes(file.content), number)
    except UploadRefused:
        raise Http404 from None
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(picture, content_type="image/png", headers=headers)


@require_GET
def list_versions(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What a résumé held before, newest first."""
    resume = get_object_or_404(Resume.objects.owned_by(request.user).defer("text"), pk=pk)
    versions = resume.versions.owned_by(request.user).defer("document").order_by("-revision")
    return render(request, "personas/resume_versions.html", {"resume": resume, "versions": versions})


@require_GET
def show_version(request: SignedInRequest, pk: UUID, number: int) -> HttpResponse:
    """The texts of a version, those that differ from today's marked."""
    version = _own_version(request, pk, number)
    today = {each.pointer: each.text for each in list_texts(version.resume.document)}
    texts = [(each, today.get(each.pointer) != each.text) for each in list_texts(version.document)]
    context = {"resume": version.resume, "version": version, "texts": texts}
    return render(request, "personas/resume_version.html", context)


@require_POST
def restore_version(request: SignedInRequest, pk: UUID, number: int) -> HttpResponse:
    """Give a résumé what it held before."""
    version = _own_version(request, pk, number)
    try:
        resume_editing.restore_version(version=version)
    except services.Gone:
        raise Http404 from None
    messages.success(
        request, _("The résumé holds again what it held then. What it held until now is a version.")
    )
    return redirect("personas:resume", pk)


def _own_version(request: SignedInRequest, pk: UUID, number: int) -> ResumeVersion:
    version: ResumeVersion = get_object_or_404(
        ResumeVersion.objects.owned_by(request.user).select_related("resume"), resume_id=pk, revision=number
    )
    return version
