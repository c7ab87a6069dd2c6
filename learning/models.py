"""What to grow: recommendations."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from personas.models import OwnedQuerySet, Persona, User

RECOMMENDED_FOR = timedelta(days=30)


class Recommendation(models.Model):
    """A skill worth learning for one person, with courses. Written by the learning service."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="recommendations")
    persona = models.ForeignKey(
        Persona, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="recommendations"
    )
    target_skill = models.CharField(_("skill"), max_length=255)
    reason_text = models.TextField(_("reason"), blank=True, default="", db_default="")
    recommended_courses = models.JSONField(_("courses"), default=list, db_default=[], blank=True)
    estimated_duration_weeks = models.IntegerField(_("weeks"))
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    expires_at = models.DateTimeField(_("shown until"), db_default=TransactionNow() + RECOMMENDED_FOR)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "learning_recommendations"
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints = [
            models.CheckConstraint(
                condition=Q(estimated_duration_weeks__gte=0), name="recommendation_weeks_are_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target_skill} ({self.pk})"
