"""Groups of a coach's clients."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Trim
from django.utils.translation import gettext_lazy as _

from coaching.models.notes import CoachQuerySet
from coaching.models.relationships import Relationship
from personas.models import User


class Cohort(models.Model):
    """A group of a coach's clients. Written and read by the coach alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    coach = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="cohorts"
    )
    name = models.CharField(_("name"), max_length=255)
    created_at = models.DateTimeField(_("since"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = CoachQuerySet.as_manager()

    class Meta:
        db_table = "coach_cohorts"
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        constraints = [
            models.UniqueConstraint(
                "coach",
                Lower(Trim("name")),
                name="cohort_name_is_unique_per_coach",
                violation_error_message=_("You have a cohort of this name already."),
            ),
            models.UniqueConstraint(fields=["id", "coach"], name="cohort_belongs_to_one_coach"),
            models.CheckConstraint(condition=~Q(name=""), name="cohort_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class CohortMember(models.Model):
    """A client in a cohort. Written and read by the coach alone; goes with the relationship."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    cohort = models.ForeignKey(
        Cohort, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="members"
    )
    relationship = models.ForeignKey(
        Relationship, models.DO_NOTHING, db_constraint=False, related_name="cohort_places"
    )
    coach = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="+")
    client = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="+")
    created_at = models.DateTimeField(_("since"), db_default=TransactionNow(), editable=False)

    objects = CoachQuerySet.as_manager()

    class Meta:
        db_table = "coach_cohort_members"
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["cohort", "relationship"], name="cohort_member_is_in_it_once"),
        ]

    def __str__(self) -> str:
        return f"member {self.pk}"
