"""The API of suggestions: a coach proposes and takes back, the client sees the difference and accepts or declines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coaching import suggestions
from coaching.api_view import CoachingView, person_of
from coaching.looks import look_at_client
from coaching.models import Suggestion
from coaching.serializers import ROLES
from coaching.suggestion_serializers import (
    DeclineSerializer,
    NewSuggestionSerializer,
    SeenSerializer,
    SuggestionSerializer,
    SuggestionSummarySerializer,
    proposal_faults,
)
from personas.problems import answer_refusal
from personas.services import ValuesRefused

PAGE = "suggestion"


class SuggestionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of suggestions may be narrowed to."""

    role = django_filters.ChoiceFilter(
        choices=ROLES, method="only_role", label=gettext_lazy("Where you are the coach, or the client.")
    )
    relationship = django_filters.UUIDFilter(
        field_name="relationship_id", label=gettext_lazy("The id of a relationship.")
    )
    kind = django_filters.ChoiceFilter(choices=Suggestion.Kind.choices)
    status = django_filters.ChoiceFilter(choices=Suggestion.Status.choices)

    class Meta:
        model = Suggestion
        fields = ["role", "relationship", "kind", "status"]

    def only_role(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Suggestions in which the person who asks is this side."""
        return rows.filter(**{f"{value}_id": self.request.user.pk})


@extend_schema_view(
    list=extend_schema(
        summary="Suggestions to you and by you, newest first",
        responses=SuggestionSummarySerializer(many=True),
    ),
    retrieve=extend_schema(
        summary="One suggestion; for the client with the difference that it would make",
        description="A coach reads what they proposed as long as its scope is granted.",
    ),
)
class SuggestionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, CoachingView):
    """Suggestions to the person who asks, and by them."""

    queryset = Suggestion.objects.none()
    filterset_class = SuggestionFilter

    def get_queryset(self) -> Any:
        """The suggestions of both sides of the person who asks; one of them with what its difference needs."""
        me = person_of(self.request).pk
        rows = Suggestion.objects.filter(Q(coach_id=me) | Q(client_id=me)).select_related("coach", "client")
        if self.action == "list":
            return rows
        return rows.select_related("relationship", "persona__preferences", "job__source", "resume")

    def get_serializer_class(self) -> Any:
        """Lists are short, the rest is whole."""
        return SuggestionSummarySerializer if self.action == "list" else SuggestionSerializer

    @extend_schema(
        summary="Suggest a change to a client",
        description="Within what is granted: matches for weights, personas and jobs, résumé for skills and résumés. Naming a "
        "persona or a résumé is a look at it, which the client sees, also where the suggestion is refused.",
        request=NewSuggestionSerializer,
        responses={201: SuggestionSerializer},
    )
    def create(self, request: Request) -> HttpResponse:
        """Make a suggestion."""
        given = self.given(NewSuggestionSerializer)
        ids = {f"{name}_id": given.pop(name, None) for name in ("persona", "job", "resume")}
        read = _row_that_is_read(given["kind"], **ids)
        if read is not None:
            look_at_client(
                coach=person_of(request),
                relationship=given["relationship"],
                scopes=[suggestions.SCOPE_OF_KIND[given["kind"]]],
                page=PAGE,
                object_id=read,
            )
        try:
            made = suggestions.suggest(
                coach=person_of(request), proposal=given.pop("proposal", {}), **given, **ids
            )
        except ValuesRefused as refused:
            # What is refused may tell of what was read: the look stays written down.
            return answer_refusal(ValuesRefused(proposal_faults(refused.faults)), request.path)
        return self.shown(made.pk, status=201, headers={"Location": f"{request.path}{made.pk}/"})

    @extend_schema(
        summary="Take a suggestion back, as its coach", request=None, responses=SuggestionSerializer
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take it back before it is answered."""
        suggestion = self._of("coach", _("Only the coach takes this back. Decline it instead."))
        suggestions.withdraw_suggestion(suggestion=suggestion, coach=person_of(request))
        return self.shown(pk)

    @extend_schema(
        summary="Accept a suggestion, as its client",
        description="Makes the change that the preview showed, by the services that your own pages use. Where something has "
        "changed since, it is a conflict: look at the difference again, then accept.",
        request=SeenSerializer,
        responses=SuggestionSerializer,
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: UUID) -> Response:
        """Make the change."""
        suggestion = self._of("client", _("Only your client answers this."))
        seen = self.given(SeenSerializer)["seen"]
        suggestions.accept_suggestion(suggestion=suggestion, client=person_of(request), seen=seen)
        return self.shown(pk)

    @extend_schema(
        summary="Decline a suggestion, as its client",
        description="Nothing of yours changes; the coach reads the answer.",
        request=DeclineSerializer,
        responses=SuggestionSerializer,
    )
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: UUID) -> Response:
        """Say no."""
        suggestion = self._of("client", _("Only your client answers this."))
        answer = self.given(DeclineSerializer).get("answer", "")
        suggestions.decline_suggestion(suggestion=suggestion, client=person_of(request), answer=answer)
        return self.shown(pk)

    def _of(self, side: str, sentence: str) -> Suggestion:
        """The suggestion that the address names; raises Http404, or ValuesRefused for the other side."""
        suggestion: Suggestion = self.get_object()
        if getattr(suggestion, f"{side}_id") != person_of(self.request).pk:
            raise ValuesRefused({"suggestion": [sentence]})
        return suggestion


def _row_that_is_read(
    kind: str, *, persona_id: UUID | None, job_id: UUID | None, resume_id: UUID | None
) -> UUID | None:
    """The row of the client that a suggestion of this kind has to read."""
    if kind in (Suggestion.Kind.PERSONA, Suggestion.Kind.JOB):
        return persona_id
    return resume_id if kind == Suggestion.Kind.RESUME else None
