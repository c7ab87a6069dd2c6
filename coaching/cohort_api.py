"""The API of a coach's own desk: clients and why their search stands still, private notes, cohorts and their progress."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Count
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coaching import cohorts, notes
from coaching.api_view import CoachingView, person_of
from coaching.desk import read_desk
from coaching.desk_serializers import (
    AddedMembersSerializer,
    CohortMemberSerializer,
    CohortSerializer,
    DeskSerializer,
    NewMembersSerializer,
    PrivateNoteChangeSerializer,
    PrivateNoteSerializer,
    ProgressSerializer,
)
from coaching.models import Cohort, CohortMember, PrivateNote
from coaching.progress import add_up, read_progress
from coaching.sides import check_coach
from personas.parsers import StrictJSONParser
from personas.services import ValuesRefused
from personas.throttles import FairShareThrottle


class DeskView(APIView):
    """The desk of the coach who asks."""

    parser_classes = [StrictJSONParser]
    throttle_classes = [FairShareThrottle]

    @extend_schema(
        operation_id="coaching_desk_retrieve",
        summary="All your clients, stalled ones first with the reason",
        description="Each reason is computed from what that client granted and from nothing else. Asking is one look at every "
        "client whose rows are read, and each of them sees it. The order is made from all of them, so there are no pages.",
        responses=DeskSerializer,
    )
    def get(self, request: Request) -> Response:
        """The desk."""
        clients = read_desk(coach=person_of(request), at=timezone.now())
        return Response(DeskSerializer({"clients": clients}).data)


# --- private notes ---------------------------------------------------------------------------------------------------


class NoteFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of private notes may be narrowed to."""

    relationship = django_filters.UUIDFilter(
        field_name="relationship_id", label=gettext_lazy("The id of a relationship.")
    )

    class Meta:
        model = PrivateNote
        fields = ["relationship"]


@extend_schema_view(
    list=extend_schema(summary="Your private notes, newest first"),
    retrieve=extend_schema(summary="One private note"),
)
class PrivateNoteViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, CoachingView):
    """Notes of the coach who asks, which nobody else can read."""

    queryset = PrivateNote.objects.none()
    serializer_class = PrivateNoteSerializer
    filterset_class = NoteFilter

    def get_queryset(self) -> Any:
        """The notes of the coach who asks."""
        return PrivateNote.objects.owned_by(person_of(self.request))

    @extend_schema(
        summary="Write a private note about a client", description=f"At most {notes.MAX_NOTE:,} characters."
    )
    def create(self, request: Request) -> Response:
        """Keep a note."""
        note = notes.write_note(coach=person_of(request), **self.given(PrivateNoteSerializer))
        return self.shown(note.pk, status=201, headers={"Location": f"{request.path}{note.pk}/"})

    @extend_schema(
        summary="Change a private note",
        request=PrivateNoteChangeSerializer(partial=True),
        responses=PrivateNoteSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what it says."""
        note = self.get_object()
        given = self.given(PrivateNoteChangeSerializer)
        if "body" in given:
            notes.edit_note(note=note, body=given["body"])
        return self.shown(pk)

    @extend_schema(summary="Delete a private note for good")
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete a note."""
        notes.delete_note(note=self.get_object())
        return Response(status=204)


# --- cohorts ---------------------------------------------------------------------------------------------------------


@extend_schema_view(
    list=extend_schema(summary="Your cohorts, newest first"),
    retrieve=extend_schema(summary="One cohort"),
)
class CohortViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, CoachingView):
    """Groups of the coach who asks; nobody else sees them, their clients neither."""

    queryset = Cohort.objects.none()
    serializer_class = CohortSerializer

    def get_queryset(self) -> Any:
        """The cohorts of the coach who asks, with the number of clients in each."""
        own = Cohort.objects.owned_by(person_of(self.request))
        return own.annotate(number_of_members=Count("members"))

    @extend_schema(
        summary="Make a cohort", description=f"At most {cohorts.MAX_COHORTS}, each with a name of its own."
    )
    def create(self, request: Request) -> Response:
        """Make an empty cohort."""
        given = self.given(CohortSerializer)
        check_coach(person_of(request), is_oneself=True)
        cohort = cohorts.create_cohort(coach=person_of(request), **given)
        return self.shown(cohort.pk, status=201, headers={"Location": f"{request.path}{cohort.pk}/"})

    @extend_schema(
        summary="Give a cohort another name",
        request=CohortSerializer(partial=True),
        responses=CohortSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Rename it."""
        cohort = self.get_object()
        serializer = self.get_serializer(cohort, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        if "name" in serializer.validated_data:
            cohorts.rename_cohort(cohort=cohort, name=serializer.validated_data["name"])
        return self.shown(pk)

    @extend_schema(summary="Delete a cohort", description="Its clients stay your clients.")
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete it."""
        cohorts.delete_cohort(cohort=self.get_object())
        return Response(status=204)

    @extend_schema(
        summary="How a cohort gets on",
        description="Of each client what they granted; the rest is null. Asking is one look at every client whose rows are "
        "read, and each of them sees it.",
        responses=ProgressSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def progress(self, request: Request, pk: UUID) -> Response:
        """The progress of every client in it."""
        cohort = self.get_object()
        clients = read_progress(cohort=cohort, coach=person_of(request), at=timezone.now())
        return Response(ProgressSerializer({"totals": add_up(clients), "clients": clients}).data)


@extend_schema_view(
    list=extend_schema(summary="The clients in a cohort, newest first"),
)
class CohortMemberViewSet(mixins.ListModelMixin, CoachingView):
    """Clients in a cohort of the coach who asks."""

    queryset = CohortMember.objects.none()
    serializer_class = CohortMemberSerializer

    @cached_property
    def cohort(self) -> Cohort:
        """The cohort that the address names; raises Http404 for another's."""
        own = Cohort.objects.owned_by(person_of(self.request))
        found: Cohort = get_object_or_404(own, pk=self.kwargs["cohort_id"])
        return found

    def get_queryset(self) -> Any:
        """The members of the cohort."""
        rows = CohortMember.objects.owned_by(person_of(self.request)).filter(cohort=self.cohort)
        return rows.select_related("client", "relationship")

    @extend_schema(
        summary="Put clients into a cohort",
        description="Clients whom you work with now; all of them, or none where one cannot be taken.",
        request=NewMembersSerializer,
        responses=AddedMembersSerializer,
    )
    def create(self, request: Request, cohort_id: UUID) -> Response:
        """Add clients."""
        cohort = self.cohort
        given = self.given(NewMembersSerializer)
        try:
            added = cohorts.add_members(cohort=cohort, relationships=given["relationships"])
        except ValuesRefused as refused:
            sentences = [sentence for each in refused.faults.values() for sentence in each]
            raise ValidationError({"relationships": sentences}) from None
        return Response(AddedMembersSerializer({"added": added}).data)

    @extend_schema(summary="Take a client out of a cohort", description="They stay your client.")
    def destroy(self, request: Request, cohort_id: UUID, pk: UUID) -> Response:
        """Take one out."""
        cohorts.remove_member(member=self.get_object())
        return Response(status=204)
