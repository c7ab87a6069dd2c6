"""Jobs in: where postings come from, how reading them went, and what is known of each."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from personas.models import PersonaPreferences, text_list


class JobSource(models.Model):
    """Where postings come from. Written by the operator and by `ingest_jobs`."""

    class Kind(models.TextChoices):
        """How a source is read that is not asked by the clock; the kinds of those that are stand in `sources/registry.py`."""

        ARCHIVE = "archive", _("archive of old postings")
        FILE = "file", _("file")
        PASTED = "pasted", _("pasted by people here")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    name = models.CharField(_("name"), max_length=255, unique=True)
    kind = models.CharField(_("kind"), max_length=50)
    board = models.CharField(_("board"), max_length=2000, blank=True, default="", db_default="")
    company = models.CharField(
        _("employer"),
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text=_("As people know it, where the board does not say so itself."),
    )
    attribution = models.TextField(_("attribution"), blank=True, default="", db_default="")
    enabled = models.BooleanField(_("enabled"), default=True, db_default=True)
    terms_accepted_at = models.DateTimeField(_("terms accepted"), null=True, blank=True)
    # By the clock: what is due, how often, and what the last whole answer was known by.
    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True)
    interval_seconds = models.IntegerField(default=0, db_default=0, editable=False)
    failures_in_row = models.IntegerField(_("failures in a row"), default=0, db_default=0, editable=False)
    validators = models.JSONField(default=dict, db_default={}, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)

    class Meta:
        db_table = "job_sources"
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="job_source_has_a_name"),
            models.UniqueConstraint(
                fields=["kind", "board"],
                condition=~Q(kind__in=["archive", "file"]),
                name="job_source_is_one_per_kind_and_board",
                violation_error_message=_("There is a source for this board already."),
            ),
            models.CheckConstraint(
                condition=Q(interval_seconds__gte=0, failures_in_row__gte=0),
                name="job_source_counts_are_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["next_run_at"], name="job_source_due", condition=Q(enabled=True)),
        ]

    def __str__(self) -> str:
        return self.name


RUN_OUTCOMES = (
    *("running", "ok", "not_modified", "not_found", "gone", "throttled", "blocked", "malformed", "truncated"),
    *("timeout", "unreachable", "unavailable", "failed"),
)


class JobRun(models.Model):
    """One reading of a source with its figures. Written by the ingest service."""

    class Outcome(models.TextChoices):
        """How a run ended."""

        RUNNING = "running", _("running")
        OK = "ok", _("complete")
        NOT_MODIFIED = "not_modified", _("nothing new there")
        NOT_FOUND = "not_found", _("not found")
        GONE = "gone", _("gone for good")
        THROTTLED = "throttled", _("asked too often")
        BLOCKED = "blocked", _("refused")
        MALFORMED = "malformed", _("not understood")
        TRUNCATED = "truncated", _("cut off")
        TIMEOUT = "timeout", _("too slow")
        UNREACHABLE = "unreachable", _("not reached")
        UNAVAILABLE = "unavailable", _("out of order")
        FAILED = "failed", _("failed")

    class Kind(models.TextChoices):
        """What a run was for."""

        READING = "reading", _("reading")
        CLOSING = "closing", _("closing dates")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    source = models.ForeignKey(JobSource, models.CASCADE, related_name="runs")
    kind = models.CharField(
        _("for"), max_length=20, choices=Kind, default=Kind.READING, db_default=Kind.READING
    )
    outcome = models.CharField(
        _("outcome"), max_length=20, choices=Outcome, default=Outcome.RUNNING, db_default=Outcome.RUNNING
    )
    error = models.TextField(_("error"), blank=True, default="", db_default="")
    started_at = models.DateTimeField(_("started"), db_default=TransactionNow())
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    fetched_count = models.IntegerField(_("read"), default=0, db_default=0)
    new_count = models.IntegerField(_("new"), default=0, db_default=0)
    changed_count = models.IntegerField(_("changed"), default=0, db_default=0)
    unchanged_count = models.IntegerField(_("unchanged"), default=0, db_default=0)
    merged_count = models.IntegerField(_("merged"), default=0, db_default=0)
    closed_count = models.IntegerField(_("closed"), default=0, db_default=0)
    rejected_count = models.IntegerField(_("rejected"), default=0, db_default=0)

    class Meta:
        db_table = "job_runs"
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(outcome="running"), name="job_run_is_one_at_a_time_per_source"
            ),
            models.CheckConstraint(condition=Q(outcome__in=RUN_OUTCOMES), name="job_run_outcome_is_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["reading", "closing"]), name="job_run_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="running", finished_at__isnull=True)
                | (~Q(outcome="running") & Q(finished_at__isnull=False)),
                name="job_run_has_finished_unless_it_is_running",
            ),
        ]
        indexes = [models.Index(F("source"), F("started_at").desc(), name="job_run_newest_of_a_source")]

    def __str__(self) -> str:
        return f"{self.source}, {self.started_at:%Y-%m-%d %H:%M:%S} UTC"


class JobRejection(models.Model):
    """A line of a source that could not be read, and why. Written by the ingest service."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    run = models.ForeignKey(JobRun, models.CASCADE, related_name="rejections")
    line = models.IntegerField(_("line"))
    external_id = models.CharField(
        _("number at the source"), max_length=255, blank=True, default="", db_default=""
    )
    field = models.CharField(_("field"), max_length=100, blank=True, default="", db_default="")
    reason = models.TextField(_("reason"))
    payload_hash = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        db_table = "job_rejections"
        verbose_name = _("rejected line")
        verbose_name_plural = _("rejected lines")

    def __str__(self) -> str:
        return f"line {self.line} of {self.run_id}"


