"""What people can do."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Trim
from django.utils.translation import gettext_lazy as _

from personas.models.people import OwnedQuerySet, User


class UserSkillQuerySet(OwnedQuerySet):
    """Reads of the skill inventory."""

    def for_list(self) -> UserSkillQuerySet:
        """Skills for a page, by name."""
        return self.order_by("skill_key", "pk")


class UserSkill(models.Model):
    """A skill somebody holds. Written by its owner; the service stores the taxonomy's name for aliases."""

    class Level(models.TextChoices):
        """How well the skill is held."""

        BEGINNER = "beginner", _("beginner")
        INTERMEDIATE = "intermediate", _("intermediate")
        ADVANCED = "advanced", _("advanced")
        EXPERT = "expert", _("expert")

    class Source(models.TextChoices):
        """Where the skill is known from."""

        RESUME = "resume", _("read in a résumé")
        INPUT = "input", _("typed")
        INFERRED = "inferred", _("inferred")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="skills"
    )
    skill_name = models.CharField(_("skill"), max_length=255)
    proficiency_level = models.CharField(_("level"), max_length=50, choices=Level)
    source = models.CharField(_("source"), max_length=50, choices=Source)
    years = models.DecimalField(
        _("years of experience"), max_digits=3, decimal_places=1, null=True, blank=True
    )
    last_used = models.PositiveSmallIntegerField(_("last used, year"), null=True, blank=True)
    evidence = models.TextField(_("evidence"), blank=True, default="", db_default="")
    skill_key = models.GeneratedField(
        expression=Lower(Trim("skill_name")), output_field=models.CharField(max_length=255), db_persist=True
    )
    created_at = models.DateTimeField(_("since"), db_default=TransactionNow(), editable=False)

    objects = UserSkillQuerySet.as_manager()

    class Meta:
        db_table = "user_skills"
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "skill_name"], name="user_skill_name_is_unique_per_person"
            ),
            models.UniqueConstraint(
                fields=["user", "skill_key"],
                name="user_skill_is_unique_whatever_its_case",
                violation_error_message=_("You have this skill already."),
            ),
            models.CheckConstraint(
                condition=Q(proficiency_level__in=["beginner", "intermediate", "advanced", "expert"]),
                name="user_skill_level_is_known",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["resume", "input", "inferred"]), name="user_skill_source_is_known"
            ),
            models.CheckConstraint(condition=~Q(skill_key=""), name="user_skill_has_a_name"),
            models.CheckConstraint(
                condition=Q(years__isnull=True) | Q(years__range=(0, 60)),
                name="user_skill_years_are_a_working_life",
            ),
            models.CheckConstraint(
                condition=Q(last_used__isnull=True) | Q(last_used__range=(1950, 2100)),
                name="user_skill_was_last_used_in_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.skill_name} ({self.pk})"
