"""The operator's view of jobs; jobs are written by ingest alone. Matches show the rows row security allows."""

from __future__ import annotations

from django.contrib import admin

from matching.models import (
    Job,
    JobSnapshot,
    Match,
    MatchState,
    TunerSettings,
    WriterDay,
)
from personas.admin import ReadOnlyAdmin


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Jobs as read."""

    list_display = ["title", "company", "location", "workplace", "source", "posted_at", "closed_at"]
    list_filter = ["source", "workplace", "industry"]
    list_select_related = ["source"]
    search_fields = ["title", "company"]
    ordering = ["-first_seen_at", "pk"]
    exclude = ["raw"]


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
