"""The API of applications: what is on its way, every step that its person takes, and the log of outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from autoapply import applications, tracker
from autoapply.answers import answer_missing, missing_questions
from autoapply.application_serializers import (
    ApplicationSerializer,
    ApplicationSummarySerializer,
    ApprovalSerializer,
    DoubtSerializer,
    GivenAnswersSerializer,
    LogSerializer,
    NewApplicationSerializer,
    StageSerializer,
    WithdrawalDraftSerializer,
)
from autoapply.models import Application, Log, Rule
from autoapply.sending_page import draft_withdrawal
from personas.idempotency import Repeatable
from personas.models import Persona, User
from personas.paging import CursorPages, Key
from personas.parsers import StrictJSONParser
from personas.services import Refused, ValuesRefused
from personas.throttles import FairShareThrottle


class StateConflict(APIException):
    """Raised for a step that an application cannot take from where it stands."""

    status_code = 409
    default_code = "state_conflict"


class _OwnRows(django_filters.FilterSet):  # type: ignore[misc]
    """Filters by rows of the person who asks; those of somebody else are not there."""

    rule = django_filters.UUIDFilter(method="only_rule", label=gettext_lazy("The id of a rule."))

    def only_rule(self, rows: QuerySet, name: str, value: UUID) -> QuerySet:
        """Rows of one rule; raises NotFound when there is none of this id."""
        if not Rule.objects.owned_by(self.request.user).filter(pk=value).exists():
            raise NotFound(_("You have no rule of this id."))
        return rows.filter(rule_id=value)


class ApplicationFilter(_OwnRows):
    """What a list of applications may be narrowed to."""

    status = django_filters.ChoiceFilter(choices=Application.Status.choices)
    stage = django_filters.ChoiceFilter(choices=Application.Stage.choices)
    persona = django_filters.UUIDFilter(method="only_persona", label=gettext_lazy("The id of a persona."))

    class Meta:
        model = Application
        fields = ["status", "stage", "rule", "persona"]

    def only_persona(self, rows: QuerySet, name: str, value: UUID) -> QuerySet:
        """Applications as one persona; raises NotFound when there is none of this id."""
        if not Persona.objects.owned_by(self.request.user).filter(pk=value).exists():
            raise NotFound(_("You have no persona of this id."))
        return rows.filter(persona_id=value)


class LogFilter(_OwnRows):
    """What the log may be narrowed to."""

    status = django_filters.ChoiceFilter(choices=Log.Status.choices)

    class Meta:
        model = Log
        fields = ["status", "rule"]


@extend_schema_view(
    list=extend_schema(
        summary="Your applications, newest first", responses=ApplicationSummarySerializer(many=True)
    ),
    retrieve=extend_schema(summary="One application with its steps and what it carries"),
)
class ApplicationViewSet(Repeatable, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Applications of the person who asks. A step that cannot be taken from where one stands is a conflict (409)."""

    queryset = Application.objects.none()
    filterset_class = ApplicationFilter
    pagination_class = CursorPages
    page_keys = (Key("created_at", datetime.fromisoformat, falling=True), Key("pk", UUID))
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The applications of the person who asks; one of them comes with its kit and its steps."""
        own = Application.objects.owned_by(self.request.user)
        if self.action == "list":
            return own
        return own.select_related("kit", "user").prefetch_related("events")

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def get_serializer_class(self) -> Any:
        """Lists are short, the rest is whole."""
        return ApplicationSummarySerializer if self.action == "list" else ApplicationSerializer

    @extend_schema(
        summary="Apply to an open job without a rule",
        description="It is prepared within a minute or two; nothing is sent before it was approved. There is one application "
        "to each opening, for ever: a second one is a conflict.",
        request=NewApplicationSerializer,
        responses={201: ApplicationSerializer},
    )
    def create(self, request: Request) -> Response:
        """Begin an application."""
        given = self._read(NewApplicationSerializer)
        begun = applications.apply_by_hand(
            user=cast("User", request.user), job=given["job"], persona=given["persona"]
        )
        return self._answer(begun.pk, status=201, headers={"Location": f"{request.path}{begun.pk}/"})

    @extend_schema(
        summary="Approve exactly what was looked at",
        description="`seen_sha256` is the `request_sha256` of the kit; where that has changed since, it is a conflict. It is "
        "sent after your hold, and can be cancelled until then.",
        request=ApprovalSerializer,
        responses=ApplicationSerializer,
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: UUID) -> Response:
        """Approve an application."""
        return self._step(applications.approve, ApprovalSerializer)

    @extend_schema(
        summary="Cancel before anything has left",
        description="For ever: no rule takes this opening up again.",
        request=None,
        responses=ApplicationSerializer,
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Cancel an application."""
        return self._step(applications.cancel)

    @extend_schema(
        summary="Note that a sent application is withdrawn",
        description="No board offers a call for it: tell the employer yourself; GET drafts the message.",
        request=None,
        responses=ApplicationSerializer,
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Withdraw an application."""
        return self._step(applications.withdraw)

    @extend_schema(
        summary="A message that withdraws a sent application, for you to send",
        responses={200: WithdrawalDraftSerializer},
    )
    @withdraw.mapping.get
    def draft_withdrawal(self, request: Request, pk: UUID) -> Response:
        """Draft the message."""
        application = self.get_object()
        if application.status != Application.Status.SUBMITTED:
            raise StateConflict(_("Only what was sent can be withdrawn."))
        return Response(WithdrawalDraftSerializer({"draft": draft_withdrawal(application)}).data)

    @extend_schema(
        summary="Say that you have sent it yourself",
        description="Of an application that was handed over to you, or is only noted here.",
        request=None,
        responses=ApplicationSerializer,
    )
    @action(detail=True, methods=["post"])
    def sent(self, request: Request, pk: UUID) -> Response:
        """Confirm a hand-off."""
        return self._step(applications.confirm_sent)

    @extend_schema(
        summary="End a doubt by your word",
        description="Relevnt never sends again by itself what may have arrived.",
        request=DoubtSerializer,
        responses=ApplicationSerializer,
    )
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: UUID) -> Response:
        """Resolve a doubt."""
        return self._step(applications.resolve_doubt, DoubtSerializer)

    @extend_schema(
        summary="Say after a restored backup that it had not gone out before, and goes on",
        request=None,
        responses=ApplicationSerializer,
    )
    @action(detail=True, methods=["post"], url_path="stand-behind")
    def stand_behind(self, request: Request, pk: UUID) -> Response:
        """Stand behind an application."""
        return self._step(applications.stand_behind)

    @extend_schema(
        summary="Answer what a parked application asks",
        description="It is prepared again with these answers; where some are still missing it stops again and says so.",
        request=GivenAnswersSerializer,
        responses=ApplicationSerializer,
    )
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, pk: UUID) -> Response:
        """Answer and prepare again."""
        return self._step(_answer_and_prepare, GivenAnswersSerializer)

    @extend_schema(
        summary="Prepare a parked application again, now that what was missing may be there",
        request=None,
        responses=ApplicationSerializer,
    )
    @action(detail=True, methods=["post"], url_path="try-again")
    def try_again(self, request: Request, pk: UUID) -> Response:
        """Prepare again."""
        return self._step(applications.prepare_again)

    @extend_schema(
        summary="Prepare it anew from today's facts",
        description="Of an application that waits for approval or for the end of its hold; an approval no longer counts.",
        request=None,
        responses=ApplicationSerializer,
    )
    @action(detail=True, methods=["post"], url_path="look-again")
    def look_again(self, request: Request, pk: UUID) -> Response:
        """Prepare anew."""
        return self._step(applications.look_again)

    @extend_schema(
        summary="Say how far the employer has come", request=StageSerializer, responses=ApplicationSerializer
    )
    @action(detail=True, methods=["post"])
    def stage(self, request: Request, pk: UUID) -> Response:
        """Set the stage."""
        return self._step(_set_stage, StageSerializer)

    def _step(self, take: Callable[..., Any], serializer: type[Serializer] | None = None) -> Response:
        """Take one step of an application with what the body says, and show where that led."""
        application = self.get_object()
        given = self._read(serializer) if serializer else {}
        with in_step():
            take(application=application, **given)
        return self._answer(application.pk)

    def _read(self, serializer: type[Serializer]) -> dict[str, Any]:
        asked = serializer(data=self.request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def _answer(self, pk: UUID, **answer: Any) -> Response:
        """The application as the database has it now."""
        row = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(ApplicationSerializer(row).data, **answer)


@extend_schema_view(
    list=extend_schema(summary="The log of outcomes, newest first"),
    retrieve=extend_schema(summary="One entry of the log"),
)
class LogViewSet(Repeatable, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """What came of the applications of the person who asks."""

    queryset = Log.objects.none()
    serializer_class = LogSerializer
    filterset_class = LogFilter
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        """The log of the person who asks."""
        return Log.objects.owned_by(self.request.user)

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(
        summary="Note that what was submitted is withdrawn",
        description="The application that it belongs to goes with it. Everything else of the log never changes.",
        request=None,
        responses=LogSerializer,
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Withdraw by the log."""
        with in_step():
            applications.withdraw_log(log=self.get_object())
        return Response(LogSerializer(self.get_object()).data)


@contextmanager
def in_step() -> Iterator[None]:
    """Run a block that takes a step; what refuses it because of where the application stands is a conflict."""
    try:
        yield
    except Refused as refused:
        if set(refused.faults) != {"status"}:
            raise
        raise StateConflict(" ".join(map(str, refused.faults["status"]))) from None


def _answer_and_prepare(*, application: Application, values: dict[str, str], keep: bool) -> None:
    if application.status == Application.Status.PARKED:
        asked = {question.id for question in missing_questions(application)}
        if astray := values.keys() - asked:
            raise ValidationError(
                {"values": {each: [_("It does not wait for this answer.")] for each in astray}}
            )
        try:
            answer_missing(application=application, values=values, keep=keep, at=timezone.now())
        except ValuesRefused as refused:
            raise ValidationError({"values": dict(refused.faults)}) from None
    # Says itself where the application does not wait any more.
    applications.prepare_again(application=application)


def _set_stage(*, application: Application, **given: Any) -> None:
    tracker.set_stage(application=application, today=timezone.localdate(), **given)
