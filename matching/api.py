"""The API of jobs and matches."""

from __future__ import annotations

from datetime import datetime
from typing import Any
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

from matching import feed, services
from matching.models import Job, Match
from matching.serializers import (
    DismissSerializer,
    JobSerializer,
    JobSummarySerializer,
    MatchSerializer,
)
from personas.models import Persona
from personas.paging import CursorPages, Key, page_is_gone
from personas.parsers import StrictJSONParser
from personas.throttles import FairShareThrottle

_YES_OR_NO = [("true", gettext_lazy("yes")), ("false", gettext_lazy("no"))]
_SIDES = {"a_": "after", "b_": "before"}


class FeedPages(CursorPages):
    """Pages of matches as the feed has them: too little known last, then the best score first."""

    def read_page(
        self, queryset: QuerySet, *, cursor: str, size: int, view: Any
    ) -> tuple[list[Any], str, str]:
        """The rows of one page, with the cursors of its neighbors; raises NotFound for a cursor that is none."""
        side, place = _SIDES.get(cursor[:2]), cursor[2:]
        if cursor and not (side and place):
            raise page_is_gone()
        try:
            page = feed.read_page(queryset, size=size, **({side: place} if side else {}))  # type: ignore[arg-type]
        except feed.CursorInvalid:
            raise page_is_gone() from None
        before = f"b_{page.before}" if page.before else ""
        return page.matches, before, f"a_{page.after}" if page.after else ""


class JobFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of jobs may be narrowed to."""

    source = django_filters.UUIDFilter(field_name="source_id", label=gettext_lazy("The id of a source."))
    workplace = django_filters.ChoiceFilter(choices=Job.Workplace.choices)
    posted_after = django_filters.IsoDateTimeFilter(
        field_name="posted_at", lookup_expr="gt", label=gettext_lazy("Posted later than this.")
    )
    open = django_filters.ChoiceFilter(
        choices=_YES_OR_NO, method="only_open", label=gettext_lazy("Open jobs, or closed ones.")
    )

    class Meta:
        model = Job
        fields = ["source", "workplace", "posted_after", "open"]

    def only_open(self, jobs: QuerySet, name: str, value: str) -> QuerySet:
        """Open jobs, or closed ones."""
        return jobs.filter(closed_at__isnull=value == "true")


class MatchFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of matches may be narrowed to; it shows the live ones unless it asks for the dismissed."""

    persona = django_filters.UUIDFilter(method="only_persona", label=gettext_lazy("The id of a persona."))
    dismissed = django_filters.ChoiceFilter(
        choices=_YES_OR_NO, method="keep", label=gettext_lazy("Dismissed matches instead of live ones.")
    )

    class Meta:
        model = Match
        fields = ["persona", "dismissed"]

    def only_persona(self, matches: QuerySet, name: str, value: UUID) -> QuerySet:
        """The matches of one persona; raises NotFound when there is none of this id."""
        if not Persona.objects.owned_by(self.request.user).filter(pk=value).exists():
            raise NotFound(_("You have no persona of this id."))
        return matches.filter(persona_id=value)

    def keep(self, matches: QuerySet, name: str, value: str) -> QuerySet:
        """Leave the choice to `filter_queryset`, which makes it without this parameter too."""
        return matches

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow the matches."""
        dismissed = self.form.cleaned_data.get("dismissed") == "true"
        chosen = queryset.filter(is_dismissed=True) if dismissed else queryset.live(timezone.now())
        return super().filter_queryset(chosen)


@extend_schema_view(
    list=extend_schema(summary="Jobs, newest first", responses=JobSummarySerializer(many=True)),
    retrieve=extend_schema(summary="One job with its description"),
)
class JobViewSet(ReadOnlyModelViewSet):
    """Jobs; every signed-in person may read all of them."""

    queryset = Job.objects.none()
    filterset_class = JobFilter
    pagination_class = CursorPages
    page_keys = (
        Key("posted_at", datetime.fromisoformat, falling=True, may_be_empty=True),
        Key("first_seen_at", datetime.fromisoformat, falling=True),
        Key("pk", UUID),
    )
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """All jobs; a list leaves out the long texts."""
        if self.action == "list":
            return Job.objects.for_list()
        return Job.objects.select_related("source").defer("raw")

    def get_serializer_class(self) -> Any:
        """Lists are short, the rest is whole."""
        return JobSummarySerializer if self.action == "list" else JobSerializer


@extend_schema_view(
    list=extend_schema(summary="Your matches, best first"),
    retrieve=extend_schema(summary="One match with its reasons"),
)
class MatchViewSet(ReadOnlyModelViewSet):
    """Matches of the person who asks."""

    queryset = Match.objects.none()
    serializer_class = MatchSerializer
    filterset_class = MatchFilter
    pagination_class = FeedPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The matches of the person who asks."""
        return Match.objects.owned_by(self.request.user).for_feed()

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow lists only: an expired match still has its address."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(
        summary="Take a match out of the feed", request=DismissSerializer, responses=MatchSerializer
    )
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: UUID) -> Response:
        """Dismiss a match, for a reason or none; it stays dismissed through every refresh."""
        match = self.get_object()
        asked = DismissSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.dismiss_match(
            match=match, now=timezone.now(), because=asked.validated_data.get("because", "")
        )
        return self._answer()

    @extend_schema(summary="Put a dismissed match back", request=None, responses=MatchSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """Undo a dismissal."""
        services.restore_match(match=self.get_object())
        return self._answer()

    def _answer(self) -> Response:
        """The match as the database has it now."""
        return Response(self.get_serializer(self.get_object()).data)
