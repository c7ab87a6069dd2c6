"""Postings that people bring themselves: a link, or the words of one."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from matching.models.jobs import Job
from matching.posting import COMPANY_LIMIT, LOCATION_LIMIT, TITLE_LIMIT, URL_LIMIT
from personas.models import OwnedQuerySet, User


class PastedPosting(models.Model):
    """What somebody pasted, and what became of it. Written by `pasting`."""

    class State(models.TextChoices):
        """How far it has come."""

        WAITING = "waiting", _("being read")
        TAKEN = "taken", _("among the jobs")
        REFUSED = "refused", _("not read")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="pasted_postings"
    )
    address = models.CharField(_("link"), max_length=URL_LIMIT, blank=True, default="", db_default="")
    title = models.CharField(_("title"), max_length=TITLE_LIMIT, blank=True, default="", db_default="")
    company = models.CharField(_("employer"), max_length=COMPANY_LIMIT, blank=True, default="", db_default="")
    location = models.CharField(_("place"), max_length=LOCATION_LIMIT, blank=True, default="", db_default="")
    # Empty where the posting is read from its address.
    text = models.TextField(_("text"), blank=True, default="", db_default="")
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.WAITING, db_default=State.WAITING
    )
    reason = models.TextField(_("why it was not read"), blank=True, default="", db_default="")
    job = models.ForeignKey(
        Job, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="pasted_by"
    )
    created_at = models.DateTimeField(_("pasted"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "pasted_postings"
        verbose_name = _("pasted posting")
        verbose_name_plural = _("pasted postings")
        indexes = [
            models.Index(fields=["user", "created_at"], name="pasted_posting_of_person"),
            models.Index(fields=["created_at"], name="pasted_posting_waits", condition=Q(state="waiting")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "taken", "refused"]), name="pasted_posting_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(address="") | ~Q(text=""), name="pasted_posting_is_a_link_or_a_text"
            ),
            models.CheckConstraint(
                condition=Q(text="") | ~Q(title=""), name="pasted_posting_with_a_text_has_a_title"
            ),
            models.CheckConstraint(
                condition=~Q(state="taken") | Q(reason=""), name="pasted_posting_has_one_end"
            ),
        ]

    def __str__(self) -> str:
        return f"pasted posting {self.pk}"
