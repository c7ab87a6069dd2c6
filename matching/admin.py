"""The operator's view of jobs; jobs are written by ingest alone. Matches show the rows row security allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from matching.models import (
    Job,
    JobRejection,
    JobRun,
    JobSighting,
    JobSnapshot,
    JobSource,
    Match,
    MatchState,
    TunerSettings,
    WriterDay,
)
from personas.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(JobSource)
class JobSourceAdmin(admin.ModelAdmin):
    """Sources: their name, attribution and whether they are read."""

    list_display = ["name", "kind", "enabled", "created_at"]
    search_fields = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A source with jobs stays: jobs are closed, never deleted."""
        return False


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """Runs with their figures."""

    list_display = [
        "source",
        "started_at",
        "outcome",
        "fetched_count",
        "new_count",
        "changed_count",
        "unchanged_count",
        "merged_count",
        "closed_count",
        "rejected_count",
    ]
    list_filter = ["outcome", "source"]
    list_select_related = ["source"]
    ordering = ["-started_at"]


@admin.register(JobRejection)
class JobRejectionAdmin(ReadOnlyAdmin):
    """Lines that could not be read."""

    list_display = ["run", "line", "field", "reason"]
    list_select_related = ["run__source"]
    ordering = ["-run__started_at", "line"]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Jobs as read."""

    list_display = ["title", "company", "location", "workplace", "source", "posted_at", "closed_at"]
    list_filter = ["source", "workplace", "industry"]
    list_select_related = ["source"]
    search_fields = ["title", "company"]
    ordering = ["-first_seen_at", "pk"]
    exclude = ["raw"]


@admin.register(JobSighting)
class JobSightingAdmin(ReadOnlyAdmin):
    """Where each job was seen, and why postings were merged."""

    list_display = ["external_id", "source", "job", "merged_because", "last_seen_at"]
    list_select_related = ["source", "job"]
    ordering = ["-last_seen_at", "pk"]


@admin.register(JobSnapshot)
class JobSnapshotAdmin(ReadOnlyAdmin):
    """Readings of the jobs."""

    list_display = ["created_at", "kind", "open_jobs", "scorer_version"]
    list_filter = ["kind"]
    ordering = ["-created_at"]


@admin.register(WriterDay)
class WriterDayAdmin(ReadOnlyAdmin):
    """What was asked of the optional writer, and how it failed."""

    list_display = ["day", "calls", "failures_in_row", "last_failure", "rests_until"]
    ordering = ["-day"]


@admin.register(Match)
class MatchAdmin(ReadOnlyAdmin):
    """Matches of whoever is signed in."""

    list_display = ["match_score", "job", "persona", "is_dismissed", "expires_at"]
    list_select_related = ["job", "persona"]
    ordering = ["-match_score", "pk"]


@admin.register(MatchState)
class MatchStateAdmin(ReadOnlyAdmin):
    """How far matching has come."""

    list_display = ["persona", "matched_at", "open_jobs", "matching_jobs"]
    list_select_related = ["persona"]
    ordering = ["-matched_at"]


@admin.register(TunerSettings)
class TunerSettingsAdmin(ReadOnlyAdmin):
    """Weights of whoever is signed in."""

    list_display = ["name", "is_default", "updated_at"]
    ordering = ["name", "pk"]
