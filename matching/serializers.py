"""What the API shows of jobs and matches, and reads of presets of weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from matching.changes import tell_changes
from matching.explanation import read_explanation
from matching.models import DismissalReason, Job, JobSource, Match, TunerSettings
from matching.presets import READY
from matching.ranking import RankedRow
from matching.scoring import FACTORS
from personas.paging import MAX_PAGE_SIZE, PAGE_SIZE

WEIGHTS = [f"{factor}_weight" for factor in FACTORS]

_PERCENT = {"type": ["number", "null"], "minimum": 0, "maximum": 100}
_TEXTS = {"type": "array", "items": {"type": "string"}}
FACTORS_SCHEMA = {
    "type": "object",
    "description": "Each factor 0–100, or null where the job or the persona says nothing of it.",
    "required": [f"{factor}_score" for factor in FACTORS],
    "properties": {f"{factor}_score": _PERCENT for factor in FACTORS},
}
EXPLANATION_SCHEMA = {
    "type": "object",
    "description": "The factors in sentences, in the language of the person who asks.",
    "required": ["reasons", "gaps", "unknowns"],
    "properties": {"reasons": _TEXTS, "gaps": _TEXTS, "unknowns": _TEXTS},
}


def five_factors(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Give the five factors of a stored document."""
    return {f"{factor}_score": stored.get(f"{factor}_score") for factor in FACTORS}


