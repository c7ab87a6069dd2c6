"""The API of verdicts: the ledger of a person's rules, and what a rule says of any job at the moment of asking."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from autoapply.gate_words import gate_name
from autoapply.models import Decision, Rule
from autoapply.policy import GATES
from autoapply.queueing import decide_now
from autoapply.serializers import AskedSerializer, DecisionSerializer, VerdictsSerializer
from matching.models import Job
from personas.models import User
from personas.paging import CursorPages, Key
from personas.parsers import StrictJSONParser
from personas.throttles import FairShareThrottle

_SCORE = re.compile(r"[0-9]{1,3}\.[0-9]{2}")
_YES_OR_NO = [("true", gettext_lazy("yes")), ("false", gettext_lazy("no"))]


def own_rule(user: User, pk: UUID) -> Rule:
    """The person's rule of this id, with what it judges by; raise NotFound."""
    rule: Rule | None = (
        Rule.objects.owned_by(user).select_related("user", "persona__preferences").filter(pk=pk).first()
    )
    if rule is None:
        raise NotFound(_("You have no rule of this id."))
    return rule


class DecisionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What the ledger may be narrowed to."""

    rule = django_filters.UUIDFilter(method="only_rule", label=gettext_lazy("The id of a rule."))
    gate = django_filters.ChoiceFilter(
        field_name="first_failed",
        choices=[(gate, gate_name(gate)) for gate in GATES],
        label=gettext_lazy("The first gate that did not let through."),
    )
    passed = django_filters.ChoiceFilter(
        choices=_YES_OR_NO,
        method="only_passed",
        label=gettext_lazy("What every gate lets through, or the rest."),
    )

    class Meta:
        model = Decision
        fields = ["rule", "gate", "passed"]

    def only_rule(self, decisions: QuerySet, name: str, value: UUID) -> QuerySet:
        """The verdicts of one rule; raises NotFound when there is none of this id."""
        return decisions.filter(rule=own_rule(self.request.user, value))

    def only_passed(self, decisions: QuerySet, name: str, value: str) -> QuerySet:
        """What every gate lets through, or the rest."""
        return decisions.filter(first_failed="") if value == "true" else decisions.exclude(first_failed="")


def _read_score(text: str) -> Decimal:
    """A score of a cursor; raises ValueError for anything else."""
    if not _SCORE.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


@extend_schema_view(
    list=extend_schema(
        summary="The ledger of your rules: what passes first, then what came furthest",
        description="One row for each rule and job among the stored matches, updated in place. Other jobs: see ask/.",
    ),
    retrieve=extend_schema(summary="What one rule says of one job"),
)
class DecisionViewSet(ReadOnlyModelViewSet):
    """Verdicts of the person's rules."""

    queryset = Decision.objects.none()
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    pagination_class = CursorPages
    page_keys = (
        Key("gates_passed", int, falling=True),
        Key("match_score", _read_score, falling=True, may_be_empty=True),
        Key("pk", UUID),
    )
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The verdicts of the person who asks, with their jobs."""
        return Decision.objects.owned_by(self.request.user).for_ledger()

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(
        summary="What a rule says of any job now",
        description="Asks every gate at this moment and keeps nothing. A job that is among no stored matches is scored for "
        "the rule's persona or, without one, for the persona that it fits best.",
        parameters=[AskedSerializer],
        responses=VerdictsSerializer,
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def ask(self, request: Request) -> Response:
        """Every verdict on one job; raises NotFound."""
        asked = AskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rule = own_rule(cast("User", request.user), asked.validated_data["rule"])
        job = Job.objects.defer("raw", "description_html").filter(pk=asked.validated_data["job"]).first()
        if job is None:
            raise NotFound(_("There is no job of this id."))
        at = timezone.now()
        verdicts = decide_now(rule=rule, job=job, at=at)
        stopped_by = verdicts.first_failed
        answer = {
            "rule": rule.pk,
            "job": job.pk,
            "passed": verdicts.passed,
            "first_failed": stopped_by.gate if stopped_by else "",
            "verdicts": verdicts.all,
            "decided_at": at,
        }
        return Response(VerdictsSerializer(answer).data)
