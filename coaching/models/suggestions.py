"""What a coach proposes and a client accepts or declines."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coaching.models.relationships import Relationship
from matching.models import Job
from personas.models import Persona, Resume, User

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


class SuggestionQuerySet(models.QuerySet):
    """Reads of suggestions."""

    def owned_by(self, user: AbstractBaseUser) -> Any:
        """The suggestions made to `user`."""
        return self.filter(client_id=user.pk)

    def by_coach(self, user: AbstractBaseUser) -> Any:
        """The suggestions that `user` made."""
        return self.filter(coach_id=user.pk)

    def for_list(self) -> Any:
        """Suggestions with what they are about: open ones first, then the newest."""
        return self.select_related("coach", "client", "persona", "job", "resume").order_by(
            models.Case(models.When(status="open", then=0), default=1), "-created_at", "pk"
        )


class Suggestion(models.Model):
    """A change that a coach proposes. Written by the coach while its scope is granted, answered by the client, who alone
    changes anything of theirs by accepting; a trigger keeps an answer as it was given."""

    class Kind(models.TextChoices):
        """What it would change."""

        WEIGHTS = "weights", _("weights")
        PERSONA = "persona", _("persona")
        JOB = "job", _("job")
        SKILL = "skill", _("skill")
        RESUME = "resume", _("résumé")

    class Status(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    relationship = models.ForeignKey(
        Relationship, models.DO_NOTHING, db_constraint=False, related_name="suggestions"
    )
    coach = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="suggestions_made")
    client = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, related_name="suggestions_to_client"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # The persona it is about (persona, job), the job (job), the résumé (résumé).
    persona = models.ForeignKey(
        Persona, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="suggestions"
    )
    job = models.ForeignKey(
        Job, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="suggestions"
    )
    resume = models.ForeignKey(
        Resume, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="suggestions"
    )
    # The proposed values by field, in the shape that `coaching.proposals` describes for each kind.
    proposal = models.JSONField(default=dict, db_default={}, blank=True)
    note = models.TextField(_("why"))
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.OPEN, db_default=Status.OPEN
    )
    answer = models.TextField(_("answer"), blank=True, default="", db_default="")
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"), db_default=TransactionNow(), editable=False)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        db_table = "coach_suggestions"
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["weights", "persona", "job", "skill", "resume"]),
                name="suggestion_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "accepted", "declined", "withdrawn"]),
                name="suggestion_status_is_known",
            ),
            models.CheckConstraint(condition=~Q(note=""), name="suggestion_says_why"),
        ]
        indexes = [models.Index(fields=["client", "status"], name="suggestion_by_client")]

    def __str__(self) -> str:
        return f"suggestion {self.pk}"
