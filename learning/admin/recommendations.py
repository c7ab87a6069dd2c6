"""Recommendations; the rows are those that row security allows."""

from django.contrib import admin

from learning.models import Recommendation
from personas.admin import ReadOnlyAdmin


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyAdmin):
    """What to learn, for whoever is signed in."""

    list_display = ["target_skill", "persona", "estimated_duration_weeks", "expires_at"]
    list_select_related = ["persona"]
    ordering = ["target_skill", "pk"]
