"""What a coach writes down for themselves."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.utils.translation import gettext_lazy as _

from coaching.models.relationships import Relationship
from personas.models import User

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


class CoachQuerySet(models.QuerySet):
    """Rows that a coach keeps for themselves."""

    def owned_by(self, user: AbstractBaseUser) -> Any:
        """The rows of the coach `user` alone."""
        return self.filter(coach_id=user.pk)


class PrivateNote(models.Model):
    """A coach's note that the client cannot read. Written and read by the coach alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    relationship = models.ForeignKey(
        Relationship, models.DO_NOTHING, db_constraint=False, related_name="private_notes"
    )
    coach = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="private_notes")
    client = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="+")
    body = models.TextField(_("note"))
    created_at = models.DateTimeField(_("written"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = CoachQuerySet.as_manager()

    class Meta:
        db_table = "coach_private_notes"
        verbose_name = _("private note")
        verbose_name_plural = _("private notes")

    def __str__(self) -> str:
        return f"note {self.pk}"
