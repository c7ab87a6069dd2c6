"""A coach's suggestions: the form of each kind, which shows what it would change, and the list of those made with their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching.admin.client_admin import CoachAdmin, check_asked, check_reading, is_coach, own_relationship
from coaching.looks import NotGranted, look_at_client
from coaching.models import Relationship, Suggestion
from coaching.suggestion_forms import (
    SuggestedJobForm,
    SuggestedPersonaForm,
    SuggestedResumeForm,
    SuggestedSkillForm,
    SuggestedWeightsForm,
)
from coaching.suggestion_previews import list_proposed
from coaching.suggestion_words import title_of
from coaching.suggestions import SCOPE_OF_KIND, Answered, suggest, withdraw_suggestion
from matching.facts import weights_of
from matching.models import Match, TunerSettings
from personas.models import Persona, Resume, User, UserSkill
from personas.services import Gone, Refused

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.db.models import QuerySet
    from django.urls import URLPattern

BEST_MATCHES = 50
"""Matches that a job can be chosen from at once."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A form for one kind, the rows that it is about, and the others that it might be about."""

    form: Any
    about: Mapping[str, UUID | None] = field(default_factory=dict)
    choices: list[tuple[str, str, bool]] = field(default_factory=list)
    held: list[UserSkill] = field(default_factory=list)


def suggestion_urls(site: AdminSite) -> list[URLPattern]:
    """The addresses of the forms, below those of a client's file."""

    def show_form(request: HttpRequest, object_id: UUID, kind: str) -> HttpResponse:
        return _show_form(request, site, object_id, kind)

    return [
        path("<uuid:object_id>/suggest/<slug:kind>/", site.admin_view(show_form), name="coaching_suggest")
    ]


def _show_form(request: HttpRequest, site: AdminSite, object_id: UUID, kind: str) -> HttpResponse:
    """The form for a suggestion of one kind; showing it reads the client's rows, and is written down once."""
    if not is_coach(request):
        raise PermissionDenied
    if kind not in SCOPE_OF_KIND:
        raise Http404
    check_asked(request, _KNOWN.get(kind, ()))
    coach = cast("User", request.user)
    relationship = own_relationship(request, object_id)
    try:
        look_at_client(
            coach=coach, relationship=relationship, scopes=[SCOPE_OF_KIND[kind]], page="suggestion"
        )
    except NotGranted:
        raise Http404 from None
    asked = _ASK[kind](request, relationship)
    form = asked.form
    if request.method == "POST" and form is not None and form.is_valid():
        about = {**asked.about, "job_id": form.cleaned_data["job_id"]} if kind == "job" else asked.about
        try:
            suggest(
                coach=coach,
                relationship=relationship,
                kind=kind,
                proposal=form.proposal(),
                note=form.cleaned_data["note"],
                **about,
            )
        except Gone:
            raise Http404 from None
        except Refused as refused:
            form.explain(refused)
        else:
            messages.success(request, _("Suggested. Nothing changes until your client accepts it."))
            return redirect("admin:coaching_relationship_change", relationship.pk)
    client = relationship.client
    context = {
        **site.each_context(request),
        "title": _TITLES[kind],
        "kind": kind,
        "relationship": relationship,
        "client": client,
        "form": form,
        "choices": asked.choices,
        "held": asked.held,
        "nothing": _NOTHING.get(kind, ""),
    }
    return TemplateResponse(request, "admin/coaching/suggestion_form.html", context)


def _ask_weights(request: HttpRequest, relationship: Relationship) -> _Asked:
    default = TunerSettings.objects.filter(user_id=relationship.client_id, is_default=True).first()
    return _Asked(SuggestedWeightsForm(request.POST or None, weights=weights_of(default)))


def _ask_persona(request: HttpRequest, relationship: Relationship) -> _Asked:
    personas = list(_personas(relationship).select_related("preferences"))
    chosen = _chosen(request, "persona", personas)
    if chosen is None:
        return _Asked(None)
    form = SuggestedPersonaForm(request.POST or None, client=relationship.client, persona=chosen)
    return _Asked(
        form, {"persona_id": chosen.pk}, _links("persona", personas, chosen, lambda each: each.name)
    )


def _ask_job(request: HttpRequest, relationship: Relationship) -> _Asked:
    personas = list(_personas(relationship))
    chosen = _chosen(request, "persona", personas)
    matches = Match.objects.filter(user_id=relationship.client_id, job__closed_at__isnull=True)
    # The best match of each job: without a persona the same job may stand for several.
    matches = matches.filter(persona=chosen).select_related("job").order_by("-match_score", "pk")
    listed = matches.only("match_score", "job__title", "job__company")[:BEST_MATCHES]
    form = SuggestedJobForm(request.POST or None, matches=list(listed), job=request.GET.get("job", ""))
    about = {"persona_id": chosen.pk if chosen else None}
    return _Asked(form, about, _links("persona", personas, chosen, lambda each: each.name))


def _ask_skill(request: HttpRequest, relationship: Relationship) -> _Asked:
    held = list(UserSkill.objects.filter(user_id=relationship.client_id).for_list())
    return _Asked(SuggestedSkillForm(request.POST or None), held=held)


