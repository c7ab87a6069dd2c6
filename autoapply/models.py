"""Standing rules and the record of what they did."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from matching.models import Job
from personas.models import OwnedQuerySet, Persona, User, text_list

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Rule(models.Model):
    """A standing rule of one person. Written by its owner; disabled until they enable it."""

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
    match_score_threshold = models.DecimalField(
        _("lowest score"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    max_applications_per_week = models.IntegerField(_("applications a week"), default=5, db_default=5)
    exclude_companies = text_list(_("never these companies"))
    include_only_companies = text_list(_("only these companies"))
    require_all_keywords = text_list(_("all of these words"))
    active_days = text_list(_("days"))
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
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class Log(models.Model):
    """An application that reached an outcome. Written once by the machine; may turn withdrawn."""

    class Status(models.TextChoices):
        """The outcomes."""

        SUBMITTED = "submitted", _("submitted")
        FAILED = "failed", _("failed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="auto_apply_logs")
    rule = models.ForeignKey(Rule, models.DO_NOTHING, db_constraint=False, null=True, related_name="logs")
    job = models.ForeignKey(
        Job, models.DO_NOTHING, db_constraint=False, null=True, related_name="auto_apply_logs"
    )
    status = models.CharField(_("outcome"), max_length=50, choices=Status)
    submission_url = models.CharField(_("address"), max_length=2000, blank=True, default="", db_default="")
    error_message = models.TextField(_("error"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("when"), db_default=TransactionNow(), editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "auto_apply_logs"
        verbose_name = _("log entry")
        verbose_name_plural = _("log")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["submitted", "failed", "withdrawn"]),
                name="log_status_is_submitted_failed_or_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} ({self.pk})"
