"""The API of the two sides: invitations, relationships, what a client lets a coach see, and who looked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coaching import consents, invitations, relationships
from coaching.api_view import CoachingView, person_of
from coaching.models import AccessEntry, Consent, Invitation, Relationship, RelationshipEvent
from coaching.serializers import (
    DIRECTIONS,
    ROLES,
    AcceptanceSerializer,
    AccessEntrySerializer,
    ChangedConsentSerializer,
    ConsentChangeSerializer,
    ConsentSerializer,
    InvitationSerializer,
    NewConsentSerializer,
    NewInvitationSerializer,
    RelationshipChangeSerializer,
    RelationshipEventSerializer,
    RelationshipSerializer,
)
from personas.models import User
from personas.paging import Key
from personas.services import ValuesRefused

_YES_OR_NO = [("true", gettext_lazy("yes")), ("false", gettext_lazy("no"))]
_NEWEST_THING_FIRST = (Key("at", datetime.fromisoformat, falling=True), Key("pk", UUID))


class _ByRole(django_filters.FilterSet):  # type: ignore[misc]
    """Narrows what two sides have to one's own side."""

    role = django_filters.ChoiceFilter(
        choices=ROLES, method="only_role", label=gettext_lazy("Where you are the coach, or the client.")
    )

    def only_role(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Rows in which the person who asks is this side."""
        return rows.filter(**{f"{value}_id": self.request.user.pk})


def _of_both_sides(user: User) -> Q:
    return Q(coach_id=user.pk) | Q(client_id=user.pk)


# --- invitations -----------------------------------------------------------------------------------------------------


class InvitationFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of invitations may be narrowed to."""

    direction = django_filters.ChoiceFilter(
        choices=DIRECTIONS, method="only_direction", label=gettext_lazy("Sent by you, or to your address.")
    )
    answer = django_filters.ChoiceFilter(choices=Invitation.Answer.choices)
    open = django_filters.ChoiceFilter(
        choices=_YES_OR_NO,
        method="only_open",
        label=gettext_lazy("Those that can be accepted now, or the rest."),
    )

    class Meta:
        model = Invitation
        fields = ["direction", "answer", "open"]

    def only_direction(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Invitations that the person who asks sent, or got."""
        mine = {"user_id": self.request.user.pk}
        return rows.filter(**mine) if value == "sent" else rows.exclude(**mine)

    def only_open(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Invitations that can be accepted now, or the rest."""
        opened = Q(answer=Invitation.Answer.OPEN, expires_at__gt=timezone.now())
        return rows.filter(opened) if value == "true" else rows.exclude(opened)


@extend_schema_view(
    list=extend_schema(summary="Invitations that you sent or that your address got, newest first"),
    retrieve=extend_schema(
        summary="One invitation", description="Only the address that you signed in with counts, in any case."
    ),
)
class InvitationViewSet(mixins.ListModelMixin, CoachingView):
    """Invitations from the person who asks, and to their address."""

    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    filterset_class = InvitationFilter

    def get_queryset(self) -> Any:
        """Invitations from or to the person who asks, with their senders."""
        user = person_of(self.request)
        return (Invitation.objects.owned_by(user) | Invitation.objects.addressed_to(user)).select_related(
            "user"
        )

    def get_serializer_context(self) -> dict[str, Any]:
        """With the moment at which they are open or not."""
        return {**super().get_serializer_context(), "at": timezone.now()}

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One invitation."""
        return Response(self.get_serializer(self._find(pk)).data)

    @extend_schema(
        summary="Invite a client, or ask a coach",
        description="The address gets a mail; whether somebody has an account under it is not told. An invitation can be "
        f"accepted for 14 days. A coach sends at most {invitations.INVITED_A_DAY} a day, a client {invitations.ASKED_A_DAY}.",
        request=NewInvitationSerializer,
        responses={201: InvitationSerializer},
    )
    def create(self, request: Request) -> Response:
        """Send an invitation."""
        given = self.given(NewInvitationSerializer)
        if given.pop("by_coach"):
            sent = invitations.invite_client(coach=person_of(request), **given)
        else:
            sent = invitations.ask_coach(client=person_of(request), **given)
        return self.shown(sent.pk, status=201, headers={"Location": f"{request.path}{sent.pk}/"})

    @extend_schema(
        summary="Accept an invitation",
        description="A client says what the coach may see and until when; a coach who was asked says nothing, and the client "
        "does afterwards, with a consent.",
        request=AcceptanceSerializer,
        responses=RelationshipSerializer,
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: UUID) -> Response:
        """Accept, and begin to work together."""
        invitation, user = self._find(pk), person_of(request)
        given = self.given(AcceptanceSerializer, by_coach=invitation.by_coach)
        if invitation.by_coach:
            begun = invitations.accept_invitation(
                invitation=invitation,
                client=user,
                scopes=given.get("scopes", []),
                valid_until=given.get("valid_until"),
            )
        else:
            begun = invitations.accept_request(invitation=invitation, coach=user)
        row = get_object_or_404(_relationships(user), pk=begun.pk)
        return Response(RelationshipSerializer(row, context=self.get_serializer_context()).data)

    @extend_schema(
        summary="Decline an invitation",
        description="Its sender is told, and asks the same address again after 30 days at the earliest.",
        request=None,
        responses=InvitationSerializer,
    )
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: UUID) -> Response:
        """Say no."""
        invitations.decline_invitation(invitation=self._find(pk), user=person_of(request))
        return self.shown(pk)

    @extend_schema(
        summary="Take back an invitation that you sent", request=None, responses=InvitationSerializer
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take it back."""
        invitations.withdraw_invitation(invitation=self._find(pk), user=person_of(request))
        return self.shown(pk)

    def _find(self, pk: UUID) -> Invitation:
        return invitations.find_invitation(user=person_of(self.request), invitation_id=pk)


# --- relationships ---------------------------------------------------------------------------------------------------


class RelationshipFilter(_ByRole):
    """What a list of relationships may be narrowed to."""

    status = django_filters.ChoiceFilter(choices=Relationship.Status.choices)

    class Meta:
        model = Relationship
        fields = ["role", "status"]


def _relationships(user: User) -> QuerySet:
    """The relationships of both sides of `user`, with what is granted now."""
    live = Consent.objects.filter(_of_both_sides(user)).live(timezone.now())
    return (
        Relationship.objects.filter(_of_both_sides(user))
        .select_related("coach", "client")
        .prefetch_related(Prefetch("consents", live, to_attr="live_consents"))
    )


@extend_schema_view(
    list=extend_schema(summary="Your coaches and your clients, newest first"),
    retrieve=extend_schema(summary="One coach or client"),
)
class RelationshipViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, CoachingView):
    """Relationships in which the person who asks is the coach or the client."""

    queryset = Relationship.objects.none()
    serializer_class = RelationshipSerializer
    filterset_class = RelationshipFilter

    def get_queryset(self) -> Any:
        """The relationships of the person who asks."""
        return _relationships(person_of(self.request))

    @extend_schema(
        summary="Pause, resume or end a relationship, or write its notes, as its coach",
        description="From then on nothing of the client is seen in a pause or after the end. What has ended begins anew only "
        "by an accepted invitation. A client ends what is seen by revoking the consent.",
        request=RelationshipChangeSerializer(partial=True),
        responses=RelationshipSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        relationship, user = self.get_object(), person_of(request)
        if relationship.coach_id != user.pk:
            sentence = _("Only the coach changes this. To let them see nothing, revoke your consent.")
            raise ValuesRefused({"relationship": [sentence]})
        given = self.given(RelationshipChangeSerializer)
        if "notes" in given:
            relationships.edit_shared_notes(relationship=relationship, coach=user, notes=given["notes"])
        if "status" in given:
            _SET_STATUS[given["status"]](relationship=relationship, coach=user)
        return self.shown(pk)


_SET_STATUS = {
    Relationship.Status.ACTIVE: relationships.resume_relationship,
    Relationship.Status.PAUSED: relationships.pause_relationship,
    Relationship.Status.ENDED: relationships.end_relationship,
}


@extend_schema_view(list=extend_schema(summary="What happened between a coach and a client, newest first"))
class RelationshipEventViewSet(mixins.ListModelMixin, CoachingView):
    """The history of one relationship, for both sides."""

    queryset = RelationshipEvent.objects.none()
    serializer_class = RelationshipEventSerializer
    page_keys = _NEWEST_THING_FIRST

    def get_queryset(self) -> Any:
        """The events of the relationship that the address names; raises Http404 for another's."""
        own = Relationship.objects.filter(_of_both_sides(person_of(self.request)))
        relationship = get_object_or_404(own, pk=self.kwargs["relationship_id"])
        return RelationshipEvent.objects.filter(relationship=relationship)


# --- consents --------------------------------------------------------------------------------------------------------


class ConsentFilter(_ByRole):
    """What a list of consents may be narrowed to."""

    relationship = django_filters.UUIDFilter(
        field_name="relationship_id", label=gettext_lazy("The id of a relationship.")
    )
    live = django_filters.ChoiceFilter(
        choices=_YES_OR_NO,
        method="only_live",
        label=gettext_lazy("Those that open something now, or the rest."),
    )

    class Meta:
        model = Consent
        fields = ["role", "relationship", "live"]

    def only_live(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Consents that open something now, or the rest."""
        return rows.filter(is_live=value == "true")


@extend_schema_view(
    list=extend_schema(summary="What clients let coaches see, newest first"),
    retrieve=extend_schema(summary="One consent"),
)
class ConsentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, CoachingView):
    """Consents that the person who asks gave, or was given. The client alone writes them."""

    queryset = Consent.objects.none()
    serializer_class = ConsentSerializer
    filterset_class = ConsentFilter

    def get_queryset(self) -> Any:
        """The consents of both sides of the person who asks."""
        live = Consent.objects.live(timezone.now()).filter(pk=OuterRef("pk"))
        return (
            Consent.objects.filter(_of_both_sides(person_of(self.request)))
            .select_related("coach", "client")
            .annotate(is_live=Exists(live))
        )

    @extend_schema(
        summary="Let a coach of yours see something",
        description="There is one consent to a coach at a time: another one is a conflict, and the first is changed instead.",
        request=NewConsentSerializer,
        responses={201: ConsentSerializer},
    )
    def create(self, request: Request) -> Response:
        """Give a consent."""
        given = consents.give_consent(client=person_of(request), **self.given(NewConsentSerializer))
        return self.shown(given.pk, status=201, headers={"Location": f"{request.path}{given.pk}/"})

    @extend_schema(
        summary="Change what a coach sees, or until when",
        description="Counts from the next query of the coach on. Where it was changed since `revision`, what both changes "
        "allow stands (scopes in both, the earlier end), and the answer says so.",
        request=ConsentChangeSerializer,
        responses=ChangedConsentSerializer,
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is given."""
        consent = self._own()
        given = self.given(ConsentChangeSerializer)
        changed = consents.change_consent(
            consent=consent,
            scopes=given.get("scopes", consent.scopes),
            valid_until=given.get("valid_until", consent.valid_until),
            seen_revision=given["revision"],
        )
        row = get_object_or_404(self.get_queryset(), pk=pk)
        row.narrowed = changed.narrowed
        row.told = (
            _("This was changed on another device meanwhile. The stricter of both stands: look at it again.")
            if changed.narrowed
            else ""
        )
        return Response(ChangedConsentSerializer(row, context=self.get_serializer_context()).data)

    @extend_schema(
        summary="Revoke a consent",
        description="The coach sees nothing from the next query on, and is told. A revoked consent stays so.",
        request=None,
        responses=ConsentSerializer,
    )
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """Let the coach see nothing more."""
        consents.revoke_consent(consent=self._own())
        return self.shown(pk)

    def _own(self) -> Any:
        """The consent that the address names; raises Http404, or ValuesRefused for the coach, who only reads it."""
        consent = self.get_object()
        if consent.client_id != self.request.user.pk:
            raise ValuesRefused(
                {"consent": [_("Only the client changes this. Ask them what you would see.")]}
            )
        return consent


# --- who looked ------------------------------------------------------------------------------------------------------


class AccessFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What the access log may be narrowed to."""

    viewer = django_filters.UUIDFilter(
        field_name="viewer_id", label=gettext_lazy("The id of who looked, as an entry gives it.")
    )
    since = django_filters.IsoDateTimeFilter(
        field_name="at", lookup_expr="gte", label=gettext_lazy("At this moment or after it.")
    )

    class Meta:
        model = AccessEntry
        fields = ["viewer", "since"]


@extend_schema_view(
    list=extend_schema(
        summary="Who looked at what of yours, newest first",
        description="Every page view of a coach or the staff, written before anything is shown, and never changed.",
    )
)
class AccessEntryViewSet(mixins.ListModelMixin, CoachingView):
    """The access log of the person who asks."""

    queryset = AccessEntry.objects.none()
    serializer_class = AccessEntrySerializer
    filterset_class = AccessFilter
    page_keys = _NEWEST_THING_FIRST

    def get_queryset(self) -> Any:
        """The entries about the person who asks."""
        return AccessEntry.objects.owned_by(person_of(self.request))
