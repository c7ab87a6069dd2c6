"""A client's rows as their coach reads them: one list and one page for each kind of row, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autoapply.gate_words import gate_name, verdict_words
from autoapply.models import Application
from autoapply.policy import read_verdicts
from autoapply.state_words import wait_words
from autoapply.timeline import tell_story
from coaching.admin.client_admin import (
    CLIENT,
    EMPTY,
    ClientAdmin,
    address_of,
    check_reading,
    page_of,
    yes_or_no,
)
from coaching.admin.client_words import (
    name_employer,
    tell_course,
    tell_document,
    tell_rule,
    tell_set_aside,
    tell_wishes,
)
from coaching.models import (
    ClientApplication,
    ClientDecision,
    ClientFollowUp,
    ClientMatch,
    ClientPersona,
    ClientProgress,
    ClientRecommendation,
    ClientResume,
    ClientRule,
    ClientSkill,
    Relationship,
    Scope,
)
from learning.facts import read_gap
from learning.progress_words import effect_of, promised_of, tell_differences, tell_effect, tell_promise
from personas.models import Resume, ResumeFile

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.urls import URLPattern

LONG_TEXTS = ("job__description_html", "job__description_text", "job__raw")
STATES = {
    Application.Status.REVIEW: gettext_lazy("waits for the client’s approval"),
    Application.Status.PARKED: gettext_lazy("waits for an answer of the client"),
}
WAYS = {Application.Channel.HANDOFF: gettext_lazy("sent by the client")}


@admin.register(ClientPersona)
class ClientPersonaAdmin(ClientAdmin):
    """The selves that a client searches as, with what each looks for."""

    scope = Scope.MATCHES.value
    list_code, page_code = "personas", "persona"
    page_template = "admin/coaching/client_persona.html"
    list_display = ["name", "is_the_active_one", "updated_at"]
    search_fields = ["name", "description"]
    ordering = ["-is_active", "name", "pk"]

    @admin.display(description=gettext_lazy("active"), ordering="is_active")
    def is_the_active_one(self, persona: ClientPersona) -> str:
        """Whether it is the one that is searched as."""
        return yes_or_no(persona.is_active)

    def get_page_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """With what it looks for."""
        return self.get_queryset(request).select_related("preferences")

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """Its wishes in words."""
        return {"title": row.name, "wishes": tell_wishes(row.preferences)}


@admin.register(ClientMatch)
class ClientMatchAdmin(ClientAdmin):
    """How jobs fit a client."""

    scope = Scope.MATCHES.value
    list_code, page_code = "matches", "match"
    page_template = "admin/coaching/client_match.html"
    list_display = ["job_title", "employer", "match_score", "persona_name", "is_set_aside", "refreshed_at"]
    list_filter = ["is_dismissed"]
    search_fields = ["job__title", "job__company"]
    search_help_text = gettext_lazy("Title or employer")
    ordering = ["-match_score", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With jobs and personas, without the long texts."""
        return super().get_queryset(request).select_related("job", "persona").defer(*LONG_TEXTS)

    def get_page_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """With the source of the job."""
        return self.get_queryset(request).select_related("job__source")

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """The job that it is about."""
        return {
            "title": row.job.title,
            "employer": name_employer(row.job),
            "job": row.job,
            "persona_url": page_of(ClientPersona(pk=row.persona_id), relationship) if row.persona_id else "",
        }

    @admin.display(description=gettext_lazy("job"), ordering="job__title")
    def job_title(self, match: ClientMatch) -> str:
        """What the job is called."""
        return str(match.job.title)

    @admin.display(description=gettext_lazy("employer"), ordering="job__company")
    def employer(self, match: ClientMatch) -> str:
        """Whose job it is."""
        return name_employer(match.job)

    @admin.display(description=gettext_lazy("persona"))
    def persona_name(self, match: ClientMatch) -> str:
        """For which self it was scored."""
        return match.persona.name if match.persona else EMPTY

    @admin.display(description=gettext_lazy("dismissed"), ordering="is_dismissed")
    def is_set_aside(self, match: ClientMatch) -> str:
        """Whether the client does not want it, and why."""
        return tell_set_aside(match)


@admin.register(ClientRule)
class ClientRuleAdmin(ClientAdmin):
    """A client's standing rules."""

    scope = Scope.APPLICATIONS.value
    list_code, page_code = "rules", "rule"
    page_template = "admin/coaching/client_rule.html"
    list_display = ["name", "is_enabled", "mode", "max_applications_per_week", "updated_at"]
    list_filter = ["enabled"]
    search_fields = ["name"]
    ordering = ["-enabled", "name", "pk"]

    def get_page_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """With the persona, which is there where matches are granted as well."""
        return self.get_queryset(request).select_related("persona")

    @admin.display(description=gettext_lazy("enabled"), ordering="enabled")
    def is_enabled(self, rule: ClientRule) -> str:
        """Whether it is at work."""
        return yes_or_no(rule.enabled)

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """What it asks for, in words."""
        return {"title": row.name, "facts": tell_rule(row)}


