"""Résumés as uploaded and as read."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from personas.models.people import OwnedQuerySet, User, text_list


class ResumeQuerySet(OwnedQuerySet):
    """Reads of résumés."""

    def for_list(self) -> ResumeQuerySet:
        """Résumés for a page: the default one first, then the newest; texts and documents not loaded."""
        return self.defer("text", "document", "unplaced").order_by("-is_default", "-created_at", "pk")


class Resume(models.Model):
    """A résumé as uploaded and as read. Written by its owner, but for the review, which a coach writes.

    A trigger lets the owner only ask for a review, and makes a reviewed résumé pending again when what it says changes.
    """

    class Review(models.TextChoices):
        """What somebody else made of it."""

        NONE = "none", _("not asked for")
        PENDING = "pending", _("waiting for a review")
        CHANGES_SUGGESTED = "changes_suggested", _("changes suggested")
        APPROVED = "approved", _("approved")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="resumes"
    )
    title = models.CharField(_("title"), max_length=255)
    is_default = models.BooleanField(_("default résumé"), default=False, db_default=False)
    document = models.JSONField(_("JSON Resume document"), default=dict, db_default={}, blank=True)
    text = models.TextField(_("text"), blank=True, default="", db_default="")
    unplaced = text_list(_("lines that could not be placed"))
    revision = models.PositiveIntegerField(_("revision of the document"), default=1, db_default=1)
    """Counted by a trigger, so that two screens do not write over each other."""
    confirmed_at = models.DateTimeField(_("confirmed by its owner"), null=True, blank=True)
    review = models.CharField(
        _("review"), max_length=20, choices=Review, default=Review.NONE, db_default=Review.NONE
    )
    review_note = models.TextField(_("what the reviewer said"), blank=True, default="", db_default="")
    reviewed_by = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = ResumeQuerySet.as_manager()

    class Meta:
        db_table = "resumes"
        verbose_name = _("résumé")
        verbose_name_plural = _("résumés")
        constraints = [
            models.UniqueConstraint(fields=["user", "id"], name="resume_belongs_to_one_person"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default=True), name="resume_default_is_one_per_person"
            ),
            models.CheckConstraint(
                condition=Q(review__in=["none", "pending", "changes_suggested", "approved"]),
                name="resume_review_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.pk})"


class ResumeVersion(models.Model):
    """What a résumé held before it was changed. Written by a trigger: the state before each spell of ten minutes of changes.

    Kept are the first one, as it was read, and the fifty newest.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="resume_versions"
    )
    resume = models.ForeignKey(Resume, models.DO_NOTHING, db_constraint=False, related_name="versions")
    revision = models.PositiveIntegerField(_("revision of the document"))
    document = models.JSONField(_("JSON Resume document"))
    created_at = models.DateTimeField(_("replaced"), db_default=Now(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "resume_versions"
        verbose_name = _("version of a résumé")
        verbose_name_plural = _("versions of résumés")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "resume", "revision"], name="resume_version_is_kept_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision} ({self.pk})"


class ResumeFile(models.Model):
    """The file a résumé was uploaded as, kept in the database so that row security guards it too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="resume_files"
    )
    resume = models.OneToOneField(Resume, models.DO_NOTHING, db_constraint=False, related_name="file")
    name = models.CharField(_("file name"), max_length=255)
    media_type = models.CharField(_("media type"), max_length=100)
    pages = models.PositiveSmallIntegerField(_("pages"), null=True, blank=True)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "resume_files"
        verbose_name = _("résumé file")
        verbose_name_plural = _("résumé files")
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="resume_file_hash_is_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"
