"""Keys to the API, and answers to requests that may be sent again."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from personas.models.people import OwnedQuerySet, User


class ApiToken(models.Model):
    """A key to the API for one person. Only its SHA-256 is kept; row security shows the row to its owner
    and to whoever presents the key itself."""

    class Scope(models.TextChoices):
        """What the key opens."""

        READ = "read", _("read")
        WRITE = "write", _("read and write")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=100)
    key_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(
        _("scope"), max_length=10, choices=Scope, default=Scope.WRITE, db_default=Scope.WRITE
    )
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    expires_at = models.DateTimeField(_("ends"))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "api_tokens"
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="api_token_scope_is_known"),
            models.CheckConstraint(
                condition=Q(key_sha256__regex="^[0-9a-f]{64}$"), name="api_token_key_is_kept_as_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class IdempotencyKey(models.Model):
    """The answer to a request that its person may send again under the same key. Written by `idempotency`; kept for a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="idempotency_keys"
    )
    key = models.CharField(max_length=255)
    # SHA-256 of the request's method, address and body.
    request_sha256 = models.CharField(max_length=64)
    # What was answered: the status, where the new row is (empty where none was made), the JSON.
    status = models.IntegerField()
    location = models.CharField(max_length=2000, blank=True, default="", db_default="")
    body = models.TextField(blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "idempotency_keys"
        verbose_name = _("answer to a repeatable request")
        verbose_name_plural = _("answers to repeatable requests")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_is_one_per_person"),
            models.CheckConstraint(
                condition=Q(key__regex="^[ -~]{1,255}$"), name="idempotency_key_is_printable_ascii"
            ),
            models.CheckConstraint(
                condition=Q(request_sha256__regex="^[0-9a-f]{64}$"),
                name="idempotency_request_is_kept_as_sha256",
            ),
            models.CheckConstraint(
                condition=Q(status__gte=200, status__lt=300), name="idempotency_answer_is_one_that_was_done"
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return f"answer {self.pk}"
