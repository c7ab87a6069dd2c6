"""Courses, where they are listed, and the skills they teach; nothing of anybody."""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Catalog(models.Model):
    """A list of courses by others, with its license. Written by the import."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    key = models.SlugField(_("short name"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=255)
    homepage = models.CharField(_("address"), max_length=2000, blank=True, default="", db_default="")
    license = models.CharField(_("license"), max_length=100)
    license_url = models.CharField(
        _("address of the license"), max_length=2000, blank=True, default="", db_default=""
    )
    attribution = models.TextField(_("attribution"), blank=True, default="", db_default="")
    is_shipped = models.BooleanField(_("comes with Relevnt"), default=False, db_default=False)
    # SHA-256 of what was imported, and the taxonomy that named its skills.
    content_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    taxonomy_version = models.CharField(max_length=100, blank=True, default="", db_default="")
    imported_at = models.DateTimeField(_("imported"), null=True, blank=True)
    created_at = models.DateTimeField(_("since"), db_default=TransactionNow(), editable=False)

    class Meta:
        db_table = "learning_catalogs"
        verbose_name = _("catalog")
        verbose_name_plural = _("catalogs")
        constraints = [
            models.CheckConstraint(
                condition=~Q(key="") & ~Q(name="") & ~Q(license=""),
                name="catalog_says_its_name_and_license",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CourseQuerySet(models.QuerySet):
    """Reads of courses."""

    def offered(self) -> CourseQuerySet:
        """Courses that are still listed and whose link is not known to be dead."""
        return self.filter(withdrawn_at__isnull=True).exclude(link_state=Course.Link.DEAD)

    def teaching(self, *skill_keys: str) -> CourseQuerySet:
        """Courses that teach any of these skills."""
        taught = CourseSkill.objects.taught().filter(skill_key__in=skill_keys)
        return self.filter(pk__in=taught.values("course_id"))

    def with_skills(self) -> CourseQuerySet:
        """With what they teach, as `taught_skills` of each; one query more."""
        taught = CourseSkill.objects.taught().order_by("skill_name", "pk")
        return self.prefetch_related(models.Prefetch("skills", taught, to_attr="taught_skills"))


class Course(models.Model):
    """One course of a catalog: where it is, what is stated about it, and whether its link still leads there.

    hours are the whole effort as stated, both ends None where nothing is stated. Written by the import; link_* by the check of links.
    """

    class Level(models.TextChoices):
        """For whom it is, as its source says."""

        BEGINNER = "beginner", _("beginner")
        INTERMEDIATE = "intermediate", _("intermediate")
        ADVANCED = "advanced", _("advanced")

    class Link(models.TextChoices):
        """What the last look at its address came to."""

        UNCHECKED = "unchecked", _("not checked yet")
        ALIVE = "alive", _("leads there")
        UNCLEAR = "unclear", _("could not be checked")
        FAILING = "failing", _("failed once")
        DEAD = "dead", _("dead")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    catalog = models.ForeignKey(Catalog, models.CASCADE, verbose_name=_("catalog"), related_name="courses")
    url = models.CharField(_("address"), max_length=2000)
    title = models.CharField(_("title"), max_length=500)
    provider = models.CharField(_("provider"), max_length=255, blank=True, default="", db_default="")
    language = models.CharField(_("language"), max_length=16, default="en", db_default="en")
    level = models.CharField(_("level"), max_length=20, choices=Level, blank=True, default="", db_default="")
    duration = models.CharField(
        _("duration as stated"), max_length=255, blank=True, default="", db_default=""
    )
    least_hours = models.IntegerField(_("hours, at least"), null=True, blank=True)
    most_hours = models.IntegerField(_("hours, at most"), null=True, blank=True)
    prerequisites = models.TextField(_("prerequisites"), blank=True, default="", db_default="")
    topic = models.CharField(_("topic"), max_length=255, blank=True, default="", db_default="")
    license = models.CharField(
        _("license of the course"), max_length=100, blank=True, default="", db_default=""
    )
    withdrawn_at = models.DateTimeField(_("no longer listed"), null=True, blank=True)
    link_state = models.CharField(
        _("link"), max_length=20, choices=Link, default=Link.UNCHECKED, db_default=Link.UNCHECKED
    )
    link_status = models.IntegerField(_("last answer"), null=True, blank=True)
    link_failures = models.IntegerField(_("failures in a row"), default=0, db_default=0)
    link_failed_at = models.DateTimeField(_("failing since"), null=True, blank=True)
    link_checked_at = models.DateTimeField(_("link checked"), null=True, blank=True)
    link_due_at = models.DateTimeField(_("link to be checked"), db_default=TransactionNow())
    created_at = models.DateTimeField(_("since"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        db_table = "learning_courses"
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.UniqueConstraint(fields=["catalog", "url"], name="course_is_one_per_catalog_and_address"),
            models.CheckConstraint(condition=Q(url__regex="^https?://"), name="course_address_is_of_the_web"),
            models.CheckConstraint(condition=~Q(title=""), name="course_has_a_title"),
            models.CheckConstraint(
                condition=Q(level__in=["", "beginner", "intermediate", "advanced"]),
                name="course_level_is_known",
            ),
            models.CheckConstraint(
                condition=Q(link_state__in=["unchecked", "alive", "unclear", "failing", "dead"]),
                name="course_link_state_is_known",
            ),
            models.CheckConstraint(
                condition=(Q(least_hours__isnull=True) & Q(most_hours__isnull=True))
                | (
                    Q(least_hours__isnull=False)
                    & Q(most_hours__isnull=False)
                    & Q(least_hours__gte=1)
                    & Q(least_hours__lte=F("most_hours"))
                ),
                name="course_hours_are_a_range",
            ),
        ]
        indexes = [
            models.Index(
                fields=["link_due_at"],
                name="course_link_due",
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CourseSkillQuerySet(models.QuerySet):
    """Reads of what courses teach."""

    def taught(self) -> CourseSkillQuerySet:
        """Without what staff said they do not teach."""
        return self.exclude(because=CourseSkill.Because.DENIED)


class CourseSkill(models.Model):
    """A skill that a course teaches, and how that is known; or that it does not, as staff said. Written by the import and by staff."""

    class Because(models.TextChoices):
        """How it is known."""

        TOPIC = "topic", _("the topic it stands under")
        TITLE = "title", _("its title")
        STATED = "stated", _("its source says so")
        STAFF = "staff", _("somebody of the staff said so")
        DENIED = "denied", _("not taught: somebody of the staff said so")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    course = models.ForeignKey(Course, models.CASCADE, related_name="skills")
    skill_name = models.CharField(_("skill"), max_length=255)
    skill_key = models.CharField(max_length=255)
    because = models.CharField(_("known from"), max_length=20, choices=Because)

    objects = CourseSkillQuerySet.as_manager()

    class Meta:
        db_table = "learning_course_skills"
        verbose_name = _("skill of a course")
        verbose_name_plural = _("skills of courses")
        constraints = [
            models.UniqueConstraint(fields=["course", "skill_key"], name="course_skill_is_named_once"),
            models.CheckConstraint(
                condition=Q(because__in=["topic", "title", "stated", "staff", "denied"]),
                name="course_skill_reason_is_known",
            ),
            models.CheckConstraint(condition=~Q(skill_key=""), name="course_skill_has_a_name"),
        ]
        indexes = [models.Index(fields=["skill_key"], name="course_skill_by_key")]

    def __str__(self) -> str:
        return self.skill_name


class LinkHost(models.Model):
    """When a host may be asked about one of its links again, by any worker. Written by the check of links."""

    host = models.CharField(_("host"), max_length=255, primary_key=True)
    next_at = models.DateTimeField(_("not before"))

    class Meta:
        db_table = "learning_link_hosts"
        verbose_name = _("host of links")
        verbose_name_plural = _("hosts of links")

    def __str__(self) -> str:
        return self.host
