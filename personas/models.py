"""People and the selves they search as."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Trim
from django.utils.translation import gettext_lazy as _


def text_list(verbose_name: Any) -> ArrayField:
    """A column of texts, empty by default in Python and in the database."""
    return ArrayField(models.TextField(), verbose_name=verbose_name, default=list, db_default=[], blank=True)


class UserManager(BaseUserManager["User"]):
    """Makes accounts; e-mail addresses are compared without case."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The account with this e-mail address, whatever its case."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an account; without a password nobody can sign in to it."""
        # Sign-in looks addresses up in lower case.
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an account of the staff."""
        return self.create_user(email, password, is_staff=True, **fields)


class User(AbstractBaseUser):
    """A person who can sign in. Written by sign-up, the account page and, for roles, the staff."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    # "!" is no password at all: an account written by plain SQL cannot be signed in to.
    password = models.CharField(_("password"), max_length=128, default="!", db_default="!")
    email = models.EmailField(_("e-mail address"), max_length=254)
    display_name = models.CharField(_("name"), max_length=255, blank=True, default="", db_default="")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", db_default="UTC")
    locale = models.CharField(_("language"), max_length=16, default="en", db_default="en")
    currency = models.CharField(_("currency"), max_length=3, default="USD", db_default="USD")
    is_active = models.BooleanField(_("may sign in"), default=True, db_default=True)
    is_staff = models.BooleanField(_("staff"), default=False, db_default=False)
    is_coach = models.BooleanField(_("coach"), default=False, db_default=False)
    created_at = models.DateTimeField(_("since"), db_default=TransactionNow(), editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users"
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_is_unique_without_case",
                violation_error_message=_("There is already an account with this e-mail address."),
            ),
            models.CheckConstraint(condition=~Q(email=""), name="user_has_an_email"),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="user_currency_is_an_iso_4217_code"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        """Staff may use the admin; what they see of people is row security's to say."""
        return self.is_active and self.is_staff

    def has_perms(self, perm_list: Any, obj: object | None = None) -> bool:
        """Whether every permission is held."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Staff see every room of the admin."""
        return self.is_active and self.is_staff


class OwnedQuerySet(models.QuerySet):
    """Rows that belong to one person."""

    def owned_by(self, user: Any) -> Any:
        """The rows of `user` alone."""
        return self.filter(user_id=user.pk)


class ResumeQuerySet(OwnedQuerySet):
    """Reads of résumés."""

    def for_list(self) -> ResumeQuerySet:
        """Résumés for a page: the default one first, then the newest; texts and documents not loaded."""
        return self.defer("text", "document").order_by("-is_default", "-created_at", "pk")


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


class ResumeFile(models.Model):
    """The file a résumé was uploaded as, kept in the database so that row security guards it too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        User, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="resume_files"
    )
    resume = models.OneToOneField(Resume, models.DO_NOTHING, db_constraint=False, related_name="file")
    name = models.CharField(_("file name"), max_length=255)
    media_type = models.CharField(_("media type"), max_length=100)
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
        ]

    def __str__(self) -> str:
        return f"{self.skill_name} ({self.pk})"


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


class AccountClosing(models.Model):
    """An account that is deleted on a day unless its owner keeps it. Written by its owner; `receipt` is told at once."""

    user = models.OneToOneField(
        User, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="closing"
    )
    receipt = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    asked_at = models.DateTimeField(_("asked for"), db_default=TransactionNow())
    due_at = models.DateTimeField(_("deleted on"))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "closing_accounts"
        verbose_name = _("account that closes")
        verbose_name_plural = _("accounts that close")
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("asked_at")), name="closing_leaves_time_to_think"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="closing_due")]

    def __str__(self) -> str:
        return f"closing of {self.user_id}"


class AccountDeletion(models.Model):
    """That an account was deleted, and when; of whose it was nothing is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    asked_at = models.DateTimeField(_("asked for"))
    deleted_at = models.DateTimeField(_("deleted"))

    class Meta:
        db_table = "deleted_accounts"
        verbose_name = _("deleted account")
        verbose_name_plural = _("deleted accounts")

    def __str__(self) -> str:
        return f"receipt {self.pk}"
