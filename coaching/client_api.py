"""The API of a client's rows as their coach may read them: each answer is one look, written down before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar, cast
from uuid import UUID

import django_filters
from django.db.models import F, QuerySet
from django.db.models.functions import Length
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from autoapply.application_api import ApplicationFilter
from autoapply.application_serializers import ApplicationSummarySerializer
from autoapply.decision_api import DecisionFilter, DecisionViewSet
from autoapply.models import Application, Decision, FollowUp, Rule
from autoapply.serializers import DecisionSerializer, RuleSerializer
from autoapply.slot_marks import read_week
from coaching.client_serializers import (
    ClientApplicationSerializer,
    ClientFollowUpSerializer,
    ClientLearningSerializer,
    ClientPersonaSerializer,
    ClientRecommendationSerializer,
    ClientResumeSerializer,
    ClientResumeSummarySerializer,
    ClientWeightsSerializer,
    ReviewedSerializer,
    ReviewSerializer,
)
from coaching.looks import look_at_client
from coaching.models import Relationship, Scope
from coaching.reviews import give_verdict, open_resume
from learning.models import Progress, Recommendation
from matching.api import FeedPages, MatchFilter
from matching.models import Match, TunerSettings
from matching.serializers import MatchSerializer
from personas.idempotency import Repeatable
from personas.models import Persona, Resume, ResumeFile, User, UserSkill
from personas.paging import CursorPages, Key
from personas.parsers import StrictJSONParser
from personas.problems import answer_refusal
from personas.serializers import SkillSerializer
from personas.services import ValuesRefused
from personas.throttles import FairShareThrottle

_YES_OR_NO = [("true", gettext_lazy("yes")), ("false", gettext_lazy("no"))]


class ClientList(GenericViewSet):
    """Rows of one client. The look is opened by `list` before anything of the client is read."""

    scope: ClassVar[str]
    page: ClassVar[str]
    pagination_class: Any = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    @property
    def coach(self) -> User:
        """The person who asks; strangers do not come this far."""
        return cast("User", self.request.user)

    @cached_property
    def relationship(self) -> Relationship:
        """The relationship that the address names; raises Http404 where the person who asks is not its coach."""
        own = Relationship.objects.owned_by(self.coach).select_related("client")
        found: Relationship = get_object_or_404(own, pk=self.kwargs["relationship_id"])
        return found

    def look(self, page: str, object_id: UUID | None = None) -> None:
        """Open what this address needs to the coach, and write it down; raises NotGranted."""
        look_at_client(
            coach=self.coach,
            relationship=self.relationship,
            scopes=[self.scope],
            page=page,
            object_id=object_id,
        )

    def get_queryset(self) -> Any:
        """The client's rows, as far as row security shows them."""
        rows: Any = self.queryset
        return rows.model.objects.owned_by(self.relationship.client)

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def list(self, request: Request, relationship_id: UUID) -> Response:
        """One page of rows."""
        self.look(self.page)
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class ClientRows(ClientList):
    """Rows of one client, and each of them alone."""

    page_of_one: ClassVar[str]

    def retrieve(self, request: Request, relationship_id: UUID, pk: UUID) -> Response:
        """One row."""
        self.look(self.page_of_one, pk)
        return Response(self.get_serializer(self.get_object()).data)


# --- matches ---------------------------------------------------------------------------------------------------------


class ClientMatchFilter(MatchFilter):
    """What the list of a client's matches may be narrowed to."""

    def only_persona(self, matches: QuerySet, name: str, value: UUID) -> QuerySet:
        """The matches of one persona."""
        return matches.filter(persona_id=value)


@extend_schema_view(
    list=extend_schema(summary="A client's personas, newest first"),
    retrieve=extend_schema(summary="One persona of a client, with what it looks for"),
)
class ClientPersonaViewSet(ClientRows):
    """Personas of a client who lets you see their matches."""

    queryset = Persona.objects.none()
    serializer_class = ClientPersonaSerializer
    scope = Scope.MATCHES
    page, page_of_one = "personas", "persona"

    def get_queryset(self) -> Any:
        """Personas with what they look for; which résumé goes with them is granted elsewhere."""
        return super().get_queryset().select_related("preferences")


@extend_schema_view(
    list=extend_schema(summary="A client's matches, best first"),
    retrieve=extend_schema(summary="One match of a client with its reasons"),
)
class ClientMatchViewSet(ClientRows):
    """Matches of a client."""

    queryset = Match.objects.none()
    serializer_class = MatchSerializer
    filterset_class = ClientMatchFilter
    pagination_class = FeedPages
    scope = Scope.MATCHES
    page, page_of_one = "matches", "match"

    def get_queryset(self) -> Any:
        """Matches as the client's feed has them."""
        return super().get_queryset().for_feed()


