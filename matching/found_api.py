"""The API of all open jobs: searched by words, jobs and searches that a person keeps."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from matching import saved
from matching.job_search import CursorInvalid, search_jobs
from matching.models import Job, SavedJob, SavedSearch
from matching.search_serializers import JobSearchSerializer, JobsFoundSerializer
from matching.serializers import JobSummarySerializer
from personas.models import User
from personas.paging import CursorPages, page_is_gone, read_page_size
from personas.parsers import StrictJSONParser
from personas.throttles import FairShareThrottle


class JobSearchView(APIView):
    """Open jobs that hold all words of a text."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="jobs_search",
        tags=["jobs"],
        summary="All open jobs by their words, those that say it in their title first, then newest first",
        description="All words must stand in a job, in the language that it is written in; “in quotes” as they stand, -without, or. "
        "Where nothing is found, words that no job knows are taken for the nearest one unless `exactly`; `words` says what was searched for.",
        parameters=[JobSearchSerializer, OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)],
        responses=JobsFoundSerializer,
    )
    def get(self, request: Request) -> Response:
        """One page; raises NotFound for a page that never was."""
        asked = JobSearchSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        user = cast("User", request.user)
        try:
            found = search_jobs(
                text=asked.validated_data["q"],
                job_filter=asked.read_filter(currency=user.currency, now=timezone.now()),
                after=request.query_params.get("cursor", ""),
                exactly=asked.validated_data["exactly"],
                size=read_page_size(request),
            )
        except CursorInvalid:
            raise page_is_gone() from None
        # The next page is one of what was searched for, also where that was not typed so.
        address = replace_query_param(request.build_absolute_uri(), "q", found.words)
        return Response(
            JobsFoundSerializer(
                {
                    "next": replace_query_param(address, "cursor", found.after) if found.after else None,
                    "words": found.words,
                    "is_corrected": found.is_corrected,
                    "total": found.total,
                    "is_estimate": found.is_estimate,
                    "open_jobs": found.open_jobs,
                    "unstated": found.unstated,
                    "results": found.jobs,
                }
            ).data
        )


class SavedJobSerializer(serializers.ModelSerializer):
    """A job that is kept, open or closed by now."""

    job = JobSummarySerializer(read_only=True)

    class Meta:
        model = SavedJob
        fields = ["id", "job", "created_at"]
        read_only_fields = fields


class KeptJobSerializer(serializers.Serializer):
    """Which job to keep."""

    job = serializers.UUIDField()


class SavedSearchSerializer(serializers.ModelSerializer):
    """A search that is kept: `query` as it stands in the address of the page."""

    name = serializers.CharField(max_length=100)
    query = serializers.CharField(max_length=2000)

    class Meta:
        model = SavedSearch
        fields = ["id", "name", "query", "notify", "created_at"]
        read_only_fields = ["id", "created_at"]


class ChangedSearchSerializer(serializers.Serializer):
    """What of a kept search changes."""

    name = serializers.CharField(max_length=100, required=False)
    notify = serializers.BooleanField(required=False)


class NewJobsSerializer(serializers.Serializer):
    """Jobs of a search that came in since its owner looked, newest first and a hundred at most."""

    jobs = serializers.ListField(child=serializers.UUIDField())


@extend_schema_view(
    list=extend_schema(summary="Jobs that you keep, closed ones too"),
    destroy=extend_schema(summary="Keep a job no longer"),
)
class SavedJobViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet):
    """Jobs that a person keeps."""

    queryset = SavedJob.objects.none()
    serializer_class = SavedJobSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """Those of the person who asks."""
        jobs = Prefetch("job", Job.objects.select_related("source").defer("raw", "description_html"))
        return SavedJob.objects.owned_by(self.request.user).prefetch_related(jobs)

    @extend_schema(summary="Keep a job", request=KeptJobSerializer, responses={201: SavedJobSerializer})
    def create(self, request: Request) -> Response:
        """Kept once, however often it is asked for."""
        asked = KeptJobSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        job = get_object_or_404(Job.objects.only("pk"), pk=asked.validated_data["job"])
        saved.save_job(user=cast("User", request.user), job=job)
        return Response(SavedJobSerializer(self.get_queryset().get(job=job)).data, status=201)


@extend_schema_view(
    list=extend_schema(summary="Searches that you keep"),
    retrieve=extend_schema(summary="One of them"),
    destroy=extend_schema(summary="Keep a search no longer"),
)
class SavedSearchViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GenericViewSet
):
    """Searches that a person keeps."""

    queryset = SavedSearch.objects.none()
    serializer_class = SavedSearchSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """Those of the person who asks."""
        return SavedSearch.objects.owned_by(self.request.user)

    @extend_schema(summary="Keep a search", responses={201: SavedSearchSerializer})
    def create(self, request: Request) -> Response:
        """What is there already counts as known."""
        asked = SavedSearchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        search = saved.save_search(user=cast("User", request.user), name=given["name"], query=given["query"])
        if given.get("notify"):
            saved.change_search(search=search, notify=True)
        return Response(SavedSearchSerializer(search).data, status=201)

    @extend_schema(
        summary="Rename a search, or have what is new told by mail",
        request=ChangedSearchSerializer,
        responses=SavedSearchSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """What is left out stays."""
        search = self.get_object()
        asked = ChangedSearchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(
            SavedSearchSerializer(saved.change_search(search=search, **asked.validated_data)).data
        )


class NewJobsView(APIView):
    """What is new for a kept search."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="saved_searches_new",
        tags=["saved-searches"],
        summary="Jobs of a kept search that came in since its owner looked",
        responses=NewJobsSerializer,
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Looking here does not count as a look."""
        user = cast("User", request.user)
        search = get_object_or_404(SavedSearch.objects.owned_by(user), pk=pk)
        found = saved.new_jobs(search=search, user=user, since=search.looked_number, now=timezone.now())
        return Response({"jobs": found})
