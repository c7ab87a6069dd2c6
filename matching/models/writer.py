"""What the optional writer was asked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WriterDay(models.Model):
    """What was asked of the optional writer on one day (UTC), and until when it is left alone. Written by `writer`."""

    day = models.DateField(_("day"), primary_key=True)
    calls = models.IntegerField(_("questions"), default=0, db_default=0)
    failures_in_row = models.IntegerField(_("failures in a row"), default=0, db_default=0)
    last_failure = models.CharField(_("last failure"), max_length=30, blank=True, default="", db_default="")
    rests_until = models.DateTimeField(_("left alone until"), null=True, blank=True)

    class Meta:
        db_table = "writer_days"
        verbose_name = _("day of the writer")
        verbose_name_plural = _("days of the writer")
        constraints = [
            models.CheckConstraint(
                condition=Q(calls__gte=0) & Q(failures_in_row__gte=0), name="writer_counts_are_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calls} questions on {self.day}"
