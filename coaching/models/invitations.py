"""Invitations between coaches and clients, and the mails about them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from coaching.models.relationships import Relationship
from personas.models import OwnedQuerySet, User

if TYPE_CHECKING:
    from datetime import datetime

OPEN_FOR = timedelta(days=14)
"""How long an invitation can be accepted."""


class InvitationQuerySet(OwnedQuerySet):
    """Reads of invitations: `owned_by` gives those that somebody sent."""

    def addressed_to(self, user: Any) -> Any:
        """Those sent to the address of `user`."""
        return self.filter(email=Lower(models.Value(user.email)))

    def open(self, at: datetime) -> Any:
        """Those that can be answered at `at`."""
        return self.filter(answer=Invitation.Answer.OPEN, expires_at__gt=at)

    def for_list(self) -> Any:
        """Invitations with their senders, newest first."""
        return self.select_related("user").order_by("-created_at", "pk")


class Invitation(models.Model):
    """A coach asks an address, or somebody asks the address of a coach. Written by its sender, answered by whoever has the
    address; a trigger keeps an answer as it was given, and accepts none after the end."""

    class Answer(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("not answered")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="invitations")
    # True: a coach invites a client. False: somebody asks a coach.
    by_coach = models.BooleanField()
    # In lower case, as accounts keep it.
    email = models.EmailField(_("e-mail address"), max_length=254)
    message = models.TextField(_("message"), blank=True, default="", db_default="")
    answer = models.CharField(
        _("answer"), max_length=10, choices=Answer, default=Answer.OPEN, db_default=Answer.OPEN
    )
    answered_by = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    relationship = models.ForeignKey(
        Relationship,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="invitations",
    )
    created_at = models.DateTimeField(_("sent"), db_default=TransactionNow(), editable=False)
    expires_at = models.DateTimeField(_("can be accepted until"), db_default=TransactionNow() + OPEN_FOR)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        db_table = "coach_invitations"
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "email", "by_coach"],
                condition=Q(answer="open"),
                name="invitation_is_one_at_a_time_per_address",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["open", "accepted", "declined", "withdrawn"]),
                name="invitation_answer_is_known",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")) & ~Q(email=""),
                name="invitation_address_is_in_lower_case",
            ),
        ]
        indexes = [models.Index(fields=["email"], name="invitation_by_address")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Mail(models.Model):
    """A mail that something on a page caused, sent by the worker after the change is kept."""

    class Kind(models.TextChoices):
        """What the mail tells."""

        INVITED = "invited", _("a coach invites")
        ASKED = "asked", _("a client asks")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        CONSENTED = "consented", _("consent given")
        ENDED = "ended", _("ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    # Who caused it, and to whom it goes: an account, or the address of the invitation.
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="+")
    recipient = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    invitation = models.ForeignKey(
        Invitation, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="mails"
    )
    relationship = models.ForeignKey(
        Relationship, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="mails"
    )
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)
    # Written before the mail leaves: a second mail is worse than none, and the page tells the same.
    sent_at = models.DateTimeField(null=True, blank=True)
    # The answer of the mail server, where it took the mail for nobody.
    refused = models.CharField(max_length=100, blank=True, default="", db_default="")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "coach_mails"
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["invited", "asked", "accepted", "declined", "consented", "ended"]),
                name="coach_mail_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False) | Q(invitation__isnull=False),
                name="coach_mail_goes_to_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(sent_at__isnull=True), name="coach_mail_to_send")
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}"
