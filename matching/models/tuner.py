"""Presets of the five weights."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from personas.models import OwnedQuerySet, User


def _weight(verbose_name: Any, default: str) -> models.DecimalField:
    return models.DecimalField(
        verbose_name,
        max_digits=3,
        decimal_places=2,
        default=default,
        db_default=models.Value(default, models.DecimalField(max_digits=3, decimal_places=2)),
    )


class TunerSettings(models.Model):
    """A preset of the five weights. Written by its owner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="tuner_settings")
    name = models.CharField(_("name"), max_length=255)
    skill_weight = _weight(_("skills"), "0.30")
    salary_weight = _weight(_("pay"), "0.25")
    location_weight = _weight(_("place"), "0.15")
    remote_weight = _weight(_("workplace"), "0.20")
    industry_weight = _weight(_("industry"), "0.10")
    is_default = models.BooleanField(_("default"), default=False, db_default=False)
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "relevance_tuner_settings"
        verbose_name = _("weights")
        verbose_name_plural = _("weights")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default=True), name="tuner_default_is_one_per_person"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{factor}_weight__gte": 0}) & Q(**{f"{factor}_weight__lte": 1}),
                    name=f"tuner_{factor}_weight_is_between_0_and_1",
                )
                for factor in ("skill", "salary", "location", "remote", "industry")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"
