"""What the API reads and shows of what is weighed at the moment of asking: jobs under a filter, one job for some personas."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from matching.filters import JobFilter
from matching.narrowing import MOST_PAY, SENIORITIES, WORKPLACES, days_before
from matching.ranking import RankedRow
from matching.serializers import (
    EXPLANATION_SCHEMA,
    FACTORS_SCHEMA,
    JobSummarySerializer,
    five_factors,
    tell_explanation,
)
from personas.gazetteer import Place, gazetteer


class MatchSearchSerializer(serializers.Serializer):
    """What a persona's open jobs are narrowed to."""

    persona = serializers.UUIDField(help_text=_("The id of a persona."))
    place = serializers.CharField(
        required=False,
        max_length=200,
        help_text=_("A town, a region or a country, such as “Austin, TX”: within 100 km, or in it."),
    )
    workplace = serializers.MultipleChoiceField(choices=WORKPLACES, required=False)
    seniority = serializers.MultipleChoiceField(choices=SENIORITIES, required=False)
    minimum_pay = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_PAY,
        help_text=_("A year, in whole units of the persona's currency."),
    )
    posted_within = serializers.IntegerField(
        required=False, min_value=1, max_value=3650, help_text=_("Days.")
    )
    least_coverage = serializers.DecimalField(
        required=False,
        max_digits=5,
        decimal_places=4,
        min_value=0,
        max_value=1,
        help_text=_("How much of the asked-for weight must be stated, 0–1."),
    )
    with_unstated = serializers.BooleanField(
        default=False, help_text=_("Keep jobs that do not state what is asked for.")
    )

    def validate_place(self, typed: str) -> Place:
        """Read the place, or refuse one that is not known."""
        place = gazetteer().find(typed)
        if place is None:
            raise serializers.ValidationError(_("We know no place of this name."))
        return place

    def read_filter(self, *, currency: str, now: datetime) -> JobFilter:
        """Give the filter of valid data."""
        data = self.validated_data
        days = data.get("posted_within")
        return JobFilter(
            place=data.get("place"),
            workplaces=frozenset(data.get("workplace", ())),
            seniorities=frozenset(data.get("seniority", ())),
            minimum_pay=data.get("minimum_pay"),
            currency=currency,
            posted_after=days_before(now, days) if days else None,
            least_coverage=data.get("least_coverage"),
            with_unstated=data["with_unstated"],
        )


class JobSearchSerializer(MatchSearchSerializer):
    """What all open jobs are searched by."""

    persona = None  # type: ignore[assignment]
    least_coverage = None  # type: ignore[assignment]
    q = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200, help_text=_("Words.")
    )
    minimum_pay = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_PAY,
        help_text=_("A year, in whole units of your currency."),
    )
    exactly = serializers.BooleanField(default=False, help_text=_("Take no word for another one."))


class JobsFoundSerializer(serializers.Serializer):
    """A page of jobs; `total` is null where it would take long to tell, and true to two digits where `is_estimate`."""

    next = serializers.URLField(allow_null=True)
    words = serializers.CharField()
    is_corrected = serializers.BooleanField()
    total = serializers.IntegerField(allow_null=True)
    is_estimate = serializers.BooleanField()
    open_jobs = serializers.IntegerField()
    unstated = serializers.IntegerField()
    results = JobSummarySerializer(many=True)


class FoundRowSerializer(serializers.Serializer):
    """One job of a ranking; `match` is the id of its stored match, or null where none is kept."""

    rank = serializers.IntegerField()
    match = serializers.UUIDField(source="match.pk", allow_null=True, default=None)
    job = JobSummarySerializer()
    match_score = serializers.DecimalField(max_digits=5, decimal_places=2)
    coverage = serializers.DecimalField(max_digits=5, decimal_places=4)
    factors = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()

    @extend_schema_field(FACTORS_SCHEMA)
    def get_factors(self, row: RankedRow) -> dict[str, Any]:
        """The five factors."""
        return five_factors(row.match_factors)

    @extend_schema_field(EXPLANATION_SCHEMA)
    def get_explanation(self, row: RankedRow) -> dict[str, list[str]]:
        """The words, made from the factors."""
        return tell_explanation(row.match_factors)


class FoundPageSerializer(serializers.Serializer):
    """One page of a ranking over all open jobs."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    total = serializers.IntegerField(help_text=_("How many jobs match and pass the filter."))
    unstated = serializers.IntegerField(
        help_text=_("How many are left out only because they do not state what is asked for.")
    )
    open_jobs = serializers.IntegerField(help_text=_("How many jobs were looked at."))
    results = FoundRowSerializer(many=True)


class JobScoresQuerySerializer(serializers.Serializer):
    """Which job, for which personas."""

    job = serializers.UUIDField(help_text=_("The id of a job."))
    persona = serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=10,
        help_text=_("The ids of one to ten personas, each as a parameter of its own."),
    )


class RaiseSerializer(serializers.Serializer):
    """A change that would raise a score: its kind, what it is about, its points, the job's place now and then."""

    kind = serializers.ChoiceField(choices=["skill", "level", "place", "workplace", "floor"])
    subject = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)
    points = serializers.DecimalField(max_digits=5, decimal_places=2)
    rank_now = serializers.IntegerField(allow_null=True)
    rank_then = serializers.IntegerField(allow_null=True)


class SpokenSerializer(serializers.Serializer):
    """A value that a posting speaks of, and the sentence that shows it."""

    value = serializers.CharField()
    sentence = serializers.CharField()


class AlignmentSerializer(serializers.Serializer):
    """What of a persona's values a posting speaks of; percent is the share of them, and no part of a score."""

    percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    spoken = SpokenSerializer(many=True)
    silent = serializers.ListField(child=serializers.CharField())


class JobScoreSerializer(serializers.Serializer):
    """One job for one persona; where it is no match the score is null and `mismatch` says why."""

    persona = serializers.UUIDField()
    match_score = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    factors = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()
    mismatch = serializers.CharField(allow_blank=True)
    what_ifs = serializers.SerializerMethodField()
    values = AlignmentSerializer(allow_null=True)

    @extend_schema_field(FACTORS_SCHEMA)
    def get_factors(self, scored: Mapping[str, Any]) -> dict[str, Any]:
        """The five factors."""
        return five_factors(scored["match_factors"] or {})

    @extend_schema_field(EXPLANATION_SCHEMA)
    def get_explanation(self, scored: Mapping[str, Any]) -> dict[str, list[str]]:
        """The words, made from the factors."""
        return tell_explanation({"asked": [], **(scored["match_factors"] or {})})

    @extend_schema_field(RaiseSerializer(many=True))
    def get_what_ifs(self, scored: Mapping[str, Any]) -> Any:
        """The changes, the one that raises it most first."""
        rows = [
            {
                "kind": each.kind,
                "subject": each.subject,
                "detail": each.detail,
                "points": each.points,
                "rank_now": now,
                "rank_then": then,
            }
            for each, now, then in scored["what_ifs"]
        ]
        return RaiseSerializer(rows, many=True).data


class JobScoresSerializer(serializers.Serializer):
    """One job for some personas."""

    job = serializers.UUIDField()
    scores = JobScoreSerializer(many=True)
