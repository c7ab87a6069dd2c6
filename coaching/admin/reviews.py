"""The page on which a coach reviews a client's résumé."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching.admin.client_admin import address_of, check_asked, is_coach, list_of, own_relationship
from coaching.models import ClientResume
from coaching.proposals import MAX_NOTE_LENGTH
from coaching.reviews import VERDICTS, give_verdict, mark_of, open_resume
from personas.forms import ExplainedForm
from personas.models import Resume, User
from personas.resume_texts import list_texts
from personas.services import Gone, Refused

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.urls import URLPattern

WORDS = {
    Resume.Review.APPROVED: gettext_lazy("Approve it"),
    Resume.Review.CHANGES_SUGGESTED: gettext_lazy("Suggest changes"),
}


class ReviewForm(ExplainedForm):
    """A verdict, the words that go with it, and the mark of what was read."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Verdict"),
        choices=[(verdict, WORDS[verdict]) for verdict in VERDICTS],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Approve the résumé, or suggest changes.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Your words"),
        required=False,
        max_length=MAX_NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Your client reads them on the résumé’s page. Changes need them."),
    )
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


def review_urls(site: AdminSite) -> list[URLPattern]:
    """The address of a review, below those of a client's file."""

    def review(request: HttpRequest, object_id: UUID, resume_id: UUID) -> HttpResponse:
        return _review(request, site, object_id, resume_id)

    return [
        path("<uuid:object_id>/review/<uuid:resume_id>/", site.admin_view(review), name="coaching_review")
    ]


def _review(request: HttpRequest, site: AdminSite, object_id: UUID, resume_id: UUID) -> HttpResponse:
    """A résumé as it was read, the way to its file, and the verdict; showing it is written down once."""
    if not is_coach(request):
        raise PermissionDenied
    check_asked(request, ())
    relationship = own_relationship(request, object_id)
    try:
        resume = open_resume(coach=cast("User", request.user), relationship=relationship, resume_id=resume_id)
    except Gone:
        raise Http404 from None
    form = ReviewForm(request.POST or None, initial={"seen": mark_of(resume)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            give_verdict(resume=resume, verdict=data["verdict"], note=data["note"], seen=data["seen"])
        except Refused as refused:
            # What is shown now is what the next answer is about.
            form = ReviewForm({**request.POST.dict(), "seen": mark_of(resume)})
            form.explain(refused)
        else:
            messages.success(request, _("Your review is kept, and your client can read it."))
            return redirect("admin:coaching_relationship_change", relationship.pk)
    context = {
        **site.each_context(request),
        "title": resume.title,
        "relationship": relationship,
        "client": relationship.client,
        "resume": resume,
        "texts": list_texts(resume.document),
        "file_url": address_of("admin:coaching_clientresume_file", resume.pk),
        "list_title": _("Résumés"),
        "list_url": list_of(ClientResume, relationship),
        "form": form,
        "is_asked": resume.review != Resume.Review.NONE,
    }
    return TemplateResponse(request, "admin/coaching/review.html", context)
