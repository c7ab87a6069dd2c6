"""The API of what an application says in somebody's name: their answers and their letters."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from autoapply import answers, letter_templates
from autoapply.answer_serializers import AnswerSerializer, LetterSerializer
from autoapply.models import Answer, LetterTemplate
from personas.idempotency import Repeatable
from personas.models import User
from personas.paging import CursorPages
from personas.parsers import StrictJSONParser
from personas.throttles import FairShareThrottle


@extend_schema_view(
    list=extend_schema(summary="Your answers, newest first"),
    retrieve=extend_schema(summary="One answer"),
)
class AnswerViewSet(Repeatable, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """The answer bank of the person who asks."""

    queryset = Answer.objects.none()
    serializer_class = AnswerSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The answers of the person who asks."""
        return Answer.objects.owned_by(self.request.user)

    @extend_schema(
        summary="Keep an answer",
        description=f"One for each question, however it is written; at most {answers.MAX_ANSWERS}.",
    )
    def create(self, request: Request) -> Response:
        """Keep an answer."""
        kept = answers.add_answer(user=_person(request), **_given(self))
        location = {"Location": f"{request.path}{kept.pk}/"}
        return Response(_shown(self, kept.pk), status=201, headers=location)

    @extend_schema(summary="Change an answer")
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        kept = self.get_object()
        answers.change_answer(answer=kept, values=_given(self, kept))
        return Response(_shown(self, pk))

    @extend_schema(summary="Take an answer out", description="Kits that have used it keep what they hold.")
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Take an answer out."""
        answers.remove_answer(answer=self.get_object())
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(summary="Your letters, newest first"),
    retrieve=extend_schema(summary="One letter"),
)
class LetterViewSet(Repeatable, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Cover letters of the person who asks."""

    queryset = LetterTemplate.objects.none()
    serializer_class = LetterSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The letters of the person who asks."""
        return LetterTemplate.objects.owned_by(self.request.user)

    @extend_schema(
        summary="Keep a letter",
        description="One for each persona, and one for all that have none of their own.",
    )
    def create(self, request: Request) -> Response:
        """Keep a letter."""
        values = cast("letter_templates.LetterValues", _given(self))
        letter = letter_templates.create_letter(user=_person(request), values=values)
        location = {"Location": f"{request.path}{letter.pk}/"}
        return Response(_shown(self, letter.pk), status=201, headers=location)

    @extend_schema(summary="Change a letter")
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        letter = self.get_object()
        values = cast("letter_templates.LetterValues", _given(self, letter))
        letter_templates.edit_letter(letter=letter, values=values)
        return Response(_shown(self, pk))

    @extend_schema(summary="Delete a letter", description="Kits that were made with it keep their text.")
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a letter."""
        letter_templates.delete_letter(letter=self.get_object())
        return Response(status=204)


def _given(view: GenericViewSet, row: Any = None) -> dict[str, Any]:
    serializer = view.get_serializer(row, data=view.request.data, partial=row is not None)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _shown(view: GenericViewSet, pk: UUID) -> Any:
    """The row as the database has it now."""
    return view.get_serializer(get_object_or_404(view.get_queryset(), pk=pk)).data


def _person(request: Request) -> User:
    """The person who asks; strangers do not come this far."""
    return cast("User", request.user)
