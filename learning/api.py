"""The API of learning: recommendations, gaps, progress, courses and settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from learning import progress
from learning.links import dead_among
from learning.market import read_demand
from learning.models import Course, LearningState, Progress, Recommendation
from learning.refresh import refresh_persona
from learning.serializers import (
    ChangedProgressSerializer,
    CourseSerializer,
    GapsSerializer,
    LearnedSkillSerializer,
    LearningProgressSerializer,
    LearningSettingsSerializer,
    MarketSerializer,
    NewProgressSerializer,
    PersonaAskedSerializer,
    RecommendationSerializer,
)
from personas.idempotency import Repeatable
from personas.models import Persona, User
from personas.paging import CursorPages, Key
from personas.parsers import StrictJSONParser
from personas.taxonomy import taxonomy
from personas.throttles import FairShareThrottle


def _person(request: Request) -> User:
    return cast("User", request.user)


def _own_persona(request: Request, pk: UUID) -> Persona:
    persona: Persona | None = Persona.objects.owned_by(request.user).filter(pk=pk).first()
    if persona is None:
        raise NotFound(_("You have no persona of this id."))
    return persona


class RecommendationFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of recommendations may be narrowed to."""

    persona = django_filters.UUIDFilter(field_name="persona_id", label=gettext_lazy("The id of a persona."))

    class Meta:
        model = Recommendation
        fields = ["persona"]


@extend_schema_view(
    list=extend_schema(summary="What you might learn, what pays most for its hours first"),
    retrieve=extend_schema(summary="One thing that you might learn"),
)
class RecommendationViewSet(ReadOnlyModelViewSet):
    """Live recommendations of the person who asks."""

    queryset = Recommendation.objects.none()
    serializer_class = RecommendationSerializer
    filterset_class = RecommendationFilter
    pagination_class = CursorPages
    page_keys = (Key("position", int), Key("pk", UUID))
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """Those that have not expired."""
        return Recommendation.objects.owned_by(self.request.user).live(timezone.now())

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """With the dead links of all rows, asked for at once."""
        rows = args[0] if args and kwargs.get("many") else []
        context = kwargs.pop("context", None) or self.get_serializer_context()
        if rows:
            context["dead"] = dead_among(
                {str(course.get("url", "")) for row in rows for course in row.courses}
            )
        return RecommendationSerializer(*args, context=context, **kwargs)

    @extend_schema(
        summary="Count a persona's gaps now", request=PersonaAskedSerializer, responses=GapsSerializer
    )
    @action(detail=False, methods=["post"])
    def refresh(self, request: Request) -> Response:
        """Count among the open jobs as they were last read, and bring the recommendations up to date."""
        asked = PersonaAskedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        persona = _own_persona(request, asked.validated_data["persona"])
        return Response(GapsSerializer(refresh_persona(persona=persona, now=timezone.now())).data)


class GapsView(APIView):
    """Every skill that was weighed for a persona."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        summary="Every skill that was weighed for a persona",
        parameters=[OpenApiParameter("persona", UUID, required=True)],
        responses=GapsSerializer,
    )
    def get(self, request: Request) -> Response:
        """As the last count left it; NotFound before the first."""
        asked = PersonaAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        persona = _own_persona(request, asked.validated_data["persona"])
        state = LearningState.objects.filter(persona=persona).first()
        if state is None:
            raise NotFound(_("Nothing is counted for this persona yet."))
        return Response(GapsSerializer(state).data)


class MarketView(APIView):
    """What the postings near a persona ask for, where, since when and for how much."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        summary="The market of a persona",
        parameters=[OpenApiParameter("persona", UUID, required=True)],
        responses=MarketSerializer,
    )
    def get(self, request: Request) -> Response:
        """Counted over the jobs as they were last read."""
        asked = PersonaAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        own = Persona.objects.owned_by(request.user).select_related("preferences", "user")
        persona = own.filter(pk=asked.validated_data["persona"]).first()
        if persona is None:
            raise NotFound(_("You have no persona of this id."))
        return Response(MarketSerializer(read_demand(persona=persona)[0]).data)