@extend_schema_view(list=extend_schema(summary="A client's presets of weights, newest first"))
class ClientWeightsViewSet(ClientList):
    """Weights of a client who lets you see their matches."""

    queryset = TunerSettings.objects.none()
    serializer_class = ClientWeightsSerializer
    scope = Scope.MATCHES
    page = "weights"


# --- applications ----------------------------------------------------------------------------------------------------


class ClientDecisionFilter(DecisionFilter):
    """What the ledger of a client's rules may be narrowed to."""

    def only_rule(self, decisions: QuerySet, name: str, value: UUID) -> QuerySet:
        """The verdicts of one rule."""
        return decisions.filter(rule_id=value)


class ClientApplicationFilter(ApplicationFilter):
    """What the list of a client's applications may be narrowed to."""

    def only_rule(self, rows: QuerySet, name: str, value: UUID) -> QuerySet:
        """Applications of one rule."""
        return rows.filter(rule_id=value)

    def only_persona(self, rows: QuerySet, name: str, value: UUID) -> QuerySet:
        """Applications as one persona."""
        return rows.filter(persona_id=value)


class FollowUpFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of follow-ups may be narrowed to."""

    done = django_filters.ChoiceFilter(
        choices=_YES_OR_NO, method="only_done", label=gettext_lazy("Those that are done, or those to do.")
    )

    class Meta:
        model = FollowUp
        fields = ["done"]

    def only_done(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Follow-ups that are done, or those to do."""
        return rows.filter(done_at__isnull=value == "false")


@extend_schema_view(
    list=extend_schema(summary="A client's rules, newest first"),
    retrieve=extend_schema(summary="One rule of a client"),
)
class ClientRuleViewSet(ClientRows):
    """Standing rules of a client who lets you see their applications."""

    queryset = Rule.objects.none()
    serializer_class = RuleSerializer
    scope = Scope.APPLICATIONS
    page, page_of_one = "rules", "rule"

    def get_serializer_context(self) -> dict[str, Any]:
        """With the places of the client's week, read once for all rules that are shown."""
        context = super().get_serializer_context()
        if "relationship_id" in self.kwargs:
            context["week"] = read_week(user=self.relationship.client, at=timezone.now())
        return context


@extend_schema_view(
    list=extend_schema(summary="The ledger of a client's rules: what passes first, then what came furthest"),
    retrieve=extend_schema(summary="What one rule of a client says of one job"),
)
class ClientDecisionViewSet(ClientRows):
    """Verdicts of a client's rules."""

    queryset = Decision.objects.none()
    serializer_class = DecisionSerializer
    filterset_class = ClientDecisionFilter
    page_keys = DecisionViewSet.page_keys
    scope = Scope.APPLICATIONS
    page, page_of_one = "decisions", "decision"

    def get_queryset(self) -> Any:
        """Verdicts with their jobs."""
        return super().get_queryset().for_ledger()


@extend_schema_view(
    list=extend_schema(
        summary="A client's applications, newest first", responses=ApplicationSummarySerializer(many=True)
    ),
    retrieve=extend_schema(summary="One application of a client with its steps"),
)
class ClientApplicationViewSet(ClientRows):
    """Applications of a client, without what they carry: kits, answers and letters stay closed."""

    queryset = Application.objects.none()
    filterset_class = ClientApplicationFilter
    page_keys = (Key("created_at", datetime.fromisoformat, falling=True), Key("pk", UUID))
    scope = Scope.APPLICATIONS
    page, page_of_one = "applications", "application"

    def get_queryset(self) -> Any:
        """Applications; one of them comes with its steps."""
        rows = super().get_queryset()
        return rows if self.action == "list" else rows.prefetch_related("events")

    def get_serializer_class(self) -> Any:
        """Lists are short, the rest is whole."""
        return ApplicationSummarySerializer if self.action == "list" else ClientApplicationSerializer


@extend_schema_view(
    list=extend_schema(summary="A client's follow-ups by day"),
    retrieve=extend_schema(summary="One follow-up of a client"),
)
class ClientFollowUpViewSet(ClientRows):
    """What a client planned about their applications."""

    queryset = FollowUp.objects.none()
    serializer_class = ClientFollowUpSerializer
    filterset_class = FollowUpFilter
    page_keys = (
        Key("due_on", date.fromisoformat),
        Key("created_at", datetime.fromisoformat),
        Key("pk", UUID),
    )
    scope = Scope.APPLICATIONS
    page, page_of_one = "follow_ups", "follow_up"

    def get_queryset(self) -> Any:
        """Follow-ups with what they are about."""
        return super().get_queryset().for_list()


