"""The API of standing rules: written, enabled, tried over the last days; the limits over all of them, and the pause."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from autoapply import rules
from autoapply.models import Rule
from autoapply.policy import judge_company
from autoapply.rule_checking import both_lists
from autoapply.serializers import (
    CompanyTestSerializer,
    LimitsSerializer,
    PauseSerializer,
    RuleSerializer,
    TestedCompanySerializer,
)
from autoapply.simulation import simulate
from autoapply.simulation_serializers import SimulationSerializer
from autoapply.slot_marks import read_week
from personas.companies import company_key
from personas.idempotency import Repeatable
from personas.models import User
from personas.paging import CursorPages
from personas.parsers import StrictJSONParser
from personas.throttles import FairShareThrottle


@extend_schema_view(
    list=extend_schema(summary="Your rules, newest first"),
    retrieve=extend_schema(summary="One rule"),
)
class RuleViewSet(Repeatable, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Standing rules of the person who asks."""

    queryset = Rule.objects.none()
    serializer_class = RuleSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The rules of the person who asks."""
        return Rule.objects.owned_by(self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        """With the places of the week, read once for all rules that are shown."""
        context = super().get_serializer_context()
        if self.request is not None and self.request.user.is_authenticated:
            context["week"] = read_week(user=_person(self.request), at=timezone.now())
        return context

    @extend_schema(
        summary="Keep a rule, disabled",
        description="What is left out has its usual value: ask first, 5 applications a week, any score, every day. A person "
        f"keeps at most {rules.MAX_RULES} rules.",
    )
    def create(self, request: Request) -> Response:
        """Keep a rule."""
        rule = rules.create_rule(user=_person(request), values=self._given(request))
        return self._answer(rule.pk, status=201, headers={"Location": f"{request.path}{rule.pk}/"})

    @extend_schema(
        summary="Change a rule",
        description="The answer waits until nothing is being sent for it; from then on it acts as it says.",
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        rule = self.get_object()
        rules.edit_rule(rule=rule, values=self._given(request, rule))
        return self._answer(pk)

    @extend_schema(
        summary="Delete a rule",
        description="What it has queued and not sent is cancelled; what was sent stays told. The places of the week that it "
        "used stay used.",
    )
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a rule."""
        rules.delete_rule(rule=self.get_object())
        return Response(status=204)

    @extend_schema(
        summary="Let a rule act from now on",
        description="Its persona, or one of all for a rule without one, must have a résumé with its file.",
        request=None,
        responses=RuleSerializer,
    )
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, pk: UUID) -> Response:
        """Enable a rule."""
        rules.enable_rule(rule=self.get_object())
        return self._answer(pk)

    @extend_schema(
        summary="Stop a rule at once",
        description="The answer comes when nothing more is sent for it.",
        request=None,
        responses=RuleSerializer,
    )
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, pk: UUID) -> Response:
        """Disable a rule."""
        rules.disable_rule(rule=self.get_object())
        return self._answer(pk)

    @extend_schema(
        summary="What a rule would have done on the last 30 days",
        description="Weighed at the moment of asking, with today's persona and weights, whether the rule is enabled or not. "
        "No application is queued and no verdict kept, so a key that may only read may ask for it.",
        request=None,
        responses=SimulationSerializer,
    )
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def simulate(self, request: Request, pk: UUID) -> Response:
        """Simulate a rule."""
        rule = get_object_or_404(self.get_queryset().select_related("user", "persona"), pk=pk)
        return Response(SimulationSerializer(simulate(rule=rule, at=timezone.now())).data)

    @extend_schema(
        summary="Whether a company would be blocked, and by which line",
        description="Asks the lists that are given, and those of `rule` where one is not. Nothing is kept, so a key that may "
        "only read may ask for it.",
        request=CompanyTestSerializer,
        responses=TestedCompanySerializer,
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="test-company",
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filter_backends=[],
    )
    def test_company(self, request: Request) -> Response:
        """Ask two lists about a company."""
        asked = CompanyTestSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        verdicts = judge_company(given["company"], **both_lists(given, given.get("rule")))
        answer = {
            "company": given["company"],
            "key": company_key(given["company"]),
            "blocked": not verdicts.passed,
            "verdicts": verdicts.all,
        }
        return Response(TestedCompanySerializer(answer).data)

    def _given(self, request: Request, rule: Rule | None = None) -> rules.RuleValues:
        serializer = self.get_serializer(rule, data=request.data, partial=rule is not None)
        serializer.is_valid(raise_exception=True)
        return cast("rules.RuleValues", dict(serializer.validated_data))

    def _answer(self, pk: UUID, **answer: Any) -> Response:
        """The rule as the database has it now."""
        row = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(self.get_serializer(row).data, **answer)


class LimitsView(APIView):
    """What all rules of the person who asks may do together."""

    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="auto_apply_limits_retrieve",
        summary="Your limits over all rules, this week's places, and whether everything is paused",
        responses=LimitsSerializer,
    )
    def get(self, request: Request) -> Response:
        """The limits."""
        return _limits(request)

    @extend_schema(
        operation_id="auto_apply_limits_partial_update",
        summary="Change your limits over all rules",
        request=LimitsSerializer(partial=True),
        responses=LimitsSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change what is given."""
        serializer = LimitsSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        values = cast("rules.StandingValues", dict(serializer.validated_data))
        rules.edit_standing(user=_person(request), values=values)
        return _limits(request)


class PauseView(Repeatable):
    """The switch over everything."""

    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="auto_apply_pause_create",
        summary="Pause everything, or let the enabled rules act again",
        description="When everything is paused, the answer comes when nothing more is sent.",
        request=PauseSerializer,
        responses=LimitsSerializer,
    )
    def post(self, request: Request) -> Response:
        """Pause or resume."""
        asked = PauseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        switch = rules.pause if asked.validated_data["paused"] else rules.resume
        switch(user=_person(request))
        return _limits(request)


def _limits(request: Request) -> Response:
    """The limits as the database has them now."""
    user = _person(request)
    week = read_week(user=user, at=timezone.now())
    return Response(LimitsSerializer(rules.find_standing(user=user), context={"week": week}).data)


def _person(request: Request) -> User:
    """The person who asks; strangers do not come this far."""
    return cast("User", request.user)
