"""What a person makes of a recommendation."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from learning.models.catalog import Course
from personas.models import OwnedQuerySet, Persona, User, UserSkill

LEVELS_OR_NONE = ["", *UserSkill.Level.values]


class ProgressQuerySet(OwnedQuerySet):
    """Reads of progress."""

    def for_list(self) -> ProgressQuerySet:
        """What is being learned first, then what is planned, done and put aside; the latest change first."""
        order = models.Case(
            *(models.When(status=status, then=place) for place, status in enumerate(_ORDER)),
            output_field=models.IntegerField(),
        )
        return self.select_related("persona", "course").order_by(order, "-updated_at", "pk")


class Progress(models.Model):
    """One skill that somebody plans to learn, learns, has learned, or does not want. Written by its owner.

    `promised` holds the numbers that spoke for it when it was planned; once the skill stands in the inventory (`added_at`), `measured`
    holds what it really changed, counted again with every refresh. Both are read by `facts`.
    """

    class Status(models.TextChoices):
        """How far it is."""

        PLANNED = "planned", _("planned")
        LEARNING = "learning", _("learning")
        DONE = "done", _("done")
        NOT_FOR_ME = "not_for_me", _("not for me")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="learning_progress")
    persona = models.ForeignKey(
        Persona,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="learning_progress",
    )
    course = models.ForeignKey(
        Course,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        verbose_name=_("course"),
        related_name="+",
    )
    skill_name = models.CharField(_("skill"), max_length=255)
    skill_key = models.CharField(max_length=255)
    from_level = models.CharField(
        _("held before"), max_length=50, choices=UserSkill.Level, blank=True, default="", db_default=""
    )
    to_level = models.CharField(
        _("level to reach"), max_length=50, choices=UserSkill.Level, blank=True, default="", db_default=""
    )
    status = models.CharField(_("status"), max_length=20, choices=Status)
    promised = models.JSONField(_("promised"), null=True, blank=True)
    measured = models.JSONField(_("changed"), null=True, blank=True)
    measured_at = models.DateTimeField(_("measured"), null=True, blank=True)
    planned_at = models.DateTimeField(_("planned"), null=True, blank=True)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    # When the skill went into the inventory, and at which level.
    added_at = models.DateTimeField(_("added to the skills"), null=True, blank=True)
    added_level = models.CharField(
        max_length=50, choices=UserSkill.Level, blank=True, default="", db_default=""
    )
    evidence = models.TextField(_("how it was learned"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = ProgressQuerySet.as_manager()

    class Meta:
        db_table = "learning_progress"
        verbose_name = _("progress")
        verbose_name_plural = _("progress")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "skill_key"], name="progress_is_one_per_person_and_skill"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["planned", "learning", "done", "not_for_me"]),
                name="progress_status_is_known",
            ),
            models.CheckConstraint(condition=~Q(skill_key=""), name="progress_names_a_skill"),
            models.CheckConstraint(
                condition=Q(from_level__in=LEVELS_OR_NONE)
                & Q(to_level__in=LEVELS_OR_NONE)
                & Q(added_level__in=LEVELS_OR_NONE),
                name="progress_levels_are_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(done_at__isnull=False), name="progress_done_has_its_time"
            ),
            models.CheckConstraint(
                condition=Q(added_at__isnull=True) | (Q(status="done") & ~Q(added_level="")),
                name="progress_adds_a_skill_only_when_done",
            ),
        ]

    def __str__(self) -> str:
        return f"progress {self.pk}"


_ORDER = (Progress.Status.LEARNING, Progress.Status.PLANNED, Progress.Status.DONE, Progress.Status.NOT_FOR_ME)
