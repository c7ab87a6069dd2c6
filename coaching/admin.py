"""The coach's desk: their relationships, the clients' consents, private notes. Staff see accounts, not these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet

from coaching.models import Consent, PrivateNote, Relationship

if TYPE_CHECKING:
    from django.http import HttpRequest


class CoachAdmin(admin.ModelAdmin):
    """Open to coaches, each to what they wrote themselves."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Coaches come in."""
        return _is_coach(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A coach's own rows; row security holds the same."""
        return _is_coach(request) and (obj is None or obj.coach_id == request.user.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Beginning a relationship is an invitation of its own, not a form here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Closed unless a page says otherwise."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted: a relationship ends."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the coach who asks."""
        return super().get_queryset(request).filter(coach_id=request.user.pk)


@admin.register(Relationship)
class RelationshipAdmin(CoachAdmin):
    """Clients: status and the notes that both can read."""

    list_display = ["client", "status", "created_at", "updated_at"]
    list_filter = ["status"]
    list_select_related = ["client"]
    fields = ["client", "status", "notes", "created_at", "updated_at"]
    readonly_fields = ["client", "created_at", "updated_at"]
    ordering = ["status", "-created_at", "pk"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The coach writes status and notes."""
        return self.has_view_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Relationship, form: Any, change: bool) -> None:
        """Write the two columns that a coach may write."""
        obj.save(update_fields=["status", "notes"])


@admin.register(Consent)
class ConsentAdmin(CoachAdmin):
    """What each client allows."""

    list_display = ["client", "scopes", "valid_from", "valid_until", "revoked_at"]
    list_select_related = ["client"]
    ordering = ["-created_at", "pk"]


@admin.register(PrivateNote)
class PrivateNoteAdmin(CoachAdmin):
    """The coach's private notes."""

    list_display = ["client", "created_at"]
    list_select_related = ["client"]
    ordering = ["-created_at", "pk"]


def _is_coach(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_coach", False))
