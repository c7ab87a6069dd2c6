"""Recommendations and what became of them; the rows are those that row security allows."""

from django.contrib import admin

from learning.models import LearningState, Progress, Recommendation
from personas.admin import ReadOnlyAdmin


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyAdmin):
    """What to learn, for whoever is signed in."""

    list_display = ["target_skill", "persona", "estimated_duration_weeks", "expires_at"]
    list_select_related = ["persona"]
    ordering = ["target_skill", "pk"]


@admin.register(Progress)
class ProgressAdmin(ReadOnlyAdmin):
    """How far whoever is signed in is with it."""

    list_display = ["skill_name", "status", "persona", "updated_at"]
    list_select_related = ["persona"]
    list_filter = ["status"]
    ordering = ["-updated_at", "pk"]


@admin.register(LearningState)
class LearningStateAdmin(ReadOnlyAdmin):
    """What the searches for gaps rested on; a persona by its id alone, since its name is another scope's."""

    list_display = ["persona_id", "nothing_because", "open_jobs", "near_jobs", "refreshed_at"]
    exclude = ["persona"]
    ordering = ["-refreshed_at", "pk"]
