"""The addresses under /api/: version 1, its schema and its documentation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import path, re_path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from autoapply.answer_api import AnswerViewSet, LetterViewSet
from autoapply.application_api import ApplicationViewSet, LogViewSet
from autoapply.decision_api import DecisionViewSet
from autoapply.rule_api import LimitsView, PauseView, RuleViewSet
from coaching.client_api import CLIENT_ROWS
from coaching.cohort_api import CohortMemberViewSet, CohortViewSet, DeskView, PrivateNoteViewSet
from coaching.relationship_api import (
    AccessEntryViewSet,
    ConsentViewSet,
    InvitationViewSet,
    RelationshipEventViewSet,
    RelationshipViewSet,
)
from coaching.suggestion_api import SuggestionViewSet
from learning.api import (
    CourseViewSet,
    GapsView,
    LearningSettingsView,
    MarketView,
    ProgressViewSet,
    RecommendationViewSet,
)
from matching.api import JobViewSet, MatchViewSet
from matching.found_api import JobSearchView, NewJobsView, SavedJobViewSet, SavedSearchViewSet
from matching.paste_api import PastedPostingViewSet
from matching.search_api import JobScoresView, MatchSearchView
from matching.tried_api import NearSkillsView, PreviewView
from matching.tuner_api import TunerSettingsViewSet, WhatIfView
from personas.account_api import (
    ClosingView,
    ExportView,
    ImportView,
    MeView,
    OpenSessionsView,
    OpenSessionView,
    RetentionPreviewView,
    RetentionView,
    SessionView,
    TokenViewSet,
)
from personas.api import PersonaViewSet, ResumeViewSet, SkillViewSet
from personas.throttles import FairShareThrottle
from relevnt.api_schema import ProblemsIncluded

app_name = "api"


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3.1 document of the API; it holds nothing personal and needs no sign-in."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [FairShareThrottle]
    generator_class = ProblemsIncluded


class UnknownAddress(APIView):
    """Every address under /api/ that leads nowhere: a problem instead of a page."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [FairShareThrottle]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refuse before anything else of the request is looked at, so that every method gets the same answer."""
        self.check_throttles(request)
        if request.path.endswith("/"):
            raise NotFound(_("The API has no such address; /api/docs/ lists those it has."))
        raise NotFound(_("The API has no such address; those it has end in a slash."))


