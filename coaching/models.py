"""Who helps, and what they may see."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from personas.models import User

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

SCOPES = ("matches", "applications", "learning", "resume")


class RelationshipQuerySet(models.QuerySet):
    """Reads of relationships."""

    def owned_by(self, user: AbstractBaseUser) -> Any:
        """The relationships that `user` keeps as a coach."""
        return self.filter(coach_id=user.pk)

    def for_list(self) -> Any:
        """Relationships with the client's account, active ones first."""
        return self.select_related("client").order_by("status", "-created_at", "pk")


class Relationship(models.Model):
    """A coach and a client. Written by the coach, read by both; opens nothing without a consent."""

    class Status(models.TextChoices):
        """The coach's side of it."""

        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        ENDED = "ended", _("ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    coach = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="clients_of_coach"
    )
    client = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="coaches_of_client")
    status = models.CharField(_("status"), max_length=50, choices=Status, default=Status.ACTIVE)
    notes = models.TextField(
        _("notes"), blank=True, default="", db_default="", help_text=_("Your client can read these notes.")
    )
    created_at = models.DateTimeField(_("since"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = RelationshipQuerySet.as_manager()

    class Meta:
        db_table = "coach_client_relationships"
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = [
            models.UniqueConstraint(
                fields=["coach", "client"], name="relationship_is_one_per_coach_and_client"
            ),
            models.UniqueConstraint(
                fields=["id", "coach", "client"], name="relationship_names_its_two_sides"
            ),
            models.CheckConstraint(
                condition=~Q(coach=F("client")), name="relationship_is_between_two_people"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "paused", "ended"]), name="relationship_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} ({self.pk})"


class Consent(models.Model):
    """What a client allows a coach to see, and until when. Written by the client alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    relationship = models.ForeignKey(
        Relationship, models.DO_NOTHING, db_constraint=False, related_name="consents"
    )
    coach = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="consents_to_coach")
    client = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, related_name="consents_of_client"
    )
    scopes = ArrayField(
        models.TextField(), verbose_name=_("what the coach may see"), default=list, db_default=[]
    )
    valid_from = models.DateTimeField(_("from"), db_default=TransactionNow())
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    created_at = models.DateTimeField(_("given"), db_default=TransactionNow(), editable=False)

    objects = models.Manager()

    class Meta:
        db_table = "coach_consents"
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["relationship"], condition=Q(revoked_at__isnull=True), name="consent_is_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(SCOPES)), name="consent_scopes_are_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="consent_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"consent {self.pk}"


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

    objects = models.Manager()

    class Meta:
        db_table = "coach_private_notes"
        verbose_name = _("private note")
        verbose_name_plural = _("private notes")

    def __str__(self) -> str:
        return f"note {self.pk}"
