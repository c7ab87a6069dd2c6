"""The coach's clients, and each client's file: what is shared, notes for both, notes of one's own, pause and end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching import notes
from coaching import relationships as services
from coaching.admin.client_admin import (
    CoachAdmin,
    address_of,
    check_asked,
    check_reading,
    is_coach,
    own_relationship,
    tabs_of,
)
from coaching.admin.reviews import review_urls
from coaching.admin.suggestions import suggestion_urls
from coaching.models import Consent, PrivateNote, Relationship, Scope, Suggestion
from personas.services import Gone, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from django.urls import URLPattern

    from personas.models import User

SUGGESTED = {
    Scope.MATCHES: (Suggestion.Kind.WEIGHTS, Suggestion.Kind.PERSONA, Suggestion.Kind.JOB),
    Scope.RESUME: (Suggestion.Kind.SKILL, Suggestion.Kind.RESUME),
}
"""What a coach may suggest where a scope is granted."""


class SharedNotesForm(forms.Form):
    """Notes that both sides read."""

    notes = forms.CharField(
        label=gettext_lazy("Notes for both of you"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class PrivateNoteForm(forms.Form):
    """A note of the coach's own."""

    body = forms.CharField(
        label=gettext_lazy("A note that you alone read"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@dataclass(frozen=True, slots=True)
class Sharing:
    """One scope on a client's file: what it is called, whether it is granted."""

    name: str
    is_granted: bool


@admin.register(Relationship)
class RelationshipAdmin(CoachAdmin):
    """Clients, and the file of each. It reads none of the client's own rows, and so writes no entry into the access log."""

    change_list_template = "admin/coaching/relationship_list.html"
    list_display = ["client_name", "client_email", "status", "shares", "begun_at"]
    list_filter = ["status"]
    search_fields = ["client__display_name", "client__email"]
    search_help_text = gettext_lazy("Name or e-mail address")
    ordering = ["status", "-begun_at", "pk"]

    def get_urls(self) -> list[URLPattern]:
        """The list, the file, and what its buttons do."""
        guard = self.admin_site.admin_view
        pages: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("", self.changelist_view, "changelist"),
            ("<uuid:object_id>/change/", self.change_view, "change"),
            ("<uuid:object_id>/pause/", self.pause_view, "pause"),
            ("<uuid:object_id>/resume/", self.resume_view, "resume"),
            ("<uuid:object_id>/end/", self.end_view, "end"),
            ("<uuid:object_id>/shared-notes/", self.shared_notes_view, "shared_notes"),
            ("<uuid:object_id>/private-notes/", self.add_note_view, "add_note"),
            ("<uuid:object_id>/private-notes/<uuid:note_id>/", self.note_view, "note"),
            ("<uuid:object_id>/private-notes/<uuid:note_id>/delete/", self.delete_note_view, "delete_note"),
        ]
        return [
            *(
                path(address, guard(view), name=f"coaching_relationship_{name}")
                for address, view, name in pages
            ),
            *suggestion_urls(self.admin_site),
            *review_urls(self.admin_site),
        ]

    # --- the list -------------------------------------------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The coach's clients, active ones first."""
        check_reading(request)
        check_asked(request, self.list_names())
        shown: HttpResponse = super().changelist_view(request, {"title": _("Clients")})
        return shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The coach's own, each with the client and with what is granted now."""
        live = Consent.objects.filter(relationship=OuterRef("pk")).live(timezone.now())
        own: QuerySet[Any] = super().get_queryset(request).filter(coach_id=request.user.pk)
        listed: QuerySet[Any] = own.select_related("client").annotate(
            granted=Subquery(live.values("scopes")[:1])
        )
        return listed

    @admin.display(description=gettext_lazy("client"), ordering="client__display_name")
    def client_name(self, relationship: Relationship) -> str:
        """What the client is called."""
        return relationship.client.display_name or relationship.client.email

    @admin.display(description=gettext_lazy("e-mail address"), ordering="client__email")
    def client_email(self, relationship: Relationship) -> str:
        """Where the client is written to."""
        return relationship.client.email

    @admin.display(description=gettext_lazy("shares"))
    def shares(self, relationship: Any) -> str:
        """What the client lets the coach see now."""
        granted = relationship.granted or []
        return _(", ").join(str(scope.label) for scope in Scope if scope in granted) or _("nothing")

    # --- the file -------------------------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: UUID | str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A client's file."""
        check_reading(request)
        check_asked(request, ())
        return self._show_file(request, own_relationship(request, cast("UUID", object_id)))

    def pause_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """See nothing of a client until it goes on."""
        relationship = self._writable(request, object_id)
        said = _("Paused. You see nothing of theirs until you go on.")
        return self._do(request, relationship, services.pause_relationship, said)

    def resume_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Go on after a pause."""
        relationship = self._writable(request, object_id)
        said = _("You go on. You see again what your client shares.")
        return self._do(request, relationship, services.resume_relationship, said)

    def end_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Ask, then end it."""
        if request.method != "POST":
            check_reading(request)
            context = self._around(request, own_relationship(request, object_id))
            return TemplateResponse(request, "admin/coaching/relationship_end.html", context)
        relationship = self._writable(request, object_id)
        return self._do(
            request, relationship, services.end_relationship, _("Ended. Your client is told by e-mail.")
        )

    def shared_notes_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Keep the notes that both read."""
        relationship = self._writable(request, object_id)
        form = SharedNotesForm(request.POST)
        if form.is_valid():
            try:
                services.edit_shared_notes(
                    relationship=relationship,
                    coach=cast("User", request.user),
                    notes=form.cleaned_data["notes"],
                )
            except Gone:
                raise Http404 from None
            except Refused as refused:
                _explain(form, refused)
            else:
                messages.success(request, _("The notes are kept. Your client can read them."))
                return self._back(relationship)
        return self._show_file(request, relationship, shared_form=form)

    def add_note_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Write a private note."""
        relationship = self._writable(request, object_id)
        form = PrivateNoteForm(request.POST)
        if form.is_valid():
            try:
                notes.write_note(
                    relationship=relationship,
                    coach=cast("User", request.user),
                    body=form.cleaned_data["body"],
                )
            except Gone:
                raise Http404 from None
            except Refused as refused:
                _explain(form, refused)
            else:
                messages.success(request, _("The note is kept. You alone can read it."))
                return self._back(relationship)
        return self._show_file(request, relationship, note_form=form)

    def note_view(self, request: HttpRequest, object_id: UUID, note_id: UUID) -> HttpResponse:
        """Change a private note."""
        relationship, note = self._own_note(request, object_id, note_id)
        form = PrivateNoteForm(request.POST or None, initial={"body": note.body})
        if request.method == "POST" and form.is_valid():
            try:
                notes.edit_note(note=note, body=form.cleaned_data["body"])
            except Gone:
                raise Http404 from None
            except Refused as refused:
                _explain(form, refused)
            else:
                messages.success(request, _("The note is kept. You alone can read it."))
                return self._back(relationship)
        context = {**self._around(request, relationship), "note": note, "form": form}
        return TemplateResponse(request, "admin/coaching/private_note.html", context)

    def delete_note_view(self, request: HttpRequest, object_id: UUID, note_id: UUID) -> HttpResponse:
        """Ask, then delete a private note."""
        relationship, note = self._own_note(request, object_id, note_id)
        if request.method == "POST":
            notes.delete_note(note=note)
            messages.success(request, _("The note is deleted."))
            return self._back(relationship)
        context = {**self._around(request, relationship), "note": note}
        return TemplateResponse(request, "admin/coaching/private_note_delete.html", context)

    # --- behind them ----------------------------------------------------------------------------------------------

    def _show_file(
        self,
        request: HttpRequest,
        relationship: Relationship,
        *,
        shared_form: SharedNotesForm | None = None,
        note_form: PrivateNoteForm | None = None,
    ) -> HttpResponse:
        now = timezone.now()
        consents = Consent.objects.filter(relationship=relationship)
        consent = consents.live(now).first()
        granted = frozenset(consent.scopes) if consent else frozenset()
        own_notes = PrivateNote.objects.owned_by(cast("User", request.user)).filter(relationship=relationship)
        context = {
            **self._around(request, relationship),
            "tabs": tabs_of(relationship, granted),
            "sharing": [Sharing(str(scope.label), scope in granted) for scope in Scope],
            "consent": consent if granted else None,
            "why_nothing": ""
            if granted
            else _why_nothing(relationship, consents.order_by("-created_at"), now),
            "suggestions": _suggestion_links(relationship, granted),
            "shared_form": shared_form or SharedNotesForm(initial={"notes": relationship.notes}),
            "note_form": note_form or PrivateNoteForm(),
            "private_notes": own_notes.order_by("-created_at", "pk"),
            "events": relationship.events.for_list()[:20],
        }
        return TemplateResponse(request, "admin/coaching/relationship_file.html", context)

    def _around(self, request: HttpRequest, relationship: Relationship) -> dict[str, Any]:
        client = relationship.client
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": client.display_name or client.email,
            "relationship": relationship,
            "client": client,
        }

    def _writable(self, request: HttpRequest, object_id: UUID) -> Relationship:
        if not is_coach(request) or request.method != "POST":
            raise PermissionDenied
        return own_relationship(request, object_id)

    def _own_note(
        self, request: HttpRequest, object_id: UUID, note_id: UUID
    ) -> tuple[Relationship, PrivateNote]:
        if not is_coach(request):
            raise PermissionDenied
        relationship = own_relationship(request, object_id)
        own = PrivateNote.objects.owned_by(cast("User", request.user)).filter(relationship=relationship)
        note: PrivateNote = get_object_or_404(own, pk=note_id)
        return relationship, note

    def _do(
        self, request: HttpRequest, relationship: Relationship, service: Callable[..., None], said: str
    ) -> HttpResponse:
        try:
            service(relationship=relationship, coach=cast("User", request.user))
        except Gone:
            raise Http404 from None
        except Refused as refused:
            for sentence in _sentences(refused):
                messages.error(request, sentence)
        else:
            messages.success(request, said)
        return self._back(relationship)

    def _back(self, relationship: Relationship) -> HttpResponse:
        return redirect("admin:coaching_relationship_change", relationship.pk)


