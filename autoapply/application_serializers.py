"""What the API shows of applications, what they carry and what came of them, and reads of the steps that a person takes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from autoapply.channel_words import because_words
from autoapply.models import Application, ApplicationEvent, Kit, Log
from autoapply.questions import KINDS
from autoapply.state_words import reason_words, wait_words
from matching.models import Job
from personas.models import Persona
from personas.serializers import OwnedRelatedField

_SHA256 = "0f4b1c9d2e6a7788991a2b3c4d5e6f70819293a4b5c6d7e8f90123456789abcd"


class ApplicationSummarySerializer(serializers.ModelSerializer):
    """An application in a list: where it stands on its way out (`status`), and how far the employer has come (`stage`)."""

    because = serializers.CharField(source="moved_because", read_only=True)
    because_words = serializers.SerializerMethodField(help_text=_("Why it came to where it stands."))
    channel_words = serializers.SerializerMethodField(help_text=_("Why it goes this way."))
    waits_words = serializers.SerializerMethodField(
        help_text=_("What it waits for; empty where it waits for nothing.")
    )

    class Meta:
        model = Application
        fields = [
            "id",
            "status",
            "stage",
            "origin",
            "rule",
            "persona",
            "job",
            "job_title",
            "company",
            "job_url",
            "match_score",
            "channel",
            "channel_because",
            "channel_words",
            "because",
            "because_words",
            "waits_for",
            "waits_words",
            "moved_by",
            "moved_at",
            "week_start",
            "hold_until",
            "sent_at",
            "stage_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_because_words(self, application: Application) -> str:
        """The reason of the last step."""
        return _tell_why(application.moved_because)

    def get_channel_words(self, application: Application) -> str:
        """Why the channel is the one it is."""
        return because_words(application.channel_because) if application.channel_because else ""

    def get_waits_words(self, application: Application) -> str:
        """What it waits for."""
        return wait_words(application.waits_for)


class EventSerializer(serializers.ModelSerializer):
    """One step: what moved from where to where, who made it, and why."""

    words = serializers.SerializerMethodField(help_text=_("Why."))

    class Meta:
        model = ApplicationEvent
        fields = ["kind", "moved_from", "moved_to", "actor", "because", "words", "at"]
        read_only_fields = fields

    def get_words(self, event: ApplicationEvent) -> str:
        """The reason."""
        return _tell_why(event.because)


class KitFactSerializer(serializers.Serializer):
    """One fact about the person, and where it was taken from."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]


class KitAnswerSerializer(serializers.Serializer):
    """One answer: to which question, in words, and where and when it was given."""

    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()
    shown = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment]
        help_text=_("typed, application, or once: given for this application alone.")
    )
    given_on = serializers.DateField()


class KitFileSerializer(serializers.Serializer):
    """One file that goes with it."""

    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text=_("Bytes."))
    sha256 = serializers.CharField()


class KitSerializer(serializers.ModelSerializer):
    """What an application carries, exactly as it would be sent; `request_sha256` names those bytes and is what is approved."""

    facts = KitFactSerializer(source="fields", many=True, read_only=True)
    answers = KitAnswerSerializer(many=True, read_only=True)
    files = KitFileSerializer(many=True, read_only=True)

    class Meta:
        model = Kit
        fields = ["resume", "facts", "answers", "letter", "files", "request_sha256", "built_at"]
        read_only_fields = ["resume", "letter", "request_sha256", "built_at"]


class MissingSerializer(serializers.Serializer):
    """What a parked application lacks. One with an `id` and another kind than `file` can be answered."""

    code = serializers.CharField(help_text=_("Such as answer, file, resume, letter."))
    label = serializers.CharField(  # type: ignore[assignment]
        default="", help_text=_("The question as the form asks it, or a sentence.")
    )
    id = serializers.CharField(required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]
    options = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=_("Pairs of the form's own value and the label; answers are given as labels."),
    )
    topic = serializers.CharField(required=False)


