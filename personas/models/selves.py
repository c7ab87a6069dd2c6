"""The selves that people search as, and what each looks for."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from personas.models.people import OwnedQuerySet, User, text_list
from personas.models.resumes import Resume


class PersonaQuerySet(OwnedQuerySet):
    """Reads of personas."""

    def for_list(self) -> PersonaQuerySet:
        """Personas for a page: the active one first, then by name, with résumé and preferences."""
        return (
            self.select_related("resume", "preferences")
            .defer("resume__text", "resume__document")
            .order_by("-is_active", "name", "pk")
        )


class Persona(models.Model):
    """A self that somebody searches as. Written by its owner; triggers keep its preferences row,
    promote the newest persona when the active one goes, and count `inputs_revision` up whenever something
    that matching reads has changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="personas"
    )
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    is_active = models.BooleanField(_("active"), default=False, db_default=False)
    resume = models.ForeignKey(
        Resume,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        verbose_name=_("résumé"),
        related_name="personas",
    )
    inputs_revision = models.BigIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = PersonaQuerySet.as_manager()

    class Meta:
        db_table = "user_personas"
        verbose_name = _("persona")
        verbose_name_plural = _("personas")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="persona_name_is_unique_per_person",
                violation_error_message=_("You already have a persona with this name."),
            ),
            models.UniqueConstraint(fields=["user", "id"], name="persona_belongs_to_one_person"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_active=True), name="persona_active_is_one_per_person"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="persona_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class PersonaPreferences(models.Model):
    """What a persona looks for; exactly one row a persona, made by a trigger. Written by its owner."""

    class Remote(models.TextChoices):
        """Where the person wants to work."""

        ANY = "any", _("any")
        REMOTE = "remote", _("remote")
        HYBRID = "hybrid", _("hybrid")
        ONSITE = "onsite", _("on site")

    class Period(models.TextChoices):
        """What a salary figure is paid for."""

        HOUR = "hour", _("an hour")
        DAY = "day", _("a day")
        WEEK = "week", _("a week")
        MONTH = "month", _("a month")
        YEAR = "year", _("a year")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="persona_preferences"
    )
    persona = models.OneToOneField(
        Persona, models.DO_NOTHING, db_constraint=False, related_name="preferences"
    )
    job_title_keywords = text_list(_("job titles"))
    required_skills = text_list(_("skills the work must use"))
    nice_to_have_skills = text_list(_("skills it would be nice to use"))
    locations = text_list(_("places"))
    industries = text_list(_("industries"))
    company_size = text_list(_("company sizes"))
    excluded_companies = text_list(_("companies to leave out"))
    mission_values = text_list(_("values"))
    growth_focus = text_list(_("what to grow in"))
    min_salary = models.IntegerField(_("lowest pay"), null=True, blank=True)
    max_salary = models.IntegerField(_("highest pay"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD", db_default="USD")
    salary_period = models.CharField(
        _("paid for"), max_length=10, choices=Period, default=Period.YEAR, db_default=Period.YEAR
    )
    remote_preference = models.CharField(
        _("workplace"), max_length=50, choices=Remote, default=Remote.ANY, db_default=Remote.ANY
    )
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "persona_preferences"
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")
        constraints = [
            models.CheckConstraint(
                condition=Q(remote_preference__in=["remote", "hybrid", "onsite", "any"]),
                name="preferences_workplace_is_known",
            ),
            models.CheckConstraint(
                condition=Q(salary_period__in=["hour", "day", "week", "month", "year"]),
                name="preferences_salary_period_is_known",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="preferences_currency_is_an_iso_4217_code"
            ),
            models.CheckConstraint(
                condition=(Q(min_salary__isnull=True) | Q(min_salary__gte=0))
                & (Q(max_salary__isnull=True) | Q(max_salary__gte=0)),
                name="preferences_salary_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(min_salary__isnull=True)
                | Q(max_salary__isnull=True)
                | Q(min_salary__lte=models.F("max_salary")),
                name="preferences_lowest_pay_is_not_above_highest",
                violation_error_message=_("The lowest pay is above the highest."),
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.persona_id}"
