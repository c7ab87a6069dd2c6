"""The API of postings that people bring themselves."""

from __future__ import annotations

from typing import Any, cast

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from matching import pasting, tasks
from matching.models import PastedPosting
from matching.posting import COMPANY_LIMIT, LOCATION_LIMIT, TITLE_LIMIT
from personas.models import User
from personas.paging import CursorPages
from personas.parsers import StrictJSONParser
from personas.throttles import FairShareThrottle


class PastedPostingSerializer(serializers.ModelSerializer):
    """What somebody pasted, and what became of it: `job` once it is among the jobs, `reason` where it was not read."""

    class Meta:
        model = PastedPosting
        fields = [
            "id",
            "address",
            "title",
            "company",
            "location",
            "text",
            "state",
            "reason",
            "job",
            "created_at",
        ]
        read_only_fields = fields


class PasteSerializer(serializers.Serializer):
    """The address of one opening, or its words with a title."""

    address = serializers.CharField(max_length=4_000, required=False, default="", allow_blank=True)
    title = serializers.CharField(max_length=TITLE_LIMIT, required=False, default="", allow_blank=True)
    company = serializers.CharField(max_length=COMPANY_LIMIT, required=False, default="", allow_blank=True)
    location = serializers.CharField(max_length=LOCATION_LIMIT, required=False, default="", allow_blank=True)
    text = serializers.CharField(required=False, default="", allow_blank=True)


@extend_schema_view(
    list=extend_schema(summary="Postings that you brought, the newest first"),
    retrieve=extend_schema(summary="One of them: whether it is among the jobs by now"),
    destroy=extend_schema(summary="Take one off the list; its job stays"),
)
class PastedPostingViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GenericViewSet
):
    """Postings that a person brought."""

    queryset = PastedPosting.objects.none()
    serializer_class = PastedPostingSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """Those of the person who asks."""
        return PastedPosting.objects.owned_by(self.request.user)

    @extend_schema(
        summary="Bring a posting, by its link or by its words",
        description="It is taken in by the worker within a minute; everybody who uses this installation can find it then.",
        request=PasteSerializer,
        responses={202: PastedPostingSerializer},
    )
    def create(self, request: Request) -> Response:
        """Kept until the worker takes it in."""
        asked = PasteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        pasted = pasting.paste(user=cast("User", request.user), now=timezone.now(), **asked.validated_data)
        transaction.on_commit(tasks.take_in_pasted.delay)
        pasted.refresh_from_db()
        return Response(PastedPostingSerializer(pasted).data, status=202)

    @extend_schema(
        summary="Try again to read one that was not read",
        request=None,
        responses={202: PastedPostingSerializer},
    )
    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: Any) -> Response:
        """What is read already stays as it is."""
        pasted = self.get_object()
        pasting.try_again(pasted=pasted)
        transaction.on_commit(tasks.take_in_pasted.delay)
        pasted.refresh_from_db()
        return Response(PastedPostingSerializer(pasted).data, status=202)