class JobQuerySet(models.QuerySet):
    """Reads of jobs; every signed-in person may read all of them."""

    def open(self) -> JobQuerySet:
        """Jobs that are not closed."""
        return self.filter(closed_at__isnull=True)

    def closed_since(self, moment: datetime) -> JobQuerySet:
        """Jobs that closed at a moment or after it."""
        return self.filter(closed_at__gte=moment)

    def newest_first(self) -> JobQuerySet:
        """The one order of jobs in which ties are broken; a total one."""
        return self.order_by(F("posted_at").desc(nulls_last=True), "-first_seen_at", "pk")

    def for_list(self) -> JobQuerySet:
        """Jobs for a list, newest first, with their source and without the long texts."""
        listed: JobQuerySet = self.select_related("source").defer(
            "description_html", "description_text", "raw"
        )
        return listed.newest_first()

    def for_scoring(self) -> JobQuerySet:
        """Jobs with the columns that scoring and filters read."""
        read: JobQuerySet = self.only(
            "id",
            "facts_revision",
            "title",
            "company",
            "required_skills",
            "preferred_skills",
            "pay_annual_minimum",
            "pay_annual_maximum",
            "pay_currency",
            "pay_assumption",
            "places",
            "remote_countries",
            "workplace",
            "industry",
            "seniority",
            "posted_at",
        )
        return read