def tell_explanation(factors: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give the words of stored factors, in the language that is active."""
    told = read_explanation(factors)
    return {"reasons": list(told.reasons), "gaps": list(told.gaps), "unknowns": list(told.unknowns)}


class JobSourceSerializer(serializers.ModelSerializer):
    """Where a job was read."""

    class Meta:
        model = JobSource
        fields = ["id", "name", "kind", "attribution"]
        read_only_fields = fields


class JobSummarySerializer(serializers.ModelSerializer):
    """A job in a list. Pay is in minor units of its currency (cents); `pay_annual_…` in whole units a year."""

    source = JobSourceSerializer(read_only=True)  # type: ignore[assignment]

    class Meta:
        model = Job
        fields = [
            "id",
            "source",
            "title",
            "company",
            "location",
            "workplace",
            "office_days",
            "employment_type",
            "seniority",
            "industry",
            "pay_minimum",
            "pay_maximum",
            "pay_currency",
            "pay_period",
            "pay_annual_minimum",
            "pay_annual_maximum",
            "required_skills",
            "preferred_skills",
            "url",
            "posted_at",
            "closes_at",
            "closed_at",
        ]
        read_only_fields = fields


class JobSerializer(JobSummarySerializer):
    """A job with its description; `description_html` is sanitized when it is read in."""

    class Meta(JobSummarySerializer.Meta):
        fields = [
            *JobSummarySerializer.Meta.fields,
            "external_id",
            "remote_countries",
            "years_minimum",
            "description_text",
            "description_html",
            "apply_url",
            "first_seen_at",
            "last_seen_at",
        ]
        read_only_fields = fields


class MatchSerializer(serializers.ModelSerializer):
    """How one job fits one persona: the score 0–100, the share of the weights that is known, the factors in words."""

    job = JobSummarySerializer(read_only=True)
    factors = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()
    change = serializers.SerializerMethodField(
        help_text=_("What the last refresh that changed it did and why, in a sentence; empty until one has.")
    )

    class Meta:
        model = Match
        fields = [
            "id",
            "persona",
            "job",
            "match_score",
            "coverage",
            "factors",
            "explanation",
            "values_alignment",
            "change",
            "is_dismissed",
            "dismissed_at",
            "dismissed_because",
            "created_at",
            "refreshed_at",
            "expires_at",
        ]
        read_only_fields = fields

    @extend_schema_field(FACTORS_SCHEMA)
    def get_factors(self, match: Match) -> dict[str, Any]:
        """The five factors."""
        return five_factors(match.match_factors)

    @extend_schema_field(EXPLANATION_SCHEMA)
    def get_explanation(self, match: Match) -> dict[str, list[str]]:
        """The words, made anew from the stored factors."""
        return tell_explanation(match.match_factors)

    def get_change(self, match: Match) -> str:
        """The words for the last change."""
        return tell_changes(match.changes)


class DismissSerializer(serializers.Serializer):
    """Why a match is set aside; may be left out."""

    because = serializers.ChoiceField(choices=DismissalReason.choices, required=False)


class WeightField(serializers.DecimalField):
    """A weight from 0 to 1 in hundredths."""

    default_error_messages = {
        "max_value": _("A weight is at most {max_value}; give a number from 0 to 1."),
        "min_value": _("A weight is at least {min_value}; give a number from 0 to 1."),
        "max_digits": _("Give a number from 0 to 1 with at most two decimals."),
        "max_whole_digits": _("Give a number from 0 to 1 with at most two decimals."),
        "max_decimal_places": _("Give a number from 0 to 1 with at most two decimals."),
    }

    def __init__(self, *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(
            max_digits=3, decimal_places=2, min_value=0, max_value=1, required=required, **kwargs
        )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Pay first",
            value={
                "name": "Pay first",
                "skill_weight": "0.30",
                "salary_weight": "0.50",
                "location_weight": "0.10",
                "remote_weight": "0.10",
                "industry_weight": "0.00",
                "is_default": True,
            },
            request_only=True,
        )
    ]
)
class TunerSettingsSerializer(serializers.ModelSerializer):
    """A preset of the five weights; only their proportions matter. Scores use the default one."""

    skill_weight = WeightField()
    salary_weight = WeightField()
    location_weight = WeightField()
    remote_weight = WeightField()
    industry_weight = WeightField()

    class Meta:
        model = TunerSettings
        fields = ["id", "name", *WEIGHTS, "is_default", "created_at", "updated_at"]
        read_only_fields = ["id", "created_at", "updated_at"]


class ReadyPresetSerializer(serializers.Serializer):
    """A preset that comes with Relevnt: its code, what it is called, its weights."""

    code = serializers.ChoiceField(choices=list(READY))
    name = serializers.CharField()
    skill_weight = WeightField(required=True)
    salary_weight = WeightField(required=True)
    location_weight = WeightField(required=True)
    remote_weight = WeightField(required=True)
    industry_weight = WeightField(required=True)


class WeightsSerializer(serializers.Serializer):
    """Five weights from 0 to 1; only their proportions matter, and all zero means the usual ones."""

    skill_weight = WeightField(required=True)
    salary_weight = WeightField(required=True)
    location_weight = WeightField(required=True)
    remote_weight = WeightField(required=True)
    industry_weight = WeightField(required=True)


_TRIED = {
    "skill_weight": "0.30",
    "salary_weight": "0.50",
    "location_weight": "0.10",
    "remote_weight": "0.10",
    "industry_weight": "0.00",
}


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Weights of your own",
            value={"persona": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11", "weights": _TRIED},
            request_only=True,
        ),
        OpenApiExample(
            "A ready preset, the second page",
            value={
                "persona": "5f0c3f6e-6f0e-4a8e-9f3f-0c7a3a6f2b11",
                "preset": "remote_friendly",
                "cursor": "",
            },
            request_only=True,
        ),
    ]
)
class WhatIfSerializer(serializers.Serializer):
    """What is tried: a persona under some weights, or under a preset (an id of yours, or the code of a ready one)."""

    persona = serializers.UUIDField()
    weights = WeightsSerializer(required=False)
    preset = serializers.CharField(required=False, max_length=36)
    cursor = serializers.CharField(
        required=False, max_length=100, help_text=_("Taken from `next` or `previous` of an answer.")
    )
    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for weights or a preset."""
        if ("weights" in attrs) == ("preset" in attrs):
            raise serializers.ValidationError(_("Give either weights or a preset."))
        return attrs


class RankedRowSerializer(serializers.Serializer):
    """One job of a ranking under tried weights."""

    rank = serializers.IntegerField(min_value=1, help_text=_("The place, from 1."))
    moved = serializers.IntegerField(
        allow_null=True,
        help_text=_(
            "Places gained against the weights that count now, lost ones below 0; null where it is new."
        ),
    )
    match = serializers.UUIDField(
        source="match.pk", default=None, allow_null=True, help_text=_("The stored match, if there is one.")
    )
    job = JobSummarySerializer()
    match_score = serializers.DecimalField(max_digits=5, decimal_places=2)
    coverage = serializers.DecimalField(max_digits=5, decimal_places=4)
    factors = serializers.SerializerMethodField()

    @extend_schema_field(FACTORS_SCHEMA)
    def get_factors(self, row: RankedRow) -> dict[str, Any]:
        """The five factors."""
        return five_factors(row.match_factors)


class RankedPageSerializer(serializers.Serializer):
    """A page of open jobs ranked under tried weights; nothing of it is saved."""

    next = serializers.CharField(
        source="next_cursor", allow_null=True, help_text=_("The cursor of the next page, null on the last.")
    )
    previous = serializers.CharField(
        source="previous_cursor",
        allow_null=True,
        help_text=_("The cursor of the page before, null on the first."),
    )
    total = serializers.IntegerField(help_text=_("How many open jobs match."))
    open_jobs = serializers.IntegerField(help_text=_("How many open jobs were looked at."))
    weights = WeightsSerializer(help_text=_("The weights that counted."))
    results = RankedRowSerializer(many=True)


class WishesPreviewSerializer(serializers.Serializer):
    """The first page as it would be under other wishes; nothing of it is saved."""

    total = serializers.IntegerField(help_text=_("How many open jobs would match."))
    was_total = serializers.IntegerField(help_text=_("How many match now."))
    open_jobs = serializers.IntegerField(help_text=_("How many open jobs were looked at."))
    coming = serializers.IntegerField(help_text=_("How many jobs of the page are not on it now."))
    rows = RankedRowSerializer(many=True)
    leaving = JobSummarySerializer(many=True, help_text=_("The jobs that would leave the page."))


class NearSkillSerializer(serializers.Serializer):
    """A skill that often goes with those somebody has."""

    name = serializers.CharField()
    because = serializers.ListField(
        child=serializers.CharField(), help_text=_("The skills it is inferred from.")
    )
