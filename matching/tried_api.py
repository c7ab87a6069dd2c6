"""The API of what is only tried or proposed: other wishes of a persona, skills near those that somebody has. Nothing is saved."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from matching.inferred_skills import infer_skills
from matching.knowledge import shipped_knowledge
from matching.ranking import preview_preferences
from matching.serializers import NearSkillSerializer, WishesPreviewSerializer
from personas.models import Persona, User, UserSkill
from personas.parsers import StrictJSONParser
from personas.serializers import PreferencesSerializer
from personas.services import read_preferences
from personas.taxonomy import taxonomy
from personas.throttles import FairShareThrottle


class PreviewView(APIView):
    """The first page of a persona as it would be; it saves nothing, so a key that may only read may ask for it."""

    permission_classes = [IsAuthenticated]
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="personas_preview",
        tags=["personas"],
        summary="What a change of wishes would do to the first page of matches",
        description="Give the preferences that would change; the others stay as they are. Nothing is saved.",
        request=PreferencesSerializer(partial=True),
        responses=WishesPreviewSerializer,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Rank the open jobs as if the persona looked for this."""
        own = Persona.objects.owned_by(cast("User", request.user)).select_related("preferences")
        persona = get_object_or_404(own, pk=pk)
        serializer = PreferencesSerializer(persona.preferences, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        wishes = read_preferences(cast("Any", serializer.validated_data))
        return Response(
            WishesPreviewSerializer(preview_preferences(persona=persona, preferences=wishes)).data
        )


class NearSkillsView(APIView):
    """Skills that often go with those of the person who asks."""

    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="skills_near",
        tags=["skills"],
        summary="Skills near yours, each with those that it is inferred from, nearest first; none is added",
        responses=NearSkillSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """At most a dozen."""
        own = UserSkill.objects.owned_by(cast("User", request.user))
        held = {taxonomy().key(row.skill_name): row.skill_name for row in own}
        found = [
            {"name": taxonomy().canonical(each.key), "because": [held[key] for key in each.because]}
            for each in infer_skills(held, near=shipped_knowledge().adjacent)
        ]
        return Response(NearSkillSerializer(found, many=True).data)
