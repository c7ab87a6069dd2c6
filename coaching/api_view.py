"""What the addresses of coaching share: pages, throttles, repeatable POSTs, reading bodies and showing rows anew."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from personas.idempotency import Repeatable
from personas.models import User
from personas.paging import CursorPages
from personas.parsers import StrictJSONParser
from personas.throttles import FairShareThrottle


class CoachingView(Repeatable, GenericViewSet):
    """What all of these addresses share."""

    pagination_class: Any = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def given(self, serializer: type[Serializer], **context: Any) -> dict[str, Any]:
        """What the body says; raises ValidationError."""
        context |= self.get_serializer_context()
        asked = serializer(data=self.request.data, context=context)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def shown(self, pk: UUID, **answer: Any) -> Response:
        """The row as the database has it now."""
        row = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(self.get_serializer(row).data, **answer)


def person_of(request: Request) -> User:
    """The person who asks; strangers do not come this far."""
    return cast("User", request.user)
