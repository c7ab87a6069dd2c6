"""The API of what is weighed at the moment of asking: every open job under a filter, one job for some personas."""

from __future__ import annotations

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from matching.match_rows import tell_why_not
from matching.models import Job
from matching.ranking import CursorGone, compare_personas, rank_open_jobs, read_what_ifs
from matching.search_serializers import (
    FoundPageSerializer,
    JobScoresQuerySerializer,
    JobScoresSerializer,
    MatchSearchSerializer,
)
from matching.values import align_values
from personas.models import Persona, User
from personas.paging import MAX_PAGE_SIZE, PAGE_SIZE, page_is_gone, read_page_size
from personas.throttles import FairShareThrottle

_SIDES = {"a_": "after", "b_": "before"}


class MatchSearchView(APIView):
    """Open jobs that match a persona and pass a filter, best first."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="matches_search",
        tags=["matches"],
        summary="Every open job that matches a persona and passes a filter, best first",
        description="Weighed at the moment of asking, over all open jobs and not only over the stored matches; without a "
        "filter it is the whole ranking. A job that does not state what is asked for is left out unless `with_unstated`; "
        "`unstated` counts those that are left out for that alone. Dismissed jobs are left out.",
        parameters=[
            MatchSearchSerializer,
            OpenApiParameter("cursor", str, description="Taken from `next` or `previous` of a page."),
            OpenApiParameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE},
                description="How many rows a page holds at most.",
            ),
        ],
        responses=FoundPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """One page of the ranking; raises NotFound."""
        asked = MatchSearchSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        own = Persona.objects.owned_by(cast("User", request.user)).select_related("preferences")
        persona = own.filter(pk=asked.validated_data["persona"]).first()
        if persona is None:
            raise NotFound(_("You have no persona of this id."))
        try:
            page = rank_open_jobs(
                persona=persona,
                job_filter=asked.read_filter(currency=persona.preferences.currency, now=timezone.now()),
                size=read_page_size(request),
                **_read_cursor(request.query_params.get("cursor", "")),
            )
        except CursorGone:
            raise page_is_gone() from None
        address = request.build_absolute_uri()
        shown = FoundPageSerializer(
            {
                "next": replace_query_param(address, "cursor", f"a_{page.after}") if page.after else None,
                "previous": replace_query_param(address, "cursor", f"b_{page.before}")
                if page.before
                else None,
                "total": page.total,
                "unstated": page.unstated,
                "open_jobs": page.open_jobs,
                "results": page.rows,
            }
        )
        return Response(shown.data)


class JobScoresView(APIView):
    """One job for some personas, stored or not: scores, reasons, what would raise them."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="matches_scores",
        tags=["matches"],
        summary="How one job fits some personas of yours, and what would raise it",
        description="Weighed at the moment of asking, whether a match is stored or not; for comparing personas.",
        parameters=[JobScoresQuerySerializer],
        responses=JobScoresSerializer,
    )
    def get(self, request: Request) -> Response:
        """The scores, in the order in which the personas are named; raises NotFound."""
        asked = JobScoresQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = list(dict.fromkeys(asked.validated_data["persona"]))
        own = Persona.objects.owned_by(cast("User", request.user)).select_related("preferences")
        personas = own.in_bulk(wanted)
        job = Job.objects.defer("raw").filter(pk=asked.validated_data["job"]).first()
        if job is None:
            raise NotFound(_("There is no job of this id."))
        if len(personas) < len(wanted):
            raise NotFound(_("You have no persona of this id."))
        compared = compare_personas(personas=[personas[pk] for pk in wanted], job=job)
        scores = [
            {
                "persona": persona.pk,
                "match_score": score,
                "match_factors": factors,
                "mismatch": "" if factors else tell_why_not(persona, job),
                "what_ifs": read_what_ifs(persona=persona, job=job) if factors else [],
                "values": align_values(persona.preferences.mission_values, job.description_text),
            }
            for persona, factors, score in compared
        ]
        return Response(JobScoresSerializer({"job": job.pk, "scores": scores}).data)


def _read_cursor(cursor: str) -> dict[str, Any]:
    if not cursor:
        return {}
    side, place = _SIDES.get(cursor[:2]), cursor[2:]
    if not (side and place):
        raise page_is_gone()
    return {side: place}
