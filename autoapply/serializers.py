"""What the API shows of rules, limits and verdicts, and reads of them; what may be kept is the services' to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from autoapply.days import DAYS
from autoapply.gate_words import gate_name, mend_words, verdict_words
from autoapply.models import Decision, Rule, Standing
from autoapply.policy import GATES, Verdict, read_verdicts
from autoapply.slot_marks import WeekSlots
from matching.serializers import JobSummarySerializer
from personas.models import Persona
from personas.serializers import OwnedRelatedField

_A_RULE = {
    "name": "Data engineering, close by",
    "persona": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11",
    "mode": "review",
    "match_score_threshold": "75.00",
    "max_applications_per_week": 5,
    "exclude_companies": ["Acme GmbH"],
    "include_only_companies": [],
    "require_all_keywords": ["Python"],
    "active_days": ["mon", "tue", "wed"],
    "needs_reviewed_resume": False,
}
_A_VERDICT = {
    "gate": "threshold",
    "name": "lowest score",
    "passed": False,
    "code": "below",
    "facts": {"score": "70.00", "least": "75.00"},
    "words": "The score is 70; the rule asks for at least 75.",
    "mend": "Lower the rule’s lowest score to 70.",
}


class WordsField(serializers.ListField):
    """Texts, one a line of the form; empty ones are allowed and not kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(allow_blank=True), required=False, **kwargs)


class SlotsSerializer(serializers.Serializer):
    """The places of this week under one limit, and when new ones come."""

    used = serializers.IntegerField(help_text=gettext_lazy("Taken by what was sent, or may have been."))
    held = serializers.IntegerField(help_text=gettext_lazy("Taken by what is on its way."))
    limit = serializers.IntegerField()
    renewed_at = serializers.DateTimeField(help_text=gettext_lazy("The next Monday of the person."))


