"""What the API shows of people and reads from them; what may be kept is the services' to say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from personas.models import ApiToken, Persona, PersonaPreferences, Resume, ResumeVersion, User, UserSkill

MAX_TOKEN_DAYS = 365

_FILE_SCHEMA = {
    "type": "object",
    "required": ["name", "media_type", "size"],
    "properties": {
        "name": {"type": "string"},
        "media_type": {"type": "string"},
        "size": {"type": "integer", "description": "Bytes."},
    },
}


class OwnedRelatedField(serializers.PrimaryKeyRelatedField):
    """A row of the person who asks, by its id; another's id gives the same error as one that does not exist."""

    default_error_messages = {
        "does_not_exist": _("There is no such row of yours."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pk_field=serializers.UUIDField(), **kwargs)

    def get_queryset(self) -> Any:
        """The rows of the person who asks."""
        rows: Any = super().get_queryset()
        return rows.owned_by(self.context["request"].user)


class MeSerializer(serializers.ModelSerializer):
    """The account of the person who asks."""

    class Meta:
        model = User
        fields = ["id", "email", "display_name", "time_zone", "locale", "currency", "is_coach", "created_at"]
        read_only_fields = ["id", "email", "is_coach", "created_at"]


class SessionSerializer(serializers.Serializer):
    """Who is signed in, and the token that a browser sends along as X-CSRFToken when it changes something."""

    user = MeSerializer(allow_null=True)
    csrf_token = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Sign in", value={"email": "ada@example.com", "password": "a long password"}, request_only=True
        )
    ]
)
class SignInSerializer(serializers.Serializer):
    """What a person signs in with."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class PasswordSerializer(serializers.Serializer):
    """The password of whoever asks."""

    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class ClosingSerializer(serializers.Serializer):
    """When an account is deleted; null where nobody asked for it."""

    asked_at = serializers.DateTimeField(allow_null=True, default=None)
    due_at = serializers.DateTimeField(allow_null=True, default=None)
    receipt = serializers.UUIDField(allow_null=True, default=None)


class RetentionSerializer(serializers.Serializer):
    """For how many months things are kept: 3, 6, 12 or 24; null keeps them for ever."""

    resume_versions = serializers.IntegerField(allow_null=True, required=False)
    applications = serializers.IntegerField(allow_null=True, required=False)
    decisions = serializers.IntegerField(allow_null=True, required=False)


class RetentionDueSerializer(RetentionSerializer):
    """The same, with how many rows of each would be deleted tonight, and when that is."""

    due = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    due_at = serializers.DateTimeField(read_only=True)


class OpenSessionSerializer(serializers.Serializer):
    """A session that is open."""

    id = serializers.IntegerField()
    browser = serializers.CharField(help_text=_("Empty where it is not known."))
    system = serializers.CharField(help_text=_("Empty where it is not known."))
    address = serializers.CharField(help_text=_("The address that it was begun from."))
    signed_in_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField(help_text=_("Noted every five minutes."))
    is_this = serializers.BooleanField(help_text=_("Whether it is the one that asks."))


class TokenSerializer(serializers.ModelSerializer):
    """A key to the API, without the key itself."""

    class Meta:
        model = ApiToken
        fields = ["id", "name", "scope", "created_at", "expires_at"]
        read_only_fields = fields


class IssuedTokenSerializer(TokenSerializer):
    """A key to the API just made: the only answer that shows `key`."""

    key = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "key"]
        read_only_fields = fields


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "With a password",
            value={
                "email": "ada@example.com",
                "password": "a long password",
                "name": "laptop",
                "scope": "write",
                "days": 90,
            },
            request_only=True,
        ),
        OpenApiExample(
            "Within a session", value={"name": "laptop", "scope": "read", "days": 30}, request_only=True
        ),
    ]
)
class NewTokenSerializer(serializers.Serializer):
    """What a key is made from; e-mail address and password stay away when a session says who asks."""

    email = serializers.EmailField(max_length=254, required=False)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, required=False, write_only=True)
    code = serializers.CharField(
        max_length=20,
        required=False,
        allow_blank=True,
        default="",
        write_only=True,
        help_text=_("Of the app, or a recovery code, where the account has a second factor."),
    )
    name = serializers.CharField(max_length=100)
    scope = serializers.ChoiceField(choices=ApiToken.Scope.choices)
    days = serializers.IntegerField(min_value=1, max_value=MAX_TOKEN_DAYS, help_text=_("How long it opens."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for a password exactly when no session says who asks."""
        signed_in = self.context["request"].user.is_authenticated
        for field in ("email", "password"):
            if signed_in and field in attrs:
                raise serializers.ValidationError({field: [_("You are signed in: leave this out.")]})
            if not signed_in and field not in attrs:
                raise serializers.ValidationError({field: [_("Give this, or sign in first.")]})
        return {**attrs, "expires_at": timezone.now() + timedelta(days=attrs["days"])}


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Data engineer",
            value={
                "job_title_keywords": ["Data engineer"],
                "required_skills": ["Python", "SQL"],
                "nice_to_have_skills": ["Airflow"],
                "locations": ["Berlin, Germany"],
                "industries": [],
                "company_size": ["51-200", "201-500"],
                "excluded_companies": ["Acme Ltd."],
                "mission_values": ["public health"],
                "growth_focus": ["machine learning"],
                "min_salary": 70000,
                "max_salary": 90000,
                "currency": "EUR",
                "salary_period": "year",
                "remote_preference": "hybrid",
            },
        )
    ]
)
class PreferencesSerializer(serializers.ModelSerializer):
    """What a persona looks for. Putting it states every field; patching it states those that change."""

    class Meta:
        model = PersonaPreferences
        fields = [
            "job_title_keywords",
            "required_skills",
            "nice_to_have_skills",
            "locations",
            "industries",
            "company_size",
            "excluded_companies",
            "mission_values",
            "growth_focus",
            "min_salary",
            "max_salary",
            "currency",
            "salary_period",
            "remote_preference",
        ]
        extra_kwargs = {field: {"required": True} for field in fields}


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "New persona",
            value={"name": "Data engineer", "description": "Back to pipelines.", "resume": None},
            request_only=True,
        )
    ]
)
class PersonaSerializer(serializers.ModelSerializer):
    """A self that somebody searches as, with what it looks for."""

    resume = OwnedRelatedField(queryset=Resume.objects.all(), allow_null=True, required=False)
    preferences = PreferencesSerializer(read_only=True)

    class Meta:
        model = Persona
        fields = [
            "id",
            "name",
            "description",
            "is_active",
            "resume",
            "preferences",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["id", "is_active", "created_at", "updated_at"]


@extend_schema_serializer(
    examples=[OpenApiExample("New skill", value={"name": "Python", "level": "advanced"}, request_only=True)]
)
class SkillSerializer(serializers.ModelSerializer):
    """A skill somebody holds; the taxonomy's name is kept for an alias such as “k8s”."""

    name = serializers.CharField(source="skill_name", max_length=255)
    level = serializers.ChoiceField(source="proficiency_level", choices=UserSkill.Level.choices)

    class Meta:
        model = UserSkill
        fields = ["id", "name", "level", "years", "last_used", "source", "evidence", "created_at"]
        read_only_fields = ["id", "source", "created_at"]


class ArchiveSerializer(serializers.Serializer):
    """The ZIP archive of an export."""

    file = serializers.FileField(allow_empty_file=True, max_length=1000)


class ImportedSerializer(serializers.Serializer):
    """How many rows went in, and how many of which tables stay in the archive."""

    rows = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    left = serializers.DictField(child=serializers.IntegerField(), read_only=True)


class MergedSerializer(serializers.Serializer):
    """How many rows went into others."""

    merged = serializers.IntegerField(read_only=True)


@extend_schema_serializer(
    examples=[OpenApiExample("Another level", value={"level": "expert"}, request_only=True)]
)
class SkillLevelSerializer(SkillSerializer):
    """How well a skill is held; the rest of it stays."""

    class Meta(SkillSerializer.Meta):
        read_only_fields = ["id", "source", "evidence", "created_at"]
        extra_kwargs = {"name": {"read_only": True}}

    name = serializers.CharField(source="skill_name", read_only=True)


class ResumeSummarySerializer(serializers.ModelSerializer):
    """A résumé in a list: its title and file, without what was read in it."""

    file = serializers.SerializerMethodField()

    class Meta:
        model = Resume
        fields = [
            "id",
            "title",
            "is_default",
            "file",
            "review",
            "review_note",
            "reviewed_at",
            "revision",
            "confirmed_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [field for field in fields if field != "title"]

    @extend_schema_field({"oneOf": [_FILE_SCHEMA, {"type": "null"}]})
    def get_file(self, resume: Any) -> dict[str, Any] | None:
        """The uploaded file's name, media type and size, or null where none is kept."""
        if resume.file_name is None:
            return None
        return {"name": resume.file_name, "media_type": resume.file_media_type, "size": resume.file_size}


class ResumeSerializer(ResumeSummarySerializer):
    """A résumé with what was read in it: a JSON Resume document, the text, the lines that found no place."""

    class Meta(ResumeSummarySerializer.Meta):
        fields = [*ResumeSummarySerializer.Meta.fields, "document", "text", "unplaced"]
        read_only_fields = [*ResumeSummarySerializer.Meta.read_only_fields, "document", "text", "unplaced"]


class ResumeDocumentSerializer(serializers.Serializer):
    """A JSON Resume document to be kept, and the revision that it was made from."""

    document = serializers.DictField()
    revision = serializers.IntegerField(min_value=1)


class ResumeVersionSerializer(serializers.ModelSerializer):
    """What a résumé held before a change, by the revision that it had."""

    class Meta:
        model = ResumeVersion
        fields = ["revision", "document", "created_at"]
        read_only_fields = fields


class RevisionSerializer(serializers.Serializer):
    """A revision of a résumé."""

    revision = serializers.IntegerField(min_value=1)


class UploadedResumeSerializer(ResumeSerializer):
    """A résumé just read, and the pages (from 1) that are pictures, of which nothing could be read."""

    pages_without_text = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta(ResumeSerializer.Meta):
        fields = [*ResumeSerializer.Meta.fields, "pages_without_text"]
        read_only_fields = [*ResumeSerializer.Meta.read_only_fields, "pages_without_text"]


class ResumeUploadSerializer(serializers.Serializer):
    """A file (PDF, DOCX, TXT or JSON Resume, at most 5 MB) and its title, which is otherwise taken from the file's name."""

    file = serializers.FileField(allow_empty_file=True, max_length=1000)
    title = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
