"""The two sides of a relationship, the client's consent, and what happened between them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from autoapply.models.clock import clock
from personas.models import User

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.db.models.functions import Now

SCOPES = ("matches", "applications", "learning", "resume")
"""What a consent may open, as the database spells it."""


class Scope(models.TextChoices):
    """What a client may let a coach see."""

    MATCHES = "matches", _("matches")
    APPLICATIONS = "applications", _("applications")
    LEARNING = "learning", _("learning")
    RESUME = "resume", _("résumé")


class RelationshipQuerySet(models.QuerySet):
    """Reads of relationships."""

    def owned_by(self, user: AbstractBaseUser) -> Any:
        """The relationships that `user` keeps as a coach."""
        return self.filter(coach_id=user.pk)

    def of_client(self, user: AbstractBaseUser) -> Any:
        """The relationships in which `user` is the client."""
        return self.filter(client_id=user.pk)

    def for_list(self) -> Any:
        """Relationships with both accounts, active ones first."""
        return self.select_related("client", "coach").order_by("status", "-begun_at", "pk")


class Relationship(models.Model):
    """A coach and a client. Written by the coach, read by both; opens nothing without a consent.

    A trigger keeps the ways of its status: active ⇄ paused → ended. What has ended begins anew only in the transaction in
    which the other side accepts an invitation, and then older consents count for nothing.
    """

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
    begun_at = models.DateTimeField(_("begun"), db_default=TransactionNow(), editable=False)
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


class ConsentQuerySet(models.QuerySet):
    """Reads of consents."""

    def owned_by(self, user: AbstractBaseUser) -> Any:
        """The consents that `user` gave as a client."""
        return self.filter(client_id=user.pk)

    def to_coach(self, user: AbstractBaseUser) -> Any:
        """The consents that `user` was given as a coach."""
        return self.filter(coach_id=user.pk)

    def standing(self) -> Any:
        """Those that were not revoked and are of the present relationship, whether they open something just now or not."""
        return self.filter(revoked_at__isnull=True, created_at__gte=F("relationship__begun_at"))

    def live(self, at: datetime | Now) -> Any:
        """Those that open something at `at`; `scopes_granted` in the database says the same for the coach who asks."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=at),
            revoked_at__isnull=True,
            valid_from__lte=at,
            created_at__gte=F("relationship__begun_at"),
            relationship__status=Relationship.Status.ACTIVE,
            coach__is_coach=True,
            coach__is_active=True,
            client__is_active=True,
        )


class Consent(models.Model):
    """What a client allows a coach to see, and until when. Written by the client alone.

    A trigger counts `revision` up with every change and keeps a revoked consent as it was.
    """

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
    revision = models.IntegerField(default=1, db_default=1, editable=False)
    # When both sides were told that it ended by its date; written by the worker.
    end_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("given"), db_default=TransactionNow(), editable=False)

    objects = ConsentQuerySet.as_manager()

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


class RelationshipEventQuerySet(models.QuerySet):
    """Reads of what happened."""

    def owned_by(self, user: AbstractBaseUser) -> Any:
        """What happened between `user`, as a client, and their coaches."""
        return self.filter(client_id=user.pk)

    def for_list(self) -> Any:
        """Events, newest first."""
        return self.order_by("-at", "pk")


class RelationshipEvent(models.Model):
    """One thing that happened to a relationship or its consent. Written by triggers alone, never changed."""

    class What(models.TextChoices):
        """What happened."""

        BEGUN = "begun", _("begun")
        PAUSED = "paused", _("paused")
        RESUMED = "resumed", _("resumed")
        ENDED = "ended", _("ended")
        CONSENTED = "consented", _("consent given")
        CHANGED = "changed", _("consent changed")
        REVOKED = "revoked", _("consent revoked")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    relationship = models.ForeignKey(
        Relationship, models.DO_NOTHING, db_constraint=False, related_name="events"
    )
    coach = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="+")
    client = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="+")
    what = models.CharField(_("what happened"), max_length=20, choices=What)
    # The consent as it stands after the event; empty for what the coach did.
    scopes = ArrayField(models.TextField(), default=list, db_default=[])
    valid_until = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(_("when"), db_default=clock(), editable=False)

    objects = RelationshipEventQuerySet.as_manager()

    class Meta:
        db_table = "coach_events"
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    what__in=["begun", "paused", "resumed", "ended", "consented", "changed", "revoked"]
                ),
                name="coach_event_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} ({self.pk})"
