"""Which skills are worth learning, and how far the search for them has come."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from personas.models import OwnedQuerySet, Persona, User, UserSkill

RECOMMENDED_FOR = timedelta(days=30)
LEVELS_OR_NONE = ["", *UserSkill.Level.values]


class RecommendationQuerySet(OwnedQuerySet):
    """Reads of recommendations."""

    def live(self, now: datetime | Any) -> RecommendationQuerySet:
        """Those that have not expired."""
        return self.filter(expires_at__gt=now)

    def in_order(self) -> RecommendationQuerySet:
        """As they are listed: what pays most for its effort first."""
        return self.order_by("position", "target_skill", "pk")


class Recommendation(models.Model):
    """A skill worth learning for one persona, with courses. Written by the learning service.

    `facts` holds the numbers of which reason_text is made, as `facts.read_gap` and `facts.read_effort` read them. The columns
    `written_…` hold what the optional writer made of reason_text, for which text that was, and why it was refused.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="recommendations")
    persona = models.ForeignKey(
        Persona, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="recommendations"
    )
    target_skill = models.CharField(_("skill"), max_length=255)
    # What makes two names one skill; empty on a row of other tools.
    skill_key = models.CharField(max_length=255, blank=True, default="", db_default="")
    from_level = models.CharField(
        _("held now"), max_length=50, choices=UserSkill.Level, blank=True, default="", db_default=""
    )
    to_level = models.CharField(
        _("level to reach"), max_length=50, choices=UserSkill.Level, blank=True, default="", db_default=""
    )
    position = models.IntegerField(_("place in the list"), default=1, db_default=1)
    reason_text = models.TextField(_("reason"), blank=True, default="", db_default="")
    facts = models.JSONField(_("numbers"), default=dict, db_default={}, blank=True)
    recommended_courses = models.JSONField(_("courses"), default=list, db_default=[], blank=True)
    estimated_duration_weeks = models.IntegerField(_("weeks"))
    written_text = models.TextField(_("other words"), blank=True, default="", db_default="")
    written_for = models.TextField(_("reason put into other words"), blank=True, default="", db_default="")
    written_by = models.CharField(_("written by"), max_length=255, blank=True, default="", db_default="")
    written_fault = models.CharField(max_length=20, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    refreshed_at = models.DateTimeField(_("counted"), db_default=TransactionNow())
    expires_at = models.DateTimeField(_("shown until"), db_default=TransactionNow() + RECOMMENDED_FOR)

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        db_table = "learning_recommendations"
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints = [
            models.CheckConstraint(
                condition=Q(estimated_duration_weeks__gte=0), name="recommendation_weeks_are_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(from_level__in=LEVELS_OR_NONE) & Q(to_level__in=LEVELS_OR_NONE),
                name="recommendation_levels_are_known",
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="recommendation_has_a_place"),
            models.UniqueConstraint(
                fields=["user", "persona", "skill_key"],
                condition=~Q(skill_key=""),
                name="recommendation_is_one_per_persona_and_skill",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="recommendation_expiry")]

    def __str__(self) -> str:
        return f"recommendation {self.pk}"

    @property
    def other_words(self) -> str:
        """The reason in other words; empty where there are none for the reason as it stands now."""
        return self.written_text if self.written_for == self.reason_text else ""

    @property
    def refused_because(self) -> str:
        """Why the other words for the reason as it stands now were refused, as a word of `matching.faithfulness`."""
        return self.written_fault if self.written_for == self.reason_text else ""

    @property
    def courses(self) -> list[dict[str, Any]]:
        """Its courses; what another tool wrote in another shape is left out."""
        kept = self.recommended_courses
        return [each for each in kept if isinstance(each, dict)] if isinstance(kept, list) else []


class LearningState(models.Model):
    """What the last search for gaps of one persona rested on and found. Written by the learning service.

    `nothing_because` says why there is nothing to recommend, empty where there is something; `gaps` holds every skill that was
    weighed, as `facts` reads them, the one that pays most first.
    """

    class Nothing(models.TextChoices):
        """Why there is nothing to recommend."""

        NO_WISHES = "no_wishes", _("the persona names no title, skill or industry")
        NO_SKILLS = "no_skills", _("the person names no skill")
        NO_MATCHES = "no_matches", _("no open job fits")
        NO_GAPS = "no_gaps", _("no skill would change anything")

    persona = models.OneToOneField(
        Persona, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="learning_state"
    )
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="learning_states")
    # What it rests on: the persona as it was counted, the threshold of a door, the reading of the open jobs.
    inputs_revision = models.BigIntegerField()
    threshold = models.DecimalField(_("threshold"), max_digits=5, decimal_places=2)
    hours_per_week = models.IntegerField(_("hours a week"))
    snapshot = models.UUIDField(null=True, blank=True)
    scorer_version = models.CharField(max_length=100)
    catalog_version = models.CharField(max_length=64, blank=True, default="", db_default="")
    open_jobs = models.IntegerField(_("open jobs"))
    matching_jobs = models.IntegerField(_("jobs that match"))
    near_jobs = models.IntegerField(_("best roles"))
    above = models.IntegerField(_("jobs at the threshold"))
    nothing_because = models.CharField(max_length=20, choices=Nothing, blank=True, default="", db_default="")
    gaps = models.JSONField(_("skills weighed"), default=list, db_default=[], blank=True)
    refreshed_at = models.DateTimeField(_("counted"), db_default=TransactionNow())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "learning_states"
        verbose_name = _("search for gaps")
        verbose_name_plural = _("searches for gaps")
        constraints = [
            models.CheckConstraint(
                condition=Q(nothing_because__in=["", "no_wishes", "no_skills", "no_matches", "no_gaps"]),
                name="learning_state_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(threshold__gte=0) & Q(threshold__lte=100),
                name="learning_state_threshold_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"gaps of {self.persona_id}"
