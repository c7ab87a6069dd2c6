"""Standing rules, what a person lets all of them do together, and the verdicts they came to."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autoapply.days import DAYS
from matching.models import Job
from personas.models import OwnedQuerySet, Persona, User, text_list

MAX_A_WEEK = 50
"""The most applications a week that a person can let all rules send together."""


class Rule(models.Model):
    """A standing rule of one person. Written by its owner; disabled until they enable it."""

    class Mode(models.TextChoices):
        """Who approves what is sent."""

        REVIEW = "review", _("I look at each application first")
        AUTOMATIC = "automatic", _("sent by itself after the hold")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="auto_apply_rules"
    )
    persona = models.ForeignKey(
        Persona,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="auto_apply_rules",
    )
    name = models.CharField(_("name"), max_length=255)
    enabled = models.BooleanField(_("enabled"), default=False, db_default=True)
    mode = models.CharField(
        _("before sending"), max_length=20, choices=Mode, default=Mode.REVIEW, db_default=Mode.REVIEW
    )
    match_score_threshold = models.DecimalField(
        _("lowest score"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    max_applications_per_week = models.IntegerField(_("applications a week"), default=5, db_default=5)
    exclude_companies = text_list(_("never these companies"))
    include_only_companies = text_list(_("only these companies"))
    require_all_keywords = text_list(_("all of these words"))
    active_days = text_list(_("days"))
    needs_reviewed_resume = models.BooleanField(
        _("only with a résumé that was reviewed"), default=False, db_default=False
    )
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "auto_apply_rules"
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = [
            models.UniqueConstraint(fields=["user", "id"], name="rule_belongs_to_one_person"),
            models.CheckConstraint(
                condition=Q(match_score_threshold__isnull=True)
                | (Q(match_score_threshold__gte=0) & Q(match_score_threshold__lte=100)),
                name="rule_threshold_is_a_percentage",
            ),
            models.CheckConstraint(
                condition=Q(max_applications_per_week__gte=0), name="rule_weekly_cap_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(active_days__contained_by=list(DAYS)), name="rule_days_are_mon_to_sun"
            ),
            models.CheckConstraint(
                condition=Q(mode__in=["review", "automatic"]), name="rule_mode_is_review_or_automatic"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class Standing(models.Model):
    """What one person lets all rules do together; a trigger makes the row with the first rule. Written by its owner.

    Whoever changes slots or sends takes this row's lock before a rule's.
    """

    user = models.OneToOneField(
        User, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="auto_apply_standing"
    )
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    weekly_ceiling = models.IntegerField(
        _("applications a week over all rules"),
        default=10,
        db_default=10,
        validators=[MinValueValidator(0), MaxValueValidator(MAX_A_WEEK)],
    )
    hold_minutes = models.IntegerField(
        _("minutes between approval and sending"),
        default=60,
        db_default=60,
        validators=[MinValueValidator(0), MaxValueValidator(7 * 24 * 60)],
    )
    company_interval_days = models.IntegerField(
        _("days between two applications to one company"),
        default=30,
        db_default=30,
        validators=[MinValueValidator(0), MaxValueValidator(3650)],
    )
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "auto_apply_standings"
        verbose_name = _("limits of a person")
        verbose_name_plural = _("limits of persons")
        constraints = [
            models.CheckConstraint(
                condition=Q(weekly_ceiling__gte=0) & Q(weekly_ceiling__lte=MAX_A_WEEK),
                name="standing_ceiling_is_from_0_to_50",
            ),
            models.CheckConstraint(
                condition=Q(hold_minutes__gte=0) & Q(hold_minutes__lte=7 * 24 * 60),
                name="standing_hold_is_at_most_a_week",
            ),
            models.CheckConstraint(
                condition=Q(company_interval_days__gte=0) & Q(company_interval_days__lte=3650),
                name="standing_company_interval_is_at_most_ten_years",
            ),
        ]

    def __str__(self) -> str:
        return f"limits of {self.user_id}"


class DecisionQuerySet(OwnedQuerySet):
    """Reads of the ledger."""

    def for_ledger(self) -> DecisionQuerySet:
        """Verdicts with their job: those that let through first, then those that came furthest; a total order."""
        listed: DecisionQuerySet = self.select_related("job", "job__source", "rule").defer(
            "job__description_html", "job__description_text", "job__raw"
        )
        return listed.order_by("-gates_passed", "-match_score", "pk")


class Decision(models.Model):
    """What one rule says of one job: every gate's verdict, updated in place. Written by the ledger service."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="auto_apply_decisions"
    )
    rule = models.ForeignKey(
        Rule, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="decisions"
    )
    job = models.ForeignKey(Job, models.DO_NOTHING, db_constraint=False, related_name="auto_apply_decisions")
    persona = models.ForeignKey(
        Persona, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    match_score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True)
    # The first gate that failed, "" where all passed; how many gates in a row passed before it.
    first_failed = models.CharField(_("stopped by"), max_length=50, blank=True, default="", db_default="")
    gates_passed = models.IntegerField(_("gates passed"))
    # As policy.verdicts_as_json writes them: [{gate, passed, code, facts}] in the order of the gates.
    verdicts = models.JSONField(_("verdicts"))
    # What the last change of this verdict was: {"was": first_failed before}; null until one changed.
    changes = models.JSONField(_("last change"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), db_default=TransactionNow())
    changed_at = models.DateTimeField(_("changed"), db_default=TransactionNow())

    objects = DecisionQuerySet.as_manager()

    class Meta:
        db_table = "auto_apply_decisions"
        verbose_name = _("verdict")
        verbose_name_plural = _("ledger")
        constraints = [
            models.UniqueConstraint(fields=["rule", "job"], name="decision_is_one_per_rule_and_job"),
        ]
        indexes = [
            models.Index(
                models.F("rule"),
                models.F("gates_passed").desc(),
                models.F("match_score").desc(),
                name="decision_ledger",
            ),
            models.Index(fields=["user"], name="decision_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.first_failed or 'passes'} ({self.pk})"