class Job(models.Model):
    """One opening, whatever number of places it was seen in. Closed, never deleted. Written by ingest."""

    class Workplace(models.TextChoices):
        """Where the work is done, as far as the posting says."""

        REMOTE = "remote", _("remote")
        HYBRID = "hybrid", _("hybrid")
        ONSITE = "onsite", _("on site")
        UNKNOWN = "unknown", _("not stated")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    source = models.ForeignKey(JobSource, models.PROTECT, related_name="jobs")
    external_id = models.CharField(_("number at the source"), max_length=255)
    canonical_key = models.CharField(max_length=64, editable=False)
    posting_key = models.CharField(max_length=310, blank=True, default="", db_default="", editable=False)
    opening_key = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    title = models.CharField(_("title"), max_length=500)
    company = models.CharField(_("employer"), max_length=255, blank=True, default="", db_default="")
    company_key = models.CharField(max_length=255, blank=True, default="", db_default="", editable=False)
    location = models.TextField(_("place as stated"), blank=True, default="", db_default="")
    places = models.JSONField(_("places"), default=list, db_default=[], blank=True)
    remote_countries = text_list(_("countries of remote work"))
    workplace = models.CharField(
        _("workplace"),
        max_length=50,
        choices=Workplace,
        default=Workplace.UNKNOWN,
        db_default=Workplace.UNKNOWN,
    )
    employment_type = models.CharField(_("employment"), max_length=50, blank=True, default="", db_default="")
    seniority = models.CharField(_("seniority"), max_length=50, blank=True, default="", db_default="")
    years_minimum = models.IntegerField(_("years of experience"), null=True, blank=True)
    office_days = models.IntegerField(_("days a week on site"), null=True, blank=True)
    pay_minimum = models.BigIntegerField(_("lowest pay, minor units"), null=True, blank=True)
    pay_maximum = models.BigIntegerField(_("highest pay, minor units"), null=True, blank=True)
    pay_currency = models.CharField(_("currency"), max_length=3, blank=True, default="", db_default="")
    pay_period = models.CharField(
        _("paid for"), max_length=10, choices=PersonaPreferences.Period, blank=True, default="", db_default=""
    )
    pay_annual_minimum = models.BigIntegerField(_("lowest pay a year, whole units"), null=True, blank=True)
    pay_annual_maximum = models.BigIntegerField(_("highest pay a year, whole units"), null=True, blank=True)
    pay_assumption = models.CharField(max_length=50, blank=True, default="", db_default="")
    industry = models.CharField(_("industry"), max_length=50, blank=True, default="", db_default="")
    description_html = models.TextField(blank=True, default="", db_default="")
    description_text = models.TextField(blank=True, default="", db_default="")
    required_skills = text_list(_("skills asked for"))
    preferred_skills = text_list(_("skills welcome"))
    url = models.CharField(_("address"), max_length=2000, blank=True, default="", db_default="")
    apply_url = models.CharField(
        _("address to apply at"), max_length=2000, blank=True, default="", db_default=""
    )
    apply_channel = models.CharField(_("channel"), max_length=50, blank=True, default="", db_default="")
    posted_at = models.DateTimeField(_("posted"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closing date"), null=True, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"), db_default=TransactionNow())
    last_seen_at = models.DateTimeField(_("last seen"), db_default=TransactionNow())
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    payload_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    reader_version = models.CharField(max_length=50, blank=True, default="", db_default="")
    raw = models.JSONField(default=dict, db_default={}, blank=True)
    # Raised by a trigger whenever what scoring or a filter reads has changed, whoever wrote it.
    facts_revision = models.BigIntegerField(db_default=0, editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        db_table = "jobs"
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="job_is_one_per_source_and_number"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="job_has_a_title"),
            models.CheckConstraint(
                condition=Q(workplace__in=["remote", "hybrid", "onsite", "unknown"]),
                name="job_workplace_is_known",
            ),
            models.CheckConstraint(
                condition=Q(pay_period__in=["", "hour", "day", "week", "month", "year"]),
                name="job_pay_period_is_known",
            ),
            models.CheckConstraint(
                condition=(Q(pay_minimum__isnull=True) & Q(pay_maximum__isnull=True))
                | (Q(pay_currency__regex="^[A-Z]{3}$") & ~Q(pay_period="")),
                name="job_pay_has_a_currency_and_a_period",
            ),
            models.CheckConstraint(
                condition=Q(pay_minimum__isnull=True)
                | Q(pay_maximum__isnull=True)
                | Q(pay_minimum__lte=F("pay_maximum")),
                name="job_lowest_pay_is_not_above_highest",
            ),
        ]
        indexes = [
            models.Index(F("canonical_key"), name="job_canonical_key"),
            models.Index(fields=["posting_key"], name="job_posting_key", condition=~Q(posting_key="")),
            models.Index(fields=["opening_key"], name="job_opening_key", condition=~Q(opening_key="")),
            models.Index(
                F("posted_at").desc(nulls_last=True),
                F("first_seen_at").desc(),
                F("id"),
                name="job_open_newest_first",
                condition=Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["closed_at"], name="job_closed_lately", condition=Q(closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.pk})"


class JobSighting(models.Model):
    """One posting of a source and the job it stands for; says why it was merged. Written by ingest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    source = models.ForeignKey(JobSource, models.CASCADE, related_name="sightings")
    external_id = models.CharField(_("number at the source"), max_length=255)
    job = models.ForeignKey(Job, models.CASCADE, related_name="sightings")
    merged_because = models.CharField(
        _("merged because"), max_length=50, blank=True, default="", db_default=""
    )
    kept_apart = models.BooleanField(_("kept apart"), default=False, db_default=False)
    payload_hash = models.CharField(max_length=64)
    misses = models.SmallIntegerField(_("missed in a row"), default=0, db_default=0, editable=False)
    gone_at = models.DateTimeField(_("no longer listed"), null=True, blank=True, editable=False)
    first_seen_at = models.DateTimeField(_("first seen"), db_default=TransactionNow())
    last_seen_at = models.DateTimeField(_("last seen"), db_default=TransactionNow())

    class Meta:
        db_table = "job_sightings"
        verbose_name = _("sighting")
        verbose_name_plural = _("sightings")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="job_sighting_is_one_per_source_and_number"
            ),
        ]
        indexes = [
            # What is missing from a reading is found among what is still listed.
            models.Index(
                fields=["source", "last_seen_at"],
                name="job_sighting_listed",
                condition=Q(gone_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} ({self.pk})"


class JobSnapshot(models.Model):
    """One reading of jobs, kept as files of this id in the state directory. Written by `market` and `recent_market`."""

    class Kind(models.TextChoices):
        """Which jobs were read."""

        OPEN = "open", _("open jobs")
        CLOSED = "closed", _("jobs that closed lately")
        PAST = "past", _("jobs that closed within a year")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    kind = models.CharField(
        _("which jobs"), max_length=10, choices=Kind, default=Kind.OPEN, db_default=Kind.OPEN
    )
    runs_seen = models.BigIntegerField()
    scorer_version = models.CharField(max_length=100)
    open_jobs = models.IntegerField(_("jobs"))
    created_at = models.DateTimeField(_("read"), db_default=TransactionNow(), editable=False)

    class Meta:
        db_table = "job_snapshots"
        verbose_name = _("reading of the jobs")
        verbose_name_plural = _("readings of the jobs")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["open", "closed", "past"]), name="job_snapshot_kind_is_known"
            ),
        ]
        indexes = [models.Index(F("created_at").desc(), name="job_snapshot_newest_first")]

    def __str__(self) -> str:
        return f"{self.open_jobs} jobs ({self.pk})"