class DocsView(APIView):
    """The schema as a page to read and to try; it holds nothing personal and needs no sign-in."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [FairShareThrottle]
    renderer_classes = [TemplateHTMLRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """The page."""
        return Response(template_name="api_docs.html")


def _uncached(patterns: Iterable[Any]) -> list[Any]:
    """The same addresses, kept out of every cache: middleware knows who asks by session only, not by key."""
    patterns = list(patterns)
    for pattern in patterns:
        pattern.callback = never_cache(pattern.callback)
    return patterns


_router = SimpleRouter(use_regex_path=False)
_router.register("v1/tokens", TokenViewSet, basename="token")
_router.register("v1/personas", PersonaViewSet, basename="persona")
_router.register("v1/skills", SkillViewSet, basename="skill")
_router.register("v1/resumes", ResumeViewSet, basename="resume")
_router.register("v1/jobs", JobViewSet, basename="job")
_router.register("v1/saved-jobs", SavedJobViewSet, basename="saved-job")
_router.register("v1/pasted-postings", PastedPostingViewSet, basename="pasted-posting")
_router.register("v1/saved-searches", SavedSearchViewSet, basename="saved-search")
_router.register("v1/matches", MatchViewSet, basename="match")
_router.register("v1/tuner-settings", TunerSettingsViewSet, basename="tuner-settings")
_router.register("v1/auto-apply/rules", RuleViewSet, basename="auto-apply-rule")
_router.register("v1/auto-apply/decisions", DecisionViewSet, basename="auto-apply-decision")
_router.register("v1/auto-apply/applications", ApplicationViewSet, basename="auto-apply-application")
_router.register("v1/auto-apply/logs", LogViewSet, basename="auto-apply-log")
_router.register("v1/auto-apply/answers", AnswerViewSet, basename="auto-apply-answer")
_router.register("v1/auto-apply/letters", LetterViewSet, basename="auto-apply-letter")
_router.register("v1/learning/recommendations", RecommendationViewSet, basename="recommendation")
_router.register("v1/learning/progress", ProgressViewSet, basename="progress")
_router.register("v1/learning/courses", CourseViewSet, basename="course")
_router.register("v1/coaching/invitations", InvitationViewSet, basename="coaching-invitation")
_router.register("v1/coaching/relationships", RelationshipViewSet, basename="coaching-relationship")
_router.register(
    "v1/coaching/relationships/<uuid:relationship_id>/events",
    RelationshipEventViewSet,
    basename="coaching-event",
)
_router.register("v1/coaching/consents", ConsentViewSet, basename="coaching-consent")
_router.register("v1/coaching/access-log", AccessEntryViewSet, basename="coaching-look")
_router.register("v1/coaching/suggestions", SuggestionViewSet, basename="coaching-suggestion")
_router.register("v1/coaching/private-notes", PrivateNoteViewSet, basename="coaching-note")
_router.register("v1/coaching/cohorts", CohortViewSet, basename="coaching-cohort")
_router.register(
    "v1/coaching/cohorts/<uuid:cohort_id>/members", CohortMemberViewSet, basename="coaching-member"
)
for _segment, _view in CLIENT_ROWS:
    _router.register(
        f"v1/coaching/clients/<uuid:relationship_id>/{_segment}", _view, basename=f"client-{_segment}"
    )

urlpatterns = [
    *_uncached(
        [
            path("v1/session/", SessionView.as_view(), name="session"),
            path("v1/me/", MeView.as_view(), name="me"),
            path("v1/me/closing/", ClosingView.as_view(), name="me-closing"),
            path("v1/me/export/", ExportView.as_view(), name="me-export"),
            path("v1/me/import/", ImportView.as_view(), name="me-import"),
            path("v1/me/retention/", RetentionView.as_view(), name="me-retention"),
            path("v1/me/retention/preview/", RetentionPreviewView.as_view(), name="me-retention-preview"),
            path("v1/me/sessions/", OpenSessionsView.as_view(), name="me-sessions"),
            path("v1/me/sessions/<int:pk>/", OpenSessionView.as_view(), name="me-session"),
            path("v1/personas/<uuid:pk>/preview/", PreviewView.as_view(), name="persona-preview"),
            path("v1/skills/near/", NearSkillsView.as_view(), name="skills-near"),
            path("v1/jobs/search/", JobSearchView.as_view(), name="job-search"),
            path("v1/saved-searches/<uuid:pk>/new/", NewJobsView.as_view(), name="saved-search-new"),
            path("v1/matches/search/", MatchSearchView.as_view(), name="match-search"),
            path("v1/matches/scores/", JobScoresView.as_view(), name="match-scores"),
            path("v1/matches/what-if/", WhatIfView.as_view(), name="match-what-if"),
            path("v1/auto-apply/limits/", LimitsView.as_view(), name="auto-apply-limits"),
            path("v1/auto-apply/pause/", PauseView.as_view(), name="auto-apply-pause"),
            path("v1/learning/gaps/", GapsView.as_view(), name="learning-gaps"),
            path("v1/learning/market/", MarketView.as_view(), name="learning-market"),
            path("v1/learning/settings/", LearningSettingsView.as_view(), name="learning-settings"),
            path("v1/coaching/desk/", DeskView.as_view(), name="coaching-desk"),
            *_router.urls,
        ]
    ),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    re_path(r"^", UnknownAddress.as_view(), name="unknown"),
]
