"""What the API shows of suggestions and of the difference that each would make, and reads of them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from coaching.models import Suggestion
from coaching.serializers import OwnClientField, SidesSerializer
from coaching.suggestion_previews import Preview, preview_suggestion

_A_RELATIONSHIP = "0b8f6f6e-3a55-4c0e-8a0e-5b8e1d3c7f21"


class PartSerializer(serializers.Serializer):
    """A piece of a text, or an entry of a list: kept, taken out, or put in."""

    how = serializers.ChoiceField(choices=["kept", "removed", "added"])
    text = serializers.CharField()


class ChangeSerializer(serializers.Serializer):
    """One field that would change, both values as one reads them, and the difference in parts."""

    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=["value", "list", "text"])
    before = serializers.CharField()
    after = serializers.CharField()
    parts = PartSerializer(many=True)


class PreviewSerializer(serializers.Serializer):
    """What accepting would do now. `seen` names what it would change, and is what is accepted."""

    changes = ChangeSerializer(many=True)
    seen = serializers.CharField()
    obstacle = serializers.CharField(help_text=_("Why it cannot be accepted; empty where it can."))
    notes = serializers.ListField(child=serializers.CharField())


class SuggestionSummarySerializer(SidesSerializer):
    """A change that a coach proposes; only the client makes it, by accepting."""

    proposal = serializers.DictField(read_only=True, help_text=_("The proposed values by field."))

    class Meta:
        model = Suggestion
        fields = [
            "id",
            "relationship",
            "role",
            "coach",
            "client",
            "kind",
            "persona",
            "job",
            "resume",
            "proposal",
            "note",
            "status",
            "answer",
            "answered_at",
            "created_at",
        ]
        read_only_fields = fields


class SuggestionSerializer(SuggestionSummarySerializer):
    """A suggestion with the difference that it would make to what the client has now."""

    preview = serializers.SerializerMethodField(
        help_text=_("Null for the coach, and once it is answered or taken back.")
    )

    class Meta(SuggestionSummarySerializer.Meta):
        fields = [*SuggestionSummarySerializer.Meta.fields, "preview"]
        read_only_fields = fields

    @extend_schema_field(PreviewSerializer(allow_null=True))
    def get_preview(self, suggestion: Suggestion) -> dict[str, Any] | None:
        """The difference, read as the client."""
        user = self.context["request"].user
        if suggestion.client_id != user.pk or suggestion.status != Suggestion.Status.OPEN:
            return None
        preview: Preview = preview_suggestion(suggestion=suggestion, client=user)
        return dict(PreviewSerializer(preview).data)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A skill",
            value={
                "relationship": _A_RELATIONSHIP,
                "kind": "skill",
                "proposal": {"name": "Terraform", "level": "beginner"},
                "note": "Half of your matches ask for it.",
            },
            request_only=True,
        ),
        OpenApiExample(
            "A lower floor",
            value={
                "relationship": _A_RELATIONSHIP,
                "kind": "persona",
                "persona": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11",
                "proposal": {"min_salary": 60000},
                "note": "The floor excludes nine of ten matches.",
            },
            request_only=True,
        ),
        OpenApiExample(
            "Other words in a résumé",
            value={
                "relationship": _A_RELATIONSHIP,
                "kind": "resume",
                "resume": "1f0d2c6a-54a2-4a34-8d0e-6f6f3f4b7a10",
                "proposal": {"edits": [{"pointer": "/basics/summary", "text": "Data engineer, ten years."}]},
                "note": "Say it in the first line.",
            },
            request_only=True,
        ),
    ]
)
class NewSuggestionSerializer(serializers.Serializer):
    """What is proposed to a client, and why.

    weights: a name and the five weights. persona: some of a persona's fields and of what it looks for. job: nothing, the job
    stands beside it. skill: name and level. resume: edits, each a pointer to a text of the JSON Resume document and the text.
    """

    relationship = OwnClientField()
    kind = serializers.ChoiceField(choices=Suggestion.Kind.choices)
    proposal = serializers.DictField(required=False)
    note = serializers.CharField(allow_blank=True)
    persona = serializers.UUIDField(
        required=False, allow_null=True, help_text=_("Of a persona; may stand beside a job.")
    )
    job = serializers.UUIDField(required=False, allow_null=True)
    resume = serializers.UUIDField(required=False, allow_null=True)


@extend_schema_serializer(
    examples=[OpenApiExample("What the preview showed", value={"seen": "0f4b…"}, request_only=True)]
)
class SeenSerializer(serializers.Serializer):
    """Which difference was looked at: `seen` of the preview."""

    seen = serializers.CharField(max_length=64)


@extend_schema_serializer(
    examples=[OpenApiExample("With a word", value={"answer": "Not before summer."}, request_only=True)]
)
class DeclineSerializer(serializers.Serializer):
    """Words for the coach, or none."""

    answer = serializers.CharField(required=False, allow_blank=True)


def proposal_faults(faults: Any) -> dict[str, list[str]]:
    """Faults of a suggestion by the fields of the API: those of the proposed values stand below `proposal`."""
    beside = {*NewSuggestionSerializer().fields, "proposal"}
    return {field if field in beside else f"proposal.{field}": list(said) for field, said in faults.items()}
