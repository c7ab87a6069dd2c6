"""What a person keeps beside an application: notes, contacts, what to do next, and the calendar that shows it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autoapply.models.applications import Application
from personas.models import OwnedQuerySet, User

if TYPE_CHECKING:
    from datetime import date


class Note(models.Model):
    """A note about an application. Written by its owner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="application_notes"
    )
    application = models.ForeignKey(Application, models.DO_NOTHING, db_constraint=False, related_name="notes")
    body = models.TextField(_("note"))
    created_at = models.DateTimeField(_("written"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "application_notes"
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [models.CheckConstraint(condition=~Q(body=""), name="application_note_is_not_empty")]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Contact(models.Model):
    """Somebody at the employer. Written by its owner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="application_contacts"
    )
    application = models.ForeignKey(
        Application, models.DO_NOTHING, db_constraint=False, related_name="contacts"
    )
    name = models.CharField(_("name"), max_length=255)
    role = models.CharField(_("role"), max_length=255, blank=True, default="", db_default="")
    email = models.EmailField(_("e-mail"), blank=True, default="", db_default="")
    phone = models.CharField(_("telephone"), max_length=50, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("since"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "application_contacts"
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="application_contact_has_a_name")]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class FollowUpQuerySet(OwnedQuerySet):
    """Reads of follow-ups."""

    def open(self) -> FollowUpQuerySet:
        """Follow-ups that are still to be done."""
        return self.filter(done_at__isnull=True)

    def due(self, day: date) -> FollowUpQuerySet:
        """Open follow-ups of this day and of those before it, for a list."""
        return self.open().filter(due_on__lte=day).for_list()

    def for_list(self) -> FollowUpQuerySet:
        """Follow-ups with what they are about, by day; a total order."""
        with_titles = self.select_related("application").only(
            "due_on", "what", "done_at", "created_at", "application__job_title", "application__company"
        )
        listed: FollowUpQuerySet = with_titles.order_by("due_on", "created_at", "pk")
        return listed


class FollowUp(models.Model):
    """Something to do about an application on a day. Written by its owner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="application_follow_ups"
    )
    application = models.ForeignKey(
        Application, models.DO_NOTHING, db_constraint=False, related_name="follow_ups"
    )
    due_on = models.DateField(_("day"))
    what = models.CharField(_("what to do"), max_length=255)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    created_at = models.DateTimeField(_("written"), db_default=TransactionNow(), editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        db_table = "application_follow_ups"
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        constraints = [
            models.CheckConstraint(condition=~Q(what=""), name="application_follow_up_says_what"),
        ]
        indexes = [models.Index(fields=["user", "due_on"], name="follow_up_by_day")]

    def __str__(self) -> str:
        return f"follow-up {self.pk}"


class CalendarFeed(models.Model):
    """The secret address of somebody's calendar; only its SHA-256 is kept, and presenting it opens this row."""

    user = models.OneToOneField(
        User, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="calendar_feed"
    )
    key_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "calendar_feeds"
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        constraints = [
            models.CheckConstraint(
                condition=Q(key_sha256__regex="^[0-9a-f]{64}$"), name="calendar_feed_key_is_kept_as_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
