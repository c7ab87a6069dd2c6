"""What the API shows of answers and letters, and reads of them; what may be kept is the services' to say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from autoapply.letters import FIELDS
from autoapply.models import Answer, LetterTemplate
from personas.models import Persona
from personas.serializers import OwnedRelatedField


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A notice period",
            value={"question": "What is your notice period?", "answer": "Three months", "topic": "other"},
            request_only=True,
        )
    ]
)
class AnswerSerializer(serializers.ModelSerializer):
    """One kept answer to a question that forms ask. Without a topic the words of the question tell it."""

    question = serializers.CharField()
    answer = serializers.CharField()
    topic = serializers.ChoiceField(choices=Answer.Topic.choices, required=False)

    class Meta:
        model = Answer
        fields = ["id", "question", "answer", "topic", "source", "created_at", "updated_at"]
        read_only_fields = ["id", "source", "created_at", "updated_at"]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "For all personas",
            value={
                "name": "Short",
                "persona": None,
                "body": "Dear {company} team,\n\nI would like to work with you as {job_title}.\n\n{my_name}",
            },
            request_only=True,
        )
    ]
)
class LetterSerializer(serializers.ModelSerializer):
    """A cover letter with fields in braces, which are filled from facts alone."""

    persona = OwnedRelatedField(
        queryset=Persona.objects.all(),
        allow_null=True,
        required=False,
        help_text=_("Whose applications use it; null is every persona that has none of its own."),
    )
    body = serializers.CharField(
        help_text=_("Fields: %(fields)s.") % {"fields": ", ".join(f"{{{field}}}" for field in FIELDS)}
    )

    class Meta:
        model = LetterTemplate
        fields = ["id", "name", "persona", "body", "created_at", "updated_at"]
        read_only_fields = ["id", "created_at", "updated_at"]
