"""Rules and the log; the rows are those that row security allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from autoapply.models import Log, Rule
from personas.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    """Standing rules of whoever is signed in."""

    list_display = ["name", "persona", "enabled", "match_score_threshold", "max_applications_per_week"]
    list_select_related = ["persona"]
    ordering = ["name", "pk"]


@admin.register(Log)
class LogAdmin(ReadOnlyAdmin):
    """Applications that reached an outcome."""

    list_display = ["created_at", "status", "job", "rule"]
    list_filter = ["status"]
    list_select_related = ["job", "rule"]
    ordering = ["-created_at", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The log, newest first."""
        return (
            super().get_queryset(request).defer("job__description_html", "job__description_text", "job__raw")
        )