def _why_nothing(relationship: Relationship, consents: QuerySet[Consent], at: datetime) -> str:
    """Why a coach sees nothing of a client, and what would change that."""
    if relationship.status == Relationship.Status.PAUSED:
        return _("You paused this, so you see nothing until you go on.")
    if relationship.status == Relationship.Status.ENDED:
        return _("This has ended. It begins anew when your client accepts a new invitation.")
    last = consents.filter(created_at__gte=relationship.begun_at).first()
    if last is None:
        return _("Your client has not said yet what you may see.")
    if last.revoked_at is not None:
        return _("Your client took back what they had let you see.")
    if last.valid_until is not None and last.valid_until <= at:
        return _("What your client had let you see ended on its date. They can let you see it again.")
    return _("Your client lets you see nothing now. They decide it on their page about you.")


def _suggestion_links(relationship: Relationship, granted: frozenset[str]) -> list[tuple[str, str]]:
    links = [
        (str(kind.label), address_of("admin:coaching_suggest", relationship.pk, kind.value))
        for scope, kinds in SUGGESTED.items()
        if scope in granted
        for kind in kinds
    ]
    return [(words, url) for words, url in links if url]


def _sentences(refused: Refused) -> list[str]:
    return [str(sentence) for sentences in refused.faults.values() for sentence in sentences]


def _explain(form: forms.Form, refused: Refused) -> None:
    for place, sentences in refused.faults.items():
        form.add_error(place if place in form.fields else None, [str(each) for each in sentences])
