"""What the API of learning takes and gives."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from learning.links import dead_among
from learning.models import Course, LearningSettings, LearningState, Progress, Recommendation
from learning.progress import MOST_HOURS
from learning.progress_words import effect_of, promised_of, tell_differences, tell_effect, tell_promise
from matching.writer import current_writer
from personas.checking import MAX_EVIDENCE_LENGTH, MAX_NAME_LENGTH
from personas.models import UserSkill


class RecommendationSerializer(serializers.ModelSerializer):
    """A skill worth learning: the sentence, the numbers it is made of, courses, weeks."""

    facts = serializers.JSONField(
        read_only=True,
        help_text=_(
            "The numbers: crossing (open jobs that would reach threshold), above (those that do now), asks of near best roles, lift "
            "in points, pay where stated, hours and weeks. Decimals are texts."
        ),
    )
    other_words = serializers.CharField(
        read_only=True,
        help_text=_(
            "reason_text as the optional writer says it; empty where nobody asked for it, or where it was refused."
        ),
    )
    recommended_courses = serializers.SerializerMethodField(
        help_text=_(
            "Courses with name, url, provider and duration; is_dead where the link leads nowhere any more."
        )
    )

    class Meta:
        model = Recommendation
        fields = [
            "id",
            "persona",
            "target_skill",
            "from_level",
            "to_level",
            "position",
            "reason_text",
            "other_words",
            "facts",
            "recommended_courses",
            "estimated_duration_weeks",
            "created_at",
            "refreshed_at",
            "expires_at",
        ]
        read_only_fields = fields

    def get_recommended_courses(self, row: Recommendation) -> list[dict[str, Any]]:
        """The courses, each with whether its link is known to be dead."""
        dead = self.context.get("dead")
        if dead is None:
            dead = dead_among({str(course.get("url", "")) for course in row.courses})
        return [{**course, "is_dead": course.get("url", "") in dead} for course in row.courses]


class PersonaAskedSerializer(serializers.Serializer):
    """Which persona is asked about."""

    persona = serializers.UUIDField(help_text=_("The id of a persona."))


class GapsSerializer(serializers.ModelSerializer):
    """Every skill that was weighed for a persona, what pays most for its hours first, and what that rests on."""

    class Meta:
        model = LearningState
        fields = [
            "persona",
            "threshold",
            "open_jobs",
            "matching_jobs",
            "near_jobs",
            "above",
            "nothing_because",
            "gaps",
            "refreshed_at",
        ]
        read_only_fields = fields


class LearningProgressSerializer(serializers.ModelSerializer):
    """A skill that somebody takes up, what was promised of it and what it changes."""

    words = serializers.SerializerMethodField(help_text=_("Promised against real, in sentences."))

    class Meta:
        model = Progress
        fields = [
            "id",
            "persona",
            "course",
            "skill_name",
            "status",
            "from_level",
            "to_level",
            "evidence",
            "promised",
            "measured",
            "measured_at",
            "words",
            "planned_at",
            "started_at",
            "done_at",
            "added_at",
            "added_level",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_words(self, row: Progress) -> list[str]:
        """Promised, real, and what is known to differ."""
        gap, effect = promised_of(row), effect_of(row)
        told = [tell_promise(gap)] if gap else []
        told += [tell_effect(effect)] if effect else []
        return told + (tell_differences(gap, effect) if gap and effect else [])


class NewProgressSerializer(serializers.Serializer):
    """How far somebody is with a skill, by its name."""

    skill_name = serializers.CharField(max_length=MAX_NAME_LENGTH)
    status = serializers.ChoiceField(choices=Progress.Status.choices)
    persona = serializers.UUIDField(required=False, allow_null=True, help_text=_("For which persona."))
    course = serializers.PrimaryKeyRelatedField(
        queryset=Course.objects.all(), required=False, allow_null=True, help_text=_("By which course.")
    )
    evidence = serializers.CharField(required=False, allow_blank=True, max_length=MAX_EVIDENCE_LENGTH)


class ChangedProgressSerializer(serializers.Serializer):
    """How far somebody is by now."""

    status = serializers.ChoiceField(choices=Progress.Status.choices, required=False)
    course = serializers.PrimaryKeyRelatedField(
        queryset=Course.objects.all(), required=False, allow_null=True, help_text=_("By which course.")
    )
    evidence = serializers.CharField(required=False, allow_blank=True, max_length=MAX_EVIDENCE_LENGTH)


class LearnedSkillSerializer(serializers.Serializer):
    """The level at which a learned skill goes into the inventory, and what shows it."""

    level = serializers.ChoiceField(choices=UserSkill.Level.choices)
    evidence = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=MAX_EVIDENCE_LENGTH
    )


class CourseSerializer(serializers.ModelSerializer):
    """A course of a catalog with what it teaches, its license and its source."""

    license = serializers.SerializerMethodField()
    listed_by = serializers.CharField(source="catalog.name", read_only=True)
    attribution = serializers.CharField(source="catalog.attribution", read_only=True)
    skills = serializers.SerializerMethodField(help_text=_("Names of the skills that it teaches."))

    class Meta:
        model = Course
        fields = [
            "id",
            "title",
            "url",
            "provider",
            "language",
            "level",
            "duration",
            "least_hours",
            "most_hours",
            "prerequisites",
            "skills",
            "license",
            "listed_by",
            "attribution",
            "link_state",
            "link_checked_at",
        ]
        read_only_fields = fields

    def get_license(self, course: Course) -> str:
        """The course's own license, else that of the list."""
        return str(course.license or course.catalog.license)

    def get_skills(self, course: Course) -> list[str]:
        """By name."""
        return [each.skill_name for each in course.taught_skills]  # type: ignore[attr-defined]


