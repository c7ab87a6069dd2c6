"""What the API shows a coach of a client: the fields that the client sees, without what no consent opens."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from autoapply.application_serializers import ApplicationSerializer
from autoapply.models import FollowUp
from coaching.reviews import VERDICTS, mark_of
from learning.models import Recommendation
from learning.serializers import LearningProgressSerializer
from matching.models import TunerSettings
from matching.serializers import WEIGHTS
from personas.models import Persona, Resume
from personas.serializers import PreferencesSerializer, ResumeSerializer, ResumeSummarySerializer

_ABOUT_PAPERS = {"kit", "approved_sha256", "sent_sha256"}


class ClientPersonaSerializer(serializers.ModelSerializer):
    """A self that a client searches as, with what it looks for."""

    preferences = PreferencesSerializer(read_only=True)

    class Meta:
        model = Persona
        fields = ["id", "name", "description", "is_active", "preferences", "created_at", "updated_at"]
        read_only_fields = fields


class ClientWeightsSerializer(serializers.ModelSerializer):
    """A preset of the five weights that a client keeps; scores use the default one."""

    class Meta:
        model = TunerSettings
        fields = ["id", "name", *WEIGHTS, "is_default", "created_at", "updated_at"]
        read_only_fields = fields


class ClientApplicationSerializer(ApplicationSerializer):
    """A client's application with its steps. What it carries stays between the client and the employer."""

    kit = None  # type: ignore[assignment]

    class Meta(ApplicationSerializer.Meta):
        fields = [field for field in ApplicationSerializer.Meta.fields if field not in _ABOUT_PAPERS]
        read_only_fields = fields


class ClientFollowUpSerializer(serializers.ModelSerializer):
    """Something that a client planned about an application."""

    job_title = serializers.CharField(source="application.job_title", read_only=True)
    company = serializers.CharField(source="application.company", read_only=True)

    class Meta:
        model = FollowUp
        fields = ["id", "application", "job_title", "company", "due_on", "what", "done_at", "created_at"]
        read_only_fields = fields


class ClientLearningSerializer(LearningProgressSerializer):
    """A skill that a client takes up, what was promised of it and what it changes."""

    class Meta(LearningProgressSerializer.Meta):
        # What shows that a skill is held belongs to the inventory, which another scope opens.
        fields = [each for each in LearningProgressSerializer.Meta.fields if each != "evidence"]
        read_only_fields = fields


class ClientRecommendationSerializer(serializers.ModelSerializer):
    """A skill that a client might learn, why, and by which courses."""

    recommended_courses = serializers.JSONField(
        read_only=True, help_text=_("A list of courses, as they were found.")
    )

    class Meta:
        model = Recommendation
        fields = [
            "id",
            "persona",
            "target_skill",
            "reason_text",
            "recommended_courses",
            "estimated_duration_weeks",
            "created_at",
            "expires_at",
        ]
        read_only_fields = fields


class ClientResumeSummarySerializer(ResumeSummarySerializer):
    """A client's résumé in a list."""

    class Meta(ResumeSummarySerializer.Meta):
        read_only_fields = ResumeSummarySerializer.Meta.fields


class ClientResumeSerializer(ResumeSerializer):
    """A client's résumé with what was read in it."""

    mark = serializers.SerializerMethodField(
        help_text=_("Names what it says now; given with a review, it keeps another text from being judged.")
    )

    class Meta(ResumeSerializer.Meta):
        fields = [*ResumeSerializer.Meta.fields, "mark"]
        read_only_fields = fields

    def get_mark(self, resume: Resume) -> str:
        """The mark of what it says."""
        return mark_of(resume)


@extend_schema_serializer(
    examples=[
        OpenApiExample("It is ready", value={"verdict": "approved"}, request_only=True),
        OpenApiExample(
            "It is not",
            value={"verdict": "changes_suggested", "note": "Say in the first line what you build."},
            request_only=True,
        ),
    ]
)
class ReviewSerializer(serializers.Serializer):
    """What a coach makes of a résumé; its owner reads the words."""

    verdict = serializers.ChoiceField(choices=[(each.value, each.label) for each in VERDICTS])
    note = serializers.CharField(required=False, allow_blank=True, default="")
    seen = serializers.CharField(
        required=False, max_length=64, help_text=_("The `mark` of the résumé as you read it.")
    )


class ReviewedSerializer(serializers.ModelSerializer):
    """What a coach said of a résumé, and nothing of it: this answer is kept for whoever sends the request again."""

    class Meta:
        model = Resume
        fields = ["id", "review", "review_note", "reviewed_at"]
        read_only_fields = fields