@extend_schema_serializer(
    examples=[
        OpenApiExample("A rule that asks first", value=_A_RULE, request_only=True),
        OpenApiExample("Any score, every day", value={"name": "Everything"}, request_only=True),
    ]
)
class RuleSerializer(serializers.ModelSerializer):
    """A standing rule. It is made disabled, and enabled and disabled at addresses of its own.

    Lists of companies are compared without case, accents and legal form; an excluded company is never applied to, whatever
    the other list says. No days are every day, no threshold lets any score pass.
    """

    persona = OwnedRelatedField(
        queryset=Persona.objects.all(),
        allow_null=True,
        required=False,
        help_text=gettext_lazy("The persona it acts for; null is all of them."),
    )
    enabled = serializers.BooleanField(read_only=True)
    mode = serializers.ChoiceField(choices=Rule.Mode.choices, required=False)
    match_score_threshold = serializers.DecimalField(
        max_digits=None, decimal_places=None, allow_null=True, required=False
    )
    max_applications_per_week = serializers.IntegerField(required=False)
    exclude_companies = WordsField()
    include_only_companies = WordsField()
    require_all_keywords = WordsField(
        help_text=gettext_lazy("Whole words, all of which a posting must hold.")
    )
    active_days = serializers.ListField(
        child=serializers.ChoiceField(choices=DAYS),
        required=False,
        help_text=gettext_lazy("In the time zone of the person; none are every day."),
    )
    slots = serializers.SerializerMethodField()

    class Meta:
        model = Rule
        fields = [
            "id",
            "name",
            "persona",
            "enabled",
            "mode",
            "match_score_threshold",
            "max_applications_per_week",
            "exclude_companies",
            "include_only_companies",
            "require_all_keywords",
            "active_days",
            "needs_reviewed_resume",
            "slots",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["id", "created_at", "updated_at"]

    @extend_schema_field(SlotsSerializer)
    def get_slots(self, rule: Rule) -> dict[str, Any]:
        """The places that its applications hold this week."""
        week: WeekSlots = self.context["week"]
        slots = week.of_rule(rule.pk, limit=rule.max_applications_per_week)
        return dict(SlotsSerializer(slots).data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to switch a rule in passing: who says “enabled” here must not believe that it was done."""
        is_enabled = self.instance.enabled if isinstance(self.instance, Rule) else False
        if self.initial_data.get("enabled", is_enabled) is not is_enabled:
            sentence = _(
                "A rule is not switched here: POST to its address with enable/ or disable/ after it."
            )
            raise serializers.ValidationError({"enabled": [sentence]})
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Ten a week, sent an hour after approval",
            value={"weekly_ceiling": 10, "hold_minutes": 60, "company_interval_days": 30},
            request_only=True,
        )
    ]
)
class LimitsSerializer(serializers.ModelSerializer):
    """What all rules of a person may do together, and whether everything is paused."""

    weekly_ceiling = serializers.IntegerField(
        required=False, help_text=gettext_lazy("Applications a week over all rules, 0–50.")
    )
    hold_minutes = serializers.IntegerField(
        required=False,
        help_text=gettext_lazy("Between approval and sending; until then cancelling is exact."),
    )
    company_interval_days = serializers.IntegerField(
        required=False, help_text=gettext_lazy("Between two applications to one company.")
    )
    paused = serializers.SerializerMethodField()
    slots = serializers.SerializerMethodField()

    class Meta:
        model = Standing
        fields = ["weekly_ceiling", "hold_minutes", "company_interval_days", "paused", "paused_at", "slots"]
        read_only_fields = ["paused_at"]

    def get_paused(self, standing: Standing) -> bool:
        """Whether nothing is sent until the person says so."""
        return standing.paused_at is not None

    @extend_schema_field(SlotsSerializer)
    def get_slots(self, standing: Standing) -> dict[str, Any]:
        """The places that the applications of all rules hold this week."""
        week: WeekSlots = self.context["week"]
        return dict(SlotsSerializer(week.of_person(limit=standing.weekly_ceiling)).data)


@extend_schema_serializer(
    examples=[OpenApiExample("Pause everything", value={"paused": True}, request_only=True)]
)
class PauseSerializer(serializers.Serializer):
    """Whether everything pauses, or the enabled rules act again."""

    paused = serializers.BooleanField()


# --- verdicts --------------------------------------------------------------------------------------------------------


@extend_schema_serializer(examples=[OpenApiExample("Below the threshold", value=_A_VERDICT)])
class VerdictSerializer(serializers.Serializer):
    """What one gate says: whether it lets through, the case as a code, the facts it stood on, and both in words."""

    gate = serializers.ChoiceField(choices=GATES)
    name = serializers.SerializerMethodField()
    passed = serializers.BooleanField()
    code = serializers.CharField()
    facts = serializers.DictField()
    words = serializers.SerializerMethodField()
    mend = serializers.SerializerMethodField(
        help_text=gettext_lazy("What would have to change for it to let through; empty where it does.")
    )

    def get_name(self, verdict: Verdict) -> str:
        """What the gate is called."""
        return gate_name(verdict.gate)

    def get_words(self, verdict: Verdict) -> str:
        """What it found."""
        return verdict_words(verdict)

    def get_mend(self, verdict: Verdict) -> str:
        """What would have to change."""
        return mend_words(verdict)


def tell_verdicts(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Verdicts as the API shows them, in the language that is active."""
    return list(VerdictSerializer(verdicts, many=True).data)


class DecisionSerializer(serializers.ModelSerializer):
    """What one rule says of one job of its stored matches: every gate's verdict in the order in which they are asked."""

    job = JobSummarySerializer(read_only=True)
    passed = serializers.SerializerMethodField()
    was = serializers.SerializerMethodField(
        help_text=gettext_lazy(
            "The gate that stopped it before the last change, empty where none did; null until it changed."
        )
    )
    verdicts = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = [
            "id",
            "rule",
            "persona",
            "job",
            "match_score",
            "passed",
            "first_failed",
            "gates_passed",
            "was",
            "verdicts",
            "decided_at",
            "changed_at",
        ]
        read_only_fields = fields

    def get_passed(self, decision: Decision) -> bool:
        """Whether every gate lets through."""
        return not decision.first_failed

    def get_was(self, decision: Decision) -> str | None:
        """The first gate that failed before."""
        return (decision.changes or {}).get("was")

    @extend_schema_field(VerdictSerializer(many=True))
    def get_verdicts(self, decision: Decision) -> list[dict[str, Any]]:
        """Every verdict with its words."""
        return tell_verdicts(read_verdicts(decision.verdicts).all)


class AskedSerializer(serializers.Serializer):
    """Which job a rule is asked about."""

    rule = serializers.UUIDField(help_text=gettext_lazy("The id of a rule."))
    job = serializers.UUIDField(
        help_text=gettext_lazy("The id of a job, whether it is among the matches or not.")
    )


class VerdictsSerializer(serializers.Serializer):
    """What a rule says of a job at the moment of asking; nothing is kept."""

    rule = serializers.UUIDField()
    job = serializers.UUIDField()
    passed = serializers.BooleanField()
    first_failed = serializers.CharField(
        allow_blank=True,
        help_text=gettext_lazy("The first gate that does not let through; empty where all do."),
    )
    verdicts = VerdictSerializer(many=True)
    decided_at = serializers.DateTimeField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Lists that are tried",
            value={
                "company": "ACME Gesellschaft mbH",
                "exclude_companies": ["Acme GmbH"],
                "include_only_companies": [],
            },
            request_only=True,
        ),
        OpenApiExample(
            "The lists of a rule",
            value={"company": "Acme", "rule": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11"},
            request_only=True,
        ),
    ]
)
class CompanyTestSerializer(serializers.Serializer):
    """A company, and the lists that are asked about it: those of a rule, or others in their place."""

    company = serializers.CharField(max_length=255)
    rule = OwnedRelatedField(queryset=Rule.objects.all(), required=False)
    exclude_companies = WordsField()
    include_only_companies = WordsField()


class TestedCompanySerializer(serializers.Serializer):
    """What two lists say of a company."""

    company = serializers.CharField()
    key = serializers.CharField(help_text=gettext_lazy("The name as it is compared."))
    blocked = serializers.BooleanField()
    verdicts = VerdictSerializer(many=True)
