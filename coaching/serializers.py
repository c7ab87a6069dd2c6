"""What the API shows of the two sides of coaching, and reads from them; what may be kept is the services' to say."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from coaching.access_words import PAGES
from coaching.models import AccessEntry, Consent, Invitation, Relationship, RelationshipEvent, Scope
from coaching.sides import name_of
from personas.models import User

ROLES = [("coach", gettext_lazy("the coach")), ("client", gettext_lazy("the client"))]
DIRECTIONS = [("sent", gettext_lazy("sent by you")), ("received", gettext_lazy("sent to your address"))]

_A_RELATIONSHIP = "0b8f6f6e-3a55-4c0e-8a0e-5b8e1d3c7f21"


def scope_list(**kwargs: Any) -> serializers.ListField:
    """What a coach may see, as a field."""
    return serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), **kwargs)


class OtherSideSerializer(serializers.Serializer):
    """Somebody as the other side knows them."""

    name = serializers.SerializerMethodField(help_text=gettext_lazy("The address where they gave no name."))

    def get_name(self, user: User) -> str:
        """What they are called."""
        return name_of(user)


class SidesSerializer(serializers.ModelSerializer):
    """Something between a coach and a client, and which of the two asks."""

    role = serializers.SerializerMethodField(help_text=gettext_lazy("Which side of it you are."))
    coach = OtherSideSerializer(read_only=True)
    client = OtherSideSerializer(read_only=True)

    @extend_schema_field(serializers.ChoiceField(choices=ROLES))
    def get_role(self, row: Any) -> str:
        """Which side the person who asks is."""
        return "coach" if row.coach_id == self.context["request"].user.pk else "client"


# --- invitations -----------------------------------------------------------------------------------------------------


class InvitationSerializer(serializers.ModelSerializer):
    """An invitation: a coach invites an address, or somebody asks the address of a coach. It opens nothing by itself."""

    direction = serializers.SerializerMethodField()
    sender = OtherSideSerializer(source="user", read_only=True)
    is_open = serializers.SerializerMethodField(help_text=gettext_lazy("Whether it can be accepted now."))

    class Meta:
        model = Invitation
        fields = [
            "id",
            "direction",
            "by_coach",
            "sender",
            "email",
            "message",
            "answer",
            "is_open",
            "answered_at",
            "relationship",
            "created_at",
            "expires_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=DIRECTIONS))
    def get_direction(self, invitation: Invitation) -> str:
        """Whether the person who asks sent it."""
        return "sent" if invitation.user_id == self.context["request"].user.pk else "received"

    def get_is_open(self, invitation: Invitation) -> bool:
        """Whether it waits for an answer and its time is not over."""
        is_open = invitation.answer == Invitation.Answer.OPEN
        return is_open and invitation.expires_at > self.context["at"]


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A coach invites",
            value={
                "email": "ada@example.com",
                "message": "Shall we look at your search together?",
                "by_coach": True,
            },
            request_only=True,
        ),
        OpenApiExample(
            "Somebody asks a coach",
            value={"email": "grace@example.com", "by_coach": False},
            request_only=True,
        ),
    ]
)
class NewInvitationSerializer(serializers.Serializer):
    """Whom to invite or to ask, and what to say."""

    email = serializers.CharField(max_length=1000)
    message = serializers.CharField(required=False, allow_blank=True, default="")
    by_coach = serializers.BooleanField(
        help_text=gettext_lazy("True: you invite a client. False: you ask a coach.")
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two scopes until the end of June",
            value={"scopes": ["matches", "resume"], "valid_until": "2027-06-30T22:00:00Z"},
            request_only=True,
        ),
        OpenApiExample("A coach agrees to a request", value={}, request_only=True),
    ]
)
class AcceptanceSerializer(serializers.Serializer):
    """What the coach may see and until when, said by the client; a coach who was asked leaves both out."""

    scopes = scope_list(required=False)
    valid_until = serializers.DateTimeField(
        required=False, allow_null=True, help_text=gettext_lazy("Null: until you revoke it.")
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Let nobody but the client say what may be seen."""
        if not self.context["by_coach"] and attrs:
            sentence = _("Only the client says this. Leave it out.")
            raise serializers.ValidationError({field: [sentence] for field in attrs})
        return attrs


# --- relationships and consents --------------------------------------------------------------------------------------


