"""What the API shows of a simulation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from autoapply.gate_words import gate_name
from autoapply.models import Application
from autoapply.policy import GATES
from autoapply.serializers import VerdictSerializer, tell_verdicts
from autoapply.simulation import Sample, Simulation
from autoapply.simulation_words import stopped_in_days_words
from matching.serializers import JobSummarySerializer


class SimulatedDaySerializer(serializers.Serializer):
    """One day, and how many applications the rule would have sent by itself or handed over on it."""

    on = serializers.DateField()
    week = serializers.DateField(help_text=_("The Monday of its week."))
    is_active = serializers.BooleanField(help_text=_("Whether the rule acts on it."))
    by_us = serializers.IntegerField(help_text=_("Sent by Relevnt."))
    by_you = serializers.IntegerField(help_text=_("Handed over to be sent by you."))
    total = serializers.IntegerField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Below the threshold",
            value={
                "gate": "threshold",
                "name": "lowest score",
                "jobs": 120,
                "words": "120 jobs score too low",
            },
        )
    ]
)
class StoppedSerializer(serializers.Serializer):
    """How many jobs one gate stopped before any other did."""

    gate = serializers.ChoiceField(choices=GATES)
    name = serializers.CharField()
    jobs = serializers.IntegerField()
    words = serializers.CharField()


class SampleSerializer(serializers.Serializer):
    """One job that the rule would have applied to."""

    day = serializers.DateField()
    job = JobSummarySerializer()
    persona = serializers.UUIDField(source="persona.pk")
    match_score = serializers.DecimalField(source="score", max_digits=5, decimal_places=2)
    channel = serializers.ChoiceField(choices=Application.Channel.choices)
    verdicts = serializers.SerializerMethodField()

    @extend_schema_field(VerdictSerializer(many=True))
    def get_verdicts(self, sample: Sample) -> list[dict[str, Any]]:
        """Every verdict with its words."""
        return tell_verdicts(sample.verdicts.all)


class SimulationSerializer(serializers.Serializer):
    """What a rule would have done on the last days, with today's persona and weights; `limits` says what this cannot know."""

    zone = serializers.CharField(help_text=_("The time zone whose days these are."))
    days = SimulatedDaySerializer(many=True)
    personas = serializers.SerializerMethodField()
    looked_at = serializers.IntegerField(help_text=_("Jobs that were looked at."))
    matching = serializers.IntegerField(help_text=_("Jobs of them that match."))
    total = serializers.IntegerField(help_text=_("Jobs of these that would have been applied to."))
    by_us = serializers.IntegerField()
    by_you = serializers.IntegerField()
    stopped = serializers.SerializerMethodField()
    histogram = serializers.ListField(
        child=serializers.IntegerField(),
        help_text=_("The scores of the matching jobs in 20 bins of five points, from 0 on."),
    )
    threshold = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    reaching = serializers.IntegerField(help_text=_("Matching jobs that reach the threshold."))
    a_week = serializers.IntegerField(help_text=_("How many places a week has."))
    samples = SampleSerializer(many=True)
    to_do = VerdictSerializer(many=True, help_text=_("What would stop every application today."))
    read_at = serializers.DateTimeField(help_text=_("When the open jobs were read."))
    closed_read_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When the jobs that closed lately were read; null where they were not.")
    )
    limits = serializers.ListField(child=serializers.CharField(), help_text=_("In words."))

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_personas(self, found: Simulation) -> list[str]:
        """The ids of the personas whose matches were looked at."""
        return [str(persona.pk) for persona in found.personas]

    @extend_schema_field(StoppedSerializer(many=True))
    def get_stopped(self, found: Simulation) -> list[dict[str, Any]]:
        """What stopped the other jobs, in the order of the gates."""
        rows = [
            {"gate": gate, "name": gate_name(gate), "jobs": jobs, "words": stopped_in_days_words(gate, jobs)}
            for gate, jobs in found.stopped.items()
        ]
        return list(StoppedSerializer(rows, many=True).data)