# --- learning and résumés --------------------------------------------------------------------------------------------


@extend_schema_view(
    list=extend_schema(summary="What a client might learn, newest first"),
    retrieve=extend_schema(summary="One thing that a client might learn"),
)
class ClientRecommendationViewSet(ClientRows):
    """Recommendations to a client who lets you see what they learn."""

    queryset = Recommendation.objects.none()
    serializer_class = ClientRecommendationSerializer
    scope = Scope.LEARNING
    page, page_of_one = "recommendations", "recommendation"

    def get_queryset(self) -> QuerySet[Any]:
        """Those that have not expired."""
        rows: QuerySet[Any] = super().get_queryset()
        return rows.filter(expires_at__gt=timezone.now())


@extend_schema_view(
    list=extend_schema(summary="How far a client is with what they learn, newest first"),
    retrieve=extend_schema(summary="How far a client is with one skill"),
)
class ClientProgressViewSet(ClientRows):
    """Progress of a client who lets you see what they learn."""

    queryset = Progress.objects.none()
    serializer_class = ClientLearningSerializer
    scope = Scope.LEARNING
    page, page_of_one = "learning_progress", "learning_step"


@extend_schema_view(
    list=extend_schema(
        summary="A client's résumés, newest first", responses=ClientResumeSummarySerializer(many=True)
    ),
    retrieve=extend_schema(summary="One résumé of a client with what was read in it"),
)
class ClientResumeViewSet(Repeatable, ClientRows):
    """Résumés of a client who lets you see them, and your reviews of them."""

    queryset = Resume.objects.none()
    scope = Scope.RESUME
    page, page_of_one = "resumes", "resume"

    def get_queryset(self) -> Any:
        """Résumés with what is told of their files; a list leaves out the long texts."""
        rows = (
            super()
            .get_queryset()
            .annotate(
                file_name=F("file__name"),
                file_media_type=F("file__media_type"),
                file_size=Length("file__content"),
            )
        )
        return rows.defer("text", "document", "unplaced") if self.action == "list" else rows

    def get_serializer_class(self) -> Any:
        """Lists are short, the rest is whole."""
        return ClientResumeSummarySerializer if self.action == "list" else ClientResumeSerializer

    @extend_schema(
        summary="Review a résumé whose owner asks for it",
        description="Approve it, or say what should change. It is a look at the résumé, which the client sees, also where the "
        "review is refused.",
        request=ReviewSerializer,
        responses=ReviewedSerializer,
    )
    @action(detail=True, methods=["post"])
    def review(self, request: Request, relationship_id: UUID, pk: UUID) -> HttpResponse:
        """Write the verdict."""
        resume = open_resume(coach=self.coach, relationship=self.relationship, resume_id=pk)
        asked = ReviewSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            give_verdict(resume=resume, **asked.validated_data)
        except ValuesRefused as refused:
            # What is refused tells of what was read: the look stays written down.
            return answer_refusal(refused, request.path)
        return Response(ReviewedSerializer(resume).data)

    @extend_schema(
        summary="The file of a client's résumé",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, relationship_id: UUID, pk: UUID) -> HttpResponse:
        """The file, to be saved and never shown by a browser as a page of ours."""
        self.look("resume_file", pk)
        file = get_object_or_404(ResumeFile.objects.owned_by(self.relationship.client), resume_id=pk)
        headers = {
            "Content-Disposition": content_disposition_header(True, file.name) or "attachment",
            "Content-Security-Policy": "sandbox",
        }
        return HttpResponse(bytes(file.content), content_type="application/octet-stream", headers=headers)


@extend_schema_view(
    list=extend_schema(summary="A client's skills, newest first"),
    retrieve=extend_schema(summary="One skill of a client"),
)
class ClientSkillViewSet(ClientRows):
    """Skills of a client who lets you see their résumé."""

    queryset = UserSkill.objects.none()
    serializer_class = SkillSerializer
    scope = Scope.RESUME
    page, page_of_one = "skills", "skill"


CLIENT_ROWS: Sequence[tuple[str, type[ClientList]]] = (
    ("personas", ClientPersonaViewSet),
    ("matches", ClientMatchViewSet),
    ("weights", ClientWeightsViewSet),
    ("rules", ClientRuleViewSet),
    ("decisions", ClientDecisionViewSet),
    ("applications", ClientApplicationViewSet),
    ("follow-ups", ClientFollowUpViewSet),
    ("recommendations", ClientRecommendationViewSet),
    ("learning-progress", ClientProgressViewSet),
    ("resumes", ClientResumeViewSet),
    ("skills", ClientSkillViewSet),
)
"""What stands below the address of a client, and the view that shows it."""