class QuartilesSerializer(serializers.Serializer):
    """Pay a year in whole units: how many postings state it, and its quartiles."""

    count = serializers.IntegerField()
    lower = serializers.IntegerField()
    middle = serializers.IntegerField()
    upper = serializers.IntegerField()


class SkillDemandSerializer(serializers.Serializer):
    """A skill of a market: how many postings ask, the tenths at which it is held, what those pay."""

    skill = serializers.CharField()
    key = serializers.CharField()
    count = serializers.IntegerField()
    held_tenths = serializers.IntegerField()
    pay = QuartilesSerializer(allow_null=True)


class PlaceDemandSerializer(serializers.Serializer):
    """A place of a market, and how many of its postings ask for each of the first skills."""

    place = serializers.CharField()
    count = serializers.IntegerField()
    asking = serializers.ListField(child=serializers.IntegerField())


class PeriodDemandSerializer(serializers.Serializer):
    """A month (month 0: a year), and how many of its postings ask for each of the first skills; null where too few."""

    year = serializers.IntegerField()
    month = serializers.IntegerField()
    count = serializers.IntegerField()
    asking = serializers.ListField(child=serializers.IntegerField(), allow_null=True)


class TitleDemandSerializer(serializers.Serializer):
    """A title of a market, its likeness to a wanted one in percent, and what it pays."""

    title = serializers.CharField()
    count = serializers.IntegerField()
    likeness = serializers.IntegerField()
    pay = QuartilesSerializer(allow_null=True)


class MarketSerializer(serializers.Serializer):
    """The market of one persona; below ten postings nothing is counted, and nothing_because says so."""

    nothing_because = serializers.ChoiceField(choices=["", "no_titles", "few"])
    currency = serializers.CharField()
    open_jobs = serializers.IntegerField()
    postings = serializers.IntegerField()
    pay = QuartilesSerializer(allow_null=True)
    skills = SkillDemandSerializer(many=True)
    places = PlaceDemandSerializer(many=True)
    by_year = serializers.BooleanField()
    periods = PeriodDemandSerializer(many=True)
    dated = serializers.IntegerField()
    undated = serializers.IntegerField()
    titles = TitleDemandSerializer(many=True)
    watched_since = serializers.DateTimeField(
        allow_null=True,
        help_text=_("When jobs began to be taken in; what had closed before is in no period."),
    )


class LearningSettingsSerializer(serializers.ModelSerializer):
    """Hours a week, from 1 to 60, and whether reasons may go to the writer of this copy (empty where there is none)."""

    hours_per_week = serializers.IntegerField(min_value=1, max_value=MOST_HOURS)
    use_writer = serializers.BooleanField(
        required=False, help_text=_("Say reasons in other words too; they go to the host that writer names.")
    )
    writer = serializers.SerializerMethodField(help_text=_("Model and host of this copy's writer."))

    class Meta:
        model = LearningSettings
        fields = ["hours_per_week", "use_writer", "writer"]

    def to_representation(self, row: LearningSettings) -> dict[str, Any]:
        """As kept; agreement holds for the host that was shown."""
        writer = current_writer()
        return {
            "hours_per_week": row.hours_per_week,
            "use_writer": writer is not None and row.writer_host == writer.host,
            "writer": self.get_writer(row),
        }

    def get_writer(self, row: LearningSettings) -> str:
        """Model and host."""
        return str(current_writer() or "")
