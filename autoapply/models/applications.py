"""An application on its way: the queue, its history, what it carries, and the log of outcomes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autoapply.models.rules import Rule
from autoapply.states import BEFORE_SENDING, FREE, LEASED
from matching.models import Job
from personas.models import OwnedQuerySet, Persona, Resume, User

if TYPE_CHECKING:
    from datetime import date


class ApplicationQuerySet(OwnedQuerySet):
    """Reads of applications."""

    def unsent(self) -> ApplicationQuerySet:
        """Applications that can still be cancelled exactly."""
        return self.filter(status__in=BEFORE_SENDING)

    def holding_slots(self, week_start: date) -> ApplicationQuerySet:
        """Applications that hold a slot of the week that begins on this Monday."""
        return self.filter(week_start=week_start, user_slot__isnull=False)

    def for_list(self) -> ApplicationQuerySet:
        """Applications for a list, newest first, with their job, rule and persona; a total order."""
        listed: ApplicationQuerySet = self.select_related("job", "rule", "persona").defer(
            "job__description_html", "job__description_text", "job__raw"
        )
        return listed.order_by("-created_at", "pk")


class Application(models.Model):
    """One application of one person to one opening, for ever. The table is the queue.

    Written by the services of this app alone; a trigger allows the steps of `states.STEPS` and records each as an event
    with `moved_by` and `moved_because`. Times of the machine are the database's.
    """

    class Status(models.TextChoices):
        """Where it stands on its way out."""

        QUEUED = "queued", _("queued")
        PREPARING = "preparing", _("being prepared")
        PARKED = "parked", _("waits for an answer")
        REVIEW = "review", _("waits for your approval")
        HELD = "held", _("will be sent")
        SUBMITTING = "submitting", _("is being sent")
        SUBMITTED = "submitted", _("sent")
        FAILED = "failed", _("not accepted")
        UNKNOWN = "unknown", _("in doubt")
        CANCELLED = "cancelled", _("cancelled")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Origin(models.TextChoices):
        """Who wanted it."""

        RULE = "rule", _("a rule")
        PERSON = "person", _("you")

    class Channel(models.TextChoices):
        """How it leaves the house."""

        RECRUITEE = "recruitee", "Recruitee"
        GREENHOUSE = "greenhouse", "Greenhouse"
        LEVER = "lever", "Lever"
        ASHBY = "ashby", "Ashby"
        SMARTRECRUITERS = "smartrecruiters", "SmartRecruiters"
        WORKABLE = "workable", "Workable"
        EMAIL = "email", _("e-mail")
        HANDOFF = "handoff", _("sent by you")
        RECORD = "record", _("only noted here")

    class Actor(models.TextChoices):
        """Who made a step."""

        PERSON = "person", _("you")
        RULE = "rule", _("a rule")
        MACHINE = "machine", _("Relevnt")
        RECEIVER = "receiver", _("the employer's system")
        STAFF = "staff", _("staff")
        SQL = "sql", _("somebody with access to the database")

    class Stage(models.TextChoices):
        """How far the employer has come with it; apart from how it was sent."""

        APPLIED = "applied", _("applied")
        SCREENING = "screening", _("screening")
        INTERVIEW = "interview", _("interview")
        OFFER = "offer", _("offer")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        GHOSTED = "ghosted", _("no answer")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="applications"
    )
    rule = models.ForeignKey(
        Rule, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="applications"
    )
    persona = models.ForeignKey(
        Persona,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="applications",
    )
    job = models.ForeignKey(
        Job, models.DO_NOTHING, db_constraint=False, null=True, related_name="applications"
    )
    origin = models.CharField(_("wanted by"), max_length=20, choices=Origin)
    status = models.CharField(
        _("state"), max_length=20, choices=Status, default=Status.QUEUED, db_default=Status.QUEUED
    )
    # Sent as Idempotency-Key and in Message-ID; kept for ever.
    key = models.UUIDField(unique=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    # The opening itself, as `destination.read_destination` names it, wherever it was posted.
    apply_key = models.CharField(max_length=500, editable=False)

    # What it is for, in words that outlive the job.
    job_title = models.CharField(_("title"), max_length=500)
    company = models.CharField(_("employer"), max_length=255, blank=True, default="", db_default="")
    company_key = models.CharField(max_length=255, blank=True, default="", db_default="", editable=False)
    job_url = models.CharField(_("address"), max_length=2000, blank=True, default="", db_default="")
    match_score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)

    channel = models.CharField(_("channel"), max_length=20, choices=Channel)
    channel_because = models.CharField(max_length=50, blank=True, default="", db_default="")
    host = models.CharField(_("host"), max_length=255, blank=True, default="", db_default="")

    # The slot of the week: the Monday of the person's local week, and the zone that told it.
    week_start = models.DateField(_("week"), null=True, blank=True)
    rule_slot = models.IntegerField(null=True, blank=True)
    user_slot = models.IntegerField(null=True, blank=True)
    cap_at_reserve = models.IntegerField(null=True, blank=True)
    ceiling_at_reserve = models.IntegerField(null=True, blank=True)
    tz_at_reserve = models.CharField(max_length=64, blank=True, default="", db_default="")

    # The machine: when it is due, who has it, what it waits for.
    next_at = models.DateTimeField(_("next look"), db_default=TransactionNow())
    hold_until = models.DateTimeField(_("held until"), null=True, blank=True)
    attempt = models.IntegerField(_("attempts"), default=0, db_default=0)
    harmless_failures = models.IntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=100, blank=True, default="", db_default="")
    waits_for = models.CharField(_("waits for"), max_length=50, blank=True, default="", db_default="")
    # Questions without an answer and files that do not fit, as `preparing` writes them: [{code, label, …}].
    missing = models.JSONField(default=list, db_default=[], blank=True)
    # The epoch of the fence in which its owner last stood behind it.
    fence_epoch = models.IntegerField(default=0, db_default=0)

    # What was approved, and what left the house.
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.CharField(max_length=20, choices=Actor, blank=True, default="", db_default="")
    approved_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    sent_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    response_status = models.IntegerField(_("answer"), null=True, blank=True)
    response_ref = models.CharField(
        _("number at the employer"), max_length=255, blank=True, default="", db_default=""
    )
    response_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    # Facts of the exchange without personal data: {"ms": …, "bytes": …, "outcome": …}.
    proof = models.JSONField(default=dict, db_default={}, blank=True)
    submission_url = models.CharField(_("sent to"), max_length=2000, blank=True, default="", db_default="")
    error_message = models.TextField(_("error"), blank=True, default="", db_default="")

    unknown_at = models.DateTimeField(_("in doubt since"), null=True, blank=True)
    unknown_because = models.CharField(max_length=50, blank=True, default="", db_default="")
    resolved_by = models.CharField(max_length=20, choices=Actor, blank=True, default="", db_default="")
    resolved_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    stage = models.CharField(_("stage"), max_length=20, choices=Stage, blank=True, default="", db_default="")
    stage_at = models.DateTimeField(_("stage since"), null=True, blank=True)

    # Who made the last step and why; set with every change of `status` or `stage`.
    moved_by = models.CharField(max_length=20, choices=Actor, default=Actor.SQL, db_default=Actor.SQL)
    moved_because = models.CharField(max_length=100, blank=True, default="", db_default="")
    moved_at = models.DateTimeField(_("since"), db_default=TransactionNow())
    created_at = models.DateTimeField(_("queued"), db_default=TransactionNow(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=TransactionNow(), editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        db_table = "auto_apply_applications"
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = [
            models.UniqueConstraint(fields=["user", "id"], name="application_belongs_to_one_person"),
            models.UniqueConstraint(fields=["user", "job"], name="application_is_one_per_person_and_job"),
            models.UniqueConstraint(
                fields=["user", "apply_key"], name="application_is_one_per_person_and_opening"
            ),
            models.UniqueConstraint(
                fields=["rule", "week_start", "rule_slot"], name="application_slot_is_one_per_rule_and_week"
            ),
            models.UniqueConstraint(
                fields=["user", "week_start", "user_slot"], name="application_slot_is_one_per_person_and_week"
            ),
            models.CheckConstraint(condition=~Q(apply_key=""), name="application_names_an_opening"),
            models.CheckConstraint(
                condition=Q(origin__in=["rule", "person"]), name="application_origin_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    channel__in=[
                        "recruitee",
                        "greenhouse",
                        "lever",
                        "ashby",
                        "smartrecruiters",
                        "workable",
                        "email",
                        "handoff",
                        "record",
                    ]
                ),
                name="application_channel_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    stage__in=[
                        "",
                        "applied",
                        "screening",
                        "interview",
                        "offer",
                        "accepted",
                        "rejected",
                        "ghosted",
                        "withdrawn",
                    ]
                ),
                name="application_stage_is_known",
            ),
            models.CheckConstraint(
                condition=Q(origin="person")
                | Q(status__in=FREE)
                | Q(week_start__isnull=False, rule_slot__isnull=False, user_slot__isnull=False),
                name="application_of_a_rule_holds_a_slot",
            ),
            models.CheckConstraint(
                condition=(Q(origin="rule") & ~Q(status__in=FREE))
                | Q(week_start__isnull=True, rule_slot__isnull=True, user_slot__isnull=True),
                name="application_slot_is_freed_when_it_ends_unsent",
            ),
            models.CheckConstraint(
                condition=Q(rule_slot__isnull=True)
                | Q(rule_slot__gte=1, rule_slot__lte=models.F("cap_at_reserve")),
                name="application_slot_is_within_the_cap",
            ),
            models.CheckConstraint(
                condition=Q(user_slot__isnull=True)
                | Q(user_slot__gte=1, user_slot__lte=models.F("ceiling_at_reserve")),
                name="application_slot_is_within_the_ceiling",
            ),
            models.CheckConstraint(
                condition=Q(status__in=LEASED, lease_until__isnull=False)
                | (~Q(status__in=LEASED) & Q(lease_until__isnull=True)),
                name="application_has_a_lease_while_a_worker_has_it",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["held", "submitting"])
                | Q(approved_at__isnull=False, hold_until__isnull=False),
                name="application_is_approved_before_it_is_sent",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["submitted", "withdrawn"])
                | Q(response_status__isnull=False)
                | Q(resolved_by__in=["person", "receiver"]),
                name="application_sent_has_a_proof",
            ),
            models.CheckConstraint(
                condition=~Q(status="unknown") | Q(unknown_at__isnull=False),
                name="application_in_doubt_says_since_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="application_due",
                condition=Q(status__in=["queued", "parked", "held", "unknown"]),
            ),
            models.Index(
                fields=["lease_until"], name="application_leases", condition=Q(lease_until__isnull=False)
            ),
            models.Index(fields=["user", "company_key"], name="application_company"),
            models.Index(
                models.F("user"),
                models.F("created_at").desc(),
                models.F("id"),
                name="application_newest_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_title} ({self.pk})"


class ApplicationEvent(models.Model):
    """One step of an application: who, from where, to where, why. Written by a trigger; never changed."""

    class Kind(models.TextChoices):
        """What moved."""

        STATUS = "status", _("state")
        STAGE = "stage", _("stage")

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="application_events"
    )
    application = models.ForeignKey(
        Application, models.DO_NOTHING, db_constraint=False, related_name="events"
    )
    kind = models.CharField(_("what moved"), max_length=10, choices=Kind)
    moved_from = models.CharField(_("from"), max_length=20, blank=True, default="", db_default="")
    moved_to = models.CharField(_("to"), max_length=20, blank=True, default="", db_default="")
    actor = models.CharField(_("by"), max_length=20, choices=Application.Actor)
    because = models.CharField(_("because"), max_length=100, blank=True, default="", db_default="")
    at = models.DateTimeField(_("when"))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "auto_apply_events"
        verbose_name = _("step of an application")
        verbose_name_plural = _("steps of applications")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.moved_from} → {self.moved_to} ({self.pk})"


class Kit(models.Model):
    """What one application carries: fields, answers, letter and files, exactly as they will be sent. Written by `preparing`."""

    application = models.OneToOneField(
        Application, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="kit"
    )
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="application_kits")
    resume = models.ForeignKey(
        Resume, models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    # Name, e-mail, phone … with where each was taken from: [{name, label, value, source}].
    fields = models.JSONField(default=list, db_default=[])
    # The form's questions as read: [{id, label, kind, required, options, topic}], and when.
    questions = models.JSONField(default=list, db_default=[])
    questions_read_at = models.DateTimeField(null=True, blank=True)
    # What else the form is: {needs, posting, closed}, as `channels.protocol.form_as_json` writes it.
    form = models.JSONField(default=dict, db_default={})
    # What is answered: [{id, label, kind, value, shown, source, given_on}].
    answers = models.JSONField(default=list, db_default=[])
    letter = models.TextField(_("letter"), blank=True, default="", db_default="")
    # The files that go with it: [{name, media_type, size, sha256}]; the résumé's bytes stay where they are.
    files = models.JSONField(default=list, db_default=[])
    # SHA-256 of the request that would be sent, byte for byte.
    request_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    built_at = models.DateTimeField(_("prepared"), db_default=TransactionNow())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "application_kits"
        verbose_name = _("kit")
        verbose_name_plural = _("kits")

    def __str__(self) -> str:
        return f"kit of {self.application_id}"


class Log(models.Model):
    """An application that reached an outcome. Written by a trigger with the outcome; may turn withdrawn once."""

    class Status(models.TextChoices):
        """The outcomes."""

        SUBMITTED = "submitted", _("submitted")
        FAILED = "failed", _("failed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="auto_apply_logs")
    rule = models.ForeignKey(Rule, models.DO_NOTHING, db_constraint=False, null=True, related_name="logs")
    job = models.ForeignKey(
        Job, models.DO_NOTHING, db_constraint=False, null=True, related_name="auto_apply_logs"
    )
    # Null on rows that other tools wrote.
    application = models.OneToOneField(
        Application, models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="log"
    )
    status = models.CharField(_("outcome"), max_length=50, choices=Status)
    submission_url = models.CharField(_("address"), max_length=2000, blank=True, default="", db_default="")
    error_message = models.TextField(_("error"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("when"), db_default=TransactionNow(), editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "auto_apply_logs"
        verbose_name = _("log entry")
        verbose_name_plural = _("log")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["submitted", "failed", "withdrawn"]),
                name="log_status_is_submitted_failed_or_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | (~Q(status="withdrawn") & Q(withdrawn_at__isnull=True)),
                name="log_withdrawn_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} ({self.pk})"