def _ask_resume(request: HttpRequest, relationship: Relationship) -> _Asked:
    resumes = list(
        Resume.objects.filter(user_id=relationship.client_id).order_by("-is_default", "-created_at")
    )
    chosen = _chosen(request, "resume", resumes)
    if chosen is None:
        return _Asked(None)
    form = SuggestedResumeForm(request.POST or None, resume=chosen)
    links = _links("resume", resumes, chosen, lambda each: each.title)
    return _Asked(form, {"resume_id": chosen.pk}, links)


_ASK: Mapping[str, Callable[[HttpRequest, Relationship], _Asked]] = {
    "weights": _ask_weights,
    "persona": _ask_persona,
    "job": _ask_job,
    "skill": _ask_skill,
    "resume": _ask_resume,
}
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "persona": ("persona",),
    "job": ("persona", "job"),
    "resume": ("resume",),
}
"""What the address of a form may ask."""
_TITLES: Mapping[str, Any] = {
    "weights": gettext_lazy("Suggest other weights"),
    "persona": gettext_lazy("Suggest a change of a persona"),
    "job": gettext_lazy("Suggest a job"),
    "skill": gettext_lazy("Suggest a skill"),
    "resume": gettext_lazy("Suggest an edit of a résumé"),
}
_NOTHING: Mapping[str, Any] = {
    "persona": gettext_lazy("Your client has no persona yet, so there is none to change."),
    "resume": gettext_lazy("Your client has no résumé yet, so there is none to edit."),
}


def _personas(relationship: Relationship) -> QuerySet[Persona]:
    own: QuerySet[Persona] = Persona.objects.filter(user_id=relationship.client_id)
    return own.order_by("-is_active", "name", "pk")


def _chosen(request: HttpRequest, name: str, rows: list[Any]) -> Any:
    """The row that the address names, the first without one; raise Http404 for one that is not there."""
    wanted = request.GET.get(name)
    if wanted is None:
        return rows[0] if rows else None
    for row in rows:
        if str(row.pk) == wanted:
            return row
    raise Http404


def _links(
    name: str, rows: list[Any], chosen: Any, words: Callable[[Any], str]
) -> list[tuple[str, str, bool]]:
    """The ways to the same form about another row: address, words, whether it is this one; none where there is only one."""
    return [(f"?{name}={row.pk}", words(row), row == chosen) for row in rows] if len(rows) > 1 else []


@admin.register(Suggestion)
class SuggestionAdmin(CoachAdmin):
    """The suggestions that a coach made, as long as their scope is granted. It reads none of the client's rows."""

    change_list_template = "admin/coaching/suggestion_list.html"
    list_display = ["what", "client_name", "status", "created_at", "answered_at"]
    list_filter = ["status", "kind"]
    ordering = ["-created_at", "pk"]

    def get_urls(self) -> list[URLPattern]:
        """The list, a page of each, and taking one back."""
        guard = self.admin_site.admin_view
        pages: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("", self.changelist_view, "changelist"),
            ("<uuid:object_id>/change/", self.change_view, "change"),
            ("<uuid:object_id>/withdraw/", self.withdraw_view, "withdraw"),
        ]
        return [
            path(address, guard(view), name=f"coaching_suggestion_{name}") for address, view, name in pages
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every suggestion, newest first."""
        check_reading(request)
        check_asked(request, self.list_names())
        shown: HttpResponse = super().changelist_view(request, {"title": _("Suggestions")})
        return shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The coach's own, with clients and jobs; personas and résumés are the client's to show."""
        own: QuerySet[Any] = super().get_queryset(request).filter(coach_id=request.user.pk)
        return own.select_related("client", "job").defer(
            "job__description_html", "job__description_text", "job__raw"
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: UUID | str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One suggestion as it was made, with its answer."""
        check_reading(request)
        check_asked(request, ())
        suggestion = self._own(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title_of(suggestion, with_names=False),
            "suggestion": suggestion,
            "relationship": suggestion.relationship,
            "client": suggestion.client,
            "proposed": list_proposed(suggestion),
        }
        return TemplateResponse(request, "admin/coaching/suggestion_page.html", context)

    def withdraw_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Take one back that is not answered yet."""
        if not is_coach(request) or request.method != "POST":
            raise PermissionDenied
        suggestion = self._own(request, object_id)
        try:
            withdraw_suggestion(suggestion=suggestion, coach=cast("User", request.user))
        except Gone:
            raise Http404 from None
        except Answered as refused:
            for sentences in refused.faults.values():
                messages.error(request, " ".join(sentences))
        else:
            messages.success(request, _("Taken back. Your client can accept it no longer."))
        return redirect(reverse("admin:coaching_suggestion_change", args=[suggestion.pk]))

    @admin.display(description=gettext_lazy("suggestion"))
    def what(self, suggestion: Suggestion) -> str:
        """What is suggested."""
        return title_of(suggestion, with_names=False)

    @admin.display(description=gettext_lazy("client"), ordering="client__display_name")
    def client_name(self, suggestion: Suggestion) -> str:
        """To whom."""
        return suggestion.client.display_name or suggestion.client.email

    def _own(self, request: HttpRequest, key: UUID | str) -> Suggestion:
        rows = self.get_queryset(request).select_related("client", "job", "relationship")
        found: Suggestion = get_object_or_404(rows, pk=key)
        return found
