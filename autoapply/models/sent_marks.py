"""What is kept of applications of accounts that are gone."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.utils.translation import gettext_lazy as _


class SentMark(models.Model):
    """That somebody whose account is gone applied for an opening: a keyed hash that nobody can read without ENCRYPTION_KEY.

    Whoever signs up with the same address does not apply there twice.
    """

    mark = models.CharField(_("mark"), max_length=64, primary_key=True)
    created_at = models.DateTimeField(_("kept since"), db_default=TransactionNow(), editable=False)

    class Meta:
        db_table = "sent_marks"
        verbose_name = _("mark of an application")
        verbose_name_plural = _("marks of applications")

    def __str__(self) -> str:
        return self.mark[:8]
