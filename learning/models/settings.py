"""What a person says about their learning as a whole."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from personas.models import OwnedQuerySet, User

HOURS_PER_WEEK = 5


class LearningSettings(models.Model):
    """How many hours a week somebody has, and to which writer their reasons may go. Written by its owner.

    Without a row the defaults hold. `writer_host` names the host that was shown when somebody agreed; another one is not meant.
    """

    user = models.OneToOneField(
        User, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="learning_settings"
    )
    hours_per_week = models.IntegerField(_("hours a week"), default=HOURS_PER_WEEK, db_default=HOURS_PER_WEEK)
    writer_host = models.CharField(_("writer"), max_length=255, blank=True, default="", db_default="")
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "learning_settings"
        verbose_name = _("learning settings")
        verbose_name_plural = _("learning settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(hours_per_week__gte=1) & Q(hours_per_week__lte=60),
                name="learning_hours_are_between_1_and_60",
            ),
        ]

    def __str__(self) -> str:
        return f"learning of {self.user_id}"