class RelationshipSerializer(SidesSerializer):
    """A coach and a client. By itself it opens nothing: what the coach may see now stands in `may_see`."""

    may_see = serializers.SerializerMethodField()
    may_see_until = serializers.SerializerMethodField(
        help_text=gettext_lazy("Null: until it is revoked, or nothing may be seen.")
    )

    class Meta:
        model = Relationship
        fields = [
            "id",
            "role",
            "coach",
            "client",
            "status",
            "notes",
            "may_see",
            "may_see_until",
            "begun_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(scope_list())
    def get_may_see(self, relationship: Any) -> list[str]:
        """What the coach may see now."""
        return next((consent.scopes for consent in relationship.live_consents), [])

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_may_see_until(self, relationship: Any) -> Any:
        """When that ends by itself."""
        until = next((consent.valid_until for consent in relationship.live_consents), None)
        return serializers.DateTimeField().to_representation(until) if until else None


@extend_schema_serializer(
    examples=[
        OpenApiExample("Pause", value={"status": "paused"}, request_only=True),
        OpenApiExample("Notes for both", value={"notes": "Two applications a week."}, request_only=True),
    ]
)
class RelationshipChangeSerializer(serializers.Serializer):
    """What a coach may change: active ⇄ paused → ended, and the notes that the client can read."""

    status = serializers.ChoiceField(choices=Relationship.Status.choices, required=False)
    notes = serializers.CharField(required=False, allow_blank=True)


class RelationshipEventSerializer(serializers.ModelSerializer):
    """One thing that happened to a relationship or its consent."""

    words = serializers.CharField(source="get_what_display", read_only=True)
    scopes = scope_list(
        read_only=True, help_text=gettext_lazy("The consent after it; empty for what the coach did.")
    )

    class Meta:
        model = RelationshipEvent
        fields = ["id", "what", "words", "scopes", "valid_until", "at"]
        read_only_fields = fields


class ConsentSerializer(SidesSerializer):
    """What a client lets a coach see. Its history stands among the events of the relationship."""

    scopes = scope_list(read_only=True)
    is_live = serializers.BooleanField(
        read_only=True, help_text=gettext_lazy("Whether it opens what it names right now.")
    )

    class Meta:
        model = Consent
        fields = [
            "id",
            "relationship",
            "role",
            "coach",
            "client",
            "scopes",
            "is_live",
            "valid_from",
            "valid_until",
            "revoked_at",
            "revision",
            "created_at",
        ]
        read_only_fields = fields


class ChangedConsentSerializer(ConsentSerializer):
    """A consent after a change. `narrowed` is true where another device changed it meanwhile: then the stricter stands."""

    narrowed = serializers.BooleanField(read_only=True)
    told = serializers.CharField(
        read_only=True, help_text=gettext_lazy("The same in a sentence; empty where nothing came between.")
    )

    class Meta(ConsentSerializer.Meta):
        fields = [*ConsentSerializer.Meta.fields, "narrowed", "told"]
        read_only_fields = fields


class OwnCoachField(serializers.PrimaryKeyRelatedField):
    """A relationship in which the person who asks is the client; another's is as one that does not exist."""

    default_error_messages = {"does_not_exist": gettext_lazy("You have no coach by this relationship.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Relationship.objects.all(), pk_field=serializers.UUIDField(), **kwargs)

    def get_queryset(self) -> Any:
        """The relationships in which they are the client."""
        return Relationship.objects.of_client(self.context["request"].user)


class OwnClientField(OwnCoachField):
    """A relationship in which the person who asks is the coach; another's is as one that does not exist."""

    default_error_messages = {"does_not_exist": gettext_lazy("You have no client by this relationship.")}

    def get_queryset(self) -> Any:
        """The relationships in which they are the coach."""
        return Relationship.objects.owned_by(self.context["request"].user)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Matches, until it is revoked",
            value={"relationship": _A_RELATIONSHIP, "scopes": ["matches"], "valid_until": None},
            request_only=True,
        )
    ]
)
class NewConsentSerializer(serializers.Serializer):
    """What a coach of yours may see, and until when."""

    relationship = OwnCoachField()
    scopes = scope_list()
    valid_until = serializers.DateTimeField(
        allow_null=True, help_text=gettext_lazy("Null: until you revoke it.")
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("Matches alone", value={"scopes": ["matches"], "revision": 3}, request_only=True),
        OpenApiExample(
            "Another end", value={"valid_until": "2027-06-30T22:00:00Z", "revision": 3}, request_only=True
        ),
    ]
)
class ConsentChangeSerializer(serializers.Serializer):
    """What changes of a consent; what is left out stays. `revision` is the one that you have seen."""

    scopes = scope_list(required=False)
    valid_until = serializers.DateTimeField(required=False, allow_null=True)
    revision = serializers.IntegerField(min_value=1)


# --- who looked ------------------------------------------------------------------------------------------------------


class AccessEntrySerializer(serializers.ModelSerializer):
    """One page view of somebody else: who looked at what of yours, and when. It is written before anything is shown."""

    words = serializers.SerializerMethodField(
        help_text=gettext_lazy("What the page is called, as in “looked at your matches”.")
    )
    scopes = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text=gettext_lazy("What was open to them; “papers” to the staff alone."),
    )

    class Meta:
        model = AccessEntry
        fields = [
            "id",
            "viewer",
            "viewer_name",
            "viewer_role",
            "relationship",
            "page",
            "words",
            "scopes",
            "object_id",
            "reason",
            "at",
        ]
        read_only_fields = fields

    def get_words(self, entry: AccessEntry) -> str:
        """What the page is called."""
        return str(PAGES.get(entry.page, entry.page))
