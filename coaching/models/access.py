"""The access log: who looked at a person's rows, at what, and when."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coaching.models.relationships import Relationship
from personas.models import User

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


class AccessEntryQuerySet(models.QuerySet):
    """Reads of the access log."""

    def owned_by(self, user: AbstractBaseUser) -> Any:
        """The entries about rows of `user`."""
        return self.filter(client_id=user.pk)

    def for_list(self) -> Any:
        """Entries, newest first."""
        return self.order_by("-at", "pk")


class AccessEntry(models.Model):
    """One person's rows opened for one page view of somebody else. Written by `coaching.looks`, never changed.

    Row security opens a person's rows only in the very transaction that wrote such an entry: without it nobody else reads.
    The entry names its viewer as they were called then, and outlives their account.
    """

    class Role(models.TextChoices):
        """As what the viewer looked."""

        COACH = "coach", _("coach")
        STAFF = "staff", _("staff")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    # The same in all entries of one page view.
    look_id = models.UUIDField(editable=False)
    viewer = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, null=True, related_name="looks_at_others"
    )
    viewer_name = models.CharField(_("who"), max_length=255, default="", db_default="")
    viewer_role = models.CharField(_("as"), max_length=10, choices=Role)
    client = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="looks_by_others"
    )
    relationship = models.ForeignKey(
        Relationship, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    # What was opened: scopes of the consent and, for staff alone, "papers".
    scopes = ArrayField(models.TextField(), verbose_name=_("what was open"))
    # Which page it was, by a code of `coaching.access_words`, and which thing of the person it showed: whoever reads the log
    # looks its name up, for before the entry is written nobody may.
    page = models.CharField(_("page"), max_length=50)
    object_id = models.UUIDField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=1000, blank=True, default="", db_default="")
    at = models.DateTimeField(_("when"), db_default=TransactionNow(), editable=False)

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        db_table = "access_log"
        verbose_name = _("look")
        verbose_name_plural = _("looks")
        constraints = [
            models.UniqueConstraint(
                fields=["look_id", "client"], name="access_is_logged_once_a_person_and_page_view"
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=["matches", "applications", "learning", "resume", "papers"])
                & Q(scopes__len__gt=0),
                name="access_scopes_are_known",
            ),
            models.CheckConstraint(
                condition=Q(viewer_role="coach") | (Q(viewer_role="staff") & ~Q(reason="")),
                name="access_of_staff_has_a_reason",
            ),
            models.CheckConstraint(condition=~Q(page=""), name="access_names_its_page"),
        ]
        indexes = [models.Index(fields=["client", "-at"], name="access_log_by_client")]

    def __str__(self) -> str:
        return f"look {self.pk}"