class ApplicationSerializer(ApplicationSummarySerializer):
    """An application with its steps, what it carries, and what is known of how it was received."""

    missing = MissingSerializer(many=True, read_only=True)
    kit = serializers.SerializerMethodField(help_text=_("Null until it was prepared."))
    events = EventSerializer(many=True, read_only=True)

    class Meta(ApplicationSummarySerializer.Meta):
        fields = [
            *ApplicationSummarySerializer.Meta.fields,
            "attempt",
            "next_at",
            "approved_at",
            "approved_by",
            "approved_sha256",
            "sent_sha256",
            "response_status",
            "response_ref",
            "submission_url",
            "error_message",
            "unknown_at",
            "resolved_by",
            "resolved_at",
            "missing",
            "kit",
            "events",
        ]
        read_only_fields = fields

    @extend_schema_field(KitSerializer(allow_null=True))
    def get_kit(self, application: Application) -> dict[str, Any] | None:
        """What it carries."""
        kit: Kit | None = getattr(application, "kit", None)
        return dict(KitSerializer(kit).data) if kit else None


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Apply to a job",
            value={
                "job": "0b8f6f6e-3a55-4c0e-8a0e-5b8e1d3c7f21",
                "persona": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11",
            },
            request_only=True,
        )
    ]
)
class NewApplicationSerializer(serializers.Serializer):
    """What is applied to, and as whom."""

    job = serializers.PrimaryKeyRelatedField(
        queryset=Job.objects.open(),
        pk_field=serializers.UUIDField(),
        error_messages={"does_not_exist": _("There is no open job of this id.")},
    )
    persona = OwnedRelatedField(queryset=Persona.objects.all())


@extend_schema_serializer(
    examples=[OpenApiExample("What the kit showed", value={"seen_sha256": _SHA256}, request_only=True)]
)
class ApprovalSerializer(serializers.Serializer):
    """Which bytes were looked at: the `request_sha256` of the kit."""

    seen_sha256 = serializers.RegexField("^[0-9a-f]{64}$")


@extend_schema_serializer(
    examples=[
        OpenApiExample("It arrived", value={"arrived": True}, request_only=True),
        OpenApiExample(
            "It did not; send it again", value={"arrived": False, "send_again": True}, request_only=True
        ),
    ]
)
class DoubtSerializer(serializers.Serializer):
    """The person's word about a doubt: whether it arrived and, where it did not, whether it is sent again."""

    arrived = serializers.BooleanField()
    send_again = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to send again what arrived."""
        if attrs["arrived"] and attrs["send_again"]:
            sentence = _("What arrived is not sent again. Leave this out, or say that it did not arrive.")
            raise serializers.ValidationError({"send_again": [sentence]})
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two answers, kept for other forms",
            value={"values": {"q1": "yes", "q2": "Python\nSQL"}, "keep": True},
            request_only=True,
        )
    ]
)
class GivenAnswersSerializer(serializers.Serializer):
    """Answers by the id of the question; of several that are chosen, one a line. Those left out stay open."""

    values = serializers.DictField(child=serializers.CharField(), allow_empty=False)
    keep = serializers.BooleanField(
        default=False,
        help_text=_("Whether they also go into your answers, for other forms that ask the same."),
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("An interview", value={"stage": "interview", "day": "2026-12-04"}, request_only=True),
        OpenApiExample("Rejected", value={"stage": "rejected"}, request_only=True),
    ]
)
class StageSerializer(serializers.Serializer):
    """How far the employer has come; a day (of an interview, of an answer that is due) becomes a follow-up."""

    stage = serializers.ChoiceField(choices=Application.Stage.choices)
    day = serializers.DateField(required=False)


class WithdrawalDraftSerializer(serializers.Serializer):
    """A message that withdraws an application, for its person to send: no board takes it from us."""

    draft = serializers.CharField()


class LogSerializer(serializers.ModelSerializer):
    """An application that reached an outcome. What was submitted may turn withdrawn once; nothing else changes."""

    class Meta:
        model = Log
        fields = [
            "id",
            "status",
            "rule",
            "job",
            "application",
            "submission_url",
            "error_message",
            "created_at",
            "withdrawn_at",
        ]
        read_only_fields = fields


def _tell_why(because: str) -> str:
    """The reason of a step in words; empty where the step speaks for itself."""
    return reason_words(because) if because else ""