@extend_schema_view(
    list=extend_schema(summary="What you take up, newest first"),
    retrieve=extend_schema(summary="One skill that you take up"),
)
class ProgressViewSet(Repeatable, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Progress of the person who asks."""

    queryset = Progress.objects.none()
    serializer_class = LearningProgressSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The rows of the person who asks."""
        return Progress.objects.owned_by(self.request.user)

    @extend_schema(
        summary="Say how far you are with a skill",
        description="One row a skill, by whatever name; saying it again changes the one there is.",
        request=NewProgressSerializer,
        responses={201: LearningProgressSerializer},
    )
    def create(self, request: Request) -> Response:
        """Take a skill up."""
        given = NewProgressSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        if pk := values.pop("persona", None):
            values["persona"] = _own_persona(request, pk)
        row = progress.set_progress(user=_person(request), now=timezone.now(), **values)
        location = {"Location": f"{request.path}{row.pk}/"}
        return Response(self._shown(row.pk), status=201, headers=location)

    @extend_schema(
        summary="Say how far you are by now",
        request=ChangedProgressSerializer,
        responses=LearningProgressSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        row = self.get_object()
        given = ChangedProgressSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = {"status": row.status, **given.validated_data}
        progress.set_progress(user=_person(request), skill_name=row.skill_name, now=timezone.now(), **values)
        return Response(self._shown(pk))

    @extend_schema(summary="Take a skill off the list", description="Your skills stay as they are.")
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Forget it."""
        progress.forget_progress(progress=self.get_object())
        return Response(status=204)

    @extend_schema(
        summary="Add a learned skill to your skills",
        request=LearnedSkillSerializer,
        responses=LearningProgressSerializer,
    )
    @action(detail=True, methods=["post"])
    def skill(self, request: Request, pk: UUID) -> Response:
        """Put it into the inventory, or raise its level there."""
        row = self.get_object()
        given = LearnedSkillSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        progress.add_learned_skill(progress=row, now=timezone.now(), **given.validated_data)
        return Response(self._shown(pk))

    def _shown(self, pk: UUID) -> Any:
        return LearningProgressSerializer(self.get_queryset().get(pk=pk)).data


class CourseFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of courses may be narrowed to."""

    skill = django_filters.CharFilter(method="teaching", label=gettext_lazy("A skill, by any of its names."))
    language = django_filters.CharFilter(
        field_name="language", label=gettext_lazy("A code such as en or pt-BR.")
    )

    class Meta:
        model = Course
        fields = ["skill", "language"]

    def teaching(self, courses: QuerySet, name: str, value: str) -> QuerySet:
        """Courses that teach a skill."""
        taught: QuerySet = cast("Any", courses).teaching(taxonomy().key(value))
        return taught


@extend_schema_view(
    list=extend_schema(summary="Courses, those that were listed last first"),
    retrieve=extend_schema(summary="One course"),
)
class CourseViewSet(ReadOnlyModelViewSet):
    """Courses of all catalogs; every signed-in person may read them."""

    queryset = Course.objects.none()
    serializer_class = CourseSerializer
    filterset_class = CourseFilter
    pagination_class = CursorPages
    page_keys = (Key("created_at", datetime.fromisoformat, falling=True), Key("pk", UUID))
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """Courses that are listed and whose link is not dead."""
        return Course.objects.offered().select_related("catalog").with_skills()


class LearningSettingsView(APIView):
    """Hours a week that somebody has for learning, and whether reasons may go to the writer."""

    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(summary="Your settings of learning", responses=LearningSettingsSerializer)
    def get(self, request: Request) -> Response:
        """As they stand."""
        return Response(LearningSettingsSerializer(progress.settings_of(_person(request))).data)

    @extend_schema(
        summary="Change your settings of learning",
        request=LearningSettingsSerializer,
        responses=LearningSettingsSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change what is given."""
        given = LearningSettingsSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        kept = progress.edit_settings(user=_person(request), **given.validated_data)
        return Response(LearningSettingsSerializer(kept).data)
