"""Scores out: how jobs fit personas, and how far matching has come."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from matching.models.jobs import Job
from personas.models import OwnedQuerySet, Persona, User

FRESH_FOR = timedelta(days=7)
COVERAGE_FLOOR = "0.50"


class UnboundedDecimalField(models.DecimalField):
    """A decimal whose column is plain `numeric`, as schema.md fixes it; digits are checked in forms only."""

    def db_type(self, connection: Any) -> str:
        """The column type."""
        return "numeric"


class MatchQuerySet(OwnedQuerySet):
    """Reads of matches."""

    def live(self, now: datetime) -> MatchQuerySet:
        """Matches that may be listed or acted on: fresh, not dismissed, job open."""
        return self.filter(expires_at__gt=now, is_dismissed=False, job__closed_at__isnull=True)

    def best_first(self) -> MatchQuerySet:
        """Known before too little known (coverage below .50), then by score; a total order."""
        little = models.Case(
            models.When(coverage__lt=COVERAGE_FLOOR, then=True),
            default=False,
            output_field=models.BooleanField(),
        )
        known_first: MatchQuerySet = self.annotate(too_little_known=little)
        return known_first.order_by("too_little_known", "-match_score", "pk")

    def for_feed(self) -> MatchQuerySet:
        """Matches with their job, its source and the persona, without the long texts."""
        return self.select_related("job", "job__source", "persona").defer(
            "job__description_html", "job__description_text", "job__raw"
        )

    def for_page(self) -> MatchQuerySet:
        """Matches with everything that the page of one of them shows."""
        return self.select_related("job", "job__source", "persona", "persona__preferences").defer("job__raw")


class DismissalReason(models.TextChoices):
    """Why a person takes a match out of the feed."""

    TITLE = "title", _("not my kind of work")
    SKILLS = "skills", _("asks for what I cannot or will not do")
    PAY = "pay", _("pays too little")
    PLACE = "place", _("too far away")
    WORKPLACE = "workplace", _("not the workplace I want")
    INDUSTRY = "industry", _("not my industry")
    COMPANY = "company", _("not this employer")
    SENIORITY = "seniority", _("too junior or too senior")
    OTHER = "other", _("something else")


class Match(models.Model):
    """How one job fits one persona. Written by the matching service; its owner may dismiss it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="matches"
    )
    persona = models.ForeignKey(
        Persona, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="matches"
    )
    job = models.ForeignKey(
        Job, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="matches"
    )
    match_score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    match_factors = models.JSONField(_("factors"))
    explanation = models.TextField(_("explanation"), blank=True, default="", db_default="")
    is_dismissed = models.BooleanField(_("dismissed"), default=False, db_default=False)
    dismissed_at = models.DateTimeField(_("dismissed at"), null=True, blank=True)
    dismissed_because = models.CharField(
        _("dismissed because"),
        max_length=50,
        choices=DismissalReason,
        blank=True,
        default="",
        db_default="",
    )
    values_alignment = UnboundedDecimalField(
        _("values alignment"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    coverage = models.DecimalField(_("coverage"), max_digits=5, decimal_places=4, null=True, blank=True)
    scorer_version = models.CharField(max_length=100, blank=True, default="", db_default="")
    inputs_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    # What the last refresh that changed this match changed, as `changes.tell_changes` reads it; null until one has.
    changes = models.JSONField(_("last change"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True)
    created_at = models.DateTimeField(_("found"), db_default=TransactionNow(), editable=False)
    refreshed_at = models.DateTimeField(_("refreshed"), db_default=TransactionNow())
    expires_at = models.DateTimeField(_("fresh until"), db_default=TransactionNow() + FRESH_FOR)

    objects = MatchQuerySet.as_manager()

    # False on what a ranking shows of a job that is not among the best that are kept.
    is_stored = True

    class Meta:
        db_table = "job_matches"
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "persona", "job"],
                nulls_distinct=False,
                name="match_is_unique_per_persona_and_job",
            ),
            models.CheckConstraint(
                condition=Q(match_score__gte=0) & Q(match_score__lte=100), name="match_score_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=Q(coverage__isnull=True) | (Q(coverage__gte=0) & Q(coverage__lte=1)),
                name="match_coverage_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_because__in=["", *DismissalReason.values]),
                name="match_dismissal_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_because="") | Q(is_dismissed=True),
                name="match_has_a_dismissal_reason_only_when_dismissed",
            ),
        ]
        indexes = [
            models.Index(F("persona"), F("match_score").desc(), name="match_best_first"),
            models.Index(fields=["expires_at"], name="match_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.match_score} ({self.pk})"


class MatchState(models.Model):
    """How far matching has come for one persona. Written by the matching service."""

    persona = models.OneToOneField(
        Persona, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="match_state"
    )
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="match_states")
    inputs_revision = models.BigIntegerField()
    runs_seen = models.BigIntegerField()
    # The reading of the open jobs that was matched; null where it is not known, which calls for a full pass.
    snapshot = models.UUIDField(null=True, blank=True)
    scorer_version = models.CharField(max_length=100)
    open_jobs = models.IntegerField(_("open jobs scored"))
    matching_jobs = models.IntegerField(_("jobs that match"))
    matched_at = models.DateTimeField(_("matched"), db_default=TransactionNow())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "match_states"
        verbose_name = _("state of matching")
        verbose_name_plural = _("states of matching")

    def __str__(self) -> str:
        return f"matching of {self.persona_id}"
