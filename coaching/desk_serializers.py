"""What the API shows of a coach's own desk: clients and why their search stands still, private notes, cohorts and progress."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from autoapply.models import FollowUp
from autoapply.progress import STEPS
from coaching.models import Cohort, CohortMember, PrivateNote, Relationship, Suggestion
from coaching.serializers import OtherSideSerializer, OwnClientField, scope_list
from coaching.stalled import REASONS, Reason
from coaching.stalled_words import reason_words
from personas.models import Resume

_A_RELATIONSHIP = "0b8f6f6e-3a55-4c0e-8a0e-5b8e1d3c7f21"

# --- the desk --------------------------------------------------------------------------------------------------------


class ReasonSerializer(serializers.Serializer):
    """Why a client's search stands still: the case as a code, the numbers it stands on, and both in words."""

    code = serializers.ChoiceField(choices=REASONS)
    facts = serializers.DictField()
    words = serializers.SerializerMethodField()

    def get_words(self, reason: Reason) -> str:
        """The sentence."""
        return reason_words(reason)


class DeskResumeSerializer(serializers.ModelSerializer):
    """A résumé whose owner asks for a review."""

    class Meta:
        model = Resume
        fields = ["id", "title", "review", "updated_at"]
        read_only_fields = fields


class DeskFollowUpSerializer(serializers.ModelSerializer):
    """Something that a client planned and has not done."""

    job_title = serializers.CharField(source="application.job_title", read_only=True)
    company = serializers.CharField(source="application.company", read_only=True)

    class Meta:
        model = FollowUp
        fields = ["id", "application", "job_title", "company", "due_on", "what"]
        read_only_fields = fields


class DeskSuggestionSerializer(serializers.ModelSerializer):
    """A suggestion that waits for the client's answer."""

    class Meta:
        model = Suggestion
        fields = ["id", "kind", "note", "created_at"]
        read_only_fields = fields


class DeskClientSerializer(serializers.Serializer):
    """One client: what is granted, why the search stands still as far as that tells, and what is coming up."""

    relationship = serializers.UUIDField(source="relationship.pk")
    client = OtherSideSerializer(source="relationship.client")
    status = serializers.ChoiceField(choices=Relationship.Status.choices, source="relationship.status")
    may_see = scope_list(source="granted")
    last_activity = serializers.DateTimeField(allow_null=True)
    is_stalled = serializers.BooleanField()
    reasons = ReasonSerializer(many=True, help_text=_("The strongest first."))
    untold = serializers.CharField(
        allow_blank=True, help_text=_("What cannot be told because it is not granted; empty where all is.")
    )
    follow_ups = DeskFollowUpSerializer(many=True, help_text=_("Of the next two weeks."))
    suggestions = DeskSuggestionSerializer(many=True)
    resumes = DeskResumeSerializer(many=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """With the scopes in one order."""
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | {"may_see": sorted(shown["may_see"])}


class DeskSerializer(serializers.Serializer):
    """All clients: stalled ones first, the strongest reason first, then by the last activity, the longest ago first."""

    clients = DeskClientSerializer(many=True)


# --- private notes ---------------------------------------------------------------------------------------------------


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A note",
            value={"relationship": _A_RELATIONSHIP, "body": "Wants to stay near the family."},
            request_only=True,
        )
    ]
)
class PrivateNoteSerializer(serializers.ModelSerializer):
    """A note that you alone can read: the client cannot, by any path."""

    relationship = OwnClientField()
    # The service says how long it may be.
    body = serializers.CharField(allow_blank=True, trim_whitespace=False)

    class Meta:
        model = PrivateNote
        fields = ["id", "relationship", "body", "created_at", "updated_at"]
        read_only_fields = ["id", "created_at", "updated_at"]


