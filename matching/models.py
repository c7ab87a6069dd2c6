"""Jobs in, scores out: what is stored of both."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from personas.models import OwnedQuerySet, Persona, PersonaPreferences, User, text_list

if TYPE_CHECKING:
    from datetime import datetime

FRESH_FOR = timedelta(days=7)
COVERAGE_FLOOR = "0.50"


class UnboundedDecimalField(models.DecimalField):
    """A decimal whose column is plain `numeric`, as schema.md fixes it; digits are checked in forms only."""

    def db_type(self, connection: Any) -> str:
        """The column type."""
        return "numeric"


class JobSource(models.Model):
    """Where postings come from. Written by the operator and by `ingest_jobs`."""

    class Kind(models.TextChoices):
        """How a source is read."""

        ARCHIVE = "archive", _("archive of old postings")
        FILE = "file", _("file")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    name = models.CharField(_("name"), max_length=255, unique=True)
    kind = models.CharField(_("kind"), max_length=50)
    attribution = models.TextField(_("attribution"), blank=True, default="", db_default="")
    enabled = models.BooleanField(_("enabled"), default=True, db_default=True)
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)

    class Meta:
        db_table = "job_sources"
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="job_source_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class JobRun(models.Model):
    """One reading of a source with its figures. Written by the ingest service."""

    class Outcome(models.TextChoices):
        """How a run ended."""

        RUNNING = "running", _("running")
        OK = "ok", _("complete")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    source = models.ForeignKey(JobSource, models.CASCADE, related_name="runs")
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
            models.CheckConstraint(
                condition=Q(outcome__in=["running", "ok", "failed"]), name="job_run_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="running", finished_at__isnull=True)
                | (~Q(outcome="running") & Q(finished_at__isnull=False)),
                name="job_run_has_finished_unless_it_is_running",
            ),
        ]

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
    payload_hash = models.CharField(max_length=64)
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

    def __str__(self) -> str:
        return f"{self.external_id} ({self.pk})"


class MatchQuerySet(OwnedQuerySet):
    """Reads of matches."""

    def live(self, now: datetime) -> MatchQuerySet:
        """Matches that may be listed or acted on: fresh, not dismissed, job open."""
        return self.filter(expires_at__gt=now, is_dismissed=False, job__closed_at__isnull=True)

    def best_first(self) -> MatchQuerySet:
        """Known before too little known (coverage below .50), then by score; a total order."""
        little = models.Case(
            models.When(coverage__lt=COVERAGE_FLOOR, then=True),
            default=False,
            output_field=models.BooleanField(),
        )
        known_first: MatchQuerySet = self.annotate(too_little_known=little)
        return known_first.order_by("too_little_known", "-match_score", "pk")

    def for_feed(self) -> MatchQuerySet:
        """Matches with their job, its source and the persona, without the long texts."""
        return self.select_related("job", "job__source", "persona").defer(
            "job__description_html", "job__description_text", "job__raw"
        )

    def for_page(self) -> MatchQuerySet:
        """Matches with everything that the page of one of them shows."""
        return self.select_related("job", "job__source", "persona", "persona__preferences").defer("job__raw")


class DismissalReason(models.TextChoices):
    """Why a person takes a match out of the feed."""

    TITLE = "title", _("not my kind of work")
    SKILLS = "skills", _("asks for what I cannot or will not do")
    PAY = "pay", _("pays too little")
    PLACE = "place", _("too far away")
    WORKPLACE = "workplace", _("not the workplace I want")
    INDUSTRY = "industry", _("not my industry")
    COMPANY = "company", _("not this employer")
    SENIORITY = "seniority", _("too junior or too senior")
    OTHER = "other", _("something else")


class Match(models.Model):
    """How one job fits one persona. Written by the matching service; its owner may dismiss it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="matches"
    )
    persona = models.ForeignKey(
        Persona, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="matches"
    )
    job = models.ForeignKey(
        Job, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="matches"
    )
    match_score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    match_factors = models.JSONField(_("factors"))
    explanation = models.TextField(_("explanation"), blank=True, default="", db_default="")
    is_dismissed = models.BooleanField(_("dismissed"), default=False, db_default=False)
    dismissed_at = models.DateTimeField(_("dismissed at"), null=True, blank=True)
    dismissed_because = models.CharField(
        _("dismissed because"),
        max_length=50,
        choices=DismissalReason,
        blank=True,
        default="",
        db_default="",
    )
    values_alignment = UnboundedDecimalField(
        _("values alignment"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    coverage = models.DecimalField(_("coverage"), max_digits=5, decimal_places=4, null=True, blank=True)
    scorer_version = models.CharField(max_length=100, blank=True, default="", db_default="")
    inputs_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    # What the last refresh that changed this match changed, as `changes.tell_changes` reads it; null until one has.
    changes = models.JSONField(_("last change"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True)
    created_at = models.DateTimeField(_("found"), db_default=TransactionNow(), editable=False)
    refreshed_at = models.DateTimeField(_("refreshed"), db_default=TransactionNow())
    expires_at = models.DateTimeField(_("fresh until"), db_default=TransactionNow() + FRESH_FOR)

    objects = MatchQuerySet.as_manager()

    # False on what a ranking shows of a job that is not among the best that are kept.
    is_stored = True

    class Meta:
        db_table = "job_matches"
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "persona", "job"],
                nulls_distinct=False,
                name="match_is_unique_per_persona_and_job",
            ),
            models.CheckConstraint(
                condition=Q(match_score__gte=0) & Q(match_score__lte=100), name="match_score_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=Q(coverage__isnull=True) | (Q(coverage__gte=0) & Q(coverage__lte=1)),
                name="match_coverage_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_because__in=["", *DismissalReason.values]),
                name="match_dismissal_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_because="") | Q(is_dismissed=True),
                name="match_has_a_dismissal_reason_only_when_dismissed",
            ),
        ]
        indexes = [
            models.Index(F("persona"), F("match_score").desc(), name="match_best_first"),
            models.Index(fields=["expires_at"], name="match_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.match_score} ({self.pk})"


class MatchState(models.Model):
    """How far matching has come for one persona. Written by the matching service."""

    persona = models.OneToOneField(
        Persona, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="match_state"
    )
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="match_states")
    inputs_revision = models.BigIntegerField()
    runs_seen = models.BigIntegerField()
    # The reading of the open jobs that was matched; null where it is not known, which calls for a full pass.
    snapshot = models.UUIDField(null=True, blank=True)
    scorer_version = models.CharField(max_length=100)
    open_jobs = models.IntegerField(_("open jobs scored"))
    matching_jobs = models.IntegerField(_("jobs that match"))
    matched_at = models.DateTimeField(_("matched"), db_default=TransactionNow())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "match_states"
        verbose_name = _("state of matching")
        verbose_name_plural = _("states of matching")

    def __str__(self) -> str:
        return f"matching of {self.persona_id}"


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


class WriterDay(models.Model):
    """What was asked of the optional writer on one day (UTC), and until when it is left alone. Written by `writer`."""

    day = models.DateField(_("day"), primary_key=True)
    calls = models.IntegerField(_("questions"), default=0, db_default=0)
    failures_in_row = models.IntegerField(_("failures in a row"), default=0, db_default=0)
    last_failure = models.CharField(_("last failure"), max_length=30, blank=True, default="", db_default="")
    rests_until = models.DateTimeField(_("left alone until"), null=True, blank=True)

    class Meta:
        db_table = "writer_days"
        verbose_name = _("day of the writer")
        verbose_name_plural = _("days of the writer")
        constraints = [
            models.CheckConstraint(
                condition=Q(calls__gte=0) & Q(failures_in_row__gte=0), name="writer_counts_are_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calls} questions on {self.day}"


def _weight(verbose_name: Any, default: str) -> models.DecimalField:
    return models.DecimalField(
        verbose_name,
        max_digits=3,
        decimal_places=2,
        default=default,
        db_default=models.Value(default, models.DecimalField(max_digits=3, decimal_places=2)),
    )


class TunerSettings(models.Model):
    """A preset of the five weights. Written by its owner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="tuner_settings")
    name = models.CharField(_("name"), max_length=255)
    skill_weight = _weight(_("skills"), "0.30")
    salary_weight = _weight(_("pay"), "0.25")
    location_weight = _weight(_("place"), "0.15")
    remote_weight = _weight(_("workplace"), "0.20")
    industry_weight = _weight(_("industry"), "0.10")
    is_default = models.BooleanField(_("default"), default=False, db_default=False)
    created_at = models.DateTimeField(_("created"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "relevance_tuner_settings"
        verbose_name = _("weights")
        verbose_name_plural = _("weights")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_default=True), name="tuner_default_is_one_per_person"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{factor}_weight__gte": 0}) & Q(**{f"{factor}_weight__lte": 1}),
                    name=f"tuner_{factor}_weight_is_between_0_and_1",
                )
                for factor in ("skill", "salary", "location", "remote", "industry")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"
