"""Who receives applications, the keys they gave, and what keeps the machine from sending at all."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EmployerKey(models.Model):
    """A key that an employer issued for its own board, encrypted. Written by staff; only the worker reads the secret."""

    class Channel(models.TextChoices):
        """The systems that ask for a key."""

        GREENHOUSE = "greenhouse", "Greenhouse"
        LEVER = "lever", "Lever"
        ASHBY = "ashby", "Ashby"
        SMARTRECRUITERS = "smartrecruiters", "SmartRecruiters"
        WORKABLE = "workable", "Workable"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    channel = models.CharField(_("system"), max_length=50, choices=Channel)
    board = models.CharField(_("board"), max_length=255)
    secret = models.BinaryField(_("key, encrypted"), editable=False)
    # The last four characters, so that staff can tell keys apart.
    hint = models.CharField(_("ends with"), max_length=4, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("entered"), db_default=TransactionNow(), editable=False)
    refused_at = models.DateTimeField(_("last refused by the employer"), null=True, blank=True)

    class Meta:
        db_table = "employer_keys"
        verbose_name = _("employer's key")
        verbose_name_plural = _("employers' keys")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "board"],
                name="employer_key_is_one_per_board",
                violation_error_message=_("This board has a key already: change that one."),
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["greenhouse", "lever", "ashby", "smartrecruiters", "workable"]),
                name="employer_key_channel_is_known",
            ),
            models.CheckConstraint(condition=~Q(board=""), name="employer_key_has_a_board"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.board}"


class ReceiverHost(models.Model):
    """One host that receives applications: its pace, its turn, and whether it is left alone. Written by the machine."""

    host = models.CharField(_("host"), max_length=255, primary_key=True)
    next_at = models.DateTimeField(_("next request from"), db_default=TransactionNow())
    busy_until = models.DateTimeField(_("in use until"), null=True, blank=True)
    # Doubtful results in a row; at three the host is left alone until `stopped_until`.
    doubts_in_a_row = models.IntegerField(_("doubts in a row"), default=0, db_default=0)
    stopped_until = models.DateTimeField(_("left alone until"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    class Meta:
        db_table = "receiver_hosts"
        verbose_name = _("receiver")
        verbose_name_plural = _("receivers")

    def __str__(self) -> str:
        return self.host


class Fence(models.Model):
    """The one row that says whether the machine may send: raised after a restore until a person lifts it."""

    id = models.IntegerField(primary_key=True, default=1, db_default=1)
    # Counts the times it was raised; applications of earlier epochs wait for their owner's word.
    epoch = models.IntegerField(default=0, db_default=0)
    raised_at = models.DateTimeField(_("raised"), null=True, blank=True)
    raised_because = models.CharField(_("because"), max_length=50, blank=True, default="", db_default="")
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    # Entries of the journal up to this number were answered for when it was last lifted.
    answered_to = models.BigIntegerField(default=0, db_default=0)
    # What the database cluster and this installation looked like when the fence was last lifted.
    fingerprint = models.CharField(max_length=255, blank=True, default="", db_default="")

    class Meta:
        db_table = "auto_apply_fence"
        verbose_name = _("restore fence")
        verbose_name_plural = _("restore fence")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="fence_is_one_row"),
        ]

    def __str__(self) -> str:
        return "raised" if self.is_raised else "lifted"

    @property
    def is_raised(self) -> bool:
        """Tell whether nothing may be sent."""
        return self.raised_at is not None and (self.lifted_at is None or self.lifted_at < self.raised_at)


class Tick(models.Model):
    """When the machine last looked for work, by whichever clock. Written by the machine."""

    id = models.IntegerField(primary_key=True, default=1, db_default=1)
    at = models.DateTimeField(_("last look"), db_default=TransactionNow())

    class Meta:
        db_table = "auto_apply_tick"
        verbose_name = _("last look for work")
        verbose_name_plural = _("last look for work")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="tick_is_one_row"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} UTC"