@extend_schema_serializer(examples=[OpenApiExample("Other words", value={"body": "…"}, request_only=True)])
class PrivateNoteChangeSerializer(serializers.Serializer):
    """What a note says from now on; whom it is about stays."""

    body = serializers.CharField(allow_blank=True, trim_whitespace=False, required=False)


# --- cohorts ---------------------------------------------------------------------------------------------------------


@extend_schema_serializer(
    examples=[OpenApiExample("A cohort", value={"name": "Spring course"}, request_only=True)]
)
class CohortSerializer(serializers.ModelSerializer):
    """A group of your clients, which you alone see."""

    # The service says how long it may be.
    name = serializers.CharField(allow_blank=True, max_length=1000)
    members = serializers.IntegerField(
        source="number_of_members", read_only=True, help_text=_("How many clients are in it.")
    )

    class Meta:
        model = Cohort
        fields = ["id", "name", "members", "created_at", "updated_at"]
        read_only_fields = ["id", "created_at", "updated_at"]


class CohortMemberSerializer(serializers.ModelSerializer):
    """A client in a cohort."""

    client = OtherSideSerializer(read_only=True)
    status = serializers.ChoiceField(
        choices=Relationship.Status.choices, source="relationship.status", read_only=True
    )

    class Meta:
        model = CohortMember
        fields = ["id", "relationship", "client", "status", "created_at"]
        read_only_fields = fields


@extend_schema_serializer(
    examples=[
        OpenApiExample("One client", value={"relationships": [_A_RELATIONSHIP]}, request_only=True),
    ]
)
class NewMembersSerializer(serializers.Serializer):
    """Clients to put into a cohort, by your relationships with them; those who are in it stay in it once."""

    relationships = serializers.ListField(child=OwnClientField(), allow_empty=False, max_length=500)


class AddedMembersSerializer(serializers.Serializer):
    """How many were not in the cohort before."""

    added = serializers.IntegerField()


class FoundSerializer(serializers.Serializer):
    """Matches of the active persona that are in date, not set aside, the job open."""

    fresh = serializers.IntegerField()
    best = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)


class ShareSerializer(serializers.Serializer):
    """How many of the applications that were sent came this far."""

    step = serializers.ChoiceField(choices=list(STEPS))
    count = serializers.IntegerField()
    total = serializers.IntegerField()
    percent = serializers.IntegerField(allow_null=True, help_text=_("Null where there are too few."))


class SkillsSerializer(serializers.Serializer):
    """Skills that are held, and those added in the last eight weeks."""

    held = serializers.IntegerField()
    gained = serializers.IntegerField()


_WEEKS = _("The client's own steps in each of the last eight weeks, the latest last.")


class ClientProgressSerializer(serializers.Serializer):
    """How one client gets on. What is not granted is null."""

    member = serializers.UUIDField(source="member.pk")
    relationship = serializers.UUIDField(source="relationship.pk")
    client = OtherSideSerializer(source="relationship.client")
    may_see = serializers.SerializerMethodField()
    matches = FoundSerializer(source="found", allow_null=True)
    funnel = ShareSerializer(many=True, allow_null=True)
    weeks = serializers.ListField(child=serializers.IntegerField(), allow_null=True, help_text=_WEEKS)
    skills = SkillsSerializer(allow_null=True)

    def get_may_see(self, progress: Any) -> list[str]:
        """What was read of the client."""
        return sorted(progress.granted)


class TotalsSerializer(serializers.Serializer):
    """The cohort together; each number counts those who granted it, and `of` says how many those are."""

    clients = serializers.IntegerField()
    of = serializers.DictField(child=serializers.IntegerField())
    fresh = serializers.IntegerField()
    funnel = ShareSerializer(many=True)
    weeks = serializers.ListField(child=serializers.IntegerField(), help_text=_WEEKS)
    gained = serializers.IntegerField()


class ProgressSerializer(serializers.Serializer):
    """How a cohort gets on, its clients by name."""

    totals = TotalsSerializer()
    clients = ClientProgressSerializer(many=True)