@admin.register(ClientDecision)
class ClientDecisionAdmin(ClientAdmin):
    """What a client's rules said of jobs."""

    scope = Scope.APPLICATIONS.value
    list_code, page_code = "decisions", "decision"
    page_template = "admin/coaching/client_decision.html"
    list_display = ["job_title", "employer", "rule_name", "match_score", "verdict", "decided_at"]
    search_fields = ["job__title", "job__company"]
    search_help_text = gettext_lazy("Title or employer")
    ordering = ["-gates_passed", "-match_score", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With jobs and rules, without the long texts."""
        return super().get_queryset(request).select_related("job", "rule").defer(*LONG_TEXTS)

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """Every gate's verdict in words."""
        verdicts = read_verdicts(row.verdicts)
        gates = [(each.passed, gate_name(each.gate), verdict_words(each)) for each in verdicts.all]
        return {
            "title": row.job.title,
            "employer": name_employer(row.job),
            "gates": gates,
            "verdict": self.verdict(row),
            "rule_url": page_of(ClientRule(pk=row.rule_id), relationship),
        }

    @admin.display(description=gettext_lazy("job"), ordering="job__title")
    def job_title(self, decision: ClientDecision) -> str:
        """What the job is called."""
        return str(decision.job.title)

    @admin.display(description=gettext_lazy("employer"), ordering="job__company")
    def employer(self, decision: ClientDecision) -> str:
        """Whose job it is."""
        return name_employer(decision.job)

    @admin.display(description=gettext_lazy("rule"), ordering="rule__name")
    def rule_name(self, decision: ClientDecision) -> str:
        """Which rule judged."""
        return str(decision.rule.name)

    @admin.display(description=gettext_lazy("verdict"), ordering="gates_passed")
    def verdict(self, decision: ClientDecision) -> str:
        """What stopped the job first, or that nothing did."""
        if not decision.first_failed:
            return _("every gate lets it through")
        return _("stopped by “%(gate)s”") % {"gate": gate_name(decision.first_failed)}


@admin.register(ClientApplication)
class ClientApplicationAdmin(ClientAdmin):
    """A client's applications."""

    scope = Scope.APPLICATIONS.value
    list_code, page_code = "applications", "application"
    page_template = "admin/coaching/client_application.html"
    list_display = ["job_title", "company", "state", "stage", "created_at"]
    list_filter = ["stage"]
    search_fields = ["job_title", "company"]
    search_help_text = gettext_lazy("Title or employer")
    ordering = ["-created_at", "pk"]

    def get_page_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """With the rule that wanted it."""
        return self.get_queryset(request).select_related("rule")

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """Its story, its follow-ups, and what it waits for."""
        own = ClientFollowUp.objects.filter(application=row, user_id=relationship.client_id)
        return {
            "title": row.job_title,
            "employer": name_employer(row),
            "state": self.state(row),
            "way": str(WAYS.get(Application.Channel(row.channel)) or row.get_channel_display()),
            "waits": wait_words(row.waits_for),
            "story": tell_story(events=row.events.all(), notes=()),
            "follow_ups": own.order_by("due_on", "created_at", "pk"),
            "rule_url": page_of(ClientRule(pk=row.rule_id), relationship) if row.rule else "",
        }

    @admin.display(description=gettext_lazy("state"), ordering="status")
    def state(self, application: ClientApplication) -> str:
        """Where it stands on its way out."""
        words = STATES.get(Application.Status(application.status))
        return str(words or application.get_status_display())


@admin.register(ClientFollowUp)
class ClientFollowUpAdmin(ClientAdmin):
    """What a client planned about applications."""

    scope = Scope.APPLICATIONS.value
    list_code, page_code = "follow_ups", "follow_up"
    page_template = "admin/coaching/client_follow_up.html"
    list_display = ["what", "due_on", "application_title", "done_at"]
    search_fields = ["what", "application__job_title", "application__company"]
    search_help_text = gettext_lazy("What to do, title or employer")
    ordering = ["done_at", "due_on", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the applications."""
        return super().get_queryset(request).select_related("application")

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """Where its application is."""
        application = ClientApplication(pk=row.application_id)
        return {"title": row.what, "application_url": page_of(application, relationship)}

    @admin.display(description=gettext_lazy("application"), ordering="application__job_title")
    def application_title(self, follow_up: ClientFollowUp) -> str:
        """What it is about."""
        return str(follow_up.application.job_title)


@admin.register(ClientRecommendation)
class ClientRecommendationAdmin(ClientAdmin):
    """What a client might learn."""

    scope = Scope.LEARNING.value
    list_code, page_code = "recommendations", "recommendation"
    page_template = "admin/coaching/client_recommendation.html"
    list_display = ["target_skill", "more_doors", "estimated_duration_weeks", "expires_at"]
    search_fields = ["target_skill"]
    ordering = ["persona", "position", "target_skill", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those that have not expired."""
        return super().get_queryset(request).filter(expires_at__gt=timezone.now())

    @admin.display(description=gettext_lazy("more jobs"))
    def more_doors(self, row: ClientRecommendation) -> str:
        """How many more jobs would reach the threshold."""
        return intcomma(read_gap(row.facts).crossing) if row.facts else EMPTY

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """The courses that can be told."""
        courses = [each for each in row.recommended_courses if isinstance(each, dict)]
        return {"title": row.target_skill, "courses": [tell_course(each) for each in courses]}


@admin.register(ClientProgress)
class ClientProgressAdmin(ClientAdmin):
    """How far a client is with what they learn."""

    scope = Scope.LEARNING.value
    list_code, page_code = "learning_progress", "learning_step"
    page_template = "admin/coaching/client_progress.html"
    list_display = ["skill_name", "status", "promised_doors", "measured_doors", "updated_at"]
    list_filter = ["status"]
    search_fields = ["skill_name"]
    ordering = ["-updated_at", "pk"]

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """Promised against real, in the words that the client reads."""
        gap, effect = promised_of(row), effect_of(row)
        return {
            "title": row.skill_name,
            "promise": tell_promise(gap) if gap else "",
            "effect": tell_effect(effect) if effect else "",
            "differences": tell_differences(gap, effect) if gap and effect else [],
        }

    @admin.display(description=gettext_lazy("jobs promised"))
    def promised_doors(self, row: ClientProgress) -> str:
        """How many more jobs were promised."""
        gap = promised_of(row)
        return intcomma(gap.crossing) if gap else EMPTY

    @admin.display(description=gettext_lazy("jobs because of it"))
    def measured_doors(self, row: ClientProgress) -> str:
        """How many jobs are there because of it."""
        effect = effect_of(row)
        return intcomma(effect.crossing) if effect else EMPTY


@admin.register(ClientResume)
class ClientResumeAdmin(ClientAdmin):
    """A client's résumés: as read, and as uploaded."""

    scope = Scope.RESUME.value
    list_code, page_code = "resumes", "resume"
    file_code = "resume_file"
    page_template = "admin/coaching/client_resume.html"
    list_display = ["title", "review", "is_the_default", "updated_at"]
    list_filter = ["review"]
    search_fields = ["title"]
    ordering = ["-is_default", "-created_at", "pk"]

    def get_urls(self) -> list[URLPattern]:
        """The file beside list and page."""
        show_file = self.admin_site.admin_view(self.file_view)
        return [
            *super().get_urls(),
            path("<uuid:object_id>/file/", show_file, name="coaching_clientresume_file"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without texts and documents."""
        return super().get_queryset(request).defer("text", "document")

    def get_page_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """With them."""
        return super().get_queryset(request)

    def file_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """The file as it was uploaded, to be saved and never shown by the browser as a page of ours."""
        check_reading(request)
        relationship = self._open(request, known={CLIENT}, code=self.file_code, object_id=object_id)
        own = ResumeFile.objects.filter(user_id=relationship.client_id)
        file = get_object_or_404(own, resume_id=object_id)
        headers = {
            "Content-Disposition": content_disposition_header(True, file.name) or "attachment",
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(bytes(file.content), content_type=file.media_type, headers=headers)

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """The document in parts, the name of the file, and where it is reviewed."""
        files = ResumeFile.objects.filter(user_id=relationship.client_id, resume=row)
        address = reverse("admin:coaching_clientresume_file", args=[row.pk])
        return {
            "title": row.title,
            "parts": tell_document(row.document),
            "file_name": files.values_list("name", flat=True).first(),
            "file_url": f"{address}?{CLIENT}={relationship.pk}",
            "review_url": address_of("admin:coaching_review", relationship.pk, row.pk),
            "is_reviewed": row.review in {Resume.Review.APPROVED, Resume.Review.CHANGES_SUGGESTED},
        }

    @admin.display(description=gettext_lazy("default"), ordering="is_default")
    def is_the_default(self, resume: ClientResume) -> str:
        """Whether it is the one that is sent."""
        return yes_or_no(resume.is_default)


@admin.register(ClientSkill)
class ClientSkillAdmin(ClientAdmin):
    """Skills that a client holds."""

    scope = Scope.RESUME.value
    list_code, page_code = "skills", "skill"
    page_template = "admin/coaching/client_skill.html"
    list_display = ["skill_name", "proficiency_level", "source", "created_at"]
    list_filter = ["proficiency_level", "source"]
    search_fields = ["skill_name"]
    ordering = ["skill_key", "pk"]

    def tell(self, row: Any, relationship: Relationship) -> dict[str, Any]:
        """Its name."""
        return {"title": row.skill_name}
