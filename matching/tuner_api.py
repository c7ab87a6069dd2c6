"""The API of weights: presets, and what a ranking would be under weights that are only tried."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from matching import tuner
from matching.models import TunerSettings
from matching.presets import READY
from matching.ranking import CursorGone, RankedPage, rank_open_jobs
from matching.scoring import FACTORS, Weights
from matching.serializers import (
    RankedPageSerializer,
    ReadyPresetSerializer,
    TunerSettingsSerializer,
    WhatIfSerializer,
)
from personas.models import Persona, User
from personas.paging import CursorPages, page_is_gone
from personas.parsers import StrictJSONParser
from personas.throttles import FairShareThrottle

_SIDES = {"a_": "after", "b_": "before"}


@extend_schema_view(
    list=extend_schema(summary="Your presets of weights, newest first"),
    retrieve=extend_schema(summary="One preset of weights"),
)
class TunerSettingsViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Presets of the five weights."""

    queryset = TunerSettings.objects.none()
    serializer_class = TunerSettingsSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The presets of the person who asks."""
        return TunerSettings.objects.owned_by(self.request.user).select_related("user")

    @extend_schema(
        summary="Keep a preset of weights",
        description="Weights that are left out are the usual ones. A person keeps at most 50 presets, each under a name of its own.",
    )
    def create(self, request: Request) -> Response:
        """Keep a preset."""
        changed = tuner.create_preset(user=_person(request), values=self._given(request))
        pk = changed.preset.pk
        return self._answer(pk, status=201, headers={"Location": f"{request.path}{pk}/"})

    @extend_schema(summary="Change a preset of weights")
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        preset = self.get_object()
        tuner.edit_preset(preset=preset, values=self._given(request, preset))
        return self._answer(pk)

    @extend_schema(summary="Delete a preset of weights")
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a preset."""
        tuner.delete_preset(preset=self.get_object())
        return Response(status=204)

    @extend_schema(
        summary="The presets that come with Relevnt",
        responses=ReadyPresetSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def ready(self, request: Request) -> Response:
        """The four ready presets; “balanced” holds the weights that count where a person has no default."""
        rows = [
            {"code": code, "name": tuner.READY_NAMES[code], **tuner.values_of(weights)}
            for code, weights in READY.items()
        ]
        return Response(ReadyPresetSerializer(rows, many=True).data)

    def _given(self, request: Request, preset: TunerSettings | None = None) -> dict[str, Any]:
        serializer = self.get_serializer(preset, data=request.data, partial=preset is not None)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def _answer(self, pk: UUID, **answer: Any) -> Response:
        """The preset as the database has it now."""
        row = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(self.get_serializer(row).data, **answer)


class WhatIfView(APIView):
    """A ranking under weights that are only tried. It saves nothing, so a key that may only read may ask for it."""

    permission_classes = [IsAuthenticated]
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        summary="Rank the open jobs for a persona under other weights",
        description="Nothing is saved. `moved` compares with the ranking under the person's default weights.",
        request=WhatIfSerializer,
        responses=RankedPageSerializer,
    )
    def post(self, request: Request) -> Response:
        """Rank the open jobs under the given weights, or those of a preset."""
        serializer = WhatIfSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        weights = _weights(request, given)
        page = _rank(request, given, weights)
        answer = {
            "next_cursor": f"a_{page.after}" if page.after else None,
            "previous_cursor": f"b_{page.before}" if page.before else None,
            "total": page.total,
            "open_jobs": page.open_jobs,
            "weights": tuner.values_of(Weights(*weights.in_order())),
            "results": page.rows,
        }
        return Response(RankedPageSerializer(answer).data)


def _weights(request: Request, given: dict[str, Any]) -> Weights:
    if tried := given.get("weights"):
        return Weights(*(int(100 * tried[f"{factor}_weight"]) for factor in FACTORS))
    weights = tuner.find_weights(user=_person(request), preset=given["preset"])
    if weights is None:
        raise NotFound(_("You have no preset of this id."))
    return weights


def _rank(request: Request, given: dict[str, Any], weights: Weights) -> RankedPage:
    personas = Persona.objects.owned_by(request.user).select_related("preferences")
    persona = personas.filter(pk=given["persona"]).first()
    if persona is None:
        raise NotFound(_("You have no persona of this id."))
    cursor = given.get("cursor", "")
    side, place = _SIDES.get(cursor[:2]), cursor[2:]
    if cursor and not (side and place):
        raise page_is_gone()
    sides = {side: place} if side else {}
    try:
        return rank_open_jobs(
            persona=persona, weights=weights, size=given["page_size"], compared=True, **sides
        )
    except CursorGone:
        raise page_is_gone() from None


def _person(request: Request) -> User:
    """The person who asks; strangers do not come this far."""
    return cast("User", request.user)
